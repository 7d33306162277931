//! Executes one task: fetch, run, keep.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use codec::Encode as _;
use talka_client::{terms, AccountId};
use talka_executor::{Cancel, Execution, Executor, ExecutorError, Job, Limits, FILES, STDERR, STDOUT};
use talka_primitives::{
    asset::{Uri, Uris},
    deal::Parameters,
    manifest::{Manifest, MAX_OUTPUT_BYTES, MAX_PARAMETERS_BYTES, WASM_ABI},
    task::DeclineReason,
    view::Assignment,
    ContentId, Digest, Hint, RuntimeClass,
};
use talka_store::{FetchError, Source, Store, StoreError};
use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    decide::Report,
    keep::{contents, Keeper},
    metrics::Metrics,
};

/// Part of the time left for a task that may go by with fetching.
const FETCHING: u32 = 3;
/// First pause before a source is asked again. Each next pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How often an execution is tried when this machine is short of something.
const ATTEMPTS: u32 = 3;

/// Where tasks are executed.
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) executor: Arc<dyn Executor>,
    /// For files that are needed while a task is executed.
    pub(crate) scratch: PathBuf,
    pub(crate) max_app: u64,
    pub(crate) max_data: u64,
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

/// Why there is no result.
enum Problem {
    Impossible(DeclineReason, String),
    Machine(String),
    Cancelled,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
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
    /// Execute a task within `time`. When a digest comes out, all that it names is in the store.
    pub(crate) async fn work(&self, assignment: Assignment<AccountId>, time: Duration, stop: Stop) -> Report {
        let task = assignment.task;
        info!(%task, app = %assignment.deal.app, "executing");
        let started = Instant::now();
        let result = self.produce(&assignment, started + time, &stop).await;
        self.metrics.ran(started.elapsed().as_secs_f64());
        let report = match result {
            Ok(digest) => {
                info!(%task, %digest, seconds = started.elapsed().as_secs_f64(), "computed");
                Report::Computed(digest)
            }
            Err(Problem::Impossible(reason, why)) => {
                warn!(%task, ?reason, why, "impossible to execute");
                Report::Impossible(reason)
            }
            Err(Problem::Machine(why)) => {
                warn!(%task, why, "no result");
                Report::Nothing
            }
            Err(Problem::Cancelled) => {
                info!(%task, "cancelled");
                Report::Cancelled
            }
        };
        self.metrics.executed(&report);
        report
    }

    async fn produce(
        &self,
        assignment: &Assignment<AccountId>,
        end: Instant,
        stop: &Stop,
    ) -> Result<Digest, Problem> {
        let bench = tempfile::tempdir_in(&self.scratch).map_err(machine)?;
        let job = tokio::select! {
            job = self.prepare(assignment, end, bench.path()) => job?,
            () = stop.waiting.cancelled() => return Err(Problem::Cancelled),
        };
        let out_dir = job.out_dir.clone();
        // Not cut short by `select`: until the executor has seen its flag the slot is busy, and so is the bench.
        let execution = self.execute(job, &stop.running).await?;
        debug!(task = %assignment.task, stderr = %String::from_utf8_lossy(&execution.stderr), "the app's messages");
        self.keep(&execution.manifest, &out_dir).await?;
        Ok(execution.manifest.digest())
    }

    /// Fetch all that the task needs, and lay it on the bench.
    async fn prepare(
        &self,
        assignment: &Assignment<AccountId>,
        end: Instant,
        bench: &Path,
    ) -> Result<Job, Problem> {
        let Assignment { task, deal, app, dataset, peers, .. } = assignment;
        if app.runtime != (RuntimeClass::Wasm { abi: WASM_ABI }) {
            let why = format!("{:?} is not executed here", app.runtime);
            return Err(Problem::Impossible(DeclineReason::Unsupported, why));
        }
        let data_id = dataset.as_ref().map(|dataset| dataset.content);
        let lines_id = match &deal.parameters {
            Parameters::Range { .. } | Parameters::List { .. } => None,
            Parameters::Lines { content, .. } => Some(*content),
        };
        let needed: Vec<_> = [Some(app.content), data_id, lines_id].into_iter().flatten().collect();
        let _kept = self.keeper.keep(&needed).await.map_err(machine)?;
        let fetch_by = Instant::now() + end.saturating_duration_since(Instant::now()) / FETCHING;
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
            arguments,
            stdin: Vec::new(),
            dataset,
            limits: Limits {
                fuel: deal.category.fuel,
                memory_bytes: deal.category.memory,
                output_bytes: MAX_OUTPUT_BYTES,
                wall_clock: end.saturating_duration_since(Instant::now()),
            },
            out_dir: bench.join("out"),
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
        let mut pause = FIRST_PAUSE;
        loop {
            let meter = self.metrics.transfer();
            let error = match self.store.fetch(content, sources, limit, |progress| meter(progress.have)).await
            {
                Ok(()) => return Ok(()),
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

    /// Put the manifest and all that it names into the store, from where others fetch it.
    async fn keep(&self, manifest: &Manifest, out_dir: &Path) -> Result<(), Problem> {
        let mut contents = contents(manifest);
        contents.push(ContentId(manifest.digest().0));
        let _kept = self.keeper.keep(&contents).await.map_err(machine)?;
        for file in &manifest.files {
            self.store.add_file(out_dir.join(FILES).join(&file.path)).await?;
        }
        self.store.add_file(out_dir.join(STDOUT)).await?;
        self.store.add_file(out_dir.join(STDERR)).await?;
        // Last: whoever has the manifest can have the rest.
        self.store.add_bytes(manifest.encode()).await?;
        Ok(())
    }
}

/// Where something can be got: from where its owner says, and from these peers.
fn sources(uris: &Uris, peers: &[Uri]) -> Vec<Source> {
    let source = |uri: &Uri| {
        let source = uri.to_str().parse();
        source.inspect_err(|error| debug!(%uri, %error, "not a source")).ok()
    };
    uris.iter().chain(peers).filter_map(source).collect()
}

#[cfg(test)]
#[path = "workshop_tests.rs"]
mod tests;
