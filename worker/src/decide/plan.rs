//! What follows from the state, whatever brought it about.

use std::collections::{BTreeMap, BTreeSet};

use talka_client::{poco::Finding, AccountId};
use talka_primitives::{
    task::DeclineReason,
    view::{Assignment, Part},
    BlockNumber, TaskId,
};

use super::{time, Action, Asked, Lane, Presence, Record, Running, State, Terms, Trial, Vain};

/// Most transactions with commitments, and with reveals, on their way at once. A result need not wait a block for the
/// one before it; but when there are many they travel together.
const FLIGHTS: usize = 3;

/// How often a juror tries to execute a task before it declines. Each try fetches for a third of the time that is left.
const TRIES_OF_JUROR: u32 = 2;

/// How often a worker tries to execute a task before it declines because its own machine fails.
const TRIES_OF_WORKER: u32 = 2;

/// How many best blocks in a row without a task end its execution, where no finalized block says so earlier.
const MISSING: u32 = 3;

impl State {
    pub(super) fn plan(&mut self, actions: &mut Vec<Action>) {
        self.cancel(actions);
        self.give_up(actions);
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
        let settled = &self.settled;
        for (task, running) in &mut self.running {
            let has_gone = running.missing >= MISSING
                || running.missing > 0
                    && settled.at >= running.since
                    && settled.assigned.get(task) != Some(&running.terms);
            if has_gone && !running.cancelled {
                running.cancelled = true;
                actions.push(Action::Cancel(*task));
            }
        }
    }

    /// Give up what cannot be in time, and what the machine has no room for: to decline costs nothing, to be absent does.
    fn give_up(&mut self, actions: &mut Vec<Action>) {
        for assignment in self.assigned.values() {
            let (task, terms) = (assignment.task, Terms::of(assignment));
            if self.record(task, terms).is_some() || self.saving.contains_key(&task) {
                continue;
            }
            let running = self.running.get_mut(&task).filter(|running| running.terms == terms);
            let has_no_room = !self.room && running.is_none() && !time::is_for_jury(assignment);
            if !time::is_late(assignment, self.rules.periods, self.at) && !has_no_room {
                continue;
            }
            if let Some(running) = running.filter(|running| !running.cancelled) {
                running.cancelled = true;
                actions.push(Action::Cancel(task));
            }
            // What has failed before, or could not begin, has failed for want of something else than time.
            let before = self.vain.get(&task).filter(|vain| vain.terms == terms);
            let reason = match before {
                Some(vain) => vain.reason.unwrap_or(DeclineReason::OutOfResources),
                None if has_no_room => DeclineReason::OutOfResources,
                None => DeclineReason::OutOfTime,
            };
            let again = before.map_or_else(Trial::default, |vain| vain.again);
            self.vain.insert(task, Vain { terms, reason: Some(reason), late: true, again });
        }
    }

    /// Fill the free slots, the most urgent task first.
    fn execute(&mut self, actions: &mut Vec<Action>) {
        let free = self.rules.slots.saturating_sub(self.running.len());
        let mut waiting: Vec<_> = self
            .wanted()
            .into_values()
            .map(|assignment| (assignment, Terms::of(assignment)))
            .filter(|(assignment, terms)| self.is_to_begin(assignment, *terms))
            .collect();
        waiting.sort_by_key(|(assignment, _)| (assignment.until, assignment.task));
        waiting.truncate(free);
        let begun: Vec<_> =
            waiting.into_iter().map(|(assignment, terms)| (assignment.clone(), terms)).collect();
        for (assignment, terms) in begun {
            let deadline = time::last_block(&assignment);
            let running = Running { terms, since: self.at, missing: 0, cancelled: false, deadline };
            self.running.insert(assignment.task, running);
            actions.push(Action::Execute(Box::new(assignment)));
        }
    }

    fn is_to_begin(&self, assignment: &Assignment<AccountId>, terms: Terms) -> bool {
        let task = assignment.task;
        self.at > 0
            && self.room
            && !self.running.contains_key(&task)
            && !self.saving.contains_key(&task)
            && self.record(task, terms).is_none()
            && self.vain.get(&task).is_none_or(|vain| self.may_try_again(task, vain))
    }

    /// A worker gives a task up that it could not execute. A juror tries again before it declines: without enough votes
    /// nobody is found wrong. And what was committed to has to be shown.
    fn may_try_again(&self, task: TaskId, vain: &Vain) -> bool {
        let is_assigned = self.assigned.contains_key(&task);
        !(is_assigned && self.is_to_decline(task, vain)) && vain.again.is_due(self.at)
    }

    fn is_to_decline(&self, task: TaskId, vain: &Vain) -> bool {
        let tries = match (self.is_summoned(task), vain.reason) {
            (false, Some(_)) => 1,
            (false, None) => TRIES_OF_WORKER,
            (true, Some(_)) => TRIES_OF_JUROR,
            (true, None) => u32::MAX,
        };
        vain.late || vain.again.failures >= tries
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
        let asked = self.asked.iter().filter(|(task, asked)| self.may_show(**task, **asked));
        let shown = asked.filter_map(|(task, _)| {
            let records = self.records.get(task)?;
            // After a fork there may be two. The chain takes only the one that was committed to on this side of it.
            let tried = self.trials.get(&(Lane::Reveal, *task)).map_or(0, |trial| trial.failures as usize);
            records.get(tried % records.len().max(1)).map(|record| (*task, finding(record)))
        });
        let batch = self.batch(Lane::Reveal, shown.collect());
        if !batch.is_empty() {
            self.depart(Lane::Reveal, batch.iter().map(|finding| finding.task));
            actions.push(Action::Reveal(batch));
        }
    }

    /// Whether to show a digest that the last block asks for: where no fork can ask for something else, where nobody gains by
    /// knowing it, or where half of the time is over and finality is late.
    fn may_show(&self, task: TaskId, asked: Option<Asked>) -> bool {
        let half = self.rules.periods.reveal_period / 2;
        self.settled.reveal.contains(&task)
            || asked.is_some_and(|Asked { until, unverified }| {
                unverified || self.at.saturating_add(half) >= until
            })
    }

    fn decline(&mut self, actions: &mut Vec<Action>) {
        let mut declined = Vec::new();
        for (task, vain) in &self.vain {
            if !self.assigned.contains_key(task) || !self.is_to_decline(*task, vain) {
                continue;
            }
            let lane = Lane::Decline(*task);
            let trial = self.trials.get(&(lane, *task)).copied().unwrap_or_default();
            if trial.is_due(self.at) && self.may_depart(lane) {
                declined.push((*task, vain.reason.unwrap_or(DeclineReason::OutOfResources)));
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
        let wanted = match (self.draining || !self.room, self.presence) {
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
        let shown = |task: &TaskId| self.revealed.contains(task) && !self.asked.contains_key(task);
        self.draining
            && self.at > 0
            && (self.rules.juror || !self.presence.online)
            && self.running.is_empty()
            && self.saving.is_empty()
            && self.lost.is_empty()
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
