//! Follows deals to their end, with progress bars.

use std::{collections::BTreeMap, future::Future, time::Duration};

use futures::future::try_join_all;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use talka_client::{events::TaskEvent, AccountId, BlockId, Client};
use talka_primitives::{
    view::{Outcome, Progress},
    DealId, TaskId,
};

use crate::{
    commands::deal::unknown,
    context::Context,
    error::CliError,
    output::{one_line, OutcomeOut, Output},
};

/// A deal that is over.
pub(crate) struct Followed {
    /// The block in which it was seen to be over.
    pub(crate) block: BlockId,
    pub(crate) progress: Progress,
    pub(crate) outcomes: BTreeMap<TaskId, Outcome>,
    /// Who was seen to be right, and so has the result.
    pub(crate) winners: BTreeMap<TaskId, Vec<AccountId>>,
}

/// One step, for programs that follow.
#[derive(Serialize)]
struct Step {
    deal: DealId,
    block: u32,
    progress: Progress,
    ended: Vec<OutcomeOut>,
}

impl Output for Step {
    fn text(&self) -> String {
        String::new()
    }
}

/// Wait until a deal is over, and print each step for programs.
pub(crate) async fn follow(context: &Context, client: &Client, deal: DealId) -> Result<Followed, CliError> {
    let bars = MultiProgress::new();
    interruptible(&[deal], follow_one(client, deal, &bars, Some(context))).await
}

/// Wait until several deals are over.
pub(crate) async fn follow_all(client: &Client, deals: &[DealId]) -> Result<Vec<Followed>, CliError> {
    let bars = MultiProgress::new();
    interruptible(deals, try_join_all(deals.iter().map(|deal| follow_one(client, *deal, &bars, None)))).await
}

async fn interruptible<T>(
    deals: &[DealId],
    following: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    tokio::select! {
        result = following => result,
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted(deals.to_vec())),
    }
}

/// Takes the bar away, however following ends.
struct Bar(ProgressBar);

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// With `report` each step is printed, for programs.
async fn follow_one(
    client: &Client,
    deal: DealId,
    bars: &MultiProgress,
    report: Option<&Context>,
) -> Result<Followed, CliError> {
    let mut watch = client.watch_deal(deal);
    let mut winners = BTreeMap::new();
    let Bar(bar) = &Bar(bars.add(ProgressBar::new(0)));
    bar.set_style(
        ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} tasks  {msg}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_prefix(format!("deal {deal}"));
    bar.enable_steady_tick(Duration::from_millis(250));
    let mut unknown_for = 0;
    loop {
        let Some(step) = watch.next().await? else {
            // A fork may take the deal back for some blocks.
            unknown_for += 1;
            if unknown_for > 10 {
                return Err(unknown(deal));
            }
            continue;
        };
        unknown_for = 0;
        let Progress { queued, open, completed, failed } = step.view.progress;
        bar.set_length(step.view.deal.tasks.into());
        bar.set_position((completed + failed).into());
        bar.set_message(format!(
            "{queued} queued, {open} open, {failed} failed, block {}",
            step.block.number
        ));
        for event in step.events {
            match event {
                TaskEvent::Completed { task, winners: who, .. } => drop(winners.insert(task, who)),
                TaskEvent::Declined { task, worker, reason } => {
                    bar.println(one_line(format!("{worker} declined {task}: {reason:?}")));
                }
                TaskEvent::Absent { task, worker } => bar.println(format!("{worker} was late with {task}")),
                TaskEvent::StakeLost { task, worker, .. } => {
                    bar.println(format!("{worker} lost its stake for {task}"));
                }
                TaskEvent::Disputed { task } => {
                    bar.println(format!("results of {task} differ: a jury decides"))
                }
                TaskEvent::Convicted { task, worker, .. } => {
                    bar.println(format!("a jury found {worker} wrong about {task}"));
                }
                _ => {}
            }
        }
        if let Some(context) = report.filter(|context| context.is_json()) {
            let ended = step.ended.iter().map(|entry| OutcomeOut::new(entry.id, entry.item)).collect();
            context.print(&Step { deal, block: step.block.number, progress: step.view.progress, ended })?;
        }
        if step.view.progress.is_over() {
            let outcomes = watch.outcomes().clone();
            return Ok(Followed { block: step.block, progress: step.view.progress, outcomes, winners });
        }
    }
}
