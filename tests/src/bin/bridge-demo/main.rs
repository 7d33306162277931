//! The bridge once, from end to end: tokens come from Ethereum, a contract there buys a task and receives its result, tokens go
//! back.
//!
//! `scripts/bridge-demo` calls it when everything is built. It ends with exactly one line that begins with `BRIDGE`: programs read it.

use std::{process::ExitCode, time::Duration};

use anyhow::{anyhow, ensure, Context as _, Result};
use clap::Parser;
use serde_json::Value;
use talka_client::{amount::UNIT, Tlk};
use talka_ethereum::Status;
use talka_primitives::{Balance, Trust};
use talka_tests::{
    anvil::{GUARDIAN, HOLDER},
    apps::VALUE_AT_RISK,
    bridge::{
        self, address, key_of,
        volatility::{Estimate, VolatilityIndex, Wanted},
        Bridge, PATIENCE,
    },
    folder::Folder,
    network::CATEGORY,
    specification::FAST,
    talka::Talka,
    worker::Behaviour,
};

const WORKERS: [&str; 3] = ["Worker1", "Worker2", "Worker3"];
/// Who has an account here.
const USER: &str = "Requester1";
/// What comes, what goes, and the part of it for who brings it.
const COMES: Tlk = Tlk(50 * UNIT);
const GOES: Tlk = Tlk(20 * UNIT);
const TIP: Tlk = Tlk(UNIT / 2);
/// The most that the contract pays for a value.
const MAX_PRICE: Balance = 100 * UNIT;
/// Two workers that agree, and one that audits.
const TRUST: Trust = Trust(3);
const COMPUTING: Duration = Duration::from_secs(180);

/// Move tokens both ways over the bridge, and let a contract on a chain like Ethereum buy a task.
#[derive(Parser)]
struct CommandLine {}

