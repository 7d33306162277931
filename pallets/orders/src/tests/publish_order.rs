use frame_support::{assert_noop, assert_ok};
use talka_primitives::order::Shelf;

use super::*;
use crate::{Error, Published, Shelves};

fn publish_as(who: &str, order: impl Into<Order<AccountId>>) -> DispatchResult {
    Orders::publish_order(signed(who), order.into())
}

#[test]
fn puts_each_kind_on_its_shelf_and_holds_a_deposit() {
    build_and_execute(|| {
        open_market();
        let orders: [(Order<AccountId>, Shelf, &str); 4] = [
            (app_order().into(), Shelf::App(APP), PROVIDER),
            (dataset_order().into(), Shelf::Dataset(DATASET), LIBRARY),
            (pool_order().into(), Shelf::Pools(XS), OPERATOR),
            (request_order(3).into(), Shelf::Requests(XS), REQUESTER),
        ];
        for (order, shelf, signer) in orders {
            assert_ok!(publish_as(signer, order.clone()));
            let id = id(order.clone());
            assert_eq!(events(), [Event::OrderPublished { order: id, signer: account(signer), shelf }]);
            assert!(Shelves::<Test>::contains_key(shelf, id));
            assert_eq!(Published::<Test>::get(id).map(|publication| publication.order), Some(order.clone()));
            assert_eq!(held(HoldReason::Order, signer), Orders::deposit(&order));
            assert!(Orders::deposit(&order) > BASE_DEPOSIT + 50);
        }
    });
}

#[test]
fn binds_like_a_signature() {
    build_and_execute(|| {
        open_market();
        let orders = Match {
            app: Some(Source::Published(publish(app_order()).unwrap())),
            dataset: Some(Source::Published(publish(dataset_order()).unwrap())),
            pool: PoolSource::Ordered(Source::Published(publish(pool_order()).unwrap())),
            request: Source::Published(publish(request_order(3)).unwrap()),
        };
        assert_ok!(match_orders(orders));
        assert_eq!((deal(0).requester, deal(0).tasks), (account(REQUESTER), 3));
    });
}

#[test]
fn remembers_what_was_bought_of_it_before() {
    build_and_execute(|| {
        open_market();
        assert_ok!(match_orders(four(5)));
        assert_ok!(publish(app_order()));
        assert_eq!(entry(app_order()), Entry { used: 5, cancelled: false, published: true });
        assert_eq!(Orders::order(id(app_order())).unwrap().left, PLENTY - 5);
    });
}

#[test]
fn is_refused_to_others_than_the_signer_and_the_owner() {
    build_and_execute(|| {
        open_market();
        assert_noop!(publish_as(BROKER, app_order()), Error::<Test>::NotSigner);
        assert_noop!(
            Orders::publish_order(RuntimeOrigin::none(), app_order().into()),
            DispatchError::BadOrigin
        );
        let mut app = app_order();
        app.terms.signer = account(BROKER);
        assert_noop!(publish_as(BROKER, app), Error::<Test>::NotOwner);
        let unknown = AppOrder { app: AppId(9), ..app_order() };
        assert_noop!(publish_as(PROVIDER, unknown), Error::<Test>::UnknownAsset);
        let unknown = DatasetOrder { dataset: DatasetId(9), ..dataset_order() };
        assert_noop!(publish_as(LIBRARY, unknown), Error::<Test>::UnknownAsset);
        let unknown = PoolOrder { pool: PoolId(9), ..pool_order() };
        assert_noop!(publish_as(OPERATOR, unknown), Error::<Test>::UnknownAsset);
    });
}

#[test]
fn is_refused_twice_and_after_the_end() {
    build_and_execute(|| {
        open_market();
        assert_ok!(publish(app_order()));
        assert_noop!(publish_as(PROVIDER, app_order()), Error::<Test>::AlreadyPublished);
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Published(id(app_order()))));
        assert_noop!(publish_as(PROVIDER, app_order()), Error::<Test>::OrderCancelled);
        let mut order = app_order();
        order.terms.volume = 0;
        assert_noop!(publish_as(PROVIDER, order.clone()), Error::<Test>::NoVolume);
        order.terms = Terms { volume: 1, expiry: 0, ..order.terms };
        assert_noop!(publish_as(PROVIDER, order.clone()), Error::<Test>::OrderExpired);
        order.terms.expiry = 2 + MAX_LIFE;
        assert_noop!(publish_as(PROVIDER, order.clone()), Error::<Test>::ExpiryTooFar);
        order.terms.expiry = EXPIRY;
        assert_ok!(match_orders(Match { app: Some(sign(order.clone())), ..four(1) }));
        assert_noop!(publish_as(PROVIDER, order), Error::<Test>::OrderConsumed);
    });
}

#[test]
fn is_refused_of_a_request_that_can_never_become_a_deal() {
    build_and_execute(|| {
        open_market();
        let impossible = [
            RequestOrder { trust: Trust(0), ..request_order(1) },
            RequestOrder { deadline: 1, ..request_order(1) },
            RequestOrder { parameters: Parameters::Range { first: u64::MAX }, ..request_order(2) },
            RequestOrder { parameters: Parameters::List { items: Default::default() }, ..request_order(1) },
            request_order(10_001),
        ];
        for order in impossible {
            assert_noop!(publish_as(REQUESTER, order), Error::<Test>::ImpossibleRequest);
        }
    });
}

#[test]
fn is_refused_without_the_deposit() {
    build_and_execute(|| {
        open_market();
        let mut order = request_order(1);
        order.terms.signer = account(POOR);
        let deposit = Orders::deposit(&order.clone().into());
        let enough = deposit + EXISTENTIAL_DEPOSIT;
        assert_ok!(Balances::transfer_allow_death(signed(SPONSOR), account(POOR), enough - 1));
        assert_noop!(publish_as(POOR, order.clone()), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(SPONSOR), account(POOR), 1));
        assert_ok!(publish_as(POOR, order));
        assert_eq!((held(HoldReason::Order, POOR), free(POOR)), (deposit, EXISTENTIAL_DEPOSIT));
    });
}
