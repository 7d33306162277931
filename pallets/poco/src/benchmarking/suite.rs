//! The benchmarks. Those of calls come first, then those of checks, and of the steps of the hook in the order of its stages.

use super::{
    scene::{awaited, commitment_of, dispute, revealed, second_jury, trials, Scene, RIGHT, WRONG},
    world::{leave_out, set_now, shared_keys, text, World, CATEGORY, TASKS, VALUE},
    BenchmarkHelper as _,
};
use crate::{
    agenda::Agenda,
    calls::MOST_FORGOTTEN,
    dispatch::{self, Served, Turn},
    draws, forget, hook, intake,
    looks::{self, Drawn},
    lots,
    pallet::{
        ActsFor, AgendaCursor, AgendaLength, Call, Classes, Config, DealStates, DutyKeys, EndingEnds,
        FullBlocks, LastAuthored, LotEnds, Outcomes, Pallet, Places, Queues, ReadyBenches, Records,
        Retention, Tasks, Workers,
    },
    queue::Queue,
    record::TIMES,
    room,
    types::{Appointment, Bench, Cursor, Line, Lot, LotQueue, Reveal, Work},
    watch, WeightInfo as _,
};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::{
    dispatch::DispatchClass,
    storage::unhashed,
    traits::{EnsureOrigin as _, Get as _},
    weights::WeightMeter,
    BoundedVec,
};
use frame_system::RawOrigin;
use talka_primitives::{
    jury::{self, Ballot, Juror, MAX_JURORS},
    placement::{Conditions, Opening},
    seed::{Authored, Draws, Output, Seed},
    task::{DeclineReason, Phase, Role, Stage, Step, MAX_CONTRIBUTIONS, MAX_MEMBERS, MAX_SLOTS},
    traits::{Audits as _, Jurors as _, Market as _, Stake as _},
    view::Outcome,
    BlockNumber, DealId, Merit, TaskId, Trust,
};

/// Longer than any task of a benchmark is executed.
const LONG: BlockNumber = 100;
/// Blocks after which the chain need not remember declines: see [`talka_primitives::reliability`].
const FORGIVEN: BlockNumber = 200_000;

/// Whether a task waits for workers from a bench.
fn waits<T: Config>(task: TaskId, bench: Bench) -> bool {
    Places::<T>::get(Work::Task(task)).is_some_and(|place| place.bench == bench)
}

/// Whether both benches for which [`World::leave_work`] has left some are to be served.
fn are_ready<T: Config>(world: &World<T>) -> bool {
    let benches = [Bench::Pool(world.pool), Bench::Auditors];
    benches.into_iter().all(|bench| Queues::<T>::get(bench).ready.is_some())
}

