use super::agreement::{agree_on, until_revealing};
use crate::{mock::*, Error, Event, Tasks};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use talka_primitives::{audit::Assurance, task::Phase, TaskId};

/// A task of which two workers and an auditor agree on the result, and who they are.
fn consensus() -> (TaskId, Vec<u64>) {
    let task = request(1, 4);
    next_block();
    for who in drawn(task) {
        assert_ok!(commit(who, task, 7));
    }
    until_revealing(task, 7);
    let all = Tasks::<Test>::get(task).unwrap().contributions;
    (task, all.into_iter().map(|contribution| contribution.worker).collect())
}

#[test]
fn settles_with_the_last_of_the_group() {
    Chain::default().execute(|| {
        let (task, who) = consensus();
        for one in &who {
            assert_eq!(progress(task.deal).open, 1);
            assert_ok!(reveal(*one, task, 7));
        }
        assert_eq!(progress(task.deal).completed, 1);
        let (assurance, winners) = (Assurance::Adjudicated, BoundedVec::truncate_from(who));
        System::assert_has_event(Event::TaskCompleted { task, digest: digest(7), assurance, winners }.into());
    });
}

#[test]
fn of_another_digest_is_refused() {
    Chain::default().execute(|| {
        let (task, who) = consensus();
        assert_noop!(reveal(who[0], task, 8), Error::<Test>::WrongDigest);
        agree_on(task, 7);
    });
}

#[test]
fn before_consensus_is_refused() {
    Chain::default().execute(|| {
        let task = request(1, 4);
        next_block();
        let who = drawn(task)[0];
        assert_noop!(reveal(who, task, 7), Error::<Test>::NotRevealing);
        assert_ok!(commit(who, task, 7));
        assert_noop!(reveal(who, task, 7), Error::<Test>::NotRevealing);
    });
}

#[test]
fn twice_by_a_stranger_or_of_nothing_is_refused() {
    Chain::default().execute(|| {
        let (task, who) = consensus();
        assert_ok!(reveal(who[0], task, 7));
        assert_noop!(reveal(who[0], task, 7), Error::<Test>::AlreadyRevealed);
        assert_noop!(reveal(REQUESTER, task, 7), Error::<Test>::NotAssigned);
        assert_noop!(
            Poco::reveal(RuntimeOrigin::signed(who[0]), BoundedVec::new()),
            Error::<Test>::EmptyBatch
        );
    });
}

#[test]
fn that_does_not_come_costs_the_stake() {
    Chain::default().execute(|| {
        let (task, who) = consensus();
        assert_ok!(reveal(who[0], task, 7));
        run_to(System::block_number() + REVEAL_PERIOD + 1);
        assert_eq!(progress(task.deal).completed, 1);
        assert_eq!(wealth(who[1]), ENDOWMENT - VALUE);
        assert_eq!(locked(who[1]), 0);
    });
}

#[test]
fn of_nobody_brings_others() {
    Chain::of(6).execute(|| {
        let (task, who) = consensus();
        run_to(System::block_number() + REVEAL_PERIOD + 2);
        assert_eq!(Tasks::<Test>::get(task).unwrap().phase, Phase::Active);
        let others = drawn(task);
        assert_eq!(others.len(), 2);
        assert!(others.iter().all(|other| !who.contains(other)));
        super::agreement::agree(task, 7);
        // The worker that did not reveal has lost, and pays the others.
        assert!(who.into_iter().all(|who| wealth(who) == ENDOWMENT - VALUE && merit(who) == 0));
    });
}
