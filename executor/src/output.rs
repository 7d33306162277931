//! Writes a result to the disk.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use codec::Encode;
use talka_primitives::manifest::{Blob, Callback, Listing, Manifest, OutputFile, CALLBACK};

use crate::error::{at, ExecutorError};

/// Directory of the app's files below `out_dir`.
pub const FILES: &str = "files";
/// File with standard output below `out_dir`.
pub const STDOUT: &str = "stdout";
/// File with the end of standard error below `out_dir`.
pub const STDERR: &str = "stderr";
/// File with the encoded manifest below `out_dir`.
pub const MANIFEST: &str = "manifest.scale";
/// File with the encoded listing below `out_dir`.
pub const LISTING: &str = "listing.scale";

/// Name and content of a file that the app left in `/out`. The name is relative, with no part that is empty, `.` or
/// `..`, and no NUL.
pub(crate) struct ProducedFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// The listing's entries for `files`, sorted by path.
pub(crate) fn describe(files: &mut [ProducedFile]) -> Vec<OutputFile> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.iter().map(|file| OutputFile { path: file.path.clone(), blob: Blob::of(&file.content) }).collect()
}

/// What the manifest says of the file for the contract that has bought the task.
pub(crate) fn callback(files: &[ProducedFile]) -> Option<Callback> {
    files.iter().find(|file| file.path == CALLBACK).map(|file| Callback::of(&file.content))
}

/// Puts the result into `out_dir`, in the place of what may be there. A process that is killed meanwhile
/// leaves an unfinished directory beside it (`.talka-…`), and never in its place.
pub(crate) fn write(
    out_dir: &Path,
    files: &[ProducedFile],
    stdout: &[u8],
    stderr: &[u8],
    listing: &Listing,
    manifest: &Manifest,
) -> Result<(), ExecutorError> {
    let parent = match out_dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let beside = || tempfile::Builder::new().prefix(".talka-").tempdir_in(parent).map_err(at(parent));
    let new = beside()?;
    let root = new.path().join(FILES);
    fs::create_dir(&root).map_err(at(&root))?;
    let mut last = root.clone();
    for file in files {
        let path = root.join(&file.path);
        // Files are sorted: most are where the one before them is.
        if let Some(directory) = path.parent().filter(|directory| *directory != last) {
            fs::create_dir_all(directory).map_err(at(directory))?;
            last = directory.to_owned();
        }
        write_new(&path, &file.content).map_err(at(&path))?;
    }
    for directory in &listing.empty_directories {
        let path = root.join(directory);
        fs::create_dir_all(&path).map_err(at(&path))?;
    }
    let (listing, manifest) = (listing.encode(), manifest.encode());
    for (name, content) in
        [(STDOUT, stdout), (STDERR, stderr), (LISTING, &listing[..]), (MANIFEST, &manifest[..])]
    {
        let path = new.path().join(name);
        write_new(&path, content).map_err(at(&path))?;
    }

    let earlier = if out_dir.exists() {
        let earlier = beside()?;
        fs::rename(out_dir, earlier.path()).map_err(at(out_dir))?;
        Some(earlier)
    } else {
        None
    };
    fs::rename(new.path(), out_dir).map_err(at(out_dir))?;
    let _moved = new.keep();
    drop(earlier);
    Ok(())
}

/// Two names that the app told apart may be one to the host's file system: better an error than a lost file.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(content)
}
