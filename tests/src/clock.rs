//! Clocks that are wrong.

use std::{fs, path::Path};

use anyhow::{bail, Result};

use crate::process::Surroundings;

/// Surroundings in which the clock is as far ahead as a file says.
pub fn surroundings(file: &Path) -> Result<Surroundings> {
    const PLACES: [&str; 3] = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/faketime/libfaketimeMT.so.1",
    ];
    let Some(library) = PLACES.into_iter().find(|place| Path::new(place).exists()) else {
        bail!("there is no libfaketime\nhint: scripts/setup installs it (the package faketime)");
    };
    let environment = [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".into()),
        // How long something takes is measured by another clock, which is right.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("DONT_FAKE_MONOTONIC", "1".into()),
    ];
    let environment = environment.map(|(name, value)| (name.into(), value)).into();
    Ok(Surroundings { namespace: None, environment })
}

/// Set the clock this number of seconds ahead; all at once, because it may be read at any time.
pub fn set(file: &Path, seconds: i64) -> Result<()> {
    let next = file.with_extension("next");
    fs::write(&next, format!("{seconds:+}\n"))?;
    Ok(fs::rename(next, file)?)
}
