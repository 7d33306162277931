//! How amounts are split, and who pays them to whom.

use alloc::vec::Vec;

use crate::unit::{proportion, Balance, Share, Weight};

/// How a pot is split. The parts add up to the pot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pot {
    /// For each winner, in the order they were given.
    pub winners: Vec<Balance>,
    /// For the operator.
    pub operator: Balance,
}

/// Split a pot among the winners, by the logarithm of their weights, and the operator.
pub fn split_pot(pot: Balance, operator_share: Share, winners: &[Weight]) -> Pot {
    // More credible workers, of which fewer are needed, earn more.
    let portion = |weight: &Weight| u128::from(weight.0.max(2).ilog2());
    let workers_part = proportion(pot, u128::from(Share::ALL.0.saturating_sub(operator_share.0)), 100);
    let whole: u128 = winners.iter().map(portion).sum();
    let winners: Vec<_> =
        winners.iter().map(|weight| proportion(workers_part, portion(weight), whole)).collect();
    let operator = pot.saturating_sub(winners.iter().fold(0, |sum, part| sum.saturating_add(*part)));
    Pot { winners, operator }
}

/// How what convicts lose is split. The parts add up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forfeit {
    /// For each juror that voted with the majority.
    pub juror: Balance,
    /// For each worker that was right.
    pub worker: Balance,
    /// For each juror of the jury before that executed the task.
    pub former_juror: Balance,
    /// For the audit fund.
    pub fund: Balance,
}

/// What convicts lose, and among whom it is split.
#[derive(Clone, Copy, Debug)]
pub struct Loss {
    /// What they lose together.
    pub forfeit: Balance,
    /// The value of the task.
    pub value: Balance,
    /// Jurors that voted with the majority.
    pub jurors: u32,
    /// Workers that were right.
    pub workers: u32,
    /// Jurors of the jury before that executed the task.
    pub former_jurors: u32,
}

impl Loss {
    /// Split what convicts lose: at most the value of the task to each juror, then to each worker, then to each juror of
    /// the jury before, the rest to the fund.
    ///
    /// To give the rest to those that were right would hand a liar its collateral back through a fellow. Those of the jury
    /// before that declined have no part: others have executed the task, and to decline would pay for nothing.
    pub fn split(self) -> Forfeit {
        let mut left = self.forfeit;
        let mut share = |number: u32| {
            let part = self.value.min(left.checked_div(number.into()).unwrap_or(0));
            left -= part * Balance::from(number);
            part
        };
        let (juror, worker, former_juror) =
            (share(self.jurors), share(self.workers), share(self.former_jurors));
        Forfeit { juror, worker, former_juror, fund: left }
    }
}

/// One payment, straight from who holds the money to who earned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flow<'a, From, To> {
    /// Whose hold it comes from.
    pub(super) from: &'a From,
    /// Who gets it.
    pub(super) to: &'a To,
    /// How much; never 0.
    pub(super) amount: Balance,
}

/// The payments that empty `sources` into `sinks`: at most `sources + sinks - 1` of them. What the sources have
/// beyond the sinks stays where it is.
pub(super) fn flows<'a, From, To>(
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
