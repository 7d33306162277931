//! How a task has ended, as the gateway is told.

use super::agreement::agree;
use crate::{mock::*, Retention};
use talka_primitives::{gateway::Progress, task::Failure, traits::Results, view::Outcome, DealId, TaskId};

fn progress_of(task: TaskId) -> Progress {
    <Poco as Results>::progress(task)
}

#[test]
fn is_told_from_the_deal_to_the_end_and_until_the_deal_is_forgotten() {
    Chain::of(1).execute(|| {
        Retention::<Test>::put(0);
        let task = request(1, 1);
        assert_eq!(progress_of(task), Progress::Open);
        next_block();
        assert_eq!(progress_of(task), Progress::Open);
        agree(task, 7);
        assert!(matches!(progress_of(task), Progress::Ended(Outcome::Completed { digest, .. }) if digest.0 == [7; 32]));
        run_to(talka_pallet_marketplace::Deals::<Test>::get(task.deal).unwrap().deadline + 3);
        assert_eq!(progress_of(task), Progress::Lost);
    });
}

#[test]
fn is_told_of_a_task_that_never_began() {
    Chain::of(0).execute(|| {
        let task = request(1, 1);
        run_to(talka_pallet_marketplace::Deals::<Test>::get(task.deal).unwrap().deadline + 2);
        let ended = progress_of(task);
        assert!(matches!(ended, Progress::Ended(Outcome::Failed { reason: Failure::DeadlinePassed, .. })));
        assert_eq!(progress_of(TaskId { deal: DealId(9), index: 0 }), Progress::Lost);
    });
}
