use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::bridge::{deposits, Attestation, Contracts};

use crate::{Config, CreditedDeposits, Error, Event, NamedContracts, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_contracts(contracts: Contracts) -> DispatchResult {
        ensure!(!NamedContracts::<T>::exists(), Error::<T>::ContractsNamed);
        ensure!(contracts.are_sound(), Error::<T>::InvalidContracts);

        Self::bind_to(contracts);
        Self::deposit_event(Event::ContractsNamed { contracts });
        Ok(())
    }

    /// The chain of deposits of this vault begins.
    pub(crate) fn bind_to(contracts: Contracts) {
        let accumulator = deposits::start(&contracts);
        CreditedDeposits::<T>::put(Attestation { deposits: 0, accumulator });
        NamedContracts::<T>::put(contracts);
    }
}
