//! Gets a result into a store, from one peer after the other. Every byte is verified against the digest that the chain has
//! accepted.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    sync::{Mutex, PoisonError},
};

use codec::DecodeAll as _;
use futures::{stream, TryStreamExt as _};
use indicatif::ProgressBar;
use talka_client::{AccountId, Snapshot};
use talka_primitives::{
    manifest::{Blob, Listing, Manifest, MAX_MANIFEST_BYTES},
    ContentId, Digest, PoolId, TaskId,
};
use talka_store::{Failure, FetchError, FetchOptions, Progress, Source, Store, Transient};

use super::{
    pace::Pace,
    peers::{peers, Peer, Who},
    FILES_AT_ONCE,
};
use crate::error::CliError;

/// Fetches results into a store.
pub(crate) struct Gatherer {
    pub(super) store: Store,
    pub(super) peers: Vec<Peer>,
    pub(super) failed: Mutex<Failed>,
}

/// Peers that have failed so far.
#[derive(Default)]
pub(super) struct Failed {
    /// They do not answer, and are not asked any more.
    pub(super) unreachable: BTreeSet<Who>,
    /// They were too slow, or did not have what they should have: others are asked first.
    pub(super) other: BTreeSet<Who>,
}

impl Gatherer {
    /// With the peers that may have these results, beside `keepers`. `winners` are the accounts that are known to have them.
    pub(crate) async fn new(
        store: Store,
        snapshot: &Snapshot,
        pool: PoolId,
        results: &[(TaskId, Digest)],
        winners: &BTreeMap<TaskId, Vec<AccountId>>,
        keepers: &[Source],
    ) -> Result<Self, CliError> {
        let peers = peers(snapshot, pool, results, winners, keepers).await?;
        Ok(Self::of(store, peers))
    }

    /// With these peers. A store does not ask itself.
    pub(super) fn of(store: Store, mut peers: Vec<Peer>) -> Self {
        let own = store.address();
        peers.retain(|peer| match (&peer.source, &own) {
            (Source::Peer(peer), Source::Peer(own)) => peer.id() != own.id(),
            _ => true,
        });
        Self { store, peers, failed: Mutex::default() }
    }

    /// Get a whole result into the store.
    pub(crate) async fn gather_all(
        &self,
        task: TaskId,
        digest: Digest,
        winners: &[AccountId],
    ) -> Result<Manifest, CliError> {
        self.gather(task, digest, winners, Wanted::All, &Counted::by(&ProgressBar::hidden())).await
    }

    /// Get a manifest and what is wanted of all that belongs to it into the store: from one peer after the other, each for as long as it
    /// is fast enough. What has arrived of one is not asked of the next.
    pub(super) async fn gather(
        &self,
        task: TaskId,
        digest: Digest,
        winners: &[AccountId],
        wanted: Wanted,
        counted: &Counted<'_>,
    ) -> Result<Manifest, CliError> {
        let mut failures = Vec::new();
        for Peer { who, source, .. } in self.in_turn(winners) {
            let pace = Pace::begin();
            let (failure, unreachable) = tokio::select! {
                gathered = self.gather_from(task, digest, source, wanted, &pace, counted) => match gathered {
                    Ok(manifest) => return Ok(manifest),
                    Err(CliError::Fetch(FetchError::Sources { failures, .. })) => {
                        let is_unreachable = |why: &Failure| matches!(why, Failure::Transient(Transient::Unreachable(_)));
                        let unreachable = failures.iter().any(|failure| is_unreachable(&failure.why));
                        let texts: Vec<_> = failures.iter().map(ToString::to_string).collect();
                        (texts.join("; "), unreachable)
                    }
                    Err(error) => return Err(error),
                },
                () = pace.too_slow() => (format!("{source}: it is too slow"), false),
            };
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            let failed = if unreachable { &mut failed.unreachable } else { &mut failed.other };
            failed.insert(*who);
            failures.push(failure);
        }
        match failures.is_empty() {
            true => Err(CliError::NobodyServes(task)),
            false => Err(CliError::NotFetched { task, failures }),
        }
    }

