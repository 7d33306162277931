use super::*;

#[test]
fn gives_the_deposit_back() {
    ExtBuilder::default().build_and_execute(|| {
        let before = Balances::free_balance(EVE);
        assert_ok!(Validators::forget_keys(signed(EVE)));
        assert_eq!(Balances::free_balance(EVE), before + 50);
        assert!(!<Test as crate::Config>::Sessions::has_keys(&EVE));
        assert_eq!(events(), [Event::KeysForgotten { who: EVE }]);
        assert_noop!(Validators::forget_keys(signed(EVE)), Error::<Test>::NoKeys);
    });
}

#[test]
fn refuses_while_a_seat_needs_them() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), MIN_STAKE));
        assert_noop!(Validators::forget_keys(signed(EVE)), Error::<Test>::KeysNeeded);
        assert_ok!(Validators::resign(signed(4)));
        for _ in 0..2 {
            assert_noop!(Validators::forget_keys(signed(4)), Error::<Test>::KeysNeeded);
            session();
        }
        assert_eq!(seated(), [1, 2, 3, EVE]);
        assert_ok!(Validators::forget_keys(signed(4)));
    });
}
