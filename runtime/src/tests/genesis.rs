use super::*;
use crate::{
    constants::{
        currency::{EXISTENTIAL_DEPOSIT, TLK},
        market, time,
    },
    genesis::{development, local, preset_names, testnet, VALIDATOR_STAKE},
};
use sp_consensus_beefy::ecdsa_crypto::AuthorityId as BeefyId;
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use talka_primitives::{jury, traits::Audits as _, Balance, Category, CategoryId};

/// The key by which a name signs for other chains.
fn signer(uri: &str) -> BeefyId {
    sp_core::ecdsa::Pair::from_string(uri, None).unwrap().public().into()
}

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
                // A minute of a worker is worth the same in all of them, and not nothing.
                let minutes = Balance::from(category.run_time / time::MINUTES);
                assert_eq!(category.min_value, minutes * TLK / 50, "{name}");
                assert!(
                    category.run_time + market::COMMIT_GRACE + market::REVEAL_PERIOD
                        < market::MAX_DEAL_DURATION
                );
            }
        });
    }
}

#[test]
fn wants_no_more_jurors_than_there_are_validators() {
    for name in [development::NAME, local::NAME] {
        chain(name).execute_with(|| {
            let seated = Session::validators().len() as u32;
            assert!(jury::size(Audit::rules().jurors) <= seated, "{name}");
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
fn makes_alice_the_validator_of_a_development_chain() {
    development().execute_with(|| {
        assert_eq!(Session::validators(), [account("//Alice")]);
        assert_eq!(Babe::authorities().len(), 1);
        assert_eq!(Grandpa::grandpa_authorities().len(), 1);
    });
}

#[test]
fn makes_four_validators_of_a_local_network() {
    chain(local::NAME).execute_with(|| {
        let expected = ["//Alice", "//Bob", "//Charlie", "//Dave"].map(account);
        assert_eq!(Session::validators(), expected);
        assert_eq!(Grandpa::grandpa_authorities().len(), 4);
        let signers = ["//Alice", "//Bob", "//Charlie", "//Dave"].map(signer);
        assert_eq!(Beefy::validator_set().unwrap().validators(), signers);
    });
}

#[test]
fn signs_for_other_chains_from_the_first_block_in_every_preset() {
    for name in preset_names() {
        chain(&name).execute_with(|| {
            assert_eq!(pallet_beefy::GenesisBlock::<Runtime>::get(), Some(1), "{name}");
        });
    }
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
            "beefy": signer("//Eve").to_string(),
        });
        let stake = VALIDATOR_STAKE as u64;
        let balances = [(market::audit_fund(), EXISTENTIAL_DEPOSIT as u64), (account("//Eve"), 2 * stake)];
        let patch = serde_json::json!({
            "balances": { "balances": balances.map(|(who, balance)| (who.to_string(), balance)) },
            "session": { "keys": [[who, who, keys]] },
            "stake": { "bonds": [{ "who": who, "bond": stake, "merit": 0 }] },
            "validators": { "candidates": [{ "who": who, "stake": stake }] },
        });
        merge(&mut config, patch);
        Runtime::build_state(config.to_string().into_bytes()).unwrap();
        assert_eq!(Session::validators(), [account("//Eve")]);
        assert_eq!(Grandpa::grandpa_authorities().len(), 1);
        assert_eq!(Beefy::validator_set().unwrap().validators(), [signer("//Eve")]);
    });
}
