//! What a fork brings about.

use super::*;

#[test]
fn keeps_both_results_where_a_fork_made_one_number_two_tasks() {
    let mut state = State::new(RULES, []);
    let (one, other) = (assignment(task(0), 0), assignment(task(0), 7));
    decide(&mut state, seen(1, vec![one.clone()], vec![]));
    decide(&mut state, computed(&one, 1));
    let actions = decide(&mut state, seen(2, vec![other.clone()], vec![]));
    assert_eq!(actions, [Action::Execute(Box::new(other.clone()))]);
    decide(&mut state, computed(&other, 2));
    // Back on the first fork, where the commitment to the first result had been included.
    let reveal = |digest| Action::Reveal(vec![Finding { task: task(0), digest: Digest([digest; 32]) }]);
    let actions = decide(&mut state, seen(3, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(1)));
    // On the other, the first guess is refused and the second is right.
    let refused = Event::Answered { lane: Lane::Reveal, tasks: vec![task(0)], answer: Answer::Refused };
    decide(&mut state, refused);
    let actions = decide(&mut state, seen(5, vec![], vec![task(0)]));
    assert!(actions.contains(&reveal(2)));
}
