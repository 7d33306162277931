//! The interfaces between pallets: small traits, so that no pallet names another in its configuration.

use alloc::vec::Vec;
use sp_runtime::{DispatchError, DispatchResult};

use crate::{
    asset::{App, Dataset, PoolPolicy},
    audit::{AuditRules, Kind},
    bound::Finding,
    deal::Deal,
    id::{AppId, CategoryId, DatasetId, DealId, GroupId, PoolId},
    matching::Proposal,
    odds::effective_stake,
    order::Subject,
    unit::{Balance, BlockNumber, Merit, Rate, Score},
};

/// What backs a worker: its bond, the part of it that tasks have locked, its reputation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The bond, without what is being unbonded.
    pub bond: Balance,
    /// The part of the bond that open tasks have locked.
    pub locked: Balance,
    /// Reputation: see [`crate::merit`].
    pub merit: Merit,
    /// The score that draws see, and terms of pools: that of a task of the value that governance measures with.
    pub score: Score,
    /// The block from which on it can be drawn: see [`crate::odds::ripe_at`].
    pub ripe_at: BlockNumber,
}

impl Standing {
    /// What can still be locked.
    pub fn unlocked(&self) -> Balance {
        self.bond.saturating_sub(self.locked)
    }

    /// See [`crate::odds::effective_stake`].
    pub fn effective_stake(&self) -> Balance {
        effective_stake(self.bond, self.score)
    }
}

/// The stake pallet, as the other pallets see it.
pub trait Stake<AccountId> {
    /// What backs an account; all zero for one that never bonded.
    fn standing(who: &AccountId) -> Standing;

    /// Lock a part of the bond. Refused, without effect, where less than `amount` is unlocked.
    fn lock(who: &AccountId, amount: Balance) -> DispatchResult;

    /// Unlock what was locked before.
    fn unlock(who: &AccountId, amount: Balance);

    /// Set the merit, which fades from now on.
    fn set_merit(who: &AccountId, merit: Merit);

    /// The account was convicted by a jury, or has equivocated: its merit and its passes to work alone are gone, and its
    /// bond has to ripen again.
    fn disgrace(who: &AccountId);

    /// Pay out of the locked part of the bond, which shrinks by it. What cannot be paid to `to` (an account that
    /// does not exist and would get less than the least balance) goes to the audit fund: nothing is lost.
    fn forfeit(who: &AccountId, amount: Balance, to: &AccountId);

    /// Pay out of the locked part of the bond to the audit fund.
    fn forfeit_to_fund(who: &AccountId, amount: Balance);
}

/// The marketplace pallet, as Proof of Contribution sees it.
pub trait Market<AccountId> {
    /// The identifier of the deal that is made next: all lower ones exist.
    fn next_deal() -> DealId;

    /// A deal's terms.
    fn deal(id: DealId) -> Option<Deal<AccountId>>;

    /// A published app.
    fn app(id: AppId) -> Option<App<AccountId>>;

    /// A published dataset.
    fn dataset(id: DatasetId) -> Option<Dataset<AccountId>>;

    /// The pool that a worker has joined, and the pool's policy.
    fn membership(worker: &AccountId) -> Option<Membership>;

    /// Pay for one task out of what is held of the payer. What cannot be paid to `to` goes to the audit fund.
    fn pay(deal: &Deal<AccountId>, to: &AccountId, amount: Balance);

    /// Give the payer back all that was held for so many tasks: their price, and that of audits.
    fn refund(deal: &Deal<AccountId>, tasks: u32);

    /// Give the operator back the guarantee of so many tasks.
    fn release_guarantee(deal: &Deal<AccountId>, tasks: u32);

    /// Move the operator's guarantee of so many tasks to the audit fund.
    fn seize_guarantee(deal: &Deal<AccountId>, tasks: u32);
}

/// A deal that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDeal {
    /// Its identifier.
    pub id: DealId,
    /// How many tasks it is for: what every order is used by.
    pub tasks: u32,
}

/// The marketplace pallet, as the order book sees it.
pub trait Deals<AccountId> {
    /// Who owns what is sold now.
    fn owner(subject: Subject) -> Option<AccountId>;

    /// Make the deal that is proposed, of orders that are authentic and open. Refused, without effect, where they do
    /// not fit together or the money is not there.
    fn make(proposal: Proposal<AccountId>) -> Result<NewDeal, DispatchError>;
}

/// A worker's pool, with the terms it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The pool.
    pub pool: PoolId,
    /// Its policy.
    pub policy: PoolPolicy,
}

/// Groups of accounts, as whoever restricts something to a group sees them.
pub trait Groups<AccountId> {
    /// Whether an account is a member of a group. A group that does not exist has no members.
    fn is_member(group: GroupId, who: &AccountId) -> bool;
}

/// Proof of Contribution, as the marketplace sees it.
pub trait Dispatcher<AccountId> {
    /// A worker leaves its pool: it is not drawn from now on. Refused while it executes a task.
    fn leave(worker: &AccountId) -> DispatchResult;
}

/// What audits found, and who may work alone, as Proof of Contribution sees it.
pub trait Audits<AccountId> {
    /// What governance has decided.
    fn rules() -> AuditRules;

    /// Whether a worker has a pass to work alone in a category: it had one already, or the gate gives it one now.
    fn admit(category: CategoryId, who: &AccountId) -> bool;

    /// A worker that worked alone, audited at this rate, was convicted.
    fn convicted(category: CategoryId, rate: Rate);

    /// A result was accepted.
    fn count(kind: Kind, found: Finding);
}

/// Passes to work alone, as the stake pallet sees them.
pub trait Passes<AccountId> {
    /// An account was convicted, of whatever: all its passes are gone.
    fn revoke(who: &AccountId);
}

impl<AccountId> Passes<AccountId> for () {
    fn revoke(_: &AccountId) {}
}

/// The validators, as Proof of Contribution sees them: who sits on juries.
pub trait Jurors<AccountId> {
    /// Most jurors that there can be.
    fn max_jurors() -> u32;

    /// Who can be drawn, with its effective stake.
    fn all() -> Vec<(AccountId, Balance)>;

    /// A juror did not vote, or was outvoted: so much of its stake goes to the audit fund, or all where it has less.
    /// Gives how much that was.
    fn fine(who: &AccountId, amount: Balance) -> Balance;
}
