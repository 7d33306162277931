use super::*;
use crate::{configs::BlockAuthors, genesis::local};
use sp_runtime::traits::Hash as _;
use talka_pallet_poco::LastAuthored;
use talka_primitives::{
    seed::{Authored, Output},
    traits::Authorship as _,
};

/// The output in the digest of the block that is being made.
fn output() -> Output {
    let digest = System::digest().logs.iter().find_map(|log| log.as_babe_pre_digest()).unwrap();
    Output(BlakeTwo256::hash_of(&digest.vrf_signature().unwrap().pre_output).into())
}

#[test]
fn comes_from_the_author_s_output_in_the_block_itself() {
    development().execute_with(|| {
        begin_block();
        let own = Authored { author: account("//Alice"), output: output() };
        assert_eq!(BlockAuthors::own(), Some(own.clone()));
        // The hook has remembered it for the next block.
        assert_eq!(LastAuthored::<Runtime>::get(), Some(own));
        assert!(BlockAuthors::is_sole());
    });
}

#[test]
fn is_another_in_each_block_and_for_each_author() {
    chain(local::NAME).execute_with(|| {
        assert!(!BlockAuthors::is_sole());
        let authors =
            [Sr25519Keyring::Alice, Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Dave];
        let mut seen = std::collections::BTreeSet::new();
        for (slot, author) in (1_000u64..).zip(authors) {
            begin_block_by(author, slot.into());
            let own = BlockAuthors::own().unwrap();
            assert_eq!(own.author, author.to_account_id());
            assert!(seen.insert(own.output.0));
            Executive::finalize_block();
        }
    });
}

/// A validator has one output for a slot, whether the slot is its own by right or by turn.
#[test]
fn cannot_be_chosen_by_its_author() {
    development().execute_with(|| {
        // The first block of all begins its epoch.
        block([]);
        begin_block();
        let output = output();
        let slot = Babe::current_slot();
        let transcript = make_vrf_transcript(&Babe::randomness(), slot, Babe::epoch_index());
        let pair = Sr25519Keyring::Alice.pair();
        // The proof is made with chance, the output is not.
        let [one, other] = [(); 2].map(|()| pair.vrf_sign(&transcript.clone().into_sign_data()));
        assert_ne!(one.proof, other.proof);
        for signature in [one, other] {
            assert_eq!(Output(BlakeTwo256::hash_of(&signature.pre_output).into()), output);
        }
    });
}

/// The first block of a session is its own author's: the authors' places have changed before the hook looks.
#[test]
fn belongs_to_the_author_where_a_session_begins() {
    chain(local::NAME).execute_with(|| {
        begin_block_by(Sr25519Keyring::Alice, Slot::from(1_000));
        Executive::finalize_block();
        let begins = Babe::current_epoch_start() + u64::from(Validators::session_length());
        begin_block_by(Sr25519Keyring::Charlie, begins);
        assert_eq!(BlockAuthors::own().map(|own| own.author), Some(account("//Charlie")));
        assert_eq!(LastAuthored::<Runtime>::get().map(|own| own.output), Some(output()));
        Executive::finalize_block();
    });
}
