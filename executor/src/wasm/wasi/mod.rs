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
mod sandbox;
mod tree;

use std::fs::File;

use codec::Encode;
use talka_primitives::manifest::MAX_STDERR_BYTES;

use self::{
    abi::{Errno, Fault},
    clock::Clock,
    descriptors::Descriptors,
    tree::{Dataset, Tree, IN, OUT},
};
use crate::{
    error::{at, ExecutorError},
    job::Job,
    output::ProducedFile,
};

pub(super) use self::{
    abi::Exit,
    sandbox::{linker, Sandbox},
};

/// What one step along a path, or one node visited, costs, as a number of bytes moved.
const STEP_WORK: u64 = 1024;

/// What is kept of standard error, in bytes.
const STDERR_KEPT: usize = MAX_STDERR_BYTES as usize;

/// Separates the random numbers of apps from other uses of BLAKE3.
const RANDOM_CONTEXT: &str = "talka wasm sandbox 1: random_get";

/// What an app leaves.
pub(super) struct Output {
    /// The files of `/out`.
    pub(super) files: Vec<ProducedFile>,
    /// The directories of `/out` with nothing in them, sorted.
    pub(super) empty_directories: Vec<String>,
    pub(super) stdout: Vec<u8>,
    /// The end of standard error.
    pub(super) stderr: Vec<u8>,
}

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

    /// What is left of it for the result.
    pub(super) fn into_output(self) -> Output {
        let (files, empty_directories) = self.tree.into_entries();
        Output { files, empty_directories, stdout: self.stdout, stderr: self.stderr.finish() }
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
