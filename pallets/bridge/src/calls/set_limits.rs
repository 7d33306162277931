use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::bridge::Limits;

use crate::{Config, CurrentLimits, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_limits(limits: Limits) -> DispatchResult {
        ensure!(limits.are_sound(), Error::<T>::LimitsContradict);

        CurrentLimits::<T>::put(limits);
        Self::deposit_event(Event::LimitsSet { limits });
        Ok(())
    }
}
