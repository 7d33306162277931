use frame_support::traits::fungible::MutateHold;
use sp_runtime::TryRuntimeError;
use talka_primitives::{asset::Announced, order::Subject, Category, Deposit};

use super::*;
use crate::{
    api::DealKey,
    types::{Member, Size},
    Admissions, Categories, DealsOf, MemberCounts, Members, NextAppId, NextDealId, OpenDeals, PendingOwners,
};

/// A market on which a deal of two tasks was made, and something wrong with it.
fn broken(spoil: impl FnOnce()) -> Result<(), TryRuntimeError> {
    new_test_ext().execute_with(|| {
        deal(2);
        Marketplace::do_try_state().unwrap();
        spoil();
        Marketplace::do_try_state()
    })
}

fn spoilt_deal(spoil: impl FnOnce(&mut Deal<u64>)) -> Result<(), TryRuntimeError> {
    broken(|| Deals::<Test>::mutate(DEAL, |deal| spoil(deal.as_mut().unwrap())))
}

#[test]
fn notices_that_identifiers_are_not_numbered() {
    let outcome = Err("marketplace 1: identifiers are not numbered".into());
    assert_eq!(broken(|| Apps::<Test>::insert(AppId(1), app())), outcome);
    assert_eq!(broken(|| NextAppId::<Test>::put(AppId(0))), outcome);
    assert_eq!(broken(|| Datasets::<Test>::insert(DatasetId(7), dataset())), outcome);
    assert_eq!(broken(|| NextDealId::<Test>::put(DealId(0))), outcome);
}

#[test]
fn notices_an_impossible_category() {
    let outcome = Err("marketplace 2: an impossible category".into());
    let sized = |category| Size { category, announced: None };
    assert_eq!(broken(|| Categories::<Test>::insert(CategoryId(32), sized(category("XL")))), outcome);
    let idle = || Category { fuel: 0, ..category("XS") };
    assert_eq!(broken(|| Categories::<Test>::insert(XS, sized(idle()))), outcome);
    let announced = || Size { announced: Some((idle(), 9)), ..sized(category("XS")) };
    assert_eq!(broken(|| Categories::<Test>::insert(XS, announced())), outcome);
}

#[test]
fn notices_an_impossible_pool() {
    let spoilt = |spoil: fn(&mut Pool<u64>)| {
        broken(|| Pools::<Test>::mutate(POOL, |pool| spoil(pool.as_mut().unwrap())))
    };
    assert_eq!(
        spoilt(|pool| pool.policy.operator_share = Share(101)),
        Err("marketplace 3: an invalid policy".into())
    );
    assert_eq!(
        spoilt(|pool| {
            let policy = PoolPolicy { operator_share: Share(101), ..pool.policy };
            pool.announced = Some(Announced { policy, from: 9 });
        }),
        Err("marketplace 3: an invalid policy".into())
    );
    assert_eq!(
        spoilt(|pool| assert!(pool.prices.try_insert(UNKNOWN_CATEGORY, 1).is_ok())),
        Err("marketplace 3: a price for an unknown category".into())
    );
}

#[test]
fn notices_a_membership_of_an_unknown_pool() {
    let outcome = Err("marketplace 4: membership of an unknown pool".into());
    let of = |pool| Member { pool, deposit: 0 };
    assert_eq!(broken(|| Members::<Test>::insert(WORKER, of(PoolId(1)))), outcome);
    assert_eq!(broken(|| Admissions::<Test>::insert(PoolId(1), WORKER, 0)), outcome);
    let outcome = Err("marketplace 4: members are miscounted".into());
    assert_eq!(broken(|| Members::<Test>::insert(WORKER, of(POOL))), outcome);
    assert_eq!(broken(|| MemberCounts::<Test>::insert(POOL, 1)), outcome);
}

