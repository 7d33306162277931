//! The invariants that the README numbers, one function each.

use frame_support::{ensure, traits::Get};
use sp_runtime::TryRuntimeError;
use talka_primitives::traits::Stake;

use crate::{ActsFor, Authored, Candidates, Config, ElectionRules, JurorKeys, Pallet, RetiredOnes, Sessions};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads all candidates: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::rules_are_sound()?;
        Self::nobody_stands_and_does_not()?;
        Self::stakes_are_pledged()?;
        Self::candidates_are_not_lost()?;
        Self::only_validators_made_blocks()?;
        Self::juror_keys_are_mutual()
    }

    /// 1: Elections can be held by the rules.
    fn rules_are_sound() -> Result<(), TryRuntimeError> {
        ensure!(
            ElectionRules::<T>::get().are_sound(T::MaxSeats::get()),
            "validators 1: the rules are unsound"
        );
        Ok(())
    }

    /// 2: Nobody is a candidate and retired, and there are no more candidates than there can be.
    fn nobody_stands_and_does_not() -> Result<(), TryRuntimeError> {
        ensure!(Candidates::<T>::count() <= T::MaxCandidates::get(), "validators 2: too many candidates");
        for who in RetiredOnes::<T>::iter_keys() {
            ensure!(!Candidates::<T>::contains_key(&who), "validators 2: a candidate is retired");
        }
        Ok(())
    }

    /// 3: What candidates put up, and what is not released yet, is what they have pledged of their bonds.
    fn stakes_are_pledged() -> Result<(), TryRuntimeError> {
        let candidates = Candidates::<T>::iter().map(|(who, one)| (who, one.stake));
        let retired = RetiredOnes::<T>::iter().map(|(who, one)| (who, one.stake));
        for (who, stake) in candidates.chain(retired) {
            ensure!(T::Stake::standing(&who).pledged == stake, "validators 3: a stake is not pledged");
        }
        Ok(())
    }

    /// 4: No candidate has missed as many sessions in a row as end a candidacy.
    fn candidates_are_not_lost() -> Result<(), TryRuntimeError> {
        ensure!(
            Candidates::<T>::iter_values().all(|one| !one.is_lost()),
            "validators 4: an absent one stands for election"
        );
        Ok(())
    }

    /// 5: Blocks are counted for the validators of this session only.
    fn only_validators_made_blocks() -> Result<(), TryRuntimeError> {
        let seated = T::Sessions::seated();
        ensure!(
            Authored::<T>::iter_keys().all(|who| seated.contains(&who)),
            "validators 5: somebody else made a block"
        );
        Ok(())
    }

    /// 6: A key acts for the validator that has named it, and for no other; and the validator has a stake.
    fn juror_keys_are_mutual() -> Result<(), TryRuntimeError> {
        for (validator, key) in JurorKeys::<T>::iter() {
            ensure!(ActsFor::<T>::get(key) == Some(validator.clone()), "validators 6: a key does not act");
            let known =
                Candidates::<T>::contains_key(&validator) || RetiredOnes::<T>::contains_key(&validator);
            ensure!(known, "validators 6: a key acts for nobody");
        }
        let pairs = JurorKeys::<T>::iter_keys().count();
        ensure!(ActsFor::<T>::iter_keys().count() == pairs, "validators 6: a key acts unnamed");
        Ok(())
    }
}
