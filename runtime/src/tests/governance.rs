use super::*;
use crate::{
    configs::{BlockWeights, PAUSABLE},
    constants::{governance, time::DAYS},
    genesis::testnet,
};
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

/// A development chain on which a listed call has to wait for `delay` blocks.
fn with_delay(delay: BlockNumber) -> TestExternalities {
    let mut genesis = genesis_config(crate::genesis::development::NAME);
    genesis["enactment"]["delay"] = delay.into();
    chain_of(genesis)
}

fn list(call: &RuntimeCall) -> RuntimeCall {
    motion(talka_pallet_enactment::Call::list { call_hash: BlakeTwo256::hash_of(call) })
}

fn enact(call: &RuntimeCall) -> RuntimeCall {
    motion(talka_pallet_enactment::Call::enact { call: Box::new(call.clone()) })
}

pub(super) fn list_and_enact(call: &RuntimeCall) -> RuntimeCall {
    motion(pallet_utility::Call::batch_all { calls: vec![list(call), enact(call)] })
}

/// Alice and Bob decide.
pub(super) fn two_thirds(index: u32, call: &RuntimeCall) {
    let results = decide(index, 2, &["//Alice", "//Bob"], call);
    assert!(results.iter().all(|result| matches!(result, Ok(Ok(())))), "{results:?}");
}

const CODE_HASH: Hash = Hash::repeat_byte(7);

fn upgrade() -> RuntimeCall {
    frame_system::Call::authorize_upgrade { code_hash: CODE_HASH }.into()
}

fn authorized() -> Option<Hash> {
    System::authorized_upgrade().map(|upgrade| *upgrade.code_hash())
}

#[test]
fn cannot_list_and_enact_a_call_as_root_at_once() {
    with_delay(4).execute_with(|| {
        two_thirds(0, &list_and_enact(&upgrade()));
        assert_eq!(authorized(), None);
        // Neither of the two has happened.
        two_thirds(1, &enact(&upgrade()));
        assert_eq!(authorized(), None);
    });
}

#[test]
fn upgrades_the_runtime_after_the_delay() {
    with_delay(4).execute_with(|| {
        two_thirds(0, &list(&upgrade()));
        let listed = System::block_number();
        two_thirds(1, &enact(&upgrade()));
        assert_eq!(authorized(), None);
        while System::block_number() < listed + 3 {
            block([]);
        }
        two_thirds(2, &enact(&upgrade()));
        assert_eq!(authorized(), Some(CODE_HASH));
    });
}

#[test]
fn takes_a_call_off_the_list_with_half_of_the_votes() {
    with_delay(4).execute_with(|| {
        two_thirds(0, &list(&upgrade()));
        let call_hash = BlakeTwo256::hash_of(&upgrade());
        two_thirds(1, &motion(talka_pallet_enactment::Call::unlist { call_hash }));
        for _ in 0..4 {
            block([]);
        }
        two_thirds(2, &enact(&upgrade()));
        assert_eq!(authorized(), None);
    });
}

#[test]
fn upgrades_a_test_chain_in_one_motion() {
    for preset in [crate::genesis::development::NAME, crate::genesis::local::NAME] {
        chain(preset).execute_with(|| {
            two_thirds(0, &list_and_enact(&upgrade()));
            assert_eq!(authorized(), Some(CODE_HASH), "{preset}");
        });
    }
}

#[test]
fn waits_two_days_on_a_test_network_before_a_call_is_enacted_as_root() {
    chain(testnet::NAME).execute_with(|| {
        assert_eq!(talka_pallet_enactment::Delay::<Runtime>::get(), 2 * DAYS);
        assert_eq!(governance::DELAY, 2 * DAYS);
    });
}

