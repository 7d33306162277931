//! Blobs from web servers.
//!
//! One plain GET. If an earlier attempt left a beginning, it asks for the rest of it by a range; a server that does
//! not know ranges sends all again. The limit holds against the announced size and against the bytes that come.
//!
//! Who names an address on the chain makes many stores ask there. `hosts.rs` says what is too much for a server.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::StreamExt;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT_ENCODING, CONTENT_RANGE, LOCATION, RANGE},
    redirect, Client, Response, StatusCode, Url,
};
use tokio::time::{timeout, timeout_at, Instant};

use crate::{
    error::{chain, Failure, Fatal, Stop, Transient},
    fetch::Job,
    hosts::{Hosts, Turn},
    local::Local,
    private::is_private,
    source::HttpUrl,
    spool::Spool,
};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// Fetches from web servers.
#[derive(Debug)]
pub(crate) struct Http {
    allow_private: bool,
    connect_timeout: Duration,
    stall_timeout: Duration,
    hosts: Hosts,
    /// Made at the first use: it reads all of the system's certificates, and a store of peers only needs none.
    client: OnceLock<Result<Client, String>>,
}

impl Http {
    pub fn new(allow_private: bool, connect_timeout: Duration, stall_timeout: Duration) -> Self {
        let hosts = Hosts::new(stall_timeout);
        Self { allow_private, connect_timeout, stall_timeout, hosts, client: OnceLock::new() }
    }

    /// Fetches the blob into `local`.
    pub async fn fetch(&self, local: &Local, from: &HttpUrl, job: &Job) -> Result<(), Stop> {
        self.hosts.was_right(from.url(), job.id, Instant::now())?;
        let mut spool = Spool::open(local, job.id, job.limit).await?;
        loop {
            // An earlier attempt may have been cut off between the last byte and the import.
            if spool.have() == 0 || !spool.is_right() {
                self.receive(local, from.url(), &mut spool, job).await?;
            }
            if spool.resumed() && !spool.is_right() {
                spool.restart().await?;
                continue;
            }
            let stored = spool.store(local).await;
            if let Err(Stop::Source(Failure::Fatal(Fatal::WrongContent))) = &stored {
                self.hosts.was_wrong(from.url(), job.id, Instant::now());
            }
            return stored;
        }
    }

    /// Receives until the server says that it was all.
    async fn receive(&self, local: &Local, url: &Url, spool: &mut Spool, job: &Job) -> Result<(), Stop> {
        let (answer, turn) = self.ask(url, spool.have()).await?;
        let goes_on = match &answer {
            Answer::Rest { start, .. } => *start == spool.have(),
            Answer::NoSuchRange => false,
            Answer::Whole(_) => true,
        };
        if !goes_on && spool.have() > 0 {
            drop((answer, turn));
            spool.restart().await?;
            return Box::pin(self.receive(local, url, spool, job)).await;
        }
        let response = match answer {
            Answer::Rest { response, total, .. } if goes_on => {
                refuse_larger(total, job.limit)?;
                response
            }
            Answer::Rest { .. } | Answer::NoSuchRange => {
                return Err(Fatal::Refused("it answers with a range that was not asked for".into()).into())
            }
            Answer::Whole(response) => {
                if spool.have() > 0 {
                    spool.restart().await?;
                }
                refuse_larger(response.content_length(), job.limit)?;
                response
            }
        };

        let left = response.content_length();
        let total = left.map(|left| spool.have() + left);
        if let Some(total) = total {
            spool.claim(local, job, total).await?;
        }
        let mut pace = job.pace(self.stall_timeout, left);
        let mut pieces = response.bytes_stream();
        job.report(spool.have(), total);
        loop {
            let piece = timeout_at(pace.deadline(), pieces.next()).await.map_err(|_| pace.missed())?;
            let Some(piece) = piece else { return Ok(()) };
            let piece = piece.map_err(|error| Transient::Interrupted(chain(&error.without_url())))?;
            spool.write(local, job, &piece).await?;
            pace.moved(piece.len() as u64, Instant::now());
            job.report(spool.have(), total);
        }
    }

