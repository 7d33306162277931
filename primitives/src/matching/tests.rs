use super::*;
use crate::{
    asset::{Announced, PoolPolicy, RuntimeClass, Topic},
    id::ContentId,
    order::Party,
    restriction::Insider,
    unit::{Merit, Share},
};
use alloc::vec;
use proptest::prelude::*;

const NOW: BlockNumber = 100;
const MAX_DURATION: BlockNumber = 1_000;
const CLOCK: Clock =
    Clock { now: NOW, max_duration: MAX_DURATION, periods: Periods { commit_grace: 5, reveal_period: 10 } };
/// The least time of a task that is audited: drawn in block 1, committed by 16; audited from 18 to 33, revealed by 43.
const LEAST: BlockNumber = 43;
const REQUESTER: u64 = 7;
const STORAGE: StoragePrice = StoragePrice { item: 100, byte: 1 };

fn request() -> Request<u64> {
    Request {
        app: AppId(1),
        dataset: Some(DatasetId(2)),
        pool: PoolId(3),
        category: CategoryId(4),
        trust: Trust(4),
        tasks: 24,
        arguments: Default::default(),
        parameters: Parameters::Range { first: 0 },
        max_price: 29,
        beneficiary: None,
        deadline: NOW + MAX_DURATION,
        restricted: false,
    }
}

fn assets() -> Assets<u64> {
    let app = App {
        owner: 11,
        price: Some(3),
        name: "app".try_into().unwrap(),
        runtime: RuntimeClass::Wasm { abi: 2 },
        content: ContentId([1; 32]),
        uris: Default::default(),
        topic: Topic::Science,
        tags: Tags(0b01),
        description: Default::default(),
        deposit: 0,
    };
    let dataset = Dataset {
        owner: 12,
        price: Some(1),
        name: "data".try_into().unwrap(),
        content: ContentId([2; 32]),
        uris: Default::default(),
        topic: Topic::Science,
        tags: Tags(0b10),
        description: Default::default(),
        deposit: 0,
    };
    let mut pool = Pool {
        owner: 13,
        description: Default::default(),
        policy: PoolPolicy { worker_stake_ratio: Share(35), operator_share: Share(5), ..Default::default() },
        announced: None,
        guarantee_limit: Balance::MAX,
        tags: Tags(0b111),
        prices: Default::default(),
        deposit: 0,
    };
    pool.prices.try_insert(CategoryId(4), 25).unwrap();
    let category = Category {
        name: "S".try_into().unwrap(),
        run_time: 10,
        fuel: 1_000,
        memory: 1 << 20,
        audit_rate: crate::Rate(500),
        min_value: 2,
    };
    Assets { app, dataset: Some(dataset), pool, guaranteed: 0, category }
}

/// The first account is a member of the only group, number 7.
fn is_member(group: GroupId, who: &u64) -> bool {
    group == GroupId(7) && *who == REQUESTER
}

/// This number of workers of the pool, with the bond that it asks for and without merit.
fn workers(number: usize) -> Insiders {
    Insiders::of(vec![Insider { bond: 1_000, merit: Merit(0) }; number])
}

fn settled(proposal: Proposal<u64>, assets: Assets<u64>) -> Result<Agreement<u64>, Mismatch> {
    settled_among(proposal, assets, Insiders::MANY)
}

fn settled_among(
    proposal: Proposal<u64>,
    assets: Assets<u64>,
    insiders: Insiders,
) -> Result<Agreement<u64>, Mismatch> {
    agree(proposal, assets, CLOCK, STORAGE, is_member, |pool| {
        assert_eq!(pool, PoolId(3));
        insiders
    })
}

fn outcome(request: Request<u64>, assets: Assets<u64>) -> Result<Agreement<u64>, Mismatch> {
    settled(request.propose(REQUESTER), assets)
}

fn terms(signer: u64, price: Balance, volume: u32) -> Terms<u64> {
    Terms {
        signer,
        price,
        volume,
        tags: Tags::default(),
        only: Restrictions::default(),
        expiry: NOW + 10,
        salt: Salt::default(),
    }
}

