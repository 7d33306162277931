//! Deals: a bag of tasks, its terms, and the amounts held for it.

use alloc::string::{String, ToString};
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    apply,
    asset::{Category, Uris},
    audit::Assurance,
    deposit::Deposit,
    id::{AppId, CategoryId, ContentId, DatasetId, PoolId},
    text::Text,
    unit::{Balance, BlockNumber, Share, Trust},
};

/// Most tasks in a deal.
pub const MAX_TASKS: u32 = 10_000;

/// Part of the pool price that the operator guarantees for each task, after iExec's PoCo.
pub const GUARANTEE: Share = Share(30);

/// Blocks from a deal to the draw of its first worker, where no other task stands before it.
pub const FIRST_DRAW: BlockNumber = 1;

/// Blocks from an agreement to the draw of the auditor, at the latest: the second lot is drawn in the block after the next,
/// where another validator makes it.
pub const AUDIT_DRAW: BlockNumber = 2;

/// What a chain gives workers beside the run time of a category, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// Added to the run time: for fetching data, and for the commitment's way to the chain.
    pub commit_grace: BlockNumber,
    /// In which a result that is believed must be revealed.
    pub reveal_period: BlockNumber,
}

impl Periods {
    /// The last block for the commitment of a worker that is drawn now.
    pub fn commit_until(self, category: &Category, now: BlockNumber) -> BlockNumber {
        now.saturating_add(category.run_time).saturating_add(self.commit_grace)
    }

    /// The last block in which a worker goes on that has to commit until this one; a task that is not done by then it declines.
    /// Half of the grace is left for the way to the chain: though one author after another leaves it out, it is not late.
    pub fn work_until(self, commit_until: BlockNumber) -> BlockNumber {
        commit_until.saturating_sub(self.commit_grace / 2)
    }
}

/// The most blocks that a task takes from its deal to its end, where the pool has workers for it, all of them commit and
/// reveal in time, and results agree: the least time that a deal must leave it.
pub fn min_duration(category: &Category, assurance: Assurance, periods: Periods) -> BlockNumber {
    let committed = periods.commit_until(category, FIRST_DRAW);
    let believed = match assurance.is_audited() {
        true => periods.commit_until(category, committed.saturating_add(AUDIT_DRAW)),
        false => committed,
    };
    believed.saturating_add(periods.reveal_period)
}

/// The arguments that all tasks of a deal have in common.
pub type Arguments = BoundedVec<Text<256>, ConstU32<16>>;

/// Parameters that are listed one by one. A longer list goes into a file.
pub type ParameterList = BoundedVec<Text<64>, ConstU32<64>>;

/// The parameter that distinguishes a task from the others of its deal. It is the app's last argument.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub enum Parameters {
    /// Task `i` gets the decimal number `first + i`.
    Range {
        /// The parameter of task 0.
        first: u64,
    },
    /// Task `i` gets item `i`.
    List {
        /// The parameters, in the tasks' order.
        items: ParameterList,
    },
    /// Task `i` gets line `first + i` of a file.
    Lines {
        /// BLAKE3-256 of the file.
        content: ContentId,
        /// Where the file can be got.
        uris: Uris,
        /// The line of task 0, from 0 on.
        first: u32,
    },
}

impl Parameters {
    /// The parameter of task `index`; `lines` is the text of the file, where there is one. `None` where the file
    /// has too few lines.
    pub fn of(&self, index: u32, lines: Option<&str>) -> Option<String> {
        match self {
            Self::Range { first } => Some((u128::from(*first) + u128::from(index)).to_string()),
            Self::List { items } => items.get(index as usize).map(|item| item.to_str().into_owned()),
            Self::Lines { first, .. } => {
                lines?.lines().nth(first.checked_add(index)? as usize).map(ToString::to_string)
            }
        }
    }

    /// Those of `tasks` tasks, after the first `used`: what one of several deals of a request executes.
    pub fn part(self, used: u32, tasks: u32) -> Self {
        match self {
            Self::Range { first } => Self::Range { first: first.saturating_add(used.into()) },
            Self::List { items } => {
                let part = items.into_iter().skip(used as usize).take(tasks as usize).collect();
                Self::List { items: BoundedVec::truncate_from(part) }
            }
            Self::Lines { content, uris, first } => {
                Self::Lines { content, uris, first: first.saturating_add(used) }
            }
        }
    }
}

