//! Who gets a seat among the validators, and who loses it.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{ensure, Context as _, Result};
use talka_client::{amount::UNIT, AccountId, Client};
use talka_primitives::view::ValidatorView;
use talka_tests::{
    cluster::{Cluster, Plan},
    folder::Folder,
    state::State,
    talka::Talka,
    wait, Network,
};

/// Slots of a session.
const SESSION: u32 = 10;
/// What each validator of the genesis has put up.
const STAKE: u128 = 10_000 * UNIT;
const PATIENCE: Duration = Duration::from_secs(150);

/// Four validators with a reputation, and short sessions.
async fn network(score: u32) -> Result<(Cluster, Network, State)> {
    let mut plan = Plan::with_validators(4);
    plan.start.session_length = Some(SESSION);
    plan.start.score = score;
    let cluster = Cluster::start(Folder::temporary()?, &plan).await?;
    cluster.until_final(0, 1, PATIENCE).await?;
    let network = Network::over(&cluster, (Ipv4Addr::LOCALHOST, 0).into()).await?;
    let state = State::of(network.client.url()).await?;
    Ok((cluster, network, state))
}

async fn validator(client: &Client, who: AccountId) -> Result<Option<ValidatorView<AccountId>>> {
    Ok(client.best().await?.validators().await?.into_iter().find(|view| view.who == who))
}

async fn until<Is>(client: &Client, who: AccountId, what: &str, is_so: Is) -> Result<ValidatorView<AccountId>>
where
    Is: Fn(&ValidatorView<AccountId>) -> bool,
{
    wait::until(what, PATIENCE, || async { Ok(validator(client, who).await?.filter(|view| is_so(view))) })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn are_taken_by_newcomers_whose_effective_stake_is_higher() -> Result<()> {
    let (cluster, network, state) = network(30).await?;
    let client = &network.client;
    let sitting = validator(client, network.account("Bob")?.id()).await?.context("Bob has a seat")?;
    // Weight 9 of a score of 30: nine tenths.
    ensure!(sitting.seated && sitting.effective_stake == STAKE / 10 * 9, "{sitting:?}");

    // As a new validator would: its own node makes its keys.
    let node = cluster.join_as_candidate("Eve").await?;
    let eve = network.account("Eve")?.id();
    let talka = Talka::new(&network, "Eve").at(node.url());
    talka.json(&["worker", "bond", "20000"])?;
    talka.json(&["validator", "rotate-keys"])?;
    talka.json(&["validator", "register", "12000"])?;

    // A bigger stake without reputation counts two thirds: less than what the others have.
    let stands = until(client, eve, "Eve to stand for election", |view| view.candidate).await?;
    ensure!(stands.stake == 12_000 * UNIT && stands.effective_stake == 8_000 * UNIT, "{stands:?}");
    let registered = state.session().await?;
    wait::until("two sessions to pass", PATIENCE, || async {
        Ok((state.session().await? >= registered + 3).then_some(()))
    })
    .await?;
    let passed_over = validator(client, eve).await?.context("Eve stands")?;
    ensure!(!passed_over.seated && !passed_over.announced, "{passed_over:?}");

    // With more, it takes the seat of the last of them.
    talka.json(&["validator", "add-stake", "2500"])?;
    let (added, before) = (state.session().await?, network.client.best().await?.validators().await?);
    let seated = until(client, eve, "Eve to have a seat", |view| view.seated).await?;
    let session = state.session().await?;
    println!("SEAT stake={} effective={} sessions={}", seated.stake, seated.effective_stake, session - added);
    // One may begin between the call and the question, and finality is some blocks behind.
    ensure!(session <= added + 3, "it took from session {added} to {session}");
    let seats = |views: &[ValidatorView<_>]| views.iter().filter(|view| view.seated).count();
    ensure!(seats(&before) == 4 && seats(&client.best().await?.validators().await?) == 4);

    // It works, and the others believe it.
    until(client, eve, "Eve to make blocks", |view| view.authored > 0).await?;
    let now = cluster.nodes[0].heads().await?.best;
    cluster.until_final(0, now + 3, PATIENCE).await?;
    network.finish([]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn are_lost_by_who_equivocates() -> Result<()> {
    let (cluster, network, state) = network(30).await?;
    let client = &network.client;
    let bob = network.account("Bob")?.id();

    // The usual way to do it: a second machine with a copy of the keys.
    let twin = cluster.twin(1).await?;
    let caught = until(client, bob, "Bob to be slashed", |view| !view.candidate).await?;
    let session = state.session().await?;
    // (3 · 1 / 4)² of the stake, and the whole score.
    ensure!(caught.stake == STAKE / 16 * 7 && caught.score.0 == 0, "{caught:?}");
    wait::until("Bob's blocks to be refused", PATIENCE, || async {
        Ok((!state.disabled().await?.is_empty()).then_some(()))
    })
    .await?;
    twin.kill();
    cluster.nodes[1].kill();

    wait::until("Bob to lose its seat", PATIENCE, || async {
        let view = validator(client, bob).await?;
        Ok(view.is_none_or(|view| !view.seated).then_some(()))
    })
    .await?;
    let gone = state.session().await?;
    println!("EQUIVOCATION caught_in_session={session} gone_in_session={gone} stake_left={}", caught.stake);
    ensure!(gone <= session + 2, "it took from session {session} to {gone}");

    // Three are left, and go on. The fund has what was lost.
    let now = cluster.nodes[0].heads().await?.best;
    cluster.until_final(0, now + 3, PATIENCE).await?;
    let books = network.books().await?;
    ensure!(books.of(talka_tests::books::audit_fund()) >= STAKE / 16 * 9);
    network.finish([]).await
}
