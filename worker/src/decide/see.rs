//! What the state learns from a block, an execution, a record, a transaction.

use std::collections::BTreeMap;

use talka_client::AccountId;
use talka_primitives::{
    task::DeclineReason,
    view::{Assignment, Listed, Outcome},
    BlockNumber, TaskId,
};

use super::{time, Action, Answer, End, Lane, Record, Report, Seen, State, Terms, Trial, Vain};

/// How many blocks after its deadline a task that the chain does not know is forgotten: no fork is that long, and no period
/// for reveals.
const FORGET_AFTER: BlockNumber = 1_000;

impl State {
    pub(super) fn see(&mut self, seen: Seen, actions: &mut Vec<Action>) {
        if self.is_behind(&seen) {
            return;
        }
        let Seen { at, duties, presence, asked, settled, room } = seen;
        if self.presence.online && !presence.online && !self.draining && self.room {
            self.strikes = self.strikes.saturating_add(1);
            self.signs.insert(Lane::Presence, Trial::pause(at, self.strikes));
        }
        if std::mem::take(&mut self.fresh) {
            // What was sent before the crash may be on its way still: the next block tells.
            for task in self.records.keys() {
                self.trials.insert((Lane::Commit, *task), Trial::pause(at, 0));
                self.trials.insert((Lane::Reveal, *task), Trial::pause(at, 0));
            }
        }
        (self.at, self.presence, self.room) = (at, presence, room);
        self.assigned = duties.execute.into_iter().map(|assignment| (assignment.task, assignment)).collect();
        self.asked = duties.reveal.into_iter().map(|task| (task, asked.get(&task).copied())).collect();
        if settled.at >= self.settled.at {
            self.settled = settled;
        }
        self.compare_running();
        self.forget_what_is_over(actions);
        let wanted = self.wanted().into_iter().map(|(task, assignment)| (task, Terms::of(assignment)));
        let wanted: BTreeMap<_, _> = wanted.collect();
        self.vain.retain(|task, vain| wanted.get(task) == Some(&vain.terms));
        let (records, vain) = (&self.records, &self.vain);
        self.trials.retain(|(_, task), _| records.contains_key(task) || vain.contains_key(task));
    }

    /// Tasks of which a result is wanted at the last block.
    pub(super) fn wanted(&self) -> BTreeMap<TaskId, &Assignment<AccountId>> {
        self.lost.iter().chain(&self.assigned).map(|(task, assignment)| (*task, assignment)).collect()
    }

    /// Note whether what is in work is still wanted.
    fn compare_running(&mut self) {
        for (task, running) in &mut self.running {
            let terms = running.terms;
            let mut assignments = self.assigned.get(task).into_iter().chain(self.lost.get(task));
            match assignments.find(|assignment| Terms::of(assignment) == terms) {
                Some(assignment) => {
                    running.missing = 0;
                    running.deadline = running.deadline.max(time::last_block(assignment));
                }
                None => running.missing = running.missing.saturating_add(1),
            }
        }
    }

    /// Only a finalized block ends what the worker has to show. What no block knows any more ends long after all limits.
    fn forget_what_is_over(&mut self, actions: &mut Vec<Action>) {
        for Listed { id, item } in std::mem::take(&mut self.settled.over) {
            self.forget(id, Some(item), actions);
        }
        let settled = self.settled.at;
        let is_stale = |deadline: BlockNumber| deadline.saturating_add(FORGET_AFTER) < settled;
        let records =
            self.records.iter().filter(|(_, records)| records.iter().all(|one| is_stale(one.deadline)));
        let lost = self.lost.iter().filter(|(_, assignment)| is_stale(time::last_block(assignment)));
        let stale: Vec<_> = records.map(|(task, _)| *task).chain(lost.map(|(task, _)| *task)).collect();
        for task in stale {
            self.forget(task, None, actions);
        }
    }

    fn forget(&mut self, task: TaskId, outcome: Option<Outcome>, actions: &mut Vec<Action>) {
        self.lost.remove(&task);
        let Some(records) = self.records.remove(&task) else { return };
        self.revealed.remove(&task);
        let end = match outcome {
            Some(Outcome::Completed { digest, .. })
                if records.iter().any(|record| record.digest == digest) =>
            {
                End::Right
            }
            Some(Outcome::Completed { .. }) => End::Wrong,
            Some(Outcome::Failed { .. }) => End::Failed,
            None => End::Unknown,
        };
        let accepted = outcome.and_then(|outcome| match outcome {
            Outcome::Completed { digest, .. } if end == End::Right => Some(digest),
            _ => None,
        });
        actions.push(Action::Forget { task, end, accepted });
    }

    pub(super) fn end(&mut self, task: TaskId, terms: Terms, report: Report, actions: &mut Vec<Action>) {
        let running = self.running.remove(&task);
        match report {
            Report::Computed(digest) => {
                // A second execution on the same terms does not replace the first: the first may be committed to.
                if self.record(task, terms).is_some() {
                    return;
                }
                self.vain.remove(&task);
                let deadline = running.map_or(self.at, |running| running.deadline);
                let record = Record { task, terms, digest, deadline };
                self.saving.insert(task, record);
                actions.push(Action::Persist(record));
            }
            Report::Impossible(reason) => self.work_in_vain(task, terms, Some(reason)),
            Report::Nothing => self.work_in_vain(task, terms, None),
            Report::Cancelled => {}
        }
    }

    /// Without a record on the disk the worker does not commit: after a crash it could not show what it committed to.
    pub(super) fn kept(&mut self, task: TaskId, terms: Terms, on_disk: bool) {
        let Some(record) = self.saving.remove(&task).filter(|record| record.terms == terms) else { return };
        if !on_disk {
            return self.work_in_vain(task, terms, Some(DeclineReason::OutOfResources));
        }
        self.records.entry(task).or_default().push(record);
        if self.lost.get(&task).is_some_and(|assignment| Terms::of(assignment) == terms) {
            self.lost.remove(&task);
        }
    }

    fn work_in_vain(&mut self, task: TaskId, terms: Terms, reason: Option<DeclineReason>) {
        let before = self.vain.get(&task).filter(|vain| vain.terms == terms);
        let failures = before.map_or(0, |vain| vain.again.failures).saturating_add(1);
        let late = before.is_some_and(|vain| vain.late);
        self.vain.insert(task, Vain { terms, reason, late, again: Trial::pause(self.at, failures) });
    }

    pub(super) fn hear(&mut self, lane: Lane, tasks: &[TaskId], answer: Answer) {
        if let Some(flights) = self.flights.get_mut(&lane) {
            *flights = flights.saturating_sub(1);
        }
        self.flights.retain(|_, flights| *flights > 0);
        let at = self.at;
        if tasks.is_empty() {
            self.signs.entry(lane).or_default().update(at, answer);
        }
        for task in tasks {
            self.travelling.remove(&(lane, *task));
            self.trials.entry((lane, *task)).or_default().update(at, answer);
            if lane == Lane::Reveal && matches!(answer, Answer::Done(_)) {
                self.revealed.insert(*task);
            }
        }
        if lane == Lane::Commit && matches!(answer, Answer::Done(_)) {
            self.strikes = 0;
        }
    }
}
