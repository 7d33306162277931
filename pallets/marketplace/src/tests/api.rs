use talka_primitives::view::Listed;

use super::*;
use crate::api::{DealKey, MAX_PAGE};

fn ids<Id: Copy, Item>(listed: &[Listed<Id, Item>]) -> Vec<Id> {
    listed.iter().map(|listed| listed.id).collect()
}

#[test]
fn lists_what_is_for_sale_page_by_page() {
    build_and_execute(|| {
        for _ in 0..5 {
            publish_app(app()).unwrap();
            publish_dataset(dataset()).unwrap();
            publish_pool(policy()).unwrap();
        }
        assert_eq!(ids(&Marketplace::apps(AppId(0), 2)), [AppId(0), AppId(1)]);
        assert_eq!(ids(&Marketplace::apps(AppId(3), 9)), [AppId(3), AppId(4)]);
        assert_eq!(ids(&Marketplace::datasets(DatasetId(1), 2)), [DatasetId(1), DatasetId(2)]);
        assert_eq!(ids(&Marketplace::pools(PoolId(4), 2)), [PoolId(4)]);
        assert_eq!(Marketplace::apps(AppId(5), 9), []);
        assert_eq!(Marketplace::apps(AppId(u32::MAX), u32::MAX), []);
        assert_eq!(Marketplace::apps(AppId(0), 0), []);
        assert_eq!(Marketplace::apps(AppId(2), 1), [Listed { id: AppId(2), item: app() }]);
    });
}

#[test]
fn never_lists_more_than_a_page() {
    build_and_execute(|| {
        for _ in 0..MAX_PAGE + 5 {
            publish_app(app()).unwrap();
        }
        assert_eq!(Marketplace::apps(AppId(0), u32::MAX).len(), MAX_PAGE as usize);
        assert_eq!(Marketplace::apps(AppId(MAX_PAGE), u32::MAX).len(), 5);
    });
}

#[test]
fn lists_the_categories_in_order() {
    build_and_execute(|| {
        for id in [31, 7, 19] {
            Marketplace::set_category(signed(GOVERNOR), CategoryId(id), category("any")).unwrap();
        }
        let expected = [0, 1, 7, 19, 31].map(CategoryId);
        assert_eq!(ids(&Marketplace::categories()), expected);
    });
}

#[test]
fn finds_one_thing_by_its_number() {
    build_and_execute(|| {
        open_market();
        assert_eq!(Marketplace::app(APP), Some(app()));
        assert_eq!(Marketplace::dataset(DATASET), Some(dataset()));
        assert_eq!(Marketplace::pool(POOL).map(|pool| pool.owner), Some(OPERATOR));
        assert_eq!(Marketplace::app(AppId(1)), None);
        assert_eq!(Marketplace::dataset(DatasetId(1)), None);
        assert_eq!(Marketplace::pool(PoolId(1)), None);
    });
}

#[test]
fn lists_the_deals_of_one_requester_in_their_order() {
    build_and_execute(|| {
        open_market();
        for round in 0..300 {
            let who = if round % 100 == 0 { STRANGER } else { REQUESTER };
            Marketplace::request(signed(who), order(1)).unwrap();
        }
        assert_eq!(ids(&Marketplace::deals_of(&STRANGER, DealId(0), 9)), [0, 100, 200].map(DealId));
        assert_eq!(ids(&Marketplace::deals_of(&STRANGER, DealId(1), 9)), [100, 200].map(DealId));
        assert_eq!(ids(&Marketplace::deals_of(&STRANGER, DealId(100), 1)), [100].map(DealId));
        assert_eq!(ids(&Marketplace::deals_of(&STRANGER, DealId(201), 9)), []);
        assert_eq!(ids(&Marketplace::deals_of(&REQUESTER, DealId(255), 3)), [255, 256, 257].map(DealId));
        assert_eq!(Marketplace::deals_of(&REQUESTER, DealId(0), u32::MAX).len(), MAX_PAGE as usize);
        assert_eq!(Marketplace::deals_of(&OWNER, DealId(0), 9), []);
        let found = Marketplace::deals_of(&STRANGER, DealId(100), 1).remove(0).item;
        assert_eq!(Some(found), Deals::<Test>::get(DealId(100)));
    });
}

#[test]
fn keeps_the_number_in_the_key_of_a_deal() {
    for id in [0, 1, 255, 256, u32::MAX] {
        assert_eq!(DealId::from(DealKey::from(DealId(id))), DealId(id));
    }
}
