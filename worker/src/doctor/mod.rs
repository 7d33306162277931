//! Tells what is wrong with a machine before it costs stake.
//!
//! Each finding is a line that begins with `ok`, `warn` or `FAIL`, and says what to do. What would cost a worker its stake, or keep it
//! from starting, is a failure.

mod checks;
mod sandbox;

use std::{
    net::{TcpListener, UdpSocket},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use talka_client::{terminal, AccountId, Client, Snapshot, Tlk};
use talka_executor::{memory_needed, Limits};
use talka_primitives::{manifest::MAX_OUTPUT_BYTES, view::ValidatorView, Hint};
use tokio::time::timeout;

use crate::{
    error::WorkerError, journal::Journal, keep::RESERVE, lock::Lock, memory::available, modes,
    options::Options, reserve::Reserve, start,
};
use checks::{Finding, Level};

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Look at this machine, its key and its nodes, and print what was found.
///
/// # Errors
///
/// [`WorkerError::Unwell`] where a worker would lose by it, or would not start.
pub async fn examine(options: &Options) -> Result<(), WorkerError> {
    let mut doctor = Doctor { failures: 0 };
    doctor.look_at_folder(options);
    doctor.tell(checks::disk(checks::measure(&options.base_path)));
    doctor.tell_all(checks::address(options.listen, options.advertise));
    doctor.look_at_port(options);
    doctor.tell(sandbox::check(&options.base_path));
    doctor.look_at_account(options).await;
    match doctor.failures {
        0 => Ok(()),
        failures => Err(WorkerError::Unwell(failures)),
    }
}

struct Doctor {
    failures: usize,
}

impl Doctor {
    fn tell(&mut self, finding: Finding) {
        self.failures += usize::from(finding.level == Level::Fail);
        println!("{}", terminal::lines(&finding.to_string()));
    }

    fn tell_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.tell(finding));
    }

    /// An error that keeps a worker from working, with its hint.
    fn fail(&mut self, what: &str, error: &impl Hint) {
        self.tell(Finding::fail(format!("{what}: {error}"), error.hint()));
    }

    fn look_at_folder(&mut self, options: &Options) {
        let open = [options.base_path.clone(), options.base_path.join("journal")];
        let open: Vec<_> = open.iter().filter(|path| modes::is_open_to_others(path)).collect();
        for path in &open {
            let what = format!("others on this machine can use {}", path.display());
            self.tell(Finding::warn(what, "from now on they cannot: see whom it was open to"));
        }
        match modes::prepare(options) {
            Ok(()) if open.is_empty() => self.tell(Finding::ok("the folder is for this account alone")),
            Ok(()) => {}
            Err(error) => self.fail("the folder cannot be used", &error),
        }
        // It is let go at once: nothing below changes what a worker keeps.
        match Lock::take(&options.base_path) {
            Ok(_) => {}
            Err(error) => self.fail("a worker is at work here", &error),
        }
        match Reserve::new(options.base_path.join("reserve"), RESERVE).hold() {
            Ok(()) => self.tell(Finding::ok("there is room on the disk for results")),
            Err(cause) => {
                let what = format!("no room on the disk for {} MiB: {cause}", RESERVE >> 20);
                self.tell(Finding::fail(what, "free some space, or name another --base-path"));
            }
        }
    }

    fn look_at_port(&mut self, options: &Options) {
        match UdpSocket::bind(options.listen) {
            Ok(_) => self.tell(Finding::ok(format!("UDP {} is free", options.listen))),
            Err(cause) => {
                let what = format!("cannot listen on UDP {}: {cause}", options.listen);
                self.tell(Finding::fail(what, "stop what uses it, or choose another port with --listen"));
            }
        }
        let Some(listen) = options.http else { return };
        match TcpListener::bind(listen) {
            Ok(_) if listen.ip().is_unspecified() && options.http_advertise.is_none() => {
                let what = "browsers cannot be told where to fetch results";
                self.tell(Finding::fail(what, "name the address that they ask: --http-advertise URL"));
            }
            Ok(_) => self.tell(Finding::ok(format!("TCP {listen} is free"))),
            Err(cause) => {
                let what = format!("cannot listen on TCP {listen}: {cause}");
                self.tell(Finding::fail(what, "stop what uses it, or choose another port with --http"));
            }
        }
    }

    /// The key, the nodes, and what the chain says of the account.
    async fn look_at_account(&mut self, options: &Options) {
        let key = match start::load_key(options) {
            Ok(key) => key,
            Err(error) => return self.fail("the key cannot be used", &error),
        };
        let Some(client) = self.look_at_nodes(&options.url).await else { return };
        let key = client.account(key).id();
        self.tell(Finding::ok(format!("the key is that of {key}")));
        if let Err(error) = self.ask(options, &client, key).await {
            self.fail("the chain cannot be asked", &error);
        }
    }

    /// Gives the first node that can be asked.
    async fn look_at_nodes(&mut self, urls: &[String]) -> Option<Client> {
        let mut first: Option<Client> = None;
        for url in urls {
            match timeout(PATIENCE, look_at_node(url)).await {
                Ok(Ok((client, age))) => {
                    self.tell(checks::head(url, age));
                    match &first {
                        Some(first) if first.genesis() != client.genesis() => {
                            let what = format!("{url} belongs to another chain than {}", first.url());
                            self.tell(Finding::fail(what, "name nodes of one chain"));
                        }
                        Some(_) => {}
                        None => first = Some(client),
                    }
                }
                Ok(Err(error)) => self.fail(url, &error),
                Err(_) => {
                    self.tell(Finding::fail(format!("{url} does not answer"), "see whether the node runs"))
                }
            }
        }
        first
    }

    async fn ask(&mut self, options: &Options, client: &Client, key: AccountId) -> Result<(), WorkerError> {
        let best = client.best().await?;
        let account = if options.juror { key } else { best.worker_of(key).await? };
        match options.juror {
            true => self.look_for_seat(&best, account).await?,
            false => self.look_at_worker(&best, account, key).await?,
        }
        self.look_at_journal(options, client, &best, account).await?;
        let limits = best.categories().await?.into_iter().map(|category| Limits {
            fuel: category.item.fuel,
            memory_bytes: category.item.memory,
            output_bytes: MAX_OUTPUT_BYTES,
            wall_clock: Duration::ZERO,
        });
        let largest = limits.map(|limits| memory_needed(&limits)).max().unwrap_or(0);
        self.tell(checks::memory(options.memory(), available(), options.slots, largest));
        Ok(())
    }

    async fn look_for_seat(&mut self, best: &Snapshot, account: AccountId) -> Result<(), WorkerError> {
        let validators = best.validators().await?;
        let is_its = |one: &&ValidatorView<AccountId>| one.who == account || one.juror_key == Some(account);
        self.tell(match validators.iter().find(is_its) {
            Some(one) if one.seated => Finding::ok(format!("a juror of {}, which has a seat", one.who)),
            Some(one) => {
                let what = format!("{} has no seat: it is not drawn for juries", one.who);
                Finding::warn(what, "nothing is to be done until it has one")
            }
            None => Finding::fail(
                "no validator has named this key, and it is none's",
                "name it with `talka validator set-juror-key`",
            ),
        });
        Ok(())
    }

    async fn look_at_worker(
        &mut self,
        best: &Snapshot,
        account: AccountId,
        key: AccountId,
    ) -> Result<(), WorkerError> {
        if account == key {
            let hint = "keep it elsewhere, and give the worker a duty key: docs/operate/worker.md says how";
            self.tell(Finding::warn("the key can spend the account's bond and balance", hint));
        } else {
            self.tell(Finding::ok(format!("the key acts for the worker {account}")));
        }
        match start::membership(best, account).await {
            Ok(()) => self.tell(Finding::ok("a member of a pool, with the bond that it asks for")),
            Err(WorkerError::Client(error)) => return Err(error.into()),
            Err(error) => self.fail("not drawn for tasks", &error),
        }
        if let Some(view) = best.worker(account).await? {
            let ripe_at = view.ripe_at.max(view.paused_until);
            self.tell(checks::ripe(best.block().number, ripe_at, Tlk(view.bond)));
        }
        Ok(())
    }

    async fn look_at_journal(
        &mut self,
        options: &Options,
        client: &Client,
        best: &Snapshot,
        account: AccountId,
    ) -> Result<(), WorkerError> {
        let committed = best.committed(account).await?;
        let path = options.base_path.join("journal");
        let records = match path.exists() {
            false => Vec::new(),
            true => {
                match Journal::open(&path, client.genesis(), account).and_then(|journal| journal.load()) {
                    Ok(records) => records,
                    Err(error) => {
                        self.fail("what the worker has committed to cannot be read", &error);
                        return Ok(());
                    }
                }
            }
        };
        let is_kept = |task| records.iter().any(|record| record.task == task);
        let lost = committed.iter().filter(|assignment| !is_kept(assignment.task)).count();
        self.tell(checks::digests(records.len(), lost));
        Ok(())
    }
}

/// A node, and how long ago its best block was made by this machine's clock: less than nothing where that is wrong.
async fn look_at_node(url: &str) -> Result<(Client, i64), talka_client::Error> {
    let client = Client::connect(url).await?;
    let made = client.best().await?.time().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((client, now.as_secs() as i64 - made.as_secs() as i64))
}

/// A folder for what is tried out, which goes when the answer is dropped.
fn try_out(base_path: &Path) -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("doctor-").tempdir_in(base_path)
}
