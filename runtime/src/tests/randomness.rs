use super::*;
use crate::configs::VrfRandomness;
use frame_support::traits::Randomness;
use sp_runtime::traits::Hash as _;

#[test]
fn comes_from_the_parent_s_author() {
    development().execute_with(|| {
        block([]);
        let output = Babe::author_vrf_randomness().expect("every block carries a VRF output");
        begin_block();
        let (draw, known_since) = VrfRandomness::random(b"subject");
        assert_eq!(draw, BlakeTwo256::hash(&[b"subject".as_slice(), &output].concat()));
        assert_eq!(known_since, System::block_number() - 1);
    });
}

#[test]
fn differs_from_block_to_block_and_from_subject_to_subject() {
    development().execute_with(|| {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..5 {
            begin_block();
            assert!(seen.insert(VrfRandomness::random(b"one").0));
            assert!(seen.insert(VrfRandomness::random(b"two").0));
            Executive::finalize_block();
        }
    });
}
