//! Where the built programs and artefacts are.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// A program of this workspace, built beside the one that asks.
///
/// A test stands in `deps/` below the folder of the programs, the demo among them.
pub fn program(name: &str) -> Result<PathBuf> {
    let asking = env::current_exe().context("cannot tell where this program is")?;
    asking
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| {
            let folder = asking.parent().unwrap_or(&asking).display();
            format!("there is no {name} near {folder}\nhint: cargo build --workspace --all-targets")
        })
}

/// The WebAssembly artefact of an app: in the folder that `TALKA_APPS` names, or where cargo leaves it.
pub fn artefact(app: &str) -> Result<PathBuf> {
    let folder = match env::var_os("TALKA_APPS") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let node = program("talka-node")?;
            let target = node.ancestors().nth(2).context("programs have a folder")?;
            target.join("wasm32-wasip1").join("app")
        }
    };
    let path = folder.join(format!("{app}.wasm"));
    anyhow::ensure!(
        path.is_file(),
        "there is no {}\nhint: scripts/test and scripts/demo build the apps; or name their folder in TALKA_APPS",
        path.display()
    );
    Ok(path)
}

/// A file of the repository.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
