//! Any course of events: money is conserved, states follow their order, and what is refused changes nothing.

use proptest::prelude::*;
use std::collections::BTreeMap;
use talka_primitives::{
    commitment,
    credibility::{accepted, group, weight},
    settlement::{flows, share_out, ABSENCE_FINE},
    task::{DeclineReason, Event, Phase, Refusal, Stage, Step, Task, Verdict},
    Balance, DealId, Digest, Score, Share, TaskId, Trust, Weight,
};

type Worker = u8;

const ID: TaskId = TaskId { deal: DealId(1), index: 0 };
const POOL_PRICE: Balance = 97;
const STAKE: Balance = 31;
const REQUESTER: Worker = 200;
const OPERATOR: Worker = 201;
const FUND: Worker = 202;

/// What may be tried next; most tries are refused.
#[derive(Clone, Debug)]
enum Try {
    Draw(Worker, u32),
    Commit(Worker, u8),
    CopySeal(Worker, Worker),
    Reveal(Worker, u8),
    Decline(Worker),
    Absence(Worker),
    RevealOver,
    Deadline,
    Wait(u8),
}

fn tries() -> impl Strategy<Value = Try> {
    let worker = || 0u8..12;
    prop_oneof![
        240 => (worker(), prop_oneof![Just(0u32), 0u32..400]).prop_map(|(w, s)| Try::Draw(w, s)),
        240 => (worker(), prop_oneof![4 => Just(0u8), 1 => 0u8..3]).prop_map(|(w, d)| Try::Commit(w, d)),
        40 => (worker(), worker()).prop_map(|(w, v)| Try::CopySeal(w, v)),
        240 => (worker(), prop_oneof![4 => Just(0u8), 1 => 0u8..3]).prop_map(|(w, d)| Try::Reveal(w, d)),
        40 => worker().prop_map(Try::Decline),
        40 => worker().prop_map(Try::Absence),
        40 => Just(Try::RevealOver),
        1 => Just(Try::Deadline),
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
    fn new(trust: u32) -> Self {
        let money =
            (0..12).map(|w| (w, 1_000)).chain([(REQUESTER, 1_000), (OPERATOR, 0), (FUND, 0)]).collect();
        Self {
            task: Task::new(Trust(trust), 1_000, 0),
            money,
            locked: BTreeMap::new(),
            held: POOL_PRICE,
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
            Try::Draw(worker, score) => Event::Draw { worker, weight: weight(Score(score)), until: now + 10 },
            Try::Commit(worker, digest) => commit(worker, digest, worker),
            Try::CopySeal(worker, victim) => commit(worker, 0, victim),
            Try::Reveal(worker, digest) => Event::Reveal { worker, digest: Digest([digest; 32]), now },
            Try::Decline(worker) => Event::Decline { worker, reason: DeclineReason::AppUnavailable },
            Try::Absence(worker) => Event::Absence { worker },
            Try::RevealOver => Event::RevealOver { reveal_until: now + 5 },
            Try::Deadline => Event::DeadlinePassed,
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
            Try::Draw(worker, _) => {
                *self.money.get_mut(&worker).unwrap() -= STAKE;
                *self.locked.entry(worker).or_default() += STAKE;
            }
            Try::Decline(worker) => self.pay_from_lock(worker, worker, STAKE),
            Try::Absence(worker) => {
                let fine = ABSENCE_FINE.of(STAKE);
                self.pay_from_lock(worker, FUND, fine);
                self.pay_from_lock(worker, worker, STAKE - fine);
            }
            _ => {}
        }
        match step {
            Step::Completed { .. } => self.complete(),
            Step::Failed(_) => self.fail(),
            _ => return Ok(step),
        }
        self.end = Some(step);
        Ok(step)
    }

    fn complete(&mut self) {
        let verdicts: Vec<_> = self.task.verdicts(true).map(|(w, v)| (*w, v)).collect();
        let winners: Vec<_> = verdicts
            .iter()
            .filter_map(|(w, v)| match v {
                Verdict::Right { weight } => Some((*w, *weight)),
                _ => None,
            })
            .collect();
        let losers: Vec<_> = verdicts.iter().filter(|(_, v)| *v == Verdict::Wrong).map(|(w, _)| *w).collect();
        assert!(!winners.is_empty(), "a task is completed by somebody");
        let pot = POOL_PRICE + STAKE * losers.len() as Balance;
        let shares = share_out(pot, Share(7), &winners.iter().map(|(_, weight)| *weight).collect::<Vec<_>>());
        let mut sources = vec![(REQUESTER, POOL_PRICE)];
        sources.extend(losers.iter().map(|w| (*w, STAKE)));
        let mut sinks: Vec<_> = winners.iter().map(|(w, _)| *w).zip(shares.winners).collect();
        sinks.push((OPERATOR, shares.operator));
        for flow in flows(&sources, &sinks) {
            if *flow.from == REQUESTER {
                self.held -= flow.amount;
                *self.money.get_mut(flow.to).unwrap() += flow.amount;
            } else {
                self.pay_from_lock(*flow.from, *flow.to, flow.amount);
            }
        }
        for (worker, verdict) in verdicts {
            if verdict != Verdict::Wrong {
                self.pay_from_lock(worker, worker, STAKE);
            }
        }
    }

    fn fail(&mut self) {
        let verdicts: Vec<_> = self.task.verdicts(false).map(|(w, v)| (*w, v)).collect();
        for (worker, verdict) in verdicts {
            let to = if verdict == Verdict::Wrong { FUND } else { worker };
            self.pay_from_lock(worker, to, STAKE);
        }
        *self.money.get_mut(&REQUESTER).unwrap() += core::mem::take(&mut self.held);
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
        attempts in proptest::collection::vec(tries(), 1..120),
    ) {
        let mut world = World::new(trust);
        let all = world.total();
        for attempt in attempts {
            let before = world.task.clone();
            let result = world.step(attempt.clone());
            prop_assert_eq!(world.total(), all, "money after {:?}", attempt);
            if result.is_err() {
                prop_assert_eq!(&world.task, &before, "{:?} was refused and changed something", attempt);
            }
            prop_assert!(world.is_believed_rightly(trust));
            if world.end.is_some() {
                // All that was locked for the task is free or paid out, nobody has lost more than its stake.
                prop_assert!(world.locked.values().all(|locked| *locked == 0));
                prop_assert_eq!(world.held, 0);
                prop_assert!((0..12).all(|w| world.money[&w] >= 1_000 - STAKE));
                return Ok(());
            }
        }
    }

    #[test]
    fn never_draws_more_than_the_trust_needs(trust in 1u32..200, scores in proptest::collection::vec(0u32..400, 32)) {
        let mut task = Task::<Worker>::new(Trust(trust), 100, 0);
        for (worker, score) in (0u8..).zip(scores) {
            let lacking = task.is_lacking();
            let weight = weight(Score(score));
            let drawn = task.advance(ID, Event::Draw { worker, weight, until: 9 });
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

#[test]
fn a_copied_seal_is_never_revealed() {
    let mut task = Task::<Worker>::new(Trust(3), 100, 0);
    for worker in [1, 2] {
        task.advance(ID, Event::Draw { worker, weight: Weight(2), until: 9 }).unwrap();
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
    let verdicts: Vec<_> = task.verdicts(true).map(|(worker, verdict)| (*worker, verdict)).collect();
    assert_eq!(verdicts, [(1, Verdict::Right { weight: Weight(2) }), (2, Verdict::Wrong)]);
}

#[test]
fn three_declines_end_it() {
    let mut task = Task::<Worker>::new(Trust(8), 100, 0);
    let decline = |worker| Event::Decline { worker, reason: DeclineReason::AppUnavailable };
    for worker in [1, 2, 3] {
        task.advance(ID, Event::Draw { worker, weight: Weight(2), until: 9 }).unwrap();
    }
    assert_eq!(task.advance(ID, decline(1)), Ok(Step::Lacking));
    assert_eq!(task.advance(ID, decline(2)), Ok(Step::Lacking));
    assert!(matches!(task.advance(ID, decline(3)), Ok(Step::Failed(_))));
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
    let mut task = Task::<Worker>::new(Trust(8), 100, 0);
    for worker in [1, 2, 3] {
        task.advance(ID, Event::Draw { worker, weight: Weight(2), until: 9 }).unwrap();
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
