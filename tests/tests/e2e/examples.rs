//! The examples of the Rust client, run as they are: a sale by order, the purchase, the deal's events, the results.

use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use anyhow::{ensure, Context as _, Result};
use nix::{
    sys::signal::{kill, Signal},
    unistd::Pid,
};
use talka_tests::{programs::program, wait, worker::Behaviour, Network};
use tokio::process::{Child, Command};

/// An app that says something and leaves no file.
const MODULE: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

/// How long an example may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// An example that looks at the chain through the network's node. It works in the network's folder.
fn example(network: &Network, name: &str, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(program(&format!("examples/{name}"))?);
    command.args(["--url", network.client.url()]).args(arguments);
    command.current_dir(network.folder()).stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

async fn run(network: &Network, name: &str, arguments: &[&str]) -> Result<Output> {
    let running = async { Ok(example(network, name, arguments)?.output().await?) };
    wait::within(&format!("the example {name} to end"), PATIENCE, running).await
}

/// What an example printed that must succeed.
async fn say(network: &Network, name: &str, arguments: &[&str]) -> Result<String> {
    let Output { status, stdout, stderr } = run(network, name, arguments).await?;
    ensure!(
        status.success(),
        "{name} {}: {status}\n{}",
        arguments.join(" "),
        String::from_utf8_lossy(&stderr)
    );
    Ok(String::from_utf8(stdout)?)
}

/// Sell an app that the pool's workers can fetch as long as the process runs. The process, and the app's number.
async fn sell(network: &Network) -> Result<(Child, String)> {
    fs::write(network.folder().join("hello.wasm"), wat::parse_str(MODULE)?)?;
    let log = network.folder().join("sell.log");
    let arguments = ["hello.wasm", "--price", "2", "--volume", "3", "--listen", "127.0.0.1:0"];
    let mut command = example(network, "sell", &arguments)?;
    let file = fs::File::create(&log)?;
    let mut seller = command.stdout(file.try_clone()?).stderr(file).spawn()?;
    let said = wait::until("the app to be served", PATIENCE, || {
        let (log, ended) = (log.clone(), seller.try_wait());
        async move {
            let said = fs::read_to_string(log)?;
            ensure!(ended?.is_none(), "sell has ended:\n{said}");
            Ok(said.contains("until Ctrl-C").then_some(said))
        }
    })
    .await?;
    let app = between(&said, "app ", " is published").context("there is no app")?;
    Ok((seller, app))
}

/// The text that stands between two others.
fn between(text: &str, before: &str, after: &str) -> Option<String> {
    Some(text.split_once(before)?.1.split_once(after)?.0.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn sell_buy_watch_and_fetch_on_a_development_chain() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (worker, (mut seller, app)) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Honest), sell(&network))?;

    // The app is sold by order only, and the error says so.
    let buy = ["--app", &app, "--tasks", "2", "--trust", "1", "--max-price", "28"];
    let refused = run(&network, "buy", &buy).await?;
    let said = String::from_utf8(refused.stderr)?;
    ensure!(!refused.status.success() && refused.stdout.is_empty(), "{said}");
    ensure!(said.contains("2 of 2 tasks cannot be bought") && said.contains("\nhint: "), "{said}");

    let bought = say(&network, "buy", &[&buy[..], &["--order", "offer.json"]].concat()).await?;
    ensure!(bought.contains(&format!("2 tasks at 27 TLK in pool {pool}, made in block ")), "{bought}");
    let deal = between(&bought, "\ndeal ", ":").context("there is no deal")?;
    let made = bought.trim().rsplit(' ').next().context("there is no block")?;

    // It is watched from the block on in which it was made: nothing is missing, neither the draws nor the wages.
    let seen = say(&network, "watch", &[&deal, "--from", made]).await?;
    for index in 0..2 {
        for fact in [
            format!(" was drawn for task {deal}.{index} and has until block "),
            format!(" committed to a result of {deal}.{index}\n"),
            format!(" was paid 23.75 TLK for {deal}.{index}\n"),
            format!(": task {deal}.{index} has the result "),
        ] {
            ensure!(seen.matches(&fact).count() == 1, "`{fact}` is not there once:\n{seen}");
        }
    }
    ensure!(seen.ends_with(&format!("deal {deal} is over: 2 tasks completed, 0 failed\n")), "{seen}");

    let fetched = say(&network, "fetch", &[&deal]).await?;
    for index in 0..2 {
        let digest =
            between(&seen, &format!("task {deal}.{index} has the result "), " ").context("a digest")?;
        ensure!(fetched.contains(&format!("task {deal}.{index}: {digest} Exited(0), 0 files")), "{fetched}");
        let stdout: PathBuf = ["results", &index.to_string(), "stdout"].iter().collect();
        assert_eq!(fs::read_to_string(network.folder().join(stdout))?, "hello\n");
    }

    let id = seller.id().context("the seller is still there")?;
    kill(Pid::from_raw(id.try_into()?), Signal::SIGINT)?;
    let status = wait::within("the seller to end", PATIENCE, async { Ok(seller.wait().await?) }).await?;
    ensure!(status.success(), "the seller: {status}");
    network.finish([worker]).await
}
