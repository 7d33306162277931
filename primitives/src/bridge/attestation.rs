//! Attestations: what validators say of the deposits on Ethereum, and when they are believed.
//!
//! A validator attests to a number of deposits and to their accumulator. What more than two thirds of the seats attest alike is
//! accepted: as many as sign what Ethereum believes of this chain.

use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use super::{json, Hash};
use crate::apply;

/// How far beyond what is credited a validator may attest, in deposits. This number fits into one transaction, with the
/// longest messages.
pub const MAX_AHEAD: u32 = 64;

/// How many attestations of each validator are remembered. Validators look at Ethereum at different times: they agree as long as
/// one of these is the same.
pub const REMEMBERED: u32 = 4;

/// All deposits before a number, by their accumulator.
#[apply(stored)]
#[derive(Copy, Default, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attestation {
    /// How many deposits there are: the number of the next one.
    pub deposits: u64,
    /// The accumulator after the last of them: see [`super::deposits`].
    #[serde(with = "json::word")]
    pub accumulator: Hash,
}

/// What a validator has attested lately, the newest last.
pub type Attested = BoundedVec<Attestation, ConstU32<REMEMBERED>>;

/// Why an attestation is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// These deposits are credited.
    Past,
    /// The accumulator contradicts what is credited.
    Contradiction,
    /// It goes more than [`MAX_AHEAD`] deposits beyond what is credited.
    TooFarAhead,
    /// The validator has attested to this already.
    Repetition,
    /// The validator has attested to another accumulator for this number.
    Equivocation,
    /// The validator has attested to more.
    NotNewer,
}

/// What a validator has attested to, with one more attestation. What it says for nothing is bounded: each is of more deposits
/// than the one before, and the last of them within [`MAX_AHEAD`].
pub fn attest(attested: &Attested, new: Attestation, credited: &Attestation) -> Result<Attested, Refusal> {
    let ahead = new.deposits.checked_sub(credited.deposits).ok_or(Refusal::Past)?;
    if ahead == 0 && new.accumulator != credited.accumulator {
        return Err(Refusal::Contradiction);
    }
    if ahead > u64::from(MAX_AHEAD) {
        return Err(Refusal::TooFarAhead);
    }
    if let Some(same) = attested.iter().find(|one| one.deposits == new.deposits) {
        return Err(if *same == new { Refusal::Repetition } else { Refusal::Equivocation });
    }
    if attested.last().is_some_and(|last| last.deposits > new.deposits) {
        return Err(Refusal::NotNewer);
    }
    let forgotten = (attested.len() + 1).saturating_sub(REMEMBERED as usize);
    let remembered = attested.iter().skip(forgotten).copied().chain([new]);
    Ok(BoundedVec::truncate_from(remembered.collect()))
}

/// How many of the validators attest to this, of which each item is what one has attested to.
pub fn votes<'a>(attested: impl IntoIterator<Item = &'a Attested>, what: &Attestation) -> u32 {
    attested.into_iter().filter(|one| one.contains(what)).count() as u32
}

/// Whether `votes` is more than two thirds of `seats`.
pub fn is_enough(votes: u32, seats: u32) -> bool {
    u64::from(votes) * 3 > u64::from(seats) * 2
}

