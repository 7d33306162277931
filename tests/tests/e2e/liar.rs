//! A worker that computes something else than it was asked to.

use std::time::Duration;

use anyhow::{Context as _, Result};
use talka_primitives::{settlement::share_out, Balance, Trust, Weight};
use talka_tests::{
    chronicle::Chronicle,
    network::{Order, BOND, OPERATOR_SHARE, POOL_PRICE, STAKE_RATIO},
    worker::Behaviour,
    Network,
};

const TASKS: u32 = 4;
/// So much more than the others that it is drawn for nearly every task.
const LIARS_BOND: Balance = 200 * BOND;

#[tokio::test(flavor = "multi_thread")]
async fn loses_its_stake_to_those_who_are_right() -> Result<()> {
    let network = Network::start().await?;
    let pool = network.pool().await?;
    let honest = |name| network.worker(name, pool, Behaviour::Honest);
    let (liar, one, two, three, app) = tokio::try_join!(
        network.worker_with_bond("Worker4", pool, Behaviour::Lying, LIARS_BOND),
        honest("Worker1"),
        honest("Worker2"),
        honest("Worker3"),
        network.publish_idle_app(),
    )?;

    // At trust 3 two that agree are believed; against one that does not agree it takes three.
    let order = Order { trust: Trust(3), tasks: TASKS, ..Order::new(app, pool) };
    let deal = network.request("Requester1", &order).await?.deal;
    let chronicle = network.until_over(deal, Duration::from_secs(90)).await?.of(deal);
    assert_eq!(chronicle.completed().len(), TASKS as usize);

    // Of one module on one input there is one result. All tasks of this bag have the same.
    let digests = chronicle.completed().into_values().map(|(digest, _)| digest).collect::<Vec<_>>();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "a lie was accepted: {digests:?}");

    let stake = STAKE_RATIO.of(POOL_PRICE);
    let lost = chronicle.lost();
    let lies = lost.get(&liar.account).copied().unwrap_or_default() / stake;
    assert!(lies > 0, "the liar was never drawn");
    assert_eq!(lost, [(liar.account, lies * stake)].into(), "only the liar lost stake");
    let standing =
        network.client.best().await?.worker(liar.account).await?.context("the liar has a standing")?;
    assert_eq!((standing.bond, standing.score.0), (LIARS_BOND - lies * stake, 0));
    assert!(!chronicle.paid().contains_key(&liar.account));
    pays_as_specified(&chronicle, stake);
    network.finish([liar, one, two, three]).await
}

/// The pot of each task is the pool's price with the stakes that were lost in it.
fn pays_as_specified(chronicle: &Chronicle, stake: Balance) {
    for (task, (_, winners)) in chronicle.completed() {
        let story = Chronicle {
            facts: chronicle.facts.iter().filter(|fact| fact.event.task() == task).cloned().collect(),
        };
        let pot = POOL_PRICE + story.lost().values().sum::<Balance>();
        assert!(
            pot == POOL_PRICE || (pot == POOL_PRICE + stake && winners.len() == 3),
            "{task}: {winners:?}"
        );
        // Scores below 12 all weigh 2.
        let shares = share_out(pot, OPERATOR_SHARE, &vec![Weight(2); winners.len()]);
        assert_eq!(story.paid(), winners.into_iter().zip(shares.winners).collect(), "{task}");
    }
}
