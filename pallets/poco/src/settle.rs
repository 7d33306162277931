//! The consequences of a step of a task: appointments, penalties, and the end. [`talka_primitives::settlement`]
//! computes payments and forfeits, and this module applies them.

use crate::{
    agenda::Agenda,
    dispatch::bench_of,
    forget, jury, lots,
    pallet::{Config, DealStates, Event, Outcomes, Pallet, Records, Tasks, Workers},
    queue::Queue,
    types::{Appointment, Bench, Work},
    watch, WeightInfo as _,
};
use alloc::vec::Vec;
use frame_support::{weights::Weight, BoundedVec};
use talka_primitives::{
    audit::Kind,
    bound::Sample,
    gate::Worth,
    reliability::Conduct,
    settlement::{Case, Conviction, Prices, Receipt, Transfer},
    task::{self, Failure, Phase, Stage, Step, Task, MAX_SLOTS},
    traits::{Audits as _, Market as _, Stake as _},
    view::{Outcome, Progress},
    Balance, BlockNumber, Deal, DealId, Digest, PoolId, TaskId,
};

impl<T: Config> Pallet<T> {
    /// Do what a step asks for, and store the task.
    pub(crate) fn follow(id: TaskId, mut task: Task<T::AccountId>, step: Step) {
        match step {
            Step::Waiting => Self::store(id, task),
            Step::Lacking => {
                if !task.queued {
                    if let Some(deal) = T::Market::deal(id.deal) {
                        let bench = bench_of(&deal, &task);
                        task.waits_from(Queue::<T>::delay_before(bench));
                        Queue::<T>::push(bench, Work::Task(id));
                    }
                }
                Self::store(id, task);
            }
            Step::Agreed { result } => {
                Self::deposit_event(Event::Agreed { task: id, result });
                lots::of_result::<T>(id);
                Self::store(id, task);
            }
            Step::Disputed => {
                if let Some(jury) = &task.jury {
                    jury::end::<T>(id, jury, task.value);
                }
                Self::deposit_event(Event::Disputed { task: id });
                lots::of_jury::<T>(id);
                Self::store(id, task);
            }
            Step::Consensus { result } => {
                Self::deposit_event(Event::ConsensusReached { task: id, result });
                Self::store(id, task);
            }
            Step::Completed { digest } => Self::complete(id, task, digest),
            Step::Failed(reason) => Self::fail(id, task, reason),
        }
    }

    /// What the end of a task costs.
    pub(crate) fn weight_of_end(task: &Task<T::AccountId>) -> Weight {
        let all = task.contributions.len() as u32;
        if let Some(jury) = &task.jury {
            return T::WeightInfo::judge(all, jury.seats.len() as u32);
        }
        // Those that may sit down again, or have to leave their seats.
        let leaves_seats = |stage| matches!(stage, Stage::Assigned { .. } | Stage::Declined { .. });
        let moved = task.contributions.iter().filter(|one| leaves_seats(one.stage)).count() as u32;
        T::WeightInfo::settle(all.saturating_sub(moved), moved)
    }

    /// What a step costs, beside storing the task and a lot.
    pub(crate) fn weight_of_step(task: &Task<T::AccountId>, step: Step) -> Weight {
        match step {
            Step::Completed { .. } | Step::Failed(_) => Self::weight_of_end(task),
            // A jury that could not decide is dismissed.
            Step::Disputed => task
                .jury
                .as_ref()
                .map_or(Weight::zero(), |jury| T::WeightInfo::judge(0, jury.seats.len() as u32)),
            Step::Lacking if !task.queued => T::WeightInfo::seek_workers(),
            Step::Waiting | Step::Lacking | Step::Agreed { .. } | Step::Consensus { .. } => Weight::zero(),
        }
    }

    /// The most that a step can cost which begins with this task.
    pub(crate) fn most_of_a_step(task: &Task<T::AccountId>) -> Weight {
        Self::weight_of_end(task).max(T::WeightInfo::seek_workers())
    }

    /// Store an open task, with an appointment for the next block in which somebody may be late.
    pub(crate) fn store(id: TaskId, mut task: Task<T::AccountId>) {
        if let Some(wake) = Self::next_wake(&task) {
            Self::wake_in(wake, id, &mut task);
        }
        Tasks::<T>::insert(id, task);
    }

    /// Store a task that is lost: it ends in the next block. The sender of the call that made it lost does not pay for the end.
    pub(crate) fn end_soon(id: TaskId, mut task: Task<T::AccountId>) {
        Self::wake_in(Self::now(), id, &mut task);
        Tasks::<T>::insert(id, task);
    }

