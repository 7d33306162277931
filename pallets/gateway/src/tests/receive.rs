//! Orders, as the bridge brings them.

use talka_pallet_marketplace::{Error as MarketError, HoldReason as MarketHold};
use talka_primitives::{bridge::Outcome as Ended, gateway::PendingCall, traits::Requests, Parameters};

use super::*;
use crate::Refusal;

/// The order was refused for this reason, the contract was told so, and its money goes back.
fn refused(message: &[u8], amount: Balance, reason: Refusal) {
    deposit(0, amount, message);
    let back = amount - ANSWER_PRICE - MESSAGE_PRICE - EXISTENTIAL_DEPOSIT;
    assert_eq!(
        events(),
        [
            Event::Refused { call: call(0), requester: CONTRACT, reason },
            Event::Answered { call: call(0), outcome: Ended::Failed, index: 0 },
            Event::Returned { requester: CONTRACT, amount: back, index: 1 },
        ]
    );
    assert_eq!(Sent::get()[&0].call, call(0).0);
    assert_eq!(Withdrawn::get(), [(1, CONTRACT, back)]);
    assert_eq!((wealth(CONTRACT), waiting()), (EXISTENTIAL_DEPOSIT, 0));
}

#[test]
fn makes_a_deal_of_one_task_for_the_account_of_the_contract() {
    build_and_execute(|| {
        open_market();
        deposit(0, AMOUNT, &order().message());
        let account = payer(CONTRACT);
        assert_eq!(
            events(),
            [Event::Ordered { call: call(0), requester: CONTRACT, account: account.clone(), deal: DEAL }]
        );
        let deal = deal(DEAL);
        assert_eq!([&deal.requester, &deal.payer, &deal.beneficiary, &deal.deposit.of], [&account; 4]);
        assert_eq!((deal.app, deal.pool, deal.category_id, deal.trust), (AppId(0), POOL, XS, Trust(4)));
        assert_eq!((deal.tasks, &deal.arguments), (1, &order().arguments));
        assert_eq!(deal.parameters, Parameters::List { items: vec![order().parameter].try_into().unwrap() });
        // Twice the least time of an audited task of 150 blocks, and the patience.
        let least = 1 + 150 + 5 + 2 + 150 + 5 + 10;
        assert_eq!(deal.deadline, 1 + 2 * least + PATIENCE);

        let known = PendingCall {
            nonce: 0,
            requester: CONTRACT,
            deal: Some(DEAL),
            category: XS,
            priced: true,
            deposit: CALL_DEPOSIT,
        };
        assert_eq!(Calls::<Test>::get(call(0)), Some(known));
        assert_eq!(held_for_calls(CONTRACT), CALL_DEPOSIT);
        let paid = Balances::balance_on_hold(&MarketHold::Payment.into(), &account);
        assert_eq!((paid, deal.deposit.amount), (2 * PRICE, DEAL_DEPOSIT));
        assert_eq!(free(CONTRACT), AMOUNT - COST + EXISTENTIAL_DEPOSIT);
        assert_eq!((Sent::get().len(), Withdrawn::get().len()), (0, 0));
    });
}

#[test]
fn takes_an_order_for_exactly_what_it_costs_and_none_for_a_unit_less() {
    build_and_execute(|| {
        open_market();
        deposit(0, COST, &order().message());
        assert_eq!(free(CONTRACT), EXISTENTIAL_DEPOSIT);
        assert!(matches!(events()[..], [Event::Ordered { .. }]));
    });
    build_and_execute(|| {
        open_market();
        refused(&order().message(), COST - 1, Refusal::TooDear { cost: COST });
    });
}

/// The money of another call is there, and would be enough.
#[test]
fn never_spends_what_came_with_another_call() {
    build_and_execute(|| {
        open_market();
        TakesMoney::set(false);
        let broken = Order { app: AppId(9), ..order() };
        deposit(0, 100_000, &broken.message());
        events();
        deposit(1, COST - 1, &order().message());
        let reason = Refusal::TooDear { cost: COST };
        assert_eq!(events()[0], Event::Refused { call: call(1), requester: CONTRACT, reason });
        assert_eq!(free(CONTRACT), 100_000 + COST - 1 - 2 * ANSWER_PRICE);
    });
}

