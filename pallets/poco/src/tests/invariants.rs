//! Each invariant of `try_state` can be broken, and a random course of events does not break any.

use crate::{
    mock::*, ActsFor, Classes, DealStates, DutyKey, DutyKeys, Ending, EndingEnds, Endings, HoldReason, Line,
    NextIntake, Outcomes, Places, QueuePlace, ReadyEnds, Seats, Tasks, Work, Workers,
};
use frame_support::{assert_ok, storage::with_transaction};
use proptest::prelude::*;
use sp_runtime::{DispatchError, TransactionOutcome};
use talka_primitives::{task::DeclineReason::DataUnavailable, AppId, Balance, DealId, TaskId};

/// Break something, see that it is found, and mend it.
fn is_found(expected: &str, harm: impl FnOnce()) {
    let _ = with_transaction(|| {
        harm();
        let found = Poco::do_try_state().unwrap_err();
        assert_eq!(
            found,
            sp_runtime::TryRuntimeError::Other(Box::leak(expected.to_owned().into_boxed_str()))
        );
        TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
    });
}

#[test]
fn are_found_broken() {
    Chain::of(3).execute(|| {
        let task = request(2, 4);
        next_block();
        let who = drawn(task)[0];
        is_found("states do not add up to the deal's tasks", || {
            DealStates::<Test>::mutate_extant(task.deal, |state| state.progress.completed += 1)
        });
        is_found("a deal has no state, or has one too early", || DealStates::<Test>::remove(task.deal));
        is_found("a deal was taken in before it was made", || NextIntake::<Test>::put(DealId(7)));
        is_found("a worker does not know of its task", || {
            Workers::<Test>::mutate_extant(who, |worker| worker.assigned.clear())
        });
        let idle = (WORKER..WORKER + 3).find(|who| Workers::<Test>::get(who).unwrap().place.is_some());
        assert_eq!(idle, None, "three workers, two tasks of two");
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(who), 2, Default::default()));
        let class = Classes::<Test>::get(BENCH)[0].class;
        is_found("a gap between seats", || Seats::<Test>::remove((BENCH, class, 0)));
        is_found("ready benches are miscounted", || {
            ReadyEnds::<Test>::mutate(Line::First, |ends| ends.tail += 1)
        });
        is_found("a task waits twice, or does not know that it waits", || {
            Tasks::<Test>::mutate_extant(task, |task| task.queued = true)
        });
        is_found("a task was overlooked", || Tasks::<Test>::mutate_extant(task, |task| task.wake = 0));
        is_found("a worker has a task and is not watched", || {
            Workers::<Test>::mutate_extant(who, |worker| worker.watch = None)
        });
        use frame_support::traits::{fungible::MutateHold as _, tokens::Precision};
        let reason = talka_pallet_marketplace::HoldReason::Guarantee.into();
        is_found("guarantees are not what open tasks need", || {
            Balances::hold(&reason, &OPERATOR, 1).unwrap()
        });
        is_found("guarantees are not what open tasks need", || {
            Balances::release(&reason, &OPERATOR, 1, Precision::Exact).map(|_| ()).unwrap()
        });
        is_found("a place without an entry", || {
            Places::<Test>::insert(Work::Deal(DealId(9)), QueuePlace { bench: BENCH, position: 0 })
        });
        is_found("outcomes are not those of ended tasks", || {
            let outcome = talka_primitives::view::Outcome::Failed {
                reason: talka_primitives::task::Failure::NoConsensus,
                at: 1,
            };
            Outcomes::<Test>::insert(task, outcome)
        });
        is_found("a deal waits twice to be forgotten", || {
            EndingEnds::<Test>::mutate(|ends| ends.tail += 1);
            Endings::<Test>::insert(0, Ending { deal: task.deal, since: 1 })
        });
        is_found("something else waits to be forgotten", || {
            Endings::<Test>::insert(7, Ending { deal: task.deal, since: 1 })
        });
        is_found("the hold is not the deposit of a worker", || {
            Balances::hold(&HoldReason::Registration.into(), &who, 1).unwrap()
        });
        is_found("something is held of somebody that is no worker", || {
            Balances::hold(&HoldReason::Registration.into(), &OPERATOR, 1).unwrap()
        });
        is_found("somebody that is no worker has a duty key", || {
            DutyKeys::<Test>::insert(OPERATOR, DutyKey { key: PROVIDER, deposit: 0 })
        });
        is_found("the hold is not the deposit for a duty key", || {
            DutyKeys::<Test>::insert(who, DutyKey { key: PROVIDER, deposit: 1 })
        });
        is_found("something is held for a duty key that nobody has named", || {
            Balances::hold(&HoldReason::DutyKey.into(), &OPERATOR, 1).unwrap()
        });
        is_found("a key acts unnamed", || ActsFor::<Test>::insert(PROVIDER, who));
        is_found("a worker acts for another one", || {
            let other = drawn(task)[1];
            DutyKeys::<Test>::insert(who, DutyKey { key: other, deposit: 0 });
            ActsFor::<Test>::insert(other, who)
        });
        is_found("what is locked is not what tasks have locked", || {
            use talka_primitives::traits::Stake as _;
            Stake::unlock(&who, locked(who))
        });
    });
}

