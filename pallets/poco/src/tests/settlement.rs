use super::agreement::{agree, agree_on};
use crate::{mock::*, Event, Outcomes};
use frame_support::assert_ok;
use talka_primitives::view::Outcome;

#[test]
fn pays_the_specified_example_to_the_unit() {
    Chain::of(2).execute(|| {
        let before: Vec<_> = [REQUESTER, OPERATOR, PROVIDER, WORKER, WORKER + 1].map(wealth).to_vec();
        let task = request(1, 4);
        next_block();
        agree(task, 7);
        let after: Vec<_> = [REQUESTER, OPERATOR, PROVIDER, WORKER, WORKER + 1].map(wealth).to_vec();
        let gained: Vec<_> =
            after.iter().zip(before).map(|(after, before)| *after as i128 - before as i128).collect();
        assert_eq!(gained, [-28, 3, 3, 11, 11]);
        assert_eq!([score(WORKER), score(WORKER + 1)], [1, 1]);
        assert_eq!([locked(WORKER), locked(WORKER + 1)], [0, 0]);
        assert_eq!(held(REQUESTER) + held(OPERATOR), 0);
        assert_eq!(progress(task.deal).completed, 1);
        let at = System::block_number();
        assert_eq!(Outcomes::<Test>::get(task), Some(Outcome::Completed { digest: digest(7), at }));
        System::assert_has_event(Event::DealEnded { deal: task.deal, completed: 1, failed: 0 }.into());
    });
}

#[test]
fn takes_the_stake_of_a_liar_and_gives_it_to_the_honest() {
    Chain::of(5).bonded(WORKER, BOND, 300).execute(|| {
        let task = request(1, 4);
        next_block();
        let first = drawn(task);
        let liar = first[0];
        let before = wealth(liar);
        let reputed = score(liar);
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
        assert_eq!(score(liar), reputed * 2 / 3);
        assert_eq!(progress(task.deal).completed, 1);
    });
}

#[test]
fn leaves_little_state_behind() {
    Chain::of(2).execute(|| {
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
fn gives_a_lone_worker_no_score() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        agree(task, 7);
        assert_eq!(score(WORKER), 0);
        assert_eq!(progress(task.deal).completed, 1);
    });
}
