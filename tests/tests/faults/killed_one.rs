//! One of four validators loses power: nobody who buys notices.

use std::time::Duration;

use anyhow::{ensure, Result};

use crate::scene::Scene;

const TASKS: u32 = 8;
/// As fast as the workers can execute them.
const EVERY: Duration = Duration::from_secs(4);
/// How much longer the slowest task may take while one in four slots has no author: of three validators one makes two blocks
/// in sequence more often than of four, and in the second nobody is drawn.
const TOLERANCE: u32 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn tasks_take_hardly_longer_and_it_catches_up() -> Result<()> {
    let mut scene = Scene::set(5).await?;
    let requested = scene.buy_steadily(TASKS, EVERY).await?;
    let before = scene.longest(&requested).await?;

    let unlucky = scene.node(3).clone();
    unlucky.kill();
    let at = scene.heads().await?;
    let requested = scene.buy_steadily(TASKS, EVERY).await?;
    let after = scene.longest(&requested).await?;
    println!("from request to settlement, the slowest of {TASKS}: {before} blocks, then {after}");
    ensure!(after <= before + TOLERANCE, "the slowest task took {before} blocks before, {after} after");
    let now = scene.heads().await?;
    ensure!(now.finalized > at.best, "finality stopped at {} of {}", now.finalized, now.best);

    let recovered = scene.recover(&unlucky).await?;
    scene.agree().await?;
    scene.end("killed_one", recovered).await
}
