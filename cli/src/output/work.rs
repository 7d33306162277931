//! Deals, tasks and workers.

use serde::{Deserialize, Serialize};
use talka_client::{AccountId, Tlk};
use talka_primitives::{
    manifest::{Blob, Callback, ExitStatus, Listing, Manifest, OutputFile},
    task::Failure,
    view::{DealView, Outcome, Progress, WorkerView},
    AppId, CategoryId, ContentId, DatasetId, DealId, Digest, Parameters, PoolId, Score, TaskId, Trust,
};

use super::{
    assurance_text, assurance_word, calendar, counted, facts, purchase::held_for_audits, restricted_to,
    task::failure, Calendar, Output, Row, TaskName,
};

#[derive(Debug, Serialize)]
pub(crate) struct DealOut {
    id: DealId,
    requester: AccountId,
    payer: AccountId,
    beneficiary: AccountId,
    app: AppId,
    dataset: Option<DatasetId>,
    pool: PoolId,
    category: CategoryId,
    category_name: String,
    trust: Trust,
    /// What stands behind its results: `unverified`, `unaudited`, `internal`, `replicated` or `adjudicated`.
    assurance: &'static str,
    /// What that means where the deal is restricted.
    #[serde(skip_serializing_if = "Option::is_none")]
    restricted: Option<&'static str>,
    tasks: u32,
    arguments: Vec<String>,
    parameters: Parameters,
    /// Of one accepted task.
    price: Tlk,
    /// What is held for the audit of one task, and given back where there is none.
    held_for_audit: Tlk,
    /// What is held until the chain forgets the deal.
    deposit: Tlk,
    /// Of whom that is held.
    opened_by: AccountId,
    deadline: u32,
    progress: Progress,
    over: bool,
    /// Ended tasks; absent from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<Vec<OutcomeOut>>,
    /// Times for people.
    #[serde(skip)]
    calendar: Option<Calendar>,
}

impl DealOut {
    pub(crate) fn new(view: DealView<AccountId>) -> Self {
        let DealView { id, deal, progress } = view;
        Self {
            id,
            requester: deal.requester,
            payer: deal.payer,
            beneficiary: deal.beneficiary,
            app: deal.app,
            dataset: deal.dataset.as_ref().map(|dataset| dataset.id),
            pool: deal.pool,
            category: deal.category_id,
            category_name: deal.category.name.to_string(),
            trust: deal.trust,
            assurance: assurance_word(deal.assurance),
            restricted: restricted_to(deal.assurance),
            tasks: deal.tasks,
            arguments: deal.arguments.iter().map(ToString::to_string).collect(),
            price: Tlk(deal.price().unwrap_or_default()),
            held_for_audit: Tlk(deal.audit_price()),
            deposit: Tlk(deal.deposit.amount),
            opened_by: deal.deposit.of,
            parameters: deal.parameters,
            deadline: deal.deadline,
            over: progress.is_over(),
            progress,
            outcomes: None,
            calendar: None,
        }
    }

    pub(crate) fn dated(self, calendar: Calendar) -> Self {
        Self { calendar: Some(calendar), ..self }
    }

    pub(crate) fn with_outcomes(self, outcomes: Vec<OutcomeOut>) -> Self {
        Self { outcomes: Some(outcomes), ..self }
    }
}

impl Row for DealOut {
    const TITLES: &'static [&'static str] = &[
        "ID>",
        "APP>",
        "POOL>",
        "TASKS>",
        "QUEUED>",
        "OPEN>",
        "COMPLETED>",
        "FAILED>",
        "PRICE>",
        "DEADLINE>",
    ];

    fn cells(&self) -> Vec<String> {
        let Progress { queued, open, completed, failed } = self.progress;
        let numbers = [self.id.0, self.app.0, self.pool.0, self.tasks, queued, open, completed, failed];
        let numbers = numbers.iter().map(ToString::to_string);
        numbers.chain([self.price.to_string(), calendar::cell(self.calendar, self.deadline)]).collect()
    }
}

impl Output for DealOut {
    fn text(&self) -> String {
        self.facts_and_table(None)
    }

    fn text_within(&self, columns: u16) -> String {
        self.facts_and_table(Some(columns))
    }
}

