use super::{
    market::{commitment_of, done, market, request_at, reveal, WORKERS},
    *,
};
use crate::{
    constants::{block as limits, currency::TLK, fee},
    duties::{AHEAD, LIFE, PRIORITY},
};
use frame_support::{
    assert_ok,
    dispatch::{DispatchClass, GetDispatchInfo, Pays},
    storage::transactional::with_transaction_opaque_err,
    weights::Weight,
};
use sp_runtime::{
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionTag, TransactionValidityError, ValidTransaction,
    },
    DispatchError, ModuleError, TransactionOutcome,
};
use talka_pallet_poco::Error;
use talka_primitives::Trust;

/// A chain on which a worker has a task; and which one.
fn with_a_task(test: impl FnOnce(&'static str)) {
    development().execute_with(|| {
        market();
        done("//Requester1", request_at(Trust(1)));
        begin_block();
        let is_drawn = |worker: &&str| !Poco::duties(account(worker), vec![]).execute.is_empty();
        test(WORKERS.into_iter().find(is_drawn).unwrap());
    });
}

/// What a pool is told of a transaction.
fn validate(transaction: Transaction) -> Result<ValidTransaction, TransactionValidityError> {
    let validate = || {
        let (from, parent) = (TransactionSource::External, System::parent_hash());
        TransactionOutcome::Rollback(Executive::validate_transaction(from, transaction.sign(), parent))
    };
    with_transaction_opaque_err(validate).unwrap()
}

fn apply(transaction: Transaction) -> ApplyExtrinsicResult {
    Executive::apply_extrinsic(transaction.sign())
}

fn commit(worker: &str) -> Transaction {
    Transaction::new(worker, commitment_of(worker))
}

fn remark(bytes: usize) -> frame_system::Call<Runtime> {
    frame_system::Call::remark { remark: vec![0; bytes] }
}

/// With this error of `Poco`.
fn refused(error: Error<Runtime>) -> TransactionValidityError {
    let DispatchError::Module(ModuleError { error: [number, ..], .. }) = error.into() else { panic!() };
    InvalidTransaction::Custom(number).into()
}

/// What a class has used of the block.
fn used(class: DispatchClass) -> u64 {
    System::block_weight().get(class).ref_time()
}

/// The event that ended the last transaction tells whether it paid.
fn paid() -> Pays {
    let ends = System::events().into_iter().rev().find_map(|record| match record.event {
        RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info }) => Some(dispatch_info),
        _ => None,
    });
    ends.unwrap().pays_fee
}

#[test]
fn come_before_every_paying_call_whatever_its_tip() {
    with_a_task(|worker| {
        let duty = validate(commit(worker)).unwrap();
        assert_eq!(duty.priority, PRIORITY);
        // The whole of a large account, for the smallest call.
        let tip = balance("//Alice") / 2;
        let paying = validate(Transaction::new("//Alice", remark(0)).tip(tip)).unwrap();
        assert!(tip > 1_000 * TLK && paying.priority < duty.priority, "{}", paying.priority);
        // A call that says of itself that it is urgent.
        let urgent = frame_system::Call::set_heap_pages { pages: 1 };
        let urgent = validate(Transaction::new("//Alice", urgent).tip(tip)).unwrap();
        assert!(urgent.priority < duty.priority);
    });
}

#[test]
fn live_for_some_blocks_and_travel_from_node_to_node() {
    with_a_task(|worker| {
        let duty = validate(commit(worker)).unwrap();
        assert_eq!((duty.longevity, duty.propagate), (LIFE, true));
        let paying = validate(Transaction::new("//Bob", remark(0))).unwrap();
        assert!(paying.longevity > LIFE);
    });
}

/// A pool takes a transaction only if its priority is higher than that of all with a tag in common.
#[test]
fn are_in_the_pool_once_each_however_many_transactions_a_worker_sends() {
    with_a_task(|worker| {
        let mut tags = std::collections::BTreeMap::<TransactionTag, usize>::new();
        for ahead in 0..1_000 {
            let Ok(valid) = validate(commit(worker).ahead(ahead)) else { continue };
            assert_eq!(valid.priority, PRIORITY, "another replaces it");
            valid.provides.into_iter().for_each(|tag| *tags.entry(tag).or_default() += 1);
        }
        // One tag in all of them, one more for each number; and the numbers end soon.
        assert_eq!(tags.values().filter(|count| **count > 1).count(), 1);
        assert_eq!(tags.len(), 1 + 1 + AHEAD as usize);
        let future = TransactionValidityError::from(InvalidTransaction::Future);
        assert_eq!(validate(commit(worker).ahead(AHEAD + 1)), Err(future));
        let beat = validate(Transaction::new(worker, talka_pallet_poco::Call::heartbeat {})).unwrap();
        let commitment = validate(commit(worker)).unwrap();
        let common = beat.provides.iter().filter(|tag| commitment.provides.contains(tag)).count();
        assert_eq!(common, 1, "their number, and nothing else");
    });
}

