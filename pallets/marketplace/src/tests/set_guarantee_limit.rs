use frame_support::{assert_noop, assert_ok};
use talka_primitives::traits::Market;

use super::*;
use crate::Error;

#[test]
fn bounds_what_is_held_of_the_operator() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, 3 * GUARANTEE));
        assert_eq!(events(), [Event::GuaranteeLimitSet { pool: POOL, limit: 3 * GUARANTEE }]);
        let request = |tasks| Marketplace::request(signed(REQUESTER), order(tasks));
        assert_noop!(request(4), Error::<Test>::GuaranteeOverLimit);
        assert_ok!(request(2));
        assert_noop!(request(2), Error::<Test>::GuaranteeOverLimit);
        assert_ok!(request(1));
        assert_noop!(request(1), Error::<Test>::GuaranteeOverLimit);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 3 * GUARANTEE);
    });
}

#[test]
fn can_be_lower_than_what_is_held_which_stays() {
    build_and_execute(|| {
        deal(2);
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, GUARANTEE));
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 2 * GUARANTEE);
        let request = || Marketplace::request(signed(REQUESTER), order(1));
        assert_noop!(request(), Error::<Test>::GuaranteeOverLimit);
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, 0));
        assert_noop!(request(), Error::<Test>::GuaranteeOverLimit);
    });
}

#[test]
fn leaves_room_when_tasks_end() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, GUARANTEE));
        let request = || Marketplace::request(signed(REQUESTER), order(1));
        for id in 0..2 {
            assert_ok!(request());
            assert_noop!(request(), Error::<Test>::GuaranteeOverLimit);
            Marketplace::release_guarantee(&Deals::<Test>::get(DealId(id)).unwrap(), 1);
        }
    });
}

#[test]
fn is_not_needed_for_work_for_nothing() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(0)));
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, 0));
        assert_ok!(Marketplace::request(signed(REQUESTER), order(5)));
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 0);
    });
}

#[test]
fn counts_what_is_held_for_the_other_pools_of_the_operator() {
    build_and_execute(|| {
        deal(2);
        assert_ok!(publish_pool(policy()));
        let other = PoolId(1);
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), other, XS, Some(POOL_PRICE)));
        let request = || Marketplace::request(signed(REQUESTER), Request { pool: other, ..order(1) });
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), other, 2 * GUARANTEE));
        assert_noop!(request(), Error::<Test>::GuaranteeOverLimit);
        assert_ok!(Marketplace::set_guarantee_limit(signed(OPERATOR), other, 3 * GUARANTEE));
        assert_ok!(request());
    });
}

#[test]
fn of_a_new_operator_has_nothing_to_do_with_what_is_held_of_the_former() {
    build_and_execute(|| {
        let first = deal(2);
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        assert_ok!(Marketplace::accept_pool(signed(STRANGER), POOL, GUARANTEE));
        let request = || Marketplace::request(signed(REQUESTER), order(1));
        assert_ok!(request());
        assert_noop!(request(), Error::<Test>::GuaranteeOverLimit);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 2 * GUARANTEE);
        assert_eq!(held(HoldReason::Guarantee, STRANGER), GUARANTEE);
        Marketplace::release_guarantee(&first, 2);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 0);
    });
}

#[test]
fn is_up_to_the_operator() {
    build_and_execute(|| {
        let set = |who| Marketplace::set_guarantee_limit(signed(who), POOL, 5);
        assert_noop!(set(OPERATOR), Error::<Test>::UnknownPool);
        open_market();
        assert_noop!(set(STRANGER), Error::<Test>::NotOwner);
    });
}
