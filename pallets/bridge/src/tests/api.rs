use super::*;
use talka_primitives::bridge::{AttesterView, BridgeState};

#[test]
fn tells_how_far_the_bridge_is() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(ALICE, 2_000);
        vault.deposit(UNBORN, 4);
        bring(&vault);
        assert_ok!(Bridge::withdraw(signed(ALICE), SOMEBODY, 500, 0));
        next_block();
        vault.deposit(BOB, 7);
        attest(&SEATED[..3], vault.truth(3));
        assert_eq!(
            Bridge::bridge_state(),
            BridgeState {
                contracts: Some(CONTRACTS),
                credited: vault.truth(2),
                accepted: vault.truth(3),
                limits: LIMITS,
                // A block later one unit has come.
                available: LIMITS.bucket - 2_000 + 1,
                backed: 1_500,
                parked: 4,
                message_price: PRICE,
                messages: 1,
                outbox_root: OutboxRoot::<Test>::get(),
            }
        );
        // What is credited is accepted no more.
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(2, 3)));
        assert_eq!(Bridge::bridge_state().accepted, vault.truth(3));
    });
}

#[test]
fn tells_that_nothing_is_accepted_before_contracts() {
    execute(&mut chain(None), || {
        let state = Bridge::bridge_state();
        assert_eq!((state.contracts, state.credited, state.accepted), (None, credited(), credited()));
    });
}

#[test]
fn lists_who_attests_in_the_order_of_seats() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        assert_ok!(Bridge::set_attester(signed(TWO), Some(KEY)));
        attest(&[KEY], vault.truth(1));
        let view = |validator, attester, attested| AttesterView { validator, attester, attested };
        assert_eq!(
            Bridge::attesters(),
            [
                view(ONE, None, vec![]),
                view(TWO, Some(KEY), vec![vault.truth(1)]),
                view(THREE, None, vec![]),
                view(FOUR, None, vec![]),
            ]
        );
    });
}
