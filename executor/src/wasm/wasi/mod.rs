//! WASI preview 1, as far as it can be the same for everyone.
//!
//! All functions of `wasi_snapshot_preview1` exist. Those on files act on a [`tree`] in memory; time and randomness
//! follow from the task and from what the app did before; links, sockets, signals and the setting of file times are
//! not supported. Every call costs fuel, by what it moves.

mod abi;
mod clock;
mod descriptors;
mod fd;
mod guest;
mod path;
mod process;
mod tree;

use std::fs::File;

use codec::Encode;
use wasmtime::{Caller, Engine, Linker, Trap};

use self::{
    abi::{Errno, Fault},
    clock::Clock,
    descriptors::Descriptors,
    guest::Guest,
    tree::{Dataset, Tree, IN, OUT},
};
use super::engine::Sandbox;
use crate::{
    error::{at, ExecutorError, FatalError},
    job::Job,
    output::ProducedFile,
};

pub(super) use abi::Exit;

/// Name of the module that apps import from.
const MODULE: &str = "wasi_snapshot_preview1";

/// Fuel for any call.
const CALL_FUEL: u64 = 500;

/// Bytes looked at or moved for one unit of fuel.
const BYTES_PER_FUEL: u64 = 8;

/// What one step along a path, or one node visited, costs, as a number of bytes moved.
const STEP_WORK: u64 = 1024;

/// What is kept of standard error, in bytes.
const STDERR_KEPT: usize = 64 << 10;

/// Separates the random numbers of apps from other uses of BLAKE3.
const RANDOM_CONTEXT: &str = "talka wasm sandbox 1: random_get";

/// What the system calls of an app act on.
pub(super) struct Wasi {
    arguments: Vec<String>,
    environment: Vec<String>,
    stdin: Vec<u8>,
    stdout: Vec<u8>,
    stderr: Tail,
    tree: Tree,
    descriptors: Descriptors,
    clock: Clock,
    random: blake3::OutputReader,
}

impl Wasi {
    /// The world of `job`'s app at its start.
    pub(super) fn new(job: &Job) -> Result<Self, ExecutorError> {
        let dataset = match &job.dataset {
            Some(path) => {
                let file = File::open(path).map_err(at(path))?;
                let size = file.metadata().map_err(at(path))?.len();
                Some(Dataset { file, size })
            }
            None => None,
        };
        let mut environment = vec![
            format!("TALKA_TASK={}", job.task),
            format!("TALKA_TASK_INDEX={}", job.task.index),
            format!("TALKA_TASK_COUNT={}", job.task_count),
            "TALKA_IN=/in".to_owned(),
            "TALKA_OUT=/out".to_owned(),
        ];
        if dataset.is_some() {
            environment.push("TALKA_DATASET=/in/dataset".to_owned());
        }
        let mut tree = Tree::new(dataset, job.limits.output_bytes);
        tree.opened(IN);
        tree.opened(OUT);
        let mut random = blake3::Hasher::new_derive_key(RANDOM_CONTEXT);
        random.update(&job.task.encode());
        Ok(Self {
            arguments: std::iter::once("app".to_owned()).chain(job.arguments.iter().cloned()).collect(),
            environment,
            stdin: job.stdin.clone(),
            stdout: Vec::new(),
            stderr: Tail::default(),
            tree,
            descriptors: Descriptors::new(),
            clock: Clock::default(),
            random: random.finalize_xof(),
        })
    }

    /// The files of `/out`, standard output, and the end of standard error.
    pub(super) fn into_output(self) -> (Vec<ProducedFile>, Vec<u8>, Vec<u8>) {
        (self.tree.into_files(), self.stdout, self.stderr.finish())
    }

    fn not_supported(&mut self) -> Result<(), Fault> {
        Err(Errno::NotSupported.into())
    }

    fn not_implemented(&mut self) -> Result<(), Fault> {
        Err(Errno::NotImplemented.into())
    }
}

/// The end of a stream.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&bytes[bytes.len().saturating_sub(STDERR_KEPT)..]);
        if self.0.len() > 2 * STDERR_KEPT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.0.drain(..self.0.len().saturating_sub(STDERR_KEPT));
    }

    fn finish(mut self) -> Vec<u8> {
        self.cut();
        self.0
    }
}

/// A linker that offers WASI and nothing else.
pub(super) fn linker(engine: &Engine) -> Result<Linker<Sandbox>, ExecutorError> {
    let mut linker = Linker::new(engine);
    define(&mut linker).map_err(|error| FatalError::Engine(format!("{error:#}")))?;
    Ok(linker)
}

