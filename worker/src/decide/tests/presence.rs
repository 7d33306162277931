//! Signs of life, online and offline.

use super::*;

#[test]
fn shows_that_it_lives_while_it_executes() {
    let mut state = State::new(RULES, [], []);
    let work = assignment(task(0), 0);
    let presence =
        Presence { member: true, online: true, current: true, last_seen: 10, ..Presence::default() };
    let mut beat =
        |at| decide(&mut state, look(at, vec![work.clone()], vec![], presence)).contains(&Action::Heartbeat);
    assert!(!beat(11));
    assert!(beat(12));
    assert!(!beat(13), "one is on its way");
}

#[test]
fn gives_no_second_sign_of_life_while_a_commitment_is_on_its_way() {
    let works = vec![assignment(task(0), 0), assignment(task(1), 0)];
    let record =
        Record { task: task(0), terms: Terms::of(&works[0]), digest: Digest([1; 32]), deadline: 100 };
    let mut state = State::new(RULES, [record], []);
    let presence =
        Presence { member: true, online: true, current: true, last_seen: 10, ..Presence::default() };
    let mut at = |height| decide(&mut state, look(height, works.clone(), vec![], presence));
    at(10);
    assert!(at(11).iter().any(|action| matches!(action, Action::Commit { .. })));
    let half = 10 + RULES.heartbeat_period / 2;
    assert!(!at(half).contains(&Action::Heartbeat));
    // It takes too long.
    assert!(at(10 + RULES.heartbeat_period).contains(&Action::Heartbeat));
}

#[test]
fn goes_online_again_when_the_chain_has_taken_it_offline_but_more_slowly_each_time() {
    let mut state = State::new(RULES, [], []);
    let mut at = 0;
    let mut pauses = Vec::new();
    for _ in 0..3 {
        decide(&mut state, seen(at, vec![], vec![]));
        let offline_at = at + 1;
        loop {
            at += 1;
            let presence = Presence { member: true, ..Presence::default() };
            if decide(&mut state, look(at, vec![], vec![], presence)).contains(&Action::GoOnline) {
                break;
            }
        }
        pauses.push(at - offline_at);
        let answer = Answer::Done(at);
        decide(&mut state, Event::Answered { lane: Lane::Presence, tasks: vec![], answer });
        at += 1;
    }
    assert_eq!(pauses, [1, 2, 4]);
}

#[test]
fn waits_until_its_bond_is_ripe_before_it_goes_online() {
    let mut state = State::new(RULES, [], []);
    let presence = Presence { member: true, ripe_at: 50, ..Presence::default() };
    for at in [1, 2, 30, 49] {
        assert_eq!(decide(&mut state, look(at, vec![], vec![], presence)), []);
    }
    assert_eq!(decide(&mut state, look(50, vec![], vec![], presence)), [Action::GoOnline]);
}
