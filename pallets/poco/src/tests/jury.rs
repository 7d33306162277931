//! Disputes: verdicts, payments, and termination.

use super::agreement::phase;
use crate::{mock::*, Error, Event, Outcomes, Summons, Tasks};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    audit::AuditRules,
    gate::GateRules,
    task::{Failure, Phase},
    view::{Outcome, Part},
    TaskId,
};

/// Two workers, of which the first lies. The jury sits.
fn dispute() -> (TaskId, u64, u64) {
    let task = request(1, 4);
    next_block();
    let [liar, honest] = drawn(task)[..] else { panic!("two are drawn") };
    assert_ok!(commit(liar, task, 66));
    assert_ok!(commit(honest, task, 7));
    assert_eq!(phase(task), Phase::Disputed);
    System::assert_has_event(Event::Disputed { task }.into());
    draw_lots();
    (task, liar, honest)
}

fn jurors(task: TaskId) -> Vec<u64> {
    Tasks::<Test>::get(task).unwrap().jury.unwrap().seats.iter().map(|juror| juror.who).collect()
}

/// What an account is to execute, and for which part.
fn parts(who: u64) -> Vec<(TaskId, Part)> {
    Poco::duties(who, vec![]).execute.iter().map(|assignment| (assignment.task, assignment.part)).collect()
}

/// All jurors vote for one result.
fn vote(task: TaskId, result: u8) {
    for juror in jurors(task) {
        assert_ok!(commit(juror, task, result));
    }
    for juror in jurors(task) {
        assert_ok!(reveal(juror, task, result));
    }
}

#[test]
fn is_drawn_from_the_validators_in_the_block_after() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let mut seated = jurors(task);
        seated.sort();
        assert_eq!(seated, JURORS);
        for juror in JURORS {
            assert_eq!(parts(juror), [(task, Part::Juror)]);
        }
    });
}

#[test]
fn is_another_duty_than_that_of_workers() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        assert_eq!(drawn(task).len(), 2);
        for worker in drawn(task) {
            assert_eq!(parts(worker), [(task, Part::Worker)]);
        }
    });
}

#[test]
fn convicts_the_liar_and_pays_who_was_right() {
    Chain::default().execute(|| {
        let (task, liar, honest) = dispute();
        let before: Vec<_> = JURORS.map(wealth).to_vec();
        let (poor, rich) = (wealth(liar), wealth(honest));
        vote(task, 7);
        assert_eq!(progress(task.deal).completed, 1);
        assert!(matches!(Outcomes::<Test>::get(task), Some(Outcome::Completed { digest: right, .. }) if right == digest(7)));
        // All that it had locked: a value to each of three jurors, one to who was right, the rest to the fund.
        assert_eq!(poor - wealth(liar), LOCK);
        assert_eq!((merit(liar), locked(liar)), (0, 0));
        for (juror, before) in JURORS.into_iter().zip(before) {
            assert_eq!(wealth(juror) - before, POOL_PRICE);
        }
        // 95 % of the pot, which it has alone.
        assert_eq!(wealth(honest) - rich, 23 + POOL_PRICE);
        assert_eq!(merit(honest), POOL_PRICE);
        assert_eq!(wealth(FUND) - ENDOWMENT, LOCK - 4 * POOL_PRICE);
        assert_eq!(wealth(REQUESTER), ENDOWMENT - 28, "what was held for an audit is back");
        assert!(Fines::get().is_empty());
        System::assert_has_event(Event::Convicted { task, worker: liar, amount: LOCK }.into());
        // It is not drawn any more, and cannot be before its bond has ripened again.
        assert!(!crate::Workers::<Test>::get(liar).unwrap().online);
        let go_online = || Poco::go_online(RuntimeOrigin::signed(liar), 1, Default::default());
        assert_noop!(go_online(), Error::<Test>::BondTooYoung);
        assert_eq!(Summons::<Test>::iter().count(), 0);
        run_to(System::block_number() + RIPENING);
        assert_ok!(go_online());
    });
}

#[test]
fn believes_neither_where_the_validators_find_a_third_result() {
    Chain::default().execute(|| {
        let (task, liar, other) = dispute();
        let before = wealth(REQUESTER);
        vote(task, 9);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!([merit(liar), merit(other)], [0, 0]);
        assert_eq!([liar, other].map(wealth), [ENDOWMENT - LOCK; 2]);
        // The result is delivered by the jurors, the app is paid, the pool is not.
        assert_eq!(wealth(REQUESTER), before - APP_PRICE);
    });
}

#[test]
fn fines_who_does_not_vote() {
    Chain::default().execute(|| {
        Sitting::set((200..207).collect());
        let (task, liar, _) = dispute();
        let seated = jurors(task);
        assert_eq!(seated.len(), 7);
        for juror in &seated[..5] {
            assert_ok!(commit(*juror, task, 7));
        }
        run_to(System::block_number() + RUN_TIME + GRACE + 1);
        assert_noop!(commit(seated[5], task, 7), Error::<Test>::TooLate);
        for juror in &seated[..5] {
            assert_ok!(reveal(*juror, task, 7));
        }
        assert_eq!(merit(liar), 0);
        assert_eq!(Fines::get(), [(seated[5], POOL_PRICE), (seated[6], POOL_PRICE)]);
    });
}

