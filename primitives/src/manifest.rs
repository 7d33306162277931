//! The manifest: what an execution produced, and the digest that identifies it.
//!
//! `digest = BLAKE3(SCALE(manifest))`: the value that workers agree on is also the address under which the manifest,
//! and through it every file, can be fetched and verified.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::id::{ContentId, Digest};

/// Number of the deterministic sandbox that this release of Talka runs.
///
/// It names everything that an app can observe: the WebAssembly features, the cost of each instruction,
/// the call-depth rule, the WASI functions and their answers. A change of any of it is a new number.
pub const WASM_ABI: u32 = 1;

/// Most bytes of a WebAssembly app. A part of the ABI: a larger one has the result that it is not an app.
pub const MAX_APP_BYTES: u64 = 64 * 1024 * 1024;

/// Most bytes that the files of `/out` and the standard output of an app may have together. A part of the ABI: going
/// beyond it is a result.
pub const MAX_OUTPUT_BYTES: u64 = 64 * 1024 * 1024;

/// Most bytes of an encoded manifest that readers of results accept: some hundred thousand files.
pub const MAX_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// Most bytes of a file of parameters: ten thousand lines of four hundred bytes. Workers decline larger ones.
pub const MAX_PARAMETERS_BYTES: u64 = 4 * 1024 * 1024;

/// Why a WebAssembly app was stopped. Every case is a function of module and input alone.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub enum Trap {
    /// `unreachable` was executed (a panic of a Rust app ends here).
    Unreachable,
    /// A memory access out of bounds.
    MemoryOutOfBounds,
    /// A table access out of bounds.
    TableOutOfBounds,
    /// An indirect call to a null entry.
    IndirectCallToNull,
    /// An indirect call with another signature.
    BadSignature,
    /// Integer division by zero.
    DivisionByZero,
    /// Integer overflow in a division.
    IntegerOverflow,
    /// A float that does not fit into the integer it was converted to.
    BadConversionToInteger,
    /// More nested calls than the sandbox allows.
    CallDepth,
    /// More output than the task's limit allows.
    OutputLimit,
    /// The module cannot be instantiated: not a WASI command, an unknown import, a limit exceeded at the start.
    NotACommand,
}

/// How an app ended. A failed app has a result too: it is agreed on and paid for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub enum ExitStatus {
    /// The app returned or called `proc_exit`, with this code.
    Exited(i32),
    /// The app trapped.
    Trapped(Trap),
    /// The app used up its fuel.
    OutOfFuel,
}

impl ExitStatus {
    /// Whether the app says of itself that it succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Exited(0))
    }
}

/// Content of an output: a file of `/out`, or standard output.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub struct Blob {
    /// Length in bytes.
    pub size: u64,
    /// BLAKE3-256 of the content.
    pub content: ContentId,
}

/// One file that the app left in `/out`.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub struct OutputFile {
    /// Path below `/out`, with `/` between the parts, no leading `/`.
    pub path: String,
    /// Its content.
    pub blob: Blob,
}

/// All that an execution produced.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub struct Manifest {
    /// Version of the sandbox, see [`WASM_ABI`].
    pub abi: u32,
    /// How the app ended.
    pub status: ExitStatus,
    /// Fuel used, in the sandbox's units.
    pub fuel_used: u64,
    /// BLAKE3-256 of the final linear memory. It keeps a lazy worker from guessing the digest of an app that
    /// has few possible outputs.
    pub fingerprint: [u8; 32],
    /// Files of `/out`, sorted by path.
    pub files: Vec<OutputFile>,
    /// Standard output.
    pub stdout: Blob,
}

impl Manifest {
    /// BLAKE3-256 of the SCALE encoding.
    pub fn digest(&self) -> Digest {
        Digest(*blake3::hash(&self.encode()).as_bytes())
    }
}
