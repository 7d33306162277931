//! Where secrets come from.
//!
//! A key is *named* on a command line, never written there: what follows `--key` shows in process lists and in the
//! shell's history. Development keys are no exception, since everybody knows them.

use std::{
    borrow::Cow,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use bip39::Mnemonic;
use subxt_signer::{polkadot_js_compat, sr25519, ExposeSecret, SecretUri, DEV_PHRASE};
pub use subxt_signer::{sr25519::Keypair, SecretString};
use talka_primitives::Hint;

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

/// Why a key cannot be had.
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

/// Read a secret from a file that nobody but its owner may have access to. The owner is who runs this program, or root.
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
fn open(path: &Path) -> Result<(fs::File, fs::Metadata), KeyError> {
    let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
    // To open a pipe could already wait for ever.
    require_file(path, &fs::metadata(path).map_err(unreadable)?)?;
    let file = fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    require_file(path, &metadata)?;
    Ok((file, metadata))
}

fn read(file: &mut fs::File, path: &Path) -> Result<String, KeyError> {
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

/// Whether a file that nobody but its owner can read is somebody else's. Only root can read such a file, so where it is not
/// known who reads, it is taken for the owner.
#[cfg(unix)]
fn is_foreign(owner: u32, own: Option<u32>) -> bool {
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

/// The name of a development account that was meant, where that is another than was typed.
fn meant(typed: &str) -> Option<String> {
    /// Those that every test chain has.
    const USUAL: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];
    let (name, path) = typed.split_at(typed.find('/').unwrap_or(typed.len()));
    let usual = USUAL.into_iter().find(|usual| usual.eq_ignore_ascii_case(name)).map(ToOwned::to_owned);
    let capital = name.get(..1).map(|first| format!("{}{}", first.to_ascii_uppercase(), &name[1..]));
    let meant = usual.or(capital)?;
    (meant != name).then(|| format!("{meant}{path}"))
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

/// The password of a keystore: from a file that only its owner may read, else from the environment, if it has one.
pub fn password(file: Option<&Path>) -> Result<Option<SecretString>, KeyError> {
    match file {
        Some(path) => read_private(path).map(Some),
        None => Ok(std::env::var(PASSWORD).ok().map(SecretString::from)),
    }
}

/// The environment variable that may have a password.
const PASSWORD: &str = "TALKA_PASSWORD";

fn from_uri(text: &str) -> Result<Keypair, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    // Without this a path alone would mean the phrase that everybody knows.
    if text.starts_with('/') {
        return Err("there is a derivation path and no secret before it".into());
    }
    let uri: SecretUri = text.parse().map_err(|_| "it has not the form of one".to_owned())?;
    sr25519::Keypair::from_uri(&uri).map_err(|cause| match cause {
        sr25519::Error::Phrase(_) => "these are not the words of a phrase, or one is misspelt".into(),
        sr25519::Error::Hex(_) | sr25519::Error::InvalidSeed => {
            "the seed has not 64 hexadecimal digits".into()
        }
        sr25519::Error::Signature(_) => "the seed is not valid".to_owned(),
    })
}

/// Whether a text may have a secret in it. Names are shorter, so nothing else is lost.
fn looks_secret(text: &str) -> bool {
    /// Half of a seed, as it may be when something was typed in its midst.
    const DIGITS: usize = 32;
    /// Half of the shortest phrase.
    const WORDS: usize = 6;
    let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max().unwrap_or_default();
    longest >= DIGITS || text.split_whitespace().count() >= WORDS
}

/// Whether a text is a secret, and no path that has the like in it.
fn is_secret(text: &str) -> bool {
    let text = text.trim_start();
    let seed = text.strip_prefix("0x").unwrap_or(text);
    let digits = seed.bytes().take_while(u8::is_ascii_hexdigit).count();
    digits >= 64 || !text.contains('/') && text.split_whitespace().count() >= 12
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountId;
    use std::os::unix::fs::PermissionsExt as _;

    const SEED_OF_ALICE: &str = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";

    fn account(key: &Keypair) -> String {
        AccountId::from(key.public_key().0).to_string()
    }

    fn secret_file(content: &str, mode: u32) -> (tempfile::TempDir, KeySource) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, KeySource::File(path))
    }

    fn no_password() -> Result<SecretString, KeyError> {
        Err(KeyError::NoPassword("there is none".into()))
    }

    #[test]
    fn come_from_names_of_test_chains() {
        let key = "dev:Alice".parse::<KeySource>().unwrap().load(no_password).unwrap();
        assert_eq!(account(&key), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        let stash = "dev:Alice//stash".parse::<KeySource>().unwrap().load(no_password).unwrap();
        assert_eq!(account(&stash), "5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY");
    }

    #[test]
    fn are_not_silently_those_of_another_account() {
        for (typed, meant) in [("alice", "Alice"), ("BOB//stash", "Bob//stash"), ("worker1", "Worker1")] {
            let error = format!("dev:{typed}").parse::<KeySource>().unwrap_err();
            assert_eq!(error.to_string(), format!("dev:{typed} is another account than dev:{meant}"));
            assert!(error.hint().contains(&format!("dev:{meant}")));
        }
        for fine in ["Alice", "Worker1", "Alice//stash", "Requester2"] {
            assert_eq!(format!("dev:{fine}").parse::<KeySource>().unwrap(), KeySource::Dev(fine.into()));
        }
    }

    #[test]
    fn say_why_they_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let none = dir.path().join("none");
        let hint = |source: KeySource| source.load(no_password).unwrap_err().hint().into_owned();
        assert!(hint(KeySource::File(none.clone())).contains(&format!("`talka key new {}`", none.display())));
        assert!(hint(KeySource::File("~/key".into())).contains("$HOME"));
        for source in [KeySource::File(dir.path().into()), KeySource::Keystore(dir.path().into())] {
            let error = source.load(no_password).unwrap_err();
            assert!(error.to_string().contains("is a directory"), "{error}");
        }
        let denied = io::ErrorKind::PermissionDenied.into();
        let denied = KeyError::Unreadable { path: none, cause: denied };
        assert!(denied.hint().contains("user"));
    }

    #[test]
    fn come_from_a_file_with_a_seed_or_a_phrase() {
        let alice = account(&sr25519::dev::alice());
        let (_seed_dir, seed) = secret_file(&format!("{SEED_OF_ALICE}\n"), 0o600);
        assert_eq!(account(&seed.load(no_password).unwrap()), alice);
        let (_phrase_dir, phrase) = secret_file(&format!("{DEV_PHRASE}//Alice"), 0o400);
        assert_eq!(account(&phrase.load(no_password).unwrap()), alice);
    }

    #[test]
    fn are_refused_from_a_file_that_others_can_read() {
        for mode in [0o640, 0o604, 0o660] {
            let (_dir, source) = secret_file(SEED_OF_ALICE, mode);
            let error = source.load(no_password).unwrap_err();
            assert!(matches!(error, KeyError::Exposed { mode: found, .. } if found == mode));
            assert!(error.hint().starts_with("chmod 600 "));
        }
    }

    #[test]
    fn are_refused_from_a_file_of_somebody_else() {
        // Its owner could read it and nobody else but root could, who is the one that has to look.
        assert!(is_foreign(1000, Some(0)) && is_foreign(1000, Some(1001)));
        assert!(!is_foreign(0, Some(1000)) && !is_foreign(1000, Some(1000)) && !is_foreign(1000, None));

        let (_dir, source) = secret_file(SEED_OF_ALICE, 0o600);
        source.load(no_password).unwrap();
        let KeySource::File(path) = &source else { unreachable!() };
        // Only root can give a file away.
        if std::os::unix::fs::chown(path, Some(65_534), None).is_ok() {
            let error = source.load(no_password).unwrap_err();
            assert!(matches!(error, KeyError::Foreign { owner: 65_534, .. }), "{error}");
        }
    }

    #[test]
    fn are_never_repeated_in_an_error() {
        for content in ["", "//Alice", "correct horse battery staple", "0x1234"] {
            let (_dir, source) = secret_file(content, 0o600);
            let text = source.load(no_password).unwrap_err().to_string();
            assert!(content.is_empty() || !text.contains(content), "{text}");
        }
    }

    #[test]
    fn are_made_in_a_file_of_their_own_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let made = create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().split_whitespace().count(), 24);
        let read = KeySource::File(path.clone()).load(no_password).unwrap();
        assert_eq!(account(&read), account(&made));
        assert_ne!(account(&create(&dir.path().join("other")).unwrap()), account(&made));

        let error = create(&path).unwrap_err();
        assert!(matches!(error, KeyError::Unwritable { .. }) && error.hint().contains("never overwritten"));
        assert_eq!(account(&KeySource::File(path).load(no_password).unwrap()), account(&made));
    }

    #[test]
    fn are_refused_on_the_command_line() {
        for text in [SEED_OF_ALICE.to_owned(), DEV_PHRASE.to_owned(), format!("dev:{DEV_PHRASE}")] {
            assert!(matches!(text.parse::<KeySource>(), Err(KeyError::SecretOnCommandLine)), "{text}");
        }
        let digits = SEED_OF_ALICE.trim_start_matches("0x");
        let upper = digits.to_ascii_uppercase();
        let spellings = [
            digits.to_owned(),
            upper.clone(),
            format!("0X{upper}"),
            format!("{digits}//Alice"),
            format!("dev:{digits}"),
            format!("seed:{SEED_OF_ALICE}"),
            format!("file:{SEED_OF_ALICE}"),
            format!("file:{digits}//Alice"),
            format!("keystore:{DEV_PHRASE}"),
            // Something was typed in its midst, or it is not all there.
            format!("{}:{}", &digits[..32], &digits[32..]),
            digits[..40].to_owned(),
            DEV_PHRASE.rsplit_once(' ').unwrap().0.to_owned(),
        ];
        for text in spellings {
            let error = text.parse::<KeySource>().unwrap_err();
            assert!(matches!(error, KeyError::SecretOnCommandLine), "{text}: {error}");
        }
        // Paths may look like that.
        for path in [
            format!("file:/srv/{digits}/key"),
            "keystore:my keys/one of the two that I have/it is this".into(),
        ] {
            assert!(path.parse::<KeySource>().is_ok(), "{path}");
        }
        for text in ["", "Alice", "dev:", "dev:Alice Bob", "vault:x"] {
            assert!(matches!(text.parse::<KeySource>(), Err(KeyError::Form(_))), "{text}");
        }
    }

    /// Bob, exported from polkadot.js with the password `whoisbob`.
    const KEYSTORE_OF_BOB: &str = r#"{
            "encoded": "J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIAAQAAAAgAAAB5o0DwXCWDblsH+9pc++RaBO4fpHBHzUirHFHFE9yS3sDzgAIQjhgvPqJ3ODrMR2gy7vk0VZg1fyirIvmsrfjGbWnOI8YU0joX0tYytroyWaykFKtZJMmE0pNKcJ5dJmDxscbK53Ac+7ld2UdH07yKPXxmPuYNNw3vKx8cg9CdQgifKfzQxHnC+EUpOoHPLwGlHsFEYtIlQtngqd9n",
            "encoding": {"content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"},
            "address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
            "meta": {}
        }"#;
    const BOB: &str = "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8";

    #[test]
    fn come_from_an_encrypted_keystore() {
        let json = KEYSTORE_OF_BOB;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bob.json");
        fs::write(&path, json).unwrap();
        let source = KeySource::Keystore(path);
        let key = source.load(|| Ok(SecretString::from("whoisbob"))).unwrap();
        assert_eq!(account(&key), BOB);
        assert!(matches!(source.load(|| Ok(SecretString::from("wrong"))), Err(KeyError::Locked { .. })));
        assert!(matches!(source.load(no_password), Err(KeyError::NoPassword(_))));

        let KeySource::Keystore(path) = &source else { unreachable!() };
        for damaged in ["", "{}", &json[..200], &json.replace(&json[120..280], "")] {
            fs::write(path, damaged).unwrap();
            assert!(matches!(
                source.load(|| Ok(SecretString::from("whoisbob"))),
                Err(KeyError::Locked { .. })
            ));
        }
    }

    /// Files of strangers: `PROPTEST_CASES` says how many of them are tried.
    mod strangers {
        use super::*;
        use proptest::{prelude::*, sample::Index};

        fn cases(usual: u32) -> ProptestConfig {
            let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
            match std::env::var_os("PROPTEST_CASES") {
                Some(_) => config,
                None => ProptestConfig { cases: usual, ..config },
            }
        }

        fn keystore(content: &[u8]) -> (tempfile::TempDir, KeySource) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("keystore.json");
            fs::write(&path, content).unwrap();
            (dir, KeySource::Keystore(path))
        }

        fn whoisbob() -> Result<SecretString, KeyError> {
            Ok(SecretString::from("whoisbob"))
        }

        proptest! {
            #![proptest_config(cases(1_000))]

            #[test]
            fn are_no_keystores(content in "\\PC{0,100}", encoded in "[A-Za-z0-9+/]{0,200}={0,2}", wrapped: bool) {
                let bob: serde_json::Value = serde_json::from_str(KEYSTORE_OF_BOB).unwrap();
                let encoding = &bob["encoding"];
                let json = serde_json::json!({ "encoded": encoded, "encoding": encoding, "address": BOB });
                let content = if wrapped { json.to_string() } else { content };
                let (_dir, source) = keystore(content.as_bytes());
                prop_assert!(source.load(whoisbob).is_err());
            }

            #[test]
            fn are_no_secrets(content in prop_oneof!["\\PC{8,100}", "0x[0-9a-f]{60,70}(//?[a-z]{1,8}){0,3}", "([a-z]{3,8} ){11,24}"]) {
                let (_dir, source) = secret_file(&content, 0o600);
                if let Err(error) = source.load(no_password) {
                    let secret = content.trim();
                    prop_assert!(secret.len() < 8 || !error.to_string().contains(secret), "{}", error);
                }
            }

            #[test]
            fn are_named_or_not(text in prop_oneof!["\\PC{0,80}", "(dev|file|keystore|Dev):\\PC{0,40}", "dev:[A-Za-z]{0,8}(//?[a-z]{0,4}){0,2}"]) {
                if let Ok(source) = text.parse::<KeySource>() {
                    prop_assert_eq!(source.to_string().parse::<KeySource>().ok(), Some(source));
                }
            }
        }

        proptest! {
            // To open a keystore takes long on purpose.
            #![proptest_config(cases(24))]

            #[test]
            fn are_keystores_that_are_damaged(changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..3)) {
                let mut content = KEYSTORE_OF_BOB.as_bytes().to_vec();
                for (index, byte) in changes {
                    let at = index.index(content.len());
                    content[at] = byte;
                }
                let (_dir, source) = keystore(&content);
                if let Ok(key) = source.load(whoisbob) {
                    prop_assert_eq!(account(&key), BOB);
                }
            }
        }
    }
}
