use super::*;
use crate::{
    configs::BlockWeights,
    constants::{block, consensus, currency, market, time},
    genesis::preset_names,
};
use codec::MaxEncodedLen;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::{ConstU32, Get, GetStorageVersion, StorageVersion},
    weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
};
use sp_runtime::{BoundedVec, Perbill, Saturating};
use talka_pallet_orders::{weights::Cost, WeightInfo};
use talka_primitives::{ContentId, Digest, ResultHash, Seal, TaskId};

fn largest_call() -> Weight {
    BlockWeights::get().get(DispatchClass::Normal).max_extrinsic.unwrap()
}

fn fits(call: impl Into<RuntimeCall>) -> bool {
    let length = block::NORMAL_SHARE * block::MAX_LENGTH;
    let call = call.into();
    call.get_dispatch_info().call_weight.all_lte(largest_call()) && (call.encoded_size() as u32) < length
}

fn full_batch<Item: Clone>(item: Item) -> BoundedVec<Item, ConstU32<{ market::MAX_BATCH }>> {
    vec![item; market::MAX_BATCH as usize].try_into().ok().unwrap()
}

#[test]
fn leaves_room_for_the_largest_duty_beside_the_hook_and_ordinary_calls() {
    let used = block::HOOK_SHARE.saturating_add(block::NORMAL_SHARE);
    assert!(used <= Perbill::from_percent(90), "{used:?}");
    let weights = BlockWeights::get();
    let duties = weights.get(DispatchClass::Operational);
    let extensions = WEIGHT_REF_TIME_PER_MILLIS;
    let largest = Poco::largest_duty().saturating_add(duties.base_extrinsic).ref_time() + extensions;
    assert!(largest <= duties.reserved.unwrap().ref_time(), "{largest}");
}

#[test]
fn gives_the_author_time_for_a_full_block() {
    let seconds = block::MAX_WEIGHT.ref_time() as f64 / 1e12;
    assert!(seconds * 1_000.0 <= time::SLOT_DURATION as f64 * 2.0 / 3.0);
}

#[test]
fn makes_blocks_at_least_every_three_seconds() {
    for preset in preset_names() {
        chain(&preset).execute_with(|| {
            assert!(Babe::slot_duration() <= 3_000, "{preset}");
            assert_eq!(u64::from(time::MINUTES) * Babe::slot_duration(), 60_000, "{preset}");
        });
    }
}

#[test]
fn fits_a_full_batch_into_a_block() {
    let task = TaskId::default();
    let commitments =
        full_batch(talka_pallet_poco::Commitment { task, result: ResultHash([1; 32]), seal: Seal([2; 32]) });
    assert!(fits(talka_pallet_poco::Call::commit { commitments }));
    let reveals = full_batch(talka_pallet_poco::Reveal { task, digest: Digest([3; 32]) });
    assert!(fits(talka_pallet_poco::Call::reveal { reveals }));
}

#[test]
fn fits_the_largest_app_into_a_block() {
    let uri: talka_primitives::asset::Uri = vec![b'x'; 256].try_into().unwrap();
    assert!(fits(talka_pallet_marketplace::Call::publish_app {
        name: vec![b'x'; 64].try_into().unwrap(),
        runtime: talka_primitives::RuntimeClass::Oci,
        content: ContentId([1; 32]),
        uris: vec![uri; 4].try_into().unwrap(),
        topic: talka_primitives::Topic::Other,
        tags: Default::default(),
        description: vec![b'x'; 512].try_into().unwrap(),
        price: Some(1),
    }));
}

#[test]
fn keeps_stake_liable_longer_than_any_deal_can_take() {
    let deal: BlockNumber = <Runtime as talka_pallet_marketplace::Config>::MaxDuration::get();
    let reveal: BlockNumber = <Runtime as talka_pallet_poco::Config>::RevealPeriod::get();
    let unbonding: BlockNumber = <Runtime as talka_pallet_stake::Config>::UnbondingPeriod::get();
    assert!(unbonding > deal + reveal);
}

