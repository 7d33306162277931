//! What a deal would be, as the gateway asks.

use frame_support::{assert_noop, traits::fungible::Mutate};
use talka_primitives::{
    matching::Agreement,
    traits::{Deals as _, Quotes},
};

use super::*;
use crate::{Error, NextDealId};

#[test]
fn are_what_the_deal_would_be_and_change_nothing() {
    build_and_execute(|| {
        open_market();
        let proposal = order(1).propose(REQUESTER);
        let before = (NextDealId::<Test>::get(), free(REQUESTER), free(OPERATOR));
        let Agreement { deal, payment, guarantee } = Marketplace::quote(proposal.clone()).unwrap();
        assert_eq!((NextDealId::<Test>::get(), free(REQUESTER), free(OPERATOR)), before);
        assert_eq!(events(), []);
        let made = Marketplace::make(proposal).unwrap();
        assert_eq!(Deals::<Test>::get(made.id), Some(deal));
        assert_eq!(held(HoldReason::Payment, REQUESTER), payment);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), guarantee);
    });
}

#[test]
fn are_made_for_who_has_no_money_and_refused_where_the_operator_cannot_guarantee() {
    build_and_execute(|| {
        open_market();
        assert!(Marketplace::quote(order(1).propose(UNBORN)).is_ok());
        let rest = Balances::balance(&OPERATOR) - EXISTENTIAL_DEPOSIT - GUARANTEE + 1;
        let all = frame_support::traits::tokens::Preservation::Preserve;
        Balances::transfer(&OPERATOR, &FUND, rest, all).unwrap();
        assert_noop!(Marketplace::quote(order(1).propose(REQUESTER)), Error::<Test>::OperatorCannotGuarantee);
    });
}

#[test]
fn say_how_long_a_task_of_a_category_can_take_and_a_deal_can_last() {
    build_and_execute(|| {
        assert_eq!(Marketplace::least_duration(XS), Some(LEAST_AUDITED));
        assert_eq!(Marketplace::least_duration(UNKNOWN_CATEGORY), None);
        assert_eq!(Marketplace::longest_duration(), MAX_DURATION);
    });
}
