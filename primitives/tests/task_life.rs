//! Any course of events: money is conserved, states follow their order, and what is refused changes nothing.

use proptest::prelude::*;
use std::collections::BTreeMap;
use talka_primitives::{
    audit::Assurance,
    commitment,
    credibility::{accepted, group, weight},
    jury::MAX_JURIES,
    settlement::{Case, Contributor, Prices, Transfer},
    task::{
        DeclineReason, Event, Failure, Phase, Refusal, Role, Span, Stage, Step, Task, Verdict,
        DECLINES_TO_FAIL, MAX_CONTRIBUTIONS, MAX_MEMBERS,
    },
    Balance, DealId, Digest, Score, Share, TaskId, Trust, Weight,
};

type Worker = u8;

const ID: TaskId = TaskId { deal: DealId(1), index: 0 };
const POOL_PRICE: Balance = 97;
const STAKE: Balance = 31;
const GUARANTEE: Balance = 29;
const VALUE: Balance = 3;
/// The first of those who can be jurors.
const JUROR: Worker = 100;
const REQUESTER: Worker = 200;
const OPERATOR: Worker = 201;
const FUND: Worker = 202;

/// What may be tried next; most tries are refused.
#[derive(Clone, Debug)]
enum Try {
    Draw(Worker, u32),
    Audit(Worker),
    Lot(bool),
    Seat(u8),
    JuryTimeOver,
    Commit(Worker, u8),
    CopySeal(Worker, Worker),
    Reveal(Worker, u8),
    Decline(Worker),
    Absence(Worker),
    RevealOver,
    Deadline,
    AuditTimeOver,
    Wait(u8),
}

fn tries() -> impl Strategy<Value = Try> {
    let worker = || prop_oneof![3 => 0u8..12, 1 => JUROR..JUROR + 5];
    prop_oneof![
        240 => (worker(), prop_oneof![Just(0u32), 0u32..400]).prop_map(|(w, s)| Try::Draw(w, s)),
        100 => worker().prop_map(Try::Audit),
        60 => any::<bool>().prop_map(Try::Lot),
        60 => (0u8..5).prop_map(Try::Seat),
        20 => Just(Try::JuryTimeOver),
        240 => (worker(), prop_oneof![4 => Just(0u8), 1 => 0u8..3]).prop_map(|(w, d)| Try::Commit(w, d)),
        40 => (worker(), worker()).prop_map(|(w, v)| Try::CopySeal(w, v)),
        240 => (worker(), prop_oneof![4 => Just(0u8), 1 => 0u8..3]).prop_map(|(w, d)| Try::Reveal(w, d)),
        40 => worker().prop_map(Try::Decline),
        40 => worker().prop_map(Try::Absence),
        40 => Just(Try::RevealOver),
        1 => Just(Try::Deadline),
        1 => Just(Try::AuditTimeOver),
        40 => (0u8..4).prop_map(Try::Wait),
    ]
}

/// The chain's part: it locks, pays and unlocks as each step says.
struct World {
    task: Task<Worker>,
    money: BTreeMap<Worker, Balance>,
    locked: BTreeMap<Worker, Balance>,
    held: Balance,
    now: u32,
    end: Option<Step>,
}

impl World {
    fn new(trust: u32, assurance: Assurance) -> Self {
        let money = (0..12)
            .chain(JUROR..JUROR + 5)
            .map(|w| (w, 1_000))
            .chain([(REQUESTER, 1_000), (OPERATOR, 0), (FUND, 0)])
            .collect();
        Self {
            task: Task::new(Trust(trust), assurance, VALUE, Span::new(0, 1_000, 100)),
            money,
            locked: BTreeMap::new(),
            held: POOL_PRICE + if assurance.is_audited() { VALUE } else { 0 },
            now: 1,
            end: None,
        }
    }

    fn total(&self) -> Balance {
        self.money.values().sum::<Balance>() + self.locked.values().sum::<Balance>() + self.held
    }

    fn pay_from_lock(&mut self, from: Worker, to: Worker, amount: Balance) {
        *self.locked.get_mut(&from).unwrap() -= amount;
        *self.money.get_mut(&to).unwrap() += amount;
    }

