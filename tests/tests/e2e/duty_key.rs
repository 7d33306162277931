//! A worker whose machine has a key for duties alone, and what the doctor says of such a machine.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{ensure, Context as _, Result};
use talka_client::amount::UNIT;
use talka_primitives::{settlement::split_pot, Weight};
use talka_tests::{
    clock, isolation,
    network::{Order, BOND, OPERATOR_SHARE, POOL_PRICE},
    node::Node,
    programs::program,
    specification::FAST,
    worker::{Behaviour, Worker},
    Network,
};

/// The key of the bond, which no process of the worker has.
const BONDED: &str = "Worker1";
/// The key that the worker has.
const DUTY: &str = "DutyKey";
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn earns_for_a_bond_whose_key_is_elsewhere_and_can_touch_nothing_else() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let (bonded, key) = (network.account(BONDED)?, network.account(DUTY)?);
    let (stake, market, balances) = (bonded.stake(), bonded.market(), bonded.balances());
    tokio::try_join!(stake.bond(BOND), market.join_pool(pool, None), balances.transfer(key.id(), UNIT))?;
    bonded.poco().set_duty_key(Some(key.id())).await?;
    key.poco().act_for(Some(bonded.id())).await?;
    let app = network.publish_idle_app().await?;

    the_doctor_says_what_is_wrong(&network).await?;

    // Its command line names the duty key.
    let mut worker =
        Worker::new(network.folder(), DUTY, bonded.id(), network.client.url(), Behaviour::Honest)?;
    worker.start()?;
    network.until_online(&worker).await?;
    let before = network.books().await?;
    let deal = network.request("Requester1", &Order::new(app, pool)).await?.deal;
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let wages = split_pot(POOL_PRICE, OPERATOR_SHARE, &[Weight(1)]).winners[0];
    assert_eq!(chronicle.paid(), [(bonded.id(), wages)].into());
    let after = network.books().await?;
    assert_eq!(after.of(bonded.id()) - before.of(bonded.id()), wages);
    // Duties are free, also for the key that sends them.
    assert_eq!(after.of(key.id()), before.of(key.id()));

    // A thief of the key has neither bond nor pool, and nothing more when the worker takes it back.
    ensure!(key.stake().unbond(UNIT).await.is_err(), "the duty key has unbonded");
    ensure!(key.market().leave_pool().await.is_err(), "the duty key has left the pool");
    worker.kill();
    bonded.poco().set_duty_key(None).await?;
    assert_eq!(network.client.best().await?.worker_of(key.id()).await?, key.id());
    ensure!(key.poco().go_offline().await.is_err(), "a key that was taken back acts for the worker");
    network.finish([worker]).await
}

/// Before the worker is started for the first time.
async fn the_doctor_says_what_is_wrong(network: &Network) -> Result<()> {
    let url = network.client.url();
    let doctor = program("talka-worker")?;
    let base = network.folder().join("examined");
    let at = |url: &str, key: &str| examine(Command::new(&doctor), &base, url, key);

    let well = at(url, DUTY)?;
    ensure!(well.status == Some(0) && !well.said.contains("FAIL"), "{}", well.said);
    well.tells("ok    the key acts for the worker", "")?;
    let risky = "warn  the key can spend the account's bond and balance";
    at(url, BONDED)?.tells(risky, "give the worker a duty key")?;

    let nowhere = "ws://127.0.0.1:1";
    let silent = format!("{nowhere}: the node at {nowhere} cannot be reached");
    at(nowhere, DUTY)?.fails(&silent, "start a node")?;
    at(url, "Nobody")?.fails("not drawn for tasks:", "talka worker join POOL")?;

    // Another genesis: the slots of that chain are longer.
    let elsewhere = network.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let other = Node::start(&elsewhere, 2 * FAST).await?;
    let both = format!("{url},{}", other.url());
    let strange = format!("{} belongs to another chain than {url}", other.url());
    at(&both, DUTY)?.fails(&strange, "nodes of one chain")?;
    drop(other);

    let file = network.folder().join("clock");
    clock::set(&file, -600)?;
    let mut late = Command::new(&doctor);
    late.envs(clock::surroundings(&file)?.environment);
    examine(late, &base, url, DUTY)?.fails("this machine's clock is", "set the clock")?;

    let disk = network.folder().join("small-disk");
    let small = isolation::on_a_small_disk(&disk, 16, &doctor)?;
    examine(small, &disk, url, DUTY)?.fails("no room on the disk for 128 MiB", "free some space")
}

/// What the doctor has said, and its exit code.
struct Examined {
    said: String,
    status: Option<i32>,
}

/// Let the doctor look at a machine. `doctor` runs it.
fn examine(mut doctor: Command, base: &Path, url: &str, key: &str) -> Result<Examined> {
    let output = doctor
        .args(["doctor", "--slots=1", "--url", url, "--key", &format!("dev:{key}"), "--base-path"])
        .arg(base)
        .output()
        .context("the doctor cannot be started")?;
    let said = [output.stdout, output.stderr].concat();
    Ok(Examined { said: String::from_utf8_lossy(&said).into_owned(), status: output.status.code() })
}

impl Examined {
    /// It says this, and in the next line what to do.
    fn tells(&self, finding: &str, hint: &str) -> Result<()> {
        let mut lines = self.said.lines();
        ensure!(lines.any(|line| line.contains(finding)), "nothing of `{finding}`:\n{}", self.said);
        let next = lines.next().unwrap_or_default();
        ensure!(next.contains(hint), "`{next}` is not what to do about `{finding}`:\n{}", self.said);
        Ok(())
    }

    /// It fails because of this.
    fn fails(&self, finding: &str, hint: &str) -> Result<()> {
        ensure!(self.status == Some(1), "the exit code is {:?}:\n{}", self.status, self.said);
        ensure!(self.said.contains("of the checks failed"), "{}", self.said);
        self.tells(&format!("FAIL  {finding}"), hint)
    }
}
