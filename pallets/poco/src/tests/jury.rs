//! Disputes: verdicts, payments, and termination.

use super::agreement::{begun_late, phase, work_until};
use crate::{
    mock::*,
    types::{Appointment, LotQueue, MAX_SUMMONS},
    Appointments, Error, Event, LotEnds, Outcomes, Summons, Tasks,
};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::{
    audit::AuditRules,
    gate::GateRules,
    task::{DeclineReason::AppUnavailable, Failure, Phase, Task},
    view::{Outcome, Part},
    Balance, BlockNumber, TaskId,
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
        // All that it had locked: a value to each of seven jurors, and one to the worker that was right.
        assert_eq!(poor - wealth(liar), LOCK);
        assert_eq!((merit(liar), locked(liar)), (0, 0));
        for (juror, before) in JURORS.into_iter().zip(before) {
            assert_eq!(wealth(juror) - before, VALUE);
        }
        // 95 % of the pot, which it has alone.
        assert_eq!(wealth(honest) - rich, 23 + VALUE);
        assert_eq!(merit(honest), VALUE);
        assert_eq!(wealth(FUND) - ENDOWMENT, LOCK - 8 * VALUE);
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
fn fines_jurors_without_a_vote_where_the_others_decided() {
    Chain::default().execute(|| {
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
        assert_eq!(Fines::get(), [(seated[5], VALUE), (seated[6], VALUE)]);
    });
}

/// The last that shows its vote knows what the others have voted for.
#[test]
fn fines_a_juror_that_keeps_its_vote_to_itself_once_whether_the_others_decide_or_not() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let seated = jurors(task);
        for juror in &seated[..5] {
            assert_ok!(commit(*juror, task, 7));
        }
        run_to(System::block_number() + RUN_TIME + GRACE + 1);
        for juror in &seated[..4] {
            assert_ok!(reveal(*juror, task, 7));
        }
        // Nobody is left for a second jury.
        Sitting::set(vec![]);
        while progress(task.deal).failed == 0 {
            next_block();
        }
        // Two have neither voted nor declined: nothing shows that they could.
        assert_eq!(Fines::get(), [(seated[4], VALUE)]);
    });
}

#[test]
fn costs_validators_nothing_where_the_task_cannot_be_executed() {
    Chain::default().execute(|| {
        let (task, liar, other) = dispute();
        let before: Vec<_> = JURORS.map(wealth).to_vec();
        let decline = |juror| Poco::decline(RuntimeOrigin::signed(juror), task, AppUnavailable);
        for _ in 0..2 {
            // With the third that declines, five votes are not possible any more.
            for juror in &jurors(task)[..3] {
                assert_ok!(decline(*juror));
                assert_eq!(parts(*juror), []);
            }
            draw_lots();
        }
        let at = System::block_number() - 2;
        assert_eq!(Outcomes::<Test>::get(task), Some(Outcome::Failed { reason: Failure::NoVerdict, at }));
        assert!(Fines::get().is_empty());
        assert_eq!([liar, other].map(wealth), [ENDOWMENT; 2]);
        // What was held for an audit goes to the three of the last jury that declined; a unit is left over.
        let earned: Balance = JURORS.map(wealth).iter().zip(&before).map(|(now, then)| now - then).sum();
        assert_eq!((earned, wealth(REQUESTER)), (27, ENDOWMENT - 27));
    });
}

#[test]
fn does_not_hear_a_juror_that_has_declined() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let juror = jurors(task)[0];
        let decline = || Poco::decline(RuntimeOrigin::signed(juror), task, AppUnavailable);
        assert_ok!(decline());
        assert_noop!(decline(), Error::<Test>::NotAssigned);
        assert_noop!(commit(juror, task, 7), Error::<Test>::NotAssigned);
    });
}

#[test]
fn is_drawn_a_second_time_and_then_the_task_fails_without_blame() {
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
        // Nobody has voted: nothing shows that anybody could.
        assert!(Fines::get().is_empty());
        assert!(at <= began + 2 * (RUN_TIME + GRACE + REVEAL_PERIOD + 3), "{} blocks", at - began);
    });
}