    fn event(&self, attempt: &Try) -> Option<Event<Worker>> {
        let now = self.now;
        let commit = |worker, digest: u8, seal_of| Event::Commit {
            worker,
            weight: Weight(2),
            result: commitment::result_hash(ID, Digest([digest; 32])),
            seal: commitment::seal(&seal_of, ID, Digest([digest; 32])),
            now,
            reveal_until: now + 5,
        };
        Some(match *attempt {
            Try::Draw(worker, score) => {
                let (role, weight) = (Role::Member, weight(Score(score)));
                Event::Draw { worker, role, weight, locked: STAKE, until: now + 10 }
            }
            Try::Audit(worker) => {
                let (role, weight) = (Role::Auditor, Weight(2));
                Event::Draw { worker, role, weight, locked: STAKE, until: now + 10 }
            }
            Try::Lot(audit) => Event::Lot { audit, reveal_until: now + 5, audit_until: now + 200 },
            Try::Seat(jurors) => {
                Event::Seat { jurors: (JUROR..JUROR + jurors).collect(), size: 5, until: now + 10 }
            }
            Try::JuryTimeOver => Event::JuryTimeOver { reveal_until: now + 5 },
            Try::Commit(worker, digest) => commit(worker, digest, worker),
            Try::CopySeal(worker, victim) => commit(worker, 0, victim),
            Try::Reveal(worker, digest) => Event::Reveal { worker, digest: Digest([digest; 32]), now },
            Try::Decline(worker) => {
                Event::Decline { worker, reason: DeclineReason::AppUnavailable, reveal_until: now + 5 }
            }
            Try::Absence(worker) => Event::Absence { worker },
            Try::RevealOver => Event::RevealOver { reveal_until: now + 5 },
            Try::Deadline => Event::DeadlinePassed,
            Try::AuditTimeOver => Event::AuditTimeOver,
            Try::Wait(_) => return None,
        })
    }

    fn step(&mut self, attempt: Try) -> Result<Step, Refusal> {
        let Some(event) = self.event(&attempt) else {
            if let Try::Wait(blocks) = attempt {
                self.now += u32::from(blocks);
            }
            return Ok(Step::Waiting);
        };
        let step = self.task.advance(ID, event)?;
        match attempt {
            Try::Draw(worker, _) | Try::Audit(worker) => {
                *self.money.get_mut(&worker).unwrap() -= STAKE;
                *self.locked.entry(worker).or_default() += STAKE;
            }
            Try::Decline(worker) if self.task.contribution(&worker).is_some() => {
                self.pay_from_lock(worker, worker, STAKE);
            }
            _ => {}
        }
        match step {
            Step::Completed { digest } => self.settle(Ok(digest)),
            Step::Failed(reason) => self.settle(Err(reason)),
            _ => return Ok(step),
        }
        self.end = Some(step);
        Ok(step)
    }

    fn settle(&mut self, end: Result<Digest, Failure>) {
        let prices = Prices {
            payer: REQUESTER,
            operator: OPERATOR,
            assets: Vec::new(),
            pool: POOL_PRICE,
            operator_share: Share(7),
            pool_stake: STAKE,
            guarantee: GUARANTEE,
            audit: self.held - POOL_PRICE,
            value: VALUE,
            assurance: self.task.assurance,
        };
        let case = Case::of(ID, &self.task, end);
        let was_disputed = self.task.phase == Phase::Disputed;
        let is_right = |one: &Contributor<Worker>| matches!(one.verdict, Verdict::Right { .. });
        let somebody = case.contributors.iter().any(is_right);
        assert!(case.jurors.is_empty() || was_disputed, "jurors are paid for disputes");
        assert!(end.is_err() || !was_disputed || !case.jurors.is_empty(), "a dispute is decided by jurors");
        assert!(end.is_err() || somebody || was_disputed, "a task is completed by somebody");
        let convicted = case.contributors.iter().any(|one| one.verdict == Verdict::Convicted);
        assert!(!convicted || was_disputed, "nobody is convicted without a jury");
        let settlement = case.settle(&prices);
        for transfer in settlement.transfers {
            match transfer {
                Transfer::Payment { to, amount } => {
                    self.held -= amount;
                    *self.money.get_mut(&to).unwrap() += amount;
                }
                Transfer::Forfeit { from, to, amount } => {
                    self.pay_from_lock(from, to.unwrap_or(FUND), amount);
                }
            }
        }
        for (worker, amount) in settlement.unlocked {
            self.pay_from_lock(worker, worker, amount);
        }
    }

