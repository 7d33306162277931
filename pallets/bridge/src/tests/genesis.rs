use super::*;
use talka_primitives::bridge::{deposits::start, Contracts};

#[test]
fn names_contracts_or_none() {
    build_and_execute(|| {
        assert_eq!(NamedContracts::<Test>::get(), Some(CONTRACTS));
        assert_eq!(credited(), Attestation { deposits: 0, accumulator: start(&CONTRACTS) });
        assert_eq!(CurrentLimits::<Test>::get(), LIMITS);
    });
    execute(&mut chain(None), || {
        assert_eq!(NamedContracts::<Test>::get(), None);
        assert_eq!(credited(), Attestation::default());
    });
}

#[test]
#[should_panic(expected = "genesis: there cannot be such contracts")]
fn refuses_contracts_that_cannot_be() {
    chain(Some(Contracts { chain_id: 0, ..CONTRACTS }));
}

#[test]
#[should_panic(expected = "genesis: the limits of the bridge contradict")]
fn refuses_limits_that_contradict() {
    use sp_runtime::BuildStorage;
    let limits = Limits { bucket: 1, withdrawal: 2 };
    let genesis = crate::GenesisConfig::<Test> { limits, ..Default::default() };
    RuntimeGenesisConfig { bridge: genesis, ..Default::default() }.build_storage().unwrap();
}