/// Four orders that fit together: app 2, dataset 3, pool 20 a task.
fn proposal() -> Proposal<u64> {
    let mut proposal = request().propose(REQUESTER);
    let app = AppOrder { app: AppId(1), terms: terms(11, 2, 1_000) };
    let dataset = DatasetOrder { dataset: DatasetId(2), terms: terms(12, 3, 1_000) };
    let pool =
        PoolOrder { pool: PoolId(3), category: CategoryId(4), trust: Trust(10), terms: terms(13, 20, 1_000) };
    proposal.app = Some(Standing { order: app, used: 0 });
    proposal.dataset = Some(Standing { order: dataset, used: 0 });
    proposal.pool = PoolOffer::Ordered(Standing { order: pool, used: 0 });
    proposal
}

/// The same four orders, after a change of one.
fn changed(change: impl FnOnce(&mut Proposal<u64>)) -> Result<Agreement<u64>, Mismatch> {
    let mut proposal = proposal();
    change(&mut proposal);
    settled(proposal, assets())
}

fn pool_order(proposal: &mut Proposal<u64>) -> &mut Standing<PoolOrder<u64>> {
    match &mut proposal.pool {
        PoolOffer::Ordered(standing) => standing,
        PoolOffer::Listed(_) => unreachable!("the pool is bought by order"),
    }
}

#[test]
fn the_deposit_is_of_who_opens_the_deal_and_grows_with_what_stays() {
    let deposit = |tasks, opener| {
        let proposal = Proposal { opener, ..Request { tasks, ..request() }.propose(REQUESTER) };
        settled(proposal, assets()).unwrap().deal.deposit
    };
    let one = deposit(1, REQUESTER);
    assert_eq!(one.of, REQUESTER);
    // An item of 120 bytes for each outcome.
    assert_eq!(deposit(25, REQUESTER).amount - one.amount, 24 * (100 + 120));
    assert_eq!(deposit(1, 99), Deposit { of: 99, ..one });
}

type TermsOf = fn(&mut Proposal<u64>) -> &mut Terms<u64>;

/// The terms of each of the four orders in turn.
const TERMS: [TermsOf; 4] = [
    |proposal| &mut proposal.app.as_mut().unwrap().order.terms,
    |proposal| &mut proposal.dataset.as_mut().unwrap().order.terms,
    |proposal| &mut pool_order(proposal).order.terms,
    |proposal| &mut proposal.request.order.terms,
];

#[test]
fn copies_the_terms_of_the_day() {
    let Agreement { deal, payment, guarantee } = outcome(request(), assets()).unwrap();
    // All that is paid for a task, and as much for its audit.
    assert_eq!((payment, guarantee), ((29 + 29) * 24, 7 * 24));
    assert_eq!((deal.requester, deal.beneficiary), (7, 7));
    assert_eq!((deal.app, deal.app_owner, deal.app_price), (AppId(1), 11, 3));
    assert_eq!(deal.dataset, Some(DatasetTerms { id: DatasetId(2), owner: 12, price: 1 }));
    assert_eq!((deal.pool, deal.operator, deal.pool_price), (PoolId(3), 13, 25));
    assert_eq!((deal.operator_share, deal.worker_stake), (Share(5), 8));
    assert_eq!((deal.category_id, deal.category), (CategoryId(4), assets().category));
    assert_eq!((deal.trust, deal.tasks, deal.deadline), (Trust(4), 24, NOW + MAX_DURATION));
}

#[test]
fn holds_no_more_of_an_operator_than_it_allows() {
    // 24 tasks of 7 each.
    let with = |limit, guaranteed| {
        let mut assets = Assets { guaranteed, ..assets() };
        assets.pool.guarantee_limit = limit;
        outcome(request(), assets).map(|agreement| agreement.guarantee)
    };
    assert_eq!(with(24 * 7, 0), Ok(24 * 7));
    assert_eq!(with(24 * 7 + 3, 3), Ok(24 * 7));
    assert_eq!(with(24 * 7 + 3, 4), Err(Mismatch::GuaranteeOverLimit));
    assert_eq!(with(0, 0), Err(Mismatch::GuaranteeOverLimit));
    // The limit was lowered below what is held already.
    assert_eq!(with(10, 20), Err(Mismatch::GuaranteeOverLimit));
    assert_eq!(with(Balance::MAX, Balance::MAX), Err(Mismatch::GuaranteeOverLimit));
}

#[test]
fn sells_no_task_of_a_pool_for_less_than_its_workers_have_agreed_to() {
    let mut least = assets();
    least.pool.policy.min_price = 25;
    assert!(outcome(request(), least.clone()).is_ok());
    // By order neither.
    assert_eq!(settled(proposal(), least.clone()), Err(Mismatch::PriceTooLow));
    least.pool.policy.min_price = 26;
    assert_eq!(outcome(request(), least), Err(Mismatch::PriceTooLow));
}

