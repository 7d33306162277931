//! Where a blob can be got from: `peer://`, `http://`, `https://` and `file://` addresses as they stand on the chain.
//!
//! A source is only a hint: the reader verifies. Parsing checks the form alone, so that a bad address is
//! refused when it is typed, not when a worker needs it.

use std::{
    borrow::Cow,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use iroh::EndpointId;
use reqwest::Url;
use talka_primitives::Hint;

/// The longest source in bytes: what a URI on the chain may have.
pub const MAX_SOURCE_BYTES: usize = 256;

/// The longest address of a web server that a store can announce beside its own, in bytes.
pub const MAX_WEB_BYTES: usize = 128;

/// A place that may have a blob. Its text form is at most [`MAX_SOURCE_BYTES`] long, and parses back to the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `peer://<64 hexadecimal digits>@<ip>:<port>`: another store.
    Peer(PeerAddress),
    /// `http://…` or `https://…`: a web server.
    Http(HttpUrl),
    /// `file:///…`: a file of this machine.
    File(FileUrl),
}

/// Who a peer is, and where it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress {
    id: EndpointId,
    socket: SocketAddr,
}

/// An address of a web server, without user, password or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUrl(Url);

/// The absolute path of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileUrl(Url);

/// Why a text is not a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Longer than the chain takes.
    #[error("this source has {0} bytes, the most is {MAX_SOURCE_BYTES}")]
    TooLong(usize),
    /// Not one of the schemes that a store can fetch from.
    #[error("`{0}` is not a source")]
    UnknownScheme(String),
    /// Starts as a peer's address, but is none.
    #[error("bad peer address, {0}")]
    Peer(&'static str),
    /// Starts as a web address, but is none.
    #[error("bad web address, {0}")]
    Http(String),
    /// Starts as a file's address, but is none.
    #[error("bad file address, {0}")]
    File(String),
}

impl Hint for SourceError {
    fn hint(&self) -> Cow<'_, str> {
        match self {
            Self::TooLong(_) => "offer the blob at a shorter address",
            Self::UnknownScheme(_) => "a source starts with peer://, http://, https:// or file://",
            Self::Peer(_) => "it is written peer://ID@IP:PORT, with an ID of 64 hexadecimal digits",
            Self::Http(_) => "it is written http://HOST/PATH or https://HOST/PATH",
            Self::File(_) => "it is written file:///PATH, with special characters as %XX",
        }
        .into()
    }
}

impl Source {
    /// The sources that a text on the chain announces: those of one store, with spaces between them. What is none is left out.
    pub fn announced(text: &str) -> impl Iterator<Item = Self> + '_ {
        text.split(' ').filter_map(|word| word.parse().ok())
    }

    /// The source for a file of this machine. `path` must be absolute.
    pub fn file(path: &Path) -> Result<Self, SourceError> {
        let url = Url::from_file_path(path)
            .map_err(|()| SourceError::File(format!("{} is not an absolute path", path.display())))?;
        short_enough(url.as_str())?;
        Ok(Self::File(FileUrl(url)))
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        short_enough(text)?;
        let unknown = || SourceError::UnknownScheme(text.to_owned());
        // The parser of web addresses forgives white space; a source that is compared as text must not have any.
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(unknown());
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(unknown)?;
        let source = match scheme.to_ascii_lowercase().as_str() {
            "peer" => Self::Peer(rest.parse()?),
            "http" | "https" => Self::Http(HttpUrl::parse(text)?),
            "file" => Self::File(FileUrl::parse(text)?),
            _ => return Err(unknown()),
        };
        // Escaping can make the text longer than what was typed.
        short_enough(&source.to_string())?;
        Ok(source)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(peer) => write!(f, "peer://{peer}"),
            Self::Http(HttpUrl(url)) | Self::File(FileUrl(url)) => f.write_str(url.as_str()),
        }
    }
}

impl PeerAddress {
    pub(crate) fn new(id: EndpointId, socket: SocketAddr) -> Self {
        Self { id, socket }
    }

    /// The public key that the peer proves to have.
    pub fn id(&self) -> [u8; 32] {
        *self.id.as_bytes()
    }

    /// Where the peer listens (UDP).
    pub fn socket(&self) -> SocketAddr {
        self.socket
    }

    pub(crate) fn endpoint(&self) -> EndpointId {
        self.id
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.socket)
    }
}

impl FromStr for PeerAddress {
    type Err = SourceError;

    /// Parses what follows `peer://`.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (id, socket) = text.split_once('@').ok_or(SourceError::Peer("the `@` is missing"))?;
        if id.len() != 64 {
            return Err(SourceError::Peer("the ID has not 64 digits"));
        }
        let id =
            id.to_ascii_lowercase().parse().map_err(|_| SourceError::Peer("the ID is not a public key"))?;
        let socket: SocketAddr =
            socket.parse().map_err(|_| SourceError::Peer("what follows the `@` is not IP:PORT"))?;
        if socket.port() == 0 || socket.ip().is_unspecified() {
            return Err(SourceError::Peer("nobody can be reached at that IP or port"));
        }
        Ok(Self { id, socket })
    }
}

impl HttpUrl {
    fn parse(text: &str) -> Result<Self, SourceError> {
        let mut url = Url::parse(text).map_err(|error| SourceError::Http(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SourceError::Http("a source is public and must not hold a password".into()));
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The address of a server that listens there.
    pub(crate) fn of(socket: SocketAddr) -> Self {
        Self(Url::parse(&format!("http://{socket}")).expect("it has a scheme and a host; qed"))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for HttpUrl {
    type Err = SourceError;

    /// Parses what is to be announced: what follows it is a path.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let Source::Http(HttpUrl(url)) = text.parse::<Source>()? else {
            return Err(SourceError::Http("it starts with another scheme".into()));
        };
        match url.query() {
            Some(_) => Err(SourceError::Http("it has a `?`".into())),
            None => Ok(Self(url)),
        }
    }
}

impl FileUrl {
    fn parse(text: &str) -> Result<Self, SourceError> {
        let url = Url::parse(text).map_err(|error| SourceError::File(error.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SourceError::File("`?` and `#` are written %3F and %23".into()));
        }
        // Formatting the path again gives one text for each path.
        let path = url.to_file_path().map_err(|()| SourceError::File("it names another machine".into()))?;
        Url::from_file_path(path).map(Self).map_err(|()| SourceError::File("the path is not absolute".into()))
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.0.to_file_path().expect("the address was made from a path; qed")
    }
}

fn short_enough(text: &str) -> Result<(), SourceError> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(SourceError::TooLong(text.len()));
    }
    Ok(())
}
