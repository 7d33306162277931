//! Lots: which results are audited, and who sits on juries.
//!
//! What was agreed on, or disputed, in one block gets its lot at the end of the next: with the randomness of that block, which nobody knew
//! who had a part in the agreement. Only this module writes [`Lots`], [`LotEnds`] and [`LotsDue`].

use crate::{
    draws, jury,
    pallet::{Config, LotEnds, Lots, LotsDue, Pallet, Tasks},
    types::Lot,
    WeightInfo as _,
};
use frame_support::{traits::Get as _, weights::WeightMeter};
use talka_primitives::{
    audit, merit,
    task::{self, Phase, Role, Task},
    traits::{Audits as _, Jurors as _, Market as _, Stake as _},
    Deal, Rate, TaskId,
};

/// Something waits for its lot from now on.
pub(crate) fn push<T: Config>(lot: Lot) {
    LotEnds::<T>::mutate(|ends| {
        Lots::<T>::insert(ends.tail, lot);
        ends.tail = ends.tail.saturating_add(1);
    });
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
            Some(Lot::Jury(_)) => T::WeightInfo::draw_jury(T::Jurors::most()),
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
        let mut ends = LotEnds::<T>::get();
        let Some(lot) = Lots::<T>::take(ends.head) else { break };
        ends.head = ends.head.saturating_add(1);
        LotEnds::<T>::put(ends);
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
    let audit = audit::is_audited(&audit::lot(randomness, id), rate::<T>(&deal, &task));
    let reveal_until = Pallet::<T>::now().saturating_add(T::RevealPeriod::get());
    if let Ok(step) = task.advance(id, task::Event::Lot { audit, reveal_until }) {
        if audit {
            Pallet::<T>::deposit_event(crate::Event::AuditBegun { task: id });
        }
        Pallet::<T>::follow(id, task, step);
    }
}

/// How often results like this one are audited: the rate for which its worker has locked its stake; more where its merit
/// has shrunk since; always where nobody stands alone for it.
fn rate<T: Config>(deal: &Deal<T::AccountId>, task: &Task<T::AccountId>) -> Rate {
    let Some(contribution) = task.alone() else { return Rate::ALWAYS };
    let Role::Alone { rate } = contribution.role else { return Rate::ALWAYS };
    let merit = T::Stake::standing(&contribution.worker).merit;
    let young = T::Audits::rules().young_rate;
    rate.max(merit::rate(deal.category.audit_rate, young, merit, deal.value(), deal.trust))
}
