//! Follows deals to their end, with progress bars.

use std::{collections::BTreeMap, future::Future, time::Duration};

use futures::future::try_join_all;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;
use talka_client::{events::TaskEvent, watch::DealProgress, AccountId, BlockId, Client};
use talka_primitives::{
    task::{Contribution, Phase, Stage},
    view::{DealView, Outcome, PoolStanding, Progress, TaskView},
    DealId, TaskId,
};

use crate::{
    commands::deal::absent,
    context::Context,
    error::CliError,
    output::{OutcomeOut, Output},
};

/// The number of blocks without an event after which the reason is looked for.
const QUIET: u32 = 3;

/// How many tasks are looked at to find what a deal waits for.
const LOOKED_AT: usize = 8;

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
    let following = follow_one(context, client, deal, &bars, context.is_json());
    interruptible(following, || CliError::Interrupted(vec![deal])).await
}

/// Wait until several deals are over.
pub(crate) async fn follow_all(
    context: &Context,
    client: &Client,
    deals: &[DealId],
) -> Result<Vec<Followed>, CliError> {
    let bars = MultiProgress::new();
    let all = deals.iter().map(|deal| follow_one(context, client, *deal, &bars, false));
    interruptible(try_join_all(all), || CliError::Interrupted(deals.to_vec())).await
}

/// Do something until it ends, or until Ctrl-C: that is an error, which tells how to go on. Where one part of a command looks
/// at Ctrl-C all later ones must: the system does not end the program by itself any more.
pub(crate) async fn interruptible<T>(
    doing: impl Future<Output = Result<T, CliError>>,
    interrupted: impl FnOnce() -> CliError,
) -> Result<T, CliError> {
    tokio::select! {
        result = doing => result,
        _ = tokio::signal::ctrl_c() => Err(interrupted()),
    }
}

/// Takes the bar away, however following ends.
struct Bar(ProgressBar);

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The first task that waits for something, and what for.
async fn waits(
    client: &Client,
    step: &DealProgress,
    ended: &BTreeMap<TaskId, Outcome>,
) -> Result<Option<String>, CliError> {
    let DealView { id, deal, .. } = &step.view;
    let snapshot = client.at(step.block).await?;
    let tasks = (0..deal.tasks).map(|index| TaskId { deal: *id, index });
    for task in tasks.filter(|task| !ended.contains_key(task)).take(LOOKED_AT) {
        let Some(view) = snapshot.task(task).await? else { continue };
        if let Some(what) = awaited(&view) {
            let PoolStanding { online, free_slots, .. } = snapshot.standing(deal.pool).await?;
            return Ok(Some(format!(
                "task {task} waits for {what} (pool {}: {online} online, free slots: {free_slots})",
                deal.pool
            )));
        }
    }
    Ok(None)
}

/// What a task waits for, unless it is being executed or shown.
pub(crate) fn awaited(view: &TaskView<AccountId>) -> Option<&'static str> {
    let task = match view {
        TaskView::Queued => return Some("its first worker"),
        TaskView::Open(task) => task,
        TaskView::Ended(_) => return None,
    };
    let at_it = |one: &&Contribution<AccountId>| {
        matches!(one.stage, Stage::Assigned { .. } | Stage::Committed { .. })
    };
    match task.contributions.iter().filter(at_it).count() {
        _ if task.phase == Phase::Disputed => Some("the verdict of a jury"),
        _ if !task.is_lacking() => None,
        _ if task.is_audit() => Some("a worker that audits its result"),
        0 => Some("its first worker"),
        1 => Some("a second worker"),
        2 => Some("a third worker"),
        _ => Some("one more worker"),
    }
}

/// With `report` each step is printed, for programs.
async fn follow_one(
    context: &Context,
    client: &Client,
    deal: DealId,
    bars: &MultiProgress,
    report: bool,
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
    let mut quiet_for = 0;
    let mut said = None;
    loop {
        let Some(step) = watch.next().await? else {
            // A fork may take the deal back for some blocks.
            unknown_for += 1;
            if unknown_for > 10 {
                return Err(absent(&client.best().await?, deal).await);
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
        quiet_for = if step.ended.is_empty() && step.events.is_empty() { quiet_for + 1 } else { 0 };
        if quiet_for >= QUIET {
            // What cannot be asked now can be asked in the next block.
            let waits = waits(client, &step, watch.outcomes()).await.unwrap_or_default();
            if waits.is_some() && waits != said {
                bars.suspend(|| context.say(waits.as_deref().unwrap_or_default()));
                said = waits;
            }
        }
        for event in step.events {
            match event {
                TaskEvent::Completed { task, winners: who, .. } => drop(winners.insert(task, who)),
                TaskEvent::Declined { task, worker, reason } => {
                    bar.println(format!("{worker} declined {task}: {reason:?}"));
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
        if report {
            let ended = step.ended.iter().map(|entry| OutcomeOut::new(entry.id, entry.item)).collect();
            context.print(&Step { deal, block: step.block.number, progress: step.view.progress, ended })?;
        }
        if step.view.progress.is_over() {
            let outcomes = watch.outcomes().clone();
            return Ok(Followed { block: step.block, progress: step.view.progress, outcomes, winners });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{
        audit::Assurance,
        task::{DeclineReason, Role, Span, Task},
        Trust, Weight,
    };

    #[test]
    fn says_what_a_task_waits_for() {
        let task = |stages: &[Stage], phase| {
            let mut task = Task::new(Trust(100), Assurance::Adjudicated, 1, Span::new(1, 100, 10));
            let contributions = stages.iter().enumerate().map(|(number, stage)| Contribution {
                worker: AccountId::from([number as u8; 32]),
                role: Role::Member,
                locked: 1,
                stage: *stage,
            });
            task.contributions = contributions.collect::<Vec<_>>().try_into().unwrap();
            awaited(&TaskView::Open(Task { phase, ..task }))
        };
        let assigned = |weight| Stage::Assigned { weight: Weight(weight), until: 9 };
        let committed =
            Stage::Committed { weight: Weight(2), result: Default::default(), seal: Default::default() };
        assert_eq!(awaited(&TaskView::Queued), Some("its first worker"));
        assert_eq!(task(&[Stage::Absent], Phase::Active), Some("its first worker"));
        let declined = Stage::Declined { reason: DeclineReason::AppUnavailable };
        assert_eq!(task(&[committed, declined], Phase::Active), Some("a second worker"));
        assert_eq!(task(&[committed, assigned(2)], Phase::Active), Some("a third worker"));
        assert_eq!(task(&[committed, assigned(100)], Phase::Active), None);
        let audit = Phase::Audit { result: Default::default() };
        assert_eq!(task(&[committed], audit), Some("a worker that audits its result"));
        assert_eq!(task(&[committed], Phase::Disputed), Some("the verdict of a jury"));
    }
}
