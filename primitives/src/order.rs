//! Orders: offers and requests that bind their signer until they expire.
//!
//! An order binds its signer in one of two ways: by a signature made off chain, or by a call that publishes it on
//! chain (also from multisig and proxied accounts). Both are the same order, with one identifier and one volume. The
//! model is that of iExec's PoCo (app, dataset, workerpool and request orders).
//!
//! ```text
//! id        = blake2b-256("talka/order/1" ++ genesis hash ++ SCALE(Order))
//! signature over id, or over "<Bytes>" ++ id ++ "</Bytes>" (what wallets sign)
//! ```

use alloc::vec::Vec;
use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::Encode;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    asset::Tags,
    deal::{Arguments, Parameters},
    deposit::Deposit,
    id::{AppId, CategoryId, DatasetId, GroupId, OrderId, PoolId, Salt},
    unit::{Balance, BlockNumber, Trust},
};

/// Domain and version of the signed payload. Another layout of [`Order`] is another number.
const ORDER_TAG: &[u8] = b"talka/order/1";

/// One account, or the members of a group.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub enum Party<AccountId> {
    /// This account.
    Account(AccountId),
    /// The members of this group at the time when the deal is made.
    Group(GroupId),
}

impl<AccountId: PartialEq> Party<AccountId> {
    /// Whether an account belongs to it. `is_member` looks into groups.
    pub fn includes(&self, who: &AccountId, is_member: impl Fn(GroupId, &AccountId) -> bool) -> bool {
        match self {
            Self::Account(account) => account == who,
            Self::Group(group) => is_member(*group, who),
        }
    }
}

/// What a deal must be like for an order to be part of it. What is not named is not restricted. What names somebody also
/// confines the deal: see [`Restrictions::confine`].
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Restrictions<AccountId> {
    /// The app that is executed.
    pub app: Option<AppId>,
    /// The dataset that is read.
    pub dataset: Option<DatasetId>,
    /// The pool whose workers execute.
    pub pool: Option<PoolId>,
    /// Who buys.
    pub requester: Option<Party<AccountId>>,
    /// Who operates the pool.
    pub operator: Option<Party<AccountId>>,
}

// Derived, it would ask the same of accounts, which have no default.
impl<AccountId> Default for Restrictions<AccountId> {
    fn default() -> Self {
        Self { app: None, dataset: None, pool: None, requester: None, operator: None }
    }
}

impl<AccountId> Restrictions<AccountId> {
    /// Whether they say who buys or who executes. A deal with such an order is [restricted](crate::restriction): only
    /// the workers of its pool execute its tasks.
    pub fn confine(&self) -> bool {
        self.pool.is_some() || self.requester.is_some() || self.operator.is_some()
    }

    /// How many groups have to be looked into: at most [`MAX_GROUPS`].
    pub fn groups(&self) -> u32 {
        let parties = [&self.requester, &self.operator];
        parties.into_iter().flatten().filter(|party| matches!(party, Party::Group(_))).count() as u32
    }
}

/// Most groups that one order can name.
pub const MAX_GROUPS: u32 = 2;

/// What all orders have in common.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Terms<AccountId> {
    /// Who is bound by the order: the owner of what is sold, or the requester.
    pub signer: AccountId,
    /// Price of one accepted task, in units of TLK; of a request, the most that one may cost: app, dataset and pool
    /// together.
    pub price: Balance,
    /// How many tasks, in one deal or in several.
    pub volume: u32,
    /// What the pool must offer, beside what app and dataset need.
    #[serde(default)]
    pub tags: Tags,
    /// For which deals it is meant.
    #[serde(default)]
    pub only: Restrictions<AccountId>,
    /// The last block in which a deal can be made.
    pub expiry: BlockNumber,
    /// Makes orders different that are otherwise equal.
    #[serde(default)]
    pub salt: Salt,
}

/// The use of an app is for sale.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct AppOrder<AccountId> {
    /// Which app.
    pub app: AppId,
    /// On which terms.
    pub terms: Terms<AccountId>,
}

/// The use of a dataset is for sale.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct DatasetOrder<AccountId> {
    /// Which dataset.
    pub dataset: DatasetId,
    /// On which terms.
    pub terms: Terms<AccountId>,
}

/// The work of a pool is for sale.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct PoolOrder<AccountId> {
    /// Which pool.
    pub pool: PoolId,
    /// The size of a task.
    pub category: CategoryId,
    /// The highest trust that may be asked for.
    pub trust: Trust,
    /// On which terms.
    pub terms: Terms<AccountId>,
}

