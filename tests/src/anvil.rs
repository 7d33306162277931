//! A chain like Ethereum, of a test's own: anvil, with a block each second. It keeps its chain when it is stopped.

use std::{
    fs::{self, File},
    io::Write as _,
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{ensure, Context as _, Result};

use crate::{cluster::free_port, process::Process, programs, wait};

/// How long it may take to begin, and to write its chain at the end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody with a key on Ethereum. Everybody has it: anvil gives these accounts 10 000 ether each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// What this account is for.
    pub name: &'static str,
    /// Its address.
    pub address: &'static str,
    key: &'static str,
}

/// Deploys the contracts, and owns them.
pub const OWNER: Person = Person {
    name: "owner",
    address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    key: "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
};
/// Can pause the contracts.
pub const GUARDIAN: Person = Person {
    name: "guardian",
    address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    key: "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
};
/// Has tokens.
pub const HOLDER: Person = Person {
    name: "holder",
    address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    key: "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
};
/// Pays the gas of the relayer.
pub const RELAYER: Person = Person {
    name: "relayer",
    address: "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
    key: "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
};

impl Person {
    /// Its key in a file of a folder, for programs that take one. Nobody else can read it.
    pub fn key_file(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("{}.key", self.name));
        if !path.exists() {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            writeln!(file, "0x{}", self.key)?;
        }
        Ok(path)
    }
}

/// See the module's head. It ends when it is dropped.
#[derive(Debug)]
pub struct Anvil {
    process: Process,
    state: PathBuf,
    port: u16,
}

impl Anvil {
    /// Start a new chain, with its files below `folder`.
    pub async fn start(folder: &Path) -> Result<Self> {
        let process = Process::new(programs::anvil()?, folder.join("anvil.log"));
        let anvil = Self { process, state: folder.join("anvil.json"), port: free_port()? };
        anvil.run().await?;
        Ok(anvil)
    }

    /// Where its JSON-RPC interface is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// Stop it. Nobody can reach it then, and its chain stays as it is.
    pub fn stop(&self) -> Result<()> {
        // An older chain must not be taken for the one that it writes now.
        let before = self.written();
        self.process.ask_to_end();
        ensure!(
            self.process.await_end(PATIENCE),
            "anvil did not end by itself:\n{}",
            self.process.last_words()
        );
        ensure!(self.written() != before, "anvil has not written its chain:\n{}", self.process.last_words());
        Ok(())
    }

    /// Start it again, with the same chain at the same address.
    pub async fn restart(&self) -> Result<()> {
        ensure!(!self.is_running(), "anvil is still running");
        self.run().await
    }

    /// When its chain was written.
    fn written(&self) -> Option<std::time::SystemTime> {
        fs::metadata(&self.state).and_then(|file| file.modified()).ok()
    }

    async fn run(&self) -> Result<()> {
        let (port, state) = (self.port.to_string(), self.state.display().to_string());
        self.process.start([
            "--quiet",
            "--port",
            &port,
            "--block-time",
            "1",
            // A block is final when there are two more, not 64.
            "--slots-in-an-epoch",
            "1",
            "--state",
            &state,
            // What was so at a final block is asked right after the start, too.
            "--preserve-historical-states",
        ])?;
        wait::until("anvil to open its interface", PATIENCE, || async {
            ensure!(self.is_running(), "anvil ended at once:\n{}", self.process.last_words());
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok().map(|_| ()))
        })
        .await
        .with_context(|| format!("its port is {}", self.port))
    }
}
