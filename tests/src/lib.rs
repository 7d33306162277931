//! Real networks for the end-to-end tests and for the demo: a real node, real workers, real apps.
//!
//! Nothing is mocked, and nothing runs in the test's own process but the client and the store of a provider. The
//! only thing that is not for sale elsewhere is the `lying-worker`: the worker's own library around an executor that
//! misbehaves on demand.
//!
//! | Module | What |
//! |---|---|
//! | [`network`] | a node, its actors and what they sell; begins and ends with a look at the [`books`] |
//! | [`cluster`], [`specification`] | several validators with a chain of their own |
//! | [`node`], [`worker`] | the processes, which can be killed and started again |
//! | [`clock`] | clocks that are wrong |
//! | [`keeper`] | what keeps results when workers have left |
//! | [`isolation`] | networks and disks of a test's own |
//! | [`heads`] | how far a node is, as it says itself |
//! | [`beefy`] | what a node says of finality to those who follow the chain from another one |
//! | [`anvil`] | a chain like Ethereum |
//! | [`bridge`] | the contracts there, what carries between both chains, and the money of both |
//! | [`stage`] | a network with everything set up for requesters, and the bags that are bought there |
//! | [`apps`] | the example apps, and how to run them natively |
//! | [`chronicle`] | what happened to tasks, block by block |
//! | [`books`] | all the money of the chain: none is made or lost |
//! | [`council`] | what governance decides on test chains |
//! | [`state`] | what the chain's state says that the client does not ask for |
//! | [`talka`] | the command line, as a user calls it |
//! | [`guide`] | a guide of the documentation, followed to the letter |
//! | [`wait`] | waiting with a deadline, for something that has a name |
//! | [`programs`] | where what was built lies |
//!
//! # Contract
//!
//! A scenario has a chain, a folder and ports of its own, and runs beside others. Nothing that it started outlives it. It ends with
//! [`Network::finish`]: no unit was made or lost, nothing is held for a deal or locked for a task, nobody panicked; where it fails, its logs stay.
//!
//! # When modifying
//!
//! * A scenario is a file in `tests/e2e` or `tests/faults`, with a line in its `main.rs`; one that takes long is named in
//!   `.config/nextest.toml`, so that it begins first.
//! * Expect blocks, not seconds: networks of tests have shorter slots than others. Wait by [`wait`], with what is waited for.
//! * The demo, `scripts/localnet` and the measurements (`bench`) are made of this library and are built without the tests: what they use may
//!   not depend on examples or on what only tests build.

#![deny(missing_docs)]

pub mod anvil;
pub mod apps;
pub mod beefy;
pub mod books;
pub mod bridge;
pub mod chronicle;
pub mod clock;
pub mod cluster;
pub mod council;
pub mod folder;
pub mod guide;
pub mod heads;
pub mod isolation;
pub mod keeper;
pub mod network;
pub mod node;
mod process;
pub mod programs;
pub mod specification;
pub mod stage;
pub mod state;
pub mod talka;
pub mod wait;
pub mod worker;

pub use cluster::Cluster;
pub use network::Network;
pub use process::Surroundings;
