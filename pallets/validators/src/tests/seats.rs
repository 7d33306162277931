//! Validators as those who attest to deposits on Ethereum.

use talka_primitives::traits::Seats;

use super::*;

#[test]
fn are_those_of_the_session_that_is_under_way() {
    ExtBuilder::default().build_and_execute(|| {
        assert_eq!((Validators::max_seats(), <Validators as Seats<u64>>::session()), (8, 0));
        assert_eq!(<Validators as Seats<u64>>::seated(), SITTING);
        session();
        assert_eq!(<Validators as Seats<u64>>::session(), 1);
    });
}

#[test]
fn are_known_from_their_candidacy_until_their_stake_is_released() {
    ExtBuilder::default().build_and_execute(|| {
        assert!(Validators::is_known(&4) && !Validators::is_known(&EVE));
        assert_ok!(Validators::register(signed(EVE), STAKE));
        assert!(Validators::is_known(&EVE));
        assert_ok!(Validators::resign(signed(EVE)));
        while Validators::release(signed(EVE)).is_err() {
            assert!(Validators::is_known(&EVE));
            session();
        }
        assert!(!Validators::is_known(&EVE));
    });
}
