//! Tasks at some point of their life.

use super::{
    world::{World, LOCK, TASKS},
    BenchmarkHelper as _,
};
use crate::{
    dispatch, jury, looks,
    pallet::{Config, DealStates, Pallet},
    types::{Bench, Commitment},
};
use alloc::vec::Vec;
use codec::Encode;
use frame_benchmarking::account;
use frame_support::BoundedVec;
use talka_primitives::{
    commitment,
    jury::{Ballot, Juror, Jury, MAX_JURORS},
    task::{Contribution, Phase, Role, Span, Stage, Task, MAX_CONTRIBUTIONS},
    traits::{Market as _, Stake as _},
    Balance, BlockNumber, DealId, Digest, ResultHash, TaskId, Weight,
};

/// What all jurors find.
pub(super) const RIGHT: Digest = Digest([1; 32]);
/// What is not so.
pub(super) const WRONG: Digest = Digest([2; 32]);

/// A task that is to be stored.
pub(super) struct Scene<T: Config> {
    pub(super) id: TaskId,
    pub(super) task: Task<T::AccountId>,
}

impl<T: Config> Scene<T> {
    /// The next task of a deal, before it has begun.
    pub(super) fn next(deal_id: DealId) -> Self {
        let deal = T::Market::deal(deal_id).expect("the deal was made");
        let state = DealStates::<T>::get(deal_id).expect("the deal was taken in");
        let span = Span::new(Pallet::<T>::now(), deal.deadline, Pallet::<T>::execution_time(&deal));
        Self {
            id: TaskId { deal: deal_id, index: state.begun },
            task: Task::new(deal.trust, deal.assurance, deal.value(), span),
        }
    }

    /// The next task of a deal, which has begun.
    pub(super) fn begin(deal: DealId) -> Self {
        let scene = Self::next(deal);
        DealStates::<T>::mutate_extant(deal, |state| {
            state.begun = state.begun.saturating_add(1);
            state.progress.queued = state.progress.queued.saturating_sub(1);
            state.progress.open = state.progress.open.saturating_add(1);
        });
        scene
    }

    /// A worker has its part in it, for which it has locked a part of its bond.
    pub(super) fn add(&mut self, worker: &T::AccountId, role: Role, stage: Stage) {
        T::Stake::lock(worker, LOCK).expect("the bond is large enough");
        self.push(worker.clone(), role, LOCK, stage);
        if matches!(stage, Stage::Assigned { .. }) {
            looks::assign::<T>(worker, self.id, Pallet::<T>::moment());
        }
    }

    /// A number of accounts have their part in it that nothing is behind: for steps that do not touch them.
    pub(super) fn crowd(&mut self, number: u32, stage: impl Fn(&Self, &T::AccountId) -> Stage) {
        for _ in 0..number {
            let who: T::AccountId = account("crowd", self.task.contributions.len() as u32, 0);
            let stage = stage(self, &who);
            self.push(who, Role::Member, 0, stage);
        }
    }

    fn push(&mut self, worker: T::AccountId, role: Role, locked: Balance, stage: Stage) {
        let contribution = Contribution { worker, role, locked, stage };
        self.task.contributions.try_push(contribution).expect("there are no more than can be");
    }

    /// It waits for workers from a bench.
    pub(super) fn wait(&mut self, bench: Bench) {
        dispatch::wait::<T>(self.id, &mut self.task, bench);
    }

    /// It is disputed, and a jury is to decide it or could not.
    pub(super) fn try_by(&mut self, jury: Jury<T::AccountId>) {
        if !jury.ended {
            jury.seats.iter().for_each(|juror| jury::summon::<T>(&juror.who, self.id));
        }
        self.task.phase = Phase::Disputed;
        self.task.jury = Some(jury);
    }

    /// Store it, with its next appointment.
    pub(super) fn store(self) -> TaskId {
        Pallet::<T>::store(self.id, self.task);
        self.id
    }

    /// What stands for the right result.
    pub(super) fn result(&self) -> ResultHash {
        commitment::result_hash(self.id, RIGHT)
    }

