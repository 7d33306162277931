use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    deposit::{ADMISSION, MEMBERSHIP},
    traits::Market,
    Admission, StoragePrice,
};

use super::*;
use crate::Error;

/// So that a deposit of one item is more than keeps an account alive.
const PRICE_OF_STORAGE: StoragePrice = StoragePrice { item: 100, byte: 1 };

fn deposit_of(who: u64) -> Balance {
    held(HoldReason::Deposit, who)
}

/// Run a test on a market on which storage has a price.
fn at_a_price(test: impl FnOnce()) {
    build_and_execute(|| {
        Storage::set(PRICE_OF_STORAGE);
        test();
        // What is checked afterwards does not depend on the price of now.
        Storage::set(StoragePrice::default());
    });
}

#[test]
fn are_held_for_what_is_published_in_proportion_to_its_texts() {
    at_a_price(|| {
        assert_ok!(publish_app(app()));
        let of_app = PRICE_OF_STORAGE.of(app().footprint());
        assert_eq!((deposit_of(OWNER), free(OWNER)), (of_app, ENDOWMENT - of_app));
        assert_eq!(Apps::<Test>::get(APP).unwrap().deposit, of_app);
        assert_ok!(publish_dataset(dataset()));
        assert_eq!(deposit_of(OWNER), of_app + PRICE_OF_STORAGE.of(dataset().footprint()));
        assert_ok!(publish_pool(policy()));
        let pool = Pools::<Test>::get(POOL).unwrap();
        assert_eq!(deposit_of(OPERATOR), PRICE_OF_STORAGE.of(pool.footprint()));
        // Prices and terms count as if there were as many as there can be.
        assert_ok!(Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(1)));
        assert_ok!(Marketplace::set_app_price(signed(OWNER), APP, None));
        assert_eq!(deposit_of(OPERATOR), pool.deposit);
    });
}

#[test]
fn cost_who_floods_the_chain_as_many_times_as_much() {
    at_a_price(|| {
        let one = PRICE_OF_STORAGE.of(app().footprint());
        let most = (ENDOWMENT - EXISTENTIAL_DEPOSIT) / one;
        for number in 1..=most {
            assert_ok!(publish_app(app()));
            assert_eq!(deposit_of(OWNER), number * one);
        }
        assert_noop!(publish_app(app()), Error::<Test>::FundsTooLow);
        assert_eq!(crate::NextAppId::<Test>::get(), AppId(most as u32));
    });
}

#[test]
fn that_cannot_be_held_are_the_end_of_it() {
    at_a_price(|| {
        for owner in [UNBORN, OWNER] {
            if owner == OWNER {
                let rest = PRICE_OF_STORAGE.of(dataset().footprint()) + EXISTENTIAL_DEPOSIT - 1;
                assert_ok!(Balances::transfer_allow_death(signed(OWNER), STRANGER, ENDOWMENT - rest));
            }
            assert_noop!(publish_app(App { owner, ..app() }), Error::<Test>::FundsTooLow);
            assert_noop!(publish_dataset(Dataset { owner, ..dataset() }), Error::<Test>::FundsTooLow);
        }
        assert_ok!(Balances::transfer_allow_death(signed(OPERATOR), STRANGER, ENDOWMENT - 1_000));
        assert_noop!(publish_pool(policy()), Error::<Test>::FundsTooLow);
    });
}

#[test]
fn change_with_the_length_of_addresses() {
    at_a_price(|| {
        assert_ok!(publish_app(app()));
        assert_ok!(publish_dataset(dataset()));
        let before = deposit_of(OWNER);
        let (short, long) = (uris("a"), uris([b'a'; 101]));
        assert_ok!(Marketplace::set_app_uris(signed(OWNER), APP, long.clone()));
        assert_eq!(deposit_of(OWNER), before + 101 - "file:///app.wasm".len() as Balance);
        assert_ok!(Marketplace::set_app_uris(signed(OWNER), APP, short.clone()));
        assert_ok!(Marketplace::set_dataset_uris(signed(OWNER), DATASET, short));
        let saved = "file:///app.wasm".len() + "file:///prices.csv".len() - 2;
        assert_eq!(deposit_of(OWNER), before - saved as Balance);
        let all = free(OWNER) - EXISTENTIAL_DEPOSIT - 99;
        assert_ok!(Balances::transfer_allow_death(signed(OWNER), STRANGER, all));
        assert_noop!(Marketplace::set_app_uris(signed(OWNER), APP, long), Error::<Test>::FundsTooLow);
    });
}

#[test]
fn keep_the_amount_that_was_held_when_the_price_changes() {
    at_a_price(|| {
        assert_ok!(publish_app(app()));
        let before = deposit_of(OWNER);
        Storage::set(StoragePrice { item: 1_000, byte: 10 });
        Marketplace::do_try_state().unwrap();
        assert_ok!(Marketplace::withdraw_app(signed(OWNER), APP));
        assert_eq!((deposit_of(OWNER), free(OWNER)), (0, ENDOWMENT));
        assert!(before > 0);
    });
}

#[test]
fn of_those_that_are_admitted_are_the_operators_and_of_members_their_own() {
    at_a_price(|| {
        assert_ok!(publish_pool(PoolPolicy { admission: Admission::Approval, ..policy() }));
        let of_pool = deposit_of(OPERATOR);
        let (admission, membership) = (PRICE_OF_STORAGE.of(ADMISSION), PRICE_OF_STORAGE.of(MEMBERSHIP));
        for _ in 0..2 {
            assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
            assert_eq!(deposit_of(OPERATOR), of_pool + admission);
        }
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, UNBORN));
        assert_eq!(deposit_of(OPERATOR), of_pool + 2 * admission);
        assert_noop!(Marketplace::join_pool(signed(UNBORN), POOL, None), Error::<Test>::FundsTooLow);
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        assert_eq!(deposit_of(WORKER), membership);
        assert_ok!(Marketplace::leave_pool(signed(WORKER)));
        assert_eq!((deposit_of(WORKER), free(WORKER)), (0, ENDOWMENT));
        assert_ok!(Marketplace::join_pool(signed(WORKER), POOL, None));
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, WORKER));
        assert_ok!(Marketplace::dismiss(signed(OPERATOR), POOL, UNBORN));
        assert_eq!((deposit_of(WORKER), deposit_of(OPERATOR)), (0, of_pool));
    });
}

