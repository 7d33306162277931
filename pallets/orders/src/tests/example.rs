//! The example of the protocol's pages: one request, two pools' orders, two deals.

use frame_support::assert_ok;

use super::*;

#[test]
fn one_request_becomes_two_deals_of_two_orders() {
    build_and_execute(|| {
        open_market();
        let pool = |price, volume| {
            PoolSource::Ordered(sign(PoolOrder { terms: terms(OPERATOR, price, volume), ..pool_order() }))
        };
        let mut request = request_order(3);
        request.terms.price = 29;
        let orders = |pool| Match { pool, request: sign(request.clone()), ..four(3) };

        assert_ok!(match_orders(orders(pool(15, 2))));
        assert_eq!((deal(0).tasks, deal(0).worker_stake), (2, 5));
        // (3 + 1 + 15, and as much for an audit) × 2, and ⌊15 × 30 %⌋ × 2.
        assert_eq!(held_for_deals(MarketHold::Payment, REQUESTER), 76);
        assert_eq!(held_for_deals(MarketHold::Guarantee, OPERATOR), 8);

        assert_ok!(match_orders(orders(pool(25, 10))));
        assert_eq!((deal(1).tasks, deal(1).worker_stake), (1, 8));
        assert_eq!(deal(1).parameters, Parameters::Range { first: 2 });
        // 3 + 1 + 25, and as much for an audit, more; and ⌊25 × 30 %⌋ more.
        assert_eq!(held_for_deals(MarketHold::Payment, REQUESTER), 76 + 58);
        assert_eq!(held_for_deals(MarketHold::Guarantee, OPERATOR), 8 + 7);
        assert_eq!(free(REQUESTER), ENDOWMENT - 134);
    });
}
