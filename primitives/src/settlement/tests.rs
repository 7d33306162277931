use super::{shares::flows, *};
use crate::{
    bound::{Audit, Finding},
    reliability::Conduct,
    unit::{Merit, Weight},
};
use proptest::prelude::*;

#[test]
fn splits_the_pot_of_the_specified_example() {
    // Pool price 25, operator share 5 %, two fresh workers agree.
    let pot = split_pot(25, Share(5), &[Weight(2), Weight(2)]);
    assert_eq!(pot, Pot { winners: vec![11, 11], operator: 3 });
}

#[test]
fn pays_the_more_credible_worker_more() {
    assert_eq!(split_pot(100, Share(0), &[Weight(2), Weight(8)]).winners, [25, 75]);
}

#[test]
fn pays_jurors_first() {
    let split = |forfeit| Loss { forfeit, value: 1, jurors: 7, workers: 1, former_jurors: 5 }.split();
    assert_eq!(split(39), Forfeit { juror: 1, worker: 1, former_juror: 1, fund: 26 });
    assert_eq!(split(8), Forfeit { juror: 1, worker: 1, former_juror: 0, fund: 0 });
    assert_eq!(split(5), Forfeit { juror: 0, worker: 1, former_juror: 0, fund: 4 });
}

const PAYER: u32 = 1_000;
const OPERATOR: u32 = 1_001;
const OWNER: u32 = 1_002;

fn prices() -> Prices<u32> {
    Prices {
        payer: PAYER,
        operator: OPERATOR,
        assets: vec![(OWNER, 3)],
        pool: 25,
        operator_share: Share(5),
        pool_stake: 8,
        guarantee: 7,
        audit: 28,
        value: 28,
        assurance: Assurance::Adjudicated,
    }
}

fn contributor(who: u32, role: Role, locked: Balance, verdict: Verdict) -> Contributor<u32> {
    Contributor { who, role, locked, verdict }
}

/// An end that is not of one worker that works alone.
fn case(contributors: Vec<Contributor<u32>>, jurors: Vec<u32>, failure: Option<Failure>) -> Case<u32> {
    let former_jurors = vec![];
    Case { contributors, jurors, former_jurors, failure, missing: vec![], alone: None, in_audit: false }
}

const RIGHT: Verdict = Verdict::Right { weight: Weight(2) };

#[test]
fn settles_the_documented_example() {
    let worker = |who, role| contributor(who, role, 200, RIGHT);
    let contributors = vec![worker(0, Role::Member), worker(1, Role::Member), worker(2, Role::Auditor)];
    let settlement = case(contributors, vec![], None).settle(&prices());
    let paid = |who| received(&settlement, Some(who));
    assert_eq!([0, 1, 2, OPERATOR, OWNER, PAYER].map(paid), [11, 11, 28, 3, 3, 0]);
    let earned = |value| MeritChange::Earned(Merit(value));
    assert_eq!(settlement.merits, [(0, earned(14)), (1, earned(14)), (2, earned(28))]);
    assert_eq!(settlement.unlocked, [(0, 200), (1, 200), (2, 200)]);
    assert_eq!(settlement.finding, Some(Finding { alone: None, audit: Audit::Right, paid: 28 }));
    assert_eq!(settlement.holders, [0, 1, 2]);
}

#[test]
fn convicts_a_liar_that_worked_alone() {
    let rate = Rate(500);
    let liar = contributor(0, Role::Alone { rate }, 976, Verdict::Convicted);
    let auditor = contributor(1, Role::Auditor, 200, RIGHT);
    let end = Case { alone: Some(rate), ..case(vec![liar, auditor], vec![7, 8, 9], None) };
    let settlement = end.settle(&prices());
    // The auditor has the pot and its part of the forfeit; what was held for the audit goes back.
    let received = |who| received(&settlement, who);
    assert_eq!([Some(1), Some(7), Some(PAYER), None].map(received), [23 + 28, 28, 28, 976 - 4 * 28]);
    assert_eq!(settlement.convictions, [Conviction { who: 0, locked: 976, alone: Some(rate) }]);
    assert_eq!(settlement.finding, Some(Finding { alone: Some(rate), audit: Audit::Wrong, paid: 0 }));
    assert_eq!(settlement.holders, [1]);
}

