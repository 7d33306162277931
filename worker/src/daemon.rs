//! The daemon: hands events to [`decide`](crate::decide::decide), and performs the actions.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus_endpoint::Registry;
use talka_client::{AccountId, Client, Keypair};
use talka_executor::Executor;
use talka_primitives::{
    view::{Assignment, Part},
    BlockNumber, ContentId, Digest, TaskId,
};
use tokio::{
    sync::{mpsc, watch},
    task::{block_in_place, JoinHandle},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    decide::{
        blocks_left, decide, public_inputs, Action, End, Event, Presence, Record, Report, Rules, Seen, State,
        Terms, FORK,
    },
    error::WorkerError,
    journal::Journal,
    keep::{Keeper, Pinned},
    live::Live,
    lock::Lock,
    metrics::{self, Metrics},
    modes,
    observe::Observer,
    options::Options,
    perform::Performer,
    publish,
    signals::Signals,
    start,
    workshop::{Done, Stop, Workshop},
};

/// What the parts of the daemon tell its centre.
pub(crate) enum Message {
    Event(Event),
    /// An execution ended. What it names is kept until its record is written.
    Ended(Event, Option<Pinned>),
    /// Another node is asked from now on.
    Moved(Box<Client>),
    Broken(WorkerError),
}

/// Be a worker, until a signal says to stop. `executor` runs the tasks.
pub async fn run(options: Options, executor: Arc<dyn Executor>) -> Result<(), WorkerError> {
    let mut signals = Signals::new()?;
    let key = start::load_key(&options)?;
    modes::prepare(&options)?;
    let _lock = Lock::take(&options.base_path)?;
    let client = tokio::select! {
        client = start::connect(&options.url) => client?,
        () = signals.next() => return Ok(()),
    };
    info!(key = %client.account(key.clone()).id(), chain = ?client.genesis(), node = client.url(), "starting");
    let begun = tokio::select! {
        begun = begin(&options, &client, &key) => begun?,
        () = signals.next() => return Ok(()),
    };
    let Begun { account, journal, records, lost } = begun;

    let parameters = client.best().await?.parameters()?;
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
    let live = Live::new(client.genesis());
    let workshop = start::open_workshop(&options, executor, journal.clone(), live, metrics.clone()).await?;
    let store = workshop.store.clone();
    workshop.keeper.serve_again().await;
    let keeper = tokio::spawn(workshop.keeper.clone().run());
    let peer = store.announcement();
    info!(%peer, "serving results");
    if !options.juror && !options.take_over {
        start::check_alone(&client.best().await?, account, &peer).await?;
    }

    let rules = Rules {
        slots: options.slots.into(),
        batch: parameters.max_batch as usize,
        heartbeat_period: parameters.heartbeat_period,
        periods: parameters.periods,
        juror: options.juror,
    };
    let state = State::new(rules, records, lost);
    if !state.open().is_empty() {
        info!(open = state.open().len(), lost = state.lost(), "going on where it was");
    }
    let (open, open_seen) = watch::channel(state.open());
    let links = Links {
        key,
        account,
        slots: options.slots,
        peer,
        open: open_seen,
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
        keeper: workshop.keeper.clone(),
        workshop: Arc::new(workshop),
        link: links.link(client),
        links,
        running: BTreeMap::new(),
        open,
        metrics,
        messages,
    };
    let result = worker.serve(inbox, signals, options.drain_timeout()).await;
    keeper.abort();
    store.shutdown().await;
    result
}

/// What is known before the worker works.
struct Begun {
    account: AccountId,
    journal: Arc<Journal>,
    records: Vec<Record>,
    lost: Vec<Assignment<AccountId>>,
}

async fn begin(options: &Options, client: &Client, key: &Keypair) -> Result<Begun, WorkerError> {
    let key = client.account(key.clone()).id();
    let account = match options.juror {
        true => key,
        false => start::acting_for(client, key).await?,
    };
    let journal = Journal::open(&options.base_path.join("journal"), client.genesis(), account)?;
    let records = journal.load()?;
    let lost = start::committed(client, account).await?;
    let ready = match options.juror {
        true => start::look_for_seat(client, account).await,
        false => start::check_membership(client, account).await,
    };
    match ready {
        // What it has committed to it has to show, whether or not it gets more to do.
        Err(problem) if !records.is_empty() || !lost.is_empty() => {
            warn!(%problem, "no more tasks: finishing those that are open");
        }
        ready => ready?,
    }
    Ok(Begun { account, journal: Arc::new(journal), records, lost })
}

/// What it takes to work with a node.
struct Links {
    key: Keypair,
    account: AccountId,
    slots: u8,
    peer: String,
    open: watch::Receiver<Vec<TaskId>>,
    metrics: Metrics,
    messages: mpsc::UnboundedSender<Message>,
}

/// The work with one node, until it is dropped.
struct Link {
    performer: Performer,
    tasks: [JoinHandle<()>; 2],
}

