use super::*;
use codec::{Decode, Encode};
use frame_support::dispatch::GetDispatchInfo;
use sp_runtime::traits::Dispatchable;
use talka_primitives::{
    bridge::{
        deposits::{MAX_AMOUNT, MAX_MESSAGE},
        MAX_AHEAD,
    },
    traits::Requests,
};

use crate::Batch;

#[test]
fn makes_what_was_deposited_in_its_order_and_costs_nothing() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(UNBORN, 500);
        vault.deposit(ALICE, 70);
        attest(&SEATED, vault.truth(2));
        events();
        let before = balance(ALICE);
        assert_eq!(Bridge::credit(signed(BOB), vault.batch(0, 2)).unwrap().pays_fee, Pays::No);
        assert_eq!(
            events(),
            [
                Event::Credited { nonce: 0, to: UNBORN, amount: 500 },
                Event::Credited { nonce: 1, to: ALICE, amount: 70 },
            ]
        );
        assert_eq!((balance(UNBORN), balance(ALICE)), (500, before + 70));
        assert_eq!((credited(), backed()), (vault.truth(2), 570));
    });
}

#[test]
fn follows_any_number_that_enough_validators_attest_to() {
    build_and_execute(|| {
        let vault = Vault::with(9);
        for number in [4, 9] {
            attest(&SEATED[..3], vault.truth(number));
        }
        for (from, to) in [(0, 3), (0, 5), (0, 8)] {
            let refused = Bridge::credit(signed(BOB), vault.batch(from, to));
            assert_noop!(refused, Error::<Test>::NotAccepted);
        }
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 4)));
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(4, 9)));
        assert_eq!(credited(), vault.truth(9));
    });
}

#[test]
fn refuses_none_gaps_repetitions_and_another_order() {
    build_and_execute(|| {
        let vault = Vault::with(4);
        attest(&SEATED, vault.truth(4));
        assert_noop!(Bridge::credit(signed(BOB), Batch::default()), Error::<Test>::NoDeposits);
        let spoilt = |spoil: fn(&mut Batch)| {
            let mut batch = vault.batch(0, 4);
            spoil(&mut batch);
            Bridge::credit(signed(BOB), batch)
        };
        let gap: fn(&mut Batch) = |batch| drop(batch.remove(1));
        let late: fn(&mut Batch) = |batch| drop(batch.remove(0));
        let other: fn(&mut Batch) = |batch| batch[1..3].swap(0, 1);
        let twice: fn(&mut Batch) = |batch| {
            let one = batch[1].clone();
            batch.try_push(one).unwrap();
        };
        for spoil in [gap, late, other, twice] {
            assert_noop!(spoilt(spoil), Error::<Test>::NotNext);
        }
        assert_ok!(Bridge::credit(signed(BOB), vault.batch(0, 4)));
        assert_noop!(Bridge::credit(signed(BOB), vault.batch(0, 4)), Error::<Test>::NotNext);
    });
}

#[test]
fn refuses_what_was_not_deposited_like_that() {
    build_and_execute(|| {
        let mut vault = Vault::with(1);
        vault.take(SOMEBODY, BOB, 50, b"hello".to_vec());
        attest(&SEATED, vault.truth(2));
        for field in 0..4 {
            let mut batch = vault.batch(0, 2);
            match field {
                0 => batch[1].amount += 1,
                1 => batch[1].to = ALICE.into(),
                2 => batch[1].sender = CONTRACTS.gateway,
                _ => batch[1].message = b"hallo".to_vec(),
            }
            assert_noop!(Bridge::credit(signed(BOB), batch), Error::<Test>::NotAccepted);
        }
    });
}

