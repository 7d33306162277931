//! The clock of one of four validators is wrong: first fast, then slow. The others go on, and it finds back.

use std::{fs, path::Path};

use anyhow::{bail, ensure, Context as _, Result};
use talka_tests::{
    cluster::{Place, Plan},
    folder::Folder,
    node::Node,
    specification::FAST,
    Surroundings,
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
    let clock = folder.path().join("clock");
    set(&clock, 0)?;
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.places = vec![Place::default(); VALIDATORS];
    plan.places[UNLUCKY].surroundings = with_clock(&clock)?;
    let mut scene = Scene::set_in(folder, &plan, 3).await?;
    scene.buy(TASKS).await?;

    for skew in [SKEW, -SKEW] {
        set(&clock, skew)?;
        // What was logged before it was set says nothing: as long as a node may say nothing is waited for.
        let began = scene.pass(0, SECOND * QUIET as u32).await?;
        let seen = skew_of(scene.node(UNLUCKY), scene.node(0))?;
        ensure!((seen - skew).abs() <= QUIET, "the clock is {seen} s ahead, and was set to {skew}");
        let ended = scene.pass(0, SECOND * SKEW as u32).await?;
        ensure!(ended.finalized > began.best, "finality stopped at {} of {}", ended.finalized, ended.best);
    }

    set(&clock, 0)?;
    let recovered = scene.until_caught_up(scene.node(UNLUCKY), scene.heads().await?, SHUT_OUT).await?;
    scene.agree().await?;
    scene.end("clock_skew", recovered).await
}

/// Surroundings in which the clock is as far ahead as a file says.
fn with_clock(file: &Path) -> Result<Surroundings> {
    const PLACES: [&str; 3] = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/faketime/libfaketimeMT.so.1",
    ];
    let Some(library) = PLACES.into_iter().find(|place| Path::new(place).exists()) else {
        bail!("there is no libfaketime\nhint: scripts/setup installs it (the package faketime)");
    };
    let environment = [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".into()),
        // How long something takes is measured by another clock, which is right.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("DONT_FAKE_MONOTONIC", "1".into()),
    ];
    let environment = environment.map(|(name, value)| (name.into(), value)).into();
    Ok(Surroundings { namespace: None, environment })
}

/// Set the clock so many seconds ahead; all at once, because it may be read at any time.
fn set(file: &Path, seconds: i64) -> Result<()> {
    let next = file.with_extension("next");
    fs::write(&next, format!("{seconds:+}\n"))?;
    Ok(fs::rename(next, file)?)
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