/// Somebody wants tasks to be executed.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct RequestOrder<AccountId> {
    /// The app.
    pub app: AppId,
    /// The dataset that the app reads, where there is one.
    #[serde(default)]
    pub dataset: Option<DatasetId>,
    /// The size of a task.
    pub category: CategoryId,
    /// How sure the requester wants to be.
    pub trust: Trust,
    /// The arguments that all tasks have in common.
    #[serde(default)]
    pub arguments: Arguments,
    /// What distinguishes the tasks: a parameter for each of `terms.volume`.
    pub parameters: Parameters,
    /// Whom the results are for; the requester where it is nobody else.
    #[serde(default)]
    pub beneficiary: Option<AccountId>,
    /// The last block in which a task may be completed.
    pub deadline: BlockNumber,
    /// On which terms.
    pub terms: Terms<AccountId>,
}

/// One of the four orders.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub enum Order<AccountId> {
    /// The use of an app is for sale.
    App(AppOrder<AccountId>),
    /// The use of a dataset is for sale.
    Dataset(DatasetOrder<AccountId>),
    /// The work of a pool is for sale.
    Pool(PoolOrder<AccountId>),
    /// Somebody wants tasks to be executed.
    Request(RequestOrder<AccountId>),
}

/// What an order sells: something that has an owner.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Subject {
    /// The use of an app.
    App(AppId),
    /// The use of a dataset.
    Dataset(DatasetId),
    /// The work of a pool.
    Pool(PoolId),
}

/// Where a published order is looked for.
#[apply(stored)]
#[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Shelf {
    /// Orders that sell the use of this app.
    App(AppId),
    /// Orders that sell the use of this dataset.
    Dataset(DatasetId),
    /// Orders of pools that sell work of this size.
    Pools(CategoryId),
    /// Requests for work of this size.
    Requests(CategoryId),
}

impl<AccountId> Order<AccountId> {
    /// What it has in common with all orders.
    pub fn terms(&self) -> &Terms<AccountId> {
        match self {
            Self::App(order) => &order.terms,
            Self::Dataset(order) => &order.terms,
            Self::Pool(order) => &order.terms,
            Self::Request(order) => &order.terms,
        }
    }

    /// What it sells; nothing, where it is a request.
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::App(order) => Some(Subject::App(order.app)),
            Self::Dataset(order) => Some(Subject::Dataset(order.dataset)),
            Self::Pool(order) => Some(Subject::Pool(order.pool)),
            Self::Request(_) => None,
        }
    }

    /// Where it is looked for, once it is published.
    pub fn shelf(&self) -> Shelf {
        match self {
            Self::App(order) => Shelf::App(order.app),
            Self::Dataset(order) => Shelf::Dataset(order.dataset),
            Self::Pool(order) => Shelf::Pools(order.category),
            Self::Request(order) => Shelf::Requests(order.category),
        }
    }
}

macro_rules! is_an_order {
    ($($kind:ident($order:ident))*) => {
        $(impl<AccountId> From<$order<AccountId>> for Order<AccountId> {
            fn from(order: $order<AccountId>) -> Self {
                Self::$kind(order)
            }
        }

        impl<AccountId> TryFrom<Order<AccountId>> for $order<AccountId> {
            type Error = WrongKind;
            fn try_from(order: Order<AccountId>) -> Result<Self, WrongKind> {
                match order {
                    Order::$kind(order) => Ok(order),
                    _ => Err(WrongKind),
                }
            }
        })*
    };
}

is_an_order! { App(AppOrder) Dataset(DatasetOrder) Pool(PoolOrder) Request(RequestOrder) }

/// The order is of another kind than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongKind;

/// What an order is known by and what is signed: the BLAKE2b-256 hash of a tag, the hash of the chain's genesis block
/// and the order's SCALE encoding. An order for one chain is therefore not one for another.
pub fn order_id<AccountId: Encode>(genesis: &[u8; 32], order: &Order<AccountId>) -> OrderId {
    let mut hasher = Blake2b::<U32>::new();
    hasher.update(ORDER_TAG);
    hasher.update(genesis);
    order.using_encoded(|bytes| hasher.update(bytes));
    OrderId(hasher.finalize().into())
}

/// What a wallet signs where it is asked to sign an order's identifier: wallets wrap bytes, so that nobody can be made
/// to sign a transaction unawares.
pub fn wrapped(id: OrderId) -> Vec<u8> {
    [b"<Bytes>".as_slice(), &id.0, b"</Bytes>"].concat()
}

