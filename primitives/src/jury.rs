//! Juries: which of two workers is right.
//!
//! Two different results of a deterministic app prove that at least one worker is wrong. Jurors are drawn from the
//! validators, execute the task, and vote by commit and reveal as workers do. More than two thirds of the *seats* must
//! name the same result. A seat is one of those that governance wants, also where nobody could be drawn for it: a
//! smaller jury needs as many votes. A juror that cannot execute the task declines. Without a majority a second jury is
//! drawn. If it has none either, the task fails, the payer is refunded, and no worker is convicted.
//!
//! A worker that is found wrong loses its locked stake for the task and all of its merit. Jurors that executed the task are
//! paid, also those of a first jury that could not decide. To decline is paid only where no jury could decide: see
//! [`crate::settlement`].
//!
//! Where a jury decided, it is proven that the task could be executed: a juror is fined for having voted for another result, or
//! for no vote at all. Where it did not, a juror is fined that committed to a result and did not reveal it in a full period:
//! it needs nobody for that, and votes are shown one by one, so the last could keep a jury from deciding. To decline costs nothing
//! but the pay for a vote.

use alloc::vec::Vec;
use codec::Encode;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

use crate::{
    apply, commitment,
    id::{Digest, ResultHash, Seal, TaskId},
    task::{DeclineReason, Refusal},
    unit::{Balance, BlockNumber, Share},
};

/// Jurors where governance has set no other number.
pub const DEFAULT_JURORS: u32 = 7;

/// Most jurors that governance can set.
pub const MAX_JURORS: u32 = 31;

/// How many juries one task can have.
pub const MAX_JURIES: u32 = 2;

