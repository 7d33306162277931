//! Results that outlive the workers that computed them.

use std::{fs, time::Duration};

use anyhow::{ensure, Result};
use talka_primitives::{DealId, Trust};
use talka_tests::{keeper::Keeper, network::Order, talka::Talka, worker::Behaviour, Network};
use tokio::task::spawn_blocking;

const TASKS: u32 = 2;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn serves_results_when_all_workers_have_gone_with_their_disks() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let worker = |name| network.worker(name, pool, Behaviour::Honest);
    let (one, two, three, app) = tokio::try_join!(
        worker("Worker1"),
        worker("Worker2"),
        worker("Worker3"),
        network.publish_talking_app()
    )?;
    let order = Order { trust: Trust(4), tasks: TASKS, ..Order::new(app, pool) };
    let buyer = network.account("Requester1")?.id().to_string();
    // One for the buyer, without its key, and one for the operator of the pool.
    let mut own = Keeper::new(&network, "own-keeper", &["--account", &buyer])?;
    let mut of_pool = Keeper::new(&network, "pool-keeper", &["--pool", &pool.to_string()])?;
    own.start().await?;
    let of_pool_address = of_pool.start().await?;

    let first = network.request("Requester1", &order).await?.deal;
    network.until_over(first, PATIENCE).await?;
    own.until_kept(first, TASKS).await?;
    // What is settled while it does not run it learns afterwards. Those of others it does not keep.
    own.kill();
    let of_others = network.request("Requester2", &order).await?.deal;
    let second = network.request("Requester1", &order).await?.deal;
    for deal in [of_others, second] {
        network.until_over(deal, PATIENCE).await?;
        of_pool.until_kept(deal, TASKS).await?;
    }
    let own_address = own.start().await?;
    own.until_kept(second, TASKS).await?;
    let kept = own.kept();
    ensure!(kept.iter().all(|task| task.deal != of_others), "those of another buyer are kept: {kept:?}");

    let mut workers = [one, two, three];
    workers.iter_mut().try_for_each(|worker| worker.lose_disk())?;
    let talka = Talka::new(&network, "Requester1");
    let get = |deal: DealId, name: &str, keeper: Option<&str>| {
        let (deal, out) = (deal.to_string(), network.folder().join(name));
        let out = out.display().to_string();
        let mut command = vec!["result".to_owned(), "get".to_owned(), deal, "--out".to_owned(), out];
        command.extend(keeper.into_iter().flat_map(|keeper| ["--keeper".to_owned(), keeper.to_owned()]));
        let talka = talka.clone();
        spawn_blocking(move || talka.call(&command.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let alone = get(first, "alone", None).await??;
    ensure!(alone.status.code() == Some(1), "somebody else has served the results");
    for (name, deal, keeper) in [
        ("first", first, &own_address),
        ("second", second, &own_address),
        ("others", of_others, &of_pool_address),
    ] {
        let fetched = get(deal, name, Some(keeper)).await??;
        let said = String::from_utf8_lossy(&fetched.stderr);
        ensure!(fetched.status.success(), "{name}: {said}");
        // Each was verified against the digest on the chain before it was put there.
        for index in 0..TASKS {
            let result = network.folder().join(name).join(index.to_string());
            assert_eq!(fs::read_to_string(result.join("stderr"))?, "begun\ndone\n");
            assert!(result.join("manifest.json").is_file());
        }
    }
    own.kill();
    of_pool.kill();
    network.finish(workers).await
}
