use crate::{
    calls::in_name_of,
    duty::check_order,
    pallet::{Config, Error, Event, Pallet, Workers},
    types::Commitment,
    WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::DispatchResultWithPostInfo, BoundedVec};
use talka_primitives::{merit::weight, task, traits::Stake as _, Weight};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_commit(
        who: T::AccountId,
        commitments: BoundedVec<Commitment, T::MaxBatch>,
    ) -> DispatchResultWithPostInfo {
        ensure!(!commitments.is_empty(), Error::<T>::EmptyBatch);
        let mut cost = T::WeightInfo::commit(commitments.len() as u32);
        let merit = T::Stake::standing(&who).merit;
        for commitment in commitments {
            let id = commitment.task;
            let mut task = Self::open_task(id)?;
            let who = in_name_of::<T>(&who, &task);
            let event = Self::commit_event(&who, weight(merit, task.value), &commitment);
            let step = task.advance(id, event).map_err(Error::<T>::from)?;
            Self::deposit_event(Event::Committed { task: id, worker: who.clone() });
            if task.contribution(&who).is_some() {
                Self::free_slot(&who, id);
            }
            match step {
                // It may be the end of a task with many workers, which is not in the weight of a commitment.
                task::Step::Failed(_) => Self::end_soon(id, task),
                step => {
                    cost = cost.saturating_add(Self::weight_of_step(&task, step));
                    Self::follow(id, task, step);
                }
            }
        }
        Workers::<T>::mutate_extant(&who, |worker| worker.last_seen = Self::moment());
        Ok(Some(cost).into())
    }

    pub(crate) fn check_commit(who: &T::AccountId, commitments: &[Commitment]) -> Result<(), Error<T>> {
        let tasks: Vec<_> = commitments.iter().map(|item| item.task).collect();
        check_order::<T>(&tasks)?;
        Self::check_awaited(who, &tasks)?;
        let merit = T::Stake::standing(who).merit;
        for commitment in commitments {
            let id = commitment.task;
            let mut task = Self::open_task(id)?;
            let who = in_name_of::<T>(who, &task);
            let event = Self::commit_event(&who, weight(merit, task.value), commitment);
            task.advance(id, event)?;
        }
        Ok(())
    }

    fn commit_event(
        who: &T::AccountId,
        weight: Weight,
        commitment: &Commitment,
    ) -> task::Event<T::AccountId> {
        let now = Self::now();
        task::Event::Commit {
            worker: who.clone(),
            weight,
            result: commitment.result,
            seal: commitment.seal,
            now,
            reveal_until: Self::reveal_until(),
        }
    }
}
