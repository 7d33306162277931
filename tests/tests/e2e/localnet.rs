//! The network on one machine, as `scripts/localnet` runs it when everything is built.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context as _, Result};
use nix::{
    sys::signal::{kill, Signal},
    unistd::Pid,
};
use talka_tests::{programs::program, wait};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// Enough for a bag, too: its slots are as long as those of public networks.
const PATIENCE: Duration = Duration::from_secs(240);
/// A new network has a final block after this, also on a machine that does other things: on an idle one it is less than
/// half a minute.
const START: f64 = 60.0;

pub(crate) struct Localnet {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Localnet {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(program("talka-localnet")?)
            .args(arguments)
            .arg("--folder")
            .arg(folder)
            // Another scenario runs such a network too.
            .arg("--free-ports")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
        Ok(Self { child, lines })
    }

    /// The next line that begins like this.
    pub(crate) async fn line(&mut self, beginning: &str) -> Result<String> {
        let reading = async {
            while let Some(line) = self.lines.next_line().await? {
                println!("{line}");
                if line.starts_with(beginning) {
                    return Ok(line);
                }
            }
            bail!("the localnet ended")
        };
        wait::within(&format!("a line that begins with `{beginning}`"), PATIENCE, reading).await
    }

    /// Ask it to stop. It must succeed, and leave nobody behind.
    pub(crate) async fn stop(mut self, folder: &Path) -> Result<()> {
        let id = self.child.id().context("it runs")?;
        kill(Pid::from_raw(id.try_into()?), Signal::SIGTERM)?;
        self.line("stopped").await?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "the localnet ended with {status}");
        let left = processes_about(folder)?;
        ensure!(left.is_empty(), "still running: {left:?}");
        Ok(())
    }
}

/// The command lines of all processes in which a folder is named.
fn processes_about(folder: &Path) -> Result<Vec<String>> {
    let folder = folder.display().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        // Processes may end while they are listed.
        let Ok(line) = fs::read(entry?.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&folder) {
            found.push(line);
        }
    }
    Ok(found)
}

/// The number behind `name=` in a line.
fn figure(line: &str, name: &str) -> Result<f64> {
    let word = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    Ok(word.with_context(|| format!("no {name} in `{line}`"))?.parse()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn is_final_soon_works_off_a_bag_stops_cleanly_and_goes_on() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut localnet = Localnet::start(folder.path(), &["4", "3", "--bag=value-at-risk"])?;
    let line = localnet.line("LOCALNET").await?;
    ensure!(line.starts_with("LOCALNET ok validators=4 workers=3 tasks=8 accepted_wrong=0"), "{line}");
    let seconds = figure(&line, "seconds_to_final")?;
    ensure!(seconds < START, "a block was final after {seconds} s only");
    localnet.stop(folder.path()).await?;

    // The same chain, the same pool, the same apps.
    let began = Instant::now();
    let mut again = Localnet::start(folder.path(), &["4", "3"])?;
    again.line("a chain of 4 validators goes on").await?;
    let line = again.line("block").await?;
    ensure!(!line.starts_with("block 1 was final"), "it started a new chain: {line}");
    again.line("worker     Worker3").await?;
    println!("went on after {:.1} s", began.elapsed().as_secs_f64());
    again.stop(folder.path()).await
}