#[test]
fn seizes_a_guarantee_for_a_missed_deadline_alone_and_where_the_pool_let_the_task_down() {
    let seized = |failure, missing| {
        let contributors = vec![contributor(0, Role::Member, 0, Verdict::Released)];
        Case { missing, ..case(contributors, vec![], failure) }.settle(&prices()).seized
    };
    assert_eq!(seized(Some(Failure::DeadlinePassed), vec![0]), 7);
    assert_eq!(seized(Some(Failure::DeadlinePassed), vec![]), 0);
    for other in [Failure::NoConsensus, Failure::NotAudited, Failure::NoVerdict] {
        assert_eq!(seized(Some(other), vec![0]), 0);
    }
    assert_eq!(seized(None, vec![0]), 0);
}

#[test]
fn who_stays_away_pays_the_guarantee_before_the_operator_does() {
    let lost = |locked: &[Balance], verdict| {
        let contributors =
            locked.iter().zip(0..).map(|(locked, who)| contributor(who, Role::Member, *locked, verdict));
        let contributors: Vec<_> = contributors.collect();
        let missing = contributors.iter().map(|one| one.who).collect();
        let end = Case { missing, ..case(contributors, vec![], Some(Failure::DeadlinePassed)) };
        let settlement = end.settle(&prices());
        let paid: Vec<_> = (0..).zip(locked).map(|(who, _)| forfeited(&settlement, who)).collect();
        (paid, settlement.seized, received(&settlement, None))
    };
    // Two pay for a third that has nothing locked; and all together never more than the guarantee.
    assert_eq!(lost(&[200], Verdict::Released), (vec![7], 0, 7));
    assert_eq!(lost(&[200, 0, 200], Verdict::Released), (vec![4, 0, 3], 0, 7));
    assert_eq!(lost(&[1, 2], Verdict::Released), (vec![1, 2], 4, 3));
    // The worker that did not reveal loses the value, to the audit fund too.
    assert_eq!(lost(&[200], Verdict::Wrong), (vec![28], 0, 28));
    assert_eq!(lost(&[5], Verdict::Wrong), (vec![5], 2, 5));
}

#[test]
fn an_operator_answers_for_workers_that_had_all_their_time() {
    const DEADLINE: u32 = 100;
    let result = crate::ResultHash([1; 32]);
    let seal = crate::Seal([2; 32]);
    let weight = Weight(2);
    let task = |role, stage| {
        let span = crate::task::Span::new(1, DEADLINE, 10);
        let mut task = Task::new(crate::Trust(2), Assurance::Adjudicated, 25, span);
        let contribution = crate::task::Contribution { worker: 1u32, role, locked: 200, stage };
        task.contributions.try_push(contribution).unwrap();
        !missing(&task).is_empty()
    };
    let active = |stage| task(Role::Member, stage);
    let assigned = |until| Stage::Assigned { weight, until };
    assert!(active(Stage::Absent) && active(Stage::Unrevealed) && active(assigned(DEADLINE)));
    // It was drawn too late, has done what it could, or could not execute the task.
    let committed = Stage::Committed { weight, result, seal };
    let declined = Stage::Declined { reason: crate::task::DeclineReason::OutOfResources };
    assert!(!active(assigned(DEADLINE + 1)) && !active(committed) && !active(declined));
    // An auditor is nobody's: the pool did not choose it.
    for stage in [Stage::Absent, Stage::Unrevealed, assigned(1)] {
        assert!(!task(Role::Auditor, stage));
    }
}