#[test]
fn notices_a_deal_that_is_not_listed_or_listed_for_somebody_else() {
    let key = DealKey::from(DEAL);
    assert_eq!(
        broken(|| DealsOf::<Test>::remove(REQUESTER, key)),
        Err("marketplace 5: a deal is not listed".into())
    );
    assert_eq!(
        broken(|| DealsOf::<Test>::insert(STRANGER, key, ())),
        Err("marketplace 5: a deal is listed for somebody else".into())
    );
    assert_eq!(
        broken(|| DealsOf::<Test>::insert(REQUESTER, DealKey::from(DealId(1)), ())),
        Err("marketplace 5: a deal is listed for somebody else".into())
    );
}

#[test]
fn notices_a_deal_without_terms() {
    assert_eq!(
        spoilt_deal(|deal| deal.app_price = Balance::MAX),
        Err("marketplace 6: a deal without a price".into())
    );
    assert_eq!(
        spoilt_deal(|deal| deal.app_price = Balance::MAX / 2),
        Err("marketplace 6: a deal without a price".into())
    );
    assert_eq!(spoilt_deal(|deal| deal.tasks = 0), Err("marketplace 6: a deal without a price".into()));
    assert_eq!(
        spoilt_deal(|deal| deal.trust = Trust(0)),
        Err("marketplace 6: a deal without a trust".into())
    );
    let unknown = Err("marketplace 6: a deal of an unknown category".into());
    assert_eq!(spoilt_deal(|deal| deal.category_id = UNKNOWN_CATEGORY), unknown);
}

#[test]
fn notices_that_open_deals_are_miscounted() {
    let outcome = Err("marketplace 9: more open deals than there are".into());
    assert_eq!(spoilt_deal(|deal| deal.app = AppId(1)), outcome);
    assert_eq!(spoilt_deal(|deal| deal.dataset.as_mut().unwrap().id = DatasetId(1)), outcome);
    assert_eq!(spoilt_deal(|deal| deal.pool = PoolId(1)), outcome);
    let outcome = Err("marketplace 9: open deals of nothing".into());
    assert_eq!(broken(|| Apps::<Test>::remove(APP)), outcome);
    assert_eq!(broken(|| Pools::<Test>::remove(POOL)), outcome);
    assert_eq!(broken(|| OpenDeals::<Test>::insert(Subject::App(AppId(1)), 1)), outcome);
}

#[test]
fn notices_deposits_that_are_not_held_and_holds_that_are_for_nothing() {
    let outcome = Err("marketplace 10: the hold is not the sum of deposits".into());
    assert_eq!(broken(|| Balances::hold(&HoldReason::Deposit.into(), &STRANGER, 1).unwrap()), outcome);
    assert_eq!(spoilt_deal(|deal| deal.deposit.amount = 1), outcome);
    assert_eq!(broken(|| Apps::<Test>::mutate(APP, |app| app.as_mut().unwrap().deposit = 1)), outcome);
    let outcome = Err("marketplace 10: a deposit of nobody".into());
    assert_eq!(spoilt_deal(|deal| deal.deposit = Deposit { of: UNBORN, amount: 1 }), outcome);
    let outcome = Err("marketplace 10: somebody is admitted at no deposit".into());
    assert_eq!(broken(|| Admissions::<Test>::insert(POOL, WORKER, 1)), outcome);
}

#[test]
fn notices_that_more_is_held_than_deals_need() {
    let hold = |reason: HoldReason, who| Balances::hold(&reason.into(), &who, 1).unwrap();
    assert_eq!(
        broken(|| hold(HoldReason::Payment, REQUESTER)),
        Err("marketplace 7: more is held than can be paid".into())
    );
    assert_eq!(
        broken(|| hold(HoldReason::Guarantee, OPERATOR)),
        Err("marketplace 7: more is held than can be guaranteed".into())
    );
}

#[test]
fn notices_an_impossible_offer() {
    let outcome = Err("marketplace 8: an impossible offer".into());
    assert_eq!(broken(|| PendingOwners::<Test>::insert(Subject::App(APP), OWNER)), outcome);
    assert_eq!(broken(|| PendingOwners::<Test>::insert(Subject::Pool(PoolId(1)), STRANGER)), outcome);
}
