//! Keys of Ethereum accounts.
//!
//! A key is *named* on a command line, never written there, as `talka_client::keys` has it.

use std::path::Path;

use alloy::{primitives::B256, signers::local::PrivateKeySigner};
use talka_client::{
    keys::{read_private, ExposeSecret as _},
    KeyError,
};

use crate::error::EthereumError;

/// A key. It does not show what is secret when it is printed.
pub type Key = PrivateKeySigner;

/// How many hexadecimal digits in a row may be a part of a secret, and how many words may be a part of a phrase.
const LIKE_A_SECRET: [usize; 2] = [32, 6];

/// The key that a text names: `file:PATH`, a file with `0x` and 64 hexadecimal digits that only its owner has access to.
pub fn load(source: &str) -> Result<Key, EthereumError> {
    let path = source.strip_prefix("file:").unwrap_or_default();
    // A path may have a hash in it, but is not one.
    let digits =
        |text: &str| text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max().unwrap_or_default();
    let [long, words] = LIKE_A_SECRET;
    let is_secret = match path.contains('/') {
        true => digits(path) >= 2 * long,
        false => digits(source) >= long || source.split_whitespace().count() >= words,
    };
    match path {
        _ if is_secret => Err(KeyError::SecretOnCommandLine.into()),
        "" => Err(EthereumError::KeyForm(source.into())),
        path => read(Path::new(path)),
    }
}

fn read(path: &Path) -> Result<Key, EthereumError> {
    let text = read_private(path)?;
    let bytes: B256 = text.expose_secret().parse().map_err(|_| EthereumError::NotAKey(path.to_owned()))?;
    Key::from_bytes(&bytes).map_err(|_| EthereumError::NotAKey(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};
    use talka_primitives::Hint as _;

    /// The first key of every test chain.
    const KNOWN: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let source = format!("file:{}", path.display());
        (dir, source)
    }

    #[test]
    fn come_from_a_file_that_only_its_owner_can_read() {
        for text in [format!("0x{KNOWN}\n"), KNOWN.to_owned()] {
            let (_dir, source) = file(&text, 0o600);
            let key = load(&source).unwrap();
            assert_eq!(key.address().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
            assert!(!format!("{key:?}").contains(KNOWN));
        }
        let (_dir, source) = file(KNOWN, 0o644);
        assert!(matches!(load(&source), Err(EthereumError::Key(KeyError::Exposed { .. }))));
    }

    #[test]
    fn what_is_none_is_refused_and_not_repeated() {
        for text in ["", "0x12", &"f".repeat(64), &format!("{KNOWN}00"), "twelve words"] {
            let (_dir, source) = file(text, 0o600);
            let error = load(&source).unwrap_err();
            assert!(matches!(error, EthereumError::NotAKey(_)), "{text}: {error}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
        let (bare, part, phrase) = (KNOWN.to_owned(), KNOWN[..40].to_owned(), "test ".repeat(12));
        for source in [bare, format!("0x{KNOWN}"), format!("file:{KNOWN}"), part, phrase] {
            let error = load(&source).unwrap_err();
            assert!(matches!(error, EthereumError::Key(KeyError::SecretOnCommandLine)), "{error}");
        }
        for source in ["", "file:", "key.txt", "dev:Alice"] {
            assert!(matches!(load(source), Err(EthereumError::KeyForm(_))), "{source}");
        }
    }
}
