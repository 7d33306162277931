//! Each way in which orders cannot become a deal has an error of its own, and changes nothing.

use frame_support::{assert_noop, assert_ok};
use talka_primitives::{deal::MAX_TASKS, order::Party, GroupId};

use super::*;
use crate::Error;

type Market = talka_pallet_marketplace::Error<Test>;

/// The four orders, with another app order.
fn app(change: impl FnOnce(&mut AppOrder<AccountId>)) -> Orders4 {
    let mut order = app_order();
    change(&mut order);
    Match { app: Some(sign(order)), ..four(1) }
}

fn dataset(change: impl FnOnce(&mut DatasetOrder<AccountId>)) -> Orders4 {
    let mut order = dataset_order();
    change(&mut order);
    Match { dataset: Some(sign(order)), ..four(1) }
}

fn pool(change: impl FnOnce(&mut PoolOrder<AccountId>)) -> Orders4 {
    let mut order = pool_order();
    change(&mut order);
    Match { pool: PoolSource::Ordered(sign(order)), ..four(1) }
}

fn request(change: impl FnOnce(&mut RequestOrder<AccountId>)) -> Orders4 {
    let mut order = request_order(1);
    change(&mut order);
    Match { request: sign(order), ..four(1) }
}

/// The same change of the terms of each of the four orders in turn.
fn each(change: impl Fn(&mut Terms<AccountId>)) -> [Orders4; 4] {
    [
        app(|order| change(&mut order.terms)),
        dataset(|order| change(&mut order.terms)),
        pool(|order| change(&mut order.terms)),
        request(|order| change(&mut order.terms)),
    ]
}

/// Refused with this error; nothing is stored, held or spent: `assert_noop` compares the whole state.
fn refuses(orders: impl IntoIterator<Item = Orders4>, error: impl Into<DispatchError>) {
    let error = error.into();
    for orders in orders {
        assert_noop!(match_orders(orders), error);
    }
}

fn test(refusals: impl FnOnce()) {
    build_and_execute(|| {
        open_market();
        refusals();
        let (one, two) = (wealth(REQUESTER), wealth(OPERATOR));
        assert_eq!((one, two), (ENDOWMENT, ENDOWMENT));
        // What was changed in them was all that was wrong with the orders.
        assert_ok!(match_orders(four(1)));
    });
}

#[test]
fn foreign_signature() {
    test(|| {
        refuses(
            [Match { app: Some(sign_as(app_order(), &pair(BROKER))), ..four(1) }],
            Error::<Test>::BadSignature,
        );
        let forged = Source::Signed(SignedOrder {
            order: request_order(1),
            genesis: GENESIS,
            signature: OrderSignature::Raw(sr25519::Signature::from_raw([7; 64]).into()),
        });
        refuses([Match { request: forged, ..four(1) }], Error::<Test>::BadSignature);
    });
}

#[test]
fn signature_in_the_other_form() {
    test(|| {
        let Source::Signed(SignedOrder { order, genesis, signature: OrderSignature::Raw(signature) }) =
            sign(request_order(1))
        else {
            unreachable!("it is signed raw")
        };
        let signature = OrderSignature::Wrapped(signature);
        let request = Source::Signed(SignedOrder { order, genesis, signature });
        refuses([Match { request, ..four(1) }], Error::<Test>::BadSignature);
    });
}

#[test]
fn signature_for_another_chain() {
    test(|| {
        let order = request_order(1);
        let elsewhere = [8; 32];
        let signature = pair(REQUESTER).sign(&order_id(&elsewhere, &order.clone().into()).0);
        let signed = |genesis| {
            let signature = OrderSignature::Raw(MultiSignature::Sr25519(signature));
            Source::Signed(SignedOrder { order: order.clone(), genesis, signature })
        };
        refuses([Match { request: signed(elsewhere), ..four(1) }], Error::<Test>::WrongChain);
        // Nor does it help to say that it was signed for this one.
        refuses([Match { request: signed(GENESIS), ..four(1) }], Error::<Test>::BadSignature);
    });
}

#[test]
fn tampered_field() {
    test(|| {
        let tampers: [fn(&mut RequestOrder<AccountId>); 13] = [
            |order| order.app = AppId(1),
            |order| order.dataset = None,
            |order| order.category = CategoryId(1),
            |order| order.trust = Trust(1),
            |order| order.arguments = vec!["x".try_into().unwrap()].try_into().unwrap(),
            |order| order.parameters = Parameters::Range { first: 1 },
            |order| order.beneficiary = Some(account(BROKER)),
            |order| order.deadline = 501,
            |order| order.terms.signer = account(BROKER),
            |order| order.terms.price += 1,
            |order| order.terms.volume += 1,
            |order| order.terms.expiry += 1,
            |order| order.terms.salt = Salt([1; 32]),
        ];
        for tamper in tampers {
            let Source::Signed(mut request) = sign(request_order(1)) else { unreachable!("it is signed") };
            tamper(&mut request.order);
            refuses([Match { request: Source::Signed(request), ..four(1) }], Error::<Test>::BadSignature);
        }
    });
}

