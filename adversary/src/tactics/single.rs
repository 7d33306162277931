//! Single actions, with arguments of all kinds.

use crate::{
    action::{Account, Action, Amount, Artefact, Audience, Authorship, Call, Item, Lead, Pick, Posture},
    cast::ATTACKERS,
    dice::Dice,
};
use Action::{Author, Behave, Fill, Pass, Serve, Tip};

use super::send;

/// A single action.
pub fn action(dice: &mut Dice) -> Action {
    match dice.below(16) {
        0..=4 => Pass(dice.of(&[1, 1, 1, 2, 2, 3, 5, 8, 16, 31, 90])),
        5 => Behave { who: dice.below(ATTACKERS.into()) as u8, posture: posture(dice) },
        6 if dice.one_in(2) => Author(authorship(dice)),
        6 if dice.one_in(4) => Fill(dice.of(&[1, 2, 5, 20])),
        6 if dice.one_in(4) => Tip(dice.of(&[0, 1, 100])),
        6 => Serve { item: item(dice), audience: audience(dice) },
        _ => send(dice.below(ATTACKERS.into()) as u8, call(dice)),
    }
}

pub(super) fn posture(dice: &mut Dice) -> Posture {
    use Posture::*;
    dice.of(&[Honest, Absent, Wrong, Lie, Decline, Silent, Stall, Late, Trap, Copy])
}

fn authorship(dice: &mut Dice) -> Authorship {
    use Authorship::*;
    dice.of(&[Fair, Omit, OmitDuties, First, Last, Withhold])
}

pub(super) fn audience(dice: &mut Dice) -> Audience {
    use Audience::*;
    dice.of(&[All, Nobody, Even, Odd])
}

fn artefact(dice: &mut Dice) -> Artefact {
    use Artefact::*;
    dice.of(&[Fine, Fine, Nowhere, Slow])
}

fn item(dice: &mut Dice) -> Item {
    let pick = pick(dice);
    match dice.below(4) {
        0 => Item::App(pick),
        1 => Item::Dataset(pick),
        2 => Item::Pool(pick),
        _ => Item::Group(pick),
    }
}

pub(super) fn pick(dice: &mut Dice) -> Pick {
    let index = dice.byte() % 8;
    match dice.below(3) {
        0 => Pick::Any(index),
        1 => Pick::Own(index),
        _ => Pick::Last(index),
    }
}

fn account(dice: &mut Dice) -> Account {
    match dice.below(2) {
        0 => Account::Own(dice.byte()),
        _ => Account::Any(dice.byte()),
    }
}

pub(super) fn amount(dice: &mut Dice) -> Amount {
    match dice.below(8) {
        0 => Amount::Zero,
        1 => Amount::Units(1 + dice.byte() % 4),
        2 => Amount::AllBut(dice.byte() % 4),
        3 if dice.one_in(4) => Amount::Max,
        _ => Amount::Tlk(dice.of(&[1, 2, 5, 10, 30, 100, 1_000, 4_000, 10_000])),
    }
}

pub(super) fn lead(dice: &mut Dice) -> Lead {
    match dice.below(4) {
        0 => Lead::Blocks(dice.of(&[0, 1, 2, 3, 4, 5, 6, 8, 10])),
        1 => Lead::Blocks(dice.of(&[15, 20, 25, 30, 40, 60, 90, 150, 200, 400, 1_000])),
        _ => Lead::Tight(dice.of(&[-16, -4, -2, -1, 0, 1, 2, 3, 5, 10, 20, 40])),
    }
}

pub(super) fn trust(dice: &mut Dice) -> u32 {
    dice.of(&[0, 1, 1, 2, 4, 8, 16, 100, 1_000_000])
}

pub(super) fn tasks(dice: &mut Dice) -> u16 {
    dice.of(&[1, 1, 1, 2, 3, 5, 10, 32, 100, 200])
}

pub(super) fn maybe<T>(dice: &mut Dice, what: impl FnOnce(&mut Dice) -> T) -> Option<T> {
    match dice.one_in(3) {
        true => Some(what(dice)),
        false => None,
    }
}

/// A call with arguments of all kinds.
pub fn call(dice: &mut Dice) -> Call {
    match dice.below(8) {
        0 | 1 => sale(dice),
        2 => ownership(dice),
        3 => membership(dice),
        4 => purchase(dice),
        5 => work(dice),
        6 => stake(dice),
        _ => other(dice),
    }
}

