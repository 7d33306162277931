//! What is held while the chain remembers orders, and comes back by itself.

use frame_support::{assert_noop, assert_ok};
use talka_primitives::StoragePrice;

use super::*;
use crate::Error;

const ENTRY: Balance = 70;

fn deposit_of(who: &str) -> Balance {
    held(HoldReason::Order, who)
}

/// What is held of who opened a deal.
fn of_deals(who: &str) -> Balance {
    held_for_deals(MarketHold::Deposit, who)
}

/// Run a test on a market on which it costs something to be remembered.
fn at_a_price(test: impl FnOnce()) {
    build_and_execute(|| {
        open_market();
        EntryDeposit::set(ENTRY);
        Storage::set(StoragePrice { item: 100, byte: 1 });
        test();
        Storage::set(StoragePrice::default());
    });
}

#[test]
fn are_of_who_makes_the_deal_for_the_deal_and_for_each_order_that_was_not_used_before() {
    at_a_price(|| {
        assert_ok!(match_orders(four(5)));
        let who = [PROVIDER, LIBRARY, OPERATOR, REQUESTER].map(deposit_of);
        assert_eq!((who, deposit_of(BROKER)), ([0; 4], 4 * ENTRY));
        assert_eq!(of_deals(BROKER), deal(0).deposit.amount);
        assert_eq!(deal(0).deposit.of, account(BROKER));
        assert!(of_deals(BROKER) > 0 && of_deals(REQUESTER) == 0);
        // The orders of the sellers are known by now, the request is another one.
        let mut request = request_order(5);
        request.terms.salt = Salt([9; 32]);
        assert_ok!(match_orders(Match { request: sign(request), ..four(5) }));
        assert_eq!(deposit_of(BROKER), 5 * ENTRY);
    });
}

#[test]
fn come_back_when_the_orders_have_expired() {
    at_a_price(|| {
        assert_ok!(match_orders(four(5)));
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Signed(app_order().into())));
        let mut other = app_order();
        other.terms.salt = Salt([9; 32]);
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Signed(other.into())));
        assert_eq!((deposit_of(BROKER), deposit_of(PROVIDER)), (4 * ENTRY, ENTRY));
        run_to(EXPIRY + 1);
        assert_eq!((deposit_of(BROKER), deposit_of(PROVIDER)), (4 * ENTRY, ENTRY));
        run_to(EXPIRY + 2);
        assert_eq!((deposit_of(BROKER), deposit_of(PROVIDER)), (0, 0));
        assert_eq!(free(PROVIDER), ENDOWMENT);
        assert_eq!(Entries::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn of_a_published_order_come_back_in_two_parts() {
    at_a_price(|| {
        let publication = Orders::deposit(&app_order().into());
        assert_ok!(publish(app_order()));
        assert_eq!(deposit_of(PROVIDER), publication + ENTRY);
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Signed(app_order().into())));
        assert_eq!(deposit_of(PROVIDER), ENTRY);
        run_to(EXPIRY + 2);
        assert_eq!(deposit_of(PROVIDER), 0);
    });
}

#[test]
fn that_cannot_be_held_are_the_end_of_it() {
    at_a_price(|| {
        let leave = |who: &str, rest: Balance| {
            let all = free(who);
            assert_ok!(Balances::transfer_allow_death(signed(who), account(SPONSOR), all - rest));
        };
        leave(PROVIDER, ENTRY + EXISTENTIAL_DEPOSIT - 1);
        let cancel = || Orders::cancel_order(signed(PROVIDER), Named::Signed(app_order().into()));
        assert_noop!(cancel(), Error::<Test>::FundsTooLow);
        assert_noop!(Orders::publish_order(signed(PROVIDER), app_order().into()), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(SPONSOR), account(PROVIDER), 1));
        assert_ok!(cancel());

        let mut app = app_order();
        app.terms.salt = Salt([9; 32]);
        let orders = Match { app: Some(sign(app)), ..four(5) };
        let of_deal = {
            assert_ok!(match_orders(orders.clone()));
            of_deals(BROKER)
        };
        // Enough for the deal, and not for the request, the only order that is new.
        leave(BROKER, of_deal + ENTRY + EXISTENTIAL_DEPOSIT - 1);
        let mut request = request_order(5);
        request.terms.salt = Salt([9; 32]);
        let orders = Match { request: sign(request), ..orders };
        assert_noop!(match_orders(orders.clone()), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(signed(SPONSOR), account(BROKER), 1));
        assert_ok!(match_orders(orders));
        assert_eq!(free(BROKER), EXISTENTIAL_DEPOSIT);
    });
}
