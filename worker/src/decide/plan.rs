//! What follows from the state, whatever brought it about.

use std::collections::{BTreeMap, BTreeSet};

use talka_client::poco::Finding;
use talka_primitives::{view::Part, BlockNumber, TaskId};

use super::{Action, Lane, Presence, Record, State, Terms, Trial, Vain};

/// Most transactions with commitments, and with reveals, on their way at once. A result need not wait a block for the
/// one before it; but when there are many they travel together.
const FLIGHTS: usize = 3;

/// How often a juror tries to execute a task before it declines. Each try fetches for a third of the time that is left.
const TRIES_OF_JUROR: u32 = 2;

impl State {
    pub(super) fn plan(&mut self, actions: &mut Vec<Action>) {
        self.cancel(actions);
        self.execute(actions);
        self.commit(actions);
        self.reveal(actions);
        self.decline(actions);
        self.show_presence(actions);
        if self.is_drained() {
            actions.push(Action::Finish);
        }
    }

    /// Stop what nobody wants any more.
    fn cancel(&mut self, actions: &mut Vec<Action>) {
        for (task, terms) in self.running.iter_mut() {
            let wanted = self.assigned.get(task).map(Terms::of);
            if terms.is_some() && *terms != wanted {
                *terms = None;
                actions.push(Action::Cancel(*task));
            }
        }
    }

    /// Fill the free slots, the most urgent task first.
    fn execute(&mut self, actions: &mut Vec<Action>) {
        let free = self.rules.slots.saturating_sub(self.running.len());
        let mut waiting: Vec<_> = self
            .assigned
            .values()
            .map(|assignment| (assignment, Terms::of(assignment)))
            .filter(|(assignment, terms)| {
                !self.running.contains_key(&assignment.task)
                    && self.is_worth_trying(assignment.task)
                    && self.record(assignment.task, *terms).is_none()
            })
            .collect();
        waiting.sort_by_key(|(assignment, _)| (assignment.until, assignment.task));
        for (assignment, terms) in waiting.into_iter().take(free) {
            self.running.insert(assignment.task, Some(terms));
            actions.push(Action::Execute(Box::new(assignment.clone())));
        }
    }

    /// A worker gives a task up that it could not execute. A juror tries again before it declines: without enough votes
    /// nobody is found wrong.
    fn is_worth_trying(&self, task: TaskId) -> bool {
        let may_try_again = |vain: &Vain| {
            let declines = vain.reason.is_some() && self.has_tried_enough(task, vain);
            self.is_summoned(task) && !declines && vain.again.is_due(self.at)
        };
        self.vain.get(&task).is_none_or(may_try_again)
    }

    fn has_tried_enough(&self, task: TaskId, vain: &Vain) -> bool {
        !self.is_summoned(task) || vain.again.failures >= TRIES_OF_JUROR
    }

    fn commit(&mut self, actions: &mut Vec<Action>) {
        // Those of one account travel together: it is part of their seals.
        let accounts: BTreeSet<_> = self.assigned.values().map(|assignment| assignment.who).collect();
        for who in accounts {
            let own = self.assigned.values().filter(|assignment| assignment.who == who);
            let awaited = own.filter_map(|assignment| {
                let record = self.record(assignment.task, Terms::of(assignment))?;
                Some((record.task, finding(record)))
            });
            let findings = self.batch(Lane::Commit, awaited.collect());
            if !findings.is_empty() {
                self.depart(Lane::Commit, findings.iter().map(|finding| finding.task));
                actions.push(Action::Commit { who, findings });
            }
        }
    }

    fn reveal(&mut self, actions: &mut Vec<Action>) {
        let asked = self.asked.iter().filter_map(|task| {
            let records = self.records.get(task)?;
            // After a fork there may be two. The chain takes only the one that was committed to on this side of it.
            let tried = self.trials.get(&(Lane::Reveal, *task)).map_or(0, |trial| trial.failures as usize);
            records.get(tried % records.len().max(1)).map(|record| (*task, finding(record)))
        });
        let batch = self.batch(Lane::Reveal, asked.collect());
        if !batch.is_empty() {
            self.depart(Lane::Reveal, batch.iter().map(|finding| finding.task));
            actions.push(Action::Reveal(batch));
        }
    }

