//! Questions to Ethereum. What others rely on is asked of all nodes.

use std::sync::Arc;

use alloy::{
    primitives::{Address, Bytes, B256, U128, U256, U64},
    rpc::json_rpc::RpcRecv,
    sol_types::{SolCall, SolEvent},
};
use futures::future::join_all;
use serde::Deserialize;
use serde_json::{json, Value};
use talka_primitives::bridge::EthereumAddress;

use crate::{
    agree::{agree, Answer},
    error::EthereumError,
    node::Node,
};

/// Blocks whose logs are asked for at once: many nodes give no more.
const RANGE: u64 = 2_000;

/// Nodes of one chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ethereum {
    nodes: Arc<[Node]>,
    chain: u64,
}

/// As of which block a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The newest block that the first node knows, which another may replace. Only that node is asked.
    Latest,
    /// A block that no other replaces. All nodes are asked, and have to agree.
    Block(u64),
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// When it was made, in seconds since 1970.
    pub time: u64,
}

/// Something that a contract has said, as the node writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// What is indexed of it; the first is the hash of the event's form.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Bytes,
    /// The block that it is in.
    pub block_number: U64,
    /// The hash of that block.
    pub block_hash: B256,
    /// Its place among the logs of the block.
    pub log_index: U64,
}

/// A header as the node writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    number: U64,
    hash: B256,
    timestamp: U64,
    #[serde(default)]
    pub(crate) base_fee_per_gas: Option<U128>,
}

impl From<Header> for Block {
    fn from(header: Header) -> Self {
        Self { number: header.number.to(), hash: header.hash, time: header.timestamp.to() }
    }
}

impl Log {
    /// The event that it is.
    ///
    /// # Errors
    ///
    /// [`EthereumError::OtherContract`] where it is another one.
    pub fn decode<Event: SolEvent>(&self) -> Result<Event, EthereumError> {
        Event::decode_raw_log(self.topics.iter().copied(), &self.data)
            .map_err(|cause| EthereumError::OtherContract { address: self.address, cause: cause.to_string() })
    }
}

impl Ethereum {
    /// Ask the nodes at these addresses, as in `http://127.0.0.1:8545`.
    ///
    /// Fails when not more than half of them answer, or when they are of different chains.
    pub async fn connect(urls: &[String]) -> Result<Self, EthereumError> {
        let nodes: Arc<[Node]> = urls.iter().map(|url| Node::at(url)).collect::<Result<Vec<_>, _>>()?.into();
        let ethereum = Self { nodes, chain: 0 };
        let chain: U64 = ethereum.all("which chain it is", "eth_chainId", json!([])).await?;
        Ok(Self { chain: chain.to(), ..ethereum })
    }

    /// The chain's number.
    pub fn chain(&self) -> u64 {
        self.chain
    }

    /// Whether it is the chain that is meant.
    ///
    /// # Errors
    ///
    /// [`EthereumError::OtherChain`] where it is not.
    pub fn is_chain(&self, expected: u64) -> Result<(), EthereumError> {
        match self.chain == expected {
            true => Ok(()),
            false => Err(EthereumError::OtherChain { expected, found: self.chain }),
        }
    }

    /// The newest block that no other replaces: of what the nodes know as such, the lowest, so that all know it.
    pub async fn finalized(&self) -> Result<Block, EthereumError> {
        let heads = self.ask_all::<Option<Header>>("eth_getBlockByNumber", json!(["finalized", false])).await;
        let known = |head: &Answer<Option<Header>>| {
            head.1.as_ref().ok()?.as_ref().map(|head| head.number.to::<u64>())
        };
        let Some(lowest) = heads.iter().filter_map(known).min() else {
            let problem = heads.into_iter().next().map(|(url, head)| match head {
                Ok(_) => EthereumError::Node { url, cause: "it has no finalised block yet".into() },
                Err(problem) => problem,
            });
            return Err(problem.unwrap_or_else(|| EthereumError::Url(String::new())));
        };
        self.block(lowest).await
    }

