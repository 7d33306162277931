//! The bridge in the whole runtime: from a deposit on Ethereum to the root that validators sign for a withdrawal.

use super::{
    beefy::{proven, read_index, Leaf},
    governance::{list_and_enact, two_thirds},
    validators::{network, next_block, next_session},
    *,
};
use crate::{
    configs::ProxyType,
    constants::{bridge, currency::TLK, market::audit_fund},
};
use frame_support::traits::InstanceFilter;
use talka_pallet_bridge::{Attestations, Batch, Call, OutboxRoot};
use talka_primitives::bridge::{
    deposits::follow, outbox::root_of, Attestation, Contracts, Deposit, EthereumAddress, Message, Withdrawal,
};

const CONTRACTS: Contracts =
    Contracts { chain_id: 31_337, vault: EthereumAddress([7; 20]), gateway: EthereumAddress([8; 20]) };
const SOMEBODY: EthereumAddress = EthereumAddress([3; 20]);
const DEPOSITED: Balance = 50 * TLK;

fn set_contracts() -> RuntimeCall {
    Call::set_contracts { contracts: CONTRACTS }.into()
}

/// Four validators, and a council that has named the contracts.
fn bound() -> TestExternalities {
    let mut chain = network();
    chain.execute_with(|| {
        two_thirds(0, &list_and_enact(&set_contracts()));
        assert_eq!(Bridge::bridge_state().contracts, Some(CONTRACTS));
    });
    chain
}

/// The next deposit, and what is to be attested of it.
fn deposit(to: &str) -> (Batch, Attestation) {
    let before = Bridge::bridge_state().credited;
    let (nonce, to) = (before.deposits, account(to).into());
    let one = Deposit { nonce, sender: SOMEBODY, to, amount: DEPOSITED, message: vec![] };
    let after = follow(before, core::slice::from_ref(&one)).unwrap();
    (vec![one].try_into().unwrap(), after)
}

fn attest(who: &str, attestation: Attestation) -> Transaction {
    Transaction::new(who, Call::attest { attestation })
}

fn withdraw(who: &str, amount: Balance) -> Transaction {
    Transaction::new(who, Call::withdraw { to: SOMEBODY, amount, tip: 1 })
}

/// A deposit has come.
fn bring() {
    let (deposits, after) = deposit("//Ferdie");
    let attests = ["//Alice", "//Bob", "//Charlie"].map(|who| attest(who, after));
    assert_eq!(block(attests), [Ok(Ok(())); 3]);
    assert_eq!(block([Transaction::new("//Eve", Call::credit { deposits })]), [Ok(Ok(()))]);
}

#[test]
fn makes_what_was_deposited_for_no_fee_and_destroys_what_is_withdrawn() {
    bound().execute_with(|| {
        let issuance = Balances::total_issuance();
        let names = ["//Alice", "//Bob", "//Charlie", "//Eve", "//Ferdie"];
        let before = names.map(balance);
        bring();
        let mut expected = before;
        expected[4] += DEPOSITED;
        assert_eq!(names.map(balance), expected);
        assert_eq!(Balances::total_issuance(), issuance + DEPOSITED);

        let fund = Balances::balance(&audit_fund());
        assert_eq!(block([withdraw("//Ferdie", 20 * TLK)]), [Ok(Ok(()))]);
        assert_eq!(Balances::total_issuance(), issuance + DEPOSITED - 20 * TLK);
        // The price of the message, and four fifths of the fee.
        assert!(Balances::balance(&audit_fund()) > fund + bridge::MESSAGE_PRICE);
        assert_eq!(Bridge::bridge_state().backed, DEPOSITED - 20 * TLK);
    });
}

#[test]
fn takes_a_fee_for_what_does_not_count() {
    bound().execute_with(|| {
        let (deposits, after) = deposit("//Ferdie");
        let before = balance("//Eve");
        let calls = [attest("//Eve", after), Transaction::new("//Eve", Call::credit { deposits })];
        assert!(block(calls).iter().all(|result| matches!(result, Ok(Err(_)))));
        assert!(balance("//Eve") < before);
    });
}

