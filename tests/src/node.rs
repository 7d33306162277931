//! A development node, as `talka-node --dev` starts it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{bail, ensure, Result};

use crate::{process::Process, programs::program, wait};

/// What the node logs when its interface is open, before the address.
const OPEN: &str = "Running JSON-RPC server: addr=";
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that keeps its chain when it is killed.
#[derive(Debug)]
pub struct Node {
    process: Process,
    base: PathBuf,
    port: u16,
}

impl Node {
    /// Start a new chain below `folder`, with its interface on a free port.
    pub async fn start(folder: &Path) -> Result<Self> {
        let process = Process::new(program("talka-node")?, folder.join("node.log"));
        let mut node = Self { process, base: folder.join("node"), port: 0 };
        node.run().await?;
        Ok(node)
    }

    /// Where its JSON-RPC interface is.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// End it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Start it again, with the same chain at the same address.
    pub async fn restart(&mut self) -> Result<()> {
        let before = self.port;
        self.run().await?;
        ensure!(self.port == before, "the node's port {before} was taken by somebody else");
        Ok(())
    }

    async fn run(&mut self) -> Result<()> {
        let base = self.base.display().to_string();
        let port = self.port.to_string();
        let earlier = self.process.said().len();
        self.process.start([
            "--dev",
            "--base-path",
            &base,
            "--rpc-port",
            &port,
            "--port",
            "0",
            "--no-prometheus",
            "--no-telemetry",
        ])?;
        let process = &mut self.process;
        self.port = wait::until("the node to open its interface", PATIENCE, || {
            let said = process.said();
            let found = said.get(earlier..).and_then(interface_port);
            let ended = found.is_none() && !process.is_running();
            let last_words = process.last_words();
            async move {
                if ended {
                    bail!("the node ended at once:\n{last_words}");
                }
                Ok(found)
            }
        })
        .await?;
        Ok(())
    }
}

/// The port in a line as `Running JSON-RPC server: addr=127.0.0.1:9944,[::1]:9944`.
fn interface_port(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once(OPEN)?;
    let (_, rest) = rest.split_once("127.0.0.1:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_port_off_a_finished_line_of_the_log() {
        let line = "2026-11-23 01:37:11 Running JSON-RPC server: addr=127.0.0.1:38213,[::1]:38213\n";
        assert_eq!(interface_port(line), Some(38213));
        assert_eq!(interface_port("Running JSON-RPC server: addr=127.0.0.1:382"), None);
        assert_eq!(interface_port("Idle (0 peers)"), None);
    }
}
