//! Random books of orders, matched at random: no rule is violated, and no unit is lost.

use std::collections::BTreeMap;

use proptest::prelude::*;
use talka_primitives::{order::Party, traits::Market, GroupId};

use super::*;
use crate::Published;

/// Every account of the books.
const ALL: [&str; 7] = [PROVIDER, LIBRARY, OPERATOR, REQUESTER, SPONSOR, BROKER, "//Fund"];

#[derive(Clone, Debug)]
enum Act {
    /// Match one of each kind of order.
    Match { app: usize, dataset: usize, pool: usize, request: usize, sponsor: bool },
    /// Publish an order of the book.
    Publish { order: usize },
    /// Take an order of the book back.
    Cancel { order: usize },
    /// Somebody else owns an asset, or its first owner does again.
    Transfer { kind: usize, away: bool },
    /// The requester enters or leaves the group.
    Enter { enter: bool },
    /// A task of a deal is accepted and paid for, or it is not.
    Settle { deal: u32, accepted: bool },
    /// Time passes.
    Wait { blocks: u32 },
}

/// Most orders are for everybody: with a restriction in each, hardly four would fit together.
fn restrictions() -> impl Strategy<Value = Restrictions<AccountId>> {
    let party = || {
        prop_oneof![
            30 => Just(None),
            1 => Just(Some(Party::Account(account(REQUESTER)))),
            1 => Just(Some(Party::Account(account(OPERATOR)))),
            2 => Just(Some(Party::Group(GroupId(0)))),
        ]
    };
    (prop::option::weighted(0.05, 0u32..2), prop::option::weighted(0.05, 0u32..2), party(), party()).prop_map(
        |(app, pool, requester, operator)| Restrictions {
            app: app.map(AppId),
            dataset: None,
            pool: pool.map(PoolId),
            requester,
            operator,
        },
    )
}

fn any_terms(signer: &'static str, most: Balance) -> impl Strategy<Value = Terms<AccountId>> {
    let volume = prop_oneof![1 => Just(0u32), 12 => 1u32..20];
    let expiry = prop_oneof![1 => 0u32..40, 6 => 40u32..200];
    let tags = prop_oneof![6 => Just(0b0000), 3 => Just(0b0101), 1 => Just(0b1000)];
    (0..most, volume, tags, restrictions(), expiry, any::<u8>()).prop_map(
        move |(price, volume, tags, only, expiry, salt)| Terms {
            only,
            tags: Tags(tags),
            expiry,
            salt: Salt([salt; 32]),
            ..terms(signer, price, volume)
        },
    )
}

fn category() -> impl Strategy<Value = u8> {
    prop_oneof![12 => Just(0), 1 => Just(1)]
}

fn book() -> impl Strategy<Value = Vec<Order<AccountId>>> {
    let app = (prop_oneof![12 => Just(0u32), 1 => Just(1)], any_terms(PROVIDER, 6))
        .prop_map(|(app, terms)| Order::from(AppOrder { app: AppId(app), terms }));
    let dataset =
        any_terms(LIBRARY, 4).prop_map(|terms| Order::from(DatasetOrder { dataset: DATASET, terms }));
    let pool = (category(), 3u32..9, any_terms(OPERATOR, 40)).prop_map(|(category, trust, terms)| {
        Order::from(PoolOrder { pool: POOL, category: CategoryId(category), trust: Trust(trust), terms })
    });
    let request = (Just(0u32), any::<bool>(), category(), 1u32..6, any_terms(REQUESTER, 60)).prop_map(
        |(app, with_data, category, trust, terms)| {
            Order::from(RequestOrder {
                app: AppId(app),
                dataset: with_data.then_some(DATASET),
                category: CategoryId(category),
                trust: Trust(trust),
                terms: Terms { price: terms.price + 20, ..terms },
                ..request_order(1)
            })
        },
    );
    prop::collection::vec(prop_oneof![1 => app, 1 => dataset, 2 => pool, 2 => request], 4..24)
}

fn act() -> impl Strategy<Value = Act> {
    let at = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 16));
    prop_oneof![
        16 => (at.clone(), at.clone(), at.clone(), at.clone(), any::<bool>()).prop_map(
            |(app, dataset, pool, request, sponsor)| Act::Match { app, dataset, pool, request, sponsor }
        ),
        3 => at.clone().prop_map(|order| Act::Publish { order }),
        1 => at.clone().prop_map(|order| Act::Cancel { order }),
        1 => (0usize..3, prop::bool::weighted(0.3)).prop_map(|(kind, away)| Act::Transfer { kind, away }),
        1 => any::<bool>().prop_map(|enter| Act::Enter { enter }),
        3 => (0u32..20, any::<bool>()).prop_map(|(deal, accepted)| Act::Settle { deal, accepted }),
        2 => (1u32..8).prop_map(|blocks| Act::Wait { blocks }),
    ]
}

