//! Deposits of the gateway, whose messages ask for something.

use super::*;
use talka_primitives::traits::Requests as _;

const REQUESTER: EthereumAddress = EthereumAddress([5; 20]);

/// The account of the requester.
fn account() -> Account {
    Orders::account(REQUESTER)
}

#[test]
fn are_credited_to_the_requester_and_told_afterwards() {
    build_and_execute(|| {
        let mut vault = Vault::with(1);
        vault.request(REQUESTER, 700);
        bring(&vault);
        assert!(events().contains(&Event::Credited { nonce: 1, to: account(), amount: 700 }));
        assert_eq!(balance(account()), 700);
        let message = vault.batch(1, 2)[0].message.clone();
        assert_eq!(Told::get(), [(1, 700, true, message)]);
    });
}

#[test]
fn are_told_where_the_amount_is_parked() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.request(REQUESTER, EXISTENTIAL_DEPOSIT - 1);
        bring(&vault);
        assert_eq!(parked(account()), Some(EXISTENTIAL_DEPOSIT - 1));
        let message = vault.batch(0, 1)[0].message.clone();
        assert_eq!(Told::get(), [(0, EXISTENTIAL_DEPOSIT - 1, false, message)]);
    });
}

#[test]
fn are_credited_to_the_receiver_where_they_cannot_be_read() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        for message in [vec![], vec![1; 20], vec![2; 40]] {
            vault.take(CONTRACTS.gateway, UNBORN, 100, message);
        }
        bring(&vault);
        assert_eq!(balance(UNBORN), 300);
        assert!(Told::get().is_empty());
    });
}

/// Anybody can deposit with any message: only the gateway says who has asked.
#[test]
fn are_believed_of_the_gateway_only() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.request(REQUESTER, 100);
        let message = vault.batch(0, 1)[0].message.clone();
        for sender in [SOMEBODY, CONTRACTS.vault, REQUESTER] {
            vault.take(sender, UNBORN, 100, message.clone());
        }
        bring(&vault);
        assert_eq!((balance(account()), balance(UNBORN)), (100, 300));
        assert_eq!(Told::get().len(), 1);
    });
}