/// The dataset of a deal.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct DatasetTerms<AccountId> {
    /// Which.
    pub id: DatasetId,
    /// Who is paid.
    pub owner: AccountId,
    /// Price of one accepted task.
    pub price: Balance,
}

/// A bag of tasks bought at agreed terms. Nothing in it ever changes: not when an asset is sold, a price is
/// raised or a policy altered.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Deal<AccountId> {
    /// Who buys.
    pub requester: AccountId,
    /// Who pays: the requester, or a sponsor. What is not paid for comes back to this account.
    pub payer: AccountId,
    /// Whom the results are for.
    pub beneficiary: AccountId,
    /// The app.
    pub app: AppId,
    /// Who is paid for the app.
    pub app_owner: AccountId,
    /// Price of the app for one accepted task.
    pub app_price: Balance,
    /// The dataset, where there is one.
    pub dataset: Option<DatasetTerms<AccountId>>,
    /// The pool whose workers execute.
    pub pool: PoolId,
    /// Who operates it.
    pub operator: AccountId,
    /// Price of the pool for one accepted task.
    pub pool_price: Balance,
    /// Part of the pot that the operator keeps.
    pub operator_share: Share,
    /// What a worker locks for each task.
    pub worker_stake: Balance,
    /// The category's number.
    pub category_id: CategoryId,
    /// The category's limits.
    pub category: Category,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// What stands behind the results.
    pub assurance: Assurance,
    /// How many tasks.
    pub tasks: u32,
    /// The arguments that all tasks have in common.
    pub arguments: Arguments,
    /// What distinguishes the tasks.
    pub parameters: Parameters,
    /// The last block in which a task may be completed.
    pub deadline: BlockNumber,
    /// What is held of who opened it, until the chain forgets it.
    pub deposit: Deposit<AccountId>,
}

impl<AccountId> Deal<AccountId> {
    /// What one accepted task costs. `None` on overflow, which matching refuses.
    pub fn price(&self) -> Option<Balance> {
        let dataset = self.dataset.as_ref().map_or(0, |dataset| dataset.price);
        self.app_price.checked_add(dataset)?.checked_add(self.pool_price)
    }

    /// What a lie about one task can be worth: all that is paid for the task, because the liar may own the pool,
    /// the app and the dataset; and at least the floor of the category. Merit, collateral, and the pay of auditors and
    /// jurors go by it.
    ///
    /// The floor keeps a task that costs its buyer nothing from costing others something: without it an auditor would
    /// work for nothing, and merit and passes would be free.
    pub fn value(&self) -> Balance {
        // Overflow is refused by matching.
        self.price().unwrap_or(Balance::MAX).max(self.category.min_value)
    }

    /// What an audit of one task costs: its value, which the auditor gets. Held with the price, and given back where
    /// there is no audit.
    pub fn audit_price(&self) -> Balance {
        if self.assurance.is_audited() {
            self.value()
        } else {
            0
        }
    }

    /// What is held of the payer for each task: its price and that of an audit. `None` on overflow.
    pub fn reserve(&self) -> Option<Balance> {
        self.price()?.checked_add(self.audit_price())
    }