#[test]
fn answers_at_once_what_the_market_refuses() {
    let market = |error: MarketError<Test>| Refusal::Market(error.into());
    let cases = [
        (Order { app: AppId(9), ..order() }, market(MarketError::UnknownApp)),
        (Order { pool: Some(UNKNOWN_POOL), ..order() }, market(MarketError::UnknownPool)),
        (Order { dataset: Some(Default::default()), ..order() }, market(MarketError::UnknownDataset)),
        (Order { category: CategoryId(9), ..order() }, market(MarketError::UnknownCategory)),
        (Order { trust: Trust(0), ..order() }, market(MarketError::InvalidTrust)),
        (Order { parameter: "\0".try_into().unwrap(), ..order() }, market(MarketError::NotText)),
        (Order { pool: None, ..order() }, Refusal::NoPool),
    ];
    for (order, reason) in cases {
        build_and_execute(|| {
            open_market();
            refused(&order.message(), AMOUNT, reason);
        });
    }
}

#[test]
fn answers_an_order_whose_price_has_risen_or_whose_pool_is_full() {
    build_and_execute(|| {
        open_market();
        Marketplace::set_app_price(signed(PROVIDER), AppId(0), Some(AMOUNT)).unwrap();
        System::reset_events();
        refused(&order().message(), AMOUNT, Refusal::Market(MarketError::<Test>::PriceOverLimit.into()));
    });
    build_and_execute(|| {
        open_market();
        Marketplace::set_guarantee_limit(signed(OPERATOR), POOL, 1).unwrap();
        System::reset_events();
        refused(&order().message(), AMOUNT, Refusal::Market(MarketError::<Test>::GuaranteeOverLimit.into()));
    });
}

#[test]
fn answers_what_is_no_order_where_it_says_who_has_sent_it() {
    let whole = order().message();
    let longer = [&whole[..], &[0]].concat();
    for message in [&whole[..21], &whole[..whole.len() - 1], &longer] {
        build_and_execute(|| {
            open_market();
            refused(message, AMOUNT, Refusal::Unreadable);
        });
    }
    assert_eq!(Gateway::requester(&whole[..20]), None);
    assert_eq!(Gateway::requester(&[&[2], &whole[1..]].concat()), None);
}

