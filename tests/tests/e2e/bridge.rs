//! Tokens cross from Ethereum and back, and a contract there buys a task and receives its result.

use std::time::Duration;

use anyhow::{ensure, Context as _, Result};
use serde_json::Value;
use talka_client::amount::UNIT;
use talka_ethereum::Status;
use talka_primitives::{Balance, Trust};
use talka_tests::{
    anvil::{GUARDIAN, HOLDER},
    apps::VALUE_AT_RISK,
    bridge::{
        self, address, key_of,
        volatility::{Estimate, VolatilityIndex, Wanted},
        Bridge, HOLDING, PATIENCE,
    },
    folder::Folder,
    network::{APP_PRICE, CATEGORY, DATASET_PRICE, POOL_PRICE},
    talka::Talka,
    wait,
    worker::Behaviour,
    Network,
};

/// What comes from Ethereum first.
const DEPOSITED: Balance = 50 * UNIT;
/// What goes there, with a tip.
const WITHDRAWN: Balance = 20 * UNIT;
const TIP: Balance = UNIT / 2;
/// The most that the contract pays: the price, as much for an audit, and deposits that come back.
const MAX_PRICE: Balance = 100 * UNIT;
/// Three workers execute it: two that agree, and one that audits.
const TRUST: Trust = Trust(3);
const COMPUTING: Duration = Duration::from_secs(240);

/// Somebody at the command line, with a key on each chain.
struct User<'a> {
    talka: Talka,
    network: &'a Network,
    bridge: &'a Bridge,
    key: String,
}

