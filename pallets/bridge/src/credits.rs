//! How deposits become money here. Only this module writes [`ParkedAmounts`] and [`DailyBucket`].

use frame_support::traits::fungible::Mutate;
use sp_runtime::SaturatedConversion;
use talka_primitives::{
    bridge::{Contracts, Deposit},
    traits::Requests,
    Balance, BlockNumber,
};

use crate::{AllTotals, Config, CurrentLimits, DailyBucket, Error, Event, Pallet, ParkedAmounts};

impl<T: Config> Pallet<T> {
    /// Credit a deposit, or park it, and tell what its message asks for. It cannot fail: others wait behind it.
    pub(crate) fn credit_deposit(contracts: &Contracts, deposit: &Deposit) {
        let Deposit { nonce, sender, to, amount, message } = deposit;
        let (nonce, amount) = (*nonce, *amount);
        // Only the gateway says who has asked.
        let requester = if *sender == contracts.gateway { T::Requests::requester(message) } else { None };
        let to = requester.map_or_else(|| T::AccountId::from(*to), T::Requests::account);
        let credited = Self::mint(&to, amount).is_ok();
        if credited {
            Self::deposit_event(Event::Credited { nonce, to, amount });
        } else {
            Self::park(&to, amount);
            Self::deposit_event(Event::Parked { nonce, to, amount });
        }
        if requester.is_some() {
            T::Requests::received(nonce, amount, credited, message);
        }
    }

    /// Make as much as was deposited. Refused, without effect, where the bucket does not hold it or the account cannot take it.
    pub(crate) fn mint(to: &T::AccountId, amount: Balance) -> Result<(), Error<T>> {
        let (limits, now) = (CurrentLimits::<T>::get(), Self::now());
        let bucket = DailyBucket::<T>::get().take(amount, &limits, now).ok_or(Error::<T>::BucketEmpty)?;
        if amount > 0 {
            T::Currency::mint_into(to, amount).map_err(|_| Error::<T>::CannotReceive)?;
        }
        DailyBucket::<T>::put(bucket);
        // No vault can hold as much as these could not count.
        AllTotals::<T>::mutate(|totals| totals.credited = totals.credited.saturating_add(amount));
        Ok(())
    }

    fn park(to: &T::AccountId, amount: Balance) {
        ParkedAmounts::<T>::mutate(to, |parked| {
            *parked = Some(parked.unwrap_or_default().saturating_add(amount));
        });
        AllTotals::<T>::mutate(|totals| totals.parked = totals.parked.saturating_add(amount));
    }

    /// What was parked for an account is parked no more.
    pub(crate) fn unpark(who: &T::AccountId, amount: Balance) {
        ParkedAmounts::<T>::remove(who);
        AllTotals::<T>::mutate(|totals| totals.parked = totals.parked.saturating_sub(amount));
    }

    /// The height, as the rules count it.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}
