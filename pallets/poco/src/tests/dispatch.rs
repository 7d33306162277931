use super::agreement::agree;
use crate::{mock::*, Tasks, Workers};
use frame_support::{assert_ok, traits::Hooks as _};
use sp_runtime::Perbill;
use talka_primitives::{task::DeclineReason::AppUnavailable, traits::Stake as _, TaskId};

#[test]
fn draws_as_few_as_the_trust_needs() {
    Chain::of(12).execute(|| {
        for (trust, workers) in [(1, 1), (4, 2), (8, 3), (16, 4)] {
            let task = request(1, trust);
            next_block();
            assert_eq!(drawn(task).len(), workers, "trust {trust}");
            agree(task, 7);
        }
    });
}

#[test]
fn locks_the_stake_of_who_is_drawn() {
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        assert!(drawn(task).into_iter().all(|who| locked(who) == LOCK));
        let unverified = request(1, 1);
        next_block();
        assert!(drawn(unverified).into_iter().all(|who| locked(who) == STAKE));
    });
}

#[test]
fn never_draws_a_worker_twice_for_a_task() {
    Chain::of(4).slots(8).execute(|| {
        go_offline(WORKER + 1..WORKER + 4);
        let task = request(1, 16);
        run_to(10);
        assert_eq!(drawn(task), [WORKER]);
    });
}

#[test]
fn draws_in_proportion_to_effective_stake() {
    // A bond of 3 000 against one of 1 000, both fresh.
    Chain::of(2).slots(32).bonded(WORKER, 3 * BOND, 0).execute(|| {
        let mut rich = 0;
        for _ in 0..400 {
            let task = request(1, 1);
            next_block();
            rich += u32::from(drawn(task) == [WORKER]);
            agree(task, 7);
        }
        // 300 expected, standard deviation 8.7.
        assert!((260..340).contains(&rich), "{rich} of 400");
    });
}

#[test]
fn draws_in_proportion_to_what_is_not_locked() {
    // Of a bond of 3 000 two thirds are locked by another task: it has the odds of a bond of 1 000.
    Chain::of(2).slots(32).bonded(WORKER, 3 * BOND, 0).execute(|| {
        assert_ok!(Stake::lock(&WORKER, 2 * BOND));
        let seats = || crate::Seats::<Test>::iter().collect::<Vec<_>>();
        let before = seats();
        let mut rich = 0;
        for _ in 0..400 {
            let task = request(1, 1);
            System::set_block_number(System::block_number() + 1);
            Poco::on_initialize(System::block_number());
            rich += u32::from(drawn(task) == [WORKER]);
            let who = drawn(task)[0];
            assert_ok!(commit(who, task, 7));
            assert_ok!(reveal(who, task, 7));
        }
        // 200 expected, standard deviation 10.
        assert!((160..240).contains(&rich), "{rich} of 400");
        // No lock and no unlock has changed a seat.
        assert_eq!(seats(), before);
        Stake::unlock(&WORKER, 2 * BOND);
    });
}

#[test]
fn draws_in_vain_for_what_is_locked_are_few() {
    // All have three quarters of their bonds locked: a draw is kept with one quarter.
    Chain::of(8).slots(8).execute(|| {
        for who in WORKER..WORKER + 8 {
            assert_ok!(Stake::lock(&who, BOND / 4 * 3));
        }
        let task = request(200, 1);
        let mut blocks = 0;
        while progress(task.deal).queued > 136 {
            System::set_block_number(System::block_number() + 1);
            Poco::on_initialize(System::block_number());
            blocks += 1;
        }
        // All slots are filled in one block: no task was given up.
        assert_eq!((blocks, progress(task.deal).open), (1, 64));
        (WORKER..WORKER + 8).for_each(|who| Stake::unlock(&who, BOND / 4 * 3));
        run_to(RUN_TIME);
    });
}

#[test]
fn a_bond_that_is_added_while_its_owner_sits_has_no_odds_before_it_is_ripe() {
    Chain::of(2).slots(32).execute(|| {
        assert_ok!(Stake::bond(RuntimeOrigin::signed(WORKER), ENDOWMENT / 2));
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 32, Default::default()));
        let mut rich = 0;
        for _ in 0..10 {
            let task = request(1, 1);
            next_block();
            rich += u32::from(drawn(task) == [WORKER]);
            agree(task, 7);
        }
        // It has the odds of the other one, not five hundred times as much.
        assert!((1..10).contains(&rich), "{rich} of 10");
    });
}

#[test]
fn takes_turns_between_deals() {
    Chain::of(1).execute(|| {
        let long = request(100, 1);
        let short = request(1, 1);
        next_block();
        agree(long, 7);
        next_block();
        assert_eq!(drawn(short), [WORKER]);
    });
}

#[test]
fn goes_on_where_a_full_block_stopped_it() {
    Chain::of(12).execute(|| {
        let first = request(12, 1);
        // Room for a few draws only.
        BlockShare::set(Perbill::from_parts(400_000));
        let mut blocks = 0;
        while progress(first.deal).queued > 0 {
            let before = progress(first.deal).queued;
            next_block();
            blocks += 1;
            assert!(blocks < 100, "{before} tasks wait for ever");
        }
        assert!(blocks > 1, "one block had room for everything");
    });
}

