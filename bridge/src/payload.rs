//! Results of tasks from the workers that have them: manifests, to report with, and what apps wrote for contracts.
//!
//! Every byte is verified against the digest that the chain has accepted, or the hash that the outbox has.

use std::net::Ipv4Addr;

use codec::DecodeAll as _;
use talka_client::snapshot::MAX_PAGE;
use talka_primitives::{
    bridge::keccak_256,
    filter::PoolFilter,
    gateway::MAX_PAYLOAD,
    manifest::{Listing, Manifest, CALLBACK, MAX_LISTING_BYTES, MAX_MANIFEST_BYTES},
    ContentId, Digest, PoolId,
};
use talka_store::{Source, Store, StoreOptions};
use tempfile::TempDir;

use crate::{error::BridgeError, talka::Talka};

/// The most that the store keeps, in bytes: what was fetched is of no use afterwards.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Fetches results.
pub(crate) struct Fetcher {
    store: Store,
    /// Goes when the program ends.
    _folder: TempDir,
}

impl Fetcher {
    pub(crate) async fn open() -> Result<Self, BridgeError> {
        let folder = tempfile::tempdir().map_err(BridgeError::io("make a folder for results"))?;
        let visitor = StoreOptions {
            // From the loopback address, which is the default, no other machine can be reached. This store serves nothing, so
            // its address does not matter.
            listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
            advertise: Some((Ipv4Addr::LOCALHOST, 0).into()),
            max_bytes: Some(MAX_BYTES),
            ..StoreOptions::new(folder.path().join("store"))
        };
        Ok(Self { store: Store::open(visitor).await?, _folder: folder })
    }

    /// The manifest with this digest, from workers of a pool, or of all pools where it is not known which.
    pub(crate) async fn manifest(
        &self,
        talka: &Talka,
        digest: Digest,
        pool: Option<PoolId>,
    ) -> Result<Manifest, BridgeError> {
        self.manifest_from(digest, &sources(talka, pool).await?).await
    }

    /// What the app wrote for the contract that has bought a task, by the digest of the result and the hash of the payload.
    pub(crate) async fn payload(
        &self,
        talka: &Talka,
        digest: Digest,
        hash: [u8; 32],
    ) -> Result<Vec<u8>, BridgeError> {
        if hash == keccak_256(&[]) {
            return Ok(Vec::new());
        }
        let sources = sources(talka, None).await?;
        let listing = listing_of(digest, &self.manifest_from(digest, &sources).await?)?;
        let listing = self.get(listing, MAX_LISTING_BYTES, &sources).await?;
        let payload = self.get(callback_of(digest, &listing)?, MAX_PAYLOAD, &sources).await?;
        match keccak_256(&payload) == hash {
            true => Ok(payload),
            false => Err(bad(digest, "its payload has another hash than the outbox says")),
        }
    }

    async fn manifest_from(&self, digest: Digest, sources: &[Source]) -> Result<Manifest, BridgeError> {
        let manifest = self.get(ContentId(digest.0), MAX_MANIFEST_BYTES, sources).await?;
        Manifest::decode_all(&mut &manifest[..]).map_err(|_| bad(digest, "its manifest cannot be read"))
    }

    async fn get(&self, content: ContentId, limit: u64, sources: &[Source]) -> Result<Vec<u8>, BridgeError> {
        let fetched = self.store.fetch(content, sources, limit, |_| {}).await;
        fetched.map_err(|cause| BridgeError::NoResult(format!("nobody serves a result: {cause}")))?;
        let bytes = self.store.read(content, limit).await?;
        Ok(bytes.to_vec())
    }
}

/// Where the manifest with this digest has its listing.
fn listing_of(digest: Digest, manifest: &Manifest) -> Result<ContentId, BridgeError> {
    match manifest.listing.size <= MAX_LISTING_BYTES {
        true => Ok(manifest.listing.content),
        false => Err(bad(digest, "its listing is too long")),
    }
}

/// Where a listing has the file for the contract.
fn callback_of(digest: Digest, listing: &[u8]) -> Result<ContentId, BridgeError> {
    let listing =
        Listing::decode_all(&mut &listing[..]).map_err(|_| bad(digest, "its listing cannot be read"))?;
    let file = listing.files.into_iter().find(|file| file.path == CALLBACK);
    let file = file.ok_or_else(|| bad(digest, "it has no file for a contract"))?;
    match file.blob.size <= MAX_PAYLOAD {
        true => Ok(file.blob.content),
        false => Err(bad(digest, "its payload is too long")),
    }
}

fn bad(digest: Digest, why: &str) -> BridgeError {
    BridgeError::NoResult(format!("the result {digest} is of no use: {why}"))
}

/// Where workers serve results. An address is text that a stranger put on the chain: other kinds than peers could name a file
/// of this machine or a server of its network.
async fn sources(talka: &Talka, pool: Option<PoolId>) -> Result<Vec<Source>, BridgeError> {
    let snapshot = talka.finalized().await?;
    let mut pools = Vec::from_iter(pool);
    if pool.is_none() {
        let mut next = Some(PoolId(0));
        while let Some(from) = next {
            let page = talka.within(snapshot.pools(PoolFilter::default(), from, MAX_PAGE)).await?;
            pools.extend(page.items.iter().map(|listed| listed.id));
            next = page.next;
        }
    }
    let mut sources = Vec::new();
    for pool in pools {
        let workers = talka.within(snapshot.workers(pool, MAX_PAGE)).await?;
        let online = workers.iter().filter(|worker| worker.online);
        let of_pool = online.filter_map(|worker| worker.peer.to_str().parse::<Source>().ok());
        sources.extend(of_pool.filter(|source| matches!(source, Source::Peer(_))));
    }
    match sources.is_empty() {
        true => Err(BridgeError::NoResult("no worker is online that could have the result".into())),
        false => Ok(sources),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode as _;
    use talka_primitives::manifest::{Blob, Callback, ExitStatus, OutputFile, WASM_ABI};

    const DIGEST: Digest = Digest([1; 32]);

    fn listing(path: &str, size: u64) -> Listing {
        let blob = Blob { size, content: ContentId([3; 32]) };
        Listing { files: vec![OutputFile { path: path.into(), blob }], empty_directories: vec![] }
    }

    #[test]
    fn the_file_for_a_contract_is_found_through_manifest_and_listing() {
        let listing = listing(CALLBACK, 96);
        let none = Blob::of(b"");
        let manifest = Manifest {
            abi: WASM_ABI,
            status: ExitStatus::Exited(0),
            fuel_used: 1,
            memory_used: 1,
            fingerprint: [0; 32],
            listing: Blob::of(&listing.encode()),
            callback: Some(Callback::of(b"x")),
            stdout: none,
            stderr: none,
        };
        let content = listing_of(DIGEST, &manifest).unwrap();
        assert_eq!(content, Blob::of(&listing.encode()).content);
        assert_eq!(callback_of(DIGEST, &listing.encode()).unwrap(), ContentId([3; 32]));
        let large = Manifest { listing: Blob { size: MAX_LISTING_BYTES + 1, ..none }, ..manifest };
        assert!(listing_of(DIGEST, &large).is_err());
    }

    #[test]
    fn what_is_no_payload_is_an_error() {
        for listing in [listing("other", 96), listing(CALLBACK, MAX_PAYLOAD + 1), Listing::default()] {
            assert!(callback_of(DIGEST, &listing.encode()).is_err(), "{listing:?}");
        }
        assert!(callback_of(DIGEST, &[255; 10]).is_err());
    }
}
