//! Compiled modules: the few last used in memory, more on disk.

use std::{
    collections::VecDeque,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::SystemTime,
};

use talka_primitives::manifest::WASM_ABI;
use wasmtime::{Engine, ExternType, InstancePre, Linker, Module};

use super::{
    engine::{MAX_TABLES, MAX_TABLE_ELEMENTS},
    instrument,
    wasi::Sandbox,
};
use crate::error::{at, ExecutorError, FatalError, TransientError};

/// Modules kept in memory.
const IN_MEMORY: usize = 16;

/// Native stack for the compiler, in bytes. Only what is used takes memory.
const COMPILER_STACK: usize = 64 << 20;

/// Files kept on disk. The oldest go first.
const ON_DISK: usize = 256;

/// Extension of the files on disk.
const EXTENSION: &str = "cwasm";

/// A module, ready to run or found not to be an app.
pub(super) enum Prepared {
    /// An app.
    App {
        /// All that can be done before an instance is made.
        instance: InstancePre<Sandbox>,
        /// Memory that it has at the start, in bytes.
        initial_memory: u64,
    },
    /// Not an app, and why.
    NotAnApp(String),
}

/// Compiles modules, once.
pub(super) struct ModuleCache {
    engine: Engine,
    linker: Linker<Sandbox>,
    directory: PathBuf,
    recent: Mutex<VecDeque<Arc<Slot>>>,
}

/// The place of one module in memory. Whoever finds it empty fills it, and others wait for that.
struct Slot {
    key: blake3::Hash,
    prepared: Mutex<Option<Arc<Prepared>>>,
}

impl ModuleCache {
    /// A cache whose files are in `directory`. Nobody but the user that runs this process may be able to write there:
    /// the files are machine code. Their hashes protect from accidents alone.
    pub(super) fn new(
        engine: Engine,
        linker: Linker<Sandbox>,
        directory: PathBuf,
    ) -> Result<Self, ExecutorError> {
        fs::create_dir_all(&directory).map_err(at(&directory))?;
        Ok(Self { engine, linker, directory, recent: Mutex::new(VecDeque::new()) })
    }

    /// The module with these bytes.
    pub(super) fn get(&self, module: &[u8]) -> Result<Arc<Prepared>, ExecutorError> {
        let slot = self.slot(self.key(module));
        let mut prepared = slot.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = &*prepared {
            return Ok(prepared.clone());
        }
        let fresh = Arc::new(self.prepare(slot.key, module)?);
        *prepared = Some(fresh.clone());
        Ok(fresh)
    }

    /// Names the module and everything else that the machine code depends on.
    fn key(&self, module: &[u8]) -> blake3::Hash {
        struct Adapter(blake3::Hasher);
        impl std::hash::Hasher for Adapter {
            fn write(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }
            fn finish(&self) -> u64 {
                0
            }
        }
        let mut hasher = Adapter(blake3::Hasher::new());
        hasher.0.update(blake3::hash(module).as_bytes());
        hasher.0.update(&WASM_ABI.to_le_bytes());
        std::hash::Hash::hash(&self.engine.precompile_compatibility_hash(), &mut hasher);
        hasher.0.finalize()
    }

