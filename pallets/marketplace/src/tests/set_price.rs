use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn changes_the_price_of_an_app() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(8)));
        assert_eq!(events(), [Event::AppPriceSet { app: APP, price: Some(8) }]);
        assert_eq!(Apps::<Test>::get(APP), Some(App { price: Some(8), ..app() }));
    });
}

#[test]
fn changes_the_price_of_a_dataset() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_dataset_price(signed(OWNER), DATASET, Some(8)));
        assert_eq!(events(), [Event::DatasetPriceSet { dataset: DATASET, price: Some(8) }]);
        assert_eq!(Datasets::<Test>::get(DATASET), Some(Dataset { price: Some(8), ..dataset() }));
    });
}

#[test]
fn withdraws_an_app_or_a_dataset_from_sale() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, None));
        assert_ok!(Marketplace::set_dataset_price(signed(OWNER), DATASET, None));
        assert_eq!(
            events(),
            [
                Event::AppPriceSet { app: APP, price: None },
                Event::DatasetPriceSet { dataset: DATASET, price: None }
            ]
        );
        assert_eq!(Apps::<Test>::get(APP), Some(App { price: None, ..app() }));
        assert_eq!(Datasets::<Test>::get(DATASET), Some(Dataset { price: None, ..dataset() }));
    });
}

#[test]
fn adds_changes_and_withdraws_a_category_of_a_pool() {
    build_and_execute(|| {
        open_market();
        let prices = || Pools::<Test>::get(POOL).unwrap().prices.into_iter().collect::<Vec<_>>();
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, S, Some(100)));
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(8)));
        assert_eq!(prices(), [(XS, 8), (S, 100)]);
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, None));
        assert_eq!(prices(), [(S, 100)]);
        assert_eq!(
            events(),
            [
                Event::PoolPriceSet { pool: POOL, category: S, price: Some(100) },
                Event::PoolPriceSet { pool: POOL, category: XS, price: Some(8) },
                Event::PoolPriceSet { pool: POOL, category: XS, price: None },
            ]
        );
    });
}

#[test]
fn has_room_for_every_category_there_can_be() {
    build_and_execute(|| {
        open_market();
        for id in 0..32 {
            assert_ok!(Marketplace::set_category(signed(GOVERNOR), CategoryId(id), category("any")));
            assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, CategoryId(id), Some(1)));
        }
        assert_eq!(Pools::<Test>::get(POOL).unwrap().prices.len(), 32);
    });
}

#[test]
fn of_a_pool_is_at_least_what_its_workers_have_agreed_to() {
    build_and_execute(|| {
        assert_ok!(publish_pool(PoolPolicy { min_price: 8, ..policy() }));
        let set = |price| Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(price));
        assert_noop!(set(7), Error::<Test>::PriceTooLow);
        assert_ok!(set(8));
    });
}

#[test]
fn refuses_somebody_else() {
    build_and_execute(|| {
        open_market();
        assert_noop!(Marketplace::set_app_price(signed(STRANGER), APP, Some(8)), Error::<Test>::NotOwner);
        assert_noop!(
            Marketplace::set_dataset_price(signed(STRANGER), DATASET, Some(8)),
            Error::<Test>::NotOwner
        );
        assert_noop!(
            Marketplace::set_pool_price(signed(STRANGER), POOL, XS, Some(8)),
            Error::<Test>::NotOwner
        );
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        assert_noop!(Marketplace::set_app_price(signed(OWNER), APP, Some(8)), Error::<Test>::UnknownApp);
        assert_noop!(
            Marketplace::set_dataset_price(signed(OWNER), DATASET, Some(8)),
            Error::<Test>::UnknownDataset
        );
        assert_noop!(
            Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(8)),
            Error::<Test>::UnknownPool
        );
        open_market();
        assert_noop!(
            Marketplace::set_pool_price(signed(OPERATOR), POOL, UNKNOWN_CATEGORY, Some(8)),
            Error::<Test>::UnknownCategory
        );
        assert_noop!(
            Marketplace::set_pool_price(signed(OPERATOR), POOL, S, None),
            Error::<Test>::CategoryNotServed
        );
    });
}
