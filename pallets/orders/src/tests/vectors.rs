//! The test vectors of `docs/protocol/orders.md`, which JavaScript reads as well.

use std::{env, fs, path::PathBuf};

use codec::Encode;
use serde_json::{from_value, json, Value};
use sp_core::{crypto::Ss58Codec, ecdsa, ed25519, sr25519, Pair};
use sp_runtime::{traits::Verify, MultiSignature, MultiSigner};
use talka_primitives::{
    order::{order_id, wrapped, Order},
    OrderId,
};

use crate::mock::{account_of, AccountId};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/order-vectors.json")
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap()
}

fn order(vector: &Value) -> Order<AccountId> {
    from_value(vector["order"].clone()).unwrap_or_else(|error| panic!("{}: {error}", vector["name"]))
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn id(vector: &Value) -> OrderId {
    order_id(&bytes(&vector["genesis"]), &order(vector))
}

fn message(vector: &Value, form: &str) -> Vec<u8> {
    match form {
        "raw" => id(vector).0.to_vec(),
        "wrapped" => wrapped(id(vector)),
        other => panic!("there is no form {other}"),
    }
}

/// What everybody's keys are made of here: the phrase of test chains, and a name.
fn account_with(kind: &str, uri: &str) -> AccountId {
    let signer: MultiSigner = match kind {
        "sr25519" => sr25519::Pair::from_string(uri, None).unwrap().public().into(),
        "ed25519" => ed25519::Pair::from_string(uri, None).unwrap().public().into(),
        "ecdsa" => ecdsa::Pair::from_string(uri, None).unwrap().public().into(),
        other => panic!("there is no kind {other}"),
    };
    account_of(signer)
}

fn sign(kind: &str, uri: &str, message: &[u8]) -> String {
    match kind {
        "sr25519" => hex::encode(sr25519::Pair::from_string(uri, None).unwrap().sign(message)),
        "ed25519" => hex::encode(ed25519::Pair::from_string(uri, None).unwrap().sign(message)),
        _ => hex::encode(ecdsa::Pair::from_string(uri, None).unwrap().sign(message)),
    }
}

/// With `TALKA_UPDATE_VECTORS` set, rewrites what follows from the orders: after a change of their layout, which is a
/// new version of the payload.
#[test]
fn orders_have_their_encodings_and_identifiers() {
    if env::var_os("TALKA_UPDATE_VECTORS").is_some() {
        let mut all = vectors();
        for vector in &mut all {
            let (kind, uri) = (vector["kind"].as_str().unwrap(), vector["signer"].as_str().unwrap());
            let signatures = json!({
                "raw": sign(kind, uri, &message(vector, "raw")),
                "wrapped": sign(kind, uri, &message(vector, "wrapped")),
            });
            vector["scale"] = hex::encode(order(vector).encode()).into();
            vector["id"] = id(vector).to_string().into();
            vector["signatures"] = signatures;
        }
        fs::write(path(), serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
    }
    let all = vectors();
    assert!(all.len() >= 6);
    for vector in &all {
        assert_eq!(
            hex::encode(order(vector).encode()),
            vector["scale"].as_str().unwrap(),
            "{}",
            vector["name"]
        );
        assert_eq!(id(vector).to_string(), vector["id"].as_str().unwrap(), "{}", vector["name"]);
        let read_again: Order<AccountId> = from_value(serde_json::to_value(order(vector)).unwrap()).unwrap();
        assert_eq!(read_again, order(vector));
    }
}

#[test]
fn signatures_of_every_kind_and_form_are_good() {
    let mut kinds = Vec::new();
    for vector in vectors() {
        let (kind, uri) = (vector["kind"].as_str().unwrap(), vector["signer"].as_str().unwrap());
        let signer = account_with(kind, uri);
        assert_eq!(order(&vector).terms().signer, signer, "{}", signer.to_ss58check());
        for form in ["raw", "wrapped"] {
            let hex = &vector["signatures"][form];
            let signature: MultiSignature = match kind {
                "sr25519" => sr25519::Signature::from_raw(bytes(hex)).into(),
                "ed25519" => ed25519::Signature::from_raw(bytes(hex)).into(),
                _ => ecdsa::Signature::from_raw(bytes(hex)).into(),
            };
            let good = |form| signature.verify(message(&vector, form).as_slice(), &signer);
            assert!(good(form), "{} {form}", vector["name"]);
            assert!(!good(if form == "raw" { "wrapped" } else { "raw" }));
        }
        kinds.push(kind.to_owned());
    }
    for kind in ["sr25519", "ed25519", "ecdsa"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} is not tested");
    }
}
