//! The manifest: what an execution produced, and the digest that identifies it.
//!
//! `digest = BLAKE3(SCALE(manifest))`: the value that workers agree on is also the address under which the manifest,
//! and through it every file, can be fetched and verified.
//!
//! A manifest is small, so that the chain can be shown the whole of it. What grows with the number of files is in the
//! [`Listing`], a blob of its own that the manifest names.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    id::{ContentId, Digest},
};

/// Number of the deterministic sandbox that this release of Talka runs.
///
/// It names everything that an app can observe: the WebAssembly features, the cost of each instruction,
/// the call-depth rule, the WASI functions and their answers; and what a manifest is made of. A change of any of it is
/// a new number.
pub const WASM_ABI: u32 = 3;

/// Most bytes of a WebAssembly app. A part of the ABI: a larger one has the result that it is not an app.
pub const MAX_APP_BYTES: u64 = 64 * 1024 * 1024;

/// Most bytes that the files of `/out` and the standard output of an app may have together. A part of the ABI: going
/// beyond it is a result.
pub const MAX_OUTPUT_BYTES: u64 = 64 * 1024 * 1024;

/// Most files and directories below `/out`. A part of the ABI.
pub const MAX_OUTPUT_ENTRIES: usize = 16_384;

/// Most bytes of a path below `/out`. A part of the ABI.
pub const MAX_PATH_BYTES: usize = 1_024;

/// Most bytes of a name in a path. A part of the ABI.
pub const MAX_NAME_BYTES: usize = 255;

/// What is kept of the standard error of an app, from its end, in bytes. A part of the ABI.
pub const MAX_STDERR_BYTES: u64 = 64 * 1024;

/// The file of `/out` whose content is for the contract that has bought the task. A part of the ABI.
pub const CALLBACK: &str = "callback";

/// Most bytes of an encoded listing: room for as many entries as an app can leave, each with the longest path.
pub const MAX_LISTING_BYTES: u64 = (MAX_OUTPUT_ENTRIES * (MAX_PATH_BYTES + 64) + 1_024) as u64;

/// Bytes of a size and a hash.
const BLOB_BYTES: u64 = 8 + 32;

/// Most bytes of an encoded manifest, field by field.
pub const MAX_MANIFEST_BYTES: u64 = 4 + 5 + 8 + 8 + 32 + BLOB_BYTES + (1 + BLOB_BYTES) + 2 * BLOB_BYTES;

/// Most bytes of a file of parameters: ten thousand lines of four hundred bytes. Workers decline larger ones.
pub const MAX_PARAMETERS_BYTES: u64 = 4 * 1024 * 1024;

/// Why a WebAssembly app was stopped. Every case is a function of module and input alone.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
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
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
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

/// Content of an output: a file of `/out`, standard output, the end of standard error, or the listing.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct Blob {
    /// Length in bytes.
    pub size: u64,
    /// BLAKE3-256 of the content.
    pub content: ContentId,
}

impl Blob {
    /// Size and hash of some content.
    pub fn of(content: &[u8]) -> Self {
        Self { size: content.len() as u64, content: ContentId(*blake3::hash(content).as_bytes()) }
    }
}

/// What the app wrote for the contract that has bought the task: the regular file [`CALLBACK`] of `/out`.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct Callback {
    /// Length in bytes.
    pub size: u64,
    /// Keccak-256 of the content, with which a contract compares what it is given.
    #[serde(with = "digits")]
    pub keccak: [u8; 32],
}

impl Callback {
    /// Size and hash of some content.
    pub fn of(content: &[u8]) -> Self {
        Self { size: content.len() as u64, keccak: sp_crypto_hashing::keccak_256(content) }
    }
}

/// A hash as text, written like the others.
mod digits {
    use super::ContentId;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        ContentId(*hash).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        ContentId::deserialize(deserializer).map(|hash| hash.0)
    }
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

/// All that the app left in `/out`. At most [`MAX_LISTING_BYTES`] when it is encoded.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct Listing {
    /// Files, sorted by path.
    pub files: Vec<OutputFile>,
    /// Directories with nothing in them, sorted.
    pub empty_directories: Vec<String>,
}

/// All that an execution produced. At most [`MAX_MANIFEST_BYTES`] when it is encoded.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the sandbox, see [`WASM_ABI`].
    pub abi: u32,
    /// How the app ended.
    pub status: ExitStatus,
    /// Fuel used, in the sandbox's units.
    pub fuel_used: u64,
    /// Size of the linear memory at the end, in bytes. It never shrinks: no more was used.
    pub memory_used: u64,
    /// BLAKE3-256 of the final linear memory. It keeps a lazy worker from guessing the digest of an app that
    /// has few possible outputs.
    pub fingerprint: [u8; 32],
    /// The SCALE encoding of the [`Listing`].
    pub listing: Blob,
    /// The file for the contract that has bought the task, where the app wrote one. The listing names it, too.
    pub callback: Option<Callback>,
    /// Standard output.
    pub stdout: Blob,
    /// The end of standard error: at most [`MAX_STDERR_BYTES`].
    pub stderr: Blob,
}

