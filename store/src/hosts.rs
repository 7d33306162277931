//! What a web server is spared: the addresses on the chain come from strangers, who could have all stores ask the
//! server of somebody else.
//!
//! * Two transfers at the same time from one server.
//! * A server that gave no answer three times within a minute is left alone until that minute is over.
//! * An address that gave wrong bytes for a blob is not asked for that blob again for ten minutes.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::Url;
use talka_primitives::id::ContentId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{timeout, Instant},
};

use crate::error::{Fatal, Transient};

/// Transfers at the same time from one server.
const AT_ONCE: usize = 2;
/// Failures within [`REST`] after which a server is left alone.
const FAILURES: usize = 3;
/// How long a failure counts.
const REST: Duration = Duration::from_secs(60);
/// How long wrong bytes count.
const WRONG_FOR: Duration = Duration::from_secs(10 * 60);
/// Servers, or addresses, that are remembered.
const REMEMBERED: usize = 1024;

/// What is known of web servers.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// How long to wait for a turn.
    patience: Duration,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
    failures: Mutex<HashMap<String, VecDeque<Instant>>>,
    wrong: Mutex<HashMap<(Url, ContentId), Instant>>,
}

/// One of the transfers that a server may be asked for.
#[derive(Debug)]
pub(crate) struct Turn(#[allow(dead_code, reason = "it counts while it lives")] OwnedSemaphorePermit);

impl Hosts {
    pub fn new(patience: Duration) -> Self {
        Self { patience, turns: Mutex::default(), failures: Mutex::default(), wrong: Mutex::default() }
    }

    /// Waits until the server may be asked.
    pub async fn turn(&self, url: &Url) -> Result<Turn, Transient> {
        let server = server(url);
        let turns = {
            let mut turns = lock(&self.turns);
            make_room(&mut turns, |turns| turns.available_permits() < AT_ONCE);
            turns.entry(server.clone()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone()
        };
        let busy = || Transient::Busy(format!("{AT_ONCE} transfers from there go on"));
        let turn = timeout(self.patience, turns.acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        if self.rests(url, Instant::now()) {
            return Err(Transient::Busy(format!("it failed {FAILURES} times within a minute")));
        }
        Ok(Turn(turn))
    }

    /// Whether the server has failed too often.
    fn rests(&self, url: &Url, now: Instant) -> bool {
        let failures = lock(&self.failures);
        let times = failures.get(&server(url));
        times.is_some_and(|times| times.iter().filter(|time| now < **time + REST).count() >= FAILURES)
    }

    /// The server gave no answer that is of use.
    pub fn failed(&self, url: &Url, now: Instant) {
        let mut failures = lock(&self.failures);
        make_room(&mut failures, |times| times.back().is_some_and(|last| now < *last + REST));
        let times = failures.entry(server(url)).or_default();
        times.push_back(now);
        while times.len() > FAILURES {
            times.pop_front();
        }
    }

    /// The address gave other bytes than the blob's.
    pub fn was_wrong(&self, url: &Url, id: ContentId, now: Instant) {
        let mut wrong = lock(&self.wrong);
        make_room(&mut wrong, |since| now < *since + WRONG_FOR);
        wrong.insert((url.clone(), id), now);
    }

    /// An error if the address gave other bytes than the blob's not long ago.
    pub fn was_right(&self, url: &Url, id: ContentId, now: Instant) -> Result<(), Fatal> {
        match lock(&self.wrong).get(&(url.clone(), id)) {
            Some(since) if now < *since + WRONG_FOR => Err(Fatal::WrongContent),
            _ => Ok(()),
        }
    }
}

fn server(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// Forgets what is no longer of use where there is too much, and all if that is not enough.
fn make_room<K: Eq + Hash, V>(known: &mut HashMap<K, V>, mut is_of_use: impl FnMut(&V) -> bool) {
    if known.len() >= REMEMBERED {
        known.retain(|_, value| is_of_use(value));
    }
    if known.len() >= REMEMBERED {
        known.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_server_is_asked_for_two_things_at_a_time() {
        let hosts = Hosts::new(PATIENCE);
        let (a, b) = (url("http://a.example/1"), url("http://b.example/1"));
        let first = hosts.turn(&a).await.unwrap();
        let _second = hosts.turn(&url("http://a.example:80/2")).await.unwrap();
        let _other = hosts.turn(&b).await.unwrap();
        assert!(matches!(hosts.turn(&a).await, Err(Transient::Busy(_))));
        drop(first);
        hosts.turn(&a).await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_fails_has_its_rest() {
        let hosts = Hosts::new(PATIENCE);
        let (a, now) = (url("http://a.example/1"), Instant::now());
        let second = Duration::from_secs(1);
        for number in 0..3 {
            hosts.turn(&a).await.unwrap();
            hosts.failed(&url(&format!("http://a.example/{number}")), now + number * second);
        }
        assert!(matches!(hosts.turn(&a).await, Err(Transient::Busy(_))));
        assert!(hosts.rests(&a, now + 59 * second));
        assert!(!hosts.rests(&a, now + 60 * second));
        assert!(!hosts.rests(&url("http://b.example/1"), now));
    }

    #[test]
    fn wrong_bytes_are_not_asked_for_again_soon() {
        let hosts = Hosts::new(PATIENCE);
        let (a, id, now) = (url("http://a.example/1"), ContentId([1; 32]), Instant::now());
        hosts.was_wrong(&a, id, now);
        assert_eq!(hosts.was_right(&a, id, now), Err(Fatal::WrongContent));
        assert_eq!(hosts.was_right(&a, ContentId([2; 32]), now), Ok(()));
        assert_eq!(hosts.was_right(&url("http://a.example/2"), id, now), Ok(()));
        assert_eq!(hosts.was_right(&a, id, now + WRONG_FOR), Ok(()));
    }

    #[tokio::test]
    async fn what_is_known_stays_small() {
        let hosts = Hosts::new(PATIENCE);
        let now = Instant::now();
        for number in 0..2 * REMEMBERED {
            let url = url(&format!("http://h{number}.example/"));
            drop(hosts.turn(&url).await);
            hosts.failed(&url, now);
            hosts.was_wrong(&url, ContentId([0; 32]), now);
        }
        assert!(lock(&hosts.turns).len() <= REMEMBERED);
        assert!(lock(&hosts.failures).len() <= REMEMBERED);
        assert!(lock(&hosts.wrong).len() <= REMEMBERED);
    }
}