    /// The group behind the believed result, whether it has revealed or not, and the groups against it.
    fn is_believed_rightly(&self, trust: u32) -> bool {
        let Phase::Revealing { result: believed, .. } = self.task.phase else { return true };
        let mut mine = Vec::new();
        let mut others: BTreeMap<_, Vec<Weight>> = BTreeMap::new();
        for contribution in &self.task.contributions {
            match contribution.stage {
                Stage::Committed { weight, result, .. } if result == believed => mine.push(weight),
                Stage::Revealed { weight } => mine.push(weight),
                Stage::Committed { weight, result, .. } => others.entry(result).or_default().push(weight),
                _ => {}
            }
        }
        accepted(group(mine), others.into_values().map(group), Trust(trust))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conserves_money_and_keeps_its_order(
        trust in prop_oneof![1u32..12, Just(100u32)],
        assurance in prop_oneof![
            Just(Assurance::Unverified),
            Just(Assurance::Unaudited),
            Just(Assurance::Internal),
            Just(Assurance::Replicated),
            Just(Assurance::Adjudicated)
        ],
        attempts in proptest::collection::vec(tries(), 1..120),
    ) {
        let mut world = World::new(trust, assurance);
        let all = world.total();
        for attempt in attempts {
            let before = world.task.clone();
            let result = world.step(attempt.clone());
            prop_assert_eq!(world.total(), all, "money after {:?}", attempt);
            if result.is_err() {
                prop_assert_eq!(&world.task, &before, "{:?} was refused and changed something", attempt);
            }
            prop_assert!(world.is_believed_rightly(trust));
            prop_assert!(world.task.phase != Phase::Disputed || assurance.is_deterministic());
            prop_assert!(!world.task.is_audit() || assurance.is_audited());
            prop_assert!(world.task.jury.as_ref().is_none_or(|jury| jury.juries <= MAX_JURIES));
            if world.end.is_some() {
                // All that was locked for the task is free or paid out, nobody has lost more than its stake.
                prop_assert!(world.locked.values().all(|locked| *locked == 0));
                prop_assert_eq!(world.held, 0);
                prop_assert!(world.money.iter().all(|(w, money)| *w >= REQUESTER || *money >= 1_000 - STAKE));
                return Ok(());
            }
        }
    }

    #[test]
    fn never_draws_more_than_the_trust_needs(trust in 1u32..200, scores in proptest::collection::vec(0u32..400, 32)) {
        let mut task = Task::<Worker>::new(Trust(trust), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
        for (worker, score) in (0u8..).zip(scores) {
            let lacking = task.is_lacking();
            let weight = weight(Score(score));
            let drawn = task.advance(ID, Event::Draw { worker, role: Role::Member, weight, locked: STAKE, until: 9 });
            prop_assert_eq!(drawn.is_ok(), lacking);
        }
        // They all agree: the last commitment brings consensus, none before it does.
        let workers: Vec<_> = task.awaited().into_iter().map(|(worker, _)| worker).collect();
        for (position, worker) in workers.iter().enumerate() {
            let Stage::Assigned { weight, .. } = task.contribution(worker).unwrap().stage else { panic!("assigned") };
            let event = Event::Commit {
                worker: *worker,
                weight,
                result: commitment::result_hash(ID, Digest([1; 32])),
                seal: commitment::seal(worker, ID, Digest([1; 32])),
                now: 1,
                reveal_until: 6,
            };
            let step = task.advance(ID, event).unwrap();
            let last = position + 1 == workers.len();
            prop_assert_eq!(matches!(step, Step::Consensus { .. }), last);
        }
    }
}

fn draw_as(task: &mut Task<Worker>, worker: Worker, role: Role) -> Result<Step, Refusal> {
    task.advance(ID, Event::Draw { worker, role, weight: Weight(2), locked: STAKE, until: 9 })
}

fn draw(task: &mut Task<Worker>, worker: Worker) {
    draw_as(task, worker, Role::Member).unwrap();
}

/// Commit, of a worker or a juror.
fn commit(task: &mut Task<Worker>, worker: Worker, digest: u8) -> Result<Step, Refusal> {
    let digest = Digest([digest; 32]);
    let (result, seal) = (commitment::result_hash(ID, digest), commitment::seal(&worker, ID, digest));
    task.advance(ID, Event::Commit { worker, weight: Weight(2), result, seal, now: 1, reveal_until: 6 })
}

fn reveal(task: &mut Task<Worker>, worker: Worker, digest: u8) -> Result<Step, Refusal> {
    task.advance(ID, Event::Reveal { worker, digest: Digest([digest; 32]), now: 2 })
}

fn lot(task: &mut Task<Worker>, audit: bool) -> Result<Step, Refusal> {
    task.advance(ID, Event::Lot { audit, reveal_until: 6, audit_until: 200 })
}

/// Two that agree on the result 7, and wait for their lot.
fn agreed(assurance: Assurance) -> Task<Worker> {
    let mut task = Task::new(Trust(3), assurance, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2] {
        draw(&mut task, worker);
    }
    assert_eq!(commit(&mut task, 1, 7), Ok(Step::Waiting));
    assert!(matches!(commit(&mut task, 2, 7), Ok(Step::Agreed { .. })));
    task
}

/// The same, audited by a third one that says something else.
fn contradicted(assurance: Assurance) -> (Task<Worker>, Step) {
    let mut task = agreed(assurance);
    assert_eq!(lot(&mut task, true), Ok(Step::Lacking));
    draw_as(&mut task, 3, Role::Auditor).unwrap();
    let step = commit(&mut task, 3, 9).unwrap();
    (task, step)
}

fn seat(task: &mut Task<Worker>, jurors: impl IntoIterator<Item = Worker>) -> Result<Step, Refusal> {
    let jurors: Vec<_> = jurors.into_iter().collect();
    let size = jurors.len() as u32;
    task.advance(ID, Event::Seat { jurors, size, until: 20 })
}

#[test]
fn a_lot_decides_whether_it_is_audited() {
    let mut spared = agreed(Assurance::Adjudicated);
    assert_eq!(reveal(&mut spared, 1, 7), Err(Refusal::NotRevealing));
    assert!(matches!(lot(&mut spared, false), Ok(Step::Consensus { .. })));
    assert_eq!(lot(&mut spared, true), Err(Refusal::NotLacking));
    assert_eq!(reveal(&mut spared, 1, 7), Ok(Step::Waiting));

    let mut audited = agreed(Assurance::Adjudicated);
    assert_eq!(lot(&mut audited, true), Ok(Step::Lacking));
    assert_eq!(draw_as(&mut audited, 3, Role::Member), Err(Refusal::NotLacking));
    assert_eq!(draw_as(&mut audited, 3, Role::Auditor), Ok(Step::Waiting));
    assert!(matches!(commit(&mut audited, 3, 7), Ok(Step::Consensus { .. })));
    for worker in [1, 2] {
        assert_eq!(reveal(&mut audited, worker, 7), Ok(Step::Waiting));
    }
    assert!(matches!(reveal(&mut audited, 3, 7), Ok(Step::Completed { .. })));
}

#[test]
fn nothing_is_audited_at_trust_one() {
    let mut task = Task::new(Trust(1), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    draw(&mut task, 1);
    assert!(matches!(commit(&mut task, 1, 7), Ok(Step::Consensus { .. })));
}

#[test]
fn an_auditor_that_does_not_come_is_replaced() {
    let mut task = agreed(Assurance::Adjudicated);
    lot(&mut task, true).unwrap();
    draw_as(&mut task, 3, Role::Auditor).unwrap();
    assert_eq!(task.advance(ID, Event::Absence { worker: 3 }), Ok(Step::Lacking));
    assert_eq!(draw_as(&mut task, 4, Role::Auditor), Ok(Step::Waiting));
}

#[test]
fn a_worker_that_can_commit_no_more_is_not_absent() {
    let mut task = Task::new(Trust(3), Assurance::Adjudicated, POOL_PRICE, Span::new(0, 100, 10));
    draw(&mut task, 1);
    draw(&mut task, 2);
    let first: Worker = 1;
    // The word of the first is enough; the auditor then keeps all waiting for its digest.
    let digest = Digest([7; 32]);
    let (result, seal) = (commitment::result_hash(ID, digest), commitment::seal(&first, ID, digest));
    let heavy = Event::Commit { worker: first, weight: Weight(1_000), result, seal, now: 1, reveal_until: 6 };
    assert!(matches!(task.advance(ID, heavy), Ok(Step::Agreed { .. })));
    lot(&mut task, true).unwrap();
    draw_as(&mut task, 3, Role::Auditor).unwrap();
    assert!(matches!(commit(&mut task, 3, 7), Ok(Step::Consensus { .. })));
    assert_eq!(reveal(&mut task, 1, 7), Ok(Step::Waiting));
    assert_eq!(commit(&mut task.clone(), 2, 7), Err(Refusal::TooLate), "the digest is known");
    assert_eq!(task.advance(ID, Event::Absence { worker: 2 }), Err(Refusal::NotLacking));
    let ended = task.advance(ID, Event::RevealOver { reveal_until: 12 });
    assert!(matches!(ended, Ok(Step::Completed { .. })), "{ended:?}");
    let verdicts: Vec<_> = task.verdicts(ID, Some(Digest([7; 32]))).into_iter().map(|(_, one)| one).collect();
    assert_eq!(verdicts[1..], [Verdict::Released, Verdict::Wrong]);
}

#[test]
fn what_nobody_audits_in_time_fails_and_nobody_is_blamed() {
    let mut task = agreed(Assurance::Adjudicated);
    lot(&mut task, true).unwrap();
    // The deadline does not end what was agreed on before; the time for an audit does.
    assert_eq!(task.advance(ID, Event::DeadlinePassed), Ok(Step::Waiting));
    assert_eq!(task.advance(ID, Event::AuditTimeOver), Ok(Step::Failed(Failure::NotAudited)));
    assert!(task.verdicts(ID, None).iter().all(|(_, verdict)| *verdict == Verdict::Released));
}

/// Else colluders that are absent one after the other could have a result fail in its audit, or keep it from being audited.
#[test]
fn what_took_as_many_workers_as_can_be_drawn_can_still_be_audited() {
    let mut task = Task::new(Trust(3), Assurance::Adjudicated, POOL_PRICE, Span::new(0, 100, 10));
    let last = MAX_MEMBERS as Worker;
    for worker in 1..=last - 2 {
        draw(&mut task, worker);
        assert_eq!(task.advance(ID, Event::Absence { worker }), Ok(Step::Lacking));
    }
    for worker in [last - 1, last] {
        draw(&mut task, worker);
    }
    assert_eq!(commit(&mut task, last - 1, 7), Ok(Step::Waiting));
    assert!(matches!(commit(&mut task, last, 7), Ok(Step::Agreed { .. })));
    assert_eq!(lot(&mut task, true), Ok(Step::Lacking));
    for auditor in last + 1..last + DECLINES_TO_FAIL as Worker {
        draw_as(&mut task, auditor, Role::Auditor).unwrap();
        assert_eq!(task.advance(ID, Event::Absence { worker: auditor }), Ok(Step::Lacking));
    }
    let auditor = MAX_CONTRIBUTIONS as Worker;
    draw_as(&mut task, auditor, Role::Auditor).unwrap();
    assert!(matches!(commit(&mut task, auditor, 7), Ok(Step::Consensus { .. })));
}

/// Who controls where the app can be fetched could else wait until a fellow is drawn as the auditor.
#[test]
fn what_most_auditors_decline_is_not_audited() {
    let mut task = agreed(Assurance::Adjudicated);
    lot(&mut task, true).unwrap();
    for auditor in 3..7 {
        draw_as(&mut task, auditor, Role::Auditor).unwrap();
        assert_eq!(decline(&mut task, auditor), Ok(Step::Lacking));
    }
    draw_as(&mut task, 7, Role::Auditor).unwrap();
    assert_eq!(decline(&mut task, 7), Ok(Step::Failed(Failure::NotAudited)));
    assert!(Case::of(ID, &task, Err(Failure::NotAudited)).in_audit);
}

#[test]
fn an_audit_that_disagrees_brings_a_jury_which_finds_the_liars() {
    let (mut task, step) = contradicted(Assurance::Adjudicated);
    assert_eq!(step, Step::Disputed);
    assert_eq!(seat(&mut task, [1, 2]), Err(Refusal::NotLacking), "a worker cannot judge itself");
    assert_eq!(seat(&mut task, JUROR..JUROR + 3), Ok(Step::Waiting));
    // It outlasts the deadline.
    assert_eq!(task.advance(ID, Event::DeadlinePassed), Ok(Step::Waiting));
    for juror in JUROR..JUROR + 3 {
        assert_eq!(reveal(&mut task, juror, 9), Err(Refusal::NotRevealing));
        assert_eq!(commit(&mut task, juror, 9), Ok(Step::Waiting));
    }
    for juror in JUROR..JUROR + 2 {
        assert_eq!(reveal(&mut task, juror, 9), Ok(Step::Waiting));
    }
    let digest = Digest([9; 32]);
    assert_eq!(reveal(&mut task, JUROR + 2, 9), Ok(Step::Completed { digest }));
    let verdicts: Vec<_> = task.verdicts(ID, Some(digest)).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts, [Verdict::Convicted, Verdict::Convicted, Verdict::Right { weight: Weight(2) }]);
}

#[test]
fn a_second_jury_is_drawn_where_the_first_cannot_decide() {
    let (mut task, _) = contradicted(Assurance::Adjudicated);
    let over = |task: &mut Task<Worker>| task.advance(ID, Event::JuryTimeOver { reveal_until: 30 });
    seat(&mut task, JUROR..JUROR + 3).unwrap();
    commit(&mut task, JUROR, 9).unwrap();
    assert_eq!(over(&mut task), Ok(Step::Waiting));
    assert_eq!(commit(&mut task, JUROR + 1, 9), Err(Refusal::TooLate));
    assert_eq!(reveal(&mut task, JUROR, 9), Ok(Step::Disputed));
    assert_eq!(
        task.jury.as_ref().map(|jury| jury.fined().len()),
        Some(0),
        "nothing proves that it could vote"
    );
    seat(&mut task, JUROR..JUROR + 3).unwrap();
    assert_eq!(over(&mut task), Ok(Step::Failed(Failure::NoVerdict)));
    assert!(task.verdicts(ID, None).iter().all(|(_, verdict)| *verdict == Verdict::Released));
}

#[test]
fn nobody_joins_a_dispute_after_jurors_have_shown_the_result() {
    let mut task = Task::new(Trust(5), Assurance::Adjudicated, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2, 3, 4] {
        let _ = draw_as(&mut task, worker, Role::Member);
    }
    assert_eq!(task.awaited().len(), 3);
    commit(&mut task, 1, 7).unwrap();
    assert_eq!(commit(&mut task, 2, 9), Ok(Step::Disputed));
    seat(&mut task, JUROR..JUROR + 2).unwrap();
    assert_eq!(commit(&mut task.clone(), 3, 9), Ok(Step::Waiting), "it has not seen anything");
    commit(&mut task, JUROR, 9).unwrap();
    commit(&mut task, JUROR + 1, 7).unwrap();
    assert_eq!(commit(&mut task, 3, 9), Err(Refusal::TooLate));
    // What the first jury has shown remains known.
    reveal(&mut task, JUROR, 9).unwrap();
    assert_eq!(reveal(&mut task, JUROR + 1, 7), Ok(Step::Disputed));
    seat(&mut task, JUROR..JUROR + 3).unwrap();
    assert_eq!(commit(&mut task, 3, 9), Err(Refusal::TooLate));
}

#[test]
fn without_validators_a_dispute_ends_at_once() {
    let (mut task, _) = contradicted(Assurance::Adjudicated);
    assert_eq!(seat(&mut task, []), Ok(Step::Failed(Failure::NoVerdict)));
}

#[test]
fn where_results_may_differ_an_audit_is_one_more_vote() {
    let (mut task, step) = contradicted(Assurance::Replicated);
    assert_eq!(step, Step::Lacking);
    // Two against one is not enough; a third brings it, and there is no second lot.
    draw(&mut task, 4);
    assert!(matches!(commit(&mut task, 4, 7), Ok(Step::Consensus { .. })));
    for worker in [1, 2] {
        reveal(&mut task, worker, 7).unwrap();
    }
    let digest = Digest([7; 32]);
    assert_eq!(reveal(&mut task, 4, 7), Ok(Step::Completed { digest }));
    let verdicts: Vec<_> = task.verdicts(ID, Some(digest)).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts[2], Verdict::Wrong);
}

#[test]
fn inside_one_pool_who_is_outvoted_or_absent_loses_nothing() {
    let (mut task, step) = contradicted(Assurance::Internal);
    assert_eq!(step, Step::Lacking, "no jury may see what the task is made of");
    draw(&mut task, 4);
    assert_eq!(task.advance(ID, Event::Absence { worker: 4 }), Ok(Step::Lacking));
    draw(&mut task, 5);
    assert!(matches!(commit(&mut task, 5, 7), Ok(Step::Consensus { .. })));
    for worker in [1, 2] {
        reveal(&mut task, worker, 7).unwrap();
    }
    // The last one does not reveal: that needs no witness.
    let digest = Digest([7; 32]);
    assert_eq!(task.advance(ID, Event::RevealOver { reveal_until: 12 }), Ok(Step::Completed { digest }));
    let verdicts: Vec<_> = task.verdicts(ID, Some(digest)).into_iter().map(|(_, verdict)| verdict).collect();
    let right = Verdict::Right { weight: Weight(2) };
    assert_eq!(verdicts, [right, right, Verdict::Released, Verdict::Released, Verdict::Wrong]);
}

#[test]
fn what_nobody_inside_can_audit_is_believed_at_once() {
    let mut task = Task::new(Trust(3), Assurance::Unaudited, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2] {
        draw(&mut task, worker);
    }
    assert_eq!(commit(&mut task, 1, 7), Ok(Step::Waiting));
    assert!(matches!(commit(&mut task, 2, 7), Ok(Step::Consensus { .. })));
}

#[test]
fn a_copied_seal_is_never_revealed() {
    let mut task = Task::<Worker>::new(Trust(3), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2] {
        draw(&mut task, worker);
    }
    let digest = Digest([1; 32]);
    let (result, seal) = (commitment::result_hash(ID, digest), commitment::seal(&1u8, ID, digest));
    for worker in [1, 2] {
        let event = Event::Commit { worker, weight: Weight(2), result, seal, now: 1, reveal_until: 6 };
        task.advance(ID, event).unwrap();
    }
    let reveal = |worker| Event::Reveal { worker, digest, now: 2 };
    assert_eq!(task.advance(ID, reveal(2)), Err(Refusal::WrongSeal));
    assert_eq!(task.advance(ID, reveal(1)), Ok(Step::Waiting));
    // The copier cannot reveal: when the period is over it has lost, and the other is paid.
    assert_eq!(task.advance(ID, Event::RevealOver { reveal_until: 12 }), Ok(Step::Completed { digest }));
    let verdicts = task.verdicts(ID, Some(digest)).into_iter();
    let verdicts: Vec<_> = verdicts.map(|(contribution, verdict)| (contribution.worker, verdict)).collect();
    assert_eq!(verdicts, [(1, Verdict::Right { weight: Weight(2) }), (2, Verdict::Wrong)]);
}

#[test]
fn who_copies_a_seal_is_not_paid_where_a_jury_decides() {
    let mut task = Task::new(Trust(3), Assurance::Adjudicated, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2] {
        draw(&mut task, worker);
    }
    let digest = Digest([7; 32]);
    let (result, seal) = (commitment::result_hash(ID, digest), commitment::seal(&1u8, ID, digest));
    for worker in [1, 2] {
        let event = Event::Commit { worker, weight: Weight(2), result, seal, now: 1, reveal_until: 6 };
        task.advance(ID, event).unwrap();
    }
    lot(&mut task, true).unwrap();
    draw_as(&mut task, 3, Role::Auditor).unwrap();
    assert_eq!(commit(&mut task, 3, 9), Ok(Step::Disputed));
    seat(&mut task, [JUROR]).unwrap();
    commit(&mut task, JUROR, 7).unwrap();
    assert_eq!(reveal(&mut task, JUROR, 7), Ok(Step::Completed { digest }));
    let verdicts: Vec<_> = task.verdicts(ID, Some(digest)).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts, [Verdict::Right { weight: Weight(2) }, Verdict::Wrong, Verdict::Convicted]);
}