#[test]
fn is_never_smaller_nor_drawn_from_the_others_because_validators_are_busy() {
    let rich = |chain: Chain, who| chain.bonded(who, 400_000, 0);
    (WORKER..WORKER + 4).fold(Chain::of(4).slots(32), rich).execute(|| {
        // Workers that contradict each other in as many tasks as all validators can sit for, and in one more.
        let tasks = MAX_SUMMONS + 1;
        let first = request(tasks, 4);
        let waiting = || Tasks::<Test>::iter().filter(|(_, task)| task.jury.is_none()).map(|(id, _)| id);
        let is_disputed = |task: &Task<u64>| task.phase == Phase::Disputed;
        while Tasks::<Test>::iter_values().filter(is_disputed).count() < tasks as usize {
            next_block();
            let open: Vec<_> = Tasks::<Test>::iter().filter(|(_, task)| !is_disputed(task)).collect();
            for (id, task) in open {
                for (contribution, result) in task.contributions.iter().zip(60..) {
                    // One that was drawn before has committed.
                    let _ = commit(contribution.worker, id, result);
                }
            }
        }
        draw_lots();
        let task = waiting().next().expect("one has no jury");
        assert_eq!(LotEnds::<Test>::get(LotQueue::Jury).length(), 1);
        // Others that are free do not judge it alone: who floods the juries would choose them.
        Sitting::set(JURORS.into_iter().chain(300..307).collect());
        draw_lots();
        assert!(Tasks::<Test>::get(task).unwrap().jury.is_none());
        // It waits until all can sit for it, before the second juries of the others, and decides.
        let began = System::block_number();
        while Tasks::<Test>::get(task).unwrap().jury.is_none() {
            assert!(System::block_number() < began + RUN_TIME + GRACE, "it has its turn");
            next_block();
        }
        assert_eq!(jurors(task).len(), 7);
        vote(task, 60);
        assert!(matches!(Outcomes::<Test>::get(task), Some(Outcome::Completed { .. })));
        assert_eq!(progress(first.deal).completed, 1);
    });
}

/// Each look at it would cost the hook as much as the end of a task, in each block, for as long as it waits.
#[test]
fn that_is_waited_for_takes_no_appointment() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        for (who, result) in drawn(task).into_iter().zip([66, 7]) {
            assert_ok!(commit(who, task, result));
        }
        let looks =
            || Appointments::<Test>::iter_values().filter(|one| *one == Appointment::Task(task)).count();
        // The one that was made when the workers were drawn.
        assert_eq!(looks(), 1);
        // No jury is drawn while one validator makes all blocks.
        Author::set(Some(1));
        for _ in 0..RUN_TIME + GRACE + 10 {
            next_block();
            assert!(looks() <= 1);
        }
        assert_eq!((looks(), phase(task)), (0, Phase::Disputed));
        assert_eq!(Tasks::<Test>::get(task).unwrap().wake, BlockNumber::MAX);
        Author::set(Some(2));
        next_block();
        assert_eq!((looks(), jurors(task).len()), (1, 7));
        vote(task, 7);
        assert_eq!(progress(task.deal).completed, 1);
    });
}

#[test]
fn outlasts_the_deadline() {
    Chain::default().execute(|| {
        let (task, deadline) = begun_late(5, 4);
        work_until(task, deadline - 1);
        let [liar, honest] = drawn(task)[..] else { panic!("two are drawn") };
        assert_ok!(commit(liar, task, 66));
        assert_ok!(commit(honest, task, 7));
        run_to(deadline + 10);
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
        Sitting::set((WORKER..WORKER + 8).collect());
        let (task, liar, honest) = dispute();
        let seated = jurors(task);
        // One seat is empty.
        assert_eq!(seated.len(), 6);
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
        assert_eq!([who[1], who[2]].map(merit), [VALUE / 2; 2]);
        // Who was not done is free again.
        assert_eq!(locked(who[3]), 0);
    });
}

#[test]
fn is_called_for_an_audit_that_disagrees() {
    Chain::of(4).bonded(WORKER, 400_000, 150).passed(WORKER).execute(|| {
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
                assert_eq!(merit(auditor), before + VALUE);
                // Its pass is gone, and nobody gets one until what it got away with is diluted: 14 lies, at a fifth, each of
                // two floors.
                assert!(!talka_pallet_audit::Passes::<Test>::contains_key(WORKER));
                let GateRules { interval, tolerated } = AuditRules::default().gate;
                assert_eq!(
                    talka_pallet_audit::Gates::<Test>::get(CATEGORY).opens,
                    interval + 14 * tolerated * 2
                );
                let counts = Audit::findings()[0].findings.priced;
                assert_eq!((counts.audited.count, counts.wrong.count), (1, 1));
                return;
            }
            super::agreement::agree_on(task, if lie { 66 } else { 7 });
            lies += u32::from(lie);
            assert!(lies < 100, "it is not found out");
        }
    });
}

#[test]
fn is_paid_though_nobody_is_left_for_a_second_one() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let juror = jurors(task)[0];
        assert_ok!(commit(juror, task, 7));
        run_to(System::block_number() + RUN_TIME + GRACE + 1);
        let before = wealth(juror);
        Sitting::set(vec![]);
        assert_ok!(reveal(juror, task, 7));
        draw_lots();
        assert_eq!(progress(task.deal).failed, 1);
        assert_eq!(wealth(juror) - before, VALUE);
        assert!(Fines::get().is_empty());
    });
}

