//! What try-runtime checks of an upgrade: each migration before and after it ran, and every pallet's state.

use super::*;
use crate::migrations::successor::RaiseLeastStake;
use frame_support::traits::{
    GetStorageVersion, OnRuntimeUpgrade, StorageVersion, TryState, TryStateSelect, UpgradeCheckSelect,
};
use talka_pallet_validators::ElectionRules;

/// A chain in whose state there is something of everything.
fn lived_in() -> TestExternalities {
    let mut chain = development();
    chain.execute_with(|| {
        let bond = |who: &str| {
            Transaction::new(
                who,
                talka_pallet_stake::Call::bond { amount: 5 * crate::constants::currency::TLK },
            )
        };
        block([bond("//Eve"), bond("//Ferdie")]);
        block([Transaction::new("//Eve", talka_pallet_stake::Call::unbond { amount: 1_000_000_000 })]);
    });
    chain
}

#[test]
fn of_this_release_leave_every_pallet_in_order() {
    lived_in().execute_with(|| {
        let weight = Executive::try_runtime_upgrade(UpgradeCheckSelect::All).unwrap();
        assert!(weight.all_lte(crate::configs::BlockWeights::get().max_block), "{weight}");
    });
}

#[test]
fn are_told_of_a_state_that_is_not_in_order() {
    lived_in().execute_with(|| {
        ElectionRules::<Runtime>::mutate(|rules| rules.seats = 0);
        assert!(Executive::try_runtime_upgrade(UpgradeCheckSelect::All).is_err());
    });
}

#[test]
fn of_the_next_release_run_once() {
    lived_in().execute_with(|| {
        let before = ElectionRules::<Runtime>::get().min_stake;
        for _ in 0..2 {
            RaiseLeastStake::try_on_runtime_upgrade(true).unwrap();
            assert_eq!(ElectionRules::<Runtime>::get().min_stake, before + crate::constants::currency::TLK);
        }
        assert_eq!(Validators::on_chain_storage_version(), StorageVersion::new(1));
        let (number, all) = (System::block_number(), TryStateSelect::All);
        <AllPalletsWithSystem as TryState<BlockNumber>>::try_state(number, all).unwrap();
    });
}