#[test]
fn takes_the_policy_of_the_block_of_the_deal() {
    let share = |from| {
        let mut assets = assets();
        let policy = PoolPolicy { operator_share: Share(100), ..assets.pool.policy };
        assets.pool.announced = Some(Announced { policy, from });
        outcome(request(), assets).unwrap().deal.operator_share
    };
    assert_eq!((share(NOW + 1), share(NOW)), (Share(5), Share(100)));
}

#[test]
fn needs_no_dataset_and_may_be_for_somebody_else() {
    let request = Request { dataset: None, beneficiary: Some(8), ..request() };
    let Agreement { deal, payment, .. } = outcome(request, Assets { dataset: None, ..assets() }).unwrap();
    assert_eq!((deal.dataset, deal.beneficiary, payment), (None, 8, (28 + 28) * 24));
}

#[test]
fn says_why_a_request_makes_no_sense() {
    let uris = uris_of("file:///lines");
    let no_text = |bytes: &[u8]| vec![bytes.to_vec().try_into().unwrap()].try_into().unwrap();
    let content = ContentId::default();
    let list =
        |items: usize| Parameters::List { items: vec!["x".try_into().unwrap(); items].try_into().unwrap() };
    let cases = [
        (Request { parameters: list(23), ..request() }, Mismatch::TooFewParameters),
        (
            Request {
                parameters: Parameters::List {
                    items: vec![vec![0xc3].try_into().unwrap(); 24].try_into().unwrap(),
                },
                ..request()
            },
            Mismatch::NotText,
        ),
        (
            Request {
                parameters: Parameters::Lines {
                    content,
                    uris: uris_of("file:///lines"),
                    first: u32::MAX - 22,
                },
                ..request()
            },
            Mismatch::InvalidParameters,
        ),
        (Request { trust: Trust(0), ..request() }, Mismatch::InvalidTrust),
        (Request { trust: Trust(1_000_001), ..request() }, Mismatch::InvalidTrust),
        (Request { tasks: 0, ..request() }, Mismatch::NoTasks),
        (Request { tasks: MAX_TASKS + 1, ..request() }, Mismatch::TooManyTasks),
        (Request { deadline: NOW, ..request() }, Mismatch::DeadlineInPast),
        (Request { deadline: 0, ..request() }, Mismatch::DeadlineInPast),
        (Request { deadline: NOW + MAX_DURATION + 1, ..request() }, Mismatch::DeadlineTooFar),
        (Request { deadline: NOW + 1, ..request() }, Mismatch::DeadlineTooSoon),
        (Request { deadline: NOW + LEAST - 1, ..request() }, Mismatch::DeadlineTooSoon),
        (Request { arguments: no_text(&[0xff]), ..request() }, Mismatch::NotText),
        (Request { arguments: no_text(b"a\0b"), ..request() }, Mismatch::NotText),
        (
            Request { parameters: Parameters::Range { first: u64::MAX - 22 }, ..request() },
            Mismatch::InvalidParameters,
        ),
        (
            Request {
                parameters: Parameters::Lines { content, uris: Default::default(), first: 0 },
                ..request()
            },
            Mismatch::InvalidParameters,
        ),
        (
            Request {
                parameters: Parameters::Lines {
                    content,
                    uris: vec![vec![0xc3].try_into().unwrap()].try_into().unwrap(),
                    first: 0,
                },
                ..request()
            },
            Mismatch::NotText,
        ),
    ];
    for (request, mismatch) in cases {
        assert_eq!(outcome(request.clone(), assets()), Err(mismatch), "{request:?}");
    }
    let fits = [
        Request { trust: Trust::MAX, ..request() },
        Request { tasks: MAX_TASKS, ..request() },
        Request { parameters: list(24), ..request() },
        Request { parameters: list(64), ..request() },
        Request { deadline: NOW + LEAST, ..request() },
        // Without an audit: drawn in block 1, committed by 16, revealed by 26.
        Request { deadline: NOW + 26, trust: Trust(1), ..request() },
        Request { parameters: Parameters::Range { first: u64::MAX - 23 }, ..request() },
        Request { parameters: Parameters::Lines { content, uris, first: 3 }, ..request() },
        Request { arguments: no_text("α\tβ\n".as_bytes()), ..request() },
    ];
    for request in fits {
        assert!(outcome(request.clone(), assets()).is_ok(), "{request:?}");
    }
}

