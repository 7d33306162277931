//! The rules of a bond, as pure functions: bonding, unbonding, locking and losing it.
//!
//! Every function either succeeds completely or refuses and changes nothing.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
    traits::Get, BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use talka_primitives::{
    apply,
    merit::{score, MeritRules},
    odds::{ripe_at, Unripe},
    stored,
    traits::Standing,
    Balance, BlockNumber, Merit,
};

/// A part of the bond on its way back to its owner.
#[apply(stored)]
#[derive(Copy)]
pub struct Chunk {
    /// How much, in units of TLK.
    pub amount: Balance,
    /// The first block in which it can be withdrawn.
    pub at: BlockNumber,
}

/// What an account has at stake, and its reputation.
#[derive(
    CloneNoBound,
    DebugNoBound,
    DefaultNoBound,
    PartialEqNoBound,
    EqNoBound,
    Encode,
    Decode,
    TypeInfo,
    MaxEncodedLen,
)]
#[scale_info(skip_type_params(MaxUnbonding))]
#[codec(mel_bound())]
pub struct Ledger<MaxUnbonding: Get<u32>> {
    /// What the account can lose, in units of TLK.
    pub bond: Balance,
    /// The part of the bond that open tasks have locked.
    pub locked: Balance,
    /// The part of the bond that is pledged for a candidacy as a validator. No task locks it, and it has no odds in draws
    /// of workers.
    pub pledged: Balance,
    /// Reputation, as it was in block `merit_at`. It outlives the bond.
    pub merit: Merit,
    /// The block in which the merit last changed: since then it has faded.
    pub merit_at: BlockNumber,
    /// The part of the bond that takes no part in draws yet.
    pub unripe: Unripe,
    /// What was unbonded and not withdrawn, oldest first. It backs nothing any more.
    pub unbonding: BoundedVec<Chunk, MaxUnbonding>,
}

/// Why a ledger stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The amount is zero.
    ZeroAmount,
    /// The bond would be less than the least bond, and not zero.
    BondTooSmall,
    /// There is no bond.
    NotBonded,
    /// Less than the amount is unlocked.
    StakeLocked,
    /// Less than the amount is locked, or pledged.
    NotLocked,
    /// As many parts of the bond as possible are on their way back already.
    TooManyUnbondings,
    /// No part of the bond has come to the end of its way back.
    NothingToWithdraw,
}

impl<MaxUnbonding: Get<u32>> Ledger<MaxUnbonding> {
    /// What backs the account in block `now`.
    pub fn standing(&self, now: BlockNumber, rules: MeritRules) -> Standing {
        let merit = rules.faded(self.merit, now.saturating_sub(self.merit_at));
        let bond = self.bond.saturating_sub(self.pledged);
        let ripe = bond.saturating_sub(self.unripe.at(now));
        // One that has a ripe part can be drawn with that.
        let can_be_drawn = ripe > 0 && now < self.unripe.ripe_at;
        Standing {
            bond,
            pledged: self.pledged,
            ripe,
            locked: self.locked,
            merit,
            score: score(merit, rules.yardstick),
            ripe_at: if can_be_drawn { 0 } else { self.unripe.ripe_at },
        }
    }

    /// What can be locked, pledged, and unbonded.
    pub fn unlocked(&self) -> Balance {
        self.bond.saturating_sub(self.locked).saturating_sub(self.pledged)
    }

    /// All that is held of the account: the bond and what is on its way back.
    pub fn held(&self) -> Balance {
        self.unbonding.iter().fold(self.bond, |sum, chunk| sum.saturating_add(chunk.amount))
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.held() == 0 && self.merit == Merit::default()
    }

    /// Add to the bond in block `now`; the whole must reach `min_bond`. What is added takes part in draws after `ripening`
    /// blocks, or somewhat sooner together with what is waiting already: see [`Unripe::with`].
    pub fn bond(
        &mut self,
        amount: Balance,
        min_bond: Balance,
        now: BlockNumber,
        ripening: BlockNumber,
    ) -> Result<(), Refusal> {
        ensure(amount > 0, Refusal::ZeroAmount)?;
        // Saturation is not reached: the caller has checked that this amount exists.
        let bond = self.bond.saturating_add(amount);
        ensure(bond >= min_bond, Refusal::BondTooSmall)?;
        self.unripe = self.unripe.with(amount, now, ripening);
        self.bond = bond;
        Ok(())
    }

