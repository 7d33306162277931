//! Restricted deals: who executes their tasks, what stands behind the results, and what they leave as it is.

use super::agreement::{agree, agree_on, phase, until_revealing};
use crate::{mock::*, Event, Outcomes, Summons, Tasks};
use core::ops::Range;
use frame_support::{assert_noop, assert_ok};
use proptest::prelude::*;
use sp_runtime::{DispatchError, DispatchResult};
use talka_pallet_marketplace::{Deals, Error as MarketError, Members, NextDealId};
use talka_primitives::{
    audit::{Assurance, Kind},
    matching::Request,
    restriction::ENOUGH,
    task::{DeclineReason::DataUnavailable, Phase, Role},
    view::Outcome,
    DealId, PoolId, Tags, TaskId,
};

const OTHER: PoolId = PoolId(1);

/// Workers of the pool.
fn inside() -> Range<u64> {
    WORKER..WORKER + 6
}

/// Workers of another pool.
fn outside() -> Range<u64> {
    WORKER + 6..WORKER + 10
}

/// Six workers in the pool, and four in another one whose bonds are so large that they are drawn nearly always where they can
/// be.
fn two_pools(test: impl FnOnce()) {
    let rich = |chain: Chain, who| chain.bonded(who, 100 * BOND, 0);
    outside().fold(Chain::of(10), rich).execute(|| {
        publish_other();
        for who in outside() {
            assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(who)));
            assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(who), OTHER, None));
            assert_ok!(Poco::go_online(RuntimeOrigin::signed(who), 1, Default::default()));
        }
        test();
    });
}

fn publish_other() {
    assert_ok!(Marketplace::publish_pool(
        RuntimeOrigin::signed(OPERATOR),
        Default::default(),
        Default::default(),
        Tags(0),
        0
    ));
}

fn request_restricted(tasks: u32, trust: u32) -> DispatchResult {
    let order = order(APP, tasks, trust, System::block_number() + 200);
    Marketplace::request(RuntimeOrigin::signed(REQUESTER), Request { restricted: true, ..order })
}

/// Buy a bag that is restricted to the pool; its first task.
fn restricted(tasks: u32, trust: u32) -> TaskId {
    let deal = NextDealId::<Test>::get();
    assert_ok!(request_restricted(tasks, trust));
    TaskId { deal, index: 0 }
}

fn assurance(deal: DealId) -> Assurance {
    Deals::<Test>::get(deal).unwrap().assurance
}

/// Who has a part in a task, and what for.
fn parts(task: TaskId) -> Vec<(u64, Role)> {
    let contributions = Tasks::<Test>::get(task).unwrap().contributions;
    contributions.iter().map(|contribution| (contribution.worker, contribution.role)).collect()
}

fn auditors(task: TaskId) -> Vec<u64> {
    let parts = parts(task).into_iter().filter(|(_, role)| *role == Role::Auditor);
    parts.map(|(who, _)| who).collect()
}

#[test]
fn are_audited_by_workers_of_the_pool_only() {
    two_pools(|| {
        // Others are audited from outside.
        let open = request(1, 4);
        next_block();
        for who in drawn(open) {
            assert_ok!(commit(who, open, 7));
        }
        until_revealing(open, 7);
        assert!(outside().contains(&auditors(open)[0]));
        agree_on(open, 7);
        for _ in 0..20 {
            let task = restricted(1, 4);
            assert_eq!(assurance(task.deal), Assurance::Internal);
            next_block();
            for who in drawn(task) {
                assert_ok!(commit(who, task, 7));
            }
            until_revealing(task, 7);
            assert_eq!(auditors(task).len(), 1);
            assert!(parts(task).iter().all(|(who, _)| inside().contains(who)));
            agree_on(task, 7);
            assert!(matches!(
                Outcomes::<Test>::get(task),
                Some(Outcome::Completed { assurance: Assurance::Internal, .. })
            ));
        }
    });
}

#[test]
fn wait_for_an_auditor_of_the_pool_though_others_are_idle() {
    two_pools(|| {
        let task = restricted(1, 4);
        next_block();
        let pair = drawn(task);
        for who in inside().filter(|who| !pair.contains(who)) {
            assert_ok!(Poco::go_offline(RuntimeOrigin::signed(who)));
        }
        for who in pair.iter().copied() {
            assert_ok!(commit(who, task, 7));
        }
        run_to(System::block_number() + 6);
        assert!(matches!(phase(task), Phase::Audit { .. }));
        assert!(auditors(task).is_empty());
        let third = inside().find(|who| !pair.contains(who)).unwrap();
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(third), 1, Default::default()));
        next_block();
        assert_eq!(auditors(task), [third]);
        agree_on(task, 7);
    });
}

