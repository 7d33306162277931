//! A chain in miniature, an executor that never computes the same twice, crashes between any two actions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use talka_primitives::{
    asset::{App, Category, RuntimeClass, Tags, Topic, Uris},
    audit::Assurance,
    deal::{Arguments, Deal, Parameters},
    AppId, CategoryId, ContentId, DealId, Deposit, PoolId, Rate, Share, Trust,
};

use super::*;

const SLOTS: usize = 3;
const RULES: Rules = Rules { slots: SLOTS, batch: 4, heartbeat_period: 4, juror: false };

fn task(index: usize) -> TaskId {
    TaskId { deal: DealId(1), index: index as u32 }
}

fn assignment(task: TaskId, variant: u8) -> Assignment<AccountId> {
    let account = AccountId::from([9; 32]);
    let category = Category {
        name: "XS".try_into().unwrap(),
        run_time: 10,
        fuel: 1,
        memory: 1,
        audit_rate: Rate(500),
        min_value: 1,
    };
    let deal = Deal {
        requester: account,
        payer: account,
        beneficiary: account,
        app: AppId(0),
        app_owner: account,
        app_price: 1,
        dataset: None,
        pool: PoolId(0),
        operator: account,
        pool_price: 1,
        operator_share: Share(1),
        worker_stake: 1,
        category_id: CategoryId(0),
        category,
        trust: Trust(1),
        assurance: Assurance::Unverified,
        tasks: 100,
        arguments: Arguments::default(),
        parameters: Parameters::Range { first: variant.into() },
        deadline: 100_000,
        deposit: Deposit { of: account, amount: 0 },
    };
    let app = App {
        owner: account,
        price: Some(1),
        name: "app".try_into().unwrap(),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([3; 32]),
        uris: Uris::default(),
        topic: Topic::Other,
        tags: Tags(0),
        description: "".try_into().unwrap(),
        deposit: 0,
    };
    let peers = Vec::new();
    Assignment { task, who: account, part: Part::Worker, until: 1_000, deal, app, dataset: None, peers }
}

fn completed(digest: Digest, at: BlockNumber) -> Outcome {
    Outcome::Completed { digest, assurance: Assurance::Unverified, at }
}

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
        1 => which.clone().prop_map(|which| Op::Uncommit { which }),
        1 => which.prop_map(|which| Op::Replace { which }),
        1 => Just(Op::TakenOffline),
        2 => (0usize..4).prop_map(|after| Op::Crash { after }),
    ]
}

