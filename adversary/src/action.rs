//! What the adversary does: a list of actions, which can be printed, stored, shortened and played again.
//!
//! Actions name things by their place (the adversary's second pool, the last deal), not by identifiers: when one is taken
//! out of a script, the others still mean what they meant.

use codec::{Decode, Encode};

use crate::cast::Party;

/// A step of the adversary.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// This number of blocks pass.
    Pass(u8),
    /// An account of the adversary sends a transaction.
    Send {
        /// Which account.
        who: u8,
        /// What it calls.
        call: Call,
    },
    /// From now on an account acts like this as a worker, and as a juror.
    Behave {
        /// Which account.
        who: u8,
        /// How.
        posture: Posture,
    },
    /// From now on the adversary's validators make blocks like this.
    Author(Authorship),
    /// From now on an app, or a dataset, can be fetched by these.
    Serve {
        /// Which.
        item: Item,
        /// The account that does it.
        audience: Audience,
    },
    /// Transactions of the adversary fill this number of blocks; it pays their fees.
    Fill(u8),
    /// From now on each transaction of the adversary has this tip, in TLK.
    Tip(u8),
}

/// What one of several is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Pick {
    /// Of all that there are, counted from the first; around, where there are fewer.
    Any(u8),
    /// Of the adversary's own.
    Own(u8),
    /// Counted from the last.
    Last(u8),
}

/// Something that has an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Item {
    /// An app.
    App(Pick),
    /// A dataset.
    Dataset(Pick),
    /// A pool.
    Pool(Pick),
    /// A group.
    Group(Pick),
}

/// An account that somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Account {
    /// Of the adversary's.
    Own(u8),
    /// Of all.
    Any(u8),
}

/// What an app or a dataset is like to those who execute tasks with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Artefact {
    /// It can be fetched, and executed in time.
    Fine,
    /// It can be fetched nowhere.
    Nowhere,
    /// It can be fetched, and no machine executes it in time.
    Slow,
}

/// Who can fetch something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Audience {
    /// Everybody.
    #[default]
    All,
    /// Nobody.
    Nobody,
    /// The first party of each kind, the third, and so on.
    Even,
    /// The others.
    Odd,
}

impl Audience {
    /// Whether a party belongs to it.
    pub fn includes(self, party: Party) -> bool {
        match self {
            Self::All => true,
            Self::Nobody => false,
            Self::Even => party.index().is_multiple_of(2),
            Self::Odd => party.index() % 2 == 1,
        }
    }
}

/// An amount near those at which something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Amount {
    /// Nothing.
    Zero,
    /// In the smallest units.
    Units(u8),
    /// In TLK.
    Tlk(u16),
    /// All that is free, but this amount in TLK.
    AllBut(u8),
    /// More than there is.
    Max,
}

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Lead {
    /// In this number of blocks.
    Blocks(u16),
    /// This number of blocks after the earliest that a deal can have.
    Tight(i8),
}

/// How an account of the adversary acts as a worker, and as a juror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Posture {
    /// It follows the protocol.
    Honest,
    /// It does nothing.
    #[default]
    Absent,
    /// It has a wrong result of its own.
    Wrong,
    /// It has a wrong result that others have as well.
    Lie,
    /// It declines whatever it is drawn for.
    Decline,
    /// It commits to the result, and does not reveal it.
    Silent,
    /// It commits to the result, and reveals it in the last block in which it can.
    Stall,
    /// It commits as late as it can, and reveals at once.
    Late,
    /// It commits and reveals in the last block before the deadline, in one go.
    Trap,
    /// It repeats the commitments of others, which it cannot reveal.
    Copy,
}

/// How the adversary's validators make blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Authorship {
    /// As others.
    #[default]
    Fair,
    /// Without transactions of others.
    Omit,
    /// Without duties of others.
    OmitDuties,
    /// Their own transactions first.
    First,
    /// Their own transactions last.
    Last,
    /// Not at all.
    Withhold,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[allow(missing_docs)] // They are those of the pallets.
