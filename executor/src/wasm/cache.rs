//! Compiled modules: those last used in memory, more on disk.

use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, File, FileTimes},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use talka_primitives::{id::ContentId, manifest::WASM_ABI};
use tempfile::NamedTempFile;
use wasmtime::{Engine, InstancePre, Linker, Module};

use super::{
    compiler::{compile, Pass, Source, StillWanted, TICK},
    entry::Entry,
    wasi::Sandbox,
};
use crate::error::{at, ExecutorError, FatalError};

/// Memory that compiled modules take when no task uses them, in bytes. The last one stays, however large.
pub const MODULES_MEMORY: u64 = 512 << 20;

/// Modules kept in memory: what is known of those that are no apps takes little of it.
const IN_MEMORY: usize = 1024;

/// Space that files take on disk, in bytes. Those go first that were not used for longest.
const ON_DISK: u64 = 4 << 30;

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
    NotAnApp(Vec<String>),
}

impl Prepared {
    /// Memory that it takes, in bytes.
    fn bytes(&self) -> u64 {
        match self {
            Self::App { instance, .. } => {
                let image = instance.module().image_range();
                (image.end as usize - image.start as usize) as u64
            }
            Self::NotAnApp(_) => 0,
        }
    }
}

/// Compiles modules, once.
pub(super) struct ModuleCache {
    engine: Engine,
    linker: Linker<Sandbox>,
    directory: PathBuf,
    /// Everything beside the module that the machine code depends on.
    settings: blake3::Hash,
    recent: Mutex<VecDeque<Arc<Slot>>>,
}

/// The place of one module in memory. The first who finds it empty fills it, and others wait for that.
struct Slot {
    key: blake3::Hash,
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    Empty,
    /// Somebody fills it.
    Filling,
    Filled(Arc<Prepared>),
    /// It does not compile, and why. It would not if it were tried again.
    Failed(String),
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    fn bytes(&self) -> u64 {
        match &*self.lock() {
            State::Filled(prepared) => prepared.bytes(),
            _ => 0,
        }
    }
}

/// Whatever ends the filling, those who wait go on.
struct Filling<'a>(&'a Slot);

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if let State::Filling = *state {
            *state = State::Empty;
            self.0.changed.notify_all();
        }
    }
}

impl ModuleCache {
    /// A cache whose files are in `directory`. Only the user that runs this process may be able to write there:
    /// the files are machine code. Their hashes protect from accidents alone.
    pub(super) fn new(
        engine: Engine,
        linker: Linker<Sandbox>,
        directory: PathBuf,
    ) -> Result<Self, ExecutorError> {
        make_private(&directory).map_err(at(&directory))?;
        let settings = settings(&engine);
        Ok(Self { engine, linker, directory, settings, recent: Mutex::new(VecDeque::new()) })
    }

    /// A module. Waiting for it ends where it is not wanted any more.
    pub(super) fn get(
        &self,
        source: Source<'_>,
        still_wanted: StillWanted<'_>,
    ) -> Result<Arc<Prepared>, ExecutorError> {
        let slot = self.slot(self.key(source.content()));
        let mut state = slot.lock();
        loop {
            match &*state {
                State::Filled(prepared) => return Ok(prepared.clone()),
                State::Failed(reason) => return Err(FatalError::Compile(reason.clone()).into()),
                State::Empty => break,
                State::Filling => {
                    let waited = slot.changed.wait_timeout(state, TICK);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                    still_wanted()?;
                }
            }
        }
        *state = State::Filling;
        drop(state);
        let filling = Filling(&slot);
        let filled = self.fill(slot.key, source, still_wanted);
        match &filled {
            Ok(prepared) => slot.set(State::Filled(prepared.clone())),
            Err(ExecutorError::Fatal(FatalError::Compile(reason))) => slot.set(State::Failed(reason.clone())),
            Err(_) => {}
        }
        drop(filling);
        self.forget();
        filled
    }

