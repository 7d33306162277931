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
    /// What tasks can lock and what counts in draws, in units of TLK.
    pub bond: Balance,
    /// The part of the bond that open tasks have locked.
    pub locked: Balance,
    /// Reputation, as it was in block `merit_at`. It outlives the bond.
    pub merit: Merit,
    /// The block in which the merit last changed: since then it has faded.
    pub merit_at: BlockNumber,
    /// The block from which on the bond takes part in draws.
    pub ripe_at: BlockNumber,
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
    /// Less than the amount is locked.
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
        Standing {
            bond: self.bond,
            locked: self.locked,
            merit,
            score: score(merit, rules.yardstick),
            ripe_at: self.ripe_at,
        }
    }

    /// What can be locked, and unbonded.
    pub fn unlocked(&self) -> Balance {
        self.bond.saturating_sub(self.locked)
    }

    /// All that is held of the account: the bond and what is on its way back.
    pub fn held(&self) -> Balance {
        self.unbonding.iter().fold(self.bond, |sum, chunk| sum.saturating_add(chunk.amount))
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.held() == 0 && self.merit == Merit::default()
    }

    /// Add to the bond, which must reach `min_bond` by it. One that is new takes part in draws from `ripe_at` on.
    pub fn bond(&mut self, amount: Balance, min_bond: Balance, ripe_at: BlockNumber) -> Result<(), Refusal> {
        ensure(amount > 0, Refusal::ZeroAmount)?;
        // Saturation is not reached: who calls has checked that so much money exists.
        let bond = self.bond.saturating_add(amount);
        ensure(bond >= min_bond, Refusal::BondTooSmall)?;
        if self.bond == 0 {
            self.ripe_at = self.ripe_at.max(ripe_at);
        }
        self.bond = bond;
        Ok(())
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
        self.bond = bond;
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
        self.bond = self.bond.saturating_sub(amount);
        Ok(())
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

    type Small = Ledger<ConstU32<3>>;

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Bond(Balance),
        Unbond(Balance),
        Withdraw,
        Lock(Balance),
        Unlock(Balance),
        Forfeit(Balance),
    }

    fn act() -> impl Strategy<Value = Act> {
        let amount = 0u128..40;
        prop_oneof![
            amount.clone().prop_map(Act::Bond),
            amount.clone().prop_map(Act::Unbond),
            Just(Act::Withdraw),
            amount.clone().prop_map(Act::Lock),
            amount.clone().prop_map(Act::Unlock),
            amount.prop_map(Act::Forfeit),
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
                    Act::Bond(amount) => ledger.bond(amount, MIN_BOND, now + 9).map(|()| amount as i128),
                    Act::Unbond(amount) => ledger.unbond(amount, MIN_BOND, now + 4).map(|()| 0),
                    Act::Withdraw => ledger.withdraw(now).map(|amount| -(amount as i128)),
                    Act::Lock(amount) => ledger.lock(amount).map(|()| 0),
                    Act::Unlock(amount) => ledger.unlock(amount).map(|()| 0),
                    Act::Forfeit(amount) => ledger.forfeit(amount).map(|()| -(amount as i128)),
                };
                match change {
                    Ok(change) => prop_assert_eq!(before.held() as i128 + change, ledger.held() as i128),
                    Err(Refusal::NothingToWithdraw) => prop_assert!(before.unbonding.iter().all(|chunk| chunk.at > now)),
                    Err(_) => prop_assert_eq!(&before, &ledger),
                }
                prop_assert!(ledger.locked <= ledger.bond);
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
}
