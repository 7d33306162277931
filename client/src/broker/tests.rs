//! Plans for random offers, checked against the market's rules and against all combinations that there are.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*};
use talka_primitives::{
    asset::PoolPolicy,
    audit::Assurance,
    deal::Periods,
    matching::{agree, Agreement, Assets, Clock, Mismatch, PoolOffer, Proposal, Standing},
    order::{
        AppOrder, DatasetOrder, OrderSignature, Party, PoolOrder, RequestOrder, Restrictions, SignedOrder,
        Terms,
    },
    restriction::{Insider, Insiders},
    view::PoolStanding,
    App, AppId, Balance, Category, CategoryId, ContentId, Dataset, DatasetId, GroupId, Merit, OrderId,
    Parameters, Pool, PoolId, Rate, RuntimeClass, Salt, StoragePrice, Tags, Topic, Trust,
};

use super::{
    place,
    plan::{plan, Candidate, Missing, Offer, Offers, Pick, Plan, Why},
};
use crate::{order::Source, orders::PoolSource, AccountId};

const CLOCK: Clock =
    Clock { now: 100, max_duration: 1_000, periods: Periods { commit_grace: 5, reveal_period: 10 } };
/// Nothing, where a test does not say something else.
const STORAGE: StoragePrice = StoragePrice { item: 0, byte: 0 };
const CATEGORY: CategoryId = CategoryId(4);
const REQUESTER: u8 = 1;
const APP_OWNER: u8 = 2;
const DATA_OWNER: u8 = 3;

fn who(byte: u8) -> AccountId {
    AccountId::from([byte; 32])
}

/// Operators of pools with an even number are members of group 7, and so is the requester.
fn is_member(group: GroupId, account: &AccountId) -> bool {
    group == GroupId(7)
        && (*account == who(REQUESTER) || (account.0[0] >= 10 && account.0[0].is_multiple_of(2)))
}

fn operator(pool: u32) -> u8 {
    10 + pool as u8
}

fn app(price: Option<Balance>) -> App<AccountId> {
    App {
        owner: who(APP_OWNER),
        price,
        name: Default::default(),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([1; 32]),
        uris: Default::default(),
        topic: Topic::Other,
        tags: Tags(0),
        description: Default::default(),
        deposit: 0,
    }
}

fn dataset(price: Option<Balance>) -> Dataset<AccountId> {
    let App { name, content, uris, topic, tags, description, deposit, .. } = app(None);
    Dataset { owner: who(DATA_OWNER), price, name, content, uris, topic, tags, description, deposit }
}

fn pool(id: u32, price: Option<Balance>, tags: u64, online: u32) -> (PoolId, Candidate) {
    let prices: BTreeMap<_, _> = price.map(|price| (CATEGORY, price)).into_iter().collect();
    let pool = Pool {
        owner: who(operator(id)),
        description: Default::default(),
        policy: PoolPolicy::default(),
        announced: None,
        guarantee_limit: Balance::MAX,
        tags: Tags(tags),
        prices: prices.try_into().unwrap(),
        deposit: 0,
    };
    let standing = PoolStanding { online, ..PoolStanding::default() };
    (PoolId(id), Candidate { pool, standing, insiders: Insiders::MANY })
}

/// This number of workers of a pool, all without merit.
fn insiders(number: usize) -> Insiders {
    Insiders::of(vec![Insider { bond: 1_000, merit: Merit(0) }; number])
}

fn terms(signer: u8, price: Balance, volume: u32) -> Terms<AccountId> {
    Terms {
        signer: who(signer),
        price,
        volume,
        tags: Tags(0),
        only: Restrictions::default(),
        expiry: 1_000,
        salt: Salt::default(),
    }
}

fn request(volume: u32, limit: Balance) -> Standing<RequestOrder<AccountId>> {
    let order = RequestOrder {
        app: AppId(0),
        dataset: Some(DatasetId(0)),
        category: CATEGORY,
        trust: Trust(4),
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        beneficiary: None,
        deadline: 500,
        terms: terms(REQUESTER, limit, volume),
    };
    Standing { order, used: 0 }
}

