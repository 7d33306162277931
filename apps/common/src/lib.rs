//! What the example apps share.
//!
//! An app is an ordinary command-line program. Talka runs it, compiled to WebAssembly, once for each task of a
//! deal; the same source built natively gives the same bytes and has a `merge` sub-command that puts the tasks'
//! results together. This crate holds the parts that every app needs for that:
//!
//! - [`Arguments`]: the command line, `--name value` options and the task's own parameter, which comes last;
//! - [`Task`]: the environment that Talka gives to a task (dataset, output folder, size of the bag);
//! - [`philox4x32`]: random numbers that are a pure function of a key and a counter, so that the tasks of a bag
//!   draw independent numbers without knowing of each other;
//! - [`Failure`]: the two ways to fail, each with a hint and an exit status of its own.
//!
//! **Contract.** Nothing here depends on the time, the machine, the width of a pointer or the order of a hash
//! map. An app must keep to the same: elementary functions come from the `libm` crate, for the platform's own
//! differ in their last digit, and maps whose order shows are B-trees.
//!
//! **When modifying.** What changes a byte of a result changes the digest of every app that uses it. The demo and the end-to-end tests
//! compare results with those of a native run; `apps/README.md` tells how an app meets Talka.
#![deny(missing_docs)]

mod arguments;
mod failure;
mod parts;
mod philox;
mod task;

pub use arguments::Arguments;
pub use failure::{finish, Failure};
pub use parts::check_parts;
pub use philox::philox4x32;
pub use task::{read_text, write_file, Task};