#[test]
fn says_why_an_offer_does_not_fit() {
    let not_served = Request { category: CategoryId(5), ..request() };
    assert_eq!(outcome(not_served, assets()), Err(Mismatch::CategoryNotServed));
    for tags in [Tags(0), Tags(0b01), Tags(0b10)] {
        let mut assets = assets();
        assets.pool.tags = tags;
        assert_eq!(outcome(request(), assets), Err(Mismatch::TagMissing));
    }
    assert_eq!(outcome(Request { max_price: 28, ..request() }, assets()), Err(Mismatch::PriceOverLimit));
    let mut dear = assets();
    dear.app.price = Some(Balance::MAX);
    let any_price = Request { max_price: Balance::MAX, ..request() };
    assert_eq!(outcome(any_price.clone(), dear), Err(Mismatch::PriceOverflow));
    let mut dear = assets();
    dear.app.price = Some(Balance::MAX / 24);
    assert_eq!(outcome(any_price, dear), Err(Mismatch::PriceOverflow));
}

#[test]
fn makes_a_deal_of_four_orders_on_their_terms() {
    let Agreement { deal, payment, guarantee } = settled(proposal(), assets()).unwrap();
    assert_eq!((payment, guarantee), ((25 + 25) * 24, 6 * 24));
    assert_eq!((deal.app_price, deal.pool_price, deal.worker_stake), (2, 20, 7));
    assert_eq!(deal.dataset, Some(DatasetTerms { id: DatasetId(2), owner: 12, price: 3 }));
    assert_eq!((deal.requester, deal.payer, deal.tasks), (REQUESTER, REQUESTER, 24));
    let sponsored = changed(|proposal| proposal.payer = 8).unwrap().deal;
    assert_eq!((sponsored.requester, sponsored.payer, sponsored.beneficiary), (REQUESTER, 8, REQUESTER));
}

#[test]
fn is_for_as_many_tasks_as_are_left_of_every_order() {
    for terms in TERMS {
        let deal = changed(|proposal| terms(proposal).volume = 5).unwrap().deal;
        assert_eq!(deal.tasks, 5);
    }
    let deal = changed(|proposal| proposal.app.as_mut().unwrap().used = 998).unwrap().deal;
    assert_eq!((deal.tasks, deal.parameters), (2, Parameters::Range { first: 0 }));
    let deal = changed(|proposal| proposal.request.used = 20).unwrap().deal;
    assert_eq!((deal.tasks, deal.parameters), (4, Parameters::Range { first: 20 }));
    assert_eq!(changed(|proposal| proposal.request.used = 24), Err(Mismatch::NoTasks));
    assert_eq!(changed(|proposal| pool_order(proposal).used = 1_000), Err(Mismatch::NoTasks));
    assert_eq!(changed(|proposal| pool_order(proposal).order.terms.volume = 0), Err(Mismatch::NoTasks));
}

#[test]
fn says_why_orders_do_not_fit_together() {
    let wrong_app = changed(|proposal| proposal.app.as_mut().unwrap().order.app = AppId(2));
    assert_eq!(wrong_app, Err(Mismatch::AppMismatch));
    let wrong_data = changed(|proposal| proposal.dataset.as_mut().unwrap().order.dataset = DatasetId(3));
    assert_eq!(wrong_data, Err(Mismatch::DatasetMismatch));
    let no_data = changed(|proposal| proposal.request.order.dataset = None);
    assert_eq!(no_data, Err(Mismatch::DatasetMismatch));
    let category = changed(|proposal| pool_order(proposal).order.category = CategoryId(5));
    assert_eq!(category, Err(Mismatch::CategoryMismatch));
    assert!(changed(|proposal| proposal.request.order.trust = Trust(10)).is_ok());
    let trust = changed(|proposal| proposal.request.order.trust = Trust(11));
    assert_eq!(trust, Err(Mismatch::TrustTooHigh));
    assert!(changed(|proposal| proposal.request.order.terms.price = 25).is_ok());
    let price = changed(|proposal| proposal.request.order.terms.price = 24);
    assert_eq!(price, Err(Mismatch::PriceOverLimit));
    for terms in &TERMS[..3] {
        assert_eq!(changed(|proposal| terms(proposal).signer = 99), Err(Mismatch::OwnerChanged));
    }
    for terms in TERMS {
        assert!(changed(|proposal| terms(proposal).tags = Tags(0b100)).is_ok());
        assert_eq!(changed(|proposal| terms(proposal).tags = Tags(0b1000)), Err(Mismatch::TagMissing));
    }
}

