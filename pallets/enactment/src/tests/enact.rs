use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use crate::{mock::*, Error, Event, List};

/// Where the number of pages lies that `set_heap_pages` sets.
const HEAP_PAGES: &[u8] = b":heappages";

#[test]
fn dispatches_as_root_once() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(7))));
        System::set_block_number(1 + DELAY);
        events();
        assert_ok!(enact(call(7)));
        assert_eq!(events(), [Event::Enacted { call_hash: hash(&call(7)) }]);
        assert!(List::<Test>::get().is_empty());
        let pages = frame_support::storage::unhashed::get(HEAP_PAGES);
        assert_eq!(pages, Some(7u64));
        assert_noop!(enact(call(7)), Error::<Test>::NotListed);
    });
}

#[test]
fn refuses_a_call_in_the_block_in_which_it_is_listed_and_until_its_delay_is_over() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        for now in [1, 2, DELAY] {
            System::set_block_number(now);
            assert_noop!(enact(call(1)), Error::<Test>::TooEarly);
        }
        System::set_block_number(1 + DELAY);
        assert_ok!(enact(call(1)));
    });
}

#[test]
fn refuses_a_call_whose_time_is_over() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        System::set_block_number(2 + DELAY + WINDOW);
        assert_noop!(enact(call(1)), Error::<Test>::NotListed);
    });
}

#[test]
fn refuses_another_call_than_the_one_that_is_listed() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        System::set_block_number(1 + DELAY);
        assert_noop!(enact(call(2)), Error::<Test>::NotListed);
    });
}

#[test]
fn is_for_the_origin_that_enacts() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        System::set_block_number(1 + DELAY);
        let refused = Enactment::enact(signed(HALF), Box::new(call(1)));
        assert_noop!(refused, DispatchError::BadOrigin);
    });
}

#[test]
fn leaves_a_call_that_fails_on_the_list() {
    build_and_execute(|| {
        assert_ok!(Enactment::list(signed(HALF), hash(&signed_call())));
        System::set_block_number(1 + DELAY);
        assert_noop!(enact(signed_call()), DispatchError::BadOrigin);
        assert_eq!(List::<Test>::get().len(), 1);
    });
}

#[test]
fn waits_for_nothing_on_a_chain_that_begins_without_a_delay() {
    with_delay(Some(0), || {
        assert_ok!(Enactment::list(signed(HALF), hash(&call(1))));
        assert_ok!(enact(call(1)));
    });
}