struct World {
    height: BlockNumber,
    online: bool,
    last_seen: BlockNumber,
    chain: BTreeMap<TaskId, (Assignment<AccountId>, Stage)>,
    state: State,
    disk: Vec<Record>,
    executing: Vec<(TaskId, Terms)>,
    cancelled: BTreeSet<TaskId>,
    sent: Vec<Transaction>,
    /// Transactions of a process that has crashed: still on their way, and nobody listens.
    ghosts: Vec<Transaction>,
    crash_after: Option<usize>,
    given_up: BTreeSet<TaskId>,
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
            state: State::new(RULES, []),
            disk: Vec::new(),
            executing: Vec::new(),
            cancelled: BTreeSet::new(),
            sent: Vec::new(),
            ghosts: Vec::new(),
            crash_after: None,
            given_up: BTreeSet::new(),
            executions: 0,
            commitments: BTreeMap::new(),
            seen: BTreeMap::new(),
            finished: false,
        }
    }

    fn happen(&mut self, event: Event) {
        let actions = decide(&mut self.state, event);
        for action in actions {
            match &mut self.crash_after {
                Some(0) => return self.crash(),
                Some(left) => *left -= 1,
                None => {}
            }
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Persist(record) => self.disk.push(record),
            Action::Forget { task, .. } => self.disk.retain(|record| record.task != task),
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
            Action::Reveal(findings) => self.send(Transaction::Reveal(findings)),
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
        self.given_up.clear();
        self.ghosts.append(&mut self.sent);
        self.state = State::new(RULES, self.disk.iter().copied());
    }

    fn see(&mut self) {
        let open = self.state.open();
        let mut duties = Duties { execute: Vec::new(), reveal: Vec::new(), over: Vec::new() };
        for (id, (assignment, stage)) in &self.chain {
            match stage {
                Stage::Assigned => duties.execute.push(assignment.clone()),
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
        self.happen(Event::Seen(Seen { at: self.height, duties, presence }));
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
            (_, 0) => {
                self.given_up.insert(task);
                Report::Nothing
            }
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
                    self.chain.insert(id, (assignment(id, 0), Stage::Assigned));
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
                if let Some(id) = self.pick(which, committed) {
                    self.height += 1;
                    self.stage(id, Stage::Assigned);
                }
            }
            Op::Replace { which } => {
                if let Some(id) = self.pick(which, |stage| *stage == Stage::Assigned) {
                    self.chain.insert(id, (assignment(id, 7), Stage::Assigned));
                }
            }
            Op::TakenOffline => self.online = false,
            Op::Crash { after } => self.crash_after = Some(after),
        }
    }

    /// Everything goes well from now on.
    fn settle(&mut self) {
        self.crash_after = None;
        for _ in 0..400 {
            self.height += 1;
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
            prop_assert!(done || world.given_up.contains(id), "{id} was left {stage:?}");
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

fn seen(at: BlockNumber, execute: Vec<Assignment<AccountId>>, reveal: Vec<TaskId>) -> Event {
    let presence =
        Presence { member: true, online: true, current: true, last_seen: at, ..Presence::default() };
    look(at, execute, reveal, presence)
}

fn look(
    at: BlockNumber,
    execute: Vec<Assignment<AccountId>>,
    reveal: Vec<TaskId>,
    presence: Presence,
) -> Event {
    let duties = Duties { execute, reveal, over: Vec::new() };
    Event::Seen(Seen { at, duties, presence })
}

fn computed(assignment: &Assignment<AccountId>, byte: u8) -> Event {
    let report = Report::Computed(Digest([byte; 32]));
    Event::Ended { task: assignment.task, terms: Terms::of(assignment), report }
}

#[test]
fn persists_before_it_commits() {
    let mut state = State::new(RULES, []);
    let work = assignment(task(0), 0);
    let actions = decide(&mut state, seen(1, vec![work.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(work.clone()))]);
    let actions = decide(&mut state, computed(&work, 1));
    let finding = Finding { task: task(0), digest: Digest([1; 32]) };
    assert!(matches!(&actions[..], [Action::Persist(record), Action::Commit { findings: batch, .. }]
        if record.digest == finding.digest && *batch == [finding]));
}

#[test]
fn reveals_after_a_crash_what_it_had_committed_to() {
    let work = assignment(task(0), 0);
    let record = Record { task: task(0), terms: Terms::of(&work), digest: Digest([1; 32]), deadline: 10 };
    let mut state = State::new(RULES, [record]);
    assert_eq!(state.open(), [task(0)]);
    // Perhaps it was sent before the crash, and is on its way.
    assert_eq!(decide(&mut state, seen(5, vec![], vec![task(0)])), []);
    let actions = decide(&mut state, seen(6, vec![], vec![task(0)]));
    assert_eq!(actions, [Action::Reveal(vec![Finding { task: task(0), digest: record.digest }])]);
}

#[test]
fn lets_commitments_travel_together_while_others_are_on_their_way() {
    let rules = Rules { slots: 6, ..RULES };
    let mut state = State::new(rules, []);
    let work: Vec<_> = (0..6).map(|index| assignment(task(index), 0)).collect();
    decide(&mut state, seen(1, work.clone(), vec![]));
    for item in &work[..3] {
        let actions = decide(&mut state, computed(item, 1));
        assert!(
            matches!(&actions[..], [Action::Persist(_), Action::Commit { findings: batch, .. }] if batch.len() == 1)
        );
    }
    for item in &work[3..] {
        assert!(matches!(&decide(&mut state, computed(item, 1))[..], [Action::Persist(_)]));
    }
    let answered = Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer: Answer::Done(2) };
    let actions = decide(&mut state, answered);
    assert!(matches!(&actions[..], [Action::Commit { findings: batch, .. }] if batch.len() == 3));
}

#[test]
fn is_not_held_up_by_one_item_that_the_chain_refuses() {
    let work: Vec<_> = (0..3).map(|index| assignment(task(index), 0)).collect();
    let records = work.iter().map(|item| Record {
        task: item.task,
        terms: Terms::of(item),
        digest: Digest([1; 32]),
        deadline: 100,
    });
    let mut state = State::new(RULES, records);
    decide(&mut state, seen(1, work.clone(), vec![]));
    // The chain refuses everything that contains task 0.
    let mut left: BTreeSet<_> = [task(1), task(2)].into();
    let mut at = 1;
    while !left.is_empty() {
        at += 1;
        assert!(at < 20, "{left:?} still waits");
        let waiting = work.iter().filter(|item| item.task == task(0) || left.contains(&item.task)).cloned();
        let mut actions = VecDeque::from(decide(&mut state, seen(at, waiting.collect(), vec![])));
        while let Some(action) = actions.pop_front() {
            let Action::Commit { findings: batch, .. } = action else { continue };
            let tasks: Vec<_> = batch.iter().map(|item| item.task).collect();
            let answer = if tasks.contains(&task(0)) { Answer::Refused } else { Answer::Done(at) };
            if answer != Answer::Refused {
                left.retain(|id| !tasks.contains(id));
            }
            actions.extend(decide(&mut state, Event::Answered { lane: Lane::Commit, tasks, answer }));
        }
    }
}

#[test]
fn keeps_both_results_where_a_fork_made_one_number_two_tasks() {
    let mut state = State::new(RULES, []);
    let (one, other) = (assignment(task(0), 0), assignment(task(0), 7));
    decide(&mut state, seen(1, vec![one.clone()], vec![]));
    decide(&mut state, computed(&one, 1));
    let actions = decide(&mut state, seen(2, vec![other.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(other.clone()))]);
    decide(&mut state, computed(&other, 2));
    // Back on the first fork, where the commitment to the first result had been included.
    let reveal = |digest| Action::Reveal(vec![Finding { task: task(0), digest: Digest([digest; 32]) }]);
    let actions = decide(&mut state, seen(3, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(1)));
    // On the other, the first guess is refused and the second is right.
    let refused = Event::Answered { lane: Lane::Reveal, tasks: vec![task(0)], answer: Answer::Refused };
    decide(&mut state, refused);
    let actions = decide(&mut state, seen(5, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(2)));
}

#[test]
fn shows_that_it_lives_while_it_executes() {
    let mut state = State::new(RULES, []);
    let work = assignment(task(0), 0);
    let presence =
        Presence { member: true, online: true, current: true, last_seen: 10, ..Presence::default() };
    let mut beat =
        |at| decide(&mut state, look(at, vec![work.clone()], vec![], presence)).contains(&Action::Heartbeat);
    assert!(!beat(11));
    assert!(beat(12));
    assert!(!beat(13), "one is on its way");
}

#[test]
fn gives_no_second_sign_of_life_while_a_commitment_is_on_its_way() {
    let works = vec![assignment(task(0), 0), assignment(task(1), 0)];
    let record =
        Record { task: task(0), terms: Terms::of(&works[0]), digest: Digest([1; 32]), deadline: 100 };
    let mut state = State::new(RULES, [record]);
    let presence =
        Presence { member: true, online: true, current: true, last_seen: 10, ..Presence::default() };
    let mut at = |height| decide(&mut state, look(height, works.clone(), vec![], presence));
    at(10);
    assert!(at(11).iter().any(|action| matches!(action, Action::Commit { .. })));
    let half = 10 + RULES.heartbeat_period / 2;
    assert!(!at(half).contains(&Action::Heartbeat));
    // It takes too long.
    assert!(at(10 + RULES.heartbeat_period).contains(&Action::Heartbeat));
}

#[test]
fn goes_online_again_when_the_chain_has_taken_it_offline_but_more_slowly_each_time() {
    let mut state = State::new(RULES, []);
    let mut at = 0;
    let mut pauses = Vec::new();
    for _ in 0..3 {
        decide(&mut state, seen(at, vec![], vec![]));
        let offline_at = at + 1;
        loop {
            at += 1;
            let presence = Presence { member: true, ..Presence::default() };
            if decide(&mut state, look(at, vec![], vec![], presence)).contains(&Action::GoOnline) {
                break;
            }
        }
        pauses.push(at - offline_at);
        let answer = Answer::Done(at);
        decide(&mut state, Event::Answered { lane: Lane::Presence, tasks: vec![], answer });
        at += 1;
    }
    assert_eq!(pauses, [1, 2, 4]);
}

#[test]
fn stops_only_when_all_is_revealed() {
    let mut state = State::new(RULES, []);
    let work = assignment(task(0), 0);
    decide(&mut state, seen(1, vec![work.clone()], vec![]));
    assert_eq!(decide(&mut state, Event::Drain), [Action::GoOffline]);
    decide(&mut state, Event::Answered { lane: Lane::Presence, tasks: vec![], answer: Answer::Done(2) });
    decide(&mut state, computed(&work, 1));
    decide(&mut state, Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer: Answer::Done(3) });
    let offline = |at, reveal: Vec<TaskId>| {
        let presence = Presence { member: true, ..Presence::default() };
        look(at, vec![], reveal, presence)
    };
    assert_eq!(decide(&mut state, offline(4, vec![])), []);
    assert!(matches!(&decide(&mut state, offline(5, vec![task(0)]))[..], [Action::Reveal(_)]));
    let answered = Event::Answered { lane: Lane::Reveal, tasks: vec![task(0)], answer: Answer::Done(6) };
    decide(&mut state, answered);
    assert_eq!(decide(&mut state, offline(6, vec![])), [Action::Finish]);
}

#[test]
fn waits_until_its_bond_is_ripe_before_it_goes_online() {
    let mut state = State::new(RULES, []);
    let presence = Presence { member: true, ripe_at: 50, ..Presence::default() };
    for at in [1, 2, 30, 49] {
        assert_eq!(decide(&mut state, look(at, vec![], vec![], presence)), []);
    }
    assert_eq!(decide(&mut state, look(50, vec![], vec![], presence)), [Action::GoOnline]);
}

/// A juror's rules.
const JUROR: Rules = Rules { juror: true, ..RULES };

/// A task to be executed for a jury.
fn summons(task: TaskId) -> Assignment<AccountId> {
    Assignment { part: Part::Juror, ..assignment(task, 0) }
}

/// What a juror sees that is no worker.
fn summoned(at: BlockNumber, execute: Vec<Assignment<AccountId>>, reveal: Vec<TaskId>) -> Event {
    look(at, execute, reveal, Presence::default())
}

#[test]
fn as_a_juror_executes_commits_and_reveals_a_summons() {
    let mut state = State::new(JUROR, []);
    let work = summons(task(0));
    let actions = decide(&mut state, summoned(1, vec![work.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(work.clone()))]);
    let finding = Finding { task: task(0), digest: Digest([1; 32]) };
    let actions = decide(&mut state, computed(&work, 1));
    assert!(
        matches!(&actions[..], [Action::Persist(_), Action::Commit { findings: batch, .. }] if *batch == [finding]),
        "{actions:?}"
    );
    let answer = Answer::Done(2);
    decide(&mut state, Event::Answered { lane: Lane::Commit, tasks: vec![task(0)], answer });
    let actions = decide(&mut state, summoned(3, vec![], vec![task(0)]));
    assert_eq!(actions, [Action::Reveal(vec![finding])]);
}

#[test]
fn as_a_juror_never_goes_online_or_offline_and_sends_no_sign_of_life() {
    let mut state = State::new(JUROR, []);
    let work = summons(task(0));
    let presences = [
        Presence::default(),
        Presence { member: true, ..Presence::default() },
        Presence { member: true, online: true, current: true, ..Presence::default() },
        Presence { member: true, ..Presence::default() },
    ];
    for (at, presence) in (100..).zip(presences) {
        let actions = decide(&mut state, look(at, vec![work.clone()], vec![], presence));
        assert!(actions.iter().all(|action| matches!(action, Action::Execute(_))), "{actions:?}");
    }
}

/// When a juror executed, and when it declined, with executions that fail like this.
fn juror_that_fails(reports: &[Report]) -> (Vec<BlockNumber>, Vec<BlockNumber>) {
    let mut state = State::new(JUROR, []);
    let work = summons(task(0));
    let (mut tried_at, mut declined_at) = (Vec::new(), Vec::new());
    let mut decide_all = |state: &mut State, at, event| {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for action in decide(state, event) {
                match action {
                    Action::Execute(_) => {
                        let report = reports[tried_at.len() % reports.len()];
                        events.push(Event::Ended { task: task(0), terms: Terms::of(&work), report });
                        tried_at.push(at);
                    }
                    Action::Decline(..) => declined_at.push(at),
                    other => panic!("a juror does {other:?}"),
                }
            }
        }
    };
    for at in 1..12 {
        decide_all(&mut state, at, summoned(at, vec![work.clone()], vec![]));
    }
    (tried_at, declined_at)
}

