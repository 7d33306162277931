//! What Proof of Contribution asks and tells.

use crate::{Config, Counts, Event, Gates, Pallet, Rules, StandsAlone};
use talka_primitives::{
    audit::{Assurance, AuditRules, Kind},
    traits::{Audits, Finding},
    CategoryId, Rate,
};

impl<T: Config> Audits<T::AccountId> for Pallet<T> {
    fn rules() -> AuditRules {
        Rules::<T>::get()
    }

    fn let_in(category: CategoryId, who: &T::AccountId) -> bool {
        if StandsAlone::<T>::contains_key(category, who) {
            return true;
        }
        let rules = Rules::<T>::get().gate;
        let mut gate = Gates::<T>::get(category);
        let open = gate.let_in(clock::<T>(category), rules);
        if open {
            Gates::<T>::insert(category, gate);
            StandsAlone::<T>::insert(category, who, ());
            Self::deposit_event(Event::LetIn { category, worker: who.clone() });
        }
        open
    }

    fn put_out(category: CategoryId, who: &T::AccountId) {
        StandsAlone::<T>::remove(category, who);
    }

    fn convicted(category: CategoryId, who: &T::AccountId, rate: Rate) {
        // Each result of it counts, also those that were under way when it was first found out.
        StandsAlone::<T>::remove(category, who);
        let rules = Rules::<T>::get().gate;
        if rules.tolerated == 0 {
            return;
        }
        let opens = Gates::<T>::mutate(category, |gate| {
            gate.convicted(clock::<T>(category), rate, rules);
            gate.opens
        });
        Self::deposit_event(Event::GateClosed { category, opens });
    }

    fn count(kind: Kind, found: Finding) {
        Counts::<T>::mutate(kind, |findings| match found {
            Finding::Together => findings.count(false, false),
            Finding::Alone { audited, wrong } => findings.count(audited, wrong),
        });
    }
}

/// What the gate goes by. Only results that a jury could judge have workers that stand alone.
fn clock<T: Config>(category: CategoryId) -> u64 {
    Counts::<T>::get(Kind { category, assurance: Assurance::Adjudicated }).accepted
}
