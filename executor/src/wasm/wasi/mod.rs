//! WASI preview 1, as far as it can be the same for everyone.
//!
//! All functions of `wasi_snapshot_preview1` exist. Those on files act on a [`tree`] in memory; time and randomness
//! follow from the task and from what the app did before; links, sockets and signals are not supported. Every call costs
//! fuel, by the work that it is for the host ([`meter`]).

mod abi;
mod clock;
mod descriptors;
mod fd;
mod guest;
mod meter;
mod path;
mod process;
mod sandbox;
#[cfg(test)]
mod tests;
mod tree;

use std::fs::File;

use codec::Encode;

use self::{
    abi::{Errno, Fault},
    clock::Clock,
    descriptors::Descriptors,
    tree::{Dataset, Tree},
};
use crate::{
    error::{at, ExecutorError},
    job::Job,
    output::ProducedFile,
    progress::{Progress, Tail},
};

pub(super) use self::{
    abi::Exit,
    sandbox::{linker, Sandbox},
};

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
    progress: Progress,
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
            "PWD=/".to_owned(),
        ];
        if dataset.is_some() {
            environment.push("TALKA_DATASET=/in/dataset".to_owned());
        }
        let mut tree = Tree::new(dataset, job.limits.output_bytes);
        let descriptors = Descriptors::new();
        descriptors.nodes().for_each(|node| tree.opened(node));
        let mut random = blake3::Hasher::new_derive_key(RANDOM_CONTEXT);
        random.update(&job.task.encode());
        Ok(Self {
            arguments: std::iter::once("app".to_owned()).chain(job.arguments.iter().cloned()).collect(),
            environment,
            stdin: job.stdin.clone(),
            stdout: Vec::new(),
            stderr: Tail::default(),
            progress: job.progress.clone(),
            tree,
            descriptors,
            clock: Clock::default(),
            random: random.finalize_xof(),
        })
    }

    /// What is left of it for the result.
    pub(super) fn into_output(self) -> Output {
        let (files, empty_directories) = self.tree.into_entries();
        Output { files, empty_directories, stdout: self.stdout, stderr: self.stderr.kept().to_vec() }
    }

    fn not_supported(&mut self) -> Result<(), Fault> {
        Err(Errno::NotSupported.into())
    }

    fn not_implemented(&mut self) -> Result<(), Fault> {
        Err(Errno::NotImplemented.into())
    }

    /// No descriptor is a socket.
    fn not_a_socket(&mut self, descriptor: u32) -> Result<(), Fault> {
        self.descriptors.get(descriptor)?;
        Err(Errno::NotSocket.into())
    }
}