/// A task that is disputed between two workers, with a jury of seven seats on which these sit.
fn judged_by(jurors: impl IntoIterator<Item = Worker>) -> Task<Worker> {
    let (mut task, _) = contradicted(Assurance::Adjudicated);
    let jurors = jurors.into_iter().collect();
    assert_eq!(task.advance(ID, Event::Seat { jurors, size: 7, until: 20 }), Ok(Step::Waiting));
    task
}

fn decline(task: &mut Task<Worker>, worker: Worker) -> Result<Step, Refusal> {
    task.advance(ID, Event::Decline { worker, reason: DeclineReason::AppUnavailable, reveal_until: 30 })
}

#[test]
fn jurors_decline_what_cannot_be_executed() {
    let mut task = judged_by(JUROR..JUROR + 7);
    assert_eq!(decline(&mut task, JUROR), Ok(Step::Waiting));
    assert_eq!(decline(&mut task, JUROR), Err(Refusal::NotAssigned));
    assert_eq!(decline(&mut task, JUROR + 1), Ok(Step::Waiting));
    // With a third one, five votes are not possible any more.
    assert_eq!(decline(&mut task, JUROR + 2), Ok(Step::Disputed));
    task.advance(ID, Event::Seat { jurors: (JUROR..JUROR + 7).collect(), size: 7, until: 40 }).unwrap();
    for juror in JUROR..JUROR + 2 {
        decline(&mut task, juror).unwrap();
    }
    assert_eq!(decline(&mut task, JUROR + 2), Ok(Step::Failed(Failure::NoVerdict)));
    let case = Case::of(ID, &task, Err(Failure::NoVerdict));
    // To decline is paid where nobody could decide, and once.
    assert_eq!((case.jurors.len(), case.former_jurors.len()), (3, 0));
    assert!(task.jury.unwrap().fined().is_empty());
}

