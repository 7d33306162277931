use crate::{mock::*, Counts, Rules};
use frame_support::storage::with_transaction;
use sp_runtime::{DispatchError, TransactionOutcome, TryRuntimeError};
use talka_primitives::{
    audit::AuditRules,
    bound::{Counts as Counted, Findings, Sum},
};

/// More is found than was audited.
fn broken() -> Findings {
    let sum = |count| Sum { count, value: 0 };
    let priced = Counted { accepted: sum(3), audited: sum(1), wrong: sum(1), undecided: sum(1) };
    Findings { priced, cheap: Counted::default() }
}

/// Break something, see that it is found, and mend it.
fn is_found(expected: &'static str, harm: impl FnOnce()) {
    build_and_execute(|| {
        let _ = with_transaction(|| {
            harm();
            assert_eq!(Audit::do_try_state(), Err(TryRuntimeError::Other(expected)));
            TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
        });
    });
}

#[test]
fn finds_counts_that_are_no_parts() {
    is_found("audit 1: more was found than was looked at", || {
        Counts::<Test>::insert(KIND, broken());
    });
}

#[test]
fn finds_rules_that_are_not_sound() {
    is_found("audit 2: unsound rules", || Rules::<Test>::put(AuditRules { jurors: 0, ..RULES }));
}
