//! One transfer for each blob: the sources in turn, for all who wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    future::{BoxFuture, Shared, WeakShared},
    FutureExt,
};
use talka_primitives::id::ContentId;
use tokio::sync::watch;

use crate::{
    error::{Fatal, SourceFailure, Stop},
    file,
    http::Http,
    local::Local,
    peer::Peer,
    FetchError, Progress, Source, StoreError,
};

/// What can be fetched from, and into.
#[derive(Debug)]
pub(crate) struct Ways {
    pub local: Local,
    pub peer: Peer,
    pub http: Http,
    pub allow_files: bool,
}

/// One blob to be fetched.
#[derive(Debug)]
pub(crate) struct Job {
    pub id: ContentId,
    /// The most bytes that the blob may have.
    pub limit: u64,
    progress: watch::Sender<Progress>,
}

impl Job {
    /// Tells those who wait how far it is.
    pub fn report(&self, have: u64, total: Option<u64>) {
        self.progress.send_replace(Progress { have, total });
    }
}

type Outcome = Result<(), FetchError>;
type Transfer = BoxFuture<'static, Outcome>;

/// The transfers that go on.
#[derive(Default)]
pub(crate) struct Transfers(Mutex<HashMap<ContentId, Running>>);

struct Running {
    request: Request,
    /// Weak: the transfer ends when the last one who waits for it gives up.
    transfer: WeakShared<Transfer>,
    progress: watch::Receiver<Progress>,
}

#[derive(Clone, PartialEq, Eq)]
struct Request {
    sources: Vec<Source>,
    limit: u64,
}

/// A part in a transfer.
struct Share {
    transfer: Shared<Transfer>,
    progress: watch::Receiver<Progress>,
    /// Whether the transfer is what this caller asked for.
    ours: bool,
}

impl Transfers {
    /// Whether the blob is being fetched.
    pub fn is_running(&self, id: ContentId) -> bool {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(&id).and_then(Running::transfer).is_some()
    }

    /// Fetches, or waits for one who does. Somebody else's transfer with other sources is waited for; then it is
    /// this caller's turn, if there is still something to do.
    pub async fn fetch(
        &self,
        ways: &Arc<Ways>,
        id: ContentId,
        sources: &[Source],
        limit: u64,
        mut progress: impl FnMut(Progress),
    ) -> Outcome {
        let request = Request { sources: sources.to_vec(), limit };
        loop {
            let Share { mut transfer, progress: mut news, ours } = self.join(ways, id, &request);
            let mut seen = Progress::default();
            let mut tell = |now: Progress| {
                if std::mem::replace(&mut seen, now) != now {
                    progress(now);
                }
            };
            let outcome = loop {
                tokio::select! {
                    biased;
                    Ok(()) = news.changed() => tell(*news.borrow_and_update()),
                    outcome = &mut transfer => break outcome,
                }
            };
            // The last piece and the end come in one.
            tell(*news.borrow());
            if ours {
                return outcome;
            }
        }
    }

    fn join(&self, ways: &Arc<Ways>, id: ContentId, request: &Request) -> Share {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, running| running.transfer().is_some());
        if let Some((running, transfer)) =
            running.get(&id).and_then(|running| Some((running, running.transfer()?)))
        {
            let ours = running.request == *request;
            return Share { transfer, progress: running.progress.clone(), ours };
        }
        let (sender, progress) = watch::channel(Progress::default());
        let job = Job { id, limit: request.limit, progress: sender };
        let transfer = transfer(ways.clone(), request.sources.clone(), job).boxed().shared();
        if let Some(weak) = transfer.downgrade() {
            let running_now =
                Running { request: request.clone(), transfer: weak, progress: progress.clone() };
            running.insert(id, running_now);
        }
        Share { transfer, progress, ours: true }
    }
}

impl Running {
    fn transfer(&self) -> Option<Shared<Transfer>> {
        self.transfer.upgrade().filter(|transfer| transfer.peek().is_none())
    }
}

/// Tries the sources in turn.
async fn transfer(ways: Arc<Ways>, sources: Vec<Source>, job: Job) -> Outcome {
    let Job { id, limit, .. } = job;
    if let Some(size) = ways.local.size(id).await? {
        if size > limit {
            return Err(StoreError::TooLarge { id, size, limit }.into());
        }
        return Ok(());
    }
    // Nothing needs no source.
    if blake3::hash(b"") == id.0 {
        ways.local.add_bytes(Default::default()).await?;
        return Ok(());
    }
    let mut failures = Vec::new();
    for at in sources {
        match try_source(&ways, &at, &job).await {
            Ok(()) => {
                tracing::debug!(%id, source = %at, "fetched");
                return Ok(());
            }
            Err(Stop::Source(why)) => {
                tracing::debug!(%id, source = %at, %why, "a source failed");
                failures.push(SourceFailure { at, why });
            }
            Err(Stop::Stale) => return Err(StoreError::Damaged(id).into()),
            Err(Stop::Store(error)) => return Err(error.into()),
        }
    }
    Err(FetchError::Sources { id, failures })
}

/// Tries one source, and again if what an earlier transfer left turns out to be no good.
async fn try_source(ways: &Ways, at: &Source, job: &Job) -> Result<(), Stop> {
    match try_once(ways, at, job).await {
        Err(Stop::Stale) => {
            tracing::warn!(id = %job.id, "what an earlier transfer left is damaged and is dropped");
            ways.local.remove(&[job.id]).await?;
            try_once(ways, at, job).await
        }
        outcome => outcome,
    }
}

async fn try_once(ways: &Ways, at: &Source, job: &Job) -> Result<(), Stop> {
    let _protected = ways.local.protect(job.id).await?;
    match at {
        Source::Peer(peer) => ways.peer.fetch(&ways.local, peer, job).await,
        Source::Http(url) => ways.http.fetch(&ways.local, url, job).await,
        Source::File(file) if ways.allow_files => file::fetch(&ways.local, file, job).await,
        Source::File(_) => Err(Fatal::Refused("this store does not fetch from files".into()).into()),
    }
}
