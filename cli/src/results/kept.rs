//! Results that are on the disk: whose they are, and whether they are still what was accepted.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use talka_primitives::{manifest::OutputFile, Digest, TaskId};

use super::{place::below, Fetched, FILES, MANIFEST, STDERR, STDOUT};
use crate::{
    commands::content_of,
    error::CliError,
    output::{ManifestOut, TaskName},
    parse::DealOrTask,
};

/// A directory for the results of a new deal must not hold those of another one: they would be taken for each other.
pub(crate) fn check_unused(out: &Path) -> Result<(), CliError> {
    match folders(out)?.is_empty() {
        true => Ok(()),
        false => Err(CliError::OtherResults(out.to_owned())),
    }
}

/// Results may go where those of the same deal are: each folder holds the result that the chain has accepted for its task.
pub(crate) fn check_same(out: &Path, accepted: &[(TaskId, Digest)]) -> Result<(), CliError> {
    let is_known = |folder: &PathBuf| {
        accepted.iter().any(|(task, digest)| {
            folder.file_name().is_some_and(|name| name == task.index.to_string().as_str())
                && holds(folder, *digest)
        })
    };
    match folders(out)?.iter().all(is_known) {
        true => Ok(()),
        false => Err(CliError::OtherResults(out.to_owned())),
    }
}