#[test]
fn jurors_that_have_committed_reveal_when_the_others_have_declined() {
    let mut task = judged_by(JUROR..JUROR + 7);
    for juror in JUROR..JUROR + 5 {
        assert_eq!(commit(&mut task, juror, 9), Ok(Step::Waiting));
    }
    for juror in JUROR + 5..JUROR + 7 {
        assert_eq!(decline(&mut task, juror), Ok(Step::Waiting));
    }
    for juror in JUROR..JUROR + 4 {
        assert_eq!(reveal(&mut task, juror, 9), Ok(Step::Waiting));
    }
    assert_eq!(reveal(&mut task, JUROR + 4, 9), Ok(Step::Completed { digest: Digest([9; 32]) }));
    assert!(task.jury.unwrap().fined().is_empty(), "to decline costs nothing");
}

#[test]
fn only_those_of_a_first_jury_that_executed_the_task_are_paid() {
    let mut task = judged_by(JUROR..JUROR + 7);
    for juror in JUROR..JUROR + 4 {
        commit(&mut task, juror, 9).unwrap();
    }
    for juror in JUROR + 4..JUROR + 6 {
        decline(&mut task, juror).unwrap();
    }
    // Those that have committed cannot show it any more. Others show that the task could be executed.
    assert_eq!(decline(&mut task, JUROR + 6), Ok(Step::Disputed));
    task.advance(ID, Event::Seat { jurors: (JUROR..JUROR + 7).collect(), size: 7, until: 40 }).unwrap();
    for juror in JUROR..JUROR + 7 {
        commit(&mut task, juror, 9).unwrap();
    }
    for juror in JUROR..JUROR + 6 {
        reveal(&mut task, juror, 9).unwrap();
    }
    let digest = Digest([9; 32]);
    assert_eq!(reveal(&mut task, JUROR + 6, 9), Ok(Step::Completed { digest }));
    let case = Case::of(ID, &task, Ok(digest));
    assert_eq!(case.former_jurors, (JUROR..JUROR + 4).collect::<Vec<_>>());
    assert_eq!(case.jurors.len(), 7);
}

