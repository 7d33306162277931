//! What a request would cost now, and whether there are the workers for it: asked before anything is bought.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, iter,
};

use talka_primitives::{
    audit::AuditRules,
    credibility, deposit,
    filter::PoolFilter,
    matching::{agree, Assets, PoolOffer, Proposal, Standing},
    order::{Order, Party, RequestOrder, WrongKind},
    placement::{Conditions, Opening},
    restriction::{counts_workers, Insiders},
    task::MAX_MEMBERS,
    view::{OrderState, PoolStanding, WorkerView},
    Balance, BlockNumber, Deal, GroupId, Merit, PoolId,
};

use super::{
    not_offered,
    plan::{plan, Plan},
    read::Reading,
};
use crate::{
    api::{marketplace::Error as Market, orders::Error as Orders},
    client::Client,
    error::{Error, Fatal},
    order::{of_kind, SignedOrder, Source},
    orders::{Match, PoolSource},
    snapshot::{collect, Snapshot, MAX_PAGE},
    AccountId, Tlk,
};

/// The deals that a request would become now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The deals, in the order in which they would be made.
    pub parts: Vec<Part>,
    /// Pools that are cheaper, but lack workers.
    pub passed_over: BTreeMap<PoolId, Lack>,
}

/// One deal that would be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The place of its first task in the whole request.
    pub first: u32,
    /// Its terms.
    pub deal: Deal<AccountId>,
    /// What is held of who makes it: for the deal, until the chain forgets it, and for orders that were not used before, until
    /// they expire. In units of TLK.
    pub deposit: Balance,
    /// The workers of its pool.
    pub workforce: Workforce,
}

/// The workers of a pool, as far as a task of a deal is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workforce {
    /// What the pool has done, and how many of its workers are online.
    pub standing: PoolStanding,
    /// Workers online whose bond is enough for a task.
    pub able: u32,
    /// How many workers that agree a result takes, where none of them has merit. `None` where a task cannot draw as many.
    pub fresh: Option<u32>,
    /// How many it takes of the able ones, where those with the most merit are drawn. `None` where all are too few.
    pub fewest: Option<u32>,
    /// How many it takes of the able ones, where those with the least merit are drawn.
    pub most: Option<u32>,
    /// What a worker without merit locks of its bond for a task, in units of TLK.
    pub stake: Balance,
    /// Whether one more worker executes tasks, to audit them.
    pub audited: bool,
    /// Workers online in other pools, one of which may be the auditor. Counted only where the pool itself has none to
    /// spare, and not where the deal is restricted to it.
    pub elsewhere: Option<u32>,
}

/// What workers a pool lacks for a task to be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// None is online.
    Online,
    /// None of those online has a bond that is enough.
    Bond {
        /// How many are online.
        online: u32,
        /// What a task locks of a bond, in units of TLK.
        stake: Balance,
    },
    /// Those online do not reach the trust, even if all agree.
    Trust {
        /// How many are online, with a bond that is enough.
        able: u32,
        /// How many it takes, where none of them has merit; `None` where a task cannot draw as many.
        fresh: Option<u32>,
    },
    /// All of them are needed for the result, and none is online anywhere to audit it.
    Auditor {
        /// How many the result takes.
        needed: u32,
    },
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Online => f.write_str("none of its workers is online"),
            Self::Bond { online, stake } => write!(
                f,
                "a task locks {} TLK of a worker's bond, more than any of its workers online has bonded ({online} online)",
                Tlk(*stake)
            ),
            Self::Trust { able, fresh: Some(fresh) } => {
                write!(f, "a result takes {fresh} workers that agree, and it has {able} online")
            }
            Self::Trust { fresh: None, .. } => write!(
                f,
                "a result takes more workers that agree than a task can draw ({MAX_MEMBERS}), as long as they have so little merit"
            ),
            Self::Auditor { needed } => write!(
                f,
                "a result takes {needed} of its workers and another one that audits it, and no other worker is online"
            ),
        }
    }
}