#[test]
fn passes_over_a_bond_that_is_locked_elsewhere() {
    // Its bond covers four times what a task locks, the other one's as much as it has slots.
    Chain::of(2).slots(32).bonded(WORKER, 4 * LOCK + 1, 0).bonded(WORKER + 1, 32 * LOCK, 0).execute(|| {
        let first = request(60, 4);
        run_to(8);
        assert_eq!(locked(WORKER), 4 * LOCK);
        let mine = Tasks::<Test>::iter_values().filter(|task| task.contribution(&WORKER).is_some()).count();
        assert_eq!(mine, 4);
        assert_eq!(progress(first.deal).open, 32);
    });
}

#[test]
fn passes_over_a_large_bond_that_has_the_task() {
    // The odds are thousands to one, also for the second place.
    Chain::of(2).slots(2).bonded(WORKER, 900_000, 0).bonded(WORKER + 1, LOCK, 0).execute(|| {
        let task = request(1, 4);
        next_block();
        let mut both = drawn(task);
        both.sort();
        assert_eq!(both, [WORKER, WORKER + 1]);
    });
}

#[test]
fn tries_again_when_too_many_draws_were_in_vain() {
    // A hundred workers that cannot afford the stake, and one that can, with the odds of any other.
    const POOR: u64 = 100;
    let able = WORKER + POOR;
    let poor = (WORKER..able).map(|who| (who, 101, 0));
    Chain { workers: POOR + 1, bonds: poor.chain([(able, 150, 0)]).collect(), ..Chain::default() }.execute(
        || {
            // 35 % of it are 140.
            assert_ok!(Marketplace::set_pool_price(
                RuntimeOrigin::signed(OPERATOR),
                POOL,
                CATEGORY,
                Some(400)
            ));
            let mut blocks = 0;
            for _ in 0..8 {
                let task = request(1, 1);
                while drawn(task).is_empty() {
                    next_block();
                    blocks += 1;
                    assert!(blocks < 100, "the task was forgotten");
                }
                assert_eq!(drawn(task), [able]);
                agree(task, 7);
            }
            assert!(blocks > 8, "every first draw was lucky");
        },
    );
}

#[test]
fn draws_whose_stake_has_been_unlocked() {
    // The one bond covers one stake, and has slots for two tasks.
    Chain::of(1).slots(2).bonded(WORKER, 100, 0).execute(|| {
        assert_ok!(Marketplace::set_pool_price(RuntimeOrigin::signed(OPERATOR), POOL, CATEGORY, Some(200)));
        let (first, second) = (request(1, 1), request(1, 1));
        run_to(4);
        assert_eq!((drawn(first), drawn(second)), (vec![WORKER], vec![]));
        agree(first, 7);
        next_block();
        assert_eq!(drawn(second), [WORKER]);
    });
}

#[test]
fn reseats_a_worker_whose_bond_changed() {
    Chain::of(2).execute(|| {
        assert_ok!(Stake::bond(RuntimeOrigin::signed(WORKER), 5_000));
        run_to(System::block_number() + RIPENING);
        for _ in 0..20 {
            let task = request(1, 1);
            run_to(System::block_number() + 2);
            agree(task, 7);
        }
        let place = Workers::<Test>::get(WORKER).unwrap().place.unwrap();
        let seat = crate::Seats::<Test>::get((BENCH, place.class, place.position)).unwrap();
        assert_eq!(seat.stake, 4_000);
    });
}

#[test]
fn passes_over_a_bond_that_has_to_ripen_again() {
    Chain::of(1).execute(|| {
        // It has equivocated as a validator, while it sat among the idle workers.
        Stake::disgrace(&WORKER);
        let task = request(1, 1);
        next_block();
        assert!(drawn(task).is_empty());
        assert!(!Workers::<Test>::get(WORKER).unwrap().online);
        run_to(System::block_number() + RIPENING);
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
        next_block();
        assert_eq!(drawn(task), [WORKER]);
    });
}

#[test]
fn leaves_a_task_in_the_queue_until_somebody_can_take_it() {
    Chain::of(2).execute(|| {
        go_offline(WORKER + 1..WORKER + 2);
        let first = request(1, 4);
        run_to(5);
        assert_eq!(drawn(first), [WORKER]);
        assert_ok!(commit(WORKER, first, 7));
        let newcomers = [WORKER + 2, WORKER + 3];
        for newcomer in newcomers {
            assert_ok!(Stake::bond(RuntimeOrigin::signed(newcomer), BOND));
            assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(newcomer), POOL, None));
        }
        run_to(System::block_number() + RIPENING);
        for newcomer in newcomers {
            assert_ok!(Poco::go_online(RuntimeOrigin::signed(newcomer), 1, Default::default()));
            next_block();
            // The first makes two that agree, the second audits.
            assert_eq!(drawn(first), [newcomer]);
            assert_ok!(commit(newcomer, first, 7));
            next_block();
        }
        super::agreement::agree_on(first, 7);
    });
}

#[test]
fn is_not_stopped_by_what_has_ended_in_the_queue() {
    Chain::of(5).execute(|| {
        // Five workers are needed: each task waits for others from the first decline on, and ends with the fifth.
        let first = request(2, 17);
        for index in 0..2 {
            next_block();
            let task = TaskId { index, ..first };
            for who in drawn(task) {
                assert_ok!(Poco::decline(RuntimeOrigin::signed(who), task, AppUnavailable));
            }
        }
        assert_eq!(progress(first.deal).failed, 2);
        let next = request(1, 1);
        next_block();
        assert_eq!(drawn(next).len(), 1);
    });
}
