//! Which workers work alone, what they lock, and the effects of audits.

use super::agreement::{agree, agree_on, phase, until_revealing};
use crate::{mock::*, Event, Tasks, Workers};
use frame_support::assert_ok;
use talka_primitives::{
    asset::Uri,
    audit::{Assurance, Kind},
    task::{DeclineReason, Failure, Phase, Role},
    Rate, TaskId,
};

/// Its merit is ten times and more what it takes to work alone at trust 4, also when it has faded by a half. Its bond covers
/// the collateral.
const SEASONED: u32 = 2_000;
/// 59 values and a unit.
const COLLATERAL: u128 = 59 * VALUE + 1;

fn role(task: TaskId, who: u64) -> Role {
    Tasks::<Test>::get(task).unwrap().contribution(&who).unwrap().role
}

/// One worker that may work alone, in a pool with some that may not, is the only one with a free slot.
fn alone() -> Chain {
    Chain::of(4).bonded(WORKER, 40 * VALUE * 100, SEASONED).passed(WORKER)
}

/// A task for which the first worker was drawn.
fn drawn_for_it() -> TaskId {
    loop {
        let task = request(1, 4);
        next_block();
        if drawn(task) == [WORKER] {
            return task;
        }
        // Somebody else was first: then two are drawn, and audited.
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        agree_on(task, 7);
    }
}

#[test]
fn locks_the_collateral_of_who_stands_alone() {
    alone().execute(|| {
        let task = drawn_for_it();
        assert_eq!(role(task, WORKER), Role::Alone { rate: Rate(500) });
        assert_eq!(locked(WORKER), COLLATERAL);
        assert_ok!(commit(WORKER, task, 7));
        agree_on(task, 7);
        assert_eq!(locked(WORKER), 0);
    });
}

#[test]
fn takes_the_young_for_less_and_looks_more_often() {
    // Enough to work alone, not ten times as much.
    Chain::of(4).bonded(WORKER, 400_000, 150).passed(WORKER).execute(|| {
        let task = drawn_for_it();
        assert_eq!(role(task, WORKER), Role::Alone { rate: Rate(2_000) });
        assert_eq!(locked(WORKER), 14 * VALUE + 1);
    });
}

#[test]
fn lets_nobody_stand_alone_without_the_collateral() {
    Chain::of(4).bonded(WORKER, COLLATERAL - 1, SEASONED).passed(WORKER).execute(|| {
        for _ in 0..40 {
            let task = request(1, 4);
            next_block();
            if drawn(task).contains(&WORKER) {
                assert_eq!((role(task, WORKER), phase(task)), (Role::Member, Phase::Active));
                return;
            }
            for who in drawn(task) {
                assert_ok!(commit(who, task, 7));
            }
            agree_on(task, 7);
        }
        panic!("it is never drawn");
    });
}

#[test]
fn spares_most_results_of_who_stands_alone_and_audits_some() {
    alone().execute(|| {
        let (mut spared, mut audited) = (0, 0);
        for _ in 0..120 {
            let task = drawn_for_it();
            assert_ok!(commit(WORKER, task, 7));
            draw_lots();
            match phase(task) {
                Phase::Revealing { .. } => spared += 1,
                Phase::Audit { .. } => audited += 1,
                other => panic!("{other:?}"),
            }
            agree_on(task, 7);
        }
        assert!(spared > 100 && audited >= 1, "{spared} were spared, {audited} audited");
        let counts = Audit::findings()[0].findings.priced;
        assert_eq!((counts.audited.count, counts.wrong.count), (audited, 0));
    });
}

#[test]
fn audits_every_result_for_which_nobody_stands_alone() {
    Chain::of(4).execute(|| {
        for _ in 0..20 {
            let task = request(1, 4);
            next_block();
            for who in drawn(task) {
                assert_ok!(commit(who, task, 7));
            }
            assert!(matches!(phase(task), Phase::Agreed { .. }));
            draw_lots();
            assert!(matches!(phase(task), Phase::Audit { .. }));
            agree_on(task, 7);
        }
        let view = Audit::findings()[0];
        assert_eq!(view.kind, Kind { category: CATEGORY, assurance: Assurance::Adjudicated });
        let counts = view.findings.priced;
        assert_eq!((counts.accepted.count, counts.audited.count), (20, 0));
        assert_eq!(counts.accepted.value, 20 * VALUE);
    });
}