#[test]
fn tells_the_root_of_the_outbox_in_the_leaf_of_the_next_block() {
    let mut chain = bound();
    let (sent, root) = chain.execute_with(|| {
        bring();
        assert_eq!(block([withdraw("//Ferdie", TLK), withdraw("//Eve", 2 * TLK)]), [Ok(Ok(())); 2]);
        let (sent, root) = (System::block_number(), OutboxRoot::<Runtime>::get());
        block([]);
        (sent, root)
    });
    read_index(&mut chain);
    chain.execute_with(|| {
        let extra = |number| {
            let (leaves, _) = proven(number).unwrap();
            let leaf: Leaf = leaves[0].clone().into_opaque_leaf().try_decode().unwrap();
            leaf.leaf_extra
        };
        assert_eq!(extra(sent), Hash::zero());
        assert_eq!(extra(sent + 1), root.into());

        // And each message is proven under it from what the blocks have indexed.
        for (index, amount) in [(0, TLK), (1, 2 * TLK)] {
            let message = Message::Withdrawal(Withdrawal { index, to: SOMEBODY, amount, tip: 1 });
            let proven = Bridge::outbox_proof(index).unwrap();
            assert_eq!((proven.message, proven.leaf), (message, message.leaf(&CONTRACTS)));
            assert_eq!(root_of(&proven.leaf, index, &proven.proof), root);
        }
    });
}

/// Nodes index leaves by number and parent: the last of two blocks that they import would spoil the other one's proofs.
#[test]
fn has_the_same_leaf_in_all_blocks_of_one_parent() {
    let child = |transactions: fn() -> Vec<Transaction>| {
        bound().execute_with(|| {
            bring();
            block([withdraw("//Ferdie", TLK)]);
            assert!(block(transactions()).iter().all(|result| result == &Ok(Ok(()))));
            let root = Mmr::mmr_root();
            block([]);
            (root, Mmr::mmr_root())
        })
    };
    let (empty, after_empty) = child(Vec::new);
    let (full, after_full) = child(|| vec![withdraw("//Eve", TLK), withdraw("//Bob", TLK)]);
    assert_eq!(empty, full);
    // Their children tell what is different.
    assert_ne!(after_empty, after_full);
}

#[test]
fn is_bound_to_contracts_by_a_call_as_root_only() {
    network().execute_with(|| {
        // Two thirds of the council alone, and a member.
        two_thirds(0, &set_contracts());
        let refused = block([Transaction::new("//Alice", set_contracts())]);
        assert!(matches!(refused[..], [Ok(Err(_))]));
        assert_eq!(Bridge::bridge_state().contracts, None);
        two_thirds(1, &list_and_enact(&set_contracts()));
        assert_eq!(Bridge::bridge_state().contracts, Some(CONTRACTS));
    });
}

#[test]
fn believes_validators_as_long_as_they_have_seats() {
    bound().execute_with(|| {
        let dave = account("//Dave");
        let (_, after) = deposit("//Ferdie");
        let resign = talka_pallet_validators::Call::resign {};
        block([attest("//Dave", after), Transaction::new("//Dave", resign)]);
        assert_eq!(Attestations::<Runtime>::get(&dave).len(), 1);
        next_session(Sr25519Keyring::Alice);
        next_session(Sr25519Keyring::Alice);
        assert!(!Session::validators().contains(&dave));
        assert!(Attestations::<Runtime>::get(&dave).is_empty());
        next_block(Sr25519Keyring::Alice, ["//Alice", "//Bob"].map(|who| attest(who, after)));
        assert_ne!(Bridge::bridge_state().accepted, after);
        next_block(Sr25519Keyring::Alice, [attest("//Charlie", after)]);
        assert_eq!(Bridge::bridge_state().accepted, after);
    });
}

#[test]
fn lets_a_proxy_of_a_validator_attest_and_no_other() {
    let attestation = Attestation::default();
    let calls: [RuntimeCall; 2] =
        [Call::attest { attestation }.into(), Call::set_attester { key: None }.into()];
    let withdrawal = Call::withdraw { to: SOMEBODY, amount: 1, tip: 0 }.into();
    for call in &calls {
        assert!(ProxyType::Validator.filter(call));
        assert!(!ProxyType::Worker.filter(call) && !ProxyType::Seller.filter(call));
    }
    for kind in [ProxyType::Validator, ProxyType::Worker, ProxyType::Seller] {
        assert!(!kind.filter(&withdrawal));
    }
}

#[test]
fn is_bound_to_nothing_in_any_preset() {
    for preset in crate::genesis::preset_names() {
        chain(&preset).execute_with(|| {
            let state = Bridge::bridge_state();
            assert_eq!((state.contracts, state.limits), (None, bridge::LIMITS), "{preset}");
        });
    }
}
