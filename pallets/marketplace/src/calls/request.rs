use frame_support::pallet_prelude::DispatchResult;
use talka_primitives::{matching::Request, traits::Deals};

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_request(requester: T::AccountId, request: Request<T::AccountId>) -> DispatchResult {
        Self::make(request.propose(requester))?;
        Ok(())
    }
}
