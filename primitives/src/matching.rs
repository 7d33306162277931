//! Whether a request fits what is for sale, and the deal it becomes.
//!
//! [`Request::check`] needs nothing but the request; [`agree`] needs what the request names, as it is published
//! now. A client that calls them knows beforehand what the chain will answer.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    asset::{App, Category, Dataset, Pool, Tags},
    deal::{Arguments, DatasetTerms, Deal, Parameters, MAX_TASKS},
    id::{AppId, CategoryId, DatasetId, PoolId},
    text::Text,
    unit::{Balance, BlockNumber, Trust},
};

/// What a requester wants to buy, at published prices.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct Request<AccountId> {
    /// The app.
    pub app: AppId,
    /// The dataset that the app reads, where there is one.
    pub dataset: Option<DatasetId>,
    /// The pool whose workers are to execute.
    pub pool: PoolId,
    /// The size of a task.
    pub category: CategoryId,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// How many tasks, from 1 to [`MAX_TASKS`].
    pub tasks: u32,
    /// The arguments that all tasks have in common.
    pub arguments: Arguments,
    /// What distinguishes the tasks.
    pub parameters: Parameters,
    /// The most that one accepted task may cost: app, dataset and pool together, in units of TLK.
    pub max_price: Balance,
    /// Whom the results are for; the requester where it is nobody else.
    pub beneficiary: Option<AccountId>,
    /// The last block in which a task may be completed.
    pub deadline: BlockNumber,
}

/// What a request names, as it is published now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers<AccountId> {
    /// The app.
    pub app: App<AccountId>,
    /// The dataset: present exactly where the request names one.
    pub dataset: Option<Dataset<AccountId>>,
    /// The pool.
    pub pool: Pool<AccountId>,
    /// The category.
    pub category: Category,
}

/// A deal and the money that backs it, in units of TLK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement<AccountId> {
    /// The terms.
    pub deal: Deal<AccountId>,
    /// What the requester owes if all tasks are accepted: price × tasks.
    pub payment: Balance,
    /// What the operator loses if no task is completed in time: guarantee × tasks.
    pub guarantee: Balance,
}

/// Why a request cannot become a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The trust is not one that can be asked for.
    InvalidTrust,
    /// The request has no tasks.
    NoTasks,
    /// The request has more than [`MAX_TASKS`] tasks.
    TooManyTasks,
    /// The deadline is not after the current block.
    DeadlineInPast,
    /// The deadline is farther away than the market allows.
    DeadlineTooFar,
    /// An argument or URI is not text: see [`is_text`].
    NotText,
    /// The parameters end beyond 2⁶⁴ - 1, or are the lines of a file that can be got nowhere.
    InvalidParameters,
    /// The pool has no price for the category.
    CategoryNotServed,
    /// The app or the dataset needs what the pool does not offer.
    TagMissing,
    /// One task costs more than the request's limit.
    PriceOverLimit,
    /// The price of all tasks is not a number that money has.
    PriceOverflow,
}

/// Whether something is text that can be shown and passed to an app: UTF-8, without control characters but for
/// newlines and tabs. (An argument of a program cannot contain a NUL; a terminal obeys an ESC.)
pub fn is_text<const N: u32>(text: &Text<N>) -> bool {
    text.is_utf8() && text.to_str().chars().all(|c| !c.is_control() || c == '\n' || c == '\t')
}

impl<AccountId> Request<AccountId> {
    /// Check all that can be said without knowing what is for sale. `max_duration` is the longest time from now
    /// to a deadline, in blocks.
    pub fn check(&self, now: BlockNumber, max_duration: BlockNumber) -> Result<(), Mismatch> {
        ensure(self.trust.is_valid(), Mismatch::InvalidTrust)?;
        ensure(self.tasks > 0, Mismatch::NoTasks)?;
        ensure(self.tasks <= MAX_TASKS, Mismatch::TooManyTasks)?;
        ensure(self.deadline > now, Mismatch::DeadlineInPast)?;
        ensure(self.deadline - now <= max_duration, Mismatch::DeadlineTooFar)?;
        ensure(self.arguments.iter().all(is_text), Mismatch::NotText)?;
        check_parameters(&self.parameters, self.tasks)
    }
}