/// What is known of the orders and deals beside the chain.
#[derive(Default)]
struct Books {
    orders: Vec<Order<AccountId>>,
    /// By how many tasks each order is used.
    used: BTreeMap<OrderId, u32>,
    /// How many tasks of each deal are not settled.
    open: Vec<u32>,
    cancelled: Vec<OrderId>,
}

impl Books {
    fn pick<Kind: TryFrom<Order<AccountId>>>(&self, at: usize) -> Option<Kind> {
        let kind: Vec<Kind> =
            self.orders.iter().cloned().filter_map(|order| Kind::try_from(order).ok()).collect();
        let index = at % kind.len().max(1);
        kind.into_iter().nth(index)
    }

    /// An order as it is at hand: published if it is, else signed.
    fn source<Kind: Clone + Into<Order<AccountId>>>(order: Kind) -> Source<Kind, MultiSignature> {
        let id = id(order.clone());
        if Published::<Test>::contains_key(id) {
            return Source::Published(id);
        }
        sign(order)
    }

    fn run(&mut self, act: Act) {
        match act {
            Act::Match { app, dataset, pool, request, sponsor } => {
                let (Some(app), Some(pool), Some(request)) = (
                    self.pick::<AppOrder<_>>(app),
                    self.pick::<PoolOrder<_>>(pool),
                    self.pick::<RequestOrder<_>>(request),
                ) else {
                    return;
                };
                let dataset =
                    request.dataset.is_some().then(|| self.pick::<DatasetOrder<_>>(dataset)).flatten();
                self.try_match(app, dataset, pool, request, sponsor);
            }
            Act::Publish { order } => {
                let order = self.orders[order % self.orders.len()].clone();
                let _ = publish(order);
            }
            Act::Cancel { order } => {
                let order = self.orders[order % self.orders.len()].clone();
                let signer = RuntimeOrigin::signed(order.terms().signer.clone());
                if Orders::cancel_order(signer, Named::Signed(order.clone())).is_ok() {
                    self.cancelled.push(id(order));
                }
            }
            Act::Transfer { kind, away } => {
                let to = account(if away { BROKER } else { [PROVIDER, LIBRARY, OPERATOR][kind] });
                let market = |who: AccountId| RuntimeOrigin::signed(who);
                // To who owns it already, nothing is offered and nothing accepted.
                let _ = match kind {
                    0 => Marketplace::transfer_app(market(owner_of_app()), APP, to.clone()),
                    1 => Marketplace::transfer_dataset(market(owner_of_dataset()), DATASET, to.clone()),
                    _ => Marketplace::transfer_pool(market(owner_of_pool()), POOL, to.clone()),
                };
                let _ = match kind {
                    0 => Marketplace::accept_app(market(to), APP),
                    1 => Marketplace::accept_dataset(market(to), DATASET),
                    _ => Marketplace::accept_pool(market(to), POOL, Balance::MAX),
                };
            }
            Act::Enter { enter } => {
                let who = vec![account(REQUESTER)].try_into().unwrap();
                let _ = match enter {
                    true => Groups::add_members(signed(LIBRARY), GroupId(0), who),
                    false => Groups::remove_members(signed(LIBRARY), GroupId(0), who),
                };
            }
            Act::Settle { deal: id, accepted } => {
                let Some(open) = self.open.get_mut(id as usize).filter(|open| **open > 0) else { return };
                *open -= 1;
                let deal = deal(id);
                if accepted {
                    Marketplace::pay(&deal, &deal.app_owner, deal.app_price);
                    if let Some(dataset) = &deal.dataset {
                        Marketplace::pay(&deal, &dataset.owner, dataset.price);
                    }
                    Marketplace::pay(&deal, &deal.operator, deal.pool_price);
                    Marketplace::pay(&deal, &deal.payer, deal.audit_price());
                    Marketplace::end_guarantee(&deal, 0);
                } else {
                    Marketplace::refund(&deal, 1);
                    Marketplace::end_guarantee(&deal, deal.guarantee());
                }
            }
            Act::Wait { blocks } => run_to(System::block_number() + blocks),
        }
    }

