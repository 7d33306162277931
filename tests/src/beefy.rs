//! What a node says of finality to those who follow the chain from another one.

use std::time::Duration;

use anyhow::{ensure, Context as _, Result};
use codec::Decode;
use serde_json::Value;
use subxt::{
    config::RpcConfigFor,
    rpcs::{
        client::RpcSubscription,
        methods::legacy::{Bytes, LegacyRpcMethods},
        rpc_params, RpcClient,
    },
    SubstrateConfig,
};
use talka_client::client::BlockHash;
use talka_primitives::BlockNumber;

use crate::{node::Node, wait};

/// What the payload's entry is called that is the root of the range.
const ROOT: [u8; 2] = *b"mh";

/// What validators have signed about a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The root of the range of all leaves up to the block's.
    pub root: [u8; 32],
    /// The block.
    pub block: BlockNumber,
    /// The number of the set that signs it.
    pub set: u64,
    /// How many validators the set has.
    pub validators: u32,
    /// How many of them have signed.
    pub signatures: usize,
    /// The places in the set of those that have.
    pub places: Vec<usize>,
}

/// A justification in the form of the wire: the commitment, by whom there is a signature, how many could have signed, and the
/// signatures.
#[derive(Decode)]
enum Justification {
    #[codec(index = 1)]
    V1 {
        payload: Vec<([u8; 2], Vec<u8>)>,
        block: BlockNumber,
        set: u64,
        signed_by: Vec<u8>,
        validators: u32,
        signatures: Vec<[u8; 65]>,
    },
}

impl Signed {
    fn decode(mut bytes: &[u8]) -> Result<Self> {
        let Justification::V1 { payload, block, set, signed_by, validators, signatures } =
            Justification::decode(&mut bytes)?;
        ensure!(bytes.is_empty(), "{} bytes are left of a justification", bytes.len());
        let (_, root) = payload.into_iter().find(|(name, _)| *name == ROOT).context("no root is signed")?;
        let root = root.try_into().map_err(|other: Vec<u8>| anyhow::anyhow!("a root of {}", other.len()))?;
        let places = places(&signed_by);
        ensure!(places.len() == signatures.len(), "{} signatures are by {places:?}", signatures.len());
        Ok(Self { root, block, set, validators, signatures: signatures.len(), places })
    }
}

/// The places of the bits that are set; the first is the highest of the first byte.
fn places(bits: &[u8]) -> Vec<usize> {
    let is_set = |place: &usize| bits[place / 8] >> (7 - place % 8) & 1 == 1;
    (0..8 * bits.len()).filter(is_set).collect()
}

/// The leaf of a block.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub struct Leaf {
    /// Its form.
    pub version: u8,
    /// The number of the block before it.
    pub parent: BlockNumber,
    /// The hash of the block before it.
    pub parent_hash: [u8; 32],
    /// The number of the set that signs in the session after.
    pub next_set: u64,
    /// How many validators that set has.
    pub next_validators: u32,
    /// The root of the addresses of their keys.
    pub next_keys: [u8; 32],
    /// The root of what the chain tells other chains.
    pub outbox: [u8; 32],
}

/// The leaf of a signed block, told by the first of these nodes whose proof is valid. A node that has seen two blocks with the same
/// parent, of which one begins a session, may have kept the leaf of the other: who follows the chain asks the next node then.
pub async fn leaf_of(signed: &Signed, nodes: &[Node]) -> Result<Leaf> {
    let mut failures = Vec::new();
    for node in nodes {
        match leaf_told_by(node, signed).await {
            Ok(leaf) => return Ok(leaf),
            Err(error) => failures.push(format!("{}: {error:#}", node.name())),
        }
    }
    anyhow::bail!("no node proves the leaf of block {}: {}", signed.block, failures.join("; "))
}

async fn leaf_told_by(node: &Node, signed: &Signed) -> Result<Leaf> {
    Follower::of(&node.url()).await?.leaf(signed).await
}

/// Follows what a node says is signed.
#[derive(Debug)]
pub struct Follower {
    client: RpcClient,
    methods: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    signed: RpcSubscription<Bytes>,
}

impl Follower {
    /// Connect to a node. The connection does not outlive the node.
    pub async fn of(url: &str) -> Result<Self> {
        let client = RpcClient::from_insecure_url(url).await?;
        let (begin, end) = ("beefy_subscribeJustifications", "beefy_unsubscribeJustifications");
        let signed = client.subscribe(begin, rpc_params![], end).await?;
        Ok(Self { methods: LegacyRpcMethods::new(client.clone()), client, signed })
    }

    /// Wait for the next justification for which this is so.
    pub async fn until<Is>(&mut self, what: &str, patience: Duration, is_so: Is) -> Result<Signed>
    where
        Is: Fn(&Signed) -> bool,
    {
        wait::within(what, patience, async {
            loop {
                let Bytes(bytes) = self.signed.next().await.context("the node sends no more")??;
                let signed = Signed::decode(&bytes)?;
                if is_so(&signed) {
                    return Ok(signed);
                }
            }
        })
        .await
    }

    /// The number of the last block that is signed, if there is one.
    pub async fn head(&self) -> Result<Option<BlockNumber>> {
        // Until there is one it answers with an error.
        let Ok(hash) = self.client.request::<BlockHash>("beefy_getFinalizedHead", rpc_params![]).await else {
            return Ok(None);
        };
        let header = self.methods.chain_get_header(Some(hash)).await?.context("the node has the block")?;
        Ok(Some(BlockNumber::try_from(header.number)?))
    }

    /// The leaf of a signed block, which is the newest one of its range, after the node has verified its proof: against the state
    /// of the block, and against the root that was signed.
    async fn leaf(&self, signed: &Signed) -> Result<Leaf> {
        let number = Some(u64::from(signed.block).into());
        let hash = self.methods.chain_get_block_hash(number).await?.context("the block is there")?;
        let none: Option<BlockNumber> = None;
        let proof: Value =
            self.client.request("mmr_generateProof", rpc_params![[signed.block], none, hash]).await?;
        let valid: bool = self.client.request("mmr_verifyProof", rpc_params![&proof]).await?;
        ensure!(valid, "the proof of block {} is refused", signed.block);
        let root = BlockHash::from(signed.root);
        let valid: bool = self.client.request("mmr_verifyProofStateless", rpc_params![root, &proof]).await?;
        ensure!(valid, "the proof of block {} leads to another root", signed.block);

        let Bytes(leaves) = serde_json::from_value(proof["leaves"].clone())?;
        let leaves = Vec::<Vec<u8>>::decode(&mut leaves.as_slice())?;
        let [leaf] = &leaves[..] else { anyhow::bail!("{} leaves for one block", leaves.len()) };
        let mut bytes = leaf.as_slice();
        let leaf = Leaf::decode(&mut bytes)?;
        ensure!(bytes.is_empty(), "{} bytes are left of a leaf", bytes.len());
        Ok(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_stands_for_a_place() {
        assert_eq!(places(&[0b1101_0000]), [0, 1, 3]);
        assert_eq!(places(&[1, 0b1000_0000]), [7, 8]);
        assert!(places(&[]).is_empty());
    }
}
