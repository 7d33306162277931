//! Random courses of orders, ends, reports and sweeps: nothing is made or lost, no call costs more than came with it, and nothing
//! stays for ever.

use std::collections::BTreeMap;

use proptest::prelude::*;
use talka_primitives::bridge::Outcome as Ended;

use super::*;
use crate::Refusal;

const CONTRACTS_THAT_ORDER: [EthereumAddress; 2] = [CONTRACT, OTHER];

#[derive(Clone, Debug)]
enum Act {
    /// A contract orders.
    Order { other: bool, amount: Balance, order: Kind },
    /// The price of the app is another one.
    SetPrice { price: Balance },
    /// A task ends, with a result or without one.
    End { which: usize, completed: bool },
    /// A deal that is over is forgotten.
    Forget { which: usize },
    /// Somebody reports a call, rightly or not.
    Report { which: usize, lies: bool },
    /// Somebody sends back what lies free.
    Sweep { other: bool },
    /// The outbox takes answers and withdrawals up to a limit, or none.
    Outbox { answers: bool, money: bool, limit: Balance },
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Good,
    OfAnyPool,
    Unverified,
    UnknownApp,
    Broken,
}

fn act() -> impl Strategy<Value = Act> {
    let which = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 16));
    let kind = prop_oneof![
        4 => Just(Kind::Good),
        2 => Just(Kind::OfAnyPool),
        1 => Just(Kind::Unverified),
        1 => Just(Kind::UnknownApp),
        1 => Just(Kind::Broken),
    ];
    let amount = prop_oneof![1 => 1u128..LEAST_AMOUNT, 2 => COST - 3..COST + 3, 4 => COST..5_000];
    prop_oneof![
        6 => (any::<bool>(), amount, kind).prop_map(|(other, amount, order)| Act::Order {
            other,
            amount: amount.max(EXISTENTIAL_DEPOSIT),
            order,
        }),
        1 => (0u128..300).prop_map(|price| Act::SetPrice { price }),
        4 => (which(), any::<bool>()).prop_map(|(which, completed)| Act::End { which, completed }),
        2 => which().prop_map(|which| Act::Forget { which }),
        5 => (which(), any::<bool>()).prop_map(|(which, lies)| Act::Report { which, lies }),
        2 => any::<bool>().prop_map(|other| Act::Sweep { other }),
        1 => (any::<bool>(), any::<bool>(), 100u128..2_000)
            .prop_map(|(answers, money, limit)| Act::Outbox { answers, money, limit }),
    ]
}

/// What is known beside the chain.
#[derive(Default)]
struct Books {
    /// What came with each deposit.
    amounts: Vec<(EthereumAddress, Balance)>,
    /// The deals, and whether they have ended and are forgotten.
    deals: Vec<(bool, bool)>,
    /// What each contract has paid for results.
    prices: BTreeMap<EthereumAddress, Balance>,
    /// What it has paid for answers.
    answers: BTreeMap<EthereumAddress, Balance>,
}

impl Books {
    fn run(&mut self, act: Act) {
        match act {
            Act::Order { other, amount, order } => {
                self.order(CONTRACTS_THAT_ORDER[usize::from(other)], amount, order);
            }
            Act::SetPrice { price } => {
                Marketplace::set_app_price(signed(PROVIDER), AppId(0), Some(price)).unwrap();
            }
            Act::End { which, completed } => {
                let Some(id) = self.pick(which, |ended, _| !ended) else { return };
                self.deals[id.0 as usize].0 = true;
                if completed {
                    let deal = deal(id);
                    let contract = self.contract_of(&deal.payer);
                    *self.prices.entry(contract).or_default() += deal.price().unwrap();
                    complete(id, good().digest());
                } else {
                    fail(id);
                }
            }
            Act::Forget { which } => {
                let Some(id) = self.pick(which, |ended, forgotten| ended && !forgotten) else { return };
                self.deals[id.0 as usize].1 = true;
                forget(id);
            }
            Act::Report { which, lies } => {
                let id = call((which % self.amounts.len().max(1)) as u64);
                let shown = if lies { manifest(ExitStatus::Exited(0), None) } else { good() };
                let _ = report(id, &shown);
            }
            Act::Sweep { other } => {
                let _ = Gateway::sweep(signed(STRANGER), CONTRACTS_THAT_ORDER[usize::from(other)]);
            }
            Act::Outbox { answers, money, limit } => {
                TakesAnswers::set(answers);
                TakesMoney::set(money);
                Limit::set(limit);
            }
        }
    }

