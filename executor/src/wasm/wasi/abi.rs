//! Numbers and layouts of WASI preview 1.

use wasmtime::Error;

use super::clock::START;

/// Error codes that the sandbox answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Errno {
    BadDescriptor = 8,
    Busy = 10,
    Exists = 20,
    FileTooBig = 22,
    IllegalSequence = 25,
    Invalid = 28,
    IsDirectory = 31,
    TooManyOpen = 33,
    NameTooLong = 37,
    NotFound = 44,
    NoSpace = 51,
    NotImplemented = 52,
    NotDirectory = 54,
    NotEmpty = 55,
    NotSocket = 57,
    NotSupported = 58,
    ReadOnly = 69,
    NotSeekable = 70,
    NotCapable = 76,
}

/// How a system call can fail.
#[derive(Debug)]
pub(super) enum Fault {
    /// The app gets to know.
    Errno(Errno),
    /// The app does not go on.
    Stop(Error),
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl Fault {
    /// Stops the app for this reason.
    pub(super) fn stop(reason: impl Into<Error>) -> Self {
        Self::Stop(reason.into())
    }
}

/// How an app ends of itself, other than by returning from `_start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::wasm) enum Exit {
    /// By `proc_exit`.
    #[error("exit code {0}")]
    Code(i32),
    /// By writing more than it may.
    #[error("more output than the limit allows")]
    OutputLimit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    Unknown = 0,
    Directory = 3,
    Regular = 4,
}

pub(super) mod rights {
    pub(in super::super) const FD_READ: u64 = 1 << 1;
    pub(in super::super) const FD_WRITE: u64 = 1 << 6;
    const SEEK_TELL: u64 = 1 << 2 | 1 << 5;
    const FLAGS: u64 = 1 << 3;
    const SYNC: u64 = 1 << 0 | 1 << 4;
    const ADVISE_ALLOCATE: u64 = 1 << 7 | 1 << 8;
    /// What is done with a path from a directory, but to set the size of a file. `fd_readdir` is among it.
    const PATHS: u64 = 0x3ff << 9 | 1 << 20 | 0b111 << 24;
    const STAT: u64 = 1 << 21;
    const SET_SIZE: u64 = 1 << 22;
    const SET_TIMES: u64 = 1 << 23;
    const POLL: u64 = 1 << 27;
    /// All of a standard stream but reading and writing. Without the rights to seek and tell the C library does not take
    /// it for a file.
    pub(in super::super) const STREAM: u64 = FLAGS | STAT | POLL;
    /// All of a file but reading and writing.
    pub(in super::super) const FILE: u64 =
        SEEK_TELL | FLAGS | SYNC | ADVISE_ALLOCATE | STAT | SET_SIZE | SET_TIMES | POLL;
    /// All of a directory.
    pub(in super::super) const DIRECTORY: u64 = FLAGS | SYNC | PATHS | STAT | SET_TIMES;
}

pub(super) mod open_flags {
    pub(in super::super) const CREATE: u32 = 1;
    pub(in super::super) const DIRECTORY: u32 = 2;
    pub(in super::super) const EXCLUSIVE: u32 = 4;
    pub(in super::super) const TRUNCATE: u32 = 8;
}

/// Flags that say which times of a file or directory to set, and to what.
pub(super) mod time_flags {
    pub(in super::super) const ACCESSED: u32 = 1;
    pub(in super::super) const ACCESSED_NOW: u32 = 2;
    pub(in super::super) const MODIFIED: u32 = 4;
    pub(in super::super) const MODIFIED_NOW: u32 = 8;
    /// All of them.
    pub(in super::super) const ALL: u32 = 0b1111;
}

/// The descriptor flag that has an effect here. The others are about what is on a disk when a write returns, and about
/// waiting: there is neither.
pub(super) const APPEND: u32 = 1;

/// All descriptor flags.
pub(super) const DESCRIPTOR_FLAGS: u32 = 0b11111;

/// What `fd_fdstat_get` answers.
pub(super) struct DescriptorStat {
    pub(super) file_type: FileType,
    pub(super) flags: u16,
    pub(super) rights: u64,
    pub(super) inheriting: u64,
}

impl DescriptorStat {
    pub(super) fn encode(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[0] = self.file_type as u8;
        bytes[2..4].copy_from_slice(&self.flags.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.rights.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.inheriting.to_le_bytes());
        bytes
    }
}

/// When a file or directory was last read and written, as an app has set it. Both are the start of the task before; what
/// happens to a file changes neither.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) accessed: u64,
    pub(super) modified: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self { accessed: START, modified: START }
    }
}

/// What `fd_filestat_get` and `path_filestat_get` answer. Device, link count and time of change are the same for all.
pub(super) struct FileStat {
    pub(super) inode: u64,
    pub(super) file_type: FileType,
    pub(super) size: u64,
    pub(super) times: Times,
}

impl FileStat {
    pub(super) fn encode(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[0..8].copy_from_slice(&1u64.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.inode.to_le_bytes());
        bytes[16] = self.file_type as u8;
        bytes[24..32].copy_from_slice(&1u64.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.times.accessed.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.times.modified.to_le_bytes());
        bytes[56..64].copy_from_slice(&START.to_le_bytes());
        bytes
    }
}

/// The head of an entry that `fd_readdir` answers; the name follows it.
pub(super) fn directory_entry(next: u64, inode: u64, name_length: usize, file_type: FileType) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0..8].copy_from_slice(&next.to_le_bytes());
    bytes[8..16].copy_from_slice(&inode.to_le_bytes());
    bytes[16..20].copy_from_slice(&(name_length as u32).to_le_bytes());
    bytes[20] = file_type as u8;
    bytes
}
