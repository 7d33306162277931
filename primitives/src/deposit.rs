//! What the chain asks for what it has to remember.
//!
//! An account that makes the chain remember something puts up a deposit for it, and gets it back when the chain forgets it. It is
//! the sender of the transaction: so nobody's money is held for what somebody else has the chain remember. A deposit is no
//! fee. It bounds the state by the money that there is: filling the state ties up the money of its sender.
//!
//! | What | Deposit of | Until |
//! |---|---|---|
//! | an app, a dataset, a pool | its owner | it is withdrawn |
//! | who is admitted to a pool | its operator | the worker is dismissed |
//! | a membership in a pool | the worker | it leaves |
//! | the record of a worker | the worker | it has left its pool, or its declines are forgiven |
//! | the key that acts for a worker | the worker | it takes the key back, or its record goes |
//! | a deal, and the outcome of each task | who sent the request or the match | the deal is forgotten |
//! | a published order | its signer | it is used up, cancelled or expired |
//! | what was used of an order, or that it was cancelled | who used or cancelled it first | it expires |
//! | a call from Ethereum | the account of who has ordered | it is answered |
//! | a group, and each of its members | its owner | the one is disbanded, the other removed |

use codec::Encode;
use serde::{Deserialize, Serialize};

use crate::{
    apply,
    asset::{App, Dataset, Description, Name, Pool, Uri, Uris},
    deal::Deal,
    unit::Balance,
};

/// Bytes that count for the key of an item, whatever it is: the names of pallet and map are 32 of them, the rest is a hash
/// and what it is the hash of. Real keys have 44 to 92.
pub const KEY: u32 = 80;

/// Bytes of an account's name.
const ACCOUNT: u32 = 32;

/// What something takes up in the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Entries.
    pub items: u32,
    /// Their keys and values, in bytes.
    pub bytes: u32,
}

impl Footprint {
    /// That of one item with a value of this number of bytes.
    pub const fn item(bytes: u32) -> Self {
        Self { items: 1, bytes: KEY.saturating_add(bytes) }
    }

    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self { items: self.items.saturating_add(other.items), bytes: self.bytes.saturating_add(other.bytes) }
    }

    /// That of this number of them.
    pub const fn times(self, number: u32) -> Self {
        Self { items: self.items.saturating_mul(number), bytes: self.bytes.saturating_mul(number) }
    }
}

/// What is held for what the chain has to remember, in units of TLK.
#[apply(stored)]
#[derive(Copy, Default, Serialize, Deserialize)]
pub struct StoragePrice {
    /// For each entry: nodes of the trie above it.
    pub item: Balance,
    /// For each byte of keys and values.
    pub byte: Balance,
}

impl StoragePrice {
    /// The deposit for something, in units of TLK.
    pub const fn of(self, footprint: Footprint) -> Balance {
        let items = self.item.saturating_mul(footprint.items as Balance);
        let bytes = self.byte.saturating_mul(footprint.bytes as Balance);
        items.saturating_add(bytes)
    }
}

/// A deposit that was put up.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub struct Deposit<AccountId> {
    /// Of whom it is held, and to whom it goes back.
    pub of: AccountId,
    /// How much, in units of TLK.
    pub amount: Balance,
}

/// What an app or a dataset has beside its texts.
const ASSET_TERMS: u32 = 128;
/// What a pool has beside its description: its terms, those that are announced, a price for each category.
const POOL_TERMS: u32 = 720;
/// What Proof of Contribution keeps of a pool: its record, and its queue among those to be served.
const POOL_WORK: Footprint = Footprint::item(140).and(Footprint::item(20).times(3));
/// How many open deals there are of something.
const COUNT: Footprint = Footprint::item(4);
/// To whom something is offered.
const OFFER: Footprint = Footprint::item(ACCOUNT);

/// An app or a dataset whose texts have this number of bytes: name, addresses, description. What may be added later is counted: an
/// offer to another owner, and its open deals.
pub const fn asset(texts: u32) -> Footprint {
    Footprint::item(ASSET_TERMS.saturating_add(texts)).and(OFFER).and(COUNT)
}

/// A pool whose description has this number of bytes, whatever its terms and prices are. An offer to another operator counts, and
/// so do its open deals, its members and its work.
pub const fn pool(description: u32) -> Footprint {
    Footprint::item(POOL_TERMS.saturating_add(description)).and(OFFER).and(COUNT.times(2)).and(POOL_WORK)
}

/// Who is admitted to a pool.
pub const ADMISSION: Footprint = Footprint::item(16);

/// A worker's membership in a pool.
pub const MEMBERSHIP: Footprint = Footprint::item(20);

/// The record of a worker that was online, with its address and all of its slots, its place in the crew of its pool, and its
/// seats on two benches.
pub const REGISTRATION: Footprint =
    Footprint::item(640).and(Footprint::item(0)).and(Footprint::item(80).times(2));

/// The key that a worker has named, and for whom that key acts.
pub const DUTY_KEY: Footprint = Footprint::item(ACCOUNT + 16).and(OFFER);

