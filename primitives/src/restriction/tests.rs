use super::*;
use crate::{
    asset::Category,
    deal::Parameters,
    deposit::Deposit,
    id::{AppId, CategoryId, PoolId},
    task::MAX_MEMBERS,
    unit::{Rate, Share},
};
use alloc::vec;
use proptest::prelude::*;

const STAKE: Balance = 8;
const VALUE: Balance = 28;

/// The pool asks for a stake of 8, and a task is worth 28.
fn deal(trust: u32) -> Deal<u8> {
    Deal {
        requester: 0,
        payer: 0,
        beneficiary: 0,
        app: AppId(0),
        app_owner: 1,
        app_price: 3,
        dataset: None,
        pool: PoolId(0),
        operator: 1,
        pool_price: 25,
        operator_share: Share(0),
        worker_stake: STAKE,
        category_id: CategoryId(0),
        category: Category {
            name: Default::default(),
            run_time: 1,
            fuel: 1,
            memory: 1,
            audit_rate: Rate(500),
            min_value: 1,
        },
        trust: Trust(trust),
        assurance: Assurance::Adjudicated,
        tasks: 1,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        deadline: 1,
        deposit: Deposit { of: 0, amount: 0 },
    }
}

fn insider(values_of_merit: u128) -> Insider {
    Insider { bond: STAKE, merit: Merit(values_of_merit * VALUE) }
}

/// A pool of workers with these merits, in values of the task.
fn pool(merits: &[u128]) -> Insiders {
    Insiders::of(merits.iter().map(|merit| insider(*merit)))
}

#[test]
fn workers_without_merit_reach_what_is_specified() {
    let highest = |workers| pool(&vec![0; workers]).highest_trust(&deal(1));
    let trusts = [0, 1, 2, 3, 7, 19, 20].map(highest);
    let expected = [None, Some(2), Some(4), Some(8), Some(128), Some(524_288), Some(1_000_000)];
    assert_eq!(trusts, expected.map(|trust| trust.map(Trust)));
}

#[test]
fn too_few_for_an_audit_are_a_lower_assurance_and_too_few_for_the_trust_are_none() {
    let assurance = |workers, trust| pool(&vec![0; workers]).assurance(&deal(trust));
    // Trust 4 takes two workers without merit.
    let of_four = [0, 1, 2, 3, 4].map(|workers| assurance(workers, 4));
    let (unaudited, internal) = (Some(Assurance::Unaudited), Some(Assurance::Internal));
    assert_eq!(of_four, [None, None, unaudited, internal, internal]);
    // At trust 1 nobody audits anyway; but somebody must be there.
    assert_eq!(
        [0, 1, 5].map(|workers| assurance(workers, 1)),
        [None, Some(Assurance::Unverified), Some(Assurance::Unverified)]
    );
}

#[test]
fn one_that_a_result_may_take_does_not_count_as_an_auditor() {
    // The first reaches trust 100 alone, but the other two may be drawn before it.
    assert_eq!(pool(&[303, 0, 0]).assurance(&deal(100)), Some(Assurance::Unaudited));
    assert_eq!(pool(&[303, 303]).assurance(&deal(100)), Some(Assurance::Internal));
    assert_eq!(pool(&[303]).assurance(&deal(100)), Some(Assurance::Unaudited));
    assert_eq!(pool(&[302]).assurance(&deal(100)), None);
}

#[test]
fn those_without_the_bond_that_the_pool_asks_for_do_not_count() {
    let poor = Insider { bond: STAKE - 1, ..insider(1_000) };
    let known = vec![poor, insider(0)];
    assert_eq!(Insiders { known, more: false }.highest_trust(&deal(1)), Some(Trust(2)));
    // Nor does who has none where the pool asks for nothing.
    let free = Deal { worker_stake: 0, ..deal(1) };
    let idle = Insider { bond: 0, ..insider(1_000) };
    assert_eq!(Insiders::of([idle]).highest_trust(&free), None);
    assert_eq!(Insiders::of([Insider { bond: 1, ..idle }]).assurance(&free), Some(Assurance::Unverified));
}

#[test]
fn nothing_is_refused_where_not_all_were_looked_at() {
    let enough = vec![0; ENOUGH as usize];
    let all = pool(&enough);
    assert!(!all.more);
    assert_eq!(all.assurance(&deal(Trust::MAX.0)), Some(Assurance::Internal));
    assert!(pool(&[&enough[..], &[0]].concat()).more);
    let poor = Insiders { known: vec![Insider::default(); ENOUGH as usize], more: true };
    assert_eq!(poor.assurance(&deal(Trust::MAX.0)), Some(Assurance::Internal));
    assert_eq!(Insiders::MANY.assurance(&deal(1)), Some(Assurance::Unverified));
    // A task can draw that many.
    const { assert!(ENOUGH <= MAX_MEMBERS) };
}

fn merits() -> impl Strategy<Value = Vec<u128>> {
    proptest::collection::vec(
        prop_oneof![3 => Just(0u128), 1 => 0u128..40, 1 => 0u128..1_000_000],
        0..=ENOUGH as usize,
    )
}

fn trust() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1u32..200, 1 => 1u32..=Trust::MAX.0]
}

proptest! {
    /// Refused is what cannot be reached though all agree, and nothing else.
    #[test]
    fn refuses_what_nobody_can_reach(merits in merits(), trust in trust()) {
        let all = merits.iter().map(|merit| merit::weight(Merit(merit * VALUE), VALUE));
        let reached = !merits.is_empty() && credibility::accepted(credibility::group(all), [], Trust(trust));
        prop_assert_eq!(pool(&merits).assurance(&deal(trust)).is_some(), reached);
    }

    /// The promise of an internal audit: in whatever order workers are drawn, one is left.
    #[test]
    fn in_every_draw_somebody_is_left_to_audit(
        merits in merits().prop_shuffle(), trust in trust(),
    ) {
        let weights = merits.iter().map(|merit| merit::weight(Merit(merit * VALUE), VALUE));
        let needed = credibility::needed(weights, Trust(trust));
        match pool(&merits).assurance(&deal(trust)) {
            Some(Assurance::Internal) => prop_assert!(needed.unwrap() < merits.len() as u32),
            Some(Assurance::Unaudited) => prop_assert!(trust > 1 && needed.is_some()),
            Some(other) => prop_assert!(trust == 1 && other == Assurance::Unverified),
            None => prop_assert_eq!(needed, None),
        }
    }

    #[test]
    fn one_worker_more_never_lowers_the_highest_trust(merits in merits(), more in 0u128..1_000) {
        let (before, after) = (pool(&merits), pool(&[&merits[..], &[more]].concat()));
        prop_assert!(before.highest_trust(&deal(1)) <= after.highest_trust(&deal(1)));
    }

    #[test]
    fn no_restricted_deal_has_an_assurance_from_outside(merits in merits(), trust in trust(), more in any::<bool>()) {
        let insiders = Insiders { more, ..pool(&merits) };
        let assurance = insiders.assurance(&deal(trust));
        prop_assert!(assurance.is_none_or(|it| it.is_internal() || it == Assurance::Unverified));
        prop_assert!(assurance.is_none_or(|it| !it.is_deterministic()));
    }
}
