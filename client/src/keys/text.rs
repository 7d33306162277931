//! What a text is: a secret, the like of one, or the name of an account.

use subxt_signer::{
    sr25519::{self, Keypair},
    SecretUri,
};

/// The key of a secret: a phrase or a seed, with a derivation path or none. The error does not repeat it.
pub(super) fn from_uri(text: &str) -> Result<Keypair, String> {
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
pub(super) fn looks_secret(text: &str) -> bool {
    /// Half of a seed, as it may be when something was typed in its midst.
    const DIGITS: usize = 32;
    /// Half of the shortest phrase.
    const WORDS: usize = 6;
    let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max().unwrap_or_default();
    longest >= DIGITS || text.split_whitespace().count() >= WORDS
}

/// Whether a text is a secret, and no path that has the like in it.
pub(super) fn is_secret(text: &str) -> bool {
    let text = text.trim_start();
    let seed = text.strip_prefix("0x").unwrap_or(text);
    let digits = seed.bytes().take_while(u8::is_ascii_hexdigit).count();
    digits >= 64 || !text.contains('/') && text.split_whitespace().count() >= 12
}

/// The name of a development account that was meant, where that is another than was typed.
pub(super) fn meant(typed: &str) -> Option<String> {
    /// Those that every test chain has.
    const USUAL: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];
    let (name, path) = typed.split_at(typed.find('/').unwrap_or(typed.len()));
    let usual = USUAL.into_iter().find(|usual| usual.eq_ignore_ascii_case(name)).map(ToOwned::to_owned);
    let capital = name.get(..1).map(|first| format!("{}{}", first.to_ascii_uppercase(), &name[1..]));
    let meant = usual.or(capital)?;
    (meant != name).then(|| format!("{meant}{path}"))
}