    /// All of the bond has to ripen again, from block `now` on.
    pub fn ripen_again(&mut self, now: BlockNumber, ripening: BlockNumber) {
        let ripe_at = self.unripe.ripe_at.max(ripe_at(now, ripening));
        self.unripe = Unripe { amount: self.bond, ripe_at };
    }

    /// Take back a part of the bond that is not locked, from block `at` on. What stays must be nothing or
    /// `min_bond`.
    pub fn unbond(&mut self, amount: Balance, min_bond: Balance, at: BlockNumber) -> Result<(), Refusal> {
        ensure(amount > 0, Refusal::ZeroAmount)?;
        ensure(self.bond > 0, Refusal::NotBonded)?;
        ensure(amount <= self.unlocked(), Refusal::StakeLocked)?;
        let bond = self.bond.saturating_sub(amount);
        ensure(bond == 0 || bond >= min_bond, Refusal::BondTooSmall)?;
        self.unbonding.try_push(Chunk { amount, at }).map_err(|_| Refusal::TooManyUnbondings)?;
        self.shrink(bond);
        Ok(())
    }

    /// Forget what can be withdrawn in block `now`; the answer is how much that is.
    pub fn withdraw(&mut self, now: BlockNumber) -> Result<Balance, Refusal> {
        let before = self.held();
        self.unbonding.retain(|chunk| chunk.at > now);
        let amount = before.saturating_sub(self.held());
        ensure(amount > 0, Refusal::NothingToWithdraw)?;
        Ok(amount)
    }

    /// Lock a part of the bond.
    pub fn lock(&mut self, amount: Balance) -> Result<(), Refusal> {
        ensure(amount <= self.unlocked(), Refusal::StakeLocked)?;
        self.locked = self.locked.saturating_add(amount);
        Ok(())
    }

    /// Unlock a part of the bond.
    pub fn unlock(&mut self, amount: Balance) -> Result<(), Refusal> {
        self.locked = self.locked.checked_sub(amount).ok_or(Refusal::NotLocked)?;
        Ok(())
    }

    /// Lose a locked part of the bond.
    pub fn forfeit(&mut self, amount: Balance) -> Result<(), Refusal> {
        self.unlock(amount)?;
        self.shrink(self.bond.saturating_sub(amount));
        Ok(())
    }

    /// Pledge a part of the bond.
    pub fn pledge(&mut self, amount: Balance) -> Result<(), Refusal> {
        ensure(amount <= self.unlocked(), Refusal::StakeLocked)?;
        self.pledged = self.pledged.saturating_add(amount);
        Ok(())
    }

    /// Give back a part of what is pledged.
    pub fn release(&mut self, amount: Balance) -> Result<(), Refusal> {
        self.pledged = self.pledged.checked_sub(amount).ok_or(Refusal::NotLocked)?;
        Ok(())
    }

    /// Lose a part of what is pledged.
    pub fn forfeit_pledge(&mut self, amount: Balance) -> Result<(), Refusal> {
        self.release(amount)?;
        self.bond = self.bond.saturating_sub(amount);
        self.unripe.amount = self.unripe.amount.min(self.bond);
        Ok(())
    }

    /// What leaves the bond is unripe as far as there is any: what is ripe stays ripe.
    fn shrink(&mut self, bond: Balance) {
        let unripe = self.unripe.amount.saturating_sub(self.bond.saturating_sub(bond));
        self.unripe = Unripe { amount: unripe, ..self.unripe };
        self.bond = bond;
    }
}

