use talka_primitives::{
    filter::{AppFilter, DatasetFilter, PoolFilter},
    view::{Listed, Page},
};

use super::*;
use crate::api::{DealKey, MAX_PAGE};

fn ids<Id: Copy, Item>(listed: &[Listed<Id, Item>]) -> Vec<Id> {
    listed.iter().map(|listed| listed.id).collect()
}

fn apps(from: u32, limit: u32) -> Page<AppId, App<u64>> {
    Marketplace::apps(&AppFilter::default(), AppId(from), limit)
}

#[test]
fn lists_what_is_for_sale_page_by_page() {
    build_and_execute(|| {
        for _ in 0..5 {
            publish_app(app()).unwrap();
            publish_dataset(dataset()).unwrap();
            publish_pool(policy()).unwrap();
        }
        let found = apps(0, 2);
        assert_eq!((ids(&found.items), found.next), (vec![AppId(0), AppId(1)], Some(AppId(2))));
        let found = apps(3, 9);
        assert_eq!((ids(&found.items), found.next), (vec![AppId(3), AppId(4)], None));
        let datasets = Marketplace::datasets(&DatasetFilter::default(), DatasetId(1), 2);
        assert_eq!(
            (ids(&datasets.items), datasets.next),
            ([1, 2].map(DatasetId).to_vec(), Some(DatasetId(3)))
        );
        let pools = Marketplace::pools(&PoolFilter::default(), PoolId(4), 2);
        assert_eq!((ids(&pools.items), pools.next), (vec![PoolId(4)], None));
        for (from, limit) in [(5, 9), (u32::MAX, u32::MAX)] {
            assert_eq!(apps(from, limit), Page { items: Vec::new(), next: None });
        }
        assert_eq!(apps(0, 0), Page { items: Vec::new(), next: Some(AppId(0)) });
        assert_eq!(apps(2, 1).items, [Listed { id: AppId(2), item: app() }]);
    });
}

#[test]
fn lists_what_is_looked_for() {
    build_and_execute(|| {
        for price in [1, 5, 2] {
            publish_app(App { price: Some(price), ..app() }).unwrap();
            publish_dataset(Dataset { price: Some(price), ..dataset() }).unwrap();
        }
        publish_pool(policy()).unwrap();
        open_market();
        let cheap = AppFilter { max_price: Some(2), ..Default::default() };
        let found = Marketplace::apps(&cheap, AppId(0), 9);
        assert_eq!((ids(&found.items), found.next), ([0, 2].map(AppId).to_vec(), None));
        let found = Marketplace::apps(&cheap, AppId(1), 1);
        assert_eq!((ids(&found.items), found.next), (vec![AppId(2)], Some(AppId(3))));
        let cheap = DatasetFilter { max_price: Some(1), ..Default::default() };
        assert_eq!(ids(&Marketplace::datasets(&cheap, DatasetId(0), 9).items), [0, 3].map(DatasetId));
        let serving = PoolFilter { category: Some(XS), ..Default::default() };
        assert_eq!(ids(&Marketplace::pools(&serving, PoolId(0), 9).items), [POOL]);
    });
}

#[test]
fn looks_at_a_thousand_and_says_where_to_go_on() {
    build_and_execute(|| {
        for _ in 0..1_001 {
            publish_app(app()).unwrap();
        }
        let dear = AppFilter { max_price: Some(0), ..Default::default() };
        let found = Marketplace::apps(&dear, AppId(0), 9);
        assert_eq!(found, Page { items: Vec::new(), next: Some(AppId(1_000)) });
        assert_eq!(Marketplace::apps(&dear, AppId(1_000), 9), Page { items: Vec::new(), next: None });
    });
}

#[test]
fn never_lists_more_than_a_page() {
    build_and_execute(|| {
        for _ in 0..MAX_PAGE + 5 {
            publish_app(app()).unwrap();
        }
        let first = apps(0, u32::MAX);
        assert_eq!((first.items.len(), first.next), (MAX_PAGE as usize, Some(AppId(MAX_PAGE))));
        assert_eq!(apps(MAX_PAGE, u32::MAX).items.len(), 5);
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
