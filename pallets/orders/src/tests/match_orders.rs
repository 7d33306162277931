use codec::{Encode, MaxEncodedLen};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::GetDispatchInfo,
    weights::constants::{WEIGHT_REF_TIME_PER_MICROS, WEIGHT_REF_TIME_PER_MILLIS},
};
use talka_primitives::{deal::MAX_TASKS, DatasetTerms};

use super::*;
use crate::{weights::Cost, Config, Error, WeightInfo};

#[test]
fn makes_a_deal_on_the_terms_of_four_orders() {
    build_and_execute(|| {
        open_market();
        assert_ok!(match_orders(four(24)));
        assert_eq!(
            events(),
            [Event::OrdersMatched {
                deal: DealId(0),
                app: Some(id(app_order())),
                dataset: Some(id(dataset_order())),
                pool: Some(id(pool_order())),
                request: id(request_order(24)),
                tasks: 24,
            }]
        );
        let deal = deal(0);
        assert_eq!((deal.requester.clone(), deal.payer), (account(REQUESTER), account(REQUESTER)));
        assert_eq!((deal.app_owner, deal.app_price), (account(PROVIDER), APP_PRICE));
        let dataset = DatasetTerms { id: DATASET, owner: account(LIBRARY), price: DATASET_PRICE };
        assert_eq!(deal.dataset, Some(dataset));
        assert_eq!((deal.operator, deal.pool_price, deal.worker_stake), (account(OPERATOR), POOL_PRICE, 8));
        assert_eq!(held_for_deals(MarketHold::Payment, REQUESTER), RESERVE * 24);
        assert_eq!(held_for_deals(MarketHold::Guarantee, OPERATOR), 7 * 24);
    });
}

#[test]
fn buys_at_published_prices_where_there_are_no_orders() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_app_price(signed(PROVIDER), APP, Some(4)));
        assert_ok!(Marketplace::set_dataset_price(signed(LIBRARY), DATASET, Some(2)));
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(20)));
        let request = sign(request_order(5));
        assert_ok!(match_orders(Match { app: None, dataset: None, pool: PoolSource::Listed(POOL), request }));
        let deal = deal(0);
        assert_eq!((deal.app_price, deal.dataset.unwrap().price, deal.pool_price), (4, 2, 20));
        assert_eq!((deal.tasks, entry(request_order(5)).used), (5, 5));
    });
}

#[test]
fn takes_signatures_of_every_kind_and_in_both_forms() {
    build_and_execute(|| {
        open_market();
        let (ed25519, ecdsa) = (ed25519_pair("//Ed"), ecdsa_pair("//Ec"));
        let accounts = [account_of(ed25519.public()), account_of(ecdsa.public()), account(REQUESTER)];
        for (number, buyer) in accounts.iter().enumerate() {
            assert_ok!(Balances::transfer_allow_death(signed(SPONSOR), buyer.clone(), 10_000));
            for wrap in [false, true] {
                let mut order = request_order(1);
                order.terms.signer = buyer.clone();
                order.terms.salt = Salt([u8::from(wrap); 32]);
                let message = if wrap { wrapped(id(order.clone())) } else { id(order.clone()).0.to_vec() };
                let signature: MultiSignature = match number {
                    0 => ed25519.sign(&message).into(),
                    1 => ecdsa.sign(&message).into(),
                    _ => pair(REQUESTER).sign(&message).into(),
                };
                let signature =
                    if wrap { OrderSignature::Wrapped(signature) } else { OrderSignature::Raw(signature) };
                let request = Source::Signed(SignedOrder { order, genesis: GENESIS, signature });
                assert_ok!(match_orders(Match { request, ..four(1) }));
            }
        }
        assert_eq!(entry(pool_order()).used, 6);
    });
}

