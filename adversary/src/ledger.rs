//! The ledger: what each honest party has, what it agreed to pay, what the events of each block say of it.
//!
//! Every unit that an honest account gains or loses must be told by an event, and every loss must be a fee or the price of
//! something that was bought. What is left over is a finding.

use std::collections::{BTreeMap, BTreeSet};

use frame_support::traits::fungible::{Inspect, InspectHold};
use sp_runtime::DispatchResult;
use talka_primitives::{Balance, BlockNumber, Deal, DealId, PoolId, TaskId};
use talka_runtime::{
    constants::{currency::TLK, fee},
    AccountId, Balances, Runtime, RuntimeEvent, System,
};

use crate::{
    cast::{name, Party},
    finding::{Cause, Finding, Property},
    world::World,
};

mod deals;
mod money;
mod work;

use deals::{Open, BENCHES};
use money::hostile_wealth;
use work::Drawn;

/// What is watched.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What each honest party has.
    wealth: BTreeMap<Party, Balance>,
    /// What buyers may be charged in this block: the prices of what they got.
    allowance: BTreeMap<Party, Balance>,
    /// The most that each buyer has signed to pay for one task.
    limits: BTreeMap<Party, Balance>,
    /// Deals of which an honest party is the payer or the operator, and that are not over.
    open: BTreeMap<DealId, Open>,
    /// Who was drawn for their tasks.
    tasks: BTreeMap<TaskId, Drawn>,
    /// Who was drawn for the tasks of each honest operator's pool.
    drawn: BTreeMap<PoolId, Drawn>,
    /// Tasks that were audited.
    audited: BTreeSet<TaskId>,
    /// Guarantees that were taken from honest operators, until it is known for which task.
    seized: Vec<(Party, Balance)>,
    /// How many juries were drawn.
    juries: u32,
    /// For how many blocks work waited at each bench.
    waited: [BlockNumber; BENCHES.len()],
    /// What the adversary had.
    hostile: Balance,
    /// What honest parties have paid to the adversary for what they bought, and as fees to its validators.
    consented: Balance,
    issuance: Balance,
    /// Duties of the honest that were refused, because somebody else's transaction came first.
    pub refused: u64,
    /// Results that honest buyers got, and how many of them were wrong though more than a worker's word was paid for.
    pub results: (u64, u64),
}

/// An amount, for people.
fn tlk(amount: Balance) -> String {
    format!("{}.{:09} TLK", amount / TLK, amount % TLK)
}

impl Ledger {
    /// From now on everything is watched.
    pub fn begin(&mut self) {
        self.wealth =
            Party::honest().map(|party| (party, Balances::total_balance(&party.account()))).collect();
        self.hostile = hostile_wealth();
        self.issuance = Balances::total_issuance();
    }

    fn find(&mut self, property: Property, cause: Cause, evidence: String) {
        let finding = Finding { property, cause, block: System::block_number(), evidence };
        if !self.findings.iter().any(|known| known.is_like(&finding)) {
            self.findings.push(finding);
        }
    }

    /// A transaction came into a block.
    pub fn note_call(&mut self, who: Party, is_duty: bool, result: DispatchResult) {
        if let (true, true, Err(error)) = (who.is_honest(), is_duty, result) {
            // One that is not due is refused before it is in a block.
            self.find(Property::State, Cause::DutyFailed, format!("a duty of {who} failed: {error:?}"));
        }
    }

    /// A transaction was refused.
    pub fn note_refusal(&mut self, who: Party, is_duty: bool) {
        self.refused += u64::from(who.is_honest() && is_duty);
    }

