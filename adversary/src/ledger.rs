//! The ledger: what each honest party has, what it agreed to pay, what the events of each block say of it.
//!
//! Every unit that an honest account gains or loses must be told by an event, and every loss must be a fee or the price of
//! something that was bought. What is left over is a finding.

use std::collections::{BTreeMap, BTreeSet};

use frame_support::traits::fungible::{Inspect, InspectHold};
use sp_runtime::DispatchResult;
use talka_pallet_poco::Bench;
use talka_primitives::{
    audit::Assurance,
    deal::min_duration,
    placement::Conditions,
    task::{Failure, DECLINES_TO_FAIL},
    Balance, BlockNumber, Deal, DealId, PoolId, Rate, TaskId,
};
use talka_runtime::{
    constants::{currency::TLK, fee, market},
    AccountId, Balances, Runtime, RuntimeEvent, RuntimeHoldReason, System,
};

use crate::{
    attacker::PERIODS,
    cast::{name, Party, ADMITTED, OPERATORS, WORKERS},
    chain::RUN_TIMES,
    finding::{Cause, Finding, Property},
    honest::{ample, GUARANTEE_LIMIT, PRICES},
    world::World,
};

/// Blocks after its deadline in which a deal is over where nobody else has disputes: an audit, two juries, the reveals.
const PATIENCE: BlockNumber = 800;
/// Blocks that a jury takes at most: the longest run time with its grace, the reveals, and the draw.
const JURY: BlockNumber = RUN_TIMES[2] + market::COMMIT_GRACE + market::REVEAL_PERIOD + 5;
/// Juries that sit at once. Disputes wait for their jury in order: each for those before it, and for no others.
const JURIES_AT_ONCE: BlockNumber = talka_pallet_poco::MAX_SUMMONS;
/// Blocks after which a task that can begin is drawn, while workers are free. There are more than enough of them for blocks of
/// one author one after another, and for draws in vain.
const MOST_WAITED: BlockNumber = 100;
/// Blocks in which nothing happens to a worker that is free, where nobody is drawn.
const STILL: BlockNumber = 3;
/// Where work waits for workers: the pools of the honest operators, and the bench of auditors.
const BENCHES: [Bench; 3] = [Bench::Pool(PoolId(0)), Bench::Pool(PoolId(1)), Bench::Auditors];

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

/// A deal that is not over.
#[derive(Clone, Debug)]
struct Open {
    is_bought: bool,
    made: BlockNumber,
    deadline: BlockNumber,
    /// Blocks without room for duties, and juries, before it.
    full_blocks: BlockNumber,
    juries: u32,
    /// What it can expect, where honest workers can execute it.
    promise: Option<Promise>,
}

/// What a buyer can expect of an honest pool.
#[derive(Clone, Debug)]
struct Promise {
    /// Which pool.
    pool: usize,
    /// How long a task takes somebody at most.
    execution: BlockNumber,
    /// How much later than necessary the deadline is.
    slack: BlockNumber,
    /// What a worker has to lock.
    stake: Balance,
    /// For how long work had waited when it was made.
    waited: [BlockNumber; BENCHES.len()],
    /// Tasks that have not begun.
    queued: u32,
    /// For how many blocks one after another it waits while workers are free.
    starved: BlockNumber,
}

/// Who was drawn for a task.
#[derive(Clone, Copy, Debug, Default)]
struct Drawn {
    honest: u32,
    hostile: u32,
}

fn flow(amount: Balance) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}

/// An amount, for people.
fn tlk(amount: Balance) -> String {
    format!("{}.{:09} TLK", amount / TLK, amount % TLK)
}

fn hostile_wealth() -> Balance {
    let hostile = Party::all().filter(|party| !party.is_honest());
    hostile.map(|party| Balances::total_balance(&party.account())).sum()
}

