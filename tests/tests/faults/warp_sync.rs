//! A node that joins late, and believes the proofs of finality instead of executing all blocks.

use anyhow::{ensure, Context as _, Result};
use talka_client::Client;
use talka_tests::cluster::Plan;

use crate::scene::{Scene, PATIENCE, VALIDATORS};

const TASKS: u32 = 8;
/// Slots of a session. In each session a validator changes its keys, so the set of voters has to be verified as well.
const SESSION: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_late_node_has_the_state_and_follows() -> Result<()> {
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.start.session_length = Some(SESSION);
    let mut scene = Scene::set_like(&plan, 3).await?;
    scene.buy(TASKS).await?;
    scene.change_validators(SESSION).await?;
    // The SDK's client cannot take in the state of a block whose parent is part of the proof, as is the last block before
    // other validators vote: it falls back to full sync and stalls. Later blocks are not affected.
    scene.pass(0, 3).await?;

    let began = scene.heads().await?;
    let late = scene.cluster.join("late", &["--sync", "warp"]).await?;
    let recovered = scene.until_caught_up(&late, began, PATIENCE).await?;
    ensure!(late.said().contains("Warp sync is complete"), "it did not warp: {}", late.log().display());

    // What it says of the state is what the others say.
    let (there, here) = (Client::connect(&late.url()).await?, &scene.network.client);
    let block = there.finalized().await?.block();
    ensure!(block.number >= began.finalized, "it has block {} only", block.number);
    let worker = scene.network.account("Worker1")?.id();
    let said = there.at(block).await?.worker(worker).await?.context("the worker is known there")?;
    let true_one = here.at(block).await?.worker(worker).await?.context("the worker is known here")?;
    ensure!(said == true_one, "it says {said:?}, and it is {true_one:?}");
    scene.agree().await?;
    scene.end("warp_sync", recovered).await
}