#[test]
fn sells_without_an_order_only_what_has_a_published_price() {
    let mut withdrawn = assets();
    withdrawn.app.price = None;
    assert_eq!(outcome(request(), withdrawn.clone()), Err(Mismatch::NotForSale));
    assert!(settled(proposal(), withdrawn).is_ok());
    let mut withdrawn = assets();
    withdrawn.dataset.as_mut().unwrap().price = None;
    assert_eq!(outcome(request(), withdrawn.clone()), Err(Mismatch::NotForSale));
    assert!(settled(proposal(), withdrawn).is_ok());
}

#[test]
fn keeps_to_the_restrictions_of_every_order() {
    let group = || Some(Party::Group(GroupId(7)));
    let kept: [fn(&mut Restrictions<u64>); 5] = [
        |only| only.app = Some(AppId(1)),
        |only| only.dataset = Some(DatasetId(2)),
        |only| only.pool = Some(PoolId(3)),
        |only| only.requester = Some(Party::Account(REQUESTER)),
        |only| only.operator = Some(Party::Account(13)),
    ];
    type Change = fn(&mut Restrictions<u64>);
    let broken: [(Change, Mismatch); 7] = [
        (|only| only.app = Some(AppId(2)), Mismatch::NotForThisApp),
        (|only| only.dataset = Some(DatasetId(3)), Mismatch::NotForThisDataset),
        (|only| only.pool = Some(PoolId(4)), Mismatch::NotForThisPool),
        (|only| only.requester = Some(Party::Account(8)), Mismatch::NotForThisRequester),
        (|only| only.requester = Some(Party::Group(GroupId(8))), Mismatch::NotForThisRequester),
        (|only| only.operator = Some(Party::Account(8)), Mismatch::NotForThisOperator),
        (|only| only.operator = Some(Party::Group(GroupId(7))), Mismatch::NotForThisOperator),
    ];
    for terms in TERMS {
        for keep in kept {
            let kept = changed(|proposal| {
                proposal.request.order.trust = Trust(1);
                keep(&mut terms(proposal).only);
            });
            assert!(kept.is_ok());
        }
        let member = changed(|proposal| {
            proposal.request.order.trust = Trust(1);
            terms(proposal).only.requester = group();
        });
        assert!(member.is_ok());
        for (break_it, mismatch) in broken {
            assert_eq!(changed(|proposal| break_it(&mut terms(proposal).only)), Err(mismatch));
        }
    }
    // An order for deals with a certain dataset is not for deals without one.
    let without = changed(|proposal| {
        proposal.dataset = None;
        proposal.request.order.dataset = None;
        proposal.app.as_mut().unwrap().order.terms.only.dataset = Some(DatasetId(2));
    });
    assert_eq!(without, Err(Mismatch::NotForThisDataset));
}

/// What restricts a deal to its pool, in each of the orders.
const CONFINING: [fn(&mut Restrictions<u64>); 4] = [
    |only| only.pool = Some(PoolId(3)),
    |only| only.requester = Some(Party::Account(REQUESTER)),
    |only| only.requester = Some(Party::Group(GroupId(7))),
    |only| only.operator = Some(Party::Account(13)),
];

#[test]
fn a_deal_with_a_restricted_order_is_left_to_the_workers_of_its_pool() {
    let accept = |proposal: &mut Proposal<u64>| proposal.request.order.terms.only.pool = Some(PoolId(3));
    for terms in TERMS {
        for confine in CONFINING {
            let mut proposal = proposal();
            confine(&mut terms(&mut proposal).only);
            accept(&mut proposal);
            let among = |number| settled_among(proposal.clone(), assets(), workers(number));
            // Trust 4 takes two workers without merit, and an auditor.
            for number in [0, 1] {
                assert_eq!(among(number), Err(Mismatch::TrustOutOfReach));
            }
            let [two, three] = [2, 3].map(|number| among(number).unwrap());
            assert_eq!((two.deal.assurance, two.payment), (Assurance::Unaudited, 25 * 24));
            assert_eq!((three.deal.assurance, three.payment), (Assurance::Internal, (25 + 25) * 24));
        }
        // What says nothing about people leaves a deal as open as it was.
        for only in [
            Restrictions { app: Some(AppId(1)), ..Default::default() },
            Restrictions { dataset: Some(DatasetId(2)), ..Default::default() },
        ] {
            let mut proposal = proposal();
            terms(&mut proposal).only = only;
            let agreement = settled_among(proposal, assets(), workers(0)).unwrap();
            assert_eq!(agreement.deal.assurance, Assurance::Adjudicated);
        }
    }
}

