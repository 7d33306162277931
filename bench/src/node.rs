//! The network that is measured: real nodes with a chain of their own, as the end-to-end tests have them.

use std::{fs, path::Path, time::Duration};

use anyhow::{ensure, Context as _, Result};
use talka_primitives::Balance;
use talka_runtime::constants::currency::TLK;
use talka_tests::{
    cluster::{Place, Plan, Ports},
    folder::Folder,
    specification::{Holder, Start},
    wait, Cluster,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{chain::Actor, load::Clients, report::Sample, workers::Crew};

/// What a worker starts with.
const WORKER_BALANCE: Balance = 1_100 * TLK;
/// What it has of that in its bond.
const WORKER_BOND: Balance = 1_000 * TLK;
/// What everybody else starts with: more than can be held of it.
const BALANCE: Balance = 100_000_000 * TLK;
/// What a node logs when it serves its metrics, before the address.
const METRICS: &str = "Prometheus exporter started at ";
/// What a node logs when it has made a block, before its number and the milliseconds that it took.
const MADE: &str = "Prepared block for proposing at ";
/// The parts of a second in which the system counts the time of processes.
const TICK: Duration = Duration::from_millis(10);

/// Nodes on this machine, at two seconds a block.
pub struct Network {
    cluster: Cluster,
}

impl Network {
    /// Start validators, each of which keeps the state of its last `states` blocks. Workers have a bond, and all have money.
    pub async fn start(
        validators: usize,
        states: u32,
        crew: &Crew,
        clients: &Clients,
        seller: &Actor,
    ) -> Result<Self> {
        let rich = clients.addresses().chain([seller.address()]);
        let rich = rich.map(|address| Holder { address, balance: BALANCE, bond: 0 });
        let workers = crew.members.iter().map(Actor::address);
        let workers = workers.map(|address| Holder { address, balance: WORKER_BALANCE, bond: WORKER_BOND });
        // Slots as long as on public networks.
        let start = Start {
            slot: None,
            holders: rich.chain(workers).collect(),
            ..Start::with_validators(validators)
        };
        let places = vec![Place { states, ..Place::default() }; validators];
        let plan = Plan { start, places, ports: Ports::Usual };
        Ok(Self { cluster: Cluster::start(Folder::temporary()?, &plan).await? })
    }

    /// The interface of the first node.
    pub fn url(&self) -> String {
        self.cluster.nodes[0].url()
    }

    /// The time of processors that all nodes have used.
    pub fn cpu(&self) -> Result<Duration> {
        self.cluster
            .nodes
            .iter()
            .map(|node| {
                let id = node.id().with_context(|| node.last_words())?;
                cpu(&id.to_string())
            })
            .sum()
    }

    /// What the first node says of the blocks that it has made, block by block: the milliseconds that each took.
    pub fn making_times(&self) -> Sample {
        making_times(&self.cluster.nodes[0].said())
    }

    /// Sum and count of a histogram among the first node's metrics.
    pub async fn histogram(&self, name: &str) -> Result<(f64, f64)> {
        let node = &self.cluster.nodes[0];
        let address = wait::until("the node to serve its metrics", Duration::from_secs(10), || async {
            Ok(metrics_address(&node.said()))
        })
        .await?;
        let mut stream = TcpStream::connect(&address).await.with_context(|| format!("asked {address}"))?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let read = |part| metric(&answer, &format!("{name}_{part}"));
        read("sum").zip(read("count")).with_context(|| format!("the node has no metric {name}"))
    }

    /// The bytes of all files of the first node's database.
    pub fn database(&self) -> Result<u64> {
        let chains = self.cluster.nodes[0].base().join("chains");
        let mut size = 0;
        for chain in fs::read_dir(chains)? {
            size += size_of(&chain?.path().join("paritydb"))?;
        }
        ensure!(size > 0, "the node has no database");
        Ok(size)
    }

    /// All went well: the logs are not needed.
    pub fn finish(self) {
        self.cluster.stop(Duration::from_secs(20));
        self.cluster.folder().is_not_needed();
    }
}

/// The time of processors that a process has used, by its number or `self`.
pub fn cpu(process: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    ticks(&stat)
        .map(|ticks| TICK * ticks)
        .with_context(|| format!("/proc/{process}/stat cannot be read: {stat}"))
}

/// User and system time in a line of `/proc/PID/stat`, which begins with the number and the name in brackets.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11).map(|field| field.parse::<u32>().ok());
    fields.next()??.checked_add(fields.next()??)
}

/// Where a node serves its metrics, by its log.
fn metrics_address(log: &str) -> Option<String> {
    let (_, rest) = log.split_once(METRICS)?;
    let (address, _) = rest.split_once('\n')?;
    Some(address.trim().to_owned())
}

/// The value of a metric without further labels than that of the chain.
fn metric(text: &str, name: &str) -> Option<f64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let line = lines.find(|rest| rest.starts_with('{') || rest.starts_with(' '))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

/// The milliseconds that each block took, by a node's log.
fn making_times(log: &str) -> Sample {
    let mut times = Sample::default();
    for line in log.lines().filter_map(|line| line.split_once(MADE)) {
        let time = line.1.split_once('(').and_then(|(_, rest)| rest.split_once(" ms)"));
        if let Some(Ok(time)) = time.map(|(time, _)| time.parse()) {
            times.push(time);
        }
    }
    times
}

/// The bytes of all files below a folder; none where it is not there. What goes away meanwhile does not count.
fn size_of(folder: &Path) -> Result<u64> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(0) };
    let mut size = 0;
    for entry in entries {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => size += size_of(&entry.path())?,
            Ok(found) => size += on_disk(&found),
            Err(_) => {}
        }
    }
    Ok(size)
}

/// What a file takes of the disk: databases make files longer than what is in them.
fn on_disk(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(file) * 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_time_of_a_process_whatever_its_name() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("42 (a) S 1"), None);
        assert!(cpu("self").is_ok());
    }

    #[test]
    fn reads_metrics_by_their_whole_names() {
        let text = "# TYPE made histogram\nmade_sum_of_all{chain=\"x\"} 7\nmade_sum{chain=\"x\"} 1.5\nmade_count 3\n";
        assert_eq!(metric(text, "made_sum"), Some(1.5));
        assert_eq!(metric(text, "made_count"), Some(3.0));
        assert_eq!(metric(text, "made"), None);
    }

    #[test]
    fn reads_the_log_of_a_node() {
        let log = "x 〽️ Prometheus exporter started at 127.0.0.1:9615\n\
            x 🎁 Prepared block for proposing at 7 (12 ms) hash: 0x1; end: NoMoreTransactions; extrinsics_count: 1\n\
            x 🎁 Prepared block for proposing at 8 (30 ms) hash: 0x2; end: NoMoreTransactions; extrinsics_count: 9\n";
        assert_eq!(metrics_address(log).as_deref(), Some("127.0.0.1:9615"));
        let times = making_times(log);
        assert_eq!((times.count(), times.max(), times.mean()), (2, Some(30), Some(21.0)));
    }
}