#[test]
fn an_operator_does_not_answer_for_a_trust_that_its_pool_cannot_reach() {
    let (result, seal, weight) = (crate::ResultHash([1; 32]), crate::Seal([2; 32]), Weight(2));
    let is_let_down = |trust, committed: u32, absent: u32| {
        let mut task =
            Task::new(crate::Trust(trust), Assurance::Adjudicated, 25, crate::task::Span::new(1, 100, 10));
        for worker in 0..committed + absent {
            let stage = match worker < committed {
                true => Stage::Committed { weight, result, seal },
                false => Stage::Absent,
            };
            let one = crate::task::Contribution { worker, role: Role::Member, locked: 200, stage };
            task.contributions.try_push(one).unwrap();
        }
        !missing(&task).is_empty()
    };
    // Three fresh workers suffice at trust 8.
    assert!(is_let_down(8, 2, 1) && is_let_down(8, 0, 3));
    assert!(!is_let_down(8, 1, 1) && !is_let_down(1_000_000, 5, 1));
    assert!(!is_let_down(8, 2, 0));
}

/// A decline may have come too late for a block, because authors left it out.
#[test]
fn a_pool_does_not_answer_for_a_task_that_as_many_have_declined() {
    let is_let_down = |stages: &[Stage]| {
        let span = crate::task::Span::new(1, 100, 10);
        let mut task = Task::new(crate::Trust(1), Assurance::Unverified, 25, span);
        for (worker, stage) in (0u32..).zip(stages) {
            let one = crate::task::Contribution { worker, role: Role::Member, locked: 200, stage: *stage };
            task.contributions.try_push(one).unwrap();
        }
        !missing(&task).is_empty()
    };
    let declined = Stage::Declined { reason: crate::task::DeclineReason::OutOfTime };
    assert!(is_let_down(&[Stage::Absent]) && is_let_down(&[Stage::Absent, Stage::Absent, declined]));
    assert!(!is_let_down(&[Stage::Absent, declined]));
}

#[test]
fn fines_absence_only_where_others_delivered() {
    let absent = |verdict| contributor(0, Role::Member, 200, verdict);
    let delivered =
        case(vec![absent(Verdict::Absent), contributor(1, Role::Member, 200, RIGHT)], vec![], None);
    // A tenth of the value, where the pool asks for less.
    assert_eq!(forfeited(&delivered.settle(&prices()), 0), 2);
    let settlement = delivered.settle(&Prices { pool_stake: 80, ..prices() });
    assert_eq!(forfeited(&settlement, 0), 8);
    assert!(settlement.unlocked.contains(&(0, 192)));
    assert!(settlement.merits.contains(&(0, MeritChange::Absent(28))));

    let settlement =
        case(vec![absent(Verdict::Released)], vec![], Some(Failure::NoConsensus)).settle(&prices());
    assert_eq!((forfeited(&settlement, 0), settlement.merits.len()), (0, 0));
}

#[test]
fn holds_declines_against_workers_only_where_others_delivered() {
    let declined = contributor(0, Role::Member, 0, Verdict::Declined);
    let delivered = case(vec![declined.clone(), contributor(1, Role::Member, 200, RIGHT)], vec![], None);
    let conduct = delivered.settle(&prices()).conduct;
    assert_eq!(conduct, [(1, Conduct::Delivered), (0, Conduct::Declined)]);
    let failed = case(vec![declined], vec![], Some(Failure::DeadlinePassed)).settle(&prices());
    assert!(failed.conduct.is_empty());
}

/// Whose app only its fellows can fetch must not send all others away.
#[test]
fn holds_no_decline_against_auditors_nor_where_most_of_the_pool_declined() {
    let conduct = |role, declines: u32| {
        let declined = (1..=declines).map(|who| contributor(who, role, 0, Verdict::Declined));
        let delivered = contributor(0, Role::Member, 200, RIGHT);
        let end = case([delivered].into_iter().chain(declined).collect(), vec![], None);
        end.settle(&prices()).conduct
    };
    let delivered = (0, Conduct::Delivered);
    assert_eq!(conduct(Role::Member, 1), [delivered, (1, Conduct::Declined)]);
    assert_eq!(conduct(Role::Member, 2), [(0, Conduct::Apart)]);
    assert_eq!(conduct(Role::Auditor, 1), [delivered]);
}

#[test]
fn takes_the_value_of_the_task_for_what_is_not_revealed() {
    let silent = contributor(0, Role::Member, 200, Verdict::Wrong);
    let revealed = contributor(1, Role::Member, 200, RIGHT);
    let settlement = case(vec![silent, revealed], vec![], None).settle(&prices());
    // The pool asks for 8 only.
    assert_eq!(forfeited(&settlement, 0), 28);
}

