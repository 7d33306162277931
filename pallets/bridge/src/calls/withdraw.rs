use frame_support::{
    ensure,
    traits::{
        fungible::Balanced,
        tokens::{Fortitude, Precision, Preservation},
        Get, Imbalance,
    },
};
use sp_runtime::DispatchError;
use talka_primitives::{
    bridge::{EthereumAddress, Message, Withdrawal},
    Balance,
};

use crate::{AllTotals, Config, CurrentLimits, Error, Event, NamedContracts, Pallet};

impl<T: Config> Pallet<T> {
    /// Gives the place of the message in the outbox. Where it is refused, what it has done has to be undone: as a call is.
    pub(crate) fn do_withdraw(
        who: &T::AccountId,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<u32, DispatchError> {
        let contracts = NamedContracts::<T>::get().ok_or(Error::<T>::NoContracts)?;
        ensure!(!to.is_zero(), Error::<T>::NoReceiver);
        ensure!(to != contracts.vault && to != contracts.gateway, Error::<T>::ReceiverIsContract);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        ensure!(tip <= amount, Error::<T>::TipAboveAmount);
        ensure!(amount <= CurrentLimits::<T>::get().withdrawal, Error::<T>::AboveLimit);
        let mut totals = AllTotals::<T>::get();
        ensure!(amount <= totals.backed(), Error::<T>::NotBacked);

        Self::pay_and_burn(who, amount)?;
        // The sum of withdrawals is not above that of credits.
        totals.withdrawn = totals.withdrawn.saturating_add(amount);
        AllTotals::<T>::put(totals);
        let index = Self::send(|index| Message::Withdrawal(Withdrawal { index, to, amount, tip }))?;
        Self::deposit_event(Event::Withdrawn { index, who: who.clone(), to, amount, tip });
        Ok(index)
    }

    /// Take the amount and the price of a message in one piece: an account that has just both can pay both. The price goes to the
    /// fund, the amount is destroyed.
    fn pay_and_burn(who: &T::AccountId, amount: Balance) -> Result<(), DispatchError> {
        let price = T::MessagePrice::get();
        let taken = T::Currency::withdraw(
            who,
            amount.saturating_add(price),
            Precision::Exact,
            Preservation::Expendable,
            Fortitude::Polite,
        )
        .map_err(|_| Error::<T>::FundsTooLow)?;
        let (price, burnt) = taken.split(price);
        // It is not below the least balance: a fund that was emptied comes back.
        T::Currency::resolve(&T::AuditFund::get(), price).map_err(|_| Error::<T>::NoFund)?;
        drop(burnt);
        Ok(())
    }
}
