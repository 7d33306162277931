//! The record of each account that is, or was, a candidate.

use sp_runtime::Perbill;
use sp_staking::SessionIndex;
use talka_primitives::{apply, election::PATIENCE, odds::effective_stake, stored, Balance, Score};

/// Who stands for election.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Candidate {
    /// What it puts up: locked in its bond, and in nothing else's use. In units of TLK.
    pub stake: Balance,
    /// Its reputation as a validator. That as a worker is another one.
    pub score: Score,
    /// For how many sessions in a row it has missed its blocks.
    pub missed: u32,
}

impl Candidate {
    /// What it counts in elections, in units of TLK.
    pub fn effective_stake(&self) -> Balance {
        effective_stake(self.stake, self.score)
    }

    /// Whether it has been away for so long that it has to register again.
    pub fn is_lost(&self) -> bool {
        self.missed >= PATIENCE
    }

    /// The same, standing no more.
    pub fn retire(self, cause: Cause, until: SessionIndex) -> Retired {
        Retired { stake: self.stake, score: self.score, until, cause, slash: None }
    }
}

/// Why somebody stands for election no more.
#[apply(stored)]
#[derive(Copy)]
pub enum Cause {
    /// It wanted to.
    Resigned,
    /// It missed its blocks for too many sessions in a row.
    Absent,
    /// It signed two things of which it could only mean one.
    Equivocated,
}

/// Who stands no more, and whose stake is still locked.
#[apply(stored)]
#[derive(Copy)]
pub struct Retired {
    /// What is locked, in units of TLK.
    pub stake: Balance,
    /// Its reputation as a validator, for when it stands again.
    pub score: Score,
    /// The first session in which the stake can be released.
    pub until: SessionIndex,
    /// Why it stands no more.
    pub cause: Cause,
    /// What equivocation cost it.
    pub slash: Option<Slash>,
}

/// What equivocation in one session cost.
#[apply(stored)]
#[derive(Copy)]
pub struct Slash {
    /// The session.
    pub session: SessionIndex,
    /// The stake before, in units of TLK.
    pub stake: Balance,
    /// What was taken of it, in units of TLK.
    pub taken: Balance,
}

impl Retired {
    /// Take what equivocation in `session` costs: a share of the stake. However often somebody equivocates in one
    /// session, it pays the greatest share only. The answer is what is to be paid now.
    pub fn slash(&mut self, session: SessionIndex, share: Perbill) -> Balance {
        let before = self.slash.filter(|slash| slash.session == session).unwrap_or(Slash {
            session,
            stake: self.stake,
            taken: 0,
        });
        let due = share.mul_floor(before.stake).saturating_sub(before.taken).min(self.stake);
        self.stake = self.stake.saturating_sub(due);
        self.slash = Some(Slash { taken: before.taken.saturating_add(due), ..before });
        self.score = Score::default();
        self.cause = Cause::Equivocated;
        due
    }

    /// Whether it may stand for election again in a session.
    pub fn may_return(&self, session: SessionIndex) -> bool {
        self.cause != Cause::Equivocated || session >= self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn retired(stake: Balance) -> Retired {
        Candidate { stake, score: Score(9), missed: 0 }.retire(Cause::Resigned, 7)
    }

    #[test]
    fn counts_as_the_formula_says() {
        let fresh = Candidate { stake: 1_500, score: Score(0), missed: 0 };
        let old = Candidate { stake: 1_050, score: Score(300), missed: 0 };
        assert_eq!((fresh.effective_stake(), old.effective_stake()), (1_000, 1_039));
    }

    #[test]
    fn pays_the_greatest_share_of_a_session_once() {
        let mut offender = retired(1_000);
        assert_eq!(offender.slash(3, Perbill::from_percent(10)), 100);
        assert_eq!(offender.slash(3, Perbill::from_percent(10)), 0);
        assert_eq!(offender.slash(3, Perbill::from_percent(56)), 460);
        assert_eq!(offender.slash(3, Perbill::from_percent(20)), 0);
        assert_eq!((offender.stake, offender.score, offender.cause), (440, Score(0), Cause::Equivocated));
        // Another session is another offence.
        assert_eq!(offender.slash(4, Perbill::from_percent(50)), 220);
    }

    #[test]
    fn bars_equivocators_until_nothing_more_can_be_found_out() {
        let mut one = retired(10);
        assert!(one.may_return(0));
        one.slash(3, Perbill::from_percent(10));
        assert!(!one.may_return(6));
        assert!(one.may_return(7));
    }

    proptest! {
        #[test]
        fn never_pays_more_than_there_is(
            stake in any::<u128>(),
            shares in proptest::collection::vec((0u32..3, 0u32..=1_000_000_000), 0..20),
        ) {
            let mut offender = retired(stake);
            let mut paid = 0u128;
            for (session, share) in shares {
                paid += offender.slash(session, Perbill::from_parts(share));
                prop_assert_eq!(paid + offender.stake, stake);
            }
        }
    }
}
