//! The sources in turn, for all who ask for the same blob from the same sources.
//!
//! A caller that asks for a blob which is being fetched from other sources does not wait: the sources may be a stranger's.
//! Both transfers go on, and the first to be done is good for all.

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, MutexGuard, PoisonError,
    },
    time::{Duration, Instant},
};

use futures::{
    future::{BoxFuture, Shared, WeakShared},
    FutureExt,
};
use talka_primitives::id::ContentId;
use tokio::{sync::watch, time::sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Fatal, SourceFailure, Stop},
    file::Files,
    http::Http,
    local::Local,
    pace::Pace,
    peer::Peer,
    space::Room,
    FetchError, FetchOptions, Progress, Source, StoreError,
};

/// What can be fetched from, and into.
#[derive(Debug)]
pub(crate) struct Ways {
    pub local: Arc<Local>,
    pub peer: Peer,
    pub http: Http,
    /// None if the store does not fetch from files.
    pub files: Option<Files>,
}

/// One blob to be fetched.
#[derive(Debug)]
pub(crate) struct Job {
    pub id: ContentId,
    /// The most bytes that the blob may have.
    pub limit: u64,
    /// The least bytes a second, on average.
    min_rate: u64,
    /// When the last of those who wait gives up. None if one does not.
    until: Mutex<Option<Instant>>,
    /// Whether another source could be tried.
    has_choice: AtomicBool,
    progress: watch::Sender<Progress>,
    rooms: Mutex<Vec<(u64, Room)>>,
    failures: Mutex<Vec<SourceFailure>>,
}

impl Job {
    fn new(id: ContentId, options: &FetchOptions) -> (Self, watch::Receiver<Progress>) {
        let (progress, news) = watch::channel(Progress::default());
        let job = Self {
            id,
            limit: options.limit,
            min_rate: options.min_rate,
            until: Mutex::new(options.until),
            has_choice: AtomicBool::new(false),
            progress,
            rooms: Mutex::default(),
            failures: Mutex::default(),
        };
        (job, news)
    }

    /// Tells those who wait how far it is.
    pub fn report(&self, have: u64, total: Option<u64>) {
        self.progress.send_replace(Progress { have, total });
    }

    /// How fast a source must be that still has `left` bytes to send, as far as is known. The last one may be too slow
    /// for the time that is left: there is none to change to, and what arrives is kept.
    pub fn pace(&self, window: Duration, left: Option<u64>) -> Pace {
        let time = lock(&self.until).map(|until| until.saturating_duration_since(Instant::now()));
        let needed = match (left, time) {
            (Some(left), Some(time)) if self.has_choice.load(Ordering::Relaxed) => {
                (u128::from(left) * 1000 / time.as_millis().max(1)).try_into().unwrap_or(u64::MAX)
            }
            _ => 0,
        };
        Pace::new(window, self.min_rate.max(needed))
    }

    /// Makes sure that there is room for this number of bytes of the blob in all.
    pub async fn claim(&self, local: &Local, bytes: u64) -> Result<(), StoreError> {
        let claimed: u64 = lock(&self.rooms).iter().map(|(bytes, _)| bytes).sum();
        if bytes > claimed {
            let room = local.claim(bytes - claimed).await?;
            lock(&self.rooms).push((bytes - claimed, room));
        }
        Ok(())
    }

    fn wait_until(&self, until: Option<Instant>) {
        let mut latest = lock(&self.until);
        *latest = (*latest).zip(until).map(|(latest, until)| latest.max(until));
    }

    fn failures(&self) -> Vec<SourceFailure> {
        lock(&self.failures).clone()
    }
}

type Outcome = Result<(), FetchError>;
type Transfer = BoxFuture<'static, Outcome>;

/// The transfers that go on.
#[derive(Default)]
pub(crate) struct Transfers(Mutex<HashMap<ContentId, Race>>);

/// The transfers of one blob.
#[derive(Default)]
struct Race {
    running: Vec<Running>,
    /// Says that one of them has brought it.
    done: CancellationToken,
}

struct Running {
    request: Request,
    /// Weak: the transfer ends when the last one who waits for it gives up.
    transfer: WeakShared<Transfer>,
    job: Arc<Job>,
    progress: watch::Receiver<Progress>,
}

#[derive(Clone, PartialEq, Eq)]
struct Request {
    sources: Vec<Source>,
    limit: u64,
    min_rate: u64,
}

/// A part in a transfer.
struct Share {
    transfer: Shared<Transfer>,
    job: Arc<Job>,
    progress: watch::Receiver<Progress>,
}