#[test]
fn lets_nobody_but_the_council_list_and_enact() {
    development().execute_with(|| {
        // A member is not the council.
        let calls = [list(&upgrade()), enact(&upgrade())].map(|call| Transaction::new("//Alice", call));
        let results = block(calls);
        assert!(results.iter().all(|result| matches!(result, Ok(Err(_)))), "{results:?}");
        assert_eq!(authorized(), None);
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

/// The names of all calls: pallet and call.
fn all_calls() -> Vec<(&'static str, String)> {
    let metadata = development().execute_with(Runtime::metadata_ir);
    let calls = metadata.pallets.into_iter().filter_map(|pallet| Some((pallet.name, pallet.calls?.ty)));
    calls
        .flat_map(|(pallet, ty)| {
            let scale_info::TypeDef::Variant(calls) = ty.type_info().type_def else { panic!("no calls") };
            calls.variants.into_iter().map(move |call| (pallet, call.name.to_string()))
        })
        .collect()
}

#[test]
fn pauses_nothing_but_what_begins_something_or_moves_money_away() {
    let calls = all_calls();
    development().execute_with(|| {
        for (pallet, call) in calls {
            let named =
                PAUSABLE.iter().any(|(name, calls)| *name == pallet && calls.contains(&call.as_str()));
            let paused = TxPause::pause(RuntimeOrigin::root(), name(pallet, &call)).is_ok();
            assert_eq!(paused, named, "{pallet}.{call}");
        }
    });
}

#[test]
fn cannot_pause_what_is_owed_the_ways_to_call_it_and_what_gives_somebody_back_its_own() {
    let calls = all_calls();
    for (pallet, call) in [
        ("Poco", "commit"),
        ("Poco", "reveal"),
        ("Poco", "heartbeat"),
        ("Poco", "cancel_deal"),
        ("Poco", "forget_deal"),
        ("Poco", "deregister"),
        ("Poco", "set_duty_key"),
        ("Marketplace", "withdraw_app"),
        ("Marketplace", "withdraw_pool"),
        ("Proxy", "proxy"),
        ("Utility", "batch"),
        ("Multisig", "as_multi"),
        ("Stake", "unbond"),
        ("Stake", "withdraw"),
        ("Validators", "release"),
        ("Bridge", "attest"),
        ("Bridge", "set_attester"),
        ("Orders", "cancel_order"),
        ("Session", "set_keys"),
        ("Council", "vote"),
        ("Enactment", "unlist"),
        ("TxPause", "unpause"),
        ("Timestamp", "set"),
        ("Babe", "report_equivocation_unsigned"),
    ] {
        assert!(calls.contains(&(pallet, call.to_string())), "{pallet}.{call} is not there");
        assert!(
            !PAUSABLE.iter().any(|(name, calls)| *name == pallet && calls.contains(&call)),
            "{pallet}.{call}"
        );
    }
}

#[test]
fn knows_every_call_that_it_can_pause() {
    let calls = all_calls();
    for (pallet, names) in PAUSABLE {
        for call in names {
            assert!(calls.contains(&(pallet, call.to_string())), "{pallet}.{call}");
        }
    }
}

#[test]
fn has_no_pallet_that_makes_a_key_root() {
    let metadata = development().execute_with(Runtime::metadata_ir);
    assert!(metadata.pallets.iter().all(|pallet| pallet.name != "Sudo"));
}

#[test]
fn keeps_everybody_from_destroying_money() {
    development().execute_with(|| {
        let before = Balances::total_issuance();
        let burn = pallet_balances::Call::burn { value: currency(), keep_alive: true };
        let refused = frame_system::Error::<Runtime>::CallFiltered.into();
        assert_eq!(block([Transaction::new("//Eve", burn)]), [Ok(Err(refused))]);
        assert_eq!(Balances::total_issuance(), before);
    });
}

#[test]
fn leaves_room_for_a_motion_in_a_block() {
    let largest =
        <Runtime as pallet_collective::Config<pallet_collective::Instance1>>::MaxProposalWeight::get();
    assert!(largest.all_lte(BlockWeights::get().max_block));
    assert!(largest.all_gte(Weight::from_parts(1, 0)));
    assert!(governance::MAX_NAME as usize > "report_equivocation_unsigned".len());
}