/// Of somebody who sells.
fn sale(dice: &mut Dice) -> Call {
    let share = |dice: &mut Dice| dice.of(&[0, 1, 10, 30, 50, 100, 101]);
    match dice.below(14) {
        0 => Call::PublishApp { artefact: artefact(dice), oci: dice.one_in(4), price: amount(dice) },
        1 => Call::PublishDataset { artefact: artefact(dice), price: amount(dice) },
        2 => {
            let (operator_share, stake_ratio) = (share(dice), share(dice));
            Call::PublishPool { approval: dice.one_in(2), operator_share, stake_ratio, limit: amount(dice) }
        }
        3..=5 => {
            let price = maybe(dice, amount).or(Some(Amount::Tlk(10)));
            Call::SetPoolPrice { pool: pick(dice), category: dice.byte() % 3, price }
        }
        6 => {
            let (operator_share, stake_ratio) = (share(dice), share(dice));
            Call::SetPoolPolicy {
                pool: pick(dice),
                approval: dice.one_in(2),
                operator_share,
                stake_ratio,
                min_bond: amount(dice),
                min_price: amount(dice),
            }
        }
        7 => Call::SetGuaranteeLimit { pool: pick(dice), limit: amount(dice) },
        8 => Call::SetAppPrice { app: pick(dice), price: maybe(dice, amount) },
        9 => Call::SetDatasetPrice { dataset: pick(dice), price: maybe(dice, amount) },
        10 => Call::SetUris { item: item(dice) },
        11 => Call::PublishAppOrder { app: pick(dice), price: amount(dice), volume: tasks(dice) },
        12 => Call::PublishDatasetOrder { dataset: pick(dice), price: amount(dice), volume: tasks(dice) },
        _ => Call::PublishPoolOrder {
            pool: pick(dice),
            category: dice.byte() % 3,
            price: amount(dice),
            volume: tasks(dice),
        },
    }
}

/// About who owns what.
fn ownership(dice: &mut Dice) -> Call {
    match dice.below(7) {
        0 | 1 => Call::Offer { item: item(dice), to: account(dice) },
        2 | 3 => Call::Accept { item: item(dice), limit: amount(dice) },
        4 => Call::AddProxy { to: account(dice), kind: dice.byte() },
        5 => Call::RemoveProxies,
        _ => Call::AsProxy { of: account(dice), calls: vec![simple(dice)] },
    }
}

/// About who belongs to what.
fn membership(dice: &mut Dice) -> Call {
    match dice.below(9) {
        0 => Call::Admit { pool: pick(dice), worker: account(dice) },
        1 => Call::Dismiss { pool: pick(dice), worker: account(dice) },
        2..=4 => Call::JoinPool { pool: pick(dice) },
        5 => Call::LeavePool,
        6 => match dice.one_in(2) {
            true => Call::CreateGroup,
            false => Call::DisbandGroup { group: pick(dice) },
        },
        7 => Call::AddMember { group: pick(dice), member: account(dice) },
        _ => Call::RemoveMember { group: pick(dice), member: account(dice) },
    }
}

/// Of somebody who buys.
fn purchase(dice: &mut Dice) -> Call {
    match dice.below(8) {
        0..=3 => Call::Request {
            app: pick(dice),
            dataset: maybe(dice, pick),
            pool: pick(dice),
            category: dice.byte() % 3,
            trust: trust(dice),
            tasks: tasks(dice),
            lead: lead(dice),
        },
        4 => Call::CancelDeal { deal: pick(dice) },
        5 => Call::PublishRequestOrder {
            app: pick(dice),
            dataset: maybe(dice, pick),
            category: dice.byte() % 3,
            trust: trust(dice),
            tasks: tasks(dice),
            lead: lead(dice),
            price: amount(dice),
        },
        6 => Call::MatchOrders { pool: pick(dice), ordered: dice.one_in(2), sponsor: dice.one_in(2) },
        _ => Call::CancelOrder,
    }
}

/// Of somebody who works, or judges.
fn work(dice: &mut Dice) -> Call {
    let (deal, index) = (pick(dice), dice.byte() % 4);
    match dice.below(10) {
        0 | 1 => Call::GoOnline { slots: dice.of(&[1, 1, 4, 32, 33, 0]) },
        2 => Call::GoOffline,
        3 => Call::Heartbeat,
        4 => Call::Decline { deal, index },
        5 | 6 => Call::Commit { deal, index, wrong: dice.one_in(2), tasks: 1 + dice.byte() % 4 },
        7 => Call::SetDutyKey { key: maybe(dice, account) },
        8 => Call::ActFor { worker: maybe(dice, account) },
        _ => Call::Reveal { deal, index, wrong: dice.one_in(2), tasks: 1 + dice.byte() % 4 },
    }
}

/// Of somebody who has something at stake.
fn stake(dice: &mut Dice) -> Call {
    match dice.below(11) {
        0 => Call::Bond { amount: amount(dice) },
        1 => Call::Unbond { amount: amount(dice) },
        2 => Call::Withdraw,
        3 => Call::SetKeys,
        4 => Call::Register { stake: amount(dice) },
        5 => Call::AddStake { amount: amount(dice) },
        6 => Call::Resign,
        7 => Call::Release,
        8 => Call::ForgetKeys,
        _ => Call::SetJurorKey { key: maybe(dice, account) },
    }
}

fn other(dice: &mut Dice) -> Call {
    match dice.below(4) {
        0 => Call::Transfer { to: account(dice), amount: amount(dice) },
        1 => {
            let length = 2 + dice.below(30);
            let mut bytes: Vec<u8> = (0..length).map(|_| dice.byte()).collect();
            bytes[0] = dice.of(&[0, 4, 10, 20, 21, 22, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42]);
            bytes[1] %= 24;
            Call::Raw(bytes)
        }
        2 => Call::BatchAll((0..1 + dice.below(3)).map(|_| simple(dice)).collect()),
        _ => Call::Batch((0..1 + dice.below(3)).map(|_| simple(dice)).collect()),
    }
}

/// A call that is no batch.
fn simple(dice: &mut Dice) -> Call {
    match call(dice) {
        Call::Batch(_) | Call::BatchAll(_) | Call::AsProxy { .. } => Call::Heartbeat,
        call => call,
    }
}
