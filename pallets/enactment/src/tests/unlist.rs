use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use crate::{mock::*, Error, Event};

#[test]
fn keeps_a_call_from_being_enacted() {
    build_and_execute(|| {
        let call_hash = hash(&call(1));
        assert_ok!(Enactment::list(signed(HALF), call_hash));
        events();
        assert_ok!(Enactment::unlist(signed(HALF), call_hash));
        assert_eq!(events(), [Event::Unlisted { call_hash }]);
        System::set_block_number(1 + DELAY);
        assert_noop!(enact(call(1)), Error::<Test>::NotListed);
    });
}

#[test]
fn is_for_the_origin_that_lists() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        assert_noop!(Enactment::unlist(signed(MOST), hash(&call(1))), DispatchError::BadOrigin);
    });
}

#[test]
fn refuses_what_is_not_listed() {
    build_and_execute(|| {
        assert_noop!(Enactment::unlist(signed(HALF), hash(&call(1))), Error::<Test>::NotListed);
    });
}
