//! Sessions, as the election of validators sees them.

use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::pallet_prelude::DispatchResult;
use pallet_session::{
    historical::{self, NoteHistoricalRoot},
    Pallet as Session, SessionInterface, SessionManager,
};
use sp_runtime::Perbill;
use sp_staking::{offence::OffenceSeverity, SessionIndex};

/// Sessions and the keys that validators work with in them.
pub trait Sessions<AccountId> {
    /// The session that is under way.
    fn current() -> SessionIndex;

    /// Its validators.
    fn seated() -> Vec<AccountId>;

    /// The validators of the next session.
    fn announced() -> Vec<AccountId>;

    /// Whether an account has keys for the sessions to come.
    fn has_keys(who: &AccountId) -> bool;

    /// Whether somebody who sits has set other keys than those it works with.
    fn keys_changed() -> bool;

    /// Forget an account's keys. Refused, without effect, where there are none.
    fn forget_keys(who: &AccountId) -> DispatchResult;

    /// Accept no blocks of a validator in what remains of the session, unless too many are disabled already.
    fn disable(who: &AccountId, severity: Perbill);

    /// Note who the first validators are, so that their offences can be proven. To be called at genesis, when the
    /// sessions are there.
    fn note_genesis();

    /// Forget who the validators were before a session: offences of then cannot be proven any more.
    fn forget_before(session: SessionIndex);
}

/// The session pallet.
pub struct SessionPallet<T>(PhantomData<T>);

impl<T> Sessions<T::AccountId> for SessionPallet<T>
where
    T: pallet_session::Config<ValidatorId = <T as frame_system::Config>::AccountId>
        + historical::Config<FullIdentification = ()>,
{
    fn current() -> SessionIndex {
        Session::<T>::current_index()
    }

    fn seated() -> Vec<T::AccountId> {
        Session::<T>::validators()
    }

    fn announced() -> Vec<T::AccountId> {
        Session::<T>::queued_keys().into_iter().map(|(who, _)| who).collect()
    }

    fn has_keys(who: &T::AccountId) -> bool {
        Session::<T>::load_keys(who).is_some()
    }

    fn keys_changed() -> bool {
        Session::<T>::queued_keys().into_iter().any(|(who, keys)| Session::<T>::load_keys(&who) != Some(keys))
    }

    fn forget_keys(who: &T::AccountId) -> DispatchResult {
        <Session<T> as SessionInterface>::purge_keys(who)
    }

    fn disable(who: &T::AccountId, severity: Perbill) {
        Session::<T>::report_offence(who.clone(), OffenceSeverity(severity));
    }

    fn note_genesis() {
        for session in [0, 1] {
            let _ = NoteHistoricalRoot::<T, Seated<T>>::new_session_genesis(session);
        }
    }

    fn forget_before(session: SessionIndex) {
        <Session<T> as SessionInterface>::prune_up_to(session);
    }
}

/// The validators that sit, as if they had been elected: for the genesis, where the session pallet takes them from its
/// keys and the historical sessions do not hear of them.
struct Seated<T>(PhantomData<T>);

impl<T: pallet_session::Config> SessionManager<T::ValidatorId> for Seated<T> {
    fn new_session(_: SessionIndex) -> Option<Vec<T::ValidatorId>> {
        Some(Session::<T>::validators())
    }

    fn start_session(_: SessionIndex) {}

    fn end_session(_: SessionIndex) {}
}

impl<T: pallet_session::Config> historical::SessionManager<T::ValidatorId, ()> for Seated<T> {
    fn new_session(_: SessionIndex) -> Option<Vec<(T::ValidatorId, ())>> {
        Some(Session::<T>::validators().into_iter().map(|who| (who, ())).collect())
    }

    fn start_session(_: SessionIndex) {}

    fn end_session(_: SessionIndex) {}
}
