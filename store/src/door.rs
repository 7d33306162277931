//! How much of this machine peers can use: nobody can keep others out, or make it send without end.
//!
//! Keys cost nothing, so what counts is the address: of IPv6 the first 64 bits, which one customer has. A peer over a
//! limit on connections or requests is told so, and can come again; one over a rate waits.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use iroh::{
    endpoint::{Incoming, IncomingAddr},
    protocol::IncomingFilterOutcome,
    EndpointId,
};

use crate::PeerLimits;

/// Connections a second from addresses that may be made up. More have to prove theirs first.
const UNPROVEN_PER_SECOND: u64 = 64;
/// Connections a second from one address, tried or made.
const KNOCKS_PER_SECOND: u64 = 32;
/// Requests a second from one address.
const REQUESTS_PER_SECOND: u64 = 5_000;
/// Addresses that are remembered while nothing goes on with them.
const REMEMBERED: usize = 4096;

/// Counts what goes on, and paces it.
#[derive(Debug)]
pub(crate) struct Door {
    limits: PeerLimits,
    unproven: Bucket,
    bytes: Bucket,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    connections: usize,
    requests: usize,
    peers: HashMap<EndpointId, usize>,
    addresses: HashMap<IpAddr, Visitor>,
}

/// What goes on with an address.
#[derive(Debug)]
struct Visitor {
    connections: usize,
    requests: usize,
    paces: Arc<Paces>,
}

#[derive(Debug)]
struct Paces {
    knocks: Bucket,
    requests: Bucket,
    bytes: Bucket,
}

/// A connection that counts while this lives.
#[derive(Debug)]
pub(crate) struct Guest {
    door: Arc<Door>,
    address: IpAddr,
    peer: Option<EndpointId>,
    paces: Arc<Paces>,
}

/// A request that counts while this lives.
#[derive(Debug)]
pub(crate) struct Request {
    door: Arc<Door>,
    address: IpAddr,
    paces: Arc<Paces>,
}

impl Door {
    pub fn new(limits: PeerLimits) -> Arc<Self> {
        Arc::new(Self {
            unproven: Bucket::new(UNPROVEN_PER_SECOND),
            bytes: Bucket::new(limits.bytes_per_second),
            inside: Mutex::default(),
            limits,
        })
    }

    /// What to do with who knocks. An address that is made up must not use up what belongs to its owner.
    pub fn knock(&self, incoming: &Incoming) -> IncomingFilterOutcome {
        let now = Instant::now();
        if !incoming.remote_addr_validated() {
            return match self.unproven.take(1, now) {
                true => IncomingFilterOutcome::Accept,
                false => IncomingFilterOutcome::Retry,
            };
        }
        let mut inside = self.inside();
        let paces = inside.visitor(network(&incoming.remote_addr()), &self.limits).paces.clone();
        drop(inside);
        match paces.knocks.take(1, now) {
            true => IncomingFilterOutcome::Accept,
            false => IncomingFilterOutcome::Reject,
        }
    }

    /// Lets a connection in, if there is room for it.
    pub fn enter(self: &Arc<Self>, from: &IncomingAddr) -> Option<Guest> {
        self.admit(network(from))
    }

    /// The same over TCP, where no address is made up. Who knocks too often is not let in, unless it is a web server that knocks for
    /// others.
    pub fn enter_over_tcp(self: &Arc<Self>, from: IpAddr, for_others: bool) -> Option<Guest> {
        let guest = self.admit(customer(from))?;
        (for_others || guest.paces.knocks.take(1, Instant::now())).then_some(guest)
    }

    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let mut inside = self.inside();
        if inside.connections >= self.limits.connections {
            return None;
        }
        let visitor = inside.visitor(address, &self.limits);
        if visitor.connections >= self.limits.connections_per_address {
            return None;
        }
        visitor.connections += 1;
        let paces = visitor.paces.clone();
        inside.connections += 1;
        Some(Guest { door: self.clone(), address, peer: None, paces })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Counts the connection for the peer that it proved to be. False if that has too many.
    pub fn is(&mut self, peer: EndpointId) -> bool {
        let mut inside = self.door.inside();
        let count = inside.peers.entry(peer).or_default();
        if *count >= self.door.limits.connections_per_peer {
            return false;
        }
        *count += 1;
        self.peer = Some(peer);
        true
    }