impl Workforce {
    /// Those of a pool with these workers. `elsewhere` is the number of workers online in other pools, where it was asked
    /// for.
    pub fn of(
        deal: &Deal<AccountId>,
        rules: &AuditRules,
        standing: PoolStanding,
        workers: &[WorkerView<AccountId>],
        elsewhere: Option<u32>,
    ) -> Self {
        let conditions = Conditions::of(deal, rules);
        let needed = |merits: &mut dyn Iterator<Item = Merit>| {
            let weights = merits.take(MAX_MEMBERS as usize).map(|merit| conditions.weight(merit));
            credibility::needed(weights, deal.trust)
        };
        let is_able = |merit, bond| {
            let offer = conditions.offer(Opening::First, merit, bond);
            offer.alone.is_some() || offer.shared.locked <= bond
        };
        let online = workers.iter().filter(|worker| worker.online);
        let listed = online.clone().count().try_into().unwrap_or(u32::MAX);
        let mut merits: Vec<_> =
            online.filter(|worker| is_able(worker.merit, worker.bond)).map(|worker| worker.merit).collect();
        // Of a long list only a part is known. The others count as workers without merit.
        let unlisted = standing.online.saturating_sub(listed);
        merits.extend(iter::repeat_n(Merit(0), unlisted as usize));
        merits.sort();
        Self {
            standing,
            able: merits.len().try_into().unwrap_or(u32::MAX),
            fresh: needed(&mut iter::repeat(Merit(0))),
            fewest: needed(&mut merits.iter().rev().copied()),
            most: needed(&mut merits.iter().copied()),
            stake: conditions.offer(Opening::First, Merit(0), 0).shared.locked,
            audited: deal.assurance.is_audited(),
            elsewhere,
        }
    }

    /// What is missing for a task to be completed with the workers that are online now.
    pub fn lack(&self) -> Option<Lack> {
        let Self { standing, able, fresh, stake, .. } = *self;
        match self.fewest {
            _ if standing.online == 0 => Some(Lack::Online),
            _ if able == 0 => Some(Lack::Bond { online: standing.online, stake }),
            None => Some(Lack::Trust { able, fresh }),
            Some(needed) if self.lacks_auditor(needed) && self.elsewhere.unwrap_or(0) == 0 => {
                Some(Lack::Auditor { needed })
            }
            Some(_) => None,
        }
    }

    /// Whether the pool itself has nobody left to audit a result that took `needed` workers.
    fn lacks_auditor(&self, needed: u32) -> bool {
        self.audited && self.able <= needed
    }

    /// About how many blocks this number of tasks takes: the median of the pool's last tasks, as often as its free slots
    /// have to be filled. `None` where it has completed no task yet, has no free slot or lacks workers.
    pub fn blocks(&self, tasks: u32) -> Option<BlockNumber> {
        let executions = u64::from(tasks).saturating_mul(self.most?.into());
        let slots = u64::from(self.standing.free_slots);
        let rounds = (slots > 0).then(|| executions.div_ceil(slots))?;
        let blocks = rounds.saturating_mul(self.standing.median_blocks?.into());
        Some(blocks.try_into().unwrap_or(BlockNumber::MAX))
    }
}

impl Quote {
    /// What is held at most, for all tasks: their prices and those of their audits, in units of TLK.
    pub fn held(&self) -> Balance {
        self.parts.iter().fold(0, |sum: Balance, Part { deal, .. }| {
            let reserve = deal.reserve().unwrap_or(Balance::MAX);
            sum.saturating_add(reserve.saturating_mul(deal.tasks.into()))
        })
    }

    /// What is held beside that of who makes the deals, for what the chain has to remember, in units of TLK.
    pub fn deposit(&self) -> Balance {
        self.parts.iter().fold(0, |sum: Balance, part| sum.saturating_add(part.deposit))
    }

    /// The first pool that lacks workers, and what it lacks.
    pub fn lack(&self) -> Option<(PoolId, Lack)> {
        self.parts.iter().find_map(|part| Some((part.deal.pool, part.workforce.lack()?)))
    }
}

impl Client {
    /// What a request would become now: with a pool, at published prices; without, at the cheapest of all offers,
    /// `handed` among them, in pools that have the workers for it if there are any.
    ///
    /// Nothing is sent. An error where not all tasks can be bought.
    pub async fn quote(
        &self,
        snapshot: &Snapshot,
        request: &RequestOrder<AccountId>,
        pool: Option<PoolId>,
        handed: &[SignedOrder],
    ) -> Result<Quote, Error> {
        let mut workers = Crews { snapshot, rules: snapshot.audit_rules().await?, known: BTreeMap::new() };
        if let Some(pool) = pool {
            let deal = published(snapshot, request, pool).await?;
            let deposit = deal.deposit.amount;
            let parts = vec![workers.part(0, deal, deposit).await?];
            return Ok(Quote { parts, passed_over: BTreeMap::new() });
        }
        let request = Standing { order: request.clone(), used: 0 };
        let Reading { mut offers, clock, storage, members } =
            Reading::of(snapshot, self.genesis(), &request, handed).await?;
        let is_member = |group: GroupId, who: &AccountId| members.contains(&(group, *who));
        let mut passed_over = BTreeMap::new();
        let mut first_choice = None;
        loop {
            let Plan { picks, missing } = plan(&request, &offers, clock, storage, is_member);
            if let Some(missing) = missing {
                // Rather the cheapest, with what it lacks, than nothing.
                return first_choice.ok_or_else(|| not_offered(snapshot, missing));
            }
            let mut parts = Vec::new();
            for pick in picks {
                parts.push(workers.part(pick.first, pick.deal, pick.deposit).await?);
            }
            let quote = Quote { parts, passed_over: passed_over.clone() };
            let Some((pool, lack)) = quote.lack() else { return Ok(quote) };
            first_choice.get_or_insert(quote);
            passed_over.insert(pool, lack);
            offers.pools.remove(&pool);
        }
    }
}

