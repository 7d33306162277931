//! Validators as those who attest to deposits on Ethereum, as the bridge sees them.

use alloc::vec::Vec;
use sp_runtime::traits::Get;
use talka_primitives::traits::Seats;

use crate::{Candidates, Config, Pallet, RetiredOnes, Sessions};

impl<T: Config> Seats<T::AccountId> for Pallet<T> {
    fn max_seats() -> u32 {
        T::MaxSeats::get()
    }

    fn session() -> u32 {
        T::Sessions::current()
    }

    fn seated() -> Vec<T::AccountId> {
        T::Sessions::seated()
    }

    fn is_known(who: &T::AccountId) -> bool {
        Candidates::<T>::contains_key(who) || RetiredOnes::<T>::contains_key(who)
    }
}
