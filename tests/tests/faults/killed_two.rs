//! Two of four validators lose power: blocks go on, and are final when one of the two is back.

use anyhow::{ensure, Result};

use crate::scene::Scene;

/// Enough to outlast the fault.
const TASKS: u32 = 12;
/// How many blocks finality may take after the node is back.
const TOLERANCE: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn blocks_go_on_and_finality_comes_back_with_one_of_them() -> Result<()> {
    let mut scene = Scene::set(3).await?;
    scene.buy(TASKS).await?;
    let two = [scene.node(2).clone(), scene.node(3).clone()];
    two.iter().for_each(|node| node.kill());
    // What was voted on before may become final still.
    let stopped = scene.pass(0, 3).await?;
    let later = scene.pass(0, 6).await?;
    ensure!(later.finalized == stopped.finalized, "two of four made block {} final", later.finalized);

    two[0].restart().await?;
    let back = scene.heads().await?;
    let resumed = scene.until(0, "to make blocks final", |heads| heads.finalized > later.finalized).await?;
    let recovered = resumed.best - back.best;
    ensure!(recovered <= TOLERANCE, "finality took {recovered} blocks");
    scene.recover(&two[1]).await?;
    scene.agree().await?;
    scene.end("killed_two", recovered).await
}
