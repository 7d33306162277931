//! What was done over the bridge to Ethereum, on either side.

use serde::Serialize;
use talka_client::{AccountId, Receipt, Tlk};
use talka_primitives::bridge::{EthereumAddress, Withdrawal};

use super::Output;

/// Decimals of ETH.
const DECIMALS: usize = 18;

/// What a transaction on Ethereum has cost, and where it is.
#[derive(Debug, Serialize)]
pub(crate) struct Paid {
    transaction: String,
    ethereum_block: u64,
    gas: u64,
    /// In ETH.
    cost: String,
}

impl Paid {
    pub(crate) fn of(receipt: &talka_ethereum::Receipt) -> Self {
        Self {
            transaction: receipt.transaction_hash.to_string(),
            ethereum_block: receipt.block_number.to(),
            gas: receipt.gas(),
            cost: eth(receipt.wei()),
        }
    }

    fn text(&self) -> String {
        format!("block {} of Ethereum, {} gas for {} ETH", self.ethereum_block, self.gas, self.cost)
    }
}

/// Wei as a decimal number of ETH.
fn eth(wei: u128) -> String {
    let one = 10u128.pow(DECIMALS as u32);
    let (whole, fraction) = (wei / one, format!("{:0>DECIMALS$}", wei % one));
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Tokens that were locked in the vault.
#[derive(Debug, Serialize)]
pub(crate) struct DepositedOut {
    pub(crate) nonce: u64,
    pub(crate) from: EthereumAddress,
    pub(crate) to: AccountId,
    pub(crate) amount: Tlk,
    #[serde(flatten)]
    pub(crate) paid: Paid,
}

impl Output for DepositedOut {
    fn text(&self) -> String {
        let Self { nonce, to, amount, paid, .. } = self;
        format!(
            "deposit {nonce}: {amount} TLK for {to} ({})\nit is credited when that is final on Ethereum and validators have \
             attested to it: `talka bridge status --deposit {nonce}`",
            paid.text()
        )
    }
}

/// TLK on their way to Ethereum.
#[derive(Debug, Serialize)]
pub(crate) struct WithdrawnOut {
    index: u32,
    to: EthereumAddress,
    amount: Tlk,
    tip: Tlk,
    transaction: String,
    block: u32,
    block_hash: String,
}

impl WithdrawnOut {
    pub(crate) fn new(index: u32, to: EthereumAddress, amount: Tlk, tip: Tlk, receipt: &Receipt) -> Self {
        Self {
            index,
            to,
            amount,
            tip,
            transaction: format!("{:?}", receipt.transaction),
            block: receipt.block.number,
            block_hash: format!("{:?}", receipt.block.hash),
        }
    }
}

impl Output for WithdrawnOut {
    fn text(&self) -> String {
        let Self { index, to, amount, block, .. } = self;
        format!(
            "withdrawal {index}: {amount} TLK for {to} (block {block})\nit can be claimed when Ethereum knows of a later block: \
             `talka bridge status {index}`"
        )
    }
}

/// A withdrawal that was paid.
#[derive(Debug, Serialize)]
pub(crate) struct ClaimedOut {
    index: u32,
    to: EthereumAddress,
    amount: Tlk,
    tip: Tlk,
    /// Who has the tip.
    by: EthereumAddress,
    #[serde(flatten)]
    paid: Paid,
}

impl ClaimedOut {
    pub(crate) fn new(withdrawal: Withdrawal, by: EthereumAddress, paid: Paid) -> Self {
        let Withdrawal { index, to, amount, tip } = withdrawal;
        Self { index, to, amount: Tlk(amount), tip: Tlk(tip), by, paid }
    }
}

impl Output for ClaimedOut {
    fn text(&self) -> String {
        let Self { index, to, amount, tip, by, paid } = self;
        let mut text =
            format!("withdrawal {index}: {} TLK were paid to {to}", Tlk(amount.0.saturating_sub(tip.0)));
        if tip.0 > 0 {
            text.push_str(&format!(", and a tip of {tip} TLK to {by}"));
        }
        format!("{text} ({})", paid.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wei_are_written_as_eth() {
        assert_eq!(eth(0), "0");
        assert_eq!(eth(1), "0.000000000000000001");
        assert_eq!(eth(1_500_000_000_000_000_000), "1.5");
        assert_eq!(eth(86_486 * 1_000_000_000), "0.000086486");
        assert_eq!(eth(u128::MAX), "340282366920938463463.374607431768211455");
    }
}
