use super::*;
use crate::odds::effective_stake;
use proptest::prelude::*;

const RULES: Rules = Rules { seats: 4, min_seats: 3, min_stake: 1, term: 1 };

fn contenders(stakes: &[(u8, Balance)]) -> Vec<Contender<u8>> {
    stakes.iter().map(|(who, stake)| Contender { who: *who, stake: *stake }).collect()
}

#[test]
fn seats_the_highest_effective_stakes_one_election_after_the_other() {
    let all = contenders(&[(1, 10), (2, 20), (3, 30), (4, 40), (5, 50), (6, 60), (7, 5)]);
    let first = elect(&[1, 2, 3, 4], &all, &[], RULES);
    assert_eq!(first, [2, 3, 4, 6]);
    assert_eq!(elect(&first, &all, &[], RULES), [3, 4, 6, 5]);
    assert_eq!(elect(&[3, 4, 6, 5], &all, &[], RULES), [3, 4, 6, 5]);
}

#[test]
fn fills_free_seats_without_sending_anybody_away() {
    let all = contenders(&[(1, 1), (2, 1), (3, 1), (4, 9), (5, 9), (6, 9)]);
    let rules = Rules { seats: 6, ..RULES };
    // Half as many as stay, so that newcomers that do not turn up cannot stop finality.
    assert_eq!(elect(&[1, 2, 3], &all, &[], rules), [1, 2, 3, 4]);
    assert_eq!(elect(&[1, 2, 3, 4], &all, &[], rules), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn sends_an_offender_away_first() {
    let all = contenders(&[(1, 1), (2, 20), (3, 30), (4, 40), (5, 50)]);
    assert_eq!(elect(&[1, 2, 3, 4], &all, &[4], RULES), [1, 2, 3, 5]);
    // With nobody to replace it as well.
    assert_eq!(elect(&[1, 2, 3, 4], &all[..4], &[4], RULES), [1, 2, 3]);
    // One at a time.
    assert_eq!(elect(&[1, 2, 3, 4], &all[..4], &[3, 4], RULES), [1, 2, 3]);
}

#[test]
fn keeps_those_who_want_to_leave_while_they_are_needed() {
    assert_eq!(elect(&[1, 2, 3], &contenders(&[(1, 1)]), &[], RULES), [1, 2, 3]);
    assert_eq!(elect(&[1, 2, 3], &contenders(&[(1, 1), (9, 1)]), &[], RULES).len(), 3);
    assert_eq!(elect::<u8>(&[1, 2, 3, 4], &[], &[], RULES).len(), 3);
    assert_eq!(elect::<u8>(&[1], &[], &[1], Rules::default()), [1]);
}

#[test]
fn grows_from_one_and_two_but_replaces_none_of_them() {
    let all = contenders(&[(1, 1), (2, 2), (3, 3), (4, 4)]);
    assert_eq!(elect(&[1], &all, &[], RULES), [1, 4]);
    assert_eq!(elect(&[1, 4], &all, &[], RULES), [1, 4, 3]);
    assert_eq!(elect(&[1], &all, &[], Rules { seats: 1, min_seats: 1, ..RULES }), [1]);
}

#[test]
fn prefers_sitting_validators_at_equal_stakes() {
    let all = contenders(&[(1, 7), (2, 7), (3, 7), (4, 7), (5, 7)]);
    assert_eq!(elect(&[2, 3, 4, 5], &all, &[], RULES), [2, 3, 4, 5]);
}

#[test]
fn a_bigger_bond_does_not_outdo_reputation_that_weighs_more() {
    let (newcomer, old) = (effective_stake(1_300, Score(0)), effective_stake(1_000, Score(300)));
    assert_eq!((newcomer, old), (866, 990));
    let all = contenders(&[(1, old), (2, old), (3, old), (4, old), (5, newcomer)]);
    assert_eq!(elect(&[1, 2, 3, 4], &all, &[], RULES), [1, 2, 3, 4]);
}

#[test]
fn judges_by_the_blocks_that_were_made() {
    let judge = |authored, blocks| Service { authored, blocks, validators: 4 }.attendance();
    use Attendance::*;
    let judged = [15, 8, 7, 2, 1, 0].map(|authored| judge(authored, 60));
    assert_eq!(judged, [Present, Present, Partial, Partial, Absent, Absent]);
    // Everybody was away, or nearly so: nobody is to blame.
    assert_eq!([0, 15].map(|blocks| judge(0, blocks)), [Present, Partial]);
    let extreme = Service { authored: u32::MAX, blocks: u32::MAX, validators: u32::MAX };
    assert_eq!(extreme.attendance(), Present);
}

#[test]
fn scores_attendance() {
    assert_eq!(Attendance::Present.score(Score(9)), Score(10));
    assert_eq!(Attendance::Partial.score(Score(9)), Score(9));
    assert_eq!(Attendance::Absent.score(Score(9)), Score(6));
    assert_eq!(Attendance::Present.score(Score(u32::MAX)), Score(u32::MAX));
}

#[test]
fn rules_are_sound_when_elections_can_be_held_by_them() {
    assert!(RULES.are_sound(4));
    assert!(!RULES.are_sound(3));
    assert!(!Rules { min_seats: 0, ..RULES }.are_sound(4));
    assert!(!Rules { min_seats: 5, ..RULES }.are_sound(9));
    assert!(!Rules { term: 0, ..RULES }.are_sound(4));
    assert!(Rules { term: MAX_TERM, ..RULES }.are_sound(4));
    assert!(!Rules { term: MAX_TERM + 1, ..RULES }.are_sound(4));
}

#[derive(Debug)]
struct Scene {
    sitting: Vec<u8>,
    contenders: Vec<Contender<u8>>,
    offenders: Vec<u8>,
    rules: Rules,
}

fn scene() -> impl Strategy<Value = Scene> {
    let ids = || proptest::collection::btree_set(0u8..24, 0..16);
    let sitting = proptest::collection::btree_set(0u8..24, 1..16);
    let stakes = proptest::collection::btree_map(0u8..24, 0u128..5, 0..24);
    (sitting, stakes, ids(), 1u32..16, 1u32..16).prop_map(|(sitting, stakes, offenders, seats, least)| {
        Scene {
            sitting: sitting.into_iter().collect(),
            contenders: stakes.into_iter().map(|(who, stake)| Contender { who, stake }).collect(),
            offenders: offenders.into_iter().collect(),
            rules: Rules { seats: seats.max(least), min_seats: least, min_stake: 0, term: 1 },
        }
    })
}

impl Scene {
    fn elect(&self) -> Vec<u8> {
        elect(&self.sitting, &self.contenders, &self.offenders, self.rules)
    }

    fn is_eligible(&self, who: u8) -> bool {
        self.contenders.iter().any(|one| one.who == who) && !self.offenders.contains(&who)
    }

    fn stake(&self, who: u8) -> Balance {
        self.contenders.iter().find(|one| one.who == who).map_or(0, |one| one.stake)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn changes_no_more_than_finality_bears(scene in scene()) {
        let after = scene.elect();
        let left = scene.sitting.iter().filter(|who| !after.contains(who)).count();
        let came = after.iter().filter(|who| !scene.sitting.contains(who)).count();
        prop_assert!(left * 3 <= scene.sitting.len(), "{left} left");
        prop_assert!(came * 3 <= after.len().max(3), "{came} came");
    }

    #[test]
    fn never_leaves_fewer_than_are_needed_nor_seats_more_than_there_are(scene in scene()) {
        let after = scene.elect();
        prop_assert!(after.len() >= scene.sitting.len().min(scene.rules.min_seats as usize));
        prop_assert!(after.len() <= scene.sitting.len().max(scene.rules.seats as usize));
        let mut unique = after.clone();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(unique.len(), after.len());
    }

    #[test]
    fn brings_in_candidates_only_and_the_best_of_them(scene in scene()) {
        let after = scene.elect();
        for who in after.iter().filter(|who| !scene.sitting.contains(who)) {
            prop_assert!(scene.is_eligible(*who));
            for other in &scene.contenders {
                if scene.is_eligible(other.who) && !after.contains(&other.who) && !scene.sitting.contains(&other.who) {
                    prop_assert!(scene.stake(*who) >= other.stake);
                }
            }
        }
    }

    #[test]
    fn sends_nobody_away_who_is_better_than_one_that_stays(scene in scene()) {
        let after = scene.elect();
        let left = scene.sitting.iter().filter(|who| !after.contains(who) && scene.is_eligible(**who));
        for gone in left {
            for kept in &after {
                prop_assert!(scene.is_eligible(*kept), "{gone} had to go before {kept}");
                prop_assert!(scene.stake(*kept) >= scene.stake(*gone));
            }
        }
    }

    #[test]
    fn comes_to_rest_with_the_highest_stakes_in_the_seats(mut scene in scene()) {
        scene.offenders.clear();
        for _ in 0..64 {
            scene.sitting = scene.elect();
        }
        prop_assert_eq!(scene.elect(), scene.sitting.clone());
        // Sets of one and two can grow, but replace nobody.
        if scene.sitting.len() >= 3 && scene.contenders.len() >= scene.rules.seats as usize {
            let lowest = scene.sitting.iter().map(|who| scene.stake(*who)).min().unwrap();
            let outside = scene.contenders.iter().filter(|one| !scene.sitting.contains(&one.who));
            prop_assert!(outside.map(|one| one.stake).max().is_none_or(|best| best <= lowest));
            prop_assert_eq!(scene.sitting.len(), scene.rules.seats as usize);
        }
    }

    #[test]
    fn a_validator_that_makes_more_blocks_is_not_judged_worse(blocks in 0u32..10_000, validators in 1u32..200, made in 0u32..500) {
        let rank = |made| match (Service { authored: made, blocks, validators }.attendance()) {
            Attendance::Absent => 0,
            Attendance::Partial => 1,
            Attendance::Present => 2,
        };
        prop_assert!(rank(made) <= rank(made + 1));
    }
}
