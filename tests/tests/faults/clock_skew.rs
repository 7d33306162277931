//! The clock of one of four validators is wrong: first fast, then slow. The others go on, and it finds back.

use anyhow::{ensure, Context as _, Result};
use talka_tests::{
    clock,
    cluster::{Place, Plan},
    folder::Folder,
    node::Node,
    specification::FAST,
};

use crate::scene::{Scene, SHUT_OUT, VALIDATORS};

const TASKS: u32 = 12;
/// Seconds: far more than a slot.
const SKEW: i64 = 10;
/// Seconds for which a node may say nothing: so old may the last line of a log be.
const QUIET: i64 = 6;
/// Slots of a second.
const SECOND: u32 = (1_000 / FAST) as u32;
/// The one whose clock is wrong.
const UNLUCKY: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn the_others_go_on_and_it_finds_back() -> Result<()> {
    let folder = Folder::temporary()?;
    let file = folder.path().join("clock");
    clock::set(&file, 0)?;
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.places = vec![Place::default(); VALIDATORS];
    plan.places[UNLUCKY].surroundings = clock::surroundings(&file)?;
    let mut scene = Scene::set_in(folder, &plan, 3).await?;
    scene.buy(TASKS).await?;

    for skew in [SKEW, -SKEW] {
        clock::set(&file, skew)?;
        // What was logged before it was set says nothing: as long as a node may say nothing is waited for.
        let began = scene.pass(0, SECOND * QUIET as u32).await?;
        let seen = skew_of(scene.node(UNLUCKY), scene.node(0))?;
        ensure!((seen - skew).abs() <= QUIET, "the clock is {seen} s ahead, and was set to {skew}");
        let ended = scene.pass(0, SECOND * SKEW as u32).await?;
        ensure!(ended.finalized > began.best, "finality stopped at {} of {}", ended.finalized, ended.best);
    }

    clock::set(&file, 0)?;
    let recovered = scene.until_caught_up(scene.node(UNLUCKY), scene.heads().await?, SHUT_OUT).await?;
    scene.agree().await?;
    scene.end("clock_skew", recovered).await
}

/// How many seconds the clock of a node is ahead of another's, as the last lines of their logs tell.
fn skew_of(node: &Node, other: &Node) -> Result<i64> {
    const DAY: i64 = 24 * 60 * 60;
    let ahead = (second(&node.said())? - second(&other.said())?).rem_euclid(DAY);
    Ok(if ahead > DAY / 2 { ahead - DAY } else { ahead })
}

/// The second of the day in the last line of a log that begins with a date, as in `2026-11-23 01:37:11 Imported #1`.
fn second(log: &str) -> Result<i64> {
    let time = |line: &str| {
        let mut words = line.split(' ');
        words.next().filter(|date| date.starts_with("20"))?;
        let parts = words.next()?.split(':').map(|part| part.parse().ok());
        let parts = parts.collect::<Option<Vec<i64>>>()?;
        (parts.len() == 3).then(|| parts.iter().fold(0, |sum, part| sum * 60 + part))
    };
    log.lines().rev().find_map(time).context("the log has no date")
}
