//! A running app as the engine sees it: what it may take of the host, and the system calls that it can make.

use wasmtime::{Caller, Engine, Linker, Memory, ResourceLimiter};

use super::{
    abi::{Exit, Fault},
    guest::Guest,
    meter::Meter,
    Wasi,
};
use crate::{
    error::{ExecutorError, FatalError},
    job::Job,
    wasm::{
        engine::MAX_TABLE_ELEMENTS,
        stop::{Stopped, Watchdog},
    },
};

/// Name of the module that apps import from.
const MODULE: &str = "wasi_snapshot_preview1";

/// What the host knows of one running app.
pub(in crate::wasm) struct Sandbox {
    /// The app's memory, once there is one.
    pub(in crate::wasm) memory: Option<Memory>,
    /// What the app's system calls act on.
    pub(in crate::wasm) wasi: Wasi,
    meter: Meter,
    /// Largest size of the memory, in bytes.
    memory_limit: u64,
}

impl Sandbox {
    /// For a job's app, before its start.
    pub(in crate::wasm) fn new(job: &Job, watchdog: &Watchdog) -> Result<Self, ExecutorError> {
        let (wasi, meter) = (Wasi::new(job)?, Meter::new(job, watchdog));
        Ok(Self { memory: None, wasi, meter, memory_limit: job.limits.memory_bytes })
    }
}

/// Growth is refused by the rules alone; that the host fails at what the rules allow must not be seen by the app.
impl ResourceLimiter for Sandbox {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= self.memory_limit && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Stopped::OutOfMemory.into())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= MAX_TABLE_ELEMENTS && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Stopped::OutOfMemory.into())
    }
}

/// A linker that offers WASI and nothing else.
pub(in crate::wasm) fn linker(engine: &Engine) -> Result<Linker<Sandbox>, ExecutorError> {
    let mut linker = Linker::new(engine);
    define(&mut linker).map_err(|error| FatalError::Engine(format!("{error:#}")))?;
    Ok(linker)
}

/// Runs a system call of an app and lets the app pay for it.
fn call(
    mut caller: Caller<'_, Sandbox>,
    function: impl FnOnce(&mut Wasi, &mut Guest<'_>) -> Result<(), Fault>,
) -> wasmtime::Result<u32> {
    let fuel = caller.get_fuel()?;
    let (memory, sandbox) = match caller.data().memory {
        Some(memory) => memory.data_and_store_mut(&mut caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let mut guest = Guest::new(memory, &mut sandbox.meter);
    let result = guest.meter.begin(fuel).and_then(|()| function(&mut sandbox.wasi, &mut guest));
    let left = sandbox.meter.end();
    caller.set_fuel(left)?;
    match result {
        Ok(()) => Ok(0),
        Err(Fault::Errno(errno)) => Ok(errno as u32),
        Err(Fault::Stop(reason)) => Err(reason),
    }
}

/// Hands the functions that have a method of [`Wasi`] of the same name to a macro.
macro_rules! functions {
    ($macro:ident) => {
        $macro! {
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
            fd_fdstat_set_rights(fd: u32, rights: u64, inheriting: u64);
            fd_filestat_get(fd: u32, stat: u32);
            fd_filestat_set_size(fd: u32, size: u64);
            fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
            fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, read: u32);
            fd_prestat_get(fd: u32, stat: u32);
            fd_prestat_dir_name(fd: u32, name: u32, length: u32);
            fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, written: u32);
            fd_read(fd: u32, buffers: u32, count: u32, read: u32);
            fd_readdir(fd: u32, buffer: u32, length: u32, cookie: u64, used: u32);
            fd_renumber(fd: u32, to_fd: u32);
            fd_seek(fd: u32, offset: i64, whence: u32, position: u32);
            fd_sync(fd: u32);
            fd_tell(fd: u32, position: u32);
            fd_write(fd: u32, buffers: u32, count: u32, written: u32);
            path_create_directory(fd: u32, path: u32, length: u32);
            path_filestat_get(fd: u32, flags: u32, path: u32, length: u32, stat: u32);
            path_filestat_set_times(
                fd: u32, lookup: u32, path: u32, length: u32, accessed: u64, modified: u64, flags: u32
            );
            path_open(
                fd: u32, lookup: u32, path: u32, length: u32, open: u32, rights: u64, inheriting: u64, flags: u32,
                opened: u32
            );
            path_readlink(fd: u32, path: u32, length: u32, buffer: u32, buffer_length: u32, used: u32);
            path_remove_directory(fd: u32, path: u32, length: u32);
            path_rename(from_fd: u32, from: u32, from_length: u32, to_fd: u32, to: u32, to_length: u32);
            path_unlink_file(fd: u32, path: u32, length: u32);
        }
    };
}
#[cfg(test)]
pub(super) use functions;

/// Defines functions that only answer with an error.
macro_rules! refusals {
    ($linker:ident: $($name:ident($($ty:ty),*) => $answer:ident($($argument:ident),*);)*) => {$(
        $linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Sandbox>, $($argument: u32,)* $(_: $ty),*| {
            call(caller, |wasi, _| wasi.$answer($($argument),*))
        })?;
    )*};
}

fn define(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    macro_rules! methods {
        ($($name:ident($($argument:ident: $ty:ty),*);)*) => {$(
            linker.func_wrap(MODULE, stringify!($name), |caller: Caller<'_, Sandbox>, $($argument: $ty),*| {
                call(caller, |wasi, guest| wasi.$name(guest, $($argument),*))
            })?;
        )*};
    }
    functions!(methods);
    refusals! { linker:
        path_link(u32, u32, u32, u32, u32, u32, u32) => not_supported();
        path_symlink(u32, u32, u32, u32, u32) => not_supported();
        proc_raise(u32) => not_implemented();
        sock_accept(u32, u32) => not_a_socket(fd);
        sock_recv(u32, u32, u32, u32, u32) => not_a_socket(fd);
        sock_send(u32, u32, u32, u32) => not_a_socket(fd);
        sock_shutdown(u32) => not_a_socket(fd);
    }
    linker.func_wrap(MODULE, "proc_exit", |caller: Caller<'_, Sandbox>, code: u32| {
        call(caller, |_, _| Err(Fault::stop(Exit::Code(code as i32)))).map(drop)
    })?;
    Ok(())
}