#[test]
fn pays_jurors_that_could_not_decide_from_what_is_held_for_an_audit() {
    let workers = [0, 1].map(|who| contributor(who, Role::Member, 200, Verdict::Released)).to_vec();
    let former_jurors = vec![7, 8];
    let undecided = Case { former_jurors, ..case(workers, vec![9, 10], Some(Failure::NoVerdict)) };
    let settlement = undecided.settle(&prices());
    let received = |who| received(&settlement, Some(who));
    assert_eq!([7, 8, 9, 10].map(received), [7; 4]);
    assert_eq!(received(PAYER), prices().held() - 28);
    assert_eq!([0, 1].map(|who| forfeited(&settlement, who)), [0, 0]);
}

#[test]
fn what_workers_of_one_pool_say_of_one_another_earns_no_name() {
    let contributors = vec![
        contributor(0, Role::Member, 8, RIGHT),
        contributor(1, Role::Auditor, 8, RIGHT),
        contributor(2, Role::Member, 8, Verdict::Released),
        contributor(3, Role::Member, 0, Verdict::Declined),
    ];
    let end = case(contributors, vec![], None);
    for assurance in [Assurance::Unaudited, Assurance::Internal] {
        let settlement = end.settle(&Prices { assurance, ..prices() });
        assert_eq!((settlement.merits.len(), settlement.conduct.len()), (0, 0));
        assert_eq!(settlement.finding, Some(Finding { alone: None, audit: Audit::None, paid: 0 }));
        // They are paid all the same.
        assert_eq!([0, 1, 2].map(|who| received(&settlement, Some(who))), [23, 28, 0]);
        assert_eq!(settlement.unlocked, [(0, 8), (1, 8), (2, 8)]);
    }
    let failed = Case { failure: Some(Failure::NotAudited), ..end };
    let settlement = failed.settle(&Prices { assurance: Assurance::Internal, ..prices() });
    assert_eq!(settlement.finding, None);
}

#[test]
fn a_contradiction_that_no_jury_decided_does_not_vanish() {
    let alone = Some(Rate(500));
    let released = |who, role| contributor(who, role, 200, Verdict::Released);
    let contributors = vec![released(0, Role::Alone { rate: Rate(500) }), released(1, Role::Auditor)];
    let found = |failure, alone, in_audit| {
        let end = Case { alone, in_audit, ..case(contributors.clone(), vec![], Some(failure)) };
        end.settle(&prices()).finding
    };
    let undecided = Some(Finding { alone, audit: Audit::Undecided, paid: 0 });
    assert_eq!(found(Failure::NoVerdict, alone, false), undecided);
    assert_eq!(found(Failure::NotAudited, alone, true), undecided);
    // Its lot was not drawn: nobody was going to look at it.
    assert_eq!(found(Failure::NotAudited, alone, false), None);
    // The bound is of those that work alone; and without a result there was nothing to audit.
    assert_eq!(found(Failure::NoVerdict, None, false), None);
    assert_eq!(found(Failure::DeadlinePassed, alone, true), None);
}

#[test]
fn knows_what_a_result_has_cost_its_payer_in_audits() {
    let alone = Some(Rate(500));
    let worker = |verdict| contributor(0, Role::Alone { rate: Rate(500) }, 976, verdict);
    let auditor = |verdict| contributor(1, Role::Auditor, 200, verdict);
    let paid = |contributors, jurors| {
        let end = Case { alone, ..case(contributors, jurors, None) };
        end.settle(&prices()).finding.map(|finding| (finding.audit, finding.paid))
    };
    assert_eq!(paid(vec![worker(RIGHT)], vec![]), Some((Audit::None, 0)));
    assert_eq!(paid(vec![worker(RIGHT), auditor(RIGHT)], vec![]), Some((Audit::Right, 28)));
    // What was held for the audit went back.
    assert_eq!(paid(vec![worker(RIGHT), auditor(Verdict::Convicted)], vec![7]), Some((Audit::Right, 0)));
    assert_eq!(paid(vec![worker(Verdict::Convicted), auditor(RIGHT)], vec![7]), Some((Audit::Wrong, 0)));
}