impl Manifest {
    /// BLAKE3-256 of the SCALE encoding.
    pub fn digest(&self) -> Digest {
        Digest(*blake3::hash(&self.encode()).as_bytes())
    }

    /// All that the app produced: the files of its listing, standard output, standard error.
    pub fn blobs<'a>(&'a self, listing: &'a Listing) -> impl Iterator<Item = Blob> + 'a {
        listing.files.iter().map(|file| file.blob).chain([self.stdout, self.stderr])
    }

    /// Whether an execution can have produced it, as far as that is known without the listing: a buyer asks for nothing that
    /// another one names.
    ///
    /// # Errors
    ///
    /// [`Unsound`] tells what no execution produces.
    pub fn check(&self) -> Result<(), Unsound> {
        if self.abi != WASM_ABI {
            return Err(Unsound::Abi(self.abi));
        }
        if self.listing.size > MAX_LISTING_BYTES {
            return Err(Unsound::LargeListing);
        }
        let callback = self.callback.map_or(0, |callback| callback.size);
        let output = self.stdout.size.saturating_add(callback);
        match output <= MAX_OUTPUT_BYTES && self.stderr.size <= MAX_STDERR_BYTES {
            true => Ok(()),
            false => Err(Unsound::Bytes),
        }
    }

    /// Whether an execution can have produced it with this listing: a worker serves no other result, and a buyer fetches no
    /// file of another one.
    ///
    /// # Errors
    ///
    /// [`Unsound`] tells what no execution produces.
    pub fn check_with(&self, listing: &Listing) -> Result<(), Unsound> {
        self.check()?;
        if listing.blob() != self.listing {
            return Err(Unsound::OtherListing);
        }
        listing.check()?;
        if listing.bytes().saturating_add(self.stdout.size) > MAX_OUTPUT_BYTES {
            return Err(Unsound::Bytes);
        }
        let file = listing.files.iter().find(|file| file.path == CALLBACK);
        match file.map(|file| file.blob.size) == self.callback.map(|callback| callback.size) {
            true => Ok(()),
            false => Err(Unsound::Callback),
        }
    }
}

impl Listing {
    /// What a manifest names it by: size and hash of the SCALE encoding.
    pub fn blob(&self) -> Blob {
        Blob::of(&self.encode())
    }

    /// What its files have together, in bytes.
    fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.blob.size).fold(0, u64::saturating_add)
    }

    fn check(&self) -> Result<(), Unsound> {
        if self.files.len() + self.empty_directories.len() > MAX_OUTPUT_ENTRIES {
            return Err(Unsound::Entries);
        }
        let mut paths = BTreeSet::new();
        for path in self.paths() {
            if !is_path(path) {
                return Err(Unsound::Path(path.into()));
            }
            if !paths.insert(path) {
                return Err(Unsound::Twice(path.into()));
            }
        }
        for path in self.paths() {
            let mut parents = path.match_indices('/').map(|(at, _)| &path[..at]);
            if let Some(parent) = parents.find(|parent| paths.contains(parent)) {
                return Err(Unsound::Twice(parent.into()));
            }
        }
        match self.files.is_sorted_by_key(|file| &file.path) && self.empty_directories.is_sorted() {
            true => Ok(()),
            false => Err(Unsound::Order),
        }
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().map(|file| file.path.as_str());
        files.chain(self.empty_directories.iter().map(String::as_str))
    }
}

/// Whether an app can have given this path to something below `/out`.
fn is_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name != "."
            && name != ".."
            && name.len() <= MAX_NAME_BYTES
            && !name.contains('\0')
    };
    path.len() <= MAX_PATH_BYTES && path.split('/').all(is_name)
}

/// Why no execution can have produced a manifest, or a manifest with a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// It is of a sandbox with this number.
    Abi(u32),
    /// A listing that is larger than an app can make it.
    LargeListing,
    /// The listing is not the one that the manifest names.
    OtherListing,
    /// More files and directories than an app can leave.
    Entries,
    /// More bytes than an app can leave.
    Bytes,
    /// A path that an app cannot give.
    Path(String),
    /// A path that is there twice, or both as a file and as a directory.
    Twice(String),
    /// Its paths are not sorted.
    Order,
    /// What the manifest says of the callback is not what the listing says of its file.
    Callback,
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abi(abi) => write!(f, "it is of WebAssembly ABI {abi}, and this release reads {WASM_ABI}"),
            Self::LargeListing => write!(f, "its listing has more than {MAX_LISTING_BYTES} bytes"),
            Self::OtherListing => f.write_str("its listing is not the one that it names"),
            Self::Entries => write!(f, "it names more than {MAX_OUTPUT_ENTRIES} files and directories"),
            Self::Bytes => write!(f, "it names more than {MAX_OUTPUT_BYTES} bytes"),
            Self::Path(path) => write!(f, "it has a file `{}`", path.escape_debug()),
            Self::Twice(path) => write!(f, "it has `{}` twice", path.escape_debug()),
            Self::Order => f.write_str("its files are not in order"),
            Self::Callback => write!(f, "its callback is not its file `{CALLBACK}`"),
        }
    }
}

impl core::error::Error for Unsound {}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
