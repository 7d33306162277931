//! Messages to Ethereum. Only this module writes [`Outbox`], [`OutboxRoot`] and [`Grown`].

use frame_support::{
    ensure,
    storage::with_storage_layer,
    traits::{
        fungible::Inspect,
        tokens::{Fortitude, Preservation},
        Get,
    },
};
use sp_runtime::DispatchError;
use talka_primitives::{
    bridge::{Contracts, EthereumAddress, Message, ResultBody, ResultMessage},
    traits, Balance,
};

use crate::{
    index, AllTotals, Config, CurrentLimits, Error, Event, Grown, NamedContracts, Outbox, OutboxRoot, Pallet,
};

impl<T: Config> Pallet<T> {
    /// Append a message, which is told its place. Gives that place.
    pub(crate) fn send(message: impl FnOnce(u32) -> Message) -> Result<u32, DispatchError> {
        let contracts = NamedContracts::<T>::get().ok_or(Error::<T>::NoContracts)?;
        let mut frontier = Outbox::<T>::get();
        let index = frontier.count();
        let message = message(index);
        let leaf = message.leaf(&contracts);
        let appended = frontier.append(leaf, |node| index::keep_node(&node));
        ensure!(appended == Some(index), Error::<T>::OutboxFull);
        index::keep_message(&leaf, &message);
        Outbox::<T>::put(frontier);
        Grown::<T>::put(true);
        Self::deposit_event(Event::MessageSent { index, leaf });
        Ok(index)
    }

    /// At the end of a block: the root of what it has left. The leaf of the next block tells it to other chains.
    pub(crate) fn close_outbox() {
        if Grown::<T>::take() {
            let root = Outbox::<T>::get().root(|node| index::keep_node(&node));
            OutboxRoot::<T>::put(root);
        }
    }
}

impl<T: Config> traits::Outbox<T::AccountId> for Pallet<T> {
    fn contracts() -> Option<Contracts> {
        NamedContracts::<T>::get()
    }

    fn price() -> Balance {
        T::MessagePrice::get()
    }

    fn withdrawable(who: &T::AccountId) -> Balance {
        let free = T::Currency::reducible_balance(who, Preservation::Expendable, Fortitude::Polite);
        let limit = CurrentLimits::<T>::get().withdrawal;
        free.saturating_sub(T::MessagePrice::get()).min(limit).min(AllTotals::<T>::get().backed())
    }

    fn send_result(body: ResultBody) -> Result<u32, DispatchError> {
        Self::send(|index| Message::Result(ResultMessage { index, body }))
    }

    fn withdraw(
        who: &T::AccountId,
        to: EthereumAddress,
        amount: Balance,
        tip: Balance,
    ) -> Result<u32, DispatchError> {
        // The caller may go on after a refusal.
        with_storage_layer(|| Self::do_withdraw(who, to, amount, tip))
    }
}