impl Transfers {
    /// Fetches, or takes part in a transfer of the same from the same sources.
    pub async fn fetch(
        &self,
        ways: &Arc<Ways>,
        id: ContentId,
        sources: &[Source],
        options: &FetchOptions,
        mut progress: impl FnMut(Progress),
    ) -> Outcome {
        let Share { mut transfer, job, progress: mut news } = self.join(ways, id, sources, options);
        let mut seen = Progress::default();
        let mut tell = |now: Progress| {
            if std::mem::replace(&mut seen, now) != now {
                progress(now);
            }
        };
        let late = async {
            match options.until {
                Some(until) => sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(late);
        let outcome = loop {
            tokio::select! {
                biased;
                Ok(()) = news.changed() => tell(*news.borrow_and_update()),
                outcome = &mut transfer => break outcome,
                () = &mut late => return Err(FetchError::Late { id, failures: job.failures() }),
            }
        };
        // The last piece and the end come in one.
        tell(*news.borrow());
        outcome
    }

    fn join(&self, ways: &Arc<Ways>, id: ContentId, sources: &[Source], options: &FetchOptions) -> Share {
        let request = Request { sources: sources.to_vec(), limit: options.limit, min_rate: options.min_rate };
        let mut races = lock(&self.0);
        races.retain(|_, race| {
            race.running.retain(|running| running.transfer().is_some());
            !race.running.is_empty()
        });
        let race = races.entry(id).or_default();
        let same = race.running.iter().find(|running| running.request == request);
        if let Some((running, transfer)) = same.and_then(|running| Some((running, running.transfer()?))) {
            running.job.wait_until(options.until);
            return Share { transfer, job: running.job.clone(), progress: running.progress.clone() };
        }
        let (job, progress) = Job::new(id, options);
        let job = Arc::new(job);
        let transfer = run(ways.clone(), request.sources.clone(), job.clone(), race.done.clone());
        let transfer = transfer.boxed().shared();
        if let Some(weak) = transfer.downgrade() {
            let running = Running { request, transfer: weak, job: job.clone(), progress: progress.clone() };
            race.running.push(running);
        }
        Share { transfer, job, progress }
    }
}

impl Running {
    fn transfer(&self) -> Option<Shared<Transfer>> {
        self.transfer.upgrade().filter(|transfer| transfer.peek().is_none())
    }
}

/// One of the transfers of a blob, until it or another has brought it.
async fn run(ways: Arc<Ways>, sources: Vec<Source>, job: Arc<Job>, done: CancellationToken) -> Outcome {
    tokio::select! {
        biased;
        outcome = transfer(&ways, &sources, &job) => {
            if outcome.is_ok() {
                done.cancel();
            }
            return outcome;
        }
        () = done.cancelled() => {}
    }
    // The other may have been allowed a larger one, and somebody may have removed it at once.
    transfer(&ways, &sources, &job).await?;
    Ok(ways.local.discard(&[job.id]).await?)
}

/// Tries the sources in turn.
async fn transfer(ways: &Ways, sources: &[Source], job: &Job) -> Outcome {
    let Job { id, limit, .. } = *job;
    if let Some(size) = ways.local.size(id).await? {
        if size > limit {
            return Err(StoreError::TooLarge { id, size, limit }.into());
        }
        return Ok(());
    }
    ways.local.check_disk().await?;
    // Nothing needs no source.
    if blake3::hash(b"") == id.0 {
        ways.local.add_bytes(Default::default()).await?;
        return Ok(());
    }
    for (at, more) in sources.iter().zip((0..sources.len()).rev()) {
        job.has_choice.store(more > 0, Ordering::Relaxed);
        match try_source(ways, at, job).await {
            Ok(()) => {
                tracing::debug!(%id, source = %at, "fetched");
                lock(&job.rooms).drain(..).for_each(|(_, room)| room.fill());
                return Ok(());
            }
            Err(Stop::Source(why)) => {
                tracing::debug!(%id, source = %at, %why, "a source failed");
                lock(&job.failures).push(SourceFailure { at: at.clone(), why });
            }
            Err(Stop::Stale) => return Err(StoreError::Damaged(id).into()),
            Err(Stop::Store(error)) => return Err(give_up(ways, id, error).await.into()),
        }
    }
    Err(FetchError::Sources { id, failures: job.failures() })
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
    match (at, &ways.files) {
        (Source::Peer(peer), _) => ways.peer.fetch(&ways.local, peer, job).await,
        (Source::Http(url), _) => ways.http.fetch(&ways.local, url, job).await,
        (Source::File(file), Some(files)) => files.fetch(&ways.local, file, job).await,
        (Source::File(_), None) => Err(Fatal::Refused("this store does not fetch from files".into()).into()),
    }
}

/// No source can help. On a full disk the part that is here is in the way of everything else.
async fn give_up(ways: &Ways, id: ContentId, error: StoreError) -> StoreError {
    let error = ways.local.mend(error).await;
    if let StoreError::DiskFull(_) = &error {
        let dropped = async {
            ways.local.discard(&[id]).await?;
            ways.local.remove(&[id]).await
        };
        if let Err(error) = dropped.await {
            tracing::warn!(%id, %error, "cannot drop a part of a blob");
        }
    }
    error
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
