//! The start, end and planning of sessions.
//!
//! At the boundary between session `s - 1` and session `s` the session pallet calls: the end of `s - 1`, the start of
//! `s`, and the planning of `s + 1`. Validators elected at the end of a session are therefore seated from the session
//! after the next, because BABE announces its validators one epoch ahead.

use alloc::vec::Vec;
use pallet_session::{historical, SessionManager};
use sp_runtime::{traits::Get, Perbill};
use sp_staking::SessionIndex;
use talka_primitives::election::{elect, Contender};

use crate::{Candidates, Cause, Config, ElectionRules, Event, Pallet, RetiredOnes, Sessions};

impl<T: Config> Pallet<T> {
    /// The validators of a session to come, where they differ from the present ones, have other keys, or must be announced again.
    pub(crate) fn plan(session: SessionIndex) -> Option<Vec<T::AccountId>> {
        let sitting = T::Sessions::seated();
        let next = Self::next(session, &sitting);
        for who in &next {
            Self::prolong_liability(who, session);
        }
        if next == sitting {
            // New keys are to be proven as theirs too.
            let again = session.is_multiple_of(T::Renewal::get().max(1)) || T::Sessions::keys_changed();
            return again.then_some(next);
        }
        let without = |these: &[T::AccountId], those: &[T::AccountId]| -> Vec<_> {
            these.iter().filter(|who| !those.contains(who)).cloned().collect()
        };
        let (joining, leaving) = (without(&next, &sitting), without(&sitting, &next));
        Self::deposit_event(Event::Elected { session, joining, leaving });
        Some(next)
    }

    fn next(session: SessionIndex, sitting: &[T::AccountId]) -> Vec<T::AccountId> {
        let rules = ElectionRules::<T>::get();
        let offenders: Vec<_> = sitting.iter().filter(|who| Self::has_equivocated(who)).cloned().collect();
        // A term ends early for somebody who equivocated.
        if !session.is_multiple_of(rules.term.max(1)) && offenders.is_empty() {
            return sitting.to_vec();
        }
        let contenders: Vec<_> = Candidates::<T>::iter()
            .filter(|(who, candidate)| candidate.stake >= rules.min_stake && T::Sessions::has_keys(who))
            .map(|(who, candidate)| Contender { who, stake: candidate.effective_stake() })
            .collect();
        elect(sitting, &contenders, &offenders, rules)
    }

    pub(crate) fn has_equivocated(who: &T::AccountId) -> bool {
        RetiredOnes::<T>::get(who).is_some_and(|one| one.cause == Cause::Equivocated)
    }

    /// Somebody who stands no more and is kept in its seat for a session is liable for that too.
    fn prolong_liability(who: &T::AccountId, session: SessionIndex) {
        if let Some(mut one) = RetiredOnes::<T>::get(who) {
            one.until = one.until.max(Self::liable_until(session));
            RetiredOnes::<T>::insert(who, one);
        }
    }

    /// The first session in which a stake can be released whose owner sits for the last time in session `last`.
    pub(crate) fn liable_until(last: SessionIndex) -> SessionIndex {
        last.saturating_add(T::Liability::get()).saturating_add(1)
    }

    /// That for somebody who stands no more from now on: the next session's validators are announced already.
    pub(crate) fn liable_from_now() -> SessionIndex {
        Self::liable_until(T::Sessions::current().saturating_add(1))
    }

    /// A change of validators makes the session pallet forget who was disabled.
    fn keep_offenders_disabled() {
        for who in T::Sessions::seated() {
            if Self::has_equivocated(&who) {
                T::Sessions::disable(&who, Perbill::one());
            }
        }
    }
}

impl<T: Config> SessionManager<T::AccountId> for Pallet<T> {
    fn new_session(session: SessionIndex) -> Option<Vec<T::AccountId>> {
        Self::plan(session)
    }

    /// The first validators are those whose keys are in the genesis, which is not all written when this is asked.
    fn new_session_genesis(_: SessionIndex) -> Option<Vec<T::AccountId>> {
        None
    }

    fn start_session(_: SessionIndex) {
        Self::keep_offenders_disabled();
    }

    fn end_session(session: SessionIndex) {
        Self::judge(session);
        T::Sessions::forget_before(session.saturating_sub(T::Liability::get()));
    }
}

/// Offences are proven against who a validator was in its session: its account, and nothing more.
impl<T: Config> historical::SessionManager<T::AccountId, ()> for Pallet<T> {
    fn new_session(session: SessionIndex) -> Option<Vec<(T::AccountId, ())>> {
        Self::plan(session).map(|validators| validators.into_iter().map(|who| (who, ())).collect())
    }

    fn new_session_genesis(_: SessionIndex) -> Option<Vec<(T::AccountId, ())>> {
        None
    }

    fn start_session(session: SessionIndex) {
        <Self as SessionManager<_>>::start_session(session);
    }

    fn end_session(session: SessionIndex) {
        <Self as SessionManager<_>>::end_session(session);
    }
}