#[test]
fn leaves_room_for_a_task_of_each_category_in_a_deal() {
    use talka_primitives::{audit::Assurance, deal::min_duration};
    type Market = <Runtime as talka_pallet_marketplace::Config>::Periods;
    for preset in preset_names() {
        chain(&preset).execute_with(|| {
            for category in Marketplace::categories() {
                let least = min_duration(&category.item, Assurance::Adjudicated, Market::get());
                assert!(least <= market::MAX_DEAL_DURATION / 4, "{preset}: {least}");
            }
        });
    }
}

#[test]
fn notices_a_dead_worker_early_in_a_long_task() {
    // Three missed heartbeats make a worker absent; without them an hour's task would wait for its deadline.
    let period: BlockNumber = <Runtime as talka_pallet_poco::Config>::HeartbeatPeriod::get();
    assert!(3 * period <= time::HOURS / 10);
}

#[test]
fn asks_for_a_bond_that_keeps_the_account_alive() {
    let least: Balance = <Runtime as pallet_balances::Config>::ExistentialDeposit::get();
    let bond: Balance = <Runtime as talka_pallet_stake::Config>::MinBond::get();
    assert!(least > 0 && bond >= least);
}

/// It compiles for pallets only that declare a version.
fn version_of<P: GetStorageVersion<InCodeStorageVersion = StorageVersion>>() -> StorageVersion {
    P::in_code_storage_version()
}

#[test]
fn declares_in_which_form_each_pallet_of_ours_stores_its_state() {
    let declared = [
        version_of::<Stake>(),
        version_of::<Marketplace>(),
        version_of::<Poco>(),
        version_of::<Groups>(),
        version_of::<Orders>(),
        version_of::<Validators>(),
        version_of::<Audit>(),
        version_of::<Enactment>(),
        version_of::<Bridge>(),
        version_of::<Gateway>(),
    ];
    assert_eq!(declared, [StorageVersion::new(0); 10]);
}

#[test]
fn keeps_the_stakes_of_a_disputed_task_bonded_until_its_juries_have_ended() {
    // The longest task is agreed on in the block of the deadline, audited, and judged twice.
    for category in crate::genesis::testnet::start().categories {
        let execution = category.run_time + market::COMMIT_GRACE;
        let after = execution + 2 * (execution + market::REVEAL_PERIOD) + market::REVEAL_PERIOD;
        assert!(market::MAX_DEAL_DURATION + after < market::UNBONDING_PERIOD, "{:?}", category.name);
    }
}

#[test]
fn prices_storage_by_the_byte() {
    assert!(currency::deposit(1, 0) > currency::EXISTENTIAL_DEPOSIT);
    assert_eq!(currency::deposit(2, 10), 2 * currency::deposit(1, 5));
}

#[test]
fn fits_the_largest_match_and_the_largest_group_call_into_a_block() {
    let weight = <Runtime as talka_pallet_orders::Config>::WeightInfo::match_orders(Cost {
        bytes: talka_primitives::order::Match::<AccountId, Signature>::max_encoded_len() as u32,
        signed: 4,
        published: 0,
        groups: 8,
        counts_workers: true,
    });
    assert!(weight.all_lte(largest_call()));
    // Hundreds of the largest in a block of two thirds of two seconds.
    assert!(weight.ref_time() <= 2 * WEIGHT_REF_TIME_PER_MILLIS, "{weight}");
    let members = full_batch(AccountId::from([1; 32]));
    assert!(fits(talka_pallet_groups::Call::add_members { group: Default::default(), members }));
}

#[test]
fn fits_all_deposits_that_are_accepted_at_once_into_a_block() {
    use talka_primitives::bridge::{Deposit, EthereumAddress, MAX_AHEAD, MAX_MESSAGE};
    let deposit = Deposit {
        nonce: 0,
        sender: EthereumAddress([1; 20]),
        to: [2; 32],
        amount: 1,
        message: vec![3; MAX_MESSAGE as usize],
    };
    let deposits: talka_pallet_bridge::Batch = vec![deposit; MAX_AHEAD as usize].try_into().unwrap();
    assert!(fits(talka_pallet_bridge::Call::credit { deposits }));
}

