//! Where chance comes from: the outputs of block authors.
//!
//! Each block carries the output of its author's verifiable random function for its slot. There is exactly one such
//! output for a key and a slot, every node verifies it, and only the author knows it before the block is there. The
//! author, however, knows it from the beginning of the epoch on. Nothing may therefore depend on one author's output alone
//! that this author, or somebody it tells, can still shape.
//!
//! * **Workers, auditors and jurors** are drawn at the start of a block from a [`Seed`]: both the output of the parent block
//!   and that of the block itself, by two different authors. The author of the parent fixes the state that is drawn over and
//!   does not know the second output. The author of the block knows both and cannot touch the state any more: the draws come
//!   before its transactions. Where one validator made both blocks there is no seed, and nothing is drawn until another one
//!   makes a block. A chain with one validator has no such choice.
//! * **Whether a result is audited** is decided by two authors one after another, each with its own lot:
//!   [`crate::audit::Turn`].
//!
//! What is left to an author is to withhold its block: then somebody else draws, from another output.

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::Encode;

use crate::{
    apply,
    id::TaskId,
    odds,
    unit::{Balance, BlockNumber},
};

const SEED_TAG: &[u8] = b"talka/seed/1";
const DRAW_TAG: &[u8] = b"talka/draw/1";

/// The output of a block's author: the hash of what its verifiable random function gave for the slot.
#[apply(stored)]
#[derive(Copy)]
pub struct Output(pub [u8; 32]);

/// Who made a block, with which output.
#[apply(stored)]
pub struct Authored<AccountId> {
    /// The author.
    pub author: AccountId,
    /// Its output.
    pub output: Output,
}

/// Who made a block and its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authors<AccountId> {
    /// The parent's. Nothing where it is the genesis.
    pub parent: Option<Authored<AccountId>>,
    /// The block's own.
    pub own: Authored<AccountId>,
    /// Whether the chain has one validator only.
    pub sole: bool,
}

/// What is drawn from a seed: each subject has a seed of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum Subject {
    /// Workers and auditors.
    Dispatch,
    /// The jury of a task. When a task is disputed is the choice of those who commit, so each has its own seed.
    Jury(TaskId),
}

/// What the draws of one block about one subject are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl<AccountId: PartialEq> Authors<AccountId> {
    /// Whether another validator made this block, or there is no other.
    pub fn is_another(&self, than: &AccountId) -> bool {
        self.sole || self.own.author != *than
    }

    /// What is drawn from in this block. Nothing where its author made the parent as well, and there are others.
    pub fn seed(&self, block: BlockNumber, subject: Subject) -> Option<Seed> {
        let parent = self.parent.as_ref().filter(|parent| self.is_another(&parent.author))?;
        Some(mix(parent.output, self.own.output, block, subject))
    }
}

/// The seed that two outputs make. It belongs to one subject in one block.
pub fn mix(parent: Output, own: Output, block: BlockNumber, subject: Subject) -> Seed {
    Seed(hash(SEED_TAG, &(parent, own, block, subject)))
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: Seed,
    drawn: u64,
}

impl Draws {
    /// The stream of a seed.
    pub fn of(seed: Seed) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A number from 0 to below `bound`; `None` for a bound of 0. Its deviation from equal chances is at most
    /// `bound / 2¹²⁸`, far below what any number of draws could show for amounts that exist.
    pub fn below(&mut self, bound: u128) -> Option<u128> {
        let number = hash(DRAW_TAG, &(self.seed.0, self.drawn));
        self.drawn = self.drawn.wrapping_add(1);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&number[..16]);
        u128::from_le_bytes(bytes).checked_rem(bound)
    }

    /// The index of one of these stakes, each with a probability in proportion to it; `None` where all are 0.
    pub fn one_of(&mut self, stakes: impl Iterator<Item = Balance> + Clone) -> Option<usize> {
        let whole = stakes.clone().fold(0, Balance::saturating_add);
        odds::hit(stakes, self.below(whole)?)
    }
}

