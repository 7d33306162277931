use alloc::{string::String, vec, vec::Vec};
use codec::Encode;
use proptest::{collection::vec as many, prelude::*};
use serde::Deserialize;

use super::*;
use crate::{
    audit::Assurance,
    bridge::{keccak_256, Outcome as Ended},
    id::{AppId, ContentId, DatasetId, Digest},
    manifest::{Blob, Callback, ExitStatus, Manifest, MAX_MANIFEST_BYTES, WASM_ABI},
    task::Failure,
    text::Text,
    unit::Trust,
};

/// What the contracts are tested against, made by another implementation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    chain_id: u64,
    gateway: EthereumAddress,
    requester: EthereumAddress,
    cases: Vec<Case>,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Case {
    app: u32,
    dataset: Option<u32>,
    pool: Option<u32>,
    category: u8,
    trust: u32,
    arguments: Vec<String>,
    parameter: String,
    encoded: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    nonce: serde_json::Value,
    call_id: CallId,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../contracts/test/vectors/orders.json")).unwrap()
}

fn text<const N: u32>(text: &str) -> Text<N> {
    text.try_into().unwrap()
}

impl Case {
    fn order(&self, requester: EthereumAddress) -> Order {
        let arguments: Vec<_> = self.arguments.iter().map(|argument| text(argument)).collect();
        Order {
            requester,
            app: AppId(self.app),
            dataset: self.dataset.map(DatasetId),
            pool: self.pool.map(PoolId),
            category: CategoryId(self.category),
            trust: Trust(self.trust),
            arguments: arguments.try_into().unwrap(),
            parameter: text(&self.parameter),
        }
    }
}

#[test]
fn orders_are_written_and_read_as_the_contracts_do() {
    let vectors = vectors();
    assert!(vectors.cases.len() >= 3);
    for case in &vectors.cases {
        let order = case.order(vectors.requester);
        let message = hex::decode(case.encoded.trim_start_matches("0x")).unwrap();
        assert_eq!(order.message(), message);
        assert_eq!(Order::read(&message), Ok(order));
        assert_eq!(requester(&message), Some(vectors.requester));
        assert!(message.len() <= MAX_MESSAGE as usize);
    }
    let longest = vectors.cases.iter().map(|case| case.encoded.len()).max().unwrap();
    assert!(longest > 2 * 1_000, "a long order is among them");
}

#[test]
fn calls_have_the_identifiers_that_the_contracts_give_them() {
    let vectors = vectors();
    assert!(!vectors.calls.is_empty());
    for call in &vectors.calls {
        let nonce = match &call.nonce {
            serde_json::Value::String(digits) => digits.parse().unwrap(),
            number => number.as_u64().unwrap(),
        };
        assert_eq!(call_id(vectors.chain_id, vectors.gateway, nonce), call.call_id);
    }
}

#[test]
fn no_order_is_longer_than_is_counted() {
    let full = "x".repeat(256);
    let order = Order {
        requester: EthereumAddress([1; 20]),
        app: AppId(u32::MAX),
        dataset: Some(DatasetId(0)),
        pool: Some(PoolId(0)),
        category: CategoryId(0),
        trust: Trust(1),
        arguments: vec![text(&full); 16].try_into().unwrap(),
        parameter: text(&full[..64]),
    };
    assert_eq!(order.message().len(), MAX_MESSAGE as usize);
    assert_eq!(Order::read(&order.message()), Ok(order));
    const { assert!(MAX_MESSAGE <= crate::bridge::MAX_MESSAGE, "the vault and the bridge take every order") };
}

/// One argument too many, or one byte too many in a text.
#[test]
fn what_is_beyond_a_bound_is_no_order() {
    let head = |arguments: Vec<Vec<u8>>, parameter: Vec<u8>| {
        (VERSION, [1u8; 20], 7u32, None::<u32>, Some(1u32), 0u8, 1u32, arguments, parameter).encode()
    };
    let is_read = |arguments, parameter| Order::read(&head(arguments, parameter)).is_ok();
    assert!(is_read(vec![vec![b'x'; 256]; 16], vec![b'x'; 64]));
    assert!(!is_read(vec![vec![b'x'; 1]; 17], vec![]));
    assert!(!is_read(vec![vec![b'x'; 257]], vec![]));
    assert!(!is_read(vec![], vec![b'x'; 65]));
}

fn any_order() -> impl Strategy<Value = Order> {
    let ids = (any::<u32>(), any::<Option<u32>>(), any::<Option<u32>>(), any::<u8>(), any::<u32>());
    let texts = (many(many(any::<u8>(), 0..=256), 0..=16), many(any::<u8>(), 0..=64));
    (any::<[u8; 20]>(), ids, texts).prop_map(
        |(requester, (app, dataset, pool, category, trust), (arguments, parameter))| {
            let arguments: Vec<Text<256>> =
                arguments.into_iter().map(|one| one.try_into().unwrap()).collect();
            Order {
                requester: EthereumAddress(requester),
                app: AppId(app),
                dataset: dataset.map(DatasetId),
                pool: pool.map(PoolId),
                category: CategoryId(category),
                trust: Trust(trust),
                arguments: arguments.try_into().unwrap(),
                parameter: parameter.try_into().unwrap(),
            }
        },
    )
}

/// What a stranger may send: bytes of all kinds, and orders with a part of them changed, cut off or repeated.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let spoilt =
        (any_order(), any::<prop::sample::Index>(), any::<u8>(), 0..4).prop_map(|(order, at, byte, how)| {
            let mut message = order.message();
            let at = at.index(message.len());
            match how {
                0 => message[at] = byte,
                1 => message.truncate(at),
                2 => message.push(byte),
                _ => message.insert(at, byte),
            }
            message
        });
    prop_oneof![many(any::<u8>(), 0..200), spoilt]
}