#[test]
fn a_smaller_jury_needs_as_many_votes() {
    let mut task = judged_by(JUROR..JUROR + 4);
    for juror in JUROR..JUROR + 4 {
        commit(&mut task, juror, 9).unwrap();
    }
    for juror in JUROR..JUROR + 3 {
        reveal(&mut task, juror, 9).unwrap();
    }
    assert_eq!(reveal(&mut task, JUROR + 3, 9), Ok(Step::Disputed), "four of seven seats decide nothing");
}

#[test]
fn a_worker_that_comes_late_has_a_full_reveal_period() {
    let mut task = Task::<Worker>::new(Trust(8), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    let digest = Digest([7; 32]);
    let commit = |worker: Worker, weight, now| Event::Commit {
        worker,
        weight: Weight(weight),
        result: commitment::result_hash(ID, digest),
        seal: commitment::seal(&worker, ID, digest),
        now,
        reveal_until: now + 5,
    };
    for worker in [1, 2, 3] {
        draw(&mut task, worker);
    }
    task.advance(ID, commit(1, 4, 1)).unwrap();
    assert!(matches!(task.advance(ID, commit(2, 4, 1)), Ok(Step::Consensus { .. })));
    task.advance(ID, commit(3, 4, 6)).unwrap();
    let until = |task: &Task<Worker>| match task.phase {
        Phase::Revealing { until, .. } => until,
        _ => panic!("it is revealed"),
    };
    assert_eq!(until(&task), 11);
    // Nor does the deadline end the period.
    task.advance(ID, Event::Reveal { worker: 1, digest, now: 7 }).unwrap();
    assert_eq!(task.advance(ID, Event::DeadlinePassed), Ok(Step::Waiting));
}

#[test]
fn a_few_declines_do_not_end_it() {
    let mut task = Task::<Worker>::new(Trust(8), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2, 3] {
        draw(&mut task, worker);
        assert_eq!(decline(&mut task, worker), Ok(Step::Lacking));
    }
    for worker in [4, 5, 6] {
        draw(&mut task, worker);
    }
    commit(&mut task, 4, 7).unwrap();
    assert_eq!(decline(&mut task, 5), Ok(Step::Lacking));
    draw(&mut task, 7);
    // Five of seven is a majority; four of six was one, too, but too few.
    assert!(matches!(decline(&mut task, 6), Ok(Step::Failed(Failure::Declined(_)))));
}

/// Have workers drawn and decline, each with one of these reasons. Gives what follows from the last decline.
fn decline_all(task: &mut Task<Worker>, reasons: &[DeclineReason]) -> Result<Step, Refusal> {
    let mut step = Ok(Step::Lacking);
    for (worker, reason) in (1..).zip(reasons) {
        draw(task, worker);
        step = task.advance(ID, Event::Decline { worker, reason: *reason, reveal_until: 30 });
    }
    step
}

#[test]
fn the_buyer_reads_the_reason_that_most_gave() {
    use DeclineReason::{AppUnavailable, DataUnavailable, OutOfResources};
    let new = || Task::<Worker>::new(Trust(8), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    let most = [DataUnavailable, AppUnavailable, DataUnavailable, DataUnavailable, OutOfResources];
    let failed = |reason| Ok(Step::Failed(Failure::Declined(reason)));
    assert_eq!(decline_all(&mut new(), &most), failed(DataUnavailable));
    // Too few to end the task: but nobody could execute it, and a later deadline would not help.
    let mut task = new();
    assert_eq!(decline_all(&mut task, &most[..3]), Ok(Step::Lacking));
    assert_eq!(task.advance(ID, Event::DeadlinePassed), failed(DataUnavailable));
    // One that is still at it may have needed the time.
    let mut task = new();
    decline_all(&mut task, &most[..3]).unwrap();
    draw(&mut task, 4);
    let late = Ok(Step::Failed(Failure::DeadlinePassed));
    assert_eq!(task.advance(ID, Event::DeadlinePassed), late);
    assert_eq!(new().advance(ID, Event::DeadlinePassed), late, "nobody was drawn");
}

#[test]
fn as_many_as_deliver_do_not_make_it_fail_by_declining() {
    let mut task = Task::<Worker>::new(Trust(40), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    for worker in 1..=6 {
        draw(&mut task, worker);
    }
    for worker in 1..=5 {
        assert_eq!(decline(&mut task, worker), Ok(Step::Lacking), "of {} drawn", task.contributions.len());
        draw(&mut task, worker + 10);
    }
}

#[test]
fn an_honest_latecomer_counts_until_the_first_reveal() {
    let digest = Digest([1; 32]);
    let commit = |worker: Worker, weight, digest| Event::Commit {
        worker,
        weight: Weight(weight),
        result: commitment::result_hash(ID, digest),
        seal: commitment::seal(&worker, ID, digest),
        now: 1,
        reveal_until: 6,
    };
    let reveal = |worker| Event::Reveal { worker, digest, now: 2 };
    let mut task = Task::<Worker>::new(Trust(8), Assurance::Unverified, POOL_PRICE, Span::new(0, 100, 10));
    for worker in [1, 2, 3] {
        draw(&mut task, worker);
    }
    // Two that have grown more credible since they were drawn suffice.
    assert_eq!(task.advance(ID, commit(1, 4, digest)), Ok(Step::Waiting));
    assert!(matches!(task.advance(ID, commit(2, 4, digest)), Ok(Step::Consensus { .. })));
    assert_eq!(task.advance(ID, commit(3, 2, Digest([2; 32]))), Err(Refusal::TooLate));
    let mut early = task.clone();
    assert_eq!(early.advance(ID, commit(3, 2, digest)), Ok(Step::Waiting));
    for worker in [1, 2] {
        assert_eq!(early.advance(ID, reveal(worker)), Ok(Step::Waiting));
    }
    assert_eq!(early.advance(ID, reveal(3)), Ok(Step::Completed { digest }));
    // After the first reveal the digest is known to all, and proves nothing.
    task.advance(ID, reveal(1)).unwrap();
    assert_eq!(task.advance(ID, commit(3, 2, digest)), Err(Refusal::TooLate));
}
