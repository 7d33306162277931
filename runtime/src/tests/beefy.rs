//! What other chains are told of finality: leaves, roots, who signs them, and what it costs to sign what must not be signed.

use super::{
    validators::{network, next_block, next_session, proof_of, report, session_keys},
    *,
};
use crate::{constants::consensus::MIN_SLASH, genesis::VALIDATOR_STAKE};
use frame_support::{crypto::ecdsa::ECDSAExt, traits::Hooks};
use pallet_mmr::primitives::{
    runtime_decl_for_mmr_api::MmrApi, EncodableOpaqueLeaf, Error as MmrError, LeafDataProvider, LeafProof,
};
use sp_consensus_beefy::{
    ecdsa_crypto::{AuthorityId as BeefyId, AuthoritySignature},
    known_payloads::MMR_ROOT_ID,
    mmr::find_mmr_root_digest,
    Commitment, DoubleVotingProof, FutureBlockVotingProof, Payload, ValidatorSetId, VoteMessage, KEY_TYPE,
};
use sp_core::{
    ecdsa,
    offchain::{testing::TestOffchainExt, OffchainDbExt},
};
use sp_io::hashing::keccak_256;
use talka_primitives::traits::Stake as _;

pub(super) type Leaf = <BeefyMmrLeaf as LeafDataProvider>::LeafData;

/// Version, the parent's number and hash, the next set's number, size and root, and the root of the outbox.
const LEAF_BYTES: usize = 1 + (4 + 32) + (8 + 4 + 32) + 32;

/// The leaf of a block with its proof, as a node that indexes them answers.
pub(super) fn proven(number: BlockNumber) -> Result<(Vec<EncodableOpaqueLeaf>, LeafProof<Hash>), MmrError> {
    <Runtime as MmrApi<Block, Hash, BlockNumber>>::generate_proof(vec![number], None)
}

fn verify(leaves: Vec<EncodableOpaqueLeaf>, proof: LeafProof<Hash>) -> Result<(), MmrError> {
    <Runtime as MmrApi<Block, Hash, BlockNumber>>::verify_proof(leaves, proof)
}

fn verify_against(
    root: Hash,
    leaves: Vec<EncodableOpaqueLeaf>,
    proof: LeafProof<Hash>,
) -> Result<(), MmrError> {
    <Runtime as MmrApi<Block, Hash, BlockNumber>>::verify_proof_stateless(root, leaves, proof)
}

/// Let the chain read what its blocks have indexed, as the API does at a node.
pub(super) fn read_index(chain: &mut TestExternalities) {
    chain.persist_offchain_overlay();
    let (index, _) = TestOffchainExt::with_offchain_db(chain.offchain_db());
    chain.register_extension(OffchainDbExt::new(index));
}

/// The root that a contract computes from the addresses of four validators.
fn root_of_four(keys: &[BeefyId]) -> Hash {
    let addresses: Vec<_> = keys
        .iter()
        .map(|key| keccak_256(&ecdsa::Public::from(key.clone()).to_eth_address().unwrap()))
        .collect();
    let [one, two, three, four] = addresses[..] else { panic!("{} keys", keys.len()) };
    let pair = |left: [u8; 32], right: [u8; 32]| keccak_256(&[left, right].concat());
    pair(pair(one, two), pair(three, four)).into()
}

#[test]
fn is_a_leaf_for_each_block_that_names_its_parent_and_the_next_validators() {
    const BLOCKS: BlockNumber = 5;
    let mut chain = network();
    chain.execute_with(|| {
        for number in 1..=BLOCKS {
            block([]);
            assert_eq!(Mmr::mmr_leaves(), u64::from(number));
        }
    });
    read_index(&mut chain);
    chain.execute_with(|| {
        let (leaves, proof) = proven(BLOCKS).unwrap();
        assert_eq!((leaves.len(), leaves[0].0.len()), (1, LEAF_BYTES));
        let leaf: Leaf = leaves[0].clone().into_opaque_leaf().try_decode().unwrap();
        assert_eq!(leaf.parent_number_and_hash, (BLOCKS - 1, System::parent_hash()));
        assert_eq!(leaf.leaf_extra, Hash::zero());
        let next = leaf.beefy_next_authority_set;
        let keys = pallet_beefy::NextAuthorities::<Runtime>::get();
        assert_eq!((next.id, next.len, next.keyset_commitment), (1, 4, root_of_four(&keys)));

        assert_eq!(verify(leaves.clone(), proof.clone()), Ok(()));
        assert_eq!(verify_against(Mmr::mmr_root(), leaves.clone(), proof.clone()), Ok(()));
        // Another root, and another leaf with the same proof.
        assert_eq!(verify_against(Hash::repeat_byte(1), leaves, proof.clone()), Err(MmrError::Verify));
        let (other, _) = proven(BLOCKS - 1).unwrap();
        assert_eq!(verify(other, proof), Err(MmrError::Verify));
    });
}

#[test]
fn is_in_the_header_of_each_block() {
    network().execute_with(|| {
        let mut roots = Vec::new();
        for _ in 0..3 {
            begin_block();
            let header = Executive::finalize_block();
            assert_eq!(find_mmr_root_digest::<Block>(&header), Some(Mmr::mmr_root()));
            roots.push(Mmr::mmr_root());
        }
        roots.dedup();
        assert_eq!(roots.len(), 3);
    });
}

