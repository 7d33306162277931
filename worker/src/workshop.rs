//! Executes one task: fetch, run, keep.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use codec::Encode as _;
use talka_client::{terms, AccountId};
use talka_executor::{
    memory_needed, Cancel, Execution, Executor, ExecutorError, Job, Limits, Progress, TransientError, FILES,
    STDERR, STDOUT,
};
use talka_primitives::{
    asset::{Uri, Uris},
    deal::Parameters,
    live::Step,
    manifest::{MAX_OUTPUT_BYTES, MAX_PARAMETERS_BYTES, WASM_ABI},
    task::DeclineReason,
    view::Assignment,
    ContentId, Digest, Hint, RuntimeClass,
};
use talka_store::{FetchError, FetchOptions, Input, Source, Store, StoreError};
use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    decide::{inputs, Report},
    error::WorkerError,
    keep::{contents, Keeper, Pinned},
    live::{Live, Shown},
    memory::Budget,
    metrics::Metrics,
    reserve::is_full,
};

/// Part of the time left for a task that may go by with fetching.
const FETCHING: u32 = 3;
/// First pause before a source is asked again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How often an execution is tried when this machine is short of something.
const ATTEMPTS: u32 = 3;
/// The chain's height says when a task is late, and it is stopped then. Only where the node says nothing for long does the machine's
/// clock: after this many times the time that these blocks usually take.
const PATIENCE: u32 = 2;

/// Where tasks are executed.
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) executor: Arc<dyn Executor>,
    /// For files that are needed while a task is executed.
    pub(crate) scratch: PathBuf,
    pub(crate) max_app: u64,
    pub(crate) max_data: u64,
    /// What executions may take of the machine's memory.
    pub(crate) memory: Budget,
    /// Tells buyers how far their tasks are.
    pub(crate) live: Live,
    pub(crate) metrics: Metrics,
}

/// Stops the work on one task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    waiting: CancellationToken,
    running: Cancel,
}

impl Stop {
    pub(crate) fn stop(&self) {
        self.waiting.cancel();
        self.running.cancel();
    }
}

/// How the work on a task ended.
pub(crate) struct Done {
    pub(crate) report: Report,
    /// Keeps the result from being removed before its record is written.
    pub(crate) kept: Option<Pinned>,
}

impl From<Report> for Done {
    fn from(report: Report) -> Self {
        Self { report, kept: None }
    }
}

/// A result, and what keeps it in the store.
struct Kept(Digest, Pinned);

/// Why there is no result.
enum Problem {
    Impossible(DeclineReason, String),
    Machine(String),
    /// The disk has no room.
    Full(String),
    Cancelled,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull(_) | StoreError::Full { .. } => Self::Full(told(&error)),
            error => Self::Machine(told(&error)),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(cause: std::io::Error) -> Self {
        match is_full(&cause) {
            true => Self::Full(cause.to_string()),
            false => machine(cause),
        }
    }
}

impl From<WorkerError> for Problem {
    fn from(error: WorkerError) -> Self {
        Self::Machine(told(&error))
    }
}

/// An error and its hint, for the log.
fn told(error: &impl Hint) -> String {
    format!("{error}; {}", error.hint())
}

fn machine(cause: impl std::fmt::Display) -> Problem {
    Problem::Machine(cause.to_string())
}

impl Workshop {
    /// Execute a task, for which there is `time` if blocks come as they should. When a digest comes out, all that it names
    /// is in the store.
    pub(crate) async fn work(&self, assignment: Assignment<AccountId>, time: Duration, stop: Stop) -> Done {
        let task = assignment.task;
        info!(%task, app = %assignment.deal.app, "executing");
        let started = Instant::now();
        let shown = self.live.begin(&assignment);
        let result = self.produce(&assignment, Time { started, time }, &stop, &shown).await;
        drop(shown);
        self.metrics.ran(started.elapsed().as_secs_f64());
        let done = match result {
            Ok(Kept(digest, kept)) => {
                info!(%task, %digest, seconds = started.elapsed().as_secs_f64(), "computed");
                Done { report: Report::Computed(digest), kept: Some(kept) }
            }
            Err(Problem::Impossible(reason, why)) => {
                warn!(%task, ?reason, why, "impossible to execute");
                Report::Impossible(reason).into()
            }
            Err(Problem::Machine(why)) => {
                warn!(%task, why, "no result");
                Report::Nothing.into()
            }
            Err(Problem::Full(why)) => {
                warn!(%task, why, "no room for what the task needs");
                self.keeper.ran_full();
                Report::Nothing.into()
            }
            Err(Problem::Cancelled) => {
                info!(%task, "cancelled");
                Report::Cancelled.into()
            }
        };
        self.metrics.executed(&done.report);
        done
    }

