//! Queries about work, answered in one call each.

use alloc::vec::Vec;
use codec::Codec;
use talka_primitives::{
    restriction::Insiders,
    view::{Assignment, DealView, Duties, Outcome, Page, PoolStanding, TaskView, WorkerView},
    DealId, PoolId, TaskId,
};

sp_api::decl_runtime_apis! {
    /// Deals, tasks and workers.
    pub trait PocoApi<AccountId> where AccountId: Codec {
        /// A deal and how far it is. Nothing where it was never made, or the chain has forgotten it.
        fn deal(id: DealId) -> Option<DealView<AccountId>>;
        /// Whether a deal was made and the chain has forgotten it, with the outcomes of its tasks.
        fn is_forgotten(id: DealId) -> bool;
        /// Deals of a requester, from an id on, at most `limit` and 100 of them; those that the chain remembers.
        fn deals_of(requester: AccountId, from: DealId, limit: u32) -> Vec<DealView<AccountId>>;
        /// A task, with its contributions while it is open.
        fn task(id: TaskId) -> Option<TaskView<AccountId>>;
        /// The ended tasks of a deal, from an index on, at most `limit`. At most 1 000 tasks are looked at: a page may have
        /// few of them, or none, and yet a next one.
        fn outcomes(deal: DealId, from: u32, limit: u32) -> Page<TaskId, Outcome>;
        /// What a worker has to do; for its duty key the same. `open` are the tasks it has committed to and not seen the end of: at
        /// most 1 000 are answered.
        fn duties(worker: AccountId, open: Vec<TaskId>) -> Duties<AccountId>;
        /// The open tasks that a worker, or a juror, has committed to and not revealed, with all that is needed to execute them once
        /// more, where it has lost its digests: at most 100. At most 1 000 open tasks are looked at: a page may have few
        /// of them, or none, and yet say *after* which task the next one begins.
        fn committed(who: AccountId, after: Option<TaskId>) -> Page<TaskId, Assignment<AccountId>>;
        /// The worker for which an account has agreed to act as its duty key; the account itself where there is none.
        fn worker_of(key: AccountId) -> AccountId;
        /// A worker's standing.
        fn worker(account: AccountId) -> Option<WorkerView<AccountId>>;
        /// Workers of a pool: who may hold its results; at most `limit` and 100 of them.
        fn workers(pool: PoolId, limit: u32) -> Vec<WorkerView<AccountId>>;
        /// What can be expected of a pool. Looks at 1 000 of its workers at most, and counts no others.
        fn standing(pool: PoolId) -> PoolStanding;
        /// The workers of a pool, as a restricted deal sees them: what they could give it, whether or not they are online
        /// now. With it `matching::agree` gives the assurance of such a deal beforehand, as the chain does.
        fn insiders(pool: PoolId) -> Insiders;
    }
}
