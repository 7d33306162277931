use super::*;
use crate::{
    constants::{currency::EXISTENTIAL_DEPOSIT, market, time},
    genesis::{development, local, preset_names, testnet},
};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use talka_primitives::{Category, CategoryId};

fn categories() -> Vec<Category> {
    Marketplace::categories().into_iter().map(|listed| listed.item).collect()
}

#[test]
fn knows_three_presets() {
    assert_eq!(preset_names(), ["development", "local_testnet", "testnet"]);
    assert_eq!(Runtime::get_preset(&Some("another".into())), None);
}

#[test]
fn endows_the_audit_fund_in_every_preset() {
    for name in preset_names() {
        chain(&name).execute_with(|| {
            assert!(Balances::balance(&market::audit_fund()) >= EXISTENTIAL_DEPOSIT, "{name}");
        });
    }
}

#[test]
fn defines_five_categories_in_every_preset() {
    for name in preset_names() {
        chain(&name).execute_with(|| {
            let categories = categories();
            let names: Vec<_> = categories.iter().map(|category| category.name.to_string()).collect();
            assert_eq!(names, ["XS", "S", "M", "L", "XL"], "{name}");
            assert!(categories.is_sorted_by_key(|category| (
                category.run_time,
                category.fuel,
                category.memory
            )));
            for category in categories {
                assert!(
                    category.run_time + market::COMMIT_GRACE + market::REVEAL_PERIOD
                        < market::MAX_DEAL_DURATION
                );
            }
        });
    }
}

#[test]
fn makes_blocks_as_fast_as_the_genesis_says() {
    let mut genesis = genesis_config(development::NAME);
    genesis["validators"]["slotDuration"] = 500.into();
    chain_of(genesis).execute_with(|| {
        assert_eq!(Babe::slot_duration(), 500);
        block([]);
        let first = Timestamp::get();
        block([]);
        assert_eq!(Timestamp::get() - first, 500);
    });
}

#[test]
fn gives_a_minute_to_the_smallest_task_of_a_development_chain() {
    development().execute_with(|| {
        assert_eq!(Marketplace::categories()[0].id, CategoryId(0));
        assert_eq!(categories()[0].run_time, time::MINUTES);
    });
}

#[test]
fn gives_the_specified_run_times_to_tasks_of_a_test_network() {
    chain(testnet::NAME).execute_with(|| {
        let minutes: Vec<_> = categories().iter().map(|category| category.run_time / time::MINUTES).collect();
        assert_eq!(minutes, [5, 20, 60, 180, 600]);
    });
}

#[test]
fn makes_alice_validator_and_root_of_a_development_chain() {
    development().execute_with(|| {
        assert_eq!(Session::validators(), [account("//Alice")]);
        assert_eq!(Babe::authorities().len(), 1);
        assert_eq!(Grandpa::grandpa_authorities().len(), 1);
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(account("//Alice")));
    });
}

#[test]
fn makes_four_validators_of_a_local_network() {
    chain(local::NAME).execute_with(|| {
        let expected = ["//Alice", "//Bob", "//Charlie", "//Dave"].map(account);
        assert_eq!(Session::validators(), expected);
        assert_eq!(Grandpa::grandpa_authorities().len(), 4);
    });
}

#[test]
fn endows_the_well_known_accounts_and_the_actors() {
    for (uri, public) in development::ACTORS {
        assert_eq!(pair(uri).public().0, public, "{uri}");
    }
    for name in [development::NAME, local::NAME] {
        chain(name).execute_with(|| {
            let well_known = ["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"];
            for uri in well_known.into_iter().chain(development::ACTORS.map(|(uri, _)| uri)) {
                assert_eq!(balance(uri), development::ENDOWMENT, "{uri}");
            }
        });
    }
}

#[test]
fn leaves_a_test_network_to_its_operators() {
    chain(testnet::NAME).execute_with(|| {
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
        assert!(Session::validators().is_empty());
        assert_eq!(Balances::total_issuance(), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn takes_the_validators_that_operators_write_into_the_specification() {
    let mut chain = TestExternalities::default();
    chain.execute_with(|| {
        let mut config = genesis_config(testnet::NAME);
        let who = account("//Eve").to_string();
        let keys = serde_json::json!({
            "babe": who,
            "grandpa": sp_keyring::Ed25519Keyring::Eve.public().to_string(),
        });
        merge(&mut config, serde_json::json!({ "session": { "keys": [[who, who, keys]] } }));
        Runtime::build_state(config.to_string().into_bytes()).unwrap();
        assert_eq!(Session::validators(), [account("//Eve")]);
        assert_eq!(Grandpa::grandpa_authorities().len(), 1);
    });
}