    /// Whatever the chain takes must keep every rule, told here in other words than in the code.
    fn try_match(
        &mut self,
        app: AppOrder<AccountId>,
        dataset: Option<DatasetOrder<AccountId>>,
        pool: PoolOrder<AccountId>,
        request: RequestOrder<AccountId>,
        sponsor: bool,
    ) {
        let orders = Match {
            app: Some(Self::source(app.clone())),
            dataset: dataset.clone().map(Self::source),
            pool: PoolSource::Ordered(Self::source(pool.clone())),
            request: Self::source(request.clone()),
        };
        let before = ALL.map(wealth);
        let outcome = match sponsor {
            true => Orders::sponsor_orders(signed(SPONSOR), Box::new(orders)),
            false => Orders::match_orders(signed(BROKER), Box::new(orders)),
        };
        assert_eq!(ALL.map(wealth), before, "a match moves nothing from one to another");
        if outcome.is_err() {
            return;
        }
        let deal = deal(self.open.len() as u32);
        self.open.push(deal.tasks);

        let all: Vec<Order<AccountId>> = [Some(app.clone().into()), Some(pool.clone().into())]
            .into_iter()
            .chain([dataset.clone().map(Into::into), Some(request.clone().into())])
            .flatten()
            .collect();
        let now = System::block_number();
        for order in &all {
            let terms = order.terms();
            let used = self.used.entry(id(order.clone())).or_default();
            *used += deal.tasks;
            assert!(*used <= terms.volume, "oversold");
            assert!(terms.expiry >= now && !self.cancelled.contains(&id(order.clone())));
            let Restrictions { app, dataset, pool, requester, operator } = &terms.only;
            assert!(app.is_none_or(|app| app == deal.app) && pool.is_none_or(|pool| pool == deal.pool));
            assert!(dataset.is_none());
            for (party, who) in [(requester, &deal.requester), (operator, &deal.operator)] {
                assert!(match party {
                    None => true,
                    Some(Party::Account(account)) => account == who,
                    Some(Party::Group(group)) => Groups::is_member(*group, who),
                });
            }
            assert_eq!(terms.tags.0 & 0b1000, 0, "the pool does not offer it");
        }
        assert_eq!((app.app, pool.category), (deal.app, deal.category_id));
        assert_eq!((request.app, request.category), (deal.app, deal.category_id));
        assert!(deal.trust <= pool.trust && deal.trust == request.trust);
        assert_eq!((&deal.app_owner, &deal.operator), (&owner_of_app_number(deal.app), &owner_of_pool()));
        assert_eq!((deal.app_price, deal.pool_price), (app.terms.price, pool.terms.price));
        assert_eq!(deal.dataset.as_ref().map(|data| data.price), dataset.map(|data| data.terms.price));
        assert!(deal.price().unwrap() <= request.terms.price);
        let payer = if sponsor { SPONSOR } else { REQUESTER };
        assert_eq!((&deal.payer, &deal.requester), (&account(payer), &account(REQUESTER)));
        assert!(
            all.iter().any(|order| self.used[&id(order.clone())] == order.terms().volume),
            "as many as can be"
        );
    }

    /// The chain holds exactly what the open tasks of the deals need.
    fn check(&self) {
        let (mut payments, mut guarantees) = (BTreeMap::new(), BTreeMap::new());
        for (id, open) in self.open.iter().enumerate() {
            let deal = deal(id as u32);
            let open = Balance::from(*open);
            *payments.entry(deal.payer.clone()).or_insert(0) += deal.reserve().unwrap() * open;
            *guarantees.entry(deal.operator.clone()).or_insert(0) += deal.guarantee() * open;
        }
        for who in ALL {
            let due = |books: &BTreeMap<AccountId, Balance>| books.get(&account(who)).copied().unwrap_or(0);
            assert_eq!(held_for_deals(MarketHold::Payment, who), due(&payments));
            assert_eq!(held_for_deals(MarketHold::Guarantee, who), due(&guarantees));
        }
        assert_eq!(ALL.iter().map(|who| wealth(who)).sum::<Balance>(), Balances::total_issuance());
        check().unwrap();
    }
}

fn owner_of_app_number(app: AppId) -> AccountId {
    Marketplace::app(app).unwrap().owner
}

fn owner_of_app() -> AccountId {
    owner_of_app_number(APP)
}

fn owner_of_dataset() -> AccountId {
    Marketplace::dataset(DATASET).unwrap().owner
}

fn owner_of_pool() -> AccountId {
    Marketplace::pool(POOL).unwrap().owner
}

/// How many deals a run of acts makes.
fn deals_made(orders: Vec<Order<AccountId>>, acts: Vec<Act>) -> usize {
    let mut made = 0;
    build_and_execute(|| {
        open_market();
        Groups::create_group(signed(LIBRARY), b"readers".to_vec().try_into().unwrap()).unwrap();
        let mut books = Books { orders, ..Books::default() };
        for act in acts {
            books.run(act);
            books.check();
        }
        made = books.open.len();
    });
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn is_neither_made_nor_lost_and_no_rule_is_violated(
        orders in book(),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        deals_made(orders, acts);
    }
}

/// The property above would hold if no order ever became a deal.
#[test]
fn moves_in_a_fair_part_of_random_books() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let strategy = (book(), prop::collection::vec(act(), 60));
    let made: usize = (0..60)
        .map(|_| {
            let (orders, acts) = strategy.new_tree(&mut runner).unwrap().current();
            deals_made(orders, acts)
        })
        .sum();
    assert!(made >= 40, "{made} deals");
}
