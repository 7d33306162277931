use crate::{
    forget,
    pallet::{Config, DealStates, Endings, Error, Event, Pallet, Retention},
    WeightInfo as _,
};
use frame_support::{
    ensure,
    pallet_prelude::{DispatchResult, DispatchResultWithPostInfo},
    traits::Get as _,
};
use talka_primitives::{traits::Market as _, BlockNumber, DealId};

/// Most outcomes that one call can forget.
pub(crate) const MOST_FORGOTTEN: u32 = 1_000;

impl<T: Config> Pallet<T> {
    /// The requester has its results, or can do without: nobody else needs what it asked for. Others wait as long as the chain
    /// itself does.
    pub(crate) fn do_forget_deal(who: T::AccountId, id: DealId, outcomes: u32) -> DispatchResultWithPostInfo {
        let deal = T::Market::deal(id).ok_or_else(|| Self::no_deal(id))?;
        let state = DealStates::<T>::get(id).ok_or(Error::<T>::NotTakenIn)?;
        ensure!(state.progress.is_over(), Error::<T>::NotOver);
        let ending = state.place.and_then(Endings::<T>::get).ok_or(Error::<T>::BeforeDeadline)?;
        ensure!(who == deal.requester || forget::is_due::<T>(ending.since), Error::<T>::StillRemembered);

        let most = outcomes.min(MOST_FORGOTTEN);
        let mut left = most;
        forget::forget::<T>(id, || {
            let may = left > 0;
            left = left.saturating_sub(1);
            may
        });
        Ok(Some(T::WeightInfo::forget_deal(most.saturating_sub(left))).into())
    }

    pub(crate) fn do_set_retention(blocks: BlockNumber) -> DispatchResult {
        let possible = T::LeastRetention::get()..=T::MostRetention::get();
        ensure!(possible.contains(&blocks), Error::<T>::ImpossibleRetention);

        Retention::<T>::put(blocks);
        Self::deposit_event(Event::RetentionSet { blocks });
        Ok(())
    }

    /// Why there is no deal with this number.
    pub(crate) fn no_deal(id: DealId) -> Error<T> {
        match Self::is_forgotten(id) {
            true => Error::DealForgotten,
            false => Error::UnknownDeal,
        }
    }
}