impl Client {
    /// What these orders would become now: one deal, if they fit together. `opener` sends them to the chain, and pays in the
    /// requester's place where it is a `sponsor`. Nothing is sent.
    pub async fn quote_match(
        &self,
        snapshot: &Snapshot,
        orders: &Match,
        opener: AccountId,
        sponsor: bool,
    ) -> Result<Quote, Error> {
        let mut new = 0;
        let request = standing(snapshot, &orders.request, "requests", &mut new).await?;
        let app = match &orders.app {
            Some(app) => Some(standing(snapshot, app, "apps", &mut new).await?),
            None => None,
        };
        let dataset = match &orders.dataset {
            Some(dataset) => Some(standing(snapshot, dataset, "datasets", &mut new).await?),
            None => None,
        };
        let pool = match &orders.pool {
            PoolSource::Listed(pool) => PoolOffer::Listed(*pool),
            PoolSource::Ordered(pool) => {
                PoolOffer::Ordered(standing(snapshot, pool, "pools", &mut new).await?)
            }
        };
        let payer = if sponsor { opener } else { request.order.terms.signer };
        let deal = agreed(snapshot, Proposal { request, payer, opener, app, dataset, pool }).await?;
        let entries = snapshot.storage_price()?.of(deposit::ENTRY.times(new));
        let deposit = deal.deposit.amount.saturating_add(entries);
        let mut workers = Crews { snapshot, rules: snapshot.audit_rules().await?, known: BTreeMap::new() };
        let parts = vec![workers.part(0, deal, deposit).await?];
        Ok(Quote { parts, passed_over: BTreeMap::new() })
    }
}

/// The deal that a request becomes at published prices.
async fn published(
    snapshot: &Snapshot,
    request: &RequestOrder<AccountId>,
    pool: PoolId,
) -> Result<Deal<AccountId>, Error> {
    let proposal = Proposal {
        payer: request.terms.signer,
        opener: request.terms.signer,
        app: None,
        dataset: None,
        pool: PoolOffer::Listed(pool),
        request: Standing { order: request.clone(), used: 0 },
    };
    agreed(snapshot, proposal).await
}

/// The deal that a proposal becomes.
async fn agreed(snapshot: &Snapshot, proposal: Proposal<AccountId>) -> Result<Deal<AccountId>, Error> {
    let unknown = |what: Market| Error::from(Fatal::from(snapshot.refusal(what)));
    let (request, pool) = (&proposal.request.order, proposal.pool.pool());
    let categories = snapshot.categories().await?;
    let category = categories.into_iter().find(|entry| entry.id == request.category);
    let dataset = match request.dataset {
        Some(id) => Some(snapshot.dataset(id).await?.ok_or_else(|| unknown(Market::UnknownDataset))?),
        None => None,
    };
    let assets = Assets {
        app: snapshot.app(request.app).await?.ok_or_else(|| unknown(Market::UnknownApp))?,
        dataset,
        pool: snapshot.pool(pool).await?.ok_or_else(|| unknown(Market::UnknownPool))?,
        guaranteed: snapshot.standing(pool).await?.guaranteed,
        category: category.ok_or_else(|| unknown(Market::UnknownCategory))?.item,
    };
    let (requester, operator) = (request.terms.signer, assets.pool.owner);
    let mut members = BTreeSet::new();
    for only in proposal.terms().map(|terms| &terms.only) {
        for (party, who) in [(&only.requester, requester), (&only.operator, operator)] {
            let Some(Party::Group(group)) = party else { continue };
            if snapshot.is_member(*group, who).await? {
                members.insert((*group, who));
            }
        }
    }
    let insiders = match counts_workers(proposal.is_restricted(), request.trust) {
        true => snapshot.insiders(pool).await?,
        false => Insiders::default(),
    };
    let (clock, storage) = (snapshot.clock()?, snapshot.storage_price()?);
    let is_member = |group: GroupId, who: &AccountId| members.contains(&(group, *who));
    let agreement = agree(proposal, assets, clock, storage, is_member, |_| insiders);
    Ok(agreement.map_err(|mismatch| Fatal::from(snapshot.explain(mismatch)))?.deal)
}