    /// Lets a request in, if there is room for it.
    pub fn request(&self) -> Option<Request> {
        let limits = &self.door.limits;
        let mut inside = self.door.inside();
        if inside.requests >= limits.requests {
            return None;
        }
        let visitor = inside.visitor(self.address, limits);
        if visitor.requests >= limits.requests_per_address {
            return None;
        }
        visitor.requests += 1;
        inside.requests += 1;
        Some(Request { door: self.door.clone(), address: self.address, paces: self.paces.clone() })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut inside = self.door.inside();
        inside.connections -= 1;
        if let Some(visitor) = inside.addresses.get_mut(&self.address) {
            visitor.connections -= 1;
        }
        let Some(peer) = self.peer else { return };
        if let Some(count) = inside.peers.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                inside.peers.remove(&peer);
            }
        }
    }
}

impl Request {
    /// Waits until the next request of this address may be looked at.
    pub async fn turn(&self) {
        wait(self.paces.requests.owe(1, Instant::now())).await;
    }

    /// Waits until this number of bytes may be sent.
    pub async fn may_send(&self, bytes: u64) {
        let now = Instant::now();
        wait(self.door.bytes.owe(bytes, now).max(self.paces.bytes.owe(bytes, now))).await;
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let mut inside = self.door.inside();
        inside.requests -= 1;
        if let Some(visitor) = inside.addresses.get_mut(&self.address) {
            visitor.requests -= 1;
        }
    }
}

impl Inside {
    fn visitor(&mut self, address: IpAddr, limits: &PeerLimits) -> &mut Visitor {
        if self.addresses.len() >= REMEMBERED {
            self.addresses.retain(|known, visitor| *known == address || !visitor.is_gone());
        }
        self.addresses.entry(address).or_insert_with(|| {
            let paces = Paces {
                knocks: Bucket::new(KNOCKS_PER_SECOND),
                requests: Bucket::new(REQUESTS_PER_SECOND),
                bytes: Bucket::new(limits.bytes_per_second_per_address),
            };
            Visitor { connections: 0, requests: 0, paces: Arc::new(paces) }
        })
    }
}

impl Visitor {
    fn is_gone(&self) -> bool {
        self.connections == 0 && self.requests == 0
    }
}

/// The address as far as it tells one customer of the internet from another.
fn network(address: &IncomingAddr) -> IpAddr {
    match address {
        IncomingAddr::Ip(socket) => customer(socket.ip()),
        // There are no other ways to a store.
        _ => Ipv6Addr::UNSPECIFIED.into(),
    }
}

fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// A token bucket: a rate a second, and what one second brings at once.
#[derive(Debug)]
struct Bucket {
    /// 0 is no limit.
    per_second: u64,
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new(per_second: u64) -> Self {
        Self { per_second, level: Mutex::new((per_second as f64, Instant::now())) }
    }

    /// Takes some, if there are enough.
    fn take(&self, count: u64, now: Instant) -> bool {
        self.at(now, |level| {
            let enough = *level >= count as f64;
            if enough {
                *level -= count as f64;
            }
            enough
        })
    }

    /// Takes some that may still have to come. Says how long to wait for them.
    fn owe(&self, count: u64, now: Instant) -> Duration {
        if self.per_second == 0 {
            return Duration::ZERO;
        }
        let missing = self.at(now, |level| {
            *level -= count as f64;
            -level.min(0.0)
        });
        Duration::from_secs_f64(missing / self.per_second as f64)
    }

