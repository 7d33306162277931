use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{
    traits::{Market, Membership, Standing},
    Admission, Score,
};

use super::*;
use crate::{Admissions, Error, Members};

fn strict() -> PoolPolicy {
    PoolPolicy { min_bond: 500, min_score: Score(12), admission: Admission::Approval, ..policy() }
}

fn stands(who: u64, bond: Balance, score: u32) {
    let standing = Standing { bond, score: Score(score), ..Standing::default() };
    Stakes::set(who, standing);
}

#[test]
fn of_an_open_pool_is_for_everybody() {
    build_and_execute(|| {
        open_market();
        assert_eq!(Marketplace::membership(&WORKER), None);
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        assert_eq!(events(), [Event::Joined { pool: POOL, worker: WORKER }]);
        assert_eq!(Marketplace::membership(&WORKER), Some(Membership { pool: POOL, policy: policy() }));
    });
}

#[test]
fn needs_all_that_the_policy_asks_for() {
    build_and_execute(|| {
        assert_ok!(publish_pool(strict()));
        let join = || Marketplace::join_pool(signed(WORKER), POOL, None);
        stands(WORKER, 500, 12);
        assert_noop!(join(), Error::<Test>::NotAdmitted);
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
        stands(WORKER, 499, 12);
        assert_noop!(join(), Error::<Test>::BondTooSmall);
        stands(WORKER, 500, 11);
        assert_noop!(join(), Error::<Test>::ScoreTooLow);
        stands(WORKER, 500, 12);
        assert_ok!(join());
    });
}

#[test]
fn is_in_one_pool_at_a_time() {
    build_and_execute(|| {
        assert_ok!(publish_pool(policy()));
        assert_ok!(publish_pool(policy()));
        assert_ok!(Marketplace::join_pool(signed(WORKER), PoolId(0), None));
        for pool in [PoolId(0), PoolId(1)] {
            assert_noop!(Marketplace::join_pool(signed(WORKER), pool, None), Error::<Test>::AlreadyAMember);
        }
        assert_ok!(Marketplace::leave_pool(signed(WORKER)));
        assert_ok!(Marketplace::join_pool(signed(WORKER), PoolId(1), None));
    });
}

#[test]
fn ends_when_the_worker_leaves() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        events();
        assert_ok!(Marketplace::leave_pool(signed(WORKER)));
        assert_eq!(events(), [Event::Left { pool: POOL, worker: WORKER }]);
        assert_eq!((Members::<Test>::get(WORKER), Gone::get()), (None, vec![WORKER]));
        assert_noop!(Marketplace::leave_pool(signed(WORKER)), Error::<Test>::NotAMember);
    });
}

#[test]
fn ends_when_the_operator_says_so() {
    build_and_execute(|| {
        assert_ok!(publish_pool(PoolPolicy { admission: Admission::Approval, ..policy() }));
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        events();
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER));
        assert_eq!(events(), [Event::Dismissed { pool: POOL, worker: WORKER }]);
        assert_eq!((Members::<Test>::get(WORKER), Gone::get()), (None, vec![WORKER]));
        assert_noop!(Marketplace::join_pool(signed(WORKER), POOL, None), Error::<Test>::NotAdmitted);
    });
}

#[test]
fn does_not_end_in_the_middle_of_a_task() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        Busy::mutate(|busy| busy.insert(WORKER));
        let busy = DispatchError::Other("the worker is busy");
        assert_noop!(Marketplace::leave_pool(signed(WORKER)), busy);
        assert_noop!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER), busy);
    });
}

#[test]
fn can_be_refused_before_it_begins() {
    build_and_execute(|| {
        assert_ok!(publish_pool(PoolPolicy { admission: Admission::Approval, ..policy() }));
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
        assert_eq!(events().last(), Some(&Event::Admitted { pool: POOL, worker: WORKER }));
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER));
        assert!(!Admissions::<Test>::contains_key(POOL, WORKER));
        assert_noop!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER), Error::<Test>::NotAMember);
    });
}

#[test]
fn of_another_pool_is_out_of_reach() {
    build_and_execute(|| {
        assert_ok!(publish_pool(policy()));
        assert_ok!(publish_pool(policy()));
        assert_ok!(Marketplace::join_pool(signed(WORKER), PoolId(1), None));
        assert_noop!(Marketplace::dismiss(signed(OPERATOR), PoolId(0), WORKER), Error::<Test>::NotAMember);
    });
}

#[test]
fn is_up_to_the_operator() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        assert_noop!(Marketplace::admit(signed(WORKER), POOL, STRANGER), Error::<Test>::NotOwner);
        assert_noop!(Marketplace::dismiss(signed(STRANGER), POOL, WORKER), Error::<Test>::NotOwner);
    });
}

#[test]
fn of_an_unknown_pool_cannot_be() {
    build_and_execute(|| {
        assert_noop!(Marketplace::join_pool(signed(WORKER), POOL, None), Error::<Test>::UnknownPool);
        assert_noop!(Marketplace::admit(signed(OPERATOR), POOL, WORKER), Error::<Test>::UnknownPool);
        assert_noop!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER), Error::<Test>::UnknownPool);
    });
}

/// Those of a pool without members can change in the block in which somebody joins it.
#[test]
fn on_stated_terms_is_for_who_agrees_to_those_in_force() {
    build_and_execute(|| {
        open_market();
        let terms = PoolPolicy { operator_share: Share(99), ..policy() };
        let join = |terms| Marketplace::join_pool(signed(WORKER), POOL, Some(terms));
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, terms));
        assert_noop!(join(policy()), Error::<Test>::TermsChanged);
        assert_ok!(join(terms));
    });
}
