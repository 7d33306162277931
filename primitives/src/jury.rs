//! Juries: which of two workers is right.
//!
//! Two different results of a deterministic app prove that at least one worker is wrong. Jurors are drawn from the
//! validators, execute the task, and vote by commit and reveal as workers do. More than two thirds of the *seats* must
//! name the same result: a juror that does not vote counts as a vote against. Without such a majority a second jury is
//! drawn. If it has none either, the task fails, the payer is refunded, and no worker is convicted.
//!
//! A worker that is found wrong loses its locked stake for the task and all of its merit: see [`crate::settlement`].

use alloc::vec::Vec;
use codec::Encode;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    apply, commitment,
    id::{Digest, ResultHash, Seal, TaskId},
    task::Refusal,
    unit::BlockNumber,
};

/// Jurors where governance has set no other number.
pub const DEFAULT_JURORS: u32 = 7;

/// Most jurors that governance can set.
pub const MAX_JURORS: u32 = 31;

/// How many juries one task can have.
pub const MAX_JURIES: u32 = 2;

/// How far one juror is.
#[apply(stored)]
#[derive(Copy, Serialize, Deserialize)]
pub enum Ballot {
    /// Its commitment is awaited.
    Awaited,
    /// It has committed to a result.
    Committed {
        /// What can be compared.
        result: ResultHash,
        /// What cannot be copied.
        seal: Seal,
    },
    /// It has shown the digest that it committed to: this is its vote.
    Revealed {
        /// The digest.
        digest: Digest,
    },
}

/// One seat of a jury.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Juror<AccountId> {
    /// Who.
    pub who: AccountId,
    /// How far it is.
    pub ballot: Ballot,
}

/// A jury at work: first all commit, then all reveal. A juror that does not commit in time cannot vote any more.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
#[serde(bound = "AccountId: Serialize + for<'a> Deserialize<'a>")]
pub struct Jury<AccountId> {
    /// Its seats.
    pub seats: BoundedVec<Juror<AccountId>, ConstU32<MAX_JURORS>>,
    /// Whether votes are shown already.
    pub revealing: bool,
    /// The last block for commitments, or for reveals.
    pub until: BlockNumber,
    /// Whether it is the task's first jury, or a later one.
    pub juries: u32,
    /// Whether it has ended. Then it is remembered until another one is drawn.
    pub ended: bool,
}

/// When a commitment is made, and what follows from that.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The present block.
    pub now: BlockNumber,
    /// The last block for reveals, should they begin with it.
    pub reveal_until: BlockNumber,
}

impl<AccountId: Clone + PartialEq + Encode> Jury<AccountId> {
    /// A jury of these, who may commit until this block: the task's first, or the one after that. Those beyond the
    /// greatest number are left out.
    pub fn after(former: Option<&Self>, jurors: Vec<AccountId>, until: BlockNumber) -> Self {
        let juries = former.map_or(0, |jury| jury.juries).saturating_add(1);
        let seats: Vec<_> = jurors.into_iter().map(|who| Juror { who, ballot: Ballot::Awaited }).collect();
        Self { seats: BoundedVec::truncate_from(seats), revealing: false, until, juries, ended: false }
    }

    /// Whether it has a seat.
    pub fn has(&self, who: &AccountId) -> bool {
        self.seats.iter().any(|juror| juror.who == *who)
    }

    /// Whether a juror is to execute the task.
    pub fn awaits(&self, who: &AccountId) -> bool {
        let waits = |juror: &Juror<AccountId>| juror.who == *who && juror.ballot == Ballot::Awaited;
        !self.ended && !self.revealing && self.seats.iter().any(waits)
    }

    /// Whether a juror is to show its digest.
    pub fn is_to_reveal(&self, who: &AccountId) -> bool {
        let committed =
            |juror: &Juror<AccountId>| juror.who == *who && matches!(juror.ballot, Ballot::Committed { .. });
        !self.ended && self.revealing && self.seats.iter().any(committed)
    }

    /// Whether a result may have been shown to all: by this jury, or by the one before.
    pub fn may_have_shown(&self) -> bool {
        self.revealing || self.juries > 1
    }

    /// The votes, by seats.
    pub fn votes(&self) -> Vec<Option<Digest>> {
        let vote = |juror: &Juror<AccountId>| match juror.ballot {
            Ballot::Revealed { digest } => Some(digest),
            Ballot::Awaited | Ballot::Committed { .. } => None,
        };
        self.seats.iter().map(vote).collect()
    }