#[test]
fn expired() {
    test(|| {
        System::set_block_number(50);
        refuses(each(|terms| terms.expiry = 49), Error::<Test>::OrderExpired);
        refuses(each(|terms| terms.expiry = 51 + MAX_LIFE), Error::<Test>::ExpiryTooFar);
    });
}

#[test]
fn expired_in_the_block_after_its_last() {
    build_and_execute(|| {
        open_market();
        System::set_block_number(EXPIRY + 1);
        assert_noop!(match_orders(four(1)), Error::<Test>::OrderExpired);
        System::set_block_number(EXPIRY);
        assert_ok!(match_orders(four(1)));
    });
}

#[test]
fn consumed() {
    for kind in 0..4 {
        build_and_execute(|| {
            open_market();
            let small = each(|terms| terms.volume = 1)[kind].clone();
            // The others are not used up by it; so another request meets the same small order again.
            let other = |salt| request(|order| order.terms.salt = Salt([salt; 32])).request;
            let again = |salt| match kind {
                3 => small.clone(),
                _ => Match { request: other(salt), ..small.clone() },
            };
            assert_ok!(match_orders(again(1)));
            refuses([again(2)], Error::<Test>::OrderConsumed);
        });
    }
}

#[test]
fn cancelled() {
    test(|| {
        let salt = |terms: &mut Terms<AccountId>| terms.salt = Salt([6; 32]);
        let mut orders: [Order<AccountId>; 4] =
            [app_order().into(), dataset_order().into(), pool_order().into(), request_order(1).into()];
        for order in &mut orders {
            match order {
                Order::App(order) => salt(&mut order.terms),
                Order::Dataset(order) => salt(&mut order.terms),
                Order::Pool(order) => salt(&mut order.terms),
                Order::Request(order) => salt(&mut order.terms),
            }
            let signer = RuntimeOrigin::signed(order.terms().signer.clone());
            assert_ok!(Orders::cancel_order(signer, Named::Signed(order.clone())));
        }
        refuses(each(salt), Error::<Test>::OrderCancelled);
    });
}

#[test]
fn volume_zero() {
    test(|| refuses(each(|terms| terms.volume = 0), Error::<Test>::NoVolume));
}

#[test]
fn price_over_the_limit() {
    test(|| {
        refuses([request(|order| order.terms.price = PRICE - 1)], Market::PriceOverLimit);
        let [app, dataset, pool, _] = each(|terms| terms.price += 1);
        refuses([app, dataset, pool], Market::PriceOverLimit);
        let [app, ..] = each(|terms| terms.price = Balance::MAX);
        refuses([app], Market::PriceOverflow);
    });
}

#[test]
fn category_mismatch_or_unknown() {
    test(|| {
        refuses([pool(|order| order.category = CategoryId(1))], Market::CategoryMismatch);
        refuses([request(|order| order.category = CategoryId(1))], Market::CategoryMismatch);
        let mut orders = pool(|order| order.category = CategoryId(9));
        orders.request = request(|order| order.category = CategoryId(9)).request;
        refuses([orders], Market::UnknownCategory);
    });
}

#[test]
fn trust_too_high_or_impossible() {
    test(|| {
        refuses([request(|order| order.trust = Trust(11))], Market::TrustTooHigh);
        refuses([request(|order| order.trust = Trust(0))], Market::InvalidTrust);
        refuses([pool(|order| order.trust = Trust(3))], Market::TrustTooHigh);
    });
}

#[test]
fn missing_tag() {
    test(|| refuses(each(|terms| terms.tags = Tags(0b1000)), Market::TagMissing));
}

#[test]
fn restriction_violated() {
    test(|| {
        let stranger = || Some(Party::Account(account(BROKER)));
        let nobody = || Some(Party::Group(GroupId(0)));
        refuses(each(|terms| terms.only.app = Some(AppId(1))), Market::NotForThisApp);
        refuses(each(|terms| terms.only.dataset = Some(DatasetId(1))), Market::NotForThisDataset);
        refuses(each(|terms| terms.only.pool = Some(PoolId(1))), Market::NotForThisPool);
        refuses(each(|terms| terms.only.requester = stranger()), Market::NotForThisRequester);
        refuses(each(|terms| terms.only.requester = nobody()), Market::NotForThisRequester);
        refuses(each(|terms| terms.only.operator = stranger()), Market::NotForThisOperator);
        refuses(each(|terms| terms.only.operator = nobody()), Market::NotForThisOperator);
    });
}

