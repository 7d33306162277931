use frame_support::assert_ok;
use talka_primitives::traits::Market;

use super::*;

#[test]
fn lets_the_caller_pay_for_the_requester() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Orders::sponsor_orders(signed(SPONSOR), Box::new(four(2))));
        let deal = deal(0);
        assert_eq!((deal.requester.clone(), deal.payer.clone()), (account(REQUESTER), account(SPONSOR)));
        assert_eq!(deal.beneficiary, account(REQUESTER));
        assert_eq!(held_for_deals(MarketHold::Payment, SPONSOR), 2 * RESERVE);
        assert_eq!((free(REQUESTER), held_for_deals(MarketHold::Payment, REQUESTER)), (ENDOWMENT, 0));
        assert_eq!(Marketplace::deals_of(&account(REQUESTER), DealId(0), 9).len(), 1);

        // What is accepted is paid for by the sponsor, and what is not comes back to it.
        Marketplace::pay(&deal, &account(PROVIDER), PRICE);
        Marketplace::pay(&deal, &deal.payer, deal.audit_price());
        Marketplace::refund(&deal, 1);
        assert_eq!((free(SPONSOR), wealth(SPONSOR)), (ENDOWMENT - PRICE, ENDOWMENT - PRICE));
        assert_eq!(free(REQUESTER), ENDOWMENT);
    });
}

#[test]
fn needs_no_money_of_the_requester() {
    build_and_execute(|| {
        open_market();
        let mut request = request_order(1);
        request.terms.signer = account(POOR);
        assert_ok!(Orders::sponsor_orders(
            signed(SPONSOR),
            Box::new(Match { request: sign(request), ..four(1) })
        ));
        assert_eq!(deal(0).requester, account(POOR));
    });
}

#[test]
fn may_be_called_by_the_operator_itself() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Orders::sponsor_orders(signed(OPERATOR), Box::new(four(1))));
        assert_eq!(held_for_deals(MarketHold::Payment, OPERATOR), RESERVE);
        assert_eq!(held_for_deals(MarketHold::Guarantee, OPERATOR), 7);
    });
}
