//! Compiles modules: one at a time, in a process of its own.
//!
//! A module is a stranger's, and a compiler is a large program: what it takes of memory and time for the worst module is
//! an estimate. So a program that calls [`compile_if_asked`] first thing compiles in a child: itself, started again,
//! with a limit on memory and processor time. A child that dies costs one module and not the tasks of a whole worker.
//! Other programs (tests, mostly) compile on a thread.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc, Condvar, Mutex, MutexGuard, PoisonError,
    },
    thread,
    time::Duration,
};

use talka_primitives::id::ContentId;
use tempfile::NamedTempFile;
use wasm_encoder::{EntityType, ImportSection, TypeSection, ValType};
use wasmparser::{CompositeInnerType, FuncType, Parser, Payload, TypeRef};
use wasmtime::{Engine, Linker, Module};

use super::{
    engine,
    entry::Entry,
    instrument::{self, not_there, shown, WASI},
    wasi::{self, Sandbox},
};
use crate::error::{at, ExecutorError, TransientError};

/// Memory that compiling a module may take, in bytes. There is one at a time in a process.
pub const COMPILER_MEMORY: u64 = 3 << 30;

/// Processor time that compiling a module may take, in seconds.
const COMPILER_SECONDS: u64 = 600;

/// First argument of a child.
const ARGUMENT: &str = "talka:compile";

/// Native stack for the compiler, in bytes. Only what is used takes memory.
const COMPILER_STACK: usize = 64 << 20;

/// Time between two looks at whether the result is still wanted.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Whether this program is one that can be asked.
static CAN_BE_ASKED: AtomicBool = AtomicBool::new(false);

/// Whether the caller still wants the module. An error ends the waiting.
pub(super) type StillWanted<'a> = &'a dyn Fn() -> Result<(), ExecutorError>;

/// To be called first in `main` by a program that runs apps: where the program was started to compile a module, this
/// does it and ends the process. Without it apps are compiled in the process that runs them, without a limit on memory.
pub fn compile_if_asked() {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == OsStr::new(ARGUMENT) => process::exit(match answer(rest) {
            Ok(()) => 0,
            Err(_) => 1,
        }),
        _ => CAN_BE_ASKED.store(true, Ordering::Relaxed),
    }
}

/// What is to be compiled.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The file with these contents.
    File(&'a Path, ContentId),
    /// These bytes.
    Bytes(&'a [u8]),
}

impl Source<'_> {
    pub(super) fn content(&self) -> ContentId {
        match self {
            Self::Bytes(bytes) => ContentId(*blake3::hash(bytes).as_bytes()),
            Self::File(_, content) => *content,
        }
    }

    fn read(&self) -> Result<Vec<u8>, ExecutorError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.to_vec()),
            Self::File(path, content) => read(path, *content).map_err(at(*path)),
        }
    }
}

fn read(path: &Path, content: ContentId) -> io::Result<Vec<u8>> {
    let module = fs::read(path)?;
    if blake3::hash(&module).as_bytes() == &content.0 {
        Ok(module)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "it has not the content that it should have"))
    }
}

/// Makes the entry of a module, in a file that exists.
pub(super) fn compile(
    pass: Pass,
    engine: &Engine,
    linker: &Linker<Sandbox>,
    source: Source<'_>,
    key: blake3::Hash,
    into: &Path,
    still_wanted: StillWanted<'_>,
) -> Result<(), ExecutorError> {
    if CAN_BE_ASKED.load(Ordering::Relaxed) {
        return in_child(source, key, into, still_wanted);
    }
    let module = source.read()?;
    let (engine, linker) = (engine.clone(), linker.clone());
    let (send, receive) = mpsc::channel();
    on_large_stack(move || {
        // Should nobody want it any more, the next module waits for this one all the same.
        let _pass = pass;
        send.send(make(&engine, &linker, &module)).ok();
    })
    .map_err(TransientError::Thread)?;
    let made = loop {
        match receive.recv_timeout(TICK) {
            Ok(made) => break made,
            Err(mpsc::RecvTimeoutError::Timeout) => still_wanted()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => break Entry::Failed("the compiler panicked".into()),
        }
    };
    made.write(into, key).map_err(at(into))
}

/// The caller's stack may be small, and a compiler's recursion is as deep as a stranger's module has it.
fn on_large_stack(work: impl FnOnce() + Send + 'static) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().stack_size(COMPILER_STACK).spawn(work)
}

fn in_child(
    source: Source<'_>,
    key: blake3::Hash,
    into: &Path,
    still_wanted: StillWanted<'_>,
) -> Result<(), ExecutorError> {
    let copy = match source {
        Source::File(..) => None,
        Source::Bytes(bytes) => {
            let beside = into.parent().unwrap_or(Path::new("."));
            let mut file = NamedTempFile::new_in(beside).map_err(at(beside))?;
            file.write_all(bytes).map_err(at(file.path()))?;
            Some(file)
        }
    };
    let module = match (&source, &copy) {
        (Source::File(path, _), _) => path,
        (_, copy) => copy.as_ref().map_or(into, NamedTempFile::path),
    };
    let content = blake3::Hash::from_bytes(source.content().0);
    let program = program().map_err(TransientError::Thread)?;
    let mut child = Command::new(program)
        .arg(ARGUMENT)
        .args([module.as_os_str(), into.as_os_str()])
        .args([content.to_hex().as_str(), key.to_hex().as_str()])
        // It needs no secret that this process may have been given.
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(TransientError::Thread)?;
    let status = wait(&mut child, still_wanted)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(_) => {
            source.read()?;
            Err(at(into)(io::Error::other("the compiler could not write what it made of the module")))
        }
        None => {
            let reason = format!(
                "the compiler was ended: it takes more than {} MiB or {COMPILER_SECONDS} seconds",
                COMPILER_MEMORY >> 20
            );
            Entry::Failed(reason).write(into, key).map_err(at(into))
        }
    }
}