#[test]
fn go_along_with_what_has_a_new_owner() {
    at_a_price(|| {
        open_market();
        assert_ok!(Marketplace::admit(signed(OPERATOR), POOL, WORKER));
        let (of_owner, of_operator) = (deposit_of(OWNER), deposit_of(OPERATOR));
        for to in [UNBORN, STRANGER] {
            assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, to));
            assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, to));
            assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, to));
            if to == UNBORN {
                assert_noop!(Marketplace::accept_app(signed(to), APP), Error::<Test>::NoAccount);
                assert_noop!(Marketplace::accept_dataset(signed(to), DATASET), Error::<Test>::NoAccount);
                assert_noop!(Marketplace::accept_pool(signed(to), POOL, 0), Error::<Test>::NoAccount);
            }
        }
        assert_ok!(Marketplace::accept_app(signed(STRANGER), APP));
        assert_ok!(Marketplace::accept_dataset(signed(STRANGER), DATASET));
        assert_ok!(Marketplace::accept_pool(signed(STRANGER), POOL, 0));
        assert_eq!(deposit_of(STRANGER), of_owner + of_operator);
        assert_eq!((deposit_of(OWNER), deposit_of(OPERATOR)), (0, 0));
        assert_ok!(Marketplace::dismiss(signed(STRANGER), POOL, WORKER));
        assert_ok!(Marketplace::withdraw_app(signed(STRANGER), APP));
        assert_ok!(Marketplace::withdraw_dataset(signed(STRANGER), DATASET));
        assert_ok!(Marketplace::withdraw_pool(signed(STRANGER), POOL));
        assert_eq!(free(STRANGER), ENDOWMENT + of_owner + of_operator);
    });
}

#[test]
fn do_not_leave_an_account_that_is_frozen() {
    at_a_price(|| {
        use frame_support::traits::{LockableCurrency, WithdrawReasons};
        open_market();
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER));
        Balances::set_lock(*b"lockedup", &OWNER, ENDOWMENT, WithdrawReasons::all());
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::DepositFrozen);
    });
}

#[test]
fn of_deals_are_held_until_they_are_forgotten_and_grow_with_their_tasks() {
    at_a_price(|| {
        open_market();
        assert_ok!(Marketplace::request(signed(REQUESTER), order(1)));
        let one = deposit_of(REQUESTER);
        let deal = Deals::<Test>::get(DEAL).unwrap();
        assert_eq!((deal.deposit.of, deal.deposit.amount), (REQUESTER, one));
        assert_eq!(one, PRICE_OF_STORAGE.of(deal.footprint()));
        assert_ok!(Marketplace::request(signed(REQUESTER), order(101)));
        assert_eq!(deposit_of(REQUESTER), 2 * one + 100 * (100 + 120));
        Marketplace::refund(&deal, 1);
        Marketplace::release_guarantee(&deal, 1);
        Marketplace::close(&deal);
        Marketplace::forget(DEAL);
        assert_eq!(deposit_of(REQUESTER), one + 100 * (100 + 120));
        assert_eq!(Marketplace::deals_of(&REQUESTER, DEAL, 9).len(), 1);
        assert_eq!(Marketplace::deal(DEAL), None);
        // Forgotten once is forgotten.
        Marketplace::forget(DEAL);
        assert_eq!(deposit_of(REQUESTER), one + 100 * (100 + 120));
    });
}

#[test]
fn of_a_deal_are_needed_beside_what_else_is_held_for_it() {
    at_a_price(|| {
        open_market();
        let bought = order(1);
        let payment = PRICE;
        let deposit = {
            assert_ok!(Marketplace::request(signed(REQUESTER), bought.clone()));
            deposit_of(REQUESTER)
        };
        // The operator buys of itself: its pool, what it pays, what it guarantees, and the deposit.
        for (who, more) in [(STRANGER, 0), (OPERATOR, GUARANTEE)] {
            let needed = payment + deposit + more + EXISTENTIAL_DEPOSIT;
            let rest = free(who) - needed + 1;
            assert_ok!(Balances::transfer_allow_death(signed(who), WORKER, rest));
            let request = || Marketplace::request(signed(who), bought.clone());
            assert_noop!(request(), Error::<Test>::FundsTooLow);
            assert_ok!(Balances::transfer_allow_death(signed(WORKER), who, 1));
            if who == STRANGER {
                assert_ok!(request());
                assert_eq!(free(who), EXISTENTIAL_DEPOSIT);
            }
        }
        assert_ok!(Marketplace::request(signed(OPERATOR), bought));
        assert_eq!(free(OPERATOR), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn come_back_whatever_they_were_for() {
    at_a_price(|| {
        open_market();
        assert_ok!(Marketplace::withdraw_app(signed(OWNER), APP));
        assert_ok!(Marketplace::withdraw_dataset(signed(OWNER), DATASET));
        assert_ok!(Marketplace::withdraw_pool(signed(OPERATOR), POOL));
        assert_eq!((free(OWNER), free(OPERATOR)), (ENDOWMENT, ENDOWMENT));
    });
}
