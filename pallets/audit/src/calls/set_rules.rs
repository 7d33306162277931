use crate::{Config, Error, Event, Pallet, Rules};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::audit::AuditRules;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_rules(rules: AuditRules) -> DispatchResult {
        ensure!(rules.are_sound(), Error::<T>::UnsoundRules);
        Rules::<T>::put(rules);
        Self::deposit_event(Event::RulesSet { rules });
        Ok(())
    }
}
