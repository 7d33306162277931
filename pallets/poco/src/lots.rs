//! Lots: which results are audited, and who sits on juries.
//!
//! A result that was agreed on, or disputed, in one block gets its lot at the end of the next block, with the
//! randomness of that block. The workers that took part in the agreement could not predict it. Only this module writes
//! [`Lots`], [`LotEnds`] and [`LotsDue`].

use crate::{
    draws, jury,
    pallet::{Config, LotEnds, Lots, LotsDue, Pallet, Tasks},
    types::{Ends, Lot},
    WeightInfo as _,
};
use frame_support::weights::WeightMeter;
use talka_primitives::{
    audit,
    placement::Conditions,
    task::{self, Phase},
    traits::{Audits as _, Jurors as _, Market as _, Stake as _},
    TaskId,
};

/// Something waits for its lot from now on.
pub(crate) fn push<T: Config>(lot: Lot) {
    Lots::<T>::insert(LotEnds::<T>::mutate(Ends::push), lot);
}

/// Keep room for the lots that are drawn at the end of this block: for all that wait now, as far as they fit.
pub(crate) fn reserve<T: Config>(meter: &mut WeightMeter) {
    if meter.try_consume(T::WeightInfo::look_for_lots()).is_err() {
        return;
    }
    let ends = LotEnds::<T>::get();
    let mut due = 0u32;
    for position in ends.head..ends.tail {
        let weight = match Lots::<T>::get(position) {
            Some(Lot::Jury(_)) => T::WeightInfo::draw_jury(T::Jurors::max_jurors()),
            Some(Lot::Audit(_)) | None => T::WeightInfo::draw_lot(),
        };
        if meter.try_consume(weight).is_err() {
            break;
        }
        due = due.saturating_add(1);
    }
    if due > 0 {
        LotsDue::<T>::put(due);
    }
}

/// Draw the lots that there is room for.
pub(crate) fn draw<T: Config>() {
    let due = LotsDue::<T>::take();
    if due == 0 {
        return;
    }
    let randomness = draws::randomness::<T>(b"talka/audit");
    for _ in 0..due {
        let Some(lot) = LotEnds::<T>::mutate(Ends::pop).and_then(Lots::<T>::take) else { break };
        match lot {
            Lot::Audit(id) => draw_lot::<T>(id, &randomness),
            Lot::Jury(id) => jury::seat::<T>(id),
        }
    }
}

fn draw_lot<T: Config>(id: TaskId, randomness: &[u8; 32]) {
    // It may have ended, or be disputed, meanwhile.
    let Some(mut task) = Tasks::<T>::get(id).filter(|task| matches!(task.phase, Phase::Agreed { .. })) else {
        return;
    };
    let Some(deal) = T::Market::deal(id.deal) else { return };
    let conditions = Conditions::of(&deal, &T::Audits::rules());
    let rate = conditions.audit_rate_of(&task, |who| T::Stake::standing(who).merit);
    let audit = audit::is_audited(&audit::lot(randomness, id), rate);
    let reveal_until = Pallet::<T>::reveal_until();
    if let Ok(step) = task.advance(id, task::Event::Lot { audit, reveal_until }) {
        if audit {
            Pallet::<T>::deposit_event(crate::Event::AuditBegun { task: id });
        }
        Pallet::<T>::follow(id, task, step);
    }
}
