//! The council upgrades the runtime of a living network, in the middle of a bag.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{ensure, Context as _, Result};
use subxt::dynamic::{self, Value};
use talka_client::amount::UNIT;
use talka_primitives::Trust;
use talka_tests::{
    cluster::{Cluster, Plan},
    council::{as_root, blake2_256, call, decide},
    folder::Folder,
    network::Order,
    state::State,
    wait,
    worker::Behaviour,
    Network,
};

const TASKS: u32 = 80;
const PATIENCE: Duration = Duration::from_secs(150);
/// How long four nodes may take that compile the next runtime on two cores. Questions to them may fail meanwhile.
const COMPILING: Duration = Duration::from_secs(300);

/// What the council decides to upgrade: half of it lists the call, two thirds have it done as root.
fn motion(code: &[u8]) -> Value {
    let code_hash = blake2_256(code);
    let authorize = call("System", "authorize_upgrade", vec![("code_hash", Value::from_bytes(code_hash))]);
    // The pallet's number, the call's, the hash.
    let encoded = [&[0, 9], &code_hash[..]].concat();
    as_root(authorize, &encoded)
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
    let order = Order { trust: Trust(4), tasks: TASKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let begun = |view: &talka_primitives::view::DealView<_>| view.progress.completed >= 3;
    network.until_deal(deal, "to have first results", PATIENCE, begun).await?;

    let code = talka_runtime::successor::WASM_BINARY.context("the next runtime was built too")?;
    let code = sp_maybe_compressed_blob::compress_strongly(code, 64 << 20).context("it can be compressed")?;
    decide(&network, motion(&code)).await?;
    // Anybody may bring the code: its hash was agreed on.
    let apply = vec![Value::from_bytes(&code)];
    network.account("Ferdie")?.send(&dynamic::tx("System", "apply_authorized_upgrade", apply)).await?;

    wait::until("the next runtime", COMPILING, || async {
        Ok(state.spec_version().await.is_ok_and(|version| version == before + 1).then_some(()))
    })
    .await?;
    let progress = network.client.best().await?.deal(deal).await?.context("the deal is there")?.progress;
    println!("UPGRADE from={before} to={} completed_before={} of={TASKS}", before + 1, progress.completed);
    ensure!(progress.completed < TASKS, "the bag was over before the upgrade");
    // Its migration runs in the first block after the one with the code, once, and at every node.
    for node in &cluster.nodes {
        let there = State::of(&node.url()).await?;
        wait::until(&format!("{} to migrate", node.name()), COMPILING, || async {
            Ok(there.rules().await.is_ok_and(|there| there.min_stake != rules.min_stake).then_some(()))
        })
        .await?;
    }

    let chronicle = network.until_over(deal, COMPILING).await?.of(deal);
    ensure!(chronicle.completed().len() == TASKS as usize, "lost: {:?}", chronicle.failed());
    ensure!(chronicle.lost().is_empty(), "somebody lost its stake: {:?}", chronicle.lost());
    let now = cluster.nodes[0].heads().await?.best;
    cluster.until_final(3, now + 2, PATIENCE).await?;
    let migrated = state.rules().await?;
    ensure!(migrated.min_stake == rules.min_stake + UNIT, "it ran more than once: {migrated:?}");
    network.finish([one, two, three]).await
}
