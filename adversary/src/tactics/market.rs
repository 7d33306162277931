//! Of those that buy and sell.

use super::{
    own_pool, own_workers, publish, request, send,
    single::{amount, lead, maybe, pick, posture, tasks},
    RICH,
};
use crate::{
    action::{Account, Action, Amount, Artefact, Call, Item, Lead, Pick, Posture},
    dice::Dice,
};
use Action::Pass;

pub(super) fn short_deadline(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let lead = dice.of(&[Lead::Blocks(0), Lead::Blocks(4), Lead::Tight(-1), Lead::Tight(0), Lead::Tight(8)]);
    vec![request(Pick::Any(0), pool, dice.byte() % 3, dice.of(&[1, 2, 4]), tasks(dice), lead), Pass(220)]
}

pub(super) fn gifts(dice: &mut Dice) -> Vec<Action> {
    let mut actions = own_pool(dice, true, Amount::Tlk(1_000));
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(send(RICH, Call::CreateGroup));
    actions.push(Pass(1));
    let stranger = Account::Any(dice.byte());
    let to = dice.of(&[stranger, Account::Own(1)]);
    let items = [Item::Pool(Pick::Last(0)), Item::App(Pick::Last(0)), Item::Group(Pick::Last(0))];
    actions.extend(items.map(|item| send(RICH, Call::Offer { item, to })));
    actions.push(Pass(1));
    let limit = amount(dice);
    actions.extend(items.map(|item| send(1, Call::Accept { item, limit })));
    actions.push(Pass(1));
    let lead = dice.of(&[Lead::Blocks(10), Lead::Tight(0), Lead::Blocks(600)]);
    actions.push(request(Pick::Any(0), Pick::Last(0), 0, 1, 3, lead));
    actions.push(Pass(dice.of(&[12, 200])));
    actions
}

pub(super) fn high_trust(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let trust = dice.of(&[100, 10_000, 1_000_000]);
    vec![request(Pick::Any(0), pool, 0, trust, tasks(dice), lead(dice)), Pass(30)]
}

pub(super) fn changing_terms(dice: &mut Dice) -> Vec<Action> {
    let mut actions = own_pool(dice, false, Amount::Tlk(10));
    actions.extend(own_workers(4, dice.of(&[Posture::Honest, Posture::Lie, Posture::Absent])));
    actions.push(Pass(40));
    let (pool, min_bond, min_price) = (Pick::Last(0), amount(dice), amount(dice));
    let (approval, operator_share, stake_ratio) = (dice.one_in(2), 100, 100);
    let policy = Call::SetPoolPolicy { pool, approval, operator_share, stake_ratio, min_bond, min_price };
    actions.push(send(RICH, policy));
    actions.push(send(RICH, Call::SetPoolPrice { pool, category: 0, price: Some(amount(dice)) }));
    actions.push(send(RICH, Call::SetGuaranteeLimit { pool, limit: amount(dice) }));
    actions.push(Pass(40));
    actions
}

pub(super) fn used_up_guarantees(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let mut actions: Vec<_> = (0..8)
        .map(|_| request(Pick::Any(0), pool, 2, dice.of(&[1, 4]), dice.of(&[200, 400]), Lead::Blocks(900)))
        .collect();
    actions.push(Pass(dice.of(&[2, 30])));
    actions.extend((0..8).map(|deal| send(RICH, Call::CancelDeal { deal: Pick::Last(deal) })));
    actions.push(Pass(30));
    actions
}

pub(super) fn orders(dice: &mut Dice) -> Vec<Action> {
    let (tasks, lead, price) = (tasks(dice), lead(dice), dice.of(&[Amount::Tlk(30), Amount::Tlk(1_000)]));
    let (app, dataset) = (Pick::Any(0), maybe(dice, pick));
    let request = Call::PublishRequestOrder { app, dataset, category: 0, trust: 1, tasks, lead, price };
    let (pool, ordered, sponsor) = (Pick::Any(dice.byte() % 2), dice.one_in(2), dice.one_in(2));
    vec![
        send(RICH, request),
        Pass(1),
        send(1, Call::MatchOrders { pool, ordered, sponsor }),
        Pass(20),
        send(1, Call::MatchOrders { pool, ordered, sponsor }),
        send(RICH, Call::CancelOrder),
        Pass(20),
    ]
}

pub(super) fn snipers(dice: &mut Dice) -> Vec<Action> {
    // Within the limit of a buyer who wants the cheapest tasks of an honest pool.
    let mut actions = own_pool(dice, false, Amount::Tlk(10));
    actions.extend(own_workers(4, posture(dice)));
    let volume = dice.of(&[1, 100]);
    actions.push(send(
        RICH,
        Call::PublishPoolOrder { pool: Pick::Last(0), category: 0, price: Amount::Tlk(10), volume },
    ));
    for _ in 0..20 {
        let ordered = dice.one_in(2);
        actions.push(send(1, Call::MatchOrders { pool: Pick::Last(0), ordered, sponsor: false }));
        actions.push(Pass(dice.of(&[1, 5, 10])));
    }
    actions
}

pub(super) fn backlog(dice: &mut Dice) -> Vec<Action> {
    let pool = Pick::Any(dice.byte() % 2);
    let requests = 1 + dice.below(20);
    let trust = dice.of(&[1, 4, 1_000_000]);
    let lead = lead(dice);
    let mut actions: Vec<_> = (0..requests)
        .map(|_| request(Pick::Any(0), pool, dice.byte() % 3, trust, tasks(dice), lead))
        .collect();
    actions.push(Pass(100));
    actions
}