    /// The slot of a key, moved to the front.
    fn slot(&self, key: blake3::Hash) -> Arc<Slot> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match recent.iter().position(|slot| slot.key == key) {
            Some(position) => recent.remove(position),
            None => None,
        };
        let slot = slot.unwrap_or_else(|| Arc::new(Slot { key, prepared: Mutex::new(None) }));
        recent.push_front(slot.clone());
        recent.truncate(IN_MEMORY);
        slot
    }

    fn prepare(&self, key: blake3::Hash, module: &[u8]) -> Result<Prepared, ExecutorError> {
        let path = self.directory.join(key.to_hex().as_str()).with_extension(EXTENSION);
        let module = match self.load(&path, key) {
            Some(module) => module,
            None => {
                let instrumented = match instrument::instrument(module) {
                    Ok(instrumented) => instrumented,
                    Err(reason) => return Ok(Prepared::NotAnApp(reason.to_string())),
                };
                let module = self.compile(&instrumented)?;
                self.store(&path, key, &module);
                module
            }
        };
        Ok(self.link(&module))
    }

    /// Compiles on a thread with a stack of its own: the caller's may be small, and the module is a stranger's.
    fn compile(&self, module: &[u8]) -> Result<Module, ExecutorError> {
        let compiled = thread::scope(|scope| {
            let compiler = thread::Builder::new()
                .stack_size(COMPILER_STACK)
                .spawn_scoped(scope, || Module::from_binary(&self.engine, module))
                .map_err(TransientError::Thread)?;
            let compiled =
                compiler.join().unwrap_or_else(|_| Err(wasmtime::Error::msg("the compiler panicked")));
            Ok::<_, ExecutorError>(compiled)
        })?;
        compiled.map_err(|error| FatalError::Compile(format!("{error:#}")).into())
    }

    fn link(&self, module: &Module) -> Prepared {
        if let Err(reason) = is_command(module) {
            return Prepared::NotAnApp(reason.into());
        }
        let needs = module.resources_required();
        if needs.num_tables > MAX_TABLES || needs.max_initial_table_size.unwrap_or(0) > MAX_TABLE_ELEMENTS {
            return Prepared::NotAnApp("its tables are too many or too large".into());
        }
        match self.linker.instantiate_pre(module) {
            Ok(instance) => {
                let pages = needs.max_initial_memory_size.unwrap_or(0);
                Prepared::App { instance, initial_memory: pages.saturating_mul(1 << 16) }
            }
            Err(error) => Prepared::NotAnApp(format!("it imports what the sandbox does not have: {error:#}")),
        }
    }

    /// A file holds the artefact behind a hash of it and of its key. Any other file counts as missing.
    fn load(&self, path: &Path, key: blake3::Hash) -> Option<Module> {
        let file = fs::read(path).ok()?;
        let (hash, artefact) = file.split_first_chunk::<32>()?;
        if blake3::keyed_hash(key.as_bytes(), artefact) != *hash {
            tracing::warn!(path = %path.display(), "damaged file in the cache of modules, compiling again");
            return None;
        }
        match deserialize(&self.engine, artefact) {
            Ok(module) => Some(module),
            Err(error) => {
                tracing::warn!(path = %path.display(), "unusable file in the cache of modules: {error:#}");
                None
            }
        }
    }

    /// A cache that can't be written is slow, and no reason to fail.
    fn store(&self, path: &Path, key: blake3::Hash, module: &Module) {
        let written = module.serialize().map_err(io::Error::other).and_then(|artefact| {
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            file.write_all(blake3::keyed_hash(key.as_bytes(), &artefact).as_bytes())?;
            file.write_all(&artefact)?;
            file.persist(path)?;
            self.prune()
        });
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), "the cache of modules cannot be written: {error}");
        }
    }

    /// Removes the oldest files, among them what killed processes left unfinished.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            files.push((modified.unwrap_or(SystemTime::UNIX_EPOCH), entry.path()));
        }
        files.sort();
        for (_, path) in files.iter().take(files.len().saturating_sub(ON_DISK)) {
            // Another process may have been faster.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

/// A command has a function `_start`, from nothing to nothing.
fn is_command(module: &Module) -> Result<(), &'static str> {
    match module.get_export("_start") {
        Some(ExternType::Func(ty)) if ty.params().len() == 0 && ty.results().len() == 0 => Ok(()),
        Some(_) => Err("its export `_start` is no function without parameters and results"),
        None if module.get_export("_initialize").is_some() => {
            Err("it is a library (a WASI reactor): it has no function `_start`")
        }
        None => Err("it has no function `_start`"),
    }
}

/// Makes a module of an artefact whose hash was just compared with the one that was written beside it.
#[allow(unsafe_code)]
fn deserialize(engine: &Engine, artefact: &[u8]) -> wasmtime::Result<Module> {
    // SAFETY: the bytes must come from `Module::serialize`. The hash shows that they are what `store` wrote, by
    // any accident short of an author of forgeries, and whoever may write in the directory may replace this program
    // as well. Other versions and other settings of the engine are refused by `deserialize` itself.
    unsafe { Module::deserialize(engine, artefact) }
}
