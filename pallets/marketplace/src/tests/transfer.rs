use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn makes_the_new_owners_signature_count() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER));
        assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, STRANGER));
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        assert_eq!(
            events(),
            [
                Event::AppTransferred { app: APP, from: OWNER, to: STRANGER },
                Event::DatasetTransferred { dataset: DATASET, from: OWNER, to: STRANGER },
                Event::PoolTransferred { pool: POOL, from: OPERATOR, to: STRANGER },
            ]
        );
        assert_noop!(Marketplace::set_app_price(signed(OWNER), APP, Some(0)), Error::<Test>::NotOwner);
        assert_noop!(
            Marketplace::set_dataset_price(signed(OWNER), DATASET, Some(0)),
            Error::<Test>::NotOwner
        );
        assert_noop!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, policy()), Error::<Test>::NotOwner);
        assert_ok!(Marketplace::set_app_price(signed(STRANGER), APP, Some(0)));
        assert_ok!(Marketplace::set_dataset_price(signed(STRANGER), DATASET, Some(0)));
        assert_ok!(Marketplace::set_pool_policy(signed(STRANGER), POOL, policy()));
    });
}

#[test]
fn changes_nothing_else() {
    build_and_execute(|| {
        open_market();
        let pool = Pools::<Test>::get(POOL).unwrap();
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER));
        assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, STRANGER));
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        assert_eq!(Apps::<Test>::get(APP), Some(App { owner: STRANGER, ..app() }));
        assert_eq!(Datasets::<Test>::get(DATASET), Some(Dataset { owner: STRANGER, ..dataset() }));
        assert_eq!(Pools::<Test>::get(POOL), Some(Pool { owner: STRANGER, ..pool }));
    });
}

#[test]
fn refuses_somebody_else() {
    build_and_execute(|| {
        open_market();
        assert_noop!(Marketplace::transfer_app(signed(STRANGER), APP, STRANGER), Error::<Test>::NotOwner);
        assert_noop!(
            Marketplace::transfer_dataset(signed(STRANGER), DATASET, STRANGER),
            Error::<Test>::NotOwner
        );
        assert_noop!(Marketplace::transfer_pool(signed(OWNER), POOL, OWNER), Error::<Test>::NotOwner);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        assert_noop!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER), Error::<Test>::UnknownApp);
        assert_noop!(
            Marketplace::transfer_dataset(signed(OWNER), DATASET, STRANGER),
            Error::<Test>::UnknownDataset
        );
        assert_noop!(Marketplace::transfer_pool(signed(OWNER), POOL, STRANGER), Error::<Test>::UnknownPool);
    });
}