impl DealOut {
    fn facts_and_table(&self, within: Option<u16>) -> String {
        let Progress { queued, open, completed, failed } = self.progress;
        let mut text = facts(&[
            ("deal", self.id.to_string()),
            ("app", self.app.to_string()),
            ("dataset", self.dataset.map_or("none".into(), |id| id.to_string())),
            ("pool", self.pool.to_string()),
            ("category", self.category_name.clone()),
            ("trust", self.trust.to_string()),
            ("assurance", assurance_text(self.assurance, self.restricted)),
            ("price", format!("{} TLK a task", self.price)),
            ("held for audits", held_for_audits(self.held_for_audit)),
            (
                "tasks",
                format!(
                    "{}: {queued} queued, {open} open, {completed} completed, {failed} failed",
                    self.tasks
                ),
            ),
            ("arguments", self.arguments.join(" ")),
            ("deadline", calendar::block(self.calendar, self.deadline)),
            ("requester", self.requester.to_string()),
            ("paid by", self.payer.to_string()),
            ("beneficiary", self.beneficiary.to_string()),
            ("deposit", format!("{} TLK, of {}", self.deposit, self.opened_by)),
        ]);
        if let Some(outcomes) = self.outcomes.as_ref().filter(|outcomes| !outcomes.is_empty()) {
            text.push('\n');
            text.push_str(&super::table(outcomes, within));
        }
        text
    }
}

/// How a task ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OutcomeOut {
    pub(crate) task: TaskName,
    /// `completed` or `failed`.
    outcome: &'static str,
    pub(crate) digest: Option<Digest>,
    /// What stands behind the result.
    assurance: Option<&'static str>,
    reason: Option<Failure>,
    pub(crate) block: u32,
}

impl OutcomeOut {
    pub(crate) fn new(task: TaskId, outcome: Outcome) -> Self {
        let task = TaskName(task);
        match outcome {
            Outcome::Completed { digest, assurance, at } => Self {
                task,
                outcome: "completed",
                digest: Some(digest),
                assurance: Some(assurance_word(assurance)),
                reason: None,
                block: at,
            },
            Outcome::Failed { reason, at } => Self {
                task,
                outcome: "failed",
                digest: None,
                assurance: None,
                reason: Some(reason),
                block: at,
            },
        }
    }
}

impl Row for OutcomeOut {
    const TITLES: &'static [&'static str] = &["TASK>", "OUTCOME", "BLOCK>", "ASSURANCE", "RESULT"];

    fn cells(&self) -> Vec<String> {
        let result = match (self.digest, self.reason) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(reason)) => failure(reason).into(),
            (None, None) => String::new(),
        };
        vec![
            self.task.0.to_string(),
            self.outcome.into(),
            self.block.to_string(),
            self.assurance.unwrap_or_default().into(),
            result,
        ]
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct WorkerOut {
    account: AccountId,
    bond: Tlk,
    locked: Tlk,
    /// What it was audited for and found right in.
    merit: Tlk,
    /// What draws see of it.
    score: Score,
    effective_stake: Tlk,
    pool: Option<PoolId>,
    /// The block from which on it can be drawn.
    ripe_at: u32,
    /// The first block in which it can go online, where it has declined too many tasks.
    paused_until: u32,
    online: bool,
    slots: u8,
    assigned: Vec<TaskName>,
    peer: String,
    last_seen: u32,
    /// The account that it has named to act for it.
    duty_key: Option<AccountId>,
    /// Whether that has agreed; absent from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty_key_agreed: Option<bool>,
    /// Times for people.
    #[serde(skip)]
    calendar: Option<Calendar>,
}

impl WorkerOut {
    pub(crate) fn new(view: WorkerView<AccountId>) -> Self {
        Self {
            account: view.account,
            bond: Tlk(view.bond),
            locked: Tlk(view.locked),
            merit: Tlk(view.merit.0),
            score: view.score,
            effective_stake: Tlk(view.effective_stake),
            pool: view.pool,
            ripe_at: view.ripe_at,
            paused_until: view.paused_until,
            online: view.online,
            slots: view.slots,
            assigned: view.assigned.into_iter().map(TaskName).collect(),
            peer: view.peer.to_string(),
            last_seen: view.last_seen,
            duty_key: view.duty_key,
            duty_key_agreed: None,
            calendar: None,
        }
    }

