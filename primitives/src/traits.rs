//! The interfaces between pallets: small traits, so that no pallet names another in its configuration.

use alloc::vec::Vec;
use sp_runtime::{DispatchError, DispatchResult, Weight};

use crate::{
    asset::{App, Dataset, PoolPolicy},
    audit::{AuditRules, Kind},
    bound::Sample,
    bridge::{Contracts, EthereumAddress, ResultBody},
    deal::Deal,
    gate::Worth,
    gateway::Progress,
    id::{AppId, CategoryId, DatasetId, DealId, GroupId, PoolId, TaskId},
    matching::{Agreement, Proposal},
    odds::effective_stake,
    order::Subject,
    restriction::Insiders,
    seed::Authored,
    unit::{Balance, BlockNumber, Merit, Score},
};

/// What backs a worker: its bond, the part of it that tasks have locked, its reputation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The bond, without what is being unbonded, and without what is pledged for a candidacy.
    pub bond: Balance,
    /// What is pledged for a candidacy as a validator, beside the bond.
    pub pledged: Balance,
    /// The part of the bond that is old enough for draws.
    pub ripe: Balance,
    /// The part of the bond that open tasks have locked.
    pub locked: Balance,
    /// Reputation: see [`crate::merit`].
    pub merit: Merit,
    /// The score that draws see, and terms of pools: that of a task of the value that governance measures with.
    pub score: Score,
    /// The block from which on it can be drawn: see [`crate::odds::ripe_at`]. It is past where a part of the bond is ripe.
    pub ripe_at: BlockNumber,
}

impl Standing {
    /// What can still be locked.
    pub fn unlocked(&self) -> Balance {
        self.bond.saturating_sub(self.locked)
    }

    /// What counts in draws now: the ripe part of the bond, as far as it is not locked. See
    /// [`crate::odds::effective_stake`].
    pub fn effective_stake(&self) -> Balance {
        effective_stake(self.ripe.min(self.unlocked()), self.score)
    }

    /// What a worker is seated with: its effective stake where no task has locked anything. See [`crate::odds::keeps`].
    pub fn seat_stake(&self) -> Balance {
        effective_stake(self.ripe, self.score)
    }
}

/// The stake pallet, as the other pallets see it.
pub trait Stake<AccountId> {
    /// What backs an account; all zero for one that never bonded.
    fn standing(who: &AccountId) -> Standing;

    /// Lock a part of the bond for a task. Refused, without effect, where less than `amount` is unlocked.
    fn lock(who: &AccountId, amount: Balance) -> DispatchResult;

    /// Unlock what was locked before.
    fn unlock(who: &AccountId, amount: Balance);

    /// Pledge a part of the bond for a candidacy: it backs no task, and has no odds in draws of workers. Refused, without
    /// effect, where less than `amount` is unlocked.
    fn pledge(who: &AccountId, amount: Balance) -> DispatchResult;

    /// Give back what was pledged before.
    fn release(who: &AccountId, amount: Balance);

    /// Pay out of what is pledged to the audit fund.
    fn forfeit_pledge(who: &AccountId, amount: Balance);

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
    /// The identifier of the deal that is made next: all lower ones were made.
    fn next_deal() -> DealId;

    /// A deal's terms, until it is forgotten.
    fn deal(id: DealId) -> Option<Deal<AccountId>>;

    /// A published app.
    fn app(id: AppId) -> Option<App<AccountId>>;

    /// A published dataset.
    fn dataset(id: DatasetId) -> Option<Dataset<AccountId>>;

    /// The pool that a worker has joined, and the pool's policy.
    fn membership(worker: &AccountId) -> Option<Membership>;

    /// The operator of a pool.
    fn operator(pool: PoolId) -> Option<AccountId>;

    /// What is held of an operator as guarantees.
    fn guaranteed(operator: &AccountId) -> Balance;

    /// Pay for one task out of what is held of the payer. What cannot be paid to `to` goes to the audit fund.
    fn pay(deal: &Deal<AccountId>, to: &AccountId, amount: Balance);

