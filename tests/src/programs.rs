//! Where the built programs and artefacts are.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{ensure, Context as _, Result};

/// A program of this workspace: in the folder that `TALKA_PROGRAMS` names, or built beside the one that asks.
pub fn program(name: &str) -> Result<PathBuf> {
    let folder = match env::var_os("TALKA_PROGRAMS") {
        Some(folder) => folder.into(),
        None => built()?,
    };
    let path = folder.join(name);
    ensure!(path.is_file(), "there is no {}\nhint: cargo build --workspace --all-targets", path.display());
    Ok(path)
}

/// The WebAssembly artefact of an app: in the folder that `TALKA_APPS` names, or where cargo leaves it.
pub fn artefact(app: &str) -> Result<PathBuf> {
    let folder = match env::var_os("TALKA_APPS") {
        Some(folder) => folder.into(),
        None => built()?.with_file_name("wasm32-wasip1").join("app"),
    };
    let path = folder.join(format!("{app}.wasm"));
    ensure!(
        path.is_file(),
        "there is no {}\nhint: scripts/test and scripts/demo build the apps; or name their folder in TALKA_APPS",
        path.display()
    );
    Ok(path)
}

/// Where tests keep what takes long to make and can be made again: beside what cargo leaves.
pub fn cache() -> Result<PathBuf> {
    Ok(built()?.with_file_name("tests"))
}

/// A file of the repository.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Where cargo leaves the programs of this profile. The demo is one of them; a test stands below, in `deps`.
fn built() -> Result<PathBuf> {
    let asking = env::current_exe().context("cannot tell where this program is")?;
    let folder = asking.parent().context("a program is in a folder")?;
    Ok(if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned())
}