    /// What the operator guarantees for one task: `⌊pool price · 30 %⌋`.
    pub fn guarantee(&self) -> Balance {
        GUARANTEE.of(self.pool_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec::Vec};
    use proptest::prelude::*;

    fn parameters() -> impl Strategy<Value = Parameters> {
        let list = proptest::collection::vec("[a-z]{0,8}", 40..64).prop_map(|items| {
            let items: Vec<Text<64>> = items.iter().map(|item| item.as_str().try_into().unwrap()).collect();
            Parameters::List { items: items.try_into().unwrap() }
        });
        prop_oneof![
            (0u64..1_000).prop_map(|first| Parameters::Range { first }),
            list,
            (0u32..50).prop_map(|first| Parameters::Lines {
                content: ContentId::default(),
                uris: Default::default(),
                first
            }),
        ]
    }

    proptest! {
        #[test]
        fn parts_of_a_bag_have_the_parameters_of_the_whole(
            whole in parameters(), used in 0u32..20, tasks in 1u32..20,
        ) {
            let lines = (0..200).map(|line| format!("line {line}\n")).collect::<String>();
            let part = whole.clone().part(used, tasks);
            for index in 0..tasks {
                let expected = whole.of(used + index, Some(&lines));
                prop_assert!(expected.is_some());
                prop_assert_eq!(part.of(index, Some(&lines)), expected);
            }
        }
    }

    fn deal(app: Balance, dataset: Option<Balance>, pool: Balance, min_value: Balance) -> Deal<u8> {
        Deal {
            requester: 0,
            payer: 0,
            beneficiary: 0,
            app: AppId(0),
            app_owner: 1,
            app_price: app,
            dataset: dataset.map(|price| DatasetTerms { id: DatasetId(0), owner: 1, price }),
            pool: PoolId(0),
            operator: 1,
            pool_price: pool,
            operator_share: Share(0),
            worker_stake: 0,
            category_id: CategoryId(0),
            category: Category {
                name: "XS".try_into().unwrap(),
                run_time: 1,
                fuel: 1,
                memory: 1,
                audit_rate: crate::audit::DEFAULT_RATE,
                min_value,
            },
            trust: Trust(2),
            assurance: Assurance::Adjudicated,
            tasks: 1,
            arguments: Default::default(),
            parameters: Parameters::Range { first: 0 },
            deadline: 1,
            deposit: Deposit { of: 0, amount: 0 },
        }
    }

    #[test]
    fn a_price_that_is_not_the_pools_counts_as_value() {
        assert_eq!(deal(100, Some(20), 3, 7).value(), 123);
        assert_eq!(deal(100, None, 0, 7).audit_price(), 100);
    }

    #[test]
    fn a_task_that_costs_nothing_is_worth_the_floor() {
        let free = deal(0, Some(0), 0, 7);
        assert_eq!(
            (free.price(), free.value(), free.audit_price(), free.reserve()),
            (Some(0), 7, 7, Some(7))
        );
    }

    proptest! {
        #[test]
        fn the_value_is_all_that_is_paid_and_never_below_the_floor(
            app in any::<u128>(), dataset in proptest::option::of(any::<u128>()), pool in any::<u128>(), floor in 1u128..,
        ) {
            let deal = deal(app, dataset, pool, floor);
            prop_assert!(deal.value() >= floor);
            prop_assert!(deal.price().is_none_or(|price| deal.value() == price.max(floor)));
            prop_assert!(deal.reserve().is_none_or(|held| held == deal.price().unwrap() + deal.value()));
        }
    }

    #[test]
    fn the_least_time_is_that_of_whom_nobody_can_blame() {
        let periods = Periods { commit_grace: 5, reveal_period: 10 };
        let category = |run_time| Category {
            name: Default::default(),
            run_time,
            fuel: 1,
            memory: 1,
            audit_rate: crate::Rate(500),
            min_value: 1,
        };
        assert_eq!(periods.work_until(periods.commit_until(&category(20), 1)), 24);
        // Drawn in block 1, committed by 26, revealed by 36; or agreed on in 26, audited from 28 to 53, revealed by 63.
        assert_eq!(min_duration(&category(20), Assurance::Unverified, periods), 36);
        for audited in [Assurance::Replicated, Assurance::Adjudicated] {
            assert_eq!(min_duration(&category(20), audited, periods), 63);
            assert_eq!(min_duration(&category(BlockNumber::MAX), audited, periods), BlockNumber::MAX);
        }
    }

    #[test]
    fn a_task_beyond_the_list_or_the_file_has_no_parameter() {
        let list = Parameters::List { items: Default::default() };
        assert_eq!(list.of(0, None), None);
        let lines =
            |first| Parameters::Lines { content: ContentId::default(), uris: Default::default(), first };
        assert_eq!(lines(1).of(1, Some("a\nb")), None);
        assert_eq!(lines(u32::MAX).of(1, Some("a\nb")), None);
        assert_eq!(lines(1).of(0, Some("a\nb")).as_deref(), Some("b"));
        assert_eq!(lines(0).of(0, None), None);
    }
}