/// A signature of an order's identifier.
#[apply(stored)]
#[derive(Copy)]
pub enum OrderSignature<Signature> {
    /// Of the 32 bytes as they are: what programs sign.
    Raw(Signature),
    /// Of the 32 bytes between `<Bytes>` and `</Bytes>`: what wallets sign.
    Wrapped(Signature),
}

impl<Signature> OrderSignature<Signature> {
    /// The signature itself, and what must have been signed with it where it is of an order with this identifier.
    pub fn over(&self, id: OrderId) -> (&Signature, Vec<u8>) {
        match self {
            Self::Raw(signature) => (signature, id.0.to_vec()),
            Self::Wrapped(signature) => (signature, wrapped(id)),
        }
    }
}

/// An order that was signed off chain.
#[apply(stored)]
pub struct SignedOrder<Kind, Signature> {
    /// The order.
    pub order: Kind,
    /// The hash of the genesis block of the chain for which it was signed.
    pub genesis: [u8; 32],
    /// Made by the order's signer.
    pub signature: OrderSignature<Signature>,
}

/// Where an order is.
#[apply(stored)]
pub enum Source<Kind, Signature> {
    /// Published on chain, under this identifier.
    Published(OrderId),
    /// Here, with its signature.
    Signed(SignedOrder<Kind, Signature>),
}

/// How the work of a pool is bought.
#[apply(stored)]
pub enum PoolSource<AccountId, Signature> {
    /// Of this pool, at its published price.
    Listed(PoolId),
    /// On an order's terms.
    Ordered(Source<PoolOrder<AccountId>, Signature>),
}

/// Orders that are to become a deal.
#[apply(stored)]
pub struct Match<AccountId, Signature> {
    /// The app's; none to buy it at its published price.
    pub app: Option<Source<AppOrder<AccountId>, Signature>>,
    /// The dataset's, where the request names one; none to buy it at its published price.
    pub dataset: Option<Source<DatasetOrder<AccountId>, Signature>>,
    /// The pool's.
    pub pool: PoolSource<AccountId, Signature>,
    /// The requester's.
    pub request: Source<RequestOrder<AccountId>, Signature>,
}

/// Which order is meant.
#[apply(stored)]
pub enum Named<AccountId> {
    /// The one published under this identifier.
    Published(OrderId),
    /// This one, which was signed off chain.
    Signed(Order<AccountId>),
}

/// An order on chain.
#[apply(stored)]
pub struct Publication<AccountId> {
    /// The order.
    pub order: Order<AccountId>,
    /// What is held of its signer until it is used up, has expired or is cancelled, in units of TLK.
    pub deposit: Balance,
}

/// What the chain remembers of an order, until it expires.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Entry {
    /// How many tasks were bought.
    pub used: u32,
    /// Whether its signer has taken it back.
    pub cancelled: bool,
    /// Whether it is published, with a deposit that is to be given back.
    pub published: bool,
}

/// An entry, with what is held for it until the order expires.
#[apply(stored)]
pub struct Remembered<AccountId> {
    /// What is remembered of the order.
    pub entry: Entry,
    /// Of the account that has used, cancelled or published it first.
    pub deposit: Deposit<AccountId>,
}

/// Why nothing can be bought with an order, whatever else it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is for no tasks.
    NoVolume,
    /// Its last block is past.
    Expired,
    /// Its last block is so far away that the chain would have to remember it for too long.
    ExpiryTooFar,
    /// Its signer has taken it back.
    Cancelled,
    /// As many tasks as it is for were bought.
    Consumed,
}

