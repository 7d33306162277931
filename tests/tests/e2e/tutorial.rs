//! The tutorial, followed to the letter.

use std::fs;

use anyhow::{ensure, Context as _, Result};
use talka_tests::{
    guide,
    programs::{program, source},
};

use crate::localnet::Localnet;

#[tokio::test(flavor = "multi_thread")]
async fn works_as_it_is_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut localnet = Localnet::start(&folder.path().join("localnet"), &["1", "3"])?;
    let line = localnet.line("  export TALKA_URL=").await?;
    let url = line.split(['=', ' ']).find(|word| word.starts_with("ws://")).context("it names its node")?;
    localnet.line("  talka deal list").await?;

    let text = fs::read_to_string(source("docs/tutorial.md"))?;
    let programs = program("talka")?.parent().context("a program is in a folder")?.display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH")?);
    let environment = [("TALKA_URL", url.to_owned()), ("PATH", path)];
    let place = folder.path().to_owned();
    let typed = tokio::task::spawn_blocking(move || guide::follow(&text, &place, &environment)).await??;
    ensure!(typed > 10, "the tutorial has {typed} commands only");
    localnet.stop(folder.path()).await
}