/// The part of its stake that a juror can lose by one jury.
const MOST_FINED: Share = Share(10);

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
    /// It cannot execute the task and said so.
    Declined {
        /// The reason.
        reason: DeclineReason,
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
    /// The jurors.
    pub seats: BoundedVec<Juror<AccountId>, ConstU32<MAX_JURORS>>,
    /// The number of seats, of which some may be empty.
    pub size: u32,
    /// The jurors of the jury before that executed the task: see [`Jury::have_executed`].
    pub former: BoundedVec<AccountId, ConstU32<MAX_JURORS>>,
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
    /// A jury of `size` seats, on which these sit, who may commit until this block: the task's first, or the one after
    /// that. Those beyond the greatest number are left out.
    pub fn after(former: Option<&Self>, jurors: Vec<AccountId>, size: u32, until: BlockNumber) -> Self {
        let juries = former.map_or(0, |jury| jury.juries).saturating_add(1);
        let seats: Vec<_> = jurors.into_iter().map(|who| Juror { who, ballot: Ballot::Awaited }).collect();
        let former = former.map(|jury| jury.have_executed().cloned().collect()).unwrap_or_default();
        Self {
            seats: BoundedVec::truncate_from(seats),
            size,
            former: BoundedVec::truncate_from(former),
            revealing: false,
            until,
            juries,
            ended: false,
        }
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

    /// Whether a juror has committed, and has not shown its digest yet.
    pub fn has_committed(&self, who: &AccountId) -> bool {
        let committed =
            |juror: &Juror<AccountId>| juror.who == *who && matches!(juror.ballot, Ballot::Committed { .. });
        !self.ended && self.seats.iter().any(committed)
    }

    /// Whether a juror is to show its digest.
    pub fn is_to_reveal(&self, who: &AccountId) -> bool {
        self.revealing && self.has_committed(who)
    }

    /// Whether a result may have been shown to all: by this jury, or by the one before.
    pub fn may_have_shown(&self) -> bool {
        self.revealing || self.juries > 1
    }

    /// The votes of the jurors.
    pub fn votes(&self) -> Vec<Vote<Digest>> {
        let vote = |juror: &Juror<AccountId>| match juror.ballot {
            Ballot::Revealed { digest } => Vote::For(digest),
            Ballot::Declined { .. } => Vote::Declined,
            Ballot::Committed { .. } if self.revealing => Vote::Unrevealed,
            Ballot::Awaited | Ballot::Committed { .. } => Vote::Missing,
        };
        self.seats.iter().map(vote).collect()
    }

    /// The jurors that voted for a digest.
    pub fn voted_for(&self, right: Digest) -> impl Iterator<Item = &AccountId> {
        let agrees = move |juror: &&Juror<AccountId>| juror.ballot == Ballot::Revealed { digest: right };
        self.seats.iter().filter(agrees).map(|juror| &juror.who)
    }

    /// The jurors that executed the task, once the jury has ended: those that voted, and those that had committed when too
    /// many others declined for anybody to reveal.
    pub fn have_executed(&self) -> impl Iterator<Item = &AccountId> {
        self.seats.iter().filter(move |juror| self.has_executed(juror)).map(|juror| &juror.who)
    }

    /// The jurors that executed the task or declined, once the jury has ended.
    pub fn have_answered(&self) -> impl Iterator<Item = &AccountId> {
        let answered = move |juror: &&Juror<AccountId>| {
            self.has_executed(juror) || matches!(juror.ballot, Ballot::Declined { .. })
        };
        self.seats.iter().filter(answered).map(|juror| &juror.who)
    }

    fn has_executed(&self, juror: &Juror<AccountId>) -> bool {
        match juror.ballot {
            Ballot::Revealed { .. } => true,
            Ballot::Committed { .. } => !self.revealing,
            Ballot::Awaited | Ballot::Declined { .. } => false,
        }
    }

    /// The jurors to be fined: see [`fined`].
    pub fn fined(&self) -> Vec<&AccountId> {
        fined(&self.votes(), self.size)
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
            Ballot::Declined { .. } => return Err(Refusal::NotAssigned),
            Ballot::Awaited if revealing || now > until => return Err(Refusal::TooLate),
            Ballot::Awaited => juror.ballot = Ballot::Committed { result, seal },
        }
        if self.is_complete() {
            self.begin_revealing(reveal_until);
        }
        Ok(())
    }

    /// A juror cannot execute the task. Where no majority is possible any more, the ruling is known; where nobody else
    /// is awaited, those that have committed may reveal until `reveal_until`.
    pub fn decline(
        &mut self,
        who: &AccountId,
        reason: DeclineReason,
        reveal_until: BlockNumber,
    ) -> Result<Option<Ruling<Digest>>, Refusal> {
        let revealing = self.revealing;
        let juror = self.seat(who)?;
        match juror.ballot {
            Ballot::Committed { .. } | Ballot::Revealed { .. } => return Err(Refusal::AlreadyCommitted),
            Ballot::Declined { .. } => return Err(Refusal::NotAssigned),
            Ballot::Awaited if revealing => return Err(Refusal::TooLate),
            Ballot::Awaited => juror.ballot = Ballot::Declined { reason },
        }
        let left = self.seats.iter().filter(|juror| !matches!(juror.ballot, Ballot::Declined { .. })).count();
        if left < majority(self.size) as usize {
            return Ok(Some(self.end()));
        }
        if self.is_complete() {
            self.begin_revealing(reveal_until);
        }
        Ok(None)
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
            Ballot::Declined { .. } => return Err(Refusal::NotAssigned),
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

    /// The time to commit, or to reveal, is over. Jurors that have committed may reveal until `reveal_until`; after
    /// that, or where nobody has, the ruling is known.
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

    /// Whether nobody's commitment is awaited any more.
    fn is_complete(&self) -> bool {
        self.seats.iter().all(|juror| juror.ballot != Ballot::Awaited)
    }

    fn end(&mut self) -> Ruling<Digest> {
        self.ended = true;
        ruling(&self.votes(), self.size, self.juries)
    }

    fn seat(&mut self, who: &AccountId) -> Result<&mut Juror<AccountId>, Refusal> {
        if self.ended {
            return Err(Refusal::TooLate);
        }
        self.seats.iter_mut().find(|juror| juror.who == *who).ok_or(Refusal::NotAssigned)
    }
}

/// The number of seats where governance wants `wanted` jurors: an odd number.
pub fn size(wanted: u32) -> u32 {
    wanted.max(1) | 1
}

/// How many votes decide: more than two thirds of the seats.
pub fn majority(size: u32) -> u32 {
    (u64::from(size) * 2 / 3 + 1) as u32
}

/// What the validators allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// This number of jurors is drawn.
    Draw(u32),
    /// Some validator sits on too many other juries: the jury is drawn when these have ended.
    Wait,
    /// There are too few validators for a majority of the seats.
    Never,
}

