//! How the host stops an app.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use super::engine::FUEL_SLICE;
use crate::{
    error::ExecutorError,
    job::{Cancel, Job},
};

/// Why the host stopped an app. None of these is a result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    /// The host has not got the memory that the task's limit promises.
    #[error("out of memory")]
    OutOfMemory,
    /// The host could not read the dataset.
    #[error("reading the dataset: {0}")]
    Dataset(#[source] std::io::Error),
    /// The watchdog fired.
    #[error(transparent)]
    Watchdog(ExecutorError),
}

/// When a task has to end without a result.
#[derive(Clone)]
pub(super) struct Watchdog {
    cancel: Cancel,
    started: Instant,
    limit: Duration,
}

impl Watchdog {
    /// For a task that starts now.
    pub(super) fn new(job: &Job, cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), started: Instant::now(), limit: job.limits.wall_clock }
    }

    /// Time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Fails if it is time to stop.
    pub(super) fn check(&self) -> Result<(), ExecutorError> {
        if self.cancel.is_cancelled() {
            return Err(ExecutorError::Cancelled);
        }
        if self.elapsed() >= self.limit {
            return Err(ExecutorError::TimedOut(self.limit));
        }
        Ok(())
    }

    /// Drives an app to its end. It comes back after each slice of fuel without a system call.
    pub(super) fn drive<T>(&self, job: &Job, app: impl Future<Output = T>) -> Result<T, ExecutorError> {
        let mut app = pin!(app);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(ended) = app.as_mut().poll(&mut context) {
                return Ok(ended);
            }
            job.progress.add_fuel(FUEL_SLICE);
            self.check()?;
        }
    }
}
