//! Equivocation: signing two blocks for one slot, or two votes of which one had to be false.

use frame_support::weights::Weight;
use sp_runtime::{traits::Get, Perbill};
use sp_staking::{
    offence::{OffenceDetails, OnOffenceHandler},
    SessionIndex,
};
use talka_primitives::traits::Stake;

use crate::{Candidates, Cause, Config, Event, Pallet, RetiredOnes, Sessions, WeightInfo};

impl<T: Config> OnOffenceHandler<T::AccountId, (T::AccountId, ()), Weight> for Pallet<T> {
    fn on_offence(
        offenders: &[OffenceDetails<T::AccountId, (T::AccountId, ())>],
        fractions: &[Perbill],
        session: SessionIndex,
    ) -> Weight {
        let mut weight = Weight::zero();
        for (details, fraction) in offenders.iter().zip(fractions) {
            Self::punish(&details.offender.0, *fraction, session);
            weight = weight.saturating_add(T::WeightInfo::punish());
        }
        weight
    }
}

impl<T: Config> Pallet<T> {
    /// Slash an equivocator, take its scores and its seat.
    fn punish(who: &T::AccountId, fraction: Perbill, session: SessionIndex) {
        let share = fraction.max(T::MinSlash::get());
        T::Sessions::disable(who, share);
        let Some(mut offender) = Self::take_from_office(who) else {
            // A validator of the genesis that never put anything up.
            return;
        };
        let amount = offender.slash(session, share);
        T::Stake::forfeit_pledge(who, amount);
        // Its word as a worker is worth no more than that as a validator.
        T::Stake::disgrace(who);
        offender.until = offender.until.max(Self::liable_from_now());
        RetiredOnes::<T>::insert(who, offender);
        Self::deposit_event(Event::Slashed { who: who.clone(), session, share, amount });
    }

    /// What is remembered of somebody who stands no more, if it did up to now.
    fn take_from_office(who: &T::AccountId) -> Option<crate::Retired> {
        let Some(candidate) = Candidates::<T>::take(who) else {
            return RetiredOnes::<T>::get(who);
        };
        let until = Self::liable_from_now();
        let cause = Cause::Equivocated;
        Self::deposit_event(Event::Retired { who: who.clone(), cause, until });
        Some(candidate.retire(cause, until))
    }
}
