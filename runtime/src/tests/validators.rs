use super::*;
use crate::{
    constants::{consensus, currency::TLK, market},
    genesis::{local, VALIDATOR_STAKE},
};
use finality_grandpa::{Equivocation as Twice, Prevote};
use sp_consensus_babe::{
    AuthorityId as BabeId, AuthoritySignature, EquivocationProof as BabeProof, OpaqueKeyOwnershipProof,
};
use sp_consensus_grandpa::{Equivocation, EquivocationProof as GrandpaProof};
use sp_core::crypto::KeyTypeId;
use sp_keyring::Ed25519Keyring;
use sp_runtime::Perbill;
use talka_primitives::{
    traits::{Audits as _, Stake as _},
    CategoryId, Score,
};

/// A network of Alice, Bob, Charlie and Dave.
pub(super) fn network() -> TestExternalities {
    let mut chain = chain(local::NAME);
    // For keys that are made in tests.
    let keystore = sp_keystore::testing::MemoryKeystore::new();
    chain.register_extension(sp_keystore::KeystoreExt::new(keystore));
    chain
}

/// A block of `author` in the next slot.
pub(super) fn next_block(author: Sr25519Keyring, calls: impl IntoIterator<Item = Transaction>) {
    let slot = Babe::current_slot() + 1u64;
    let slot = if *Babe::current_slot() == 0 { Slot::from(1_000) } else { slot };
    block_at(author, slot, calls);
}

fn block_at(author: Sr25519Keyring, slot: Slot, calls: impl IntoIterator<Item = Transaction>) {
    begin_block_by(author, slot);
    for call in calls {
        Executive::apply_extrinsic(call.sign()).unwrap().unwrap();
    }
    Executive::finalize_block();
}

/// The first block of the next session.
pub(super) fn next_session(author: Sr25519Keyring) {
    let begins = Babe::current_epoch_start() + u64::from(Validators::session_length());
    block_at(author, begins, []);
}

fn seated() -> Vec<AccountId> {
    Session::validators()
}

/// A block that somebody made in a slot, with its seal.
fn sealed(author: Sr25519Keyring, slot: Slot, extrinsics: u8) -> Header {
    let digest = Digest { logs: vec![claim(author, slot)] };
    let mut header = Header::new(7, Hash::repeat_byte(extrinsics), Hash::zero(), Hash::zero(), digest);
    let seal = AuthoritySignature::from(author.pair().sign(header.hash().as_ref()));
    header.digest_mut().push(DigestItem::babe_seal(seal));
    header
}

/// A report as a node sends it, in a block.
pub(super) fn report(call: impl Into<RuntimeCall>) -> ApplyExtrinsicResult {
    begin_block_by(Sr25519Keyring::Alice, Babe::current_slot() + 1u64);
    let result = Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(call.into()));
    Executive::finalize_block();
    result
}

pub(super) fn proof_of(key_type: KeyTypeId, key: impl Encode) -> sp_session::MembershipProof {
    use frame_support::traits::KeyOwnerProofSystem;
    let raw = key.encode();
    <Historical as KeyOwnerProofSystem<(KeyTypeId, Vec<u8>)>>::prove((key_type, raw)).unwrap()
}

fn babe_equivocation(author: Sr25519Keyring, slot: Slot) -> pallet_babe::Call<Runtime> {
    let offender = BabeId::from(author.public());
    pallet_babe::Call::report_equivocation_unsigned {
        key_owner_proof: proof_of(sp_consensus_babe::KEY_TYPE, &offender),
        equivocation_proof: Box::new(BabeProof {
            offender,
            slot,
            first_header: sealed(author, slot, 1),
            second_header: sealed(author, slot, 2),
        }),
    }
}

#[test]
fn lose_stake_score_and_seat_for_two_blocks_in_a_slot() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let bob = account("//Bob");
        let before = Balances::balance(&market::audit_fund());
        assert!(Audit::admit(CategoryId(0), &bob));
        assert_eq!(report(babe_equivocation(Sr25519Keyring::Bob, Babe::current_slot())), Ok(Ok(())));
        assert!(talka_pallet_audit::Passes::<Runtime>::get(&bob).is_empty());

        // Of one among four: (3 · 1 / 4)².
        let lost = Perbill::from_rational(9u32, 16u32).mul_floor(VALIDATOR_STAKE);
        assert_eq!(Stake::standing(&bob).pledged, VALIDATOR_STAKE - lost);
        assert_eq!(Balances::balance(&market::audit_fund()), before + lost);
        assert_eq!(Session::disabled_validators(), [1]);
        // The same again is no offence.
        assert!(
            report(babe_equivocation(Sr25519Keyring::Bob, Slot::from(*Babe::current_slot() - 1))).is_err()
        );

        next_session(Sr25519Keyring::Alice);
        assert!(seated().contains(&bob) && Session::disabled_validators() == [1]);
        next_session(Sr25519Keyring::Alice);
        assert_eq!(seated(), ["//Alice", "//Charlie", "//Dave"].map(account));
        assert_eq!(Grandpa::grandpa_authorities().len(), 3);
    });
}

