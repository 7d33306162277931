//! The keys that act for validators on juries. Only this module writes [`JurorKeys`] and [`ActsFor`].

use crate::{ActsFor, Config, JurorKeys, Pallet};

impl<T: Config> Pallet<T> {
    /// From now on this key acts for a validator, and the one before does not; or none does.
    pub(crate) fn put_juror_key(validator: &T::AccountId, key: Option<&T::AccountId>) {
        if let Some(former) = JurorKeys::<T>::take(validator) {
            ActsFor::<T>::remove(former);
        }
        if let Some(key) = key {
            JurorKeys::<T>::insert(validator, key);
            ActsFor::<T>::insert(key, validator);
        }
    }
}