/// The results of a deal, or of a task, that are on the disk, each checked against the digest that was accepted when they were
/// fetched: that is all there is where the chain has forgotten the deal.
pub(crate) fn kept(out: &Path, what: DealOrTask) -> Result<Vec<Fetched>, CliError> {
    let is_wanted = |task: &TaskId| match what {
        DealOrTask::Deal(deal) => task.deal == deal,
        DealOrTask::Task(wanted) => *task == wanted,
    };
    let mut results = Vec::new();
    for folder in folders(out)? {
        let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
        let Ok(kept) = serde_json::from_slice::<ManifestOut>(&manifest) else { continue };
        let TaskName(task) = kept.task;
        if is_wanted(&task) {
            results.push((task, check(kept, folder)?));
        }
    }
    results.sort_by_key(|(task, _)| *task);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// The result in a directory, if nothing of it was changed: all of it is what is kept beside it, and that has the digest.
fn check(kept: ManifestOut, directory: PathBuf) -> Result<Fetched, CliError> {
    let (TaskName(task), digest) = (kept.task, kept.digest);
    let changed = |what: &str| CliError::ChangedResult { task, what: what.to_owned() };
    let (manifest, listing) = kept.result();
    if manifest.digest() != digest || manifest.listing != listing.blob() {
        return Err(changed(MANIFEST));
    }
    let streams = [(STDOUT, manifest.stdout), (STDERR, manifest.stderr)];
    let mut parts: Vec<_> = streams.map(|(name, blob)| (name.to_owned(), name.into(), blob)).into();
    for OutputFile { path, blob } in &listing.files {
        let below = below(path).ok_or_else(|| changed(path))?;
        parts.push((path.clone(), Path::new(FILES).join(below), *blob));
    }
    for (name, path, blob) in &parts {
        if content_of(&directory.join(path))? != blob.content {
            return Err(changed(name));
        }
    }
    for path in &listing.empty_directories {
        let below = below(path).ok_or_else(|| changed(path))?;
        if !directory.join(FILES).join(below).is_dir() {
            return Err(changed(path));
        }
    }
    Fetched::new(task, &manifest, &listing, directory)
}

/// Whether a folder holds the result with this digest.
pub(super) fn holds(folder: &Path, digest: Digest) -> bool {
    #[derive(Deserialize)]
    struct Named {
        digest: Digest,
    }
    let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_slice(&manifest).is_ok_and(|named: Named| named.digest == digest)
}

/// The folders of results in a directory: their names are numbers.
fn folders(out: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = match fs::read_dir(out) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(CliError::io("read", out.display()))?,
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let paths: Vec<PathBuf> =
        paths.collect::<io::Result<_>>().map_err(CliError::io("read", out.display()))?;
    let is_number = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    Ok(paths.into_iter().filter(is_number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{listing, manifest, task};
    use talka_primitives::{
        manifest::{Listing, WASM_ABI},
        DealId,
    };

    #[test]
    fn do_not_go_where_those_of_another_deal_are() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check_unused(&dir.path().join("new")).is_ok());
        fs::write(dir.path().join("notes"), "").unwrap();
        assert!(check_unused(dir.path()).is_ok());
        fs::create_dir(dir.path().join("3")).unwrap();
        let refused = check_unused(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("results of another run"), "{refused}");
    }

    #[test]
    fn go_where_those_of_the_same_deal_are() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (Digest([1; 32]), Digest([2; 32]));
        let accepted = [first, second].into_iter().enumerate();
        let accepted: Vec<_> = accepted.map(|(index, digest)| (task(index as u32), digest)).collect();
        let write = |index: &str, digest: Digest| {
            fs::create_dir_all(dir.path().join(index)).unwrap();
            let manifest = serde_json::json!({ "abi": WASM_ABI, "digest": digest }).to_string();
            fs::write(dir.path().join(index).join(MANIFEST), manifest).unwrap();
        };
        write("1", second);
        assert!(check_same(dir.path(), &accepted).is_ok());
        write("0", second);
        assert!(check_same(dir.path(), &accepted).is_err());
        write("0", first);
        assert!(check_same(dir.path(), &accepted).is_ok());
        fs::create_dir(dir.path().join("2")).unwrap();
        assert!(check_same(dir.path(), &accepted).is_err());
    }

    #[test]
    fn are_checked_by_what_is_kept_beside_them_where_the_chain_has_forgotten() {
        let out = tempfile::tempdir().unwrap();
        for index in 0..3 {
            let directory = out.path().join(index.to_string());
            fs::create_dir_all(directory.join("files/a")).unwrap();
            fs::create_dir(directory.join("files/empty")).unwrap();
            fs::write(directory.join("files/a/b"), "a file").unwrap();
            fs::write(directory.join(STDOUT), "said").unwrap();
            fs::write(directory.join(STDERR), "warned").unwrap();
            let listing = Listing { empty_directories: vec!["empty".into()], ..listing([("a/b", "a file")]) };
            let manifest = manifest(&listing);
            let kept = ManifestOut::new(task(index), manifest.digest(), &manifest, &listing);
            fs::write(directory.join(MANIFEST), serde_json::to_string(&kept).unwrap()).unwrap();
        }
        let of = |what| kept(out.path(), what).map(|results| results.len());
        assert_eq!(of(DealOrTask::Deal(DealId(7))).unwrap(), 3);
        assert_eq!(of(DealOrTask::Task(task(1))).unwrap(), 1);
        assert_eq!(of(DealOrTask::Deal(DealId(8))).unwrap(), 0);
        fs::write(out.path().join("1/files/a/b"), "another").unwrap();
        let error = of(DealOrTask::Deal(DealId(7))).unwrap_err();
        assert_eq!(error.to_string(), "the result of 7.1 was changed: a/b is not what was accepted");
        assert_eq!(of(DealOrTask::Task(task(2))).unwrap(), 1);
        fs::remove_dir(out.path().join("2/files/empty")).unwrap();
        let error = of(DealOrTask::Task(task(2))).unwrap_err();
        assert_eq!(error.to_string(), "the result of 7.2 was changed: empty is not what was accepted");
        // A file that the digest knows nothing of.
        let path = out.path().join("0").join(MANIFEST);
        let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let mut more = kept["files"][0].clone();
        more["path"] = "a/c".into();
        kept["files"].as_array_mut().unwrap().push(more);
        fs::write(&path, kept.to_string()).unwrap();
        fs::write(out.path().join("0/files/a/c"), "a file").unwrap();
        let error = of(DealOrTask::Task(task(0))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the result of 7.0 was changed: manifest.json is not what was accepted"
        );
    }
}
