//! What the guide to nodes tells to type, typed.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{bail, ensure, Context as _, Result};
use talka_tests::{
    folder::Folder,
    programs::{program, source},
    wait,
};

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);
const OPEN: &str = "Running JSON-RPC server: addr=";

/// The lines for `talka-node` in the guide's blocks of commands, without what is said about them.
fn commands() -> Result<Vec<String>> {
    let path = source("docs/operate/node.md");
    let guide = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let blocks = guide.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines).map(|line| line.split('#').next().unwrap_or_default().trim());
    Ok(lines.filter(|line| line.starts_with("talka-node ")).map(ToOwned::to_owned).collect())
}

/// A node that ends with its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a node, and waits until it answers.
async fn answers(mut command: Command, log: &Path) -> Result<()> {
    let file = fs::File::create(log)?;
    let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
    let mut node = Started(child);
    let what = format!("{command:?}");
    wait::until(&format!("{what} to answer"), PATIENCE, || {
        let said = fs::read_to_string(log).unwrap_or_default();
        let ended = node.0.try_wait();
        let what = &what;
        async move {
            if let Some(status) = ended? {
                bail!("{what} ended: {status}\n{said}");
            }
            Ok(said.contains(OPEN).then_some(()))
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_commands_work_as_they_are_printed() -> Result<()> {
    let folder = Folder::temporary()?;
    let commands = commands()?;
    ensure!(commands.len() >= 3, "the guide has lost its commands: {commands:?}");
    for (number, line) in commands.iter().enumerate() {
        let base = folder.path().join("base").display().to_string();
        let words: Vec<_> = line.split(' ').skip(1).map(|word| word.replace("DIR", &base)).collect();
        let mut command = Command::new(program("talka-node")?);
        command.args(&words);
        if words[0].starts_with("--") {
            // Beside other tests the usual ports may be taken.
            command.args(["--rpc-port", "0", "--port", "0", "--no-prometheus"]);
            answers(command, &folder.path().join(format!("{number}.log"))).await?;
        } else {
            let output = command.output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "`{line}`: {}\n{said}", output.status);
        }
    }
    folder.is_not_needed();
    Ok(())
}
