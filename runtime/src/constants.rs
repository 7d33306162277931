//! The numbers of the chain, each with its reason.

/// Amounts of TLK.
pub mod currency {
    use talka_primitives::{
        deposit::{Footprint, StoragePrice},
        Balance,
    };

    /// How many decimals wallets show: those of RLC, to which TLK is to be pegged.
    pub const DECIMALS: u8 = 9;
    /// The symbol that wallets show.
    pub const SYMBOL: &str = "TLK";
    /// One TLK.
    pub const TLK: Balance = 1_000_000_000;
    /// A thousandth of one TLK.
    pub const MILLI_TLK: Balance = TLK / 1_000;
    /// A millionth of one TLK.
    pub const MICRO_TLK: Balance = TLK / 1_000_000;

    /// The least balance of an account: one micro-TLK. Far below what anybody is paid for a task, so that
    /// payouts to new accounts do not fail; what still falls below it goes to the audit fund.
    pub const EXISTENTIAL_DEPOSIT: Balance = MICRO_TLK;

    /// What is held for what the chain has to remember: a tenth of a TLK for an item and a thousandth for each of its
    /// bytes, keys included. A gigabyte of state takes a million TLK out of circulation; what is small costs little beside
    /// what it is for: the outcome of a task, which the chain remembers for a week, a fifth of a TLK that comes back.
    pub const STORAGE: StoragePrice = StoragePrice { item: 100 * MILLI_TLK, byte: MILLI_TLK };

    /// The same for the SDK's pallets, which count by themselves.
    pub const fn deposit(items: u32, bytes: u32) -> Balance {
        STORAGE.of(Footprint { items, bytes })
    }
}

/// Spans of time.
pub mod time {
    use talka_primitives::BlockNumber;

    /// Milliseconds of a slot, where the genesis says nothing else. With secondary slots every slot has an author, so it
    /// is the block time too. Everything else is counted in blocks: with another slot it is longer or shorter in
    /// proportion. The work that fits into a block stays what it is: on a network with shorter slots than this, blocks
    /// that are full come late.
    pub const SLOT_DURATION: u64 = 2_000;
    /// Blocks in a minute.
    pub const MINUTES: BlockNumber = (60_000 / SLOT_DURATION) as BlockNumber;
    /// Blocks in an hour.
    pub const HOURS: BlockNumber = MINUTES * 60;
    /// Blocks in a day.
    pub const DAYS: BlockNumber = HOURS * 24;

    /// How often a slot has a primary author. The other slots fall to the secondary one; more primaries would
    /// only mean more forks.
    pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);
}

/// Validators.
pub mod consensus {
    use sp_runtime::Perbill;
    use talka_primitives::BlockNumber;

    use super::time::HOURS;

    /// Slots of a session, which is an epoch too, where the genesis says nothing else. The randomness of an epoch is
    /// collected in the one before the last: an hour leaves finality ample time to settle it.
    pub const SESSION: BlockNumber = HOURS;
    /// Most validators that governance can make room for. GRANDPA's messages grow with the square of their number; no
    /// chain of this kind has more than a few hundred.
    pub const MAX_SEATS: u32 = 200;
    /// Most candidates: an election reads each of them, in the block that begins a session.
    pub const MAX_CANDIDATES: u32 = 1_000;
    /// Sessions for which a stake stays liable, and offences can be proven: a week of sessions of an hour. What is still
    /// found out then was done in public; unbonding takes three times as long.
    pub const LIABILITY: u32 = 7 * 24;
    /// Sessions after which the validators are announced again: a day. Nodes keep what was decided in each round of
    /// GRANDPA until a new set of voters comes to a round of the same number; without an end to the numbers that was 95 MB
    /// a day among four validators. More often would only make the proofs longer that warp sync fetches: they have an
    /// entry for each set.
    pub const RENEWAL: u32 = 24;
    /// The least part of the stake that equivocation costs, however many validators there are: among a hundred, the
    /// formula of the SDK asks for less than a thousandth of a single one, which a day's fees would pay.
    pub const MIN_SLASH: Perbill = Perbill::from_percent(10);
    /// New TLK for each block. None: validators live on fees, so that the supply changes by nothing but the bridge, and
    /// buyers of results do not pay for those who hold stakes.
    pub const INFLATION: talka_primitives::Balance = 0;
}

/// The council.
pub mod governance {
    use talka_primitives::BlockNumber;

    use super::time::DAYS;

