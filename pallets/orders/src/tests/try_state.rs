use frame_support::traits::fungible::MutateHold;
use sp_runtime::TryRuntimeError;
use talka_primitives::{
    order::{Publication, Remembered, Shelf},
    Deposit,
};

use super::*;
use crate::{Forgotten, Published, Shelves, UsedUp};

/// A book with a published order of a pool, and something wrong with it.
fn broken(spoil: impl FnOnce(OrderId)) -> Result<(), TryRuntimeError> {
    new_test_ext().execute_with(|| {
        open_market();
        let id = publish(pool_order()).unwrap();
        Orders::do_try_state().unwrap();
        spoil(id);
        Orders::do_try_state()
    })
}

fn spoilt_entry(spoil: impl FnOnce(&mut Entry)) -> Result<(), TryRuntimeError> {
    broken(|id| Entries::<Test>::mutate(EXPIRY, id, |known| spoil(&mut known.as_mut().unwrap().entry)))
}

#[test]
fn notices_an_order_under_a_wrong_identifier_or_off_its_shelf() {
    let publication = |id| Published::<Test>::get(id).unwrap();
    assert_eq!(
        broken(|id| Published::<Test>::insert(
            id,
            Publication { order: app_order().into(), ..publication(id) }
        )),
        Err("orders 1: an order under a wrong identifier".into())
    );
    assert_eq!(
        broken(|id| Shelves::<Test>::remove(Shelf::Pools(XS), id)),
        Err("orders 1: an order is on no shelf".into())
    );
    assert_eq!(
        broken(|id| Shelves::<Test>::insert(Shelf::App(APP), id, ())),
        Err("orders 1: something else is on a shelf".into())
    );
}

#[test]
fn notices_an_order_that_is_not_remembered_or_not_there() {
    assert_eq!(
        spoilt_entry(|entry| entry.published = false),
        Err("orders 2: an order is not remembered".into())
    );
    let entry = Entry { published: true, ..Entry::default() };
    let ghost = Remembered { entry, deposit: Deposit { of: account(OPERATOR), amount: 0 } };
    assert_eq!(
        broken(|_| Entries::<Test>::insert(EXPIRY, OrderId([5; 32]), ghost)),
        Err("orders 2: an order is remembered as published that is not".into())
    );
}

#[test]
fn notices_a_deposit_that_is_not_held() {
    let outcome = Err("orders 3: the hold is not the sum of deposits".into());
    let hold = |amount| Balances::hold(&HoldReason::Order.into(), &account(OPERATOR), amount).unwrap();
    assert_eq!(broken(|_| hold(1)), outcome);
    let spoilt = |deposit: Deposit<AccountId>| {
        broken(|id| Entries::<Test>::mutate(EXPIRY, id, |known| known.as_mut().unwrap().deposit = deposit))
    };
    assert_eq!(spoilt(Deposit { of: account(OPERATOR), amount: 1 }), outcome);
    let outcome = Err("orders 3: a deposit of nobody".into());
    assert_eq!(spoilt(Deposit { of: account(POOR), amount: 1 }), outcome);
}

#[test]
fn notices_an_order_that_is_oversold_or_cancelled() {
    assert_eq!(spoilt_entry(|entry| entry.used = PLENTY + 1), Err("orders 4: an order is oversold".into()));
    assert_eq!(
        spoilt_entry(|entry| entry.cancelled = true),
        Err("orders 4: a cancelled order is published".into())
    );
    assert_eq!(
        broken(|id| UsedUp::<Test>::put(frame_support::BoundedVec::truncate_from(vec![id]))),
        Err("orders 4: an open order is to be cleared away".into())
    );
}

#[test]
fn notices_what_should_be_forgotten() {
    assert_eq!(
        broken(|_| Forgotten::<Test>::put(EXPIRY + 1)),
        Err("orders 5: something from the past is remembered".into())
    );
}
