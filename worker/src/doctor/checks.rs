//! What follows from what was measured.

use std::{
    borrow::Cow,
    fmt,
    fs::File,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use talka_client::Tlk;
use talka_primitives::BlockNumber;

const MIB: u64 = 1024 * 1024;

/// How old a best block may be, in seconds.
const OLDEST_HEAD: i64 = 60;

/// How much earlier than the chain this machine may think it is, in seconds.
const EARLIEST_CLOCK: i64 = 10;

/// What is written to see how fast the disk is, in bytes.
const WRITTEN: u64 = 64 * MIB;

/// The least that is to be written in a second, in MiB.
const LEAST_SPEED: u64 = 20;

/// How long a disk may take to note something small, as the worker does before each commitment.
const LONGEST_SYNC: Duration = Duration::from_millis(100);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Ok,
    Warn,
    Fail,
}

/// Something that was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    what: Cow<'static, str>,
    hint: Option<String>,
}

impl Finding {
    pub(super) fn ok(what: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Ok, what: what.into(), hint: None }
    }

    pub(super) fn warn(what: impl Into<Cow<'static, str>>, hint: impl Into<String>) -> Self {
        Self { level: Level::Warn, what: what.into(), hint: Some(hint.into()) }
    }

    pub(super) fn fail(what: impl Into<Cow<'static, str>>, hint: impl Into<String>) -> Self {
        Self { level: Level::Fail, what: what.into(), hint: Some(hint.into()) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        write!(f, "{level}  {}", self.what)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n      {hint}"))
    }
}

/// The best block of a node, and its age in seconds by this machine's clock.
pub(super) fn head(url: &str, age: i64) -> Finding {
    if age < -EARLIEST_CLOCK {
        let what = format!("this machine's clock is {} s behind the chain's", -age);
        return Finding::fail(what, "set the clock, best with NTP");
    }
    match age <= OLDEST_HEAD {
        true => Finding::ok(format!("{url} is at the head of the chain")),
        false => Finding::fail(
            format!("the best block of {url} was made {age} s ago"),
            "wait until the node is at the head; see whether it has peers, and whether this machine's clock is right",
        ),
    }
}

/// Whether the bond is old enough.
pub(super) fn ripe(now: BlockNumber, ripe_at: BlockNumber, bond: Tlk) -> Finding {
    match ripe_at <= now {
        true => Finding::ok(format!("a bond of {bond} TLK can be drawn")),
        false => {
            let what = format!("the worker is not drawn before block {ripe_at}; now it is {now}");
            Finding::warn(what, "the worker can be started: it goes online then")
        }
    }
}

/// Digests that are kept, and those that were committed to and are not.
pub(super) fn digests(kept: usize, lost: usize) -> Finding {
    match lost {
        0 => Finding::ok(format!("{kept} digests are kept for open tasks, and none is lost")),
        _ => Finding::warn(
            format!("{lost} digests of open tasks are lost"),
            "start the worker soon: it executes those tasks again and reveals what comes out",
        ),
    }
}

/// Where peers are to fetch results.
pub(super) fn address(listen: SocketAddr, advertise: Option<SocketAddr>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if listen.ip().is_loopback() {
        findings.push(Finding::warn(
            "results can be fetched from this machine alone",
            "listen where others can reach it: --listen 0.0.0.0:PORT --advertise ADDRESS:PORT",
        ));
    } else if listen.ip().is_unspecified() && advertise.is_none() {
        findings.push(Finding::fail(
            "nobody can be told where to fetch results",
            "name the address at which others reach this machine: --advertise ADDRESS:PORT",
        ));
    }
    if listen.port() == 0 && !listen.ip().is_loopback() {
        findings.push(Finding::warn(
            "the port changes with each start",
            "name one with --listen, and let UDP to it through the firewall",
        ));
    }
    findings
}

/// A budget in MiB, against what this program may have and what the largest task may need, in bytes.
pub(super) fn memory(budget: u64, available: Option<u64>, slots: u8, largest: u64) -> Finding {
    let largest = largest.div_ceil(MIB);
    let Some(available) = available.map(|bytes| bytes / MIB) else {
        return Finding::warn("this machine does not tell how much memory it has", "set --memory-mib");
    };
    if budget > available {
        let what = format!("executions may take {budget} MiB of memory, and there are {available}");
        return Finding::fail(what, "lower --memory-mib: the system would end the worker with all its tasks");
    }
    let at_once = budget / largest.max(1);
    match at_once {
        0 => Finding::warn(
            format!("the largest tasks need {largest} MiB of memory, and executions may take {budget}"),
            "nothing has to be done: such tasks are declined",
        ),
        _ if at_once < u64::from(slots) => Finding::warn(
            format!("of the largest tasks {at_once} fit into memory at once, and there are {slots} slots"),
            "lower --slots: a task that waits for memory may be late, and is declined then",
        ),
        _ => Finding::ok(format!("there is memory for {slots} of the largest tasks")),
    }
}