/// What the last line tells.
struct Figures {
    deposited: Tlk,
    requested: usize,
    delivered: usize,
    withdrawn: Tlk,
    /// For an import, a claim and a delivery.
    gas: [u64; 3],
}

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine {} = CommandLine::parse();
    let outcome = tokio::select! {
        outcome = demo() => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow!("it was interrupted")),
    };
    match outcome {
        Ok(Figures { deposited, requested, delivered, withdrawn, gas }) => {
            let [import, claim, deliver] = gas;
            println!(
                "BRIDGE ok deposited={deposited} requested={requested} delivered={delivered} withdrawn={withdrawn} \
                 gas_import={import} gas_claim={claim} gas_deliver={deliver}"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
            println!("BRIDGE failed: {}", chain.lines().map(str::trim).collect::<Vec<_>>().join(" | "));
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<Figures> {
    step("four validators, three workers, a pool, the app value-at-risk with its data");
    let (cluster, network) = bridge::network(Folder::temporary()?).await?;
    println!("node       {} (a block every {} s)", network.node.url(), FAST as f64 / 1_000.0);
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let [first, second, third] = WORKERS;
    let (one, two, three, (app, dataset)) =
        tokio::try_join!(worker(first), worker(second), worker(third), network.publish(&VALUE_AT_RISK))?;

    step("a chain like Ethereum, the contracts on it, an attester beside each validator, a relayer");
    let bridge = Bridge::build(&cluster, &network).await?;
    println!("ethereum   {} (anvil, chain {})", bridge.anvil.url(), bridge.contracts.chain_id);
    println!("client     {} follows what validators have signed", bridge.client.address());
    println!("vault      {} locks the token {}", bridge.contracts.vault, bridge.token.address());
    println!("gateway    {} sells tasks to contracts", bridge.contracts.gateway);

    step("tokens come from Ethereum");
    let shell = Shell { talka: Talka::new(&network, USER), ethereum: bridge.anvil.url() };
    let made = shell.run(&format!("deposit {COMES} --ethereum-key {}", key_of(HOLDER, &network)?))?;
    let nonce = made["nonce"].as_u64().context("a deposit has a number")?;
    let block = bridge.until_credited(&network, nonce, PATIENCE).await?;
    println!("deposit {nonce} is credited in block {block}");

    step("a contract on Ethereum orders a task: how volatile is this portfolio?");
    let parameter = 0;
    let wanted = Wanted {
        example: &VALUE_AT_RISK,
        app,
        dataset,
        pool: Some(pool),
        category: CATEGORY,
        trust: TRUST,
        parameter,
    };
    let index = VolatilityIndex::deploy(&bridge, &wanted, MAX_PRICE).await?;
    let calls = [index.refresh(&bridge).await?];
    println!("contract   {} has ordered, for {} TLK at most", index.address(), Tlk(MAX_PRICE));
    println!("           its request is {}", calls[0]);

    step("tokens go back to Ethereum, while workers compute");
    let to = address(GUARDIAN)?;
    let sent = shell.run(&format!("withdraw {GOES} --to {to} --tip {TIP}"))?;
    let withdrawal = u32::try_from(sent["index"].as_u64().context("a withdrawal has an index")?)?;
    bridge.until_claimed(withdrawal, PATIENCE).await?;
    let paid = bridge.token.balance(to.0.into()).await?;
    ensure!(paid == GOES.0 - TIP.0, "{paid} units were paid");
    println!("withdrawal {withdrawal}: {} TLK were paid to {to}, and {TIP} TLK to the relayer", Tlk(paid));

    step("the result is delivered, and compared with a run of the same app on this machine");
    let estimate = index.until_received(&bridge, COMPUTING).await?;
    let native = Estimate::computed_here(&wanted, &network.folder().join("native"))?;
    ensure!(estimate == native, "{estimate:?} was delivered, and {native:?} is right");
    println!(
        "value at risk at 99 %  {:.3} % in ten days; volatility {:.3} % a year, says the contract",
        percent(estimate.value_at_risk),
        percent(index.volatility(&bridge).await?)
    );

    step("what is left comes back, and the money of both chains adds up");
    bridge.until_settled(&network, PATIENCE).await?;
    let back = bridge.token.balance(index.address()).await?;
    println!("{} TLK of {} came back to the contract", Tlk(back), Tlk(MAX_PRICE));
    let sums = bridge.adds_up(&network).await?;
    println!("the vault holds {} TLK, and as much is here for it", Tlk(sums.locked));
    let mut delivered = 0;
    for call in &calls {
        delivered += usize::from(bridge.gateway.result_of(*call).await?.0 == Status::Delivered);
    }
    let gas = bridge.relayer.gas();
    let told = |gas: Option<u64>| gas.context("the relayer does not tell what it has paid");
    let gas = [told(gas.import)?, told(gas.claim)?, told(gas.deliver)?];
    bridge.stop()?;
    network.finish_with(sums.backed, [one, two, three]).await?;
    let [deposited, withdrawn] = [amount(&made)?, amount(&sent)?];
    Ok(Figures { deposited, requested: calls.len(), delivered, withdrawn, gas })
}

/// The command line, as a user types it.
struct Shell {
    talka: Talka,
    ethereum: String,
}

impl Shell {
    fn run(&self, line: &str) -> Result<Value> {
        println!("$ talka bridge {line}");
        let typed = format!("bridge {line}");
        // A withdrawal is sent here, and needs no node there.
        let there = ["--ethereum-url", &self.ethereum];
        let there: &[&str] = if line.starts_with("deposit") { &there } else { &[] };
        self.talka.json(&[&typed.split(' ').collect::<Vec<_>>()[..], there].concat())
    }
}

/// The amount that a command tells.
fn amount(printed: &Value) -> Result<Tlk> {
    Ok(printed["amount"].as_str().context("an amount is told")?.parse()?)
}

/// Millionths in percent.
fn percent(millionths: u64) -> f64 {
    millionths as f64 / 10_000.0
}

fn step(what: &str) {
    println!("\n== {what}");
}