#[test]
#[should_panic(expected = "is disabled and should not be attempting to author blocks")]
fn make_no_blocks_any_more_once_they_are_disabled() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        report(babe_equivocation(Sr25519Keyring::Bob, Babe::current_slot())).unwrap().unwrap();
        next_block(Sr25519Keyring::Bob, []);
    });
}

#[test]
fn lose_stake_for_two_votes_in_a_round() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let dave = Ed25519Keyring::Dave;
        let vote = |byte| {
            let vote = Prevote { target_hash: Hash::repeat_byte(byte), target_number: 1 };
            let message = finality_grandpa::Message::Prevote(vote.clone());
            let payload = sp_consensus_grandpa::localized_payload(1, Grandpa::current_set_id(), &message);
            (vote, dave.pair().sign(&payload).into())
        };
        let twice =
            Twice { round_number: 1, identity: dave.public().into(), first: vote(1), second: vote(2) };
        let proof = GrandpaProof::new(Grandpa::current_set_id(), Equivocation::Prevote(twice));
        let call = pallet_grandpa::Call::report_equivocation_unsigned {
            key_owner_proof: proof_of(sp_consensus_grandpa::KEY_TYPE, dave.public()),
            equivocation_proof: Box::new(proof),
        };
        assert_eq!(report(call), Ok(Ok(())));
        let left = Stake::standing(&account("//Dave")).pledged;
        assert!(left > 0 && left <= VALIDATOR_STAKE * 9 / 10);
        assert_eq!(Session::disabled_validators(), [3]);
    });
}

#[test]
fn are_not_punished_for_what_they_did_not_sign() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let slot = Babe::current_slot();
        let forged = |spoil: fn(&mut BabeProof<Header>)| {
            let mut call = babe_equivocation(Sr25519Keyring::Bob, slot);
            if let pallet_babe::Call::report_equivocation_unsigned { equivocation_proof, .. } = &mut call {
                spoil(equivocation_proof);
            }
            report(call)
        };
        let same: fn(&mut BabeProof<Header>) = |proof| proof.second_header = proof.first_header.clone();
        let other: fn(&mut BabeProof<Header>) = |proof| proof.slot = proof.slot + 1u64;
        let unsigned: fn(&mut BabeProof<Header>) = |proof| {
            proof.second_header.digest_mut().pop();
        };
        for spoil in [same, other, unsigned] {
            assert!(!matches!(forged(spoil), Ok(Ok(()))));
        }
        assert_eq!(Stake::standing(&account("//Bob")).pledged, VALIDATOR_STAKE);
    });
}

/// Session keys made as a node makes them, with the proof that they are for this account.
pub(super) fn session_keys(owner: &AccountId) -> pallet_session::Call<Runtime> {
    let made = SessionKeys::generate(&owner.encode(), None);
    pallet_session::Call::set_keys { keys: made.keys, proof: made.proof.encode() }
}

#[test]
fn come_in_with_keys_bond_and_candidacy() {
    network().execute_with(|| {
        let eve = account("//Eve");
        let stake = VALIDATOR_STAKE + 2 * TLK;
        next_block(
            Sr25519Keyring::Alice,
            [
                Transaction::new("//Eve", talka_pallet_stake::Call::bond { amount: stake }),
                Transaction::new("//Eve", session_keys(&eve)),
                Transaction::new("//Eve", talka_pallet_validators::Call::register { stake }),
            ],
        );
        next_session(Sr25519Keyring::Bob);
        assert!(!seated().contains(&eve));
        next_session(Sr25519Keyring::Bob);
        assert!(seated().contains(&eve));
        assert_eq!(
            (seated().len(), Babe::authorities().len(), Grandpa::grandpa_authorities().len()),
            (4, 4, 4)
        );
    });
}

#[test]
fn need_keys_that_are_for_their_account() {
    network().execute_with(|| {
        begin_block();
        let keys = session_keys(&account("//Ferdie"));
        let stolen = Executive::apply_extrinsic(Transaction::new("//Eve", keys).sign()).unwrap();
        assert_eq!(stolen, Err(pallet_session::Error::<Runtime>::InvalidProof.into()));
    });
}

