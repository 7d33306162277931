use super::*;

/// Less than the least balance was deposited for an account that does not exist.
fn too_little() -> Vault {
    let mut vault = Vault::new();
    vault.deposit(UNBORN, 6);
    bring(&vault);
    events();
    vault
}

#[test]
fn credits_what_waits_once_the_account_can_take_it() {
    build_and_execute(|| {
        too_little();
        assert_noop!(Bridge::claim_parked(signed(ALICE), UNBORN), Error::<Test>::CannotReceive);
        assert_ok!(Balances::transfer_keep_alive(signed(ALICE), UNBORN, EXISTENTIAL_DEPOSIT));
        assert_ok!(Bridge::claim_parked(signed(ALICE), UNBORN));
        assert!(events().contains(&Event::Claimed { who: UNBORN, amount: 6 }));
        assert_eq!((balance(UNBORN), parked(UNBORN), backed()), (EXISTENTIAL_DEPOSIT + 6, None, 6));
        assert_noop!(Bridge::claim_parked(signed(ALICE), UNBORN), Error::<Test>::NothingParked);
    });
}

#[test]
fn adds_up_what_waits_for_one_account() {
    build_and_execute(|| {
        let mut vault = too_little();
        vault.deposit(UNBORN, 5);
        bring(&vault);
        assert_eq!(parked(UNBORN), Some(11));
        // Anybody may call: the account has nothing to pay a fee with.
        assert_ok!(Bridge::claim_parked(signed(BOB), UNBORN));
        assert_eq!(balance(UNBORN), 11);
    });
}

#[test]
fn waits_for_the_bucket() {
    build_and_execute(|| {
        let mut vault = Vault::new();
        vault.deposit(ALICE, LIMITS.bucket);
        vault.deposit(BOB, 100);
        bring(&vault);
        assert_noop!(Bridge::claim_parked(signed(BOB), BOB), Error::<Test>::BucketEmpty);
        // In each block one unit for each of the 43 200 comes.
        System::set_block_number(System::block_number() + 99);
        assert_noop!(Bridge::claim_parked(signed(BOB), BOB), Error::<Test>::BucketEmpty);
        System::set_block_number(System::block_number() + 1);
        assert_ok!(Bridge::claim_parked(signed(BOB), BOB));
        assert_eq!((parked(BOB), backed()), (None, LIMITS.bucket + 100));
    });
}

#[test]
fn is_refused_where_nothing_waits() {
    build_and_execute(|| {
        assert_noop!(Bridge::claim_parked(signed(ALICE), ALICE), Error::<Test>::NothingParked);
        assert_noop!(Bridge::claim_parked(RuntimeOrigin::none(), ALICE), BadOrigin);
    });
}