/// What somebody, or the fund, gets by all transfers.
fn received(settlement: &Settlement<u32>, who: Option<u32>) -> Balance {
    let amount = |transfer: &Transfer<u32>| match transfer {
        Transfer::Payment { to, amount } if Some(*to) == who => *amount,
        Transfer::Forfeit { to, amount, .. } if *to == who => *amount,
        _ => 0,
    };
    settlement.transfers.iter().map(amount).sum()
}

fn forfeited(settlement: &Settlement<u32>, who: u32) -> Balance {
    let amount = |transfer: &Transfer<u32>| match transfer {
        Transfer::Forfeit { from, amount, .. } if *from == who => *amount,
        _ => 0,
    };
    settlement.transfers.iter().map(amount).sum()
}

fn amount() -> impl Strategy<Value = Balance> {
    prop_oneof![Just(0), 0u128..100, 0u128..1 << 100]
}

fn any_prices() -> impl Strategy<Value = Prices<u32>> {
    let assurance = prop_oneof![
        Just(Assurance::Unverified),
        Just(Assurance::Unaudited),
        Just(Assurance::Internal),
        Just(Assurance::Replicated),
        Just(Assurance::Adjudicated)
    ];
    let assets = proptest::collection::vec((Just(OWNER), amount()), 0..3);
    (assets, amount(), 0u8..=100, amount(), amount(), amount(), amount(), assurance).prop_map(
        |(assets, pool, operator_share, pool_stake, guarantee, audit, value, assurance)| Prices {
            payer: PAYER,
            operator: OPERATOR,
            assets,
            pool,
            operator_share: Share(operator_share),
            pool_stake,
            guarantee,
            audit,
            value,
            assurance,
        },
    )
}

/// Any end: with at most one auditor, and convicts only where a jury decided.
fn any_case() -> impl Strategy<Value = Case<u32>> {
    let verdict = (0u8..6, 1u32..1_000);
    let contributors = proptest::collection::vec((amount(), verdict, 0u8..3), 0..8);
    let failure = proptest::option::of(prop_oneof![
        Just(Failure::DeadlinePassed),
        Just(Failure::NoConsensus),
        Just(Failure::NotAudited),
        Just(Failure::NoVerdict)
    ]);
    (contributors, 0u32..8, 0u32..8, failure).prop_map(|(drawn, jurors, former, failure)| {
        let judged = matches!(failure, None | Some(Failure::NoVerdict));
        let jurors: Vec<_> = (100..100 + jurors).filter(|_| judged).collect();
        let former_jurors = (200..200 + former).filter(|_| !jurors.is_empty()).collect();
        let mut auditor = false;
        let contributors = drawn.into_iter().enumerate().map(|(index, (locked, (verdict, weight), role))| {
            let role = match role {
                0 if index == 0 => Role::Alone { rate: Rate(500) },
                1 if !auditor => Role::Auditor,
                _ => Role::Member,
            };
            auditor |= role == Role::Auditor;
            let verdict = match verdict {
                0 if failure.is_none() => Verdict::Right { weight: Weight(weight) },
                1 if failure.is_none() && !jurors.is_empty() => Verdict::Convicted,
                2 => Verdict::Wrong,
                3 if failure.is_none() => Verdict::Absent,
                4 => Verdict::Declined,
                _ => Verdict::Released,
            };
            let locked = if verdict == Verdict::Declined { 0 } else { locked };
            contributor(index as u32, role, locked, verdict)
        });
        let contributors: Vec<_> = contributors.collect();
        let alone = contributors.iter().find_map(|one| match one.role {
            Role::Alone { rate } => Some(rate),
            Role::Member | Role::Auditor => None,
        });
        let in_audit = failure == Some(Failure::NotAudited);
        // Some of those that are not there any more let it down.
        let away = |one: &&Contributor<u32>| one.locked.is_multiple_of(2) && one.role != Role::Auditor;
        let missing = contributors.iter().filter(away).map(|one| one.who).collect();
        Case { alone, in_audit, former_jurors, missing, ..case(contributors, jurors, failure) }
    })
}

