//! Tactics: sequences of actions that lead somewhere, so that attacks of many steps are found soon.
//!
//! A tactic says what to do, and leaves open with which numbers. [`script`] makes a script of several, one after another and
//! mixed with single actions.

use crate::{
    action::{Account, Action, Amount, Artefact, Call, Lead, Pick, Posture, Script},
    cast::BONDED,
    dice::Dice,
};
use Action::{Behave, Pass, Send};

mod blocks;
mod disputes;
mod market;
mod single;
mod work;

pub use single::{action, call};

use blocks::{candidates, censorship, full_blocks};
use disputes::{flooded_juries, juror_keys, stalled_juries, undecidable, vanishing_app};
use market::{
    backlog, changing_terms, gifts, high_trust, orders, short_deadline, snipers, used_up_guarantees,
};
use work::{chosen_audience, deadline_trap, infiltrate, slow_app};

/// A sequence of actions that leads somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tactic {
    /// Buy of an honest pool with a deadline that cannot be kept, or just so.
    ShortDeadline,
    /// Give something to somebody who did not ask for it, and buy of it.
    Gifts,
    /// Have a dispute about an app that nobody can get.
    Undecidable,
    /// Have more of them than jurors have room for, and lie meanwhile.
    FloodedJuries,
    /// Have disputes, and let juries wait for votes until the last block.
    StalledJuries,
    /// Name others as juror keys, and vote by both.
    JurorKeys,
    /// Reveal in the last block before the deadline.
    DeadlineTrap,
    /// Decline whatever there is.
    Decliners,
    /// Do not do what one was drawn for.
    Absentees,
    /// Have wrong results, alone or together.
    Liars,
    /// Commit and do not reveal, or late, or not what one committed to.
    Unrevealing,
    /// Ask for more trust than anybody can give.
    HighTrust,
    /// Fill blocks while others have duties.
    FullBlocks,
    /// Leave out what others have to say.
    Censorship,
    /// Take an app away while it is judged.
    VanishingApp,
    /// Let some fetch an app or a dataset, and others not.
    ChosenAudience,
    /// Sell an app that no machine executes in time.
    SlowApp,
    /// Change the terms of a pool while others deal with it.
    ChangingTerms,
    /// Use up what may be held of an operator, and take it back.
    UsedUpGuarantees,
    /// Buy and sell by orders.
    Orders,
    /// Fill the orders of others, of one's own pool.
    Snipers,
    /// Stand for election, resign.
    Candidates,
    /// Have a pool fill up with tasks that wait.
    Backlog,
}

/// All of them.
pub const TACTICS: [Tactic; 23] = [
    Tactic::ShortDeadline,
    Tactic::Gifts,
    Tactic::Undecidable,
    Tactic::FloodedJuries,
    Tactic::StalledJuries,
    Tactic::JurorKeys,
    Tactic::DeadlineTrap,
    Tactic::Decliners,
    Tactic::Absentees,
    Tactic::Liars,
    Tactic::Unrevealing,
    Tactic::HighTrust,
    Tactic::FullBlocks,
    Tactic::Censorship,
    Tactic::VanishingApp,
    Tactic::ChosenAudience,
    Tactic::SlowApp,
    Tactic::ChangingTerms,
    Tactic::UsedUpGuarantees,
    Tactic::Orders,
    Tactic::Snipers,
    Tactic::Candidates,
    Tactic::Backlog,
];

/// The account that buys and owns what the adversary has.
const RICH: u8 = 0;
/// The pool of the second honest operator, which everybody can join.
const OPEN: Pick = Pick::Any(1);

fn send(who: u8, call: Call) -> Action {
    Send { who, call }
}

/// A script for these dice, of about this number of actions.
pub fn script(dice: &mut Dice, seed: u64, actions: usize) -> Script {
    let mut script = Script { seed, actions: Vec::new() };
    while script.actions.len() < actions && !dice.is_used_up() {
        match dice.below(8) {
            0..=2 => {
                let tactic = dice.of(&TACTICS);
                script.actions.extend(tactic.play(dice));
            }
            _ => script.actions.push(action(dice)),
        }
    }
    script
}