    fn decline(&mut self, actions: &mut Vec<Action>) {
        let mut declined = Vec::new();
        for (task, vain) in &self.vain {
            if !self.has_tried_enough(*task, vain) {
                continue;
            }
            let lane = Lane::Decline(*task);
            let trial = self.trials.get(&(lane, *task)).copied().unwrap_or_default();
            if let (Some(reason), true) = (vain.reason, trial.is_due(self.at) && self.may_depart(lane)) {
                declined.push((*task, reason));
            }
        }
        for (task, reason) in declined {
            self.depart(Lane::Decline(task), [task]);
            actions.push(Action::Decline(task, reason));
        }
    }

    fn show_presence(&mut self, actions: &mut Vec<Action>) {
        if self.rules.juror {
            return;
        }
        // A commitment is a sign of life too. And when it leaves no task, a heartbeat beside it is no duty, and nothing with a
        // higher number gets into a block before the worker has noticed.
        let pause = match self.flights.contains_key(&Lane::Commit) {
            true => self.rules.heartbeat_period,
            false => self.rules.heartbeat_period / 2,
        };
        // Of jurors the chain expects no sign of life, and takes none.
        let works = self.assigned.values().any(|assignment| assignment.part == Part::Worker);
        if works && self.at >= self.presence.last_seen.saturating_add(pause) && self.is_free(Lane::Heartbeat)
        {
            self.depart(Lane::Heartbeat, []);
            actions.push(Action::Heartbeat);
        }
        let wanted = match (self.draining, self.presence) {
            (true, presence) if presence.online => Action::GoOffline,
            (false, presence)
                if may_be_drawn(presence, self.at) && !(presence.online && presence.current) =>
            {
                Action::GoOnline
            }
            _ => return,
        };
        if self.is_free(Lane::Presence) {
            self.depart(Lane::Presence, []);
            actions.push(wanted);
        }
    }

    fn is_free(&self, lane: Lane) -> bool {
        self.may_depart(lane) && self.signs.get(&lane).is_none_or(|trial| trial.is_due(self.at))
    }

    fn may_depart(&self, lane: Lane) -> bool {
        let max = match lane {
            Lane::Commit | Lane::Reveal => FLIGHTS,
            Lane::Decline(_) | Lane::Heartbeat | Lane::Presence => 1,
        };
        self.flights.get(&lane).copied().unwrap_or_default() < max
    }

    fn is_drained(&self) -> bool {
        let shown = |task: &TaskId| self.revealed.contains(task) && !self.asked.contains(task);
        self.draining
            && self.at > 0
            && (self.rules.juror || !self.presence.online)
            && self.running.is_empty()
            && self.assigned.is_empty()
            && self.flights.is_empty()
            && self.records.keys().all(shown)
    }

    /// Those that travel together. One stale item spoils a whole transaction, so what was refused before travels in
    /// ever smaller company, until the culprit is alone. Those go first: they wait long enough between their trials.
    fn batch(&self, lane: Lane, candidates: Vec<(TaskId, Finding)>) -> Vec<Finding> {
        if !self.may_depart(lane) {
            return Vec::new();
        }
        let mut by_failures: BTreeMap<u32, Vec<Finding>> = BTreeMap::new();
        for (task, finding) in candidates {
            let trial = self.trials.get(&(lane, task)).copied().unwrap_or_else(Trial::default);
            if trial.is_due(self.at) && !self.travelling.contains(&(lane, task)) {
                by_failures.entry(trial.failures).or_default().push(finding);
            }
        }
        let Some((failures, mut batch)) = by_failures.pop_last() else { return Vec::new() };
        batch.truncate(self.rules.batch.checked_shr(failures).unwrap_or(0).max(1));
        batch
    }
}

/// Before its bond is old enough the chain would refuse.
fn may_be_drawn(presence: Presence, at: BlockNumber) -> bool {
    presence.member && at >= presence.ripe_at
}

fn finding(record: &Record) -> Finding {
    Finding { task: record.task, digest: record.digest }
}
