use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{asset::Uris, App, AppId, Dataset, DatasetId};

use crate::{Apps, Config, Datasets, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_app_uris(who: T::AccountId, id: AppId, uris: Uris) -> DispatchResult {
        let app = Self::own_app(&who, id)?;
        Self::ensure_text(&uris)?;

        Apps::<T>::insert(id, App { uris, ..app });
        Self::deposit_event(Event::AppUrisSet { app: id });
        Ok(())
    }

    pub(crate) fn do_set_dataset_uris(who: T::AccountId, id: DatasetId, uris: Uris) -> DispatchResult {
        let dataset = Self::own_dataset(&who, id)?;
        Self::ensure_text(&uris)?;

        Datasets::<T>::insert(id, Dataset { uris, ..dataset });
        Self::deposit_event(Event::DatasetUrisSet { dataset: id });
        Ok(())
    }
}
