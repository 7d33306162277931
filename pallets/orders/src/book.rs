//! The order book: the known orders and the remaining volume of each.
//!
//! Only this module writes [`Entries`], [`Forgotten`], [`Published`], [`Shelves`] and [`UsedUp`].

use core::marker::PhantomData;

use codec::Encode;
use frame_support::{
    defensive, ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::Precision,
        Get,
    },
    weights::WeightMeter,
};
use sp_runtime::traits::{Verify, Zero};
use talka_primitives::{
    order::{
        order_id, Entry, Match, Order, OrderSignature, PoolSource, Publication, Remembered, SignedOrder,
        Source, Terms, WrongKind, MAX_GROUPS,
    },
    restriction::counts_workers,
    Balance, BlockNumber, Deposit, OrderId,
};

use crate::{
    weights::Cost, Config, Entries, Error, Event, Forgotten, HoldReason, Pallet, Published, Shelves, UsedUp,
    WeightInfo,
};

/// Most published orders that can wait to be cleared away after they were used up: more than a block can match.
pub(crate) const MAX_USED_UP: u32 = 4 * 1024;

/// The order book.
pub(crate) struct Book<T>(PhantomData<T>);

/// An order that is authentic and open.
pub(crate) struct Open<Kind> {
    pub(crate) id: OrderId,
    pub(crate) order: Kind,
    pub(crate) entry: Entry,
    volume: u32,
    expiry: BlockNumber,
}

