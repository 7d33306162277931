//! What the command line says to those who mistype, forget or overreach.

use std::{fs, time::Duration};

use anyhow::{ensure, Result};
use talka_client::Tlk;
use talka_tests::{
    network::{self, Order},
    talka::Talka,
    worker::{Behaviour, Worker},
    Network,
};

/// The command fails, with an error that contains `error` and a hint that contains `hint`; nothing goes to standard
/// output.
fn refuses(talka: &Talka, command: &str, error: &str, hint: &str) -> Result<()> {
    let output = talka.call(&command.split(' ').collect::<Vec<_>>())?;
    let (said, printed) = (String::from_utf8(output.stderr)?, String::from_utf8(output.stdout)?);
    ensure!(!output.status.success(), "`talka {command}` succeeded:\n{printed}");
    ensure!(printed.is_empty(), "`talka {command}` printed:\n{printed}");
    let lines: Vec<_> = said.lines().collect();
    let about = |prefix: &str| lines.iter().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default();
    for (prefix, expected) in [("error: ", error), ("hint: ", hint)] {
        ensure!(about(prefix).contains(expected), "`talka {command}` says nothing of `{expected}`:\n{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_bad_input_with_a_sentence_and_a_hint() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (worker, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Honest), network.publish_idle_app(),)?;
    let before = network.books().await?;
    let requester = Talka::new(&network, "Requester1");
    let run = |rest: &str| format!("run --app {app} --pool {pool} {rest}");

    // Not on the chain, or not for sale.
    refuses(
        &requester,
        &run("--tasks 1").replace(&format!("--app {app}"), "--app 99"),
        "no app 99",
        "talka app list",
    )?;
    refuses(&requester, &run("--tasks 1 --category M"), "CategoryNotServed", "")?;
    refuses(&requester, &run("--tasks 1 --max-price 0.5"), "PriceOverLimit", "")?;
    refuses(&requester, &run("--tasks 1 --trust 0"), "InvalidTrust", "")?;
    refuses(&requester, "deal show 99", "no deal 99", "")?;

    // Not with the workers that there are.
    refuses(&requester, &run("--tasks 1 --trust 100"), "TrustOutOfReach", "less trust")?;
    let absent = network.pool().await?;
    let elsewhere =
        run("--tasks 1 --trust 1").replace(&format!("--pool {pool}"), &format!("--pool {absent}"));
    refuses(&requester, &elsewhere, "none of its workers is online", "--force")?;
    refuses(&Talka::new(&network, "Nobody"), &run("--tasks 1 --trust 1"), "would be held", "talka quote")?;

    // Somebody else's, or too much.
    refuses(&requester, &format!("pool set-price {pool} XS 1"), "NotOwner", "")?;
    refuses(&requester, "worker bond 0.1", "BondTooSmall", "")?;
    refuses(&requester, "worker bond 9000000", "FundsTooLow", "")?;
    refuses(&requester, "account transfer dev:Alice 9000000", "TLK at most", "--all")?;
    refuses(&requester, "worker unbond 1", "NotBonded", "first")?;
    refuses(&Talka::new(&network, "Worker1"), "worker withdraw", "NothingToWithdraw", "")?;

    // Mistyped.
    refuses(&requester, &run("--tasks 0"), "one task", "")?;
    refuses(&requester, "worker bond 1,5", "1,5", "")?;
    refuses(&requester, "worker bond 1 --key Alice", "names no key", "dev:Alice")?;
    refuses(&requester, "account show --url http://127.0.0.1", "not the address of a node", "ws://")?;
    refuses(&requester, "account show --url ws://127.0.0.1:1", "cannot be reached", "start a node")?;

    // A directory with results of another run.
    let results = network.folder().join("results");
    fs::create_dir_all(results.join("0"))?;
    let out = format!("--tasks 1 --trust 1 --out {}", results.display());
    refuses(&requester, &run(&out), "results of another run", "--out")?;

    // Refused calls cost their fees, and those who were refused have nothing less than that.
    let after = network.books().await?;
    let requester = network.account("Requester1")?.id();
    ensure!(after.held_for_deals() == 0, "nothing was bought, and still held: {:?}", after.holds);
    ensure!(before.of(requester) - after.of(requester) < talka_client::amount::UNIT);
    network.finish([worker]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_what_is_paid_later_and_funds_accounts_of_test_chains() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (worker, app) =
        tokio::try_join!(network.worker("Worker1", pool, Behaviour::Honest), network.publish_idle_app(),)?;
    let requester = Talka::new(&network, "Requester1");
    let bag = format!("--app {app} --pool {pool} --tasks 2 --trust 1");
    let json = |line: String| requester.json(&line.split(' ').collect::<Vec<_>>());

    let quote = json(format!("quote {bag}"))?;
    ensure!(quote["refused"].as_array().is_some_and(Vec::is_empty), "{quote}");
    let held: Tlk = quote["held"].as_str().unwrap_or_default().parse()?;
    assert_eq!(held.0, 2 * (network::APP_PRICE + network::POOL_PRICE));
    let report = json(format!("run {bag}"))?;
    ensure!(report["paid"] == quote["total"], "{report} was quoted as {quote}");

    // An app that fails is paid for, too, and its last words are told.
    let failing = network.publish_failing_app().await?;
    let place = |name: &str| network.folder().join(name).display().to_string();
    let fails = |line: String| -> Result<String> {
        let output = requester.call(&line.split(' ').collect::<Vec<_>>())?;
        let (said, printed) = (String::from_utf8(output.stderr)?, String::from_utf8(output.stdout)?);
        ensure!(output.status.code() == Some(3), "`talka {line}`: {}\n{printed}{said}", output.status);
        ensure!(said.contains("in 1 of 1 result the app did not end with the exit status 0"), "{said}");
        ensure!(printed.contains("\n  | hint: trust me\n  | \\u{1b}[2Jgone\n"), "{printed}");
        Ok(printed)
    };
    let bag = format!("--app {failing} --pool {pool} --tasks 1 --trust 1");
    let printed = fails(format!("run {bag} --out {}", place("failed")))?;
    ensure!(printed.contains("exit status 3 in 1 of 1 results"), "{printed}");
    let deal = printed.split_whitespace().nth(1).unwrap_or_default();
    fails(format!("result get {deal} --out {}", place("again")))?;
    let shown = requester.call(&["task", "show", &format!("{deal}.0")])?;
    let shown = String::from_utf8(shown.stdout)?;
    ensure!(shown.contains(&format!("`talka result get {deal}.0 --out DIR`")), "{shown}");

    json("account fund dev:Nobody 5".into())?;
    let shown = json("account show dev:Nobody".into())?;
    ensure!(shown["free"] == "5", "{shown}");
    let slow = tells_a_requester_what_its_task_does_and_says(&network).await?;
    network.finish([worker, slow]).await
}

/// The worker pauses before it executes: there is time to ask it. Gives the worker back.
async fn tells_a_requester_what_its_task_does_and_says(network: &Network) -> Result<Worker> {
    let pool = network.pool().await?;
    let pause = Behaviour::Slow(Duration::from_secs(5));
    let (worker, app) =
        tokio::try_join!(network.worker("Worker2", pool, pause), network.publish_talking_app())?;
    let deal = network.request("Requester1", &Order::new(app, pool)).await?.deal;
    let task = format!("{deal}.0");

    let stranger = Talka::new(network, "Requester2");
    refuses(&stranger, &format!("task logs {task}"), "may not ask", "the key of the requester")?;
    let requester = Talka::new(network, "Requester1");
    let followed = requester.call(&["task", "logs", &task, "--follow"])?;
    let (printed, said) = (String::from_utf8(followed.stdout)?, String::from_utf8(followed.stderr)?);
    ensure!(followed.status.success(), "{said}");
    for expected in
        [": executing, 0 % of its fuel\n", "| begun\n", "| done\n", ": through with it\n", "completed"]
    {
        ensure!(printed.contains(expected), "nothing of `{expected}`:\n{printed}{said}");
    }

    // Afterwards it is read from the result, which everybody can do.
    let read = stranger.json(&["task", "logs", &task])?;
    ensure!(read["messages"] == "begun\ndone\n" && read["fuel_used"].as_u64() > Some(100_000_000), "{read}");
    Ok(worker)
}