impl Entry {
    /// How many tasks can still be bought: one at least. `max_life` is the longest time from now to an order's expiry,
    /// in blocks.
    pub fn left<AccountId>(
        &self,
        terms: &Terms<AccountId>,
        now: BlockNumber,
        max_life: BlockNumber,
    ) -> Result<u32, Closed> {
        let closed = |condition: bool, why: Closed| if condition { Err(why) } else { Ok(()) };
        closed(terms.volume == 0, Closed::NoVolume)?;
        closed(terms.expiry < now, Closed::Expired)?;
        closed(terms.expiry - now > max_life, Closed::ExpiryTooFar)?;
        closed(self.cancelled, Closed::Cancelled)?;
        let left = terms.volume.saturating_sub(self.used);
        closed(left == 0, Closed::Consumed)?;
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn terms() -> Terms<[u8; 32]> {
        Terms {
            signer: [1; 32],
            price: 3,
            volume: 10,
            tags: Tags(0),
            only: Restrictions::default(),
            expiry: 100,
            salt: Salt([0; 32]),
        }
    }

    fn order() -> Order<[u8; 32]> {
        AppOrder { app: AppId(7), terms: terms() }.into()
    }

    #[test]
    fn id_binds_the_chain_the_kind_and_every_field() {
        let id = order_id(&[9; 32], &order());
        let changes: [fn(&mut Terms<[u8; 32]>); 7] = [
            |terms| terms.signer = [2; 32],
            |terms| terms.price = 4,
            |terms| terms.volume = 11,
            |terms| terms.tags = Tags(1),
            |terms| terms.only.requester = Some(Party::Group(GroupId(0))),
            |terms| terms.expiry = 101,
            |terms| terms.salt = Salt([1; 32]),
        ];
        for change in changes {
            let mut terms = terms();
            change(&mut terms);
            assert_ne!(order_id(&[9; 32], &AppOrder { app: AppId(7), terms }.into()), id);
        }
        assert_ne!(order_id(&[8; 32], &order()), id);
        assert_ne!(order_id(&[9; 32], &AppOrder { app: AppId(8), terms: terms() }.into()), id);
        assert_ne!(order_id(&[9; 32], &DatasetOrder { dataset: DatasetId(7), terms: terms() }.into()), id);
    }

    #[test]
    fn id_does_not_change_between_releases() {
        assert_eq!(
            order_id(&[9; 32], &order()).to_string(),
            "28526aca220b6eb9d584c76910cf416f78cb2009200074382dcdbbbda248ab6a"
        );
    }

    #[test]
    fn programs_sign_the_identifier_and_wallets_wrap_it() {
        let id = OrderId([7; 32]);
        assert_eq!(OrderSignature::Raw(1).over(id), (&1, [7; 32].to_vec()));
        let (signature, signed) = OrderSignature::Wrapped(1).over(id);
        assert_eq!((*signature, signed.len()), (1, 32 + "<Bytes></Bytes>".len()));
        assert!(signed.starts_with(b"<Bytes>\x07") && signed.ends_with(b"\x07</Bytes>"));
    }

    #[test]
    fn groups_are_looked_into_and_accounts_compared() {
        let in_seven = |group: GroupId, who: &u8| group == GroupId(7) && *who == 1;
        assert!(Party::Account(1).includes(&1, in_seven) && !Party::Account(1).includes(&2, in_seven));
        assert!(Party::Group(GroupId(7)).includes(&1, in_seven));
        assert!(!Party::Group(GroupId(7)).includes(&2, in_seven));
        assert!(!Party::Group(GroupId(8)).includes(&1, in_seven));
        let both = Restrictions {
            requester: Some(Party::<u8>::Group(GroupId(7))),
            operator: Some(Party::Group(GroupId(8))),
            ..Default::default()
        };
        assert_eq!(both.groups(), MAX_GROUPS);
        let one = Restrictions { requester: Some(Party::Account(1)), ..both };
        assert_eq!(one.groups(), 1);
    }

    #[test]
    fn closed_orders_say_why() {
        let left = |entry: Entry, terms: Terms<[u8; 32]>| entry.left(&terms, 50, 60);
        let fresh = Entry::default();
        assert_eq!(left(fresh, terms()), Ok(10));
        assert_eq!(left(Entry { used: 9, ..fresh }, terms()), Ok(1));
        assert_eq!(left(fresh, Terms { expiry: 50, ..terms() }), Ok(10));
        assert_eq!(left(fresh, Terms { expiry: 110, ..terms() }), Ok(10));
        assert_eq!(left(fresh, Terms { volume: 0, ..terms() }), Err(Closed::NoVolume));
        assert_eq!(left(fresh, Terms { expiry: 49, ..terms() }), Err(Closed::Expired));
        assert_eq!(left(fresh, Terms { expiry: 111, ..terms() }), Err(Closed::ExpiryTooFar));
        assert_eq!(left(Entry { cancelled: true, ..fresh }, terms()), Err(Closed::Cancelled));
        assert_eq!(left(Entry { used: 10, ..fresh }, terms()), Err(Closed::Consumed));
        assert_eq!(left(Entry { used: 11, ..fresh }, terms()), Err(Closed::Consumed));
    }

    proptest! {
        #[test]
        fn never_more_is_left_than_was_offered(used in any::<u32>(), volume in any::<u32>(), expiry in any::<u32>()) {
            let entry = Entry { used, ..Entry::default() };
            if let Ok(left) = entry.left(&Terms { volume, expiry, ..terms() }, 50, 60) {
                prop_assert!(left > 0 && left <= volume && (50..=110).contains(&expiry));
                prop_assert_eq!(left + used, volume);
            }
        }
    }
}
