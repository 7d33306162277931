//! Of those that make blocks, or fill them.

use super::{request, send, single::lead};
use crate::{
    action::{Action, Amount, Authorship, Call, Pick},
    cast::{ATTACKERS, SEATED},
    dice::Dice,
};
use Action::{Author, Fill, Pass};

pub(super) fn full_blocks(dice: &mut Dice) -> Vec<Action> {
    vec![
        request(Pick::Any(0), Pick::Any(dice.byte() % 2), dice.byte() % 3, dice.of(&[1, 4]), 5, lead(dice)),
        Pass(dice.of(&[1, 2, 3, 8])),
        Fill(dice.of(&[2, 20, 60, 180])),
        Pass(dice.of(&[20, 60, 200])),
    ]
}

pub(super) fn censorship(dice: &mut Dice) -> Vec<Action> {
    let ways = [Authorship::Omit, Authorship::OmitDuties, Authorship::First, Authorship::Last];
    let mut actions = vec![Author(dice.of(&ways))];
    actions.push(request(Pick::Any(0), Pick::Any(dice.byte() % 2), 0, dice.of(&[1, 4]), 10, lead(dice)));
    actions.push(Pass(60));
    actions
}

pub(super) fn candidates(dice: &mut Dice) -> Vec<Action> {
    let who = dice.byte() % ATTACKERS;
    vec![
        send(who, Call::Bond { amount: Amount::AllBut(100) }),
        send(who, Call::SetKeys),
        Pass(1),
        send(who, Call::Register { stake: Amount::AllBut(0) }),
        Pass(90),
        send(dice.of(&[who, SEATED.start]), Call::Resign),
        Pass(90),
    ]
}
