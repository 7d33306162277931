//! A node, asked over several connections.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use codec::Decode;
use frame_support::storage::storage_prefix;
use frame_system::{ConsumedWeight, EventRecord};
use serde_json::Value;
use subxt::rpcs::{client::RpcSubscription, rpc_params, RpcClient};
use talka_runtime::{AccountId, BlockNumber, Hash, Nonce, RuntimeEvent};
use tokio::try_join;

/// Something that happened in a block.
pub type Record = EventRecord<RuntimeEvent, Hash>;

/// A block, as far as it is looked at.
pub struct Block {
    /// Its height.
    pub number: BlockNumber,
    /// What happened in it.
    pub events: Vec<Record>,
    /// The work that it declares.
    pub weight: ConsumedWeight,
}

/// Why a node does not take a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Refusal {
    /// Whether the runtime says that the transaction is not valid now.
    pub fn is_invalid(&self) -> bool {
        self.has_code(&["1010"])
    }

    /// Whether the same transaction, or another one for the same duty, waits in the pool.
    pub fn is_waiting(&self) -> bool {
        self.has_code(&["1013", "1014"])
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.0.split(' ').next().is_some_and(|code| codes.contains(&code))
    }
}

impl From<subxt::rpcs::Error> for Refusal {
    fn from(error: subxt::rpcs::Error) -> Self {
        match error {
            subxt::rpcs::Error::User(error) => {
                let details = error.data.as_ref().map_or("", |data| data.get()).trim_matches('"');
                Self(format!("{} {} {details}", error.code, error.message).trim_end().into())
            }
            other => Self(other.to_string()),
        }
    }
}

/// The connections to one node. Clones are the same connections.
#[derive(Clone)]
pub struct Rpc {
    connections: Arc<[RpcClient]>,
    /// The hash of the first block of its chain.
    pub genesis: Hash,
}

impl Rpc {
    /// Connect to a node this number of times, at least once.
    pub async fn connect(url: &str, connections: usize) -> Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..connections.max(1) {
            clients.push(RpcClient::from_insecure_url(url).await.with_context(|| format!("asked {url}"))?);
        }
        let genesis = clients[0].request("chain_getBlockHash", rpc_params![0]).await?;
        Ok(Self { connections: clients.into(), genesis })
    }

    /// All connections.
    pub fn connections(&self) -> &[RpcClient] {
        &self.connections
    }

    /// The connection for what is not sent in a flood.
    pub fn first(&self) -> &RpcClient {
        &self.connections[0]
    }

    /// Heads of the best chain from now on.
    pub async fn heads(&self) -> Result<RpcSubscription<Value>> {
        let (begin, end) = ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads");
        Ok(self.first().subscribe(begin, rpc_params![], end).await?)
    }

    /// Heads that are final from now on.
    pub async fn finalized_heads(&self) -> Result<RpcSubscription<Value>> {
        let (begin, end) = ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads");
        Ok(self.first().subscribe(begin, rpc_params![], end).await?)
    }

    /// The hash of a block of the best chain.
    pub async fn hash(&self, number: BlockNumber) -> Result<Hash> {
        Ok(self.first().request("chain_getBlockHash", rpc_params![number]).await?)
    }

    /// A block of the best chain.
    pub async fn block(&self, number: BlockNumber) -> Result<Block> {
        let hash = self.hash(number).await?;
        let (events, weight) =
            try_join!(self.read(b"System", b"Events", hash), self.read(b"System", b"BlockWeight", hash))?;
        Ok(Block { number, events, weight })
    }

    /// A value of the state after a block; the default one where it is not there.
    async fn read<T: Decode + Default>(&self, pallet: &[u8], item: &[u8], at: Hash) -> Result<T> {
        let key = to_hex(&storage_prefix(pallet, item));
        let found: Option<String> = self.first().request("state_getStorage", rpc_params![key, at]).await?;
        let Some(found) = found else { return Ok(T::default()) };
        let bytes = from_hex(&found)?;
        let name = || format!("{} of {at:?}", String::from_utf8_lossy(item));
        T::decode(&mut bytes.as_slice()).with_context(name)
    }

    /// The number of an account's next transaction, with those that wait in the pool.
    pub async fn nonce(&self, account: &AccountId) -> Result<Nonce> {
        let address = sp_core::crypto::Ss58Codec::to_ss58check(account);
        Ok(self.first().request("system_accountNextIndex", rpc_params![address]).await?)
    }

    /// The size of all values below a prefix of the state after a block, with their keys, in bytes.
    pub async fn size_below(&self, prefix: &[u8], at: Hash) -> Result<u64> {
        /// Keys in one answer, the most that a node gives.
        const PAGE: u32 = 1_000;
        let (prefix, mut last, mut size) = (to_hex(prefix), None::<String>, 0);
        loop {
            let asked = rpc_params![&prefix, PAGE, &last, at];
            let keys: Vec<String> = self.first().request("state_getKeysPaged", asked).await?;
            if keys.is_empty() {
                return Ok(size);
            }
            let values: Value = self.first().request("state_queryStorageAt", rpc_params![&keys, at]).await?;
            let changes = values[0]["changes"].as_array().context("a node lists what it was asked for")?;
            for change in changes {
                let texts = [&change[0], &change[1]].map(|text| text.as_str().unwrap_or_default().len());
                // Two digits a byte, behind `0x`.
                size += texts.map(|length| (length.saturating_sub(2) / 2) as u64).iter().sum::<u64>();
            }
            last = match keys.last() {
                Some(key) if keys.len() as u32 == PAGE => Some(key.clone()),
                _ => return Ok(size),
            };
        }
    }
}

