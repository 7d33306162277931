use talka_primitives::traits::Market;

use super::*;

#[test]
fn knows_the_terms_of_a_deal() {
    build_and_execute(|| {
        let deal = deal(24);
        assert_eq!(Marketplace::deal(DEAL), Some(deal));
        assert_eq!(Marketplace::deal(DealId(1)), None);
    });
}

#[test]
fn pays_straight_out_of_the_hold() {
    build_and_execute(|| {
        let deal = deal(2);
        Marketplace::pay(&deal, &WORKER, 11);
        assert_eq!(free(WORKER), ENDOWMENT + 11);
        assert_eq!(held(HoldReason::Payment, REQUESTER), 2 * PRICE - 11);
        assert_eq!(free(REQUESTER), ENDOWMENT - 2 * PRICE);
        assert_eq!(events(), []);
    });
}

#[test]
fn pays_a_new_account_what_keeps_it_alive() {
    build_and_execute(|| {
        let deal = deal(2);
        Marketplace::pay(&deal, &UNBORN, EXISTENTIAL_DEPOSIT);
        assert_eq!(free(UNBORN), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn pays_the_fund_what_cannot_be_received() {
    build_and_execute(|| {
        let deal = deal(2);
        let amount = EXISTENTIAL_DEPOSIT - 1;
        Marketplace::pay(&deal, &UNBORN, amount);
        assert_eq!(events(), [Event::Unpayable { to: UNBORN, amount }]);
        assert_eq!((free(UNBORN), free(FUND)), (0, ENDOWMENT + amount));
        assert_eq!(held(HoldReason::Payment, REQUESTER), 2 * PRICE - amount);
    });
}

#[test]
fn pays_nothing_without_a_trace() {
    build_and_execute(|| {
        let deal = deal(2);
        System::reset_events();
        Marketplace::pay(&deal, &UNBORN, 0);
        assert_eq!(System::events(), []);
    });
}

#[test]
fn pays_although_the_requester_has_a_lock_on_its_account() {
    build_and_execute(|| {
        use frame_support::traits::{LockableCurrency, WithdrawReasons};
        let deal = deal(2);
        Balances::set_lock(*b"lockedup", &REQUESTER, ENDOWMENT, WithdrawReasons::all());
        Marketplace::pay(&deal, &WORKER, PRICE);
        assert_eq!(free(WORKER), ENDOWMENT + PRICE);
    });
}

#[test]
fn refunds_the_price_of_so_many_tasks() {
    build_and_execute(|| {
        let deal = deal(24);
        Marketplace::refund(&deal, 10);
        assert_eq!(held(HoldReason::Payment, REQUESTER), 14 * PRICE);
        assert_eq!(free(REQUESTER), ENDOWMENT - 14 * PRICE);
        Marketplace::refund(&deal, 14);
        assert_eq!((held(HoldReason::Payment, REQUESTER), free(REQUESTER)), (0, ENDOWMENT));
    });
}

#[test]
fn releases_the_guarantee_of_so_many_tasks() {
    build_and_execute(|| {
        let deal = deal(24);
        Marketplace::release_guarantee(&deal, 24);
        assert_eq!((held(HoldReason::Guarantee, OPERATOR), free(OPERATOR)), (0, ENDOWMENT));
    });
}

#[test]
fn seizes_a_part_of_the_guarantee_of_a_task_and_gives_the_rest_back() {
    build_and_execute(|| {
        let deal = deal(24);
        for seized in [0, 1, GUARANTEE, GUARANTEE + 1] {
            Marketplace::end_guarantee(&deal, seized);
        }
        let lost = 1 + 2 * GUARANTEE;
        assert_eq!(free(FUND), ENDOWMENT + lost);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 20 * GUARANTEE);
        assert_eq!(free(OPERATOR), ENDOWMENT - 20 * GUARANTEE - lost);
    });
}

#[test]
fn knows_the_operator_of_the_day_and_not_of_today() {
    build_and_execute(|| {
        let deal = deal(2);
        Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER).unwrap();
        Marketplace::release_guarantee(&deal, 2);
        assert_eq!((free(OPERATOR), free(STRANGER)), (ENDOWMENT, ENDOWMENT));
    });
}

#[test]
fn does_not_fail_where_even_the_refund_cannot_be_received() {
    build_and_execute(|| {
        // The account lives by a second provider, so that it could put everything it has on hold. What comes back is less
        // than keeps an account alive, and cannot be received.
        open_market();
        System::inc_providers(&UNBORN);
        Marketplace::set_app_price(signed(OWNER), APP, Some(1)).unwrap();
        Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(8)).unwrap();
        Balances::transfer_allow_death(signed(STRANGER), UNBORN, 2 * 9).unwrap();
        Marketplace::request(signed(UNBORN), Request { dataset: None, ..order(2) }).unwrap();
        assert_eq!(free(UNBORN), 0);
        events();

        let deal = Deals::<Test>::get(DEAL).unwrap();
        Marketplace::refund(&deal, 1);
        assert_eq!(events(), [Event::Unpayable { to: UNBORN, amount: 9 }]);
        assert_eq!((held(HoldReason::Payment, UNBORN), free(FUND)), (9, ENDOWMENT + 9));
    });
}

#[test]
fn loses_nothing_where_a_transfer_fails_half_way() {
    new_test_ext().execute_with(|| {
        // What is free of the requester does not keep it alive: a second provider does, and the hold. When the hold goes,
        // what is free is swept away as dust, and what comes back alone is too little.
        open_market();
        System::inc_providers(&UNBORN);
        Marketplace::set_app_price(signed(OWNER), APP, Some(1)).unwrap();
        Marketplace::set_pool_price(signed(OPERATOR), POOL, XS, Some(8)).unwrap();
        Balances::transfer_allow_death(signed(STRANGER), UNBORN, 2 * 9 + 5).unwrap();
        for _ in 0..2 {
            Marketplace::request(signed(UNBORN), Request { dataset: None, ..order(1) }).unwrap();
        }
        let deal = Deals::<Test>::get(DEAL).unwrap();
        Marketplace::pay(&deal, &WORKER, 9);
        assert_eq!((free(UNBORN), held(HoldReason::Payment, UNBORN)), (5, 9));
        events();

        Marketplace::refund(&deal, 1);
        assert_eq!(events(), [Event::Unpayable { to: UNBORN, amount: 9 }]);
        assert_eq!((free(FUND), held(HoldReason::Payment, UNBORN)), (ENDOWMENT + 9, 0));
        let people = [OWNER, OPERATOR, REQUESTER, WORKER, STRANGER, GOVERNOR, UNBORN, FUND];
        assert_eq!(people.iter().map(Balances::total_balance).sum::<Balance>(), Balances::total_issuance());
    });
}

#[test]
#[should_panic(expected = "the money is held and the audit fund can be paid")]
fn cannot_be_asked_for_more_than_is_held() {
    build_and_execute(|| {
        let deal = deal(1);
        Marketplace::pay(&deal, &WORKER, PRICE + 1);
    });
}
