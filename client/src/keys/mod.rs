//! Where secrets come from.
//!
//! A key is *named* on a command line, never written there: what follows `--key` shows in process lists and in the
//! shell's history. Development keys are no exception, since everybody knows them.

mod error;
mod file;
mod text;

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use subxt_signer::{polkadot_js_compat, DEV_PHRASE};
pub use subxt_signer::{sr25519::Keypair, ExposeSecret, SecretString};

pub use self::{
    error::KeyError,
    file::{create, read_private},
};
use self::{
    file::{open, read},
    text::{from_uri, is_secret, looks_secret, meant},
};

/// The environment variable that may have a password.
const PASSWORD: &str = "TALKA_PASSWORD";

/// Where a key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `dev:NAME`: derived from the phrase that everybody knows, as `//NAME`. For test chains only.
    Dev(String),
    /// `file:PATH`: a file with a secret phrase, or a seed as `0x` and 64 hexadecimal digits; both may be followed by
    /// a derivation path. Only its owner may have access to the file.
    File(PathBuf),
    /// `keystore:PATH`: an account exported from polkadot.js as encrypted JSON.
    Keystore(PathBuf),
}

impl FromStr for KeySource {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form(text.to_owned());
        let Some((kind, rest)) = text.split_once(':') else {
            return Err(if looks_secret(text) { KeyError::SecretOnCommandLine } else { form() });
        };
        let is_secret = match kind {
            // A path may have words and hashes in it.
            "file" | "keystore" => is_secret(rest),
            _ => looks_secret(text),
        };
        match kind {
            _ if is_secret => Err(KeyError::SecretOnCommandLine),
            _ if rest.is_empty() => Err(form()),
            "dev" if rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte)) => {
                match meant(rest) {
                    Some(meant) => Err(KeyError::Misspelt { typed: rest.to_owned(), meant }),
                    None => Ok(Self::Dev(rest.to_owned())),
                }
            }
            "file" => Ok(Self::File(rest.into())),
            "keystore" => Ok(Self::Keystore(rest.into())),
            _ => Err(form()),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev(name) => write!(f, "dev:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keystore(path) => write!(f, "keystore:{}", path.display()),
        }
    }
}

impl KeySource {
    /// Get the key. `password` is asked only where there is a keystore to be opened.
    pub fn load(
        &self,
        password: impl FnOnce() -> Result<SecretString, KeyError>,
    ) -> Result<Keypair, KeyError> {
        match self {
            Self::Dev(name) => {
                from_uri(&format!("{DEV_PHRASE}//{name}")).map_err(|_| KeyError::Form(self.to_string()))
            }
            Self::File(path) => from_uri(read_private(path)?.expose_secret())
                .map_err(|cause| KeyError::NotASecret { path: path.clone(), cause }),
            Self::Keystore(path) => {
                let locked = |cause: String| KeyError::Locked { path: path.clone(), cause };
                let (mut file, _) = open(path)?;
                let json = read(&mut file, path)?;
                check_keystore(&json).map_err(locked)?;
                polkadot_js_compat::decrypt_json(&json, password()?.expose_secret())
                    .map_err(|cause| locked(cause.to_string()))
            }
        }
    }
}

/// The password of a keystore: from a file that only its owner may read, else from the environment, if it has one.
pub fn password(file: Option<&Path>) -> Result<Option<SecretString>, KeyError> {
    match file {
        Some(path) => read_private(path).map(Some),
        None => Ok(std::env::var(PASSWORD).ok().map(SecretString::from)),
    }
}

/// Whether there is enough of a keystore to be opened: the decoder takes for granted that there is.
fn check_keystore(json: &str) -> Result<(), String> {
    #[derive(serde::Deserialize)]
    struct Keystore {
        encoded: String,
    }
    /// Salt, parameters and nonce are 68 bytes; in base64 these are 91 characters or more.
    const MIN_LENGTH: usize = 91;
    let keystore: Keystore =
        serde_json::from_str(json).map_err(|cause| format!("not a keystore: {cause}"))?;
    match keystore.encoded.trim_end_matches('=').len() {
        0..MIN_LENGTH => Err("it is cut off".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
