use codec::{Encode, MaxEncodedLen};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::GetDispatchInfo,
    weights::constants::{WEIGHT_REF_TIME_PER_MILLIS, WEIGHT_REF_TIME_PER_NANOS},
};
use talka_primitives::{
    audit::Assurance,
    deal::MAX_TASKS,
    restriction::{Insider, Insiders},
    traits::Market,
    DatasetTerms, Merit,
};

use super::*;
use crate::{Error, NextDealId, WeightInfo};

fn request(order: Request<u64>) -> sp_runtime::DispatchResult {
    Marketplace::request(signed(REQUESTER), order)
}

#[test]
fn makes_a_deal() {
    build_and_execute(|| {
        open_market();
        assert_ok!(request(order(24)));
        assert_eq!(
            events(),
            [Event::DealMade {
                deal: DEAL,
                requester: REQUESTER,
                payer: REQUESTER,
                pool: POOL,
                tasks: 24,
                price: PRICE
            }]
        );
        let deal = Deals::<Test>::get(DEAL).unwrap();
        assert_eq!((deal.requester, deal.beneficiary, deal.tasks), (REQUESTER, REQUESTER, 24));
        assert_eq!((deal.app_owner, deal.app_price), (OWNER, APP_PRICE));
        assert_eq!(deal.dataset, Some(DatasetTerms { id: DATASET, owner: OWNER, price: DATASET_PRICE }));
        assert_eq!((deal.operator, deal.pool_price, deal.operator_share), (OPERATOR, POOL_PRICE, Share(5)));
        assert_eq!((deal.worker_stake, deal.category), (8, category("XS")));
        assert_eq!(Marketplace::next_deal(), DealId(1));
    });
}

#[test]
fn holds_the_price_of_an_audit_where_there_can_be_one() {
    build_and_execute(|| {
        open_market();
        assert_ok!(request(Request { trust: Trust(4), ..order(24) }));
        let deal = Deals::<Test>::get(DEAL).unwrap();
        assert_eq!((deal.assurance, deal.audit_price()), (Assurance::Adjudicated, PRICE));
        assert_eq!(held(HoldReason::Payment, REQUESTER), (PRICE + PRICE) * 24);
        // It comes back where there was none, and with the price where the task fails.
        <Marketplace as Market<u64>>::pay(&deal, &OWNER, PRICE);
        <Marketplace as Market<u64>>::pay(&deal, &REQUESTER, deal.audit_price());
        <Marketplace as Market<u64>>::refund(&deal, 23);
        assert_eq!(held(HoldReason::Payment, REQUESTER), 0);
        assert_eq!(free(REQUESTER), ENDOWMENT - PRICE);
    });
}

#[test]
fn that_is_restricted_says_what_the_workers_of_the_pool_allow() {
    build_and_execute(|| {
        open_market();
        let among = |workers: usize, trust| {
            Inside::set(Insiders::of(vec![Insider { bond: 1_000, merit: Merit(0) }; workers]));
            request(Request { restricted: true, trust: Trust(trust), ..order(1) })
        };
        // Trust 4 takes two workers without merit, and an auditor.
        for (workers, trust) in [(0, 1), (0, 4), (1, 4), (2, 5)] {
            assert_noop!(among(workers, trust), Error::<Test>::TrustOutOfReach);
        }
        let bought = [
            (1, 1, Assurance::Unverified, 0),
            (2, 4, Assurance::Unaudited, 0),
            (3, 4, Assurance::Internal, PRICE),
        ];
        for (id, (workers, trust, assurance, audit)) in (0..).zip(bought) {
            assert_ok!(among(workers, trust));
            let deal = Deals::<Test>::get(DealId(id)).unwrap();
            assert_eq!((deal.assurance, deal.audit_price()), (assurance, audit));
        }
        // What is for everybody may wait for workers.
        Inside::set(Insiders::default());
        assert_ok!(request(Request { trust: Trust(4), ..order(1) }));
    });
}

#[test]
fn that_the_workers_of_the_pool_would_serve_in_vain_is_refused() {
    build_and_execute(|| {
        open_market();
        let among = |workers: usize, trust| {
            Inside::set(Insiders::of(vec![Insider { bond: 1_000, merit: Merit(0) }; workers]));
            request(Request { trust: Trust(trust), ..order(1) })
        };
        for (workers, trust) in [(1, 3), (2, 5), (19, 1_000_000)] {
            assert_noop!(among(workers, trust), Error::<Test>::TrustOutOfReach);
        }
        for (workers, trust) in [(1, 2), (2, 4), (20, 1_000_000), (30, 1_000_000)] {
            assert_ok!(among(workers, trust));
        }
    });
}

#[test]
fn weighs_more_where_the_workers_of_the_pool_are_counted() {
    let weight = |restricted, trust| {
        let order = Request { restricted, trust: Trust(trust), ..order(1) };
        crate::Call::<Test>::request { order }.get_dispatch_info().call_weight
    };
    let look = <Test as crate::Config>::WeightInfo::look_at_insiders();
    let counted = weight(false, 2).saturating_add(look);
    assert_eq!([weight(true, 1), weight(false, 3)], [counted; 2]);
}

