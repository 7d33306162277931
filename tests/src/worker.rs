//! Workers: the one that everybody runs, and the one that misbehaves.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use talka_client::AccountId;

use crate::{
    process::{end_all, Process},
    programs::program,
};

/// What a worker does with its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Execute them: this is `talka-worker` itself.
    Honest,
    /// Tell another result than came out.
    Lying,
    /// Never come to an end.
    Hanging,
    /// Execute them, after a pause.
    Slow(Duration),
    /// Execute those for whose jury the validator was drawn: this is `talka-worker --juror`.
    Juror,
}

/// A worker process that keeps its files when it is killed.
#[derive(Debug)]
pub struct Worker {
    /// Its name, as in `Worker1`.
    pub name: String,
    /// Its account.
    pub account: AccountId,
    process: Process,
    base: PathBuf,
    url: String,
    behaviour: Behaviour,
}

impl Worker {
    /// A worker that is not running yet, with its files below `folder`.
    pub fn new(
        folder: &Path,
        name: &str,
        account: AccountId,
        url: &str,
        behaviour: Behaviour,
    ) -> Result<Self> {
        let program = program(match behaviour {
            Behaviour::Honest | Behaviour::Juror => "talka-worker",
            Behaviour::Lying | Behaviour::Hanging | Behaviour::Slow(_) => "lying-worker",
        })?;
        // A validator's node has a folder of its name already.
        let place = if behaviour == Behaviour::Juror { format!("{name}-juror") } else { name.into() };
        let process = Process::new(program, folder.join(format!("{place}.log")));
        Ok(Self { name: name.into(), account, process, base: folder.join(place), url: url.into(), behaviour })
    }

    /// Start it, for the first time or again, with one slot.
    pub fn start(&mut self) -> Result<()> {
        let mut arguments = vec![
            "--url".into(),
            self.url.clone(),
            "--key".into(),
            format!("dev:{}", self.name),
            "--base-path".into(),
            self.base.display().to_string(),
            "--slots=1".into(),
            "--log=info,talka_worker=debug".into(),
        ];
        match self.behaviour {
            Behaviour::Honest => {}
            Behaviour::Juror => arguments.push("--juror".into()),
            Behaviour::Lying => arguments.push("--fault=lie".into()),
            Behaviour::Hanging => arguments.push("--fault=hang".into()),
            Behaviour::Slow(pause) => arguments.push(format!("--fault=slow:{}", pause.as_secs())),
        }
        self.process.start(arguments)
    }

    /// End it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// End it as a power cut would, and take its disk away: what it has committed to, results and all.
    pub fn lose_disk(&mut self) -> Result<()> {
        self.process.kill();
        fs::remove_dir_all(&self.base).with_context(|| format!("cannot remove {}", self.base.display()))
    }

    /// What it does with its tasks.
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    /// Ask all of them to end. Those that still finish tasks after `courtesy` drop them; `waits` hears their names. Gives
    /// the names of those that had to be killed, `patience` later.
    pub fn end_all<'a>(
        workers: impl Iterator<Item = &'a Self>,
        courtesy: Duration,
        patience: Duration,
        waits: impl FnOnce(&[&str]),
    ) -> Vec<String> {
        let processes: Vec<_> = workers.map(|worker| (worker.name.as_str(), &worker.process)).collect();
        end_all(&processes, courtesy, patience, waits)
    }

    /// Wait until it has ended by itself, and kill it after `patience`. Tells whether that was not necessary.
    pub fn await_end(&self, patience: Duration) -> bool {
        self.process.await_end(patience)
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        format!("{} says:\n{}", self.name, self.process.last_words())
    }
}
