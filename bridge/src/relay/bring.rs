//! Reads the outbox, and gives its messages their effect on Ethereum where that pays.

use std::time::Instant;

use talka_client::{BlockHash, BlockId};
use talka_ethereum::{EthereumError, B256};
use talka_primitives::{
    bridge::{Message, OutboxProof},
    BlockNumber, Hint as _,
};
use tracing::warn;

use super::{
    messages::{is_proven, Open},
    plan::{Waiting, CLAIM_GAS},
    prove::{leaf, unproven, Head},
    side::Side,
    Relayer,
};
use crate::{
    beefy::Unproven,
    error::BridgeError,
    metrics::{CLAIM, DELIVER},
};

/// A block whose outbox Ethereum knows.
#[derive(Clone, Copy)]
pub(super) struct Provable {
    block: BlockHash,
    /// How many messages it has.
    messages: u32,
}

impl Relayer {
    /// Read the messages that are new, as of the newest signed block. How many there are.
    pub(super) async fn read_messages(&mut self, head: Option<Head>) -> Result<u32, BridgeError> {
        let Some(head) = head else { return Ok(0) };
        let count = self.messages_at(head.parent, head.block.saturating_sub(1)).await?.1;
        self.metrics.messages.set(count.into());
        for index in self.messages.to_read(count) {
            if self.stop.is_cancelled() {
                break;
            }
            let Some(side) = &self.side else { break };
            let message = match self.proof(side, index, head.parent).await {
                Ok(proof) => proof.message,
                Err(problem) if problem.is_unprovable() => {
                    warn!(index, %problem, "a message that this node cannot tell");
                    self.messages.unread(index);
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            match side.is_done(&message).await? {
                true => self.messages.read(index),
                false => self.messages.wait(message),
            }
        }
        let unread = self.messages.count_unread();
        self.metrics.unread.set(unread as u64);
        if unread > 0 {
            // Another node may have what this one has not indexed.
            self.talka.turn().await;
        }
        Ok(count)
    }

    /// The root of the outbox and the number of messages, as a block has left them.
    async fn messages_at(
        &self,
        hash: BlockHash,
        number: BlockNumber,
    ) -> Result<([u8; 32], u32), BridgeError> {
        let snapshot = self.talka.within(self.talka.client().at(BlockId { number, hash })).await?;
        let state = self.talka.within(snapshot.bridge_state()).await?;
        Ok((state.outbox_root, state.messages))
    }

    /// A message with its proof at a block, verified.
    async fn proof(&self, side: &Side, index: u32, at: BlockHash) -> Result<OutboxProof, BridgeError> {
        let proof = self.talka.within(self.talka.client().outbox_proof(index, Some(at))).await?;
        match is_proven(&proof, index, &side.contracts) {
            true => Ok(proof),
            false => Err(unproven(&self.talka, Unproven::Unreadable("the proof of a message"))),
        }
    }

    /// A block under whose outbox Ethereum takes proofs: before the newest that is imported, or before the newest that is
    /// signed, where there is nothing new in the outbox since. The first may be too old for the node to have its state.
    pub(super) async fn provable(
        &self,
        imported: BlockNumber,
        head: Option<Head>,
    ) -> Result<Option<Provable>, BridgeError> {
        let Some(side) = &self.side else { return Ok(None) };
        let signed = head.map(|head| (head.parent, head.block.saturating_sub(1)));
        let last = match leaf(&self.talka, imported).await {
            Ok(leaf) => Some((BlockHash::from(leaf.parent_hash), leaf.parent)),
            Err(_) => None,
        };
        let mut best: Option<Provable> = None;
        for (block, number) in signed.into_iter().chain(last) {
            let Ok((root, messages)) = self.messages_at(block, number).await else { continue };
            if best.is_none_or(|best| best.messages < messages)
                && side.client.is_recent(B256::from(root)).await?
            {
                best = Some(Provable { block, messages });
            }
        }
        Ok(best)
    }

    /// Claim and deliver what can be proven and pays. Whether something was done, and what waits for a newer block.
    pub(super) async fn work_off(
        &mut self,
        provable: Option<Provable>,
        messages: u32,
    ) -> Result<(bool, Vec<Waiting>), BridgeError> {
        let (mut acted, mut waiting) = (false, Vec::new());
        let due = self.messages.due(Instant::now());
        if due.is_empty() {
            return Ok((acted, waiting));
        }
        let Some((_, sender)) = &self.ethereum else { return Ok((acted, waiting)) };
        let least = u128::from(CLAIM_GAS).saturating_mul(sender.price().await?);
        for open in due {
            if self.stop.is_cancelled() {
                break;
            }
            let index = open.message.index();
            if open.settled {
                self.look_again(&open).await?;
                continue;
            }
            match provable {
                Some(at) if index < at.messages && self.terms.is_worth(open.waiting(), least) => {
                    acted |= self.bring(&open, at.block).await?;
                }
                Some(at) if index < at.messages => {}
                _ if index < messages => waiting.push(open.waiting()),
                _ => {}
            }
        }
        Ok((acted, waiting))
    }

    /// Whether what was done still is.
    async fn look_again(&mut self, open: &Open) -> Result<(), BridgeError> {
        let Some(side) = &self.side else { return Ok(()) };
        match side.is_done(&open.message).await? {
            true => self.messages.forget(open.message.index()),
            false => self.messages.undone(open.message.index()),
        }
        Ok(())
    }

    /// Give a message its effect, if that pays. Whether it has it now.
    async fn bring(&mut self, open: &Open, at: BlockHash) -> Result<bool, BridgeError> {
        let index = open.message.index();
        let (Some(side), Some((_, sender))) = (&self.side, &self.ethereum) else { return Ok(false) };
        let payload = match &open.message {
            Message::Withdrawal(_) => Vec::new(),
            Message::Result(result) => {
                let fetched =
                    self.fetcher.payload(&self.talka, result.body.digest, result.body.payload_hash).await;
                match fetched {
                    Ok(payload) => payload,
                    Err(BridgeError::NoResult(problem)) => {
                        warn!(index, %problem, "a result that cannot be delivered yet");
                        self.messages.put_off(index, Instant::now());
                        return Ok(false);
                    }
                    Err(problem) => return Err(problem),
                }
            }
        };
        let proof = self.proof(side, index, at).await?;
        if proof.message != open.message {
            return Err(unproven(&self.talka, Unproven::Unreadable("the proof of a message")));
        }
        let transaction = side.transaction(&proof.message, proof.proof, &payload);
        let cost = match sender.cost(&transaction).await {
            Ok(cost) => cost,
            Err(EthereumError::Refused(revert))
                if ["AlreadyClaimed", "WrongStatus"].contains(&revert.name) =>
            {
                self.messages.done(index, Instant::now());
                return Ok(false);
            }
            Err(EthereumError::Refused(revert)) => {
                warn!(index, %revert, hint = %revert.hint(), "refused; trying again later");
                self.messages.put_off(index, Instant::now());
                return Ok(false);
            }
            Err(problem) => return Err(problem.into()),
        };
        if !self.terms.is_worth(open.waiting(), cost.wei()) {
            self.messages.put_off(index, Instant::now());
            return Ok(false);
        }
        let kind = match open.waiting() {
            Waiting::Withdrawal(_) => CLAIM,
            Waiting::Result => DELIVER,
        };
        if self.send(kind, &transaction).await?.is_none() {
            self.messages.put_off(index, Instant::now());
            return Ok(false);
        }
        if let Waiting::Withdrawal(tip) = open.waiting() {
            self.metrics.tip(tip);
        }
        self.messages.done(index, Instant::now());
        Ok(true)
    }
}