#[test]
fn holds_the_price_and_the_guarantee_of_all_tasks() {
    build_and_execute(|| {
        open_market();
        assert_ok!(request(order(24)));
        assert_eq!(held(HoldReason::Payment, REQUESTER), PRICE * 24);
        assert_eq!(free(REQUESTER), ENDOWMENT - PRICE * 24);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), GUARANTEE * 24);
        assert_eq!(free(OPERATOR), ENDOWMENT - GUARANTEE * 24);
    });
}

#[test]
fn needs_no_dataset_and_may_be_for_somebody_else() {
    build_and_execute(|| {
        open_market();
        assert_ok!(request(Request { dataset: None, beneficiary: Some(STRANGER), ..order(1) }));
        let deal = Deals::<Test>::get(DEAL).unwrap();
        assert_eq!((deal.dataset, deal.beneficiary), (None, STRANGER));
        assert_eq!(held(HoldReason::Payment, REQUESTER), APP_PRICE + POOL_PRICE);
    });
}

#[test]
fn keeps_its_terms_when_everything_is_changed() {
    build_and_execute(|| {
        let before = deal(24);
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(1_000)));
        assert_ok!(Marketplace::set_dataset_price(signed(OWNER), DATASET, Some(1_000)));
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, None));
        assert_ok!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, PoolPolicy::default()));
        assert_ok!(Marketplace::set_category(signed(GOVERNOR), XS, category("other")));
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER));
        assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, STRANGER));
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        assert_eq!(Deals::<Test>::get(DEAL), Some(before));
    });
}

#[test]
fn is_refused_where_something_is_unknown() {
    build_and_execute(|| {
        open_market();
        assert_noop!(request(Request { app: AppId(1), ..order(1) }), Error::<Test>::UnknownApp);
        let no_dataset = Request { dataset: Some(DatasetId(1)), ..order(1) };
        assert_noop!(request(no_dataset), Error::<Test>::UnknownDataset);
        assert_noop!(request(Request { pool: PoolId(1), ..order(1) }), Error::<Test>::UnknownPool);
        let no_category = Request { category: UNKNOWN_CATEGORY, ..order(1) };
        assert_noop!(request(no_category), Error::<Test>::UnknownCategory);
    });
}

#[test]
fn with_a_deadline_of_the_next_block_is_refused_and_every_other_that_leaves_too_little_time() {
    build_and_execute(|| {
        open_market();
        for (trust, least) in [(Trust(1), LEAST), (Trust(4), LEAST_AUDITED)] {
            let until = |deadline| request(Request { deadline, trust, ..order(1) });
            for deadline in [2, least] {
                assert_noop!(until(deadline), Error::<Test>::DeadlineTooSoon);
            }
            assert_ok!(until(1 + least));
        }
    });
}

#[test]
fn is_refused_where_it_makes_no_sense() {
    build_and_execute(|| {
        open_market();
        let cases = [
            (Request { trust: Trust(0), ..order(1) }, Error::<Test>::InvalidTrust),
            (Request { trust: Trust(1_000_001), ..order(1) }, Error::<Test>::InvalidTrust),
            (order(0), Error::<Test>::NoTasks),
            (order(MAX_TASKS + 1), Error::<Test>::TooManyTasks),
            (Request { deadline: 1, ..order(1) }, Error::<Test>::DeadlineInPast),
            (Request { deadline: 2 + MAX_DURATION, ..order(1) }, Error::<Test>::DeadlineTooFar),
            (
                Request { arguments: vec![text(NOT_UTF8)].try_into().unwrap(), ..order(1) },
                Error::<Test>::NotText,
            ),
            (
                Request { parameters: Parameters::Range { first: u64::MAX }, ..order(2) },
                Error::<Test>::InvalidParameters,
            ),
            (
                Request {
                    parameters: Parameters::List { items: vec![text("one")].try_into().unwrap() },
                    ..order(2)
                },
                Error::<Test>::TooFewParameters,
            ),
        ];
        for (order, error) in cases {
            assert_noop!(request(order), error);
        }
    });
}

#[test]
fn is_refused_where_it_does_not_fit_what_is_for_sale() {
    build_and_execute(|| {
        open_market();
        assert_noop!(request(Request { category: S, ..order(1) }), Error::<Test>::CategoryNotServed);
        assert_noop!(request(Request { max_price: PRICE - 1, ..order(1) }), Error::<Test>::PriceOverLimit);
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(Balance::MAX)));
        let any_price = Request { max_price: Balance::MAX, ..order(1) };
        assert_noop!(request(any_price), Error::<Test>::PriceOverflow);
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(Balance::MAX / 3)));
        let any_price = Request { max_price: Balance::MAX, ..order(4) };
        assert_noop!(request(any_price), Error::<Test>::PriceOverflow);
        assert_ok!(publish_app(App { tags: Tags(0b1000), ..app() }));
        assert_noop!(request(Request { app: AppId(1), ..order(1) }), Error::<Test>::TagMissing);
        assert_ok!(publish_dataset(Dataset { tags: Tags(0b1000), ..dataset() }));
        let odd_dataset = Request { dataset: Some(DatasetId(1)), ..order(1) };
        assert_noop!(request(odd_dataset), Error::<Test>::TagMissing);
    });
}

