//! The calls of workers, and the payer's call to cancel.

use talka_primitives::{commitment, task::DeclineReason, view::MAX_TASKS, DealId, Digest, TaskId};

use crate::{
    account::{Account, Receipt},
    api::{self, poco::events, runtime_types::talka_pallet_poco::types},
    error::Error,
    AccountId,
};

/// Calls of Proof of Contribution.
#[derive(Clone, Copy, Debug)]
pub struct Poco<'a>(&'a Account);

impl Account {
    /// Calls of workers, and of payers that cancel.
    pub fn poco(&self) -> Poco<'_> {
        Poco(self)
    }
}

/// A result that a worker stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The task.
    pub task: TaskId,
    /// BLAKE3-256 of the SCALE encoding of the result's manifest.
    pub digest: Digest,
}

impl Poco<'_> {
    /// Be drawn from now on, for up to `slots` tasks at once. `peer` is where results can be fetched. Also to change
    /// either.
    pub async fn go_online(&self, slots: u8, peer: &str) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().go_online(slots, peer.as_bytes().to_vec())).await
    }

    /// Be drawn no more.
    pub async fn go_offline(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().go_offline()).await
    }

    /// Give a sign of life while executing.
    pub async fn heartbeat(&self) -> Result<Receipt, Error> {
        self.0.send_duty(&api::tx().poco().heartbeat()).await
    }

    /// Commit to results, all or none of them. Free of fee; refused unless all are awaited.
    pub async fn commit(&self, findings: &[Finding]) -> Result<Receipt, Error> {
        self.commit_for(&self.0.id(), findings).await
    }

    /// The same in the name of a worker that has this account as its duty key, or of a validator that has named it to act for it on
    /// juries.
    pub async fn commit_for(&self, who: &AccountId, findings: &[Finding]) -> Result<Receipt, Error> {
        let commitments = in_order(findings).map(|finding| commitment(who, finding)).collect();
        self.0.send_duty(&api::tx().poco().commit(commitments)).await
    }

    /// Show the digests committed to, all or none of them. Free of fee; refused unless all are awaited.
    pub async fn reveal(&self, findings: &[Finding]) -> Result<Receipt, Error> {
        let reveals = in_order(findings)
            .map(|Finding { task, digest }| types::Reveal { task: task.into(), digest: digest.into() })
            .collect();
        self.0.send_duty(&api::tx().poco().reveal(reveals)).await
    }

    /// Cancel the tasks of a deal that have not begun, as the account that pays for it.
    pub async fn cancel_deal(&self, deal: DealId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().cancel_deal(deal.into())).await
    }

    /// Have the chain forget a deal of `tasks` tasks that is over and whose deadline has passed, as its requester. Its deposit
    /// goes back to its opener. A large bag takes several calls; the last one's receipt is given.
    pub async fn forget_deal(&self, deal: DealId, tasks: u32) -> Result<Receipt, Error> {
        let call = api::tx().poco().forget_deal(deal.into(), tasks.min(MAX_TASKS));
        loop {
            let receipt = self.0.send(&call).await?;
            if receipt.find::<events::DealForgotten>().is_ok() {
                return Ok(receipt);
            }
        }
    }

    /// Have the chain forget this account as a worker, after it has left its pool, and get the deposit back.
    pub async fn deregister(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().deregister()).await
    }

    /// Name the account that may act for this one as a worker once it has agreed, or take it back. A deposit is held meanwhile.
    pub async fn set_duty_key(&self, key: Option<AccountId>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().set_duty_key(key)).await
    }

    /// Agree to act for a worker that has named this account as its duty key, and for no other; or act for none any more.
    pub async fn act_for(&self, worker: Option<AccountId>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().poco().act_for(worker)).await
    }

    /// Say that a task cannot be executed here.
    pub async fn decline(&self, task: TaskId, reason: DeclineReason) -> Result<Receipt, Error> {
        self.0.send_duty(&api::tx().poco().decline(task.into(), reason.into())).await
    }
}

/// The chain takes lists only where every task is named once, in order.
fn in_order(findings: &[Finding]) -> impl Iterator<Item = Finding> {
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| finding.task);
    findings.dedup_by_key(|finding| finding.task);
    findings.into_iter()
}

fn commitment(worker: &AccountId, Finding { task, digest }: Finding) -> types::Commitment {
    types::Commitment {
        task: task.into(),
        result: commitment::result_hash(task, digest).into(),
        seal: commitment::seal(worker, task, digest).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(deal: u32, index: u32) -> Finding {
        Finding { task: TaskId { deal: DealId(deal), index }, digest: Digest([index as u8; 32]) }
    }

    #[test]
    fn names_every_task_once_and_in_order() {
        let shuffled = [finding(2, 0), finding(1, 7), finding(2, 0), finding(1, 3)];
        let ordered: Vec<_> = in_order(&shuffled).collect();
        assert_eq!(ordered, [finding(1, 3), finding(1, 7), finding(2, 0)]);
    }

    #[test]
    fn seals_a_commitment_with_the_rule_of_the_chain() {
        let worker = AccountId::from([7; 32]);
        let made = commitment(&worker, finding(1, 3));
        assert_eq!(made.result.0, commitment::result_hash(finding(1, 3).task, finding(1, 3).digest));
        // The chain knows accounts as 32 bytes; the seal must be over the very same.
        assert_eq!(made.seal.0, commitment::seal(&[7u8; 32], finding(1, 3).task, finding(1, 3).digest));
    }
}
