use frame_support::{ensure, pallet_prelude::DispatchResult};
use talka_primitives::{
    audit::Kind,
    gateway::{answer, Progress, NOTHING_KNOWN},
    traits::ErrorBounds,
    CallId,
};

use crate::{Calls, Config, Error, Pallet};

impl<T: Config> Pallet<T> {
    /// The answer goes out, or nothing happens. The money may go back later.
    pub(crate) fn do_report(id: CallId, manifest: &[u8]) -> DispatchResult {
        let call = Calls::<T>::get(id).ok_or(Error::<T>::UnknownCall)?;
        let progress = Self::progress(&call);
        ensure!(progress.is_over(), Error::<T>::NotOver);
        let outcome = match progress {
            Progress::Ended(outcome) => Some(outcome),
            Progress::Open | Progress::Lost => None,
        };
        let bound = |assurance| match call.priced {
            true => T::ErrorBounds::error_bound(Kind { category: call.category, assurance }),
            false => NOTHING_KNOWN,
        };
        let answer = answer(outcome, manifest, bound).map_err(|_| Error::<T>::WrongManifest)?;
        let who = Self::account_of(call.requester).ok_or(Error::<T>::NoContracts)?;

        Self::send(id, answer)?;
        Calls::<T>::remove(id);
        Self::release_deposit(&who, call.deposit);
        Self::give_back(&who, call.requester);
        Ok(())
    }
}
