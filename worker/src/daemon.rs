//! The daemon: hands events to [`decide`](crate::decide::decide), and performs the actions.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus_endpoint::Registry;
use talka_client::{keys, AccountId, Client, Error, KeyError, KeySource, Keypair, Snapshot, Tlk};
use talka_executor::Executor;
use talka_primitives::{
    asset::Unmet,
    view::{Assignment, Part, ValidatorView},
    BlockNumber, TaskId,
};
use talka_store::{Store, StoreOptions};
use tokio::{
    signal::unix::{signal, Signal, SignalKind},
    sync::{mpsc, watch},
    task::block_in_place,
    time::sleep,
};
use tracing::{info, warn};

use crate::{
    decide::{decide, Action, Event, Presence, Record, Rules, State},
    error::WorkerError,
    journal::Journal,
    keep::Keeper,
    lock::Lock,
    metrics::{self, Metrics},
    observe::{is_other, Observer},
    options::Options,
    perform::Performer,
    publish,
    workshop::{Stop, Workshop},
};

/// Blocks within which a transaction whose block was replaced is in the chain again.
const FORK: BlockNumber = 5;

/// Pauses while the node cannot be reached at the start.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];

/// What the parts of the daemon tell its centre.
pub(crate) enum Message {
    Event(Event),
    Broken(WorkerError),
}

/// Be a worker, until a signal says to stop. `executor` runs the tasks.
pub async fn run(options: Options, executor: Arc<dyn Executor>) -> Result<(), WorkerError> {
    let mut signals = Signals::new()?;
    let key = load_key(&options)?;
    make_dir(&options.base_path)?;
    let _lock = Lock::take(&options.base_path)?;
    let client = tokio::select! {
        client = connect(&options.url) => client?,
        () = signals.next() => return Ok(()),
    };
    let account = client.account(key);
    info!(account = %account.id(), chain = ?client.genesis(), node = client.url(), "starting");

    let parameters = client.best().await?.parameters()?;
    let ready = async {
        match options.juror {
            true => look_for_seat(&client, account.id()).await,
            false => check_membership(&client, account.id()).await,
        }
    };
    tokio::select! {
        ready = ready => ready?,
        () = signals.next() => return Ok(()),
    }
    let journal = Journal::open(&options.base_path.join("journal"), client.genesis(), account.id())?;
    let journal = Arc::new(journal);
    let registry = Registry::new();
    let metrics = Metrics::register(&registry).map_err(|cause| WorkerError::Metrics(cause.to_string()))?;
    metrics.slots.set(options.slots.into());
    publish::publish(&client, &metrics).await?;

    let (messages, inbox) = mpsc::unbounded_channel();
    if let Some(port) = options.prometheus_port {
        let messages = messages.clone();
        let external = options.prometheus_external;
        tokio::spawn(async move {
            if let Err(error) = metrics::serve(port, external, registry).await {
                messages.send(Message::Broken(error)).ok();
            }
        });
    }
    let workshop = open_workshop(&options, executor, journal.clone(), metrics.clone()).await?;
    let store = workshop.store.clone();
    let keeper = tokio::spawn(workshop.keeper.clone().run());
    let peer = store.address().to_string();
    info!(%peer, "serving results");
    if !options.juror && !options.take_over {
        check_alone(&client.best().await?, account.id(), &peer).await?;
    }

    let records = journal.load()?;
    let rules = Rules {
        slots: options.slots.into(),
        batch: parameters.max_batch as usize,
        heartbeat_period: parameters.heartbeat_period,
        juror: options.juror,
    };
    if !records.is_empty() {
        info!(open = records.len(), "going on where it was");
    }
    let state = State::new(rules, records);
    let (open, open_seen) = watch::channel(state.open());
    let publisher = tokio::spawn(publish::keep_publishing(client.clone(), metrics.clone()));
    let observer = Observer {
        client,
        account: account.id(),
        slots: options.slots,
        peer: peer.clone(),
        open: open_seen,
        metrics: metrics.clone(),
    };
    let observer = tokio::spawn(observer.run(messages.clone()));
    let performer = Performer {
        account,
        slots: options.slots,
        peer,
        metrics: metrics.clone(),
        messages: messages.clone(),
    };
    let worker = Worker {
        state,
        at: 0,
        juror: options.juror,
        member: true,
        ripe_at: 0,
        own_since: None,
        block_time: parameters.block_time,
        journal,
        workshop: Arc::new(workshop),
        performer,
        running: BTreeMap::new(),
        open,
        metrics,
        messages,
    };
    let result = worker.serve(inbox, signals, options.drain_timeout()).await;
    observer.abort();
    publisher.abort();
    keeper.abort();
    store.shutdown().await;
    result
}

