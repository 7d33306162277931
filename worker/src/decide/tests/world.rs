//! A chain in miniature, an executor that never computes the same twice, crashes between any two actions.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Assigned,
    Committed(Digest),
    Revealing(Digest),
    Revealed,
    Declined,
    Over(Outcome),
}

#[derive(Clone, Debug)]
enum Transaction {
    Commit(Vec<Finding>),
    Reveal(Vec<Finding>),
    Decline(TaskId),
    Heartbeat,
    Presence(bool),
}

impl Transaction {
    fn lane(&self) -> Lane {
        match self {
            Self::Commit(_) => Lane::Commit,
            Self::Reveal(_) => Lane::Reveal,
            Self::Decline(task) => Lane::Decline(*task),
            Self::Heartbeat => Lane::Heartbeat,
            Self::Presence(_) => Lane::Presence,
        }
    }

    fn tasks(&self) -> Vec<TaskId> {
        match self {
            Self::Commit(findings) | Self::Reveal(findings) => {
                findings.iter().map(|item| item.task).collect()
            }
            Self::Decline(task) => vec![*task],
            Self::Heartbeat | Self::Presence(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Block,
    Assign,
    Finish {
        which: usize,
        how: u8,
    },
    Deliver {
        which: usize,
        fate: u8,
    },
    Consensus {
        which: usize,
    },
    End {
        which: usize,
        right: bool,
    },
    /// All that is in the chain is final.
    Finalize,
    /// The disk is full, or has room again.
    Fill(bool),
    /// A fork without the worker's commitment.
    Uncommit {
        which: usize,
    },
    /// A fork on which the number is another task.
    Replace {
        which: usize,
    },
    TakenOffline,
    Crash {
        after: usize,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let which = 0usize..8;
    prop_oneof![
        6 => Just(Op::Block),
        4 => Just(Op::Assign),
        5 => (which.clone(), any::<u8>()).prop_map(|(which, how)| Op::Finish { which, how }),
        5 => (which.clone(), any::<u8>()).prop_map(|(which, fate)| Op::Deliver { which, fate }),
        3 => which.clone().prop_map(|which| Op::Consensus { which }),
        1 => (which.clone(), any::<bool>()).prop_map(|(which, right)| Op::End { which, right }),
        3 => Just(Op::Finalize),
        1 => any::<bool>().prop_map(Op::Fill),
        1 => which.clone().prop_map(|which| Op::Uncommit { which }),
        1 => which.prop_map(|which| Op::Replace { which }),
        1 => Just(Op::TakenOffline),
        2 => (0usize..4).prop_map(|after| Op::Crash { after }),
    ]
}

/// The tasks of a chain, and how far they are.
type Chain = BTreeMap<TaskId, (Rc<Assignment<AccountId>>, Stage)>;

struct World {
    height: BlockNumber,
    online: bool,
    last_seen: BlockNumber,
    chain: Chain,
    /// The height of the last finalized block, and what no fork replaces any more.
    settled_at: BlockNumber,
    settled: Chain,
    state: State,
    disk: Vec<Record>,
    disk_is_full: bool,
    executing: Vec<(TaskId, Terms)>,
    cancelled: BTreeSet<TaskId>,
    sent: Vec<Transaction>,
    /// Transactions of a process that has crashed: still on their way, and nobody listens.
    ghosts: Vec<Transaction>,
    crash_after: Option<usize>,
    executions: u8,
    commitments: BTreeMap<(TaskId, Terms), Digest>,
    /// Terms of the assignments in the last block that the worker saw.
    seen: BTreeMap<TaskId, Terms>,
    finished: bool,
}

impl World {
    fn new() -> Self {
        Self {
            height: 1,
            online: false,
            last_seen: 0,
            chain: BTreeMap::new(),
            settled_at: 0,
            settled: BTreeMap::new(),
            state: State::new(RULES, [], []),
            disk: Vec::new(),
            disk_is_full: false,
            executing: Vec::new(),
            cancelled: BTreeSet::new(),
            sent: Vec::new(),
            ghosts: Vec::new(),
            crash_after: None,
            executions: 0,
            commitments: BTreeMap::new(),
            seen: BTreeMap::new(),
            finished: false,
        }
    }

    /// Tells whether the process outlives it.
    fn happen(&mut self, event: Event) -> bool {
        let actions = decide(&mut self.state, event);
        for action in actions {
            match &mut self.crash_after {
                Some(0) => {
                    self.crash();
                    return false;
                }
                Some(left) => *left -= 1,
                None => {}
            }
            let persisted = match &action {
                Action::Persist(record) => Some((record.task, record.terms)),
                _ => None,
            };
            self.perform(action);
            if let Some((task, terms)) = persisted {
                if !self.happen(Event::Kept { task, terms, on_disk: !self.disk_is_full }) {
                    return false;
                }
            }
        }
        true
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Persist(record) if !self.disk_is_full => self.disk.push(record),
            Action::Persist(_) => {}
            Action::Forget { task, .. } => {
                let stage = self.settled.get(&task).map(|(_, stage)| stage);
                assert!(matches!(stage, Some(Stage::Over(_))), "forgotten before it was over for good");
                self.disk.retain(|record| record.task != task);
            }
            Action::Execute(assignment) => {
                let task = assignment.task;
                assert!(
                    self.executing.iter().all(|(other, _)| *other != task),
                    "{task} is executed twice at once"
                );
                self.executing.push((task, Terms::of(&assignment)));
                assert!(self.executing.len() <= SLOTS, "more executions than slots");
            }
            Action::Cancel(task) => {
                assert!(self.executing.iter().any(|(one, _)| *one == task), "{task} is not executed");
                assert!(self.cancelled.insert(task), "{task} is cancelled twice");
            }
            Action::Commit { findings, .. } => {
                assert!(findings.len() <= RULES.batch);
                for finding in &findings {
                    // What the worker saw, which after a fork is not what the chain says.
                    let terms = self.seen[&finding.task];
                    let made = |record: &&Record| record.task == finding.task && record.terms == terms;
                    let on_disk = self.disk.iter().find(made).map(|record| record.digest);
                    assert_eq!(on_disk, Some(finding.digest), "committed to what is not on the disk");
                    let first = *self.commitments.entry((finding.task, terms)).or_insert(finding.digest);
                    assert_eq!(first, finding.digest, "two commitments for {}", finding.task);
                }
                self.send(Transaction::Commit(findings));
            }
            Action::Reveal(findings) => {
                for finding in &findings {
                    let stage = self.settled.get(&finding.task).map(|(_, stage)| stage);
                    let asked = matches!(stage, Some(Stage::Revealing(_) | Stage::Revealed | Stage::Over(_)));
                    assert!(asked, "shown though no final block has asked for it");
                }
                self.send(Transaction::Reveal(findings));
            }
            Action::Decline(task, _) => self.send(Transaction::Decline(task)),
            Action::Heartbeat => self.send(Transaction::Heartbeat),
            Action::GoOnline => self.send(Transaction::Presence(true)),
            Action::GoOffline => self.send(Transaction::Presence(false)),
            Action::Finish => self.finished = true,
        }
    }

    fn send(&mut self, transaction: Transaction) {
        let mut others = self.sent.iter().filter(|other| other.lane() == transaction.lane());
        let tasks = transaction.tasks();
        assert!(others.clone().count() < 3, "too many transactions in one lane");
        let twice =
            others.any(|other| tasks.is_empty() || other.tasks().iter().any(|task| tasks.contains(task)));
        assert!(!twice, "two transactions for the same");
        self.sent.push(transaction);
    }

    fn crash(&mut self) {
        self.crash_after = None;
        self.executing.clear();
        self.cancelled.clear();
        self.ghosts.append(&mut self.sent);
        self.state = State::new(RULES, self.disk.iter().copied(), []);
    }

    fn see(&mut self) {
        let open = self.state.open();
        let mut duties = Duties { execute: Vec::new(), reveal: Vec::new(), over: Vec::new() };
        for (id, (assignment, stage)) in &self.chain {
            match stage {
                Stage::Assigned => duties.execute.push(Assignment::clone(assignment)),
                Stage::Revealing(_) if open.contains(id) => duties.reveal.push(*id),
                Stage::Over(outcome) if open.contains(id) => {
                    duties.over.push(Listed { id: *id, item: *outcome })
                }
                _ => {}
            }
        }
        self.seen =
            duties.execute.iter().map(|assignment| (assignment.task, Terms::of(assignment))).collect();
        let presence = Presence {
            member: true,
            online: self.online,
            current: self.online,
            elsewhere: false,
            last_seen: self.last_seen,
            ripe_at: 0,
        };
        let soon = Asked { until: BlockNumber::MAX, unverified: false };
        let asked = duties.reveal.iter().map(|task| (*task, soon)).collect();
        let settled = self.see_settled(&open);
        let at = self.height;
        self.happen(Event::Seen(Seen { at, duties, presence, asked, settled, room: true }));
    }

    fn see_settled(&self, open: &[TaskId]) -> Settled {
        let mut settled = Settled { at: self.settled_at, ..Settled::default() };
        for (id, (assignment, stage)) in &self.settled {
            match stage {
                Stage::Assigned => {
                    settled.assigned.insert(*id, Terms::of(assignment));
                }
                Stage::Revealing(_) if open.contains(id) => {
                    settled.reveal.insert(*id);
                }
                Stage::Over(outcome) if open.contains(id) => {
                    settled.over.push(Listed { id: *id, item: *outcome })
                }
                _ => {}
            }
        }
        settled
    }

    fn finalize(&mut self) {
        self.settled_at = self.height;
        self.settled = self.chain.clone();
    }

    /// Whether no fork can undo that the task is assigned or committed to.
    fn is_settled(&self, task: TaskId) -> bool {
        self.settled.get(&task).is_some_and(|(_, stage)| *stage != Stage::Assigned)
    }

    /// Whether the transaction had its effect: all of it or nothing, as on the chain.
    fn include(&mut self, transaction: &Transaction) -> bool {
        match transaction {
            Transaction::Commit(findings) => {
                let awaited = |finding: &Finding| self.chain[&finding.task].1 == Stage::Assigned;
                if !findings.iter().all(awaited) {
                    return false;
                }
                for finding in findings {
                    self.stage(finding.task, Stage::Committed(finding.digest));
                }
            }
            Transaction::Reveal(findings) => {
                let awaited =
                    |finding: &Finding| self.chain[&finding.task].1 == Stage::Revealing(finding.digest);
                if !findings.iter().all(awaited) {
                    return false;
                }
                for finding in findings {
                    self.stage(finding.task, Stage::Revealed);
                }
            }
            Transaction::Decline(id) => {
                if self.chain[id].1 != Stage::Assigned {
                    return false;
                }
                self.stage(*id, Stage::Declined);
            }
            Transaction::Heartbeat => self.last_seen = self.height,
            Transaction::Presence(online) => {
                self.online = *online;
                self.last_seen = self.height;
            }
        }
        true
    }

    fn stage(&mut self, task: TaskId, stage: Stage) {
        self.chain.get_mut(&task).expect("only tasks of the chain are asked for").1 = stage;
    }

    fn deliver(&mut self, which: usize, fate: u8) {
        if !self.ghosts.is_empty() {
            let ghost = self.ghosts.remove(which % self.ghosts.len());
            if fate.is_multiple_of(2) {
                self.include(&ghost);
            }
            return;
        }
        if self.sent.is_empty() {
            return;
        }
        let transaction = self.sent.remove(which % self.sent.len());
        let answer = match fate % 5 {
            // Refused although valid: as when the node is short of memory.
            0 => Answer::Refused,
            1 => Answer::Lost,
            // It had its effect, and nobody learnt of it.
            2 => {
                self.include(&transaction);
                Answer::Lost
            }
            _ if self.include(&transaction) => Answer::Done(self.height),
            _ => Answer::Refused,
        };
        let (lane, tasks) = (transaction.lane(), transaction.tasks());
        self.happen(Event::Answered { lane, tasks, answer });
    }

    fn finish(&mut self, which: usize, how: u8) {
        if self.executing.is_empty() {
            return;
        }
        let (task, terms) = self.executing.remove(which % self.executing.len());
        let report = match (self.cancelled.remove(&task), how % 8) {
            (true, how) if how < 6 => Report::Cancelled,
            (_, 0) => Report::Nothing,
            (_, 1) => Report::Impossible(DeclineReason::AppUnavailable),
            _ => {
                self.executions = self.executions.wrapping_add(1);
                Report::Computed(Digest([self.executions; 32]))
            }
        };
        self.happen(Event::Ended { task, terms, report });
    }

    fn pick(&self, which: usize, wanted: impl Fn(&Stage) -> bool) -> Option<TaskId> {
        let matching: Vec<_> =
            self.chain.iter().filter(|(_, (_, stage))| wanted(stage)).map(|(id, _)| *id).collect();
        matching.get(which % matching.len().max(1)).copied()
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Block => {
                self.height += 1;
                self.see();
            }
            Op::Assign => {
                let assigned = self.chain.values().filter(|(_, stage)| *stage == Stage::Assigned).count();
                if self.online && assigned < SLOTS {
                    let id = task(self.chain.len());
                    self.chain.insert(id, (Rc::new(assignment(id, 0)), Stage::Assigned));
                }
            }
            Op::Finish { which, how } => self.finish(which, how),
            Op::Deliver { which, fate } => self.deliver(which, fate),
            Op::Consensus { which } => {
                if let Some(id) = self.pick(which, |stage| matches!(stage, Stage::Committed(_))) {
                    let Stage::Committed(digest) = self.chain[&id].1 else { unreachable!() };
                    self.stage(id, Stage::Revealing(digest));
                }
            }
            Op::End { which, right } => {
                let open = |stage: &Stage| !matches!(stage, Stage::Over(_));
                if let Some(id) = self.pick(which, open) {
                    let digest = if right { self.chain[&id].1.digest() } else { Digest([255; 32]) };
                    self.stage(id, Stage::Over(completed(digest, self.height)));
                }
            }
            Op::Uncommit { which } => {
                let committed = |stage: &Stage| matches!(stage, Stage::Committed(_) | Stage::Revealing(_));
                if let Some(id) = self.pick(which, committed).filter(|id| !self.is_settled(*id)) {
                    self.height += 1;
                    self.stage(id, Stage::Assigned);
                }
            }
            Op::Replace { which } => {
                let assigned = self.pick(which, |stage| *stage == Stage::Assigned);
                if let Some(id) = assigned.filter(|id| !self.settled.contains_key(id)) {
                    self.chain.insert(id, (Rc::new(assignment(id, 7)), Stage::Assigned));
                }
            }
            Op::Finalize => self.finalize(),
            Op::Fill(full) => self.disk_is_full = full,
            Op::TakenOffline => self.online = false,
            Op::Crash { after } => self.crash_after = Some(after),
        }
    }

    /// Everything goes well from now on.
    fn settle(&mut self) {
        self.crash_after = None;
        self.disk_is_full = false;
        for _ in 0..400 {
            self.height += 1;
            self.finalize();
            self.see();
            while !self.executing.is_empty() {
                self.finish(0, 7);
            }
            while !self.sent.is_empty() || !self.ghosts.is_empty() {
                self.deliver(0, 4);
            }
            let committed: Vec<_> = self.chain.keys().copied().collect();
            for id in committed {
                if let Stage::Committed(digest) = self.chain[&id].1 {
                    self.stage(id, Stage::Revealing(digest));
                }
            }
        }
    }
}

impl Stage {
    fn digest(&self) -> Digest {
        match self {
            Self::Committed(digest) | Self::Revealing(digest) => *digest,
            _ => Digest([254; 32]),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// The assertions inside of the world hold at every step, and in the end no task is left.
    #[test]
    fn never_contradicts_itself_and_never_forgets(ops in proptest::collection::vec(op(), 1..120)) {
        let mut world = World::new();
        world.see();
        for op in ops {
            world.apply(op);
        }
        world.settle();
        for (id, (_, stage)) in &world.chain {
            let done = matches!(stage, Stage::Revealed | Stage::Over(_) | Stage::Declined);
            prop_assert!(done, "{id} was left {stage:?}");
        }
        prop_assert!(world.online);

        // The chain ends everything, some time. Then it can go.
        let ids: Vec<_> = world.chain.keys().copied().collect();
        for id in ids {
            world.stage(id, Stage::Over(completed(Digest([255; 32]), 0)));
        }
        world.happen(Event::Drain);
        world.settle();
        prop_assert!(world.finished && !world.online);
    }
}