/// Runs a system call of an app and lets the app pay for it.
fn call(
    mut caller: Caller<'_, Sandbox>,
    function: impl FnOnce(&mut Wasi, &mut Guest<'_>) -> Result<(), Fault>,
) -> wasmtime::Result<u32> {
    let (memory, sandbox) = match caller.data().memory {
        Some(memory) => memory.data_and_store_mut(&mut caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let mut guest = Guest::new(memory);
    let result = function(&mut sandbox.wasi, &mut guest);
    let moved = guest.moved().saturating_add(sandbox.wasi.tree.take_work());
    let errno = match result {
        Ok(()) => 0,
        Err(Fault::Errno(errno)) => errno as u32,
        Err(Fault::Stop(reason)) => return Err(reason),
    };
    let left = caller.get_fuel()?.checked_sub(CALL_FUEL + moved / BYTES_PER_FUEL);
    caller.set_fuel(left.unwrap_or(0))?;
    left.map(|_| errno).ok_or(Trap::OutOfFuel.into())
}

/// Defines functions that have a method of [`Wasi`] of the same name.
macro_rules! functions {
    ($linker:ident: $($name:ident($($argument:ident: $ty:ty),*);)*) => {$(
        $linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Sandbox>, $($argument: $ty),*| {
            call(caller, |wasi, guest| wasi.$name(guest, $($argument),*))
        })?;
    )*};
}

/// Defines functions that only answer with an error.
macro_rules! refusals {
    ($linker:ident: $($name:ident($($ty:ty),*) => $answer:ident;)*) => {$(
        $linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Sandbox>, $(_: $ty),*| {
            call(caller, |wasi, _| wasi.$answer())
        })?;
    )*};
}

fn define(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    functions! { linker:
        args_get(list: u32, buffer: u32);
        args_sizes_get(count: u32, size: u32);
        environ_get(list: u32, buffer: u32);
        environ_sizes_get(count: u32, size: u32);
        clock_res_get(clock: u32, resolution: u32);
        clock_time_get(clock: u32, precision: u64, time: u32);
        random_get(buffer: u32, length: u32);
        sched_yield();
        poll_oneoff(subscriptions: u32, events: u32, count: u32, occurred: u32);
        fd_advise(fd: u32, offset: u64, length: u64, advice: u32);
        fd_allocate(fd: u32, offset: u64, length: u64);
        fd_close(fd: u32);
        fd_datasync(fd: u32);
        fd_fdstat_get(fd: u32, stat: u32);
        fd_fdstat_set_flags(fd: u32, flags: u32);
        fd_filestat_get(fd: u32, stat: u32);
        fd_filestat_set_size(fd: u32, size: u64);
        fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, read: u32);
        fd_prestat_get(fd: u32, stat: u32);
        fd_prestat_dir_name(fd: u32, name: u32, length: u32);
        fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, written: u32);
        fd_read(fd: u32, buffers: u32, count: u32, read: u32);
        fd_readdir(fd: u32, buffer: u32, length: u32, cookie: u64, used: u32);
        fd_renumber(from: u32, to: u32);
        fd_seek(fd: u32, offset: i64, whence: u32, position: u32);
        fd_sync(fd: u32);
        fd_tell(fd: u32, position: u32);
        fd_write(fd: u32, buffers: u32, count: u32, written: u32);
        path_create_directory(fd: u32, path: u32, length: u32);
        path_filestat_get(fd: u32, flags: u32, path: u32, length: u32, stat: u32);
        path_open(
            fd: u32, lookup: u32, path: u32, length: u32, open: u32, rights: u64, inheriting: u64, flags: u32,
            opened: u32
        );
        path_readlink(fd: u32, path: u32, length: u32, buffer: u32, buffer_length: u32, used: u32);
        path_remove_directory(fd: u32, path: u32, length: u32);
        path_rename(from_fd: u32, from: u32, from_length: u32, to_fd: u32, to: u32, to_length: u32);
        path_unlink_file(fd: u32, path: u32, length: u32);
    }
    refusals! { linker:
        fd_fdstat_set_rights(u32, u64, u64) => not_supported;
        fd_filestat_set_times(u32, u64, u64, u32) => not_supported;
        path_filestat_set_times(u32, u32, u32, u32, u64, u64, u32) => not_supported;
        path_link(u32, u32, u32, u32, u32, u32, u32) => not_supported;
        path_symlink(u32, u32, u32, u32, u32) => not_supported;
        proc_raise(u32) => not_implemented;
        sock_accept(u32, u32, u32) => not_supported;
        sock_recv(u32, u32, u32, u32, u32, u32) => not_supported;
        sock_send(u32, u32, u32, u32, u32) => not_supported;
        sock_shutdown(u32, u32) => not_supported;
    }
    linker.func_wrap(MODULE, "proc_exit", |code: u32| -> wasmtime::Result<()> {
        Err(Exit::Code(code as i32).into())
    })?;
    Ok(())
}