#[test]
fn cannot_leave_their_seats_empty() {
    network().execute_with(|| {
        begin_block();
        let purge = pallet_session::Call::purge_keys {};
        let refused = Executive::apply_extrinsic(Transaction::new("//Bob", purge).sign()).unwrap();
        assert_eq!(refused, Err(frame_system::Error::<Runtime>::CallFiltered.into()));
    });
}

#[test]
fn are_paid_for_the_first_block_of_their_first_session() {
    network().execute_with(|| {
        let eve = account("//Eve");
        let stake = VALIDATOR_STAKE + 2 * TLK;
        next_block(
            Sr25519Keyring::Alice,
            [Transaction::new("//Eve", talka_pallet_stake::Call::bond { amount: stake })],
        );
        let keys = SessionKeys {
            babe: Sr25519Keyring::Eve.public().into(),
            grandpa: Ed25519Keyring::Eve.public().into(),
            beefy: sp_core::ecdsa::Pair::from_string("//Eve", None).unwrap().public().into(),
        };
        pallet_session::NextKeys::<Runtime>::insert(&eve, keys);
        Validators::register(RuntimeOrigin::signed(eve.clone()), stake).unwrap();
        next_session(Sr25519Keyring::Alice);
        next_session(Sr25519Keyring::Eve);
        assert_eq!(talka_pallet_validators::Authored::<Runtime>::get(&eve), 1);
    });
}

#[test]
fn sleep_through_many_sessions_and_go_on() {
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let (index, slot) = (Session::current_index(), Babe::current_slot());
        let length = u64::from(Validators::session_length());
        // Nobody was there for ten sessions and a half.
        block_at_after_sleep(slot + (10 * length + length / 2));
        assert_eq!(Session::current_index(), index + 1);
        assert_eq!(seated().len(), 4);
        for who in ["//Bob", "//Charlie", "//Dave"] {
            let view = Validators::validators().into_iter().find(|view| view.who == account(who)).unwrap();
            assert_eq!((view.missed, view.score), (0, Score(0)), "{who}");
        }
        next_session(Sr25519Keyring::Alice);
        assert_eq!(Session::current_index(), index + 2);
    });
}

/// A block after sessions without any: its author knows the epoch by its slot.
fn block_at_after_sleep(slot: Slot) {
    let author = Sr25519Keyring::Alice;
    let next = Babe::next_epoch();
    let epoch = (*slot - 1_000) / next.duration;
    let transcript = make_vrf_transcript(&next.randomness, slot, epoch);
    let vrf_signature = author.pair().vrf_sign(&transcript.into_sign_data());
    let pre_digest =
        PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index: 0, slot, vrf_signature });
    let digest = Digest { logs: vec![DigestItem::babe_pre_digest(pre_digest)] };
    let number = System::block_number() + 1;
    Executive::initialize_block(&Header::new(
        number,
        Hash::zero(),
        Hash::zero(),
        System::parent_hash(),
        digest,
    ));
    let now = pallet_timestamp::Call::set { now: *slot * Babe::slot_duration() };
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(now.into())).unwrap().unwrap();
    Executive::finalize_block();
}

#[test]
fn proofs_of_ownership_are_there_for_the_nodes() {
    use sp_consensus_babe::runtime_decl_for_babe_api::BabeApi;
    use sp_consensus_grandpa::runtime_decl_for_grandpa_api::GrandpaApi;
    network().execute_with(|| {
        next_block(Sr25519Keyring::Alice, []);
        let babe: Option<OpaqueKeyOwnershipProof> = <Runtime as BabeApi<Block>>::generate_key_ownership_proof(
            Babe::current_slot(),
            Sr25519Keyring::Bob.public().into(),
        );
        let proof: sp_session::MembershipProof = babe.and_then(|proof| proof.decode()).unwrap();
        assert_eq!((proof.session, proof.validator_count), (0, 4));
        let grandpa = <Runtime as GrandpaApi<Block>>::generate_key_ownership_proof(
            0,
            Ed25519Keyring::Bob.public().into(),
        );
        assert!(grandpa.is_some());
        use frame_support::traits::KeyOwnerProofSystem;
        let of = |key: Sr25519Keyring| (sp_consensus_babe::KEY_TYPE, key.public().encode());
        assert!(Historical::check_proof(of(Sr25519Keyring::Bob), proof.clone()).is_some());
        assert!(Historical::check_proof(of(Sr25519Keyring::Ferdie), proof).is_none());
    });
}

#[test]
fn stay_liable_for_as_long_as_offences_can_be_proven_and_shorter_than_unbonding_takes() {
    network().execute_with(|| {
        let provable = u64::from(consensus::LIABILITY) * u64::from(consensus::SESSION);
        assert!(u64::from(market::UNBONDING_PERIOD) > provable);
    });
}
