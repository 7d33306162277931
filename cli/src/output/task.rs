//! Single tasks: who is at it, and what became of it.

use serde::Serialize;
use talka_client::{AccountId, Tlk};
use talka_primitives::{
    jury::{Ballot, Juror, Jury, MAX_JURIES},
    task::{Contribution, DeclineReason, Failure, Phase, Role, Stage, Task},
    view::{Outcome, TaskView},
    Digest, TaskId,
};

use super::{assurance_word, calendar, facts, percent, Calendar, Output, TaskName};

/// Why a task has no result, in a few words.
pub(crate) fn failure(reason: Failure) -> &'static str {
    match reason {
        Failure::DeadlinePassed => "the deadline passed",
        Failure::Declined(reason) => declined(reason),
        Failure::NoConsensus => "workers could not agree",
        Failure::NotAudited => "no auditor repeated it in time",
        Failure::NoVerdict => "results differ, and no jury could decide",
        Failure::Cancelled => "the payer cancelled it",
    }
}

/// Why workers declined a task, in a few words.
fn declined(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::AppUnavailable => "the app could not be fetched",
        DeclineReason::DataUnavailable => "the data could not be fetched",
        DeclineReason::Unsupported => "workers have no sandbox for the app",
        DeclineReason::OutOfTime => "workers did not get it done in time",
        DeclineReason::OutOfResources => "workers were short of disk space or memory",
    }
}

