//! The disk of one of four validators is full: the others go on, and with more room it does too, on the same data.

use std::{fs::File, io::Write as _, path::Path};

use anyhow::{ensure, Result};
use talka_tests::{cluster::Plan, folder::Folder, isolation};

use crate::scene::{Scene, VALIDATORS};

const TASKS: u32 = 12;
/// Room for a young chain and no more than that.
const MEBIBYTES: u32 = 256;
/// The one whose disk it is; `Dave` is its name.
const UNLUCKY: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_with_its_data_when_there_is_room() -> Result<()> {
    if !isolation::enter("disk_full::it_goes_on_with_its_data_when_there_is_room")? {
        return Ok(());
    }
    let folder = Folder::temporary()?;
    let disk = folder.path().join("Dave");
    isolation::mount_disk(&disk, MEBIBYTES)?;
    let mut scene = Scene::set_in(folder, &Plan::with_validators(VALIDATORS), 3).await?;
    scene.buy(TASKS).await?;

    let filler = disk.join("filler");
    fill(&filler)?;
    let began = scene.heads().await?;
    let ended = scene.pass(0, 12).await?;
    ensure!(ended.finalized > began.best, "finality stopped at {} of {}", ended.finalized, ended.best);
    let unlucky = scene.node(UNLUCKY).clone();
    match unlucky.heads().await.ok().filter(|_| unlucky.is_running()) {
        Some(heads) => println!("without room it runs, and is at block {} of {}", heads.best, ended.best),
        None => println!("without room it ended:\n{}", unlucky.last_words()),
    }

    unlucky.kill();
    std::fs::remove_file(&filler)?;
    let recovered = scene.recover(&unlucky).await?;
    scene.agree().await?;
    scene.end("disk_full", recovered).await
}

/// Write until nothing fits any more.
fn fill(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    for size in [1 << 20, 1 << 12, 1] {
        let piece = vec![7; size];
        while file.write_all(&piece).is_ok() {}
    }
    Ok(())
}