/// Identifiers tell the lists apart: their first byte is the kind, the second the place.
fn offer<Kind>(kind: u8, place: usize, order: Kind, used: u32) -> Offer<Kind> {
    let mut id = [0; 32];
    (id[0], id[1]) = (kind, place as u8);
    Offer { id: OrderId(id), source: Source::Published(OrderId(id)), standing: Standing { order, used } }
}

fn app_order(place: usize, terms: Terms<AccountId>, used: u32) -> Offer<AppOrder<AccountId>> {
    offer(1, place, AppOrder { app: AppId(0), terms }, used)
}

fn dataset_order(place: usize, terms: Terms<AccountId>, used: u32) -> Offer<DatasetOrder<AccountId>> {
    offer(2, place, DatasetOrder { dataset: DatasetId(0), terms }, used)
}

fn pool_order(place: usize, pool: u32, terms: Terms<AccountId>, used: u32) -> Offer<PoolOrder<AccountId>> {
    let terms = Terms { signer: who(operator(pool)), ..terms };
    offer(3, place, PoolOrder { pool: PoolId(pool), category: CATEGORY, trust: Trust(8), terms }, used)
}

fn offers(pools: Vec<(PoolId, Candidate)>) -> Offers {
    Offers {
        app: app(Some(3)),
        dataset: Some(dataset(Some(2))),
        category: Category {
            name: Default::default(),
            run_time: 30,
            fuel: 1,
            memory: 1,
            audit_rate: Rate(500),
            min_value: 1,
        },
        pools: pools.into_iter().collect(),
        app_orders: Vec::new(),
        dataset_orders: Vec::new(),
        pool_orders: Vec::new(),
    }
}

fn planned(request: &Standing<RequestOrder<AccountId>>, offers: &Offers) -> Plan {
    plan(request, offers, CLOCK, STORAGE, is_member)
}

fn why(plan: &Plan) -> Why {
    plan.missing.unwrap().why
}

fn from<Kind: PartialEq>(offers: &[Offer<Kind>], source: &Source<Kind>) -> usize {
    offers.iter().position(|offer| offer.source == *source).unwrap()
}

/// What the chain would say.
fn agreed(
    request: &Standing<RequestOrder<AccountId>>,
    offers: &Offers,
    app: Option<usize>,
    dataset: Option<usize>,
    pool: PoolOffer<AccountId>,
) -> Result<Agreement<AccountId>, Mismatch> {
    let assets = Assets {
        app: offers.app.clone(),
        dataset: offers.dataset.clone(),
        pool: offers.pools[&pool.pool()].pool.clone(),
        guaranteed: offers.pools[&pool.pool()].standing.guaranteed,
        category: offers.category.clone(),
    };
    let proposal = Proposal {
        payer: request.order.terms.signer,
        opener: request.order.terms.signer,
        request: request.clone(),
        app: app.map(|place| offers.app_orders[place].standing.clone()),
        dataset: dataset.map(|place| offers.dataset_orders[place].standing.clone()),
        pool,
    };
    agree(proposal, assets, CLOCK, STORAGE, is_member, |pool| offers.pools[&pool].insiders.clone())
}

fn price(pick: &Pick) -> Balance {
    pick.deal.price().unwrap()
}

/// Make the deals of a plan one after the other, as the chain would, and use the orders up.
fn carry_out(request: &mut Standing<RequestOrder<AccountId>>, offers: &mut Offers, picks: &[Pick]) {
    for pick in picks {
        let app = pick.app.as_ref().map(|source| from(&offers.app_orders, source));
        let dataset = pick.dataset.as_ref().map(|source| from(&offers.dataset_orders, source));
        let order = match &pick.pool {
            PoolSource::Listed(_) => None,
            PoolSource::Ordered(source) => Some(from(&offers.pool_orders, source)),
        };
        let pool = match order {
            Some(place) => PoolOffer::Ordered(offers.pool_orders[place].standing.clone()),
            None => PoolOffer::Listed(pick.deal.pool),
        };
        let Agreement { deal, guarantee, .. } = agreed(request, offers, app, dataset, pool).unwrap();
        offers.pools.get_mut(&deal.pool).unwrap().standing.guaranteed += guarantee;
        assert_eq!(deal, pick.deal);
        assert_eq!(request.used, pick.first);
        request.used += deal.tasks;
        if let Some(place) = app {
            offers.app_orders[place].standing.used += deal.tasks;
        }
        if let Some(place) = dataset {
            offers.dataset_orders[place].standing.used += deal.tasks;
        }
        if let Some(place) = order {
            offers.pool_orders[place].standing.used += deal.tasks;
        }
    }
}