/// What to do about it.
pub(crate) fn hint(reason: Failure) -> &'static str {
    match reason {
        Failure::DeadlinePassed => "buy it again with a later --deadline, or of another pool",
        Failure::Declined(DeclineReason::AppUnavailable) => "see whether the app's sources can be reached",
        Failure::Declined(DeclineReason::DataUnavailable) => "see whether the data's sources can be reached",
        Failure::Declined(DeclineReason::Unsupported) => "buy it of a pool whose workers have the sandbox",
        Failure::Declined(DeclineReason::OutOfTime) => "buy it in a larger category",
        Failure::Declined(DeclineReason::OutOfResources) => "buy it again later, or of another pool",
        Failure::NoConsensus => "see with `talka exec` whether the app gives the same digest each time",
        Failure::NotAudited => "buy it again with a later --deadline: an audit takes as long as the task itself",
        Failure::NoVerdict => {
            "buy it again; if it persists, see with `talka exec` whether the app gives the same digest each time"
        }
        Failure::Cancelled => "buy it again if it is still wanted",
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct TaskOut {
    task: TaskName,
    /// `queued`, `active`, `agreed`, `audit`, `disputed`, `revealing`, `completed` or `failed`.
    state: &'static str,
    /// What stands behind its result, where that is known: `unverified`, `replicated` or `adjudicated`.
    assurance: Option<&'static str>,
    digest: Option<Digest>,
    reason: Option<Failure>,
    block: Option<u32>,
    contributions: Vec<ContributionOut>,
    jury: Option<JuryOut>,
    /// Times for people.
    #[serde(skip)]
    calendar: Option<Calendar>,
}

#[derive(Debug, Serialize)]
struct ContributionOut {
    worker: AccountId,
    /// What it was drawn for: `member`, `alone` or `auditor`.
    role: &'static str,
    /// How often results like its own are audited, where it works alone.
    audit_rate_percent: Option<f64>,
    /// What it has locked for the task.
    locked: Tlk,
    /// `assigned`, `committed`, `revealed`, `unrevealed`, `declined` or `absent`.
    stage: &'static str,
    until: Option<u32>,
    /// Why it has declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<DeclineReason>,
}

#[derive(Debug, Serialize)]
struct JuryOut {
    /// 1 for the first jury of the task.
    number: u32,
    /// `committing`, `revealing` or `ended`.
    state: &'static str,
    /// The last block for what it does.
    until: u32,
    jurors: Vec<JurorOut>,
}

#[derive(Debug, Serialize)]
struct JurorOut {
    juror: AccountId,
    /// `awaited`, `committed` or `voted`.
    stage: &'static str,
    /// What it has voted for.
    digest: Option<Digest>,
}

impl TaskOut {
    pub(crate) fn new(task: TaskId, view: TaskView<AccountId>) -> Self {
        let waiting = Self {
            task: TaskName(task),
            state: "queued",
            assurance: None,
            digest: None,
            reason: None,
            block: None,
            contributions: Vec::new(),
            jury: None,
            calendar: None,
        };
        match view {
            TaskView::Queued => waiting,
            TaskView::Open(open) => waiting.open(open),
            TaskView::Ended(Outcome::Completed { digest, assurance, at }) => Self {
                state: "completed",
                assurance: Some(assurance_word(assurance)),
                digest: Some(digest),
                block: Some(at),
                ..waiting
            },
            TaskView::Ended(Outcome::Failed { reason, at }) => {
                Self { state: "failed", reason: Some(reason), block: Some(at), ..waiting }
            }
        }
    }

    pub(crate) fn dated(self, calendar: Calendar) -> Self {
        Self { calendar: Some(calendar), ..self }
    }

    fn open(self, task: Task<AccountId>) -> Self {
        let (state, digest) = match task.phase {
            Phase::Active => ("active", None),
            Phase::Agreed { .. } => ("agreed", None),
            Phase::Audit { .. } => ("audit", None),
            Phase::Disputed => ("disputed", None),
            Phase::Revealing { digest, .. } => ("revealing", digest),
        };
        Self {
            state,
            assurance: Some(assurance_word(task.assurance)),
            digest,
            contributions: task.contributions.iter().map(ContributionOut::new).collect(),
            jury: task.jury.as_ref().map(JuryOut::new),
            ..self
        }
    }

    /// What a state means whose name does not say it.
    fn explained(&self) -> String {
        let explanation = match (self.state, &self.jury) {
            ("agreed", _) => ": a lot decides whether it is audited",
            ("audit", _) => ": one more worker repeats it",
            ("disputed", Some(jury)) if jury.state != "ended" => ": results differ, and a jury decides",
            ("disputed", _) => ": results differ, and a jury is drawn",
            _ => "",
        };
        format!("{}{explanation}", self.state)
    }
}

impl ContributionOut {
    fn new(contribution: &Contribution<AccountId>) -> Self {
        let (role, rate) = match contribution.role {
            Role::Member => ("member", None),
            Role::Alone { rate } => ("alone", Some(rate)),
            Role::Auditor => ("auditor", None),
        };
        let (stage, until) = match contribution.stage {
            Stage::Assigned { until, .. } => ("assigned", Some(until)),
            Stage::Committed { .. } => ("committed", None),
            Stage::Revealed { .. } => ("revealed", None),
            Stage::Unrevealed => ("unrevealed", None),
            Stage::Declined { .. } => ("declined", None),
            Stage::Absent => ("absent", None),
        };
        let reason = match contribution.stage {
            Stage::Declined { reason } => Some(reason),
            _ => None,
        };
        Self {
            worker: contribution.worker,
            role,
            audit_rate_percent: rate.map(percent),
            locked: Tlk(contribution.locked),
            stage,
            until,
            reason,
        }
    }

    fn text(&self, calendar: Option<Calendar>) -> String {
        let until = self.until.map(|until| format!(" until {}", calendar::block(calendar, until)));
        let until = until.unwrap_or_default();
        let rate = self.audit_rate_percent.map(|rate| format!(", audited at {rate} %")).unwrap_or_default();
        match self.reason {
            Some(reason) => format!("{} {}: {}", self.worker, self.stage, declined(reason)),
            None => format!("{} {}{until}{rate}, {} TLK locked", self.worker, self.stage, self.locked),
        }
    }
}

impl JuryOut {
    fn new(jury: &Jury<AccountId>) -> Self {
        let state = match (jury.ended, jury.revealing) {
            (true, _) => "ended",
            (false, true) => "revealing",
            (false, false) => "committing",
        };
        let jurors = jury.seats.iter().map(JurorOut::new).collect();
        Self { number: jury.juries, state, until: jury.until, jurors }
    }

    fn text(&self, calendar: Option<Calendar>) -> String {
        let Self { number, state, until, .. } = self;
        let until = match *state {
            "ended" => String::new(),
            _ => format!(" until {}", calendar::block(calendar, *until)),
        };
        format!("number {number} of at most {MAX_JURIES}, {state}{until}")
    }
}

impl JurorOut {
    fn new(juror: &Juror<AccountId>) -> Self {
        let (stage, digest) = match juror.ballot {
            Ballot::Awaited => ("awaited", None),
            Ballot::Committed { .. } => ("committed", None),
            Ballot::Revealed { digest } => ("voted", Some(digest)),
            Ballot::Declined { .. } => ("declined", None),
        };
        Self { juror: juror.who, stage, digest }
    }

    fn text(&self) -> String {
        let vote = self.digest.map(|digest| format!(" for {digest}")).unwrap_or_default();
        format!("{} {}{vote}", self.juror, self.stage)
    }
}

impl Output for TaskOut {
    fn text(&self) -> String {
        let mut lines = vec![("task", self.task.0.to_string()), ("state", self.explained())];
        lines.extend(self.assurance.map(|assurance| ("assurance", assurance.into())));
        lines.extend(self.digest.map(|digest| ("result", digest.to_string())));
        lines.extend(self.reason.map(|reason| ("reason", failure(reason).into())));
        lines.extend(self.block.map(|block| ("since", calendar::block(self.calendar, block))));
        lines.extend(self.reason.map(|reason| ("hint", hint(reason).into())));
        if self.state == "completed" {
            // The chain knows no more than the digest.
            let result =
                format!("how it ended is in its result: `talka result get {} --out DIR`", self.task.0);
            lines.push(("app", result));
        }
        lines.extend(self.contributions.iter().map(|one| (one.role, one.text(self.calendar))));
        if let Some(jury) = &self.jury {
            lines.push(("jury", jury.text(self.calendar)));
            lines.extend(jury.jurors.iter().map(|juror| ("juror", juror.text())));
        }
        facts(&lines)
    }
}
