//! Against the vectors in `contracts/test/vectors`, which a third implementation has made. So are the contracts.

use serde_json::Value;

use super::{
    attestation::Attestation,
    deposits::{follow, start},
    json, outbox, Contracts, Deposit, EthereumAddress, Frontier, Hash, Outcome, ResultBody, ResultMessage,
    Withdrawal,
};
use crate::{audit::Assurance, id::Digest};

const DEPOSITS: &str = include_str!("../../../contracts/test/vectors/deposits.json");
const OUTBOXES: &str = include_str!("../../../contracts/test/vectors/outboxes.json");

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the vector has text here")
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    json::bytes(text(value)).expect("the vector has bytes here")
}

fn address(value: &Value) -> EthereumAddress {
    text(value).parse().expect("the vector has an address here")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("the vector has a number here")
}

fn amount(value: &Value) -> u128 {
    text(value).parse().expect("the vector has an amount here")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("the vector has a list here")
}

#[test]
fn deposits_are_chained_as_on_ethereum() {
    let vectors = read(DEPOSITS);
    let contracts = Contracts {
        chain_id: number(&vectors["chainId"]),
        vault: address(&vectors["vault"]),
        gateway: EthereumAddress([1; 20]),
    };
    let beginning = Attestation { deposits: 0, accumulator: start(&contracts) };
    assert_eq!(beginning.accumulator, bytes(&vectors["start"]));
    let links = list(&vectors["links"]);
    assert!(links.len() > 2);
    let mut before = beginning;
    for link in links {
        let message = text(&link["message"]).strip_prefix("0x").expect("bytes begin with 0x");
        let deposit = Deposit {
            nonce: number(&link["nonce"]),
            sender: address(&link["sender"]),
            to: bytes(&link["to"]),
            amount: amount(&link["amount"]),
            message: hex::decode(message).expect("the vector has bytes here"),
        };
        before = follow(before, &[deposit]).expect("the vectors are in order");
        assert_eq!(before.accumulator, bytes(&link["accumulator"]));
    }
    assert_eq!(before.deposits, links.len() as u64);
}

#[test]
fn leaves_of_withdrawals_are_those_of_the_contracts() {
    let vectors = read(OUTBOXES);
    let cases = list(&vectors["withdrawals"]);
    assert!(cases.len() > 2);
    for case in cases {
        let withdrawal = Withdrawal {
            index: number(&case["index"]) as u32,
            to: address(&case["to"]),
            amount: amount(&case["amount"]),
            tip: amount(&case["tip"]),
        };
        let leaf = withdrawal.leaf(number(&vectors["chainId"]), address(&vectors["vault"]));
        assert_eq!(leaf, bytes(&case["leaf"]));
    }
}

#[test]
fn leaves_of_results_are_those_of_the_contracts() {
    const ASSURANCES: [Assurance; 5] = [
        Assurance::Unverified,
        Assurance::Unaudited,
        Assurance::Internal,
        Assurance::Replicated,
        Assurance::Adjudicated,
    ];
    let vectors = read(OUTBOXES);
    let cases = list(&vectors["results"]);
    assert!(cases.len() > 1);
    for case in cases {
        let outcome = [Outcome::Completed, Outcome::Failed][number(&case["outcome"]) as usize];
        let body = ResultBody {
            call: bytes(&case["callId"]),
            outcome,
            assurance: ASSURANCES[number(&case["assurance"]) as usize],
            error_bound: number(&case["errorBound"]) as u32,
            digest: Digest(bytes(&case["digest"])),
            payload_hash: bytes(&case["payloadHash"]),
        };
        let result = ResultMessage { index: number(&case["index"]) as u32, body };
        let leaf = result.leaf(number(&vectors["chainId"]), address(&vectors["gateway"]));
        assert_eq!(leaf, bytes(&case["leaf"]));
    }
}

#[test]
fn roots_and_proofs_are_those_of_the_contracts() {
    let vectors = read(OUTBOXES);
    let trees = list(&vectors["trees"]);
    assert!(trees.len() > 4);
    for tree in trees {
        let leaves: Vec<Hash> = list(&tree["leaves"]).iter().map(bytes).collect();
        let mut nodes = std::collections::BTreeMap::new();
        let mut note = |node: outbox::Node| {
            nodes.insert(node.hash, (node.left, node.right));
        };
        let mut frontier = Frontier::default();
        for leaf in &leaves {
            frontier.append(*leaf, &mut note).expect("the tree is not full");
        }
        let root = frontier.root(&mut note);
        assert_eq!(root, bytes(&tree["root"]));
        for ((index, leaf), expected) in (0..).zip(&leaves).zip(list(&tree["proofs"])) {
            let (found, proof) =
                outbox::proof(&root, index, |hash| nodes.get(hash).copied()).expect("it is there");
            assert_eq!(found, *leaf);
            let expected: Vec<Hash> = list(expected).iter().map(bytes).collect();
            assert_eq!(proof.to_vec(), expected);
            assert_eq!(outbox::root_of(leaf, index, &proof), root);
        }
    }
}
