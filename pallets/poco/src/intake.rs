//! New deals: the call that makes a deal only stores it. The hook of the next block takes it in when it has room, so a
//! match does not have to pay for the queues.
//!
//! Only this module writes [`NextIntake`].

use crate::{
    agenda::Agenda,
    pallet::{Config, DealStates, NextIntake, Pallet},
    queue::Queue,
    types::{Appointment, Bench, DealState, Work},
    WeightInfo as _,
};
use frame_support::weights::{Weight, WeightMeter};
use talka_primitives::{traits::Market as _, DealId};

/// Take in new deals, in their order, as far as the meter allows.
pub(crate) fn take_in<T: Config>(meter: &mut WeightMeter) {
    if meter.try_consume(T::WeightInfo::look_for_deals()).is_err() {
        return;
    }
    let (first, end) = (NextIntake::<T>::get(), T::Market::next_deal());
    let most = T::WeightInfo::take_in_deal().saturating_add(T::WeightInfo::expire_deal());
    let mut next = first;
    while next < end && meter.can_consume(most) {
        meter.consume(take_in_deal::<T>(next));
        // Cannot fail: there is a higher one.
        next = next.next().unwrap_or(end);
    }
    if next != first {
        NextIntake::<T>::put(next);
    }
}

/// Gives what that has cost.
fn take_in_deal<T: Config>(id: DealId) -> Weight {
    let cost = T::WeightInfo::take_in_deal();
    let Some(deal) = T::Market::deal(id) else { return cost };
    DealStates::<T>::insert(id, DealState::new(deal.tasks));
    if deal.deadline < Pallet::<T>::now() {
        // It had to wait for so long that nobody can work on it any more.
        Pallet::<T>::expire_deal(id);
        return cost.saturating_add(T::WeightInfo::expire_deal());
    }
    Queue::<T>::push(Bench::Pool(deal.pool), Work::Deal(id));
    Agenda::<T>::schedule(deal.deadline.saturating_add(1), Appointment::Deal(id));
    cost
}