#[test]
fn keep_the_tag_by_which_a_node_finds_the_next_number_in_the_first_place() {
    with_a_task(|worker| {
        let (who, nonce) = (account(worker), System::account_nonce(account(worker)));
        let duty = validate(commit(worker)).unwrap();
        assert_eq!(duty.provides[0], (who, nonce).encode());
        assert_eq!(duty.provides.len(), 2);
    });
}

#[test]
fn take_no_fee_and_say_so() {
    with_a_task(|worker| {
        let before = balance(worker);
        assert_ok!(apply(commit(worker)).unwrap());
        assert_eq!((balance(worker), paid()), (before, Pays::No));
    });
}

#[test]
fn with_a_tip_pay_it_and_come_before_other_duties() {
    with_a_task(|worker| {
        let tip = TLK;
        let tipped = validate(commit(worker).tip(tip)).unwrap();
        assert!(tipped.priority > PRIORITY);
        let (before, author) = (balance(worker), balance("//Alice"));
        assert_ok!(apply(commit(worker).tip(tip)).unwrap());
        assert_eq!(before - balance(worker), tip);
        assert_eq!(balance("//Alice") - author, tip);
    });
}

#[test]
fn of_nobody_are_refused_and_cost_nothing() {
    with_a_task(|_| {
        let before = balance("//Eve");
        let (heartbeat, commitment) =
            (Transaction::new("//Eve", talka_pallet_poco::Call::heartbeat {}), commit("//Eve"));
        assert_eq!(apply(heartbeat), Err(refused(Error::NotOnline)));
        assert_eq!(apply(commitment), Err(refused(Error::NotAssigned)));
        assert_eq!(apply(Transaction::new("//Eve", reveal())), Err(refused(Error::NotRevealing)));
        assert_eq!(balance("//Eve"), before);
    });
}

#[test]
fn of_a_worker_are_those_of_the_key_that_it_has_named_and_that_has_agreed() {
    with_a_task(|worker| {
        let key = "//Eve";
        let sent_by = |who| Transaction::new(who, commitment_of(worker));
        let appoint = talka_pallet_poco::Call::set_duty_key { key: Some(account(key)) };
        assert_ok!(apply(Transaction::new(worker, appoint)).unwrap());
        assert_eq!(apply(sent_by(key)), Err(refused(Error::NotAssigned)), "it has not agreed");
        let agree = talka_pallet_poco::Call::act_for { worker: Some(account(worker)) };
        assert_ok!(apply(Transaction::new(key, agree)).unwrap());

        let (of_key, of_worker) = (balance(key), balance(worker));
        assert_eq!(validate(sent_by(key)).unwrap().priority, PRIORITY);
        assert_eq!(apply(sent_by("//Ferdie")), Err(refused(Error::NotAssigned)));
        assert_ok!(apply(sent_by(key)).unwrap());
        assert_eq!(paid(), Pays::No);
        assert_eq!(apply(sent_by(key)), Err(refused(Error::NotAssigned)), "it is done");
        assert_ok!(apply(Transaction::new(key, reveal())).unwrap());
        assert_eq!(balance(key), of_key);
        assert!(balance(worker) > of_worker, "who is paid is the worker");
    });
}

#[test]
fn that_are_done_are_refused_and_cost_nothing() {
    with_a_task(|worker| {
        assert_ok!(apply(commit(worker)).unwrap());
        let before = balance(worker);
        assert_eq!(apply(commit(worker)), Err(refused(Error::NotAssigned)));
        assert_eq!(balance(worker), before);
    });
}

#[test]
fn that_were_sent_before_are_outdated_not_refused() {
    with_a_task(|worker| {
        let again = commit(worker).sign();
        assert_ok!(apply(commit(worker)).unwrap());
        let outdated = TransactionValidityError::from(InvalidTransaction::Stale);
        assert_eq!(Executive::apply_extrinsic(again), Err(outdated));
    });
}

#[test]
fn inside_another_call_are_ordinary_and_paid_for() {
    with_a_task(|worker| {
        let batch = || {
            let calls = vec![RuntimeCall::from(commitment_of(worker))];
            Transaction::new(worker, pallet_utility::Call::batch { calls })
        };
        assert!(validate(batch()).unwrap().priority < PRIORITY);
        let (before, duties) = (balance(worker), used(DispatchClass::Operational));
        assert_ok!(apply(batch()).unwrap());
        assert!(before - balance(worker) > fee::BASE && paid() == Pays::Yes);
        assert_eq!(used(DispatchClass::Operational), duties);
    });
}

