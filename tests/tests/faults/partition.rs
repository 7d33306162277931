//! Two of four validators cannot reach the other two: each half makes blocks of its own, and when they meet again one
//! of the two chains goes. What was bought on it must not. And no digest may be shown on a chain that may go: on the other one the
//! result may be audited, and what was shown can be copied there.

use anyhow::{ensure, Result};
use talka_client::events::TaskEvent;
use talka_tests::{
    cluster::{Place, Plan},
    isolation::{self, Lan},
    specification::FAST,
    Surroundings,
};

use crate::scene::{Scene, VALIDATORS};

/// Enough to outlast the fault.
const TASKS: u32 = 12;
/// Bought in each half while they are apart.
const APART: u32 = 3;
/// How many validators are in the first half.
const HALF: u8 = 2;
/// How many blocks each half makes while nothing becomes final. Far fewer than those after which workers wait no longer for
/// finality (half of the time for reveals), or those of the other half count as absent; the longer the halves are apart, the longer they take to
/// meet.
const STILL: u32 = 6;
/// How many blocks it takes until all is there that was sent for a block that had become final.
const SENT: u32 = 2;
/// How many blocks may pass until blocks are final again: those of 40 s. Connections that have gone silent must time out and
/// be made again, and their clocks do not run faster on a chain that does.
const TOLERANCE: u32 = (40_000 / FAST) as u32;

#[tokio::test(flavor = "multi_thread")]
async fn halves_go_on_apart_and_lose_nothing_when_they_meet() -> Result<()> {
    if !isolation::enter("partition::halves_go_on_apart_and_lose_nothing_when_they_meet")? {
        return Ok(());
    }
    let lan = Lan::new(VALIDATORS as u8)?;
    let mut plan = Plan::with_validators(VALIDATORS);
    let place = |(namespace, host)| Place {
        host,
        surroundings: Surroundings { namespace: Some(namespace), environment: Vec::new() },
        ..Place::default()
    };
    plan.places = lan.places().into_iter().map(place).collect();
    // One worker in two looks at a validator of the other half.
    let mut scene = Scene::set_seen_through([0, 2], &plan, 4).await?;
    scene.buy(TASKS).await?;

    lan.cut(HALF)?;
    let cut = [scene.node(0).heads().await?.best, scene.node(2).heads().await?.best];
    // What was voted on before may become final still.
    let (stopped, _) = tokio::try_join!(scene.pass(0, 3), scene.pass(2, 3))?;
    let (first, second) = tokio::try_join!(scene.pass(0, SENT), scene.pass(2, SENT))?;
    let still = [first.best, second.best];
    scene.buy(APART).await?;
    scene.buy_through(2, APART).await?;
    let (apart, _) = tokio::try_join!(scene.pass(0, STILL), scene.pass(2, STILL))?;
    ensure!(
        apart.finalized == stopped.finalized,
        "half of the validators made block {} final",
        apart.finalized
    );
    let hashes = scene.hashes(apart.best - 2).await?;
    ensure!(hashes[0] == hashes[1] && hashes[2] == hashes[3], "a half is not one chain: {hashes:?}");
    ensure!(hashes[0] != hashes[2], "the halves are not apart: {hashes:?}");

    let mut committed = 0;
    for ((node, cut), still) in [0, 2].into_iter().zip(cut).zip(still) {
        let told = scene.told_after(node, cut).await?;
        committed += told.blocks_of(|event| matches!(event, TaskEvent::Committed { .. })).len();
        let shown = told.blocks_of(|event| matches!(event, TaskEvent::Revealed { .. }));
        let shown: Vec<_> = shown.into_iter().filter(|block| *block > still).collect();
        ensure!(shown.is_empty(), "validator {node} has digests that nothing final asks for: {shown:?}");
    }
    ensure!(committed > 0, "nobody worked while the halves were apart");

    lan.heal(HALF)?;
    let healed = scene.heads().await?;
    let resumed = scene.until(0, "to make blocks final", |heads| heads.finalized > healed.best).await?;
    let recovered = resumed.best - healed.best;
    ensure!(recovered <= TOLERANCE, "finality took {recovered} blocks");
    for node in 1..VALIDATORS {
        scene.until(node, "to follow", |heads| heads.finalized >= resumed.finalized).await?;
    }
    scene.agree().await?;
    scene.end("partition", recovered).await
}
