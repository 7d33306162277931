use super::*;
use talka_primitives::traits;

#[test]
fn lets_an_account_attest_for_the_validator() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        assert_noop!(Bridge::attest(signed(KEY), vault.truth(1)), Error::<Test>::NotSeated);
        assert_ok!(Bridge::set_attester(signed(ONE), Some(KEY)));
        assert_eq!(events(), [Event::AttesterSet { validator: ONE, attester: Some(KEY) }]);
        assert_ok!(Bridge::attest(signed(KEY), vault.truth(1)));
        assert_eq!(attested(&ONE), [vault.truth(1)]);
        // It has no other right.
        assert_noop!(Bridge::set_attester(signed(KEY), None), Error::<Test>::NotValidator);
    });
}

#[test]
fn frees_the_account_that_was_there() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        assert_ok!(Bridge::set_attester(signed(ONE), Some(KEY)));
        assert_ok!(Bridge::set_attester(signed(ONE), Some(UNBORN)));
        assert_noop!(Bridge::attest(signed(KEY), vault.truth(1)), Error::<Test>::NotSeated);
        assert_ok!(Bridge::set_attester(signed(TWO), Some(KEY)));
        assert_ok!(Bridge::set_attester(signed(ONE), None));
        assert_eq!(Attesters::<Test>::iter().collect::<Vec<_>>(), [(TWO, KEY)]);
        assert_eq!(AttestsFor::<Test>::iter().collect::<Vec<_>>(), [(KEY, TWO)]);
    });
}

#[test]
fn refuses_an_account_that_attests_for_another_or_stands_for_election() {
    build_and_execute(|| {
        assert_ok!(Bridge::set_attester(signed(TWO), Some(KEY)));
        for taken in [KEY, ONE, TWO, EVE] {
            let refused = Bridge::set_attester(signed(ONE), Some(taken));
            assert_noop!(refused, Error::<Test>::AttesterInUse);
        }
        assert_ok!(Bridge::set_attester(signed(TWO), Some(KEY)));
    });
}

#[test]
fn is_for_candidates_and_validators() {
    build_and_execute(|| {
        assert_noop!(Bridge::set_attester(signed(ALICE), Some(KEY)), Error::<Test>::NotValidator);
        assert_noop!(Bridge::set_attester(RuntimeOrigin::root(), None), BadOrigin);
        assert_ok!(Bridge::set_attester(signed(EVE), Some(KEY)));
    });
}

/// A validator whose attester lied, or looked at the wrong chain, can tell the truth again.
#[test]
fn takes_back_what_was_attested() {
    build_and_execute(|| {
        let vault = Vault::with(2);
        attest(&SEATED[..3], lie(64));
        assert_noop!(Bridge::attest(signed(ONE), vault.truth(2)), Error::<Test>::NotNewer);
        for who in &SEATED[..3] {
            assert_ok!(Bridge::set_attester(signed(who.clone()), None));
            assert!(attested(who).is_empty());
        }
        attest(&SEATED[..3], vault.truth(2));
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 2)));
    });
}

#[test]
fn counts_no_more_once_the_account_stands_for_election_itself() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        assert_ok!(Bridge::set_attester(signed(ONE), Some(KEY)));
        Known::mutate(|known| known.push(KEY));
        assert_noop!(Bridge::attest(signed(KEY), vault.truth(1)), Error::<Test>::NotSeated);
    });
}

#[test]
fn is_forgotten_with_the_stake() {
    build_and_execute(|| {
        assert_ok!(Bridge::set_attester(signed(EVE), Some(KEY)));
        Known::set(vec![]);
        <Bridge as traits::Attesters<Account>>::forget(&EVE);
        assert_eq!(AttestsFor::<Test>::iter_keys().count() + Attesters::<Test>::iter_keys().count(), 0);
    });
}