impl User<'_> {
    fn json(&self, line: &str) -> Result<Value> {
        self.talka.json(&line.split(' ').collect::<Vec<_>>())
    }

    /// A command that needs Ethereum.
    fn there(&self, line: &str) -> Result<Value> {
        self.json(&format!("bridge {line} --ethereum-url {}", self.bridge.anvil.url()))
    }

    /// A command that pays for gas there.
    fn pays(&self, line: &str) -> Result<Value> {
        self.there(&format!("{line} --ethereum-key {}", self.key))
    }

    async fn free(&self, name: &str) -> Result<Balance> {
        let account = self.network.account(name)?.id();
        Ok(self.network.client.best().await?.funds(account).await?.free)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn carries_tokens_both_ways_and_sells_a_task_to_a_contract() -> Result<()> {
    let (cluster, network) = bridge::network(Folder::temporary()?).await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (bridge, one, two, three, (app, dataset)) = tokio::try_join!(
        Bridge::build(&cluster, &network),
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        network.publish(&VALUE_AT_RISK),
    )?;
    let key = key_of(HOLDER, &network)?;
    let user = User { talka: Talka::new(&network, "Requester2"), network: &network, bridge: &bridge, key };

    deposit(&user).await?;
    // While the task is computed, the withdrawal goes its way.
    let wanted = Wanted {
        example: &VALUE_AT_RISK,
        app,
        dataset,
        pool: Some(pool),
        category: CATEGORY,
        trust: TRUST,
        parameter: 0,
    };
    let index = VolatilityIndex::deploy(&bridge, &wanted, MAX_PRICE).await?;
    let call = index.refresh(&bridge).await?;
    withdraw(&user).await?;

    let received = index.until_received(&bridge, COMPUTING).await?;
    let native = Estimate::computed_here(&wanted, &network.folder().join("native"))?;
    ensure!(received == native, "{received:?} was delivered, and {native:?} is right");
    ensure!(index.volatility(&bridge).await? > 0, "no volatility follows from {received:?}");
    ensure!(bridge.gateway.result_of(call).await?.0 == Status::Delivered, "the gateway has not delivered it");
    // What was not spent comes back to the contract: all but the price, that of an audit, and what is still held.
    bridge.until_settled(&network, PATIENCE).await?;
    let back = bridge.token.balance(index.address()).await?;
    let price = APP_PRICE + DATASET_PRICE + POOL_PRICE;
    ensure!(back > 0 && back < MAX_PRICE - price, "{back} units came back of {MAX_PRICE}");
    let status = told_of_the_result(&user).await?;
    ensure!(status["outcome"] == "completed" && status["state"] == "delivered", "{status}");

    claims_without_a_relayer(&user, &cluster).await?;
    bridge.until_settled(&network, PATIENCE).await?;
    let sums = bridge.adds_up(&network).await?;
    let gas = bridge.relayer.gas();
    println!("BRIDGE backed={} locked={} gas={gas:?}", sums.backed, sums.locked);
    ensure!(gas.import.is_some() && gas.claim.is_some() && gas.deliver.is_some(), "{gas:?}");
    bridge.stop()?;
    network.finish_with(sums.backed, [one, two, three]).await
}

/// A deposit that is typed arrives, and costs nothing here.
async fn deposit(user: &User<'_>) -> Result<()> {
    let before = user.free("Requester2").await?;
    let made = user.pays("deposit 50")?;
    ensure!(made["nonce"] == 0 && made["amount"] == "50", "{made}");
    user.bridge.until_credited(user.network, 0, PATIENCE).await?;
    let after = user.free("Requester2").await?;
    ensure!(after == before + DEPOSITED, "{before} units became {after}");
    let holder = user.bridge.token.balance(user.bridge.holder.address()).await?;
    ensure!(holder == HOLDING - DEPOSITED, "the holder has {holder} units");
    let status = user.there("status --deposit 0")?;
    ensure!(status["state"] == "credited", "{status}");
    let state = user.there("status")?;
    ensure!(state["backed"] == "50" && state["ethereum"]["locked"] == "50", "{state}");

    // What cannot be is told before anything is sent.
    for (line, about) in [
        ("deposit 0.5", "BelowMinimum"),
        ("deposit 9999", "are to be deposited"),
        ("status --deposit 7", "no deposit 7"),
        ("claim 7", "no proof"),
    ] {
        let refused = match line.starts_with("status") {
            true => user.there(line),
            false => user.pays(line),
        };
        let said = refused.err().map(|error| error.to_string()).context(line)?;
        ensure!(said.contains(about) && said.contains("hint"), "`{line}`: {said}");
    }
    let refused = user.json(&format!("bridge withdraw 51 --to {}", HOLDER.address));
    let said =
        refused.err().map(|error| error.to_string()).context("more was withdrawn than was deposited")?;
    ensure!(said.contains("holds only 50 TLK"), "{said}");
    Ok(())
}

/// A withdrawal by command is paid, and the relayer that brings it gets the tip.
async fn withdraw(user: &User<'_>) -> Result<()> {
    let to = address(GUARDIAN)?;
    let sent = user.json(&format!("bridge withdraw 20 --to {to} --tip 0.5"))?;
    let index: u32 = serde_json::from_value(sent["index"].clone())?;
    user.bridge.until_claimed(index, PATIENCE).await?;
    let has = user.bridge.token.balance(to.0.into()).await?;
    ensure!(has == WITHDRAWN - TIP, "{has} units were paid");
    let status = user.there(&format!("status {index}"))?;
    ensure!(status["kind"] == "withdrawal" && status["state"] == "claimed", "{status}");
    Ok(())
}

/// The result, as anybody sees it.
async fn told_of_the_result(user: &User<'_>) -> Result<Value> {
    let messages = user.network.client.best().await?.bridge_state().await?.messages;
    for index in 0..messages {
        let status = user.there(&format!("status {index}"))?;
        if status["kind"] == "result" {
            return Ok(status);
        }
    }
    anyhow::bail!("none of {messages} messages is a result")
}

/// With no relayer that claims, the owner can claim the withdrawal alone, as soon as Ethereum knows of the block.
async fn claims_without_a_relayer(user: &User<'_>, cluster: &talka_tests::Cluster) -> Result<()> {
    user.bridge.relayer.stop()?;
    let sent = user.json(&format!("bridge withdraw 5 --to {}", HOLDER.address))?;
    let index: u32 = serde_json::from_value(sent["index"].clone())?;
    let early = user.pays(&format!("claim {index}")).err().map(|error| error.to_string());
    let early = early.context("it was claimed before Ethereum knew of it")?;
    ensure!(early.contains("Ethereum does not know of withdrawal") && early.contains("hint"), "{early}");

    // This one brings the chain's finality, because it has to, and claims nothing.
    let finality = user.bridge.other_relayer(cluster, user.network, &["--deliver-only"])?;
    finality.start()?;
    wait::until("the withdrawal to be provable", PATIENCE, || async {
        let status = user.there(&format!("status {index}"))?;
        Ok((status["state"] == "provable").then_some(()))
    })
    .await?;
    finality.stop()?;
    let before = user.bridge.token.balance(user.bridge.holder.address()).await?;
    let claimed = user.pays(&format!("claim {index}"))?;
    ensure!(claimed["amount"] == "5" && claimed["gas"].as_u64() > Some(21_000), "{claimed}");
    let after = user.bridge.token.balance(user.bridge.holder.address()).await?;
    ensure!(after == before + 5 * UNIT, "{before} units became {after}");
    let twice = user.pays(&format!("claim {index}")).err().map(|error| error.to_string());
    ensure!(twice.is_some_and(|said| said.contains("was claimed before")), "it was paid twice");
    Ok(())
}
