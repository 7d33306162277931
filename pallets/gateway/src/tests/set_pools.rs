use frame_support::assert_noop;
use sp_runtime::DispatchError;
use talka_primitives::gateway::Pools as PoolList;

use super::*;
use crate::{Error, Pools};

fn pools(ids: &[PoolId]) -> PoolList {
    ids.to_vec().try_into().unwrap()
}

#[test]
fn names_the_pools_for_orders_that_name_none() {
    build_and_execute(|| {
        Gateway::set_pools(RuntimeOrigin::root(), pools(&[CHEAP_POOL, POOL])).unwrap();
        assert_eq!(events(), [Event::PoolsSet { pools: pools(&[CHEAP_POOL, POOL]) }]);
        assert_eq!(Pools::<Test>::get(), pools(&[CHEAP_POOL, POOL]));
        Gateway::set_pools(RuntimeOrigin::root(), pools(&[])).unwrap();
        assert_eq!(Pools::<Test>::get(), pools(&[]));
    });
}

#[test]
fn is_refused_with_a_pool_that_is_named_twice() {
    build_and_execute(|| {
        assert_noop!(
            Gateway::set_pools(RuntimeOrigin::root(), pools(&[POOL, CHEAP_POOL, POOL])),
            Error::<Test>::PoolNamedTwice
        );
    });
}

#[test]
fn is_for_governance_alone() {
    build_and_execute(|| {
        assert_noop!(Gateway::set_pools(signed(OPERATOR), pools(&[POOL])), DispatchError::BadOrigin);
    });
}