    /// The jurors that voted for a digest.
    pub fn voted_for(&self, right: Digest) -> impl Iterator<Item = &AccountId> {
        let agrees = move |juror: &&Juror<AccountId>| juror.ballot == Ballot::Revealed { digest: right };
        self.seats.iter().filter(agrees).map(|juror| &juror.who)
    }

    /// The jurors to be fined: see [`fined`].
    pub fn fined(&self) -> Vec<&AccountId> {
        fined(&self.votes())
            .into_iter()
            .filter_map(|seat| self.seats.get(seat))
            .map(|juror| &juror.who)
            .collect()
    }

    /// A juror commits; when all have, they may reveal until `reveal_until`.
    pub fn commit(
        &mut self,
        who: &AccountId,
        result: ResultHash,
        seal: Seal,
        Times { now, reveal_until }: Times,
    ) -> Result<(), Refusal> {
        let (revealing, until) = (self.revealing, self.until);
        let juror = self.seat(who)?;
        match juror.ballot {
            Ballot::Committed { .. } | Ballot::Revealed { .. } => return Err(Refusal::AlreadyCommitted),
            Ballot::Awaited if revealing || now > until => return Err(Refusal::TooLate),
            Ballot::Awaited => juror.ballot = Ballot::Committed { result, seal },
        }
        if self.seats.iter().all(|juror| juror.ballot != Ballot::Awaited) {
            self.begin_revealing(reveal_until);
        }
        Ok(())
    }

    /// A juror shows its digest. When the last one has, the ruling is known.
    pub fn reveal(
        &mut self,
        id: TaskId,
        who: &AccountId,
        digest: Digest,
        now: BlockNumber,
    ) -> Result<Option<Ruling<Digest>>, Refusal> {
        let (revealing, until) = (self.revealing, self.until);
        let juror = self.seat(who)?;
        let (result, seal) = match juror.ballot {
            Ballot::Committed { .. } if !revealing => return Err(Refusal::NotRevealing),
            Ballot::Committed { .. } if now > until => return Err(Refusal::TooLate),
            Ballot::Committed { result, seal } => (result, seal),
            Ballot::Awaited => return Err(Refusal::NotRevealing),
            Ballot::Revealed { .. } => return Err(Refusal::AlreadyRevealed),
        };
        if commitment::result_hash(id, digest) != result {
            return Err(Refusal::WrongDigest);
        }
        if commitment::seal(who, id, digest) != seal {
            return Err(Refusal::WrongSeal);
        }
        juror.ballot = Ballot::Revealed { digest };
        let open = self.seats.iter().any(|juror| matches!(juror.ballot, Ballot::Committed { .. }));
        Ok((!open).then(|| self.end()))
    }

    /// The time to commit, or to reveal, is over. Who has committed may reveal until `reveal_until`; after that, or
    /// where nobody has, the ruling is known.
    pub fn time_over(&mut self, reveal_until: BlockNumber) -> Option<Ruling<Digest>> {
        let committed = self.seats.iter().any(|juror| matches!(juror.ballot, Ballot::Committed { .. }));
        if self.revealing || !committed {
            return Some(self.end());
        }
        self.begin_revealing(reveal_until);
        None
    }

    fn begin_revealing(&mut self, until: BlockNumber) {
        self.revealing = true;
        self.until = until;
    }

    fn end(&mut self) -> Ruling<Digest> {
        self.ended = true;
        ruling(&self.votes(), self.juries)
    }

    fn seat(&mut self, who: &AccountId) -> Result<&mut Juror<AccountId>, Refusal> {
        if self.ended {
            return Err(Refusal::TooLate);
        }
        self.seats.iter_mut().find(|juror| juror.who == *who).ok_or(Refusal::NotAssigned)
    }
}

/// How many jurors are drawn: an odd number, or all where there are not more.
pub fn size(wanted: u32, validators: u32) -> u32 {
    let odd = wanted.max(1) | 1;
    odd.min(validators)
}

/// How many votes decide: more than two thirds of the seats.
pub fn majority(seats: u32) -> u32 {
    (u64::from(seats) * 2 / 3 + 1) as u32
}

/// What a jury decides. A seat without a vote is `None`.
pub fn verdict<Result: PartialEq + Copy>(votes: &[Option<Result>]) -> Option<Result> {
    let seats = u32::try_from(votes.len()).unwrap_or(u32::MAX);
    let count = |result: Result| votes.iter().filter(|vote| **vote == Some(result)).count();
    votes.iter().flatten().copied().find(|result| count(*result) >= majority(seats) as usize)
}

