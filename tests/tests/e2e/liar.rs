//! A worker that computes something else than it was asked to.

use std::time::Duration;

use anyhow::{Context as _, Result};
use talka_primitives::{audit, Merit, Rate, Trust};
use talka_tests::{
    network::{Order, BOND, VALUE},
    worker::Behaviour,
    Network,
};

const TASKS: u32 = 4;
/// Enough more than the others that it is drawn for nearly every task.
const LIARS_BOND: u128 = 200 * BOND;

#[tokio::test(flavor = "multi_thread")]
async fn is_convicted_by_the_validator_and_pays_who_was_right() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let juror = network.juror("Alice")?;
    let honest = |name| network.worker(name, pool, Behaviour::Honest);
    let (liar, one, two, three, app) = tokio::try_join!(
        network.worker_with_bond("Worker4", pool, Behaviour::Lying, LIARS_BOND),
        honest("Worker1"),
        honest("Worker2"),
        honest("Worker3"),
        network.publish_idle_app(),
    )?;

    // At trust 3 two must agree.
    let order = Order { trust: Trust(3), tasks: TASKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let chronicle = network.until_over(deal, Duration::from_secs(120)).await?.of(deal);
    assert_eq!(chronicle.completed().len(), TASKS as usize);

    // Of one module on one input there is one result. All tasks of this bag have the same.
    let digests = chronicle.completed().into_values().map(|(digest, _)| digest).collect::<Vec<_>>();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "a lie was accepted: {digests:?}");

    // What a worker locks that may not work alone.
    let locked = audit::stake(VALUE, Rate::ALWAYS, 1).context("there is such an amount")?;
    let convicted = chronicle.convicted();
    let lies = convicted.get(&liar.account).copied().unwrap_or_default() / locked;
    assert!(lies > 0, "the liar was never drawn");
    assert_eq!(convicted, [(liar.account, lies * locked)].into(), "only the liar was convicted");
    assert!(chronicle.lost().is_empty());
    let standing =
        network.client.best().await?.worker(liar.account).await?.context("the liar has a standing")?;
    assert_eq!((standing.bond, standing.merit), (LIARS_BOND - lies * locked, Merit(0)));
    assert!(!chronicle.paid().contains_key(&liar.account));
    // The one validator judged alone, and got the value of the task each time.
    assert_eq!(chronicle.jury_pay(), [(juror.account, lies * VALUE)].into());
    network.finish([liar, one, two, three, juror]).await
}
