//! Orders, by the command line's own words: a buyer that knows of none, a private sale, a sponsor.

use std::{fs, time::Duration};

use anyhow::{ensure, Context as _, Result};
use serde_json::Value;
use talka_client::amount::UNIT;
use talka_primitives::{AppId, Balance, DealId, PoolId};
use talka_tests::{
    network::{APP_PRICE, POOL_PRICE},
    talka::Talka,
    worker::{Behaviour, Worker},
    Network,
};
use tokio::task::spawn_blocking;

/// What is typed, without what distinguishes one run from another.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(String::from).collect()
}

/// Call `talka` as this actor; it must succeed.
async fn talka(network: &Network, name: &str, line: String) -> Result<Value> {
    let talka = Talka::new(network, name);
    spawn_blocking(move || talka.json(&words(&line).iter().map(String::as_str).collect::<Vec<_>>())).await?
}

/// Sign an order as this actor; the file with it.
async fn sign(network: &Network, name: &str, what: &str) -> Result<String> {
    let signed = talka(network, name, format!("order sign {what}")).await?;
    let id = signed["id"].as_str().context("an order has an identifier")?;
    let path = network.folder().join(format!("{id}.json"));
    fs::write(&path, signed.to_string())?;
    Ok(path.display().to_string())
}

async fn open(network: &Network) -> Result<(PoolId, AppId, Worker)> {
    let pool = network.pool().await?;
    let (worker, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Honest), network.publish_idle_app())?;
    Ok((pool, app, worker))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pools_are_found_by_a_buyer_that_knows_of_none_and_the_best_come_first() -> Result<()> {
    let network = Network::start().await?;
    let (pool, app, worker) = open(&network).await?;
    // The pool's published price is 25. Two orders are cheaper, one of them for few tasks and one for others.
    let sell = |terms: &str| format!("order publish pool {pool} --category XS --trust 10 {terms}");
    talka(&network, "Operator", sell("--price 15 --volume 2")).await?;
    let stranger = network.account("Alice")?.id();
    talka(&network, "Operator", sell(&format!("--price 1 --volume 9 --only-requester {stranger}"))).await?;

    let before = network.books().await?;
    let out = network.folder().join("results");
    let line = format!(
        "run --app {app} --max-price 30 --trust 1 --category XS --tasks 10..13 --out {}",
        out.display()
    );
    let report = talka(&network, "Requester1", line).await?;

    let deals = report["deals"].as_array().context("the report lists deals")?;
    let bought: Vec<_> = deals.iter().map(|deal| (deal["tasks"].as_u64(), deal["first"].as_u64())).collect();
    assert_eq!(bought, [(Some(2), Some(0)), (Some(1), Some(2))], "{report}");
    assert_eq!((report["completed"].as_u64(), report["failed"].as_u64()), (Some(3), Some(0)));
    for place in 0..3 {
        assert!(out.join(place.to_string()).is_dir(), "there is no result {place}");
    }

    let after = network.books().await?;
    let gain = |name: &str| -> Result<i128> {
        let account = network.account(name)?.id();
        Ok(after.of(account) as i128 - before.of(account) as i128)
    };
    let work = 2 * 15 * UNIT + POOL_PRICE;
    assert_eq!(gain("Provider")?, 3 * APP_PRICE as i128);
    assert_eq!(gain("Worker1")?, (work * 95 / 100) as i128);
    assert_eq!(gain("Operator")?, (work * 5 / 100) as i128);
    let spent = -gain("Requester1")?;
    let fees = spent - (3 * APP_PRICE + work) as i128;
    ensure!(fees > 0 && fees < UNIT as i128, "{fees} units of fees");

    // The first order is used up, and its deposit was given back; the other one is still there.
    let listed = talka(&network, "Operator", "order list --category XS".into()).await?;
    let listed = listed.as_array().context("a list")?;
    assert_eq!(listed.len(), 1);
    let id = listed[0]["id"].as_str().context("an order has an identifier")?;
    talka(&network, "Operator", format!("order cancel {id}")).await?;
    network.finish([worker]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn are_for_those_they_are_meant_for_and_may_be_paid_for_by_others() -> Result<()> {
    let network = Network::start().await?;
    let (pool, app, worker) = open(&network).await?;
    // The app is withdrawn from sale, but for the members of a group.
    talka(&network, "Provider", format!("app set-price {app} none")).await?;
    talka(&network, "Provider", "group create readers".into()).await?;
    let reader = network.account("Requester1")?.id();
    talka(&network, "Provider", format!("group add 0 {reader}")).await?;
    let offer = format!("app {app} --price 2 --volume 9 --only-requester group:0");
    let app_order = sign(&network, "Provider", &offer).await?;
    let pool_order =
        sign(&network, "Operator", &format!("pool {pool} --category XS --trust 4 --price 10 --volume 9"))
            .await?;

    let buy = format!("run --app {app} --max-price 30 --trust 1 --tasks 2");
    let refused = |name: &str, line: String| {
        let talka = Talka::new(&network, name);
        let output = talka.call(&words(&line).iter().map(String::as_str).collect::<Vec<_>>())?;
        ensure!(!output.status.success() && output.stdout.is_empty(), "`talka {line}` succeeded");
        Ok(String::from_utf8(output.stderr)?)
    };
    let said = refused("Requester1", buy.clone())?;
    ensure!(said.contains("no published price") && said.contains("hint: "), "{said}");
    let handed = format!("{buy} --app-order {app_order} --pool-order {pool_order}");
    let said = refused("Requester2", handed.clone())?;
    ensure!(said.contains("NotForThisRequester") && said.contains("hint: "), "{said}");

    // What somebody else owns is not signed by mistake.
    let sell = format!("order sign app {app} --price 1 --volume 9");
    let said = refused("Requester2", sell.clone())?;
    ensure!(said.contains("belongs to") && said.contains("--force"), "{said}");
    talka(&network, "Requester2", format!("{sell} --force")).await?;

    let report = talka(&network, "Requester1", handed).await?;
    assert_eq!((report["completed"].as_u64(), &report["paid"]), (Some(2), &Value::from("24")), "{report}");

    // An order that was changed is not what its signer has signed.
    let changed = fs::read_to_string(&app_order)?.replace("2000000000", "1000000000");
    let forged = network.folder().join("forged.json").display().to_string();
    fs::write(&forged, changed)?;
    let said = refused("Requester1", format!("{buy} --app-order {forged}"))?;
    ensure!(said.contains("changed after it was signed"), "{said}");

    // Requester2 has no money for it in mind: Requester1 pays.
    talka(&network, "Provider", format!("app set-price {app} 3")).await?;
    let wish = format!("request --app {app} --category XS --trust 1 --tasks 1 --max-price 13");
    let wish_of_nobody = sign(&network, "Nobody", &wish).await?;
    let wish = sign(&network, "Requester2", &wish).await?;

    // A match is checked as a purchase is, before it is sent.
    let doubtful = format!("request --app {app} --category XS --trust 100 --tasks 1 --max-price 30");
    let doubtful = sign(&network, "Requester2", &doubtful).await?;
    let said = refused("Requester1", format!("order match --request {doubtful} --pool-id {pool} --sponsor"))?;
    ensure!(said.contains("Marketplace.TrustOutOfReach") && said.contains("Ask for less trust"), "{said}");
    let said = refused("Requester1", format!("order match --request {wish_of_nobody} --pool {pool_order}"))?;
    ensure!(said.contains("would be held of the requester") && said.contains("--sponsor"), "{said}");
    let before = network.books().await?;
    let made =
        talka(&network, "Requester1", format!("order match --request {wish} --pool {pool_order} --sponsor"))
            .await?;
    let deal = DealId(serde_json::from_value(made["deal"].clone())?);
    network.until_over(deal, Duration::from_secs(60)).await?;
    let after = network.books().await?;
    let change = |name: &str| -> Result<Balance> {
        let account = network.account(name)?.id();
        Ok(before.of(account) - after.of(account))
    };
    let spent = change("Requester1")?;
    ensure!((13 * UNIT..14 * UNIT).contains(&spent), "the sponsor has paid {spent}");
    assert_eq!(change("Requester2")?, 0);
    let listed = talka(&network, "Requester1", "deal list --sponsored".into()).await?;
    let listed: Vec<_> = listed.as_array().context("a list")?.iter().map(|deal| &deal["id"]).collect();
    assert_eq!(listed, [&made["deal"]]);
    network.finish([worker]).await
}
