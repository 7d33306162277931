use frame_support::{
    assert_noop,
    dispatch::Pays,
    traits::{fungible::Mutate, tokens::Preservation},
};

use super::*;
use crate::Error;

/// Puts `amount` on the account of the contract.
fn lies(amount: Balance) {
    Balances::transfer(&VAULT, &payer(CONTRACT), amount, Preservation::Preserve).unwrap();
}

#[test]
fn sends_what_lies_free_to_the_address_that_it_belongs_to() {
    build_and_execute(|| {
        lies(1_000);
        System::reset_events();
        let outcome = Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(outcome.pays_fee, Pays::No);
        let amount = 1_000 - MESSAGE_PRICE - EXISTENTIAL_DEPOSIT;
        assert_eq!(events(), [Event::Returned { requester: CONTRACT, amount, index: 0 }]);
        assert_eq!(Withdrawn::get(), [(0, CONTRACT, amount)]);
    });
}

#[test]
fn is_refused_where_it_is_not_worth_a_claim() {
    build_and_execute(|| {
        let sweep = || Gateway::sweep(signed(STRANGER), CONTRACT).map_err(|error| error.error);
        assert_noop!(sweep(), Error::<Test>::NothingToReturn);
        lies(LEAST_RETURN + MESSAGE_PRICE + EXISTENTIAL_DEPOSIT - 1);
        assert_noop!(sweep(), Error::<Test>::NothingToReturn);
        lies(1);
        sweep().unwrap();
        assert_noop!(sweep(), Error::<Test>::NothingToReturn);
    });
}

#[test]
fn sends_more_than_one_withdrawal_may_be_in_parts() {
    build_and_execute(|| {
        Limit::set(400);
        lies(1_000);
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        let amounts: Vec<_> = Withdrawn::get().iter().map(|(_, _, amount)| *amount).collect();
        let rest = 1_000 - 2 * (400 + MESSAGE_PRICE) - MESSAGE_PRICE - EXISTENTIAL_DEPOSIT;
        assert_eq!(amounts, [400, 400, rest]);
    });
}

#[test]
fn takes_nothing_of_what_is_held_for_calls_and_deals() {
    build_and_execute(|| {
        ordered();
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(free(CONTRACT), EXISTENTIAL_DEPOSIT);
        assert_eq!(wealth(CONTRACT), COST - ANSWER_PRICE);
        complete(DEAL, good().digest());
        report(call(0), &good()).unwrap();
    });
}

#[test]
fn is_refused_where_the_bridge_refuses_it_or_has_no_contracts() {
    build_and_execute(|| {
        let sweep = || Gateway::sweep(signed(STRANGER), CONTRACT).map_err(|error| error.error);
        lies(1_000);
        TakesMoney::set(false);
        assert_noop!(sweep(), sp_runtime::DispatchError::Unavailable);
        Named::set(None);
        assert_noop!(sweep(), Error::<Test>::NoContracts);
        Named::set(Some(CONTRACTS));
    });
}
