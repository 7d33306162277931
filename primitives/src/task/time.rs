//! What blocks that do not count do to a task's limits: those without room for duties, and those in which the chain was late.

use codec::Encode;

use super::{Phase, Stage, Task};
use crate::{room, unit::BlockNumber};

impl<AccountId: Clone + PartialEq + Encode> Task<AccountId> {
    /// A new task is not put off by the blocks without room that came before it.
    pub fn begun_after(self, full_blocks: BlockNumber) -> Self {
        Self { full_blocks, ..self }
    }

    /// Put off all limits by the blocks without room that came since they were set: `full` is how many the chain has had. Called
    /// whenever the task is read, so that no limit is missed that was set meanwhile.
    pub fn put_off(&mut self, full: BlockNumber) {
        let earlier = self.full_blocks;
        if full <= earlier {
            return;
        }
        let later = |limit: &mut BlockNumber| *limit = room::put_off(*limit, earlier, full);
        later(&mut self.deadline);
        later(&mut self.audit_until);
        if let Phase::Revealing { until, .. } = &mut self.phase {
            later(until);
        }
        for contribution in self.contributions.iter_mut() {
            if let Stage::Assigned { until, .. } = &mut contribution.stage {
                later(until);
            }
        }
        if let Some(jury) = self.jury.as_mut().filter(|jury| !jury.ended) {
            later(&mut jury.until);
        }
        self.full_blocks = full;
    }

    /// Put off what the chain's own part is needed for, by as many blocks as it was late: workers cannot agree, and nobody can
    /// audit, before the chain has drawn them. What limits the time of one that was drawn stays.
    pub fn put_off_by_delay(&mut self, blocks: BlockNumber) {
        self.deadline = self.deadline.saturating_add(blocks);
        self.audit_until = self.audit_until.saturating_add(blocks);
    }

    /// It stands in a queue from now on, which was served so late until now, all in all: see [`crate::delay::Delay`].
    pub fn waits_from(&mut self, delay: BlockNumber) {
        self.queued = true;
        self.queue_delay = delay;
    }

    /// The queue in which it stands was served so late until now, all in all: put off what depends on it.
    pub fn has_waited(&mut self, delay: BlockNumber) {
        self.put_off_by_delay(delay.saturating_sub(self.queue_delay));
        self.queue_delay = self.queue_delay.max(delay);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::Assurance,
        id::{Digest, ResultHash, Seal, TaskId},
        task::{Event, Refusal, Role, Span},
        unit::{Trust, Weight},
    };
    use proptest::prelude::*;

    const WORKER: u8 = 1;

    fn drawn(until: BlockNumber, deadline: BlockNumber) -> Task<u8> {
        let span = Span::new(1, deadline, 5);
        let mut task = Task::new(Trust(1), Assurance::Unverified, 1, span);
        let draw = Event::Draw { worker: WORKER, role: Role::Member, weight: Weight(1), locked: 1, until };
        task.advance(TaskId::default(), draw).unwrap();
        task
    }

    fn commit(task: &mut Task<u8>, now: BlockNumber) -> Result<(), Refusal> {
        let event = Event::Commit {
            worker: WORKER,
            weight: Weight(1),
            result: ResultHash([1; 32]),
            seal: Seal([2; 32]),
            now,
            reveal_until: now + 5,
        };
        task.advance(TaskId::default(), event).map(|_| ())
    }

    proptest! {
        /// A commitment is late only after as many blocks with room as there were to be.
        #[test]
        fn is_in_time_while_there_were_no_blocks_with_room(period in 1u32..50, full in 0u32..50, late in 1u32..50) {
            let mut task = drawn(period, 1_000);
            task.put_off(full);
            prop_assert!(commit(&mut task.clone(), period + full).is_ok());
            prop_assert_eq!(commit(&mut task, period + full + late), Err(Refusal::TooLate));
        }

        /// It does not matter how often the task was read meanwhile.
        #[test]
        fn is_put_off_once_by_each_block(steps in proptest::collection::vec(0u32..5, 0..20)) {
            let (mut often, mut once) = (drawn(10, 20), drawn(10, 20));
            let mut full = 0;
            for step in steps {
                full += step;
                often.put_off(full);
            }
            once.put_off(full);
            prop_assert_eq!(often, once);
        }
    }

    #[test]
    fn is_not_put_off_by_what_was_before_it() {
        let mut task = drawn(10, 20).begun_after(7);
        task.put_off(7);
        assert_eq!(task, drawn(10, 20).begun_after(7));
        task.put_off(8);
        assert_eq!(task.deadline, 21);
    }

    #[test]
    fn a_late_chain_puts_off_the_deadline_and_takes_nobody_s_time() {
        let mut task = drawn(10, 20);
        task.put_off_by_delay(4);
        assert_eq!((task.deadline, task.audit_until), (24, 34));
        // It was drawn in time: whether it commits in time does not depend on the chain.
        assert_eq!(commit(&mut task.clone(), 11), Err(Refusal::TooLate));
        assert!(commit(&mut task, 10).is_ok());
    }

    proptest! {
        /// It does not matter how often somebody has looked meanwhile, nor how late the queue was before.
        #[test]
        fn is_put_off_by_how_late_its_queue_was_served_since(before in 0u32..100, steps in proptest::collection::vec(0u32..5, 0..20)) {
            let mut task = drawn(10, 20);
            task.waits_from(before);
            let mut delay = before;
            for step in steps {
                delay += step;
                task.has_waited(delay);
            }
            prop_assert_eq!(task.deadline - 20, delay - before);
        }
    }

    #[test]
    fn puts_off_reveals_and_the_deadline() {
        let mut task = drawn(10, 20);
        commit(&mut task, 4).unwrap();
        task.put_off(3);
        assert_eq!((task.deadline, task.audit_until), (23, 33));
        assert!(matches!(task.phase, Phase::Revealing { until: 12, .. }));
        let early = Event::Reveal { worker: WORKER, digest: Digest([0; 32]), now: 13 };
        assert_eq!(task.advance(TaskId::default(), early), Err(Refusal::TooLate));
    }
}