/// The prices of all combinations that the chain would agree to, of pools that have workers online, or of the others.
fn possible(request: &Standing<RequestOrder<AccountId>>, offers: &Offers, is_online: bool) -> Vec<Balance> {
    let places = |count: usize| [None].into_iter().chain((0..count).map(Some));
    let listed = offers.pools.keys().map(|id| PoolOffer::Listed(*id));
    let ordered = offers.pool_orders.iter().map(|offer| PoolOffer::Ordered(offer.standing.clone()));
    let mut prices = Vec::new();
    for pool in listed.chain(ordered) {
        if (offers.pools[&pool.pool()].standing.online > 0) != is_online {
            continue;
        }
        for app in places(offers.app_orders.len()) {
            for dataset in places(offers.dataset_orders.len()) {
                let agreement = agreed(request, offers, app, dataset, pool.clone());
                prices.extend(agreement.ok().and_then(|agreement| agreement.deal.price()));
            }
        }
    }
    prices
}

fn any_party() -> impl Strategy<Value = Party<AccountId>> {
    prop_oneof![
        Just(Party::Account(who(REQUESTER))),
        (0u32..4).prop_map(|pool| Party::Account(who(operator(pool)))),
        (6u32..8).prop_map(|group| Party::Group(GroupId(group))),
    ]
}

fn any_restrictions() -> impl Strategy<Value = Restrictions<AccountId>> {
    let rarely = |strategy| option::weighted(0.2, strategy);
    let parties = (option::weighted(0.2, any_party()), option::weighted(0.2, any_party()));
    (rarely(0u32..2), rarely(0u32..2), rarely(0u32..4), parties).prop_map(
        |(app, dataset, pool, (requester, operator))| Restrictions {
            app: app.map(AppId),
            dataset: dataset.map(DatasetId),
            pool: pool.map(PoolId),
            requester,
            operator,
        },
    )
}

/// Terms, and how much is used.
fn any_terms(signer: u8) -> impl Strategy<Value = (Terms<AccountId>, u32)> {
    let signer = prop_oneof![9 => Just(signer), 1 => Just(99)];
    (signer, 0u128..12, 0u32..6, 0u32..4, 0u64..4, any_restrictions()).prop_map(
        |(signer, price, volume, used, tags, only)| {
            let tags = Tags(tags & 1);
            (Terms { tags, only, ..terms(signer, price, volume) }, used)
        },
    )
}

fn any_offers() -> impl Strategy<Value = Offers> {
    let limit = prop_oneof![2 => Just(Balance::MAX), 1 => 0u128..12];
    let pools = vec((option::of(0u128..12), 0u64..4, 0u32..2, limit, 0usize..5), 4);
    (
        (option::of(0u128..6), option::weighted(0.7, option::of(0u128..6))),
        pools,
        vec(any_terms(APP_OWNER), 0..4),
        vec(any_terms(DATA_OWNER), 0..4),
        vec((0u32..4, any_terms(0)), 0..6),
    )
        .prop_map(|((app_price, dataset_price), pools, app_orders, dataset_orders, pool_orders)| {
            let pools = pools.into_iter().zip(0..).map(|((price, tags, online, limit, workers), id)| {
                let (id, mut candidate) = pool(id, price, tags, online);
                candidate.pool.guarantee_limit = limit;
                candidate.insiders = insiders(workers);
                (id, candidate)
            });
            let dataset_orders = dataset_orders.into_iter().enumerate();
            Offers {
                app: app(app_price),
                dataset: dataset_price.map(dataset),
                app_orders: (app_orders.into_iter().enumerate())
                    .map(|(place, (terms, used))| app_order(place, terms, used))
                    .collect(),
                dataset_orders: dataset_orders
                    .map(|(place, (terms, used))| dataset_order(place, terms, used))
                    .collect(),
                pool_orders: (pool_orders.into_iter().enumerate())
                    .map(|(place, (pool, (terms, used)))| pool_order(place, pool, terms, used))
                    .collect(),
                ..offers(pools.collect())
            }
        })
}

