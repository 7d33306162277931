//! How much of a task's time the worker may use. The clock is the height of the chain.

use talka_client::AccountId;
use talka_primitives::{
    deal::Periods,
    task::Span,
    view::{Assignment, Part},
    BlockNumber,
};

/// The least and the most blocks that are left for what comes after an execution.
const MARGIN: (BlockNumber, BlockNumber) = (2, 30);

/// Of the run time of a category the part that is left for what comes after an execution: one block in ten.
const MARGIN_OF_RUN_TIME: BlockNumber = 10;

/// How many blocks before the last one for its commitment a task is given up: in them a result would have to be kept, and its
/// commitment to get into a block; or, as there is none, the word that the task is declined.
pub fn margin(assignment: &Assignment<AccountId>, periods: Periods) -> BlockNumber {
    let (least, most) = MARGIN;
    let for_the_way = assignment.until.saturating_sub(periods.work_until(assignment.until));
    (assignment.deal.category.run_time / MARGIN_OF_RUN_TIME).clamp(least, most).max(for_the_way)
}

/// How many blocks an execution may take that begins now. One whose result was lost has no limit but that of its size.
pub fn blocks_left(assignment: &Assignment<AccountId>, at: BlockNumber) -> BlockNumber {
    match assignment.until.saturating_sub(at) {
        0 => assignment.deal.category.run_time,
        left => left,
    }
}

/// Whether there is no time for a result that is not there yet.
pub(super) fn is_late(assignment: &Assignment<AccountId>, periods: Periods, at: BlockNumber) -> bool {
    at.saturating_add(margin(assignment, periods)) >= assignment.until
}

/// The last block in which an audit of the task can end, or its jury vote: both may be long after the deadline of the deal.
pub(super) fn last_block(assignment: &Assignment<AccountId>) -> BlockNumber {
    let deal = &assignment.deal;
    let span = Span::new(0, deal.deadline, deal.category.run_time);
    span.audit_until.max(assignment.until)
}

/// Whether a task is to be executed for a jury.
pub(super) fn is_for_jury(assignment: &Assignment<AccountId>) -> bool {
    assignment.part == Part::Juror
}
