use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::merit::MeritRules;

use crate::{Config, Error, Event, Pallet, ReputationRules};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_rules(rules: MeritRules) -> DispatchResult {
        ensure!(rules.are_sound(), Error::<T>::UnsoundRules);

        ReputationRules::<T>::put(rules);
        Self::deposit_event(Event::RulesSet { rules });
        Ok(())
    }
}