    /// Have a task looked at in a block to come, if that is not to happen before.
    fn wake_in(block: BlockNumber, id: TaskId, task: &mut Task<T::AccountId>) {
        let wake = block.max(Self::now().saturating_add(1));
        if wake < task.wake {
            task.wake = wake;
            Agenda::<T>::schedule(wake, Appointment::Task(id));
        }
    }

    /// The most that it can cost to do what is due.
    pub(crate) fn most_of(appointment: &Appointment<T::AccountId>) -> Weight {
        let look = T::WeightInfo::look_at_appointment();
        look.saturating_add(match appointment {
            Appointment::Task(id) | Appointment::Silence(id) => match Tasks::<T>::get(id) {
                Some(task) => {
                    let awaited = task.awaited().len() as u32;
                    let most = T::WeightInfo::keep_appointment(awaited, awaited);
                    most.saturating_add(Self::most_of_a_step(&task))
                }
                None => Weight::zero(),
            },
            Appointment::Deal(_) => T::WeightInfo::expire_deal().max(T::WeightInfo::pass_deadline()),
            Appointment::Worker(_) => T::WeightInfo::look_at_worker(MAX_SLOTS.into()),
        })
    }

    /// Do what is due now. Gives what that has cost.
    pub(crate) fn keep(appointment: Appointment<T::AccountId>) -> Weight {
        let look = T::WeightInfo::look_at_appointment();
        look.saturating_add(match appointment {
            Appointment::Task(id) => Self::look_at_task(id, false),
            Appointment::Silence(id) => Self::look_at_task(id, true),
            Appointment::Deal(id) => {
                if Self::expire_deal(id) {
                    // If all of its tasks have ended by that, it waits to be forgotten already.
                    T::WeightInfo::expire_deal()
                } else if forget::pass_deadline::<T>(id) {
                    T::WeightInfo::pass_deadline()
                } else {
                    Weight::zero()
                }
            }
            Appointment::Worker(who) => watch::look::<T>(&who),
        })
    }

    /// Free the slot of a worker that has done with a task.
    pub(crate) fn free_slot(who: &T::AccountId, id: TaskId) {
        if let Some(mut worker) = Workers::<T>::get(who) {
            worker.assigned.retain(|task| *task != id);
            Self::sit_if_idle(who, &mut worker);
            Workers::<T>::insert(who, worker);
        }
    }

    /// Nothing where the task waits for the chain alone, for its lots or its jury: they are drawn in their turn, and to look at it
    /// in each block would take the hook's time from that.
    fn next_wake(task: &Task<T::AccountId>) -> Option<BlockNumber> {
        let end = task.period_until()?;
        let due = match task.phase {
            Phase::Active | Phase::Audit { .. } => Self::first_limit(task).min(end),
            Phase::Agreed { .. } | Phase::Disputed | Phase::Revealing { .. } => end,
        };
        Some(due.saturating_add(1))
    }

    /// The last block before the time of some worker to commit is over.
    fn first_limit(task: &Task<T::AccountId>) -> BlockNumber {
        task.awaited().into_iter().map(|(_, until)| until).min().unwrap_or(BlockNumber::MAX)
    }

    /// Do what is due for a task in the block that it names; or, because a worker of it is silent, in another one.
    fn look_at_task(id: TaskId, silence: bool) -> Weight {
        let now = Self::now();
        let Some(mut task) = Self::task(id) else { return Weight::zero() };
        match task.wake <= now {
            true => task.wake = BlockNumber::MAX,
            false if silence => {}
            // An earlier look brought another appointment.
            false => return Weight::zero(),
        }
        let (awaited, absent) = (task.awaited().len() as u32, Self::absent(&task, now));
        if !task.queued {
            // Those that are drawn instead of them could have been drawn when they were absent first.
            let late = absent.iter().map(|(_, since)| now.saturating_sub(*since)).max();
            task.put_off_by_delay(late.unwrap_or_default());
        } else if Self::time_is_over(&task, now) {
            // It may stand in a queue that the chain came to late.
            if let Some(deal) = T::Market::deal(id.deal) {
                task.has_waited(Queue::<T>::delay(bench_of(&deal, &task)));
            }
        }
        let reveal_until = Self::reveal_until();
        let jury_is_late = task.jury.as_ref().is_some_and(|jury| !jury.ended && now > jury.until);
        let event = match task.phase {
            Phase::Disputed if jury_is_late => Some(task::Event::JuryTimeOver { reveal_until }),
            Phase::Active if Self::time_is_over(&task, now) => Some(task::Event::DeadlinePassed),
            Phase::Audit { .. } if Self::time_is_over(&task, now) => Some(task::Event::AuditTimeOver),
            Phase::Revealing { until, .. } if now > until => Some(task::Event::RevealOver { reveal_until }),
            _ => None,
        };
        let (mut step, mut given_up) = (Step::Waiting, 0);
        match event.filter(|_| task.lost().is_none()) {
            Some(event) => step = task.advance(id, event).unwrap_or(Step::Waiting),
            None => {
                for (who, _) in absent {
                    if let Ok(next) = task.advance(id, task::Event::Absence { worker: who.clone() }) {
                        step = next;
                        given_up += 1;
                        Self::free_and_take_offline(&who, id);
                        Self::deposit_event(Event::WorkerAbsent { task: id, worker: who });
                    }
                }
            }
        }
        if let Some(failure) = task.lost() {
            step = Step::Failed(failure);
        }
        let cost = T::WeightInfo::keep_appointment(awaited, given_up)
            .saturating_add(Self::weight_of_step(&task, step));
        Self::follow(id, task, step);
        cost
    }

