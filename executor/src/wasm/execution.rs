//! One run of one app, from the instance to what is left of it.

use std::path::Path;

use talka_primitives::manifest::{ExitStatus, Trap};
use wasmtime::{Instance, InstancePre, Memory, Store, Val};

use super::{
    cache::Prepared,
    engine::FUEL_SLICE,
    instrument::{CALL_DEPTH_LIMIT, DEPTH_EXPORT, START_EXPORT},
    stop::{Stopped, Watchdog},
    wasi::{Exit, Output, Sandbox},
};
use crate::{
    error::{at, ExecutorError, FatalError, TransientError},
    job::Job,
    output::ProducedFile,
};

/// The widest store, in bytes.
const WIDEST_STORE: usize = 16;

/// What a run produced.
pub(super) struct Outcome {
    pub(super) status: ExitStatus,
    pub(super) fuel_used: u64,
    pub(super) memory_used: u64,
    pub(super) fingerprint: [u8; 32],
    pub(super) files: Vec<ProducedFile>,
    pub(super) empty_directories: Vec<String>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Runs a job with its module `prepared`.
pub(super) fn execute(prepared: &Prepared, job: &Job, watchdog: &Watchdog) -> Result<Outcome, ExecutorError> {
    job.progress.start();
    let instance = match prepared {
        Prepared::NotAnApp(_) => return Ok(not_an_app()),
        Prepared::App { initial_memory, .. } if *initial_memory > job.limits.memory_bytes => {
            return Ok(not_an_app())
        }
        Prepared::App { instance, .. } => instance,
    };

    let mut store = Store::new(instance.module().engine(), Sandbox::new(job, watchdog)?);
    store.limiter(|sandbox| sandbox);
    store.set_fuel(job.limits.fuel).map_err(defect)?;
    store.fuel_async_yield_interval(Some(FUEL_SLICE)).map_err(defect)?;

    let ended = watchdog.drive(job, run(&mut store, instance))?;
    let depth = depth(&mut store, ended.instance.as_ref());
    let status = status(ended.result, depth, job.dataset.as_deref())?;
    let fuel_left = if status == ExitStatus::OutOfFuel { 0 } else { store.get_fuel().map_err(defect)? };
    let fingerprint = fingerprint(&store, store.data().memory, status);
    let memory_used = store.data().memory.map_or(0, |memory| memory.data_size(&store) as u64);
    let Output { files, empty_directories, stdout, stderr } = store.into_data().wasi.into_output();
    let fuel_used = job.limits.fuel - fuel_left;
    job.progress.set_fuel(fuel_used);
    Ok(Outcome { status, fuel_used, memory_used, fingerprint, files, empty_directories, stdout, stderr })
}

/// Standard error stays empty: the reason is in the words of a library, and those who vote on it may have another version.
fn not_an_app() -> Outcome {
    Outcome {
        status: ExitStatus::Trapped(Trap::NotACommand),
        fuel_used: 0,
        memory_used: 0,
        fingerprint: *blake3::hash(&[]).as_bytes(),
        files: Vec::new(),
        empty_directories: Vec::new(),
        stdout: Vec::new(),
        stderr: Vec::new(),
    }
}

struct Ended {
    instance: Option<Instance>,
    result: wasmtime::Result<()>,
}

async fn run(store: &mut Store<Sandbox>, instance: &InstancePre<Sandbox>) -> Ended {
    let instance = match instance.instantiate_async(&mut *store).await {
        Ok(instance) => instance,
        // What the module asks for was found to be within the limits.
        Err(error) if error.downcast_ref::<wasmtime::Trap>().is_none() => {
            return Ended { instance: None, result: Err(Stopped::OutOfMemory.into()) }
        }
        Err(trap) => return Ended { instance: None, result: Err(trap) },
    };
    store.data_mut().memory = instance.get_memory(&mut *store, "memory");
    let mut result = Ok(());
    for name in [START_EXPORT, "_start"] {
        if let (Ok(()), Some(function)) = (&result, instance.get_func(&mut *store, name)) {
            result = function.call_async(&mut *store, &[], &mut []).await;
        }
    }
    Ended { instance: Some(instance), result }
}

/// Where the counter of the call depth stands.
fn depth(store: &mut Store<Sandbox>, instance: Option<&Instance>) -> u32 {
    let counter = instance.and_then(|instance| instance.get_global(&mut *store, DEPTH_EXPORT));
    match counter.map(|counter| counter.get(&mut *store)) {
        Some(Val::I32(depth)) => depth as u32,
        _ => 0,
    }
}

fn status(
    result: wasmtime::Result<()>,
    depth: u32,
    dataset: Option<&Path>,
) -> Result<ExitStatus, ExecutorError> {
    let error = match result {
        Ok(()) => return Ok(ExitStatus::Exited(0)),
        Err(error) => error,
    };
    if let Some(exit) = error.downcast_ref::<Exit>() {
        return Ok(match exit {
            Exit::Code(code) => ExitStatus::Exited(*code),
            Exit::OutputLimit => ExitStatus::Trapped(Trap::OutputLimit),
        });
    }
    let trap = match error.downcast::<wasmtime::Trap>() {
        Ok(trap) => trap,
        Err(error) => return Err(stopped(error, dataset)),
    };
    use wasmtime::Trap as Native;
    Ok(ExitStatus::Trapped(match trap {
        Native::OutOfFuel => return Ok(ExitStatus::OutOfFuel),
        Native::UnreachableCodeReached if depth > CALL_DEPTH_LIMIT => Trap::CallDepth,
        Native::UnreachableCodeReached => Trap::Unreachable,
        Native::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        Native::TableOutOfBounds => Trap::TableOutOfBounds,
        Native::IndirectCallToNull => Trap::IndirectCallToNull,
        Native::BadSignature => Trap::BadSignature,
        Native::IntegerDivisionByZero => Trap::DivisionByZero,
        Native::IntegerOverflow => Trap::IntegerOverflow,
        Native::BadConversionToInteger => Trap::BadConversionToInteger,
        // A native stack overflow among them: it comes at a different depth on each machine.
        other => return Err(FatalError::Runtime(other.to_string()).into()),
    }))
}

fn stopped(error: wasmtime::Error, dataset: Option<&Path>) -> ExecutorError {
    match error.downcast::<Stopped>() {
        Ok(Stopped::OutOfMemory) => TransientError::OutOfMemory.into(),
        Ok(Stopped::Dataset(error)) => at(dataset.unwrap_or(Path::new("")))(error),
        Ok(Stopped::Watchdog(error)) => error,
        Err(error) => defect(error),
    }
}

fn defect(error: wasmtime::Error) -> ExecutorError {
    FatalError::Runtime(format!("{error:#}")).into()
}

/// BLAKE3-256 of the final memory.
///
/// A store that goes over the end of the memory traps, but on some processors writes the part that fits. So after
/// such a trap the last bytes count as zeros.
fn fingerprint(store: &Store<Sandbox>, memory: Option<Memory>, status: ExitStatus) -> [u8; 32] {
    let memory = memory.map(|memory| memory.data(store)).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    if status == ExitStatus::Trapped(Trap::MemoryOutOfBounds) {
        let kept = memory.len().saturating_sub(WIDEST_STORE);
        hasher.update(&memory[..kept]).update(&[0; WIDEST_STORE][..memory.len() - kept]);
    } else {
        hasher.update(memory);
    }
    *hasher.finalize().as_bytes()
}
