//! Sends transactions, one at a time, and waits for their receipts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559},
    eips::eip2718::Encodable2718 as _,
    primitives::{Address, Bytes, TxKind, B256, U128, U256, U64},
    signers::SignerSync as _,
};
use serde::Deserialize;
use serde_json::{json, Value};
use tokio::{sync::Mutex, time::sleep};
use tracing::{debug, info, warn};

use crate::{
    client::{Ethereum, Header, Log},
    error::EthereumError,
    fees::{with_margin, Fees},
    key::Key,
    revert::Revert,
};

/// How often it is asked whether a transaction is in a block.
const POLL: Duration = Duration::from_secs(1);
/// How long a transaction waits before it is replaced by one that pays more: some blocks.
const RAISE: Duration = Duration::from_secs(75);
/// How long is waited for a receipt.
const PATIENCE: Duration = Duration::from_secs(600);
/// What who makes a block is offered where no node says what it wants, in wei for a unit of gas.
const PRIORITY: u128 = 1_000_000_000;

/// A call that changes something, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The contract; none where it is made by this.
    pub to: Option<Address>,
    /// The call.
    pub data: Bytes,
    /// What it does, for people.
    pub what: String,
}

/// What a transaction costs if it is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The gas that it is estimated to use.
    pub gas: u64,
    /// What a unit of gas costs now, in wei.
    pub price: u128,
}

impl Cost {
    /// In wei.
    pub fn wei(self) -> u128 {
        u128::from(self.gas).saturating_mul(self.price)
    }
}

/// What became of a transaction that is in a block. Another block may still replace that.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The transaction.
    pub transaction_hash: B256,
    /// The block that it is in.
    pub block_number: U64,
    /// The gas that it has used.
    pub gas_used: U64,
    /// What was paid for a unit of gas, in wei.
    pub effective_gas_price: U128,
    /// The contract that it has made.
    pub contract_address: Option<Address>,
    /// What contracts have said.
    pub logs: Vec<Log>,
    status: U64,
}

impl Receipt {
    /// The gas that it has used.
    pub fn gas(&self) -> u64 {
        self.gas_used.to()
    }

    /// What it has cost, in wei.
    pub fn wei(&self) -> u128 {
        u128::from(self.gas()).saturating_mul(self.effective_gas_price.to())
    }
}

/// An account that sends transactions. Clones of it take turns; make one for each key.
#[derive(Clone, Debug)]
pub struct Sender {
    ethereum: Ethereum,
    key: Key,
    /// The most for a unit of gas, in wei.
    limit: u128,
    patience: Duration,
    turn: Arc<Mutex<()>>,
}

impl Sender {
    /// An account that pays at most `limit` wei for a unit of gas.
    pub fn new(ethereum: &Ethereum, key: Key, limit: u128) -> Self {
        Self { ethereum: ethereum.clone(), key, limit, patience: PATIENCE, turn: Arc::default() }
    }

    /// The same account, which waits so long for a receipt.
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Who it is.
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// What it has, in wei.
    pub async fn balance(&self) -> Result<U256, EthereumError> {
        self.ethereum.balance(self.address()).await
    }

    /// What a unit of gas costs now, in wei.
    ///
    /// # Errors
    ///
    /// [`EthereumError::TooExpensive`] where that is more than may be paid.
    pub async fn price(&self) -> Result<u128, EthereumError> {
        let (fees, base) = self.fees().await?;
        Ok(fees.at(base))
    }

    /// What a transaction costs if it is sent now. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`EthereumError::Refused`] where it would be refused, and [`EthereumError::TooExpensive`] where gas costs more than may
    /// be paid.
    pub async fn cost(&self, transaction: &Transaction) -> Result<Cost, EthereumError> {
        Ok(Cost { gas: self.estimate(transaction).await?, price: self.price().await? })
    }

    /// Send a transaction, and wait until it is in a block. What waits too long is replaced by what pays more, within the limit.
    ///
    /// # Errors
    ///
    /// Where it would be refused, or is too expensive, nothing was sent. [`EthereumError::Failed`] where it was refused in its
    /// block: something was faster. [`EthereumError::Stuck`] where it may still get into one.
    pub async fn send(&self, transaction: &Transaction) -> Result<Receipt, EthereumError> {
        let _turn = self.turn.lock().await;
        let gas = with_margin(self.estimate(transaction).await?);
        let nonce: U64 =
            self.ethereum.first("eth_getTransactionCount", json!([self.address(), "latest"])).await?;
        let (mut fees, _) = self.fees().await?;
        let begin = Instant::now();
        let mut sent: Vec<B256> = Vec::new();
        loop {
            match self.submit(transaction, nonce.to(), gas, fees).await {
                Ok(hash) if sent.contains(&hash) => {}
                Ok(hash) => {
                    debug!(%hash, what = %transaction.what, gas, ?fees, "sent");
                    sent.push(hash);
                }
                Err(problem) if sent.is_empty() => return Err(problem),
                Err(problem) => debug!(%problem, "not taken once more"),
            }
            let round = Instant::now();
            while round.elapsed() < RAISE && begin.elapsed() < self.patience {
                if let Some(receipt) = self.receipt(&sent).await {
                    return self.outcome(transaction, receipt).await;
                }
                sleep(POLL).await;
            }
            let last = *sent.last().unwrap_or(&B256::ZERO);
            if begin.elapsed() >= self.patience {
                return Err(EthereumError::Stuck { transaction: last, seconds: begin.elapsed().as_secs() });
            }
            match self.fees().await.map(|(now, _)| fees.raised(now, self.limit)) {
                Ok(Some(raised)) => {
                    warn!(transaction = %last, what = %transaction.what, "it waits too long: replacing it by one that pays more");
                    fees = raised;
                }
                Ok(None) => {
                    warn!(transaction = %last, what = %transaction.what, "it waits, and no more may be paid for it")
                }
                Err(problem) => warn!(%problem, "cannot ask what gas costs"),
            }
        }
    }

