//! Which workers work alone, what they lock, and the effects of audits.

use super::agreement::{agree, agree_on, phase, until_revealing};
use crate::{mock::*, Event, Tasks};
use frame_support::assert_ok;
use talka_primitives::{
    audit::{Assurance, Kind},
    task::{Phase, Role},
    Rate, TaskId,
};

/// Its merit is ten times and more what it takes to work alone at trust 4, also when it has faded by a half. Its bond covers
/// the collateral.
const SEASONED: u32 = 2_000;
/// 39 values and a unit.
const COLLATERAL: u128 = 39 * POOL_PRICE + 1;

fn role(task: TaskId, who: u64) -> Role {
    Tasks::<Test>::get(task).unwrap().contribution(&who).unwrap().role
}

/// One worker that may work alone, in a pool with some that may not, is the only one with a free slot.
fn alone() -> Chain {
    Chain::of(4).bonded(WORKER, 40 * POOL_PRICE * 100, SEASONED).passed(WORKER)
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
    Chain::of(4).bonded(WORKER, 400_000, 100).passed(WORKER).execute(|| {
        let task = drawn_for_it();
        assert_eq!(role(task, WORKER), Role::Alone { rate: Rate(2_000) });
        assert_eq!(locked(WORKER), 9 * POOL_PRICE + 1);
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
        let findings = Audit::findings()[0].findings;
        assert_eq!(findings.audited, audited);
        assert_eq!(findings.wrong, 0);
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
        assert_eq!((view.findings.accepted, view.findings.audited), (20, 0));
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
        assert_eq!((view.findings.accepted, view.findings.audited, view.findings.wrong), (1, 0, 0));
    });
}

#[test]
fn draws_the_lot_in_the_block_after_and_not_before() {
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        for who in drawn(task) {
            assert_ok!(commit(who, task, 7));
        }
        // The end of the block of the agreement is too early: its author may have agreed.
        next_block();
        assert_eq!(crate::LotEnds::<Test>::get().length(), 1);
        assert!(matches!(phase(task), Phase::Agreed { .. }));
        next_block();
        System::assert_has_event(Event::AuditBegun { task }.into());
    });
}

#[test]
fn draws_auditors_from_all_pools() {
    Chain::of(3).execute(|| {
        assert_ok!(Marketplace::publish_pool(
            RuntimeOrigin::signed(OPERATOR),
            Default::default(),
            Default::default(),
            talka_primitives::Tags(0)
        ));
        let other = talka_primitives::PoolId(1);
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(WORKER), other));
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
        assert_eq!(merit(WORKER), POOL_PRICE);
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
