//! What is generated from the runtime's metadata, by `build.rs`. Private: the rest of the crate gives it names and types
//! that are pleasant to use.
//!
//! `metadata.scale` is written by `scripts/metadata`; a test of the runtime fails when it is not the runtime's.
//!
//! Types of `talka-primitives` stand in for the generated ones. They bring their own SCALE codec, so nothing looks at
//! the metadata when they are encoded. That is safe: each query carries a hash of the *whole* shape it was generated from, which
//! subxt compares with the node's metadata before it uses it; and calls are written by the metadata that is here, for runtimes of
//! the same `transaction_version` (`embedded`).

include!(concat!(env!("OUT_DIR"), "/runtime.rs"));

pub use runtime::*;
