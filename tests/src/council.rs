//! The council of a test chain: Alice, Bob and Charlie, of whom two decide.

use std::time::Duration;

use anyhow::Result;
use subxt::dynamic::{self, Value};

use crate::{
    state::{Motion, State},
    wait, Network,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// The votes that it takes.
const VOTES: u128 = 2;
/// More bytes than any motion of the tests has.
const LENGTH: u128 = 1_000;
/// More work than any motion of the tests makes, in milliseconds.
const WORK: u128 = 200;

/// A call of a pallet, as part of a motion or of another call.
pub fn call(pallet: &str, name: &str, fields: Vec<(&str, Value)>) -> Value {
    Value::unnamed_variant(pallet, [Value::named_variant(name, fields)])
}

/// What the council does to have a call dispatched as root: list it, and enact it at once, because a test chain has no
/// delay. `encoded` is the same call as bytes.
pub fn as_root(call_value: Value, encoded: &[u8]) -> Value {
    let listed = vec![("call_hash", Value::from_bytes(blake2_256(encoded)))];
    let calls =
        vec![call("Enactment", "list", listed), call("Enactment", "enact", vec![("call", call_value)])];
    call("Utility", "batch_all", vec![("calls", Value::unnamed_composite(calls))])
}

/// BLAKE2-256.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    use subxt::config::Hasher as _;
    subxt::config::substrate::BlakeTwo256.hash(bytes).0
}

/// Alice proposes it, she and Bob vote for it, and it is done. No other motion may be under way.
pub async fn decide(network: &Network, motion: Value) -> Result<()> {
    let state = State::of(network.client.url()).await?;
    let (alice, bob) = (network.account("Alice")?, network.account("Bob")?);
    let propose = vec![Value::u128(VOTES), motion, Value::u128(LENGTH)];
    alice.send(&dynamic::tx("Council", "propose", propose)).await?;
    let Motion { hash, index } =
        wait::until("the motion", PATIENCE, || async { state.motion().await }).await?;
    let named = || vec![Value::from_bytes(hash), Value::u128(index.into())];
    let vote = dynamic::tx("Council", "vote", [named(), vec![Value::bool(true)]].concat());
    tokio::try_join!(alice.send(&vote), bob.send(&vote))?;
    let picoseconds = Value::u128(WORK * 1_000_000_000);
    let weight = Value::named_composite([("ref_time", picoseconds), ("proof_size", Value::u128(1_000_000))]);
    let close = dynamic::tx("Council", "close", [named(), vec![weight, Value::u128(LENGTH)]].concat());
    bob.send(&close).await?;
    Ok(())
}