#[test]
fn counts_the_results_that_nobody_checks() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        agree(task, 7);
        let [view] = Audit::findings().try_into().unwrap();
        assert_eq!(view.kind, Kind { category: CATEGORY, assurance: Assurance::Unverified });
        let counts = view.findings.priced;
        assert_eq!((counts.accepted.count, counts.audited.count, counts.wrong.count), (1, 0, 0));
    });
}

#[test]
fn draws_auditors_from_all_pools() {
    Chain::of(3).execute(|| {
        assert_ok!(Marketplace::publish_pool(
            RuntimeOrigin::signed(OPERATOR),
            Default::default(),
            Default::default(),
            talka_primitives::Tags(0),
            0
        ));
        let other = talka_primitives::PoolId(1);
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(WORKER), other, None));
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
        let task = request(1, 4);
        next_block();
        assert!(!drawn(task).contains(&WORKER));
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        until_revealing(task, 7);
        assert_eq!(role(task, WORKER), Role::Auditor);
        agree_on(task, 7);
        assert_eq!(merit(WORKER), VALUE);
    });
}

#[test]
fn tells_the_auditor_where_those_can_be_reached_that_it_audits() {
    Chain::of(3).execute(|| {
        let peer = |who: &u64| Uri::try_from(format!("peer://{who}").into_bytes()).unwrap();
        for who in WORKER..WORKER + 3 {
            assert_ok!(Poco::go_online(RuntimeOrigin::signed(who), 1, peer(&who)));
        }
        let peers = |who| Poco::duties(who, vec![]).execute[0].peers.clone();
        let task = request(1, 4);
        next_block();
        let pair = drawn(task);
        assert!(pair.iter().all(|who| peers(*who).is_empty()));
        for who in &pair {
            assert_ok!(commit(*who, task, 7));
        }
        next_block();
        let [auditor] = drawn(task)[..] else { panic!("what nobody gave alone is audited") };
        assert_eq!(peers(auditor), pair.iter().map(peer).collect::<Vec<_>>());
        agree_on(task, 7);
    });
}

#[test]
fn ends_where_most_auditors_cannot_execute_the_task_and_blames_nobody() {
    Chain::of(8).execute(|| {
        let task = request(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        for _ in 0..5 {
            next_block();
            let [auditor] = drawn(task)[..] else { panic!("one auditor is drawn after another") };
            assert_ok!(Poco::decline(RuntimeOrigin::signed(auditor), task, DeclineReason::AppUnavailable));
        }
        System::assert_has_event(Event::TaskFailed { task, reason: Failure::NotAudited }.into());
        for who in WORKER..WORKER + 8 {
            assert_eq!((wealth(who), locked(who)), (ENDOWMENT, 0));
            assert_eq!(Workers::<Test>::get(who).unwrap().reliability, Default::default());
        }
        assert_eq!([wealth(REQUESTER), wealth(OPERATOR)], [ENDOWMENT; 2]);
    });
}

#[test]
fn goes_by_what_was_locked_but_for_merit_that_is_gone() {
    alone().execute(|| {
        use talka_primitives::{traits::Stake as _, Merit};
        let task = drawn_for_it();
        assert_ok!(commit(WORKER, task, 7));
        Stake::set_merit(&WORKER, Merit(0));
        draw_lots();
        assert!(
            matches!(phase(task), Phase::Audit { .. }),
            "what is under way of who has lost its merit is audited"
        );
        agree_on(task, 7);
    });
}

#[test]
fn lets_one_after_another_stand_alone() {
    Chain::of(4).bonded(WORKER, 400_000, SEASONED).bonded(WORKER + 1, 400_000, SEASONED).execute(|| {
        let mut alone: Vec<u64> = Vec::new();
        for _ in 0..30 {
            let task = request(1, 4);
            next_block();
            let who = drawn(task);
            alone.extend(who.iter().filter(|who| matches!(role(task, **who), Role::Alone { .. })));
            for who in who {
                assert_ok!(commit(who, task, 7));
            }
            agree_on(task, 7);
        }
        alone.sort();
        alone.dedup();
        assert_eq!(alone.len(), 1, "the gate is closed behind the first");
    });
}

#[test]
fn takes_the_pass_of_who_is_convicted_though_its_merit_comes_back() {
    use talka_primitives::{traits::Stake as _, Merit};
    alone().execute(|| {
        let task = drawn_for_it();
        assert_eq!(role(task, WORKER), Role::Alone { rate: Rate(500) });
        assert_ok!(commit(WORKER, task, 7));
        agree_on(task, 7);
        // It is convicted of something else. One audit of an expensive task would bring back as much merit.
        let merit = Stake::standing(&WORKER).merit;
        Stake::disgrace(&WORKER);
        assert_eq!(Stake::standing(&WORKER).merit, Merit(0));
        Stake::set_merit(&WORKER, merit);
        run_to(System::block_number() + RIPENING);
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, Default::default()));
        for _ in 0..40 {
            let task = request(1, 4);
            next_block();
            let who = drawn(task);
            if who.contains(&WORKER) {
                assert_eq!(role(task, WORKER), Role::Member, "the gate is closed");
                return;
            }
            for who in who {
                assert_ok!(commit(who, task, 7));
            }
            agree_on(task, 7);
        }
        panic!("it is never drawn");
    });
}

