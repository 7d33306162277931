//! Contracts on Ethereum that buy tasks: from a deposit with an order to the answer in the outbox, and the money back.

use super::{
    market::{done, market, APP_PRICE, POOL_PRICE, WORKERS},
    *,
};
use crate::constants::{
    currency::{EXISTENTIAL_DEPOSIT, STORAGE, TLK},
    fee, gateway,
};
use sp_runtime::traits::Dispatchable;
use talka_pallet_bridge::{AllTotals, CreditedDeposits, OutboxRoot};
use talka_pallet_gateway::{Calls, ShownManifest};
use talka_primitives::{
    audit::Assurance,
    bridge::{
        deposits::follow, keccak_256, Contracts, Deposit, EthereumAddress, Frontier, Limits, Message,
        Outcome as Ended, ResultBody, ResultMessage, Withdrawal,
    },
    deposit,
    gateway::{call_id, Order, Progress, NOTHING_KNOWN},
    manifest::{Blob, Callback, ExitStatus, Manifest, MAX_MANIFEST_BYTES, WASM_ABI},
    traits::Outbox as _,
    AppId, CallId, CategoryId, ContentId, DealId, PoolId, TaskId, Trust,
};

const CONTRACTS: Contracts =
    Contracts { chain_id: 31_337, vault: EthereumAddress([0xaa; 20]), gateway: EthereumAddress([0xbb; 20]) };
/// The contract that orders.
const CONTRACT: EthereumAddress = EthereumAddress([7; 20]);
const TASK: TaskId = TaskId { deal: DealId(0), index: 0 };
const AMOUNT: Balance = 100 * TLK;

fn order() -> Order {
    Order {
        requester: CONTRACT,
        app: AppId(0),
        dataset: None,
        pool: Some(PoolId(0)),
        category: CategoryId(0),
        trust: Trust(4),
        arguments: Default::default(),
        parameter: "10".try_into().unwrap(),
    }
}

/// What the app gave.
fn result() -> Manifest {
    let blob = Blob::of(b"");
    Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 1,
        memory_used: 65_536,
        fingerprint: [4; 32],
        listing: Blob { size: 2, content: ContentId([3; 32]) },
        callback: Some(Callback::of(b"payload")),
        stdout: blob,
        stderr: blob,
    }
}

/// A market, and a bridge to these contracts.
fn open() {
    market();
    let name = talka_pallet_bridge::Call::set_contracts { contracts: CONTRACTS };
    RuntimeCall::from(name).dispatch(RuntimeOrigin::root()).unwrap();
}

/// All validators attest to one more deposit, and a stranger has it credited, for no fee.
fn deposited(amount: Balance, order: &Order) -> CallId {
    let before = CreditedDeposits::<Runtime>::get();
    let deposit = Deposit {
        nonce: before.deposits,
        sender: CONTRACTS.gateway,
        to: [9; 32],
        amount,
        message: order.message(),
    };
    let after = follow(before, std::slice::from_ref(&deposit)).unwrap();
    for validator in Session::validators() {
        let attest = talka_pallet_bridge::Call::attest { attestation: after };
        RuntimeCall::from(attest).dispatch(RuntimeOrigin::signed(validator)).unwrap();
    }
    let paid = balance("//Eve");
    done("//Eve", talka_pallet_bridge::Call::credit { deposits: vec![deposit].try_into().unwrap() });
    assert_eq!(balance("//Eve"), paid);
    call_id(CONTRACTS.chain_id, CONTRACTS.gateway, before.deposits)
}

/// A stranger reports a call, for no fee.
fn report(call: CallId, manifest: ShownManifest) {
    let paid = balance("//Eve");
    done("//Eve", talka_pallet_gateway::Call::report { call, manifest });
    assert_eq!(balance("//Eve"), paid);
}

fn payer() -> AccountId {
    Gateway::account_of(CONTRACT).unwrap()
}

/// The root that these messages make, in their order.
fn root_of(messages: &[Message]) -> [u8; 32] {
    let mut tree = Frontier::default();
    for message in messages {
        assert_eq!(tree.append(message.leaf(&CONTRACTS), |_| ()), Some(message.index()));
    }
    tree.root(|_| ())
}

/// What was credited is there, or was withdrawn: nothing is made or lost.
fn check(issued: Balance) {
    let totals = AllTotals::<Runtime>::get();
    assert_eq!(Balances::total_issuance(), issued + totals.credited - totals.withdrawn);
    Gateway::do_try_state().unwrap();
    Marketplace::do_try_state().unwrap();
}