    async fn produce(
        &self,
        assignment: &Assignment<AccountId>,
        time: Time,
        stop: &Stop,
        shown: &Shown,
    ) -> Result<Kept, Problem> {
        let bench = tempfile::tempdir_in(&self.scratch)?;
        let prepare = async {
            let needed = self.keeper.keep(inputs(assignment)).await?;
            let job = self.prepare(assignment, time, bench.path()).await?;
            shown.is(Step::Waiting);
            let memory = self.memory.take(memory_needed(&job.limits)).await;
            let memory = memory.map_err(|error| {
                let why =
                    format!("it may take {} MiB of memory, and all may take {}", error.needed, error.budget);
                Problem::Impossible(DeclineReason::OutOfResources, why)
            })?;
            Ok::<_, Problem>((needed, job, memory))
        };
        let (_needed, job, memory) = tokio::select! {
            ready = prepare => ready?,
            () = stop.waiting.cancelled() => return Err(Problem::Cancelled),
        };
        let out_dir = job.out_dir.clone();
        shown.executes(&job.progress);
        // Not cut short by `select`: until the executor has seen its flag the slot is busy, and so is the bench.
        let execution = self.execute(job, &stop.running).await?;
        drop(memory);
        shown.is(Step::Keeping);
        debug!(task = %assignment.task, stderr = ?String::from_utf8_lossy(&execution.stderr), "the app's messages");
        tokio::select! {
            kept = self.keep(&execution, &out_dir) => kept,
            () = stop.waiting.cancelled() => Err(Problem::Cancelled),
        }
    }