    /// How long a motion can be voted on.
    pub const MOTION: BlockNumber = 7 * DAYS;
    /// From listing a call that is to be dispatched as root to the first block in which it can be: time for everybody to
    /// look at what it does, for members whose keys were stolen to notice and take it off the list, and for workers to
    /// end what they have begun. What cannot wait so long can be paused.
    pub const DELAY: BlockNumber = 2 * DAYS;
    /// How long after that it can be dispatched: as long as the motion that does it takes. What was listed for another
    /// state of the chain is not to be there for ever.
    pub const WINDOW: BlockNumber = MOTION;
    /// Calls that are listed at once.
    pub const MAX_LISTED: u32 = 20;
    /// Motions at once.
    pub const MAX_MOTIONS: u32 = 20;
    /// Most members.
    pub const MAX_MEMBERS: u32 = 25;
    /// The longest name of a pallet or call that can be paused: a longer one would count as paused.
    pub const MAX_NAME: u32 = 64;
}

/// The bridge to Ethereum.
pub mod bridge {
    use talka_primitives::{
        bridge::{limit::DAY, Limits},
        Balance,
    };

    use super::{
        currency::{MILLI_TLK, TLK},
        time::DAYS,
    };

    /// What a withdrawal costs beside its amount: as much as is held for an item of the state, and it does not come back. All
    /// nodes that index keep the message for ever, so it is more than the fee; it is far less than the gas of the claim.
    pub const MESSAGE_PRICE: Balance = 100 * MILLI_TLK;
    /// What is credited in a day, and withdrawn at once, until governance decides: at once as much as a validator puts up on a
    /// test network, in a day ten times that.
    pub const LIMITS: Limits = Limits { bucket: 100_000 * TLK, withdrawal: 10_000 * TLK };

    // The rule counts the same blocks to a day.
    const _: () = assert!(DAY == DAYS);
}

/// Contracts on Ethereum that buy tasks.
pub mod gateway {
    use talka_primitives::{Balance, BlockNumber};

    use super::{
        currency::{MILLI_TLK, TLK},
        time::HOURS,
    };

    /// The least amount for which an order is looked at. The deposits alone, which come back, are more than that: nothing can be
    /// bought for less, and what is ordered for less costs the chain nothing.
    pub const LEAST_AMOUNT: Balance = TLK;
    /// What an answer costs: more than the fee for the work that the order and its report make, at the lowest fees.
    pub const ANSWER_PRICE: Balance = 100 * MILLI_TLK;
    /// The least amount that is sent back: the deposit of a deal, which comes back last, is more than that.
    pub const LEAST_RETURN: Balance = TLK;
    /// How long an order is waited for beside twice the least time of its task. A pool that is busy has an hour to come to it; a
    /// contract learns on the same day that it has not.
    pub const PATIENCE: BlockNumber = HOURS;
}

/// What fits into a block.
pub mod block {
    use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};
    use sp_runtime::Perbill;

    use super::time::SLOT_DURATION;

    /// The work of one block: two thirds of the slot, as much as BABE gives an author before the block must be
    /// on its way. Nothing bounds the size of proofs: this chain is not validated by another.
    pub const MAX_WEIGHT: Weight =
        Weight::from_parts(WEIGHT_REF_TIME_PER_MILLIS * SLOT_DURATION * 2 / 3, u64::MAX);
    /// The part of a block that the hook of Proof of Contribution may use: for draws and deadlines.
    pub const HOOK_SHARE: Perbill = Perbill::from_percent(25);
    /// The part of a block that ordinary calls may use. What they leave is for duties: see [`crate::duties`].
    pub const NORMAL_SHARE: Perbill = Perbill::from_percent(65);
    /// The bytes of one block: a reveal of a thousand tasks by three workers each is below 300 kB.
    pub const MAX_LENGTH: u32 = 4 * 1024 * 1024;
    /// How many block hashes the chain remembers, and so the longest life of a signed transaction: at this block
    /// time, an hour and twenty minutes.
    pub const HASH_COUNT: u32 = 2_400;
}

/// What transactions cost.
pub mod fee {
    use sp_runtime::{FixedPointNumber, FixedU128, Perbill, Perquintill};
    use talka_primitives::Balance;

    use super::currency::MILLI_TLK;

    /// The fee for the work that every transaction makes, its signature above all.
    pub const BASE: Balance = MILLI_TLK;
    /// The fee for one byte of a transaction.
    pub const PER_BYTE: Balance = 1_000;
    /// The part of a fee that the block's author gets; the rest goes to the audit fund. Its own transactions cost an author
    /// the rest, so that it is small: a block that it fills with bytes of its own costs more than two TLK, one that it fills
    /// with work more than six. It is not nothing, so that a block with transactions pays better than one without. Tips are
    /// the author's: it could be paid them elsewhere.
    pub const AUTHOR_SHARE: Perbill = Perbill::from_percent(20);

