//! What is bought, and what is held for it.

use alloc::string::{String, ToString};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    asset::{Category, Uris},
    id::{AppId, CategoryId, ContentId, DatasetId, PoolId},
    text::Text,
    unit::{Balance, BlockNumber, Share, Trust},
};

/// Most tasks in a deal.
pub const MAX_TASKS: u32 = 10_000;

/// Part of the pool price that the operator guarantees for each task, after iExec's PoCo.
pub const GUARANTEE: Share = Share(30);

/// The arguments that all tasks of a deal have in common.
pub type Arguments = BoundedVec<Text<256>, ConstU32<16>>;

/// The parameter that distinguishes a task from the others of its deal. It is the app's last argument.
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
pub enum Parameters {
    /// Task `i` gets the decimal number `first + i`.
    Range {
        /// The parameter of task 0.
        first: u64,
    },
    /// Task `i` gets line `i` of a file.
    Lines {
        /// BLAKE3-256 of the file.
        content: ContentId,
        /// Where the file can be got.
        uris: Uris,
    },
}

impl Parameters {
    /// The parameter of task `index`; `lines` is the text of the file, where there is one. `None` where the file
    /// has too few lines.
    pub fn of(&self, index: u32, lines: Option<&str>) -> Option<String> {
        match self {
            Self::Range { first } => Some((u128::from(*first) + u128::from(index)).to_string()),
            Self::Lines { .. } => lines?.lines().nth(index as usize).map(ToString::to_string),
        }
    }
}

/// The dataset of a deal.
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
pub struct Deal<AccountId> {
    /// Who pays.
    pub requester: AccountId,
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
    /// How many tasks.
    pub tasks: u32,
    /// The arguments that all tasks have in common.
    pub arguments: Arguments,
    /// What distinguishes the tasks.
    pub parameters: Parameters,
    /// The last block in which a task may be completed.
    pub deadline: BlockNumber,
}

impl<AccountId> Deal<AccountId> {
    /// What the requester pays for one accepted task. `None` on overflow, which matching refuses.
    pub fn price(&self) -> Option<Balance> {
        let dataset = self.dataset.as_ref().map_or(0, |dataset| dataset.price);
        self.app_price.checked_add(dataset)?.checked_add(self.pool_price)
    }

    /// What the operator guarantees for one task: `⌊pool price · 30 %⌋`.
    pub fn guarantee(&self) -> Balance {
        GUARANTEE.of(self.pool_price)
    }
}