/// Whether a jury of `size` seats can be drawn from `validators` that have no part in the task, of which `free` can sit on
/// one more jury.
///
/// A jury is drawn from all of them or not at all. If it were smaller because some are busy, or drawn from the others, a
/// flood of disputes would choose who judges: validators with much stake are drawn more often, so those with little are
/// the last that are free.
pub fn call(size: u32, validators: u32, free: u32) -> Call {
    if validators < majority(size) {
        Call::Never
    } else if free < validators {
        Call::Wait
    } else {
        Call::Draw(size.min(validators))
    }
}

/// What came from one juror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote<Result> {
    /// This result.
    For(Result),
    /// That it cannot execute the task.
    Declined,
    /// A commitment only: what it has found was not shown in time.
    Unrevealed,
    /// Nothing.
    Missing,
}

/// What a jury of `size` seats decides.
pub fn verdict<Result: PartialEq + Copy>(votes: &[Vote<Result>], size: u32) -> Option<Result> {
    let count = |result: Result| votes.iter().filter(|vote| **vote == Vote::For(result)).count();
    let results =
        votes.iter().filter_map(|vote| if let Vote::For(result) = vote { Some(*result) } else { None });
    results.into_iter().find(|result| count(*result) >= majority(size) as usize)
}

/// What follows from a jury.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<Result> {
    /// This result is right: those that committed to another are wrong.
    Decided(Result),
    /// Another jury is to be drawn.
    Again,
    /// The task fails; nobody is wrong.
    Undecided,
}

/// What follows from the votes of the first jury (`juries` = 1), or of a later one.
pub fn ruling<Result: PartialEq + Copy>(votes: &[Vote<Result>], size: u32, juries: u32) -> Ruling<Result> {
    match verdict(votes, size) {
        Some(result) => Ruling::Decided(result),
        None if juries < MAX_JURIES => Ruling::Again,
        None => Ruling::Undecided,
    }
}

/// The jurors to be fined, by their places: those that did not reveal what they had committed to, and where the jury decided
/// those that voted for another result or not at all. Where it did not, nothing proves that the task could be executed.
pub fn fined<Result: PartialEq + Copy>(votes: &[Vote<Result>], size: u32) -> Vec<usize> {
    let decided = verdict(votes, size);
    let at_fault = |vote: &Vote<Result>| match vote {
        Vote::For(result) => decided.is_some_and(|decided| *result != decided),
        Vote::Declined => false,
        Vote::Unrevealed => true,
        Vote::Missing => decided.is_some(),
    };
    votes.iter().enumerate().filter(|(_, vote)| at_fault(vote)).map(|(seat, _)| seat).collect()
}