    frame_support::parameter_types! {
        /// Fees rise while ordinary calls fill more of their part of the blocks than this.
        pub const TargetFullness: Perquintill = Perquintill::from_percent(50);
        /// How fast they rise and fall: in an hour of full blocks to about 2.5 times.
        pub Adjustment: FixedU128 = FixedU128::saturating_from_rational(1, 1_000);
        /// They never fall below the base: spam costs something even when nobody else is there.
        pub MinMultiplier: FixedU128 = FixedU128::from_u32(1);
        /// They never rise above a thousand times the base. Blocks have to be full for eight hours before that, and cost more
        /// than a hundred million TLK a day then. More would keep nobody else out, and the way back would only be longer:
        /// fees fall as slowly as they rise.
        pub MaxMultiplier: FixedU128 = FixedU128::from_u32(1_000);
    }
}

/// The rules of the market.
pub mod market {
    use frame_support::PalletId;
    use sp_runtime::traits::AccountIdConversion;
    use talka_primitives::{deposit, Balance, BlockNumber};

    use super::{
        currency::{STORAGE, TLK},
        time::{DAYS, MINUTES},
    };
    use crate::AccountId;

    /// The only pot of the chain: seized guarantees, fines, what convicts lost and nobody won, and amounts too small to be
    /// paid.
    pub const AUDIT_FUND: PalletId = PalletId(*b"tlk/audt");

    /// The account of the audit fund. Nobody has its key.
    pub fn audit_fund() -> AccountId {
        AUDIT_FUND.into_account_truncating()
    }

    /// The least bond of a worker: what a new name costs one who has ruined the old one. Pools may ask for more.
    pub const MIN_BOND: Balance = TLK;
    /// The longest time from an order to its deadline. A bag of ten thousand tasks of an hour takes that long in a
    /// pool of thirty workers.
    pub const MAX_DEAL_DURATION: BlockNumber = 14 * DAYS;
    /// From the announcement of a pool's policy until it is in force, where the pool has members: a day, in which
    /// everybody looks at its machines once, and can leave.
    pub const POLICY_NOTICE: BlockNumber = DAYS;
    /// The longest time from now to the expiry of an order: the chain remembers for as long how much of it was used. A
    /// seller renews its orders once in three months.
    pub const MAX_ORDER_LIFE: BlockNumber = 90 * DAYS;
    /// What is held of an account for a published order, but for the order's own bytes: the order and its place on a shelf.
    pub const ORDER_DEPOSIT: Balance = STORAGE.of(deposit::PUBLICATION);
    /// What is held for each byte of a published order.
    pub const ORDER_BYTE_DEPOSIT: Balance = STORAGE.byte;
    /// What is held for what is remembered of an order until it expires.
    pub const ORDER_ENTRY_DEPOSIT: Balance = STORAGE.of(deposit::ENTRY);
    /// What is held of an account for a group: with the longest name, and an offer to another owner.
    pub const GROUP_DEPOSIT: Balance = STORAGE.of(deposit::GROUP);
    /// What is held for each member of a group: a key.
    pub const MEMBER_DEPOSIT: Balance = STORAGE.of(deposit::MEMBER);
    /// What is held of a worker for its record: with the longest address and all slots taken.
    pub const REGISTRATION_DEPOSIT: Balance = STORAGE.of(deposit::REGISTRATION);
    /// What is held of a worker for the key that acts for it.
    pub const DUTY_KEY_DEPOSIT: Balance = STORAGE.of(deposit::DUTY_KEY);
    /// For how long the chain remembers deals that are over, and the outcomes of their tasks, where governance has not decided:
    /// a week, as long as workers keep results if nothing else is said to them.
    pub const RETENTION: BlockNumber = 7 * DAYS;
    /// The least that governance can decide: a day, in which a worker or a buyer that was away learns how its tasks have
    /// ended.
    pub const LEAST_RETENTION: BlockNumber = DAYS;
    /// The most that governance can decide: as long as an order lives. Deposits are held for as long.
    pub const MOST_RETENTION: BlockNumber = MAX_ORDER_LIFE;
    /// How long stake stays liable after it was withdrawn from work: longer than any deal that it may have backed,
    /// with a week for what comes after it.
    pub const UNBONDING_PERIOD: BlockNumber = 21 * DAYS;
    /// How many withdrawals may be under way at once.
    pub const MAX_UNBONDING: u32 = 16;

    /// A worker gives a sign of life as often as this while it executes. Three missed make it absent.
    pub const HEARTBEAT_PERIOD: BlockNumber = MINUTES;
    /// Added to a category's run time: for the way of the assignment, the data and the commitment.
    pub const COMMIT_GRACE: BlockNumber = MINUTES / 2;
    /// From consensus to the last reveal: long enough for a worker's machine to reboot. It costs nobody time unless
    /// a worker is missing, because the last reveal settles.
    pub const REVEAL_PERIOD: BlockNumber = 5 * MINUTES;
    /// Commitments or reveals in one call. That many reveals, each of which settles a task with as many contributions
    /// and jurors as there can be, are sure to fit into what other calls cannot take of a block.
    pub const MAX_BATCH: u32 = 16;
}