impl<T: Config> Book<T> {
    /// The hash of the chain's first block.
    pub(crate) fn genesis() -> [u8; 32] {
        let hash =
            frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero());
        let mut genesis = [0; 32];
        genesis.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        genesis
    }

    /// What an order is known by on this chain.
    pub(crate) fn id(order: &Order<T::AccountId>) -> OrderId {
        order_id(&Self::genesis(), order)
    }

    /// What is remembered of an order.
    pub(crate) fn entry(id: OrderId, terms: &Terms<T::AccountId>) -> Entry {
        Entries::<T>::get(terms.expiry, id).map(|remembered| remembered.entry).unwrap_or_default()
    }

    /// What has to be held so that something is remembered of an order.
    pub(crate) fn due(id: OrderId, expiry: BlockNumber) -> Balance {
        if Entries::<T>::contains_key(expiry, id) {
            0
        } else {
            T::EntryDeposit::get()
        }
    }

    /// Remember something of an order. Of one that was not remembered before a deposit is held of `who`.
    fn remember(
        id: OrderId,
        expiry: BlockNumber,
        who: &T::AccountId,
        change: impl FnOnce(&mut Entry),
    ) -> DispatchResult {
        let mut remembered = match Entries::<T>::get(expiry, id) {
            Some(remembered) => remembered,
            None => {
                let deposit = Deposit { of: who.clone(), amount: T::EntryDeposit::get() };
                Self::hold(&deposit)?;
                Remembered { entry: Entry::default(), deposit }
            }
        };
        change(&mut remembered.entry);
        Entries::<T>::insert(expiry, id, remembered);
        Ok(())
    }

    fn hold(Deposit { of, amount }: &Deposit<T::AccountId>) -> DispatchResult {
        let reason = HoldReason::Order.into();
        ensure!(*amount == 0 || T::Currency::can_hold(&reason, of, *amount), Error::<T>::FundsTooLow);
        if *amount > 0 {
            T::Currency::hold(&reason, of, *amount)?;
        }
        Ok(())
    }

    fn release(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        let released = T::Currency::release(&HoldReason::Order.into(), who, amount, Precision::Exact);
        if let Err(error) = released {
            defensive!("the deposit of an order is held", error);
        }
    }

    /// Look up or authenticate an order, and see that something is left of it.
    pub(crate) fn open<Kind>(source: Source<Kind, T::Signature>) -> Result<Open<Kind>, Error<T>>
    where
        Kind: Into<Order<T::AccountId>> + TryFrom<Order<T::AccountId>, Error = WrongKind>,
    {
        let (id, order, signature) = match source {
            Source::Published(id) => {
                let Publication { order, .. } = Published::<T>::get(id).ok_or(Error::<T>::UnknownOrder)?;
                (id, order, None)
            }
            Source::Signed(SignedOrder { order, genesis, signature }) => {
                ensure!(genesis == Self::genesis(), Error::<T>::WrongChain);
                let order = order.into();
                (Self::id(&order), order, Some(signature))
            }
        };
        let terms = order.terms();
        let entry = Self::entry(id, terms);
        entry.left(terms, Pallet::<T>::now(), T::MaxLife::get())?;
        if let Some(signature) = signature {
            ensure!(Self::is_signed(id, &signature, &terms.signer), Error::<T>::BadSignature);
        }
        let (volume, expiry) = (terms.volume, terms.expiry);
        let order = Kind::try_from(order).map_err(|WrongKind| Error::<T>::WrongKind)?;
        Ok(Open { id, order, entry, volume, expiry })
    }

    fn is_signed(id: OrderId, signature: &OrderSignature<T::Signature>, signer: &T::AccountId) -> bool {
        let (signature, signed) = signature.over(id);
        signature.verify(signed.as_slice(), signer)
    }

    /// `tasks` tasks were bought with an order, in a deal that `opener` has made.
    pub(crate) fn take<Kind>(open: Open<Kind>, tasks: u32, opener: &T::AccountId) -> DispatchResult {
        let Open { id, entry, volume, expiry, .. } = open;
        let used = entry.used.saturating_add(tasks);
        Self::remember(id, expiry, opener, |entry| entry.used = used)?;
        if entry.published && used >= volume {
            // No harm where the list is full: the order is cleared away when it expires.
            let _ = UsedUp::<T>::try_append(id);
        }
        Ok(())
    }

    /// Put an order on its shelf.
    pub(crate) fn publish(id: OrderId, publication: Publication<T::AccountId>) -> DispatchResult {
        let order = &publication.order;
        let terms = order.terms();
        Self::remember(id, terms.expiry, &terms.signer, |entry| entry.published = true)?;
        Shelves::<T>::insert(order.shelf(), id, ());
        Published::<T>::insert(id, publication);
        Ok(())
    }

    /// Let nothing more be bought with an order. One that is published is cleared away: nothing more has to be held for it.
    pub(crate) fn cancel(id: OrderId, terms: &Terms<T::AccountId>) -> DispatchResult {
        Self::clear(id);
        Self::remember(id, terms.expiry, &terms.signer, |entry| {
            (entry.cancelled, entry.published) = (true, false);
        })
    }

    /// Take an order off its shelf, and give the deposit back. What its entry says of it is the caller's affair.
    fn clear(id: OrderId) -> Option<Order<T::AccountId>> {
        let Publication { order, deposit } = Published::<T>::take(id)?;
        Shelves::<T>::remove(order.shelf(), id);
        let signer = &order.terms().signer;
        Self::release(signer, deposit);
        Pallet::<T>::deposit_event(Event::OrderEnded { order: id, signer: signer.clone(), deposit });
        Some(order)
    }

    /// Clear away published orders that were used up.
    pub(crate) fn clear_used_up(meter: &mut WeightMeter) {
        if meter.try_consume(T::WeightInfo::look_for_used_up()).is_err()
            || UsedUp::<T>::decode_len().unwrap_or(0) == 0
        {
            return;
        }
        UsedUp::<T>::mutate(|ids| {
            while !ids.is_empty() && meter.try_consume(T::WeightInfo::clear()).is_ok() {
                // One that has expired in the meantime is gone already.
                let Some((id, order)) = ids.pop().and_then(|id| Some((id, Self::clear(id)?))) else {
                    continue;
                };
                Entries::<T>::mutate(order.terms().expiry, id, |known| {
                    known.iter_mut().for_each(|remembered| remembered.entry.published = false)
                });
            }
        });
    }

    /// Forget orders whose last block is past.
    pub(crate) fn forget_expired(now: BlockNumber, meter: &mut WeightMeter) {
        if meter.try_consume(T::WeightInfo::look_for_expired()).is_err() {
            return;
        }
        let before = Forgotten::<T>::get();
        let mut block = before;
        while block < now
            && meter.try_consume(T::WeightInfo::look_for_expired()).is_ok()
            && Self::forget(block, meter)
        {
            block = block.saturating_add(1);
        }
        if block != before {
            Forgotten::<T>::put(block);
        }
    }

    /// Forget the orders of one last block. Whether none is left.
    pub(crate) fn forget(expiry: BlockNumber, meter: &mut WeightMeter) -> bool {
        // One pass: a look-up that started over after each removal would have to skip all that were removed before.
        let mut entries = Entries::<T>::drain_prefix(expiry);
        while meter.can_consume(T::WeightInfo::clear()) {
            let Some((id, Remembered { entry, deposit })) = entries.next() else { return true };
            meter.consume(T::WeightInfo::clear());
            if entry.published {
                Self::clear(id);
            }
            Self::release(&deposit.of, deposit.amount);
        }
        false
    }

    /// What has to be done to match orders, by what is known of them beforehand.
    pub(crate) fn cost(orders: &Match<T::AccountId, T::Signature>) -> Cost {
        let mut cost = Cost { bytes: orders.encoded_size() as u32, ..Cost::default() };
        let Match { app, dataset, pool, request } = orders;
        if let Some(source) = app {
            cost.add(source, |order| &order.terms);
        }
        if let Some(source) = dataset {
            cost.add(source, |order| &order.terms);
        }
        if let PoolSource::Ordered(source) = pool {
            cost.add(source, |order| &order.terms);
        }
        cost.add(request, |order| &order.terms);
        if let Source::Signed(SignedOrder { order, .. }) = request {
            cost.counts_workers |= counts_workers(false, order.trust);
        }
        cost
    }
}

impl Cost {
    fn add<Kind, Signature, AccountId>(
        &mut self,
        source: &Source<Kind, Signature>,
        terms: impl Fn(&Kind) -> &Terms<AccountId>,
    ) {
        match source {
            Source::Published(_) => {
                // Neither whom it is for nor how much trust it asks for is known yet.
                self.published = self.published.saturating_add(1);
                self.groups = self.groups.saturating_add(MAX_GROUPS);
                self.counts_workers = true;
            }
            Source::Signed(SignedOrder { order, .. }) => {
                self.signed = self.signed.saturating_add(1);
                let only = &terms(order).only;
                self.groups = self.groups.saturating_add(only.groups());
                self.counts_workers |= only.confine();
            }
        }
    }
}
