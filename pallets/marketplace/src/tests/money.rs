use std::collections::BTreeMap;

use proptest::prelude::*;
use talka_primitives::traits::Market;

use super::*;

const PEOPLE: [u64; 8] = [OWNER, OPERATOR, REQUESTER, WORKER, STRANGER, GOVERNOR, UNBORN, FUND];

#[derive(Clone, Copy, Debug)]
enum Act {
    SetAppPrice { price: Balance },
    SetPoolPrice { price: Balance },
    TransferPool { to: u64 },
    SetLimit { limit: Balance },
    Request { who: u64, tasks: u32, dataset: bool },
    Pay { deal: u32, to: u64, amount: Balance },
    Refund { deal: u32, tasks: u32 },
    ReleaseGuarantee { deal: u32, tasks: u32 },
    EndGuarantee { deal: u32, seized: Balance },
}

fn act() -> impl Strategy<Value = Act> {
    let who = prop::sample::select(&PEOPLE[..]);
    let price = prop_oneof![0u128..30, 1_000u128..30_000, Just(Balance::MAX)];
    let deal = 0u32..4;
    let tasks = 1u32..30;
    prop_oneof![
        price.clone().prop_map(|price| Act::SetAppPrice { price }),
        price.prop_map(|price| Act::SetPoolPrice { price }),
        who.clone().prop_map(|to| Act::TransferPool { to }),
        (0u128..1_000).prop_map(|limit| Act::SetLimit { limit }),
        (who.clone(), tasks.clone(), any::<bool>()).prop_map(|(who, tasks, dataset)| Act::Request {
            who,
            tasks,
            dataset
        }),
        (who.clone(), tasks.clone(), any::<bool>()).prop_map(|(who, tasks, dataset)| Act::Request {
            who,
            tasks,
            dataset
        }),
        (deal.clone(), who, 0u128..40).prop_map(|(deal, to, amount)| Act::Pay { deal, to, amount }),
        (deal.clone(), tasks.clone()).prop_map(|(deal, tasks)| Act::Refund { deal, tasks }),
        (deal.clone(), tasks).prop_map(|(deal, tasks)| Act::ReleaseGuarantee { deal, tasks }),
        (deal, 0u128..100).prop_map(|(deal, seized)| Act::EndGuarantee { deal, seized }),
    ]
}

/// What must still be held for one deal.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    payment: Balance,
    guarantee: Balance,
}

/// What must still be held for each deal, kept beside the chain. Proof of Contribution, which asks for payments, never asks
/// for more than a deal has left; so acts that would are left out.
#[derive(Default)]
struct Books(BTreeMap<u32, Due>);

impl Books {
    fn run(&mut self, act: Act) {
        let pool_owner = Pools::<Test>::get(POOL).unwrap().owner;
        match act {
            Act::SetAppPrice { price } => {
                Marketplace::set_app_price(signed(OWNER), APP, Some(price)).unwrap()
            }
            Act::SetPoolPrice { price } => {
                Marketplace::set_pool_price(signed(pool_owner), POOL, XS, Some(price)).unwrap()
            }
            Act::TransferPool { to } if to == pool_owner => {}
            Act::TransferPool { to } => {
                Marketplace::transfer_pool(signed(pool_owner), POOL, to).unwrap();
                Marketplace::accept_pool(signed(to), POOL, Balance::MAX).unwrap()
            }
            Act::SetLimit { limit } => {
                Marketplace::set_guarantee_limit(signed(pool_owner), POOL, limit).unwrap()
            }
            Act::Request { who, tasks, dataset } => {
                let order =
                    Request { max_price: Balance::MAX, dataset: dataset.then_some(DATASET), ..order(tasks) };
                let id = crate::NextDealId::<Test>::get();
                let limit = Pools::<Test>::get(POOL).unwrap().guarantee_limit;
                if Marketplace::request(signed(who), order).is_ok() {
                    assert!(Marketplace::guaranteed(&pool_owner) <= limit);
                    let deal = Deals::<Test>::get(id).unwrap();
                    let tasks = Balance::from(tasks);
                    let due =
                        Due { payment: deal.price().unwrap() * tasks, guarantee: deal.guarantee() * tasks };
                    self.0.insert(id.0, due);
                }
            }
            Act::Pay { deal, to, amount } => self.settle(deal, |deal, due| {
                let amount = amount.min(due.payment);
                due.payment -= amount;
                Marketplace::pay(deal, &to, amount);
            }),
            Act::Refund { deal, tasks } => self.settle(deal, |deal, due| {
                if let Some(left) = due.payment.checked_sub(deal.price().unwrap() * Balance::from(tasks)) {
                    due.payment = left;
                    Marketplace::refund(deal, tasks);
                }
            }),
            Act::ReleaseGuarantee { deal, tasks } => self.settle(deal, |deal, due| {
                if let Some(left) = due.guarantee.checked_sub(deal.guarantee() * Balance::from(tasks)) {
                    due.guarantee = left;
                    Marketplace::release_guarantee(deal, tasks);
                }
            }),
            Act::EndGuarantee { deal, seized } => self.settle(deal, |deal, due| {
                if let Some(left) = due.guarantee.checked_sub(deal.guarantee()) {
                    due.guarantee = left;
                    Marketplace::end_guarantee(deal, seized);
                }
            }),
        }
    }

    fn settle(&mut self, id: u32, settle: impl FnOnce(&Deal<u64>, &mut Due)) {
        if let Some(due) = self.0.get_mut(&id) {
            settle(&Deals::<Test>::get(DealId(id)).unwrap(), due);
        }
    }

    /// The chain holds exactly what the books say.
    fn check(&self) {
        let mut payments = BTreeMap::<u64, Balance>::new();
        let mut guarantees = BTreeMap::<u64, Balance>::new();
        for (id, due) in &self.0 {
            let deal = Deals::<Test>::get(DealId(*id)).unwrap();
            *payments.entry(deal.payer).or_default() += due.payment;
            *guarantees.entry(deal.operator).or_default() += due.guarantee;
        }
        for who in PEOPLE {
            let due = |books: &BTreeMap<u64, Balance>| books.get(&who).copied().unwrap_or_default();
            assert_eq!(held(HoldReason::Payment, who), due(&payments));
            assert_eq!(held(HoldReason::Guarantee, who), due(&guarantees));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn is_neither_made_nor_lost(acts in prop::collection::vec(act(), 0..40)) {
        build_and_execute(|| {
            open_market();
            let mut books = Books::default();
            let issuance = Balances::total_issuance();
            for act in acts {
                books.run(act);
                books.check();
                Marketplace::do_try_state().unwrap();
                assert_eq!(Balances::total_issuance(), issuance);
                assert_eq!(PEOPLE.iter().map(Balances::total_balance).sum::<Balance>(), issuance);
            }
        });
    }
}
