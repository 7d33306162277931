use super::*;

#[test]
fn holds_from_now_on() {
    build_and_execute(|| {
        let mut vault = Vault::with(1);
        bring(&vault);
        let limits = Limits { bucket: 150, withdrawal: 40 };
        assert_ok!(Bridge::set_limits(RuntimeOrigin::root(), limits));
        assert!(events().contains(&Event::LimitsSet { limits }));
        assert_eq!(CurrentLimits::<Test>::get(), limits);

        assert_noop!(Bridge::withdraw(signed(ALICE), SOMEBODY, 41, 0), Error::<Test>::AboveLimit);
        // Of the bucket of before 100 are gone: 50 are left of this one.
        vault.deposit(BOB, 51);
        vault.deposit(BOB, 50);
        bring(&vault);
        assert_eq!(parked(BOB), Some(51));
    });
}

#[test]
fn refuses_limits_that_contradict() {
    build_and_execute(|| {
        for (bucket, withdrawal) in [(0, 0), (10, 0), (10, 11)] {
            let refused = Bridge::set_limits(RuntimeOrigin::root(), Limits { bucket, withdrawal });
            assert_noop!(refused, Error::<Test>::LimitsContradict);
        }
        assert_ok!(Bridge::set_limits(RuntimeOrigin::root(), Limits { bucket: 10, withdrawal: 10 }));
    });
}

#[test]
fn is_for_governance() {
    build_and_execute(|| {
        assert_noop!(Bridge::set_limits(signed(ALICE), LIMITS), BadOrigin);
    });
}