fn hash(tag: &[u8], of: &impl Encode) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(tag);
    of.using_encoded(|bytes| hasher.update(bytes));
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{self, Turn, MAX_RATE, MIN_RATE},
        DealId, Rate,
    };
    use alloc::{collections::BTreeSet, vec, vec::Vec};
    use proptest::prelude::*;

    fn output(number: u64) -> Output {
        Output(hash(b"a test's output", &number))
    }

    fn made_by(author: u8, number: u64) -> Authored<u8> {
        Authored { author, output: output(number) }
    }

    fn authors(parent: u8, own: u8, sole: bool) -> Authors<u8> {
        Authors { parent: Some(made_by(parent, 1)), own: made_by(own, 2), sole }
    }

    #[test]
    fn one_author_alone_makes_no_seed() {
        let seed = |authors: Authors<u8>| authors.seed(9, Subject::Dispatch);
        assert_eq!(seed(authors(1, 1, false)), None);
        assert_eq!(seed(authors(1, 2, false)), Some(mix(output(1), output(2), 9, Subject::Dispatch)));
        // Where there is no other validator, chance must come from this one.
        assert!(seed(authors(1, 1, true)).is_some());
        assert_eq!(seed(Authors { parent: None, ..authors(1, 2, false) }), None);
    }

    #[test]
    fn each_output_block_and_subject_makes_another_seed() {
        let task = |index| Subject::Jury(TaskId { deal: DealId(1), index });
        let seeds = [
            mix(output(1), output(2), 9, Subject::Dispatch),
            mix(output(2), output(1), 9, Subject::Dispatch),
            mix(output(1), output(3), 9, Subject::Dispatch),
            mix(output(3), output(2), 9, Subject::Dispatch),
            mix(output(1), output(2), 10, Subject::Dispatch),
            mix(output(1), output(2), 9, task(0)),
            mix(output(1), output(2), 9, task(1)),
        ];
        for (position, seed) in seeds.iter().enumerate() {
            assert!(!seeds[..position].contains(seed), "{position}");
        }
    }

    #[test]
    fn draws_nothing_from_nothing() {
        let mut draws = Draws::of(mix(output(1), output(2), 9, Subject::Dispatch));
        assert_eq!(draws.below(0), None);
        assert_eq!(draws.one_of([0u128; 3].into_iter()), None);
        assert_eq!(draws.one_of([0, 7, 0].into_iter()), Some(1));
    }

    /// How often each of these stakes is drawn over many outputs of the second author, where the first one is known.
    fn hits(first: Output, subject: Subject, stakes: &[Balance]) -> Vec<f64> {
        let mut hits = vec![0.0; stakes.len()];
        for second in 0..TRIALS {
            let seed = mix(first, output(1_000_000 + second), 9, subject);
            hits[Draws::of(seed).one_of(stakes.iter().copied()).unwrap()] += 1.0;
        }
        hits
    }

    const TRIALS: u64 = 20_000;

    /// Whether each stake was drawn as often as it is large, within five standard deviations. The outputs are always the same.
    fn assert_fair(hits: &[f64], stakes: &[Balance]) {
        let whole: Balance = stakes.iter().sum();
        for (hits, stake) in hits.iter().zip(stakes) {
            let chance = *stake as f64 / whole as f64;
            let expected = TRIALS as f64 * chance;
            let spread = 5.0 * (expected * (1.0 - chance)).sqrt();
            assert!((hits - expected).abs() <= spread, "{hits} hits, not {expected}");
        }
    }

    /// The author of the parent knows its own output. It may try as many states as it likes against every output that it
    /// expects of the next author, and take the one that suits it best: the real one is drawn as if it had not.
    #[test]
    fn no_author_shapes_what_another_draws_from() {
        for first in 0..8 {
            let guesses: Vec<_> = (0..16).map(|guess| output(500_000 + 16 * first + guess)).collect();
            let friend = |stakes: &[Balance]| {
                let drawn = |guess: &&Output| {
                    let seed = mix(output(first), **guess, 9, Subject::Dispatch);
                    Draws::of(seed).one_of(stakes.iter().copied()) == Some(0)
                };
                guesses.iter().filter(drawn).count()
            };
            // Its friend has the first stake. What it changes is the last one.
            let state = |try_: Balance| vec![100, 300, 200, 400 + try_];
            let chosen = (0..64).map(state).max_by_key(|stakes| friend(stakes)).unwrap();
            assert!(friend(&chosen) >= 3, "it has nothing to choose from");
            assert_fair(&hits(output(first), Subject::Dispatch, &chosen), &chosen);
        }
    }

    /// Likewise where it chooses which of many tasks is disputed.
    #[test]
    fn no_author_chooses_the_jury_that_another_draws() {
        let validators = vec![10; 8];
        for index in 0..8 {
            let subject = Subject::Jury(TaskId { deal: DealId(1), index });
            assert_fair(&hits(output(7), subject, &validators), &validators);
        }
    }

    /// Outputs that an author may think possible of another one: what it knows is worth nothing if they lead to everything.
    fn possible(from: u64, number: u64) -> impl Iterator<Item = Output> {
        (0..number).map(move |next| output(from.wrapping_add(next)))
    }

    /// Who is drawn first from these stakes, by each of these seeds.
    fn drawn_first(seeds: impl Iterator<Item = Seed>, stakes: &[Balance]) -> BTreeSet<usize> {
        seeds.filter_map(|seed| Draws::of(seed).one_of(stakes.iter().copied())).collect()
    }

    fn subjects() -> impl Strategy<Value = Subject> {
        let jury = |(deal, index)| Subject::Jury(TaskId { deal: DealId(deal), index });
        prop_oneof![Just(Subject::Dispatch), (any::<u32>(), any::<u32>()).prop_map(jury)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Whatever an author's own output is, and whatever the state: before the other block is there, everybody who has a
        /// stake may still be drawn, as a worker, an auditor or a juror.
        #[test]
        fn no_author_knows_beforehand_who_is_drawn(
            own in any::<[u8; 32]>(), others in any::<u64>(), block in any::<BlockNumber>(), subject in subjects(),
            stakes in proptest::collection::vec(50u128..=100, 2..8),
        ) {
            let own = Output(own);
            let everybody: BTreeSet<_> = (0..stakes.len()).collect();
            // Its block may be the first of the two, or the second.
            let before = possible(others, 512).map(|other| mix(own, other, block, subject));
            prop_assert_eq!(drawn_first(before, &stakes), everybody.clone());
            let after = possible(others, 512).map(|other| mix(other, own, block, subject));
            prop_assert_eq!(drawn_first(after, &stakes), everybody);
        }

        /// Whichever of the two lots is its own, and whatever that says: where it spares a result, the other one may find it.
        #[test]
        fn no_author_knows_beforehand_that_a_result_is_spared(
            others in any::<u64>(), deal in any::<u32>(), index in any::<u32>(), rate in MIN_RATE.0..=MAX_RATE.0,
        ) {
            let task = TaskId { deal: DealId(deal), index };
            for turn in Turn::ALL {
                let found = |other: Output| audit::hits(&audit::lot(other, task), Rate(rate), turn);
                let found: BTreeSet<_> = possible(others, 4_096).map(found).collect();
                prop_assert_eq!(found.len(), 2, "the other author finds always, or never");
            }
        }

        /// Two blocks of one validator draw nothing, whatever it has put into them. Where it is the only one there is no
        /// other way.
        #[test]
        fn no_validator_draws_alone_where_there_is_another(
            parent in 0u8..4, own in 0u8..4, numbers in any::<[u64; 2]>(), sole in any::<bool>(), block in any::<BlockNumber>(),
            subject in subjects(),
        ) {
            let (parent, own) = (made_by(parent, numbers[0]), made_by(own, numbers[1]));
            let is_drawn = sole || parent.author != own.author;
            let authors = Authors { parent: Some(parent), own, sole };
            prop_assert_eq!(authors.seed(block, subject).is_some(), is_drawn);
        }
    }
}