/// An order that is to be matched, and how much of it was used. `plural` is what its kind is called, as in `apps`; `new` counts
/// the orders that the chain does not remember yet.
async fn standing<Kind>(
    snapshot: &Snapshot,
    source: &Source<Kind>,
    plural: &'static str,
    new: &mut u32,
) -> Result<Standing<Kind>, Error>
where
    Kind: Clone + Into<Order<AccountId>> + TryFrom<Order<AccountId>, Error = WrongKind>,
{
    let order = match source {
        Source::Signed(signed) => signed.order.clone(),
        Source::Published(id) => match snapshot.order(*id).await? {
            Some(view) => of_kind(view.order, plural)?,
            None => return Err(Fatal::from(snapshot.refusal(Orders::UnknownOrder)).into()),
        },
    };
    let OrderState { used, .. } = snapshot.order_state(order.clone().into()).await?;
    *new += u32::from(used == 0 && matches!(source, Source::Signed(_)));
    Ok(Standing { order, used })
}

/// The workers of pools, each asked for once.
struct Crews<'a> {
    snapshot: &'a Snapshot,
    rules: AuditRules,
    known: BTreeMap<PoolId, (PoolStanding, Vec<WorkerView<AccountId>>)>,
}

impl Crews<'_> {
    async fn part(&mut self, first: u32, deal: Deal<AccountId>, deposit: Balance) -> Result<Part, Error> {
        let pool = deal.pool;
        if !self.known.contains_key(&pool) {
            let crew = (self.snapshot.standing(pool).await?, self.snapshot.workers(pool, MAX_PAGE).await?);
            self.known.insert(pool, crew);
        }
        let (standing, workers) = self.known.get(&pool).cloned().unwrap_or_default();
        let mut workforce = Workforce::of(&deal, &self.rules, standing, &workers, None);
        let is_open = !deal.assurance.is_internal();
        if is_open && workforce.fewest.is_some_and(|needed| workforce.lacks_auditor(needed)) {
            workforce.elsewhere = Some(self.online_but(pool).await?);
        }
        Ok(Part { first, deal, deposit, workforce })
    }

    /// How many workers of other pools are online.
    async fn online_but(&self, pool: PoolId) -> Result<u32, Error> {
        let page = |from: Option<PoolId>, limit| {
            self.snapshot.pools(PoolFilter::default(), from.unwrap_or_default(), limit)
        };
        let pools: BTreeSet<_> =
            collect(None, usize::MAX, page).await?.into_iter().map(|entry| entry.id).collect();
        let mut online = 0u32;
        for other in pools.into_iter().filter(|other| *other != pool) {
            online = online.saturating_add(self.snapshot.standing(other).await?.online);
        }
        Ok(online)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talka_primitives::{
        audit::Assurance, AppId, Category, CategoryId, DealId, Deposit, Parameters, Rate, Share, TaskId,
        Trust,
    };

    const PRICE: Balance = 10;
    /// The app costs 3.
    const VALUE: Balance = PRICE + 3;

    fn deal(trust: u32) -> Deal<AccountId> {
        let who = AccountId::from([1; 32]);
        let trust = Trust(trust);
        Deal {
            requester: who,
            payer: who,
            beneficiary: who,
            app: AppId(0),
            app_owner: who,
            app_price: 3,
            dataset: None,
            pool: PoolId(4),
            operator: who,
            pool_price: PRICE,
            operator_share: Share(5),
            worker_stake: 0,
            category_id: CategoryId(0),
            category: Category {
                name: Default::default(),
                run_time: 1,
                fuel: 1,
                memory: 1,
                audit_rate: Rate(500),
                min_value: 1,
            },
            trust,
            assurance: if trust > Trust(1) { Assurance::Adjudicated } else { Assurance::Unverified },
            tasks: 6,
            arguments: Default::default(),
            parameters: Parameters::Range { first: 0 },
            deadline: 9,
            deposit: Deposit { of: who, amount: 0 },
        }
    }

    fn worker(number: u8, merit: u128, bond: Balance, online: bool) -> WorkerView<AccountId> {
        WorkerView {
            account: AccountId::from([number; 32]),
            bond,
            locked: 0,
            merit: Merit(merit),
            score: Default::default(),
            ripe_at: 0,
            effective_stake: bond,
            pool: Some(PoolId(4)),
            online,
            slots: 2,
            assigned: vec![TaskId { deal: DealId(0), index: 0 }],
            peer: Default::default(),
            last_seen: 0,
            paused_until: 0,
            duty_key: None,
        }
    }

    fn workforce(trust: u32, workers: &[WorkerView<AccountId>], elsewhere: Option<u32>) -> Workforce {
        let online = workers.iter().filter(|worker| worker.online).count() as u32;
        let standing =
            PoolStanding { online, free_slots: online, median_blocks: Some(5), ..PoolStanding::default() };
        Workforce::of(&deal(trust), &AuditRules::default(), standing, workers, elsewhere)
    }

    #[test]
    fn tells_pools_without_enough_workers_from_others() {
        let fresh = |number| worker(number, 0, 1_000, true);
        let lack = |trust, workers: &[_]| workforce(trust, workers, None).lack();
        assert_eq!(lack(1, &[]), Some(Lack::Online));
        assert_eq!(lack(1, &[worker(1, 0, 1_000, false)]), Some(Lack::Online));
        assert_eq!(lack(1, &[fresh(1)]), None);
        assert_eq!(lack(4, &[fresh(1)]), Some(Lack::Trust { able: 1, fresh: Some(2) }));
        assert_eq!(lack(4, &[fresh(1), fresh(2)]), Some(Lack::Auditor { needed: 2 }));
        assert_eq!(workforce(4, &[fresh(1), fresh(2)], Some(1)).lack(), None);
        assert_eq!(lack(4, &[fresh(1), fresh(2), fresh(3)]), None);
        // One of them has not bonded what a task locks: eight times its value.
        let poor = worker(3, 0, 8 * VALUE - 1, true);
        assert_eq!(lack(4, std::slice::from_ref(&poor)), Some(Lack::Bond { online: 1, stake: 8 * VALUE }));
        assert_eq!(lack(4, &[fresh(1), poor]), Some(Lack::Trust { able: 1, fresh: Some(2) }));
    }

    #[test]
    fn a_restricted_deal_has_the_auditors_of_its_pool_or_none() {
        let internal = Deal { assurance: Assurance::Internal, worker_stake: 4, ..deal(4) };
        let unaudited = Deal { assurance: Assurance::Unaudited, ..internal.clone() };
        // Nobody can be convicted: the pool's stake is all that is locked.
        let workers: Vec<_> = (1..4).map(|number| worker(number, 0, 4, true)).collect();
        let counted = |deal: &Deal<AccountId>, online: usize| {
            let standing = PoolStanding { online: online as u32, ..PoolStanding::default() };
            Workforce::of(deal, &AuditRules::default(), standing, &workers[..online], None)
        };
        let two = counted(&internal, 2);
        assert_eq!((two.stake, two.able, two.lack()), (4, 2, Some(Lack::Auditor { needed: 2 })));
        assert_eq!(counted(&internal, 3).lack(), None);
        assert_eq!((counted(&unaudited, 2).audited, counted(&unaudited, 2).lack()), (false, None));
    }

    #[test]
    fn counts_workers_by_their_merit() {
        let (fresh, trusted) = (worker(1, 0, 1_000, true), worker(2, 303 * VALUE, 10_000, true));
        let counted = workforce(100, &[fresh.clone(), trusted, fresh], None);
        assert_eq!((counted.fresh, counted.fewest, counted.most), (Some(7), Some(1), Some(3)));
        assert_eq!(counted.lack(), None);
    }

    #[test]
    fn of_a_list_that_was_cut_off_the_rest_counts_as_workers_without_merit() {
        let standing = PoolStanding { online: 3, ..PoolStanding::default() };
        let known = [worker(1, 0, 1_000, true)];
        let counted = Workforce::of(&deal(4), &AuditRules::default(), standing, &known, None);
        assert_eq!((counted.able, counted.lack()), (3, None));
    }

    #[test]
    fn expects_as_many_medians_as_the_free_slots_have_to_be_filled() {
        let fresh = |number| worker(number, 0, 1_000, true);
        // Six tasks of two workers each, in three slots.
        assert_eq!(workforce(4, &[fresh(1), fresh(2), fresh(3)], None).blocks(6), Some(4 * 5));
        assert_eq!(workforce(4, &[fresh(1)], None).blocks(6), None);
    }
}
