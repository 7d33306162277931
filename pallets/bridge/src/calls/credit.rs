use frame_support::{ensure, pallet_prelude::DispatchResult, weights::Weight};
use talka_primitives::{
    bridge::{
        attestation::{is_enough, votes},
        deposits::{follow, Broken},
        Deposit,
    },
    traits::{Requests, Seats},
};

use crate::{Config, CreditedDeposits, Error, NamedContracts, Pallet, WeightInfo};

impl<T> From<Broken> for Error<T> {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Empty => Self::NoDeposits,
            Broken::NotNext => Self::NotNext,
            Broken::MessageTooLong => Self::MessageTooLong,
            Broken::TooMuch => Self::TooMuch,
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_credit(deposits: &[Deposit]) -> DispatchResult {
        let contracts = NamedContracts::<T>::get().ok_or(Error::<T>::NoContracts)?;
        let after = follow(CreditedDeposits::<T>::get(), deposits).map_err(Error::<T>::from)?;
        let seated = T::Validators::seated();
        let votes = votes(&Self::attested_by(&seated), &after);
        ensure!(is_enough(votes, seated.len() as u32), Error::<T>::NotAccepted);

        CreditedDeposits::<T>::put(after);
        deposits.iter().for_each(|deposit| Self::credit_deposit(&contracts, deposit));
        Ok(())
    }

    /// The most that crediting these deposits costs.
    pub(crate) fn weight_of_credit(deposits: &[Deposit]) -> Weight {
        let bytes = deposits.iter().fold(0, |sum: u32, one| sum.saturating_add(one.message.len() as u32));
        let messages = deposits.iter().filter(|one| !one.message.is_empty()).count();
        Self::weight_of_credits(deposits.len() as u32, bytes, messages as u32)
    }

    /// The same for a number of deposits, of which `messages` have messages, of `bytes` bytes together.
    pub(crate) fn weight_of_credits(deposits: u32, bytes: u32, messages: u32) -> Weight {
        T::WeightInfo::credit(deposits, bytes, T::Validators::max_seats())
            .saturating_add(T::Requests::weight().saturating_mul(messages.into()))
    }
}
