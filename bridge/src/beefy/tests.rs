use super::*;
use codec::Encode as _;
use serde::Deserialize;
use sp_consensus_beefy::{known_payloads, Commitment, Payload, SignedCommitment, VersionedFinalityProof};
use talka_ethereum::Bytes;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Imports {
    first_mmr_block: u32,
    current_set: SetText,
    next_set: SetText,
    imports: Vec<ImportText>,
    historic: Vec<Older>,
}

#[derive(Deserialize)]
struct SetText {
    id: String,
    length: u32,
    root: B256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImportText {
    block_number: u32,
    commitment: Bytes,
    validators: Vec<Address>,
    signers: u64,
    signatures: Bytes,
    leaf: Bytes,
    proof: Vec<B256>,
}

/// An older leaf, with a proof that it is under the root of the last import.
#[derive(Deserialize)]
struct Older {
    leaf: Bytes,
    proof: Vec<B256>,
}

impl SetText {
    fn read(&self) -> Set {
        Set { id: self.id.parse().unwrap(), length: self.length, root: self.root }
    }
}

impl ImportText {
    fn read(&self) -> Import {
        Import {
            commitment: self.commitment.to_vec(),
            validators: self.validators.clone(),
            signers: U256::from(self.signers),
            signatures: self.signatures.to_vec(),
            leaf: self.leaf.to_vec(),
            proof: self.proof.clone(),
        }
    }
}

/// A sidechain of three sessions: what its light client begins with, and all that is imported.
fn sidechain() -> (Known, Vec<Import>, Vec<Older>) {
    let text = include_str!("../../../contracts/test/vectors/imports.json");
    let imports: Imports = serde_json::from_str(text).unwrap();
    let known = Known {
        first_block: imports.first_mmr_block,
        latest_block: imports.first_mmr_block - 1,
        current: imports.current_set.read(),
        next: imports.next_set.read(),
    };
    let all: Vec<_> = imports.imports.iter().map(ImportText::read).collect();
    assert!(all.iter().zip(&imports.imports).all(|(import, text)| block(import) == text.block_number));
    (known, all, imports.historic)
}

fn block(import: &Import) -> u32 {
    justification::Commitment::decode(&import.commitment).unwrap().block
}

/// What the light client knows after an import.
fn after(known: &Known, import: &Import) -> Known {
    let leaf = check(known, import).unwrap();
    let next = Set { id: leaf.next_set, length: leaf.next_length, root: leaf.next_root.into() };
    match leaf.set() == Some(known.next.id) {
        true => Known { latest_block: block(import), current: known.next.clone(), next, ..known.clone() },
        false => Known { latest_block: block(import), ..known.clone() },
    }
}

/// A session that has begun, with an import that the client takes.
fn begun() -> (Known, Import) {
    let (known, imports, _) = sidechain();
    let known = after(&known, &imports[0]);
    (known, imports[1].clone())
}

#[test]
fn a_sidechain_of_three_sessions_is_believed_in_order() {
    let (mut known, imports, _) = sidechain();
    for import in &imports {
        known = after(&known, import);
    }
    assert_eq!((known.current.id, known.latest_block), (2, 12));
}

#[test]
fn a_session_that_is_left_out_and_an_old_block_are_refused() {
    let (known, imports, _) = sidechain();
    let late = imports.iter().find(|import| block(import) == 9).unwrap();
    assert_eq!(check(&known, late), Err(Unproven::UnknownSet { block: 9, set: 2, current: 0 }));
    let later = after(&known, &imports[1]);
    assert_eq!(check(&later, &imports[1]), Err(Unproven::OldBlock { block: 4, latest: 4 }));
    assert_eq!(check(&later, &imports[0]), Err(Unproven::OldBlock { block: 2, latest: 4 }));
}

#[test]
fn older_leaves_are_refused_though_they_are_under_the_signed_root() {
    let (mut known, imports, historic) = sidechain();
    let (last, before) = imports.split_last().unwrap();
    for import in before {
        known = after(&known, import);
    }
    assert!(check(&known, last).is_ok() && !historic.is_empty());
    for older in historic {
        let proof = older.proof.clone();
        let import = Import { leaf: older.leaf.to_vec(), proof, ..last.clone() };
        assert!(matches!(check(&known, &import), Err(Unproven::NotTheNewestLeaf { block: 12, .. })));
    }
}

#[test]
fn whatever_is_changed_is_not_believed() {
    let (known, right) = begun();
    assert!(check(&known, &right).is_ok());
    let refused = |change: &dyn Fn(&mut Import)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        check(&known, &wrong).unwrap_err()
    };
    let is_invalid = |why: Unproven| matches!(why, Unproven::InvalidSignature(_));
    assert!(is_invalid(refused(&|import| import.commitment[10] ^= 1)));
    assert!(is_invalid(refused(&|import| import.signatures[3] ^= 1)));
    assert!(is_invalid(refused(&|import| import.signatures[64] = 27)));
    assert_eq!(refused(&|import| import.validators.swap(0, 1)), Unproven::WrongValidators(0));
    assert_eq!(
        refused(&|import| import.validators.truncate(import.validators.len() - 1)),
        Unproven::WrongValidators(0)
    );
    assert_eq!(refused(&|import| import.leaf[60] ^= 1), Unproven::WrongRoot(4));
    assert_eq!(refused(&|import| import.proof[0].0[0] ^= 1), Unproven::WrongRoot(4));
    assert_eq!(refused(&|import| import.proof.truncate(import.proof.len() - 1)), Unproven::WrongRoot(4));
    assert!(matches!(refused(&|import| import.leaf[1] ^= 1), Unproven::NotTheNewestLeaf { block: 4, .. }));
    let is_unreadable = |why: Unproven| matches!(why, Unproven::Unreadable(_));
    assert!(is_unreadable(refused(&|import| import.signatures.truncate(import.signatures.len() - 1))));
    assert!(is_unreadable(refused(&|import| import.leaf.push(0))));
    assert!(is_unreadable(refused(&|import| import.commitment.push(0))));
}

