//! A process of `talka-node`.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU16, Ordering},
        Arc,
    },
    time::Duration,
};

use anyhow::{bail, ensure, Result};

use crate::{
    heads::{self, Heads},
    process::{Process, Surroundings},
    programs::{cache, program},
    specification::development,
    wait,
};

/// What the node logs when its interface is open, before the address.
const OPEN: &str = "Running JSON-RPC server: addr=";
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that keeps its chain when it is killed. Clones are the same process, which ends with the last of them.
#[derive(Clone, Debug)]
pub struct Node(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    process: Process,
    name: String,
    base: PathBuf,
    host: IpAddr,
    arguments: Vec<String>,
    states: u32,
    /// Zero until the node has chosen one.
    port: AtomicU16,
}

/// How a node is run.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Its name, and that of its log.
    pub name: String,
    /// What it is told, beside where its files and its interface are.
    pub arguments: Vec<String>,
    /// Where its interface can be reached.
    pub host: IpAddr,
    /// The port of its interface; zero is any.
    pub port: u16,
    /// Where it runs.
    pub surroundings: Surroundings,
    /// Of how many blocks it keeps the state.
    pub states: u32,
}

/// Of how many blocks a node keeps the state, where nothing else is said: at the end of a test its node is asked about all blocks,
/// some hundreds of them.
pub(crate) const STATES: u32 = 10_000;

impl Node {
    /// Start a new development chain below `folder`, as `talka-node --dev` does, with its interface on a free port and
    /// with slots of this many milliseconds.
    pub async fn start(folder: &Path, slot: u64) -> Result<Self> {
        let specification = development(folder, slot)?.display().to_string();
        let arguments = ["--dev", "--chain", &specification, "--port", "0", "--no-prometheus"];
        let manner = Manner {
            name: "node".into(),
            arguments: arguments.map(String::from).into(),
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            surroundings: Surroundings::default(),
            states: STATES,
        };
        let node = Self::new(folder, manner)?;
        node.run().await?;
        Ok(node)
    }

    /// A node that is not running yet, with its files below `folder`.
    pub(crate) fn new(folder: &Path, manner: Manner) -> Result<Self> {
        let Manner { name, arguments, host, port, mut surroundings, states } = manner;
        // The runtime is compiled once for all nodes.
        let compiled = cache()?.join("wasm").display().to_string();
        surroundings.environment.push(("TALKA_WASM_CACHE".into(), compiled));
        let log = folder.join(format!("{name}.log"));
        let process = Process::within(program("talka-node")?, log, surroundings);
        let base = folder.join(&name);
        Ok(Self(Arc::new(Inner { process, name, base, host, arguments, states, port: port.into() })))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its JSON-RPC interface is.
    pub fn url(&self) -> String {
        format!("ws://{}:{}", self.0.host, self.port())
    }

    /// The port of its interface.
    pub fn port(&self) -> u16 {
        self.0.port.load(Ordering::Relaxed)
    }

    /// The folder with its chain and its keys.
    pub fn base(&self) -> &Path {
        &self.0.base
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        self.0.process.log()
    }

    /// All that it said so far.
    pub fn said(&self) -> String {
        self.0.process.said()
    }

    /// Its last words, for errors.
    pub fn last_words(&self) -> String {
        format!("{} says:\n{}", self.0.name, self.0.process.last_words())
    }

    /// The number by which the system knows its process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.0.process.id()
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.0.process.is_running()
    }

    /// How far it is.
    pub async fn heads(&self) -> Result<Heads> {
        heads::of(&self.url()).await
    }

    /// End it as a power cut would.
    pub fn kill(&self) {
        self.0.process.kill();
    }

    pub(crate) fn process(&self) -> &Process {
        &self.0.process
    }

    /// Start it again, with the same chain at the same address.
    pub async fn restart(&self) -> Result<()> {
        let before = self.port();
        self.run().await?;
        ensure!(self.port() == before, "the port {before} of {} was taken by somebody else", self.name());
        Ok(())
    }

    /// Start it, and wait until its interface is open.
    pub(crate) async fn run(&self) -> Result<()> {
        let Inner { process, name, base, host, arguments, states, port } = &*self.0;
        let earlier = process.said().len();
        let base = base.display().to_string();
        let wanted = self.port().to_string();
        let states = states.to_string();
        let own = ["--base-path", &base, "--rpc-port", &wanted, "--no-telemetry", "--state-pruning", &states];
        let own = own.map(String::from);
        process.start(arguments.iter().cloned().chain(own))?;
        let found = wait::until(&format!("{name} to open its interface"), PATIENCE, || async {
            let said = process.said();
            let found = said.get(earlier..).and_then(|said| interface_port(said, *host));
            if found.is_none() && !process.is_running() {
                bail!("{name} ended at once:\n{}", process.last_words());
            }
            Ok(found)
        })
        .await?;
        port.store(found, Ordering::Relaxed);
        Ok(())
    }
}

/// The port in a line as `Running JSON-RPC server: addr=127.0.0.1:9944,[::1]:9944`. A node whose host is another than
/// this one opens it on all addresses.
fn interface_port(log: &str, host: IpAddr) -> Option<u16> {
    let open = if host.is_loopback() { "127.0.0.1:" } else { "0.0.0.0:" };
    let (_, rest) = log.split_once(OPEN)?;
    let (_, rest) = rest.split_once(open)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn reads_the_port_off_a_finished_line_of_the_log() {
        let line = "2026-11-23 01:37:11 Running JSON-RPC server: addr=127.0.0.1:38213,[::1]:38213\n";
        assert_eq!(interface_port(line, HERE), Some(38213));
        assert_eq!(interface_port("Running JSON-RPC server: addr=127.0.0.1:382", HERE), None);
        assert_eq!(interface_port("Idle (0 peers)", HERE), None);
        let elsewhere = Ipv4Addr::new(10, 77, 0, 1).into();
        let line = "Running JSON-RPC server: addr=0.0.0.0:9944,[::]:9944\n";
        assert_eq!(interface_port(line, elsewhere), Some(9944));
    }
}