impl Tactic {
    /// Its actions.
    pub fn play(self, dice: &mut Dice) -> Vec<Action> {
        match self {
            Self::ShortDeadline => short_deadline(dice),
            Self::Gifts => gifts(dice),
            Self::Undecidable => undecidable(dice, Amount::Tlk(10), 1, 4),
            Self::FloodedJuries => flooded_juries(dice),
            Self::StalledJuries => stalled_juries(dice),
            Self::JurorKeys => juror_keys(dice),
            Self::DeadlineTrap => deadline_trap(dice),
            Self::Decliners => infiltrate(dice, Posture::Decline),
            Self::Absentees => infiltrate(dice, Posture::Absent),
            Self::Liars => {
                let posture = dice.of(&[Posture::Wrong, Posture::Lie]);
                infiltrate(dice, posture)
            }
            Self::Unrevealing => {
                let posture = dice.of(&[Posture::Silent, Posture::Stall, Posture::Copy, Posture::Late]);
                infiltrate(dice, posture)
            }
            Self::HighTrust => high_trust(dice),
            Self::FullBlocks => full_blocks(dice),
            Self::Censorship => censorship(dice),
            Self::VanishingApp => vanishing_app(dice),
            Self::ChosenAudience => chosen_audience(dice),
            Self::SlowApp => slow_app(dice),
            Self::ChangingTerms => changing_terms(dice),
            Self::UsedUpGuarantees => used_up_guarantees(dice),
            Self::Orders => orders(dice),
            Self::Snipers => snipers(dice),
            Self::Candidates => candidates(dice),
            Self::Backlog => backlog(dice),
        }
    }
}

fn request(app: Pick, pool: Pick, category: u8, trust: u32, tasks: u16, lead: Lead) -> Action {
    send(RICH, Call::Request { app, dataset: None, pool, category, trust, tasks, lead })
}

/// A pool of the adversary, as the last of its own, with a price.
fn own_pool(dice: &mut Dice, approval: bool, price: Amount) -> Vec<Action> {
    let stake_ratio = dice.of(&[0, 30, 100]);
    let pool = Pick::Last(0);
    vec![
        send(RICH, Call::PublishPool { approval, operator_share: 1, stake_ratio, limit: Amount::Max }),
        Pass(1),
        send(RICH, Call::SetPoolPrice { pool, category: 0, price: Some(price) }),
        Pass(1),
    ]
}

/// Two workers of the adversary in its own last pool. They have no merit: neither works alone.
fn own_workers(slots: u8, posture: Posture) -> Vec<Action> {
    let workers = [BONDED.end - 2, BONDED.end - 1];
    let mut actions = Vec::new();
    for who in workers {
        actions.push(send(who, Call::LeavePool));
        actions.push(send(RICH, Call::Admit { pool: Pick::Last(0), worker: Account::Own(who) }));
        actions.push(Behave { who, posture });
    }
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::JoinPool { pool: Pick::Last(0) })));
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::GoOnline { slots })));
    actions.push(Pass(1));
    actions
}

fn publish(artefact: Artefact, price: Amount) -> Call {
    Call::PublishApp { artefact, oci: false, price }
}

/// Workers of the adversary in the open pool.
fn infiltrators(posture: Posture) -> Vec<Action> {
    let workers = BONDED.start + 2..BONDED.end - 2;
    let mut actions = Vec::new();
    actions.extend(workers.clone().map(|who| Behave { who, posture }));
    actions.extend(workers.clone().map(|who| send(who, Call::JoinPool { pool: OPEN })));
    actions.push(Pass(1));
    actions.extend(workers.map(|who| send(who, Call::GoOnline { slots: 4 })));
    actions.push(Pass(1));
    actions
}