#[test]
fn a_request_of_extreme_trust_or_price_puts_nobody_out() {
    alone().slots(8).execute(|| {
        // No worker has the merit to work alone for such a requester.
        for (trust, price) in [(2_000, POOL_PRICE), (4, 900)] {
            let operator = RuntimeOrigin::signed(OPERATOR);
            assert_ok!(Marketplace::set_pool_price(operator, POOL, CATEGORY, Some(price)));
            let deadline = System::block_number() + 200;
            let task = request_until(20, trust, deadline);
            next_block();
            assert!(Tasks::<Test>::iter_values().any(|task| {
                task.contribution(&WORKER).is_some_and(|contribution| contribution.role == Role::Member)
            }));
            assert_ok!(Poco::cancel_deal(RuntimeOrigin::signed(REQUESTER), task.deal));
            // Nobody executes anything of it.
            while System::block_number() <= deadline && Tasks::<Test>::iter_keys().next().is_some() {
                for id in Tasks::<Test>::iter_keys().collect::<Vec<_>>() {
                    for who in drawn(id) {
                        let _ = Poco::decline(RuntimeOrigin::signed(who), id, DeclineReason::Unsupported);
                    }
                }
                next_block();
            }
            assert_eq!(Tasks::<Test>::iter_keys().count(), 0);
        }
        let operator = RuntimeOrigin::signed(OPERATOR);
        assert_ok!(Marketplace::set_pool_price(operator, POOL, CATEGORY, Some(POOL_PRICE)));
        assert!(talka_pallet_audit::Passes::<Test>::get(WORKER).contains(&CATEGORY));
        let task = drawn_for_it();
        assert_eq!(role(task, WORKER), Role::Alone { rate: Rate(500) });
    });
}

#[test]
fn pays_the_auditor_of_a_task_that_costs_nothing_the_floor() {
    Chain::of(3).execute(|| {
        let owner = RuntimeOrigin::signed(PROVIDER);
        assert_ok!(Marketplace::set_app_price(owner, APP, Some(0)));
        assert_ok!(Marketplace::set_pool_price(RuntimeOrigin::signed(OPERATOR), POOL, CATEGORY, Some(0)));
        let task = request(1, 4);
        assert_eq!(held(REQUESTER), FLOOR);
        next_block();
        let pair = drawn(task);
        assert!(pair.iter().all(|who| locked(*who) == 8 * FLOOR));
        let auditor = (WORKER..WORKER + 3).find(|who| !pair.contains(who)).unwrap();
        let before = wealth(auditor);
        for who in pair {
            assert_ok!(commit(who, task, 7));
        }
        agree_on(task, 7);
        assert_eq!(wealth(auditor) - before, FLOOR);
        assert_eq!(merit(auditor), FLOOR);
        // It is counted apart, and has moved the gate by what its audit has cost.
        let findings = Audit::findings()[0].findings;
        assert_eq!((findings.priced.accepted.count, findings.cheap.accepted.count), (0, 1));
        assert_eq!(talka_pallet_audit::Gates::<Test>::get(CATEGORY).clock, 1);
    });
}

#[test]
fn what_is_paid_for_an_app_is_at_stake_too() {
    Chain::of(3).bonded(WORKER, 10_000, 0).bonded(WORKER + 1, 10_000, 0).execute(|| {
        // The app's owner may operate the pool and be the worker.
        assert_ok!(Marketplace::set_app_price(RuntimeOrigin::signed(PROVIDER), APP, Some(900)));
        assert_ok!(Marketplace::set_pool_price(RuntimeOrigin::signed(OPERATOR), POOL, CATEGORY, Some(0)));
        let task = request(1, 4);
        assert_eq!(held(REQUESTER), 900 + 900);
        next_block();
        assert!(drawn(task).into_iter().all(|who| locked(who) == 8 * 900));
    });
}