#[test]
fn that_decides_nothing_leaves_the_contradiction_in_the_published_bound() {
    Chain::of(4).bonded(WORKER, 400_000, 2_000).passed(WORKER).execute(|| {
        for _ in 0..100 {
            let task = request(1, 4);
            next_block();
            let who = drawn(task);
            let alone = who == [WORKER];
            for one in who {
                assert_ok!(commit(one, task, if alone { 66 } else { 7 }));
            }
            draw_lots();
            if !alone || !matches!(phase(task), Phase::Audit { .. }) {
                super::agreement::agree_on(task, if alone { 66 } else { 7 });
                continue;
            }
            let before = Audit::findings().first().map(|of| of.findings.priced).unwrap_or_default();
            assert_ok!(commit(drawn(task)[0], task, 7));
            Sitting::set(vec![]);
            draw_lots();
            assert_eq!(progress(task.deal).failed, 1);
            let counts = Audit::findings()[0].findings.priced;
            assert_eq!((counts.undecided.count, counts.wrong), (1, before.wrong));
            assert_eq!((counts.audited.count, counts.accepted), (before.audited.count + 1, before.accepted));
            assert!(counts.upper95() > before.upper95() || before.audited.count == 0);
            return;
        }
        panic!("it is never audited");
    });
}

/// Acts for a juror, and does nothing else.
const KEY: u64 = 900;

fn act_for(validator: u64, key: u64) {
    JurorKeys::set(vec![JurorKey { validator, key }]);
}

/// The key commits to a result with a seal of this account.
fn commit_by_key(sealed: u64, task: TaskId) -> sp_runtime::DispatchResult {
    let batch = frame_support::BoundedVec::truncate_from(vec![commitment(sealed, task, 7)]);
    Poco::commit(RuntimeOrigin::signed(KEY), batch).map(|_| ()).map_err(|error| error.error)
}

#[test]
fn counts_the_vote_of_a_key_for_the_validator_that_has_named_it() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let validator = jurors(task)[0];
        act_for(validator, KEY);
        assert_eq!(parts(KEY), [(task, Part::Juror)]);
        assert_eq!(Poco::duties(KEY, vec![]).execute[0].who, validator);
        let before = wealth(validator);
        assert_ok!(commit_by_key(validator, task));
        assert_eq!((parts(KEY), parts(validator)), (vec![], vec![]));
        assert_noop!(commit(validator, task, 7), Error::<Test>::AlreadyCommitted);
        for juror in &jurors(task)[1..] {
            assert_ok!(commit(*juror, task, 7));
        }
        assert_eq!(Poco::duties(KEY, vec![task]).reveal, [task]);
        assert_ok!(reveal(KEY, task, 7));
        System::assert_has_event(Event::Voted { task, juror: validator, digest: digest(7) }.into());
        for juror in &jurors(task)[1..] {
            assert_ok!(reveal(*juror, task, 7));
        }
        assert_eq!(wealth(validator) - before, VALUE);
        assert!(Fines::get().is_empty());
    });
}

#[test]
fn takes_no_vote_of_a_key_whose_validator_does_not_sit_or_has_named_another() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let validator = jurors(task)[0];
        assert_noop!(commit_by_key(validator, task), Error::<Test>::NotAssigned);
        act_for(KEY + 1, KEY);
        assert_noop!(commit_by_key(validator, task), Error::<Test>::NotAssigned);
    });
}

#[test]
fn binds_the_vote_of_a_key_to_the_validator() {
    Chain::default().execute(|| {
        let (task, ..) = dispute();
        let validator = jurors(task)[0];
        act_for(validator, KEY);
        // The seal of the key itself is of no use, as that of any other account.
        assert_ok!(commit_by_key(KEY, task));
        for juror in &jurors(task)[1..] {
            assert_ok!(commit(*juror, task, 7));
        }
        assert_noop!(reveal(KEY, task, 7), Error::<Test>::WrongSeal);
    });
}

#[test]
fn tells_jurors_and_workers_what_they_have_committed_to_and_not_shown() {
    Chain::default().execute(|| {
        let (task, liar, honest) = dispute();
        let juror = jurors(task)[0];
        let known = |who| {
            let page = Poco::committed(who, None);
            page.items.into_iter().map(|listed| (listed.id, listed.item.part)).collect::<Vec<_>>()
        };
        assert!(known(juror).is_empty(), "it has not committed yet");
        act_for(juror, KEY);
        assert_ok!(commit_by_key(juror, task));
        for who in [juror, KEY] {
            assert_eq!(known(who), [(task, Part::Juror)]);
        }
        for who in [liar, honest] {
            assert_eq!(known(who), [(task, Part::Worker)]);
        }
        let [listed] = &Poco::committed(juror, None).items[..] else { panic!("one task") };
        assert_eq!(listed.item.until, Tasks::<Test>::get(task).unwrap().jury.unwrap().until);
        assert_eq!(listed.item.who, juror);
    });
}

#[test]
fn leaves_a_worker_its_own_part_where_a_validator_names_it_a_key() {
    Chain::default().execute(|| {
        let (task, liar, _) = dispute();
        act_for(jurors(task)[0], liar);
        assert!(parts(liar).is_empty());
        assert_noop!(commit(liar, task, 7), Error::<Test>::AlreadyCommitted);
    });
}