    /// Give the payer back all that was held for `tasks` tasks: their price, and that of audits.
    fn refund(deal: &Deal<AccountId>, tasks: u32);

    /// Give the operator back the guarantee of `tasks` tasks.
    fn release_guarantee(deal: &Deal<AccountId>, tasks: u32);

    /// A task has ended: move `seized` of the operator's guarantee for it to the audit fund, and give the rest back.
    fn end_guarantee(deal: &Deal<AccountId>, seized: Balance);

    /// All tasks of a deal have ended: it needs its app, its dataset and its pool no more. Said once of each deal.
    fn close(deal: &Deal<AccountId>);

    /// Forget a deal that is closed, and give its deposit back.
    fn forget(id: DealId);
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

/// The marketplace pallet, as the gateway sees it: what a deal would be, before it is made.
pub trait Quotes<AccountId>: Deals<AccountId> {
    /// The deal that [`Deals::make`] would make now, and what would be held for it. Whether the payer has the money is not
    /// asked. Without effect. Refused where they do not fit together, or the operator cannot guarantee.
    fn quote(proposal: Proposal<AccountId>) -> Result<Agreement<AccountId>, DispatchError>;

    /// The least time that a deal must leave an audited task of this category, in blocks. Nothing where there is none of this
    /// number.
    fn least_duration(category: CategoryId) -> Option<BlockNumber>;

    /// The longest time from a deal to its deadline, in blocks.
    fn longest_duration() -> BlockNumber;
}

/// A worker's pool, with the terms it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The pool.
    pub pool: PoolId,
    /// Its policy.
    pub policy: PoolPolicy,
}

/// Groups of accounts, as seen by code that restricts something to a group.
pub trait Groups<AccountId> {
    /// Whether an account is a member of a group. A group that does not exist has no members.
    fn is_member(group: GroupId, who: &AccountId) -> bool;
}

/// Proof of Contribution, as the marketplace sees it.
pub trait Dispatcher<AccountId> {
    /// A worker leaves its pool: it is not drawn from now on. Refused while it executes a task.
    fn leave(worker: &AccountId) -> DispatchResult;

    /// A pool without members and open deals is withdrawn: forget its record. Refused, without effect, as long as something
    /// is to be done for it.
    fn forget_pool(pool: PoolId) -> DispatchResult;

    /// The workers of a pool: those that are left for a deal that is restricted.
    fn insiders(pool: PoolId) -> Insiders;
}

/// Proof of Contribution, as the gateway sees it.
pub trait Results {
    /// How far a task is that was bought. One that the chain has forgotten, or never had, is lost.
    fn progress(task: TaskId) -> Progress;
}

/// What audits found, as the gateway tells it to contracts.
pub trait ErrorBounds {
    /// The published upper bound of the share of wrong results, in millionths: see
    /// [`Counts::upper95_millionths`](crate::bound::Counts::upper95_millionths).
    fn error_bound(kind: Kind) -> u32;
}

/// What audits found, and who may work alone, as Proof of Contribution sees it.
pub trait Audits<AccountId> {
    /// What governance has decided.
    fn rules() -> AuditRules;

    /// Whether a worker has a pass to work alone in a category: it had one already, or the gate gives it one now.
    fn admit(category: CategoryId, who: &AccountId) -> bool;

    /// A worker that worked alone was convicted, of a lie of this value that was audited at this rate.
    fn convicted(category: CategoryId, lie: Worth);

    /// A task has ended of whose result something is known.
    fn count(kind: Kind, sample: Sample);
}

/// Passes to work alone, as the stake pallet sees them.
pub trait Passes<AccountId> {
    /// An account was convicted, of whatever: all its passes are gone.
    fn revoke(who: &AccountId);
}

impl<AccountId> Passes<AccountId> for () {
    fn revoke(_: &AccountId) {}
}

/// Who makes blocks, as Proof of Contribution sees it: where chance comes from.
pub trait Authorship<AccountId> {
    /// Who makes this block, with which output. Nothing where it carries none.
    fn own() -> Option<Authored<AccountId>>;

    /// Whether there is one validator only.
    fn is_sole() -> bool;
}

