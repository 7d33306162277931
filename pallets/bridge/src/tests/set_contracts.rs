use super::*;
use talka_primitives::bridge::{deposits::start, Contracts};

#[test]
fn begins_the_chain_of_deposits_of_that_vault() {
    execute(&mut chain(None), || {
        assert_ok!(Bridge::set_contracts(RuntimeOrigin::root(), CONTRACTS));
        assert_eq!(events(), [Event::ContractsNamed { contracts: CONTRACTS }]);
        assert_eq!(NamedContracts::<Test>::get(), Some(CONTRACTS));
        assert_eq!(credited(), Attestation { deposits: 0, accumulator: start(&CONTRACTS) });
        bring(&Vault::with(1));
    });
}

#[test]
fn is_done_once() {
    build_and_execute(|| {
        bring(&Vault::with(1));
        let before = credited();
        let others = Contracts { chain_id: 1, ..CONTRACTS };
        for again in [CONTRACTS, others] {
            let refused = Bridge::set_contracts(RuntimeOrigin::root(), again);
            assert_noop!(refused, Error::<Test>::ContractsNamed);
        }
        assert_eq!(credited(), before);
    });
}

#[test]
fn needs_contracts_that_can_be() {
    execute(&mut chain(None), || {
        let zero = EthereumAddress::default();
        for unsound in [
            Contracts { chain_id: 0, ..CONTRACTS },
            Contracts { vault: zero, ..CONTRACTS },
            Contracts { gateway: zero, ..CONTRACTS },
            Contracts { gateway: CONTRACTS.vault, ..CONTRACTS },
        ] {
            let refused = Bridge::set_contracts(RuntimeOrigin::root(), unsound);
            assert_noop!(refused, Error::<Test>::InvalidContracts);
        }
    });
}

#[test]
fn is_for_governance() {
    execute(&mut chain(None), || {
        assert_noop!(Bridge::set_contracts(signed(ALICE), CONTRACTS), BadOrigin);
    });
}