fn full_blocks() -> BlockNumber {
    talka_pallet_poco::FullBlocks::<Runtime>::get()
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

    /// A buyer signs that it pays so much for a task, at most.
    pub fn will_pay(&mut self, buyer: Party, price: Balance) {
        let limit = self.limits.entry(buyer).or_default();
        *limit = price.max(*limit);
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

    /// What an account has must be what the events say.
    fn reconcile(&mut self, flows: BTreeMap<Party, i128>) {
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

    fn money(
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
    fn guarantee_lost(&mut self, party: Party, amount: Balance, of: impl std::fmt::Display) {
        let cause = match party {
            Party::Operator(0) => Cause::GuaranteeSeized,
            Party::Operator(_) => Cause::OpenGuaranteeSeized,
            _ => Cause::StrangersGuarantee,
        };
        let evidence = format!("{party} lost a guarantee of {} for {of}", tlk(amount));
        self.find(Property::Loss, cause, evidence);
    }

    fn deal_made(&mut self, id: DealId, world: &World) {
        let Some(deal) = deal(id) else { return };
        let (payer, operator) = (honest(&deal.payer), honest(&deal.operator));
        match operator {
            Some(Party::Operator(index)) if deal.pool == PoolId(index.into()) => {
                let listed = PRICES.get(usize::from(deal.category_id.0));
                if listed != Some(&deal.pool_price) {
                    let evidence = format!("deal {id} of operator {index} is at {}", tlk(deal.pool_price));
                    self.find(Property::Consent, Cause::StrangeTerms, evidence);
                }
            }
            Some(stranger) => {
                let guarantee = tlk(deal.guarantee() * Balance::from(deal.tasks));
                let evidence = format!("{guarantee} of {stranger} are held for deal {id} of {}", deal.pool);
                self.find(Property::Consent, Cause::StrangersGuarantee, evidence);
            }
            None => {}
        }
        if let Some(payer) = payer {
            let limit = self.limits.get(&payer).copied().unwrap_or_default();
            if deal.requester != deal.payer || deal.price().is_none_or(|price| price > limit) {
                let evidence = format!("{payer} pays {:?} for deal {id}, and signed {limit}", deal.price());
                self.find(Property::Consent, Cause::StrangeTerms, evidence);
            }
        }
        if payer.is_some() || operator.is_some() {
            let open = Open {
                is_bought: payer.is_some(),
                made: System::block_number(),
                deadline: deal.deadline,
                full_blocks: full_blocks(),
                juries: self.juries,
                promise: payer.and_then(|_| self.promise(&deal, world)),
            };
            self.open.insert(id, open);
        }
    }

    /// What the buyer of a deal can expect: nothing, where strangers sell something of it.
    fn promise(&self, deal: &Deal<AccountId>, world: &World) -> Option<Promise> {
        use talka_pallet_marketplace::{Apps, Datasets};
        let is_honest = |who: &AccountId| honest(who).is_some();
        let data_owner = deal.dataset.as_ref().map(|terms| &terms.owner);
        let by_honest = is_honest(&deal.app_owner) && is_honest(&deal.operator);
        let app = Apps::<Runtime>::get(deal.app)?.content;
        let usable = match &deal.dataset {
            Some(terms) => world.is_usable(Datasets::<Runtime>::get(terms.id)?.content),
            None => true,
        };
        let now = System::block_number();
        let has_time = deal.deadline >= now + ample(deal.category_id);
        let can_be_done =
            by_honest && data_owner.is_none_or(is_honest) && usable && world.is_usable(app) && has_time;
        let least = min_duration(&deal.category, deal.assurance, PERIODS);
        let rules = talka_pallet_audit::Rules::<Runtime>::get();
        can_be_done.then(|| Promise {
            pool: deal.pool.0 as usize,
            execution: deal.category.run_time + market::COMMIT_GRACE,
            slack: (deal.deadline - now).saturating_sub(least),
            stake: Conditions::of(deal, &rules).stake(Rate::ALWAYS).unwrap_or(Balance::MAX),
            waited: self.waited,
            queued: deal.tasks,
            starved: 0,
        })
    }

    fn work(&mut self, event: talka_pallet_poco::Event<Runtime>) {
        use talka_pallet_poco::Event::*;
        let mut blame = |who: &AccountId, cause, what: String| {
            if honest(who).is_some() {
                self.find(Property::Blame, cause, format!("{} {what}", name(who)));
            }
        };
        match event {
            JurorFined { task, juror, amount } => {
                let what = format!("was fined {} as a juror in task {task}", tlk(amount));
                blame(&juror, Cause::JurorFined, what)
            }
            WorkerAbsent { task, worker } => {
                blame(&worker, Cause::Absent, format!("is taken for absent in task {task}"))
            }
            StakeLost { task, worker, amount } => {
                blame(&worker, Cause::StakeLost, format!("lost a stake of {} in task {task}", tlk(amount)))
            }
            Convicted { task, worker, amount } => {
                let what = format!("was convicted in task {task} and lost {}", tlk(amount));
                blame(&worker, Cause::Convicted, what)
            }
            WorkerPaused { worker, until } => {
                blame(&worker, Cause::Paused, format!("has to pause until block {until}"))
            }
            TaskAssigned { task, worker, .. } => self.drawn(task, &worker),
            AuditBegun { task } => {
                self.audited.insert(task);
            }
            JurySeated { .. } => self.juries += 1,
            TaskCompleted { task, digest, .. } => {
                let was_audited = self.audited.remove(&task);
                self.tasks.remove(&task);
                let Some(deal) = deal(task.deal) else { return };
                if let Some(party) = honest(&deal.payer) {
                    let price = deal.price().unwrap_or_default();
                    let due = if was_audited { price + deal.audit_price() } else { price };
                    *self.allowance.entry(party).or_default() += due;
                    let right = crate::honest::result(Default::default(), party, task);
                    self.results.0 += 1;
                    self.results.1 += u64::from(right != digest && deal.assurance != Assurance::Unverified);
                }
            }
            TaskFailed { task, reason } => {
                let drawn = self.tasks.remove(&task).unwrap_or_default();
                self.audited.remove(&task);
                self.failed(task.deal, 1, reason, drawn);
                for (party, amount) in std::mem::take(&mut self.seized) {
                    // The closed pool has honest workers only.
                    if party != Party::Operator(1) || drawn.hostile == 0 {
                        self.guarantee_lost(party, amount, format!("task {task}"));
                    }
                }
            }
            DealExpired { deal, tasks } => {
                self.failed(deal, tasks, Failure::DeadlinePassed, Drawn::default())
            }
            DealEnded { deal, .. } => {
                self.open.remove(&deal);
            }
            _ => {}
        }
    }

    fn drawn(&mut self, task: TaskId, worker: &AccountId) {
        let Some(open) = self.open.get_mut(&task.deal) else { return };
        let is_new = !self.tasks.contains_key(&task);
        if let (Some(promise), true) = (&mut open.promise, is_new) {
            promise.queued = promise.queued.saturating_sub(1);
        }
        let drawn = self.tasks.entry(task).or_default();
        match hostile(worker) {
            true => drawn.hostile += 1,
            false => drawn.honest += 1,
        }
    }

    fn failed(&mut self, id: DealId, tasks: u32, reason: Failure, drawn: Drawn) {
        let Some(deal) = deal(id) else { return };
        if let (Some(party), Failure::NoVerdict) = (honest(&deal.payer), reason) {
            // Who brings a task to court that nobody can judge pays the jurors.
            *self.allowance.entry(party).or_default() += deal.audit_price();
        }
        let Some(promise) = self.open.get(&id).and_then(|open| open.promise.as_ref()) else { return };
        let is_most = drawn.hostile as usize >= DECLINES_TO_FAIL && drawn.hostile > drawn.honest;
        // Time that strangers took who were drawn, and time in which the pool had no worker left: that of other buyers.
        let auditors = BENCHES.len() - 1;
        let waited = |place: usize| self.waited[place].saturating_sub(promise.waited[place]);
        let lost = drawn.hostile.saturating_mul(promise.execution + market::REVEAL_PERIOD);
        let is_late = lost + waited(promise.pool) + waited(auditors) >= promise.slack;
        let (cause, is_excused) = match reason {
            // At the deadline all that were drawn had declined.
            Failure::Declined(_) => (Cause::Declined, is_most || drawn.honest == 0 && is_late),
            Failure::NoVerdict => (Cause::NoVerdict, false),
            Failure::NoConsensus => (Cause::NoConsensus, false),
            Failure::NotAudited => (Cause::NotAudited, is_late),
            Failure::DeadlinePassed => (Cause::DeadlinePassed, is_late),
            Failure::Cancelled => return,
        };
        if !is_excused {
            let evidence = format!(
                "{tasks} of deal {id} of {} failed, though all could be executed: {reason:?}, {drawn:?}",
                name(&deal.payer)
            );
            self.find(Property::Result, cause, evidence);
        }
    }

    fn seats(&mut self, event: talka_pallet_validators::Event<Runtime>) {
        use talka_pallet_validators::{Cause as Why, Event::*};
        let evidence = match event {
            Slashed { who, amount, .. } if honest(&who).is_some() => {
                format!("{} was slashed by {}", name(&who), tlk(amount))
            }
            Retired { who, cause, .. } if honest(&who).is_some() && cause != Why::Resigned => {
                format!("{} was retired: {cause:?}", name(&who))
            }
            _ => return,
        };
        self.find(Property::Blame, Cause::Slashed, evidence);
    }

    /// No more is held of an operator than it has allowed.
    fn look_at_guarantees(&mut self) {
        for operator in (0..OPERATORS).map(Party::Operator) {
            let reason = talka_pallet_marketplace::HoldReason::Guarantee.into();
            let held = Balances::balance_on_hold(&reason, &operator.account());
            if held > GUARANTEE_LIMIT {
                let evidence = format!("{} are held of {operator} as guarantees", tlk(held));
                self.find(Property::Consent, Cause::GuaranteeOverLimit, evidence);
            }
        }
    }

    fn look_at_benches(&mut self) {
        for (waited, bench) in self.waited.iter_mut().zip(BENCHES) {
            let length = talka_pallet_poco::Queues::<Runtime>::get(bench).ends.length();
            *waited += BlockNumber::from(length > 0);
        }
        let now = System::block_number();
        let mut starved = Vec::new();
        for (id, open) in &mut self.open {
            let Some(promise) = &mut open.promise else { continue };
            let may_begin = promise.queued > 0 && now + promise.execution < open.deadline;
            match may_begin && is_free(promise) {
                true => promise.starved += 1,
                false => promise.starved = 0,
            }
            if promise.starved > MOST_WAITED {
                starved.push(*id);
            }
        }
        for id in starved {
            let evidence = format!("deal {id} waits for {MOST_WAITED} blocks, though workers are free");
            self.find(Property::End, Cause::Starved, evidence);
        }
    }

    fn look_at_deals(&mut self) {
        let (now, full, juries) = (System::block_number(), full_blocks(), self.juries);
        let is_late = |open: &Open| {
            let before = juries.saturating_sub(open.juries).div_ceil(JURIES_AT_ONCE) * JURY;
            now > open.deadline + PATIENCE + before + full.saturating_sub(open.full_blocks)
        };
        let late = self.open.iter().find(|(_, open)| is_late(open));
        if let Some((id, open)) = late {
            let evidence = format!(
                "deal {id} of block {} is not over {} blocks after its deadline",
                open.made,
                now - open.deadline
            );
            self.find(Property::End, Cause::Endless, evidence);
        }
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

/// Whether an honest worker of the pool could begin a task, and nothing happened to it in the last blocks: where draws go on, who is
/// free at the end of a block is drawn at the start of the next one.
fn is_free(promise: &Promise) -> bool {
    let workers = if promise.pool == 0 { 0..ADMITTED } else { ADMITTED..WORKERS };
    workers.map(Party::Worker).any(|party| {
        let account = party.account();
        let worker = talka_pallet_poco::Workers::<Runtime>::get(&account);
        let is_idle = worker.is_some_and(|worker| {
            let is_still = worker.last_seen.height + STILL <= System::block_number();
            worker.pool.0 as usize == promise.pool && worker.is_idle() && is_still
        });
        is_idle
            && talka_pallet_stake::Ledgers::<Runtime>::get(&account)
                .is_some_and(|ledger| ledger.unlocked() >= promise.stake)
    })
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
    talka_runtime::Enactment::do_try_state()
}