/// The keys that act for workers, as the validators pallet sees them.
pub trait DutyKeys<AccountId> {
    /// Whether an account has agreed to act for a worker.
    fn acts(key: &AccountId) -> bool;
}

impl<AccountId> DutyKeys<AccountId> for () {
    fn acts(_: &AccountId) -> bool {
        false
    }
}

/// The validators, as Proof of Contribution sees them: who sits on juries.
pub trait Jurors<AccountId> {
    /// Most jurors that there can be.
    fn max_jurors() -> u32;

    /// Who can be drawn, with its effective stake.
    fn all() -> Vec<(AccountId, Balance)>;

    /// The validator that has named this account to act for it on juries. Nothing where the account has a bond: it acts for itself.
    fn acts_for(key: &AccountId) -> Option<AccountId>;

    /// A juror is at fault in a task of this value: it is fined ([`crate::jury::fine`]), for the audit fund. Gives how much
    /// that was.
    fn fine(who: &AccountId, value: Balance) -> Balance;
}

/// The validators, as the bridge sees them: who attests to deposits on Ethereum.
pub trait Seats<AccountId> {
    /// Most seats that there can be.
    fn max_seats() -> u32;

    /// The number of the session that is under way.
    fn session() -> u32;

    /// The validators of the session that is under way: one for each seat.
    fn seated() -> Vec<AccountId>;

    /// Whether an account stands for election, or did and has not had its stake back.
    fn is_known(who: &AccountId) -> bool;
}

/// The accounts that attest for validators, as the validators pallet sees them.
pub trait Attesters<AccountId> {
    /// An account is no validator any more, and has its stake back: nobody attests for it.
    fn forget(validator: &AccountId);
}

impl<AccountId> Attesters<AccountId> for () {
    fn forget(_: &AccountId) {}
}

/// Messages to Ethereum, as those that send them see it.
pub trait Outbox<AccountId> {
    /// The contracts on Ethereum; nothing before governance has named them.
    fn contracts() -> Option<Contracts>;

    /// What a withdrawal costs beside its amount, in units of TLK.
    fn price() -> Balance;

    /// The most that one withdrawal of this account can be now, in units of TLK: what it has beside the price and what keeps it
    /// alive, as far as one withdrawal may be as much and the vault has as much for this chain. 0 where it can be nothing.
    fn withdrawable(who: &AccountId) -> Balance;

    /// Append a result, and give its index in the outbox. Refused, without effect, where no contracts are named or the outbox is
    /// full.
    fn send_result(result: ResultBody) -> Result<u32, DispatchError>;

    /// Withdraw from an account of the chain to Ethereum, as the call does: the price is paid beside the amount. Gives the
    /// index in the outbox. Refused, without effect, as the call is.
    fn withdraw(
        who: &AccountId,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<u32, DispatchError>;
}

/// What a message that came with a deposit asks for, as the bridge sees it.
pub trait Requests<AccountId> {
    /// The account that a deposit with a message of this requester is credited to.
    fn account(requester: EthereumAddress) -> AccountId;

    /// Who a message is for; nothing where it cannot be read.
    fn requester(message: &[u8]) -> Option<EthereumAddress>;

    /// A deposit has arrived with a message that can be read. This amount was credited to the requester's account; or it could
    /// not be credited now, and waits there to be claimed. Must not fail.
    fn received(nonce: u64, amount: Balance, credited: bool, message: &[u8]);

    /// The most weight of [`Requests::received`].
    fn weight() -> Weight;
}

/// No message can be read.
impl<AccountId: From<[u8; 32]>> Requests<AccountId> for () {
    /// The address, zeros before it. Nothing is credited to it, because no message names a requester.
    fn account(requester: EthereumAddress) -> AccountId {
        let mut account = [0; 32];
        account[12..].copy_from_slice(&requester.0);
        account.into()
    }

    fn requester(_: &[u8]) -> Option<EthereumAddress> {
        None
    }

    fn received(_: u64, _: Balance, _: bool, _: &[u8]) {}

    fn weight() -> Weight {
        Weight::zero()
    }
}
