//! The example apps: what they are asked, and how to run them natively.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{ensure, Context as _, Result};
use talka_primitives::{TaskId, Topic};

use crate::programs::{program, source};

/// One of the example apps with its data and a question.
#[derive(Clone, Debug)]
pub struct Example {
    /// The app's name: that of its program and of its artefact.
    pub app: &'static str,
    /// Its shelf.
    pub topic: Topic,
    /// What it does.
    pub description: &'static str,
    /// The dataset's name.
    pub dataset: &'static str,
    /// The dataset, in the repository.
    pub data: &'static str,
    /// What is asked: the arguments that all tasks have in common. The number of the task follows.
    pub arguments: &'static [&'static str],
    /// How many tasks the question is cut into.
    pub tasks: u32,
}

/// Finance: the value at risk of a portfolio of currencies, from real market history.
pub const VALUE_AT_RISK: Example = Example {
    app: "value-at-risk",
    topic: Topic::Finance,
    description: "Monte-Carlo value at risk of a portfolio over real market history",
    dataset: "euro reference rates",
    data: "apps/value-at-risk/data/euro-rates.csv",
    arguments: &[
        "--weights=USD=0.35,GBP=0.20,JPY=0.20,SEK=0.10,CAD=0.10,PLN=0.05",
        "--quotes=per-base",
        "--horizon=10",
        "--confidence=0.99",
        "--paths=100000",
    ],
    tasks: 8,
};

/// Big data: the terms of a text, and the places where it repeats itself.
pub const TERM_STATISTICS: Example = Example {
    app: "term-statistics",
    topic: Topic::BigData,
    description: "Term statistics of a text corpus, cut over the tasks of a bag",
    dataset: "the New Testament",
    data: "apps/term-statistics/data/new-testament.tsv",
    arguments: &[],
    tasks: 8,
};

/// Media: a landscape rendered from real elevations, cut in tiles.
pub const RENDER: Example = Example {
    app: "render",
    topic: Topic::Media,
    description: "A landscape rendered from real elevations, a tile a task",
    dataset: "elevations near the Jacksboro fault",
    data: "apps/render/data/jacksboro-fault.asc",
    arguments: &["--width=480", "--height=360", "--tiles=3", "--samples=16"],
    tasks: 9,
};

/// All three.
pub const EXAMPLES: [Example; 3] = [VALUE_AT_RISK, TERM_STATISTICS, RENDER];

impl Example {
    /// The dataset's file.
    pub fn data(&self) -> PathBuf {
        source(self.data)
    }

    /// The arguments of its deal.
    pub fn arguments(&self) -> Vec<String> {
        self.arguments.iter().map(|argument| argument.to_string()).collect()
    }

    /// The arguments of one task, as Talka gives them: those of the deal, then the task's own.
    pub fn arguments_of(&self, index: u32) -> Vec<String> {
        self.arguments().into_iter().chain([index.to_string()]).collect()
    }

    /// Run one task with the app built for this machine, and leave its files in `out`, which is made.
    pub fn run_natively(&self, task: TaskId, out: &Path) -> Result<()> {
        fs::create_dir_all(out)?;
        let data = self.data();
        let output = Command::new(program(self.app)?)
            .args(self.arguments_of(task.index))
            .env_clear()
            .env("TALKA_TASK", task.to_string())
            .env("TALKA_TASK_INDEX", task.index.to_string())
            .env("TALKA_TASK_COUNT", self.tasks.to_string())
            .env("TALKA_IN", data.parent().context("the dataset has a folder")?)
            .env("TALKA_DATASET", &data)
            .env("TALKA_OUT", out)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} natively: {}\n{said}", self.app, output.status);
        Ok(())
    }

    /// Put the results of a bag together in `out`, which is made. Gives what the app says of the whole.
    pub fn merge(&self, results: &[PathBuf], out: &Path) -> Result<String> {
        fs::create_dir_all(out)?;
        let output =
            Command::new(program(self.app)?).arg("merge").arg("--out").arg(out).args(results).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} merge: {}\n{said}", self.app, output.status);
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// All files below a folder with their content, by their path in it.
pub fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}
