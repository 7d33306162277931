use frame_support::{assert_noop, dispatch::Pays};
use talka_primitives::{
    audit::Kind,
    bridge::{keccak_256, Outcome as Ended, ResultBody},
    gateway::{MAX_PAYLOAD, NOTHING_KNOWN},
    manifest::Trap,
};

use super::*;
use crate::Error;

/// The only answer that was sent.
fn answer() -> ResultBody {
    let sent = Sent::get();
    assert_eq!(sent.len(), 1);
    *sent.values().next().unwrap()
}

/// The answer to a task that gave this.
fn answer_to(manifest: &Manifest) -> ResultBody {
    let mut found = None;
    build_and_execute(|| {
        let id = ordered();
        complete(DEAL, manifest.digest());
        report(id, manifest).unwrap();
        found = Some(answer());
    });
    found.unwrap()
}

#[test]
fn answers_with_what_the_app_wrote_for_the_caller_and_sends_the_rest_back() {
    build_and_execute(|| {
        let id = ordered();
        complete(DEAL, good().digest());
        let kind = Kind { category: XS, assurance: Assurance::Adjudicated };
        Known::set([(kind, 2_500)].into());
        System::reset_events();
        let outcome = Gateway::report(signed(STRANGER), id, shown(&good())).unwrap();
        assert_eq!(outcome.pays_fee, Pays::No);

        let expected = ResultBody {
            call: id.0,
            outcome: Ended::Completed,
            assurance: Assurance::Adjudicated,
            error_bound: 2_500,
            digest: good().digest(),
            payload_hash: keccak_256(b"payload"),
        };
        assert_eq!(answer(), expected);
        // All but the price, what the messages cost, and what is held for the deal still.
        let back = AMOUNT - PRICE - ANSWER_PRICE - MESSAGE_PRICE - DEAL_DEPOSIT - EXISTENTIAL_DEPOSIT;
        assert_eq!(
            events(),
            [
                Event::Answered { call: id, outcome: Ended::Completed, index: 0 },
                Event::Returned { requester: CONTRACT, amount: back, index: 1 },
            ]
        );
        assert_eq!(wealth(CONTRACT), DEAL_DEPOSIT + EXISTENTIAL_DEPOSIT);
        assert_eq!((waiting(), held_for_calls(CONTRACT)), (0, 0));
        // It comes when the deal is forgotten.
        forget(DEAL);
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(wealth(CONTRACT), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn answers_with_nothing_where_the_app_wrote_nothing_for_the_caller() {
    let answer = answer_to(&manifest(ExitStatus::Exited(0), None));
    assert_eq!((answer.outcome, answer.payload_hash), (Ended::Completed, keccak_256(b"")));
}

#[test]
fn takes_a_payload_as_long_as_the_contracts_do_and_fails_with_a_longer_one() {
    let of = |size| manifest(ExitStatus::Exited(0), Some(Callback { size, keccak: [9; 32] }));
    let longest = answer_to(&of(MAX_PAYLOAD));
    assert_eq!((longest.outcome, longest.payload_hash), (Ended::Completed, [9; 32]));
    for size in [MAX_PAYLOAD + 1, u64::MAX] {
        let longer = answer_to(&of(size));
        assert_eq!((longer.outcome, longer.payload_hash), (Ended::Failed, keccak_256(b"")));
    }
}

#[test]
fn fails_where_the_app_has_failed() {
    let statuses = [ExitStatus::Exited(1), ExitStatus::Trapped(Trap::Unreachable), ExitStatus::OutOfFuel];
    for status in statuses {
        let failed = manifest(status, Some(Callback::of(b"payload")));
        let answer = answer_to(&failed);
        assert_eq!((answer.outcome, answer.payload_hash), (Ended::Failed, keccak_256(b"")));
        assert_eq!(answer.digest, failed.digest(), "what it wrote can be fetched");
    }
}

#[test]
fn fails_where_the_task_has_failed_and_sends_all_of_its_money_back() {
    build_and_execute(|| {
        let id = ordered();
        fail(DEAL);
        report_bytes(id, Default::default()).unwrap();
        let ResultBody { outcome, assurance, error_bound, digest, payload_hash, .. } = answer();
        assert_eq!((outcome, assurance, error_bound), (Ended::Failed, Assurance::Unverified, NOTHING_KNOWN));
        assert_eq!((digest, payload_hash), (Digest::default(), keccak_256(b"")));
        forget(DEAL);
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        let back: Balance = Withdrawn::get().iter().map(|(_, _, amount)| amount).sum();
        assert_eq!(back, AMOUNT - ANSWER_PRICE - 2 * MESSAGE_PRICE - EXISTENTIAL_DEPOSIT);
    });
}

/// Nobody has reported it, or nobody has shown the manifest of its result.
#[test]
fn fails_where_the_chain_has_forgotten_the_deal() {
    build_and_execute(|| {
        let id = ordered();
        complete(DEAL, good().digest());
        forget(DEAL);
        report(id, &good()).unwrap();
        assert_eq!((answer().outcome, answer().digest), (Ended::Failed, Digest::default()));
        assert_eq!(wealth(CONTRACT), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn fails_where_the_result_is_no_manifest_that_the_chain_reads() {
    build_and_execute(|| {
        let id = ordered();
        let other = ShownManifest::truncate_from(vec![1; 9]);
        complete(DEAL, digest_of(&other));
        report_bytes(id, other).unwrap();
        assert_eq!(answer().outcome, Ended::Failed);
    });
    // Something follows it.
    build_and_execute(|| {
        let id = ordered();
        let mut longer = manifest(ExitStatus::Exited(0), None).encode();
        longer.push(0);
        let longer = ShownManifest::try_from(longer).unwrap();
        complete(DEAL, digest_of(&longer));
        report_bytes(id, longer).unwrap();
        assert_eq!(answer().outcome, Ended::Failed);
    });
}

/// What names these bytes as a result.
fn digest_of(bytes: &[u8]) -> Digest {
    Digest(Blob::of(bytes).content.0)
}

#[test]
fn is_refused_with_the_manifest_of_another_result() {
    build_and_execute(|| {
        let id = ordered();
        complete(DEAL, good().digest());
        let lie = manifest(ExitStatus::Exited(0), Some(Callback::of(b"a lie")));
        for shown in [shown(&lie), Default::default()] {
            assert_noop!(
                Gateway::report(signed(STRANGER), id, shown).map_err(|error| error.error),
                Error::<Test>::WrongManifest
            );
        }
        assert_eq!(Sent::get().len(), 0);
        report(id, &good()).unwrap();
    });
}

#[test]
fn is_refused_before_the_task_has_ended_and_after_it_was_reported() {
    build_and_execute(|| {
        let id = ordered();
        let report = || Gateway::report(signed(STRANGER), id, shown(&good())).map_err(|error| error.error);
        assert_noop!(report(), Error::<Test>::NotOver);
        complete(DEAL, good().digest());
        report().unwrap();
        assert_noop!(report(), Error::<Test>::UnknownCall);
        assert_eq!((Sent::get().len(), Withdrawn::get().len()), (1, 1));
    });
}

#[test]
fn changes_nothing_where_the_outbox_does_not_take_the_answer() {
    build_and_execute(|| {
        let id = ordered();
        fail(DEAL);
        TakesAnswers::set(false);
        assert_noop!(
            Gateway::report(signed(STRANGER), id, Default::default()).map_err(|error| error.error),
            sp_runtime::DispatchError::Exhausted
        );
        TakesAnswers::set(true);
        report_bytes(id, Default::default()).unwrap();
    });
}

#[test]
fn answers_also_where_the_money_cannot_go_back() {
    build_and_execute(|| {
        let id = ordered();
        fail(DEAL);
        TakesMoney::set(false);
        report_bytes(id, Default::default()).unwrap();
        assert_eq!((answer().outcome, waiting()), (Ended::Failed, 0));
        let lies = free(CONTRACT);
        TakesMoney::set(true);
        Gateway::sweep(signed(STRANGER), CONTRACT).unwrap();
        assert_eq!(free(CONTRACT), EXISTENTIAL_DEPOSIT);
        assert!(lies > LEAST_RETURN);
    });
}

#[test]
fn tells_no_bound_for_a_cheap_task() {
    build_and_execute(|| {
        let id = ordered();
        Calls::<Test>::mutate_extant(id, |call| call.priced = false);
        complete(DEAL, good().digest());
        report(id, &good()).unwrap();
        assert_eq!(answer().error_bound, NOTHING_KNOWN);
    });
}

#[test]
fn leaves_what_other_calls_of_the_contract_need() {
    build_and_execute(|| {
        let id = ordered();
        deposit(1, AMOUNT, &order().message());
        deposit(2, AMOUNT, &Order { requester: OTHER, ..order() }.message());
        let other = wealth(OTHER);
        fail(DEAL);
        report_bytes(id, Default::default()).unwrap();
        assert_eq!((wealth(OTHER), held_for_calls(CONTRACT)), (other, CALL_DEPOSIT));
        complete(DealId(1), good().digest());
        report(call(1), &good()).unwrap();
        assert_eq!(waiting(), 1);
    });
}
