use super::*;
use crate::constants::{
    currency::{EXISTENTIAL_DEPOSIT, MILLI_TLK},
    fee,
    market::audit_fund,
};
use frame_support::assert_ok;
use pallet_transaction_payment::MultiplierUpdate;
use sp_runtime::{
    traits::{Convert, One},
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    FixedU128,
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

#[test]
fn go_to_the_author_and_nothing_is_lost() {
    development().execute_with(|| {
        let (issued, alice, bob) = (Balances::total_issuance(), balance("//Alice"), balance("//Bob"));
        assert_ok!(block([Transaction::new("//Bob", transfer("//Charlie", 5))])[0]);
        assert_eq!(balance("//Alice") - alice, bob - balance("//Bob") - 5);
        assert_eq!(Balances::total_issuance(), issued);
    });
}

#[test]
fn go_to_the_audit_fund_where_the_author_has_no_account() {
    development().execute_with(|| {
        // Alice makes the block, has nothing, and cannot be given less than the least balance.
        let fund = Balances::balance(&audit_fund());
        <Balances as frame_support::traits::fungible::Mutate<_>>::set_balance(&account("//Alice"), 0);
        begin_block();
        let credit =
            <Balances as frame_support::traits::fungible::Balanced<_>>::issue(EXISTENTIAL_DEPOSIT - 1);
        <configs::AuthorOrFund as frame_support::traits::OnUnbalanced<_>>::on_unbalanced(credit);
        assert_eq!(balance("//Alice"), 0);
        assert_eq!(Balances::balance(&audit_fund()) - fund, EXISTENTIAL_DEPOSIT - 1);
    });
}

#[test]
fn keep_dust_in_the_audit_fund() {
    development().execute_with(|| {
        let (issued, fund) = (Balances::total_issuance(), Balances::balance(&audit_fund()));
        let newcomer = "//Newcomer";
        assert_ok!(block([Transaction::new("//Bob", transfer(newcomer, 20 * MILLI_TLK))])[0]);
        let all_but_dust = pallet_balances::Call::force_transfer {
            source: account(newcomer).into(),
            dest: account("//Bob").into(),
            value: 20 * MILLI_TLK - EXISTENTIAL_DEPOSIT + 1,
        };
        let call = pallet_sudo::Call::sudo { call: Box::new(all_but_dust.into()) };
        assert_ok!(block([Transaction::new("//Alice", call)])[0]);
        assert_eq!(balance(newcomer), 0);
        assert_eq!(Balances::balance(&audit_fund()) - fund, EXISTENTIAL_DEPOSIT - 1);
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
fn rise_while_blocks_are_full() {
    type Update = <Runtime as pallet_transaction_payment::Config>::FeeMultiplierUpdate;
    development().execute_with(|| {
        let full = crate::constants::block::NORMAL_SHARE * crate::constants::block::MAX_WEIGHT;
        System::set_block_consumed_resources(full, 0);
        assert!(Update::convert(FixedU128::one()) > FixedU128::one());
    });
}