/// Check that each of so many tasks has a parameter.
pub fn check_parameters(parameters: &Parameters, tasks: u32) -> Result<(), Mismatch> {
    match parameters {
        Parameters::Range { first } => {
            let last = first.checked_add(u64::from(tasks.saturating_sub(1)));
            ensure(last.is_some(), Mismatch::InvalidParameters)
        }
        Parameters::Lines { uris, .. } => {
            ensure(!uris.is_empty(), Mismatch::InvalidParameters)?;
            ensure(uris.iter().all(is_text), Mismatch::NotText)
        }
    }
}

/// What a pool must offer to execute these.
pub fn needed_tags<AccountId>(app: &App<AccountId>, dataset: Option<&Dataset<AccountId>>) -> Tags {
    app.tags.and(dataset.map_or(Tags::default(), |dataset| dataset.tags))
}

/// Make the deal that a request asks for, or say why there can be none. Whether the money is there is not asked.
///
/// The deal copies prices, owners, policy and limits: nothing in it changes when the offers do.
pub fn agree<AccountId: Clone>(
    requester: AccountId,
    request: Request<AccountId>,
    offers: Offers<AccountId>,
    now: BlockNumber,
    max_duration: BlockNumber,
) -> Result<Agreement<AccountId>, Mismatch> {
    request.check(now, max_duration)?;
    let Offers { app, dataset, pool, category } = offers;
    let pool_price = *pool.prices.get(&request.category).ok_or(Mismatch::CategoryNotServed)?;
    ensure(pool.tags.offer(needed_tags(&app, dataset.as_ref())), Mismatch::TagMissing)?;

    let deal = Deal {
        beneficiary: request.beneficiary.unwrap_or_else(|| requester.clone()),
        requester,
        app: request.app,
        app_owner: app.owner,
        app_price: app.price,
        dataset: request.dataset.zip(dataset).map(|(id, dataset)| DatasetTerms {
            id,
            owner: dataset.owner,
            price: dataset.price,
        }),
        pool: request.pool,
        operator: pool.owner,
        pool_price,
        operator_share: pool.policy.operator_share,
        worker_stake: pool.policy.worker_stake_ratio.of(pool_price),
        category_id: request.category,
        category,
        trust: request.trust,
        tasks: request.tasks,
        arguments: request.arguments,
        parameters: request.parameters,
        deadline: request.deadline,
    };
    let price = deal.price().ok_or(Mismatch::PriceOverflow)?;
    ensure(price <= request.max_price, Mismatch::PriceOverLimit)?;
    let tasks = Balance::from(deal.tasks);
    let payment = price.checked_mul(tasks).ok_or(Mismatch::PriceOverflow)?;
    let guarantee = deal.guarantee().checked_mul(tasks).ok_or(Mismatch::PriceOverflow)?;
    Ok(Agreement { deal, payment, guarantee })
}