pub enum Call {
    PublishApp {
        artefact: Artefact,
        oci: bool,
        price: Amount,
    },
    PublishDataset {
        artefact: Artefact,
        price: Amount,
    },
    PublishPool {
        approval: bool,
        operator_share: u8,
        stake_ratio: u8,
        limit: Amount,
    },
    /// Without an amount it is not sold any more.
    SetPoolPrice {
        pool: Pick,
        category: u8,
        price: Option<Amount>,
    },
    SetPoolPolicy {
        pool: Pick,
        approval: bool,
        operator_share: u8,
        stake_ratio: u8,
        min_bond: Amount,
        min_price: Amount,
    },
    SetGuaranteeLimit {
        pool: Pick,
        limit: Amount,
    },
    SetAppPrice {
        app: Pick,
        price: Option<Amount>,
    },
    SetDatasetPrice {
        dataset: Pick,
        price: Option<Amount>,
    },
    SetUris {
        item: Item,
    },
    /// To oneself: withdraw the offer.
    Offer {
        item: Item,
        to: Account,
    },
    /// The limit is that of a pool.
    Accept {
        item: Item,
        limit: Amount,
    },
    Admit {
        pool: Pick,
        worker: Account,
    },
    Dismiss {
        pool: Pick,
        worker: Account,
    },
    JoinPool {
        pool: Pick,
    },
    LeavePool,
    Request {
        app: Pick,
        dataset: Option<Pick>,
        pool: Pick,
        category: u8,
        trust: u32,
        tasks: u16,
        lead: Lead,
    },
    CancelDeal {
        deal: Pick,
    },
    GoOnline {
        slots: u8,
    },
    GoOffline,
    Heartbeat,
    Decline {
        deal: Pick,
        index: u8,
    },
    Commit {
        deal: Pick,
        index: u8,
        wrong: bool,
        tasks: u8,
    },
    Reveal {
        deal: Pick,
        index: u8,
        wrong: bool,
        tasks: u8,
    },
    Bond {
        amount: Amount,
    },
    Unbond {
        amount: Amount,
    },
    Withdraw,
    SetKeys,
    Register {
        stake: Amount,
    },
    AddStake {
        amount: Amount,
    },
    Resign,
    Release,
    ForgetKeys,
    SetJurorKey {
        key: Option<Account>,
    },
    SetDutyKey {
        key: Option<Account>,
    },
    ActFor {
        worker: Option<Account>,
    },
    Transfer {
        to: Account,
        amount: Amount,
    },
    CreateGroup,
    AddMember {
        group: Pick,
        member: Account,
    },
    RemoveMember {
        group: Pick,
        member: Account,
    },
    DisbandGroup {
        group: Pick,
    },
    PublishAppOrder {
        app: Pick,
        price: Amount,
        volume: u16,
    },
    PublishDatasetOrder {
        dataset: Pick,
        price: Amount,
        volume: u16,
    },
    PublishPoolOrder {
        pool: Pick,
        category: u8,
        price: Amount,
        volume: u16,
    },
    PublishRequestOrder {
        app: Pick,
        dataset: Option<Pick>,
        category: u8,
        trust: u32,
        tasks: u16,
        lead: Lead,
        price: Amount,
    },
    /// The last request that is published; of the sellers' orders those that are for it, where they are wanted.
    MatchOrders {
        pool: Pick,
        ordered: bool,
        sponsor: bool,
    },
    CancelOrder,
    AddProxy {
        to: Account,
        kind: u8,
    },
    RemoveProxies,
    /// In the name of another account, in one go.
    AsProxy {
        of: Account,
        calls: Vec<Call>,
    },
    /// Whatever these bytes say.
    Raw(Vec<u8>),
    /// Some in one transaction, until one fails.
    Batch(Vec<Call>),
    /// Some in one transaction, or none of them.
    BatchAll(Vec<Call>),
}

/// A script: the seed of what the adversary does not decide, and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Script {
    /// Who makes which block, what honest buyers buy, all random numbers.
    pub seed: u64,
    /// What the adversary does, one after another.
    pub actions: Vec<Action>,
}

impl Script {
    /// Written as hexadecimal digits, to be played again.
    pub fn to_hex(&self) -> String {
        hex::encode(self.encode())
    }

    /// Read again.
    pub fn from_hex(text: &str) -> anyhow::Result<Self> {
        Ok(Self::decode(&mut hex::decode(text.trim())?.as_slice())?)
    }
}