/// The newest attestation that more than two thirds of the seats make alike; nothing where there is none. Each item is what one
/// of the seated validators has attested to.
pub fn accepted<'a>(seats: u32, attested: impl IntoIterator<Item = &'a Attested>) -> Option<Attestation> {
    let mut votes = BTreeMap::<Attestation, u32>::new();
    for one in attested {
        for (place, attestation) in one.iter().enumerate() {
            if !one[..place].contains(attestation) {
                *votes.entry(*attestation).or_default() += 1;
            }
        }
    }
    votes.into_iter().rev().find(|(_, votes)| is_enough(*votes, seats)).map(|(attestation, _)| attestation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const CREDITED: Attestation = Attestation { deposits: 10, accumulator: [10; 32] };

    /// The true attestation for this number of deposits.
    fn truth(deposits: u64) -> Attestation {
        Attestation { deposits, accumulator: [deposits as u8; 32] }
    }

    fn lie(deposits: u64) -> Attestation {
        Attestation { deposits, accumulator: [255; 32] }
    }

    fn attested(all: impl IntoIterator<Item = Attestation>) -> Attested {
        all.into_iter().fold(Attested::default(), |before, new| attest(&before, new, &CREDITED).unwrap())
    }

    #[test]
    fn remembers_the_last_four() {
        let all = attested([11, 12, 13, 15, 20].map(truth));
        assert_eq!(all.to_vec(), [12, 13, 15, 20].map(truth));
    }

    #[test]
    fn refuses_what_is_past_wrong_or_too_far() {
        let none = Attested::default();
        for (new, refusal) in [
            (truth(9), Refusal::Past),
            (lie(10), Refusal::Contradiction),
            (truth(75), Refusal::TooFarAhead),
            (truth(u64::MAX), Refusal::TooFarAhead),
        ] {
            assert_eq!(attest(&none, new, &CREDITED), Err(refusal), "{new:?}");
        }
        // At the bounds: who was slower than the others pays nothing for it.
        for new in [truth(10), truth(74)] {
            assert!(attest(&none, new, &CREDITED).is_ok(), "{new:?}");
        }
    }

    #[test]
    fn refuses_repetition_equivocation_and_less_than_before() {
        let all = attested([11, 13, 15].map(truth));
        for (new, refusal) in [
            (truth(13), Refusal::Repetition),
            (truth(15), Refusal::Repetition),
            (lie(13), Refusal::Equivocation),
            (lie(15), Refusal::Equivocation),
            (truth(12), Refusal::NotNewer),
        ] {
            assert_eq!(attest(&all, new, &CREDITED), Err(refusal), "{new:?}");
        }
    }

    #[test]
    fn needs_more_than_two_thirds_of_the_seats() {
        for (seats, needed) in [(1, 1), (2, 2), (3, 3), (4, 3), (6, 5), (7, 5), (200, 134)] {
            let one = attested([truth(11)]);
            assert_eq!(accepted(seats, vec![&one; needed - 1]), None, "{seats}");
            assert_eq!(accepted(seats, vec![&one; needed]), Some(truth(11)), "{seats}");
            assert_eq!(votes(vec![&one; needed], &truth(11)), needed as u32);
            assert_eq!(votes(vec![&one; needed], &lie(11)), 0);
        }
    }

    #[test]
    fn is_the_newest_on_which_enough_agree() {
        let early = attested([11, 12].map(truth));
        let late = attested([11, 12, 14].map(truth));
        let other = attested([truth(11), truth(13)]);
        assert_eq!(accepted(4, [&early, &late, &other]), Some(truth(11)));
        assert_eq!(accepted(4, [&early, &late, &late, &other]), Some(truth(12)));
    }

    #[test]
    fn is_what_the_others_say_where_a_quarter_lies() {
        let (right, wrong) = (attested([truth(12)]), attested([lie(12)]));
        assert_eq!(accepted(4, [&right, &wrong, &right]), None);
        assert_eq!(accepted(4, [&right, &wrong, &right, &right]), Some(truth(12)));
        let eight = [&right, &wrong, &wrong, &right, &right, &right, &right, &right];
        assert_eq!(accepted(8, eight), Some(truth(12)));
    }

    /// What a validator tries to attest to, one after another. Only some of it is taken.
    fn tries() -> impl Strategy<Value = Vec<(u64, bool)>> {
        vec((8u64..30, any::<bool>()), 0..12)
    }

    fn taken(tries: &[(u64, bool)]) -> Attested {
        tries.iter().fold(Attested::default(), |before, (number, honest)| {
            let new = if *honest { truth(*number) } else { lie(*number) };
            attest(&before, new, &CREDITED).unwrap_or(before)
        })
    }

    proptest! {
        #[test]
        fn grows_and_names_no_number_twice(tries in tries()) {
            let all = taken(&tries);
            prop_assert!(all.windows(2).all(|two| two[0].deposits < two[1].deposits));
            prop_assert!(all.iter().all(|one| one.deposits >= CREDITED.deposits));
        }

        #[test]
        fn never_accepts_what_two_thirds_do_not_say(all in vec(tries(), 1..9)) {
            let all: Vec<_> = all.iter().map(|tries| taken(tries)).collect();
            let seats = all.len() as u32;
            let accepted = accepted(seats, &all);
            if let Some(what) = accepted {
                prop_assert!(3 * votes(&all, &what) > 2 * seats);
            }
            // Nothing newer has as many.
            let said = all.iter().flat_map(|one| one.iter());
            let newest = said.filter(|one| is_enough(votes(&all, one), seats)).max();
            prop_assert_eq!(newest.copied(), accepted);
        }

        #[test]
        fn is_true_while_less_than_a_third_of_the_validators_lie(
            honest in vec(vec(10u64..30, 1..6), 5..9), lying in vec(tries(), 0..3),
        ) {
            let mut all: Vec<_> = honest
                .iter()
                .map(|numbers| taken(&numbers.iter().map(|number| (*number, true)).collect::<Vec<_>>()))
                .collect();
            all.extend(lying.iter().map(|tries| taken(tries)));
            prop_assume!(3 * lying.len() < all.len());
            if let Some(what) = accepted(all.len() as u32, &all) {
                prop_assert_eq!(what, truth(what.deposits));
            }
        }
    }
}