/// Send an encoded transaction to the pool of a node.
pub async fn submit(client: &RpcClient, encoded: &[u8]) -> Result<(), Refusal> {
    let _: Hash = client.request("author_submitExtrinsic", rpc_params![to_hex(encoded)]).await?;
    Ok(())
}

/// The height in a head.
pub fn height(head: &Value) -> Result<BlockNumber> {
    let digits = head["number"].as_str().and_then(|number| number.strip_prefix("0x"));
    let digits = digits.with_context(|| format!("a head without a number: {head}"))?;
    Ok(BlockNumber::from_str_radix(digits, 16)?)
}

fn to_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn from_hex(text: &str) -> Result<Vec<u8>> {
    Ok(hex::decode(text.trim_start_matches("0x"))?)
}

/// The best chain, block by block.
pub struct Follower {
    rpc: Rpc,
    heads: RpcSubscription<Value>,
    last: Option<BlockNumber>,
}

impl Follower {
    /// Follow the chain from its next block on.
    pub async fn new(rpc: &Rpc) -> Result<Self> {
        Ok(Self { rpc: rpc.clone(), heads: rpc.heads().await?, last: None })
    }

    /// Wait for the next block. Gives it, with those before it that were passed over. A block that takes the place of
    /// another one of the same height is not told.
    pub async fn next(&mut self) -> Result<Vec<Block>> {
        loop {
            let head = self.heads.next().await.context("the node has ended its list of heads")??;
            let best = height(&head)?;
            let first = self.last.map_or(best, |last| last + 1);
            if first > best {
                continue;
            }
            let mut blocks = Vec::new();
            for number in first..=best {
                blocks.push(self.rpc.block(number).await?);
            }
            self.last = Some(best);
            return Ok(blocks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn heads_tell_their_height() {
        assert_eq!(height(&json!({ "number": "0x1a" })).unwrap(), 26);
        assert!(height(&json!({ "number": 26 })).is_err());
        assert!(height(&json!({})).is_err());
    }

    #[test]
    fn refusals_are_told_apart_by_their_codes() {
        let refusal = |text: &str| Refusal(text.into());
        assert!(refusal("1010 Invalid Transaction").is_invalid() && !refusal("1010").is_waiting());
        assert!(refusal("1014 Priority is too low").is_waiting() && refusal("1013").is_waiting());
        assert!(!refusal("10100").is_invalid() && !refusal("").is_waiting());
    }

    #[test]
    fn bytes_travel_as_digits() {
        assert_eq!(to_hex(&[0, 255]), "0x00ff");
        assert_eq!(from_hex("0x00ff").unwrap(), [0, 255]);
        assert!(from_hex("0x0").is_err());
    }
}
