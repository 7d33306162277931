//! The money of contracts: what an answer costs, what is held for a call, and the way back.

use frame_support::{
    defensive,
    pallet_prelude::{DispatchError, DispatchResult},
    storage::with_storage_layer,
    traits::{
        fungible::{Mutate, MutateHold},
        tokens::{Precision, Preservation},
        Get,
    },
};
use talka_primitives::{
    bridge::EthereumAddress,
    gateway::{PendingCall, Progress},
    traits::{Outbox, Results},
    Balance,
};

use crate::{Config, Event, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
    /// Take the price of an answer.
    pub(crate) fn charge(who: &T::AccountId) -> Result<(), DispatchError> {
        let (fund, price) = (T::AuditFund::get(), T::AnswerPrice::get());
        with_storage_layer(|| T::Currency::transfer(who, &fund, price, Preservation::Preserve).map(|_| ()))
    }

    /// Give back what was held for a call.
    pub(crate) fn release_deposit(who: &T::AccountId, amount: Balance) {
        if amount == 0 {
            return;
        }
        if let Err(error) = T::Currency::release(&HoldReason::Call.into(), who, amount, Precision::Exact) {
            defensive!("the deposit of a call is held", error);
        }
    }

    /// How far a call is.
    pub(crate) fn progress(call: &PendingCall) -> Progress {
        call.task().map_or(Progress::Lost, T::Results::progress)
    }

    /// What can go back now of what lies free on an account; nothing where that is not worth a claim.
    pub(crate) fn returnable(who: &T::AccountId) -> Balance {
        let amount = T::Outbox::withdrawable(who);
        if amount < T::LeastReturn::get() {
            return 0;
        }
        amount
    }

    /// Send `amount` back: all of it, or nothing happens.
    pub(crate) fn return_to(
        who: &T::AccountId,
        requester: EthereumAddress,
        amount: Balance,
    ) -> DispatchResult {
        let index = with_storage_layer(|| T::Outbox::withdraw(who, requester, amount, 0))?;
        Self::deposit_event(Event::Returned { requester, amount, index });
        Ok(())
    }

    /// Send back what lies free, if it is worth a claim. Where it cannot go, it stays.
    pub(crate) fn give_back(who: &T::AccountId, requester: EthereumAddress) {
        let amount = Self::returnable(who);
        if amount == 0 {
            return;
        }
        if let Err(error) = Self::return_to(who, requester, amount) {
            Self::deposit_event(Event::NotReturned { requester, error });
        }
    }
}
