//! Helpers: workers that agree.

use crate::{mock::*, Tasks};
use frame_support::assert_ok;
use talka_primitives::{
    task::{Phase, Stage},
    TaskId,
};

/// Buy one task whose least time is nearly over before it begins: its `workers` workers come online only then. So its phases
/// go on past the deadline. Gives the task and its deadline.
pub fn begun_late(workers: u64, trust: u32) -> (TaskId, u32) {
    let workers = WORKER..WORKER + workers;
    for who in workers.clone() {
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(who)));
    }
    let deadline = System::block_number() + LEAST_AUDITED;
    let task = request_until(1, trust, deadline);
    run_to(deadline - RUN_TIME - GRACE - 1);
    for who in workers {
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(who), 1, Default::default()));
    }
    next_block();
    assert!(!drawn(task).is_empty(), "it can be committed to in the block of the deadline");
    (task, deadline)
}

/// Go to a block; on the way the drawn workers send heartbeats.
pub fn work_until(task: TaskId, block: u32) {
    while System::block_number() < block {
        for who in drawn(task) {
            let _ = Poco::heartbeat(RuntimeOrigin::signed(who));
        }
        next_block();
    }
}

/// Everybody who is awaited commits to one result; where it is audited, so does the auditor; and all reveal it.
pub fn agree(task: TaskId, result: u8) {
    for who in drawn(task) {
        assert_ok!(commit(who, task, result));
    }
    agree_on(task, result);
}

/// Everybody who committed to the result reveals it, as soon as that is due. Who did.
pub fn agree_on(task: TaskId, result: u8) -> Vec<u64> {
    until_revealing(task, result);
    let hash = talka_primitives::commitment::result_hash(task, digest(result));
    let group: Vec<_> = Tasks::<Test>::get(task)
        .expect("the task is open")
        .contributions
        .iter()
        .filter(|c| matches!(c.stage, Stage::Committed { result, .. } if result == hash))
        .map(|c| c.worker)
        .collect();
    for who in &group {
        assert_ok!(reveal(*who, task, result));
    }
    group
}

/// Let the lot be drawn, and the auditor, if there is one, say the same.
pub fn until_revealing(task: TaskId, result: u8) {
    for _ in 0..10 {
        match phase(task) {
            Phase::Agreed { .. } => next_block(),
            Phase::Audit { .. } => match drawn(task)[..] {
                [] => next_block(),
                [auditor] => commit(auditor, task, result).unwrap(),
                _ => panic!("one auditor is enough"),
            },
            Phase::Revealing { .. } => return,
            Phase::Active | Phase::Disputed => panic!("nobody disagrees"),
        }
    }
    panic!("nobody audits it");
}

/// Which step an open task is in.
pub fn phase(task: TaskId) -> Phase {
    Tasks::<Test>::get(task).expect("the task is open").phase
}
