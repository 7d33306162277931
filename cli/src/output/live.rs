//! What a task does, and what its app says, while it is executed and afterwards.

use serde::Serialize;
use talka_client::AccountId;
use talka_primitives::{
    live::{Report, Step},
    manifest::{Callback, ExitStatus, Manifest},
    Digest, TaskId,
};

use super::{callback_text, facts, quoted, status_text, Output, TaskName};

/// How much of an address tells workers of one task apart.
const NAME: usize = 8;

/// What a worker reports. It is not verified.
#[derive(Debug, Serialize)]
pub(crate) struct LiveOut {
    task: TaskName,
    worker: AccountId,
    /// `waiting`, `fetching`, `executing`, `keeping` or `ended`.
    step: Step,
    fuel_used: u64,
    fuel_limit: u64,
    /// What the app wrote to standard error since the last report.
    messages: String,
    /// Whether people are told what it does.
    #[serde(skip)]
    is_news: bool,
    /// Whether there are several workers, so that people have to tell them apart.
    #[serde(skip)]
    several: bool,
}

impl LiveOut {
    /// `messages` are those of the report that are shown now.
    pub(crate) fn new(task: TaskId, worker: AccountId, report: &Report, messages: &[u8]) -> Self {
        Self {
            task: TaskName(task),
            worker,
            step: report.step,
            fuel_used: report.fuel_used,
            fuel_limit: report.fuel_limit,
            messages: String::from_utf8_lossy(messages).into_owned(),
            is_news: true,
            several: false,
        }
    }

    /// One of several workers.
    pub(crate) fn among(self, several: bool) -> Self {
        Self { several, ..self }
    }

    /// Where nothing is new but, possibly, messages.
    pub(crate) fn news(self, is_news: bool) -> Self {
        Self { is_news, ..self }
    }
}

/// How much of its fuel a task has used, in percent.
pub(crate) fn fuel_percent(report: &Report) -> u64 {
    percent(report.fuel_used, report.fuel_limit)
}

fn percent(used: u64, limit: u64) -> u64 {
    let percent = u128::from(used) * 100 / u128::from(limit.max(1));
    // The worker may say anything.
    percent.min(100) as u64
}

/// The beginning of an address, for people.
fn short(worker: AccountId) -> String {
    worker.to_string().chars().take(NAME).collect()
}

impl Output for LiveOut {
    fn text(&self) -> String {
        let name = short(self.worker);
        let mut text = String::new();
        if self.is_news {
            let doing = match self.step {
                Step::Waiting => String::from("waiting for a slot or for memory"),
                Step::Fetching => "fetching app and data".into(),
                Step::Executing => {
                    format!("executing, {} % of its fuel", percent(self.fuel_used, self.fuel_limit))
                }
                Step::Keeping => "keeping the result".into(),
                Step::Ended => "through with it".into(),
            };
            text.push_str(&format!("worker {name}: {doing}\n"));
        }
        let before = if self.several { format!("{name} ") } else { String::new() };
        text + &quoted(&self.messages, &before)
    }
}

/// What the app of a task said, and what it used: of the accepted result.
#[derive(Debug, Serialize)]
pub(crate) struct SaidOut {
    task: TaskName,
    digest: Digest,
    status: ExitStatus,
    fuel_used: u64,
    /// Of the memory of the app, in bytes.
    memory_used: u64,
    /// Of the file for the contract that has bought the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<Callback>,
    /// The end of standard error.
    messages: String,
}

impl SaidOut {
    pub(crate) fn new(task: TaskId, manifest: &Manifest, messages: &[u8]) -> Self {
        Self {
            task: TaskName(task),
            digest: manifest.digest(),
            status: manifest.status,
            fuel_used: manifest.fuel_used,
            memory_used: manifest.memory_used,
            callback: manifest.callback,
            messages: String::from_utf8_lossy(messages).into_owned(),
        }
    }
}

impl Output for SaidOut {
    fn text(&self) -> String {
        let mut known = vec![
            ("status", status_text(self.status)),
            ("fuel used", self.fuel_used.to_string()),
            // It is made of pages of 64 KiB.
            ("memory used", format!("{} KiB", self.memory_used / 1024)),
        ];
        known.extend(self.callback.map(|callback| ("callback", callback_text(callback))));
        quoted(&self.messages, "") + &facts(&known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::DealId;

    fn report(step: Step, fuel_used: u64) -> Report {
        Report { step, fuel_used, fuel_limit: 1_000, messages: Vec::new(), next: 0 }
    }

    fn out(step: Step, messages: &[u8]) -> LiveOut {
        let task = TaskId { deal: DealId(7), index: 0 };
        LiveOut::new(task, AccountId::from([1; 32]), &report(step, 421), messages)
    }

    #[test]
    fn lines_of_several_workers_are_told_apart_and_none_is_obeyed() {
        let one = out(Step::Executing, b"error: no\n\x1b[2J\n");
        assert_eq!(one.text(), "worker 5C62Ck4U: executing, 42 % of its fuel\n| error: no\n| \\u{1b}[2J\n");
        let many = out(Step::Executing, b"here\n").among(true).news(false);
        assert_eq!(many.text(), "5C62Ck4U | here\n");
        assert_eq!(out(Step::Waiting, b"").news(false).text(), "");
    }

    #[test]
    fn a_program_reads_what_the_worker_does_and_what_the_app_says() {
        let json = serde_json::to_value(out(Step::Fetching, b"a\n")).unwrap();
        let expected = serde_json::json!({
            "task": "7.0",
            "worker": AccountId::from([1; 32]).to_string(),
            "step": "fetching",
            "fuel_used": 421,
            "fuel_limit": 1_000,
            "messages": "a\n",
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn a_worker_that_lies_about_fuel_is_at_its_end_at_most() {
        assert_eq!(fuel_percent(&report(Step::Executing, 421)), 42);
        assert_eq!(fuel_percent(&report(Step::Executing, u64::MAX)), 100);
        assert_eq!(fuel_percent(&Report { fuel_limit: 0, ..report(Step::Executing, 0) }), 0);
    }
}