    /// The gas that a transaction uses.
    async fn estimate(&self, transaction: &Transaction) -> Result<u64, EthereumError> {
        let gas: U64 = self.ethereum.first("eth_estimateGas", json!([self.request(transaction)])).await?;
        Ok(gas.to())
    }

    fn request(&self, transaction: &Transaction) -> Value {
        let mut request = json!({ "from": self.address(), "input": transaction.data });
        if let Some(to) = transaction.to {
            request["to"] = json!(to);
        }
        request
    }

    /// What to offer now, and the base fee.
    async fn fees(&self) -> Result<(Fees, u128), EthereumError> {
        let header: Header = self.ethereum.first("eth_getBlockByNumber", json!(["latest", false])).await?;
        let wanted = self.ethereum.first::<U128>("eth_maxPriorityFeePerGas", json!([])).await;
        let priority = wanted.map_or(PRIORITY, |wanted| wanted.to());
        let base = header.base_fee_per_gas.map_or(0, |base| base.to());
        Ok((Fees::new(base, priority, self.limit)?, base))
    }

    /// Sign it, and give it to all nodes. One that takes it is enough.
    async fn submit(
        &self,
        transaction: &Transaction,
        nonce: u64,
        gas: u64,
        fees: Fees,
    ) -> Result<B256, EthereumError> {
        let unsigned = TxEip1559 {
            chain_id: self.ethereum.chain(),
            nonce,
            gas_limit: gas,
            max_fee_per_gas: fees.max,
            max_priority_fee_per_gas: fees.priority,
            to: transaction.to.map_or(TxKind::Create, TxKind::Call),
            value: U256::ZERO,
            access_list: Default::default(),
            input: transaction.data.clone(),
        };
        let signature = self.key.sign_hash_sync(&unsigned.signature_hash());
        let signature = signature.map_err(|cause| EthereumError::Signature(cause.to_string()))?;
        let signed = unsigned.into_signed(signature);
        let hash = *signed.hash();
        let bytes = Bytes::from(signed.encoded_2718());
        let mut problem = None;
        let mut taken = false;
        for (_, answer) in self.ethereum.ask_all::<B256>("eth_sendRawTransaction", json!([bytes])).await {
            match answer {
                Ok(_) => taken = true,
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        match problem {
            Some(problem) if !taken => Err(problem),
            _ => Ok(hash),
        }
    }

    /// The receipt of the one of these that is in a block. No answer is no receipt: it is asked again.
    async fn receipt(&self, sent: &[B256]) -> Option<Receipt> {
        for hash in sent.iter().rev() {
            match self.ethereum.first::<Option<Receipt>>("eth_getTransactionReceipt", json!([hash])).await {
                Ok(Some(receipt)) => return Some(receipt),
                Ok(None) => {}
                Err(problem) => debug!(%problem, "cannot ask for a receipt"),
            }
        }
        None
    }

    async fn outcome(&self, transaction: &Transaction, receipt: Receipt) -> Result<Receipt, EthereumError> {
        if !receipt.status.is_zero() {
            info!(
                transaction = %receipt.transaction_hash,
                what = %transaction.what,
                block = receipt.block_number.to::<u64>(),
                gas = receipt.gas(),
                "done"
            );
            return Ok(receipt);
        }
        // Why it was refused only another try tells, in the state that it has left.
        let again =
            self.ethereum.first::<Bytes>("eth_call", json!([self.request(transaction), "latest"])).await;
        let revert = match again {
            Err(EthereumError::Refused(revert)) => revert,
            _ => Revert::silent(),
        };
        Err(EthereumError::Failed { transaction: receipt.transaction_hash, revert })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_as_nodes_write_it() {
        let text = r#"{
            "type": "0x2", "status": "0x1", "cumulativeGasUsed": "0x5208", "logsBloom": "0x00", "transactionIndex": "0x0",
            "transactionHash": "0x0101010101010101010101010101010101010101010101010101010101010101", "blockNumber": "0x10",
            "blockHash": "0x0202020202020202020202020202020202020202020202020202020202020202", "gasUsed": "0x5208",
            "effectiveGasPrice": "0x3b9aca00", "from": "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "to": null,
            "contractAddress": "0x5fbdb2315678afecb367f032d93f642f64180aa3", "logs": [{
                "address": "0x5fbdb2315678afecb367f032d93f642f64180aa3", "topics": [], "data": "0x01", "blockNumber": "0x10",
                "blockHash": "0x0202020202020202020202020202020202020202020202020202020202020202", "logIndex": "0x0",
                "transactionIndex": "0x0", "removed": false
            }]
        }"#;
        let receipt: Receipt = serde_json::from_str(text).unwrap();
        assert_eq!((receipt.gas(), receipt.wei()), (21_000, 21_000_000_000_000));
        assert!(receipt.contract_address.is_some() && receipt.logs.len() == 1 && !receipt.status.is_zero());
        assert_eq!(Cost { gas: 21_000, price: 1_000_000_000 }.wei(), receipt.wei());
    }
}