/// What a juror at fault loses: the value of the task, and at most a tenth of its stake.
pub fn fine(value: Balance, stake: Balance) -> Balance {
    value.min(MOST_FINED.of(stake))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn has_an_odd_number_of_seats() {
        assert_eq!([size(7), size(8), size(0)], [7, 9, 1]);
        assert_eq!([majority(1), majority(3), majority(4), majority(7), majority(0)], [1, 3, 3, 5, 1]);
    }

    #[test]
    fn waits_for_validators_that_are_busy() {
        assert_eq!(call(7, 21, 21), Call::Draw(7));
        assert_eq!([0, 6, 20].map(|free| call(7, 21, free)), [Call::Wait; 3]);
        // There are not more than six: five of them decide, as five of seven would.
        assert_eq!(call(7, 6, 6), Call::Draw(6));
        assert_eq!(call(7, 6, 5), Call::Wait);
        assert_eq!(call(7, 4, 4), Call::Never);
        assert_eq!(call(1, 0, 0), Call::Never);
    }

    #[test]
    fn is_drawn_a_second_time_and_no_more() {
        let split = [Vote::For(1), Vote::For(1), Vote::For(2)];
        assert_eq!(ruling(&split, 3, 1), Ruling::Again);
        assert_eq!(ruling(&split, 3, 2), Ruling::Undecided);
        assert_eq!(ruling(&[Vote::For(1); 3], 3, 2), Ruling::Decided(1));
        assert_eq!(ruling::<u8>(&[], 1, 1), Ruling::Again);
    }

    #[test]
    fn fines_jurors_only_where_it_decided() {
        let mut votes = vec![Vote::For(1); 5];
        votes.extend([Vote::For(2), Vote::Missing]);
        assert_eq!(fined(&votes, 7), [5, 6]);
        votes[5] = Vote::Declined;
        assert_eq!(fined(&votes, 7), [6]);
        votes[4] = Vote::Missing;
        assert!(fined(&votes, 7).is_empty());
        // Whether it is the one that was missing or not: it had a vote, and kept it to itself.
        votes[4] = Vote::Unrevealed;
        assert_eq!(fined(&votes, 7), [4]);
        votes[0] = Vote::Unrevealed;
        assert_eq!(fined(&votes, 7), [0, 4]);
        assert_eq!([fine(5, 1_000), fine(500, 1_000)], [5, 100]);
    }

    /// How often juries convict a liar, where one validator in `one_in` votes for the lie.
    fn convicted(one_in: u64) -> f64 {
        const TRUTH: u8 = 0;
        let (mut convicted, mut again, mut all) = (0u64, 0u64, 0u64);
        for seats in 0u32..1 << DEFAULT_JURORS {
            let votes: Vec<_> =
                (0..DEFAULT_JURORS).map(|seat| Vote::For((seats >> seat & 1) as u8)).collect();
            let ways = (one_in - 1).pow(DEFAULT_JURORS - seats.count_ones());
            all += ways;
            match ruling(&votes, DEFAULT_JURORS, 1) {
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
        fn a_third_of_the_seats_decides_nothing_and_more_than_two_thirds_do(seats in 1u32..200, liars in 0u32..200) {
            let liars = liars.min(seats);
            let votes: Vec<_> = (0..seats).map(|seat| Vote::For(u8::from(seat < liars))).collect();
            let expected = if 3 * liars > 2 * seats { Some(1) } else if 3 * (seats - liars) > 2 * seats { Some(0) } else { None };
            prop_assert_eq!(verdict(&votes, seats), expected);
        }

        #[test]
        fn no_two_results_win(votes in votes(), empty in 0u32..10) {
            let size = votes.len() as u32 + empty;
            let winners = (0..3u8).filter(|result| {
                votes.iter().filter(|vote| **vote == Vote::For(*result)).count() >= majority(size) as usize
            });
            prop_assert!(winners.count() <= 1);
        }

        /// Who declines loses nothing; and on a jury that does not decide, who kept no vote to itself.
        #[test]
        fn fines_nobody_without_a_majority(votes in votes(), empty in 0u32..10) {
            let size = votes.len() as u32 + empty;
            let decided = verdict(&votes, size);
            for seat in fined(&votes, size) {
                let majority_differs = decided.is_some_and(|result| votes[seat] != Vote::For(result));
                prop_assert!(majority_differs || votes[seat] == Vote::Unrevealed);
                prop_assert!(votes[seat] != Vote::Declined);
            }
        }

        /// However busy validators are, as many votes decide, and each validator can be drawn.
        #[test]
        fn is_never_made_smaller_nor_drawn_from_a_part(size in 1u32..100, validators in 0u32..300, free in 0u32..300) {
            let free = free.min(validators);
            if let Call::Draw(drawn) = call(size, validators, free) {
                prop_assert!(drawn == size.min(validators) && drawn >= majority(size) && free == validators);
            }
        }
    }

    fn votes() -> impl Strategy<Value = Vec<Vote<u8>>> {
        let vote = prop_oneof![4 => (0u8..3).prop_map(Vote::For), 1 => Just(Vote::Declined), 1 => Just(Vote::Unrevealed), 1 => Just(Vote::Missing)];
        proptest::collection::vec(vote, 0..30)
    }
}
