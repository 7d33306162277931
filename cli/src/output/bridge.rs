//! How far the bridge to Ethereum is, and what is on its way.

use serde::Serialize;
use talka_client::{BlockId, Tlk};
use talka_ethereum::Status;
use talka_primitives::{
    bridge::{BridgeState, Contracts, EthereumAddress, Message, Outcome, ResultMessage, Withdrawal},
    Digest,
};

use super::{assurance_word, counted, facts, Output};

/// How far a deposit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DepositState {
    /// In a block of Ethereum that another may replace.
    Made,
    /// Final on Ethereum.
    Final,
    /// No validator has attested to it, and Ethereum was not asked.
    NotAttested,
    /// Some validators have attested to it.
    Attested,
    /// Enough have.
    Accepted,
    /// It is credited, or parked.
    Credited,
}

#[derive(Debug, Serialize)]
pub(crate) struct DepositOut {
    pub(crate) nonce: u64,
    pub(crate) state: DepositState,
    /// How many validators have attested to it, where it is not credited.
    pub(crate) votes: u32,
    pub(crate) seats: u32,
    /// Whether earlier deposits have to be credited before it can be attested to.
    pub(crate) waits_for_others: bool,
}

impl Output for DepositOut {
    fn text(&self) -> String {
        let Self { nonce, state, votes, seats, waits_for_others } = self;
        // More than two thirds.
        let needed = seats * 2 / 3 + 1;
        let mut state: String = match state {
            DepositState::Made => "in a block of Ethereum; it counts when that is final".into(),
            DepositState::Final => {
                format!("final on Ethereum; {needed} of {seats} validators have to attest to it")
            }
            DepositState::NotAttested => {
                "no validator has attested to it; --ethereum-url shows what Ethereum knows of it".into()
            }
            DepositState::Attested => {
                format!("{votes} of {seats} validators have attested to it; {needed} are needed")
            }
            DepositState::Accepted => {
                "enough validators have attested to it; it is credited in one of the next blocks".into()
            }
            DepositState::Credited => "credited, or parked: `talka account show` tells".into(),
        };
        if *waits_for_others {
            state.push_str("; earlier deposits come first");
        }
        facts(&[("deposit", nonce.to_string()), ("state", state)])
    }
}

/// How far a message to Ethereum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum MessageState {
    /// In the outbox. Ethereum was not asked.
    Sent,
    /// Ethereum does not know of it.
    Waiting {
        /// The newest block of this chain that Ethereum knows.
        imported: u32,
    },
    /// Ethereum takes a proof of it.
    Provable,
    /// The withdrawal was paid.
    Claimed,
    /// The result was delivered.
    Delivered,
    /// The result was delivered, and the contract could not take it: its callback can be made again.
    CallbackFailed,
    /// The gateway knows that the task has failed.
    Failed,
    /// The gateway knows no such request.
    Unknown,
}

impl MessageState {
    /// What the gateway says of the request; nothing while it waits for its result.
    pub(crate) fn of_request(status: Status) -> Option<Self> {
        match status {
            Status::Pending => None,
            Status::Unknown => Some(Self::Unknown),
            Status::CallbackFailed => Some(Self::CallbackFailed),
            Status::Delivered => Some(Self::Delivered),
            Status::Failed => Some(Self::Failed),
        }
    }
}

/// A message to Ethereum.
#[derive(Debug, Serialize)]
pub(crate) struct MessageOut {
    index: u32,
    #[serde(flatten)]
    kind: Kind,
    #[serde(flatten)]
    state: MessageState,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
enum Kind {
    Withdrawal { to: EthereumAddress, amount: Tlk, tip: Tlk },
    Result { call: String, outcome: &'static str, assurance: &'static str, error_bound: u32, digest: Digest },
}

impl MessageOut {
    pub(crate) fn new(message: Message, state: MessageState) -> Self {
        let kind = match message {
            Message::Withdrawal(Withdrawal { to, amount, tip, .. }) => {
                Kind::Withdrawal { to, amount: Tlk(amount), tip: Tlk(tip) }
            }
            Message::Result(ResultMessage { body, .. }) => Kind::Result {
                call: body.call.iter().fold("0x".into(), |text, byte| format!("{text}{byte:02x}")),
                outcome: match body.outcome {
                    Outcome::Completed => "completed",
                    Outcome::Failed => "failed",
                },
                assurance: assurance_word(body.assurance),
                error_bound: body.error_bound,
                digest: body.digest,
            },
        };
        Self { index: message.index(), kind, state }
    }

