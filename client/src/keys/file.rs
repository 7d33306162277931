//! Files that hold a secret: only their owner has access to them.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use bip39::Mnemonic;
use subxt_signer::{sr25519::Keypair, ExposeSecret, SecretString};

use super::{text::from_uri, KeyError};

/// Make a new key, and write its phrase of 24 words to a new file that only its owner can read. What is written, a wallet
/// can import.
pub fn create(path: &Path) -> Result<Keypair, KeyError> {
    let unwritable = |cause| KeyError::Unwritable { path: path.to_owned(), cause };
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|cause| unwritable(io::Error::other(cause.to_string())))?;
    let phrase =
        Mnemonic::from_entropy(&entropy).map_err(|cause| unwritable(io::Error::other(cause.to_string())))?;
    let key = from_uri(&phrase.to_string()).map_err(|cause| unwritable(io::Error::other(cause)))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(unwritable)?;
    writeln!(file, "{phrase}").and_then(|()| file.sync_all()).map_err(unwritable)?;
    Ok(key)
}

/// Read a secret from a file to which only its owner has access. The owner is the user that runs this program, or root.
pub fn read_private(path: &Path) -> Result<SecretString, KeyError> {
    let (mut file, metadata) = open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned(), mode });
        }
        if is_foreign(metadata.uid(), own_id()) {
            return Err(KeyError::Foreign { path: path.to_owned(), owner: metadata.uid() });
        }
    }
    let text = SecretString::from(read(&mut file, path)?);
    Ok(SecretString::from(text.expose_secret().trim()))
}

/// Open a file, and look at what was opened: another file may be in its place by now.
pub(super) fn open(path: &Path) -> Result<(fs::File, fs::Metadata), KeyError> {
    let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
    // To open a pipe could already wait for ever.
    require_file(path, &fs::metadata(path).map_err(unreadable)?)?;
    let file = fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    require_file(path, &metadata)?;
    Ok((file, metadata))
}

pub(super) fn read(file: &mut fs::File, path: &Path) -> Result<String, KeyError> {
    io::read_to_string(file).map_err(|cause| KeyError::Unreadable { path: path.to_owned(), cause })
}

/// The user that this program acts for, where the system says it in a file.
#[cfg(unix)]
fn own_id() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    // The real one, the effective one, and others.
    ids.split_whitespace().nth(1)?.parse().ok()
}

/// Whether a file that only its owner can read belongs to somebody else. Only root can read such a file, so where the reader
/// is not known, it is taken for the owner.
#[cfg(unix)]
pub(super) fn is_foreign(owner: u32, own: Option<u32>) -> bool {
    const ROOT: u32 = 0;
    owner != ROOT && own.is_some_and(|own| owner != own)
}

/// Reading a pipe could wait for ever, and a directory has permissions of its own.
fn require_file(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    let what = match (metadata.is_file(), metadata.is_dir()) {
        (true, _) => return Ok(()),
        (false, true) => "a directory",
        (false, false) => "not a regular file",
    };
    Err(KeyError::NotAFile { path: path.to_owned(), what })
}
