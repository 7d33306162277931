//! The off-chain worker: takes assignments, executes tasks, commits to results, reveals them and serves them.
//!
//! # Role
//!
//! A daemon between a node and a sandbox. It asks the chain at every best block what there is to do, as a worker or, with
//! [`Options::juror`] only, as a juror. It fetches apps and data by content id, runs them in slots of its own, and answers
//! with transactions that are free of fee.
//!
//! # Entry points
//!
//! [`run`] is the whole daemon; the program `talka-worker` is little more than [`Options`] and `run` with the
//! WebAssembly executor. Whoever passes another [`Executor`](talka_executor::Executor) gets another worker.
//!
//! # Contract
//!
//! 1. **One commitment.** For a task on given terms the worker commits to one digest, whatever happens. The digest
//!    and the files are on the disk before the commitment is sent.
//! 2. **No digest lost.** As long as the task is open the digest is kept, and revealed whenever the chain asks.
//! 3. **Nothing is remembered that the chain knows.** Each block's duties are taken as they come; forks, restarts and
//!    transactions with an unknown fate need no special cases.
//!
//! The decisions are in [`decide`], which does no I/O; [`journal`] is the memory that survives; `daemon` performs.
//!
//! # When modifying
//!
//! * A new decision is a case of [`decide`] with its test; I/O around it may fail at any point, and the scenarios of killed workers
//!   (`tests/tests/e2e`) must still hold.
//! * Journals of earlier versions lie on workers' disks: read them, or say in `CHANGELOG.md` what an operator has to do first.
//! * Options and metrics are told in `docs/operate/worker.md` and used by the units, alerts and dashboard in `docs/operate`.
//! * No option may make it lie: the dishonest worker of the tests is another [`Executor`](talka_executor::Executor).

#![deny(missing_docs)]

mod daemon;
pub mod decide;
mod error;
pub mod journal;
mod keep;
mod lock;
mod log;
mod metrics;
mod observe;
mod options;
mod perform;
mod publish;
mod workshop;

pub use daemon::run;
pub use error::WorkerError;
pub use log::start_logging;
pub use options::{LogFormat, Options};
