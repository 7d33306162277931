//! Where keys come from, and from where they do not.

use std::{fs, io, os::unix::fs::PermissionsExt as _};

use subxt_signer::sr25519;
use talka_primitives::Hint as _;

use super::{file::is_foreign, *};
use crate::AccountId;

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
    // Only its owner and root can read it, so the check matters for root.
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
    for path in
        [format!("file:/srv/{digits}/key"), "keystore:my keys/one of the two that I have/it is this".into()]
    {
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
        assert!(matches!(source.load(|| Ok(SecretString::from("whoisbob"))), Err(KeyError::Locked { .. })));
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
