//! Which calls cost no fee.

use crate::{mock::*, Commitment, Reveal};
use frame_support::{assert_ok, dispatch::CheckIfFeeless, BoundedVec};
use talka_primitives::{task::DeclineReason::AppUnavailable, TaskId};

fn is_free(who: u64, call: crate::Call<Test>) -> bool {
    RuntimeCall::from(call).is_feeless(&RuntimeOrigin::signed(who))
}

fn commits(items: Vec<Commitment>) -> crate::Call<Test> {
    crate::Call::commit { commitments: BoundedVec::truncate_from(items) }
}

fn reveals(items: Vec<Reveal>) -> crate::Call<Test> {
    crate::Call::reveal { reveals: BoundedVec::truncate_from(items) }
}

#[test]
fn is_a_duty_that_succeeds() {
    Chain::of(1).slots(4).execute(|| {
        let first = request(2, 1);
        next_block();
        let second = TaskId { index: 1, ..first };
        let both = vec![commitment(WORKER, first, 7), commitment(WORKER, second, 7)];
        assert!(is_free(WORKER, commits(both.clone())));
        assert!(is_free(WORKER, crate::Call::decline { task: first, reason: AppUnavailable }));
        assert_ok!(Poco::commit(RuntimeOrigin::signed(WORKER), BoundedVec::truncate_from(both.clone())));
        assert!(!is_free(WORKER, commits(both)), "it would fail the second time");
        let show = |task, result| Reveal { task, digest: digest(result) };
        assert!(is_free(WORKER, reveals(vec![show(first, 7), show(second, 7)])));
        assert!(!is_free(WORKER, reveals(vec![show(first, 8)])));
    });
}

#[test]
fn is_not_a_batch_that_names_a_task_twice() {
    Chain::of(1).slots(4).execute(|| {
        let task = request(1, 1);
        next_block();
        assert!(!is_free(WORKER, commits(vec![commitment(WORKER, task, 7); 2])));
        assert!(!is_free(WORKER, commits(vec![])));
    });
}

#[test]
fn is_not_what_a_stranger_sends() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        assert!(!is_free(REQUESTER, commits(vec![commitment(REQUESTER, task, 7)])));
        assert!(!is_free(REQUESTER, crate::Call::decline { task, reason: AppUnavailable }));
        assert!(!is_free(REQUESTER, crate::Call::heartbeat {}));
        assert!(!is_free(WORKER, crate::Call::go_offline {}));
    });
}

#[test]
fn is_one_heartbeat_in_half_a_period() {
    Chain::of(1).execute(|| {
        assert!(!is_free(WORKER, crate::Call::heartbeat {}), "without a task");
        request(1, 1);
        next_block();
        assert!(!is_free(WORKER, crate::Call::heartbeat {}), "it was seen when it was drawn");
        run_to(System::block_number() + HEARTBEAT / 2);
        assert!(is_free(WORKER, crate::Call::heartbeat {}));
        assert_ok!(Poco::heartbeat(RuntimeOrigin::signed(WORKER)));
        assert!(!is_free(WORKER, crate::Call::heartbeat {}));
    });
}