#[test]
fn have_no_jury_and_blame_nobody_for_what_others_of_the_pool_say() {
    two_pools(|| {
        let task = restricted(1, 4);
        next_block();
        let [outvoted, second] = drawn(task)[..] else { panic!("two are drawn") };
        assert_eq!(locked(outvoted), STAKE, "no more than the pool asks for: nobody can be convicted");
        assert_ok!(commit(outvoted, task, 66));
        assert_ok!(commit(second, task, 7));
        // Two results of a deterministic app: more workers of the pool are drawn.
        assert_eq!(phase(task), Phase::Active);
        next_block();
        assert_eq!(drawn(task).len(), 3);
        agree(task, 7);
        assert!(was_paid_inside(task.deal));
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!((wealth(outvoted), locked(outvoted)), (ENDOWMENT, 0));
        assert!(inside().all(|who| merit(who) == 0), "audits inside a pool earn no merit");
        assert_eq!((Summons::<Test>::iter().count(), Fines::get()), (0, Vec::new()));
        // What is paid inside a pool moves no gate, and nothing of it is in the published bound.
        let [view] = Audit::findings().try_into().unwrap();
        assert_eq!(view.kind, Kind { category: CATEGORY, assurance: Assurance::Internal });
        let counts = view.findings.priced;
        assert_eq!((counts.accepted.count, counts.audited.count), (1, 0));
        assert_eq!(talka_pallet_audit::Gates::<Test>::get(CATEGORY).clock, 0);
    });
}

/// Whether all that were paid for a deal in this block are workers of the pool, and no jury was drawn.
fn was_paid_inside(deal: DealId) -> bool {
    let told = talka_pallet_test_support::events::<Test, Event<Test>>();
    told.into_iter().all(|event| match event {
        Event::WorkerPaid { task, worker, .. } => task.deal != deal || inside().contains(&worker),
        Event::Disputed { task } | Event::JurySeated { task, .. } => task.deal != deal,
        _ => true,
    })
}

#[test]
fn cost_nobody_its_name_for_an_absence_or_a_decline_and_earn_none() {
    let reputed = |chain: Chain, who| chain.bonded(who, BOND, 50);
    inside().fold(Chain::of(6), reputed).execute(|| {
        // Their weight is 15.
        let task = restricted(1, 16);
        let before: Vec<_> = inside().map(ledger).collect();
        next_block();
        let [absent, other] = drawn(task)[..] else { panic!("two are drawn") };
        assert_ok!(commit(other, task, 7));
        run_to(System::block_number() + 3 * HEARTBEAT + 1);
        System::assert_has_event(Event::WorkerAbsent { task, worker: absent }.into());
        let declining = drawn(task)[0];
        assert_ok!(Poco::decline(RuntimeOrigin::signed(declining), task, DataUnavailable));
        next_block();
        agree(task, 7);
        assert_eq!(progress(task.deal).completed, 1);
        for who in [absent, declining] {
            assert_eq!((wealth(who), locked(who)), (ENDOWMENT, 0));
        }
        assert!(inside().zip(&before).all(|(who, before)| merit(who) == left_of(before)));
        assert_eq!(crate::Workers::<Test>::get(declining).unwrap().reliability.declined, 0);
    });
}

#[test]
fn say_their_assurance_and_are_refused_where_nobody_reaches_the_trust() {
    Chain::of(3).execute(|| {
        let leave = |who| Marketplace::leave_pool(RuntimeOrigin::signed(who)).unwrap();
        let refused: DispatchError = MarketError::<Test>::TrustOutOfReach.into();
        let internal = restricted(1, 4);
        assert_eq!((assurance(internal.deal), held(REQUESTER)), (Assurance::Internal, 2 * VALUE));
        assert_noop!(request_restricted(1, 9), refused);
        // A worker that is offline may be back before the deadline.
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(WORKER)));
        assert_eq!(assurance(restricted(1, 4).deal), Assurance::Internal);
        leave(WORKER);
        let before = held(REQUESTER);
        let unaudited = restricted(1, 4);
        assert_eq!((assurance(unaudited.deal), held(REQUESTER)), (Assurance::Unaudited, before + VALUE));
        assert_noop!(request_restricted(1, 5), refused);
        leave(WORKER + 1);
        assert_noop!(request_restricted(1, 3), refused);
        assert_eq!(assurance(restricted(1, 2).deal), Assurance::Unaudited);
        assert_eq!(assurance(restricted(1, 1).deal), Assurance::Unverified);
        leave(WORKER + 2);
        assert_noop!(request_restricted(1, 1), refused);
        // What is for everybody may wait for workers.
        assert_eq!(assurance(request(1, 4).deal), Assurance::Adjudicated);
    });
}