#[test]
fn sells_a_task_to_a_contract_answers_it_and_sends_back_what_is_left() {
    development().execute_with(|| {
        open();
        let issued = Balances::total_issuance();
        let sellers = ["//Provider", "//Operator"].map(balance);
        let call = deposited(AMOUNT, &order());
        assert_eq!(Calls::<Runtime>::get(call).unwrap().deal, Some(DealId(0)));
        assert_eq!(Balances::total_balance(&payer()), AMOUNT - gateway::ANSWER_PRICE);
        check(issued);

        assert!(!Gateway::call(call).unwrap().progress.is_over());
        execute(&WORKERS, &[TASK], result().digest());
        assert!(Gateway::call(call).unwrap().progress.is_over());
        report(call, result().encode().try_into().unwrap());

        // The task was audited, and its auditor has as much as it costs.
        let price = 2 * (APP_PRICE + POOL_PRICE);
        let remembered = talka_pallet_marketplace::Deals::<Runtime>::get(DealId(0)).unwrap().deposit.amount;
        let spent = price + gateway::ANSWER_PRICE + Bridge::price();
        let back = AMOUNT - spent - remembered - EXISTENTIAL_DEPOSIT;
        let body = ResultBody {
            call: call.0,
            outcome: Ended::Completed,
            assurance: Assurance::Adjudicated,
            // Nobody has worked alone yet: nothing is known of that.
            error_bound: NOTHING_KNOWN,
            digest: result().digest(),
            payload_hash: keccak_256(b"payload"),
        };
        let messages = [
            Message::Result(ResultMessage { index: 0, body }),
            Message::Withdrawal(Withdrawal { index: 1, to: CONTRACT, amount: back, tip: 0 }),
        ];
        assert_eq!(OutboxRoot::<Runtime>::get(), root_of(&messages));
        assert_eq!(
            (Gateway::call(call), Balances::total_balance(&payer())),
            (None, remembered + EXISTENTIAL_DEPOSIT)
        );
        assert_eq!(balance("//Provider") - sellers[0], APP_PRICE);
        assert!(balance("//Operator") > sellers[1]);
        check(issued);
    });
}

#[test]
fn sends_everything_back_where_nobody_works() {
    development().execute_with(|| {
        open();
        let issued = Balances::total_issuance();
        for worker in WORKERS {
            done(worker, talka_pallet_poco::Call::go_offline {});
        }
        let call = deposited(AMOUNT, &order());
        talka_pallet_poco::Retention::<Runtime>::put(0);
        let deadline = talka_pallet_marketplace::Deals::<Runtime>::get(DealId(0)).unwrap().deadline;
        while System::block_number() <= deadline + 2 {
            block([]);
        }
        // The chain has forgotten the deal already.
        assert_eq!(Gateway::call(call).unwrap().progress, Progress::Lost);
        report(call, Default::default());
        let back = AMOUNT - gateway::ANSWER_PRICE - Bridge::price();
        assert_eq!((AllTotals::<Runtime>::get().withdrawn, Balances::total_balance(&payer())), (back, 0));
        check(issued);
    });
}

#[test]
fn answers_at_once_what_cannot_be_bought() {
    development().execute_with(|| {
        open();
        let issued = Balances::total_issuance();
        let call = deposited(2 * TLK, &Order { app: AppId(7), ..order() });
        assert_eq!((Gateway::call(call), Balances::total_balance(&payer())), (None, 0));
        let body = ResultBody {
            call: call.0,
            outcome: Ended::Failed,
            assurance: Assurance::Unverified,
            error_bound: NOTHING_KNOWN,
            digest: Default::default(),
            payload_hash: keccak_256(b""),
        };
        let amount = 2 * TLK - gateway::ANSWER_PRICE - Bridge::price();
        let messages = [
            Message::Result(ResultMessage { index: 0, body }),
            Message::Withdrawal(Withdrawal { index: 1, to: CONTRACT, amount, tip: 0 }),
        ];
        assert_eq!(OutboxRoot::<Runtime>::get(), root_of(&messages));
        check(issued);
    });
}

#[test]
fn sends_in_parts_what_is_above_the_limit_of_a_withdrawal() {
    development().execute_with(|| {
        open();
        let limits = Limits { withdrawal: 5 * TLK, ..crate::constants::bridge::LIMITS };
        RuntimeCall::from(talka_pallet_bridge::Call::set_limits { limits })
            .dispatch(RuntimeOrigin::root())
            .unwrap();
        deposited(12 * TLK, &Order { app: AppId(7), ..order() });
        done("//Eve", talka_pallet_gateway::Call::sweep { requester: CONTRACT });
        done("//Eve", talka_pallet_gateway::Call::sweep { requester: CONTRACT });
        assert_eq!(AllTotals::<Runtime>::get().backed(), gateway::ANSWER_PRICE + 3 * Bridge::price());
        assert_eq!(Balances::total_balance(&payer()), 0);
    });
}

#[test]
fn asks_more_for_an_answer_than_its_work_would_cost() {
    use talka_pallet_gateway::WeightInfo;
    type Weights = <Runtime as talka_pallet_gateway::Config>::WeightInfo;
    development().execute_with(|| {
        let report = Weights::report(MAX_MANIFEST_BYTES as u32);
        let work = TransactionPayment::weight_to_fee(Weights::receive().saturating_add(report));
        assert!(work + fee::BASE < gateway::ANSWER_PRICE, "{work}");
    });
}

#[test]
fn looks_at_nothing_for_which_nothing_can_be_bought() {
    let deposits = STORAGE.of(deposit::deal(0, 1)) + STORAGE.of(deposit::CALL);
    assert!(deposits > gateway::LEAST_AMOUNT);
    // What comes back last is worth a claim.
    assert!(STORAGE.of(deposit::deal(0, 1)) > gateway::LEAST_RETURN + EXISTENTIAL_DEPOSIT);
}
