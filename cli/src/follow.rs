//! Follows a deal to its end, with a progress bar.

use std::{collections::BTreeMap, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
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

/// Wait until a deal is over. With `report` each step is printed, for programs.
pub(crate) async fn follow(
    context: &Context,
    client: &Client,
    deal: DealId,
    report: bool,
) -> Result<Followed, CliError> {
    let mut watch = client.watch_deal(deal);
    let mut winners = BTreeMap::new();
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} tasks  {msg}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_prefix(format!("deal {deal}"));
    bar.enable_steady_tick(Duration::from_millis(250));
    let mut unknown_for = 0;
    loop {
        let step = tokio::select! {
            step = watch.next() => step?,
            _ = tokio::signal::ctrl_c() => {
                bar.finish_and_clear();
                return Err(CliError::Interrupted(deal));
            }
        };
        let Some(step) = step else {
            // A fork may take the deal back for some blocks.
            unknown_for += 1;
            if unknown_for > 10 {
                bar.finish_and_clear();
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
                _ => {}
            }
        }
        if report && context.is_json() {
            let ended = step.ended.iter().map(|entry| OutcomeOut::new(entry.id, entry.item)).collect();
            context.print(&Step { deal, block: step.block.number, progress: step.view.progress, ended })?;
        }
        if step.view.progress.is_over() {
            bar.finish_and_clear();
            let outcomes = watch.outcomes().clone();
            return Ok(Followed { block: step.block, progress: step.view.progress, outcomes, winners });
        }
    }
}
