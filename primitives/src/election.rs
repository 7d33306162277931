//! The election of validators, and the effect of attendance on their scores.
//!
//! Candidates are ranked by `effective stake = stake · weight / (weight + 1)` ([`crate::odds::effective_stake`]), with
//! the score that they earned as validators. An election selects the candidates with the highest effective stake,
//! within the limits that finality sets: GRANDPA needs more than two thirds of the validators, so in one election at
//! most a third of the sitting validators leave, and at most a third of the new set are newcomers.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    credibility::score_when_wrong,
    unit::{Balance, Score},
};

/// Most sessions of a term: two weeks of sessions of an hour. A validator that fails can be voted out at the end of one.
pub const MAX_TERM: u32 = 14 * 24;

/// What governance decides about elections.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rules {
    /// How many validators there are at most.
    pub seats: u32,
    /// How many there are at least, once there were as many: to stay above it, an election keeps validators that it
    /// would else send away.
    pub min_seats: u32,
    /// What a candidate has to put up, in units of TLK.
    pub min_stake: Balance,
    /// How many sessions lie between one election and the next.
    pub term: u32,
}

impl Rules {
    /// Whether elections can be held by these rules, where there can be at most `max_seats` seats.
    pub fn are_sound(&self, max_seats: u32) -> bool {
        (1..=self.seats).contains(&self.min_seats)
            && self.seats <= max_seats
            && (1..=MAX_TERM).contains(&self.term)
    }
}

impl Default for Rules {
    /// One validator, as on a chain for trying things out.
    fn default() -> Self {
        Self { seats: 1, min_seats: 1, min_stake: 0, term: 1 }
    }
}

/// Somebody who stands for election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender<Id> {
    /// Who.
    pub who: Id,
    /// Its effective stake.
    pub stake: Balance,
}

/// The validators after those that sit now, in an order that keeps the places of those that stay.
///
/// Those who leave are, in this order: `offenders`, sitting validators that are no contenders any more, and those that
/// others outdo. At equal stakes a sitting validator comes first, then the lower `Id`.
///
/// - At most a third of `sitting` leaves, rounded down.
/// - At most half as many come as stay, so a third of the new set, but always one may come.
/// - There are at most `seats`, unless more sit and may not leave yet; and at least `min_seats`, if as many sit now.
pub fn elect<Id: Ord + Clone>(
    sitting: &[Id],
    contenders: &[Contender<Id>],
    offenders: &[Id],
    rules: Rules,
) -> Vec<Id> {
    let seats = rules.seats as usize;
    let mut ranking: Vec<_> = contenders.iter().filter(|one| !offenders.contains(&one.who)).collect();
    ranking.sort_by(|a, b| {
        let place = |one: &Contender<Id>| (core::cmp::Reverse(one.stake), !sitting.contains(&one.who));
        place(a).cmp(&place(b)).then_with(|| a.who.cmp(&b.who))
    });
    let rank = |who: &Id| ranking.iter().position(|one| one.who == *who);
    let wanted = |who: &Id| rank(who).is_some_and(|rank| rank < seats);

    // The first to leave come last, so that those that have to be kept are removed from the front.
    let mut leaving: Vec<_> = sitting.iter().filter(|who| !wanted(who)).collect();
    leaving.sort_by_key(|who| (offenders.contains(who), rank(who).is_none(), rank(who)));
    let may_leave = leaving.len().min(sitting.len() / 3);
    leaving.drain(..leaving.len().saturating_sub(may_leave));

    let coming = |staying: usize| {
        let room = seats.saturating_sub(staying).min((staying / 2).max(1));
        ranking.iter().map(|one| &one.who).take(seats).filter(|who| !sitting.contains(who)).take(room)
    };
    let size = |leaving: usize| {
        let staying = sitting.len().saturating_sub(leaving);
        staying.saturating_add(coming(staying).count())
    };
    let min = (rules.min_seats as usize).min(sitting.len());
    while !leaving.is_empty() && size(leaving.len()) < min {
        leaving.remove(0);
    }

    let staying: Vec<_> = sitting.iter().filter(|who| !leaving.contains(who)).collect();
    let joining = coming(staying.len());
    staying.iter().copied().chain(joining).cloned().collect()
}

/// How much of its share of the blocks of a session a validator made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// At least half.
    Present,
    /// Less, or too few blocks were made to tell.
    Partial,
    /// Less than an eighth.
    Absent,
}

/// The least share of blocks that absence can be told from. Slots fall to validators at random: one that is there
/// makes none of its share of 4 with a probability of `e⁻⁴`, below 2 %, and none in three sessions in a row below 10⁻⁵.
const MIN_SHARE: u128 = 4;

/// Number of absent sessions in a row after which a validator is no candidate any more.
pub const PATIENCE: u32 = 3;

/// What a validator did in a session.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Blocks that it made.
    pub authored: u32,
    /// Blocks that all made together.
    pub blocks: u32,
    /// How many validators there were.
    pub validators: u32,
}

impl Service {
    /// What counts is its share of the blocks that were made, not of the slots that passed: while everybody is away
    /// nobody is absent.
    pub fn attendance(self) -> Attendance {
        let [authored, blocks, validators] = [self.authored, self.blocks, self.validators].map(u128::from);
        if authored * validators * 2 >= blocks {
            Attendance::Present
        } else if blocks >= MIN_SHARE * validators && authored * validators * 8 < blocks {
            Attendance::Absent
        } else {
            Attendance::Partial
        }
    }
}

impl Attendance {
    /// The score after the session: one more for a validator that was there, two thirds for one that was not.
    pub fn score(self, before: Score) -> Score {
        match self {
            Self::Present => Score(before.0.saturating_add(1)),
            Self::Partial => before,
            Self::Absent => score_when_wrong(before),
        }
    }
}

#[cfg(test)]
mod tests;
