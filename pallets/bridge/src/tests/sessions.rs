//! Validators that come and go.

use super::*;

#[test]
fn drop_what_was_attested_for_those_that_left() {
    build_and_execute(|| {
        let vault = Vault::with(2);
        attest(&[ONE, TWO], vault.truth(2));
        next_session(&[TWO, THREE, FOUR, EVE]);
        assert!(attested(&ONE).is_empty());
        assert_eq!(attested(&TWO), [vault.truth(2)]);
        assert_noop!(Bridge::attest(signed(ONE), vault.truth(2)), Error::<Test>::NotSeated);
        // And it is not there again when the validator comes back.
        next_session(&SEATED);
        assert!(attested(&ONE).is_empty());
        attest(&[THREE], vault.truth(2));
        let refused = Bridge::credit(signed(BOB), vault.batch(0, 2));
        assert_noop!(refused, Error::<Test>::NotAccepted);
        attest(&[ONE], vault.truth(2));
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 2)));
    });
}

#[test]
fn count_the_seats_of_now() {
    build_and_execute(|| {
        let vault = Vault::with(2);
        attest(&[ONE, TWO], vault.truth(2));
        let of_four = Bridge::credit(signed(BOB), vault.batch(0, 2));
        assert_noop!(of_four, Error::<Test>::NotAccepted);
        next_session(&[ONE, TWO]);
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 2)));
    });
}

#[test]
fn drop_nothing_while_a_session_goes_on() {
    build_and_execute(|| {
        let vault = Vault::with(2);
        attest(&SEATED, vault.truth(1));
        next_block();
        next_session(&SEATED);
        for validator in SEATED {
            assert_eq!(attested(&validator), [vault.truth(1)]);
        }
    });
}

#[test]
fn cost_what_there_is_to_drop() {
    use frame_support::traits::Hooks;
    build_and_execute(|| {
        let now = System::block_number();
        let usual = Bridge::on_initialize(now);
        attest(&SEATED, Vault::with(1).truth(1));
        Session::set(1);
        let first = Bridge::on_initialize(now);
        assert!(first.ref_time() > usual.ref_time());
        assert_eq!(Bridge::on_initialize(now), usual);
    });
}
