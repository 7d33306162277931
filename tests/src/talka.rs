//! The command line, as a user calls it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{ensure, Result};
use talka_primitives::{DealId, TaskId};

use crate::{programs::program, Network};

/// `talka` in the name of some actor.
#[derive(Clone, Debug)]
pub struct Talka {
    url: String,
    key: String,
    home: PathBuf,
}

impl Talka {
    /// The command line of an actor, as in `Requester1`.
    pub fn new(network: &Network, name: &str) -> Self {
        Self {
            url: network.client.url().into(),
            key: format!("dev:{name}"),
            home: network.folder().join(format!("talka-{name}")),
        }
    }

    /// The same, on another node.
    pub fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// Call it.
    pub fn call(&self, arguments: &[&str]) -> Result<Output> {
        Ok(Command::new(program("talka")?)
            .args(arguments)
            .env("TALKA_URL", &self.url)
            .env("TALKA_KEY", &self.key)
            .env("HOME", &self.home)
            .output()?)
    }

    /// Call it with `--output json`, and read what it prints. It must succeed.
    pub fn json(&self, arguments: &[&str]) -> Result<serde_json::Value> {
        let output = self.call(&[arguments, &["--output", "json"]].concat())?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "talka {}: {}\n{said}", arguments.join(" "), output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Fetch all results of a deal into `folder`.
    pub fn get_results(&self, deal: DealId, folder: &Path) -> Result<()> {
        self.json(&["result", "get", &deal.to_string(), "--out", &folder.display().to_string()])?;
        Ok(())
    }

    /// Where [`Talka::get_results`] leaves the files of a task.
    pub fn folder_of(folder: &Path, task: TaskId) -> PathBuf {
        folder.join(task.index.to_string()).join("files")
    }
}
