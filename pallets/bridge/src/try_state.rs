//! The invariants that the README numbers, one function each.

use frame_support::{ensure, traits::fungible::Inspect};
use sp_runtime::TryRuntimeError;
use talka_primitives::{
    bridge::{Attestation, Frontier},
    traits::Seats,
    Balance,
};

use crate::{
    AllTotals, Attestations, AttestedIn, Attesters, AttestsFor, Config, CreditedDeposits, CurrentLimits,
    Grown, NamedContracts, Outbox, OutboxRoot, Pallet, ParkedAmounts, Totals,
};

impl<T: Config> Pallet<T> {
    /// Check every invariant. It reads all that is parked: for tests and try-runtime, not for blocks.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::what_governance_decided_is_sound()?;
        Self::nothing_happens_without_contracts()?;
        Self::attesters_are_mutual()?;
        Self::only_validators_have_attested()?;
        Self::what_is_parked_adds_up()?;
        Self::what_is_withdrawn_was_credited()?;
        Self::outbox_is_a_tree()
    }

    /// 1: The limits agree, and contracts that are named can be.
    fn what_governance_decided_is_sound() -> Result<(), TryRuntimeError> {
        ensure!(CurrentLimits::<T>::get().are_sound(), "bridge 1: the limits contradict");
        let sound = NamedContracts::<T>::get().is_none_or(|contracts| contracts.are_sound());
        ensure!(sound, "bridge 1: there cannot be such contracts");
        Ok(())
    }

    /// 2: Before contracts are named nothing was attested, credited, parked, withdrawn or sent.
    fn nothing_happens_without_contracts() -> Result<(), TryRuntimeError> {
        let untouched = CreditedDeposits::<T>::get() == Attestation::default()
            && Attestations::<T>::iter_keys().next().is_none()
            && ParkedAmounts::<T>::iter_keys().next().is_none()
            && AllTotals::<T>::get() == Totals::default()
            && Outbox::<T>::get() == Frontier::default();
        ensure!(NamedContracts::<T>::exists() || untouched, "bridge 2: something happened before contracts");
        Ok(())
    }

    /// 3: An account attests for the one validator that has named it, and that validator has a stake.
    fn attesters_are_mutual() -> Result<(), TryRuntimeError> {
        for (validator, key) in Attesters::<T>::iter() {
            let attests = AttestsFor::<T>::get(key).as_ref() == Some(&validator);
            ensure!(attests, "bridge 3: an attester does not attest");
            ensure!(T::Validators::is_known(&validator), "bridge 3: an account attests for nobody");
        }
        let pairs = Attesters::<T>::iter_keys().count();
        ensure!(AttestsFor::<T>::iter_keys().count() == pairs, "bridge 3: an account attests unnamed");
        Ok(())
    }

    /// 4: Only validators with a seat have attested, each to more from time to time, and not to two things for one number.
    /// (Between the begin of a session and our hook, those of the session before may be there.)
    fn only_validators_have_attested() -> Result<(), TryRuntimeError> {
        let seated = T::Validators::seated();
        let is_current = AttestedIn::<T>::get() == T::Validators::session();
        for (validator, attested) in Attestations::<T>::iter() {
            let has_seat = seated.contains(&validator);
            ensure!(has_seat || !is_current, "bridge 4: somebody without a seat has attested");
            let grows = attested.windows(2).all(|two| two[0].deposits < two[1].deposits);
            ensure!(grows && !attested.is_empty(), "bridge 4: attestations are not in order");
        }
        Ok(())
    }

    /// 5: The sum of what is parked is the one that is counted, and nothing is parked for nothing.
    fn what_is_parked_adds_up() -> Result<(), TryRuntimeError> {
        let mut sum: Balance = 0;
        for amount in ParkedAmounts::<T>::iter_values() {
            ensure!(amount > 0, "bridge 5: nothing is parked for an account");
            sum = sum.saturating_add(amount);
        }
        ensure!(sum == AllTotals::<T>::get().parked, "bridge 5: what is parked does not add up");
        Ok(())
    }

    /// 6: No more was withdrawn than credited, and what was credited and not withdrawn is there.
    fn what_is_withdrawn_was_credited() -> Result<(), TryRuntimeError> {
        let totals = AllTotals::<T>::get();
        ensure!(totals.withdrawn <= totals.credited, "bridge 6: more was withdrawn than credited");
        let issuance = T::Currency::total_issuance();
        ensure!(totals.backed() <= issuance, "bridge 6: what was credited is not there");
        Ok(())
    }

    /// 7: The outbox is the edge of a tree, and its root at the end of a block is that of the tree; zeros before the first
    /// message.
    fn outbox_is_a_tree() -> Result<(), TryRuntimeError> {
        let outbox = Outbox::<T>::get();
        ensure!(outbox.is_sound(), "bridge 7: the outbox is no tree");
        let root = if outbox.count() == 0 { Default::default() } else { outbox.root(|_| ()) };
        ensure!(Grown::<T>::get() || OutboxRoot::<T>::get() == root, "bridge 7: the root is of another tree");
        Ok(())
    }
}