    /// Whether the time of the pool, or of auditors, is over.
    fn time_is_over(task: &Task<T::AccountId>, now: BlockNumber) -> bool {
        match task.phase {
            Phase::Active => now > task.deadline,
            Phase::Audit { .. } => now > task.audit_until,
            Phase::Agreed { .. } | Phase::Revealing { .. } | Phase::Disputed => false,
        }
    }

    /// Who is absent, and since which block.
    fn absent(task: &Task<T::AccountId>, now: BlockNumber) -> Vec<(T::AccountId, BlockNumber)> {
        if !task.waits_for_commitments() {
            return Vec::new();
        }
        let since = |who: &T::AccountId, until: BlockNumber| {
            let silent = Workers::<T>::get(who).map_or(now, |worker| watch::silent_from::<T>(&worker));
            silent.min(until.saturating_add(1))
        };
        let awaited = task.awaited().into_iter().map(|(who, until)| {
            let since = since(&who, until);
            (who, since)
        });
        awaited.filter(|(_, since)| *since <= now).collect()
    }

    /// A worker that has failed is not drawn any more until it says so.
    pub(crate) fn free_and_take_offline(who: &T::AccountId, id: TaskId) {
        if let Some(mut worker) = Workers::<T>::get(who) {
            worker.assigned.retain(|task| *task != id);
            Self::take_offline(who, &mut worker);
            Workers::<T>::insert(who, worker);
        }
    }