    /// Fetch all that the task needs, and lay it on the bench.
    async fn prepare(
        &self,
        assignment: &Assignment<AccountId>,
        time: Time,
        bench: &Path,
    ) -> Result<Job, Problem> {
        let Assignment { task, deal, app, dataset, peers, .. } = assignment;
        if app.runtime != (RuntimeClass::Wasm { abi: WASM_ABI }) {
            let why = format!("{:?} is not executed here", app.runtime);
            return Err(Problem::Impossible(DeclineReason::Unsupported, why));
        }
        let fetch_by = time.fetch_by();
        let module = bench.join("module.wasm");
        let from = sources(&app.uris, peers);
        self.fetch(app.content, &from, self.max_app, fetch_by, DeclineReason::AppUnavailable).await?;
        self.store.link(app.content, &module).await?;
        let data = DeclineReason::DataUnavailable;
        let dataset = match dataset {
            Some(dataset) => {
                let path = bench.join("dataset");
                let from = sources(&dataset.uris, peers);
                self.fetch(dataset.content, &from, self.max_data, fetch_by, data).await?;
                self.store.link(dataset.content, &path).await?;
                Some(path)
            }
            None => None,
        };
        let lines = match &deal.parameters {
            Parameters::Range { .. } | Parameters::List { .. } => None,
            Parameters::Lines { content, uris, .. } => {
                self.fetch(*content, &sources(uris, peers), MAX_PARAMETERS_BYTES, fetch_by, data).await?;
                let bytes = self.store.read(*content, MAX_PARAMETERS_BYTES).await?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        let arguments = terms::arguments(deal, task.index, lines.as_deref())
            .ok_or_else(|| Problem::Impossible(data, "the file of parameters has too few lines".into()))?;
        Ok(Job {
            task: *task,
            task_count: deal.tasks,
            module,
            content: Some(app.content),
            arguments,
            stdin: Vec::new(),
            dataset,
            limits: Limits {
                fuel: deal.category.fuel,
                memory_bytes: deal.category.memory,
                output_bytes: MAX_OUTPUT_BYTES,
                wall_clock: time.left(),
            },
            out_dir: bench.join("out"),
            progress: Progress::new(),
        })
    }

    async fn fetch(
        &self,
        content: ContentId,
        sources: &[Source],
        limit: u64,
        end: Instant,
        reason: DeclineReason,
    ) -> Result<(), Problem> {
        let options = FetchOptions { until: Some(end), ..FetchOptions::new(limit) };
        let mut pause = FIRST_PAUSE;
        let mut made_room = false;
        loop {
            let meter = self.metrics.transfer();
            let fetched =
                self.store.fetch_within(content, sources, &options, |progress| meter(progress.have)).await;
            let error = match fetched {
                Ok(()) => return Ok(()),
                Err(FetchError::Store(StoreError::Full { needed, .. })) if !made_room => {
                    made_room = true;
                    self.keeper.make_room(needed).await?;
                    continue;
                }
                Err(FetchError::Store(error)) => return Err(error.into()),
                Err(error) => error,
            };
            if !error.is_transient() || Instant::now() + pause >= end {
                return Err(Problem::Impossible(reason, told(&error)));
            }
            debug!(%content, %error, ?pause, "trying to fetch again");
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn execute(&self, job: Job, cancel: &Cancel) -> Result<Execution, Problem> {
        let job = Arc::new(job);
        let mut attempt = 1;
        loop {
            let (executor, job, cancel) = (self.executor.clone(), job.clone(), cancel.clone());
            let error = match spawn_blocking(move || executor.run(&job, &cancel)).await.map_err(machine)? {
                Ok(execution) => return Ok(execution),
                Err(error) => error,
            };
            match error {
                ExecutorError::Cancelled => return Err(Problem::Cancelled),
                ExecutorError::Fatal(error) => {
                    return Err(Problem::Impossible(DeclineReason::Unsupported, told(&error)))
                }
                ExecutorError::Transient(TransientError::Io { ref source, .. }) if is_full(source) => {
                    return Err(Problem::Full(told(&error)))
                }
                ExecutorError::Transient(error) if attempt < ATTEMPTS => {
                    debug!(%error, attempt, "trying to execute again");
                    sleep(FIRST_PAUSE * attempt).await;
                    attempt += 1;
                }
                error @ ExecutorError::TimedOut(_) => {
                    return Err(Problem::Impossible(DeclineReason::OutOfTime, told(&error)))
                }
                error => return Err(Problem::Machine(told(&error))),
            }
        }
    }

    /// Put the manifest, its listing and all that they name into the store, from where others fetch them.
    async fn keep(&self, execution: &Execution, out_dir: &Path) -> Result<Kept, Problem> {
        let Execution { manifest, listing, .. } = execution;
        if let Err(unsound) = manifest.check_with(listing) {
            let why = format!("nobody would fetch its result: {unsound}");
            return Err(Problem::Impossible(DeclineReason::Unsupported, why));
        }
        let digest = manifest.digest();
        let contents = [contents(manifest, listing), vec![ContentId(digest.0)]].concat();
        let kept = self.keeper.keep_result(contents.clone()).await?;
        let files = listing.files.iter().map(|file| out_dir.join(FILES).join(&file.path));
        let files = files.chain([STDOUT, STDERR].map(|name| out_dir.join(name))).map(Input::File);
        let encoded = [listing.encode(), manifest.encode()].map(Input::from);
        let stored = self.store.add_result(files.chain(encoded)).await?;
        // What was computed may have changed on its way over the disk.
        match stored.iter().map(|blob| blob.content).eq(contents) {
            true => Ok(Kept(digest, kept)),
            false => Err(Problem::Machine("the disk has not kept what was written to it".into())),
        }
    }
}

/// The time for a task.
#[derive(Clone, Copy)]
struct Time {
    started: Instant,
    /// If blocks come as they should.
    time: Duration,
}

impl Time {
    /// When all has to be there that is fetched.
    fn fetch_by(self) -> Instant {
        self.started + self.time / FETCHING
    }

    /// The most that is left, whatever the chain does.
    fn left(self) -> Duration {
        let end = self.started + self.time * PATIENCE;
        end.saturating_duration_since(Instant::now())
    }
}

/// Where something can be got: from where its owner says, and from these peers. What peers serve over HTTP they serve better
/// over their own protocol.
fn sources(uris: &Uris, peers: &[Uri]) -> Vec<Source> {
    let source = |uri: &Uri| {
        let source = uri.to_str().parse();
        source.inspect_err(|error| debug!(%uri, %error, "not a source")).ok()
    };
    let announced = peers.iter().flat_map(|peer| {
        let mut sources: Vec<_> = Source::announced(&peer.to_str()).collect();
        if sources.iter().any(|source| matches!(source, Source::Peer(_))) {
            sources.retain(|source| !matches!(source, Source::Http(_)));
        }
        sources
    });
    uris.iter().filter_map(source).chain(announced).collect()
}

#[cfg(test)]
#[path = "workshop_tests.rs"]
pub(crate) mod tests;
