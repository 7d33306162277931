//! All validators lose power for longer than a session: the chain goes on by itself.

use std::time::Duration;

use anyhow::{ensure, Result};
use futures::future::try_join_all;
use talka_tests::{cluster::Plan, node::Node, specification::FAST};
use tokio::time::sleep;

use crate::scene::{Scene, PATIENCE, VALIDATORS};

const TASKS: u32 = 12;
/// Slots of a session.
const SESSION: u32 = 16;
/// More than two sessions, so that at least one is skipped as a whole.
const DARK: Duration = Duration::from_millis(FAST * (2 * SESSION as u64 + 1));
/// How many blocks finality may take after the nodes are back.
const TOLERANCE: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_goes_on_by_itself() -> Result<()> {
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.start.session_length = Some(SESSION);
    let mut scene = Scene::set_like(&plan, 3).await?;
    scene.buy(TASKS).await?;
    let before = scene.pass(0, 3).await?;

    scene.cluster.nodes.iter().for_each(Node::kill);
    sleep(DARK).await;
    try_join_all(scene.cluster.nodes.iter().map(Node::restart)).await?;
    let back = scene.heads().await?;
    ensure!(back.best >= before.finalized, "blocks have gone that were final");
    let resumed = scene.until(0, "to make blocks final", |heads| heads.finalized > before.best + 1).await?;
    let recovered = resumed.best - back.best;
    ensure!(recovered <= TOLERANCE, "finality took {recovered} blocks");
    ensure!(scene.node(0).said().contains("Epoch(s) skipped"), "it was not dark for a whole session");
    // And on into the sessions after the one that was skipped.
    let began = scene.pass(0, SESSION).await?;
    scene.until_caught_up(scene.node(VALIDATORS - 1), began, PATIENCE).await?;
    scene.agree().await?;
    scene.end("blackout", recovered).await
}