#[test]
fn as_a_juror_declines_after_a_second_try() {
    let unreachable = [Report::Impossible(DeclineReason::AppUnavailable)];
    assert_eq!(juror_that_fails(&unreachable), (vec![1, 2], vec![2]));
}

#[test]
fn as_a_juror_tries_again_more_slowly_each_time_where_its_machine_fails() {
    assert_eq!(juror_that_fails(&[Report::Nothing]), (vec![1, 2, 4, 8], vec![]));
}

#[test]
fn keeps_a_jurors_digest_though_the_deadline_of_the_deal_is_long_over() {
    let mut state = State::new(JUROR, []);
    let mut work = summons(task(0));
    (work.deal.deadline, work.until) = (10, 5_000);
    decide(&mut state, summoned(4_000, vec![work.clone()], vec![]));
    decide(&mut state, computed(&work, 1));
    decide(&mut state, summoned(5_500, vec![], vec![]));
    assert_eq!(state.open(), [task(0)]);
}

#[test]
fn keeps_its_digest_while_an_audit_outlasts_the_deadline_of_the_deal() {
    let mut state = State::new(RULES, []);
    let mut work = assignment(task(0), 0);
    (work.deal.deadline, work.deal.category.run_time, work.until) = (10, 5_000, 10);
    decide(&mut state, seen(9, vec![work.clone()], vec![]));
    decide(&mut state, computed(&work, 1));
    decide(&mut state, seen(9_000, vec![], vec![]));
    assert_eq!(state.open(), [task(0)]);
    // Two executions later nobody audits it any more.
    decide(&mut state, seen(11_011, vec![], vec![]));
    assert!(state.open().is_empty());
}

#[test]
fn as_a_juror_stops_when_all_is_revealed_whatever_the_chain_says_of_its_presence() {
    let mut state = State::new(JUROR, []);
    let online = Presence { member: true, online: true, ..Presence::default() };
    decide(&mut state, look(1, vec![], vec![], online));
    assert_eq!(decide(&mut state, Event::Drain), [Action::Finish]);
}

#[test]
fn as_a_worker_sends_no_sign_of_life_and_tries_twice_for_a_jury() {
    let mut state = State::new(RULES, []);
    let work = summons(task(0));
    let online = Presence { member: true, online: true, current: true, ..Presence::default() };
    let mut see = |at| decide(&mut state, look(at, vec![work.clone()], vec![], online));
    assert_eq!(see(100), [Action::Execute(Box::new(work.clone()))]);
    let report = Report::Impossible(DeclineReason::AppUnavailable);
    let ended = Event::Ended { task: task(0), terms: Terms::of(&work), report };
    assert_eq!(decide(&mut state, ended), []);
}
