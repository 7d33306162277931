//! A process with a log, that does not outlive its owner.
//!
//! Processes stay in the group of the one that started them, so that a test runner which stops a group after its
//! deadline stops them too.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use nix::{
    sys::signal::{kill, Signal},
    unistd::Pid,
};

/// Where a process runs, if not as this one does.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The network namespace, by the name that `ip netns` gave it.
    pub namespace: Option<String>,
    /// Variables of its environment, beside those of this process.
    pub environment: Vec<(String, String)>,
}

/// See the module's head.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    log: PathBuf,
    surroundings: Surroundings,
    child: Mutex<Option<Child>>,
}

impl Process {
    /// A program that is not running yet. What it says goes to the end of `log`.
    pub fn new(program: PathBuf, log: PathBuf) -> Self {
        Self::within(program, log, Surroundings::default())
    }

    /// The same, in other surroundings.
    pub fn within(program: PathBuf, log: PathBuf, surroundings: Surroundings) -> Self {
        Self { program, log, surroundings, child: Mutex::default() }
    }

    /// Start it; one that still runs is killed first.
    pub fn start(&self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<()> {
        self.kill();
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = self
            .command()
            .args(arguments.into_iter().map(Into::into))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        *self.child() = Some(child);
        Ok(())
    }

    fn command(&self) -> Command {
        let Surroundings { namespace, environment } = &self.surroundings;
        let mut command = match namespace {
            // `nsenter` becomes the program, so that a signal to the child is one to the program.
            Some(namespace) => {
                let mut nsenter = Command::new("nsenter");
                nsenter.arg(format!("--net=/run/netns/{namespace}")).arg(&self.program);
                nsenter
            }
            None => Command::new(&self.program),
        };
        command.envs(environment.iter().cloned());
        command
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.child().as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// The number by which the system knows it, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    /// End it as a power cut would: with SIGKILL, which it cannot catch.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            // Both fail only where it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ask it to end, with SIGTERM.
    pub fn ask_to_end(&self) {
        if let Some(child) = &*self.child() {
            if let Ok(id) = child.id().try_into() {
                // Fails only where it has ended by itself.
                let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
            }
        }
    }

    /// Wait until it has ended by itself; after `patience` it is killed. Tells whether that was not
    /// necessary.
    pub fn await_end(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_running() && Instant::now() < deadline {
            sleep(Duration::from_millis(50));
        }
        let ended = !self.is_running();
        self.kill();
        ended
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

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        // A thread that panicked with it left nothing half done.
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ask all to end, and those that are not over after `courtesy` once more, which is what makes a worker drop its tasks.
/// `waits` hears of them. Gives the names of those that had to be killed, `patience` later.
pub(crate) fn end_all(
    processes: &[(&str, &Process)],
    courtesy: Duration,
    patience: Duration,
    waits: impl FnOnce(&[&str]),
) -> Vec<String> {
    let left = |until: Instant| loop {
        let left: Vec<_> = processes.iter().copied().filter(|(_, process)| process.is_running()).collect();
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        sleep(Duration::from_millis(50));
    };
    processes.iter().for_each(|(_, process)| process.ask_to_end());
    let busy = left(Instant::now() + courtesy);
    if busy.is_empty() {
        return Vec::new();
    }
    waits(&busy.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    busy.iter().for_each(|(_, process)| process.ask_to_end());
    let stubborn = left(Instant::now() + patience);
    stubborn.iter().for_each(|(_, process)| process.kill());
    stubborn.into_iter().map(|(name, _)| name.to_owned()).collect()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_end_soon_and_those_that_wait_for_something_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let shell = |name: &str, script: &str| {
            let process = Process::new("/bin/sh".into(), folder.path().join(name));
            process.start(["-c", &format!("{script}; echo ready; while :; do sleep 0.05; done")]).unwrap();
            while !process.said().contains("ready") {
                sleep(Duration::from_millis(10));
            }
            process
        };
        let idle = shell("idle", "true");
        let busy = shell("busy", "trap 'trap - TERM' TERM");
        let deaf = shell("deaf", "trap '' TERM");
        let began = Instant::now();
        let (moment, mut named) = (Duration::from_millis(500), Vec::new());
        let killed = end_all(&[("idle", &idle), ("busy", &busy), ("deaf", &deaf)], moment, moment, |waits| {
            named = waits.iter().map(|name| (*name).to_owned()).collect();
        });
        assert_eq!(named, ["busy", "deaf"]);
        assert_eq!(killed, ["deaf"]);
        assert!(began.elapsed() < 4 * moment, "{:?}", began.elapsed());
        assert!([&idle, &busy, &deaf].iter().all(|process| !process.is_running()));
    }
}