    /// Whether its duty key has agreed to act for it.
    pub(crate) fn agreed(self, agreed: bool) -> Self {
        Self { duty_key_agreed: self.duty_key.map(|_| agreed), ..self }
    }

    fn duty_key_text(&self) -> String {
        match (self.duty_key, self.duty_key_agreed) {
            (None, _) => "none".into(),
            (Some(key), Some(false)) => {
                let account = self.account;
                format!("{key}, which has not agreed: `talka worker act-for {account}` with its key")
            }
            (Some(key), _) => key.to_string(),
        }
    }

    pub(crate) fn dated(self, calendar: Calendar) -> Self {
        Self { calendar: Some(calendar), ..self }
    }
}

impl Row for WorkerOut {
    const TITLES: &'static [&'static str] =
        &["ACCOUNT", "ONLINE", "BUSY>", "SLOTS>", "MERIT>", "SCORE>", "BOND>", "LOCKED>"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.account.to_string(),
            if self.online { "yes" } else { "no" }.into(),
            self.assigned.len().to_string(),
            self.slots.to_string(),
            self.merit.to_string(),
            self.score.to_string(),
            self.bond.to_string(),
            self.locked.to_string(),
        ]
    }
}

impl Output for WorkerOut {
    fn text(&self) -> String {
        let assigned: Vec<_> = self.assigned.iter().map(|task| task.0.to_string()).collect();
        facts(&[
            ("worker", self.account.to_string()),
            ("bond", format!("{} TLK, of which {} are locked by open tasks", self.bond, self.locked)),
            ("merit", format!("{} TLK", self.merit)),
            ("score", self.score.to_string()),
            ("effective stake", format!("{} TLK", self.effective_stake)),
            ("pool", self.pool.map_or("none".into(), |pool| pool.to_string())),
            (
                "can be drawn",
                format!("from {} on", calendar::block(self.calendar, self.ripe_at.max(self.paused_until))),
            ),
            (
                "online",
                if self.online { format!("yes, with {}", counted(self.slots, "slot")) } else { "no".into() },
            ),
            ("executes", if assigned.is_empty() { "nothing".into() } else { assigned.join(" ") }),
            ("peer", self.peer.clone()),
            ("last seen", calendar::block(self.calendar, self.last_seen)),
            ("duty key", self.duty_key_text()),
        ])
    }
}

/// What workers agreed on, as it is kept beside a result.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ManifestOut {
    pub(crate) task: TaskName,
    pub(crate) digest: Digest,
    abi: u32,
    status: ExitStatus,
    fuel_used: u64,
    memory_used: u64,
    /// BLAKE3-256 of the final memory.
    fingerprint: ContentId,
    /// What `files` and `empty_directories` are together.
    listing: Blob,
    /// Of the file `callback`, where the app wrote one.
    callback: Option<Callback>,
    stdout: Blob,
    stderr: Blob,
    files: Vec<OutputFile>,
    empty_directories: Vec<String>,
}

impl ManifestOut {
    pub(crate) fn new(task: TaskId, digest: Digest, manifest: &Manifest, listing: &Listing) -> Self {
        Self {
            task: TaskName(task),
            digest,
            abi: manifest.abi,
            status: manifest.status,
            fuel_used: manifest.fuel_used,
            memory_used: manifest.memory_used,
            fingerprint: ContentId(manifest.fingerprint),
            listing: manifest.listing,
            callback: manifest.callback,
            stdout: manifest.stdout,
            stderr: manifest.stderr,
            files: listing.files.clone(),
            empty_directories: listing.empty_directories.clone(),
        }
    }

    /// The manifest and the listing that were written. Whether they still have the digest is not checked.
    pub(crate) fn result(self) -> (Manifest, Listing) {
        let manifest = Manifest {
            abi: self.abi,
            status: self.status,
            fuel_used: self.fuel_used,
            memory_used: self.memory_used,
            fingerprint: self.fingerprint.0,
            listing: self.listing,
            callback: self.callback,
            stdout: self.stdout,
            stderr: self.stderr,
        };
        (manifest, Listing { files: self.files, empty_directories: self.empty_directories })
    }
}

/// What an app wrote for the contract that has bought its task.
pub(crate) fn callback_text(Callback { size, keccak }: Callback) -> String {
    format!("{}, Keccak-256 0x{}", counted(size, "byte"), ContentId(keccak))
}
