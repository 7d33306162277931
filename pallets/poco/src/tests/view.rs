//! Answers to questions of anybody.

use crate::mock::*;
use talka_primitives::{
    view::{Page, MAX_LOOKED_AT, MAX_TASKS},
    TaskId,
};

#[test]
fn of_outcomes_look_at_a_thousand_tasks_and_say_where_to_go_on() {
    Chain::of(0).execute(|| {
        // Nothing of the bag has ended.
        let first = request(5_000, 1);
        next_block();
        let next = Some(TaskId { index: MAX_LOOKED_AT, ..first });
        assert_eq!(Poco::outcomes(first.deal, 0, MAX_TASKS), Page { items: vec![], next });
        let last = Poco::outcomes(first.deal, 4_500, MAX_TASKS);
        assert_eq!(last, Page { items: vec![], next: None });
    });
}
