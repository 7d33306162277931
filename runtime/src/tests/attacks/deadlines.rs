//! What happens at a deadline: nobody escapes by it, and nobody is caught by it.

use super::*;
use talka_primitives::{audit::collateral, Rate};

/// A task of the market for which these two workers are drawn so late that they can commit in the block of the deadline, which
/// is the next one. The third worker is offline.
fn at_the_deadline(workers: [&str; 2]) -> TaskId {
    WORKERS.into_iter().for_each(|worker| send(worker, offline()));
    let task = Bag { blocks: least(Assurance::Adjudicated), ..ONE }.buy(BUYER)[0];
    let deadline = Poco::deal_view(task.deal).unwrap().deal.deadline;
    run_to(deadline - execution() - 2);
    succeed(workers.map(|worker| Transaction::new(worker, online(1))));
    pass(1);
    assert_eq!(drawn(task, &WORKERS), workers);
    run_to(deadline - 1);
    task
}

#[test]
fn a_deadline_is_no_escape_for_liars() {
    development().execute_with(|| {
        market();
        let [one, other, honest] = WORKERS;
        let task = at_the_deadline([one, other]);
        let before = [one, other].map(wealth);
        // They agree on a lie in the last block, so that no auditor is done before the deadline.
        succeed([
            commit(one, &[task], LIES[0]),
            commit(other, &[task], LIES[0]),
            Transaction::new(honest, online(1)),
        ]);
        pass(1);
        assert_eq!(drawn(task, &WORKERS), [honest]);
        succeed([commit(honest, &[task], TRUTH)]);
        assert_eq!(phase(task), Some(Phase::Disputed));
        pass(2);
        judge(task, TRUTH);
        assert!(is_completed(task, TRUTH));
        let locked = collateral(VALUE, Rate::ALWAYS).unwrap();
        assert_eq!([one, other].map(wealth), before.map(|had| had - locked));
    });
}

#[test]
fn a_reveal_at_the_deadline_makes_nobody_wrong() {
    development().execute_with(|| {
        market();
        let [swift, honest, auditor] = WORKERS;
        let task = at_the_deadline([swift, honest]);
        succeed([
            commit(swift, &[task], TRUTH),
            commit(honest, &[task], TRUTH),
            Transaction::new(auditor, online(1)),
        ]);
        pass(1);
        succeed([commit(auditor, &[task], TRUTH)]);
        let Some(Phase::Revealing { until, .. }) = phase(task) else { panic!("it is audited") };
        let before = [honest, auditor].map(wealth);
        // The digest is known, and the deadline has passed. The others have their whole period all the same.
        succeed([reveal(swift, task, TRUTH)]);
        run_to(until - 1);
        succeed([honest, auditor].map(|worker| reveal(worker, task, TRUTH)));
        assert!(is_completed(task, TRUTH));
        assert!([honest, auditor].map(wealth).iter().zip(before).all(|(has, had)| *has > had));
    });
}