    /// Asks for what comes after the first `have` bytes, and goes where the server sends it. The turn ends when the
    /// transfer does.
    async fn ask(&self, url: &Url, have: u64) -> Result<(Answer, Turn), Stop> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            check(&url, self.allow_private).map_err(|refused| Fatal::Refused(refused.to_string()))?;
            let turn = self.hosts.turn(&url).await?;
            let answered = self.ask_once(&url, have).await;
            if let Err(Stop::Source(Failure::Transient(_))) = &answered {
                self.hosts.failed(&url, Instant::now());
            }
            match answered? {
                Reply::Answer(answer) => return Ok((answer, turn)),
                Reply::Elsewhere(next) => url = next,
            }
        }
        Err(Fatal::Refused("too many redirects".into()).into())
    }

    async fn ask_once(&self, url: &Url, have: u64) -> Result<Reply, Stop> {
        let mut request = self.client()?.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let response = timeout(self.connect_timeout + self.stall_timeout, request.send())
            .await
            .map_err(|_| Transient::Stalled(self.connect_timeout + self.stall_timeout))?
            .map_err(|error| classify(&error.without_url()))?;
        let status = response.status();
        Ok(Reply::Answer(match status {
            StatusCode::OK => Answer::Whole(response),
            StatusCode::PARTIAL_CONTENT => {
                let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
                let (start, total) = range
                    .and_then(content_range)
                    .ok_or_else(|| Fatal::Refused("it sends a part and does not say which".into()))?;
                Answer::Rest { response, start, total }
            }
            StatusCode::RANGE_NOT_SATISFIABLE => Answer::NoSuchRange,
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                let next = place.and_then(|place| url.join(place).ok());
                let next = next.ok_or_else(|| Fatal::Refused("it sends elsewhere, and not where".into()))?;
                return Ok(Reply::Elsewhere(next));
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Fatal::NotFound.into()),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                return Err(Transient::Busy(status.to_string()).into())
            }
            status if status.is_server_error() => return Err(Transient::Busy(status.to_string()).into()),
            status => return Err(Fatal::Refused(status.to_string()).into()),
        }))
    }

    fn client(&self) -> Result<&Client, Fatal> {
        self.client
            .get_or_init(|| {
                // The library leaves the choice of cryptography to the process. The first choice stays.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let allow_private = self.allow_private;
                Client::builder()
                    .user_agent(concat!("talka-store/", env!("CARGO_PKG_VERSION")))
                    .connect_timeout(self.connect_timeout)
                    // A proxy would resolve names itself, past the check below.
                    .no_proxy()
                    // The id is of the bytes as they are stored.
                    .no_gzip()
                    .no_brotli()
                    .no_deflate()
                    .no_zstd()
                    .referer(false)
                    // Followed by hand, so that the rules hold for each server on the way.
                    .redirect(redirect::Policy::none())
                    .dns_resolver(Arc::new(Resolver { allow_private }))
                    .build()
                    .map_err(|error| chain(&error))
            })
            .as_ref()
            .map_err(|cause| Fatal::Refused(format!("this machine can't make web requests: {cause}")))
    }
}

/// What a server has to offer.
enum Answer {
    Whole(Response),
    Rest { response: Response, start: u64, total: Option<u64> },
    NoSuchRange,
}

/// What a server says.
enum Reply {
    Answer(Answer),
    Elsewhere(Url),
}

/// A web address that this store does not go to.
#[derive(Clone, Copy, Debug)]
struct Forbidden(&'static str);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Forbidden {}

const PRIVATE: Forbidden = Forbidden("the address is of a private network");

/// Checks what the address itself shows; names are checked by the [`Resolver`].
fn check(url: &Url, allow_private: bool) -> Result<(), Forbidden> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Forbidden("it sends to what is not a web server"));
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !allow_private && is_private(address) => Err(PRIVATE),
        _ => Ok(()),
    }
}

/// The system's resolver, less private addresses.
struct Resolver {
    allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<_> =
                found.iter().copied().filter(|found| allow_private || !is_private(found.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(PRIVATE.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// What an error before the first byte means.
fn classify(error: &reqwest::Error) -> Stop {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
            return Fatal::Refused(forbidden.to_string()).into();
        }
        cause = error.source();
    }
    Transient::Unreachable(chain(error)).into()
}

fn refuse_larger(size: Option<u64>, limit: u64) -> Result<(), Stop> {
    match size {
        Some(_) if size > Some(limit) => Err(Fatal::TooLarge { size, limit }.into()),
        _ => Ok(()),
    }
}

/// The first byte and the whole size from `bytes FIRST-LAST/TOTAL` (RFC 9110, section 14.4). The total may be `*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read() {
        assert_eq!(content_range("bytes 10-19/20"), Some((10, Some(20))));
        assert_eq!(content_range("bytes 0-0/*"), Some((0, None)));
        for bad in
            ["", "bytes */20", "bytes 5-4/20", "bytes 5-20/20", "chunks 1-2/3", "bytes 1-2", "bytes -1-2/3"]
        {
            assert_eq!(content_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn private_hosts_are_refused_in_any_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]:80/",
            "http://10.0.0.1/",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(check(&url, false).is_err(), "{url}");
            assert!(check(&url, true).is_ok(), "{url}");
        }
        assert!(check(&Url::parse("https://8.8.8.8/").unwrap(), false).is_ok());
        assert!(check(&Url::parse("ftp://8.8.8.8/").unwrap(), true).is_err());
    }

    #[tokio::test]
    async fn names_of_private_hosts_are_refused() {
        let resolve = |allow_private| Resolver { allow_private }.resolve("localhost".parse().unwrap());
        assert!(resolve(false).await.is_err());
        assert!(resolve(true).await.unwrap().next().is_some());
    }
}
