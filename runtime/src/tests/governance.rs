use super::*;
use crate::{configs::BlockWeights, constants::governance, genesis::testnet};
use frame_support::{dispatch::GetDispatchInfo, weights::Weight};
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use talka_pallet_validators::ElectionRules;
use talka_primitives::election::Rules;

/// What the council does with a call.
fn motion(call: impl Into<RuntimeCall>) -> RuntimeCall {
    call.into()
}

fn propose(by: &str, threshold: u32, call: &RuntimeCall) -> Transaction {
    let length_bound = call.encoded_size() as u32;
    let proposal = Box::new(call.clone());
    Transaction::new(by, pallet_collective::Call::propose { threshold, proposal, length_bound })
}

fn vote(by: &str, index: u32, call: &RuntimeCall, approve: bool) -> Transaction {
    let proposal = BlakeTwo256::hash_of(call);
    Transaction::new(by, pallet_collective::Call::vote { proposal, index, approve })
}

fn close(by: &str, index: u32, call: &RuntimeCall) -> Transaction {
    Transaction::new(
        by,
        pallet_collective::Call::close {
            proposal_hash: BlakeTwo256::hash_of(call),
            index,
            proposal_weight_bound: call.get_dispatch_info().call_weight,
            length_bound: call.encoded_size() as u32,
        },
    )
}

/// Alice proposes, these agree, and the motion is closed.
fn decide(index: u32, threshold: u32, agree: &[&str], call: &RuntimeCall) -> Vec<ApplyExtrinsicResult> {
    let votes = agree.iter().map(|who| vote(who, index, call, true));
    let calls: Vec<_> = [propose("//Alice", threshold, call)]
        .into_iter()
        .chain(votes)
        .chain([close("//Alice", index, call)])
        .collect();
    block(calls)
}

fn rules() -> Rules {
    ElectionRules::<Runtime>::get()
}

#[test]
fn takes_two_thirds_of_the_council_to_set_rules_and_categories() {
    development().execute_with(|| {
        let call = motion(talka_pallet_validators::Call::set_rules { rules: Rules { seats: 7, ..rules() } });
        decide(0, 2, &["//Alice", "//Bob"], &call);
        assert_eq!(rules().seats, 7);

        let category = Marketplace::categories()[0].item.clone();
        let call = motion(talka_pallet_marketplace::Call::set_category {
            id: talka_primitives::CategoryId(9),
            category,
        });
        decide(1, 2, &["//Alice", "//Charlie"], &call);
        assert_eq!(Marketplace::categories().len(), 6);
    });
}

#[test]
fn is_not_decided_by_one_member_or_by_strangers() {
    development().execute_with(|| {
        let before = rules();
        let call = motion(talka_pallet_validators::Call::set_rules { rules: Rules { seats: 7, ..before } });
        // A threshold of one executes at once, with the weight of one vote of three.
        block([propose("//Bob", 1, &call)]);
        assert_eq!(rules(), before);
        let results = block([
            propose("//Eve", 2, &call),
            Transaction::new("//Bob", talka_pallet_validators::Call::set_rules { rules: before }),
        ]);
        assert!(results.iter().all(|result| matches!(result, Ok(Err(_)))), "{results:?}");
    });
}

#[test]
fn upgrades_the_runtime_in_one_motion_of_two_thirds() {
    development().execute_with(|| {
        let code_hash = Hash::repeat_byte(7);
        let authorize = RuntimeCall::from(frame_system::Call::authorize_upgrade { code_hash });
        let call = motion(pallet_utility::Call::batch_all {
            calls: vec![
                pallet_whitelist::Call::whitelist_call { call_hash: BlakeTwo256::hash_of(&authorize) }.into(),
                pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage {
                    call: Box::new(authorize.clone()),
                }
                .into(),
            ],
        });
        decide(0, 2, &["//Alice", "//Bob"], &call);
        let authorized = System::authorized_upgrade().map(|upgrade| *upgrade.code_hash());
        assert_eq!(authorized, Some(code_hash));

        // Without having been on the list, the same call only waits for it.
        let call = motion(pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage {
            call: Box::new(frame_system::Call::authorize_upgrade { code_hash: Hash::zero() }.into()),
        });
        decide(1, 2, &["//Alice", "//Bob"], &call);
        let authorized = System::authorized_upgrade().map(|upgrade| *upgrade.code_hash());
        assert_eq!(authorized, Some(code_hash));
    });
}

fn name(pallet: &str, call: &str) -> pallet_tx_pause::RuntimeCallNameOf<Runtime> {
    (pallet.as_bytes().to_vec().try_into().unwrap(), call.as_bytes().to_vec().try_into().unwrap())
}

#[test]
fn pauses_calls_in_an_emergency_and_ends_the_pause() {
    development().execute_with(|| {
        let full_name = name("Stake", "bond");
        let bond = || Transaction::new("//Eve", talka_pallet_stake::Call::bond { amount: currency() });
        let pause = motion(pallet_tx_pause::Call::pause { full_name: full_name.clone() });
        decide(0, 2, &["//Bob", "//Charlie"], &pause);
        assert_eq!(block([bond()]), [Ok(Err(frame_system::Error::<Runtime>::CallFiltered.into()))]);
        let unpause = motion(pallet_tx_pause::Call::unpause { ident: full_name });
        decide(1, 2, &["//Bob", "//Charlie"], &unpause);
        assert_eq!(block([bond()]), [Ok(Ok(()))]);
    });
}

fn currency() -> Balance {
    crate::constants::currency::TLK
}

#[test]
fn cannot_pause_what_workers_owe_or_what_ends_a_pause() {
    development().execute_with(|| {
        for (pallet, call) in [
            ("Poco", "commit"),
            ("Poco", "reveal"),
            ("Poco", "heartbeat"),
            ("Council", "vote"),
            ("TxPause", "unpause"),
            ("Timestamp", "set"),
            ("Babe", "report_equivocation_unsigned"),
        ] {
            let refused = TxPause::pause(RuntimeOrigin::root(), name(pallet, call));
            assert!(refused.is_err(), "{pallet}.{call}");
        }
        assert!(TxPause::pause(RuntimeOrigin::root(), name("Poco", "go_online")).is_ok());
    });
}

#[test]
fn knows_every_pallet_that_it_keeps_from_being_paused() {
    let metadata = development().execute_with(Runtime::metadata_ir);
    let names: Vec<_> = metadata.pallets.iter().map(|pallet| pallet.name).collect();
    for name in [
        "System",
        "Timestamp",
        "Babe",
        "Grandpa",
        "Session",
        "Council",
        "Whitelist",
        "TxPause",
        "Sudo",
        "Poco",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn has_no_root_on_a_test_network() {
    chain(testnet::NAME).execute_with(|| {
        let call = RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
        let refused = Sudo::sudo(RuntimeOrigin::signed(account("//Alice")), Box::new(call));
        assert!(refused.is_err());
    });
}

#[test]
fn leaves_room_for_a_motion_in_a_block() {
    let largest =
        <Runtime as pallet_collective::Config<pallet_collective::Instance1>>::MaxProposalWeight::get();
    assert!(largest.all_lte(BlockWeights::get().max_block));
    assert!(largest.all_gte(Weight::from_parts(1, 0)));
    assert!(governance::MAX_NAME as usize > "dispatch_whitelisted_call_with_preimage".len());
}