#[test]
fn takes_no_deposit_that_cannot_be_given_back() {
    let least = currency::EXISTENTIAL_DEPOSIT;
    let deposits = [
        market::ORDER_DEPOSIT,
        market::ORDER_ENTRY_DEPOSIT,
        market::GROUP_DEPOSIT,
        market::MEMBER_DEPOSIT,
        market::REGISTRATION_DEPOSIT,
        market::DUTY_KEY_DEPOSIT,
        currency::STORAGE.of(talka_primitives::deposit::CALL),
    ];
    assert!(deposits.iter().all(|one| *one >= least));
}

#[test]
fn fills_no_gigabyte_of_state_with_less_than_a_million() {
    use talka_primitives::deposit;
    let price = currency::STORAGE;
    for footprint in [
        deposit::asset(0),
        deposit::asset(1_600),
        deposit::pool(0),
        deposit::deal(300, 1),
        deposit::deal(9_000, 10_000),
        deposit::REGISTRATION,
        deposit::DUTY_KEY,
        deposit::ADMISSION,
        deposit::MEMBERSHIP,
        deposit::ENTRY,
        deposit::CALL,
        deposit::MEMBER,
    ] {
        let gigabyte = (1 << 30) / Balance::from(footprint.bytes);
        assert!(gigabyte * price.of(footprint) > 1_000_000 * currency::TLK, "{footprint:?}");
    }
}

#[test]
fn asks_for_the_deposits_that_the_documentation_names() {
    use talka_primitives::deposit;
    let text = include_str!("../../../docs/protocol/money.md");
    let of = |footprint| format!("{:.2}", currency::STORAGE.of(footprint) as f64 / currency::TLK as f64);
    for (row, footprint) in [
        ("an app, a dataset", deposit::asset(0)),
        ("a pool", deposit::pool(0)),
        ("an account that is admitted to a pool", deposit::ADMISSION),
        ("a membership in a pool", deposit::MEMBERSHIP),
        ("the record of a worker that was online", deposit::REGISTRATION),
        ("the key that acts for a worker", deposit::DUTY_KEY),
        // One without a dataset, arguments or a list of parameters, in category XS.
        ("a deal", deposit::deal(333, 0)),
        ("a published order", deposit::PUBLICATION),
        ("that an order was used, cancelled or published", deposit::ENTRY),
        ("a call from Ethereum", deposit::CALL),
        ("a group", deposit::GROUP),
        ("a member of a group", deposit::MEMBER),
    ] {
        let line = format!("| {row} | {}", of(footprint));
        assert!(text.contains(&line), "{line}");
    }
    let task = Balance::abs_diff(
        currency::STORAGE.of(deposit::deal(0, 1)),
        currency::STORAGE.of(deposit::deal(0, 0)),
    );
    assert_eq!(task, 220 * currency::MILLI_TLK);
    assert!(text.contains("0.22 for each task"));
}

#[test]
fn remembers_deals_for_longer_than_the_agenda_names_their_tasks() {
    for category in crate::genesis::testnet::start().categories {
        let execution = category.run_time + market::COMMIT_GRACE;
        assert!(2 * execution + market::REVEAL_PERIOD < market::LEAST_RETENTION, "{:?}", category.name);
    }
}

#[test]
fn lets_a_deal_be_made_as_long_as_an_order_lives() {
    let life: BlockNumber = <Runtime as talka_pallet_orders::Config>::MaxLife::get();
    let deal: BlockNumber = <Runtime as talka_pallet_marketplace::Config>::MaxDuration::get();
    assert!(life >= deal);
}

#[test]
fn mints_nothing_but_what_the_constant_says() {
    development().execute_with(|| {
        let before = Balances::total_issuance();
        const BLOCKS: Balance = 70;
        for _ in 0..BLOCKS {
            block([]);
        }
        assert!(Session::current_index() > 0);
        assert_eq!(Balances::total_issuance(), before + BLOCKS * consensus::INFLATION);
    });
}
