use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::election::Rules;

use crate::{Config, ElectionRules, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_rules(rules: Rules) -> DispatchResult {
        ensure!(rules.are_sound(T::MaxSeats::get()), Error::<T>::UnsoundRules);

        ElectionRules::<T>::put(rules);
        Self::deposit_event(Event::RulesSet { rules });
        Ok(())
    }
}
