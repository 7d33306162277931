//! Of those that have juries do what they want.

use super::{
    infiltrators, own_pool, own_workers, publish, request, send, single::posture, work::infiltrate, OPEN,
    RICH,
};
use crate::{
    action::{Account, Action, Amount, Artefact, Audience, Call, Item, Lead, Pick, Posture},
    cast::SEATED,
    dice::Dice,
};
use Action::{Behave, Pass, Serve};

pub(super) fn undecidable(dice: &mut Dice, price: Amount, tasks: u16, slots: u8) -> Vec<Action> {
    let mut actions = vec![send(RICH, publish(Artefact::Nowhere, Amount::Zero))];
    actions.extend(own_pool(dice, true, price));
    actions.extend(own_workers(slots, Posture::Wrong));
    actions.push(request(Pick::Last(0), Pick::Last(0), 0, 4, tasks, Lead::Blocks(900)));
    actions.push(Pass(60));
    actions
}

pub(super) fn flooded_juries(dice: &mut Dice) -> Vec<Action> {
    let price = dice.of(&[Amount::Zero, Amount::Units(1)]);
    let mut actions = infiltrators(Posture::Wrong);
    // With few slots the disputes come one after another, with many all at once.
    let slots = dice.of(&[6, 12, 32]);
    actions.extend(undecidable(dice, price, 200, slots));
    actions.pop();
    for _ in 0..4 {
        actions.push(Pass(dice.of(&[10, 18, 30])));
        actions.push(request(Pick::Last(0), Pick::Last(0), 0, 4, 200, Lead::Blocks(900)));
    }
    actions.push(Pass(60));
    actions
}

pub(super) fn stalled_juries(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Wrong);
    let postures = [Posture::Stall, Posture::Silent, Posture::Late, Posture::Lie];
    let posture = dice.of(&postures);
    actions.extend(SEATED.map(|who| Behave { who, posture }));
    let tasks = dice.of(&[1, 20, 100]);
    actions.push(request(Pick::Any(0), OPEN, dice.byte() % 3, dice.of(&[2, 4]), tasks, Lead::Blocks(900)));
    actions.push(Pass(200));
    actions
}

pub(super) fn juror_keys(dice: &mut Dice) -> Vec<Action> {
    let mut actions: Vec<_> = SEATED
        .map(|who| {
            let key = dice.of(&[None, Some(Account::Own(0)), Some(Account::Own(1)), Some(Account::Any(22))]);
            send(who, Call::SetJurorKey { key })
        })
        .collect();
    let posture = posture(dice);
    actions.extend([0, 1].map(|who| Behave { who, posture }));
    actions.extend(infiltrate(dice, Posture::Wrong));
    actions
}

pub(super) fn vanishing_app(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Wrong);
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(Pass(1));
    actions.push(request(Pick::Last(0), OPEN, dice.byte() % 3, 4, 4, Lead::Blocks(900)));
    actions.push(Pass(dice.of(&[1, 2, 3, 4, 6, 8])));
    let audience = dice.of(&[Audience::Nobody, Audience::Even, Audience::Odd]);
    actions.push(Serve { item: Item::App(Pick::Last(0)), audience });
    actions.push(Pass(60));
    actions
}