    /// The block at a height that no other replaces.
    pub async fn block(&self, number: u64) -> Result<Block, EthereumError> {
        let params = json!([U64::from(number), false]);
        let answers = self.ask_all::<Option<Header>>("eth_getBlockByNumber", params).await;
        let answers = answers.into_iter().map(|(url, answer)| {
            let gone =
                || EthereumError::Node { url: url.clone(), cause: format!("it has no block {number}") };
            let answer = answer.and_then(|header| header.map(Block::from).ok_or_else(gone));
            (url, answer)
        });
        agree(&format!("block {number}"), answers.collect())
    }

    /// What a contract has said of one kind in these blocks, both included, in order. No other block may replace them.
    pub async fn logs<Event: SolEvent>(
        &self,
        address: Address,
        first: u64,
        last: u64,
    ) -> Result<Vec<Log>, EthereumError> {
        let mut logs = Vec::new();
        let mut from = first;
        while from <= last {
            let to = last.min(from.saturating_add(RANGE - 1));
            let filter = json!([{
                "address": address,
                "topics": [Event::SIGNATURE_HASH],
                "fromBlock": U64::from(from),
                "toBlock": U64::from(to),
            }]);
            let what = format!("the logs of blocks {from} to {to}");
            let mut part: Vec<Log> = self.all(&what, "eth_getLogs", filter).await?;
            part.sort_by_key(|log| (log.block_number, log.log_index));
            logs.extend(part);
            from = to + 1;
        }
        Ok(logs)
    }

    /// What a contract answers.
    pub async fn call<Call: SolCall>(
        &self,
        to: Address,
        call: &Call,
        at: At,
    ) -> Result<Call::Return, EthereumError> {
        let data = Bytes::from(call.abi_encode());
        let request = json!({ "to": to, "input": data });
        let answer: Bytes = match at {
            At::Latest => self.first("eth_call", json!([request, "latest"])).await?,
            At::Block(number) => {
                let what = format!("{} of {to} at block {number}", Call::SIGNATURE);
                self.all(&what, "eth_call", json!([request, U64::from(number)])).await?
            }
        };
        if answer.is_empty() {
            return Err(EthereumError::NoContract(to));
        }
        Call::abi_decode_returns(&answer)
            .map_err(|cause| EthereumError::OtherContract { address: to, cause: cause.to_string() })
    }

    /// The height of the newest block that the first node knows.
    pub async fn height(&self) -> Result<u64, EthereumError> {
        let number: U64 = self.first("eth_blockNumber", json!([])).await?;
        Ok(number.to())
    }

    /// What an account has, in wei.
    pub async fn balance(&self, account: Address) -> Result<U256, EthereumError> {
        self.first("eth_getBalance", json!([account, "latest"])).await
    }

    /// What the first node says that answers. A contract's refusal is an answer.
    pub(crate) async fn first<T: RpcRecv>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, EthereumError> {
        let mut problem = None;
        for node in self.nodes.iter() {
            match node.ask(method, params.clone()).await {
                Err(error @ (EthereumError::Unreachable { .. } | EthereumError::Node { .. })) => {
                    problem = problem.or(Some(error));
                }
                answer => return answer,
            }
        }
        Err(problem.unwrap_or_else(|| EthereumError::Url(String::new())))
    }

    /// What every node answers.
    pub(crate) async fn ask_all<T: RpcRecv>(&self, method: &'static str, params: Value) -> Vec<Answer<T>> {
        let ask = |node: &Node| {
            let (node, params) = (node.clone(), params.clone());
            async move { (node.place.clone(), node.ask(method, params).await) }
        };
        join_all(self.nodes.iter().map(ask)).await
    }

    /// What the nodes agree on.
    async fn all<T: RpcRecv + PartialEq>(
        &self,
        what: &str,
        method: &'static str,
        params: Value,
    ) -> Result<T, EthereumError> {
        let mut answers = self.ask_all(method, params).await;
        // Where all that answer say that the contract refuses, that is what they agree on.
        let refuses = |answer: &Answer<T>| matches!(answer.1, Err(EthereumError::Refused(_)));
        if answers.iter().all(refuses) {
            if let Some((_, refusal)) = answers.pop() {
                return refusal;
            }
        }
        agree(what, answers)
    }
}

/// An address as the rules write it, as calls take it.
pub(crate) fn address(of: EthereumAddress) -> Address {
    Address::from(of.0)
}
