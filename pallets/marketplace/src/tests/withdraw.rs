use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::{order::Subject, traits::Market, Admission};

use super::*;
use crate::{Error, NextAppId, NextDatasetId, NextPoolId, OpenDeals, PendingOwners};

#[test]
fn is_for_good_and_the_identifier_is_not_used_again() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER));
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        events();
        assert_ok!(Marketplace::withdraw_app(signed(OWNER), APP));
        assert_ok!(Marketplace::withdraw_dataset(signed(OWNER), DATASET));
        assert_ok!(Marketplace::withdraw_pool(signed(OPERATOR), POOL));
        assert_eq!(
            events(),
            [
                Event::AppWithdrawn { app: APP },
                Event::DatasetWithdrawn { dataset: DATASET },
                Event::PoolWithdrawn { pool: POOL },
            ]
        );
        assert_eq!(PendingOwners::<Test>::iter().count(), 0);
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::UnknownApp);
        assert_noop!(Marketplace::request(signed(REQUESTER), order(1)), Error::<Test>::UnknownApp);
        assert_noop!(Marketplace::withdraw_app(signed(OWNER), APP), Error::<Test>::UnknownApp);
        assert_noop!(Marketplace::withdraw_dataset(signed(OWNER), DATASET), Error::<Test>::UnknownDataset);
        assert_noop!(Marketplace::withdraw_pool(signed(OPERATOR), POOL), Error::<Test>::UnknownPool);
        assert_ok!(publish_app(app()));
        assert_ok!(publish_dataset(dataset()));
        assert_ok!(publish_pool(policy()));
        assert_eq!((NextAppId::<Test>::get(), NextDatasetId::<Test>::get()), (AppId(2), DatasetId(2)));
        assert_eq!(NextPoolId::<Test>::get(), PoolId(2));
        assert!(Apps::<Test>::get(APP).is_none() && Pools::<Test>::get(POOL).is_none());
    });
}

#[test]
fn waits_for_all_deals_of_it() {
    build_and_execute(|| {
        let first = deal(2);
        assert_ok!(Marketplace::request(signed(STRANGER), Request { dataset: None, ..order(1) }));
        let second = Deals::<Test>::get(DealId(1)).unwrap();
        let is_used = || {
            assert_noop!(Marketplace::withdraw_app(signed(OWNER), APP), Error::<Test>::InUse);
            assert_noop!(Marketplace::withdraw_pool(signed(OPERATOR), POOL), Error::<Test>::InUse);
        };
        is_used();
        assert_noop!(Marketplace::withdraw_dataset(signed(OWNER), DATASET), Error::<Test>::InUse);
        Marketplace::close(&first);
        is_used();
        assert_ok!(Marketplace::withdraw_dataset(signed(OWNER), DATASET));
        Marketplace::close(&second);
        assert_eq!(OpenDeals::<Test>::iter().count(), 0);
        assert_ok!(Marketplace::withdraw_app(signed(OWNER), APP));
        assert_ok!(Marketplace::withdraw_pool(signed(OPERATOR), POOL));
        // Their terms stay until they are forgotten.
        assert_eq!(Marketplace::deal(DEAL), Some(first));
    });
}

#[test]
fn counts_the_deals_of_each_thing() {
    build_and_execute(|| {
        deal(2);
        assert_ok!(Marketplace::request(signed(STRANGER), Request { dataset: None, ..order(1) }));
        let open = |subject| OpenDeals::<Test>::get(subject);
        assert_eq!(open(Subject::App(APP)), 2);
        assert_eq!(open(Subject::Dataset(DATASET)), 1);
        assert_eq!(open(Subject::Pool(POOL)), 2);
    });
}

#[test]
fn of_a_pool_waits_until_nobody_is_in_it_or_admitted_and_nothing_is_to_be_done() {
    build_and_execute(|| {
        assert_ok!(publish_pool(PoolPolicy { admission: Admission::Approval, ..policy() }));
        let withdraw = || Marketplace::withdraw_pool(signed(OPERATOR), POOL);
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
        assert_noop!(withdraw(), Error::<Test>::NotEmpty);
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        assert_noop!(withdraw(), Error::<Test>::NotEmpty);
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER));
        AtWork::mutate(|pools| pools.insert(POOL));
        assert_noop!(withdraw(), DispatchError::Other("the pool is at work"));
        AtWork::set(Default::default());
        assert_ok!(withdraw());
    });
}

#[test]
fn is_up_to_the_owner() {
    build_and_execute(|| {
        open_market();
        assert_noop!(Marketplace::withdraw_app(signed(STRANGER), APP), Error::<Test>::NotOwner);
        assert_noop!(Marketplace::withdraw_dataset(signed(STRANGER), DATASET), Error::<Test>::NotOwner);
        assert_noop!(Marketplace::withdraw_pool(signed(STRANGER), POOL), Error::<Test>::NotOwner);
    });
}
