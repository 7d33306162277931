//! Attendance: the blocks that each validator made, and the effect on its score.

use frame_system::pallet_prelude::BlockNumberFor;
use pallet_authorship::EventHandler;
use sp_runtime::traits::UniqueSaturatedInto;
use sp_staking::SessionIndex;
use talka_primitives::election::{Attendance, Service};

use frame_support::dispatch::DispatchClass;

use crate::{Authored, Candidates, Cause, Config, Event, Pallet, RetiredOnes, Sessions, WeightInfo};

impl<T: Config> EventHandler<T::AccountId, BlockNumberFor<T>> for Pallet<T> {
    fn note_author(author: T::AccountId) {
        Authored::<T>::mutate(author, |blocks| *blocks = blocks.saturating_add(1));
        frame_system::Pallet::<T>::register_extra_weight_unchecked(
            T::WeightInfo::note_author(),
            DispatchClass::Mandatory,
        );
    }
}

impl<T: Config> Pallet<T> {
    /// At the end of a session: judge its validators, and reset the counts.
    pub(crate) fn judge(session: SessionIndex) {
        let validators = T::Sessions::seated();
        let blocks = Authored::<T>::iter_values().fold(0u32, |sum, blocks| sum.saturating_add(blocks));
        for who in &validators {
            let authored = Authored::<T>::get(who);
            let service = Service { authored, blocks, validators: validators.len().unique_saturated_into() };
            Self::note_attendance(who, session, service.attendance());
        }
        // As many as made a block: no more than sat.
        let _ = Authored::<T>::clear(u32::MAX, None);
    }

    fn note_attendance(who: &T::AccountId, session: SessionIndex, judged: Attendance) {
        // A validator that stands no more has no score to win or lose.
        let Some(mut candidate) = Candidates::<T>::get(who) else { return };
        let score = judged.score(candidate.score);
        if score != candidate.score {
            Self::deposit_event(Event::ScoreChanged { who: who.clone(), score });
        }
        candidate.score = score;
        match judged {
            Attendance::Present => candidate.missed = 0,
            Attendance::Partial => {}
            Attendance::Absent => {
                candidate.missed = candidate.missed.saturating_add(1);
                let missed = candidate.missed;
                Self::deposit_event(Event::Missed { who: who.clone(), session, missed });
            }
        }
        if candidate.is_lost() {
            let until = Self::liable_from_now();
            Candidates::<T>::remove(who);
            RetiredOnes::<T>::insert(who, candidate.retire(Cause::Absent, until));
            Self::deposit_event(Event::Retired { who: who.clone(), cause: Cause::Absent, until });
        } else {
            Candidates::<T>::insert(who, candidate);
        }
    }
}
