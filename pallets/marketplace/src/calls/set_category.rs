use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use talka_primitives::{
    asset::MaxCategories,
    audit::{self, Assurance},
    deal::min_duration,
    Category, CategoryId,
};

use crate::{types::Size, Categories, Config, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_category(id: CategoryId, category: Category) -> DispatchResult {
        Self::ensure_category(id, &category)?;

        let known = Self::category(id).filter(|known| *known != category);
        let event = match known {
            Some(category_now) => {
                let from = Self::now().saturating_add(T::PolicyNotice::get());
                Categories::<T>::insert(
                    id,
                    Size { category: category_now, announced: Some((category, from)) },
                );
                Event::CategoryAnnounced { category: id, from }
            }
            None => {
                Categories::<T>::insert(id, Size { category, announced: None });
                Event::CategorySet { category: id }
            }
        };
        Self::deposit_event(event);
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
