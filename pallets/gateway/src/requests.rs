//! Orders, as the bridge brings them: each becomes a deal, or is answered at once.

use alloc::vec::Vec;
use frame_support::{
    defensive,
    pallet_prelude::{DispatchError, Weight},
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, MutateHold},
        Get,
    },
};
use talka_primitives::{
    bridge::EthereumAddress,
    deposit,
    gateway::{account, call_id, deadline, requester, Answer, Cost, Order, PendingCall},
    matching::Proposal,
    traits::{Deals, Outbox, Quotes, Requests},
    Balance, CallId, CategoryId, DealId, PoolId,
};

use crate::{Calls, Config, Event, HoldReason, Pallet, Pools, Refusal, WeightInfo};

impl<T: Config> Requests<T::AccountId> for Pallet<T> {
    /// No deposit is credited before the contracts are named. Until then nobody has this account.
    fn account(requester: EthereumAddress) -> T::AccountId {
        let chain_id = T::Outbox::contracts().map_or(0, |contracts| contracts.chain_id);
        account(chain_id, requester).into()
    }

    fn requester(message: &[u8]) -> Option<EthereumAddress> {
        requester(message)
    }

    fn received(nonce: u64, amount: Balance, credited: bool, message: &[u8]) {
        let (Some(requester), Some(contracts)) = (requester(message), T::Outbox::contracts()) else { return };
        if amount < T::LeastAmount::get() {
            Self::deposit_event(Event::Parked { nonce, requester, amount });
            return;
        }
        let who: T::AccountId = account(contracts.chain_id, requester).into();
        let id = call_id(contracts.chain_id, contracts.gateway, nonce);
        match Self::order(&who, amount, credited, message) {
            Ok(bought) => {
                let Bought { deal, category, priced, deposit } = bought;
                let call = PendingCall { nonce, requester, deal: Some(deal), category, priced, deposit };
                Calls::<T>::insert(id, call);
                Self::deposit_event(Event::Ordered { call: id, requester, account: who, deal });
            }
            Err(reason) => {
                Self::deposit_event(Event::Refused { call: id, requester, reason });
                Self::refuse(&who, id, requester, nonce);
            }
        }
    }

    fn weight() -> Weight {
        T::WeightInfo::receive()
    }
}

/// A deal that was made of an order, and what is remembered of it.
struct Bought {
    deal: DealId,
    category: CategoryId,
    priced: bool,
    deposit: Balance,
}

/// A deal that could be made of an order, and what has to be there for it.
struct Offer<AccountId> {
    proposal: Proposal<AccountId>,
    cost: Cost,
    priced: bool,
}

impl<T: Config> Pallet<T> {
    /// The account of an address; nothing before the contracts are named.
    pub fn account_of(requester: EthereumAddress) -> Option<T::AccountId> {
        T::Outbox::contracts().map(|contracts| account(contracts.chain_id, requester).into())
    }

    /// Make a deal of what was ordered. Where there is none, nothing has changed but that the answer is paid for.
    fn order(who: &T::AccountId, amount: Balance, credited: bool, message: &[u8]) -> Result<Bought, Refusal> {
        if !credited {
            return Err(Refusal::NotCredited);
        }
        // Whatever becomes of it: else who orders what cannot be bought would have the chain work for nothing.
        if Self::charge(who).is_err() {
            defensive!("what was credited is enough for the answer");
            return Err(Refusal::NotCredited);
        }
        let order = Order::read(message).map_err(|_| Refusal::Unreadable)?;
        let category = order.category;
        let Offer { proposal, cost, priced } = Self::best_offer(who, order, amount)?;
        let deposit = cost.of_call;
        let deal = Self::buy(who, proposal, deposit).map_err(Refusal::Market)?;
        Ok(Bought { deal, category, priced, deposit })
    }

    /// Answer at once that there is no result, and send the money back. Where the outbox does not take the answer, the call waits
    /// to be reported.
    fn refuse(who: &T::AccountId, id: CallId, requester: EthereumAddress, nonce: u64) {
        if Self::send(id, Answer::failed()).is_err() {
            let deposit = Self::deposit_of_call();
            let held = T::Currency::hold(&HoldReason::Call.into(), who, deposit).is_ok();
            let (category, priced, deal) = (CategoryId::default(), false, None);
            let deposit = if held { deposit } else { 0 };
            Calls::<T>::insert(id, PendingCall { nonce, requester, deal, category, priced, deposit });
        }
        Self::give_back(who, requester);
    }

    /// The cheapest deal that can be made of an order with what came with it: of the pool that it names, or of one of those that
    /// governance has named, in their order.
    fn best_offer(who: &T::AccountId, order: Order, amount: Balance) -> Result<Offer<T::AccountId>, Refusal> {
        let pools: Vec<PoolId> = match order.pool {
            Some(pool) => [pool].into(),
            None => Pools::<T>::get().into_inner(),
        };
        let least = T::Market::least_duration(order.category).unwrap_or_default();
        let until = deadline(Self::now(), least, T::Patience::get(), T::Market::longest_duration());
        let (mut best, mut refusal) = (None, Refusal::NoPool);
        for pool in pools {
            let proposal = order.clone().request(pool, amount, until).propose(who.clone());
            match Self::offer(proposal, amount) {
                Err(reason) => refusal = reason,
                Ok(offer) => {
                    let is_cheaper = |known: &Offer<_>| offer.cost.payment < known.cost.payment;
                    if best.as_ref().is_none_or(is_cheaper) {
                        best = Some(offer);
                    }
                }
            }
        }
        best.ok_or(refusal)
    }

    /// What a proposal would become, if the amount is enough for it.
    fn offer(proposal: Proposal<T::AccountId>, amount: Balance) -> Result<Offer<T::AccountId>, Refusal> {
        let agreement = T::Market::quote(proposal.clone()).map_err(Refusal::Market)?;
        let cost = Cost {
            payment: agreement.payment,
            of_deal: agreement.deal.deposit.amount,
            of_call: Self::deposit_of_call(),
            answer: T::AnswerPrice::get(),
            least: T::Currency::minimum_balance(),
        };
        if !cost.fits(amount) {
            return Err(Refusal::TooDear { cost: cost.total().unwrap_or(Balance::MAX) });
        }
        let priced = agreement.deal.price().is_some_and(|price| price >= agreement.deal.category.min_value);
        Ok(Offer { proposal, cost, priced })
    }

    /// The deal and what is held for the call: both, or neither.
    fn buy(
        who: &T::AccountId,
        proposal: Proposal<T::AccountId>,
        deposit: Balance,
    ) -> Result<DealId, DispatchError> {
        with_storage_layer(|| {
            let made = T::Market::make(proposal)?;
            T::Currency::hold(&HoldReason::Call.into(), who, deposit)?;
            Ok(made.id)
        })
    }

    fn deposit_of_call() -> Balance {
        T::StoragePrice::get().of(deposit::CALL)
    }

    /// Answer a call.
    pub(crate) fn send(call: CallId, answer: Answer) -> Result<(), DispatchError> {
        let index = T::Outbox::send_result(answer.of(call))?;
        Self::deposit_event(Event::Answered { call, outcome: answer.outcome, index });
        Ok(())
    }
}
