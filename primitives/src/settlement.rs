//! Who gets what when a task is completed.
//!
//! ```text
//! pot            = pool price + stakes of the contributors that lost or did not reveal
//! workers' part  = pot · (100 - operator share) / 100
//! each winner    = ⌊workers' part · log2(weight) / Σ log2(weight)⌋
//! operator       = the rest, with the rounding dust
//! ```
//!
//! The formula is that of iExec's PoCo (`distributeRewards`); the logarithm is the integer one.

use alloc::vec::Vec;

use crate::unit::{proportion, Balance, Share, Weight};

/// Part of its stake for a task that a worker loses when it does not commit in time. It goes to the audit fund.
pub const ABSENCE_FINE: Share = Share(10);

/// How a pot is shared out. The parts add up to the pot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// For each winner, in the order they were given.
    pub winners: Vec<Balance>,
    /// For the operator.
    pub operator: Balance,
}

/// Part of a winner: more credible workers, of which fewer are needed, earn more.
fn portion(weight: Weight) -> u128 {
    u128::from(weight.0.max(2).ilog2())
}

/// Share out `pot` among the winners and the operator.
pub fn share_out(pot: Balance, operator_share: Share, winners: &[Weight]) -> Shares {
    let workers_part = proportion(pot, u128::from(Share::ALL.0.saturating_sub(operator_share.0)), 100);
    let whole: u128 = winners.iter().map(|weight| portion(*weight)).sum();
    let winners: Vec<_> =
        winners.iter().map(|weight| proportion(workers_part, portion(*weight), whole)).collect();
    let operator = pot.saturating_sub(winners.iter().fold(0, |sum, part| sum.saturating_add(*part)));
    Shares { winners, operator }
}

/// One payment, straight from who holds the money to who earned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow<'a, From, To> {
    /// Whose hold it comes from.
    pub from: &'a From,
    /// Who gets it.
    pub to: &'a To,
    /// How much; never 0.
    pub amount: Balance,
}

/// The payments that empty `sources` into `sinks`: at most `sources + sinks - 1` of them. What the sources have
/// beyond the sinks stays where it is.
pub fn flows<'a, From, To>(
    sources: &'a [(From, Balance)],
    sinks: &'a [(To, Balance)],
) -> Vec<Flow<'a, From, To>> {
    let mut flows = Vec::with_capacity(sources.len() + sinks.len());
    let mut sources = sources.iter();
    let mut source: Option<(&From, Balance)> = None;
    for (to, due) in sinks {
        let mut due = *due;
        while due > 0 {
            let Some((from, left)) = source.filter(|(_, left)| *left > 0) else {
                match sources.next() {
                    Some((from, left)) => source = Some((from, *left)),
                    None => return flows,
                }
                continue;
            };
            let amount = due.min(left);
            flows.push(Flow { from, to, amount });
            due -= amount;
            source = Some((from, left - amount));
        }
    }
    flows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_out_the_specified_example() {
        // Pool price 25, operator share 5 %, two fresh workers agree.
        let shares = share_out(25, Share(5), &[Weight(2), Weight(2)]);
        assert_eq!(shares, Shares { winners: alloc::vec![11, 11], operator: 3 });
    }

    #[test]
    fn pays_the_more_credible_worker_more() {
        let shares = share_out(100, Share(0), &[Weight(2), Weight(8)]);
        assert_eq!(shares.winners, [25, 75]);
    }

    proptest! {
        #[test]
        fn conserves_the_pot(pot in any::<u128>(), share in 0u8..=100, weights in proptest::collection::vec(2u32.., 0..32)) {
            let weights: Vec<_> = weights.into_iter().map(Weight).collect();
            let shares = share_out(pot, Share(share), &weights);
            let workers = shares.winners.iter().try_fold(0u128, |sum, part| sum.checked_add(*part));
            prop_assert_eq!(workers.and_then(|sum| sum.checked_add(shares.operator)), Some(pot));
        }

        #[test]
        fn flows_conserve_money(
            sources in proptest::collection::vec(0u128..1_000, 0..20),
            sinks in proptest::collection::vec(0u128..1_000, 0..20),
        ) {
            let sources: Vec<_> = sources.into_iter().enumerate().collect();
            let sinks: Vec<_> = sinks.into_iter().enumerate().collect();
            let flows = flows(&sources, &sinks);
            prop_assert!(flows.len() < (sources.len() + sinks.len()).max(1));
            for (from, amount) in &sources {
                prop_assert!(flows.iter().filter(|flow| flow.from == from).map(|flow| flow.amount).sum::<u128>() <= *amount);
            }
            let due: u128 = sinks.iter().map(|(_, due)| due).sum();
            let had: u128 = sources.iter().map(|(_, had)| had).sum();
            prop_assert_eq!(flows.iter().map(|flow| flow.amount).sum::<u128>(), due.min(had));
            for (to, due) in &sinks {
                let got = flows.iter().filter(|flow| flow.to == to).map(|flow| flow.amount).sum::<u128>();
                prop_assert!(got == *due || had < sinks.iter().map(|(_, due)| due).sum());
            }
        }
    }
}
