//! Helpers: workers that agree.

use crate::{mock::*, Tasks};
use frame_support::assert_ok;
use talka_primitives::{task::Stage, TaskId};

/// Everybody who is awaited commits to one result and reveals it.
pub fn agree(task: TaskId, result: u8) {
    for who in drawn(task) {
        assert_ok!(commit(who, task, result));
    }
    agree_on(task, result);
}

/// Everybody who committed to the result reveals it. Who did.
pub fn agree_on(task: TaskId, result: u8) -> Vec<u64> {
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