#[test]
fn owner_changed_since_signing() {
    build_and_execute(|| {
        open_market();
        give_app(PROVIDER, BROKER);
        refuses([four(1)], Market::OwnerChanged);
        give_app(BROKER, PROVIDER);
        give_dataset(LIBRARY, BROKER);
        refuses([four(1)], Market::OwnerChanged);
        give_dataset(BROKER, LIBRARY);
        let published = publish(pool_order()).unwrap();
        give_pool(OPERATOR, BROKER);
        let orders = Match { pool: PoolSource::Ordered(Source::Published(published)), ..four(1) };
        refuses([four(1), orders], Market::OwnerChanged);
    });
}

#[test]
fn unknown_asset() {
    test(|| {
        let mut orders = app(|order| order.app = AppId(9));
        orders.request = request(|order| order.app = AppId(9)).request;
        refuses([orders], Market::UnknownApp);
        let mut orders = dataset(|order| order.dataset = DatasetId(9));
        orders.request = request(|order| order.dataset = Some(DatasetId(9))).request;
        refuses([orders], Market::UnknownDataset);
        refuses([pool(|order| order.pool = PoolId(9))], Market::UnknownPool);
        refuses([Match { pool: PoolSource::Listed(PoolId(9)), ..four(1) }], Market::UnknownPool);
    });
}

#[test]
fn order_for_something_else() {
    test(|| {
        refuses([app(|order| order.app = AppId(9))], Market::AppMismatch);
        refuses([dataset(|order| order.dataset = DatasetId(9))], Market::DatasetMismatch);
        refuses([request(|order| order.dataset = None)], Market::DatasetMismatch);
        refuses([Match { app: None, ..four(1) }, Match { dataset: None, ..four(1) }], Market::NotForSale);
        refuses([Match { pool: PoolSource::Listed(POOL), ..four(1) }], Market::CategoryNotServed);
    });
}

#[test]
fn unknown_or_other_order_under_an_identifier() {
    build_and_execute(|| {
        open_market();
        refuses(
            [Match { request: Source::Published(OrderId([1; 32])), ..four(1) }],
            Error::<Test>::UnknownOrder,
        );
        let app = publish(app_order()).unwrap();
        refuses([Match { request: Source::Published(app), ..four(1) }], Error::<Test>::WrongKind);
    });
}

#[test]
fn requester_operator_or_sponsor_without_funds() {
    build_and_execute(|| {
        open_market();
        let poor = request(|order| order.terms.signer = account(POOR));
        refuses([poor], Market::RequesterCannotPay);
        assert_noop!(Orders::sponsor_orders(signed(POOR), Box::new(four(1))), Market::SponsorCannotPay);
        assert_ok!(Balances::transfer_all(signed(OPERATOR), account(BROKER), true));
        refuses([four(1)], Market::OperatorCannotGuarantee);
        assert_eq!((wealth(REQUESTER), wealth(POOR)), (ENDOWMENT, 0));
    });
}

#[test]
fn bag_too_long_or_empty() {
    test(|| {
        refuses([request(|order| order.terms.volume = MAX_TASKS + 1)], Market::TooManyTasks);
        refuses([request(|order| order.terms.volume = 0)], Error::<Test>::NoVolume);
    });
}

#[test]
fn parameters_shorter_than_the_bag_or_impossible() {
    test(|| {
        let items = vec!["one".try_into().unwrap()].try_into().unwrap();
        let short = request(|order| {
            order.parameters = Parameters::List { items };
            order.terms.volume = 2;
        });
        refuses([short], Market::TooFewParameters);
        let beyond = request(|order| {
            order.parameters = Parameters::Range { first: u64::MAX };
            order.terms.volume = 2;
        });
        refuses([beyond], Market::InvalidParameters);
        let binary = vec![vec![0xff].try_into().unwrap()].try_into().unwrap();
        refuses([request(|order| order.arguments = binary)], Market::NotText);
    });
}

#[test]
fn deadline_past_or_too_far_or_too_soon() {
    test(|| {
        refuses([request(|order| order.deadline = 1)], Market::DeadlineInPast);
        // A task of the mock's category takes up to 323 blocks with its audit.
        refuses([request(|order| order.deadline = 323)], Market::DeadlineTooSoon);
        refuses([request(|order| order.deadline = 2 + MAX_DURATION)], Market::DeadlineTooFar);
    });
}

#[test]
fn caller_without_a_signature() {
    test(|| {
        assert_noop!(
            Orders::match_orders(RuntimeOrigin::none(), Box::new(four(1))),
            DispatchError::BadOrigin
        );
        assert_noop!(
            Orders::sponsor_orders(RuntimeOrigin::root(), Box::new(four(1))),
            DispatchError::BadOrigin
        );
    });
}