/// What follows from a jury.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<Result> {
    /// This result is right: whoever committed to another is wrong.
    Decided(Result),
    /// Another jury is to be drawn.
    Again,
    /// The task fails; nobody is wrong.
    Undecided,
}

/// What follows from the votes of the first jury (`juries` = 1), or of a later one.
pub fn ruling<Result: PartialEq + Copy>(votes: &[Option<Result>], juries: u32) -> Ruling<Result> {
    match verdict(votes) {
        Some(result) => Ruling::Decided(result),
        None if juries < MAX_JURIES => Ruling::Again,
        None => Ruling::Undecided,
    }
}

/// The jurors to be fined, by their seats: those who did not vote, and, where the jury decided, those who voted for
/// another result. Each loses the value of the task.
pub fn fined<Result: PartialEq + Copy>(votes: &[Option<Result>]) -> Vec<usize> {
    let decided = verdict(votes);
    let at_fault = |vote: &Option<Result>| vote.is_none() || (decided.is_some() && *vote != decided);
    votes.iter().enumerate().filter(|(_, vote)| at_fault(vote)).map(|(seat, _)| seat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_odd_or_all() {
        assert_eq!([size(7, 100), size(8, 100), size(0, 100), size(7, 4), size(7, 0)], [7, 9, 1, 4, 0]);
        assert_eq!([majority(1), majority(3), majority(4), majority(7), majority(0)], [1, 3, 3, 5, 1]);
    }

    #[test]
    fn draws_anew_once() {
        let split = [Some(1), Some(1), Some(2)];
        assert_eq!(ruling(&split, 1), Ruling::Again);
        assert_eq!(ruling(&split, 2), Ruling::Undecided);
        assert_eq!(ruling(&[Some(1); 3], 2), Ruling::Decided(1));
        assert_eq!(ruling::<u8>(&[], 1), Ruling::Again);
    }

    #[test]
    fn fines_who_does_not_vote_or_is_outvoted() {
        assert_eq!(fined(&[Some(1), Some(1), Some(1), Some(2), None, Some(1), Some(1)]), [3, 4]);
        assert_eq!(fined(&[Some(1), Some(2), None]), [2]);
    }

    /// How often juries convict a liar, where one in so many validators votes for the lie.
    fn convicted(one_in: u64) -> f64 {
        const TRUTH: u8 = 0;
        let (mut convicted, mut again, mut all) = (0u64, 0u64, 0u64);
        for seats in 0u32..1 << DEFAULT_JURORS {
            let votes: Vec<_> = (0..DEFAULT_JURORS).map(|seat| Some((seats >> seat & 1) as u8)).collect();
            let ways = (one_in - 1).pow(DEFAULT_JURORS - seats.count_ones());
            all += ways;
            match ruling(&votes, 1) {
                Ruling::Decided(TRUTH) => convicted += ways,
                Ruling::Decided(_) => {}
                Ruling::Again | Ruling::Undecided => again += ways,
            }
        }
        convicted as f64 / all as f64 * (1.0 + again as f64 / all as f64)
    }

    /// What `audit` counts on.
    #[test]
    fn liars_are_convicted_though_some_validators_are_their_fellows() {
        assert!((0.78..0.80).contains(&convicted(3)), "{}", convicted(3));
        assert!((0.92..0.94).contains(&convicted(4)), "{}", convicted(4));
        assert!((0.97..0.98).contains(&convicted(5)), "{}", convicted(5));
    }

    proptest! {
        #[test]
        fn a_third_of_the_seats_decides_nothing_and_more_than_two_thirds_do(seats in 1usize..200, liars in 0usize..200) {
            let liars = liars.min(seats);
            let votes: Vec<_> = (0..seats).map(|seat| Some(u8::from(seat < liars))).collect();
            let expected = if 3 * liars > 2 * seats { Some(1) } else if 3 * (seats - liars) > 2 * seats { Some(0) } else { None };
            prop_assert_eq!(verdict(&votes), expected);
        }

        #[test]
        fn no_two_results_win(votes in proptest::collection::vec(proptest::option::of(0u8..3), 0..30)) {
            let winners = (0..3u8).filter(|result| {
                let count = votes.iter().filter(|vote| **vote == Some(*result)).count();
                count >= majority(votes.len() as u32) as usize
            });
            prop_assert!(winners.count() <= 1);
        }
    }
}