/// Whether a deal waits to be forgotten.
fn is_ending<T: Config>(deal: DealId) -> bool {
    DealStates::<T>::get(deal).is_some_and(|state| state.place.is_some())
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// By its duty key, of a worker that sits on both benches and is to have more slots. Both are served because of it.
    #[benchmark]
    fn go_online() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, 1);
        let key = World::<T>::key_of(&worker);
        world.seat_others(1);
        world.leave_work();

        #[extrinsic_call]
        _(RawOrigin::Signed(key), MAX_SLOTS, text());

        let worker = Workers::<T>::get(&worker).unwrap();
        assert!(worker.slots == MAX_SLOTS && worker.place.is_some() && worker.audit_place.is_some());
        assert!(are_ready(&world));
    }

    /// By its duty key, of a worker that sits on both benches.
    #[benchmark]
    fn go_offline() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, 1);
        let key = World::<T>::key_of(&worker);
        world.seat_others(1);

        #[extrinsic_call]
        _(RawOrigin::Signed(key));

        let worker = Workers::<T>::get(&worker).unwrap();
        assert!(!worker.online && worker.place.is_none() && worker.audit_place.is_none());
    }

    /// By the duty key.
    #[benchmark]
    fn heartbeat() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let key = World::<T>::key_of(&worker);
        let now = Pallet::<T>::now();
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.add(&worker, Role::Member, awaited(now + LONG));
        scene.store();

        #[extrinsic_call]
        _(RawOrigin::Signed(key));

        assert!(Workers::<T>::get(&worker).unwrap().next_beat > now);
    }

    /// By the duty key, of an auditor that contradicts `n` results of apps that are not deterministic: each of the tasks lacks workers
    /// from now on, for which it waits already, and ends sooner than its audit would have. The worker becomes idle, and both of its
    /// benches are served.
    #[benchmark]
    fn commit(n: Linear<1, { T::MaxBatch::get() }>) {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, n as u8);
        let key = World::<T>::key_of(&worker);
        let now = Pallet::<T>::now();
        let mut tasks = Vec::new();
        for index in 0..n {
            let pool = World::<T>::publish_pool();
            let mut scene = Scene::<T>::begin(world.deal(world.container, pool, TASKS));
            scene.crowd(1, Scene::right);
            // With the auditor one less than there can be: a full task would end.
            scene.crowd(MAX_MEMBERS - 3, Scene::absent);
            scene.add(&worker, Role::Auditor, awaited(now + LONG));
            scene.task.phase = Phase::Audit { result: scene.result() };
            scene.task.deadline = now + index + 1;
            scene.wait(Bench::Pool(pool));
            tasks.push((scene.store(), Bench::Pool(pool)));
        }
        world.leave_work();
        let commitments = tasks.iter().map(|(task, _)| commitment_of(&worker, *task, WRONG)).collect();

        #[extrinsic_call]
        _(RawOrigin::Signed(key), BoundedVec::truncate_from(commitments));

        for (index, (task, bench)) in tasks.into_iter().enumerate() {
            assert!(waits::<T>(task, bench));
            assert_eq!(Tasks::<T>::get(task).unwrap().wake, now + index as u32 + 2);
        }
        assert!(Workers::<T>::get(&worker).unwrap().place.is_some() && are_ready(&world));
    }

    /// By the key of a validator, for `n` juries that go on.
    #[benchmark]
    fn reveal(n: Linear<1, { T::MaxBatch::get() }>) {
        let world = World::<T>::begin();
        let (key, _, tasks) = trials(&world, n, true);
        let reveals = tasks.iter().map(|task| Reveal { task: *task, digest: RIGHT }).collect();

        #[extrinsic_call]
        _(RawOrigin::Signed(key), BoundedVec::truncate_from(reveals));

        for task in tasks {
            let jury = Tasks::<T>::get(task).unwrap().jury.unwrap();
            assert_eq!(jury.voted_for(RIGHT).count(), 1);
        }
    }

    /// The last task of a deal whose deadline has passed has a result, which an audit has confirmed. `s` workers are paid, one of them
    /// the auditor; `r` that sit on both benches have declined it once too often, and leave their seats. Both benches are served. No
    /// more can have declined than have delivered; the rest is extrapolated.
    #[benchmark]
    fn settle(s: Linear<9, 24>, r: Linear<1, 8>) {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, TASKS);
        let mut scene = Scene::<T>::begin(deal);
        Pallet::<T>::do_cancel_deal(World::<T>::payer(), deal).unwrap();
        let mut paid = Vec::new();
        for index in 0..s {
            let who = World::<T>::worker("worker", index, world.pool, MAX_SLOTS);
            let role = if index == 0 { Role::Auditor } else { Role::Member };
            scene.add(&who, role, revealed());
            paid.push(who);
        }
        let mut lazy = Vec::new();
        for index in 0..r {
            let who = World::<T>::worker("lazy", index, world.pool, MAX_SLOTS);
            Workers::<T>::mutate_extant(&who, |record| record.reliability.declined = 100);
            scene.add(&who, Role::Member, Stage::Declined { reason: DeclineReason::OutOfResources });
            lazy.push(who);
        }
        world.seat_others(r);
        let now = Pallet::<T>::now();
        scene.task.phase =
            Phase::Revealing { result: scene.result(), until: now + LONG, digest: Some(RIGHT) };
        // It has a result since it waited for workers.
        scene.wait(Bench::Pool(world.pool));
        let (id, task) = (scene.id, scene.task.clone());
        scene.store();
        world.leave_work();
        Records::<T>::mutate(world.pool, |record| {
            (0..TIMES).for_each(|_| record.complete(1));
            // The others of the pool do not decline.
            record.reliability.delivered = 900;
        });
        World::<T>::pass_deadline(deal);

        #[block]
        {
            Pallet::<T>::follow(id, task, Step::Completed { digest: RIGHT });
        }

        assert!(matches!(Outcomes::<T>::get(id), Some(Outcome::Completed { .. })));
        assert!(Tasks::<T>::get(id).is_none() && is_ending::<T>(deal) && are_ready(&world));
        assert!(paid.iter().all(|who| T::Stake::standing(who).locked == 0));
        assert!(lazy.iter().all(|who| !Workers::<T>::get(who).unwrap().online));
    }

    /// The last task of a deal whose deadline has passed ends by a jury, which convicts all `s` workers. They sit on both benches, and
    /// pay those of the `j` jurors that make a majority, and all `j` of the jury before. The other jurors are fined. Both benches
    /// are served.
    #[benchmark]
    fn judge(s: Linear<1, MAX_CONTRIBUTIONS>, j: Linear<1, MAX_JURORS>) {
        let world = World::<T>::begin();
        let liars: Vec<_> = (0..s).map(|index| world.seasoned("liar", index)).collect();
        world.seat_others(s);
        let validators = World::<T>::validators(2 * j);
        let (jurors, former) = validators.split_at(j as usize);
        let deal = world.deal(world.app, world.pool, TASKS);
        let mut scene = Scene::<T>::begin(deal);
        Pallet::<T>::do_cancel_deal(World::<T>::payer(), deal).unwrap();
        for (index, who) in liars.iter().enumerate() {
            let rate = T::Market::deal(deal).unwrap().category.audit_rate;
            let role = if index == 0 { Role::Alone { rate } } else { Role::Member };
            let stage = scene.wrong(who);
            scene.add(who, role, stage);
        }
        let mut seats = Vec::new();
        for (index, who) in jurors.iter().enumerate() {
            let votes = (index as u32) < jury::majority(j);
            let ballot = if votes { Ballot::Revealed { digest: RIGHT } } else { scene.ballot(who) };
            seats.push(Juror { who: who.clone(), ballot });
        }
        scene.try_by(second_jury::<T>(seats, former, true));
        scene.task.jury.as_mut().unwrap().ended = true;
        // It was disputed while it waited for workers.
        scene.wait(Bench::Pool(world.pool));
        let (id, task) = (scene.id, scene.task.clone());
        scene.store();
        world.leave_work();
        Records::<T>::mutate(world.pool, |record| (0..TIMES).for_each(|_| record.complete(1)));
        World::<T>::pass_deadline(deal);

        #[block]
        {
            Pallet::<T>::follow(id, task, Step::Completed { digest: RIGHT });
        }

        assert!(matches!(Outcomes::<T>::get(id), Some(Outcome::Completed { .. })));
        assert!(Tasks::<T>::get(id).is_none() && is_ending::<T>(deal) && are_ready(&world));
        for who in liars {
            let standing = T::Stake::standing(&who);
            assert!(standing.locked == 0 && standing.merit == Merit(0));
            assert!(!Workers::<T>::get(&who).unwrap().online);
        }
    }

    /// By the duty key, of the last worker but one that can be drawn: the task, which waits for others, waits on. The worker becomes
    /// idle, and both of its benches are served.
    #[benchmark]
    fn decline() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, 1);
        let key = World::<T>::key_of(&worker);
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.crowd(MAX_MEMBERS - 2, Scene::absent);
        scene.add(&worker, Role::Member, awaited(Pallet::<T>::now() + LONG));
        scene.wait(Bench::Pool(world.pool));
        let id = scene.store();
        world.leave_work();

        #[extrinsic_call]
        _(RawOrigin::Signed(key), id, DeclineReason::OutOfResources);

        assert!(waits::<T>(id, Bench::Pool(world.pool)) && are_ready(&world));
        assert!(Workers::<T>::get(&worker).unwrap().place.is_some());
    }

    /// The whole deal, after its deadline and before the chain comes to that. Another deal moves to its place in the queue.
    #[benchmark]
    fn cancel_deal() {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, TASKS);
        let last = world.deal(world.app, world.pool, TASKS);
        World::<T>::pass_deadline(deal);

        #[extrinsic_call]
        _(RawOrigin::Signed(World::<T>::payer()), deal);

        assert!(is_ending::<T>(deal));
        assert_eq!(Places::<T>::get(Work::Deal(last)).unwrap().position, 0);
    }

    /// By somebody that has nothing to do with the deal, when it is due.
    #[benchmark]
    fn forget_deal(n: Linear<0, MOST_FORGOTTEN>) {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, n.max(1));
        World::<T>::end_deal(deal, n);
        World::<T>::pass_deadline(deal);
        assert!(forget::pass_deadline::<T>(deal));
        set_now::<T>(Pallet::<T>::now() + Retention::<T>::get());
        let stranger: T::AccountId = account("stranger", 0, 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(stranger), deal, n);

        assert!(T::Market::deal(deal).is_none() && DealStates::<T>::get(deal).is_none());
        assert_eq!(Outcomes::<T>::iter().count(), 0);
    }

    #[benchmark]
    fn set_retention() -> Result<(), BenchmarkError> {
        let origin = T::GovernanceOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let blocks = T::MostRetention::get();

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, blocks);

        assert_eq!(Retention::<T>::get(), blocks);
        Ok(())
    }

    /// Of a worker with a duty key, whose declines are forgiven.
    #[benchmark]
    fn deregister() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let key = World::<T>::key_of(&worker);
        Workers::<T>::mutate_extant(&worker, |record| record.reliability.declined = 1);
        T::BenchmarkHelper::leave(&worker);
        set_now::<T>(Pallet::<T>::now() + FORGIVEN);

        #[extrinsic_call]
        _(RawOrigin::Signed(worker.clone()));

        assert!(Workers::<T>::get(&worker).is_none() && ActsFor::<T>::get(&key).is_none());
    }

    /// The first one, of a member that was never online.
    #[benchmark]
    fn set_duty_key() {
        let world = World::<T>::begin();
        let worker = World::<T>::member("worker", 0, world.pool);
        let key: T::AccountId = account("key", 0, 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(worker.clone()), Some(key.clone()));

        assert!(DutyKeys::<T>::get(&worker).is_some_and(|named| named.key == key));
    }

    #[benchmark]
    fn act_for() {
        let world = World::<T>::begin();
        let worker = World::<T>::member("worker", 0, world.pool);
        let key: T::AccountId = account("key", 0, 0);
        Pallet::<T>::do_set_duty_key(worker.clone(), Some(key.clone())).unwrap();

        #[extrinsic_call]
        _(RawOrigin::Signed(key.clone()), Some(worker.clone()));

        assert_eq!(ActsFor::<T>::get(&key), Some(worker));
    }

    /// Of a duty key.
    #[benchmark]
    fn check_heartbeat() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let key = World::<T>::key_of(&worker);
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.add(&worker, Role::Member, awaited(Pallet::<T>::now() + LONG));
        scene.store();
        let call = Call::<T>::heartbeat {};
        let due;

        #[block]
        {
            due = Pallet::<T>::due(&key, &call);
        }

        assert!(matches!(due, Some(Ok(_))));
    }

    /// Of the key of a validator, for `n` juries.
    #[benchmark]
    fn check_commit(n: Linear<1, { T::MaxBatch::get() }>) {
        let world = World::<T>::begin();
        let (key, validator, tasks) = trials(&world, n, false);
        let commitments = tasks.iter().map(|task| commitment_of(&validator, *task, RIGHT)).collect();
        let call = Call::<T>::commit { commitments: BoundedVec::truncate_from(commitments) };
        let due;

        #[block]
        {
            due = Pallet::<T>::due(&key, &call);
        }

        assert!(matches!(due, Some(Ok(duties)) if duties.len() == n as usize));
    }

    /// Of the key of a validator, for `n` juries.
    #[benchmark]
    fn check_reveal(n: Linear<1, { T::MaxBatch::get() }>) {
        let world = World::<T>::begin();
        let (key, _, tasks) = trials(&world, n, true);
        let reveals = tasks.iter().map(|task| Reveal { task: *task, digest: RIGHT }).collect();
        let call = Call::<T>::reveal { reveals: BoundedVec::truncate_from(reveals) };
        let due;

        #[block]
        {
            due = Pallet::<T>::due(&key, &call);
        }

        assert!(matches!(due, Some(Ok(duties)) if duties.len() == n as usize));
    }

    /// Of the key of a validator.
    #[benchmark]
    fn check_decline() {
        let world = World::<T>::begin();
        let (key, _, tasks) = trials(&world, 1, false);
        let call = Call::<T>::decline { task: tasks[0], reason: DeclineReason::OutOfResources };
        let due;

        #[block]
        {
            due = Pallet::<T>::due(&key, &call);
        }

        assert!(matches!(due, Some(Ok(_))));
    }

    /// All of it, though few blocks read and write all.
    #[benchmark]
    fn shared_records() {
        World::<T>::begin_alone();
        let keys = shared_keys::<T>();

        #[block]
        {
            for key in &keys {
                let value = unhashed::get_raw(key);
                unhashed::put_raw(key, &value.unwrap_or_default());
            }
        }

        assert!(keys.iter().all(|key| unhashed::exists(key)));
    }

    /// Of a task of the most workers that goes on, whose pool stands in no line. What has changed the task pays for storing it.
    #[benchmark]
    fn seek_workers() {
        let world = World::<T>::begin();
        let bench = Bench::Pool(world.pool);
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.crowd(MAX_MEMBERS - 1, Scene::absent);
        let id = scene.store();
        let task = Tasks::<T>::get(id).unwrap();
        leave_out([Tasks::<T>::hashed_key_for(id)]);
        Queue::<T>::take_first(Line::First);

        #[block]
        {
            Pallet::<T>::follow(id, task, Step::Lacking);
        }

        assert!(waits::<T>(id, bench) && Queues::<T>::get(bench).ready.is_some());
    }

    /// Of a block that had none.
    #[benchmark]
    fn count_room() {
        World::<T>::begin();
        let whole = T::BlockWeights::get().max_block;
        frame_system::Pallet::<T>::register_extra_weight_unchecked(whole, DispatchClass::Operational);

        #[block]
        {
            room::count::<T>();
        }

        assert_eq!(FullBlocks::<T>::get(), 1);
    }

    /// Of two validators among as many as there can be.
    #[benchmark]
    fn look_at_authors() {
        World::<T>::begin();
        let validators = World::<T>::validators(T::Jurors::max_jurors());
        let (first, last) = (validators[0].clone(), validators[validators.len() - 1].clone());
        LastAuthored::<T>::put(Authored { author: first.clone(), output: Output([1; 32]) });
        T::BenchmarkHelper::begin_block(&last);
        let authors;

        #[block]
        {
            authors = draws::authors::<T>();
        }

        let authors = authors.unwrap();
        assert!(authors.own.author == last && authors.parent.is_some_and(|parent| parent.author == first));
        assert!(LastAuthored::<T>::get().is_some_and(|authored| authored.author == last));
    }

    /// In a block of which all appointments were taken.
    #[benchmark]
    fn look_at_agenda() {
        World::<T>::begin();
        let now = Pallet::<T>::now();
        AgendaLength::<T>::insert(now, 1);
        AgendaCursor::<T>::put(Cursor { block: now, position: 1 });
        let mut meter = WeightMeter::new();
        let first;

        #[block]
        {
            first = Agenda::<T>::first_due(now, &mut meter, T::WeightInfo::look_at_agenda());
        }

        assert!(first.is_none() && !AgendaLength::<T>::contains_key(now));
        assert_eq!(AgendaCursor::<T>::get().block, now + 1);
    }

    /// Of the largest task, for which nothing is due.
    #[benchmark]
    fn look_at_appointment() {
        let world = World::<T>::begin();
        let (_, _, tasks) = trials(&world, 1, false);
        let now = Pallet::<T>::now();
        Agenda::<T>::schedule(now, Appointment::Task(tasks[0]));
        AgendaCursor::<T>::put(Cursor { block: now, position: 0 });
        let mut meter = WeightMeter::new();

        #[block]
        {
            hook::keep_first::<T>(&mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::look_at_appointment());
        assert_eq!(AgendaCursor::<T>::get(), Cursor { block: now, position: 1 });
    }

    /// An auditor and others of the `n` workers of a task, `a` together, are late, and sit on both benches. The task, which waits for
    /// an auditor, waits on. With 30 workers it is as full as one can be that goes on; the rest is extrapolated.
    #[benchmark]
    fn keep_appointment(n: Linear<16, 30>, a: Linear<1, 16>) {
        let world = World::<T>::begin();
        let now = Pallet::<T>::now();
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.crowd(1, Scene::right);
        scene.task.phase = Phase::Audit { result: scene.result() };
        for index in 0..n {
            let worker = World::<T>::worker("worker", index, world.pool, 2);
            let role = if index == 0 { Role::Auditor } else { Role::Member };
            scene.add(&worker, role, awaited(if index < a { now } else { now + LONG }));
        }
        scene.wait(Bench::Auditors);
        let id = scene.store();
        world.seat_others(a);
        world.leave_work();
        set_now::<T>(now + 1);
        let cost;

        #[block]
        {
            cost = Pallet::<T>::keep(Appointment::Task(id));
        }

        let kept = T::WeightInfo::keep_appointment(n, a);
        assert_eq!(cost, T::WeightInfo::look_at_appointment().saturating_add(kept));
        assert!(waits::<T>(id, Bench::Auditors));
    }

    /// One that is silent.
    #[benchmark]
    fn look_at_worker(n: Linear<1, { MAX_SLOTS as u32 }>) {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let deal = world.deal(world.app, world.pool, TASKS);
        for _ in 0..n {
            let mut scene = Scene::<T>::begin(deal);
            scene.add(&worker, Role::Member, awaited(BlockNumber::MAX - 1));
            scene.store();
        }
        let at = Workers::<T>::get(&worker).unwrap().watch.unwrap();
        set_now::<T>(at);
        let before = AgendaLength::<T>::get(at);

        #[block]
        {
            watch::look::<T>(&worker);
        }

        assert_eq!(AgendaLength::<T>::get(at), before + n);
        assert!(Workers::<T>::get(&worker).unwrap().watch.is_some_and(|next| next > at));
    }

    /// A deal of which nothing was begun. Another one moves to its place in the queue.
    #[benchmark]
    fn expire_deal() {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, TASKS);
        let last = world.deal(world.app, world.pool, TASKS);
        World::<T>::pass_deadline(deal);

        #[block]
        {
            Pallet::<T>::expire_deal(deal);
        }

        assert!(is_ending::<T>(deal));
        assert_eq!(Places::<T>::get(Work::Deal(last)).unwrap().position, 0);
    }

    #[benchmark]
    fn pass_deadline() {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, TASKS);
        World::<T>::end_deal(deal, 0);
        World::<T>::pass_deadline(deal);

        #[block]
        {
            forget::pass_deadline::<T>(deal);
        }

        assert!(is_ending::<T>(deal));
    }

    /// Something waits in each queue, and nothing is due.
    #[benchmark]
    fn look_for_lots() {
        let world = World::<T>::begin();
        let (authors, now) = (World::<T>::authors(), Pallet::<T>::now());
        let deal = world.deal(world.app, world.pool, TASKS);
        let mut tasks = Vec::new();
        for _ in 0..2 {
            let mut scene = Scene::<T>::begin(deal);
            scene.crowd(1, Scene::right);
            scene.task.phase = Phase::Agreed { result: scene.result() };
            tasks.push(scene.store());
        }
        lots::of_result::<T>(tasks[0]);
        let spared_by = Some(authors.own.author.clone());
        lots::push::<T>(LotQueue::Spared, Lot { task: tasks[1], since: now, spared_by });
        lots::of_jury::<T>(dispute(&world));
        let mut meter = WeightMeter::new();

        #[block]
        {
            lots::draw::<T>(&authors, &mut meter);
            lots::draw_juries::<T>(&authors, &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::look_for_lots());
        for queue in [LotQueue::Agreed, LotQueue::Spared, LotQueue::Jury] {
            assert_eq!(LotEnds::<T>::get(queue).length(), 1);
        }
    }

    /// The second one, of a worker that worked alone, and has lost its merit since: its result is audited. With one contribution less
    /// than there can be, the task goes on; it waits for workers already. A result that is spared is stored in the same way.
    #[benchmark]
    fn draw_lot() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let deal = world.deal(world.app, world.pool, TASKS);
        let mut scene = Scene::<T>::begin(deal);
        scene.crowd(MAX_CONTRIBUTIONS - 2, Scene::absent);
        let rate = T::Market::deal(deal).unwrap().category.audit_rate;
        let stage = scene.right(&worker);
        scene.add(&worker, Role::Alone { rate }, stage);
        scene.task.phase = Phase::Agreed { result: scene.result() };
        scene.wait(Bench::Pool(world.pool));
        let id = scene.store();
        let authors = World::<T>::authors();
        let spared_by = authors.parent.as_ref().map(|first| first.author.clone());
        let since = Pallet::<T>::now();
        lots::push::<T>(LotQueue::Spared, Lot { task: id, since, spared_by });
        set_now::<T>(since + 1);
        let mut meter = WeightMeter::new();

        #[block]
        {
            lots::draw_second::<T>(&authors, &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::draw_lot());
        let task = Tasks::<T>::get(id).unwrap();
        assert!(matches!(task.phase, Phase::Audit { .. }) && task.wake < BlockNumber::MAX);
    }

    /// For the second jury of the largest task.
    #[benchmark]
    fn look_for_jurors(v: Linear<1, { T::Jurors::max_jurors() }>) {
        let world = World::<T>::begin();
        World::<T>::validators(v);
        lots::of_jury::<T>(dispute(&world));
        set_now::<T>(Pallet::<T>::now() + 2);
        let authors = World::<T>::authors();
        let mut meter = WeightMeter::new();
        let due;

        #[block]
        {
            due = lots::look_for_jurors::<T>(&authors, &mut meter);
        }

        assert!(due.is_some_and(|due| due.hearing.is_some()));
        assert_eq!(meter.consumed(), T::WeightInfo::look_for_jurors(v));
    }

    /// The second one of the largest task, from as many validators as there can be.
    #[benchmark]
    fn seat_jury(n: Linear<1, MAX_JURORS>) {
        let world = World::<T>::begin();
        World::<T>::validators(T::Jurors::max_jurors().max(MAX_JURORS));
        let id = dispute(&world);
        lots::of_jury::<T>(id);
        set_now::<T>(Pallet::<T>::now() + 2);
        let mut due = lots::look_for_jurors::<T>(&World::<T>::authors(), &mut WeightMeter::new()).unwrap();
        due.hearing.as_mut().unwrap().call = jury::Call::Draw(n);
        let cost;

        #[block]
        {
            cost = due.seat();
        }

        assert_eq!(cost, T::WeightInfo::seat_jury(n));
        let jury = Tasks::<T>::get(id).unwrap().jury.unwrap();
        assert!(jury.seats.len() == n as usize && !jury.ended);
    }

    /// One deal was forgotten before its turn, and the next one is not due.
    #[benchmark]
    fn look_at_ending() {
        let world = World::<T>::begin();
        let mut deals = Vec::new();
        for _ in 0..3 {
            deals.push(world.deal(world.app, world.pool, TASKS));
        }
        World::<T>::pass_deadline(deals[0]);
        for deal in &deals {
            World::<T>::end_deal(*deal, 0);
            // Its tasks end now, when the agenda comes to its deadline.
            assert!(forget::pass_deadline::<T>(*deal));
        }
        for deal in [deals[1], deals[0]] {
            assert!(forget::forget::<T>(deal, || true));
        }
        let mut meter = WeightMeter::new();

        #[block]
        {
            forget::in_turn::<T>(&mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::look_at_ending().saturating_mul(2));
        assert_eq!(EndingEnds::<T>::get().head, 2);
        assert!(is_ending::<T>(deals[2]));
    }

    #[benchmark]
    fn forget_outcome() {
        let world = World::<T>::begin();
        let deal = world.deal(world.app, world.pool, TASKS);
        World::<T>::end_deal(deal, 2);
        let mut state = DealStates::<T>::get(deal).unwrap();

        #[block]
        {
            forget::forget_outcome::<T>(deal, &mut state);
        }

        assert_eq!(state.forgotten, 1);
        assert_eq!(Outcomes::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn look_for_deals() {
        let world = World::<T>::begin();
        world.deal(world.app, world.pool, TASKS);
        let mut meter = WeightMeter::new();

        #[block]
        {
            intake::take_in::<T>(&mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::look_for_deals());
    }

    /// The first one of its pool, with what is written once for all that are taken in.
    #[benchmark]
    fn take_in_deal() {
        let world = World::<T>::begin();
        let deal = world.buy(world.app, world.pool, TASKS);

        #[block]
        {
            intake::take_in::<T>(&mut WeightMeter::new());
        }

        assert!(DealStates::<T>::contains_key(deal));
        assert_eq!(Queues::<T>::get(Bench::Pool(world.pool)).ready, Some(Line::First));
    }

    /// A turn in vain, after which the bench stands in the other line.
    #[benchmark]
    fn serve_bench() {
        let world = World::<T>::begin();
        World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        world.deal(world.app, world.pool, TASKS);
        let bench = Bench::Pool(world.pool);
        let mut later = Vec::new();

        #[block]
        {
            dispatch::begin_turn::<T>(Line::First, &mut WeightMeter::new());
            dispatch::is_served::<T>(bench);
            let drawn = Drawn { steps: 1, ..Drawn::default() };
            dispatch::end_turn::<T>(bench, Line::First, Turn { served: Served::InVain, drawn }, &mut later);
        }

        assert_eq!(ReadyBenches::<T>::get(Line::Second, 0), Some(bench));
        assert!(ReadyBenches::<T>::get(Line::First, 0).is_none() && Queues::<T>::get(bench).in_vain);
    }

    /// Of a task that waits in the queue of auditors, and whose auditor, who came all the same, has contradicted: it needs workers of
    /// its pool by now.
    #[benchmark]
    fn take_entry() {
        let world = World::<T>::begin();
        let bench = Bench::Pool(world.pool);
        let mut scene = Scene::<T>::begin(world.deal(world.container, world.pool, TASKS));
        scene.crowd(1, Scene::right);
        scene.crowd(1, Scene::wrong);
        scene.crowd(MAX_MEMBERS - 3, Scene::absent);
        scene.task.trust = Trust::MAX;
        scene.wait(Bench::Auditors);
        let id = scene.store();
        Queue::<T>::take_first(Line::First);
        let mut meter = WeightMeter::new();

        #[block]
        {
            dispatch::serve_entry::<T>(Bench::Auditors, &mut Draws::of(Seed([0; 32])), &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::take_entry());
        assert!(waits::<T>(id, bench) && Queues::<T>::get(bench).ready.is_some());
    }

    /// Of one that has the task already. Three tries: seven of eight looks take no more, since each hits with one half at least.
    #[benchmark]
    fn look_at_seat() {
        let world = World::<T>::begin();
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.crowd(MAX_MEMBERS - 4, Scene::absent);
        for index in 0..3 {
            let worker = World::<T>::worker("worker", index, world.pool, MAX_SLOTS);
            scene.add(&worker, Role::Member, Stage::Absent);
        }
        let Scene { id, mut task } = scene;
        let deal = T::Market::deal(id.deal).unwrap();
        let bench = Bench::Pool(world.pool);
        let mut draws = World::<T>::draws_of_tries(bench, 3);
        leave_out([Classes::<T>::hashed_key_for(bench)]);
        let mut meter = WeightMeter::with_limit(looks::most_of_a_look::<T>());
        let drawn;

        #[block]
        {
            drawn = looks::draw_workers::<T>(id, &deal, &mut task, &mut draws, &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::look_at_seat());
        assert!(drawn.workers == 0 && drawn.given_up);
    }

    /// A worker leaves its seats on both benches, and others move into them.
    #[benchmark]
    fn move_seat() {
        let world = World::<T>::begin();
        let worker = World::<T>::worker("worker", 0, world.pool, MAX_SLOTS);
        let before = Workers::<T>::get(&worker).unwrap();
        world.seat_others(1);

        #[block]
        {
            looks::stand_aside::<T>(&worker);
        }

        let after = Workers::<T>::get(&worker).unwrap();
        assert!(after.place.is_none() && after.audit_place.is_none());
        let fellow: T::AccountId = account("fellow", 0, 0);
        let stranger: T::AccountId = account("stranger", 0, 0);
        assert_eq!(Workers::<T>::get(fellow).unwrap().place, before.place);
        assert_eq!(Workers::<T>::get(stranger).unwrap().audit_place, before.audit_place);
    }

    /// The last one that can be drawn. It works alone, with a pass that the gate gives it now.
    #[benchmark]
    fn draw_worker() {
        let world = World::<T>::begin();
        let worker = World::<T>::member("worker", 0, world.pool);
        T::Stake::set_merit(&worker, Merit(1_000_000 * VALUE));
        Pallet::<T>::do_go_online(worker.clone(), MAX_SLOTS, text()).unwrap();
        T::BenchmarkHelper::open_gate(CATEGORY);
        let mut scene = Scene::<T>::begin(world.deal(world.app, world.pool, TASKS));
        scene.crowd(MAX_MEMBERS - 1, Scene::absent);
        let Scene { id, mut task } = scene;
        let deal = T::Market::deal(id.deal).unwrap();
        let (standing, now) = (T::Stake::standing(&worker), Pallet::<T>::moment());
        let conditions = Conditions::of(&deal, &T::Audits::rules());
        let offer = conditions.offer(Opening::of(&task), standing.merit, standing.unlocked());
        let who = worker.clone();
        let is_busy;

        #[block]
        {
            is_busy = looks::give_task::<T>(id, &deal, &mut task, who, offer, now);
        }

        assert_eq!(is_busy, Some(false));
        assert!(task.contribution(&worker).is_some_and(|one| matches!(one.role, Role::Alone { .. })));
        let record = Workers::<T>::get(&worker).unwrap();
        assert!(record.assigned.contains(&id) && record.watch.is_some());
    }

    /// Of a task that has just begun and waits for more workers: it asks for more trust than one has.
    #[benchmark]
    fn store_draws() {
        let world = World::<T>::begin();
        let deal_id = world.deal(world.app, world.pool, TASKS);
        let mut scene = Scene::<T>::next(deal_id);
        scene.crowd(1, |_, _| awaited(Pallet::<T>::now() + LONG));
        scene.task.trust = Trust::MAX;
        let Scene { id, task } = scene;
        let deal = T::Market::deal(deal_id).unwrap();
        let mut state = DealStates::<T>::get(deal_id).unwrap();
        leave_out([Queues::<T>::hashed_key_for(Bench::Pool(world.pool))]);

        #[block]
        {
            dispatch::store_begun::<T>(id, task, &deal, &mut state);
        }

        assert!(waits::<T>(id, Bench::Pool(world.pool)) && Tasks::<T>::get(id).unwrap().queued);
        assert_eq!(DealStates::<T>::get(deal_id).unwrap().begun, 1);
    }

    impl_benchmark_test_suite!(Pallet, crate::benchmarking::mock::new_test_ext(), crate::mock::Test);
}
