//! A light client, which has no state and believes nobody: it follows the final chain by verifying the proofs.
//!
//! It is smoldot, as wallets embed it: `tests/js/light-client.js`.

use std::{fs, process::Stdio, time::Duration};

use anyhow::{bail, ensure, Context as _, Result};
use serde_json::{json, Value};
use talka_client::client::BlockHash;
use talka_primitives::BlockNumber;
use talka_tests::{
    cluster::{Place, Plan},
    heads::Asked,
    programs::source,
    wait,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::scene::{Scene, VALIDATORS};

const TASKS: u32 = 8;
/// Slots of a session. In each session a validator changes its keys, so the set of voters has to be verified as well.
const SESSION: u32 = 6;
/// How many blocks it has to follow, one by one, that become final while it is there: more than a session.
const FOLLOWED: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_light_client_follows_the_final_chain() -> Result<()> {
    let mut plan = Plan::with_validators(VALIDATORS);
    plan.start.session_length = Some(SESSION);
    plan.places = vec![Place::default(); VALIDATORS];
    // As a browser connects.
    let port = talka_tests::cluster::free_port()?;
    plan.places[0].arguments = ["--listen-addr".into(), format!("/ip4/127.0.0.1/tcp/{port}/ws")].into();
    let mut scene = Scene::set_like(&plan, 3).await?;
    scene.buy(TASKS).await?;
    scene.change_validators(SESSION).await?;
    let began = scene.heads().await?;

    let (_, peer) = scene.cluster.addresses()[0].rsplit_once('/').context("an address ends with a name")?;
    let mut specification: Value = serde_json::from_slice(&fs::read(scene.cluster.specification())?)?;
    specification["bootNodes"] = json!([format!("/ip4/127.0.0.1/tcp/{port}/ws/p2p/{peer}")]);
    let file = scene.network.folder().join("light.json");
    fs::write(&file, serde_json::to_vec(&specification)?)?;

    let script = source("tests/js/light-client.js");
    ensure!(
        script.with_file_name("node_modules").exists(),
        "the light client is not installed\nhint: in tests/js: npm ci"
    );
    let mut client = Command::new("node")
        .arg(&script)
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("there is no program `node`\nhint: scripts/setup installs it")?;
    let mut lines = BufReader::new(client.stdout.take().context("its output is piped")?).lines();
    let asked = Asked::connect(&scene.node(0).url()).await?;
    // It knows the genesis, and says so; what it has caught up with it says without the blocks in between.
    let (mut recovered, mut followed) = (None, Vec::<BlockNumber>::new());
    let following = async {
        while followed.len() < FOLLOWED {
            let line = lines.next_line().await?.context("the light client ended")?;
            let Some((height, hash)) = line.strip_prefix("final ").and_then(|said| said.split_once(' '))
            else {
                bail!("the light client says: {line}");
            };
            let (height, hash): (BlockNumber, BlockHash) = (height.parse()?, hash.parse()?);
            ensure!(asked.hash_of(height).await? == Some(hash), "block {height} is not {hash:?}");
            let heads = scene.heads().await?;
            ensure!(
                height <= heads.finalized,
                "block {height} is not final: {} is the last",
                heads.finalized
            );
            if height > began.finalized {
                recovered.get_or_insert(heads.best - began.best);
                // While it catches up it may leave out blocks. Then it must not.
                if followed.last().is_some_and(|last| height != last + 1) {
                    followed.clear();
                }
                followed.push(height);
            }
        }
        Ok(())
    };
    wait::within("the light client to follow", Duration::from_secs(120), following).await?;
    client.kill().await?;
    println!("from block {} on, the light client saw as final: {followed:?}", began.finalized);
    let recovered = recovered.context("it followed")?;
    scene.end("light_client", recovered).await
}
