//! What the chain does by itself when orders end.

use frame_support::{assert_ok, weights::Weight};

use super::*;
use crate::{Config, Forgotten, Published, Shelves, UsedUp, WeightInfo};

#[test]
fn clears_away_a_published_order_that_was_used_up() {
    build_and_execute(|| {
        open_market();
        let id = publish(request_order(5)).unwrap();
        assert_ok!(match_orders(Match { request: Source::Published(id), ..four(5) }));
        // It stays listed nowhere, and its deposit comes back in the same block if that has room.
        assert_eq!(Orders::order(id).map(|view| view.left), Some(0));
        assert_eq!(UsedUp::<Test>::get().to_vec(), [id]);
        events();
        run_to(2);
        let deposit = Orders::deposit(&request_order(5).into());
        assert_eq!(events(), [Event::OrderEnded { order: id, signer: account(REQUESTER), deposit }]);
        assert_eq!(held(HoldReason::Order, REQUESTER), 0);
        assert!(!Published::<Test>::contains_key(id) && UsedUp::<Test>::get().is_empty());
        // What was bought of it is still remembered, so that the same order is not bought again.
        assert_eq!(entry(request_order(5)), Entry { used: 5, cancelled: false, published: false });
        let again = match_orders(four(5));
        assert_eq!(again, Err(crate::Error::<Test>::OrderConsumed.into()));
    });
}

#[test]
fn forgets_an_order_after_its_last_block() {
    build_and_execute(|| {
        open_market();
        let id = publish(pool_order()).unwrap();
        assert_ok!(match_orders(four(5)));
        assert_ok!(Orders::cancel_order(signed(PROVIDER), Named::Signed(app_order().into())));
        assert_eq!(Entries::<Test>::iter_keys().count(), 4);
        run_to(EXPIRY + 1);
        assert_eq!((Entries::<Test>::iter_keys().count(), Published::<Test>::iter_keys().count()), (4, 1));
        events();
        run_to(EXPIRY + 2);
        let deposit = Orders::deposit(&pool_order().into());
        assert_eq!(events(), [Event::OrderEnded { order: id, signer: account(OPERATOR), deposit }]);
        assert_eq!(Entries::<Test>::iter_keys().count(), 0);
        assert_eq!(Shelves::<Test>::iter_keys().count(), 0);
        assert_eq!(Forgotten::<Test>::get(), EXPIRY + 1);
        assert_eq!(held(HoldReason::Order, OPERATOR), 0);
    });
}

#[test]
fn waits_while_blocks_are_full_and_goes_on_in_order() {
    build_and_execute(|| {
        open_market();
        for salt in 0..10 {
            let mut order = app_order();
            order.terms = Terms { salt: Salt([salt; 32]), expiry: 10 + u32::from(salt / 5), ..order.terms };
            assert_ok!(publish(order));
        }
        run_to_with(20, Weight::zero());
        assert_eq!(Published::<Test>::iter_keys().count(), 10);
        let one = <Test as Config>::WeightInfo::clear();
        let look = <Test as Config>::WeightInfo::look_for_expired();
        // Room to get to block 10, and for three orders.
        run_to_with(21, one * 3 + look * 16);
        assert_eq!(Published::<Test>::iter_keys().count(), 7);
        assert!(Entries::<Test>::iter_keys().all(|(expiry, _)| expiry >= 10));
        run_to_with(22, one * 3 + look * 6);
        assert_eq!(Published::<Test>::iter_keys().count(), 4);
        run_to(23);
        assert_eq!(Published::<Test>::iter_keys().count(), 0);
        assert_eq!(free(PROVIDER), ENDOWMENT);
    });
}

#[test]
fn takes_no_more_than_there_is_room_for() {
    build_and_execute(|| {
        open_market();
        for salt in 0..20 {
            let mut order = request_order(1);
            order.terms = Terms { salt: Salt([salt; 32]), expiry: 10, ..order.terms };
            let id = publish(order).unwrap();
            assert_ok!(match_orders(Match { request: Source::Published(id), ..four(1) }));
        }
        use frame_support::traits::Hooks;
        for room in (0..40).map(|n| <Test as Config>::WeightInfo::clear() / 2 * n) {
            let used = Orders::on_idle(System::block_number(), room);
            assert!(used.all_lte(room), "{used} of {room}");
            System::set_block_number(System::block_number() + 1);
        }
        assert_eq!(Published::<Test>::iter_keys().count(), 0);
    });
}
