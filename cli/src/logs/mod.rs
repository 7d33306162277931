//! What a task does and what its app writes to standard error: asked of its workers while they execute it, and read from the
//! result afterwards.

mod hear;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use talka_client::{live::Question, AccountId, Client, Error, Snapshot};
use talka_primitives::{
    live::{buyers, Refusal, Report, Step},
    view::{Outcome, TaskView},
    TaskId,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{timeout_at, Instant},
};

use self::hear::{tellers, Ear, Teller, Unheard};
use crate::{
    commands::{deal::absent, task::look},
    context::Context,
    error::CliError,
    follow::{awaited, interruptible},
    output::{failure, fuel_percent, hint, LiveOut, SaidOut, TaskOut},
    results::{winners, Fetcher},
};

/// The longest line that is waited for to its end, in bytes.
const LINE: usize = 4096;
/// Reports that wait to be printed.
const INBOX: usize = 64;

/// How long workers are listened to after the task has ended: what they said at last may be on its way.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What a worker has said so far.
#[derive(Debug, Default)]
struct Log {
    /// The byte of standard error that was not told yet.
    next: u64,
    /// The beginning of a line whose end was not told yet.
    begun: Vec<u8>,
    /// What it did when people were last told, and how many tenths of its fuel were used.
    told: Option<(Step, u64)>,
    /// Why it could not be heard.
    problem: Option<String>,
}

/// What comes of asking a worker: reports; in the end nothing, or the reason why there are no more.
type Heard = (AccountId, Result<Option<Report>, Unheard>);

/// Show what a task does and says, now or until it ends.
pub(crate) async fn logs(context: &Context, task: TaskId, follows: bool) -> Result<(), CliError> {
    let client = context.connect().await?;
    let snapshot = client.best().await?;
    let view = look(&snapshot, task).await?;
    if let TaskView::Ended(outcome) = view {
        return said(context, &client, &snapshot, task, outcome).await;
    }
    let key = context.key()?;
    let who = AccountId::from(key.public_key().0);
    let Some(deal) = snapshot.deal(task.deal).await? else {
        return Err(absent(&snapshot, task.deal).await);
    };
    if !buyers(&deal.deal).contains(&&who) {
        return Err(CliError::NotABuyer { task, who, requester: deal.deal.requester });
    }
    let ear = Arc::new(Ear::open(client.genesis(), key).await?);
    let result = match follows {
        true => {
            let following = follow(context, &client, &ear, task, who);
            interruptible(following, || CliError::Interrupted(vec![task.deal])).await
        }
        false => now(context, &snapshot, &ear, task, who, &view).await,
    };
    ear.close().await;
    result
}

/// Print one report of each worker.
async fn now(
    context: &Context,
    snapshot: &Snapshot,
    ear: &Ear,
    task: TaskId,
    who: AccountId,
    view: &TaskView<AccountId>,
) -> Result<(), CliError> {
    let tellers = tellers(snapshot, view).await?;
    if tellers.is_empty() {
        return Err(CliError::NobodyExecutes { task, awaited: awaited(view) });
    }
    let at = snapshot.block().number;
    let once = |teller| async move {
        let question = Question { task, from: 0, asked_at: at, who };
        ear.ask(teller, question).await?.next().await?.ok_or(Unheard::Refused(Refusal::Unknown))
    };
    let heard = join_all(tellers.iter().map(once)).await;
    let mut unheard = Vec::new();
    for (teller, heard) in tellers.iter().zip(heard) {
        match heard {
            Ok(report) => {
                let out = LiveOut::new(task, teller.account, &report, &report.messages);
                context.print(&out.among(tellers.len() > 1))?;
            }
            Err(problem) => unheard.push(format!("worker {}: {problem}", teller.account)),
        }
    }
    if unheard.len() == tellers.len() {
        return Err(CliError::NotHeard { task, why: unheard });
    }
    unheard.iter().for_each(|problem| context.say(format!("note: {problem}")));
    Ok(())
}