/// A request for a task of an app at this price.
fn at_app_price(price: Balance) -> Request<u64> {
    Marketplace::set_app_price(signed(OWNER), APP, Some(price)).unwrap();
    Request { max_price: Balance::MAX, ..order(1) }
}

#[test]
fn is_refused_where_the_requester_cannot_pay() {
    build_and_execute(|| {
        open_market();
        let all = ENDOWMENT - EXISTENTIAL_DEPOSIT - DATASET_PRICE - POOL_PRICE;
        let order = at_app_price(all + 1);
        assert_noop!(request(order), Error::<Test>::RequesterCannotPay);
        let order = at_app_price(all);
        assert_noop!(Marketplace::request(signed(UNBORN), order.clone()), Error::<Test>::RequesterCannotPay);
        assert_ok!(request(order));
        assert_eq!(free(REQUESTER), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn is_refused_where_the_operator_cannot_guarantee() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, UNBORN));
        assert_ok!(Marketplace::accept_pool(signed(UNBORN), POOL, Balance::MAX));
        assert_noop!(request(order(1)), Error::<Test>::OperatorCannotGuarantee);
        let enough = GUARANTEE * 24 + EXISTENTIAL_DEPOSIT;
        assert_ok!(Balances::transfer_allow_death(signed(STRANGER), UNBORN, enough - 1));
        assert_noop!(request(order(24)), Error::<Test>::OperatorCannotGuarantee);
        assert_ok!(Balances::transfer_allow_death(signed(STRANGER), UNBORN, 1));
        assert_ok!(request(order(24)));
    });
}

#[test]
fn of_the_operator_itself_needs_both_together() {
    build_and_execute(|| {
        open_market();
        let request = |order| Marketplace::request(signed(OPERATOR), order);
        let all = ENDOWMENT - EXISTENTIAL_DEPOSIT - DATASET_PRICE - POOL_PRICE;
        for (app_price, error) in [
            (all + 1, Error::<Test>::RequesterCannotPay),
            (all, Error::<Test>::OperatorCannotGuarantee),
            (all - GUARANTEE + 1, Error::<Test>::OperatorCannotGuarantee),
        ] {
            let order = at_app_price(app_price);
            assert_noop!(request(order), error);
        }
        assert_ok!(request(at_app_price(all - GUARANTEE)));
        assert_eq!(free(OPERATOR), EXISTENTIAL_DEPOSIT);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), GUARANTEE);
    });
}

#[test]
fn for_nothing_needs_no_money() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(0)));
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(0)));
        assert_ok!(Marketplace::request(signed(UNBORN), Request { dataset: None, ..order(24) }));
        assert_eq!(held(HoldReason::Payment, UNBORN), 0);
    });
}

#[test]
fn buys_nothing_that_is_withdrawn_from_sale() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, None));
        assert_noop!(request(order(1)), Error::<Test>::NotForSale);
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, Some(APP_PRICE)));
        assert_ok!(Marketplace::set_dataset_price(signed(OWNER), DATASET, None));
        assert_noop!(request(order(1)), Error::<Test>::NotForSale);
        assert_ok!(request(Request { dataset: None, ..order(1) }));
    });
}

#[test]
fn ends_with_the_last_number() {
    new_test_ext().execute_with(|| {
        open_market();
        NextDealId::<Test>::put(DealId(u32::MAX));
        assert_noop!(request(order(1)), Error::<Test>::IdsExhausted);
    });
}

/// The storage of the whole chain: how many items, and how many bytes they are.
fn storage_size() -> (usize, usize) {
    let keys = std::iter::successors(Some(Vec::new()), |key| sp_io::storage::next_key(key)).skip(1);
    let sizes: Vec<_> = keys.map(|key| sp_io::storage::get(&key).unwrap().len()).collect();
    (sizes.len(), sizes.iter().sum())
}

#[test]
fn costs_the_same_for_one_task_and_for_ten_thousand() {
    let cost = |tasks| {
        new_test_ext().execute_with(|| {
            open_market();
            assert_ok!(request(order(tasks)));
            let weight = crate::Call::<Test>::request { order: order(tasks) }.get_dispatch_info().call_weight;
            (storage_size(), weight)
        })
    };
    assert_eq!(cost(1), cost(MAX_TASKS));
}

#[test]
fn weighs_a_millisecond_at_most() {
    let longest = Request::<[u8; 32]>::max_encoded_len() as u32;
    let weight = <Test as crate::Config>::WeightInfo::request(longest).ref_time();
    assert!(weight <= WEIGHT_REF_TIME_PER_MILLIS, "{weight}");
    let shortest = <Test as crate::Config>::WeightInfo::request(order(1).encoded_size() as u32).ref_time();
    assert!(weight - shortest > 1_000 * WEIGHT_REF_TIME_PER_NANOS, "length counts");
}
