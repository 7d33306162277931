//! The findings and the gate, as Proof of Contribution uses them.

use crate::{Config, Counts, Event, Gates, Pallet, Passes, Rules};
use talka_primitives::{
    audit::{Assurance, AuditRules, Kind},
    bound::Sample,
    gate::Worth,
    traits::{self, Audits, ErrorBounds},
    CategoryId, Rate,
};

impl<T: Config> Audits<T::AccountId> for Pallet<T> {
    fn rules() -> AuditRules {
        Rules::<T>::get()
    }

    fn admit(category: CategoryId, who: &T::AccountId) -> bool {
        let mut passes = Passes::<T>::get(who);
        if passes.contains(&category) {
            return true;
        }
        let mut gate = Gates::<T>::get(category);
        let is_open = gate.admit(Rules::<T>::get().gate);
        // There are no more categories than passes that an account can have.
        if !is_open || passes.try_insert(category).is_err() {
            return false;
        }
        Gates::<T>::insert(category, gate);
        Passes::<T>::insert(who, passes);
        Self::deposit_event(Event::PassGranted { category, worker: who.clone() });
        true
    }

    fn convicted(category: CategoryId, lie: Worth) {
        let rules = Rules::<T>::get().gate;
        if rules.tolerated == 0 {
            return;
        }
        let opens = Gates::<T>::mutate(category, |gate| {
            gate.convicted(lie, rules);
            gate.opens
        });
        Self::deposit_event(Event::GateClosed { category, opens });
    }

    fn count(kind: Kind, sample: Sample) {
        Counts::<T>::mutate(kind, |findings| findings.count(sample));
        // Only results that a jury could judge have workers that work alone.
        if kind.assurance == Assurance::Adjudicated && sample.finding.paid > 0 {
            let rate = sample.finding.alone.unwrap_or(Rate::ALWAYS);
            let audit = Worth { amount: sample.finding.paid, floor: sample.floor, rate };
            Gates::<T>::mutate(kind.category, |gate| gate.advance(audit));
        }
    }
}

impl<T: Config> ErrorBounds for Pallet<T> {
    fn error_bound(kind: Kind) -> u32 {
        Counts::<T>::get(kind).priced.upper95_millionths()
    }
}

impl<T: Config> traits::Passes<T::AccountId> for Pallet<T> {
    fn revoke(who: &T::AccountId) {
        if !Passes::<T>::take(who).is_empty() {
            Self::deposit_event(Event::PassesRevoked { worker: who.clone() });
        }
    }
}
