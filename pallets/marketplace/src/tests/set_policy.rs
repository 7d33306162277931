use frame_support::{assert_noop, assert_ok};
use talka_primitives::{Admission, Score};

use super::*;
use crate::{Error, Members};

#[test]
fn changes_the_terms_and_keeps_the_members() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL));
        events();
        let policy = PoolPolicy {
            worker_stake_ratio: Share(100),
            operator_share: Share(0),
            min_bond: 1_000,
            min_score: Score(12),
            admission: Admission::Approval,
        };
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, policy));
        assert_eq!(events(), [Event::PoolPolicySet { pool: POOL, policy }]);
        assert_eq!(Pools::<Test>::get(POOL).unwrap().policy, policy);
        assert_eq!(Members::<Test>::get(WORKER), Some(POOL));
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
