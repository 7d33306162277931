//! Validators that know, or withhold, what decides about the lies of their friends.
//!
//! Some validators collude with workers. A validator knows its own outputs from the beginning of the epoch on, and everybody
//! knows whose turn each slot is; only that another validator has a slot by right shows when its block comes. So the liar
//! can choose the block in which its commitment stands, and each accomplice can withhold a block that would have the lie
//! audited. Nothing else of the chain is simulated: tasks and merit are those of the other parts.

use std::fmt::Write as _;

use talka_primitives::{
    audit::{collateral, hits, Turn, DEFAULT_RATE},
    jury::{ruling, Ruling, Vote, DEFAULT_JURORS},
    Balance, Rate,
};

use crate::world::VALUE;

/// How often some validator has a slot by right: `time::PRIMARY_PROBABILITY` of the runtime.
const PRIMARY: f64 = 0.25;

/// Blocks among which the liar can choose: what the smallest category gives for a task.
const WINDOW: usize = 150;

/// What decides whether a result is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Rule {
    /// The output of the next block's author. This was the rule before.
    OneAuthor,
    /// One lot from the outputs of the next two blocks, by two validators, mixed. It is not the rule, but how workers and
    /// juries are drawn.
    Mixed,
    /// A lot of each of two validators: the rule of the chain.
    TwoAuthors,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OneAuthor, Self::Mixed, Self::TwoAuthors];
}

/// Who colludes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Collusion {
    /// What decides whether a result is audited.
    pub rule: Rule,
    /// How many validators there are.
    pub validators: usize,
    /// How many of them collude. They come first.
    pub colluding: usize,
    /// The part of auditors and jurors that are fellows, in percent.
    pub fellows: u8,
    /// Whether the liar chooses the block in which its commitment stands.
    pub timed: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lies {
    /// How many were told.
    pub told: u64,
    /// Those that were audited.
    pub audited: u64,
    /// Those that were accepted.
    pub accepted: u64,
    /// Those whose author was convicted.
    pub convicted: u64,
    /// Blocks that were withheld.
    pub withheld: u64,
}

impl Lies {
    /// What is audited of what the rate says.
    pub fn audits_left(&self) -> f64 {
        self.audited as f64 / self.told as f64 / rate()
    }

    /// What is found out of what the rate says.
    pub fn found(&self) -> f64 {
        self.convicted as f64 / self.told as f64 / rate()
    }

    /// What a lie is worth in the mean with `locked` behind it, in values. The price of withheld blocks is left out.
    pub fn gain(&self, locked: Balance) -> f64 {
        let lost = self.convicted as f64 * locked as f64 / VALUE as f64;
        (self.accepted as f64 - lost) / self.told as f64
    }

    /// The least collateral with which lies do not pay, in values.
    pub fn enough(&self) -> f64 {
        self.accepted as f64 / self.convicted as f64
    }
}

/// The share of results that is audited.
fn rate() -> f64 {
    f64::from(DEFAULT_RATE.0) / f64::from(Rate::ALWAYS.0)
}

/// One slot, as the colluding validators know it beforehand.
struct Slot {
    /// Whose turn it is where nobody has it by right.
    turn: usize,
    /// The colluding validator that has it by right.
    by_right: Option<usize>,
    /// What a colluding validator's output says about the lie.
    lot: [u8; 32],
}

/// The block that has drawn first: its author, and its lot.
type First = Option<(usize, [u8; 32])>;

/// What a block does with a lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Audited,
    Spared,
    Open,
}

impl Rule {
    /// What a block of this author does, after the one that has drawn first.
    fn draw(self, first: First, author: usize, lot: &[u8; 32]) -> Fate {
        let hits = |lot: &[u8; 32], turn| hits(lot, DEFAULT_RATE, turn);
        // The two halves of a lot are two lots, which make the whole rate.
        let decide = |lot: [u8; 32]| {
            let mut other = lot;
            other.rotate_left(16);
            if hits(&lot, Turn::First) || hits(&other, Turn::Second) {
                Fate::Audited
            } else {
                Fate::Spared
            }
        };
        match (self, first) {
            (Self::OneAuthor, _) => decide(*lot),
            (Self::Mixed, Some((parent, other))) if parent != author => {
                decide(std::array::from_fn(|index| lot[index] ^ other[index]))
            }
            (Self::TwoAuthors, None) if hits(lot, Turn::First) => Fate::Audited,
            (Self::TwoAuthors, Some((first, _))) if first != author => {
                if hits(lot, Turn::Second) {
                    Fate::Audited
                } else {
                    Fate::Spared
                }
            }
            (Self::Mixed | Self::TwoAuthors, _) => Fate::Open,
        }
    }
}

