//! The invariants that the README numbers, one function each.

use frame_support::{ensure, traits::Get};
use sp_runtime::{traits::Saturating, TryRuntimeError};

use crate::{Config, List, Pallet};

impl<T: Config> Pallet<T> {
    /// Check every invariant.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::each_call_is_listed_once()?;
        Self::windows_are_bounded()
    }

    /// 1: No call is listed twice.
    fn each_call_is_listed_once() -> Result<(), TryRuntimeError> {
        let list = List::<T>::get();
        for (place, listing) in list.iter().enumerate() {
            let twice =
                list.iter().skip(place.saturating_add(1)).any(|one| one.call_hash == listing.call_hash);
            ensure!(!twice, "enactment 1: a call is listed twice");
        }
        Ok(())
    }

    /// 2: No call can be enacted for longer than the window.
    fn windows_are_bounded() -> Result<(), TryRuntimeError> {
        for listing in List::<T>::get() {
            let longest = listing.from.saturating_add(T::Window::get());
            ensure!(listing.until <= longest, "enactment 2: a call can be enacted for too long");
        }
        Ok(())
    }
}
