//! Processes of `talka-bridge`.

use std::{path::Path, time::Duration};

use anyhow::{ensure, Result};
use serde_json::Value;

use crate::{process::Process, programs::program};

/// How long one may finish what it has begun.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// A process of `talka-bridge`, which can be killed and started again: it keeps nothing.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    process: Process,
    arguments: Vec<String>,
}

/// What a relayer has paid for, in gas: the newest of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gas {
    /// The import of a block.
    pub import: Option<u64>,
    /// The claim of a withdrawal.
    pub claim: Option<u64>,
    /// The delivery of a result.
    pub deliver: Option<u64>,
}

impl Daemon {
    /// One that is not running yet. It logs to a file of its name in `folder`.
    pub(super) fn new(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let often = ["--poll", "1", "--log-format", "json", "--log", "info"];
        let arguments = arguments.iter().chain(&often).map(|argument| String::from(*argument)).collect();
        let process = Process::new(program("talka-bridge")?, folder.join(format!("{name}.log")));
        Ok(Self { name: name.into(), process, arguments })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Start it, for the first time or again.
    pub fn start(&self) -> Result<()> {
        self.process.start(&self.arguments)
    }

    /// End it as a power cut would.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ask it to end. It has to, by itself.
    pub fn stop(&self) -> Result<()> {
        self.process.ask_to_end();
        ensure!(self.process.await_end(LAST_WORDS), "{} had to be killed\n{}", self.name, self.last_words());
        Ok(())
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// All that it said so far.
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Its last words, for errors.
    pub fn last_words(&self) -> String {
        format!("{} says:\n{}", self.name, self.process.last_words())
    }

    /// The gas of its transactions, as it tells in its log.
    pub fn gas(&self) -> Gas {
        gas(&self.said())
    }
}

fn gas(log: &str) -> Gas {
    let mut gas = Gas::default();
    for line in log.lines() {
        // Other lines are those of a process that was killed while it wrote.
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        let (Some(what), Some(used)) = (event["what"].as_str(), event["gas"].as_u64()) else { continue };
        if event["message"] != "done" {
            continue;
        }
        let place = match what.split(' ').next() {
            Some("import") => &mut gas.import,
            Some("claim") => &mut gas.claim,
            Some("deliver") => &mut gas.deliver,
            _ => continue,
        };
        *place = Some(used);
    }
    gas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gas_is_read_off_the_log() {
        let log = r#"{"level":"INFO","message":"done","transaction":"0x01","what":"import block 30","block":9,"gas":98850}
{"level":"INFO","message":"this would be sent","what":"claim withdrawal 0 of 5 units","gas":1}
{"level":"INFO","message":"done","what":"claim withdrawal 0 of 5 units for 0x33","block":10,"gas":100066}
{"level":"INFO","message":"done","what":"import block 46","block":12,"gas":98862}
{"level":"INFO","mess"#;
        assert_eq!(gas(log), Gas { import: Some(98_862), claim: Some(100_066), deliver: None });
    }
}
