//! The invariants that the README numbers, one function each.

use crate::dispatch::is_too_late;
use crate::pallet::{
    ActsFor, AgendaCursor, Appointments, Classes, Config, DealStates, DutyKeys, EndingEnds, Endings,
    HoldReason, LotEnds, Lots, NextIntake, Outcomes, Pallet, Places, Queues, ReadyBenches, ReadyEnds, Seats,
    Summons, Tasks, Waiting, Workers,
};
use crate::types::{Appointment, Bench, DealState, Ending, Line, LotQueue, Place, QueuePlace, Work, Worker};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold as _};
use sp_runtime::TryRuntimeError;
use talka_primitives::{
    odds,
    task::Phase,
    traits::{Market as _, Stake as _},
    Balance, BlockNumber, DealId,
};

impl<T: Config> Pallet<T> {
    /// Check all invariants.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::deals_count_their_tasks()?;
        Self::workers_know_their_tasks()?;
        Self::seats_are_dense_and_mutual()?;
        Self::queues_are_contiguous()?;
        Self::lacking_tasks_wait_once()?;
        Self::open_tasks_have_appointments()?;
        Self::stakes_are_locked()?;
        Self::lots_are_waited_for()?;
        Self::jurors_know_their_tasks()?;
        Self::guarantees_are_held_for_tasks()?;
        Self::limits_are_put_off_by_full_blocks_only()?;
        Self::workers_with_tasks_are_watched()?;
        Self::what_is_over_waits_to_be_forgotten()?;
        Self::workers_have_put_up_deposits()?;
        Self::duty_keys_act_for_who_has_named_them()
    }

    /// 1. Every deal that was taken in and is remembered has a state, which adds up to the deal; and its open tasks exist.
    fn deals_count_their_tasks() -> Result<(), TryRuntimeError> {
        let next = NextIntake::<T>::get();
        ensure!(next <= T::Market::next_deal(), "a deal was taken in before it was made");
        let has_state = |id| T::Market::deal(id).is_some() == DealStates::<T>::contains_key(id);
        let known = (0..next.0).map(DealId).all(has_state);
        let early = DealStates::<T>::iter_keys().any(|id| id >= next);
        ensure!(known && !early, "a deal has no state, or has one too early");
        let mut open: BTreeMap<_, u32> = BTreeMap::new();
        for id in Tasks::<T>::iter_keys() {
            *open.entry(id.deal).or_default() += 1;
        }
        for (id, state) in DealStates::<T>::iter() {
            let deal = T::Market::deal(id).ok_or("a deal that is worked on does not exist")?;
            let progress = state.progress;
            let sum = progress.queued + progress.open + progress.completed + progress.failed;
            ensure!(sum == deal.tasks, "states do not add up to the deal's tasks");
            ensure!(open.remove(&id).unwrap_or_default() == progress.open, "open tasks are miscounted");
        }
        ensure!(open.is_empty(), "a task is open whose deal has no state");
        Ok(())
    }

    /// 2. A worker's tasks are those for which its commitment is awaited, and not more than its slots at any time
    ///    were.
    fn workers_know_their_tasks() -> Result<(), TryRuntimeError> {
        let mut awaited = 0;
        for (id, task) in Tasks::<T>::iter() {
            for (who, _) in task.awaited() {
                awaited += 1;
                let worker = Workers::<T>::get(&who).ok_or("an assigned worker does not exist")?;
                ensure!(worker.assigned.contains(&id), "a worker does not know of its task");
            }
        }
        let assigned: usize = Workers::<T>::iter_values().map(|worker| worker.assigned.len()).sum();
        ensure!(assigned == awaited, "a worker has a task that does not await it");
        Ok(())
    }

    /// 3. Seats are dense, add up to their classes, and belong to workers that know them, are online and have a
    ///    free slot.
    fn seats_are_dense_and_mutual() -> Result<(), TryRuntimeError> {
        let mut seats = 0usize;
        for (bench, classes) in Classes::<T>::iter() {
            for class in classes {
                let mut total: Balance = 0;
                ensure!(class.members > 0, "an empty class");
                for position in 0..class.members {
                    let seat =
                        Seats::<T>::get((bench, class.class, position)).ok_or("a gap between seats")?;
                    let worker = Workers::<T>::get(&seat.worker).ok_or("a seat without a worker")?;
                    let place = Some(Place { class: class.class, position });
                    let knows = match bench {
                        Bench::Pool(pool) => worker.place == place && worker.pool == pool,
                        Bench::Auditors => worker.audit_place == place,
                    };
                    ensure!(knows, "a worker on two seats");
                    ensure!(worker.is_idle(), "a busy worker on a seat");
                    ensure!(odds::class(seat.stake) == Some(class.class), "a seat in the wrong class");
                    total += seat.stake;
                    seats += 1;
                }
                ensure!(total == class.total, "a class does not add up");
            }
        }
        ensure!(Seats::<T>::iter_keys().count() == seats, "a seat outside its class");
        let places = |worker: Worker| [worker.place, worker.audit_place].into_iter().flatten().count();
        let placed: usize = Workers::<T>::iter_values().map(places).sum();
        ensure!(placed == seats, "a worker thinks it has a seat");
        Ok(())
    }

    /// 4. Queues have no gaps, every entry knows its place, and a bench is ready exactly if it stands in its line, once; and it
    ///    waits since some block exactly then.
    fn queues_are_contiguous() -> Result<(), TryRuntimeError> {
        let mut waiting = 0;
        let mut ready = 0;
        for (bench, queue) in Queues::<T>::iter() {
            for position in queue.ends.head..queue.ends.tail {
                ensure!(Waiting::<T>::contains_key(bench, position), "a gap in a queue");
                waiting += 1;
            }
            ready += usize::from(queue.ready.is_some());
            ensure!(
                queue.ready.is_some() == queue.delay.since.is_some(),
                "a bench is late that nobody waits for"
            );
        }
        ensure!(Waiting::<T>::iter_keys().count() == waiting, "an entry outside its queue");
        for (bench, position, work) in Waiting::<T>::iter() {
            ensure!(Places::<T>::get(work) == Some(QueuePlace { bench, position }), "an entry is elsewhere");
        }
        ensure!(Places::<T>::iter_keys().count() == waiting, "a place without an entry");
        let lines = Line::ALL.map(|line| (line, ReadyEnds::<T>::get(line)));
        let standing: u64 = lines.iter().map(|(_, ends)| ends.length()).sum();
        ensure!(standing as usize == ready, "ready benches are miscounted");
        for (line, ends) in lines {
            for position in ends.head..ends.tail {
                let bench = ReadyBenches::<T>::get(line, position).ok_or("a gap among the ready")?;
                ensure!(Queues::<T>::get(bench).ready == Some(line), "a bench is served that is not ready");
            }
        }
        Ok(())
    }

    /// 5. A lacking task that is not full stands in its bench's queue, once; and a deal with queued tasks too, unless it is
    ///    too late to begin them. Nothing that has ended stands there.
    fn lacking_tasks_wait_once() -> Result<(), TryRuntimeError> {
        let mut waiting: BTreeMap<_, usize> = BTreeMap::new();
        let mut deals: BTreeMap<_, usize> = BTreeMap::new();
        for work in Waiting::<T>::iter_values() {
            match work {
                Work::Task(id) => *waiting.entry(id).or_default() += 1,
                Work::Deal(id) => *deals.entry(id).or_default() += 1,
            }
        }
        for (id, task) in Tasks::<T>::iter() {
            let entries = waiting.remove(&id).unwrap_or_default();
            ensure!(
                entries == usize::from(task.queued),
                "a task waits twice, or does not know that it waits"
            );
            ensure!(task.queued || !task.is_lacking() || task.is_full(), "a lacking task does not wait");
        }
        for (id, state) in DealStates::<T>::iter() {
            let entries = deals.remove(&id).unwrap_or_default();
            ensure!(state.progress.queued > 0 || entries == 0, "a deal waits that has nothing queued");
            let waits_in_vain =
                || T::Market::deal(id).is_some_and(|deal| entries == 0 && is_too_late::<T>(&deal));
            ensure!(
                state.progress.queued == 0 || entries == 1 || waits_in_vain(),
                "a deal with queued tasks does not wait"
            );
        }
        ensure!(waiting.is_empty() && deals.is_empty(), "something waits that has ended");
        Ok(())
    }

    /// 6. An open task has an appointment in the block in which it expects one, and that is not past. Only one that waits
    ///    for its lots or its jury may have none.
    fn open_tasks_have_appointments() -> Result<(), TryRuntimeError> {
        for (id, task) in Tasks::<T>::iter() {
            let sits = task.jury.as_ref().is_some_and(|jury| !jury.ended);
            let waits = matches!(task.phase, Phase::Agreed { .. }) || task.phase == Phase::Disputed && !sits;
            if waits && task.wake == BlockNumber::MAX {
                continue;
            }
            ensure!(task.wake >= AgendaCursor::<T>::get().block, "a task was overlooked");
            let known = Appointments::<T>::iter_prefix_values(task.wake).any(|a| a == Appointment::Task(id));
            ensure!(known, "a task has no appointment");
        }
        Ok(())
    }

    /// 7. What open tasks have locked, and nothing else, is locked.
    fn stakes_are_locked() -> Result<(), TryRuntimeError> {
        let mut due: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
        for (id, task) in Tasks::<T>::iter() {
            ensure!(T::Market::deal(id.deal).is_some(), "a task without a deal");
            for contribution in task.contributions {
                if !contribution.has_declined() {
                    *due.entry(contribution.worker).or_default() += contribution.locked;
                }
            }
        }
        for who in Workers::<T>::iter_keys() {
            due.entry(who).or_default();
        }
        for (who, amount) in due {
            ensure!(
                T::Stake::standing(&who).locked == amount,
                "what is locked is not what tasks have locked"
            );
        }
        Ok(())
    }

    /// 8. Lots have no gaps, and a task waits for one, once, exactly if a result was agreed on, or if it is disputed and
    ///    no jury sits. One that ended, or was disputed, meanwhile may have left its lot behind.
    fn lots_are_waited_for() -> Result<(), TryRuntimeError> {
        let (mut audits, mut juries) = (BTreeMap::<_, usize>::new(), BTreeMap::<_, usize>::new());
        let mut waiting = 0;
        for (queue, ends) in LotEnds::<T>::iter() {
            waiting += ends.length();
            for position in ends.head..ends.tail {
                let lot = Lots::<T>::get(queue, position).ok_or("a gap between lots")?;
                let was_spared = queue == LotQueue::Spared;
                ensure!(lot.spared_by.is_some() == was_spared, "a lot stands in the wrong queue");
                let lots = if queue == LotQueue::Jury { &mut juries } else { &mut audits };
                *lots.entry(lot.task).or_default() += 1;
            }
        }
        ensure!(Lots::<T>::iter_keys().count() as u64 == waiting, "a lot outside its queue");
        for (id, task) in Tasks::<T>::iter() {
            let sits = task.jury.as_ref().is_some_and(|jury| !jury.ended);
            let wanted = usize::from(task.phase == Phase::Disputed && !sits);
            ensure!(
                juries.remove(&id).unwrap_or_default() == wanted,
                "a jury is drawn that is not wanted, or not"
            );
            let agreed = matches!(task.phase, Phase::Agreed { .. });
            ensure!(!agreed || audits.get(&id) == Some(&1), "a result has no lot, or two");
        }
        ensure!(juries.is_empty(), "a jury is drawn for a task that has ended");
        Ok(())
    }

    /// 9. A juror has its task among its summons as long as it sits, and has no other.
    fn jurors_know_their_tasks() -> Result<(), TryRuntimeError> {
        let mut sitting = 0;
        for (id, task) in Tasks::<T>::iter() {
            for juror in task.jury.iter().filter(|jury| !jury.ended).flat_map(|jury| &jury.seats) {
                sitting += 1;
                ensure!(Summons::<T>::get(&juror.who).contains(&id), "a juror does not know of its task");
            }
        }
        let summons: usize = Summons::<T>::iter_values().map(|tasks| tasks.len()).sum();
        ensure!(summons == sitting, "a juror has a task on whose jury it does not sit");
        Ok(())
    }

    /// 10. What is held of each operator is the guarantee of each of its tasks that have not ended, neither more nor less.
    fn guarantees_are_held_for_tasks() -> Result<(), TryRuntimeError> {
        let mut due = BTreeMap::<T::AccountId, Balance>::new();
        for id in (0..T::Market::next_deal().0).map(DealId) {
            let Some(deal) = T::Market::deal(id) else {
                ensure!(id < NextIntake::<T>::get(), "a deal that was made does not exist");
                continue;
            };
            let not_ended = |state: DealState| state.progress.queued.saturating_add(state.progress.open);
            // One that was not taken in yet has no state.
            let tasks = DealStates::<T>::get(id).map_or(deal.tasks, not_ended);
            let guarantee = deal.guarantee().saturating_mul(tasks.into());
            let due = due.entry(deal.operator).or_default();
            *due = due.saturating_add(guarantee);
        }
        for (who, due) in due {
            ensure!(T::Market::guaranteed(&who) == due, "guarantees are not what open tasks need");
        }
        Ok(())
    }

    /// 11. No task was put off by more blocks without room than there were.
    fn limits_are_put_off_by_full_blocks_only() -> Result<(), TryRuntimeError> {
        let full = Self::full_blocks();
        ensure!(full <= Self::now(), "there were more blocks without room than blocks");
        let ahead = Tasks::<T>::iter_values().any(|task| task.full_blocks > full);
        ensure!(!ahead, "a task was put off by blocks that never were");
        Ok(())
    }

    /// 12. A worker with a task has an appointment in the block in which it is looked at, and that is not past.
    fn workers_with_tasks_are_watched() -> Result<(), TryRuntimeError> {
        for (who, worker) in Workers::<T>::iter().filter(|(_, worker)| !worker.assigned.is_empty()) {
            let at = worker.watch.ok_or("a worker has a task and is not watched")?;
            ensure!(at >= AgendaCursor::<T>::get().block, "a worker was overlooked");
            let known =
                Appointments::<T>::iter_prefix_values(at).any(|a| a == Appointment::Worker(who.clone()));
            ensure!(known, "a worker has no appointment");
        }
        Ok(())
    }

    /// 13. Exactly the deals that are over, and whose deadline the agenda has passed, wait to be forgotten, in order; and there are
    ///     no outcomes but of tasks of deals that are remembered.
    fn what_is_over_waits_to_be_forgotten() -> Result<(), TryRuntimeError> {
        let ends = EndingEnds::<T>::get();
        let mut before = 0;
        for position in ends.head..ends.tail {
            let Some(Ending { deal, since }) = Endings::<T>::get(position) else { continue };
            let state = DealStates::<T>::get(deal).ok_or("a deal waits that is forgotten")?;
            ensure!(state.place == Some(position), "a deal waits twice to be forgotten");
            ensure!(before <= since && since <= Self::now(), "deals are not forgotten in order");
            before = since;
        }
        let mut outcomes = BTreeMap::<DealId, u32>::new();
        for task in Outcomes::<T>::iter_keys() {
            *outcomes.entry(task.deal).or_default() += 1;
        }
        let (mut waiting, now) = (0, Self::now());
        for (id, state) in DealStates::<T>::iter() {
            let deal = T::Market::deal(id).ok_or("a deal that is over does not exist")?;
            waiting += usize::from(state.place.is_some());
            ensure!(state.place.is_none() || state.progress.is_over(), "a deal waits that is not over");
            // The agenda may be late.
            let is_past =
                AgendaCursor::<T>::get().block > deal.deadline.saturating_add(1) && deal.deadline < now;
            ensure!(!is_past || !state.progress.is_over() || state.place.is_some(), "a deal stays for ever");
            let ended = state.begun.saturating_sub(state.progress.open);
            let kept = outcomes.remove(&id).unwrap_or_default();
            ensure!(kept == ended.saturating_sub(state.forgotten), "outcomes are not those of ended tasks");
        }
        ensure!(Endings::<T>::iter_keys().count() == waiting, "something else waits to be forgotten");
        ensure!(outcomes.is_empty(), "an outcome of a deal that is forgotten");
        Ok(())
    }

    /// 14. Exactly the deposits that are recorded are held of workers, and nothing of anybody else.
    fn workers_have_put_up_deposits() -> Result<(), TryRuntimeError> {
        let held = |who: &T::AccountId| T::Currency::balance_on_hold(&HoldReason::Registration.into(), who);
        for (who, worker) in Workers::<T>::iter() {
            ensure!(held(&who) == worker.deposit, "the hold is not the deposit of a worker");
        }
        for who in Self::accounts_with_holds() {
            let explained = Workers::<T>::contains_key(&who) || held(&who) == 0;
            ensure!(explained, "something is held of somebody that is no worker");
        }
        Ok(())
    }

    /// 15. Who has named a duty key is a worker, and exactly the deposit that is recorded for it is held; a key acts for a worker that
    ///     has named it, and is no worker that the chain remembers.
    fn duty_keys_act_for_who_has_named_them() -> Result<(), TryRuntimeError> {
        let held = |who: &T::AccountId| T::Currency::balance_on_hold(&HoldReason::DutyKey.into(), who);
        for (who, named) in DutyKeys::<T>::iter() {
            ensure!(Self::is_worker(&who), "somebody that is no worker has a duty key");
            ensure!(held(&who) == named.deposit, "the hold is not the deposit for a duty key");
        }
        for who in Self::accounts_with_holds() {
            let explained = DutyKeys::<T>::contains_key(&who) || held(&who) == 0;
            ensure!(explained, "something is held for a duty key that nobody has named");
        }
        for (key, worker) in ActsFor::<T>::iter() {
            let is_named = DutyKeys::<T>::get(worker).is_some_and(|named| named.key == key);
            ensure!(is_named, "a key acts unnamed");
            ensure!(!Workers::<T>::contains_key(key), "a worker acts for another one");
        }
        Ok(())
    }

    fn accounts_with_holds() -> impl Iterator<Item = T::AccountId> {
        frame_system::Account::<T>::iter_keys().filter(|who| T::Currency::total_balance_on_hold(who) > 0)
    }
}
