//! Finality for those who follow the chain from another one.

use std::time::Duration;

use anyhow::{ensure, Result};
use talka_client::Client;
use talka_tests::{
    beefy::{leaf_of, Follower, Signed},
    cluster::{Cluster, Plan},
    folder::Folder,
    network::key,
    wait,
};

/// Slots of a session: the first block of each is signed.
const SESSION: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(150);
const VALIDATORS: u32 = 4;
/// More than two thirds.
const QUORUM: usize = 3;

fn is_whole(signed: &Signed) -> bool {
    signed.validators == VALIDATORS && signed.signatures >= QUORUM
}

#[tokio::test(flavor = "multi_thread")]
async fn is_signed_session_after_session_and_handed_over_to_new_keys() -> Result<()> {
    let mut plan = Plan::with_validators(VALIDATORS as usize);
    plan.start.session_length = Some(SESSION);
    let cluster = Cluster::start(Folder::temporary()?, &plan).await?;
    let mut follower = Follower::of(&cluster.nodes[0].url()).await?;

    // Not the very first: the library that nodes verify with cannot tell that a single leaf leads to a root.
    let first = follower.until("a signed block", PATIENCE, |signed| signed.block > 1).await?;
    ensure!(is_whole(&first), "{first:?}");
    wait::until("the node to tell it", PATIENCE, || async {
        Ok(follower.head().await?.filter(|head| *head >= first.block))
    })
    .await?;
    let before = leaf_of(&first, &cluster.nodes).await?;
    ensure!(before.parent + 1 == first.block, "{before:?} is not of {first:?}");
    ensure!(before.next_set == first.set + 1 && before.next_validators == VALIDATORS, "{before:?}");

    // Bob's node makes other keys. A leaf names them in the session before they sign.
    let bob = Client::connect(&cluster.nodes[1].url()).await?.account(key("Bob")?);
    let keys = bob.validators().generate_keys().await?;
    bob.validators().set_keys(keys).await?;
    let mut named = before.clone();
    while named.next_keys == before.next_keys {
        let signed = follower.until("the next signed block", PATIENCE, |_| true).await?;
        ensure!(is_whole(&signed), "{signed:?}");
        named = leaf_of(&signed, &cluster.nodes).await?;
    }

    // With Charlie away nothing is signed any more without Bob.
    cluster.nodes[2].kill();
    let gone = cluster.nodes[0].heads().await?.best;
    let signed = follower
        .until("a block that the new key has signed", PATIENCE, |signed| {
            signed.block > gone && signed.set >= named.next_set
        })
        .await?;
    println!("BEEFY first={} named_for_set={} then={signed:?}", first.block, named.next_set);
    ensure!(is_whole(&signed), "{signed:?}");
    let after = leaf_of(&signed, &cluster.nodes).await?;
    ensure!(after.next_keys == named.next_keys, "{after:?} names other keys than {named:?}");
    Ok(())
}