impl Slot {
    /// The colluding validator that can make its block, and whether that has it by right.
    fn fellow(&self, colluding: usize) -> Option<(usize, bool)> {
        let in_turn = (self.turn < colluding).then_some((self.turn, false));
        self.by_right.map(|who| (who, true)).or(in_turn)
    }
}

impl Collusion {
    /// Let this number of lies be told.
    pub fn play(self, lies: u64, seed: u64) -> Lies {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut counts = Lies::default();
        for _ in 0..lies {
            self.lie(&mut rng, &mut counts);
        }
        counts
    }

    fn lie(&self, rng: &mut fastrand::Rng, counts: &mut Lies) {
        let choices = if self.timed { WINDOW } else { 1 };
        let mut slots: Vec<Slot> = (0..=choices).map(|_| self.slot(rng)).collect();
        let promise = |at: &usize| self.promise(&slots[*at], &slots[at + 1]);
        let best = (0..choices).min_by(|one, other| promise(one).total_cmp(&promise(other))).unwrap_or(0);
        slots.drain(..best);
        let mut known = slots.into_iter();
        let (mut first, mut fate) = (None, Fate::Open);
        while fate == Fate::Open {
            let slot = known.next().unwrap_or_else(|| self.slot(rng));
            fate = self.block(&slot, &mut first, rng, counts);
        }
        let audited = fate == Fate::Audited;
        counts.told += 1;
        counts.audited += u64::from(audited);
        match audited.then(|| self.is_convicted(rng)) {
            None | Some(Some(false)) => counts.accepted += 1,
            Some(Some(true)) => counts.convicted += 1,
            // The task fails, and nobody is to blame.
            Some(None) => {}
        }
    }

    fn slot(&self, rng: &mut fastrand::Rng) -> Slot {
        let turn = rng.usize(0..self.validators);
        let by_right = (rng.f64() < self.by_right(self.colluding)).then(|| rng.usize(0..self.colluding));
        let mut lot = [0; 32];
        rng.fill(&mut lot);
        Slot { turn, by_right, lot }
    }

    /// How often one of this number of validators has a slot by right.
    fn by_right(&self, many: usize) -> f64 {
        1.0 - (1.0 - PRIMARY).powf(many as f64 / self.validators as f64)
    }

    fn others(&self) -> usize {
        self.validators - self.colluding
    }

    /// What the colluding validators expect of a lie whose lots these two slots draw: the part of the audits that is left.
    fn promise(&self, one: &Slot, two: &Slot) -> f64 {
        let rivals = self.by_right(self.others());
        // How often the block of a slot is a fellow's, if it wants it; of two blocks with the slot by right one is lost.
        let held = |slot: &Slot| {
            let (who, by_right) = slot.fellow(self.colluding)?;
            Some((who, 1.0 - if by_right { rivals / 2.0 } else { rivals }))
        };
        let spares = |first, slot: &Slot, who| self.rule.draw(first, who, &slot.lot) != Fate::Audited;
        match (self.rule, held(one), held(two)) {
            (Rule::OneAuthor, Some((who, held)), _) if spares(None, one, who) => 1.0 - held,
            (Rule::OneAuthor, ..) => 1.0,
            (Rule::Mixed, Some((first, one_held)), Some((last, two_held)))
                if first != last && spares(Some((first, one.lot)), two, last) =>
            {
                1.0 - two_held * one_held
            }
            // The last one withholds its block where it would hit: then there is a second lot.
            (Rule::Mixed, _, Some((_, held))) => 1.0 - held,
            (Rule::Mixed, ..) => 1.0,
            (Rule::TwoAuthors, one_held, two_held) => {
                let one_left =
                    one_held.filter(|(who, _)| spares(None, one, *who)).map_or(1.0, |(_, held)| 1.0 - held);
                // A rival is never the first author twice, and no fellow draws twice.
                let first = one_held.map_or(usize::MAX, |(who, _)| who);
                let two_left = two_held
                    .filter(|(who, _)| *who != first && spares(Some((first, [0; 32])), two, *who))
                    .map_or(1.0, |(_, held)| 1.0 - held);
                (one_left + two_left) / 2.0
            }
        }
    }