#[derive(Clone, Debug)]
enum Act {
    Request { app: AppId, tasks: u32, trust: u32, duration: u32 },
    Work { who: u64, result: u8 },
    Decline { who: u64 },
    Online { who: u64, slots: u8 },
    Offline { who: u64 },
    Leave { who: u64 },
    Join { who: u64 },
    Bond { who: u64, amount: Balance },
    Unbond { who: u64, amount: Balance },
    Heartbeat { who: u64 },
    Name { who: u64, key: Option<u64> },
    Agree { key: u64, worker: Option<u64> },
    Blocks(u32),
}

fn acts() -> impl Strategy<Value = Act> {
    let who = || WORKER..WORKER + 6;
    let key = || WORKER + 100..WORKER + 102;
    prop_oneof![
        2 => (prop_oneof![3 => Just(APP), 1 => Just(REPLICATED)], 1u32..6, prop_oneof![Just(1u32), 2u32..20], LEAST_AUDITED..LEAST_AUDITED + 40)
            .prop_map(|(app, tasks, trust, duration)| Act::Request { app, tasks, trust, duration }),
        12 => (prop_oneof![3 => who(), 1 => 200u64..203, 1 => key()], prop_oneof![5 => Just(7u8), 1 => 0u8..3]).prop_map(|(who, result)| Act::Work { who, result }),
        1 => who().prop_map(|who| Act::Decline { who }),
        3 => (who(), 1u8..4).prop_map(|(who, slots)| Act::Online { who, slots }),
        1 => who().prop_map(|who| Act::Offline { who }),
        1 => who().prop_map(|who| Act::Leave { who }),
        1 => who().prop_map(|who| Act::Join { who }),
        1 => (who(), 1u128..500).prop_map(|(who, amount)| Act::Bond { who, amount }),
        1 => (who(), 1u128..1_500).prop_map(|(who, amount)| Act::Unbond { who, amount }),
        1 => who().prop_map(|who| Act::Heartbeat { who }),
        1 => (who(), proptest::option::of(prop_oneof![5 => key(), 1 => who()])).prop_map(|(who, key)| Act::Name { who, key }),
        1 => (key(), proptest::option::weighted(0.8, who())).prop_map(|(key, worker)| Act::Agree { key, worker }),
        6 => (1u32..8).prop_map(Act::Blocks),
    ]
}

/// Whatever a worker can do at the moment: commit to `result` where it is awaited, reveal where it can.
fn work(who: u64, result: u8) {
    let open: Vec<TaskId> = Tasks::<Test>::iter_keys().collect();
    for task in open {
        let _ = commit(who, task, result);
        let _ = (0..8).any(|shown| reveal(who, task, shown).is_ok());
    }
}

fn act(act: Act) {
    let as_worker = RuntimeOrigin::signed;
    // Many are refused, which is part of the promise.
    let _ = match act {
        Act::Request { app, tasks, trust, duration } => {
            let order = order(app, tasks, trust, System::block_number() + duration);
            Marketplace::request(as_worker(REQUESTER), order)
        }
        Act::Work { who, result } => {
            work(who, result);
            Ok(())
        }
        Act::Decline { who } => {
            match Workers::<Test>::get(who).and_then(|worker| worker.assigned.first().copied()) {
                Some(task) => Poco::decline(as_worker(who), task, DataUnavailable)
                    .map(|_| ())
                    .map_err(|error| error.error),
                None => Ok(()),
            }
        }
        Act::Online { who, slots } => Poco::go_online(as_worker(who), slots, Default::default()),
        Act::Offline { who } => Poco::go_offline(as_worker(who)),
        Act::Leave { who } => Marketplace::leave_pool(as_worker(who)),
        Act::Join { who } => Marketplace::join_pool(as_worker(who), POOL, None),
        Act::Bond { who, amount } => Stake::bond(as_worker(who), amount),
        Act::Unbond { who, amount } => Stake::unbond(as_worker(who), amount),
        Act::Heartbeat { who } => Poco::heartbeat(as_worker(who)),
        Act::Name { who, key } => Poco::set_duty_key(as_worker(who), key),
        Act::Agree { key, worker } => Poco::act_for(as_worker(key), worker),
        Act::Blocks(blocks) => {
            run_to(System::block_number() + blocks);
            Ok(())
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn survive_any_course_of_events(course in proptest::collection::vec(acts(), 1..80)) {
        // Two of them may work alone.
        let chain = Chain::of(6).bonded(WORKER, 10_000, 1_000).bonded(WORKER + 1, 3_000, 150);
        let chain = chain.passed(WORKER).passed(WORKER + 1);
        chain.execute(|| {
            for next in course {
                act(next);
                check().unwrap();
            }
            // Whatever happened: when all deadlines have passed, every task has ended and nothing is held for any.
            // Disputes outlast them, but not for long.
            run_to(System::block_number() + LEAST_AUDITED + 40 + 2 * (RUN_TIME + GRACE + REVEAL_PERIOD + 3));
            prop_assert!(DealStates::<Test>::iter_values().all(|state| state.progress.is_over()));
            prop_assert!((WORKER..WORKER + 6).all(|who| locked(who) == 0));
            prop_assert_eq!(held(REQUESTER), 0);
            prop_assert_eq!(held(OPERATOR), 0);
            Ok(())
        })?;
    }
}
