//! Which blocks had room for duties: see [`talka_primitives::room`].
//!
//! Only this module writes [`FullBlocks`], and reads [`Tasks`] for what changes them: so that no limit is kept to that blocks
//! without room have put off.

use crate::{
    pallet::{Config, FullBlocks, Pallet, Tasks},
    types::{Commitment, Reveal},
    weights::WeightInfo as _,
};
use codec::MaxEncodedLen as _;
use frame_support::{dispatch::DispatchClass, traits::Get as _, weights::Weight};
use talka_primitives::{
    jury::MAX_JURORS,
    room::{has_room, Load, Moment},
    task::{Task, MAX_CONTRIBUTIONS},
    BlockNumber, TaskId,
};

/// Of a transaction but for the items of its batch: address, signature, and what its extensions need. Twice what they take.
const ENVELOPE: u32 = 512;

/// At the end of a block: count it, if it had no room.
pub(crate) fn count<T: Config>() {
    let system = frame_system::Pallet::<T>::block_weight();
    let used = Load {
        work: system.get(DispatchClass::Operational).ref_time(),
        bytes: frame_system::Pallet::<T>::block_size(),
    };
    if !has_room(limit::<T>(), used, largest::<T>()) {
        FullBlocks::<T>::mutate(|full| *full = full.saturating_add(1));
    }
}

/// What duties may take of a block: all but what the hook may use.
fn limit<T: Config>() -> Load {
    let weights = T::BlockWeights::get();
    let work = weights.max_block.saturating_sub(T::BlockShare::get() * weights.max_block);
    Load { work: work.ref_time(), bytes: *T::BlockLength::get().max.get(DispatchClass::Operational) }
}

fn largest<T: Config>() -> Load {
    let item = Commitment::max_encoded_len().max(Reveal::max_encoded_len()) as u32;
    let base = T::BlockWeights::get().get(DispatchClass::Operational).base_extrinsic;
    Load {
        work: Pallet::<T>::largest_duty().saturating_add(base).ref_time(),
        bytes: T::MaxBatch::get().saturating_mul(item).saturating_add(ENVELOPE),
    }
}

impl<T: Config> Pallet<T> {
    /// The weight of the largest duty, with its check: it must fit into what is kept for duties in each block.
    pub fn largest_duty() -> Weight {
        let most = T::MaxBatch::get();
        let commit = Self::weight_of_commit(most).saturating_add(T::WeightInfo::check_commit(most));
        let reveal = Self::weight_of_reveal(most).saturating_add(T::WeightInfo::check_reveal(most));
        commit.max(reveal)
    }

    /// The weight of `commitments` commitments, each to a task that waits for more workers from then on.
    pub(crate) fn weight_of_commit(commitments: u32) -> Weight {
        let waiting = T::WeightInfo::seek_workers().saturating_mul(commitments.into());
        T::WeightInfo::commit(commitments).saturating_add(waiting)
    }

    /// The weight of `reveals` reveals, each of which settles the largest task.
    pub(crate) fn weight_of_reveal(reveals: u32) -> Weight {
        let settlements = Self::largest_settlement().saturating_mul(reveals.into());
        T::WeightInfo::reveal(reveals).saturating_add(settlements)
    }

    /// The weight of a decline that settles the largest task.
    pub(crate) fn weight_of_decline() -> Weight {
        T::WeightInfo::decline().saturating_add(Self::largest_settlement())
    }

    fn largest_settlement() -> Weight {
        T::WeightInfo::judge(MAX_CONTRIBUTIONS, MAX_JURORS)
            .max(T::WeightInfo::settle(MAX_CONTRIBUTIONS, 0))
            .max(T::WeightInfo::settle(0, MAX_CONTRIBUTIONS))
    }

    /// An open task, with the limits that hold now.
    pub(crate) fn task(id: TaskId) -> Option<Task<T::AccountId>> {
        let mut task = Tasks::<T>::get(id)?;
        task.put_off(Self::full_blocks());
        Some(task)
    }

    /// How many blocks had no room.
    pub(crate) fn full_blocks() -> BlockNumber {
        FullBlocks::<T>::get()
    }

    /// Now.
    pub(crate) fn moment() -> Moment {
        Moment { height: Self::now(), full: Self::full_blocks() }
    }
}