    fn order(&mut self, requester: EthereumAddress, amount: Balance, kind: Kind) {
        let nonce = self.amounts.len() as u64;
        let order = Order { requester, ..order() };
        let message = match kind {
            Kind::Good => order.message(),
            Kind::OfAnyPool => Order { pool: None, ..order }.message(),
            Kind::Unverified => Order { trust: Trust(1), ..order }.message(),
            Kind::UnknownApp => Order { app: AppId(5), ..order }.message(),
            Kind::Broken => order.message()[..30].to_vec(),
        };
        let before = spare(requester);
        System::reset_events();
        deposit(nonce, amount, &message);
        self.amounts.push((requester, amount));
        match &events()[0] {
            Event::Ordered { deal: id, .. } => {
                self.deals.push((false, false));
                *self.answers.entry(requester).or_default() += ANSWER_PRICE;
                assert_eq!(id.0 as usize + 1, self.deals.len());
                // All that is held and paid for it came with it.
                assert!(spare(requester) >= before, "a call has spent what came with another one");
                let deal = deal(*id);
                assert!(deal.reserve().unwrap() + deal.deposit.amount <= amount);
            }
            Event::Parked { .. } => assert!(amount < LEAST_AMOUNT),
            Event::Refused { reason, .. } => {
                *self.answers.entry(requester).or_default() += ANSWER_PRICE;
                if let Refusal::TooDear { cost } = reason {
                    assert!(*cost > amount);
                }
            }
            event => panic!("{event:?}"),
        }
    }

    fn pick(&self, which: usize, fits: impl Fn(bool, bool) -> bool) -> Option<DealId> {
        let deals = self.deals.iter().enumerate();
        let fitting: Vec<_> = deals.filter(|(_, (ended, forgotten))| fits(*ended, *forgotten)).collect();
        let index = which % fitting.len().max(1);
        fitting.get(index).map(|(id, _)| DealId(*id as u32))
    }

    fn contract_of(&self, account: &AccountId) -> EthereumAddress {
        *CONTRACTS_THAT_ORDER.iter().find(|contract| payer(**contract) == *account).unwrap()
    }

    /// Of each contract: what came is what is there, what went back, and what it has paid.
    fn check(&self) {
        check().unwrap();
        let withdrawn = Withdrawn::get();
        for contract in CONTRACTS_THAT_ORDER {
            let came: Balance = self.amounts.iter().filter(|one| one.0 == contract).map(|one| one.1).sum();
            let back = withdrawn.iter().filter(|(_, to, _)| *to == contract);
            let back: Balance = back.map(|(_, _, amount)| amount + MESSAGE_PRICE).sum();
            let paid = |books: &BTreeMap<_, Balance>| books.get(&contract).copied().unwrap_or_default();
            let spent = paid(&self.prices) + paid(&self.answers);
            assert_eq!(came, wealth(contract) + back + spent, "{contract}");
        }
        let there: Balance = CONTRACTS_THAT_ORDER.map(wealth).iter().sum();
        let others: Balance = PEOPLE.iter().map(Balances::total_balance).sum();
        assert_eq!(there + others + Balances::total_balance(&VAULT), Balances::total_issuance());
    }

    /// Everything ends, and everybody is willing: no call is left, and no money that is worth a claim.
    fn end_all(&mut self) {
        TakesAnswers::set(true);
        TakesMoney::set(true);
        Limit::set(Balance::MAX);
        for which in 0..self.deals.len() {
            self.run(Act::End { which: 0, completed: which % 2 == 0 });
        }
        for nonce in 0..self.amounts.len() {
            self.run(Act::Report { which: nonce, lies: false });
        }
        for _ in 0..self.deals.len() {
            self.run(Act::Forget { which: 0 });
        }
        assert_eq!(waiting(), 0);
        for contract in CONTRACTS_THAT_ORDER {
            let _ = Gateway::sweep(signed(STRANGER), contract);
            assert!(wealth(contract) < LEAST_RETURN + MESSAGE_PRICE + EXISTENTIAL_DEPOSIT);
            let held = Balances::total_balance_on_hold(&payer(contract));
            assert_eq!(held, 0, "something is held for ever");
        }
        let answered = Sent::get().values().filter(|result| result.outcome == Ended::Completed).count();
        assert!(answered <= self.deals.len());
        self.check();
    }
}

/// What a contract has free beside what keeps its account alive.
fn spare(contract: EthereumAddress) -> Balance {
    free(contract).saturating_sub(EXISTENTIAL_DEPOSIT)
}

/// How many deals a course makes, and how many calls are answered.
fn course(acts: Vec<Act>) -> (usize, usize) {
    let mut made = (0, 0);
    build_and_execute(|| {
        open_market();
        Gateway::set_pools(RuntimeOrigin::root(), vec![POOL, CHEAP_POOL].try_into().unwrap()).unwrap();
        let mut books = Books::default();
        for act in acts {
            books.run(act);
            books.check();
        }
        books.end_all();
        made = (books.deals.len(), Sent::get().len());
    });
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn is_neither_made_nor_lost_and_nothing_stays_for_ever(acts in prop::collection::vec(act(), 0..60)) {
        course(acts);
    }
}

/// The property above would hold if no order ever became a deal.
#[test]
fn moves_in_a_fair_part_of_random_courses() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(act(), 60);
    let (deals, answers) = (0..20).fold((0, 0), |(deals, answers), _| {
        let (made, answered) = course(strategy.new_tree(&mut runner).unwrap().current());
        (deals + made, answers + answered)
    });
    assert!(deals >= 60 && answers >= deals, "{deals} deals, {answers} answers");
}