#[test]
fn uses_every_order_by_the_tasks_of_the_deal() {
    build_and_execute(|| {
        open_market();
        let mut pool = pool_order();
        pool.terms.volume = 10;
        let orders = || Match { pool: PoolSource::Ordered(sign(pool.clone())), ..four(24) };
        assert_ok!(match_orders(orders()));
        assert_eq!(deal(0).tasks, 10);
        assert_eq!([entry(app_order()).used, entry(dataset_order()).used], [10, 10]);
        assert_eq!((entry(pool.clone()).used, entry(request_order(24)).used), (10, 10));
        assert_noop!(match_orders(orders()), Error::<Test>::OrderConsumed);
        assert_ok!(match_orders(four(24)));
        assert_eq!((deal(1).tasks, deal(1).parameters), (14, Parameters::Range { first: 10 }));
        assert_noop!(match_orders(four(24)), Error::<Test>::OrderConsumed);
    });
}

#[test]
fn goes_on_in_the_list_of_parameters_where_the_last_deal_ended() {
    build_and_execute(|| {
        open_market();
        let items = |items: &[&str]| Parameters::List {
            items: items
                .iter()
                .map(|item| (*item).try_into().unwrap())
                .collect::<Vec<_>>()
                .try_into()
                .unwrap(),
        };
        let request = RequestOrder { parameters: items(&["a", "b", "c"]), ..request_order(3) };
        let mut pool = pool_order();
        pool.terms.volume = 2;
        let pool = PoolSource::Ordered(sign(pool));
        assert_ok!(match_orders(Match { pool, request: sign(request.clone()), ..four(3) }));
        assert_ok!(match_orders(Match { request: sign(request), ..four(3) }));
        assert_eq!((deal(0).parameters, deal(1).parameters), (items(&["a", "b"]), items(&["c"])));
    });
}

#[test]
fn does_not_oversell_an_order_that_is_published_and_signed() {
    build_and_execute(|| {
        open_market();
        let mut pool = pool_order();
        pool.terms.volume = 10;
        let published = PoolSource::Ordered(Source::Published(publish(pool.clone()).unwrap()));
        assert_ok!(match_orders(Match { pool: published.clone(), ..four(6) }));
        assert_ok!(match_orders(Match { pool: PoolSource::Ordered(sign(pool.clone())), ..four(7) }));
        assert_eq!((deal(0).tasks, deal(1).tasks, entry(pool.clone()).used), (6, 4, 10));
        for pool in [published, PoolSource::Ordered(sign(pool))] {
            assert_noop!(match_orders(Match { pool, ..four(8) }), Error::<Test>::OrderConsumed);
        }
    });
}

#[test]
fn is_for_groups_as_they_are_now() {
    build_and_execute(|| {
        open_market();
        use talka_primitives::{order::Party, GroupId};
        assert_ok!(Groups::create_group(signed(LIBRARY), b"readers".to_vec().try_into().unwrap()));
        let group = GroupId(0);
        let mut data = dataset_order();
        data.terms.only.requester = Some(Party::Group(group));
        let request = |tasks| sign(RequestOrder { trust: Trust(1), ..request_order(tasks) });
        let orders = || Match { dataset: Some(sign(data.clone())), request: request(1), ..four(1) };
        let refused: DispatchError = talka_pallet_marketplace::Error::<Test>::NotForThisRequester.into();
        let readers = || vec![account(REQUESTER)].try_into().unwrap();
        assert_noop!(match_orders(orders()), refused);
        assert_ok!(Groups::add_members(signed(LIBRARY), group, readers()));
        assert_ok!(match_orders(orders()));
        assert_ok!(Groups::remove_members(signed(LIBRARY), group, readers()));
        assert_noop!(match_orders(Match { request: request(2), ..orders() }), refused);
    });
}

/// The storage of the whole chain: how many items, and how many bytes they are.
fn storage_size() -> (usize, usize) {
    let keys = std::iter::successors(Some(Vec::new()), |key| sp_io::storage::next_key(key)).skip(1);
    let sizes: Vec<_> = keys.map(|key| sp_io::storage::get(&key).unwrap().len()).collect();
    (sizes.len(), sizes.iter().sum())
}

