//! What an operator can choose.

use std::{net::SocketAddr, num::NonZero, path::PathBuf, thread::available_parallelism, time::Duration};

use clap::{Command, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};
use talka_primitives::{
    manifest::{MAX_APP_BYTES, WASM_ABI},
    task::MAX_SLOTS,
};
use talka_store::{HttpUrl, WebOptions};

use crate::memory::usual_budget;

/// The version with the commit that it was built from.
const VERSION: &str = env!("SUBSTRATE_CLI_IMPL_VERSION");

/// Execute tasks for a Talka chain.
///
/// The account must have a bond and belong to a pool: see `talka worker bond` and `talka worker join`. With --juror it
/// must be a validator's, or the key that a validator has named. The first SIGTERM, SIGINT or SIGHUP lets the worker finish what it has
/// begun, the second stops it at once.
#[derive(Clone, Debug, Parser)]
#[command(version = VERSION, long_version = format!("{VERSION}\nWebAssembly ABI {WASM_ABI}"))]
pub struct Options {
    /// The node: the address of its JSON-RPC interface. It can cost the worker its stake: name only nodes of your own. With
    /// several, separated by commas, the next is asked when one is lost, or has no new block for a minute and the next has.
    #[arg(
        long,
        env = "TALKA_URL",
        value_name = "URL",
        value_delimiter = ',',
        default_value = "ws://127.0.0.1:9944"
    )]
    pub url: Vec<String>,

    /// The worker's duty key, or its account's: dev:NAME (test chains), file:PATH or keystore:PATH. Never a secret itself.
    // A text, because a mistyped value must not be repeated in an error: it may be a secret.
    #[arg(long, env = "TALKA_KEY", hide_env_values = true, value_name = "SOURCE")]
    pub key: String,

    /// A file with the password of the keystore.
    #[arg(long, env = "TALKA_PASSWORD_FILE", value_name = "PATH")]
    pub password_file: Option<PathBuf>,

    /// Where the worker keeps its state, its blobs and its scratch files. Each worker has its own.
    #[arg(long, env = "TALKA_BASE_PATH", value_name = "DIR")]
    pub base_path: PathBuf,

    /// Go online although the account is online from elsewhere: its old base path is lost, and no other worker has its key.
    /// What that one has committed to cannot be revealed any more.
    #[arg(long, conflicts_with = "juror")]
    pub take_over: bool,

    /// Sit on juries for a validator: execute the tasks for whose jury it was drawn. --key is the key that it has named for
    /// this (see `talka validator set-juror-key`), or its account's. Needs no bond as a worker and no pool.
    #[arg(long, env = "TALKA_JUROR")]
    pub juror: bool,

    /// How many tasks to execute at once, from 1 to 32.
    #[arg(long, env = "TALKA_SLOTS", value_name = "N", default_value_t = default_slots(),
          value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_SLOTS)))]
    pub slots: u8,

    /// Where to serve results (UDP). On the loopback address only programs of this machine can fetch them.
    #[arg(long, env = "TALKA_LISTEN", value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// What others connect to, where that is not --listen: behind a router, or when listening on all interfaces.
    #[arg(long, env = "TALKA_ADVERTISE", value_name = "IP:PORT")]
    pub advertise: Option<SocketAddr>,

    /// Serve the same blobs to browsers, over HTTP (TCP). On the loopback address a web server with TLS can stand in front.
    #[arg(long, env = "TALKA_HTTP", value_name = "IP:PORT")]
    pub http: Option<SocketAddr>,

    /// What browsers ask, where that is not --http: the address of the web server that stands in front. The chain lists it.
    #[arg(long, env = "TALKA_HTTP_ADVERTISE", value_name = "URL", requires = "http")]
    pub http_advertise: Option<HttpUrl>,

    /// Fetch from file:// sources, which means: let strangers name files of this machine.
    #[arg(long, env = "TALKA_ALLOW_FILE_URIS")]
    pub allow_file_uris: bool,

    /// Fetch from web servers of private networks, which means: let strangers name them.
    #[arg(long, env = "TALKA_ALLOW_PRIVATE_HTTP")]
    pub allow_private_http: bool,

    /// The largest app to fetch, in MiB.
    #[arg(long, env = "TALKA_MAX_APP_MIB", value_name = "MIB", default_value_t = (MAX_APP_BYTES >> 20) as u32)]
    pub max_app_mib: u32,

    /// The largest dataset to fetch, in MiB.
    #[arg(long, env = "TALKA_MAX_DATA_MIB", value_name = "MIB", default_value_t = 4096)]
    pub max_data_mib: u32,

    /// How long to keep results, apps and data after their last use, in hours. Results of open tasks are kept in any
    /// case.
    #[arg(long, env = "TALKA_KEEP_HOURS", value_name = "HOURS", default_value_t = 168,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_hours: u32,

    /// The most that apps, data and results may take on the disk, in GiB. What was longest of no use goes first, and nothing
    /// that an open task needs.
    #[arg(long, env = "TALKA_MAX_DISK_GIB", value_name = "GIB", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_disk_gib: u32,

    /// The most memory that all executions together may take, in MiB. Without it, what this machine has or this program may
    /// have of it, less 1 GiB. Tasks that need more are declined.
    #[arg(long, env = "TALKA_MEMORY_MIB", value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    pub memory_mib: Option<u64>,

    /// How long to finish open tasks after a signal, in seconds.
    #[arg(long, env = "TALKA_DRAIN_TIMEOUT", value_name = "SECONDS", default_value_t = 300)]
    pub drain_timeout: u64,

    /// Serve metrics at http://127.0.0.1:PORT/metrics.
    #[arg(long, env = "TALKA_PROMETHEUS_PORT", value_name = "PORT")]
    pub prometheus_port: Option<u16>,

    /// Serve metrics on all interfaces.
    #[arg(long, env = "TALKA_PROMETHEUS_EXTERNAL", requires = "prometheus_port")]
    pub prometheus_external: bool,

    /// How to write the log.
    #[arg(long, env = "TALKA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What to log, as in `info` or `warn,talka_worker=debug`.
    #[arg(long, env = "TALKA_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event.
    Text,
    /// A JSON object for each event.
    Json,
}

