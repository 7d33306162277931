use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use crate::{mock::*, Error, Event, List};

#[test]
fn says_from_when_and_until_when_the_call_can_be_enacted() {
    build_and_execute(|| {
        let call_hash = hash(&call(1));
        assert_ok!(Enactment::list(signed(HALF), call_hash));
        assert_eq!(events(), [Event::Listed { call_hash, from: 1 + DELAY, until: 1 + DELAY + WINDOW }]);
    });
}

#[test]
fn is_for_the_origin_that_lists() {
    build_and_execute(|| {
        assert_noop!(Enactment::list(signed(MOST), hash(&call(1))), DispatchError::BadOrigin);
        assert_noop!(Enactment::list(RuntimeOrigin::root(), hash(&call(1))), DispatchError::BadOrigin);
    });
}

#[test]
fn refuses_what_is_listed_so_that_no_delay_is_prolonged() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        System::set_block_number(1 + DELAY + WINDOW);
        assert_noop!(Enactment::list(signed(HALF), hash(&call(1))), Error::<Test>::AlreadyListed);
    });
}

#[test]
fn drops_what_nobody_enacted_in_time() {
    build_and_execute(|| {
        for number in 0..MAX_LISTED {
            assert_ok!(Enactment::list(signed(HALF), hash(&call(number.into()))));
        }
        assert_noop!(Enactment::list(signed(HALF), hash(&call(9))), Error::<Test>::TooManyListed);
        System::set_block_number(2 + DELAY + WINDOW);
        assert_ok!(Enactment::list(signed(HALF), hash(&call(0))));
        assert_eq!(List::<Test>::get().len(), 1);
    });
}