#[test]
fn costs_the_same_for_one_task_and_for_ten_thousand_and_beside_many_deals() {
    let cost = |tasks: u32, deals: u32| {
        new_test_ext().execute_with(|| {
            open_market();
            for number in 0..deals {
                let mut request = request_order(1);
                request.terms.salt = Salt([number as u8 + 1; 32]);
                assert_ok!(match_orders(Match { request: sign(request), ..four(1) }));
            }
            let mut orders = four(tasks);
            let (mut app, mut data, mut pool) = (app_order(), dataset_order(), pool_order());
            for terms in [&mut app.terms, &mut data.terms, &mut pool.terms] {
                terms.volume = 2 * MAX_TASKS;
            }
            orders.app = Some(sign(app));
            orders.dataset = Some(sign(data));
            orders.pool = PoolSource::Ordered(sign(pool));
            let weight =
                crate::Call::<Test>::match_orders { orders: Box::new(orders.clone()) }.get_dispatch_info();
            let before = storage_size();
            System::reset_events();
            assert_ok!(match_orders(orders));
            System::reset_events();
            let after = storage_size();
            ((after.0 - before.0), weight.call_weight)
        })
    };
    assert_eq!(cost(1, 0), cost(MAX_TASKS, 0));
    assert_eq!(cost(1, 0).1, cost(1, 100).1);
}

#[test]
fn weighs_a_millisecond_and_a_half_at_most_and_half_of_one_more_where_workers_are_counted() {
    let weight = |cost| <Test as Config>::WeightInfo::match_orders(cost).ref_time();
    let longest = Match::<AccountId, MultiSignature>::max_encoded_len() as u32;
    let open = Cost { bytes: longest, signed: 4, published: 0, groups: 8, counts_workers: false };
    let all_signed = weight(open);
    let all_published = Cost { bytes: 4 * 33, signed: 0, published: 4, groups: 8, counts_workers: false };
    for cost in [open, all_published] {
        assert!(weight(cost) <= WEIGHT_REF_TIME_PER_MILLIS * 3 / 2, "{cost:?}");
        let restricted = weight(Cost { counts_workers: true, ..cost });
        assert!(restricted <= WEIGHT_REF_TIME_PER_MILLIS * 2, "{cost:?}");
    }
    assert!(all_signed > 1_200 * WEIGHT_REF_TIME_PER_MICROS, "nothing was forgotten");
}

#[test]
fn weighs_what_the_orders_bring() {
    let weight = |orders: &Orders4| {
        crate::Call::<Test>::match_orders { orders: Box::new(orders.clone()) }.get_dispatch_info().call_weight
    };
    let all = four(1);
    let least = Match { app: None, dataset: None, pool: PoolSource::Listed(POOL), ..four(1) };
    let expected = |orders: &Orders4, signed| {
        let bytes = orders.encoded_size() as u32;
        // Trust 4 takes more than one worker.
        let cost = Cost { bytes, signed, counts_workers: true, ..Cost::default() };
        <Test as Config>::WeightInfo::match_orders(cost)
    };
    assert_eq!((weight(&all), weight(&least)), (expected(&all, 4), expected(&least, 1)));
    let published = Match { app: Some(Source::Published(OrderId([0; 32]))), ..four(1) };
    let bytes = published.encoded_size() as u32;
    // Whom it is for is not known beforehand.
    let cost = Cost { bytes, signed: 3, published: 1, groups: 2, counts_workers: true };
    assert_eq!(weight(&published), <Test as Config>::WeightInfo::match_orders(cost));
    for only in [None, Some(POOL)] {
        let mut request = request_order(1);
        request.trust = Trust(1);
        request.terms.only.pool = only;
        let orders = Match { request: sign(request), ..four(1) };
        let bytes = orders.encoded_size() as u32;
        let cost = Cost { bytes, signed: 4, counts_workers: only.is_some(), ..Cost::default() };
        assert_eq!(weight(&orders), <Test as Config>::WeightInfo::match_orders(cost));
    }
}