    /// What comes of one slot.
    fn block(&self, slot: &Slot, first: &mut First, rng: &mut fastrand::Rng, counts: &mut Lies) -> Fate {
        let has_rival = rng.f64() < self.by_right(self.others());
        if let Some((who, by_right)) = slot.fellow(self.colluding) {
            if self.rule.draw(*first, who, &slot.lot) == Fate::Audited {
                counts.withheld += 1;
            } else if !has_rival || by_right && rng.bool() {
                return self.draw(first, who, slot.lot);
            }
        }
        let author = match slot.turn {
            _ if has_rival => rng.usize(self.colluding..self.validators),
            turn if turn >= self.colluding => turn,
            // Nobody makes a block.
            _ => return Fate::Open,
        };
        let mut lot = [0; 32];
        rng.fill(&mut lot);
        self.draw(first, author, lot)
    }

    fn draw(&self, first: &mut First, author: usize, lot: [u8; 32]) -> Fate {
        let fate = self.rule.draw(*first, author, &lot);
        // A first lot stands. What is mixed is of a block and its parent.
        if first.is_none() || self.rule == Rule::Mixed {
            *first = Some((author, lot));
        }
        fate
    }

    /// Whether a lie that is audited ends with a conviction; nothing where the juries do not decide.
    fn is_convicted(&self, rng: &mut fastrand::Rng) -> Option<bool> {
        const TRUTH: bool = true;
        let mut is_fellow = || rng.u8(0..100) < self.fellows;
        if is_fellow() {
            return Some(false);
        }
        for juries in 1.. {
            let votes: Vec<_> = (0..DEFAULT_JURORS).map(|_| Vote::For(is_fellow() != TRUTH)).collect();
            match ruling(&votes, DEFAULT_JURORS, juries) {
                Ruling::Decided(result) => return Some(result == TRUTH),
                Ruling::Again => {}
                Ruling::Undecided => return None,
            }
        }
        None
    }
}

/// Every rule, against single validators and against a part of a hundred, with and without timing. A single one is that part
/// of the validators as well.
pub fn all() -> Vec<Collusion> {
    let single = [100, 20, 10, 4].map(|validators| (validators, 1));
    let many = [2, 5, 10, 20, 25, 33].map(|colluding| (100, colluding));
    let mut all = Vec::new();
    for rule in Rule::ALL {
        for (validators, colluding) in single.into_iter().chain(many) {
            for timed in [false, true] {
                let fellows = (100 * colluding / validators) as u8;
                all.push(Collusion { rule, validators, colluding, fellows, timed });
            }
        }
    }
    all
}

/// The line of one of them.
pub fn line(of: Collusion, lies: Lies) -> String {
    let Collusion { rule, validators, colluding, fellows, timed } = of;
    let locked = collateral(VALUE, DEFAULT_RATE).unwrap_or(Balance::MAX);
    let per_lie = |count: u64| count as f64 / lies.told as f64;
    let mut text = format!("FOREKNOWLEDGE rule={} ", crate::report::name(rule));
    let _ = write!(
        text,
        "validators={validators} colluding={colluding} fellows={fellows}% timed={timed} lies={} audits_left={:.3} \
         found={:.3} blocks_withheld_per_lie={:.4} gain_at_39={:+.3} gain={:+.3} enough={:.0}",
        lies.told,
        lies.audits_left(),
        lies.found(),
        per_lie(lies.withheld),
        lies.gain(39 * VALUE),
        lies.gain(locked),
        lies.enough(),
    );
    text
}

#[cfg(test)]
mod tests;
