use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::bridge::EthereumAddress;

use crate::{Config, Error, Pallet};

impl<T: Config> Pallet<T> {
    /// It goes to the address that the account follows from, and nowhere else.
    pub(crate) fn do_sweep(requester: EthereumAddress) -> DispatchResult {
        let who = Self::account_of(requester).ok_or(Error::<T>::NoContracts)?;
        let amount = Self::returnable(&who);
        ensure!(amount > 0, Error::<T>::NothingToReturn);

        Self::return_to(&who, requester, amount)
    }
}
