//! Why a key cannot be loaded.

use std::{borrow::Cow, io, path::PathBuf};

use talka_primitives::Hint;

/// Why a key cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text names no key.
    #[error("`{0}` names no key")]
    Form(String),
    /// The name of a development account is spelt as nobody means it. Any name is an account, so that a mistyped one would
    /// silently be another.
    #[error("dev:{typed} is another account than dev:{meant}")]
    Misspelt {
        /// What was typed.
        typed: String,
        /// What was probably meant.
        meant: String,
    },
    /// The text looks like a secret.
    #[error("a secret must not be written on a command line")]
    SecretOnCommandLine,
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}", path = .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file cannot be written, or is there already.
    #[error("cannot write {path}: {cause}", path = .path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There is something else in the file's place.
    #[error("{path} is {what}, and no file with a key", path = .path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Others may read the file.
    #[error("{path} is open to other users (mode {mode:03o})", path = .path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is somebody else's, who may change it.
    #[error("{path} belongs to another user (uid {owner})", path = .path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// The file holds no secret.
    #[error("{path} holds neither a secret phrase nor a seed: {cause}", path = .path.display())]
    NotASecret {
        /// Which file.
        path: PathBuf,
        /// What is wrong. It does not repeat the secret.
        cause: String,
    },
    /// The keystore cannot be opened.
    #[error("cannot open the keystore {path}: {cause}", path = .path.display())]
    Locked {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A keystore needs a password, and there was none.
    #[error("no password for the keystore: {0}")]
    NoPassword(String),
}

impl Hint for KeyError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::Form(_) => "write dev:Alice (test chains), file:PATH or keystore:PATH",
            Self::SecretOnCommandLine => {
                "put it into a file that only you can read, and write file:PATH; as it may be in your shell's \
                 history now, better use a new one"
            }
            Self::Misspelt { meant, .. } => {
                return format!("write dev:{meant}: names of development accounts begin with a capital letter").into()
            }
            Self::Unreadable { path, .. } if path.starts_with("~") => {
                "write the whole path, or $HOME for ~: a shell replaces ~ at the beginning of a word only"
            }
            Self::Unreadable { path, cause } => match cause.kind() {
                io::ErrorKind::NotFound => {
                    return format!(
                        "check the path, or create a key there with `talka key new {}`",
                        path.display()
                    )
                    .into()
                }
                io::ErrorKind::PermissionDenied => {
                    "call this as the user that the file belongs to: nobody else may read a key"
                }
                _ => "check the path and its permissions",
            },
            Self::NotAFile { .. } => "name the file with the key: file:PATH or keystore:PATH",
            Self::Unwritable { cause, .. } if cause.kind() == io::ErrorKind::AlreadyExists => {
                "choose another name: a key is never overwritten"
            }
            Self::Unwritable { .. } => "check the folder, its permissions, and the space on the disk",
            Self::Exposed { path, .. } => return format!("chmod 600 {}", path.display()).into(),
            Self::Foreign { path, .. } => {
                return format!("let it be the file of the user that reads it: chown \"$(id -u)\" {}", path.display()).into()
            }
            Self::NotASecret { .. } => {
                "the file must have one line: a phrase of 12 or more words, or 0x and 64 hexadecimal digits"
            }
            Self::Locked { .. } => "check the password; the file must be an sr25519 account of polkadot.js",
            Self::NoPassword(_) => "name a file with it: --password-file PATH, or set TALKA_PASSWORD",
        }
        .into()
    }
}