#[test]
fn are_accepted_without_an_audit_where_the_pool_has_nobody_to_spare() {
    Chain::of(2).execute(|| {
        let task = restricted(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        assert!(matches!(phase(task), Phase::Revealing { .. }));
        agree_on(task, 7);
        assert!(matches!(
            Outcomes::<Test>::get(task),
            Some(Outcome::Completed { assurance: Assurance::Unaudited, .. })
        ));
        assert_eq!(wealth(REQUESTER), ENDOWMENT - VALUE);
        assert_eq!([WORKER, WORKER + 1].map(merit), [0, 0]);
    });
}

#[test]
fn see_no_more_workers_than_are_enough() {
    Chain::of(u64::from(ENOUGH) + 1).execute(|| {
        let insiders = Poco::insiders_of(POOL);
        assert_eq!((insiders.known.len(), insiders.more), (ENOUGH as usize, true));
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        let insiders = Poco::insiders_of(POOL);
        assert_eq!((insiders.known.len(), insiders.more), (ENOUGH as usize, false));
        assert!(insiders.known.iter().all(|worker| worker.bond == BOND && worker.merit.0 == 0));
        assert!(Poco::insiders_of(OTHER).known.is_empty());
    });
}

#[derive(Clone, Debug)]
enum Act {
    Buy { restricted: bool, tasks: u32, trust: u32 },
    Work { who: u64, result: u8 },
    Decline { who: u64 },
    Move { who: u64, pool: PoolId },
    Blocks(u32),
}

fn acts() -> impl Strategy<Value = Act> {
    let who = || WORKER..WORKER + 8;
    let result = prop_oneof![3 => Just(7u8), 1 => 0u8..3];
    let pool = prop_oneof![Just(POOL), Just(OTHER)];
    prop_oneof![
        2 => (prop::bool::weighted(0.7), 1u32..4, prop_oneof![Just(1u32), 2u32..10])
            .prop_map(|(restricted, tasks, trust)| Act::Buy { restricted, tasks, trust }),
        12 => (prop_oneof![4 => who(), 1 => 200u64..207], result)
            .prop_map(|(who, result)| Act::Work { who, result }),
        1 => who().prop_map(|who| Act::Decline { who }),
        2 => (who(), pool).prop_map(|(who, pool)| Act::Move { who, pool }),
        5 => (1u32..6).prop_map(Act::Blocks),
    ]
}

/// Many acts are refused, which is part of the promise.
fn act(act: Act) {
    let as_worker = RuntimeOrigin::signed;
    match act {
        Act::Buy { restricted, tasks, trust } => {
            let order = order(APP, tasks, trust, System::block_number() + LEAST_AUDITED + 20);
            let _ = Marketplace::request(as_worker(REQUESTER), Request { restricted, ..order });
        }
        Act::Work { who, result } => {
            for task in Tasks::<Test>::iter_keys().collect::<Vec<_>>() {
                let _ = commit(who, task, result);
                let _ = (0..8).any(|shown| reveal(who, task, shown).is_ok());
            }
        }
        Act::Decline { who } => {
            let assigned =
                crate::Workers::<Test>::get(who).and_then(|worker| worker.assigned.first().copied());
            if let Some(task) = assigned {
                let _ = Poco::decline(as_worker(who), task, DataUnavailable);
            }
        }
        Act::Move { who, pool } => {
            let _ = Marketplace::leave_pool(as_worker(who));
            let _ = Marketplace::join_pool(as_worker(who), pool, None);
            let _ = Poco::go_online(as_worker(who), 1, Default::default());
        }
        Act::Blocks(blocks) => {
            for _ in 0..blocks {
                next_block();
                keep_inside();
            }
        }
    }
    keep_inside();
}

/// Since the last check, only workers of its pool have got a part in a task of a restricted deal.
fn keep_inside() {
    let is_internal = |task: TaskId| assurance(task.deal).is_internal();
    for event in talka_pallet_test_support::events::<Test, Event<Test>>() {
        match event {
            Event::TaskAssigned { task, worker, .. } => {
                let pool = Deals::<Test>::get(task.deal).unwrap().pool;
                let is_inside = Members::<Test>::get(worker).is_some_and(|member| member.pool == pool);
                assert!(!is_internal(task) || is_inside);
            }
            Event::Disputed { task } | Event::JurySeated { task, .. } => assert!(!is_internal(task)),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stay_inside_in_any_course_of_events(course in proptest::collection::vec(acts(), 1..60)) {
        Chain::of(8).bonded(WORKER, 10_000, 1_000).execute(|| {
            publish_other();
            for next in course {
                act(next);
                check().unwrap();
            }
            // All of them end, and nothing stays held or locked.
            for _ in 0..LEAST_AUDITED + 20 + 2 * (RUN_TIME + GRACE + REVEAL_PERIOD + 3) {
                next_block();
                keep_inside();
            }
            prop_assert_eq!(Tasks::<Test>::iter_keys().count(), 0);
            prop_assert!((WORKER..WORKER + 8).all(|who| locked(who) == 0));
            prop_assert_eq!((held(REQUESTER), held(OPERATOR)), (0, 0));
            Ok(())
        })?;
    }
}
