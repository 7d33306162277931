//! Signs of life: which workers with tasks have given none for too long.
//!
//! There is one appointment for a worker, however many tasks it has, and none for one that has no task. A worker is looked at
//! when it could be silent by then; if it has given a sign meanwhile, it is looked at again when it could be silent next. So
//! heartbeats change nothing but the worker itself. The tasks of one that is silent are looked at one by one.
//!
//! Only this module changes when a worker is looked at.

use crate::{
    agenda::Agenda,
    pallet::{Config, Pallet, Workers},
    types::{Appointment, Worker},
    WeightInfo as _,
};
use frame_support::{traits::Get as _, weights::Weight};
use talka_primitives::{room, BlockNumber};

/// Heartbeats that may be missed before a worker counts as absent.
const MISSED_HEARTBEATS: u32 = 3;

/// A worker has a task: have it looked at, if that is not to happen anyway. The caller stores `worker`.
pub(crate) fn begin<T: Config>(who: &T::AccountId, worker: &mut Worker) {
    if worker.watch.is_none() {
        look_in::<T>(silent_from::<T>(worker), who, worker);
    }
}

/// Look whether a worker with tasks gives signs of life. Gives what that has cost.
pub(crate) fn look<T: Config>(who: &T::AccountId) -> Weight {
    let now = Pallet::<T>::now();
    let Some(mut worker) = Workers::<T>::get(who) else { return Weight::zero() };
    if worker.watch.is_none_or(|at| at > now) {
        // An appointment of another time when it had tasks.
        return Weight::zero();
    }
    worker.watch = None;
    let silent_from = silent_from::<T>(&worker);
    let mut silent = 0;
    if silent_from <= now {
        for task in &worker.assigned {
            Agenda::<T>::schedule(now, Appointment::Silence(*task));
            silent += 1;
        }
    }
    if !worker.assigned.is_empty() {
        // Of one that is silent those tasks are left for which nobody waits any more.
        let next = if silent > 0 { now.saturating_add(patience::<T>()) } else { silent_from };
        look_in::<T>(next, who, &mut worker);
    }
    Workers::<T>::insert(who, worker);
    T::WeightInfo::look_at_worker(silent)
}

/// Blocks with room and without a sign of life after which a worker counts as absent.
fn patience<T: Config>() -> BlockNumber {
    T::HeartbeatPeriod::get().saturating_mul(MISSED_HEARTBEATS)
}

/// The first block in which a worker is silent if it gives no sign of life.
pub(crate) fn silent_from<T: Config>(worker: &Worker) -> BlockNumber {
    let seen = worker.last_seen;
    let last = seen.height.saturating_add(patience::<T>());
    room::put_off(last, seen.full, Pallet::<T>::full_blocks()).saturating_add(1)
}

fn look_in<T: Config>(block: BlockNumber, who: &T::AccountId, worker: &mut Worker) {
    let at = block.max(Pallet::<T>::now().saturating_add(1));
    worker.watch = Some(at);
    Agenda::<T>::schedule(at, Appointment::Worker(who.clone()));
}
