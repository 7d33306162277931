//! Of those that work.

use super::{
    infiltrators, own_pool, own_workers, publish, request, send,
    single::{audience, lead, tasks, trust},
    OPEN, RICH,
};
use crate::{
    action::{Action, Amount, Artefact, Call, Item, Lead, Pick, Posture},
    cast::SEATED,
    dice::Dice,
};
use Action::{Behave, Pass, Serve};

/// Workers of the adversary in the open pool, with something to do there.
pub(super) fn infiltrate(dice: &mut Dice, posture: Posture) -> Vec<Action> {
    let mut actions = infiltrators(posture);
    if dice.one_in(2) {
        actions.push(Behave { who: SEATED.start, posture });
        actions.push(Behave { who: SEATED.start + 1, posture });
    }
    if dice.one_in(2) {
        actions.push(request(
            Pick::Any(0),
            OPEN,
            dice.byte() % 3,
            trust(dice).max(1),
            tasks(dice),
            lead(dice),
        ));
    }
    actions.push(Pass(dice.of(&[20, 60, 200])));
    actions
}

pub(super) fn deadline_trap(dice: &mut Dice) -> Vec<Action> {
    let mut actions = infiltrators(Posture::Trap);
    let lead = Lead::Tight(dice.of(&[-8, -4, -2, 0, 2, 4, 8, 16]));
    actions.push(request(
        Pick::Any(0),
        Pick::Any(dice.byte() % 2),
        dice.byte() % 3,
        dice.of(&[2, 4]),
        10,
        lead,
    ));
    actions.push(Pass(90));
    actions
}

pub(super) fn chosen_audience(dice: &mut Dice) -> Vec<Action> {
    let posture = dice.of(&[Posture::Lie, Posture::Wrong, Posture::Silent, Posture::Honest]);
    let mut actions = infiltrators(posture);
    actions.push(send(RICH, publish(Artefact::Fine, Amount::Tlk(1))));
    actions.push(send(RICH, Call::PublishDataset { artefact: Artefact::Fine, price: Amount::Tlk(1) }));
    actions.push(Pass(1));
    let last = Pick::Last(0);
    let item = dice.of(&[Item::App(last), Item::Dataset(last)]);
    actions.push(Serve { item, audience: audience(dice) });
    let (trust, tasks) = (dice.of(&[1, 2, 4]), tasks(dice));
    actions.push(send(
        RICH,
        Call::Request {
            app: last,
            dataset: Some(last),
            pool: OPEN,
            category: dice.byte() % 3,
            trust,
            tasks,
            lead: Lead::Blocks(900),
        },
    ));
    actions.push(Pass(dice.of(&[20, 90])));
    actions.push(Serve { item, audience: audience(dice) });
    actions.push(Pass(60));
    actions
}

pub(super) fn slow_app(dice: &mut Dice) -> Vec<Action> {
    let mut actions = vec![send(RICH, publish(Artefact::Slow, Amount::Zero))];
    actions.extend(own_pool(dice, true, Amount::Tlk(1)));
    let posture = dice.of(&[Posture::Lie, Posture::Wrong]);
    actions.extend(own_workers(8, posture));
    let pool = dice.of(&[Pick::Last(0), OPEN]);
    actions.push(request(Pick::Last(0), pool, 0, dice.of(&[1, 2, 4]), 20, Lead::Blocks(900)));
    actions.push(Pass(90));
    actions
}
