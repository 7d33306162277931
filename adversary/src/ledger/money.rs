//! What each party has, and what each outflow is for.

use std::collections::BTreeMap;

use frame_support::traits::fungible::{Inspect, InspectHold};
use talka_primitives::Balance;
use talka_runtime::{AccountId, Balances, Runtime, RuntimeHoldReason};

use super::{honest, hostile, tlk, Ledger};
use crate::{
    cast::{Party, OPERATORS},
    finding::{Cause, Property},
    honest::GUARANTEE_LIMIT,
};

fn flow(amount: Balance) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}

pub(super) fn hostile_wealth() -> Balance {
    let hostile = Party::all().filter(|party| !party.is_honest());
    hostile.map(|party| Balances::total_balance(&party.account())).sum()
}

impl Ledger {
    /// A buyer signs that it pays at most `price` for a task.
    pub fn will_pay(&mut self, buyer: Party, price: Balance) {
        let limit = self.limits.entry(buyer).or_default();
        *limit = price.max(*limit);
    }

    /// What an account has must be what the events say.
    pub(super) fn reconcile(&mut self, flows: BTreeMap<Party, i128>) {
        for party in Party::honest() {
            let now = Balances::total_balance(&party.account());
            let before = self.wealth.insert(party, now).unwrap_or_default();
            let expected = flow(before) + flows.get(&party).copied().unwrap_or_default();
            if expected != flow(now) {
                let evidence = format!("{party} has {}, where {expected} units are explained", tlk(now));
                self.find(Property::Loss, Cause::Unexplained, evidence);
            }
        }
        if Balances::total_issuance() != self.issuance {
            let evidence =
                format!("there are {} instead of {}", tlk(Balances::total_issuance()), tlk(self.issuance));
            self.find(Property::State, Cause::Supply, evidence);
            self.issuance = Balances::total_issuance();
        }
    }

    pub(super) fn money(
        &mut self,
        event: pallet_balances::Event<Runtime>,
        flows: &mut BTreeMap<Party, i128>,
        paid: &mut BTreeMap<Party, Balance>,
    ) {
        use pallet_balances::Event::*;
        let mut add = |who: &AccountId, amount: i128| {
            if let Some(party) = honest(who) {
                *flows.entry(party).or_default() += amount;
            }
        };
        match event {
            Transfer { from, to, amount }
            | TransferAndHold { source: from, dest: to, transferred: amount, .. } => {
                add(&from, -flow(amount));
                add(&to, flow(amount));
            }
            TransferOnHold { reason, source, dest, amount } => {
                add(&source, -flow(amount));
                add(&dest, flow(amount));
                if source != dest {
                    self.taken(reason, &source, &dest, amount, paid);
                }
            }
            Deposit { who, amount } | Minted { who, amount } | Restored { who, amount } => {
                add(&who, flow(amount))
            }
            Withdraw { who, amount }
            | Slashed { who, amount }
            | Burned { who, amount }
            | Suspended { who, amount }
            | DustLost { account: who, amount } => add(&who, -flow(amount)),
            _ => {}
        }
    }

    fn taken(
        &mut self,
        reason: RuntimeHoldReason,
        from: &AccountId,
        to: &AccountId,
        amount: Balance,
        paid: &mut BTreeMap<Party, Balance>,
    ) {
        use talka_pallet_marketplace::HoldReason;
        let Some(party) = honest(from) else { return };
        match reason {
            RuntimeHoldReason::Marketplace(HoldReason::Payment) => {
                *paid.entry(party).or_default() += amount;
                if hostile(to) {
                    self.consented += amount;
                }
            }
            RuntimeHoldReason::Marketplace(HoldReason::Guarantee) => self.seized.push((party, amount)),
            // Told by the event `Forfeited`.
            RuntimeHoldReason::Stake(_) => {}
            reason => {
                let evidence = format!("{party} lost {} that was held as {reason:?}", tlk(amount));
                self.find(Property::Loss, Cause::Unexplained, evidence);
            }
        }
    }

    /// An operator answers for those that it lets into its pool: for anybody, where the pool is open.
    pub(super) fn guarantee_lost(&mut self, party: Party, amount: Balance, of: impl std::fmt::Display) {
        let cause = match party {
            Party::Operator(0) => Cause::GuaranteeSeized,
            Party::Operator(_) => Cause::OpenGuaranteeSeized,
            _ => Cause::StrangersGuarantee,
        };
        let evidence = format!("{party} lost a guarantee of {} for {of}", tlk(amount));
        self.find(Property::Loss, cause, evidence);
    }

    /// No more is held of an operator than it has allowed.
    pub(super) fn look_at_guarantees(&mut self) {
        for operator in (0..OPERATORS).map(Party::Operator) {
            let reason = talka_pallet_marketplace::HoldReason::Guarantee.into();
            let held = Balances::balance_on_hold(&reason, &operator.account());
            if held > GUARANTEE_LIMIT {
                let evidence = format!("{} are held of {operator} as guarantees", tlk(held));
                self.find(Property::Consent, Cause::GuaranteeOverLimit, evidence);
            }
        }
    }
}
