//! Candidates and seats: the runtime API and the function that answers it.

use alloc::vec::Vec;
use codec::Codec;
use core::cmp::Reverse;
use talka_primitives::view::ValidatorView;

use crate::{Authored, Candidate, Candidates, Config, JurorKeys, Pallet, RetiredOnes, Sessions};

sp_api::decl_runtime_apis! {
    /// Who stands for election and who sits.
    pub trait ValidatorsApi<AccountId> where AccountId: Codec {
        /// Everybody who stands for election or has a seat, by effective stake, the highest first.
        fn validators() -> Vec<ValidatorView<AccountId>>;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`ValidatorsApi`].
    pub fn validators() -> Vec<ValidatorView<T::AccountId>> {
        let (seated, announced) = (T::Sessions::seated(), T::Sessions::announced());
        let view = |who: T::AccountId, one: Candidate, candidate| ValidatorView {
            stake: one.stake,
            score: one.score,
            effective_stake: one.effective_stake(),
            missed: one.missed,
            candidate,
            seated: seated.contains(&who),
            announced: announced.contains(&who),
            authored: Authored::<T>::get(&who),
            juror_key: JurorKeys::<T>::get(&who),
            who,
        };
        let mut all: Vec<_> = Candidates::<T>::iter().map(|(who, one)| view(who, one, true)).collect();
        for who in seated.iter().chain(announced.iter().filter(|who| !seated.contains(who))) {
            if !Candidates::<T>::contains_key(who) {
                let one = RetiredOnes::<T>::get(who).map_or_else(Candidate::default, |one| Candidate {
                    stake: one.stake,
                    score: one.score,
                    missed: 0,
                });
                all.push(view(who.clone(), one, false));
            }
        }
        all.sort_by_key(|one| (Reverse(one.effective_stake), !one.seated));
        all
    }
}