#[test]
fn is_signed_by_new_keys_once_a_leaf_of_the_session_before_has_named_them() {
    let mut chain = network();
    chain.execute_with(|| {
        let bob = account("//Bob");
        next_block(Sr25519Keyring::Alice, [Transaction::new("//Bob", session_keys(&bob))]);
        let fresh = pallet_session::NextKeys::<Runtime>::get(&bob).unwrap().beefy;
        let genesis = Beefy::validator_set().unwrap();
        assert!(genesis.id() == 0 && !genesis.validators().contains(&fresh));

        // A set of its own for each session, also where nobody changes. The next one has the new key.
        next_session(Sr25519Keyring::Alice);
        let set = Beefy::validator_set().unwrap();
        assert!(set.id() == 1 && !set.validators().contains(&fresh));
        next_session(Sr25519Keyring::Alice);
        let set = Beefy::validator_set().unwrap();
        assert!(set.id() == 2 && set.validators().contains(&fresh));
    });
    read_index(&mut chain);
    chain.execute_with(|| {
        let next = |number| {
            let (leaves, _) = proven(number).unwrap();
            let leaf: Leaf = leaves[0].clone().into_opaque_leaf().try_decode().unwrap();
            leaf.beefy_next_authority_set
        };
        // Blocks 2 and 3 begin sessions 1 and 2: the first leaf of each names who signs in the one after.
        let set = Beefy::validator_set().unwrap();
        let named = next(2);
        assert_eq!((named.id, named.keyset_commitment), (2, root_of_four(set.validators())));
        assert_eq!((next(1).id, next(3).id), (1, 3));
        assert_ne!(next(1).keyset_commitment, named.keyset_commitment);
    });
}

/// A vote of a name for a block of a set, with the hash of a message that a contract checks.
fn vote(
    uri: &str,
    set: ValidatorSetId,
    number: BlockNumber,
    root: u8,
) -> VoteMessage<BlockNumber, BeefyId, AuthoritySignature> {
    let pair = ecdsa::Pair::from_string(uri, None).unwrap();
    let payload = Payload::from_single_entry(MMR_ROOT_ID, Hash::repeat_byte(root).encode());
    let commitment = Commitment { payload, block_number: number, validator_set_id: set };
    let signature = pair.sign_prehashed(&keccak_256(&commitment.encode())).into();
    VoteMessage { commitment, id: pair.public().into(), signature }
}

fn double_vote(first: u8, second: u8) -> pallet_beefy::Call<Runtime> {
    let (first, second) = (vote("//Dave", 0, 1, first), vote("//Dave", 0, 1, second));
    pallet_beefy::Call::report_double_voting_unsigned {
        key_owner_proof: proof_of(KEY_TYPE, first.id.clone()),
        equivocation_proof: Box::new(DoubleVotingProof { first, second }),
    }
}

fn pledged(uri: &str) -> Balance {
    Stake::standing(&account(uri)).pledged
}

#[test]
fn costs_stake_and_seat_to_sign_twice_for_one_block() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        assert_eq!(report(double_vote(1, 2)), Ok(Ok(())));
        let left = pledged("//Dave");
        assert!(left > 0 && left <= VALIDATOR_STAKE - MIN_SLASH.mul_floor(VALIDATOR_STAKE), "{left}");
        assert_eq!(Session::disabled_validators(), [3]);
        // The same again is no offence.
        assert!(report(double_vote(1, 2)).is_err());
        assert_eq!(pledged("//Dave"), left);
    });
}

#[test]
fn costs_half_of_the_stake_to_sign_a_block_that_is_not_there() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let future = |number| {
            let vote = vote("//Dave", 0, number, 1);
            report(pallet_beefy::Call::<Runtime>::report_future_block_voting_unsigned {
                key_owner_proof: proof_of(KEY_TYPE, vote.id.clone()),
                equivocation_proof: Box::new(FutureBlockVotingProof { vote }),
            })
        };
        // A block that is there may be signed.
        assert!(!matches!(future(1), Ok(Ok(()))));
        assert_eq!(pledged("//Dave"), VALIDATOR_STAKE);
        assert_eq!(future(1_000), Ok(Ok(())));
        let left = pledged("//Dave");
        assert!(left > 0 && left <= VALIDATOR_STAKE / 2, "{left}");
    });
}

#[test]
fn costs_nothing_to_sign_the_same_again_or_what_somebody_else_signed() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        assert!(!matches!(report(double_vote(1, 1)), Ok(Ok(()))));
        let (first, mut second) = (vote("//Dave", 0, 1, 1), vote("//Charlie", 0, 1, 2));
        second.id = first.id.clone();
        let forged = pallet_beefy::Call::<Runtime>::report_double_voting_unsigned {
            key_owner_proof: proof_of(KEY_TYPE, first.id.clone()),
            equivocation_proof: Box::new(DoubleVotingProof { first, second }),
        };
        assert!(!matches!(report(forged), Ok(Ok(()))));
        assert_eq!(pledged("//Dave"), VALIDATOR_STAKE);
        assert!(Session::disabled_validators().is_empty());
    });
}

#[test]
fn takes_little_of_a_block_however_long_the_chain_is() {
    network().execute_with(|| {
        // The most peaks that this number of blocks can have: they are more than the chain makes in a century.
        const LEAVES: u64 = (1 << 31) - 1;
        let weight = <() as pallet_mmr::WeightInfo>::on_initialize(LEAVES.count_ones());
        assert!(weight.ref_time() < crate::constants::block::MAX_WEIGHT.ref_time() / 100, "{weight}");
        begin_block();
        let one = <Mmr as Hooks<BlockNumber>>::on_initialize(System::block_number());
        assert!(one.all_lte(weight), "{one}");
    });
}