fn ensure(condition: bool, otherwise: Refusal) -> Result<(), Refusal> {
    condition.then_some(()).ok_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame_support::traits::ConstU32;
    use proptest::prelude::*;

    const MIN_BOND: Balance = 10;
    const RULES: MeritRules = MeritRules { yardstick: 1, half_life: 0, ripening: 9 };

    type Small = Ledger<ConstU32<3>>;

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Bond(Balance),
        Unbond(Balance),
        Withdraw,
        Lock(Balance),
        Unlock(Balance),
        Forfeit(Balance),
        Pledge(Balance),
        Release(Balance),
        ForfeitPledge(Balance),
        RipenAgain,
    }

    fn act() -> impl Strategy<Value = Act> {
        let amount = 0u128..40;
        prop_oneof![
            amount.clone().prop_map(Act::Bond),
            amount.clone().prop_map(Act::Unbond),
            Just(Act::Withdraw),
            amount.clone().prop_map(Act::Lock),
            amount.clone().prop_map(Act::Unlock),
            amount.clone().prop_map(Act::Forfeit),
            amount.clone().prop_map(Act::Pledge),
            amount.clone().prop_map(Act::Release),
            amount.prop_map(Act::ForfeitPledge),
            Just(Act::RipenAgain),
        ]
    }

    proptest! {
        #[test]
        fn keeps_its_books_over_any_course_of_events(acts in proptest::collection::vec(act(), 0..80)) {
            let mut ledger = Small::default();
            for (now, act) in acts.into_iter().enumerate() {
                let now = now as BlockNumber;
                let before = ledger.clone();
                let change = match act {
                    Act::Bond(amount) => ledger.bond(amount, MIN_BOND, now, 9).map(|()| amount as i128),
                    Act::Unbond(amount) => ledger.unbond(amount, MIN_BOND, now + 4).map(|()| 0),
                    Act::Withdraw => ledger.withdraw(now).map(|amount| -(amount as i128)),
                    Act::Lock(amount) => ledger.lock(amount).map(|()| 0),
                    Act::Unlock(amount) => ledger.unlock(amount).map(|()| 0),
                    Act::Forfeit(amount) => ledger.forfeit(amount).map(|()| -(amount as i128)),
                    Act::Pledge(amount) => ledger.pledge(amount).map(|()| 0),
                    Act::Release(amount) => ledger.release(amount).map(|()| 0),
                    Act::ForfeitPledge(amount) => ledger.forfeit_pledge(amount).map(|()| -(amount as i128)),
                    Act::RipenAgain => {
                        ledger.ripen_again(now, 9);
                        Ok(0)
                    }
                };
                match change {
                    Ok(change) => prop_assert_eq!(before.held() as i128 + change, ledger.held() as i128),
                    Err(Refusal::NothingToWithdraw) => prop_assert!(before.unbonding.iter().all(|chunk| chunk.at > now)),
                    Err(_) => prop_assert_eq!(&before, &ledger),
                }
                prop_assert!(ledger.locked + ledger.pledged <= ledger.bond);
                prop_assert!(ledger.unripe.amount <= ledger.bond);
                let standing = ledger.standing(now, RULES);
                prop_assert_eq!(standing.bond + standing.pledged, ledger.bond);
                prop_assert!(standing.ripe <= standing.bond);
                prop_assert!(standing.ripe == 0 || standing.ripe_at <= now);
                prop_assert!(standing.effective_stake() <= standing.seat_stake());
                // Nothing that is done in a block makes anything ripe in it.
                let was_ripe = before.standing(now, RULES).ripe;
                prop_assert!(standing.ripe <= was_ripe || matches!(act, Act::Release(_)));
                prop_assert!(ledger.unbonding.is_sorted_by_key(|chunk| chunk.at));
                prop_assert!(ledger.unbonding.iter().all(|chunk| chunk.amount > 0));
            }
        }

        #[test]
        fn never_pays_back_what_is_locked(bond in MIN_BOND..1_000, locked in 0u128..1_000, amount in 1u128..2_000) {
            let mut ledger = Small { bond, locked: locked.min(bond), ..Default::default() };
            let unlocked = bond - ledger.locked;
            let outcome = ledger.unbond(amount, MIN_BOND, 4);
            prop_assert_eq!(outcome == Err(Refusal::StakeLocked), amount > unlocked);
        }
    }

    #[test]
    fn a_bond_that_is_added_to_keeps_its_odds_and_gets_more_when_the_addition_is_ripe() {
        let mut ledger = Small { bond: 300, ..Default::default() };
        ledger.bond(1_000_000, MIN_BOND, 50, 30).unwrap();
        let at = |ledger: &Small, now| ledger.standing(now, RULES).ripe;
        assert_eq!([50, 79, 80].map(|now| at(&ledger, now)), [300, 300, 1_000_300]);
        // What is unbonded before is what was added.
        ledger.unbond(1_000_000, MIN_BOND, 90).unwrap();
        assert_eq!(at(&ledger, 60), 300);
    }

    #[test]
    fn what_is_pledged_backs_no_task_and_has_no_odds() {
        let mut ledger = Small { bond: 100_001, ..Default::default() };
        ledger.pledge(100_000).unwrap();
        let standing = ledger.standing(1, RULES);
        assert_eq!((standing.bond, standing.ripe, standing.unlocked()), (1, 1, 1));
        assert_eq!(ledger.lock(2), Err(Refusal::StakeLocked));
        ledger.release(100_000).unwrap();
        assert_eq!(ledger.standing(1, RULES).ripe, 100_001);
    }
}