/// A deal whose terms have this number of bytes, and its tasks: how far it is, where it is listed, waits for workers, for its
/// deadline, and to be forgotten; and the outcome of each task.
pub const fn deal(terms: u32, tasks: u32) -> Footprint {
    const BESIDE: Footprint = Footprint::item(40).and(Footprint::item(16).times(5));
    Footprint::item(terms).and(BESIDE).and(Footprint::item(40).times(tasks))
}

/// A published order and its place on a shelf, but for the bytes of the order.
pub const PUBLICATION: Footprint = Footprint::item(16).and(Footprint::item(0));

/// What is remembered of an order until it expires: how much of it was used, whether it was cancelled or is published.
pub const ENTRY: Footprint = Footprint::item(56);

/// A call from Ethereum that was not answered.
pub const CALL: Footprint = Footprint::item(56);

/// A group, with a name as long as it can be, and an offer to another owner.
pub const GROUP: Footprint = Footprint::item(102).and(OFFER);

/// A member of a group.
pub const MEMBER: Footprint = Footprint::item(0);

fn length<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    texts.into_iter().fold(0, |sum: u32, text| sum.saturating_add(text.len() as u32))
}

/// What something with these texts takes up.
fn described(name: &Name, uris: &Uris, description: &Description) -> Footprint {
    let uris = uris.iter().map(Uri::as_bytes);
    asset(length(uris.chain([name.as_bytes(), description.as_bytes()])))
}

impl<AccountId> App<AccountId> {
    /// What it takes up: see [`asset`].
    pub fn footprint(&self) -> Footprint {
        described(&self.name, &self.uris, &self.description)
    }
}

impl<AccountId> Dataset<AccountId> {
    /// What it takes up: see [`asset`].
    pub fn footprint(&self) -> Footprint {
        described(&self.name, &self.uris, &self.description)
    }
}

impl<AccountId> Pool<AccountId> {
    /// What it takes up: see [`pool`].
    pub fn footprint(&self) -> Footprint {
        pool(length([self.description.as_bytes()]))
    }
}

impl<AccountId: Encode> Deal<AccountId> {
    /// What it takes up: see [`deal`].
    pub fn footprint(&self) -> Footprint {
        deal(self.encoded_size() as u32, self.tasks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gateway::PendingCall, unit::BlockNumber, view::Outcome, Group, TaskId};
    use codec::MaxEncodedLen;
    use proptest::prelude::*;

    type Account = [u8; 32];

    /// The texts that something has at most.
    fn beside<T: MaxEncodedLen>(texts: u32) -> u32 {
        T::max_encoded_len() as u32 - texts
    }

    #[test]
    fn no_value_is_larger_than_what_counts_for_it() {
        const TEXTS: u32 = 64 + 4 * 256 + 512;
        assert!(beside::<App<Account>>(TEXTS) <= ASSET_TERMS);
        assert!(beside::<Dataset<Account>>(TEXTS) <= ASSET_TERMS);
        assert!(beside::<Pool<Account>>(512) <= POOL_TERMS);
        let group = Footprint::item(beside::<Group<Account>>(0)).and(OFFER);
        assert_eq!(group, GROUP, "its name is {} bytes", Name::max_encoded_len());
        let outcome = deal(0, 1).bytes - deal(0, 0).bytes;
        assert!((Outcome::max_encoded_len() as u32) + KEY <= outcome);
        assert!((PendingCall::max_encoded_len() as u32) + KEY <= CALL.bytes);
        // The longest keys: of a task, and of an account within something that is counted.
        let longest = 32 + (8 + BlockNumber::max_encoded_len()) + (16 + 32);
        assert!(32 + 8 + TaskId::max_encoded_len() < KEY as usize && longest as u32 <= KEY + KEY / 4);
    }

    proptest! {
        #[test]
        fn twice_as_much_costs_twice_as_much(
            items in 0u32..1_000, bytes in 0u32..1_000_000, number in 0u32..1_000,
            item in any::<u64>(), byte in any::<u64>(),
        ) {
            let price = StoragePrice { item: item.into(), byte: byte.into() };
            let one = Footprint { items, bytes };
            prop_assert_eq!(price.of(one.times(number)), price.of(one) * Balance::from(number));
            prop_assert_eq!(price.of(one.and(one)), 2 * price.of(one));
        }

        #[test]
        fn more_tasks_and_longer_terms_cost_more(terms in 0u32..10_000, tasks in 1u32..10_000) {
            let price = StoragePrice { item: 100, byte: 1 };
            let of = |terms, tasks| price.of(deal(terms, tasks));
            prop_assert_eq!(of(terms + 1, tasks) - of(terms, tasks), 1);
            prop_assert_eq!(of(terms, tasks + 1) - of(terms, tasks), price.of(Footprint::item(40)));
        }
    }

    #[test]
    fn what_cannot_be_counted_costs_more_than_there_is() {
        let price = StoragePrice { item: Balance::MAX, byte: Balance::MAX };
        assert_eq!(price.of(Footprint { items: u32::MAX, bytes: u32::MAX }), Balance::MAX);
    }
}
