//! A keeper of results, as a user runs it: `talka result keep`.

use std::{path::PathBuf, time::Duration};

use anyhow::{bail, Result};
use serde_json::Value;
use talka_primitives::{DealId, TaskId};

use crate::{
    process::{Process, Surroundings},
    programs::program,
    wait, Network,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A keeper that goes on where it was when it is killed and started again.
#[derive(Debug)]
pub struct Keeper {
    process: Process,
    url: String,
    dir: PathBuf,
    whose: Vec<String>,
    /// How much it had said before it was started the last time.
    earlier: usize,
}

impl Keeper {
    /// A keeper that is not running yet. `whose` are the options that say whose results it keeps.
    pub fn new(network: &Network, name: &str, whose: &[&str]) -> Result<Self> {
        let dir = network.folder().join(name);
        let environment = vec![("HOME".into(), dir.display().to_string())];
        let surroundings = Surroundings { namespace: None, environment };
        let log = network.folder().join(format!("{name}.log"));
        let process = Process::within(program("talka")?, log, surroundings);
        let whose = whose.iter().map(ToString::to_string).collect();
        Ok(Self { process, url: network.client.url().into(), dir, whose, earlier: 0 })
    }

    /// Start it, for the first time or again, and wait until it serves what it has. Gives its address.
    pub async fn start(&mut self) -> Result<String> {
        self.earlier = self.process.said().len();
        let dir = self.dir.display().to_string();
        let own = ["result", "keep", "--dir", &dir, "--listen", "127.0.0.1:0", "--output", "json"];
        let own = own.into_iter().chain(["--url", &self.url]).map(String::from);
        self.process.start(own.chain(self.whose.iter().cloned()))?;
        wait::until("a keeper to say where it is", PATIENCE, || async {
            let said = self.process.said();
            let told = said.get(self.earlier..).unwrap_or_default();
            let address = told.lines().find_map(|line| field(line, "address"));
            if address.is_none() && !self.process.is_running() {
                bail!("it ended at once:\n{}", self.process.last_words());
            }
            Ok(address)
        })
        .await
    }

    /// Wait until it has the results of this number of tasks of a deal.
    pub async fn until_kept(&self, deal: DealId, tasks: u32) -> Result<()> {
        let wanted: Vec<_> = (0..tasks).map(|index| TaskId { deal, index }).collect();
        wait::until(&format!("a keeper to have the results of deal {deal}"), PATIENCE, || async {
            let kept = self.kept();
            if !self.process.is_running() {
                bail!("it ended:\n{}", self.process.last_words());
            }
            Ok(wanted.iter().all(|task| kept.contains(task)).then_some(()))
        })
        .await
    }

    /// The tasks whose results it has, as it has said since it was made.
    pub fn kept(&self) -> Vec<TaskId> {
        let said = self.process.said();
        said.lines().filter_map(|line| field(line, "task")?.parse().ok()).collect()
    }

    /// End it as a power cut would.
    pub fn kill(&self) {
        self.process.kill();
    }
}

/// A text in an object that was printed on a line of its own.
fn field(line: &str, name: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some(value[name].as_str()?.to_owned())
}
