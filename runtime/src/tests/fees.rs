use super::*;
use crate::constants::{
    block,
    currency::{EXISTENTIAL_DEPOSIT, MILLI_TLK, TLK},
    fee,
    market::audit_fund,
    time::DAYS,
};
use frame_support::{
    assert_ok,
    traits::{fungible, OnUnbalanced},
};
use pallet_transaction_payment::MultiplierUpdate;
use sp_runtime::{
    traits::{Convert, Dispatchable, One},
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    FixedPointNumber, FixedU128, Perbill,
};

fn transfer(to: &str, value: Balance) -> pallet_balances::Call<Runtime> {
    pallet_balances::Call::transfer_keep_alive { dest: account(to).into(), value }
}

#[test]
fn make_a_transfer_cost_a_few_thousandths() {
    development().execute_with(|| {
        let before = balance("//Bob");
        assert_ok!(block([Transaction::new("//Bob", transfer("//Charlie", 0))])[0]);
        let fee = before - balance("//Bob");
        assert!(fee > fee::BASE && fee < 10 * MILLI_TLK, "{fee}");
    });
}

fn fund() -> Balance {
    Balances::balance(&audit_fund())
}

#[test]
fn go_to_author_and_audit_fund_and_nothing_is_lost() {
    development().execute_with(|| {
        let (issued, alice, bob, before) =
            (Balances::total_issuance(), balance("//Alice"), balance("//Bob"), fund());
        assert_ok!(block([Transaction::new("//Bob", transfer("//Charlie", 5))])[0]);
        let fee = bob - balance("//Bob") - 5;
        let part = fee::AUTHOR_SHARE.mul_floor(fee);
        assert!(part > 0);
        assert_eq!((balance("//Alice") - alice, fund() - before), (part, fee - part));
        assert_eq!(Balances::total_issuance(), issued);
    });
}

#[test]
fn cost_an_author_nearly_as_much_as_anybody_for_its_own_transactions() {
    development().execute_with(|| {
        let (alice, bob) = (balance("//Alice"), balance("//Bob"));
        // Both are in a block of Alice.
        let calls = ["//Alice", "//Bob"].map(|who| Transaction::new(who, transfer("//Charlie", 0)));
        assert_eq!(block(calls), [Ok(Ok(())), Ok(Ok(()))]);
        let fee = bob - balance("//Bob");
        let for_both = 2 * fee::AUTHOR_SHARE.mul_floor(fee);
        assert_eq!(alice - balance("//Alice"), fee - for_both);
        assert!(fee::AUTHOR_SHARE <= Perbill::from_percent(20));
    });
}

#[test]
fn make_an_author_pay_for_a_block_that_it_fills() {
    let rest = Perbill::one() - fee::AUTHOR_SHARE;
    let bytes = Balance::from(block::NORMAL_SHARE * block::MAX_LENGTH) * fee::PER_BYTE;
    assert!(rest.mul_floor(bytes) > 2 * TLK, "{bytes}");
    let work =
        (block::NORMAL_SHARE * block::MAX_WEIGHT).ref_time() / weights::ExtrinsicBase::get().ref_time();
    assert!(rest.mul_floor(Balance::from(work) * fee::BASE) > 6 * TLK, "{work}");
}

#[test]
fn are_the_author_s_as_far_as_they_are_tips() {
    development().execute_with(|| {
        begin_block();
        let (alice, before) = (balance("//Alice"), fund());
        let amounts = [100, 7].map(<Balances as fungible::Balanced<_>>::issue);
        <configs::AuthorAndFund as OnUnbalanced<_>>::on_unbalanceds(amounts.into_iter());
        assert_eq!((balance("//Alice") - alice, fund() - before), (20 + 7, 80));
    });
}

#[test]
fn go_to_the_audit_fund_where_the_author_has_no_account() {
    development().execute_with(|| {
        // Alice makes the block, has nothing, and cannot be given less than the least balance.
        let before = fund();
        <Balances as fungible::Mutate<_>>::set_balance(&account("//Alice"), 0);
        begin_block();
        let credit = <Balances as fungible::Balanced<_>>::issue(EXISTENTIAL_DEPOSIT - 1);
        <configs::AuthorAndFund as OnUnbalanced<_>>::on_unbalanced(credit);
        assert_eq!(balance("//Alice"), 0);
        assert_eq!(fund() - before, EXISTENTIAL_DEPOSIT - 1);
    });
}

#[test]
fn keep_dust_in_the_audit_fund() {
    development().execute_with(|| {
        let issued = Balances::total_issuance();
        let newcomer = "//Newcomer";
        assert_ok!(block([Transaction::new("//Bob", transfer(newcomer, 20 * MILLI_TLK))])[0]);
        let all_but_dust = pallet_balances::Call::force_transfer {
            source: account(newcomer).into(),
            dest: account("//Bob").into(),
            value: 20 * MILLI_TLK - EXISTENTIAL_DEPOSIT + 1,
        };
        let before = fund();
        assert_ok!(RuntimeCall::from(all_but_dust).dispatch(RuntimeOrigin::root()));
        assert_eq!(balance(newcomer), 0);
        assert_eq!(fund() - before, EXISTENTIAL_DEPOSIT - 1);
        assert_eq!(Balances::total_issuance(), issued);
    });
}

#[test]
fn are_asked_of_everybody() {
    development().execute_with(|| {
        let refused = TransactionValidityError::Invalid(InvalidTransaction::Payment);
        assert_eq!(block([Transaction::new("//Nobody", transfer("//Bob", 0))]), [Err(refused)]);
    });
}

#[test]
fn never_fall_below_the_base() {
    type Update = <Runtime as pallet_transaction_payment::Config>::FeeMultiplierUpdate;
    development().execute_with(|| {
        assert_eq!(<Update as MultiplierUpdate>::min(), FixedU128::one());
        // The blocks of this chain are empty.
        assert_eq!(Update::convert(FixedU128::one()), FixedU128::one());
    });
}

#[test]
fn never_rise_above_a_thousand_times_the_base() {
    type Update = <Runtime as pallet_transaction_payment::Config>::FeeMultiplierUpdate;
    development().execute_with(|| {
        let full = block::NORMAL_SHARE * block::MAX_WEIGHT;
        System::set_block_consumed_resources(full, 0);
        let greatest = FixedU128::from_u32(1_000);
        assert_eq!(<Update as MultiplierUpdate>::max(), greatest);
        assert_eq!(Update::convert(greatest), greatest);
        // What a day of such blocks costs who fills them.
        let bytes = Balance::from(block::NORMAL_SHARE * block::MAX_LENGTH) * fee::PER_BYTE;
        assert!(greatest.saturating_mul_int(bytes) * Balance::from(DAYS) > 100_000_000 * TLK);
    });
}

#[test]
fn rise_while_blocks_are_full() {
    type Update = <Runtime as pallet_transaction_payment::Config>::FeeMultiplierUpdate;
    development().execute_with(|| {
        let full = block::NORMAL_SHARE * block::MAX_WEIGHT;
        System::set_block_consumed_resources(full, 0);
        assert!(Update::convert(FixedU128::one()) > FixedU128::one());
    });
}
