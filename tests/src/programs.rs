//! Where the built programs and artefacts are.

use std::{
    env, fs,
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

/// The program of a chain like Ethereum, for tests: what `TALKA_ANVIL` names, or what npm has installed beside the contracts.
pub fn anvil() -> Result<PathBuf> {
    if let Some(path) = env::var_os("TALKA_ANVIL") {
        let path = PathBuf::from(path);
        ensure!(
            path.is_file(),
            "there is no {}\nhint: TALKA_ANVIL names the program `anvil`",
            path.display()
        );
        return Ok(path);
    }
    // Each platform has a package of its own. The program beside them is a script, which a chain would outlive.
    let packages = source("contracts/node_modules/@foundry-rs");
    let entries = fs::read_dir(&packages).into_iter().flatten().flatten();
    let found = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("anvil-"))
        .map(|entry| entry.path().join("bin").join("anvil"))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!("there is no anvil in {}\nhint: in contracts: npm ci --ignore-scripts", packages.display())
    })
}

/// The folder with the contracts as forge has compiled them: what `TALKA_CONTRACTS` names, or where forge leaves them.
pub fn contracts() -> Result<PathBuf> {
    let folder = env::var_os("TALKA_CONTRACTS").map_or_else(|| source("contracts/out"), PathBuf::from);
    ensure!(
        folder.join("Vault.sol").is_dir(),
        "there are no compiled contracts in {}\nhint: in contracts: npm ci --ignore-scripts, then npm run build",
        folder.display()
    );
    Ok(folder)
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