proptest! {
    #[test]
    fn orders_are_read_as_they_were_written(order in any_order()) {
        prop_assert_eq!(Order::read(&order.message()), Ok(order));
    }

    #[test]
    fn any_bytes_are_one_order_or_none(message in any_message()) {
        if let Ok(order) = Order::read(&message) {
            prop_assert_eq!(requester(&message), Some(order.requester));
            prop_assert_eq!(order.message(), message, "two messages are one order");
        }
    }

    #[test]
    fn a_call_is_known_by_its_chain_its_gateway_and_its_number(
        chain in any::<u64>(), gateway in any::<[u8; 20]>(), nonce in any::<u64>(), other in any::<u64>(),
    ) {
        let id = call_id(chain, EthereumAddress(gateway), nonce);
        prop_assert_eq!(id == call_id(chain, EthereumAddress(gateway), other), nonce == other);
        prop_assert_eq!(id == call_id(other, EthereumAddress(gateway), nonce), chain == other);
    }

    #[test]
    fn an_amount_is_enough_exactly_from_the_total_on(
        payment in any::<u64>(), of_deal in any::<u64>(), of_call in any::<u64>(), answer in any::<u64>(), least in any::<u64>(),
    ) {
        let cost = Cost {
            payment: payment.into(),
            of_deal: of_deal.into(),
            of_call: of_call.into(),
            answer: answer.into(),
            least: least.into(),
        };
        let total = cost.total().unwrap();
        prop_assert!(cost.fits(total) && cost.fits(Balance::MAX));
        prop_assert!(total == 0 || !cost.fits(total - 1));
        let endless = Cost { payment: Balance::MAX, of_deal: 1, ..cost };
        prop_assert!(!endless.fits(Balance::MAX));
    }

    #[test]
    fn a_deadline_leaves_what_the_task_needs_and_no_more_than_a_deal_may_last(
        now in any::<u32>(), least in any::<u32>(), beside in any::<u32>(), most in any::<u32>(),
    ) {
        let last = deadline(now, least, beside, most);
        prop_assert!(last - now <= most);
        prop_assert!(last == u32::MAX || last - now >= least.min(most));
    }
}

fn manifest(status: ExitStatus, callback: Option<Callback>) -> Manifest {
    let blob = Blob { size: 0, content: ContentId([3; 32]) };
    Manifest {
        abi: WASM_ABI,
        status,
        fuel_used: 1,
        memory_used: 1,
        fingerprint: [4; 32],
        listing: blob,
        callback,
        stdout: blob,
        stderr: blob,
    }
}

fn completed(digest: Digest) -> Option<Outcome> {
    Some(Outcome::Completed { digest, assurance: Assurance::Replicated, at: 7 })
}

/// The answer to a task with this manifest.
fn answered(manifest: &Manifest) -> Answer {
    answer(completed(manifest.digest()), &manifest.encode(), |_| 5).unwrap()
}

#[test]
fn a_result_is_told_with_its_bound_and_the_hash_of_its_payload() {
    let good = manifest(ExitStatus::Exited(0), Some(Callback::of(b"payload")));
    let told = answer(completed(good.digest()), &good.encode(), |assurance| assurance as u32 + 40);
    let expected = Answer {
        outcome: Ended::Completed,
        assurance: Assurance::Replicated,
        error_bound: 43,
        digest: good.digest(),
        payload_hash: keccak_256(b"payload"),
    };
    assert_eq!(told, Ok(expected));
    let body = expected.of(CallId([9; 32]));
    assert_eq!((body.call, body.error_bound, body.digest), ([9; 32], 43, good.digest()));
}

#[test]
fn a_task_without_a_result_has_failed_whatever_is_shown() {
    let failed = Some(Outcome::Failed { reason: Failure::NoConsensus, at: 7 });
    for outcome in [failed, None] {
        for shown in [&[][..], &[1, 2, 3]] {
            assert_eq!(answer(outcome, shown, |_| 5), Ok(Answer::failed()));
        }
    }
    assert_eq!(
        Answer::failed().payload_hash,
        keccak_256(&[]),
        "the contracts compare it with the empty payload"
    );
}

#[test]
fn a_payload_is_as_long_as_the_contracts_take_or_the_call_has_failed() {
    let of = |size| answered(&manifest(ExitStatus::Exited(0), Some(Callback { size, keccak: [9; 32] })));
    assert_eq!((of(MAX_PAYLOAD).outcome, of(MAX_PAYLOAD).payload_hash), (Ended::Completed, [9; 32]));
    assert_eq!(
        (of(MAX_PAYLOAD + 1).outcome, of(MAX_PAYLOAD + 1).payload_hash),
        (Ended::Failed, keccak_256(&[]))
    );
}

proptest! {
    #[test]
    fn nothing_but_the_manifest_of_the_result_is_taken(
        bytes in many(any::<u8>(), 0..MAX_MANIFEST_BYTES as usize), code in any::<i32>(), size in any::<Option<u64>>(),
    ) {
        let callback = size.map(|size| Callback { size, keccak: [9; 32] });
        let right = manifest(ExitStatus::Exited(code), callback);
        prop_assume!(bytes != right.encode());
        prop_assert_eq!(answer(completed(right.digest()), &bytes, |_| 5), Err(WrongManifest));
        // Whatever was agreed on can be answered.
        let agreed = Blob::of(&bytes).content.0;
        prop_assert!(answer(completed(Digest(agreed)), &bytes, |_| 5).is_ok());
        let told = answered(&right);
        let success = code == 0 && size.is_none_or(|size| size <= MAX_PAYLOAD);
        prop_assert_eq!(told.outcome == Ended::Completed, success);
        prop_assert_eq!(told.digest, right.digest());
    }
}
