use frame_support::ensure;
use sp_runtime::DispatchError;
use talka_primitives::{
    bridge::{
        attestation::{attest, is_enough, votes, Refusal},
        Attestation,
    },
    traits::Seats,
};

use crate::{Attestations, Config, CreditedDeposits, Error, Event, NamedContracts, Pallet};

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Past => Self::AlreadyCredited,
            Refusal::Contradiction => Self::Contradiction,
            Refusal::TooFarAhead => Self::TooFarAhead,
            Refusal::Repetition => Self::Repetition,
            Refusal::Equivocation => Self::Equivocation,
            Refusal::NotNewer => Self::NotNewer,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Gives how many seats there are: what it costs depends on that.
    pub(crate) fn do_attest(who: T::AccountId, new: Attestation) -> Result<u32, DispatchError> {
        ensure!(NamedContracts::<T>::exists(), Error::<T>::NoContracts);
        let seated = T::Validators::seated();
        let validator = Self::validator_of(who).filter(|one| seated.contains(one));
        let validator = validator.ok_or(Error::<T>::NotSeated)?;
        let before = Attestations::<T>::get(&validator);
        let attested = attest(&before, new, &CreditedDeposits::<T>::get()).map_err(Error::<T>::from)?;

        Self::put_attested(&validator, attested);
        let Attestation { deposits, accumulator } = new;
        Self::deposit_event(Event::Attested { validator, deposits, accumulator });
        let (votes, seats) = (votes(&Self::attested_by(&seated), &new), seated.len() as u32);
        // Said once: by the vote that decides.
        if is_enough(votes, seats) && !is_enough(votes.saturating_sub(1), seats) {
            Self::deposit_event(Event::Accepted { deposits, accumulator });
        }
        Ok(seats)
    }
}