/// What the program is asked to do.
#[derive(Clone, Debug)]
pub enum CommandLine {
    /// Be a worker.
    Work(Options),
    /// Tell what is wrong with this machine.
    Doctor(Options),
}

impl CommandLine {
    /// What the command line asks for. Ends the process where it asks for help, or for nothing that there is.
    pub fn parse() -> Self {
        let matches = command().get_matches();
        let parsed = match matches.subcommand() {
            Some((DOCTOR, matches)) => Options::from_arg_matches(matches).map(Self::Doctor),
            _ => Options::from_arg_matches(&matches).map(Self::Work),
        };
        parsed.unwrap_or_else(|error| error.exit())
    }
}

/// The name of the command that looks for problems.
const DOCTOR: &str = "doctor";

/// The daemon takes options without a command.
fn command() -> Command {
    let doctor = Options::command()
        .name(DOCTOR)
        .about("Tell what is wrong with this machine, its key or its node, before it costs stake")
        .long_about(
            "Tell what is wrong with this machine, its key or its node, before it costs stake.\n\nTakes the options of the \
             worker, which must not run with the same base path. Ends with 1 where a worker would lose by it.",
        );
    Options::command().subcommand(doctor).args_conflicts_with_subcommands(true).subcommand_negates_reqs(true)
}

impl Options {
    /// The most that the store may take, in bytes.
    pub(crate) fn max_disk(&self) -> u64 {
        u64::from(self.max_disk_gib) << 30
    }

    /// The most that executions may take of the memory, in MiB. Without a number, and where the machine does not tell what it
    /// has, there is no limit.
    pub(crate) fn memory(&self) -> u64 {
        self.memory_mib.or_else(usual_budget).unwrap_or(u64::MAX)
    }

    /// Where blobs are served over HTTP.
    pub(crate) fn web(&self) -> Option<WebOptions> {
        self.http.map(|listen| WebOptions { listen, advertise: self.http_advertise.clone() })
    }

    pub(crate) fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_hours) * 60 * 60)
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout)
    }
}

/// One for each processor.
fn default_slots() -> u8 {
    available_parallelism().map_or(1, NonZero::get).clamp(1, MAX_SLOTS.into()) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [&str; 4] = ["--key", "dev:Worker1", "--base-path", "/tmp/worker"];

    fn options(program: &[&str], more: &[&str]) -> clap::ArgMatches {
        command().try_get_matches_from([program, &NEEDED[..], more].concat()).unwrap()
    }

    #[test]
    fn are_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn name_several_nodes() {
        let matches = options(&["talka-worker"], &["--url", "ws://a:1,ws://b:2", "--url", "ws://c:3"]);
        let options = Options::from_arg_matches(&matches).unwrap();
        assert_eq!(options.url, ["ws://a:1", "ws://b:2", "ws://c:3"]);
    }

    #[test]
    fn are_the_same_for_the_doctor() {
        let matches = options(&["talka-worker", "doctor"], &["--slots", "3"]);
        let (name, matches) = matches.subcommand().unwrap();
        assert_eq!((name, Options::from_arg_matches(matches).unwrap().slots), (DOCTOR, 3));
        assert!(command().try_get_matches_from(["talka-worker"]).is_err(), "a key is needed");
        assert!(command().try_get_matches_from(["talka-worker", "doctor"]).is_err(), "here too");
    }
}
