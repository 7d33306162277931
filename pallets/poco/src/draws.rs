//! The randomness of one block's draws.

use crate::pallet::Config;
use codec::Encode as _;
use core::marker::PhantomData;
use frame_support::traits::Randomness as _;
use sp_runtime::traits::{BlakeTwo256, Hash};
use talka_primitives::{odds, Balance, TaskId};

/// A stream of random numbers, made from the VRF output of the parent block's author.
///
/// The author of a block fixes what is queued before it, and does not know the next author's output: nobody
/// chooses the workers of a task. What an author can do is to withhold its whole block, at the price of its
/// reward.
pub(crate) struct Draws<T> {
    seed: [u8; 32],
    drawn: u64,
    config: PhantomData<T>,
}

impl<T: Config> Draws<T> {
    /// A stream for one jury. It is its own: when a task is disputed is the choice of who commits.
    pub(crate) fn of_jury(id: TaskId) -> Self {
        let seed = BlakeTwo256::hash(&(randomness::<T>(b"talka/jury"), id).encode());
        Self { seed: seed.into(), drawn: 0, config: PhantomData }
    }

    /// The stream of this block.
    pub(crate) fn of_this_block() -> Self {
        Self { seed: randomness::<T>(b"talka/dispatch"), drawn: 0, config: PhantomData }
    }

    /// A number from 0 to below `bound`; `None` for a bound of 0. Its deviation from equal chances is at most
    /// `bound / 2¹²⁸`, far below what any number of draws could show for amounts that exist.
    pub(crate) fn below(&mut self, bound: u128) -> Option<u128> {
        let hash = BlakeTwo256::hash(&(self.seed, self.drawn).encode());
        self.drawn = self.drawn.wrapping_add(1);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        u128::from_le_bytes(bytes).checked_rem(bound)
    }

    /// The index of one of these stakes, each with a probability in proportion to it; `None` where all are 0.
    pub(crate) fn one_of(&mut self, stakes: impl Iterator<Item = Balance> + Clone) -> Option<usize> {
        let whole = stakes.clone().fold(0, Balance::saturating_add);
        odds::hit(stakes, self.below(whole)?)
    }
}

/// The randomness of now, for one purpose.
pub(crate) fn randomness<T: Config>(subject: &[u8]) -> [u8; 32] {
    let (random, _) = T::Randomness::random(subject);
    let mut seed = [0; 32];
    let length = random.as_ref().len().min(32);
    seed[..length].copy_from_slice(&random.as_ref()[..length]);
    seed
}
