//! Benchmarks: one for each function of [`WeightInfo`](crate::WeightInfo), with its name and its parameters, in the worst case.
//!
//! | File | What |
//! |---|---|
//! | `suite.rs` | the benchmarks: FRAME wants all of a pallet in one module |
//! | `world.rs` | the chain on which they run: a market, workers, validators |
//! | `scene.rs` | tasks at some point of their life |
//!
//! A call is measured as it is sent; a step of the hook as the function that the hook is charged for. What a benchmark has set up
//! belongs to the accounts, deals and validators of the other pallets, as far as the step reads or writes it: so their storage is
//! measured too. Accounts that a step only copies, as those of contributions that it does not settle, have nothing behind them.
//!
//! What all steps of a block share is read and written once a block: `shared_records` pays for it, and `World::begin` has the
//! benchmarks of the steps leave it out. In the same way the turn of a bench (`serve_bench`) pays for the bench's queue and classes.

#[cfg(test)]
pub(crate) mod mock;
mod scene;
mod suite;
mod world;

use alloc::vec::Vec;
use talka_primitives::{
    asset::Pool, audit::AuditRules, matching::Proposal, App, AppId, Balance, Category, CategoryId, Dataset,
    DatasetId, DealId, PoolId,
};

/// What benchmarks have other pallets do that the types of the configuration do not offer. Each panics where it cannot be done.
pub trait BenchmarkHelper<AccountId> {
    /// Give an account money that did not exist, in units of TLK.
    fn fund(who: &AccountId, amount: Balance);

    /// Have an account bond `amount`, in units of TLK. The bond is ripe.
    fn bond(who: &AccountId, amount: Balance);

    /// Define a category that did not exist.
    fn define_category(id: CategoryId, category: Category);

    /// Set the rules of audits, juries and the gate.
    fn set_audit_rules(rules: AuditRules);

    /// Have the gate of a category let the next worker in.
    fn open_gate(category: CategoryId);

    /// Publish an app.
    fn publish_app(app: App<AccountId>) -> AppId;

    /// Publish a dataset.
    fn publish_dataset(dataset: Dataset<AccountId>) -> DatasetId;

    /// Publish a pool, with its prices.
    fn publish_pool(pool: Pool<AccountId>) -> PoolId;

    /// Have a worker join a pool.
    fn join(worker: &AccountId, pool: PoolId);

    /// Have a worker leave its pool.
    fn leave(worker: &AccountId);

    /// Make a deal.
    fn buy(proposal: Proposal<AccountId>) -> DealId;

    /// Have only these accounts validate, each with `stake` of its bond at stake, in units of TLK.
    fn seat(validators: &[AccountId], stake: Balance);

    /// Have an account act for a validator on juries.
    fn name_juror_key(validator: &AccountId, key: &AccountId);

    /// Have a validator make this block.
    fn begin_block(author: &AccountId);

    /// The keys of what the other pallets keep and each block reads or writes, however many steps it has: their rules, the number of
    /// the next deal, the account of the audit fund.
    fn shared_keys() -> Vec<Vec<u8>>;
}