    /// Look at the block that has just ended.
    pub fn observe(&mut self, events: Vec<RuntimeEvent>, world: &World) {
        let mut flows: BTreeMap<Party, i128> = BTreeMap::new();
        let mut paid: BTreeMap<Party, Balance> = BTreeMap::new();
        for event in events {
            match event {
                RuntimeEvent::Balances(event) => self.money(event, &mut flows, &mut paid),
                RuntimeEvent::TransactionPayment(event) => {
                    let pallet_transaction_payment::Event::TransactionFeePaid { who, actual_fee, .. } = event;
                    if honest(&who).is_some() {
                        // What its author gets of it, should that be the adversary.
                        self.consented += fee::AUTHOR_SHARE.mul_floor(actual_fee);
                    }
                }
                RuntimeEvent::Marketplace(talka_pallet_marketplace::Event::DealMade { deal, .. }) => {
                    self.deal_made(deal, world)
                }
                RuntimeEvent::Poco(event) => self.work(event),
                RuntimeEvent::Stake(talka_pallet_stake::Event::Forfeited { who, amount, to })
                    if honest(&who).is_some() && amount > 0 =>
                {
                    let evidence =
                        format!("{} lost {} of its bond to {}", name(&who), tlk(amount), name(&to));
                    self.find(Property::Loss, Cause::Forfeit, evidence);
                }
                RuntimeEvent::Audit(talka_pallet_audit::Event::PassesRevoked { worker })
                    if honest(&worker).is_some() =>
                {
                    let evidence = format!("{} lost its passes", name(&worker));
                    self.find(Property::Blame, Cause::PassRevoked, evidence);
                }
                RuntimeEvent::Validators(event) => self.seats(event),
                _ => {}
            }
        }
        for (party, amount) in paid {
            let allowed = self.allowance.get(&party).copied().unwrap_or_default();
            let over = amount.saturating_sub(allowed);
            if over > 0 {
                self.find(Property::Loss, Cause::Overpaid, format!("{party} paid {} for nothing", tlk(over)));
            }
        }
        self.allowance.clear();
        for (party, amount) in std::mem::take(&mut self.seized) {
            self.guarantee_lost(party, amount, "no task");
        }
        self.reconcile(flows);
        self.look_at_guarantees();
        self.look_at_benches();
        self.look_at_deals();
    }

    /// Whether all that honest parties have bought is over.
    pub fn is_quiet(&self) -> bool {
        !self.open.values().any(|open| open.is_bought)
    }

    /// At the end of a run.
    pub fn conclude(&mut self) {
        let gain = hostile_wealth().saturating_sub(self.hostile);
        if gain > self.consented {
            let evidence = format!(
                "the adversary gained {}, and was paid no more than {}",
                tlk(gain),
                tlk(self.consented)
            );
            self.find(Property::Gain, Cause::Enriched, evidence);
        }
        if let Err(error) = invariants() {
            self.find(Property::State, Cause::Invariant, format!("{error:?}"));
        }
        if self.is_quiet() {
            for party in Party::honest() {
                let reason = talka_pallet_marketplace::HoldReason::Payment.into();
                let held = Balances::balance_on_hold(&reason, &party.account());
                if held > 0 {
                    let evidence = format!("{} of {party} are held for what is over", tlk(held));
                    self.find(Property::Loss, Cause::Frozen, evidence);
                }
            }
        }
    }
}

/// Whose account it is, if it is that of an honest party.
fn honest(account: &AccountId) -> Option<Party> {
    Party::of(account).filter(|party| party.is_honest())
}

/// Whether it is an account of the adversary.
fn hostile(account: &AccountId) -> bool {
    Party::of(account).is_some_and(|party| !party.is_honest())
}

fn deal(id: DealId) -> Option<Deal<AccountId>> {
    talka_pallet_marketplace::Deals::<Runtime>::get(id)
}

/// The invariants of all pallets of this project.
fn invariants() -> Result<(), sp_runtime::TryRuntimeError> {
    talka_runtime::Stake::do_try_state()?;
    talka_runtime::Marketplace::do_try_state()?;
    talka_runtime::Poco::do_try_state()?;
    talka_runtime::Groups::do_try_state()?;
    talka_runtime::Orders::do_try_state()?;
    talka_runtime::Validators::do_try_state()?;
    talka_runtime::Audit::do_try_state()?;
    talka_runtime::Enactment::do_try_state()?;
    talka_runtime::Gateway::do_try_state()
}