    /// A worker has committed to the right result.
    pub(super) fn right(&self, who: &T::AccountId) -> Stage {
        self.committed(who, RIGHT)
    }

    /// A worker has committed to a wrong result.
    pub(super) fn wrong(&self, who: &T::AccountId) -> Stage {
        self.committed(who, WRONG)
    }

    fn committed(&self, who: &T::AccountId, digest: Digest) -> Stage {
        let result = commitment::result_hash(self.id, digest);
        Stage::Committed { weight: Weight(2), result, seal: commitment::seal(who, self.id, digest) }
    }

    /// A worker was absent.
    pub(super) fn absent(&self, _: &T::AccountId) -> Stage {
        Stage::Absent
    }

    /// A juror has committed to the right result.
    pub(super) fn ballot(&self, who: &T::AccountId) -> Ballot {
        Ballot::Committed { result: self.result(), seal: commitment::seal(who, self.id, RIGHT) }
    }
}

/// A worker has shown the digest that it committed to.
pub(super) fn revealed() -> Stage {
    Stage::Revealed { weight: Weight(2) }
}

/// A worker's commitment is awaited until a block.
pub(super) fn awaited(until: BlockNumber) -> Stage {
    Stage::Assigned { weight: Weight(2), until }
}

/// A jury that sits, after one that could not decide: all of these executed the task then.
pub(super) fn second_jury<T: Config>(
    seats: Vec<Juror<T::AccountId>>,
    former: &[T::AccountId],
    revealing: bool,
) -> Jury<T::AccountId> {
    Jury {
        size: seats.len() as u32,
        seats: BoundedVec::truncate_from(seats),
        former: BoundedVec::truncate_from(former.to_vec()),
        revealing,
        until: Pallet::<T>::reveal_until(),
        juries: 2,
        ended: false,
    }
}

/// Disputed tasks, each with as many contributors and jurors as there can be. One validator sits on all juries, and has committed
/// to the right result where they reveal. Gives the key that acts for it, the validator, and the tasks.
pub(super) fn trials<T: Config>(
    world: &World<T>,
    number: u32,
    revealing: bool,
) -> (T::AccountId, T::AccountId, Vec<TaskId>) {
    let validators = World::<T>::validators(2 * MAX_JURORS);
    let (jurors, former) = validators.split_at(MAX_JURORS as usize);
    let key: T::AccountId = account("juror's key", 0, 0);
    T::BenchmarkHelper::name_juror_key(&jurors[0], &key);
    let deal = world.deal(world.app, world.pool, TASKS);
    let trial = |_| {
        let mut scene = Scene::<T>::begin(deal);
        scene.crowd(MAX_CONTRIBUTIONS, Scene::wrong);
        let seat = |who: &T::AccountId| {
            let ballot = if revealing { scene.ballot(who) } else { Ballot::Awaited };
            Juror { who: who.clone(), ballot }
        };
        let seats = jurors.iter().map(seat).collect();
        scene.try_by(second_jury::<T>(seats, former, revealing));
        scene.store()
    };
    let tasks = (0..number).map(trial).collect();
    (key, jurors[0].clone(), tasks)
}

/// A disputed task with as many contributors as there can be, after a jury of the most jurors that could not decide. It waits for
/// its second jury.
pub(super) fn dispute<T: Config>(world: &World<T>) -> TaskId {
    let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
    scene.crowd(MAX_CONTRIBUTIONS, Scene::wrong);
    let seat = |index: u32| {
        let digest = if index.is_multiple_of(2) { RIGHT } else { WRONG };
        Juror { who: account("former juror", index, 0), ballot: Ballot::Revealed { digest } }
    };
    let jury = second_jury::<T>((0..MAX_JURORS).map(seat).collect(), &[], true);
    scene.try_by(Jury { juries: 1, ended: true, ..jury });
    scene.store()
}

/// A commitment to a result.
pub(super) fn commitment_of<AccountId: Encode>(who: &AccountId, task: TaskId, digest: Digest) -> Commitment {
    let result = commitment::result_hash(task, digest);
    Commitment { task, result, seal: commitment::seal(who, task, digest) }
}
