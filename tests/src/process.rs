//! A process with a log, that does not outlive its owner.
//!
//! Processes stay in the group of the one that started them, so that a test runner which stops a group after its
//! deadline stops them too.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result};

/// See the module's head.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A program that is not running yet. What it says goes to the end of `log`.
    pub fn new(program: PathBuf, log: PathBuf) -> Self {
        Self { program, log, child: None }
    }

    /// Start it; one that still runs is killed first.
    pub fn start(&mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<()> {
        self.kill();
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .args(arguments.into_iter().map(Into::into))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// End it as a power cut would: with SIGKILL, which it cannot catch.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only where it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// All that it said so far; nothing where it has not begun.
    pub fn said(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Its last words, for errors.
    pub fn last_words(&self) -> String {
        const LINES: usize = 15;
        let said = self.said();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
