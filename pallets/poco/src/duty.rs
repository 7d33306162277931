//! Duties: what workers and jurors owe, and therefore send free of fee.
//!
//! A call is a duty if it would succeed now. `check_x` says whether `do_x` would; it looks first at what costs one read, so that
//! what is nobody's duty is refused cheaply: nobody pays for the refusal.

use crate::{
    pallet::{Call, Config, Error, Pallet, Summons, Workers},
    weights::WeightInfo as _,
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{ensure, weights::Weight};
use talka_primitives::{traits::Jurors as _, TaskId};

/// What a duty asks for. A pool of transactions has one of each.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub enum Duty {
    /// A sign of life.
    Heartbeat,
    /// A commitment.
    Commit(TaskId),
    /// The digest behind a commitment.
    Reveal(TaskId),
    /// To say that a task cannot be executed.
    Decline(TaskId),
}

impl<T: Config> Pallet<T> {
    /// The duties that a call of `who` fulfils, or why it fulfils none now; nothing where it is a call of another kind.
    pub fn due(who: &T::AccountId, call: &Call<T>) -> Option<Result<Vec<Duty>, Error<T>>> {
        let who = &Self::worker_of(who);
        Some(match call {
            Call::heartbeat {} => Self::check_heartbeat(who).map(|()| vec![Duty::Heartbeat]),
            Call::commit { commitments } => Self::check_commit(who, commitments)
                .map(|()| commitments.iter().map(|item| Duty::Commit(item.task)).collect()),
            Call::reveal { reveals } => Self::check_reveal(who, reveals)
                .map(|()| reveals.iter().map(|item| Duty::Reveal(item.task)).collect()),
            Call::decline { task, reason } => {
                Self::check_decline(who, *task, *reason).map(|()| vec![Duty::Decline(*task)])
            }
            _ => return None,
        })
    }

    /// What it takes to find out whether a call is a duty; nothing where it is a call of another kind.
    pub fn weight_of_check(call: &Call<T>) -> Option<Weight> {
        Some(match call {
            Call::heartbeat {} => T::WeightInfo::check_heartbeat(),
            Call::commit { commitments } => T::WeightInfo::check_commit(commitments.len() as u32),
            Call::reveal { reveals } => T::WeightInfo::check_reveal(reveals.len() as u32),
            Call::decline { .. } => T::WeightInfo::check_decline(),
            _ => return None,
        })
    }

    /// Whether something is awaited from a worker or juror, or from the juror for which it acts, for each of these tasks. The
    /// tasks themselves are not read.
    pub(crate) fn check_awaited(who: &T::AccountId, tasks: &[TaskId]) -> Result<(), Error<T>> {
        let assigned = Workers::<T>::get(who).map(|worker| worker.assigned).unwrap_or_default();
        let rest: Vec<_> = tasks.iter().filter(|task| !assigned.contains(task)).collect();
        if !rest.is_empty() {
            let summoned = Summons::<T>::get(who);
            let for_another = T::Jurors::acts_for(who).map(Summons::<T>::get).unwrap_or_default();
            let is_summoned = |task: &TaskId| summoned.contains(task) || for_another.contains(task);
            ensure!(rest.into_iter().all(is_summoned), Error::NotAssigned);
        }
        Ok(())
    }
}

/// Whether there are items, each for a greater task than the one before: no task is named twice.
pub(crate) fn check_order<T: Config>(tasks: &[TaskId]) -> Result<(), Error<T>> {
    ensure!(!tasks.is_empty(), Error::EmptyBatch);
    ensure!(tasks.windows(2).all(|pair| pair[0] < pair[1]), Error::NotInOrder);
    Ok(())
}