/// Print what workers report until the task has ended.
async fn follow(
    context: &Context,
    client: &Client,
    ear: &Arc<Ear>,
    task: TaskId,
    who: AccountId,
) -> Result<(), CliError> {
    let mut blocks = client.best_blocks();
    let mut logs = BTreeMap::<AccountId, Log>::new();
    let mut asked = BTreeSet::new();
    // Those that are still asked when this ends are asked no more.
    let mut asking = JoinSet::new();
    let (sender, mut inbox) = mpsc::channel::<Heard>(INBOX);
    let mut waits = None;
    let outcome = loop {
        let block = tokio::select! {
            block = blocks.next() => block,
            Some((worker, heard)) = inbox.recv() => {
                if !matches!(heard, Ok(Some(_))) {
                    asked.remove(&worker);
                }
                let several = logs.len() > 1;
                logs.entry(worker).or_default().hear(context, task, worker, several, heard)?;
                continue;
            }
        };
        let seen = async {
            let snapshot = client.at(block).await?;
            let view = snapshot.task(task).await?;
            let tellers = match &view {
                Some(view) => tellers(&snapshot, view).await?,
                None => Vec::new(),
            };
            Ok::<_, Error>((view, tellers))
        };
        let (view, tellers) = match seen.await {
            // A fork may take the task back for some blocks.
            Ok((None, _)) | Err(Error::Transient(_)) => continue,
            Ok((Some(view), tellers)) => (view, tellers),
            Err(error) => return Err(error.into()),
        };
        if let TaskView::Ended(outcome) = view {
            break outcome;
        }
        while asking.try_join_next().is_some() {}
        let now_waits = awaited(&view);
        if now_waits != waits {
            if let Some(what) = now_waits {
                context.say(format!("task {task} waits for {what}"));
            }
            waits = now_waits;
        }
        for teller in tellers {
            let log = logs.entry(teller.account).or_default();
            if asked.insert(teller.account) {
                let question = Question { task, from: log.next, asked_at: block.number, who };
                asking.spawn(ask(ear.clone(), teller, question, sender.clone()));
            }
        }
    };
    // Nothing comes any more when all have ended.
    drop(sender);
    let until = Instant::now() + LAST_WORDS;
    while let Ok(Some((worker, heard))) = timeout_at(until, inbox.recv()).await {
        let several = logs.len() > 1;
        logs.entry(worker).or_default().hear(context, task, worker, several, heard)?;
    }
    match outcome {
        Outcome::Completed { .. } => context.print(&TaskOut::new(task, TaskView::Ended(outcome))),
        Outcome::Failed { reason, .. } => {
            Err(CliError::NothingSaid { task, why: failure(reason), hint: hint(reason) })
        }
    }
}

/// Pass on what a worker reports, until it has no more to tell.
async fn ask(ear: Arc<Ear>, teller: Teller, question: Question<AccountId>, sender: mpsc::Sender<Heard>) {
    let mut hearing = match ear.ask(&teller, question).await {
        Ok(hearing) => hearing,
        Err(problem) => {
            // An error means that nobody listens any more.
            sender.send((teller.account, Err(problem))).await.ok();
            return;
        }
    };
    loop {
        let heard = hearing.next().await;
        let is_last = !matches!(heard, Ok(Some(_)));
        if sender.send((teller.account, heard)).await.is_err() || is_last {
            return;
        }
    }
}

