use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::{Error, Published};

fn cancel(who: &str, order: Named<AccountId>) -> DispatchResult {
    Orders::cancel_order(signed(who), order)
}

#[test]
fn takes_back_an_order_that_was_signed_off_chain() {
    build_and_execute(|| {
        open_market();
        assert_ok!(match_orders(four(5)));
        events();
        assert_ok!(cancel(PROVIDER, Named::Signed(app_order().into())));
        assert_eq!(events(), [Event::OrderCancelled { order: id(app_order()), signer: account(PROVIDER) }]);
        assert_eq!(entry(app_order()), Entry { used: 5, cancelled: true, published: false });
        assert_noop!(match_orders(four(6)), Error::<Test>::OrderCancelled);
    });
}

#[test]
fn takes_back_a_published_order_in_both_its_forms_and_gives_the_deposit_back() {
    build_and_execute(|| {
        open_market();
        for by_name in [true, false] {
            let mut order = app_order();
            order.terms.salt = Salt([u8::from(by_name) + 1; 32]);
            let id = publish(order.clone()).unwrap();
            events();
            let named = if by_name { Named::Published(id) } else { Named::Signed(order.clone().into()) };
            assert_ok!(cancel(PROVIDER, named));
            let deposit = Orders::deposit(&order.clone().into());
            assert_eq!(
                events(),
                [
                    Event::OrderEnded { order: id, signer: account(PROVIDER), deposit },
                    Event::OrderCancelled { order: id, signer: account(PROVIDER) },
                ]
            );
            assert_eq!((held(HoldReason::Order, PROVIDER), free(PROVIDER)), (0, ENDOWMENT));
            assert!(!Published::<Test>::contains_key(id));
            assert_noop!(
                match_orders(Match { app: Some(sign(order)), ..four(1) }),
                Error::<Test>::OrderCancelled
            );
            assert_noop!(
                match_orders(Match { app: Some(Source::Published(id)), ..four(1) }),
                Error::<Test>::UnknownOrder
            );
        }
    });
}

#[test]
fn leaves_deals_that_were_made_alone() {
    build_and_execute(|| {
        open_market();
        assert_ok!(match_orders(four(5)));
        let before = deal(0);
        assert_ok!(cancel(OPERATOR, Named::Signed(pool_order().into())));
        assert_eq!(deal(0), before);
        assert_eq!(held_for_deals(MarketHold::Payment, REQUESTER), 5 * RESERVE);
    });
}

#[test]
fn is_refused_to_others() {
    build_and_execute(|| {
        open_market();
        let id = publish(app_order()).unwrap();
        assert_noop!(cancel(BROKER, Named::Published(id)), Error::<Test>::NotSigner);
        assert_noop!(cancel(BROKER, Named::Signed(app_order().into())), Error::<Test>::NotSigner);
        // The new owner of an app has no say in the old one's orders: they sell nothing any more.
        give_app(PROVIDER, BROKER);
        assert_noop!(cancel(BROKER, Named::Published(id)), Error::<Test>::NotSigner);
        assert_ok!(cancel(PROVIDER, Named::Published(id)));
    });
}

#[test]
fn is_refused_where_there_is_nothing_to_take_back() {
    build_and_execute(|| {
        open_market();
        assert_noop!(cancel(PROVIDER, Named::Published(id(app_order()))), Error::<Test>::UnknownOrder);
        let signed = |order: AppOrder<AccountId>| Named::Signed(order.into());
        assert_ok!(cancel(PROVIDER, signed(app_order())));
        assert_noop!(cancel(PROVIDER, signed(app_order())), Error::<Test>::OrderCancelled);
        let mut order = app_order();
        order.terms.expiry = 0;
        assert_noop!(cancel(PROVIDER, signed(order.clone())), Error::<Test>::OrderExpired);
        order.terms.expiry = 2 + MAX_LIFE;
        assert_noop!(cancel(PROVIDER, signed(order.clone())), Error::<Test>::ExpiryTooFar);
        order.terms = Terms { expiry: EXPIRY, volume: 1, ..order.terms };
        assert_ok!(match_orders(Match { app: Some(sign(order.clone())), ..four(1) }));
        assert_noop!(cancel(PROVIDER, signed(order)), Error::<Test>::OrderConsumed);
    });
}
