//! Calls that were not answered: the runtime API and the functions that answer it.

use codec::Codec;
use talka_primitives::{bridge::EthereumAddress, gateway::CallView, view::Page, CallId};

use crate::{Calls, Config, Pallet};

pub use talka_primitives::view::MAX_PAGE;

sp_api::decl_runtime_apis! {
    /// Calls from Ethereum. An answer lists at most `limit` items, and never more than 100.
    pub trait GatewayApi<AccountId> where AccountId: Codec {
        /// The calls that were not answered, in the order of their identifiers, after `after` if there is one.
        fn calls(after: Option<CallId>, limit: u32) -> Page<CallId, CallView>;
        /// One call; nothing where it was answered, or never came.
        fn call(id: CallId) -> Option<CallView>;
        /// The account that pays for what an address orders; nothing before the contracts on Ethereum are named.
        fn account(requester: EthereumAddress) -> Option<AccountId>;
    }
}

impl<T: Config> Pallet<T> {
    /// See [`GatewayApi`].
    pub fn calls(after: Option<CallId>, limit: u32) -> Page<CallId, CallView> {
        let ids = match after {
            Some(after) => Calls::<T>::iter_keys_from(Calls::<T>::hashed_key_for(after)),
            None => Calls::<T>::iter_keys(),
        };
        Page::after(ids, limit.min(MAX_PAGE), Self::call)
    }

    /// See [`GatewayApi`].
    pub fn call(id: CallId) -> Option<CallView> {
        let call = Calls::<T>::get(id)?;
        Some(CallView { call, progress: Self::progress(&call) })
    }
}