impl Links {
    fn link(&self, client: Client) -> Link {
        let performer = Performer {
            account: client.account(self.key.clone()),
            slots: self.slots,
            peer: self.peer.clone(),
            metrics: self.metrics.clone(),
            messages: self.messages.clone(),
            left: CancellationToken::new(),
        };
        let publisher = publish::keep_publishing(client.clone(), self.metrics.clone());
        let observer = Observer {
            client,
            account: self.account,
            slots: self.slots,
            peer: self.peer.clone(),
            open: self.open.clone(),
            metrics: self.metrics.clone(),
        };
        let observer = observer.run(self.messages.clone());
        Link { performer, tasks: [tokio::spawn(observer), tokio::spawn(publisher)] }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.performer.left.cancel();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// An execution under way.
struct Running {
    stop: Stop,
    /// What peers may have while its result is kept.
    public: Vec<ContentId>,
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
    keeper: Arc<Keeper>,
    workshop: Arc<Workshop>,
    links: Links,
    link: Link,
    running: BTreeMap<TaskId, Running>,
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
            // Held until what follows from the event is written.
            let mut _kept = None;
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
                    Some(Message::Ended(event, kept)) => {
                        _kept = kept;
                        event
                    }
                    Some(Message::Moved(client)) => {
                        self.link = self.links.link(*client);
                        continue;
                    }
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
        self.running.values().for_each(|running| running.stop.stop());
        result
    }

    /// Stop with things undone. That is no failure as long as no digest waits to be shown.
    fn leave(&self) -> Result<(), WorkerError> {
        match self.state.open().len() + self.state.busy_slots() {
            0 => Ok(()),
            open => Err(WorkerError::Unfinished(open)),
        }
    }

    /// An event, and what follows from performing the actions that follow from it.
    fn happen(&mut self, event: Event) -> Result<Next, WorkerError> {
        let mut events = VecDeque::from([event]);
        let mut next = Next::Go;
        while let Some(mut event) = events.pop_front() {
            if let Event::Seen(seen) = &mut event {
                self.look(seen)?;
            }
            let mut public = match &event {
                Event::Ended { task, .. } => self.running.remove(task).map(|running| running.public),
                _ => None,
            };
            for action in decide(&mut self.state, event) {
                if let Action::Reveal(findings) = &action {
                    self.show(findings.iter().map(|finding| finding.digest).collect());
                }
                match self.link.performer.send(action) {
                    Some(Action::Persist(record)) => {
                        let on_disk = self.persist(&record, &public.take().unwrap_or_default());
                        events.push_back(Event::Kept { task: record.task, terms: record.terms, on_disk });
                    }
                    Some(Action::Forget { task, end, accepted }) => self.forget(task, end, accepted),
                    Some(Action::Execute(assignment)) => self.execute(*assignment),
                    Some(Action::Cancel(task)) => {
                        if let Some(running) = self.running.get(&task) {
                            running.stop.stop();
                        }
                    }
                    Some(Action::Finish) => next = Next::Finish,
                    // The performer has sent the others.
                    _ => {}
                }
            }
        }
        self.metrics.open_tasks.set(self.state.open().len() as u64);
        self.metrics.lost.set(self.state.lost() as u64);
        self.metrics.slots_busy.set(self.state.busy_slots() as u64);
        self.open.send_replace(self.state.open());
        Ok(next)
    }

    /// Add to a block what the machine knows, and notice what it says of this worker.
    fn look(&mut self, seen: &mut Seen) -> Result<(), WorkerError> {
        seen.room = self.keeper.has_room();
        if self.state.is_behind(seen) {
            warn!(block = seen.at, highest = self.at, "the node is behind: waiting until it is at the head");
            return Ok(());
        }
        self.at = seen.at;
        self.workshop.live.see(seen.at, &seen.duties.execute);
        self.tell_presence(seen.presence);
        match is_taken_over(&mut self.own_since, seen.at, seen.presence) {
            true => Err(WorkerError::TakenOver),
            false => Ok(()),
        }
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

    /// Tells whether the record is on the disk. Peers may have `public` from then on.
    fn persist(&self, record: &Record, public: &[ContentId]) -> bool {
        if let Err(problem) = block_in_place(|| self.journal.persist(record, public)) {
            error!(task = %record.task, %problem, "a result cannot be noted: declining its task");
            self.keeper.ran_full();
            return false;
        }
        if !public.is_empty() {
            let (keeper, public) = (self.keeper.clone(), public.to_vec());
            tokio::spawn(async move { keeper.serve(&public).await });
        }
        true
    }

    /// Peers may have these results from now on.
    fn show(&self, digests: Vec<Digest>) {
        let keeper = self.keeper.clone();
        tokio::spawn(async move {
            for digest in digests {
                keeper.show(digest).await;
            }
        });
    }

    /// A task is over. Where that cannot be noted, it is found again after the next start.
    fn forget(&self, task: TaskId, end: End, accepted: Option<Digest>) {
        info!(%task, ?end, "over");
        self.metrics.over(end);
        // It may have been shown by others alone, or before a crash.
        if let Some(digest) = accepted {
            self.show(vec![digest]);
        }
        match block_in_place(|| self.journal.forget(task)) {
            Ok(inputs) if inputs.is_empty() => {}
            Ok(inputs) => {
                let keeper = self.keeper.clone();
                tokio::spawn(async move { keeper.withhold(&inputs).await });
            }
            Err(problem) => {
                warn!(%task, %problem, "cannot note that a task is over");
                self.keeper.ran_full();
            }
        }
    }

    fn execute(&mut self, assignment: Assignment<AccountId>) {
        let (task, terms) = (assignment.task, Terms::of(&assignment));
        if assignment.part == Part::Juror {
            info!(%task, "summoned to a jury");
            self.metrics.summons.inc();
        }
        let time = self.block_time * blocks_left(&assignment, self.at);
        let stop = Stop::default();
        let public = public_inputs(&assignment);
        self.running.insert(task, Running { stop: stop.clone(), public });
        let (workshop, messages) = (self.workshop.clone(), self.messages.clone());
        tokio::spawn(async move {
            let work = tokio::spawn(async move { workshop.work(assignment, time, stop).await });
            let Done { report, kept } = work.await.unwrap_or_else(|problem| {
                error!(%task, %problem, "the work on a task broke off: report this");
                Report::Nothing.into()
            });
            // Nobody listens any more when the worker stops.
            messages.send(Message::Ended(Event::Ended { task, terms, report }, kept)).ok();
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