/// The centre: what it holds, it alone changes.
struct Worker {
    state: State,
    at: BlockNumber,
    /// It sits on juries only.
    juror: bool,
    /// It belonged to a pool when last seen.
    member: bool,
    /// From when on it could be drawn when last seen.
    ripe_at: BlockNumber,
    /// The first block in which the chain had its own address.
    own_since: Option<BlockNumber>,
    block_time: Duration,
    journal: Arc<Journal>,
    workshop: Arc<Workshop>,
    performer: Performer,
    running: BTreeMap<TaskId, Stop>,
    open: watch::Sender<Vec<TaskId>>,
    metrics: Metrics,
    messages: mpsc::UnboundedSender<Message>,
}

/// Whether to go on.
enum Next {
    Go,
    Finish,
}

impl Worker {
    async fn serve(
        mut self,
        mut inbox: mpsc::UnboundedReceiver<Message>,
        mut signals: Signals,
        patience: Duration,
    ) -> Result<(), WorkerError> {
        let mut drain_until: Option<Instant> = None;
        let result = loop {
            let event = tokio::select! {
                () = signals.next() => {
                    if drain_until.is_some() {
                        warn!("stopping at once");
                        break self.leave();
                    }
                    info!(?patience, "finishing what was begun; another signal stops at once");
                    drain_until = Some(Instant::now() + patience);
                    Event::Drain
                }
                () = until(drain_until) => break self.leave(),
                message = inbox.recv() => match message {
                    Some(Message::Event(event)) => event,
                    Some(Message::Broken(error)) => break Err(error),
                    None => break Ok(()),
                },
            };
            match self.happen(event) {
                Ok(Next::Go) => {}
                Ok(Next::Finish) => {
                    info!("all is done");
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        self.running.values().for_each(Stop::stop);
        result
    }

    /// Stop with things undone. That is no failure as long as no digest waits to be shown.
    fn leave(&self) -> Result<(), WorkerError> {
        match self.state.open().len() + self.state.busy_slots() {
            0 => Ok(()),
            open => Err(WorkerError::Unfinished(open)),
        }
    }

    fn happen(&mut self, event: Event) -> Result<Next, WorkerError> {
        match &event {
            Event::Seen(seen) => {
                self.at = seen.at;
                self.tell_presence(seen.presence);
                if is_taken_over(&mut self.own_since, seen.at, seen.presence) {
                    return Err(WorkerError::TakenOver);
                }
            }
            Event::Ended { task, .. } => drop(self.running.remove(task)),
            Event::Answered { .. } | Event::Drain => {}
        }
        let mut next = Next::Go;
        for action in decide(&mut self.state, event) {
            match self.performer.send(action) {
                Some(Action::Persist(record)) => self.persist(&record)?,
                Some(Action::Forget { task, end }) => {
                    info!(%task, ?end, "over");
                    self.metrics.over(end);
                    block_in_place(|| self.journal.forget(task))?;
                }
                Some(Action::Execute(assignment)) => self.execute(*assignment),
                Some(Action::Cancel(task)) => {
                    if let Some(stop) = self.running.get(&task) {
                        stop.stop();
                    }
                }
                Some(Action::Finish) => next = Next::Finish,
                // The performer has sent the others.
                _ => {}
            }
        }
        let open = self.state.open();
        self.metrics.open_tasks.set(open.len() as u64);
        self.metrics.slots_busy.set(self.state.busy_slots() as u64);
        self.open.send_replace(open);
        Ok(next)
    }

    /// Say once what keeps a worker from being drawn.
    fn tell_presence(&mut self, presence: Presence) {
        let Presence { member, ripe_at, .. } = presence;
        if !self.juror && self.member && !member {
            warn!(
                "the pool's operator has dismissed this worker; join another pool with `talka worker join`"
            );
        }
        if !self.juror && ripe_at > self.at && ripe_at != self.ripe_at {
            info!(
                block = ripe_at,
                now = self.at,
                "the bond is too young to be drawn: waiting for that block"
            );
        }
        (self.member, self.ripe_at) = (member, ripe_at);
    }

    fn persist(&self, record: &Record) -> Result<(), WorkerError> {
        Ok(block_in_place(|| self.journal.persist(record))?)
    }

    fn execute(&mut self, assignment: Assignment<AccountId>) {
        let (task, terms) = (assignment.task, crate::decide::Terms::of(&assignment));
        if assignment.part == Part::Juror {
            info!(%task, "summoned to a jury");
            self.metrics.summons.inc();
        }
        let blocks = assignment.until.saturating_sub(self.at);
        let time = self.block_time * blocks;
        let stop = Stop::default();
        self.running.insert(task, stop.clone());
        let (workshop, messages) = (self.workshop.clone(), self.messages.clone());
        tokio::spawn(async move {
            let report = workshop.work(assignment, time, stop).await;
            // Nobody listens any more when the worker stops.
            messages.send(Message::Event(Event::Ended { task, terms, report })).ok();
        });
    }
}

/// Whether another worker has gone online in place of this one. Where a fork has replaced the block in which this one did,
/// an older address comes back for some blocks.
fn is_taken_over(own_since: &mut Option<BlockNumber>, at: BlockNumber, presence: Presence) -> bool {
    if presence.online && presence.current {
        own_since.get_or_insert(at);
    }
    presence.elsewhere && own_since.is_some_and(|since| at > since.saturating_add(FORK))
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, WorkerError> {
        let listen = |kind| signal(kind).map_err(WorkerError::io("listen for", Path::new("signals")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn load_key(options: &Options) -> Result<Keypair, KeyError> {
    let source: KeySource = options.key.parse()?;
    source.load(|| {
        let password = keys::password(options.password_file.as_deref())?;
        password.ok_or_else(|| KeyError::NoPassword("a daemon cannot ask for it".into()))
    })
}

async fn connect(url: &str) -> Result<Client, WorkerError> {
    let [mut pause, longest] = PAUSES;
    loop {
        match Client::connect(url).await {
            Err(Error::Transient(problem)) => warn!(%problem, ?pause, "waiting for the node"),
            result => return Ok(result?),
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Whether the account can work at all: better a clear word now than a refusal at every block.
///
/// Where a fork replaces a block, what its transactions did is missing for some blocks. So a worker that has just joined is
/// not sent away at once.
async fn check_membership(client: &Client, account: AccountId) -> Result<(), WorkerError> {
    let mut blocks = client.best_blocks();
    let mut last = None;
    loop {
        let block = blocks.next().await;
        let last = *last.get_or_insert(block.number.saturating_add(FORK));
        match membership(&client.at(block).await?, account).await {
            Err(WorkerError::Client(error)) => return Err(error.into()),
            Err(problem) if block.number < last => warn!(%problem, "looking again in the next block"),
            result => return result,
        }
    }
}

async fn membership(snapshot: &Snapshot, account: AccountId) -> Result<(), WorkerError> {
    let Some(view) = snapshot.worker(account).await? else { return Err(WorkerError::NotAMember(account)) };
    let Some(pool) = view.pool else { return Err(WorkerError::NotAMember(account)) };
    let Some(policy) = snapshot.pool(pool).await?.map(|pool| pool.policy) else { return Ok(()) };
    match policy.unmet_by(view.bond, view.score) {
        None => {}
        Some(Unmet::Bond) => {
            let (bond, min) = (Tlk(view.bond), Tlk(policy.min_bond));
            return Err(WorkerError::BondTooSmall { account, bond, pool, min });
        }
        Some(Unmet::Score) => {
            return Err(WorkerError::ScoreTooLow { account, score: view.score, pool, min: policy.min_score });
        }
    }
    info!(%pool, bond = %Tlk(view.bond), merit = %Tlk(view.merit.0), score = %view.score, "a member");
    Ok(())
}

/// Two workers with one key overwrite each other's address, and execute tasks whose digests the other one keeps.
async fn check_alone(snapshot: &Snapshot, account: AccountId, peer: &str) -> Result<(), WorkerError> {
    match snapshot.worker(account).await? {
        Some(view) if view.online && is_other(peer, &view.peer.to_str()) => {
            Err(WorkerError::Elsewhere { account, peer: view.peer.to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether the account can be drawn for juries now. If not, it may be later: seats change.
async fn look_for_seat(client: &Client, account: AccountId) -> Result<(), WorkerError> {
    let validators = client.best().await?.validators().await?;
    let is_its = |one: &&ValidatorView<AccountId>| one.who == account || one.juror_key == Some(account);
    match validators.iter().find(is_its) {
        Some(one) if one.seated => {
            info!(validator = %one.who, stake = %Tlk(one.stake), "a juror, with a seat")
        }
        Some(_) => warn!("this candidate has no seat: it is not drawn for juries until it has one"),
        None => warn!("this is no validator's account, and none has named it: it has nothing to do"),
    }
    Ok(())
}

async fn open_workshop(
    options: &Options,
    executor: Arc<dyn Executor>,
    journal: Arc<Journal>,
    metrics: Metrics,
) -> Result<Workshop, WorkerError> {
    const MIB: u64 = 1024 * 1024;
    let scratch = options.base_path.join("scratch");
    // What a crash has left there is of no use.
    match fs::remove_dir_all(&scratch) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            return Err(WorkerError::io("remove", &scratch)(cause))
        }
        _ => make_dir(&scratch)?,
    }
    let store = Store::open(StoreOptions {
        listen: options.listen,
        advertise: options.advertise,
        allow_files: options.allow_file_uris,
        allow_private_http: options.allow_private_http,
        ..StoreOptions::new(options.base_path.join("store"))
    })
    .await?;
    Ok(Workshop {
        keeper: Arc::new(Keeper::new(store.clone(), journal, options.retention())),
        store,
        executor,
        scratch,
        max_app: u64::from(options.max_app_mib) * MIB,
        max_data: u64::from(options.max_data_mib) * MIB,
        metrics,
    })
}

fn make_dir(path: &Path) -> Result<(), WorkerError> {
    fs::create_dir_all(path).map_err(WorkerError::io("create", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_when_another_worker_with_its_key_goes_online() {
        let own = Presence { member: true, online: true, current: true, ..Presence::default() };
        let other = Presence { current: false, elsewhere: true, ..own };
        let mut since = None;
        // What was there before it went online itself is not news.
        assert!(!is_taken_over(&mut since, 1, other));
        assert!(!is_taken_over(&mut since, 2, own));
        assert!(!is_taken_over(&mut since, 2 + FORK, other));
        assert!(!is_taken_over(&mut since, 3 + FORK, own));
        assert!(is_taken_over(&mut since, 4 + FORK, other));
    }
}
