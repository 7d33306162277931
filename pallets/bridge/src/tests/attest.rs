use super::*;
use talka_primitives::bridge::MAX_AHEAD;

#[test]
fn costs_nothing_and_is_accepted_by_the_vote_that_decides() {
    build_and_execute(|| {
        let vault = Vault::with(3);
        let Attestation { deposits, accumulator } = vault.truth(3);
        for validator in [ONE, TWO] {
            let outcome = Bridge::attest(signed(validator.clone()), vault.truth(3)).unwrap();
            assert_eq!(outcome.pays_fee, Pays::No);
            assert!(outcome.actual_weight.is_some());
            assert_eq!(events(), [Event::Attested { validator, deposits, accumulator }]);
        }
        attest(&[THREE], vault.truth(3));
        let attested = Event::Attested { validator: THREE, deposits, accumulator };
        assert_eq!(events(), [attested, Event::Accepted { deposits, accumulator }]);
        // One more is welcome, and nothing new.
        attest(&[FOUR], vault.truth(3));
        assert_eq!(events(), [Event::Attested { validator: FOUR, deposits, accumulator }]);
    });
}

#[test]
fn is_for_validators_with_a_seat() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        for stranger in [ALICE, EVE, KEY] {
            assert_noop!(Bridge::attest(signed(stranger), vault.truth(1)), Error::<Test>::NotSeated);
        }
        assert_noop!(Bridge::attest(RuntimeOrigin::root(), vault.truth(1)), BadOrigin);
    });
}

#[test]
fn needs_contracts() {
    execute(&mut chain(None), || {
        assert_noop!(Bridge::attest(signed(ONE), Vault::with(1).truth(1)), Error::<Test>::NoContracts);
    });
}

#[test]
fn is_refused_twice_and_for_two_accumulators() {
    build_and_execute(|| {
        let vault = Vault::with(5);
        attest(&[ONE], vault.truth(3));
        attest(&[ONE], vault.truth(5));
        for (again, error) in [
            (vault.truth(5), Error::<Test>::Repetition),
            (vault.truth(3), Error::<Test>::Repetition),
            (lie(5), Error::<Test>::Equivocation),
            (lie(3), Error::<Test>::Equivocation),
            (vault.truth(4), Error::<Test>::NotNewer),
        ] {
            assert_noop!(Bridge::attest(signed(ONE), again), error);
        }
    });
}

#[test]
fn is_refused_for_what_is_credited_contradicted_or_far_ahead() {
    build_and_execute(|| {
        let vault = Vault::with(3);
        attest(&[ONE, TWO, THREE], vault.truth(2));
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 2)));
        let far = 2 + u64::from(MAX_AHEAD);
        for (what, error) in [
            (vault.truth(1), Error::<Test>::AlreadyCredited),
            (lie(2), Error::<Test>::Contradiction),
            (lie(far + 1), Error::<Test>::TooFarAhead),
            (lie(u64::MAX), Error::<Test>::TooFarAhead),
        ] {
            assert_noop!(Bridge::attest(signed(FOUR), what), error);
        }
        // A validator that was slower than the others pays nothing for it.
        assert_eq!(Bridge::attest(signed(FOUR), vault.truth(2)).unwrap().pays_fee, Pays::No);
        assert_ok!(Bridge::attest(signed(FOUR), lie(far)));
    });
}

#[test]
fn for_nothing_is_bounded() {
    build_and_execute(|| {
        let free = (0..1_000).filter(|number| Bridge::attest(signed(ONE), lie(*number)).is_ok()).count();
        assert_eq!(free, MAX_AHEAD as usize);
    });
}

#[test]
fn is_not_believed_of_half_of_the_seats_nor_of_a_quarter_that_lies() {
    build_and_execute(|| {
        let vault = Vault::with(2);
        attest(&[ONE, TWO], vault.truth(2));
        attest(&[FOUR], lie(2));
        let accepted = |event: &Event<Test>| matches!(event, Event::Accepted { .. });
        assert!(!events().iter().any(accepted));
        let refused = Bridge::credit(signed(BOB), vault.batch(0, 2));
        assert_noop!(refused, Error::<Test>::NotAccepted);
        attest(&[THREE], vault.truth(2));
        assert!(events().iter().any(accepted));
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 2)));
    });
}
