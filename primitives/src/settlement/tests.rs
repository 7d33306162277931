use super::*;
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
    let split = |forfeit| Loss { forfeit, value: 1, jurors: 7, workers: 1 }.split();
    assert_eq!(split(39), Forfeit { juror: 1, worker: 1, fund: 31 });
    assert_eq!(split(5), Forfeit { juror: 0, worker: 1, fund: 4 });
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
        audit: 25,
        value: 25,
        assurance: Assurance::Adjudicated,
    }
}

fn contributor(who: u32, role: Role, locked: Balance, verdict: Verdict) -> Contributor<u32> {
    Contributor { who, role, locked, verdict }
}

const RIGHT: Verdict = Verdict::Right { weight: Weight(2) };

#[test]
fn settles_the_documented_example() {
    let worker = |who, role| contributor(who, role, 200, RIGHT);
    let contributors = vec![worker(0, Role::Member), worker(1, Role::Member), worker(2, Role::Auditor)];
    let case = Case { contributors, jurors: vec![], failure: None };
    let settlement = case.settle(&prices());
    let paid = |who| received(&settlement, Some(who));
    assert_eq!([0, 1, 2, OPERATOR, OWNER, PAYER].map(paid), [11, 11, 25, 3, 3, 0]);
    let earned = |value| MeritChange::Earned(Merit(value));
    assert_eq!(settlement.merits, [(0, earned(12)), (1, earned(12)), (2, earned(25))]);
    assert_eq!(settlement.unlocked, [(0, 200), (1, 200), (2, 200)]);
    assert_eq!(settlement.finding, Some(Finding::Together));
    assert_eq!(settlement.holders, [0, 1, 2]);
}

#[test]
fn convicts_a_liar_that_worked_alone() {
    let rate = Rate(500);
    let liar = contributor(0, Role::Alone { rate }, 976, Verdict::Convicted);
    let auditor = contributor(1, Role::Auditor, 200, RIGHT);
    let case = Case { contributors: vec![liar, auditor], jurors: vec![7, 8, 9], failure: None };
    let settlement = case.settle(&prices());
    // The auditor has the pot and its part of the forfeit; what was held for the audit goes back.
    let received = |who| received(&settlement, who);
    assert_eq!([Some(1), Some(7), Some(PAYER), None].map(received), [23 + 25, 25, 25, 976 - 4 * 25]);
    assert_eq!(settlement.convictions, [Conviction { who: 0, locked: 976, alone: Some(rate) }]);
    assert_eq!(settlement.finding, Some(Finding::Alone { audited: true, wrong: true }));
    assert_eq!(settlement.holders, [1]);
}

#[test]
fn seizes_the_guarantee_for_a_missed_deadline_alone() {
    let guarantee =
        |failure| Case { contributors: vec![], jurors: vec![], failure }.settle(&prices()).guarantee;
    assert_eq!(guarantee(Some(Failure::DeadlinePassed)), Guarantee::Seized);
    for other in [Failure::NoConsensus, Failure::NotAudited, Failure::NoVerdict] {
        assert_eq!(guarantee(Some(other)), Guarantee::Released);
    }
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
    let assurance =
        prop_oneof![Just(Assurance::Unverified), Just(Assurance::Replicated), Just(Assurance::Adjudicated)];
    let assets = proptest::collection::vec((Just(OWNER), amount()), 0..3);
    (assets, amount(), 0u8..=100, amount(), amount(), amount(), assurance).prop_map(
        |(assets, pool, operator_share, pool_stake, audit, value, assurance)| Prices {
            payer: PAYER,
            operator: OPERATOR,
            assets,
            pool,
            operator_share: Share(operator_share),
            pool_stake,
            audit,
            value,
            assurance,
        },
    )
}

/// Any end: with at most one auditor, and convicts only where a jury decided.
fn any_case() -> impl Strategy<Value = Case<u32>> {
    let verdict = (0u8..4, 1u32..1_000);
    let contributors = proptest::collection::vec((amount(), verdict, 0u8..3), 0..8);
    let failure = proptest::option::of(prop_oneof![
        Just(Failure::DeadlinePassed),
        Just(Failure::NoConsensus),
        Just(Failure::NotAudited),
        Just(Failure::NoVerdict)
    ]);
    (contributors, 0u32..8, failure).prop_map(|(drawn, jurors, failure)| {
        let jurors: Vec<_> = (100..100 + jurors).filter(|_| failure.is_none()).collect();
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
                1 if !jurors.is_empty() => Verdict::Convicted,
                2 => Verdict::Wrong,
                _ => Verdict::Released,
            };
            contributor(index as u32, role, locked, verdict)
        });
        Case { contributors: contributors.collect(), jurors, failure }
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
    fn conserves_what_is_forfeit(forfeit in any::<u128>(), value in any::<u128>(), jurors in 0u32..200, workers in 0u32..32) {
        let Forfeit { juror, worker, fund } = Loss { forfeit, value, jurors, workers }.split();
        prop_assert!(juror <= value && worker <= value);
        let paid = juror.checked_mul(jurors.into()).and_then(|sum| sum.checked_add(worker * u128::from(workers)));
        prop_assert_eq!(paid.and_then(|sum| sum.checked_add(fund)), Some(forfeit));
    }

    #[test]
    fn what_is_locked_pays_the_jury(value in 1u128..1 << 100, rate in 100u16..=10_000, jurors in 1u32..100) {
        let locked = crate::audit::stake(value, Rate(rate), jurors).unwrap();
        let parts = Loss { forfeit: locked, value, jurors, workers: 1 }.split();
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

    /// A contributor without a fault loses neither stake nor merit; one that lost the vote loses the pool's stake at most.
    #[test]
    fn takes_nothing_without_a_fault(case in any_case(), prices in any_prices()) {
        let settlement = case.settle(&prices);
        for one in &case.contributors {
            let lost = forfeited(&settlement, one.who);
            let change = settlement.merits.iter().find(|(who, _)| *who == one.who).map(|(_, change)| *change);
            let convicted = settlement.convictions.iter().any(|conviction| conviction.who == one.who);
            match one.verdict {
                Verdict::Right { .. } | Verdict::Released => {
                    prop_assert!(lost == 0 && change != Some(MeritChange::VoteLost) && !convicted);
                }
                Verdict::Wrong => prop_assert!(lost <= prices.pool_stake && !convicted),
                Verdict::Convicted => prop_assert!(lost == one.locked && convicted),
            }
        }
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
        for juror in &case.jurors {
            prop_assert!(received(&settlement, Some(*juror)) <= prices.value);
        }
        if case.failure.is_some() {
            prop_assert_eq!(received(&settlement, Some(PAYER)), prices.held());
            prop_assert_eq!((&settlement.finding, &settlement.holders), (&None, &vec![]));
        }
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
