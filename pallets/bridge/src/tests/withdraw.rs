use super::*;
use codec::{Decode, Encode};
use sp_io::storage;
use sp_runtime::{traits::Dispatchable, StateVersion};
use talka_primitives::{
    bridge::{Frontier, Message, Withdrawal},
    traits::Outbox as _,
};

/// Alice's deposits have come: `amount` can be withdrawn.
fn backed_by(amount: Balance) {
    let mut vault = Vault::new();
    vault.deposit(ALICE, amount);
    bring(&vault);
    events();
}

#[test]
fn destroys_the_amount_tells_ethereum_and_pays_for_the_message() {
    build_and_execute(|| {
        backed_by(10_000);
        let (before, fund) = (balance(ALICE), balance(FUND));
        assert_ok!(Bridge::withdraw(signed(ALICE), SOMEBODY, 4_000, 15));
        let message = Message::Withdrawal(Withdrawal { index: 0, to: SOMEBODY, amount: 4_000, tip: 15 });
        assert_eq!(
            events(),
            [
                Event::MessageSent { index: 0, leaf: message.leaf(&CONTRACTS) },
                Event::Withdrawn { index: 0, who: ALICE, to: SOMEBODY, amount: 4_000, tip: 15 },
            ]
        );
        assert_eq!((balance(ALICE), balance(FUND)), (before - 4_000 - PRICE, fund + PRICE));
        assert_eq!((backed(), Outbox::<Test>::get().count()), (6_000, 1));
        assert_ok!(Bridge::withdraw(signed(BOB), SOMEBODY, 1, 1));
        assert_eq!((backed(), Outbox::<Test>::get().count()), (5_999, 2));
    });
}

#[test]
fn refuses_what_ethereum_would_not_pay() {
    build_and_execute(|| {
        backed_by(30_000);
        let zero = EthereumAddress::default();
        for (to, amount, tip, error) in [
            (zero, 100, 0, Error::<Test>::NoReceiver),
            (CONTRACTS.vault, 100, 0, Error::<Test>::ReceiverIsContract),
            (CONTRACTS.gateway, 100, 0, Error::<Test>::ReceiverIsContract),
            (SOMEBODY, 0, 0, Error::<Test>::ZeroAmount),
            (SOMEBODY, 100, 101, Error::<Test>::TipAboveAmount),
            (SOMEBODY, LIMITS.withdrawal + 1, 0, Error::<Test>::AboveLimit),
            (SOMEBODY, Balance::MAX, 0, Error::<Test>::AboveLimit),
        ] {
            assert_noop!(Bridge::withdraw(signed(ALICE), to, amount, tip), error);
        }
        assert_ok!(Bridge::withdraw(signed(ALICE), SOMEBODY, LIMITS.withdrawal, LIMITS.withdrawal));
    });
}

#[test]
fn refuses_more_than_the_vault_holds() {
    build_and_execute(|| {
        assert_noop!(Bridge::withdraw(signed(ALICE), SOMEBODY, 1, 0), Error::<Test>::NotBacked);
        backed_by(500);
        assert_noop!(Bridge::withdraw(signed(ALICE), SOMEBODY, 501, 0), Error::<Test>::NotBacked);
        assert_ok!(Bridge::withdraw(signed(BOB), SOMEBODY, 500, 0));
        assert_noop!(Bridge::withdraw(signed(ALICE), SOMEBODY, 1, 0), Error::<Test>::NotBacked);
    });
}

#[test]
fn refuses_more_than_the_account_has() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(UNBORN, 1_000);
        vault.deposit(ALICE, 1_000);
        bring(&vault);
        let most = 1_000 - PRICE;
        assert_noop!(Bridge::withdraw(signed(UNBORN), SOMEBODY, most + 1, 0), Error::<Test>::FundsTooLow);
        assert_ok!(Bridge::withdraw(signed(UNBORN), SOMEBODY, most, 0));
        assert!(!System::account_exists(&UNBORN));
    });
}

/// What other pallets are told, who withdraw all that they can.
#[test]
fn takes_as_much_as_it_tells_and_no_more() {
    build_and_execute(|| {
        assert_eq!(Bridge::withdrawable(&ALICE), 0, "nothing came from Ethereum");
        let mut vault = Vault::new();
        vault.deposit(UNBORN, 1_000);
        vault.deposit(BOB, 30_000);
        bring(&vault);
        assert_eq!(Bridge::withdrawable(&UNBORN), 1_000 - PRICE);
        assert_ok!(Bridge::withdraw(signed(UNBORN), SOMEBODY, 1_000 - PRICE, 0));
        assert_eq!(Bridge::withdrawable(&UNBORN), 0);
        assert_eq!(Bridge::withdrawable(&BOB), LIMITS.withdrawal);
        assert_ok!(Bridge::withdraw(signed(BOB), SOMEBODY, LIMITS.withdrawal, 0));
        assert_eq!(Bridge::withdrawable(&ALICE), backed());
        assert_ok!(Bridge::withdraw(signed(ALICE), SOMEBODY, backed(), 0));
    });
}

#[test]
fn leaves_what_is_too_little_for_an_account_to_the_fund() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(UNBORN, 1_000);
        bring(&vault);
        let fund = balance(FUND);
        assert_ok!(Bridge::withdraw(signed(UNBORN), SOMEBODY, 1_000 - PRICE - 3, 0));
        assert_eq!((balance(UNBORN), balance(FUND)), (0, fund + PRICE + 3));
    });
}

#[test]
fn needs_contracts_and_a_signature() {
    execute(&mut chain(None), || {
        assert_noop!(Bridge::withdraw(signed(ALICE), SOMEBODY, 1, 0), Error::<Test>::NoContracts);
        assert_noop!(Bridge::withdraw(RuntimeOrigin::root(), SOMEBODY, 1, 0), BadOrigin);
    });
}

#[test]
fn has_no_effect_where_the_outbox_is_full() {
    build_and_execute(|| {
        backed_by(1_000);
        let full = (u32::MAX, vec![[1u8; 32]; 32]).encode();
        Outbox::<Test>::put(Frontier::decode(&mut &full[..]).unwrap());
        let before = storage::root(StateVersion::V1);
        let call = RuntimeCall::from(crate::Call::withdraw { to: SOMEBODY, amount: 5, tip: 0 });
        let refused = call.dispatch(signed(ALICE)).unwrap_err().error;
        assert_eq!(refused, Error::<Test>::OutboxFull.into());
        assert_eq!(storage::root(StateVersion::V1), before);
        Outbox::<Test>::kill();
    });
}

#[test]
fn brings_the_fund_back_where_it_was_emptied() {
    build_and_execute(|| {
        backed_by(1_000);
        assert_ok!(Balances::transfer_all(signed(FUND), ALICE, false));
        assert!(!System::account_exists(&FUND));
        assert_ok!(Bridge::withdraw(signed(ALICE), SOMEBODY, 5, 0));
        assert_eq!(balance(FUND), PRICE);
    });
}