fn ensure(condition: bool, otherwise: Mismatch) -> Result<(), Mismatch> {
    condition.then_some(()).ok_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        asset::{PoolPolicy, RuntimeClass, Topic},
        id::ContentId,
        unit::Share,
    };
    use alloc::vec;
    use proptest::prelude::*;

    const NOW: BlockNumber = 100;
    const MAX_DURATION: BlockNumber = 1_000;

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
        }
    }

    fn offers() -> Offers<u64> {
        let app = App {
            owner: 11,
            price: 3,
            name: "app".try_into().unwrap(),
            runtime: RuntimeClass::Wasm { abi: 1 },
            content: ContentId([1; 32]),
            uris: Default::default(),
            topic: Topic::Science,
            tags: Tags(0b01),
            description: Default::default(),
        };
        let dataset = Dataset {
            owner: 12,
            price: 1,
            name: "data".try_into().unwrap(),
            content: ContentId([2; 32]),
            uris: Default::default(),
            topic: Topic::Science,
            tags: Tags(0b10),
            description: Default::default(),
        };
        let mut pool = Pool {
            owner: 13,
            description: Default::default(),
            policy: PoolPolicy {
                worker_stake_ratio: Share(35),
                operator_share: Share(5),
                ..Default::default()
            },
            tags: Tags(0b111),
            prices: Default::default(),
        };
        pool.prices.try_insert(CategoryId(4), 25).unwrap();
        let category = Category { name: "S".try_into().unwrap(), run_time: 10, fuel: 1_000, memory: 1 << 20 };
        Offers { app, dataset: Some(dataset), pool, category }
    }

    fn outcome(request: Request<u64>, offers: Offers<u64>) -> Result<Agreement<u64>, Mismatch> {
        agree(7, request, offers, NOW, MAX_DURATION)
    }

    #[test]
    fn copies_the_terms_of_the_day() {
        let Agreement { deal, payment, guarantee } = outcome(request(), offers()).unwrap();
        assert_eq!((payment, guarantee), (29 * 24, 7 * 24));
        assert_eq!((deal.requester, deal.beneficiary), (7, 7));
        assert_eq!((deal.app, deal.app_owner, deal.app_price), (AppId(1), 11, 3));
        assert_eq!(deal.dataset, Some(DatasetTerms { id: DatasetId(2), owner: 12, price: 1 }));
        assert_eq!((deal.pool, deal.operator, deal.pool_price), (PoolId(3), 13, 25));
        assert_eq!((deal.operator_share, deal.worker_stake), (Share(5), 8));
        assert_eq!((deal.category_id, deal.category), (CategoryId(4), offers().category));
        assert_eq!((deal.trust, deal.tasks, deal.deadline), (Trust(4), 24, NOW + MAX_DURATION));
    }

    #[test]
    fn needs_no_dataset_and_may_be_for_somebody_else() {
        let request = Request { dataset: None, beneficiary: Some(8), ..request() };
        let Agreement { deal, payment, .. } = outcome(request, Offers { dataset: None, ..offers() }).unwrap();
        assert_eq!((deal.dataset, deal.beneficiary, payment), (None, 8, 28 * 24));
    }

    #[test]
    fn says_why_a_request_makes_no_sense() {
        let uris = vec!["file:///lines".try_into().unwrap()].try_into().unwrap();
        let no_text = |bytes: &[u8]| vec![bytes.to_vec().try_into().unwrap()].try_into().unwrap();
        let content = ContentId::default();
        let cases = [
            (Request { trust: Trust(0), ..request() }, Mismatch::InvalidTrust),
            (Request { trust: Trust(1_000_001), ..request() }, Mismatch::InvalidTrust),
            (Request { tasks: 0, ..request() }, Mismatch::NoTasks),
            (Request { tasks: MAX_TASKS + 1, ..request() }, Mismatch::TooManyTasks),
            (Request { deadline: NOW, ..request() }, Mismatch::DeadlineInPast),
            (Request { deadline: 0, ..request() }, Mismatch::DeadlineInPast),
            (Request { deadline: NOW + MAX_DURATION + 1, ..request() }, Mismatch::DeadlineTooFar),
            (Request { arguments: no_text(&[0xff]), ..request() }, Mismatch::NotText),
            (Request { arguments: no_text(b"a\0b"), ..request() }, Mismatch::NotText),
            (
                Request { parameters: Parameters::Range { first: u64::MAX - 22 }, ..request() },
                Mismatch::InvalidParameters,
            ),
            (
                Request { parameters: Parameters::Lines { content, uris: Default::default() }, ..request() },
                Mismatch::InvalidParameters,
            ),
            (
                Request {
                    parameters: Parameters::Lines {
                        content,
                        uris: vec![vec![0xc3].try_into().unwrap()].try_into().unwrap(),
                    },
                    ..request()
                },
                Mismatch::NotText,
            ),
        ];
        for (request, mismatch) in cases {
            assert_eq!(outcome(request.clone(), offers()), Err(mismatch), "{request:?}");
        }
        let fits = [
            Request { trust: Trust::MAX, ..request() },
            Request { tasks: MAX_TASKS, ..request() },
            Request { deadline: NOW + 1, ..request() },
            Request { parameters: Parameters::Range { first: u64::MAX - 23 }, ..request() },
            Request { parameters: Parameters::Lines { content, uris }, ..request() },
            Request { arguments: no_text("α\tβ\n".as_bytes()), ..request() },
        ];
        for request in fits {
            assert!(outcome(request.clone(), offers()).is_ok(), "{request:?}");
        }
    }

    #[test]
    fn says_why_an_offer_does_not_fit() {
        let not_served = Request { category: CategoryId(5), ..request() };
        assert_eq!(outcome(not_served, offers()), Err(Mismatch::CategoryNotServed));
        for tags in [Tags(0), Tags(0b01), Tags(0b10)] {
            let mut offers = offers();
            offers.pool.tags = tags;
            assert_eq!(outcome(request(), offers), Err(Mismatch::TagMissing));
        }
        assert_eq!(outcome(Request { max_price: 28, ..request() }, offers()), Err(Mismatch::PriceOverLimit));
        let mut dear = offers();
        dear.app.price = Balance::MAX;
        let any_price = Request { max_price: Balance::MAX, ..request() };
        assert_eq!(outcome(any_price.clone(), dear), Err(Mismatch::PriceOverflow));
        let mut dear = offers();
        dear.app.price = Balance::MAX / 24;
        assert_eq!(outcome(any_price, dear), Err(Mismatch::PriceOverflow));
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
            let mut offers = offers();
            offers.app.price = prices[0];
            offers.dataset.as_mut().unwrap().price = prices[1];
            offers.pool.prices.try_insert(CategoryId(4), prices[2]).unwrap();
            match outcome(Request { max_price, tasks, ..request() }, offers) {
                Ok(Agreement { deal, payment, guarantee }) => {
                    let price = prices.iter().try_fold(0u128, |sum, part| sum.checked_add(*part)).unwrap();
                    prop_assert!(price <= max_price && deal.worker_stake <= deal.pool_price);
                    prop_assert_eq!(payment / Balance::from(tasks), price);
                    prop_assert_eq!(payment % Balance::from(tasks), 0);
                    prop_assert!(guarantee <= payment);
                }
                Err(Mismatch::PriceOverLimit | Mismatch::PriceOverflow | Mismatch::NoTasks | Mismatch::TooManyTasks) => {}
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn finds_exactly_the_missing_tags(app in any::<u64>(), dataset in any::<Option<u64>>(), pool in any::<u64>()) {
            let mut offers = offers();
            offers.app.tags = Tags(app);
            offers.dataset = dataset.map(|tags| Dataset { tags: Tags(tags), ..offers.dataset.unwrap() });
            offers.pool.tags = Tags(pool);
            let request = Request { dataset: dataset.map(|_| DatasetId(2)), ..request() };
            let missing = (0..64).any(|bit| (app | dataset.unwrap_or(0)) >> bit & 1 > pool >> bit & 1);
            prop_assert_eq!(outcome(request, offers).err(), missing.then_some(Mismatch::TagMissing));
        }

        #[test]
        fn takes_as_text_what_a_terminal_does_not_obey(bytes in proptest::collection::vec(0u8..0x80, 0..8)) {
            let controls = bytes.iter().any(|byte| (*byte < 32 && !b"\n\t".contains(byte)) || *byte == 127);
            prop_assert_eq!(is_text(&Text::<8>::try_from(bytes).unwrap()), !controls);
        }
    }
}