impl Log {
    /// Tell what was heard of a worker.
    fn hear(
        &mut self,
        context: &Context,
        task: TaskId,
        worker: AccountId,
        several: bool,
        heard: Result<Option<Report>, Unheard>,
    ) -> Result<(), CliError> {
        match heard {
            Ok(Some(report)) => {
                self.problem = None;
                let (is_news, lines) = self.take(&report);
                let out = LiveOut::new(task, worker, &report, &lines);
                context.print(&out.among(several).news(is_news))?;
            }
            // It has not seen the block yet in which it was drawn, or is through with the task.
            Ok(None) | Err(Unheard::Refused(Refusal::Unknown)) => {}
            Err(problem) => {
                let problem = format!("note: worker {worker}: {problem}");
                if self.problem.as_ref() != Some(&problem) {
                    context.say(&problem);
                    self.problem = Some(problem);
                }
            }
        }
        Ok(())
    }

    /// Whether a report has news of what is done, and the lines that have ended with it.
    fn take(&mut self, report: &Report) -> (bool, Vec<u8>) {
        self.next = report.next;
        self.begun.extend(&report.messages);
        let ended = match self.begun.iter().rposition(|byte| *byte == b'\n') {
            _ if report.step == Step::Ended || self.begun.len() > LINE => self.begun.len(),
            Some(last) => last + 1,
            None => 0,
        };
        let lines = self.begun.drain(..ended).collect();
        let state = Some((report.step, fuel_percent(report) / 10));
        let is_news = self.told != state;
        self.told = state;
        (is_news, lines)
    }
}

/// Print what the app of a task that has ended has said, from its result.
async fn said(
    context: &Context,
    client: &Client,
    snapshot: &Snapshot,
    task: TaskId,
    outcome: Outcome,
) -> Result<(), CliError> {
    let digest = match outcome {
        Outcome::Completed { digest, .. } => digest,
        Outcome::Failed { reason, .. } => {
            return Err(CliError::NothingSaid { task, why: failure(reason), hint: hint(reason) })
        }
    };
    let Some(view) = snapshot.deal(task.deal).await? else {
        return Err(absent(snapshot, task.deal).await);
    };
    let mut known = BTreeMap::new();
    winners(client, [(task, outcome)], &mut known).await;
    let scratch = tempfile::tempdir().map_err(CliError::io("create", "a temporary directory"))?;
    let results = [(task, digest)];
    let fetcher = Fetcher::new(snapshot, view.deal.pool, &results, &known, &[], scratch.path()).await?;
    let who = known.get(&task).map(Vec::as_slice).unwrap_or_default();
    let fetching = fetcher.messages(task, digest, who);
    let read = interruptible(fetching, || CliError::FetchingInterrupted(vec![task.deal])).await;
    fetcher.close().await;
    let (manifest, messages) = read?;
    context.print(&SaidOut::new(task, &manifest, &messages))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(step: Step, messages: &str, fuel_used: u64) -> Report {
        Report { step, fuel_used, fuel_limit: 100, messages: messages.into(), next: 9 }
    }

    #[test]
    fn whole_lines_are_told_and_the_rest_at_the_end() {
        let mut log = Log::default();
        let mut take = |step, messages: &str| log.take(&report(step, messages, 0)).1;
        assert_eq!(take(Step::Executing, "one\ntw"), b"one\n");
        assert_eq!(take(Step::Executing, "o"), b"");
        assert_eq!(take(Step::Executing, "\nthr"), b"two\n");
        assert_eq!(take(Step::Ended, "ee"), b"three");
        // Nobody waits for ever for the end of a line.
        assert_eq!(take(Step::Executing, &"x".repeat(LINE + 1)).len(), LINE + 1);
        assert_eq!(log.next, 9);
    }

    #[test]
    fn people_hear_of_a_tenth_of_the_fuel_and_of_what_else_is_done() {
        let mut log = Log::default();
        let mut is_news = |step, fuel_used| log.take(&report(step, "", fuel_used)).0;
        assert!(is_news(Step::Fetching, 0));
        assert!(is_news(Step::Executing, 0));
        assert!(!is_news(Step::Executing, 9));
        assert!(is_news(Step::Executing, 10));
        assert!(is_news(Step::Keeping, 10));
    }
}
