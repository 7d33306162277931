//! What the parties of a deal can expect, and whether it comes about.

use talka_pallet_poco::Bench;
use talka_primitives::{
    deal::min_duration,
    placement::Conditions,
    task::{Failure, DECLINES_TO_FAIL},
    Balance, BlockNumber, Deal, DealId, PoolId, Rate,
};
use talka_runtime::{constants::market, AccountId, Runtime, System};

use super::{deal, honest, tlk, work::Drawn, Ledger};
use crate::{
    attacker::PERIODS,
    cast::{name, Party, ADMITTED, WORKERS},
    chain::RUN_TIMES,
    finding::{Cause, Property},
    honest::{ample, PRICES},
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
pub(super) const BENCHES: [Bench; 3] = [Bench::Pool(PoolId(0)), Bench::Pool(PoolId(1)), Bench::Auditors];

/// A deal that is not over.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) is_bought: bool,
    made: BlockNumber,
    deadline: BlockNumber,
    /// Blocks without room for duties, and juries, before it.
    full_blocks: BlockNumber,
    juries: u32,
    /// What it can expect, where honest workers can execute it.
    pub(super) promise: Option<Promise>,
}

/// What a buyer can expect of an honest pool.
#[derive(Clone, Debug)]
pub(super) struct Promise {
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
    pub(super) queued: u32,
    /// For how many blocks one after another it waits while workers are free.
    starved: BlockNumber,
}

fn full_blocks() -> BlockNumber {
    talka_pallet_poco::FullBlocks::<Runtime>::get()
}

impl Ledger {
    pub(super) fn deal_made(&mut self, id: DealId, world: &World) {
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

    pub(super) fn failed(&mut self, id: DealId, tasks: u32, reason: Failure, drawn: Drawn) {
        let Some(deal) = deal(id) else { return };
        if let (Some(party), Failure::NoVerdict) = (honest(&deal.payer), reason) {
            // The payer of a task that no jury can judge pays the jurors.
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

    pub(super) fn look_at_benches(&mut self) {
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

    pub(super) fn look_at_deals(&mut self) {
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