/// What others cannot fill must not be filled by calls that say of themselves that they are operational.
#[test]
fn have_what_is_kept_for_them_to_themselves() {
    with_a_task(|worker| {
        let call = RuntimeCall::from(frame_system::Call::set_heap_pages { pages: 1 });
        assert_eq!(call.get_dispatch_info().class, DispatchClass::Operational);
        let batch = pallet_utility::Call::batch { calls: vec![call.clone(); 10] };
        for call in [call, batch.into()] {
            let normal = used(DispatchClass::Normal);
            let _ = apply(Transaction::new("//Eve", call)).unwrap();
            assert!(used(DispatchClass::Normal) > normal);
        }
        assert_eq!(used(DispatchClass::Operational), 0);
        assert_ok!(apply(commit(worker)).unwrap());
        let done = used(DispatchClass::Operational);
        let weight = RuntimeCall::from(commitment_of(worker)).get_dispatch_info().call_weight;
        assert!(done >= weight.ref_time(), "{done}");
    });
}

#[test]
fn fit_into_a_block_that_others_have_filled() {
    with_a_task(|worker| {
        let exhausted = TransactionValidityError::from(InvalidTransaction::ExhaustsResources);
        // Bytes: until not even an empty one fits.
        let all = limits::NORMAL_SHARE * limits::MAX_LENGTH;
        for bytes in [all / 2, all / 4, all / 8, all / 16, all / 32, all / 64, all / 128, all / 1_024] {
            while apply(Transaction::new("//Alice", remark(bytes as usize))).is_ok() {}
        }
        while apply(Transaction::new("//Alice", remark(0))).is_ok() {}
        assert_eq!(apply(Transaction::new("//Bob", remark(0))), Err(exhausted));
        // Work: all that ordinary calls can have, and the rest for the chain's own.
        let all = configs::BlockWeights::get().get(DispatchClass::Normal).max_total.unwrap();
        System::register_extra_weight_unchecked(
            all.saturating_sub(*System::block_weight().get(DispatchClass::Normal)),
            DispatchClass::Normal,
        );
        System::register_extra_weight_unchecked(
            limits::MAX_WEIGHT.saturating_sub(all),
            DispatchClass::Mandatory,
        );
        assert_ok!(apply(commit(worker)).unwrap());
        assert_ok!(apply(Transaction::new(worker, reveal())).unwrap());
    });
}

#[test]
fn are_weighed_with_their_check() {
    with_a_task(|worker| {
        let extension = |call: RuntimeCall| {
            let transaction = Transaction::new(worker, call).sign();
            transaction.get_dispatch_info().extension_weight
        };
        let check = Poco::weight_of_check(&commitment_of(worker)).unwrap();
        let read: Weight = <Runtime as frame_system::Config>::DbWeight::get().reads(1);
        let plain = extension(remark(0).into());
        assert_eq!(extension(commitment_of(worker).into()), plain + check + read);
        assert!(check.ref_time() > read.ref_time());
    });
}

/// A proxy's call has the class of what it calls. The author of a block must not get it past the limits by one that only the
/// chain can make.
#[test]
fn leave_no_signed_call_without_limits() {
    development().execute_with(|| {
        begin_block();
        let (delegate, proxy_type) = (account("//Bob").into(), configs::ProxyType::Any);
        let add = pallet_proxy::Call::<Runtime>::add_proxy { delegate, proxy_type, delay: 0 };
        assert_ok!(apply(Transaction::new("//Alice", add)).unwrap());
        let (real, force_proxy_type) = (account("//Alice").into(), None);
        let call = Box::new(RuntimeCall::from(pallet_timestamp::Call::set { now: 0 }));
        let call = RuntimeCall::from(pallet_proxy::Call::<Runtime>::proxy { real, force_proxy_type, call });
        assert_eq!(call.get_dispatch_info().class, DispatchClass::Mandatory);
        let (normal, own) = (used(DispatchClass::Normal), used(DispatchClass::Mandatory));
        assert_ok!(apply(Transaction::new("//Bob", call)).unwrap());
        assert!(used(DispatchClass::Normal) > normal);
        assert_eq!(used(DispatchClass::Mandatory), own);
    });
}

/// The checks around which the extension stands look at inherents too.
#[test]
fn leave_inherents_their_weight() {
    development().execute_with(|| {
        begin_block();
        let before = used(DispatchClass::Mandatory);
        let inherent = RuntimeCall::from(pallet_timestamp::Call::set { now: 0 });
        assert!(before >= inherent.get_dispatch_info().call_weight.ref_time());
        assert!(System::block_size() > 0);
    });
}