/// This program, also if its file was replaced since it started.
fn program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return Ok(running.into());
    }
    env::current_exe()
}

fn wait(child: &mut Child, still_wanted: StillWanted<'_>) -> Result<ExitStatus, ExecutorError> {
    loop {
        if let Some(status) = child.try_wait().map_err(TransientError::Thread)? {
            return Ok(status);
        }
        if let Err(unwanted) = still_wanted() {
            // It may have ended in this moment.
            child.kill().ok();
            child.wait().ok();
            return Err(unwanted);
        }
        thread::sleep(TICK);
    }
}

/// What a child does: it makes the entry of a module.
fn answer(arguments: &[OsString]) -> io::Result<()> {
    let [module, into, content, key] = arguments else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let hash = |text: &OsString| {
        let text = text.to_str().ok_or(io::ErrorKind::InvalidInput)?;
        blake3::Hash::from_hex(text).map_err(io::Error::other)
    };
    let (content, key) = (hash(content)?, hash(key)?);
    limit_this_process();
    let module = read(Path::new(module), ContentId(*content.as_bytes()))?;
    let into = PathBuf::from(into);
    let work = move || {
        let made = engine::engine()
            .and_then(|engine| Ok((wasi::linker(&engine)?, engine)))
            .map(|(linker, engine)| make(&engine, &linker, &module))
            .map_err(io::Error::other)?;
        made.write(&into, key)
    };
    let (send, receive) = mpsc::channel();
    on_large_stack(move || drop(send.send(work())))?;
    receive.recv().map_err(io::Error::other)?
}

/// What takes more than this is killed by the system. Where there are no such limits, there is the caller's time.
#[cfg(unix)]
fn limit_this_process() {
    use nix::sys::resource::{getrlimit, setrlimit, Resource};
    for (resource, most) in [
        (Resource::RLIMIT_AS, COMPILER_MEMORY),
        (Resource::RLIMIT_CPU, COMPILER_SECONDS),
        (Resource::RLIMIT_CORE, 0),
    ] {
        // A lower limit that was set for this process stays.
        let limit = getrlimit(resource).map_or(most, |(limit, _)| limit.min(most));
        setrlimit(resource, limit, limit).ok();
    }
}

#[cfg(not(unix))]
fn limit_this_process() {}

/// Compiles a module, or finds why there is nothing to compile.
fn make(engine: &Engine, linker: &Linker<Sandbox>, module: &[u8]) -> Entry<'static> {
    let instrumented = match instrument::instrument(module) {
        Ok(instrumented) => instrumented,
        Err(reasons) => return Entry::Refused(reasons),
    };
    if let Some(reason) = not_there(&imports_without_match(engine, linker, &instrumented)) {
        return Entry::Refused(vec![reason]);
    }
    match engine.precompile_module(&instrumented) {
        Ok(artefact) => Entry::Compiled(artefact.into()),
        Err(error) => Entry::Failed(format!("{error:#}")),
    }
}

/// Imported functions that the linker does not have, or with other types.
fn imports_without_match(engine: &Engine, linker: &Linker<Sandbox>, module: &[u8]) -> Vec<String> {
    let (mut types, mut missing) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module).map_while(Result::ok) {
        match payload {
            Payload::TypeSection(section) => {
                types.extend(section.into_iter().flatten().flat_map(|group| group.into_types()));
            }
            Payload::ImportSection(section) => {
                for import in section.into_iter().flatten() {
                    let TypeRef::Func(ty) = import.ty else { continue };
                    let Some(CompositeInnerType::Func(ty)) =
                        types.get(ty as usize).map(|ty: &wasmparser::SubType| &ty.composite_type.inner)
                    else {
                        continue;
                    };
                    if !links(engine, linker, import.name, ty) {
                        missing.push(format!(
                            "the function `{WASI}::{}` of type {}",
                            shown(import.name),
                            shown(&ty.to_string())
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    missing
}

/// Whether a module with just this import can be linked.
fn links(engine: &Engine, linker: &Linker<Sandbox>, name: &str, ty: &FuncType) -> bool {
    let convert = |types: &[wasmparser::ValType]| {
        types.iter().map(|ty| ValType::try_from(*ty)).collect::<Result<Vec<_>, _>>()
    };
    let (Ok(params), Ok(results)) = (convert(ty.params()), convert(ty.results())) else { return false };
    let mut types = TypeSection::new();
    types.ty().function(params, results);
    let mut imports = ImportSection::new();
    imports.import(WASI, name, EntityType::Function(0));
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&imports);
    let module = Module::from_binary(engine, &module.finish());
    module.and_then(|module| linker.instantiate_pre(&module)).is_ok()
}

/// Lets one at a time compile in this process.
struct Gate {
    is_taken: Mutex<bool>,
    is_free: Condvar,
}

static GATE: Gate = Gate { is_taken: Mutex::new(false), is_free: Condvar::new() };

/// The right to compile, given back when it is dropped.
pub(super) struct Pass(());

impl Pass {
    /// Waits for it.
    pub(super) fn get(still_wanted: StillWanted<'_>) -> Result<Self, ExecutorError> {
        let mut is_taken = GATE.lock();
        while *is_taken {
            let waited = GATE.is_free.wait_timeout(is_taken, TICK);
            is_taken = waited.unwrap_or_else(PoisonError::into_inner).0;
            still_wanted()?;
        }
        *is_taken = true;
        Ok(Self(()))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        *GATE.lock() = false;
        GATE.is_free.notify_one();
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
