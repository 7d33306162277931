use frame_support::{
    ensure,
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{InspectHold, MutateHold},
        Get,
    },
};
use talka_primitives::Balance;

use crate::{Config, Error, Event, HoldReason, Ledgers, Pallet, ReputationRules};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_bond(who: T::AccountId, amount: Balance) -> DispatchResult {
        let reason = HoldReason::Bond.into();
        let mut ledger = Ledgers::<T>::get(&who).unwrap_or_default();
        let ripening = ReputationRules::<T>::get().ripening;
        ledger.bond(amount, T::MinBond::get(), Self::now(), ripening).map_err(Error::<T>::from)?;
        ensure!(T::Currency::can_hold(&reason, &who, amount), Error::<T>::FundsTooLow);

        T::Currency::hold(&reason, &who, amount)?;
        Self::store(&who, ledger);
        Self::deposit_event(Event::Bonded { who, amount });
        Ok(())
    }
}