    fn at<T>(&self, now: Instant, change: impl FnOnce(&mut f64) -> T) -> T {
        let mut bucket = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = &mut *bucket;
        let rate = self.per_second as f64;
        *level = rate.min(*level + rate * now.saturating_duration_since(*since).as_secs_f64());
        *since = now.max(*since);
        change(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> IncomingAddr {
        IncomingAddr::Ip(address.parse().unwrap())
    }

    fn door() -> Arc<Door> {
        Door::new(PeerLimits {
            connections: 3,
            connections_per_address: 2,
            connections_per_peer: 1,
            requests: 3,
            requests_per_address: 2,
            ..PeerLimits::default()
        })
    }

    fn key(number: u8) -> EndpointId {
        iroh::SecretKey::from_bytes(&[number; 32]).public()
    }

    #[test]
    fn connections_are_counted_by_address_by_peer_and_in_all() {
        let door = door();
        let mut first = door.enter(&from("192.0.2.1:1")).unwrap();
        let mut second = door.enter(&from("192.0.2.1:2")).unwrap();
        assert!(door.enter(&from("192.0.2.1:3")).is_none());
        assert!(first.is(key(1)));
        assert!(!second.is(key(1)));
        assert!(second.is(key(2)));
        let third = door.enter(&from("192.0.2.2:1")).unwrap();
        assert!(door.enter(&from("192.0.2.3:1")).is_none());
        drop((first, third));
        door.enter(&from("192.0.2.1:3")).unwrap();
        let mut again = door.enter(&from("192.0.2.3:1")).unwrap();
        assert!(again.is(key(1)));
    }

    #[test]
    fn requests_are_counted_by_address_and_in_all() {
        let door = door();
        let one = door.enter(&from("192.0.2.1:1")).unwrap();
        let other = door.enter(&from("192.0.2.2:1")).unwrap();
        let requests = [one.request().unwrap(), one.request().unwrap()];
        assert!(one.request().is_none());
        let more = other.request().unwrap();
        assert!(other.request().is_none());
        drop((requests, more));
        one.request().unwrap();
    }

    #[test]
    fn who_knocks_too_often_over_tcp_is_not_let_in_unless_it_does_so_for_others() {
        let door = Door::new(PeerLimits { connections_per_address: 256, ..PeerLimits::default() });
        let knock = |address: &str, for_others| door.enter_over_tcp(address.parse().unwrap(), for_others);
        let let_in = |address: &str, for_others| {
            (0..2 * KNOCKS_PER_SECOND).filter(|_| knock(address, for_others).is_some()).count() as u64
        };
        assert!((KNOCKS_PER_SECOND..2 * KNOCKS_PER_SECOND).contains(&let_in("192.0.2.1", false)));
        assert_eq!(let_in("127.0.0.1", true), 2 * KNOCKS_PER_SECOND);
        assert!(knock("192.0.2.2", false).is_some());
    }

    #[test]
    fn a_customer_of_the_internet_is_one_address() {
        let one = network(&from("[2001:db8:1:2::1]:5"));
        assert_eq!(one, network(&from("[2001:db8:1:2:ffff::9]:7")));
        assert_ne!(one, network(&from("[2001:db8:1:3::1]:5")));
        assert_eq!(network(&from("[::ffff:192.0.2.1]:5")), network(&from("192.0.2.1:6")));
        assert_ne!(network(&from("192.0.2.1:5")), network(&from("192.0.2.2:5")));
    }

    #[test]
    fn addresses_without_connections_are_forgotten() {
        let door = door();
        let _stays = door.enter(&from("192.0.2.1:1")).unwrap();
        for number in 0..2 * REMEMBERED as u32 {
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + number);
            door.enter(&IncomingAddr::Ip((address, 1).into())).unwrap();
        }
        let inside = door.inside();
        assert!(inside.addresses.len() <= REMEMBERED);
        assert!(inside.addresses.contains_key(&"192.0.2.1".parse().unwrap()));
        assert_eq!((inside.connections, inside.peers.len()), (1, 0));
    }

    #[test]
    fn who_takes_more_than_the_rate_waits() {
        let bucket = Bucket::new(1000);
        let start = Instant::now();
        assert_eq!(bucket.owe(1000, start), Duration::ZERO);
        assert_eq!(bucket.owe(500, start), Duration::from_millis(500));
        assert_eq!(bucket.owe(500, start), Duration::from_secs(1));
        // Two seconds bring all that is owed, and one second's worth.
        let later = start + Duration::from_secs(2);
        assert!(bucket.take(1000, later));
        assert!(!bucket.take(1, later));
        assert_eq!(Bucket::new(0).owe(u64::MAX, start), Duration::ZERO);
    }
}
