#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod agenda;
pub mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod calls;
mod dispatch;
mod dispatcher;
mod draws;
mod duty;
mod duty_keys;
mod forget;
mod hook;
mod idle;
mod intake;
mod jury;
mod looks;
mod lots;
mod queue;
mod record;
mod results;
mod room;
mod settle;
mod try_state;
mod types;
mod view;
mod watch;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use dispatch::DRAW_FLOORS;
pub use duty::Duty;
pub use hook::STAGE_FLOORS;
pub use pallet::*;
pub use record::Record;
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{types::*, WeightInfo};
    use crate::{calls::MOST_FORGOTTEN, hook, record::Record, room};
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use sp_runtime::Perbill;
    use talka_primitives::{
        asset::Uri,
        audit::Assurance,
        seed::Authored,
        task::{DeclineReason, Failure, Refusal, Task},
        traits::{Audits, Authorship, Jurors, Market, Stake},
        view::Outcome,
        Balance, BlockNumber, DealId, Digest, PoolId, ResultHash, TaskId,
    };

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The token that deposits are made in.
        type Currency: fungible::Inspect<Self::AccountId, Balance = Balance>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;
        /// What holds are for, in the whole runtime.
        type RuntimeHoldReason: From<HoldReason>;
        /// Who may decide for how long the chain remembers deals that are over.
        type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Where bonds and scores are kept.
        type Stake: Stake<Self::AccountId>;
        /// Where deals are kept and paid from.
        type Market: Market<Self::AccountId>;
        /// What audits found, and who may work alone.
        type Audits: Audits<Self::AccountId>;
        /// Who sits on juries.
        type Jurors: Jurors<Self::AccountId>;
        /// Who makes blocks, with which outputs: what is drawn from.
        type Authorship: Authorship<Self::AccountId>;
        /// Blocks in which an assigned worker must give a sign of life. Three missed make it absent.
        #[pallet::constant]
        type HeartbeatPeriod: Get<BlockNumber>;
        /// Blocks added to a category's run time: for fetching data and for the commitment's way to the chain.
        #[pallet::constant]
        type CommitGrace: Get<BlockNumber>;
        /// Blocks from consensus in which the digest must be shown.
        #[pallet::constant]
        type RevealPeriod: Get<BlockNumber>;
        /// Most items in one call.
        #[pallet::constant]
        type MaxBatch: Get<u32>;
        /// The part of a block's weight that the hook may use.
        #[pallet::constant]
        type BlockShare: Get<Perbill>;
        /// What is held of a worker for its record, in units of TLK. Not less than the balance that keeps an account alive, or
        /// nothing.
        #[pallet::constant]
        type RegistrationDeposit: Get<Balance>;
        /// What is held of a worker for the key that acts for it, in units of TLK. Not less than the balance that keeps an account
        /// alive, or nothing.
        #[pallet::constant]
        type DutyKeyDeposit: Get<Balance>;
        /// For how many blocks the chain remembers a deal that is over, where governance has not decided.
        #[pallet::constant]
        type UsualRetention: Get<BlockNumber>;
        /// The least that governance can decide.
        #[pallet::constant]
        type LeastRetention: Get<BlockNumber>;
        /// The most that governance can decide.
        #[pallet::constant]
        type MostRetention: Get<BlockNumber>;
        /// What the calls and the hook's steps cost.
        type WeightInfo: WeightInfo;
        /// What benchmarks have other pallets do.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
    }

    /// The form in which the state is stored. A change of it brings a migration, which raises this.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Why money of an account is held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The account is or was a worker, which the chain has to remember.
        Registration,
        /// The account has named a key that acts for it.
        DutyKey,
    }

    /// Open tasks. Hasher: the chain gives out task ids one after another, nobody can choose them.
    #[pallet::storage]
    pub type Tasks<T: Config> = StorageMap<_, Twox64Concat, TaskId, Task<T::AccountId>>;

    /// What is left of tasks that have ended, until it is forgotten. Hasher: as for open tasks.
    #[pallet::storage]
    pub type Outcomes<T> = StorageMap<_, Twox64Concat, TaskId, Outcome>;

    /// How far each deal is, until it is forgotten. Hasher: deal ids are given out one after another.
    #[pallet::storage]
    pub type DealStates<T> = StorageMap<_, Twox64Concat, DealId, DealState>;

    /// The deal that is taken in next: those before it have a state, or had one; those from it on were not looked at yet.
    #[pallet::storage]
    pub type NextIntake<T> = StorageValue<_, DealId, ValueQuery>;

    /// What each pool has done. Hasher: the chain gives out pool ids.
    #[pallet::storage]
    pub type Records<T> = StorageMap<_, Twox64Concat, PoolId, Record, ValueQuery>;

    /// The workers that were online, until they have left their pool; longer where their declines have to be remembered. Hasher:
    /// anybody can make account ids, so it resists collisions.
    #[pallet::storage]
    pub type Workers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Worker>;

    /// The account that each worker has named to act for it, whether or not it has agreed. Hasher: anybody can make account ids, so
    /// it resists collisions.
    #[pallet::storage]
    pub type DutyKeys<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, DutyKey<T::AccountId>>;

    /// The worker that each of these accounts has agreed to act for. Hasher: as for the keys that workers have named.
    #[pallet::storage]
    pub type ActsFor<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId>;

    /// Who was ever online for a pool and has not left it: who may hold its results. Hashers: pool ids are given
    /// out by the chain, account ids are not.
    #[pallet::storage]
    pub type Crew<T: Config> = StorageDoubleMap<_, Twox64Concat, PoolId, Blake2_128Concat, T::AccountId, ()>;

    /// The classes of idle workers of each bench: at most one for each bit of an amount. Hasher: the chain gives
    /// out pool ids.
    #[pallet::storage]
    pub type Classes<T> = StorageMap<_, Twox64Concat, Bench, BoundedVec<Class, ConstU32<128>>, ValueQuery>;

    /// The idle workers: dense from position 0 in each class of each bench. Hashers: the chain gives out all three.
    #[pallet::storage]
    pub type Seats<T: Config> = StorageNMap<
        _,
        (NMapKey<Twox64Concat, Bench>, NMapKey<Twox64Concat, u8>, NMapKey<Twox64Concat, u32>),
        Seat<T::AccountId>,
    >;

    /// The ends of each bench's queue. Hasher: the chain gives out pool ids.
    #[pallet::storage]
    pub type Queues<T> = StorageMap<_, Twox64Concat, Bench, PoolQueue, ValueQuery>;

    /// What waits for workers, in each bench's order. Hashers: the chain gives out both keys.
    #[pallet::storage]
    pub type Waiting<T> = StorageDoubleMap<_, Twox64Concat, Bench, Twox64Concat, u64, Work>;

    /// Where each entry of these queues stands. Hasher: the chain gives out the numbers of deals and tasks.
    #[pallet::storage]
    pub type Places<T> = StorageMap<_, Twox64Concat, Work, QueuePlace>;

    /// The ends of the lines of benches to be served. Hasher: there are three keys.
    #[pallet::storage]
    pub type ReadyEnds<T> = StorageMap<_, Twox64Concat, Line, Ends, ValueQuery>;

    /// Benches with work, and perhaps with idle workers, in the order in which they are served. Hashers: there are three
    /// lines, and the chain gives out the positions.
    #[pallet::storage]
    pub type ReadyBenches<T> = StorageDoubleMap<_, Twox64Concat, Line, Twox64Concat, u64, Bench>;

    /// Who made the last block in which the hook ran, with which output.
    #[pallet::storage]
    pub type LastAuthored<T: Config> = StorageValue<_, Authored<T::AccountId>>;

    /// The ends of the queues of what waits for its lot. Hasher: there are three keys.
    #[pallet::storage]
    pub type LotEnds<T> = StorageMap<_, Twox64Concat, LotQueue, Ends, ValueQuery>;

    /// Results that were agreed on and tasks that are disputed, until their lots are drawn. Hashers: the chain gives out
    /// the positions, and there are three queues.
    #[pallet::storage]
    pub type Lots<T: Config> =
        StorageDoubleMap<_, Twox64Concat, LotQueue, Twox64Concat, u64, Lot<T::AccountId>>;

    /// Tasks that jurors are to execute. Hasher: anybody can make account ids, so it resists collisions.
    #[pallet::storage]
    pub type Summons<T: Config> =
        StorageMap<_, Blake2_128Concat, T::AccountId, BoundedVec<TaskId, ConstU32<MAX_SUMMONS>>, ValueQuery>;

    /// How many appointments each block has. Hasher: heights are not chosen freely: they lie within a deal's
    /// longest duration.
    #[pallet::storage]
    pub type AgendaLength<T> = StorageMap<_, Twox64Concat, BlockNumber, u32, ValueQuery>;

    /// What must be looked at in each block. Hashers: as for their number.
    #[pallet::storage]
    pub type Appointments<T: Config> =
        StorageDoubleMap<_, Twox64Concat, BlockNumber, Twox64Concat, u32, Appointment<T::AccountId>>;

    /// How far the agenda has been processed.
    #[pallet::storage]
    pub type AgendaCursor<T> = StorageValue<_, Cursor, ValueQuery>;

    /// The ends of the queue of deals that are over.
    #[pallet::storage]
    pub type EndingEnds<T> = StorageValue<_, Ends, ValueQuery>;

    /// Deals that are over and wait to be forgotten, in the order in which they ended. There is a gap for each that was
    /// forgotten when its requester asked for it. Hasher: the chain gives out the positions.
    #[pallet::storage]
    pub type Endings<T> = StorageMap<_, Twox64Concat, u64, Ending>;

    /// How many records that are to be forgotten once were written since the hook forgot some: outcomes of tasks, ends of deals.
    #[pallet::storage]
    pub type Written<T> = StorageValue<_, u32, ValueQuery>;

    /// For how many blocks the chain remembers a deal that is over, from its end or its deadline on, whichever comes later.
    #[pallet::storage]
    pub type Retention<T: Config> = StorageValue<_, BlockNumber, ValueQuery, DefaultRetention<T>>;

    /// Where governance has not decided.
    #[pallet::type_value]
    pub fn DefaultRetention<T: Config>() -> BlockNumber {
        T::UsualRetention::get()
    }

    /// How many blocks had no room for duties. Each puts off the limits of open tasks by one block.
    #[pallet::storage]
    pub type FullBlocks<T> = StorageValue<_, BlockNumber, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A worker went online: it can be drawn.
        WorkerOnline {
            /// The worker.
            worker: T::AccountId,
            /// The pool.
            pool: PoolId,
        },
        /// A worker went offline: it is not drawn until it goes online again.
        WorkerOffline {
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker was drawn to execute a task.
        TaskAssigned {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The last block for the commitment.
            until: BlockNumber,
        },
        /// A worker has committed to a result.
        Committed {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
        },
        /// Workers agree on a result. The authors of the next blocks decide by their lots whether it is audited.
        Agreed {
            /// The task.
            task: TaskId,
            /// The result.
            result: ResultHash,
        },
        /// The result is audited: a worker of any pool repeats the task; of the deal's pool, where the deal is restricted.
        AuditBegun {
            /// The task.
            task: TaskId,
        },
        /// Two results of a deterministic app differ: a jury decides.
        Disputed {
            /// The task.
            task: TaskId,
        },
        /// A jury was drawn.
        JurySeated {
            /// The task.
            task: TaskId,
            /// The jurors.
            jurors: Panel<T::AccountId>,
            /// The last block for their commitments.
            until: BlockNumber,
        },
        /// A juror revealed its vote.
        Voted {
            /// The task.
            task: TaskId,
            /// The juror.
            juror: T::AccountId,
            /// The digest.
            digest: Digest,
        },
        /// A juror was paid.
        JurorPaid {
            /// The task.
            task: TaskId,
            /// The juror.
            juror: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// A juror did not reveal what it had committed to; or its jury decided, and it did not vote, or voted for another result.
        /// It lost a part of its stake.
        JurorFined {
            /// The task.
            task: TaskId,
            /// The juror.
            juror: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// A jury convicted a worker: it lost all that it had locked for the task, and its merit.
        Convicted {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The amount lost, in units of TLK.
            amount: Balance,
        },
        /// A result is accepted: the workers that committed to it reveal it.
        ConsensusReached {
            /// The task.
            task: TaskId,
            /// The result.
            result: ResultHash,
        },
        /// A worker revealed the digest that it committed to.
        Revealed {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The digest.
            digest: Digest,
        },
        /// A task was completed: its result is accepted and paid for.
        TaskCompleted {
            /// The task.
            task: TaskId,
            /// Address of the result's manifest.
            digest: Digest,
            /// The assurance behind it.
            assurance: Assurance,
            /// The accounts that have the result: the workers that were right, or the jurors where no worker was.
            winners: Winners<T::AccountId>,
        },
        /// A task failed: it ended without a result. The payer was refunded.
        TaskFailed {
            /// The task.
            task: TaskId,
            /// The reason.
            reason: Failure,
        },
        /// A worker, or a juror, declined a task that it cannot execute.
        Declined {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The reason.
            reason: DeclineReason,
        },
        /// A worker did not commit in time. It is offline, and is fined if others deliver the task, or if the deadline passes because
        /// of it.
        WorkerAbsent {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker was paid for a task.
        WorkerPaid {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// A worker lost the vote, did not reveal, was absent, or let the task down with its pool, and lost a part of what it had
        /// locked for the task.
        StakeLost {
            /// The task.
            task: TaskId,
            /// The worker.
            worker: T::AccountId,
            /// The amount, in units of TLK.
            amount: Balance,
        },
        /// A deal's deadline passed before all of its tasks were begun. The rest is refunded.
        DealExpired {
            /// The deal.
            deal: DealId,
            /// The number of tasks that were not begun.
            tasks: u32,
        },
        /// The payer cancelled the tasks of a deal that had not begun. They are refunded.
        DealCancelled {
            /// The deal.
            deal: DealId,
            /// The number of tasks that were cancelled.
            tasks: u32,
        },
        /// A worker declined too many tasks that others delivered, more often than its pool. It is offline, and can go online again after a pause.
        WorkerPaused {
            /// The worker.
            worker: T::AccountId,
            /// The first block in which it can go online.
            until: BlockNumber,
        },
        /// All tasks of a deal are over.
        DealEnded {
            /// The deal.
            deal: DealId,
            /// Tasks with a result.
            completed: u32,
            /// Tasks without a result.
            failed: u32,
        },
        /// The chain has forgotten a deal that was over: its terms and the outcomes of its tasks. Its deposit was given back.
        DealForgotten {
            /// The deal.
            deal: DealId,
        },
        /// Governance has decided for how long deals that are over are remembered, those that are over already included.
        RetentionSet {
            /// For how many blocks.
            blocks: BlockNumber,
        },
        /// The chain has forgotten a worker that has left its pool. Its deposit was given back.
        WorkerDeregistered {
            /// The worker.
            worker: T::AccountId,
        },
        /// A worker named the account that may act for it once it agrees, or took it back. No other acts for it any more.
        DutyKeySet {
            /// The worker.
            worker: T::AccountId,
            /// The account; none where the worker acts by itself.
            key: Option<T::AccountId>,
        },
        /// An account agreed to act for a worker that has named it, or acts for none any more.
        ActingFor {
            /// The account.
            key: T::AccountId,
            /// The worker.
            worker: Option<T::AccountId>,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The account is not a member of a pool. Join one first.
        NotAMember,
        /// The bond is below the pool's minimum. Bond more.
        BondTooSmall,
        /// The bond is too new to be drawn. Wait until the block that the worker's view shows.
        BondTooYoung,
        /// The worker has declined too many tasks that others delivered. Wait until the block that its view shows.
        Paused,
        /// The score is below the pool's minimum. Work for another pool first.
        ScoreTooLow,
        /// Slots must be from 1 to 32.
        InvalidSlots,
        /// The peer's address is not text. Send UTF-8.
        NotText,
        /// The worker is not online. Go online first.
        NotOnline,
        /// No task with this number was begun. Look at the deal.
        UnknownTask,
        /// The task is over.
        TaskEnded,
        /// Nothing is awaited from the account for the task: it was not drawn, or has committed, declined or was absent. Look at
        /// its duties.
        NotAssigned,
        /// The worker has committed to a result of the task before. A commitment cannot be changed.
        AlreadyCommitted,
        /// The time for it is over, or another result is accepted already.
        TooLate,
        /// No result of the task is accepted yet, or a different one. Wait for consensus.
        NotRevealing,
        /// The worker has revealed before.
        AlreadyRevealed,
        /// The digest does not hash to the result that was committed to. Send the digest of the commitment.
        WrongDigest,
        /// The seal was not made by this worker for this digest: it was copied, or computed wrongly.
        WrongSeal,
        /// The list is empty.
        EmptyBatch,
        /// It is too early for another heartbeat, or no task is assigned. Wait.
        TooEarly,
        /// The worker is executing a task. Finish it first.
        Busy,
        /// No deal with this number was made. Look at your deals.
        UnknownDeal,
        /// Only the account that pays for a deal can cancel it.
        NotThePayer,
        /// The deal was made in this block, or waits to enter its pool's queue. Try again in the next block.
        NotTakenIn,
        /// All tasks of the deal have begun or are over: there is nothing to cancel.
        NothingQueued,
        /// The tasks of a duty are not in rising order, or one is named twice. Sort them.
        NotInOrder,
        /// The deal was made, and it is over: the chain has forgotten it. What has happened is in the events of its blocks, which
        /// an archive node keeps.
        DealForgotten,
        /// Tasks of the deal have not ended. Wait until they have.
        NotOver,
        /// The deadline of the deal has not passed. Wait until it has.
        BeforeDeadline,
        /// The chain still has to remember the deal for others than its requester. Wait, or ask the requester.
        StillRemembered,
        /// Deals cannot be remembered for so long, or so short. Choose a number of blocks from the constant `LeastRetention` to
        /// the constant `MostRetention`.
        ImpossibleRetention,
        /// The account is not registered as a worker. There is nothing to give back.
        NotRegistered,
        /// The worker is a member of a pool. Leave it first.
        StillAMember,
        /// The worker has declined tasks that others delivered, and the chain has to remember that for some days after its last
        /// task. Try again later.
        DeclinesRemembered,
        /// The worker's free balance, without what keeps the account alive, is less than the deposit for its record (the constant
        /// `RegistrationDeposit`), or for its duty key (`DutyKeyDeposit`). Get TLK first.
        FundsTooLow,
        /// The pool is still to be served. Try again in the next block.
        PoolBusy,
        /// The account that is to act for the worker has a bond, is a worker itself, or acts for a validator on juries. Name one that
        /// does nothing else.
        DutyKeyInUse,
        /// The worker has not named this account as its duty key, or has named another one since. Have the worker call `set_duty_key`
        /// first.
        NotNamed,
        /// The account acts for no worker. There is nothing to take back.
        ActsForNobody,
    }

    impl<T> From<Refusal> for Error<T> {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAssigned => Self::NotAssigned,
                Refusal::AlreadyCommitted => Self::AlreadyCommitted,
                Refusal::NotRevealing => Self::NotRevealing,
                Refusal::AlreadyRevealed => Self::AlreadyRevealed,
                Refusal::WrongDigest => Self::WrongDigest,
                Refusal::WrongSeal => Self::WrongSeal,
                // The other refusals answer draws, which no call makes.
                Refusal::TooLate | Refusal::AlreadyDrawn | Refusal::Full | Refusal::NotLacking => {
                    Self::TooLate
                }
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            for deposit in [T::RegistrationDeposit::get(), T::DutyKeyDeposit::get()] {
                assert!(
                    deposit == 0 || deposit >= least,
                    "a deposit that is given back must keep its owner alive"
                );
            }
            let possible = T::LeastRetention::get()..=T::MostRetention::get();
            assert!(possible.contains(&T::UsualRetention::get()), "what is usual must be possible");
        }

        /// What the chain does by itself: see the module `hook`.
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            hook::run::<T>().saturating_add(T::WeightInfo::count_room())
        }

        /// Whether the block had room for duties.
        fn on_finalize(_now: BlockNumberFor<T>) {
            room::count::<T>();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Start accepting tasks, up to `slots` at once. `peer` is the address that results are fetched from. At the first time
        /// a deposit is held of the worker, until it has left its pool.
        ///
        /// Call it again to change either.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::go_online())]
        pub fn go_online(origin: OriginFor<T>, slots: u8, peer: Uri) -> DispatchResult {
            let worker = Self::ensure_worker(origin)?;
            Self::do_go_online(worker, slots, peer)
        }

        /// Stop accepting new tasks. Assigned tasks still have to be executed.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::go_offline())]
        pub fn go_offline(origin: OriginFor<T>) -> DispatchResult {
            let worker = Self::ensure_worker(origin)?;
            Self::do_go_offline(worker)
        }

        /// Send a heartbeat while executing a task. A duty of a worker with a task, once in half a period.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::heartbeat())]
        pub fn heartbeat(origin: OriginFor<T>) -> DispatchResult {
            let worker = Self::ensure_worker(origin)?;
            Self::do_heartbeat(worker)
        }

        /// Commit to results. A task that cannot be agreed on any more ends in the next block. A duty if every commitment is awaited
        /// from the caller, and every task is named once, in order.
        #[pallet::call_index(3)]
        #[pallet::weight(Pallet::<T>::weight_of_commit(commitments.len() as u32))]
        pub fn commit(
            origin: OriginFor<T>,
            commitments: BoundedVec<Commitment, T::MaxBatch>,
        ) -> DispatchResultWithPostInfo {
            let worker = Self::ensure_worker(origin)?;
            Self::do_commit(worker, commitments)
        }

        /// Reveal the digests behind commitments. The last reveal of a task settles it. A duty if every digest is
        /// the one committed to, and every task is named once, in order.
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::weight_of_reveal(reveals.len() as u32))]
        pub fn reveal(
            origin: OriginFor<T>,
            reveals: BoundedVec<Reveal, T::MaxBatch>,
        ) -> DispatchResultWithPostInfo {
            let worker = Self::ensure_worker(origin)?;
            Self::do_reveal(worker, reveals)
        }

        /// Decline a task that cannot be executed. A duty of an assigned worker, or a juror.
        #[pallet::call_index(5)]
        #[pallet::weight(Pallet::<T>::weight_of_decline())]
        pub fn decline(
            origin: OriginFor<T>,
            task: TaskId,
            reason: DeclineReason,
        ) -> DispatchResultWithPostInfo {
            let worker = Self::ensure_worker(origin)?;
            Self::do_decline(worker, task, reason)
        }

        /// Cancel the tasks of a deal that have not begun. The payer gets back all that is held for them, the operator
        /// its guarantee. Tasks that have begun go on.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::cancel_deal())]
        pub fn cancel_deal(origin: OriginFor<T>, deal: DealId) -> DispatchResult {
            let payer = ensure_signed(origin)?;
            Self::do_cancel_deal(payer, deal)
        }

        /// Have the chain forget a deal that is over, and give its deposit back to its opener: up to `outcomes` outcomes of tasks
        /// in one call, and the deal with the last. Its requester can do so once the deadline has passed, anybody once the
        /// retention is over. The chain then does it by itself, in its turn.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::forget_deal((*outcomes).min(MOST_FORGOTTEN)))]
        pub fn forget_deal(origin: OriginFor<T>, deal: DealId, outcomes: u32) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            Self::do_forget_deal(who, deal, outcomes)
        }

        /// Decide for how many blocks the chain remembers a deal, after its end or its deadline, whichever comes later. For
        /// governance.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::set_retention())]
        pub fn set_retention(origin: OriginFor<T>, blocks: BlockNumber) -> DispatchResult {
            T::GovernanceOrigin::ensure_origin(origin)?;
            Self::do_set_retention(blocks)
        }

        /// Have the chain forget the caller as a worker, and give its deposit back. That happens by itself when it leaves its pool,
        /// unless it has declined tasks that others delivered: those are remembered for some days.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::deregister())]
        pub fn deregister(origin: OriginFor<T>) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_deregister(worker)
        }

        /// Name the account that may act for the caller as a worker, or take it back; the one before acts for it no more, also in
        /// tasks that are open. Once the account has agreed (`act_for`), it goes online and offline for the worker, and its
        /// heartbeats, commitments, reveals and declines count for the worker, which can send them by itself all the same. It has no
        /// other right. A deposit is held of the worker while it has named an account. For members of pools, and workers that the
        /// chain remembers.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::set_duty_key())]
        pub fn set_duty_key(origin: OriginFor<T>, key: Option<T::AccountId>) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_set_duty_key(worker, key)
        }

        /// Agree to act for a worker that has named the caller as its duty key, and for no other; or act for none any more.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::act_for())]
        pub fn act_for(origin: OriginFor<T>, worker: Option<T::AccountId>) -> DispatchResult {
            let key = ensure_signed(origin)?;
            Self::do_act_for(key, worker)
        }
    }
}

use frame_support::traits::Get as _;
use sp_runtime::traits::SaturatedConversion as _;
use talka_primitives::{BlockNumber, Deal};

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The last block for the commitment of a worker, or of a juror, that is drawn now.
    pub(crate) fn commit_until(deal: &Deal<T::AccountId>) -> BlockNumber {
        Self::now().saturating_add(Self::execution_time(deal))
    }

    /// The time from a draw to the last block for the commitment, in blocks.
    pub(crate) fn execution_time(deal: &Deal<T::AccountId>) -> BlockNumber {
        deal.category.run_time.saturating_add(T::CommitGrace::get())
    }

    /// The last block for reveals that may begin now.
    pub(crate) fn reveal_until() -> BlockNumber {
        Self::now().saturating_add(T::RevealPeriod::get())
    }
}
