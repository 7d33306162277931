use frame_support::assert_ok;
use talka_primitives::{order::Shelf, view::OrderState};

use super::*;

fn listed(shelf: Option<Shelf>) -> Vec<OrderId> {
    let page = Orders::orders(shelf, None, 100);
    assert_eq!(page.next, None);
    page.items.into_iter().map(|listed| listed.id).collect()
}

#[test]
fn lists_what_is_on_a_shelf_and_everything() {
    build_and_execute(|| {
        open_market();
        let (app, data) = (publish(app_order()).unwrap(), publish(dataset_order()).unwrap());
        let (pool, request) = (publish(pool_order()).unwrap(), publish(request_order(3)).unwrap());
        assert_eq!(listed(Some(Shelf::App(APP))), [app]);
        assert_eq!(listed(Some(Shelf::Dataset(DATASET))), [data]);
        assert_eq!(listed(Some(Shelf::Pools(XS))), [pool]);
        assert_eq!(listed(Some(Shelf::Requests(XS))), [request]);
        assert_eq!(listed(Some(Shelf::Pools(CategoryId(1)))), []);
        let mut all = vec![app, data, pool, request];
        all.sort();
        assert_eq!(listed(None), all);
    });
}

#[test]
fn lists_in_pages_and_leaves_out_what_is_used_up_or_expired() {
    build_and_execute(|| {
        open_market();
        let mut ids = Vec::new();
        for salt in 0..150u8 {
            let mut order = pool_order();
            order.terms.salt = Salt([salt; 32]);
            order.terms.expiry = if salt % 3 == 0 { 50 } else { EXPIRY };
            ids.push((publish(order).unwrap(), salt));
        }
        ids.sort();
        System::set_block_number(60);
        let expected: Vec<_> = ids.iter().filter(|(_, salt)| salt % 3 != 0).map(|(id, _)| *id).collect();
        for shelf in [Some(Shelf::Pools(XS)), None] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = Orders::orders(shelf, after, 7);
                assert!(page.items.len() <= 7);
                found.extend(page.items.into_iter().map(|listed| listed.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected);
            assert!(Orders::orders(shelf, None, u32::MAX).items.len() <= 100);
        }
        run_to(62);
    });
}

#[test]
fn shows_one_order_and_what_became_of_it() {
    build_and_execute(|| {
        open_market();
        let order: Order<AccountId> = app_order().into();
        assert_eq!(Orders::order(id(app_order())), None);
        assert_eq!(Orders::order_state(&order), OrderState { used: 0, cancelled: false });
        publish(order.clone()).unwrap();
        assert_ok!(match_orders(four(4)));
        let view = Orders::order(id(app_order())).unwrap();
        assert_eq!((view.order, view.left), (order.clone(), PLENTY - 4));
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Published(id(app_order()))));
        assert_eq!(Orders::order_state(&order), OrderState { used: 4, cancelled: true });
        assert_eq!(Orders::order_id(&order), order_id(&GENESIS, &order));
    });
}
