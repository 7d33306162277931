//! What the chain does by itself at the start of a block: in stages, each with a part of the hook that no other can take from it
//! ([`talka_primitives::budget`]).
//!
//! First what is due, then lots, juries, what is to be forgotten, new deals, draws. Each stage asks its meter for the most that the
//! next item can cost, and charges what was done. What does not fit waits for the next block, in order. Deals are forgotten
//! before new ones are taken in: what the first stages leave goes to that which makes the state smaller. All chance comes from
//! the outputs of this block and its parent, over the state that the parent left: see [`talka_primitives::seed`]. Where one of
//! several validators made both blocks, what two must draw waits.

use crate::{
    agenda::Agenda,
    dispatch, draws, forget, intake, lots,
    pallet::{Config, Pallet},
    WeightInfo as _,
};
use frame_support::{
    traits::Get as _,
    weights::{Weight, WeightMeter},
};
use talka_primitives::{
    budget::Budget,
    seed::{Draws, Subject},
    Share,
};

/// The part of the hook that each stage has at least, in their order: what is due, lots, juries, what is to be forgotten, new deals,
/// draws. Each has room for the largest item of its stage. As many deals can be forgotten as can be taken in.
pub const STAGE_FLOORS: [Share; 6] = [Share(20), Share(15), Share(12), Share(8), Share(5), Share(40)];

/// Do what is to be done in a block, within the hook's part of it. Gives what that has cost, with what its steps, and the calls
/// of the block, share.
pub(crate) fn run<T: Config>() -> Weight {
    let share = T::BlockShare::get() * T::BlockWeights::get().max_block;
    let first = T::WeightInfo::shared_records().saturating_add(T::WeightInfo::look_at_authors());
    let authors = draws::authors::<T>();
    let mut meter = WeightMeter::with_limit(share.saturating_sub(first));
    let mut budget = Budget::new(meter.limit().ref_time(), STAGE_FLOORS);
    stage(&mut budget, &mut meter, keep_appointments::<T>);
    stage(&mut budget, &mut meter, |meter| {
        if let Some(authors) = &authors {
            lots::draw::<T>(authors, meter);
        }
    });
    stage(&mut budget, &mut meter, |meter| {
        if let Some(authors) = &authors {
            lots::draw_juries::<T>(authors, meter);
        }
    });
    stage(&mut budget, &mut meter, forget::in_turn::<T>);
    stage(&mut budget, &mut meter, intake::take_in::<T>);
    stage(&mut budget, &mut meter, |meter| {
        let seed = authors.as_ref().and_then(|authors| authors.seed(Pallet::<T>::now(), Subject::Dispatch));
        if let Some(seed) = seed {
            dispatch::serve_benches::<T>(Draws::of(seed), meter);
        }
    });
    meter.consumed().saturating_add(first)
}

/// Let the next stage of a budget work, within its part of what the meter has left.
pub(crate) fn stage<const STAGES: usize>(
    budget: &mut Budget<STAGES>,
    meter: &mut WeightMeter,
    work: impl FnOnce(&mut WeightMeter),
) {
    budget.give(|most| {
        // The size of proofs is not bounded on this chain.
        let mut own = WeightMeter::with_limit(Weight::from_parts(most, u64::MAX));
        work(&mut own);
        meter.consume(own.consumed());
        own.consumed().ref_time()
    });
}

/// Look at what is due, in the order of the agenda.
fn keep_appointments<T: Config>(meter: &mut WeightMeter) {
    while keep_first::<T>(meter) {}
}

/// Look at what is due first. Whether there was something, and room for it.
pub(crate) fn keep_first<T: Config>(meter: &mut WeightMeter) -> bool {
    let (now, look) = (Pallet::<T>::now(), T::WeightInfo::look_at_agenda());
    let first = Agenda::<T>::first_due(now, meter, look);
    let Some(appointment) = first.filter(|first| meter.can_consume(Pallet::<T>::most_of(first))) else {
        return false;
    };
    Agenda::<T>::take();
    meter.consume(Pallet::<T>::keep(appointment));
    true
}
