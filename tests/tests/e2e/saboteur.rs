//! A worker of high reputation that lies where nobody else can object.

use std::time::Duration;

use anyhow::{ensure, Context as _, Result};
use talka_client::AccountId;
use talka_primitives::{audit, Balance, Merit, Rate, TaskId, Trust};
use talka_tests::{
    chronicle::Chronicle,
    cluster::{Cluster, Plan},
    folder::Folder,
    network::{Order, BOND, VALUE},
    specification::Reputed,
    worker::Behaviour,
    Network,
};

const SABOTEUR: &str = "Worker1";
/// Two hundred tasks like those that are bought: enough to work alone, and less than ten times that.
const MERIT: Balance = 200 * VALUE;
/// Enough more than the others that it is drawn for nearly every task.
const SABOTEURS_BOND: Balance = 900 * BOND;
/// The seats of a jury where there are four validators.
const JURORS: u32 = 3;
/// The young are audited at 20 %.
const RATE: Rate = Rate(2_000);
/// Single tasks, one after the other, so that it is always free. That it is not audited in 40 of its results has a
/// probability of one in seven thousand.
const BAGS: u32 = 40;
/// Enough for what the others lock: so they are hardly ever drawn instead of it.
const SMALL_BOND: Balance = 10 * VALUE;

#[tokio::test(flavor = "multi_thread")]
async fn is_audited_convicted_by_a_jury_of_validators_and_pays_it() -> Result<()> {
    let mut plan = Plan::with_validators(4);
    plan.start.reputed = vec![Reputed { name: SABOTEUR.into(), bond: SABOTEURS_BOND, merit: MERIT }];
    let cluster = Cluster::start(Folder::temporary()?, &plan).await?;
    let network = Network::over(&cluster, (std::net::Ipv4Addr::LOCALHOST, 0).into()).await?;
    let mut workers = Vec::new();
    for node in &cluster.nodes {
        workers.push(network.juror_at(&node.url(), node.name())?);
    }
    let jurors: Vec<AccountId> = workers.iter().map(|juror| juror.account).collect();
    let pool = network.pool().await?;
    let saboteur = network.worker(SABOTEUR, pool, Behaviour::Lying).await?;
    for name in ["Worker2", "Worker3", "Worker4"] {
        workers.push(network.worker_with_bond(name, pool, Behaviour::Honest, SMALL_BOND).await?);
    }
    let app = network.publish_idle_app().await?;

    let order = Order { trust: Trust(4), ..Order::new(app, pool) };
    let (task, chronicle) = until_convicted(&network, &order).await?;
    println!(
        "SABOTEUR accepted_wrong={} lost={} jurors_paid={}",
        lies(&chronicle, saboteur.account, task),
        chronicle.convicted().values().sum::<Balance>(),
        chronicle.jury_pay().len(),
    );

    // It was alone, lied, and has lost all that it had locked for that, and its merit.
    let collateral = audit::stake(VALUE, RATE, JURORS).context("there is such an amount")?;
    assert_eq!(chronicle.of_task(task).convicted(), [(saboteur.account, collateral)].into());
    let view = network.client.best().await?.worker(saboteur.account).await?.context("it has a standing")?;
    assert_eq!(view.merit, Merit(0));

    // All seats of the jury voted, as it takes more than two thirds of three, and were paid out of that; so was the auditor,
    // whose result was delivered.
    let paid = chronicle.of_task(task).jury_pay();
    ensure!(
        paid.len() >= JURORS as usize && paid.keys().all(|juror| jurors.contains(juror)),
        "who was paid: {paid:?}"
    );
    assert!(paid.values().all(|amount| *amount == VALUE));
    let (digest, winners) = chronicle.completed().remove(&task).context("the task has a result")?;
    ensure!(!winners.contains(&saboteur.account) && !winners.is_empty(), "who was right: {winners:?}");
    let mut truth = chronicle.completed().into_values().filter(|(_, winners)| winners.len() > 1);
    ensure!(truth.all(|(other, _)| other == digest), "the app has one result");

    // The chain has counted it.
    let findings = network.client.best().await?.findings().await?;
    let found = findings
        .iter()
        .find(|view| view.findings.priced.wrong.count > 0)
        .context("a wrong result was found")?;
    assert_eq!(found.findings.priced.wrong.count, 1);
    workers.push(saboteur);
    network.finish(workers).await
}

/// Buy bags until the saboteur is convicted. Gives the task for which it was.
async fn until_convicted(network: &Network, order: &Order) -> Result<(TaskId, Chronicle)> {
    for _ in 0..BAGS {
        let deal = network.request("Requester1", order).await?.deal;
        let chronicle = network.until_over(deal, Duration::from_secs(120)).await?;
        if let Some(task) = chronicle.first_conviction() {
            return Ok((task, chronicle));
        }
    }
    anyhow::bail!("the saboteur was never found out")
}

/// How many of its lies were accepted before it was found out.
fn lies(chronicle: &Chronicle, saboteur: AccountId, found: TaskId) -> usize {
    let completed = chronicle.completed();
    completed.iter().filter(|(task, (_, winners))| **task != found && winners == &[saboteur]).count()
}
