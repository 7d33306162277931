//! The bridge: the runtime API and the functions that answer it.

use alloc::vec::Vec;
use codec::Codec;
use frame_support::traits::Get;
use talka_primitives::{
    bridge::{attestation::accepted, outbox::proof, AttesterView, BridgeState, OutboxProof, ProofError},
    traits::Seats,
};

use crate::{
    index, AllTotals, Attestations, Attesters, Config, CreditedDeposits, CurrentLimits, DailyBucket,
    NamedContracts, Outbox, OutboxRoot, Pallet,
};

sp_api::decl_runtime_apis! {
    /// How far the bridge to Ethereum is, and what Ethereum can be told.
    pub trait BridgeApi<AccountId> where AccountId: Codec {
        /// How far it is.
        fn bridge_state() -> BridgeState;
        /// The validators with a seat, in its order, and what they have attested to lately.
        fn attesters() -> Vec<AttesterView<AccountId>>;
        /// A message with its proof under the root that the outbox has at the end of this block; the leaf of the next block tells
        /// that root. Only nodes that have indexed the message can tell: it reads what is kept beside the state.
        fn outbox_proof(index: u32) -> Result<OutboxProof, ProofError>;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`BridgeApi`].
    pub fn bridge_state() -> BridgeState {
        let (limits, totals) = (CurrentLimits::<T>::get(), AllTotals::<T>::get());
        let credited = CreditedDeposits::<T>::get();
        let seated = T::Validators::seated();
        let newest = accepted(seated.len() as u32, &Self::attested_by(&seated));
        BridgeState {
            contracts: NamedContracts::<T>::get(),
            credited,
            accepted: newest.filter(|newest| newest.deposits > credited.deposits).unwrap_or(credited),
            limits,
            available: DailyBucket::<T>::get().available(&limits, Self::now()),
            backed: totals.backed(),
            parked: totals.parked,
            message_price: T::MessagePrice::get(),
            messages: Outbox::<T>::get().count(),
            outbox_root: OutboxRoot::<T>::get(),
        }
    }

    /// See [`BridgeApi`].
    pub fn attesters() -> Vec<AttesterView<T::AccountId>> {
        let view = |validator: T::AccountId| AttesterView {
            attester: Attesters::<T>::get(&validator),
            attested: Attestations::<T>::get(&validator).into_inner(),
            validator,
        };
        T::Validators::seated().into_iter().map(view).collect()
    }

    /// See [`BridgeApi`].
    pub fn outbox_proof(index: u32) -> Result<OutboxProof, ProofError> {
        let messages = Outbox::<T>::get().count();
        if index >= messages {
            return Err(ProofError::NoMessage(messages));
        }
        let root = OutboxRoot::<T>::get();
        let (leaf, proof) = proof(&root, index, index::children).ok_or(ProofError::NotIndexed)?;
        let message = index::message(&leaf).ok_or(ProofError::NotIndexed)?;
        Ok(OutboxProof { index, message, leaf, proof, root })
    }
}