proptest! {
    #[test]
    fn conserves_the_pot(pot in any::<u128>(), share in 0u8..=100, weights in proptest::collection::vec(2u32.., 0..32)) {
        let weights: Vec<_> = weights.into_iter().map(Weight).collect();
        let parts = split_pot(pot, Share(share), &weights);
        let workers = parts.winners.iter().try_fold(0u128, |sum, part| sum.checked_add(*part));
        prop_assert_eq!(workers.and_then(|sum| sum.checked_add(parts.operator)), Some(pot));
    }

    #[test]
    fn conserves_what_is_forfeit(
        forfeit in any::<u128>(), value in any::<u128>(), jurors in 0u32..200, workers in 0u32..32, former_jurors in 0u32..32,
    ) {
        let Forfeit { juror, worker, former_juror, fund } = Loss { forfeit, value, jurors, workers, former_jurors }.split();
        prop_assert!(juror <= value && worker <= value && former_juror <= value);
        let paid = [(juror, jurors), (worker, workers), (former_juror, former_jurors)]
            .into_iter()
            .try_fold(fund, |sum, (part, number)| sum.checked_add(part.checked_mul(number.into())?));
        prop_assert_eq!(paid, Some(forfeit));
    }

    #[test]
    fn what_is_locked_pays_the_jury(value in 1u128..1 << 100, rate in 100u16..=10_000, jurors in 1u32..100) {
        let locked = crate::audit::stake(value, Rate(rate), jurors).unwrap();
        let parts = Loss { forfeit: locked, value, jurors, workers: 1, former_jurors: 0 }.split();
        prop_assert_eq!((parts.juror, parts.worker), (value, value));
    }

    /// All that goes out was held for this task, and all that was held goes out.
    #[test]
    fn pays_out_what_is_held_and_no_more(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        let payments = settlement.transfers.iter().map(|transfer| match transfer {
            Transfer::Payment { amount, .. } => *amount,
            Transfer::Forfeit { .. } => 0,
        });
        prop_assert_eq!(payments.sum::<Balance>(), prices.held());
    }

    /// What a contributor has locked is unlocked or lost, each unit once; nobody else loses anything.
    #[test]
    fn frees_or_takes_what_is_locked_once(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        for one in &case.contributors {
            let unlocked: Vec<_> = settlement.unlocked.iter().filter(|(who, _)| *who == one.who).collect();
            prop_assert!(unlocked.len() <= 1);
            let unlocked = unlocked.first().map_or(0, |(_, amount)| *amount);
            prop_assert_eq!(unlocked + forfeited(&settlement, one.who), one.locked);
        }
        let known = |who: &u32| case.contributors.iter().any(|one| one.who == *who);
        prop_assert!(settlement.unlocked.iter().all(|(who, _)| known(who)));
        let losers = settlement.transfers.iter().filter_map(|transfer| match transfer {
            Transfer::Forfeit { from, .. } => Some(from),
            Transfer::Payment { .. } => None,
        });
        prop_assert!(losers.into_iter().all(known));
    }

    /// A contributor without a fault loses neither stake nor merit; one that lost the vote loses the pool's stake or the
    /// value at most. Absence and declines cost nothing where nobody delivered.
    #[test]
    fn takes_nothing_without_a_fault(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        for one in &case.contributors {
            let lost = forfeited(&settlement, one.who);
            let change = settlement.merits.iter().find(|(who, _)| *who == one.who).map(|(_, change)| *change);
            let convicted = settlement.convictions.iter().any(|conviction| conviction.who == one.who);
            match one.verdict {
                Verdict::Right { .. } => {
                    prop_assert!(lost == 0 && !matches!(change, Some(MeritChange::VoteLost | MeritChange::Absent(_))));
                    prop_assert!(!convicted);
                }
                Verdict::Released if case.missing.contains(&one.who) && case.failure == Some(Failure::DeadlinePassed) => {
                    prop_assert!(lost <= prices.guarantee && change.is_none() && !convicted)
                }
                Verdict::Released | Verdict::Declined => prop_assert!(lost == 0 && change.is_none() && !convicted),
                Verdict::Wrong => prop_assert!(lost <= prices.stake() && !convicted),
                Verdict::Absent => prop_assert!(lost <= prices.stake() / 10 && case.failure.is_none() && !convicted),
                Verdict::Convicted => prop_assert!(lost == one.locked && convicted),
            }
        }
    }

    /// A pool that let its task down pays its guarantee, and nothing else, whichever of its accounts pays. Nobody else pays, and
    /// nobody who could bring this about receives anything.
    #[test]
    fn seizes_the_guarantee_once(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        let missed = case.failure == Some(Failure::DeadlinePassed) && !case.missing.is_empty();
        let by_absent = case.with(Verdict::Released).map(|one| forfeited(&settlement, one.who)).sum::<Balance>();
        let is_silent = |one: &&Contributor<u32>| case.missing.contains(&one.who);
        let by_silent = case.with(Verdict::Wrong).filter(is_silent).map(|one| forfeited(&settlement, one.who));
        let due = if missed { prices.guarantee.saturating_sub(by_silent.sum()) } else { 0 };
        prop_assert_eq!(settlement.seized + by_absent, due);
    }

    /// Nobody is told of nothing.
    #[test]
    fn tells_of_what_was_moved(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        prop_assert!(settlement.receipts.iter().all(|receipt| receipt.amount() > 0));
    }

    /// Only those that were right are paid as workers, and only jurors of the majority as jurors.
    #[test]
    fn pays_who_was_right(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        for one in &case.contributors {
            let was_right = matches!(one.verdict, Verdict::Right { .. });
            prop_assert!(was_right || received(&settlement, Some(one.who)) == 0);
            prop_assert!(!settlement.holders.contains(&one.who) || was_right);
        }
        let most = if case.failure.is_some() { prices.audit } else { prices.value };
        for juror in case.jurors.iter().chain(&case.former_jurors) {
            prop_assert!(received(&settlement, Some(*juror)) <= most);
        }
        if case.failure.is_some() {
            let judged = !case.jurors.is_empty();
            let refund = received(&settlement, Some(PAYER));
            prop_assert!(refund == prices.held() || judged && refund >= prices.held() - prices.audit);
            prop_assert!(settlement.holders.is_empty());
            prop_assert!(settlement.finding.is_none_or(|finding| finding.audit == Audit::Undecided));
        }
    }

    /// What a finding says was paid to an auditor was paid, by the payer.
    #[test]
    fn counts_only_what_was_paid_for_audits(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        let paid = settlement.finding.map_or(0, |finding| finding.paid);
        let auditor = case.contributors.iter().find(|one| one.role == Role::Auditor).map(|one| one.who);
        let got = settlement.transfers.iter().map(|transfer| match transfer {
            Transfer::Payment { to, amount } if Some(*to) == auditor => *amount,
            _ => 0,
        });
        prop_assert!(got.sum::<Balance>() >= paid);
    }

    #[test]
    fn flows_conserve_money(
        sources in proptest::collection::vec(0u128..1_000, 0..20),
        sinks in proptest::collection::vec(0u128..1_000, 0..20),
    ) {
        let sources: Vec<_> = sources.into_iter().enumerate().collect();
        let sinks: Vec<_> = sinks.into_iter().enumerate().collect();
        let flows = flows(&sources, &sinks);
        prop_assert!(flows.len() < (sources.len() + sinks.len()).max(1));
        for (from, amount) in &sources {
            prop_assert!(flows.iter().filter(|flow| flow.from == from).map(|flow| flow.amount).sum::<u128>() <= *amount);
        }
        let due: u128 = sinks.iter().map(|(_, due)| due).sum();
        let had: u128 = sources.iter().map(|(_, had)| had).sum();
        prop_assert_eq!(flows.iter().map(|flow| flow.amount).sum::<u128>(), due.min(had));
        for (to, due) in &sinks {
            let got = flows.iter().filter(|flow| flow.to == to).map(|flow| flow.amount).sum::<u128>();
            prop_assert!(got == *due || had < sinks.iter().map(|(_, due)| due).sum());
        }
    }
}