#[test]
fn two_thirds_are_not_enough() {
    for (validators, needed) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (8, 6), (256, 171)] {
        assert_eq!(threshold(validators), needed);
        assert!(
            3 * threshold(validators) > 2 * validators && 3 * (threshold(validators) - 1) <= 2 * validators
        );
    }
    let (known, mut import) = begun();
    // Two of four.
    import.signers = U256::from(0b11);
    import.signatures.truncate(2 * SIGNATURE);
    assert_eq!(check(&known, &import), Err(Unproven::TooFewSigners { block: 4, signers: 2, needed: 3 }));
}

/// The justification that a node would keep of an import, in the SDK's own encoding.
fn justification_of(import: &Import) -> Vec<u8> {
    let commitment = justification::Commitment::decode(&import.commitment).unwrap();
    let payload = Payload::from_single_entry(known_payloads::MMR_ROOT_ID, commitment.root.to_vec());
    let (signatures, _) = import.signatures.as_chunks::<SIGNATURE>();
    let mut signatures = signatures.iter().copied();
    let mut of = |place: usize| import.signers.bit(place).then(|| signatures.next().unwrap());
    let signed = SignedCommitment {
        commitment: Commitment { payload, block_number: commitment.block, validator_set_id: commitment.set },
        signatures: (0..import.validators.len()).map(&mut of).collect(),
    };
    VersionedFinalityProof::V1(signed).encode()
}

#[test]
fn a_justification_becomes_an_import_with_as_many_signatures_as_are_needed() {
    let (mut known, imports, _) = sidechain();
    for import in &imports {
        let signed = Signed::decode(&justification_of(import)).unwrap();
        assert_eq!(signed.block, block(import));
        let proof = import.proof.iter().map(|item| item.0).collect();
        let made = assemble(&signed, &import.validators, import.leaf.clone(), proof);
        let signatures = made.signatures.len() / SIGNATURE;
        assert_eq!(signatures, threshold(import.validators.len()));
        assert_eq!((&made.commitment, &made.leaf), (&import.commitment, &import.leaf));
        known = after(&known, &made);
    }
}

