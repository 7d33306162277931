//! Which calls are duties.

use crate::{mock::*, Commitment, Duty, Error, Reveal, Tasks};
use frame_support::{assert_ok, BoundedVec};
use sp_runtime::DispatchError;
use talka_primitives::{task::DeclineReason::AppUnavailable, TaskId};

fn due(who: u64, call: crate::Call<Test>) -> Result<Vec<Duty>, DispatchError> {
    assert!(Poco::weight_of_check(&call).is_some(), "the check costs nothing");
    Poco::due(&who, &call).expect("it may be a duty").map_err(Into::into)
}

/// Not a duty, for this reason.
fn not_due(reason: Error<Test>) -> Result<Vec<Duty>, DispatchError> {
    Err(reason.into())
}

fn commits(items: Vec<Commitment>) -> crate::Call<Test> {
    crate::Call::commit { commitments: BoundedVec::truncate_from(items) }
}

fn reveals(items: Vec<Reveal>) -> crate::Call<Test> {
    crate::Call::reveal { reveals: BoundedVec::truncate_from(items) }
}

fn show(task: TaskId, result: u8) -> Reveal {
    Reveal { task, digest: digest(result) }
}

#[test]
fn is_what_would_succeed_and_names_each_task() {
    Chain::of(1).slots(4).execute(|| {
        let first = request(2, 1);
        next_block();
        let second = TaskId { index: 1, ..first };
        let both = vec![commitment(WORKER, first, 7), commitment(WORKER, second, 7)];
        assert_eq!(due(WORKER, commits(both.clone())), Ok(vec![Duty::Commit(first), Duty::Commit(second)]));
        let decline = crate::Call::decline { task: first, reason: AppUnavailable };
        assert_eq!(due(WORKER, decline.clone()), Ok(vec![Duty::Decline(first)]));
        assert_ok!(Poco::commit(RuntimeOrigin::signed(WORKER), BoundedVec::truncate_from(both.clone())));
        assert_eq!(due(WORKER, commits(both)), not_due(Error::NotAssigned));
        assert_eq!(due(WORKER, decline), not_due(Error::NotAssigned));
        let shown = reveals(vec![show(first, 7), show(second, 7)]);
        assert_eq!(due(WORKER, shown), Ok(vec![Duty::Reveal(first), Duty::Reveal(second)]));
        assert_eq!(due(WORKER, reveals(vec![show(first, 8)])), not_due(Error::WrongDigest));
    });
}

#[test]
fn is_not_a_batch_that_is_empty_or_names_a_task_twice() {
    Chain::of(1).slots(4).execute(|| {
        let task = request(1, 1);
        next_block();
        assert_eq!(due(WORKER, commits(vec![commitment(WORKER, task, 7); 2])), not_due(Error::NotInOrder));
        assert_eq!(due(WORKER, commits(vec![])), not_due(Error::EmptyBatch));
        assert_eq!(due(WORKER, reveals(vec![])), not_due(Error::EmptyBatch));
    });
}

#[test]
fn is_not_what_a_stranger_sends_and_no_other_call() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        assert_eq!(
            due(REQUESTER, commits(vec![commitment(REQUESTER, task, 7)])),
            not_due(Error::NotAssigned)
        );
        let decline = crate::Call::decline { task, reason: AppUnavailable };
        assert_eq!(due(REQUESTER, decline), not_due(Error::NotAssigned));
        assert_eq!(due(REQUESTER, crate::Call::heartbeat {}), not_due(Error::NotOnline));
        for call in [crate::Call::go_offline {}, crate::Call::cancel_deal { deal: task.deal }] {
            assert!(Poco::due(&WORKER, &call).is_none() && Poco::weight_of_check(&call).is_none());
        }
    });
}

/// A check is made for anybody who asks, before any fee. It must not read a task for who has no part in it.
#[test]
fn of_a_stranger_is_refused_without_a_look_at_the_task() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        let stored = Tasks::<Test>::take(task).unwrap();
        let read = due(WORKER, commits(vec![commitment(WORKER, task, 7)]));
        let unread = due(REQUESTER, commits(vec![commitment(REQUESTER, task, 7)]));
        assert_eq!((read, unread), (not_due(Error::UnknownTask), not_due(Error::NotAssigned)));
        Tasks::<Test>::insert(task, stored);
    });
}

#[test]
fn is_one_heartbeat_in_half_a_period() {
    Chain::of(1).execute(|| {
        let beat = || due(WORKER, crate::Call::heartbeat {});
        assert_eq!(beat(), not_due(Error::TooEarly), "without a task");
        request(1, 1);
        next_block();
        assert_eq!(beat(), Ok(vec![Duty::Heartbeat]));
        assert_ok!(Poco::heartbeat(RuntimeOrigin::signed(WORKER)));
        assert_eq!(beat(), not_due(Error::TooEarly));
        run_to(System::block_number() + HEARTBEAT / 2);
        assert_eq!(beat(), Ok(vec![Duty::Heartbeat]));
    });
}

/// A worker that is drawn between sending a heartbeat and the block with it would lose what it sent after it as well.
#[test]
fn of_a_heartbeat_is_not_undone_by_a_draw() {
    Chain::of(1).slots(2).execute(|| {
        request(1, 1);
        next_block();
        assert_ok!(Poco::heartbeat(RuntimeOrigin::signed(WORKER)));
        run_to(System::block_number() + HEARTBEAT / 2 - 1);
        let second = request(1, 1);
        next_block();
        assert_eq!(drawn(second), [WORKER]);
        assert_eq!(due(WORKER, crate::Call::heartbeat {}), Ok(vec![Duty::Heartbeat]));
    });
}