    fn state(&self) -> String {
        let is_withdrawal = matches!(self.kind, Kind::Withdrawal { .. });
        match self.state {
            MessageState::Sent => "in the outbox; --ethereum-url shows what has become of it".into(),
            MessageState::Waiting { imported } => {
                format!("Ethereum does not know of it: the newest block of this chain that it knows is {imported}")
            }
            MessageState::Provable if is_withdrawal => {
                format!("it can be claimed: `talka bridge claim {}`, or by a relayer", self.index)
            }
            MessageState::Provable => "it can be delivered: relayers do that".into(),
            MessageState::Claimed => "paid".into(),
            MessageState::Delivered => "delivered".into(),
            MessageState::CallbackFailed => {
                "delivered, and the contract's callback has failed: anybody can make it again".into()
            }
            MessageState::Failed => "the gateway knows that the task has failed".into(),
            MessageState::Unknown => {
                "the gateway knows no such request: the node is of another chain, or its answer is wrong"
                    .into()
            }
        }
    }
}

impl Output for MessageOut {
    fn text(&self) -> String {
        let (index, state) = (self.index.to_string(), ("state", self.state()));
        match &self.kind {
            Kind::Withdrawal { to, amount, tip } => facts(&[
                ("withdrawal", index),
                ("to", to.to_string()),
                ("amount", format!("{amount} TLK, of which {tip} TLK are the tip")),
                state,
            ]),
            Kind::Result { call, outcome, assurance, error_bound, digest } => facts(&[
                ("result", index),
                ("call", call.clone()),
                ("outcome", (*outcome).into()),
                ("assurance", format!("{assurance}; error bound {error_bound} millionths")),
                ("digest", digest.to_string()),
                state,
            ]),
        }
    }
}

/// The bridge.
#[derive(Debug, Serialize)]
pub(crate) struct BridgeOut {
    chain_id: u64,
    vault: EthereumAddress,
    gateway: EthereumAddress,
    /// Deposits that are credited or parked.
    credited_deposits: u64,
    /// Those that enough validators have attested to.
    accepted_deposits: u64,
    /// What is credited in a day at most, and what can be credited now.
    daily: Tlk,
    available: Tlk,
    backed: Tlk,
    parked: Tlk,
    withdrawal_limit: Tlk,
    message_price: Tlk,
    messages: u32,
    block: u32,
    /// What Ethereum says; absent where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    ethereum: Option<VaultOut>,
}

/// What the vault on Ethereum says.
#[derive(Debug, Serialize)]
pub(crate) struct VaultOut {
    pub(crate) deposits: u64,
    pub(crate) final_deposits: u64,
    pub(crate) locked: Tlk,
    pub(crate) minimum_deposit: Tlk,
    pub(crate) cap: Tlk,
    pub(crate) claim_limit: Tlk,
    pub(crate) claimable_now: Tlk,
    /// In seconds since 1970; `null` where it is not paused.
    pub(crate) paused_until: Option<u64>,
    /// The newest block of this chain that Ethereum knows.
    pub(crate) imported_block: u32,
}

impl BridgeOut {
    pub(crate) fn new(
        state: &BridgeState,
        contracts: Contracts,
        at: BlockId,
        ethereum: Option<VaultOut>,
    ) -> Self {
        Self {
            chain_id: contracts.chain_id,
            vault: contracts.vault,
            gateway: contracts.gateway,
            credited_deposits: state.credited.deposits,
            accepted_deposits: state.accepted.deposits,
            daily: Tlk(state.limits.bucket),
            available: Tlk(state.available),
            backed: Tlk(state.backed),
            parked: Tlk(state.parked),
            withdrawal_limit: Tlk(state.limits.withdrawal),
            message_price: Tlk(state.message_price),
            messages: state.messages,
            block: at.number,
            ethereum,
        }
    }
}

impl Output for BridgeOut {
    fn text(&self) -> String {
        let underway = self.accepted_deposits.saturating_sub(self.credited_deposits);
        let mut known = vec![
            ("chain", format!("{} (Ethereum is 1)", self.chain_id)),
            ("vault", self.vault.to_string()),
            ("gateway", self.gateway.to_string()),
            (
                "credited",
                format!("{}; {underway} more are accepted", counted(self.credited_deposits, "deposit")),
            ),
            ("can be credited", format!("{} TLK now, of {} TLK a day", self.available, self.daily)),
            ("parked", format!("{} TLK", self.parked)),
            ("backed", format!("{} TLK: no more can be withdrawn", self.backed)),
            (
                "a withdrawal",
                format!(
                    "{} TLK at most, and {} TLK for the message",
                    self.withdrawal_limit, self.message_price
                ),
            ),
            ("outbox", counted(self.messages, "message")),
        ];
        if let Some(vault) = &self.ethereum {
            let waiting = vault.deposits.saturating_sub(self.credited_deposits);
            let behind = self.block.saturating_sub(vault.imported_block);
            known.push((
                "deposited",
                format!(
                    "{}, {} of them final; {waiting} are not credited",
                    counted(vault.deposits, "deposit"),
                    vault.final_deposits
                ),
            ));
            known.push(("locked", format!("{} TLK, of {} TLK at most", vault.locked, vault.cap)));
            known.push(("a deposit", format!("{} to {} TLK", vault.minimum_deposit, vault.claim_limit)));
            known.push(("can be claimed", format!("{} TLK now", vault.claimable_now)));
            known.push((
                "imported",
                format!("block {} of this chain, {behind} before its head", vault.imported_block),
            ));
            if let Some(until) = vault.paused_until {
                known.push(("paused", format!("deposits and claims, until {until} (seconds since 1970)")));
            }
        }
        facts(&known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_two_thirds_of_the_validators_are_needed() {
        for (seats, needed) in [(1, 1), (3, 3), (4, 3), (6, 5), (7, 5), (21, 15)] {
            let out =
                DepositOut { nonce: 0, state: DepositState::Final, votes: 0, seats, waits_for_others: false };
            assert!(out.text().contains(&format!("{needed} of {seats} validators")), "{}", out.text());
            assert!(talka_primitives::bridge::attestation::is_enough(needed, seats));
            assert!(!talka_primitives::bridge::attestation::is_enough(needed - 1, seats));
        }
    }
}
