//! The off-chain worker: takes assignments, executes tasks, commits to results, reveals them and serves them.
//!
//! # Role
//!
//! A daemon between a node and a sandbox. It asks the chain at every best block what there is to do, and at every finalized
//! one what of that stays, as a worker or, with [`Options::juror`] only, as a juror. It fetches apps and data by content id, runs
//! them in slots of its own, and answers with transactions that are free of fee.
//!
//! # Entry points
//!
//! [`run`] is the whole daemon; the program `talka-worker` is little more than [`Options`] and `run` with the
//! WebAssembly executor. Another [`Executor`](talka_executor::Executor) makes another worker. [`examine`] tells what is wrong
//! with a machine before that costs stake.
//!
//! # Contract
//!
//! 1. **One commitment.** For a task on given terms the worker commits to one digest, whatever happens. The digest
//!    and the files are on the disk before the commitment is sent.
//! 2. **No digest lost.** Until a finalized block says that the task is over the digest is kept, and revealed when the chain
//!    asks. One that was lost with its disk is computed again.
//! 3. **No digest shown too early.** It is revealed where no fork can undo that the chain asks for it, or when half of the time
//!    for it is over.
//! 4. **Never absent where a word would do.** What cannot be executed in time is declined, whatever the reason is.
//! 5. **A full disk, too little memory, or a node that stands still costs no stake.** The worker takes no more tasks than it
//!    has room for, and shows what it has committed to in any case.
//! 6. **Nothing is remembered that the chain knows.** Each block's duties are taken as they come; forks, restarts and
//!    transactions with an unknown fate need no special cases.
//! 7. **Peers get what they need and no more**: results once they are revealed, and app and data of a task while others may
//!    have to repeat it. Of restricted deals they get results alone. The buyers of a task hear how far it is and
//!    what it writes to standard error; nobody else does.
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
mod doctor;
mod error;
#[cfg(test)]
mod fixture;
pub mod journal;
mod keep;
mod live;
mod lock;
mod log;
mod memory;
mod metrics;
mod modes;
mod observe;
mod options;
mod perform;
mod publish;
mod reserve;
mod signals;
mod start;
mod workshop;

pub use daemon::run;
pub use doctor::examine;
pub use error::WorkerError;
pub use log::start_logging;
pub use modes::prepare;
pub use options::{CommandLine, LogFormat, Options};
