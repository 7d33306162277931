//! Makes room for a result on the disk. No file of it replaces another one.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
};

use talka_primitives::{
    manifest::{Blob, Listing, Manifest},
    TaskId,
};

use super::{FILES, STDERR, STDOUT};
use crate::error::CliError;

/// A path that stays below the directory it is joined to. The listing comes from strangers.
pub(super) fn below(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let plain = path.components().all(|component| matches!(component, Component::Normal(_)));
    (plain && path.components().next().is_some()).then(|| path.to_owned())
}

/// Make the directories of a result in `root`, which exists, and an empty file for each of its blobs.
///
/// A file system that ignores case, or that changes the form of letters, takes two names of a result for one. That is an
/// error: what is there would be another result than the accepted one.
pub(super) fn lay_out(
    root: &Path,
    task: TaskId,
    manifest: &Manifest,
    listing: &Listing,
) -> Result<Vec<(PathBuf, Blob)>, CliError> {
    let files = root.join(FILES);
    let place = |path: &str| match below(path) {
        Some(path) => Ok(files.join(path)),
        None => Err(CliError::BadResult { task, why: format!("it has a file `{}`", path.escape_debug()) }),
    };
    let made = |name: &str, result: io::Result<()>| match result {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            Err(CliError::SameName { task, name: name.to_owned() })
        }
        result => result.map_err(CliError::io("create", root.join(name).display())),
    };

    let directories = directories(listing);
    if !(directories.is_empty() && listing.files.is_empty()) {
        fs::create_dir_all(&files).map_err(CliError::io("create", files.display()))?;
    }
    for directory in directories {
        made(directory, fs::create_dir(place(directory)?))?;
    }
    let mut places = Vec::with_capacity(listing.files.len() + 2);
    for (name, blob) in [(STDOUT, manifest.stdout), (STDERR, manifest.stderr)] {
        let path = root.join(name);
        made(name, File::create_new(&path).map(drop))?;
        places.push((path, blob));
    }
    for file in &listing.files {
        let path = place(&file.path)?;
        made(&file.path, File::create_new(&path).map(drop))?;
        places.push((path, file.blob));
    }
    Ok(places)
}

/// All directories below `files`, each after the one that it is in.
fn directories(listing: &Listing) -> BTreeSet<&str> {
    let mut directories: BTreeSet<_> = listing.empty_directories.iter().map(String::as_str).collect();
    let paths = listing.files.iter().map(|file| &file.path).chain(&listing.empty_directories);
    for path in paths {
        directories.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{listing, manifest, task};

    /// A listing of empty files with these paths, and these empty directories.
    fn of(paths: &[&str], empty_directories: &[&str]) -> Listing {
        let empty_directories = empty_directories.iter().map(ToString::to_string).collect();
        Listing { empty_directories, ..listing(paths.iter().map(|path| (*path, ""))) }
    }

    fn lay_out(root: &Path, listing: &Listing) -> Result<Vec<(PathBuf, Blob)>, CliError> {
        super::lay_out(root, task(0), &manifest(listing), listing)
    }

    /// What is below a directory, directories with a `/` at the end.
    fn tree(root: &Path, prefix: &str) -> Vec<String> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                entries.extend(tree(&path, &format!("{name}/")));
                entries.push(format!("{name}/"));
            } else {
                entries.push(name);
            }
        }
        entries.sort();
        entries
    }

    #[test]
    fn a_result_has_all_its_directories_also_the_empty_ones() {
        let root = tempfile::tempdir().unwrap();
        let places = lay_out(root.path(), &of(&["a/b/c", "d"], &["a/e/f", "g"])).unwrap();
        assert_eq!(places.len(), 4);
        let files =
            ["files/", "files/a/", "files/a/b/", "files/a/b/c", "files/a/e/", "files/a/e/f/", "files/d"];
        assert_eq!(tree(root.path(), ""), [&files[..], &["files/g/", "stderr", "stdout"]].concat());
        let root = tempfile::tempdir().unwrap();
        lay_out(root.path(), &of(&[], &[])).unwrap();
        assert_eq!(tree(root.path(), ""), ["stderr", "stdout"]);
    }

    /// As on a disk that finds `a` where `A` is.
    #[test]
    fn nothing_takes_the_place_of_what_is_there_already() {
        for (there, directory, listing) in [
            ("files/a", false, of(&["a"], &[])),
            ("files/a", true, of(&["a/b"], &[])),
            ("files/a", true, of(&[], &["a"])),
            ("files/a", true, of(&["a"], &[])),
            ("stdout", false, of(&[], &[])),
        ] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join(there);
            let made = match directory {
                true => fs::create_dir_all(&path),
                false => fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(&path, "kept")),
            };
            made.unwrap();
            let refused = lay_out(root.path(), &listing).unwrap_err();
            assert!(matches!(&refused, CliError::SameName { .. }), "{there}: {refused}");
            assert!(directory || fs::read_to_string(&path).unwrap() == "kept");
        }
    }
}
