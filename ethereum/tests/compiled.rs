//! The calls, events and errors here are those of the contracts, as the compiler has written them. Needs `TALKA_CONTRACTS`,
//! forge's folder `out`; without it there is nothing to compare with.

use std::{collections::BTreeSet, env, fs, path::Path};

use alloy::sol_types::{SolCall, SolEvent, SolInterface as _};
use serde_json::Value;
use talka_ethereum::{
    abi::{Contract::ContractErrors, Gateway, SidechainClient, Token, Vault},
    keccak256,
};

fn compiled(folder: &Path, contract: &str) -> Value {
    let path = folder.join(format!("{contract}.sol/{contract}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn folder() -> Option<std::path::PathBuf> {
    env::var_os("TALKA_CONTRACTS").map(Into::into)
}

fn signature<Call: SolCall>() -> &'static str {
    Call::SIGNATURE
}

#[test]
fn calls_are_those_of_the_contracts() {
    let Some(folder) = folder() else { return };
    let calls: [(&str, &[&str]); 4] = [
        (
            "SidechainClient",
            &[
                signature::<SidechainClient::FIRST_MMR_BLOCKCall>(),
                signature::<SidechainClient::latestBlockCall>(),
                signature::<SidechainClient::currentSetCall>(),
                signature::<SidechainClient::nextSetCall>(),
                signature::<SidechainClient::outboxRootCall>(),
                signature::<SidechainClient::isRecentOutboxRootCall>(),
                signature::<SidechainClient::importCommitmentCall>(),
            ],
        ),
        (
            "Vault",
            &[
                signature::<Vault::TOKENCall>(),
                signature::<Vault::clientCall>(),
                signature::<Vault::accumulatorCall>(),
                signature::<Vault::depositsCall>(),
                signature::<Vault::lockedCall>(),
                signature::<Vault::availableCall>(),
                signature::<Vault::limitsCall>(),
                signature::<Vault::isClaimedCall>(),
                signature::<Vault::pausedUntilCall>(),
                signature::<Vault::depositCall>(),
                signature::<Vault::depositWithMessageCall>(),
                signature::<Vault::claimCall>(),
                signature::<Vault::setLimitsCall>(),
            ],
        ),
        (
            "Gateway",
            &[
                signature::<Gateway::SIDECHAIN_ACCOUNTCall>(),
                signature::<Gateway::VAULTCall>(),
                signature::<Gateway::clientCall>(),
                signature::<Gateway::pausedUntilCall>(),
                signature::<Gateway::callIdOfCall>(),
                signature::<Gateway::resultOfCall>(),
                signature::<Gateway::requestCall>(),
                signature::<Gateway::deliverCall>(),
                signature::<Gateway::retryCall>(),
            ],
        ),
        (
            "Rlc",
            &[
                signature::<Token::balanceOfCall>(),
                signature::<Token::allowanceCall>(),
                signature::<Token::decimalsCall>(),
                signature::<Token::approveCall>(),
                signature::<Token::approveAndCallCall>(),
                signature::<Token::mintCall>(),
            ],
        ),
    ];
    for (contract, calls) in calls {
        let methods = &compiled(&folder, contract)["methodIdentifiers"];
        for call in calls {
            assert!(methods.get(call).is_some(), "{contract} has no {call}");
        }
    }
}

#[test]
fn events_are_those_of_the_contracts() {
    let Some(folder) = folder() else { return };
    let events = [
        ("SidechainClient", SidechainClient::Imported::SIGNATURE),
        ("Vault", Vault::Deposited::SIGNATURE),
        ("Vault", Vault::Claimed::SIGNATURE),
        ("Gateway", Gateway::Requested::SIGNATURE),
        ("Gateway", Gateway::CallbackSucceeded::SIGNATURE),
        ("Gateway", Gateway::CallbackReverted::SIGNATURE),
    ];
    for (contract, event) in events {
        assert!(forms(&compiled(&folder, contract), "event").contains(event), "{contract} has no {event}");
    }
}

#[test]
fn every_error_of_the_contracts_has_a_name_here() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for contract in ["SidechainClient", "Vault", "Gateway"] {
        for error in forms(&compiled(&folder, contract), "error") {
            let hash = keccak256(&error);
            let selector = [hash[0], hash[1], hash[2], hash[3]];
            assert!(ContractErrors::valid_selector(selector), "{error} of {contract} is not known");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} errors were compared");
}

/// What there is of one kind in a contract, as `Name(type,type)`. None of these takes a structure.
fn forms(compiled: &Value, kind: &str) -> BTreeSet<String> {
    let of_kind = compiled["abi"].as_array().unwrap().iter().filter(|entry| entry["type"] == kind);
    let form = |entry: &Value| {
        let inputs = entry["inputs"].as_array().unwrap().iter();
        let types: Vec<_> = inputs.map(|input| input["type"].as_str().unwrap()).collect();
        format!("{}({})", entry["name"].as_str().unwrap(), types.join(","))
    };
    of_kind.map(form).collect()
}
