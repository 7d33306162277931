//! What an attester does next: a pure function of what it sees.

use talka_primitives::{
    bridge::{Attestation, MAX_AHEAD},
    BlockNumber,
};

use super::deposits::{Contradiction, Deposits};

/// For this number of blocks the next attester leaves crediting to the one before it.
const TURN: BlockNumber = 5;

/// What an attester sees of the sidechain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The head of the chain.
    pub now: BlockNumber,
    /// What is credited.
    pub credited: Attestation,
    /// What enough validators attest.
    pub accepted: Attestation,
    /// In which block this was first seen to be accepted.
    pub accepted_since: BlockNumber,
    /// The seat that this attester speaks for, if it has one now.
    pub seat: Option<Seat>,
}

/// A seat, as far as attesting goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its place among the seats.
    pub place: u32,
    /// How many seats there are.
    pub of: u32,
    /// What its validator has attested lately, the newest last.
    pub attested: Vec<Attestation>,
}

/// What an attester does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Attest to this.
    Attest(Attestation),
    /// Show the deposits that lead to what is accepted.
    Credit(Attestation),
}

/// What to do next, in this order. `deposits` are those that all Ethereum nodes agree on, from what is credited on.
///
/// # Errors
///
/// Where enough others have attested to something that Ethereum does not tell here. Nothing is done then: somebody has to look.
pub fn decide(seen: &Seen, deposits: &Deposits) -> Result<Vec<Action>, Contradiction> {
    let mut actions = Vec::new();
    let accepted = seen.accepted;
    if accepted.deposits > seen.credited.deposits {
        match deposits.at(accepted.deposits) {
            Some(known) if known != accepted => return Err(Contradiction::Sidechain(accepted.deposits)),
            Some(_) if is_turn(seen) => actions.push(Action::Credit(accepted)),
            // Others see more of Ethereum, or it is their turn.
            _ => {}
        }
    }
    let Some(seat) = &seen.seat else { return Ok(actions) };
    let last = seat.attested.last().map_or(0, |last| last.deposits);
    let target = deposits.end().deposits.min(seen.credited.deposits.saturating_add(MAX_AHEAD.into()));
    if target > last.max(seen.credited.deposits) {
        actions.extend(deposits.at(target).map(Action::Attest));
    }
    Ok(actions)
}

/// Whether to credit now. One is enough, and a later one pays for nothing: so they take turns, a different one first each time.
/// Attesters without a seat come after all that have one.
fn is_turn(seen: &Seen) -> bool {
    let waited = seen.now.saturating_sub(seen.accepted_since);
    let place = match &seen.seat {
        Some(Seat { place, of, .. }) if *of > 0 => {
            let first = (seen.accepted.deposits % u64::from(*of)) as u32;
            (place + of - first) % of
        }
        _ => MAX_AHEAD,
    };
    waited >= place.saturating_mul(TURN)
}

#[cfg(test)]
mod tests {
    use super::super::deposits::tests::{deposits, START};
    use super::*;

    fn seat(attested: &[Attestation]) -> Option<Seat> {
        Some(Seat { place: 1, of: 4, attested: attested.to_vec() })
    }

    fn seen(attested: &[Attestation]) -> Seen {
        Seen { now: 50, credited: START, accepted: START, accepted_since: 50, seat: seat(attested) }
    }

    #[test]
    fn all_that_is_final_is_attested_once() {
        let deposits = deposits(3);
        let all = deposits.end();
        assert_eq!(decide(&seen(&[]), &deposits), Ok(vec![Action::Attest(all)]));
        assert_eq!(decide(&seen(&[all]), &deposits), Ok(vec![]));
        let earlier = deposits.at(6).unwrap();
        assert_eq!(decide(&seen(&[earlier]), &deposits), Ok(vec![Action::Attest(all)]));
        assert_eq!(decide(&seen(&[]), &Deposits::after(START)), Ok(vec![]));
    }

    #[test]
    fn no_more_is_attested_than_the_chain_takes() {
        let deposits = deposits(u64::from(MAX_AHEAD) + 10);
        let most = deposits.at(START.deposits + u64::from(MAX_AHEAD)).unwrap();
        assert_eq!(decide(&seen(&[]), &deposits), Ok(vec![Action::Attest(most)]));
        assert_eq!(decide(&seen(&[most]), &deposits), Ok(vec![]));
    }

    #[test]
    fn who_has_no_seat_attests_nothing() {
        let deposits = deposits(3);
        assert_eq!(decide(&Seen { seat: None, ..seen(&[]) }, &deposits), Ok(vec![]));
    }

    #[test]
    fn one_credits_what_is_accepted_and_the_next_one_if_it_does_not() {
        let deposits = deposits(3);
        let accepted = deposits.end();
        // Of four seats number 0 is the first one for 8 deposits.
        let at = |place, now| {
            let seat = Some(Seat { place, of: 4, attested: vec![accepted] });
            decide(&Seen { now, accepted, seat, ..seen(&[]) }, &deposits).unwrap()
        };
        let credit = vec![Action::Credit(accepted)];
        assert_eq!(at(0, 50), credit);
        assert!(at(1, 54).is_empty());
        assert_eq!(at(1, 55), credit);
        assert!(at(3, 64).is_empty());
        assert_eq!(at(3, 65), credit);
        let stranger = |now| decide(&Seen { now, accepted, seat: None, ..seen(&[]) }, &deposits).unwrap();
        assert!(stranger(65).is_empty());
        assert_eq!(stranger(50 + MAX_AHEAD * TURN), credit);
    }

    #[test]
    fn what_ethereum_does_not_tell_is_neither_attested_nor_credited() {
        let deposits = deposits(3);
        let lie = Attestation { accumulator: [9; 32], ..deposits.end() };
        let refused = decide(&Seen { accepted: lie, ..seen(&[]) }, &deposits);
        assert_eq!(refused, Err(Contradiction::Sidechain(8)));
        // What is further than is seen here may be right.
        let more = Attestation { deposits: 20, accumulator: [9; 32] };
        let seen = Seen { accepted: more, ..seen(&[deposits.end()]) };
        assert_eq!(decide(&seen, &deposits), Ok(vec![]));
    }
}
