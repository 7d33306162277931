use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};

#[test]
fn is_refused_to_who_was_never_online() {
    Chain::default().execute(|| {
        assert_noop!(Poco::heartbeat(RuntimeOrigin::signed(REQUESTER)), Error::<Test>::NotOnline);
    });
}

#[test]
fn is_refused_too_early_and_without_a_task() {
    Chain::of(1).execute(|| {
        let heartbeat = || Poco::heartbeat(RuntimeOrigin::signed(WORKER));
        assert_noop!(heartbeat(), Error::<Test>::TooEarly);
        request(1, 1);
        next_block();
        assert_ok!(heartbeat());
        assert_noop!(heartbeat(), Error::<Test>::TooEarly);
        run_to(System::block_number() + HEARTBEAT / 2);
        assert_ok!(heartbeat());
    });
}
