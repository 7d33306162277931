//! A source…

use std::{net::SocketAddr, path::Path};

use assert_matches::assert_matches;
use proptest::prelude::*;
use talka_primitives::Hint as _;
use talka_store::{Source, SourceError, MAX_SOURCE_BYTES};

/// The public key of a peer: not every 32 bytes are one.
const ID: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn parse(text: &str) -> Result<Source, SourceError> {
    text.parse()
}

#[test]
fn is_a_peer() {
    let text = format!("peer://{ID}@192.0.2.7:4433");
    let source = parse(&text).unwrap();
    assert_matches!(&source, Source::Peer(peer) if peer.socket() == "192.0.2.7:4433".parse::<SocketAddr>().unwrap());
    assert_eq!(source.to_string(), text);
    let text = format!("peer://{ID}@[2001:db8::1]:4433");
    assert_eq!(parse(&text).unwrap().to_string(), text);
    assert_eq!(
        parse(&format!("PEER://{}@1.2.3.4:5", ID.to_uppercase())),
        parse(&format!("peer://{ID}@1.2.3.4:5"))
    );
}

#[test]
fn is_a_web_address() {
    for (text, normal) in [
        ("http://example.org", "http://example.org/"),
        ("https://example.org:8443/a/b?c=d", "https://example.org:8443/a/b?c=d"),
        ("HTTPS://EXAMPLE.org/a#b", "https://example.org/a"),
        ("http://[::1]:80/x", "http://[::1]/x"),
    ] {
        let source = parse(text).unwrap();
        assert_matches!(&source, Source::Http(url) if url.as_str() == normal);
        assert_eq!(source.to_string(), normal);
    }
}

#[test]
fn is_a_file() {
    let path = Path::new("/data/year 2026/100%.bin");
    let source = Source::file(path).unwrap();
    assert_matches!(&source, Source::File(file) if file.path() == path);
    assert_eq!(source.to_string(), "file:///data/year%202026/100%25.bin");
    assert_eq!(parse(&source.to_string()).unwrap(), source);
    assert_matches!(Source::file(Path::new("relative")), Err(SourceError::File(_)));
}

#[test]
fn is_nothing_else() {
    for text in [
        "",
        "x",
        "example.org/a",
        "ftp://example.org/a",
        "s3://bucket/a",
        "data:,x",
        "/etc/passwd",
        "http:/x",
    ] {
        let error = parse(text).unwrap_err();
        assert_matches!(&error, SourceError::UnknownScheme(_), "{text}");
        assert_eq!(error.hint(), "a source starts with peer://, http://, https:// or file://");
    }
    assert_matches!(parse(" http://example.org/"), Err(SourceError::UnknownScheme(_)));
    assert_matches!(parse("http://example.org/\na"), Err(SourceError::UnknownScheme(_)));
}

#[test]
fn is_refused_with_a_reason_if_it_is_badly_written() {
    let bad_id = "02".to_owned() + &"0".repeat(62); // not a point of the curve
    for text in [
        ID.to_string(),
        format!("{ID}@"),
        format!("{ID}@localhost:80"),
        format!("{ID}@1.2.3.4"),
        format!("{ID}@1.2.3.4:0"),
        format!("{ID}@0.0.0.0:80"),
        format!("{}@1.2.3.4:80", &ID[1..]),
        format!("{}g@1.2.3.4:80", &ID[1..]),
        format!("{bad_id}@1.2.3.4:80"),
    ] {
        assert_matches!(parse(&format!("peer://{text}")), Err(SourceError::Peer(_)), "{text}");
    }
    for text in
        ["http://", "https://?", "http://user@example.org/", "http://u:p@example.org/", "http://a:99999/"]
    {
        assert_matches!(parse(text), Err(SourceError::Http(_)), "{text}");
    }
    for text in ["file://other/a", "file:///a?b", "file:///a#b"] {
        assert_matches!(parse(text), Err(SourceError::File(_)), "{text}");
    }
}

#[test]
fn is_at_most_as_long_as_the_chain_takes() {
    let longest = format!("http://example.org/{}", "a".repeat(MAX_SOURCE_BYTES - 19));
    assert_eq!(parse(&longest).unwrap().to_string().len(), MAX_SOURCE_BYTES);
    assert_eq!(parse(&(longest + "a")), Err(SourceError::TooLong(MAX_SOURCE_BYTES + 1)));
    // Two bytes as typed, six when escaped.
    assert_matches!(parse(&format!("http://example.org/{}", "é".repeat(100))), Err(SourceError::TooLong(_)));
}

fn any_source() -> impl Strategy<Value = String> {
    let host = "[a-z][a-z0-9-]{0,20}\\.[a-z]{2,5}";
    prop_oneof![
        any::<SocketAddr>()
            .prop_filter("reachable", |socket| socket.port() > 0 && !socket.ip().is_unspecified())
            .prop_map(|socket| format!("peer://{ID}@{}", SocketAddr::new(socket.ip(), socket.port()))),
        (host, "[ -~]{0,80}").prop_map(|(host, path)| format!("http://{host}/{}", path.replace(' ', "+"))),
        (host, any::<u16>(), "[^\\s\\p{Cc}]{0,20}")
            .prop_map(|(host, port, path)| format!("https://{host}:{port}/{path}")),
        "[!-~]{0,80}".prop_map(|path| format!("file:///{path}")),
    ]
}

proptest! {
    #[test]
    fn reads_back_as_it_was_written(text in any_source()) {
        if let Ok(source) = parse(&text) {
            let written = source.to_string();
            prop_assert!(written.len() <= MAX_SOURCE_BYTES);
            prop_assert_eq!(parse(&written), Ok(source));
        } else {
            // Only what has a special meaning in a file's address, or grows too long, is refused.
            prop_assert!(text.contains(['?', '#', '@']) || text.len() > 80, "{}", text);
        }
    }

    #[test]
    fn of_a_file_keeps_the_path(name in "[^/\\x00]{1,60}") {
        prop_assume!(name != "." && name != "..");
        let path = Path::new("/").join(&name);
        if let Ok(Source::File(file)) = Source::file(&path) {
            prop_assert_eq!(file.path(), path);
            let source = Source::File(file);
            prop_assert_eq!(parse(&source.to_string()), Ok(source));
        }
    }

    #[test]
    fn never_panics(text in "\\PC{0,300}") {
        let _ = parse(&text);
    }

    /// Whatever a stranger writes behind a scheme: what is taken has one form, which fits on the chain and gives no password away.
    #[test]
    fn of_a_stranger_is_refused_or_plain(scheme in "(peer|http|https|file|HTTPS|File)", rest in "(/|\\[|@|%)?\\PC{0,260}") {
        let Ok(source) = parse(&format!("{scheme}://{rest}")) else { return Ok(()) };
        let written = source.to_string();
        prop_assert!(written.len() <= MAX_SOURCE_BYTES && !written.contains(char::is_whitespace));
        if let Source::Http(url) = &source {
            let authority = url.as_str().split('/').nth(2).unwrap_or_default();
            prop_assert!(!authority.contains('@'), "{}", written);
        }
        prop_assert_eq!(parse(&written), Ok(source));
    }
}
