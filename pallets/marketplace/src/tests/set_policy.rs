use frame_support::{assert_noop, assert_ok};
use talka_primitives::{asset::Announced, traits::Market, Admission, Score};

use super::*;
use crate::{Error, Members};

fn other() -> PoolPolicy {
    PoolPolicy {
        worker_stake_ratio: Share(100),
        operator_share: Share(100),
        min_bond: 1_000,
        min_score: Score(12),
        min_price: 3,
        admission: Admission::Approval,
    }
}

/// The market, with a member of the pool.
fn with_a_member() {
    open_market();
    assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
    events();
}

/// The policy on which a member works now, and the terms of a deal that is made now.
fn in_force() -> PoolPolicy {
    let policy = Marketplace::membership(&WORKER).unwrap().policy;
    assert_eq!(Marketplace::pool(POOL).unwrap().policy, policy);
    let id = crate::NextDealId::<Test>::get();
    assert_ok!(Marketplace::request(signed(REQUESTER), order(1)));
    assert_eq!(Deals::<Test>::get(id).unwrap().operator_share, policy.operator_share);
    events();
    policy
}

#[test]
fn changes_a_pool_without_members_at_once() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        assert_eq!(events(), [Event::PoolPolicySet { pool: POOL, policy: other() }]);
        let pool = Pools::<Test>::get(POOL).unwrap();
        assert_eq!((pool.policy, pool.announced), (other(), None));
    });
}

#[test]
fn of_a_pool_with_members_cannot_change_before_they_could_leave() {
    build_and_execute(|| {
        with_a_member();
        let from = 1 + NOTICE;
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        assert_eq!(events(), [Event::PoolPolicyAnnounced { pool: POOL, policy: other(), from }]);
        let announced = Some(Announced { policy: other(), from });
        assert_eq!(Marketplace::pool(POOL).unwrap().announced, announced);
        System::set_block_number(from - 1);
        assert_eq!(in_force(), policy());
        System::set_block_number(from);
        assert_eq!(in_force(), other());
        assert_eq!(Marketplace::pool(POOL).unwrap().announced, None);
        assert_eq!(Members::<Test>::get(WORKER).map(|member| member.pool), Some(POOL));
    });
}

#[test]
fn is_not_lost_when_something_else_of_the_pool_changes() {
    build_and_execute(|| {
        with_a_member();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(POOL_PRICE)));
        System::set_block_number(1 + NOTICE);
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(POOL_PRICE)));
        assert_eq!(in_force(), other());
    });
}

#[test]
fn that_is_announced_later_takes_the_place_of_the_earlier_with_a_notice_of_its_own() {
    build_and_execute(|| {
        with_a_member();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        System::set_block_number(NOTICE);
        let milder = PoolPolicy { operator_share: Share(6), ..policy() };
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, milder));
        System::set_block_number(2 * NOTICE - 1);
        assert_eq!(in_force(), policy());
        System::set_block_number(2 * NOTICE);
        assert_eq!(in_force(), milder);
    });
}

#[test]
fn that_is_in_force_withdraws_what_was_announced() {
    build_and_execute(|| {
        with_a_member();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        events();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, policy()));
        assert_eq!(events(), [Event::PoolPolicySet { pool: POOL, policy: policy() }]);
        System::set_block_number(1 + NOTICE);
        assert_eq!(in_force(), policy());
    });
}

#[test]
fn waits_for_the_last_member_only() {
    build_and_execute(|| {
        with_a_member();
        assert_ok!(Marketplace::join_pool(signed(STRANGER), POOL, None));
        assert_ok!(Marketplace::leave_pool(signed(WORKER)));
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, STRANGER));
        events();
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, other()));
        assert_eq!(events(), [Event::PoolPolicySet { pool: POOL, policy: other() }]);
    });
}

#[test]
fn refuses_bad_input() {
    build_and_execute(|| {
        assert_noop!(
            Marketplace::set_pool_policy(signed(OPERATOR), POOL, policy()),
            Error::<Test>::UnknownPool
        );
        open_market();
        assert_noop!(Marketplace::set_pool_policy(signed(STRANGER), POOL, policy()), Error::<Test>::NotOwner);
        let greedy = PoolPolicy { operator_share: Share(101), ..policy() };
        assert_noop!(
            Marketplace::set_pool_policy(signed(OPERATOR), POOL, greedy),
            Error::<Test>::InvalidPolicy
        );
    });
}
