//! Nobody else on the machine may look into the worker's folder, or change what is in it.
//!
//! A digest that is not shown yet is all that it takes to commit without the work; and an account that can write compiled modules
//! decides what this program executes.

use std::{
    fs::{self, DirBuilder, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};

use tracing::warn;

use crate::{error::WorkerError, options::Options};

/// Only for the owner.
const PRIVATE: u32 = 0o700;

/// Bits of those who are not the owner.
const OTHERS: u32 = 0o077;

/// Bits of others that let them change what is in a folder.
const OTHERS_WRITE: u32 = 0o022;

/// Make the worker's folder, and the one of compiled modules, where they are missing, and close them to others.
///
/// # Errors
///
/// [`WorkerError::Io`] where that cannot be done.
pub fn prepare(options: &Options) -> Result<(), WorkerError> {
    let modules = options.base_path.join("modules");
    let was_writable = make_private(&options.base_path)?;
    if make_private(&modules)? || was_writable {
        warn!(path = %modules.display(), "others could change the compiled modules: compiling them again");
        empty(&modules)?;
    }
    Ok(())
}

/// Make a directory for the owner alone. Tells whether others could change it before.
pub(crate) fn make_private(path: &Path) -> Result<bool, WorkerError> {
    DirBuilder::new().recursive(true).mode(PRIVATE).create(path).map_err(WorkerError::io("create", path))?;
    let mode = fs::metadata(path).map_err(WorkerError::io("look at", path))?.permissions().mode();
    if mode & OTHERS != 0 {
        warn!(path = %path.display(), "others could look into this folder: from now on they cannot");
        let private = Permissions::from_mode(PRIVATE);
        fs::set_permissions(path, private).map_err(WorkerError::io("protect", path))?;
    }
    Ok(mode & OTHERS_WRITE != 0)
}

/// An empty directory for the owner alone.
pub(crate) fn empty(path: &Path) -> Result<(), WorkerError> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(WorkerError::io("remove", path)(cause)),
        _ => make_private(path).map(|_| ()),
    }
}

/// Whether others than its owner can use something.
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn options(base: &Path) -> Options {
        let base = base.to_str().unwrap();
        Options::parse_from(["talka-worker", "--key", "dev:Worker1", "--base-path", base])
    }

    #[test]
    fn closes_the_folder_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("base");
        fs::create_dir(&base).unwrap();
        fs::set_permissions(&base, Permissions::from_mode(0o755)).unwrap();
        assert!(is_open_to_others(&base));
        prepare(&options(&base)).unwrap();
        assert!(!is_open_to_others(&base));
        assert_eq!((mode(&base), mode(&base.join("modules"))), (0o700, 0o700));
    }

    #[test]
    fn keeps_compiled_modules_unless_others_could_have_changed_them() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("base");
        prepare(&options(&base)).unwrap();
        let module = base.join("modules").join("a.cwasm");
        fs::write(&module, "code").unwrap();
        prepare(&options(&base)).unwrap();
        assert!(module.exists());
        fs::set_permissions(base.join("modules"), Permissions::from_mode(0o775)).unwrap();
        prepare(&options(&base)).unwrap();
        assert!(!module.exists());
        fs::write(&module, "code").unwrap();
        fs::set_permissions(&base, Permissions::from_mode(0o770)).unwrap();
        prepare(&options(&base)).unwrap();
        assert!(!module.exists());
    }

    #[test]
    fn says_what_it_cannot_make() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("file");
        fs::write(&base, "").unwrap();
        assert!(matches!(prepare(&options(&base)), Err(WorkerError::Io { act: "create", .. })));
    }
}
