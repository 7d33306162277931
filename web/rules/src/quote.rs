//! What a request becomes at published prices, by the chain's own rule.

use alloc::{
    format,
    string::{String, ToString},
};
use codec::{Decode, Encode};
use serde::Serialize;
use talka_primitives::{
    audit::Assurance,
    deal::{min_duration, Periods},
    matching::{agree, Agreement, Assets, Clock, Request},
    restriction::Insiders,
    App, Balance, BlockNumber, Category, Dataset, Pool, StoragePrice, Trust,
};

use crate::{json, next, unread, AccountId, Answer};

/// All that decides what a request costs, field by field in this order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Question {
    /// Who buys.
    pub buyer: AccountId,
    /// What is wanted.
    pub request: Request<AccountId>,
    /// The app.
    pub app: App<AccountId>,
    /// The dataset: present exactly where the request names one.
    pub dataset: Option<Dataset<AccountId>>,
    /// The pool.
    pub pool: Pool<AccountId>,
    /// What is held of the pool's operator as guarantees, in units of TLK.
    pub guaranteed: Balance,
    /// The size of a task.
    pub category: Category,
    /// The block.
    pub now: BlockNumber,
    /// The longest time to a deadline, in blocks.
    pub max_duration: BlockNumber,
    /// What workers have beside the run time, in blocks.
    pub commit_grace: BlockNumber,
    /// In which results must be revealed, in blocks.
    pub reveal_period: BlockNumber,
    /// What the chain asks for what it has to remember.
    pub storage: StoragePrice,
    /// The workers of the pool.
    pub insiders: Insiders,
}

/// The amounts of an agreement, in units of TLK.
#[derive(Serialize)]
struct Quote {
    price: String,
    audit_price: String,
    payment: String,
    deposit: String,
    worker_stake: String,
    assurance: Assurance,
}

/// See [`crate::talka_quote`].
pub(crate) fn quote(mut input: &[u8]) -> Answer {
    let question: Question = next(&mut input, "question")?;
    if !input.is_empty() {
        return Err(unread("question"));
    }
    let Question { buyer, request, app, dataset, pool, guaranteed, category, .. } = question;
    let periods = Periods { commit_grace: question.commit_grace, reveal_period: question.reveal_period };
    let clock = Clock { now: question.now, max_duration: question.max_duration, periods };
    let assets = Assets { app, dataset, pool, guaranteed, category };
    // No order takes part: nobody is asked whether it is a member of a group.
    let is_member = |_, _: &AccountId| false;
    let agreed =
        agree(request.propose(buyer), assets, clock, question.storage, is_member, |_| question.insiders);
    let Agreement { deal, payment, .. } = agreed.map_err(|mismatch| format!("{mismatch:?}"))?;
    json(&Quote {
        price: deal.price().unwrap_or(Balance::MAX).to_string(),
        audit_price: deal.audit_price().to_string(),
        payment: payment.to_string(),
        deposit: deal.deposit.amount.to_string(),
        worker_stake: deal.worker_stake.to_string(),
        assurance: deal.assurance,
    })
}

/// See [`crate::talka_least_duration`].
pub(crate) fn least_duration(mut input: &[u8]) -> Answer {
    let input = &mut input;
    let app: App<AccountId> = next(input, "app")?;
    let category: Category = next(input, "category")?;
    let trust: Trust = next(input, "trust")?;
    let periods = Periods { commit_grace: next(input, "grace")?, reveal_period: next(input, "period")? };
    Ok(min_duration(&category, Assurance::of(app.runtime, trust), periods).to_le_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{
        deal::Parameters, manifest::WASM_ABI, AppId, CategoryId, ContentId, PoolId, PoolPolicy, Rate,
        RuntimeClass, Tags, Topic,
    };

    fn question() -> Question {
        let category = Category {
            name: "XS".try_into().unwrap(),
            run_time: 10,
            fuel: 1,
            memory: 1,
            audit_rate: Rate(0),
            min_value: 1,
        };
        let mut pool = Pool {
            owner: [2; 32],
            description: Default::default(),
            policy: PoolPolicy::default(),
            announced: None,
            guarantee_limit: 1_000,
            tags: Tags(0),
            prices: Default::default(),
            deposit: 0,
        };
        pool.prices.try_insert(CategoryId(0), 20).unwrap();
        Question {
            buyer: [1; 32],
            request: Request {
                app: AppId(0),
                dataset: None,
                pool: PoolId(0),
                category: CategoryId(0),
                trust: Trust(1),
                tasks: 3,
                arguments: Default::default(),
                parameters: Parameters::Range { first: 0 },
                max_price: 100,
                beneficiary: None,
                deadline: 500,
                restricted: false,
            },
            app: App {
                owner: [3; 32],
                price: Some(3),
                name: Default::default(),
                runtime: RuntimeClass::Wasm { abi: WASM_ABI },
                content: ContentId([1; 32]),
                uris: Default::default(),
                topic: Topic::Other,
                tags: Tags(0),
                description: Default::default(),
                deposit: 0,
            },
            dataset: None,
            pool,
            guaranteed: 0,
            category,
            now: 100,
            max_duration: 1_000,
            commit_grace: 10,
            reveal_period: 10,
            storage: StoragePrice { item: 1, byte: 1 },
            insiders: Insiders::MANY,
        }
    }

    fn told(question: &Question) -> Result<serde_json::Value, String> {
        quote(&question.encode()).map(|told| serde_json::from_slice(&told).unwrap())
    }

    #[test]
    fn a_quote_is_what_the_chain_agrees_to() {
        let question = question();
        let told = told(&question).unwrap();
        assert_eq!(told["price"], "23");
        assert_eq!(told["payment"], "69");
        assert_eq!(told["audit_price"], "0");
        assert_eq!(told["assurance"], "Unverified");
        assert!(told["deposit"].as_str().unwrap().parse::<u128>().unwrap() > 0);
    }

    #[test]
    fn what_the_chain_refuses_is_refused_by_the_same_name() {
        let refused = |change: fn(&mut Question)| {
            let mut question = question();
            change(&mut question);
            told(&question).unwrap_err()
        };
        assert_eq!(refused(|question| question.request.trust = Trust(0)), "InvalidTrust");
        assert_eq!(refused(|question| question.request.max_price = 22), "PriceOverLimit");
        assert_eq!(refused(|question| question.app.price = None), "NotForSale");
        assert_eq!(refused(|question| question.request.deadline = 101), "DeadlineTooSoon");
        assert_eq!(refused(|question| question.pool.guarantee_limit = 0), "GuaranteeOverLimit");
    }

    #[test]
    fn bytes_that_are_no_question_are_refused() {
        let bytes = question().encode();
        for cut in [0, 1, 31, 40, bytes.len() - 1] {
            assert_eq!(quote(&bytes[..cut]), Err(unread("question")), "{cut}");
        }
        assert_eq!(quote(&[&bytes[..], &[0]].concat()), Err(unread("question")));
    }

    #[test]
    fn the_least_duration_is_that_of_the_market() {
        let Question { app, category, .. } = question();
        let periods = Periods { commit_grace: 10, reveal_period: 7 };
        let input = (&app, &category, Trust(4), 10u32, 7u32).encode();
        let least = min_duration(&category, Assurance::of(app.runtime, Trust(4)), periods);
        assert_eq!(least_duration(&input).unwrap(), least.to_le_bytes());
        assert_eq!(least_duration(&input[..input.len() - 1]), Err(unread("period")));
    }
}