#[test]
fn parks_what_comes_with_too_little_and_does_nothing_for_it() {
    build_and_execute(|| {
        open_market();
        for nonce in 0..50 {
            deposit(nonce, LEAST_AMOUNT - 1, &order().message());
        }
        assert_eq!(wealth(CONTRACT), 50 * (LEAST_AMOUNT - 1));
        let expected = |nonce| Event::Parked { nonce, requester: CONTRACT, amount: LEAST_AMOUNT - 1 };
        assert_eq!(events(), (0..50).map(expected).collect::<Vec<_>>());
        assert_eq!((Messages::get(), waiting()), (0, 0));
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(wealth(CONTRACT), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn costs_who_orders_what_cannot_be_bought() {
    build_and_execute(|| {
        let before = Balances::balance(&FUND);
        for nonce in 0..50 {
            deposit(nonce, LEAST_AMOUNT, &order().message());
        }
        let paid = Balances::balance(&FUND) - before;
        assert_eq!(paid, 50 * (ANSWER_PRICE + MESSAGE_PRICE));
    });
}

#[test]
fn asks_the_pools_that_governance_has_named_and_takes_the_cheapest() {
    build_and_execute(|| {
        open_market();
        let pools = vec![UNKNOWN_POOL, POOL, CHEAP_POOL];
        Gateway::set_pools(RuntimeOrigin::root(), pools.try_into().unwrap()).unwrap();
        let order = Order { pool: None, ..order() };
        deposit(0, AMOUNT, &order.message());
        assert_eq!(deal(DEAL).pool, CHEAP_POOL);
        // It is full: the next one gets the order.
        Marketplace::set_guarantee_limit(signed(OPERATOR), CHEAP_POOL, 1).unwrap();
        deposit(1, AMOUNT, &order.message());
        assert_eq!(deal(DealId(1)).pool, POOL);
        // An order that names one gets that one.
        deposit(2, AMOUNT, &super::order().message());
        assert_eq!(deal(DealId(2)).pool, POOL);
    });
}

#[test]
fn remembers_a_call_whose_answer_the_outbox_does_not_take() {
    build_and_execute(|| {
        open_market();
        TakesAnswers::set(false);
        let broken = Order { app: AppId(9), ..order() };
        deposit(0, AMOUNT, &broken.message());
        let known = Calls::<Test>::get(call(0)).unwrap();
        assert_eq!((known.deal, known.deposit), (None, CALL_DEPOSIT));
        assert_eq!(Gateway::call(call(0)).unwrap().progress, Progress::Lost);
        // Its money is not kept for that.
        assert_eq!(Withdrawn::get().len(), 1);
        TakesAnswers::set(true);
        report_bytes(call(0), Default::default()).unwrap();
        let index = *Sent::get().keys().next_back().unwrap();
        assert_eq!(Sent::get()[&index].outcome, Ended::Failed);
        assert_eq!(held_for_calls(CONTRACT), 0);
    });
}

/// The limit of a day is used up: the amount comes later.
#[test]
fn answers_an_order_whose_amount_could_not_be_credited() {
    build_and_execute(|| {
        open_market();
        Gateway::received(0, AMOUNT, false, &order().message());
        assert_eq!(
            events(),
            [
                Event::Refused { call: call(0), requester: CONTRACT, reason: Refusal::NotCredited },
                Event::Answered { call: call(0), outcome: Ended::Failed, index: 0 },
            ]
        );
        assert_eq!((wealth(CONTRACT), waiting()), (0, 0));
        Gateway::received(1, LEAST_AMOUNT - 1, false, &order().message());
        let parked = Event::Parked { nonce: 1, requester: CONTRACT, amount: LEAST_AMOUNT - 1 };
        assert_eq!(events(), [parked]);
    });
}

#[test]
fn answers_also_where_the_money_cannot_go_back() {
    build_and_execute(|| {
        open_market();
        TakesMoney::set(false);
        let broken = Order { app: AppId(9), ..order() };
        deposit(0, AMOUNT, &broken.message());
        let error = sp_runtime::DispatchError::Unavailable;
        assert_eq!(
            events()[1..],
            [
                Event::Answered { call: call(0), outcome: Ended::Failed, index: 0 },
                Event::NotReturned { requester: CONTRACT, error },
            ]
        );
        TakesMoney::set(true);
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(wealth(CONTRACT), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn knows_a_cheap_task_for_which_no_bound_is_published() {
    build_and_execute(|| {
        open_market();
        talka_pallet_marketplace::Categories::<Test>::mutate_extant(XS, |known| {
            known.category.min_value = PRICE + 1;
        });
        deposit(0, 2 * AMOUNT, &order().message());
        assert!(!Calls::<Test>::get(call(0)).unwrap().priced);
    });
}

#[test]
fn has_another_account_for_each_address_and_each_chain() {
    build_and_execute(|| {
        let accounts = [payer(CONTRACT), payer(OTHER)];
        Named::set(Some(talka_primitives::bridge::Contracts { chain_id: 1, ..CONTRACTS }));
        let elsewhere = payer(CONTRACT);
        assert!(accounts[0] != accounts[1] && !accounts.contains(&elsewhere));
        Named::set(None);
        assert_eq!(Gateway::account_of(CONTRACT), None);
        Named::set(Some(CONTRACTS));
    });
}