    /// Whom to ask for a result, in turn: the buyer's own keepers, its winners, the pool's keepers, the others; of each group
    /// those first that have not failed yet. Where winners are known, nobody waits for others that are offline.
    pub(super) fn in_turn(&self, winners: &[AccountId]) -> Vec<&Peer> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let rank = |who: &Who| match who {
            Who::Keeper(_) => 0,
            Who::Worker(account) if winners.contains(account) => 1,
            Who::PoolKeeper(_) => 2,
            Who::Worker(_) => 3,
        };
        let is_asked = |peer: &&Peer| {
            !failed.unreachable.contains(&peer.who)
                && (winners.is_empty() || peer.online || rank(&peer.who) < rank(&Who::PoolKeeper(0)))
        };
        let mut peers: Vec<_> = self.peers.iter().filter(is_asked).collect();
        peers.sort_by_key(|peer| (rank(&peer.who), failed.other.contains(&peer.who), !peer.online));
        peers
    }

    async fn gather_from(
        &self,
        task: TaskId,
        digest: Digest,
        source: &Source,
        wanted: Wanted,
        pace: &Pace,
        counted: &Counted<'_>,
    ) -> Result<Manifest, CliError> {
        let bad = |why: String| CliError::BadResult { task, why };
        let address = ContentId(digest.0);
        self.get(address, MAX_MANIFEST_BYTES, source, pace).await?;
        let bytes = self.store.read(address, MAX_MANIFEST_BYTES).await?;
        let manifest =
            Manifest::decode_all(&mut &bytes[..]).map_err(|_| bad("its manifest cannot be read".into()))?;
        // Before anything that it names is asked for.
        manifest.check().map_err(|why| bad(why.to_string()))?;
        let blobs: BTreeMap<_, _> = match wanted {
            Wanted::All => {
                let Blob { size, content } = manifest.listing;
                self.get(content, size, source, pace).await?;
                let listing = self.listing(task, &manifest).await?;
                manifest.blobs(&listing).map(|blob| (blob.content, blob.size)).collect()
            }
            Wanted::Messages => [(manifest.stderr.content, manifest.stderr.size)].into(),
        };
        counted.expect(blobs.keys());
        stream::iter(blobs.into_iter().map(Ok::<_, CliError>))
            .try_for_each_concurrent(FILES_AT_ONCE, |(content, size)| async move {
                self.get(content, size, source, pace).await?;
                counted.arrived(content);
                Ok(())
            })
            .await?;
        Ok(manifest)
    }

    /// The listing of a result, which is in the store as its manifest is: a file of one that no execution can have produced is
    /// not asked for.
    pub(crate) async fn listing(&self, task: TaskId, manifest: &Manifest) -> Result<Listing, CliError> {
        let bad = |why: String| CliError::BadResult { task, why };
        let Blob { size, content } = manifest.listing;
        let bytes = self.store.read(content, size).await?;
        let listing =
            Listing::decode_all(&mut &bytes[..]).map_err(|_| bad("its listing cannot be read".into()))?;
        manifest.check_with(&listing).map_err(|why| bad(why.to_string()))?;
        Ok(listing)
    }

    async fn get(
        &self,
        content: ContentId,
        limit: u64,
        source: &Source,
        pace: &Pace,
    ) -> Result<(), FetchError> {
        let mut seen = 0;
        let note = |Progress { have, .. }: Progress| {
            pace.arrived(have.saturating_sub(seen));
            seen = seen.max(have);
        };
        // How fast the source is, `pace` decides: of all blobs together.
        let options = FetchOptions { min_rate: 0, ..FetchOptions::new(limit) };
        self.store.fetch_within(content, slice::from_ref(source), &options, note).await?;
        pace.completed();
        Ok(())
    }
}

/// What is fetched of a result beside its manifest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// Its listing, and all that the two name.
    All,
    /// The end of standard error.
    Messages,
}

/// The blobs of a result on a bar: each counts once, however many peers are asked for it.
pub(super) struct Counted<'a> {
    bar: &'a ProgressBar,
    awaited: Mutex<Option<BTreeSet<ContentId>>>,
}

impl<'a> Counted<'a> {
    pub(super) fn by(bar: &'a ProgressBar) -> Self {
        Self { bar, awaited: Mutex::default() }
    }

    /// These will arrive. Said again for the next peer, it changes nothing.
    fn expect<'b>(&self, blobs: impl ExactSizeIterator<Item = &'b ContentId>) {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if awaited.is_none() {
            self.bar.inc_length(blobs.len() as u64);
            *awaited = Some(blobs.copied().collect());
        }
    }

    fn arrived(&self, blob: ContentId) {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if awaited.as_mut().is_some_and(|awaited| awaited.remove(&blob)) {
            self.bar.inc(1);
        }
    }
}
