//! The council upgrades the runtime of a living network, in the middle of a bag.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{ensure, Context as _, Result};
use subxt::dynamic::{self, Value};
use talka_client::amount::UNIT;
use talka_primitives::Trust;
use talka_tests::{
    cluster::{Cluster, Plan},
    folder::Folder,
    network::Order,
    state::State,
    wait,
    worker::Behaviour,
    Network,
};

const TASKS: u32 = 80;
const PATIENCE: Duration = Duration::from_secs(150);
/// More than what a motion needs that names a runtime by its hash.
const LENGTH: u128 = 1_000;

fn call(pallet: &str, name: &str, fields: Vec<(&str, Value)>) -> Value {
    Value::unnamed_variant(pallet, [Value::named_variant(name, fields)])
}

fn weight(milliseconds: u128) -> Value {
    let nanoseconds = 1_000_000;
    let picoseconds = Value::u128(milliseconds * nanoseconds * 1_000);
    Value::named_composite([("ref_time", picoseconds), ("proof_size", Value::u128(1_000_000))])
}

/// What the council decides to upgrade: half of it puts the call on the list, two thirds have it done as root.
fn motion(code: &[u8]) -> Value {
    let code_hash = blake2_256(code);
    let authorize = call("System", "authorize_upgrade", vec![("code_hash", Value::from_bytes(code_hash))]);
    // The pallet's number, the call's, the hash.
    let encoded = [&[0, 9], &code_hash[..]].concat();
    let listed = vec![("call_hash", Value::from_bytes(blake2_256(&encoded)))];
    let calls = vec![
        call("Whitelist", "whitelist_call", listed),
        call("Whitelist", "dispatch_whitelisted_call_with_preimage", vec![("call", authorize)]),
    ];
    call("Utility", "batch_all", vec![("calls", Value::unnamed_composite(calls))])
}

fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    use subxt::config::Hasher as _;
    subxt::config::substrate::BlakeTwo256.hash(bytes).0
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_runtime_does_not_halt_the_network_or_its_bags() -> Result<()> {
    let cluster = Cluster::start(Folder::temporary()?, &Plan::with_validators(4)).await?;
    cluster.until_final(0, 1, PATIENCE).await?;
    let network = Network::over(&cluster, (Ipv4Addr::LOCALHOST, 0).into()).await?;
    let state = State::of(network.client.url()).await?;
    let (before, rules) = (state.spec_version().await?, state.rules().await?);
    let pool = network.pool().await?;
    let (one, two, three, app) = tokio::try_join!(
        network.worker("Worker1", pool, Behaviour::Honest),
        network.worker("Worker2", pool, Behaviour::Honest),
        network.worker("Worker3", pool, Behaviour::Honest),
        network.publish_idle_app(),
    )?;
    let order = Order { trust: Trust(4), tasks: TASKS, blocks: 600, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let begun = |view: &talka_primitives::view::DealView<_>| view.progress.completed >= 3;
    network.until_deal(deal, "to have first results", PATIENCE, begun).await?;

    let code = talka_runtime::successor::WASM_BINARY.context("the next runtime was built too")?;
    let code = sp_maybe_compressed_blob::compress_strongly(code, 64 << 20).context("it can be compressed")?;
    let motion = motion(&code);
    let (alice, bob) = (network.account("Alice")?, network.account("Bob")?);
    let propose = vec![Value::u128(2), motion, Value::u128(LENGTH)];
    alice.send(&dynamic::tx("Council", "propose", propose)).await?;
    let hash = wait::until("the motion", PATIENCE, || async { state.motion().await }).await?;
    let vote = |approve| vec![Value::from_bytes(hash), Value::u128(0), Value::bool(approve)];
    alice.send(&dynamic::tx("Council", "vote", vote(true))).await?;
    bob.send(&dynamic::tx("Council", "vote", vote(true))).await?;
    let close = vec![Value::from_bytes(hash), Value::u128(0), weight(200), Value::u128(LENGTH)];
    bob.send(&dynamic::tx("Council", "close", close)).await?;
    // Anybody may bring the code: its hash was agreed on.
    let apply = vec![Value::from_bytes(&code)];
    network.account("Ferdie")?.send(&dynamic::tx("System", "apply_authorized_upgrade", apply)).await?;

    wait::until("the next runtime", PATIENCE, || async {
        Ok((state.spec_version().await? == before + 1).then_some(()))
    })
    .await?;
    let progress = network.client.best().await?.deal(deal).await?.context("the deal is there")?.progress;
    println!("UPGRADE from={before} to={} completed_before={} of={TASKS}", before + 1, progress.completed);
    ensure!(progress.completed < TASKS, "the bag was over before the upgrade");
    // Its migration runs in the first block after the one with the code, once, and at every node.
    for node in &cluster.nodes {
        let there = State::of(&node.url()).await?;
        wait::until(&format!("{} to migrate", node.name()), PATIENCE, || async {
            Ok((there.rules().await?.min_stake != rules.min_stake).then_some(()))
        })
        .await?;
    }

    let chronicle = network.until_over(deal, 2 * PATIENCE).await?.of(deal);
    ensure!(chronicle.completed().len() == TASKS as usize, "lost: {:?}", chronicle.failed());
    ensure!(chronicle.lost().is_empty(), "somebody lost its stake: {:?}", chronicle.lost());
    let now = cluster.nodes[0].heads().await?.best;
    cluster.until_final(3, now + 2, PATIENCE).await?;
    let migrated = state.rules().await?;
    ensure!(migrated.min_stake == rules.min_stake + UNIT, "it ran more than once: {migrated:?}");
    network.finish([one, two, three]).await
}