#[test]
fn a_wrong_signature_among_enough_right_ones_is_left_out() {
    let (known, import) = begun();
    let mut signed = Signed::decode(&justification_of(&import)).unwrap();
    assert!(signed.signatures.iter().all(Option::is_some), "all four have signed");
    signed.signatures[1] = Some([1; SIGNATURE]);
    let proof = |import: &Import| import.proof.iter().map(|item| item.0).collect::<Vec<_>>();
    let made = assemble(&signed, &import.validators, import.leaf.clone(), proof(&import));
    assert_eq!(made.signers, U256::from(0b1101));
    assert!(check(&known, &made).is_ok());
    signed.signatures[2] = None;
    let made = assemble(&signed, &import.validators, import.leaf.clone(), proof(&import));
    assert!(matches!(check(&known, &made), Err(Unproven::TooFewSigners { .. })));
}

#[test]
fn what_is_no_justification_is_refused() {
    let (_, import) = begun();
    let right = justification_of(&import);
    for cut in 0..right.len() {
        assert!(Signed::decode(&right[..cut]).is_err(), "{cut}");
    }
    assert!(Signed::decode(&[&right[..], &[0]].concat()).is_err());
    // Two entries, or another root's length: the light client reads neither.
    let payload =
        Payload::from_single_entry(*b"aa", vec![1]).push_raw(known_payloads::MMR_ROOT_ID, vec![2; 32]);
    let commitment = Commitment { payload, block_number: 4u32, validator_set_id: 0 };
    let none: Vec<Option<[u8; SIGNATURE]>> = vec![None; 4];
    let signed = SignedCommitment { commitment, signatures: none };
    assert!(Signed::decode(&VersionedFinalityProof::V1(signed).encode()).is_err());
}

#[test]
fn roots_of_validators_are_those_of_the_vectors() {
    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        addresses: Vec<Address>,
        root: B256,
    }
    let cases: Cases =
        serde_json::from_str(include_str!("../../../contracts/test/vectors/keysets.json")).unwrap();
    assert!(cases.cases.len() > 3);
    for case in cases.cases {
        assert_eq!(keyset_root(&case.addresses), case.root.0);
    }
    assert_eq!(keyset_root(&[]), [0; 32]);
}

#[test]
fn roots_of_ranges_are_those_of_the_vectors() {
    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        count: u64,
        leaf: B256,
        items: Vec<B256>,
        root: B256,
    }
    let cases: Cases =
        serde_json::from_str(include_str!("../../../contracts/test/vectors/ranges.json")).unwrap();
    assert!(cases.cases.len() > 3);
    for Case { count, leaf, items, root } in cases.cases {
        let items: Vec<_> = items.iter().map(|item| item.0).collect();
        assert_eq!(leaf::range_root(leaf.0, count, &items), Some(root.0), "{count}");
        assert_eq!(leaf::range_root(leaf.0, count, &[&items[..], &[[0; 32]]].concat()), None, "{count}");
    }
    assert_eq!(leaf::range_root([1; 32], 0, &[]), None);
}

#[test]
fn leaves_are_read_as_the_vectors_write_them() {
    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        parent_number: u32,
        parent_hash: B256,
        next_set: SetText,
        outbox_root: B256,
        encoded: Bytes,
    }
    let cases: Cases =
        serde_json::from_str(include_str!("../../../contracts/test/vectors/leaves.json")).unwrap();
    for case in cases.cases {
        let leaf = Leaf::decode(&case.encoded).unwrap();
        assert_eq!((leaf.parent, leaf.parent_hash), (case.parent_number, case.parent_hash.0));
        let next = Set { id: leaf.next_set, length: leaf.next_length, root: leaf.next_root.into() };
        assert_eq!((next, leaf.outbox), (case.next_set.read(), case.outbox_root.0));
        assert!(Leaf::decode(&case.encoded[1..]).is_err());
        let mut other = case.encoded.to_vec();
        other[0] = 1;
        assert!(Leaf::decode(&other).is_err());
    }
}