#[test]
fn refuses_what_no_vault_says() {
    build_and_execute(|| {
        let vault = Vault::with(1);
        attest(&SEATED, vault.truth(1));
        let mut long = vault.batch(0, 1);
        long[0].message = vec![0; MAX_MESSAGE as usize + 1];
        assert_noop!(Bridge::credit(signed(BOB), long), Error::<Test>::MessageTooLong);
        let mut much = vault.batch(0, 1);
        much[0].amount = MAX_AMOUNT + 1;
        assert_noop!(Bridge::credit(signed(BOB), much), Error::<Test>::TooMuch);
    });
}

#[test]
fn needs_contracts_and_a_signature() {
    execute(&mut chain(None), || {
        let batch = Vault::with(1).batch(0, 1);
        assert_noop!(Bridge::credit(signed(BOB), batch.clone()), Error::<Test>::NoContracts);
        assert_noop!(Bridge::credit(RuntimeOrigin::none(), batch), BadOrigin);
    });
}

#[test]
fn parks_what_an_account_cannot_take_and_goes_on() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(UNBORN, EXISTENTIAL_DEPOSIT - 1);
        vault.deposit(ALICE, 1);
        let before = balance(ALICE);
        bring(&vault);
        assert!(events().contains(&Event::Parked { nonce: 0, to: UNBORN, amount: EXISTENTIAL_DEPOSIT - 1 }));
        assert_eq!((parked(UNBORN), balance(UNBORN)), (Some(EXISTENTIAL_DEPOSIT - 1), 0));
        assert_eq!((balance(ALICE), backed()), (before + 1, 1));
        assert_eq!(credited(), vault.truth(2));
    });
}

#[test]
fn parks_what_the_bucket_does_not_hold_and_credits_what_it_does() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        for amount in [LIMITS.bucket - 100, 101, 100] {
            vault.deposit(ALICE, amount);
        }
        bring(&vault);
        assert_eq!((parked(ALICE), backed()), (Some(101), LIMITS.bucket));
        // An empty bucket holds nothing, and a full one lets pass what is larger.
        vault.deposit(BOB, 1);
        bring(&vault);
        assert_eq!(parked(BOB), Some(1));
        System::set_block_number(System::block_number() + 43_200);
        vault.deposit(BOB, 3 * LIMITS.bucket);
        bring(&vault);
        assert_eq!((parked(BOB), backed()), (Some(1), 4 * LIMITS.bucket));
    });
}

#[test]
fn takes_as_many_as_can_be_accepted_at_once_with_the_longest_messages() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        for _ in 0..MAX_AHEAD {
            vault.take(SOMEBODY, ALICE, 1, vec![7; MAX_MESSAGE as usize]);
        }
        bring(&vault);
        assert_eq!(credited().deposits, u64::from(MAX_AHEAD));
        let longer = vec![vault.batch(0, 1)[0].clone(); MAX_AHEAD as usize + 1].encode();
        assert!(Batch::decode(&mut &longer[..]).is_err());
    });
}

#[test]
fn declares_what_messages_cost_at_most() {
    let weight = |message: &[u8]| {
        let mut vault = Vault::new();
        vault.take(SOMEBODY, ALICE, 1, message.to_vec());
        crate::Call::<Test>::credit { deposits: vault.batch(0, 1) }.get_dispatch_info().call_weight
    };
    let told = Orders::weight();
    assert!(weight(b"x").all_gte(weight(b"").saturating_add(told)));
    assert!(weight(b"xx").ref_time() > weight(b"x").ref_time());
}

/// Deposits of a lying majority must not stop the chain either.
#[test]
fn never_fails_for_a_single_deposit() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        for amount in [0, MAX_AMOUNT, MAX_AMOUNT, 0] {
            vault.deposit(UNBORN, amount);
        }
        vault.deposit(ALICE, 1);
        attest(&SEATED, vault.truth(5));
        let call = RuntimeCall::from(crate::Call::credit { deposits: vault.batch(0, 5) });
        assert!(call.dispatch(signed(BOB)).is_ok());
        assert_eq!(credited(), vault.truth(5));
        assert_eq!(parked(UNBORN), Some(MAX_AMOUNT));
    });
}
