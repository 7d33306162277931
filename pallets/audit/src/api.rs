//! The findings of audits: the runtime API and the function that answers it.

use alloc::vec::Vec;
use talka_primitives::view::FindingsView;

use crate::{Config, Counts, Pallet};

sp_api::decl_runtime_apis! {
    /// What audits have found.
    pub trait AuditApi {
        /// What was counted in each category, by what stands behind the results; in this order.
        fn findings() -> Vec<FindingsView>;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`AuditApi`].
    pub fn findings() -> Vec<FindingsView> {
        let mut all: Vec<_> =
            Counts::<T>::iter().map(|(kind, findings)| FindingsView { kind, findings }).collect();
        all.sort_by_key(|view| view.kind);
        all
    }
}
