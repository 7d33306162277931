//! A bag of real tasks on real data, bought with the command line's own words.

use std::time::Duration;

use anyhow::{ensure, Result};
use talka_client::amount::UNIT;
use talka_primitives::{settlement::split_pot, Balance, DealId, Weight};
use talka_tests::{
    apps::{files, VALUE_AT_RISK},
    books::{audit_fund, Fee},
    network::{APP_PRICE, DATASET_PRICE, OPERATOR_SHARE, POOL_PRICE},
    talka::Talka,
    worker::Behaviour,
    Network,
};
use tokio::task::spawn_blocking;

const TASKS: u32 = VALUE_AT_RISK.tasks;

#[tokio::test(flavor = "multi_thread")]
async fn completes_with_everybody_paid_to_the_unit_and_results_as_computed_natively() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, three, (app, dataset)) = tokio::try_join!(
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        network.publish(&VALUE_AT_RISK)
    )?;

    let before = network.books().await?;
    let fetched = network.folder().join("fetched");
    let mut command: Vec<String> = ["run", "--trust", "4", "--out"].map(String::from).into();
    command.push(fetched.display().to_string());
    for (option, value) in
        [("--app", app.0), ("--dataset", dataset.0), ("--pool", pool.0), ("--tasks", TASKS)]
    {
        command.extend([option.into(), value.to_string()]);
    }
    for argument in VALUE_AT_RISK.arguments() {
        command.extend(["--arg".into(), argument]);
    }
    let talka = Talka::new(&network, "Requester1");
    // The command comes back when the bag is over and the results are here.
    let report =
        spawn_blocking(move || talka.json(&command.iter().map(String::as_str).collect::<Vec<_>>())).await??;
    let deal = DealId(serde_json::from_value(report["deals"][0]["deal"].clone())?);
    let chronicle = network.until_over(deal, Duration::from_secs(60)).await?.of(deal);
    let after = network.books().await?;

    // Two fresh workers that agree are enough for trust 4, and one more audits: no others were drawn.
    let completed = chronicle.completed();
    assert_eq!(completed.len(), TASKS as usize);
    assert!(completed
        .iter()
        .all(|(task, (_, winners))| winners.len() == 3 && chronicle.drawn(*task).len() == 3));
    assert_eq!(chronicle.lost().len(), 0);

    let tasks = Balance::from(TASKS);
    let value = APP_PRICE + DATASET_PRICE + POOL_PRICE;
    let pot = split_pot(POOL_PRICE, OPERATOR_SHARE, &[Weight(2), Weight(2)]);
    let gain = |name: &str| -> Result<Balance> {
        let account = network.account(name)?.id();
        Ok(after.of(account) - before.of(account))
    };
    assert_eq!(gain("Provider")?, tasks * (APP_PRICE + DATASET_PRICE));
    assert_eq!(gain("Operator")?, tasks * pot.operator);
    let mut wages = 0;
    for worker in [&one, &two, &three] {
        let account = network.account(&worker.name)?.id();
        // The last one that was drawn is the auditor: it is paid, and found right, by itself.
        let audits = completed.values().filter(|(_, winners)| winners.last() == Some(&account)).count();
        let right = completed.values().filter(|(_, winners)| winners.contains(&account)).count() - audits;
        let (right, audits) = (right as Balance, audits as Balance);
        // Duties are free: what a worker has more is its wages, and nothing is less.
        let due = right * pot.winners[0] + audits * value;
        assert_eq!(gain(&worker.name)?, due, "{}", worker.name);
        let merit = network.client.best().await?.worker(account).await?.map(|view| view.merit.0);
        // It has begun to fade.
        let earned = right * (value / 2) + audits * value;
        assert!(merit.is_some_and(|merit| merit <= earned && merit + earned / 1_000 >= earned), "{merit:?}");
        wages += gain(&worker.name)?;
    }
    assert_eq!(wages, tasks * (pot.winners.iter().sum::<Balance>() + value));
    // The author of the blocks and the audit fund share the one fee that was paid: that of the request.
    let requester = network.account("Requester1")?.id();
    let fee = before.of(requester) - after.of(requester) - tasks * 2 * value;
    assert!(fee > 0 && fee < UNIT);
    let shared = Fee { author: gain("Alice")?, fund: after.of(audit_fund()) - before.of(audit_fund()) };
    assert_eq!(shared, Fee::of(fee));

    for task in completed.keys() {
        let native = network.folder().join(format!("native-{task}"));
        VALUE_AT_RISK.run_natively(*task, &native)?;
        let result = Talka::folder_of(&fetched, *task);
        ensure!(files(&result)? == files(&native)?, "the result of task {task} is not that of a native run");
    }
    network.finish([one, two, three]).await
}
