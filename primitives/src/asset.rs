//! Assets: apps, datasets and pools, with their owners and terms.

use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedBTreeMap, BoundedVec};

use crate::{
    apply,
    id::{CategoryId, ContentId},
    text::Text,
    unit::{Balance, BlockNumber, Rate, Score, Share},
};

/// The name of an asset.
pub type Name = Text<64>;
/// What an asset is for, in a few sentences.
pub type Description = Text<512>;
/// Where a blob can be got: `peer://`, `https://`, `http://` or `file://`. Only a hint: content ids decide.
pub type Uri = Text<256>;
/// Up to four places of one blob.
pub type Uris = BoundedVec<Uri, ConstU32<4>>;

/// The sandbox that an app is made for.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum RuntimeClass {
    /// A WASI command, executed deterministically to the bit.
    Wasm {
        /// Version of the sandbox: [`crate::manifest::WASM_ABI`].
        abi: u32,
    },
    /// A container image. Its results are replicated, not adjudicated.
    Oci,
}

/// The shelf of the store on which an asset stands.
#[apply(stored)]
#[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // The names say it.
pub enum Topic {
    ArtificialIntelligence,
    BigData,
    Finance,
    GreenIt,
    Science,
    Media,
    Other,
}

/// Abilities that an app or dataset needs and a pool offers, one bit each.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub u64);

impl Tags {
    /// Whether everything in `needed` is here.
    pub fn offer(self, needed: Self) -> bool {
        needed.0 & !self.0 == 0
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// An app: a program that workers execute.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct App<AccountId> {
    /// Who is paid for its use.
    pub owner: AccountId,
    /// Published price of one accepted task, in units of TLK; none where it is sold by order only, or not at all.
    pub price: Option<Balance>,
    /// Its name.
    pub name: Name,
    /// The sandbox it is made for.
    pub runtime: RuntimeClass,
    /// BLAKE3-256 of the artefact.
    pub content: ContentId,
    /// Where the artefact can be got.
    pub uris: Uris,
    /// Its shelf.
    pub topic: Topic,
    /// What a pool must offer to execute it.
    pub tags: Tags,
    /// What it does.
    pub description: Description,
    /// What is held of the owner while it is published, in units of TLK: see [`crate::deposit`].
    pub deposit: Balance,
}

/// A dataset: one blob that an app reads.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Dataset<AccountId> {
    /// Who is paid for its use.
    pub owner: AccountId,
    /// Published price of one accepted task, in units of TLK; none where it is sold by order only, or not at all.
    pub price: Option<Balance>,
    /// Its name.
    pub name: Name,
    /// BLAKE3-256 of the blob.
    pub content: ContentId,
    /// Where the blob can be got.
    pub uris: Uris,
    /// Its shelf.
    pub topic: Topic,
    /// What a pool must offer to use it.
    pub tags: Tags,
    /// What is in it.
    pub description: Description,
    /// What is held of the owner while it is published, in units of TLK: see [`crate::deposit`].
    pub deposit: Balance,
}

/// Who may join a pool.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Admission {
    /// Every worker that meets the policy.
    Open,
    /// Whom the operator has admitted.
    Approval,
}

/// The terms on which workers work in a pool.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct PoolPolicy {
    /// Part of the pool price that a worker locks for each task.
    pub worker_stake_ratio: Share,
    /// Part of the pot that the operator keeps.
    pub operator_share: Share,
    /// Least bond of a worker, in units of TLK.
    pub min_bond: Balance,
    /// Least score of a worker.
    pub min_score: Score,
    /// Least price of a task, in units of TLK: for less none is sold, neither at a published price nor by order.
    pub min_price: Balance,
    /// Who may join.
    pub admission: Admission,
}

impl Default for PoolPolicy {
    fn default() -> Self {
        Self {
            worker_stake_ratio: Share(30),
            operator_share: Share(1),
            min_bond: 0,
            min_score: Score(0),
            min_price: 0,
            admission: Admission::Open,
        }
    }
}

/// What a worker lacks that a pool asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// Its bond is below the minimum.
    Bond,
    /// Its score is below the minimum.
    Score,
}

impl PoolPolicy {
    /// What a worker with this bond and this score lacks, if anything.
    pub fn unmet_by(&self, bond: Balance, score: Score) -> Option<Unmet> {
        if bond < self.min_bond {
            Some(Unmet::Bond)
        } else if score < self.min_score {
            Some(Unmet::Score)
        } else {
            None
        }
    }

    /// Whether all percentages are at most 100.
    pub fn is_valid(&self) -> bool {
        self.worker_stake_ratio.is_valid() && self.operator_share.is_valid()
    }
}

/// A policy that is known before it is in force, so that workers can leave who do not want it.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct Announced {
    /// The policy.
    pub policy: PoolPolicy,
    /// The first block in which it is in force.
    pub from: BlockNumber,
}

/// Most categories that can exist.
pub type MaxCategories = ConstU32<32>;

/// A worker pool.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Pool<AccountId> {
    /// The operator.
    pub owner: AccountId,
    /// What distinguishes it.
    pub description: Description,
    /// Its terms for workers.
    pub policy: PoolPolicy,
    /// Those that follow, if any: see [`Pool::at`].
    pub announced: Option<Announced>,
    /// The pool sells nothing with which more than this would be held of the operator as guarantees, in units of TLK. Those
    /// for its other pools count.
    pub guarantee_limit: Balance,
    /// What it offers.
    pub tags: Tags,
    /// Price of one accepted task for each category it serves, in units of TLK.
    pub prices: BoundedBTreeMap<CategoryId, Balance, MaxCategories>,
    /// What is held of the operator for it and for those that it has admitted, in units of TLK: see [`crate::deposit`].
    pub deposit: Balance,
}

impl<AccountId> Pool<AccountId> {
    /// The pool as it is in a block: a policy that was announced for it, or before, is in force.
    pub fn at(self, now: BlockNumber) -> Self {
        match self.announced {
            Some(Announced { policy, from }) if from <= now => Self { policy, announced: None, ..self },
            _ => self,
        }
    }
}

/// A size of task, set by governance.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Category {
    /// Its name: `XS`, `S`, …
    pub name: Text<16>,
    /// `T`: the longest time from the draw to the commitment, in blocks.
    pub run_time: BlockNumber,
    /// Fuel that an execution may use, in the sandbox's units.
    pub fuel: u64,
    /// Linear memory of an execution, in bytes.
    pub memory: u64,
    /// How often results are audited that one worker gave alone: see [`crate::audit`].
    pub audit_rate: Rate,
    /// The floor: the least value of a task, in units of TLK, however low its price is. At least 1. See
    /// [`crate::deal::Deal::value`].
    pub min_value: Balance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_in_force_from_the_block_on_for_which_it_was_announced() {
        let policy = PoolPolicy { operator_share: Share(50), ..PoolPolicy::default() };
        let announced = Some(Announced { policy, from: 10 });
        let pool = Pool {
            owner: 1,
            description: Description::default(),
            policy: PoolPolicy::default(),
            announced,
            guarantee_limit: 0,
            tags: Tags(0),
            prices: Default::default(),
            deposit: 0,
        };
        assert_eq!(pool.clone().at(9), pool);
        for now in [10, 11] {
            let later = pool.clone().at(now);
            assert_eq!((later.policy, later.announced), (policy, None));
        }
    }
}