#[test]
fn is_drawn_anew_once_and_then_the_task_fails_without_blame() {
    Chain::default().execute(|| {
        let (task, liar, honest) = dispute();
        let began = System::block_number();
        while progress(task.deal).failed == 0 {
            next_block();
            assert!(System::block_number() < began + 200, "a dispute must end");
        }
        let at = System::block_number();
        assert_eq!(Outcomes::<Test>::get(task), Some(Outcome::Failed { reason: Failure::NoVerdict, at }));
        assert_eq!([liar, honest].map(wealth), [ENDOWMENT; 2]);
        assert_eq!(wealth(REQUESTER), ENDOWMENT);
        // Both juries are fined.
        assert_eq!(Fines::get().len(), 6);
        assert!(at <= began + 2 * (RUN_TIME + GRACE + REVEAL_PERIOD + 3), "{} blocks", at - began);
    });
}

#[test]
fn outlasts_the_deadline() {
    Chain::default().execute(|| {
        let task = request_until(1, 4, System::block_number() + 3);
        next_block();
        let [liar, honest] = drawn(task)[..] else { panic!("two are drawn") };
        assert_ok!(commit(liar, task, 66));
        assert_ok!(commit(honest, task, 7));
        run_to(System::block_number() + 10);
        assert_eq!(phase(task), Phase::Disputed);
        vote(task, 7);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!(wealth(liar), ENDOWMENT - LOCK);
    });
}

#[test]
fn is_not_needed_where_there_are_no_validators() {
    Chain::default().execute(|| {
        Sitting::set(vec![]);
        let (task, liar, honest) = dispute();
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!([liar, honest].map(wealth), [ENDOWMENT; 2]);
    });
}

#[test]
fn has_nobody_on_it_who_worked_on_the_task() {
    Chain::default().execute(|| {
        Sitting::set((WORKER..WORKER + 5).collect());
        let (task, liar, honest) = dispute();
        let seated = jurors(task);
        assert_eq!(seated.len(), 3);
        assert!(!seated.contains(&liar) && !seated.contains(&honest));
    });
}

#[test]
fn hears_who_comes_late() {
    Chain::default().execute(|| {
        let task = request(1, 16);
        next_block();
        let who = drawn(task);
        assert_ok!(commit(who[0], task, 66));
        assert_ok!(commit(who[1], task, 7));
        draw_lots();
        // A third one of those that were drawn is done only now, and is judged with the others.
        assert_ok!(commit(who[2], task, 7));
        vote(task, 7);
        assert_eq!([who[1], who[2]].map(merit), [POOL_PRICE / 2; 2]);
        // Who was not done is free again.
        assert_eq!(locked(who[3]), 0);
    });
}

#[test]
fn is_called_for_an_audit_that_disagrees() {
    Chain::of(4).bonded(WORKER, 400_000, 100).passed(WORKER).execute(|| {
        // The saboteur lies whenever it works alone, until it is found out.
        let mut lies = 0;
        loop {
            let task = request(1, 4);
            next_block();
            let who = drawn(task);
            let lie = who == [WORKER];
            for one in who {
                assert_ok!(commit(one, task, if lie { 66 } else { 7 }));
            }
            draw_lots();
            if let (Phase::Audit { .. }, true) = (phase(task), lie) {
                let auditor = drawn(task)[0];
                assert_ok!(commit(auditor, task, 7));
                assert_eq!(phase(task), Phase::Disputed);
                draw_lots();
                let before = merit(auditor);
                vote(task, 7);
                assert_eq!(merit(WORKER), 0);
                assert_eq!(merit(auditor), before + POOL_PRICE);
                // Its pass is gone, and nobody gets one until what it got away with is diluted: 9 lies, at a fifth.
                assert!(!talka_pallet_audit::Passes::<Test>::contains_key(WORKER));
                let GateRules { interval, tolerated } = AuditRules::default().gate;
                assert_eq!(talka_pallet_audit::Gates::<Test>::get(CATEGORY).opens, interval + 9 * tolerated);
                let findings = Audit::findings()[0].findings;
                assert_eq!((findings.audited, findings.wrong), (1, 1));
                return;
            }
            super::agreement::agree_on(task, if lie { 66 } else { 7 });
            lies += u32::from(lie);
            assert!(lies < 100, "it is not found out");
        }
    });
}

#[test]
fn is_fined_once_where_nobody_is_left_for_a_second_one() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        // Nobody votes, and then there are no validators any more.
        Sitting::set(vec![]);
        let began = System::block_number();
        while progress(task.deal).failed == 0 {
            next_block();
            assert!(System::block_number() < began + 200, "a dispute must end");
        }
        assert_eq!(Fines::get().len(), JURORS.len());
    });
}