    /// Names the module and everything else that the machine code depends on.
    fn key(&self, content: ContentId) -> blake3::Hash {
        blake3::keyed_hash(self.settings.as_bytes(), &content.0)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<Arc<Slot>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot of a key, moved to the front.
    fn slot(&self, key: blake3::Hash) -> Arc<Slot> {
        let mut recent = self.recent();
        let slot = match recent.iter().position(|slot| slot.key == key) {
            Some(position) => recent.remove(position),
            None => None,
        };
        let slot = slot.unwrap_or_else(|| {
            Arc::new(Slot { key, state: Mutex::new(State::Empty), changed: Condvar::new() })
        });
        recent.push_front(slot.clone());
        slot
    }

    /// Drops what was not used for longest and is too much.
    fn forget(&self) {
        let mut recent = self.recent();
        let kept = fitting(recent.iter().map(|slot| slot.bytes()), MODULES_MEMORY);
        recent.truncate(kept.clamp(1, IN_MEMORY));
    }

    fn fill(
        &self,
        key: blake3::Hash,
        source: Source<'_>,
        still_wanted: StillWanted<'_>,
    ) -> Result<Arc<Prepared>, ExecutorError> {
        let path = self.directory.join(key.to_hex().as_str()).with_extension(EXTENSION);
        if let Some(prepared) = self.load(&path, key) {
            return prepared.map(Arc::new);
        }
        let pass = Pass::get(still_wanted)?;
        // Another executor may have compiled it meanwhile.
        if let Some(prepared) = self.load(&path, key) {
            return prepared.map(Arc::new);
        }
        // A cache that can't be written is slow, and no reason to fail.
        let fresh = NamedTempFile::new_in(&self.directory).or_else(|error| {
            tracing::warn!(path = %self.directory.display(), "the cache of modules cannot be written: {error}");
            NamedTempFile::new().map_err(at(std::env::temp_dir()))
        })?;
        compile(pass, &self.engine, &self.linker, source, key, fresh.path(), still_wanted)?;
        let prepared = self.load(fresh.path(), key).unwrap_or_else(|| {
            let reason = "what the compiler wrote cannot be read".to_owned();
            Err(FatalError::Compile(reason).into())
        })?;
        self.keep(fresh, &path);
        Ok(Arc::new(prepared))
    }

    fn link(&self, module: &Module) -> Prepared {
        match self.linker.instantiate_pre(module) {
            Ok(instance) => {
                let pages = module.resources_required().max_initial_memory_size.unwrap_or(0);
                Prepared::App { instance, initial_memory: pages.saturating_mul(1 << 16) }
            }
            Err(error) => Prepared::NotAnApp(vec![format!("{error:#}")]),
        }
    }

    /// The module of a file, if there is one that is as it was written.
    fn load(&self, path: &Path, key: blake3::Hash) -> Option<Result<Prepared, ExecutorError>> {
        let file = fs::read(path).ok()?;
        let Some(entry) = Entry::decode(&file, key) else {
            tracing::warn!(path = %path.display(), "damaged file in the cache of modules, compiling again");
            return None;
        };
        let artefact = match entry {
            Entry::Compiled(artefact) => artefact,
            Entry::Refused(reasons) => return Some(Ok(Prepared::NotAnApp(reasons))),
            Entry::Failed(reason) => return Some(Err(FatalError::Compile(reason).into())),
        };
        match deserialize(&self.engine, &artefact) {
            Ok(module) => {
                touch(path);
                Some(Ok(self.link(&module)))
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), "unusable file in the cache of modules: {error:#}");
                None
            }
        }
    }

    fn keep(&self, fresh: NamedTempFile, path: &Path) {
        // In another directory it was not meant to stay.
        if fresh.path().parent() != Some(&self.directory) {
            return;
        }
        let kept =
            fresh.persist(path).map_err(|error| error.error).and_then(|_| prune(&self.directory, ON_DISK));
        if let Err(error) = kept {
            tracing::warn!(path = %path.display(), "the cache of modules cannot be written: {error}");
        }
    }
}

/// Removes the files of a directory that were not used for longest, until `most` bytes are left at most. Among them are
/// those that killed processes left unfinished.
fn prune(directory: &Path, most: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        let used = metadata.accessed().or_else(|_| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        files.push((used, metadata.len(), entry.path()));
    }
    files.sort_by(|one, other| other.cmp(one));
    let kept = fitting(files.iter().map(|(_, bytes, _)| *bytes), most);
    for (.., path) in &files[kept..] {
        // Another process may have been faster.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// How many of the first have `most` bytes together.
fn fitting(sizes: impl Iterator<Item = u64>, most: u64) -> usize {
    let sums = sizes.scan(0u64, |sum, size| {
        *sum = sum.saturating_add(size);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= most).count()
}

/// Everything beside a module that its machine code depends on.
fn settings(engine: &Engine) -> blake3::Hash {
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
    hasher.0.update(&WASM_ABI.to_le_bytes());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hasher.0.finalize()
}

/// Makes a directory that nobody else can read or write, unless there is one.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Notes that a file was used, also where the system does not.
fn touch(path: &Path) {
    let times = FileTimes::new().set_accessed(SystemTime::now());
    if let Err(error) = File::open(path).and_then(|file| file.set_times(times)) {
        tracing::debug!(path = %path.display(), "the time of use cannot be noted: {error}");
    }
}

/// Makes a module of an artefact whose hash was just compared with the one that was written beside it.
#[allow(unsafe_code)]
fn deserialize(engine: &Engine, artefact: &[u8]) -> wasmtime::Result<Module> {
    // SAFETY: the bytes must come from `Module::serialize`. The hash shows that they are what `store` wrote, by
    // any accident short of a deliberate forgery, and a user who may write to the directory may replace this program
    // as well. Other versions and other settings of the engine are refused by `deserialize` itself.
    unsafe { Module::deserialize(engine, artefact) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_used_last_stays_within_the_limit() {
        assert_eq!(fitting([3, 4, 5].into_iter(), 12), 3);
        assert_eq!(fitting([3, 4, 5].into_iter(), 11), 2);
        assert_eq!(fitting([3, u64::MAX, 5].into_iter(), 11), 1);
        assert_eq!(fitting(std::iter::empty(), 0), 0);
    }

    #[test]
    fn files_that_were_not_used_for_longest_go_first() {
        let directory = tempfile::tempdir().unwrap();
        let hour = Duration::from_secs(3600);
        for (name, age) in [("old", 3), ("new", 1), ("used", 9), ("middle", 2)] {
            let path = directory.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let times = FileTimes::new().set_accessed(SystemTime::now() - age * hour);
            File::open(&path).unwrap().set_times(times).unwrap();
        }
        touch(&directory.path().join("used"));
        prune(directory.path(), 250).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["new", "used"]);
    }
}
