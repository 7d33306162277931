use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::{
    asset::MaxCategories,
    audit::{self, Assurance},
    deal::min_duration,
    Category, CategoryId,
};

use crate::{Categories, Config, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_category(id: CategoryId, category: Category) -> DispatchResult {
        Self::ensure_category(id, &category)?;

        Categories::<T>::insert(id, category);
        Self::deposit_event(Event::CategorySet { category: id });
        Ok(())
    }

    pub(crate) fn ensure_category(id: CategoryId, category: &Category) -> DispatchResult {
        ensure!(u32::from(id.0) < MaxCategories::get(), Error::<T>::InvalidCategory);
        let Category { name, run_time, fuel, memory, audit_rate, min_value } = category;
        ensure!(*run_time > 0 && *fuel > 0 && *memory > 0, Error::<T>::InvalidCategory);
        ensure!(*min_value > 0, Error::<T>::InvalidCategory);
        ensure!(audit::is_valid(*audit_rate), Error::<T>::InvalidCategory);
        let longest = min_duration(category, Assurance::Adjudicated, T::Periods::get());
        ensure!(longest <= T::MaxDuration::get(), Error::<T>::InvalidCategory);
        Self::ensure_name(name)
    }
}