/// How fast a disk is.
pub(super) struct Speed {
    /// To write and to note [`WRITTEN`] bytes.
    pub(super) large: Duration,
    /// To note something small.
    pub(super) small: Duration,
}

/// Write to the disk, as the worker does.
pub(super) fn measure(base_path: &Path) -> io::Result<Speed> {
    let folder = super::try_out(base_path)?;
    let write = |name: &str, bytes: u64| -> io::Result<Duration> {
        let begun = Instant::now();
        let mut file = File::create(folder.path().join(name))?;
        let piece = vec![0x5a; MIB.min(bytes) as usize];
        for _ in 0..bytes.div_ceil(MIB) {
            file.write_all(&piece)?;
        }
        file.sync_all()?;
        Ok(begun.elapsed())
    };
    Ok(Speed { large: write("large", WRITTEN)?, small: write("small", 100)? })
}

/// Whether the disk is fast enough for results to be kept in time.
pub(super) fn disk(measured: io::Result<Speed>) -> Finding {
    let Speed { large, small } = match measured {
        Ok(speed) => speed,
        Err(cause) => {
            let what = format!("nothing can be written below the base path: {cause}");
            return Finding::fail(what, "check the path, its permissions, and the space on the disk");
        }
    };
    let speed = (WRITTEN as f64 / MIB as f64 / large.as_secs_f64().max(0.001)) as u64;
    let what = format!(
        "the disk writes {speed} MiB a second, and notes something small in {} ms",
        small.as_millis()
    );
    match speed >= LEAST_SPEED && small <= LONGEST_SYNC {
        true => Finding::ok(what),
        false => Finding::warn(what, "that is slow: choose another disk for --base-path, or fewer --slots"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(finding: Finding) -> Level {
        finding.level
    }

    #[test]
    fn are_told_with_what_to_do() {
        assert_eq!(Finding::ok("well").to_string(), "ok    well");
        assert_eq!(Finding::fail("bad", "mend it").to_string(), "FAIL  bad\n      mend it");
    }

    #[test]
    fn a_node_that_is_behind_and_a_wrong_clock_are_failures() {
        let at = |age| level(head("ws://a", age));
        assert_eq!((at(2), at(60), at(-5)), (Level::Ok, Level::Ok, Level::Ok));
        assert_eq!((at(61), at(-11)), (Level::Fail, Level::Fail));
    }

    #[test]
    fn a_young_bond_is_waited_for() {
        assert_eq!(level(ripe(10, 10, Tlk(1))), Level::Ok);
        assert_eq!(level(ripe(10, 11, Tlk(1))), Level::Warn);
    }

    #[test]
    fn a_lost_digest_is_told() {
        assert_eq!(level(digests(3, 0)), Level::Ok);
        assert_eq!(level(digests(3, 1)), Level::Warn);
    }

    #[test]
    fn an_address_that_nobody_can_be_told_is_a_failure() {
        let levels = |listen: &str, advertise: Option<&str>| {
            let advertise = advertise.map(|address| address.parse().unwrap());
            address(listen.parse().unwrap(), advertise).into_iter().map(level).collect::<Vec<_>>()
        };
        assert_eq!(levels("127.0.0.1:0", None), [Level::Warn]);
        assert_eq!(levels("0.0.0.0:4919", None), [Level::Fail]);
        assert_eq!(levels("0.0.0.0:0", Some("203.0.113.7:4919")), [Level::Warn]);
        assert_eq!(levels("0.0.0.0:4919", Some("203.0.113.7:4919")), []);
        assert_eq!(levels("203.0.113.7:4919", None), []);
    }

    #[test]
    fn memory_that_is_not_there_is_a_failure() {
        let gib = |gib: u64| gib << 30;
        let of = |budget, slots| level(memory(budget, Some(gib(16)), slots, gib(4)));
        assert_eq!(of(16 * 1024, 4), Level::Ok);
        assert_eq!(of(16 * 1024 + 1, 4), Level::Fail);
        assert_eq!(of(15 * 1024, 4), Level::Warn);
        assert_eq!(of(1024, 1), Level::Warn);
        assert_eq!(level(memory(1024, None, 1, 1)), Level::Warn);
    }

    #[test]
    fn a_disk_is_measured() {
        let speed = |large, small| {
            Ok(Speed { large: Duration::from_secs(large), small: Duration::from_millis(small) })
        };
        assert_eq!(level(disk(speed(1, 5))), Level::Ok);
        assert_eq!(level(disk(speed(10, 5))), Level::Warn);
        assert_eq!(level(disk(speed(1, 500))), Level::Warn);
        let missing = tempfile::tempdir().unwrap().path().join("missing");
        assert_eq!(level(disk(measure(&missing))), Level::Fail);
    }
}
