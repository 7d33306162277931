//! What is known of a module, as it is kept in a file: what it compiles to, or why it does not.
//!
//! A file holds a hash, of the rest and of the key under which it is kept, one byte for the kind, and the content.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Write},
    path::Path,
};

use codec::{Decode, Encode};

/// What came of a module.
pub(super) enum Entry<'a> {
    /// Machine code, as the engine serialises it.
    Compiled(Cow<'a, [u8]>),
    /// It is no app: the reasons.
    Refused(Vec<String>),
    /// It is one, and the compiler failed.
    Failed(String),
}

const COMPILED: u8 = 0;
const REFUSED: u8 = 1;
const FAILED: u8 = 2;

impl<'a> Entry<'a> {
    /// Writes the file.
    pub(super) fn write(&self, path: &Path, key: blake3::Hash) -> io::Result<()> {
        let (kind, content): (u8, Cow<'_, [u8]>) = match self {
            Self::Compiled(artefact) => (COMPILED, artefact.as_ref().into()),
            Self::Refused(reasons) => (REFUSED, reasons.encode().into()),
            Self::Failed(reason) => (FAILED, reason.encode().into()),
        };
        let hash = blake3::Hasher::new_keyed(key.as_bytes()).update(&[kind]).update(&content).finalize();
        let mut file = File::create(path)?;
        file.write_all(hash.as_bytes())?;
        file.write_all(&[kind])?;
        file.write_all(&content)
    }

    /// What a file says that was written for this key. Any other is damaged.
    pub(super) fn decode(file: &'a [u8], key: blake3::Hash) -> Option<Self> {
        let (hash, rest) = file.split_first_chunk::<{ blake3::OUT_LEN }>()?;
        if blake3::keyed_hash(key.as_bytes(), rest) != *hash {
            return None;
        }
        let (kind, mut content) = rest.split_first()?;
        match *kind {
            COMPILED => Some(Self::Compiled(content.into())),
            REFUSED => Decode::decode(&mut content).ok().map(Self::Refused),
            FAILED => Decode::decode(&mut content).ok().map(Self::Failed),
            _ => None,
        }
    }
}
