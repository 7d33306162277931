//! Deals that one of their orders restricts: the assurance that is left, and what is refused.

use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    audit::Assurance,
    order::Party,
    restriction::{Insider, Insiders},
    GroupId, Merit,
};

use super::*;

type Market = talka_pallet_marketplace::Error<Test>;

/// From now on the pool has this number of workers, all without merit.
fn workers(number: usize) {
    Inside::set(Insiders::of(vec![Insider { bond: 1_000, merit: Merit(0) }; number]));
}

/// What restricts a deal to the workers of its pool.
fn confining() -> [Restrictions<AccountId>; 4] {
    [
        Restrictions { pool: Some(POOL), ..Default::default() },
        Restrictions { operator: Some(Party::Account(account(OPERATOR))), ..Default::default() },
        Restrictions { requester: Some(Party::Account(account(REQUESTER))), ..Default::default() },
        Restrictions { requester: Some(Party::Group(GroupId(0))), ..Default::default() },
    ]
}

/// Four orders, with these restrictions in that of the app, of the dataset and of the pool in turn.
fn sold(only: &Restrictions<AccountId>, request: RequestOrder<AccountId>) -> [Orders4; 3] {
    let (mut app, mut dataset, mut pool) = (app_order(), dataset_order(), pool_order());
    for terms in [&mut app.terms, &mut dataset.terms, &mut pool.terms] {
        terms.only = only.clone();
    }
    let four = || Match { request: sign(request.clone()), ..four(1) };
    [
        Match { app: Some(sign(app)), ..four() },
        Match { dataset: Some(sign(dataset)), ..four() },
        Match { pool: PoolSource::Ordered(sign(pool)), ..four() },
    ]
}

/// A request with these restrictions; the number makes it different from others.
fn request(only: &Restrictions<AccountId>, number: u8) -> RequestOrder<AccountId> {
    let mut request = request_order(1);
    request.terms.only = only.clone();
    request.terms.salt = Salt([number; 32]);
    request
}

/// The market is open, and the requester is a member of the group.
fn test(test: impl FnOnce()) {
    build_and_execute(|| {
        open_market();
        assert_ok!(Groups::create_group(signed(LIBRARY), b"readers".to_vec().try_into().unwrap()));
        let readers = vec![account(REQUESTER)].try_into().unwrap();
        assert_ok!(Groups::add_members(signed(LIBRARY), GroupId(0), readers));
        test();
    });
}

#[test]
fn says_what_the_workers_of_the_pool_allow() {
    test(|| {
        let mut made = 0;
        // Trust 4 takes two workers without merit, and an auditor.
        for (number, assurance, each) in [(2, Assurance::Unaudited, PRICE), (3, Assurance::Internal, RESERVE)]
        {
            workers(number);
            for only in confining() {
                let before = held_for_deals(MarketHold::Payment, REQUESTER);
                assert_ok!(match_orders(Match { request: sign(request(&only, made as u8)), ..four(1) }));
                assert_eq!(deal(made).assurance, assurance);
                assert_eq!(held_for_deals(MarketHold::Payment, REQUESTER) - before, each);
                made += 1;
            }
        }
        let open = Match { request: sign(request(&Restrictions::default(), 99)), ..four(1) };
        assert_ok!(match_orders(open));
        assert_eq!(deal(made).assurance, Assurance::Adjudicated);
    });
}

#[test]
fn holds_for_the_restrictions_of_sellers_where_the_request_is_restricted_too() {
    test(|| {
        workers(3);
        let mut made = 0;
        for only in confining() {
            for place in 0..3 {
                let request = request(&Restrictions { pool: Some(POOL), ..Default::default() }, made as u8);
                let orders = sold(&only, request)[place].clone();
                assert_ok!(match_orders(orders));
                assert_eq!(deal(made).assurance, Assurance::Internal);
                made += 1;
            }
        }
    });
}

#[test]
fn is_not_brought_about_by_sellers_alone() {
    test(|| {
        workers(3);
        for only in confining() {
            for orders in sold(&only, request_order(1)) {
                assert_noop!(match_orders(orders), Market::NotRestricted);
            }
        }
        // At trust 1 there is nothing to be lowered.
        let unverified = RequestOrder { trust: Trust(1), ..request_order(1) };
        let [app, ..] = sold(&confining()[0], unverified);
        assert_ok!(match_orders(app));
        assert_eq!(deal(0).assurance, Assurance::Unverified);
    });
}

#[test]
fn is_refused_where_nobody_can_reach_the_trust() {
    test(|| {
        for number in [0, 1] {
            workers(number);
            for only in confining() {
                let orders = Match { request: sign(request(&only, 0)), ..four(1) };
                assert_noop!(match_orders(orders), Market::TrustOutOfReach);
            }
        }
        // What is for everybody may wait for workers.
        workers(0);
        assert_ok!(match_orders(four(1)));
    });
}
