use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{asset::Uris, App, AppId, Dataset, DatasetId};

use crate::{Apps, Config, Datasets, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_app_uris(who: T::AccountId, id: AppId, uris: Uris) -> DispatchResult {
        let app = Self::own_app(&who, id)?;
        Self::ensure_text(&uris)?;
        let app = App { uris, ..app };
        let deposit = Self::deposit_for(app.footprint());

        Self::change_deposit(&who, app.deposit, deposit)?;
        Apps::<T>::insert(id, App { deposit, ..app });
        Self::deposit_event(Event::AppUrisSet { app: id });
        Ok(())
    }

    pub(crate) fn do_set_dataset_uris(who: T::AccountId, id: DatasetId, uris: Uris) -> DispatchResult {
        let dataset = Self::own_dataset(&who, id)?;
        Self::ensure_text(&uris)?;
        let dataset = Dataset { uris, ..dataset };
        let deposit = Self::deposit_for(dataset.footprint());

        Self::change_deposit(&who, dataset.deposit, deposit)?;
        Datasets::<T>::insert(id, Dataset { deposit, ..dataset });
        Self::deposit_event(Event::DatasetUrisSet { dataset: id });
        Ok(())
    }
}