#[test]
fn no_seller_lowers_the_assurance_that_a_request_was_signed_for() {
    for terms in &TERMS[..3] {
        for confine in CONFINING {
            let lowered = changed(|proposal| confine(&mut terms(proposal).only));
            assert_eq!(lowered, Err(Mismatch::NotRestricted));
            // At trust 1 it is the lowest already.
            let unverified = changed(|proposal| {
                proposal.request.order.trust = Trust(1);
                confine(&mut terms(proposal).only);
            });
            assert_eq!(unverified.unwrap().deal.assurance, Assurance::Unverified);
        }
    }
}

#[test]
fn a_request_at_published_prices_can_be_restricted() {
    let among = |number, trust| {
        let request = Request { restricted: true, trust: Trust(trust), ..request() };
        let agreement = settled_among(request.propose(REQUESTER), assets(), workers(number));
        agreement.map(|agreement| agreement.deal.assurance)
    };
    assert_eq!(among(3, 4), Ok(Assurance::Internal));
    assert_eq!(among(2, 4), Ok(Assurance::Unaudited));
    assert_eq!(among(1, 4), Err(Mismatch::TrustOutOfReach));
    assert_eq!(among(1, 1), Ok(Assurance::Unverified));
    assert_eq!(among(0, 1), Err(Mismatch::TrustOutOfReach));
    let open = settled_among(request().propose(REQUESTER), assets(), workers(0));
    assert_eq!(open.unwrap().deal.assurance, Assurance::Adjudicated);
}

fn uris_of(uri: &str) -> crate::asset::Uris {
    vec![uri.try_into().unwrap()].try_into().unwrap()
}

fn price() -> impl Strategy<Value = Balance> {
    prop_oneof![0u128..100, Just(Balance::MAX / 10_000), Just(Balance::MAX), any::<u128>()]
}

proptest! {
    #[test]
    fn never_agrees_to_more_than_the_limit_nor_overflows(
        prices in [price(), price(), price()],
        max_price in price(),
        tasks in 0..=MAX_TASKS + 1,
    ) {
        let mut assets = assets();
        assets.app.price = Some(prices[0]);
        assets.dataset.as_mut().unwrap().price = Some(prices[1]);
        assets.pool.prices.try_insert(CategoryId(4), prices[2]).unwrap();
        match outcome(Request { max_price, tasks, ..request() }, assets) {
            Ok(Agreement { deal, payment, guarantee }) => {
                let price = prices.iter().try_fold(0u128, |sum, part| sum.checked_add(*part)).unwrap();
                prop_assert!(price <= max_price && deal.worker_stake <= deal.pool_price);
                prop_assert_eq!(payment / Balance::from(tasks), price + deal.audit_price());
                prop_assert_eq!(payment % Balance::from(tasks), 0);
                prop_assert!(guarantee <= payment);
            }
            Err(Mismatch::PriceOverLimit | Mismatch::PriceOverflow | Mismatch::NoTasks | Mismatch::TooManyTasks) => {}
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn finds_exactly_the_missing_tags(app in any::<u64>(), dataset in any::<Option<u64>>(), pool in any::<u64>()) {
        let mut assets = assets();
        assets.app.tags = Tags(app);
        assets.dataset = dataset.map(|tags| Dataset { tags: Tags(tags), ..assets.dataset.unwrap() });
        assets.pool.tags = Tags(pool);
        let request = Request { dataset: dataset.map(|_| DatasetId(2)), ..request() };
        let missing = (0..64).any(|bit| (app | dataset.unwrap_or(0)) >> bit & 1 > pool >> bit & 1);
        prop_assert_eq!(outcome(request, assets).err(), missing.then_some(Mismatch::TagMissing));
    }

    #[test]
    fn takes_as_text_what_a_terminal_does_not_obey(bytes in proptest::collection::vec(0u8..0x80, 0..8)) {
        let controls = bytes.iter().any(|byte| (*byte < 32 && !b"\n\t".contains(byte)) || *byte == 127);
        prop_assert_eq!(is_text(&Text::<8>::try_from(bytes).unwrap()), !controls);
    }
}