    fn complete(id: TaskId, task: Task<T::AccountId>, digest: Digest) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        let holders = Self::settle(id, &deal, &task, Ok(digest));
        Self::deposit_event(Event::TaskCompleted {
            task: id,
            digest,
            assurance: task.assurance,
            winners: BoundedVec::truncate_from(holders),
        });
        let blocks = Self::now().saturating_sub(task.begun);
        Records::<T>::mutate(deal.pool, |record| record.complete(blocks));
        let (assurance, at) = (task.assurance, Self::now());
        Self::end(id, &deal, Outcome::Completed { digest, assurance, at });
    }

    fn fail(id: TaskId, task: Task<T::AccountId>, reason: Failure) {
        let Some(deal) = T::Market::deal(id.deal) else { return };
        Self::settle(id, &deal, &task, Err(reason));
        Self::deposit_event(Event::TaskFailed { task: id, reason });
        Records::<T>::mutate(deal.pool, |record| record.fail(1));
        Self::end(id, &deal, Outcome::Failed { reason, at: Self::now() });
    }

    /// Apply what follows from the end of a task. Gives the accounts that have the result.
    fn settle(
        id: TaskId,
        deal: &Deal<T::AccountId>,
        task: &Task<T::AccountId>,
        end: Result<Digest, Failure>,
    ) -> Vec<T::AccountId> {
        let settlement = Case::of(id, task, end).settle(&Prices::of(deal));
        for receipt in settlement.receipts {
            Self::deposit_event(match receipt {
                Receipt::StakeLost { worker, amount } => Event::StakeLost { task: id, worker, amount },
                Receipt::WorkerPaid { worker, amount } => Event::WorkerPaid { task: id, worker, amount },
                Receipt::JurorPaid { juror, amount } => Event::JurorPaid { task: id, juror, amount },
            });
        }
        for transfer in settlement.transfers {
            match transfer {
                Transfer::Payment { to, amount } => T::Market::pay(deal, &to, amount),
                Transfer::Forfeit { from, to: Some(to), amount } => T::Stake::forfeit(&from, amount, &to),
                Transfer::Forfeit { from, to: None, amount } => T::Stake::forfeit_to_fund(&from, amount),
            }
        }
        T::Market::end_guarantee(deal, settlement.seized);
        for (who, amount) in settlement.unlocked {
            T::Stake::unlock(&who, amount);
        }
        for (who, change) in settlement.merits {
            T::Stake::set_merit(&who, change.of(T::Stake::standing(&who).merit));
        }
        for Conviction { who, locked, alone } in settlement.convictions {
            T::Stake::disgrace(&who);
            Self::free_and_take_offline(&who, id);
            if let Some(rate) = alone {
                let lie = Worth { amount: deal.value(), floor: deal.category.min_value, rate };
                T::Audits::convicted(deal.category_id, lie);
            }
            Self::deposit_event(Event::Convicted { task: id, worker: who, amount: locked });
        }
        for who in settlement.released {
            if Workers::<T>::get(&who).is_some_and(|worker| worker.assigned.contains(&id)) {
                Self::free_slot(&who, id);
            }
        }
        if !settlement.conduct.is_empty() {
            Self::count_conduct(deal.pool, settlement.conduct);
        }
        if let Some(finding) = settlement.finding {
            let price = deal.price().unwrap_or(Balance::MAX);
            let sample = Sample { finding, price, floor: deal.category.min_value };
            T::Audits::count(Kind { category: deal.category_id, assurance: task.assurance }, sample);
        }
        if let Some(jury) = &task.jury {
            jury::end::<T>(id, jury, task.value);
        }
        if task.queued {
            Queue::<T>::withdraw(Work::Task(id));
        }
        settlement.holders
    }

    /// Remember whether workers deliver what they are drawn for. After too many declines, for its pool, a worker has to pause.
    fn count_conduct(pool: PoolId, conducts: Vec<(T::AccountId, Conduct)>) {
        let of_pool = Records::<T>::mutate(pool, |record| {
            conducts.iter().for_each(|(_, conduct)| record.reliability.count_in_pool(*conduct));
            record.reliability
        });
        for (who, conduct) in conducts {
            let Some(mut worker) = Workers::<T>::get(&who) else { continue };
            let pause = worker.reliability.count(conduct, of_pool);
            if pause > 0 {
                let until = Self::now().saturating_add(pause);
                worker.paused_until = until;
                Self::take_offline(&who, &mut worker);
                Self::deposit_event(Event::WorkerPaused { worker: who.clone(), until });
            }
            Workers::<T>::insert(who, worker);
        }
    }

    fn end(id: TaskId, deal: &Deal<T::AccountId>, outcome: Outcome) {
        // Who sat there with all of its bond locked can be drawn again.
        Queue::<T>::make_ready(Bench::Pool(deal.pool));
        Queue::<T>::make_ready(Bench::Auditors);
        Tasks::<T>::remove(id);
        Outcomes::<T>::insert(id, outcome);
        forget::note_record::<T>();
        Self::count(id.deal, |progress| {
            progress.open = progress.open.saturating_sub(1);
            match outcome {
                Outcome::Completed { .. } => progress.completed = progress.completed.saturating_add(1),
                Outcome::Failed { .. } => progress.failed = progress.failed.saturating_add(1),
            }
        });
    }

    /// Refund what was not begun of a deal whose deadline has passed, if there is something. The guarantee is released: no worker
    /// was drawn, so nobody had anything to deliver.
    pub(crate) fn expire_deal(id: DealId) -> bool {
        let tasks = DealStates::<T>::get(id).map_or(0, |state| state.progress.queued);
        let Some(deal) = (tasks > 0).then(|| T::Market::deal(id)).flatten() else { return false };
        T::Market::refund(&deal, tasks);
        T::Market::release_guarantee(&deal, tasks);
        Records::<T>::mutate(deal.pool, |record| record.fail(tasks));
        Self::deposit_event(Event::DealExpired { deal: id, tasks });
        Self::fail_queued(id, tasks);
        true
    }

    /// Count the tasks of a deal that were not begun, and never will be, as failed.
    pub(crate) fn fail_queued(id: DealId, tasks: u32) {
        Queue::<T>::withdraw(Work::Deal(id));
        Self::count(id, |progress| {
            progress.queued = 0;
            progress.failed = progress.failed.saturating_add(tasks);
        });
    }

    fn count(id: DealId, change: impl FnOnce(&mut Progress)) {
        DealStates::<T>::mutate_extant(id, |state| {
            change(&mut state.progress);
            let Progress { completed, failed, .. } = state.progress;
            if state.progress.is_over() {
                Self::deposit_event(Event::DealEnded { deal: id, completed, failed });
                forget::close::<T>(id, state);
            }
        });
    }
}
