//! Which chain is meant, and the networks that this user has met before.
//!
//! A signature is good on the chain whose first block it names, and which chain that is only the node says. So the answer is
//! remembered with the node's address, as `ssh` remembers hosts, and a node that answers otherwise later is not used.
//!
//! The file has a line for each address: the address and the hash of the first block, with a space between them. Lines that
//! begin with `#` are comments. Nodes on this machine are not remembered: test chains begin again as often as somebody likes.

use std::{
    env, fs,
    io::{self, Write as _},
    net::IpAddr,
    path::{Path, PathBuf},
};

use tracing::warn;

use crate::{
    block::BlockHash,
    error::{Error, Fatal},
};

/// Which chain a node has to belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// The one that the node names.
    #[default]
    Any,
    /// The one with this first block.
    Chain(BlockHash),
    /// The one that this file has for the node's address. What it does not have is added, unless the node is on this machine.
    Known(PathBuf),
}

impl Pin {
    /// What this user has met before: `talka/known_chains` in the folder `XDG_STATE_HOME`, which is `~/.local/state` where it is
    /// not set. [`Pin::Any`] for a user without a home.
    pub fn of_user() -> Self {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        state.map_or(Self::Any, |state| Self::Known(state.join("talka/known_chains")))
    }

    /// Whether a node may be used that names this first block.
    ///
    /// # Errors
    ///
    /// [`Fatal::OtherChain`] where it may not, [`Fatal::KnownChains`] where that cannot be told.
    pub(crate) fn meet(&self, url: &str, genesis: BlockHash) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            Self::Chain(expected) if *expected == genesis => Ok(()),
            Self::Chain(expected) => Err(other_chain(url, hex(*expected), genesis, None)),
            Self::Known(_) if is_on_this_machine(url) => Ok(()),
            Self::Known(path) => match known(path, &place(url))? {
                None => {
                    if let Err(cause) = remember(path, &place(url), genesis) {
                        warn!(path = %path.display(), %cause, "cannot remember which chain this node belongs to");
                    }
                    Ok(())
                }
                Some(expected) if expected == hex(genesis) => Ok(()),
                Some(expected) => Err(other_chain(url, expected, genesis, Some(path))),
            },
        }
    }
}

fn other_chain(url: &str, expected: String, genesis: BlockHash, known: Option<&Path>) -> Error {
    let known = known.map(Path::to_owned);
    Fatal::OtherChain { url: url.into(), expected, found: hex(genesis), known }.into()
}

fn hex(genesis: BlockHash) -> String {
    format!("{genesis:?}")
}

/// What the file has for an address.
fn known(path: &Path, address: &str) -> Result<Option<String>, Error> {
    let unusable = |why: String| Fatal::KnownChains { path: path.to_owned(), why };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(unusable(cause.to_string()).into()),
    };
    for (index, line) in text.lines().enumerate() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [known, hash] if is_hash(hash) => {
                if known == address {
                    return Ok(Some(hash.to_ascii_lowercase()));
                }
            }
            _ => return Err(unusable(format!("line {} is no address with a hash", index + 1)).into()),
        }
    }
    Ok(None)
}

fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn remember(path: &Path, address: &str, genesis: BlockHash) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let ends_within_a_line = fs::read(path).is_ok_and(|text| text.last().is_some_and(|last| *last != b'\n'));
    let begin = if ends_within_a_line { "\n" } else { "" };
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{begin}{address} {}\n", hex(genesis)).as_bytes())
}

/// An address without what is secret in it: a name and a password before the host.
pub(crate) fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    format!("{scheme}://{host}{}", path.trim_end_matches('/'))
}

/// Whether what is said to a node stays on this machine.
pub(crate) fn is_on_this_machine(url: &str) -> bool {
    let place = place(url);
    let rest = place.split_once("://").map_or(place.as_str(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::Hint as _;

    const URL: &str = "wss://rpc.example:443";

    fn genesis(byte: u8) -> BlockHash {
        [byte; 32].into()
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("talka/known_chains");
        (dir, path)
    }

    #[test]
    fn a_node_has_to_belong_to_the_chain_that_it_belonged_to_when_it_was_met() {
        let (_dir, path) = file();
        let pin = Pin::Known(path.clone());
        pin.meet(URL, genesis(1)).unwrap();
        pin.meet(URL, genesis(1)).unwrap();
        pin.meet("wss://rpc.example:444", genesis(2)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);

        let error = pin.meet("wss://rpc.example:443/", genesis(2)).unwrap_err();
        assert!(matches!(error, Error::Fatal(Fatal::OtherChain { .. })), "{error}");
        // What the hint says helps.
        let hint = error.hint().into_owned();
        assert!(hint.contains(URL) && hint.contains(&path.display().to_string()), "{hint}");
        let left: String =
            fs::read_to_string(&path).unwrap().lines().filter(|line| !line.starts_with(URL)).collect();
        fs::write(&path, left).unwrap();
        pin.meet(URL, genesis(2)).unwrap();
        pin.meet(URL, genesis(2)).unwrap();
        assert!(pin.meet(URL, genesis(1)).is_err());
        pin.meet("wss://rpc.example:444", genesis(2)).unwrap();
    }

    #[test]
    fn nodes_on_this_machine_may_begin_again() {
        let (_dir, path) = file();
        let pin = Pin::Known(path.clone());
        for url in ["ws://127.0.0.1:9944", "ws://localhost:9944/", "ws://[::1]:9944", "ws://LOCALHOST"] {
            pin.meet(url, genesis(1)).unwrap();
            pin.meet(url, genesis(2)).unwrap();
        }
        assert!(!path.exists());
        for url in [
            "ws://127.0.0.1.example",
            "ws://localhost@rpc.example",
            "ws://[::2]:9944",
            "ws://rpc.example#@localhost",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }

    #[test]
    fn a_chain_that_was_named_is_the_only_one() {
        let pin = Pin::Chain(genesis(1));
        pin.meet("ws://127.0.0.1:9944", genesis(1)).unwrap();
        let error = pin.meet("ws://127.0.0.1:9944", genesis(2)).unwrap_err();
        assert!(error.to_string().contains(&hex(genesis(2))), "{error}");
        assert!(!error.hint().is_empty());
    }

    #[test]
    fn a_password_in_an_address_is_not_written_down() {
        let (_dir, path) = file();
        Pin::Known(path.clone()).meet("wss://me:secret@rpc.example/chain", genesis(1)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("wss://rpc.example/chain {}\n", hex(genesis(1))));
    }

    #[test]
    fn a_file_that_cannot_be_understood_lets_nothing_pass() {
        let (_dir, path) = file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for text in ["wss://rpc.example:443 0x12", "wss://rpc.example:443"] {
            fs::write(&path, format!("# a comment\n\n{text}")).unwrap();
            let error = Pin::Known(path.clone()).meet(URL, genesis(1)).unwrap_err();
            assert!(error.to_string().contains("line 3"), "{error}");
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(Pin::Known(path).meet(URL, genesis(1)).is_err());
    }
}
