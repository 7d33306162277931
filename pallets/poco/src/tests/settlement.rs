use super::agreement::{agree, agree_on};
use crate::{mock::*, Event, Outcomes};
use frame_support::assert_ok;
use talka_primitives::{audit::Assurance, view::Outcome};

#[test]
fn pays_the_specified_example_to_the_unit() {
    Chain::of(3).execute(|| {
        let task = request(1, 4);
        next_block();
        let [one, other] = drawn(task)[..] else { panic!("two are drawn") };
        let auditor = (WORKER..WORKER + 3).find(|who| ![one, other].contains(who)).unwrap();
        let everybody = [OPERATOR, PROVIDER, one, other, auditor];
        let before = everybody.map(wealth);
        agree(task, 7);
        let gained: Vec<_> = everybody.map(wealth).iter().zip(before).map(|(now, then)| now - then).collect();
        // The pot is 25: 1.25 for the operator, and what is left of 23.75 shared by two. The audit is paid
        // beside it: as much as the task costs.
        assert_eq!(gained, [3, 3, 11, 11, 28]);
        assert_eq!(wealth(REQUESTER), ENDOWMENT - 28 - 28);
        assert_eq!([one, other, auditor].map(merit), [14, 14, 28]);
        assert_eq!([one, other, auditor].map(locked), [0; 3]);
        assert_eq!(held(REQUESTER) + held(OPERATOR), 0);
        assert_eq!(progress(task.deal).completed, 1);
        let at = System::block_number();
        assert_eq!(
            Outcomes::<Test>::get(task),
            Some(Outcome::Completed { digest: digest(7), assurance: Assurance::Adjudicated, at })
        );
        System::assert_has_event(Event::DealEnded { deal: task.deal, completed: 1, failed: 0 }.into());
    });
}

#[test]
fn takes_the_stake_of_who_loses_a_vote_and_gives_it_to_the_others() {
    let reputed = |chain: Chain, who| chain.bonded(who, BOND, 300);
    (WORKER..WORKER + 6).fold(Chain::of(6), reputed).execute(|| {
        let task = request_of(REPLICATED, 1, 4);
        next_block();
        let first = drawn(task);
        let liar = first[0];
        let (before, reputation) = (wealth(liar), ledger(liar));
        assert_ok!(commit(liar, task, 66));
        for _ in 0..8 {
            for who in drawn(task) {
                assert_ok!(commit(who, task, 7));
            }
            next_block();
        }
        let winners = agree_on(task, 7);
        assert!(winners.len() >= 2 && !winners.contains(&liar));
        assert_eq!(before - wealth(liar), STAKE);
        assert_eq!(merit(liar), left_of(&reputation) * 2 / 3);
        assert_eq!(progress(task.deal).completed, 1);
    });
}

#[test]
fn leaves_little_state_behind() {
    Chain::of(3).execute(|| {
        use codec::Encode;
        let task = request(1, 4);
        next_block();
        agree(task, 7);
        assert!(crate::Tasks::<Test>::iter().next().is_none());
        let key = Outcomes::<Test>::hashed_key_for(task);
        let value = Outcomes::<Test>::get(task).encode();
        assert!(key.len() + value.len() <= 96, "{} bytes", key.len() + value.len());
    });
}

#[test]
fn gives_no_merit_for_what_nobody_has_checked() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        agree(task, 7);
        assert_eq!(merit(WORKER), 0);
        assert_eq!(progress(task.deal).completed, 1);
    });
}