fn any_request() -> impl Strategy<Value = Standing<RequestOrder<AccountId>>> {
    (1u32..12, 0u32..3, 0u128..30, 0u64..2, any_restrictions()).prop_map(
        |(volume, used, limit, tags, only)| {
            let mut request = request(volume, limit);
            request.used = used;
            request.order.terms.tags = Tags(tags);
            request.order.terms.only = only;
            request
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn plans_keep_to_the_rules_and_are_the_cheapest(request in any_request(), offers in any_offers()) {
        let mut request = request;
        if offers.dataset.is_none() {
            request.order.dataset = None;
        }
        let Plan { picks, missing } = planned(&request, &offers);

        // The chain agrees to every deal, and finds what was planned: no restriction is broken, no order oversold.
        let limit = request.order.terms.price;
        prop_assert!(picks.iter().all(|pick| price(pick) <= limit && pick.deal.tasks > 0));
        let (mut after, mut left) = (request.clone(), offers.clone());
        carry_out(&mut after, &mut left, &picks);
        let is_oversold = |used: u32, before: u32, terms: &Terms<AccountId>| used > before && used > terms.volume;
        for (after, before) in left.app_orders.iter().zip(&offers.app_orders) {
            let (after, before) = (&after.standing, &before.standing);
            prop_assert!(!is_oversold(after.used, before.used, &after.order.terms));
        }
        for (after, before) in left.dataset_orders.iter().zip(&offers.dataset_orders) {
            let (after, before) = (&after.standing, &before.standing);
            prop_assert!(!is_oversold(after.used, before.used, &after.order.terms));
        }
        for (after, before) in left.pool_orders.iter().zip(&offers.pool_orders) {
            let (after, before) = (&after.standing, &before.standing);
            prop_assert!(!is_oversold(after.used, before.used, &after.order.terms));
        }

        // Nothing is cheaper for the first task, of pools that can begin at once if there is one.
        let (online, offline) = (possible(&request, &offers, true), possible(&request, &offers, false));
        let best = online.iter().min().or(offline.iter().min());
        let first = picks.first().map(price);
        prop_assert_eq!(first.as_ref(), best);

        // All tasks are planned, or there is no more.
        let volume = request.order.terms.volume;
        match missing {
            None => prop_assert!(after.used >= volume),
            Some(missing) => {
                prop_assert_eq!((missing.tasks, missing.of), (volume - after.used, volume));
                prop_assert_eq!(possible(&after, &left, true), vec![]);
                prop_assert_eq!(possible(&after, &left, false), vec![]);
            }
        }
    }

    #[test]
    fn a_deals_place_in_the_request_is_found(first in 0u32..50, tasks in 1u32..20, planned in 0u32..80) {
        let whole = Parameters::Range { first: 7 };
        let part = whole.clone().part(first, tasks);
        prop_assert_eq!(place(&whole, &part, tasks, planned), first);
        prop_assert_eq!(place(&whole, &part, tasks, first), first);
    }
}

#[test]
fn buys_at_published_prices_where_there_are_no_orders() {
    let market = offers(vec![pool(0, Some(20), 0, 1), pool(1, Some(10), 0, 1), pool(2, None, 0, 1)]);
    let Plan { picks, missing } = planned(&request(24, 15), &market);
    assert_eq!(missing, None);
    let [pick] = &picks[..] else { panic!("{picks:?}") };
    assert_eq!((&pick.app, &pick.dataset, pick.first), (&None, &None, 0));
    assert_eq!(pick.pool, PoolSource::Listed(PoolId(1)));
    assert_eq!((pick.deal.pool, pick.deal.tasks), (PoolId(1), 24));
    assert_eq!((price(pick), pick.held()), (15, 24 * 30));
}

#[test]
fn takes_several_pools_where_one_orders_volume_is_not_enough() {
    let mut market = offers(vec![pool(0, None, 0, 1), pool(1, None, 0, 1), pool(2, Some(10), 0, 1)]);
    market.pool_orders = vec![pool_order(0, 0, terms(0, 5, 10), 4), pool_order(1, 1, terms(0, 4, 5), 0)];
    let Plan { picks, missing } = planned(&request(20, 30), &market);
    assert_eq!(missing, None);
    let told: Vec<_> =
        picks.iter().map(|pick| (pick.deal.pool.0, pick.first, pick.deal.tasks, price(pick))).collect();
    assert_eq!(told, [(1, 0, 5, 9), (0, 5, 6, 10), (2, 11, 9, 15)]);
}

#[test]
fn knows_the_deposit_for_each_deal_and_for_each_order_that_the_chain_does_not_know() {
    let storage = StoragePrice { item: 100, byte: 1 };
    let entry = storage.of(talka_primitives::deposit::ENTRY);
    let handed = |mut offer: Offer<AppOrder<AccountId>>| {
        let signature = OrderSignature::Raw(crate::order::MultiSignature::Sr25519([0; 64]));
        let order = offer.standing.order.clone();
        offer.source = Source::Signed(SignedOrder { order, genesis: [0; 32], signature });
        offer
    };
    let mut market = offers(vec![pool(0, Some(10), 0, 1)]);
    market.app = app(None);
    // The first order is used up by the first deal; the second was used before.
    let order = |place, volume, used| handed(app_order(place, terms(APP_OWNER, 3, volume), used));
    market.app_orders = vec![order(0, 2, 0), order(1, 9, 4)];
    let Plan { picks, missing } = plan(&request(5, 30), &market, CLOCK, storage, is_member);
    assert_eq!((picks.len(), missing), (2, None));
    let beside = |pick: &Pick| pick.deposit - pick.deal.deposit.amount;
    // The request and an order in the first; what the second deal is made of is known then.
    assert_eq!((beside(&picks[0]), beside(&picks[1])), (2 * entry, 0));
    assert_eq!(picks[0].deal.deposit.amount, storage.of(picks[0].deal.footprint()));
}

#[test]
fn prefers_pools_that_can_begin() {
    let market = offers(vec![pool(0, Some(1), 0, 0), pool(1, Some(10), 0, 1)]);
    assert_eq!(planned(&request(1, 30), &market).picks[0].deal.pool, PoolId(1));
    let nobody = offers(vec![pool(0, Some(1), 0, 0)]);
    assert_eq!(planned(&request(1, 30), &nobody).picks[0].deal.pool, PoolId(0));
}

#[test]
fn a_restricted_request_is_served_by_pools_that_reach_its_trust_alone() {
    let mut market = offers(vec![pool(0, Some(1), 0, 1), pool(1, Some(5), 0, 1), pool(2, Some(9), 0, 1)]);
    // Trust 4 takes two workers without merit, and an auditor.
    for (id, workers) in [(0, 1), (1, 2), (2, 3)] {
        market.pools.get_mut(&PoolId(id)).unwrap().insiders = insiders(workers);
    }
    let mut wanted = request(1, 30);
    let picked = |wanted: &Standing<RequestOrder<AccountId>>, market: &Offers| {
        let Plan { picks, .. } = planned(wanted, market);
        (picks[0].deal.pool.0, picks[0].deal.assurance)
    };
    // One worker alone does not reach it.
    assert_eq!(picked(&wanted, &market), (1, Assurance::Adjudicated));
    wanted.order.terms.only.requester = Some(Party::Account(who(REQUESTER)));
    assert_eq!(picked(&wanted, &market), (1, Assurance::Unaudited));
    market.pools.remove(&PoolId(1));
    assert_eq!(picked(&wanted, &market), (2, Assurance::Internal));
    market.pools.remove(&PoolId(2));
    assert_eq!(why(&planned(&wanted, &market)), Why::Unfit(Mismatch::TrustOutOfReach));
}

#[test]
fn an_order_that_restricts_is_for_requests_that_are_restricted() {
    let mut market = offers(vec![pool(0, Some(10), 0, 1)]);
    let meant = Restrictions { requester: Some(Party::Account(who(REQUESTER))), ..Restrictions::default() };
    let cheap = Terms { only: meant, ..terms(0, 1, 5) };
    market.pool_orders = vec![pool_order(0, 0, cheap, 0)];
    let mut wanted = request(1, 30);
    // The dearer offer leaves the assurance as it is.
    assert_eq!(planned(&wanted, &market).picks[0].pool, PoolSource::Listed(PoolId(0)));
    wanted.order.terms.only.pool = Some(PoolId(0));
    let picks = planned(&wanted, &market).picks;
    assert_eq!((price(&picks[0]), picks[0].deal.assurance), (6, Assurance::Internal));
}

#[test]
fn says_what_is_missing_and_why() {
    let market = offers(vec![pool(0, Some(7), 0, 1)]);
    let dear = planned(&request(3, 10), &market);
    assert_eq!(dear.picks, []);
    let missing = Missing { tasks: 3, of: 3, why: Why::OverLimit { cheapest: 12, limit: 10 } };
    assert_eq!(dear.missing, Some(missing));

    let no_app = Offers { app: app(None), ..market.clone() };
    assert_eq!(why(&planned(&request(3, 30), &no_app)), Why::NoApp);
    let no_data = Offers { dataset: Some(dataset(None)), ..market.clone() };
    assert_eq!(why(&planned(&request(3, 30), &no_data)), Why::NoDataset);
    assert_eq!(why(&planned(&request(3, 30), &offers(vec![pool(0, None, 0, 1)]))), Why::NoPool);

    let mut other = request(3, 30);
    other.order.terms.only.pool = Some(PoolId(9));
    assert_eq!(why(&planned(&other, &market)), Why::Unfit(Mismatch::NotForThisPool));
    let mut late = request(3, 30);
    late.order.deadline = CLOCK.now;
    assert_eq!(why(&planned(&late, &market)), Why::Impossible(Mismatch::DeadlineInPast));
    late.order.deadline = CLOCK.now + 1;
    assert_eq!(why(&planned(&late, &market)), Why::Impossible(Mismatch::DeadlineTooSoon));

    // 30 % of 5, for each of three tasks.
    let mut full = offers(vec![pool(0, Some(5), 0, 1)]);
    full.pools.get_mut(&PoolId(0)).unwrap().pool.guarantee_limit = 2;
    assert_eq!(why(&planned(&request(3, 30), &full)), Why::Unfit(Mismatch::GuaranteeOverLimit));

    let mut few = offers(vec![pool(0, None, 0, 1)]);
    few.pool_orders = vec![pool_order(0, 0, terms(0, 5, 2), 0)];
    let Plan { picks, missing } = planned(&request(3, 30), &few);
    assert_eq!((picks.len(), missing), (1, Some(Missing { tasks: 1, of: 3, why: Why::SoldOut })));
}

#[test]
fn tells_prices_as_people_write_them() {
    let why = Why::OverLimit { cheapest: 12_000_000_000, limit: 10_000_000_000 };
    let text = Missing { tasks: 3, of: 9, why }.to_string();
    assert_eq!(text, "3 of 9 tasks cannot be bought: the cheapest offer costs 12 TLK, the limit is 10");
}

#[test]
fn needs_nothing_for_a_request_that_is_served() {
    let mut served = request(3, 30);
    served.used = 3;
    assert_eq!(planned(&served, &offers(Vec::new())), Plan { picks: Vec::new(), missing: None });
}
