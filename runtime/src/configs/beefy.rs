//! Finality that other chains can follow: validators sign the roots of a Merkle Mountain Range over all blocks, with the keys
//! and the hash that contracts on Ethereum know.
//!
//! Weights are those of the SDK's pallets for RocksDB. They price a read and a write of the state higher than ParityDB's, and that
//! covers the hashes of a leaf, which they take for next to nothing.

use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, KeyOwnerProofSystem},
};
use sp_consensus_beefy::{
    ecdsa_crypto::AuthorityId as BeefyId,
    mmr::{BeefyDataProvider, MmrLeafVersion},
    MmrHashing,
};
use sp_runtime::KeyTypeId;
use talka_pallet_bridge::OutboxRoot;

use super::consensus::ReportLongevity;
use crate::{constants::consensus, BeefyMmrLeaf, Hash, Historical, Offences, Runtime};

parameter_types! {
    /// The form of a leaf. Contracts read leaves by their bytes: another form has another number.
    pub LeafVersion: MmrLeafVersion = MmrLeafVersion::new(0, 0);
}

/// What each leaf carries beside its block and the next validators: the root of what the chain tells Ethereum, as the block's
/// parent has left it. It is zero before the first message.
///
/// Blocks with the same parent must have the same: nodes index what belongs to a leaf by its number and its parent, and the last
/// one that they import stays. The bridge writes the root at the end of a block only, and leaves are made at its begin.
pub struct Outbox;

impl BeefyDataProvider<Hash> for Outbox {
    fn extra_data() -> Hash {
        OutboxRoot::<Runtime>::get().into()
    }
}

impl pallet_beefy::Config for Runtime {
    type BeefyId = BeefyId;
    type MaxAuthorities = ConstU32<{ consensus::MAX_SEATS }>;
    type MaxNominators = ConstU32<0>;
    /// Each session has a set of its own: with this number the session of every punishable vote is known.
    type MaxSetIdSessionEntries = ConstU64<{ consensus::LIABILITY as u64 }>;
    type OnNewValidatorSet = BeefyMmrLeaf;
    type AncestryHelper = BeefyMmrLeaf;
    type WeightInfo = ();
    type KeyOwnerProof = <Historical as KeyOwnerProofSystem<(KeyTypeId, BeefyId)>>::Proof;
    type EquivocationReportSystem =
        pallet_beefy::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_mmr::Config for Runtime {
    const INDEXING_PREFIX: &'static [u8] = pallet_mmr::primitives::INDEXING_PREFIX;
    type Hashing = MmrHashing;
    type LeafData = BeefyMmrLeaf;
    type OnNewRoot = pallet_beefy_mmr::DepositBeefyDigest<Runtime>;
    type BlockHashProvider = pallet_mmr::DefaultBlockHashProvider<Runtime>;
    type WeightInfo = ();
}

impl pallet_beefy_mmr::Config for Runtime {
    type LeafVersion = LeafVersion;
    /// The address that Ethereum recovers from a signature.
    type BeefyAuthorityToMerkleLeaf = pallet_beefy_mmr::BeefyEcdsaToEthereum;
    type LeafExtra = Hash;
    type BeefyDataProvider = Outbox;
    type WeightInfo = ();
}
