//! Reads what is offered for a request: all pages, at one block.

use std::collections::{BTreeMap, BTreeSet};

use futures::{stream, StreamExt as _, TryStreamExt as _};
use talka_primitives::{
    filter::PoolFilter,
    matching::{Clock, Standing},
    order::{self, Entry, Order, Party, RequestOrder, Restrictions, Shelf, WrongKind},
    restriction::{counts_workers, Insiders},
    view::{Listed, OrderState, OrderView},
    GroupId, OrderId, PoolId, StoragePrice,
};
use tracing::warn;

use super::plan::{Candidate, Offer, Offers};
use crate::{
    api::marketplace::Error as Market,
    error::{Error, Fatal},
    order::{SignedOrder, Source},
    snapshot::{collect, Snapshot},
    AccountId, BlockHash,
};

/// How many questions are under way at once.
const AT_ONCE: usize = 16;

/// What is offered, when, what the chain asks for remembering it, and who is in the groups that orders name.
pub(super) struct Reading {
    pub(super) offers: Offers,
    pub(super) clock: Clock,
    pub(super) storage: StoragePrice,
    pub(super) members: BTreeSet<(GroupId, AccountId)>,
}

impl Reading {
    pub(super) async fn of(
        snapshot: &Snapshot,
        genesis: BlockHash,
        request: &Standing<RequestOrder<AccountId>>,
        handed: &[SignedOrder],
    ) -> Result<Self, Error> {
        let order = &request.order;
        let unknown = |what: Market| Error::from(Fatal::from(snapshot.refusal(what)));
        let parameters = snapshot.parameters()?;
        let clock = snapshot.clock()?;

        let categories = snapshot.categories().await?;
        let category = categories.into_iter().find(|entry| entry.id == order.category);
        let dataset = match order.dataset {
            Some(id) => Some(snapshot.dataset(id).await?.ok_or_else(|| unknown(Market::UnknownDataset))?),
            None => None,
        };
        let mut offers = Offers {
            app: snapshot.app(order.app).await?.ok_or_else(|| unknown(Market::UnknownApp))?,
            dataset,
            category: category.ok_or_else(|| unknown(Market::UnknownCategory))?.item,
            pools: BTreeMap::new(),
            app_orders: on_shelf(snapshot, Shelf::App(order.app)).await?,
            dataset_orders: match order.dataset {
                Some(id) => on_shelf(snapshot, Shelf::Dataset(id)).await?,
                None => Vec::new(),
            },
            pool_orders: on_shelf(snapshot, Shelf::Pools(order.category)).await?,
        };
        for signed in handed {
            signed.check_for(genesis)?;
            let OrderState { used, cancelled } = snapshot.order_state(signed.order.clone()).await?;
            let entry = Entry { used, cancelled, published: false };
            match entry.left(signed.order.terms(), clock.now, parameters.max_order_life) {
                Ok(_) => offers.add(signed, used),
                Err(why) => warn!(order = %signed.id, ?why, "nothing can be bought with an order"),
            }
        }
        offers.pools = pools(snapshot, order, &offers).await?;
        let members = members(snapshot, order, &offers).await?;
        Ok(Self { offers, clock, storage: snapshot.storage_price()?, members })
    }
}

impl Offers {
    /// An order that was handed to the buyer. It may be published as well, and counts once.
    fn add(&mut self, signed: &SignedOrder, used: u32) {
        match signed.order.clone() {
            Order::App(order) => add(&mut self.app_orders, signed, order, used),
            Order::Dataset(order) => add(&mut self.dataset_orders, signed, order, used),
            Order::Pool(order) => add(&mut self.pool_orders, signed, order, used),
            Order::Request(_) => warn!(order = %signed.id, "an order that buys is of no use to a buyer"),
        }
    }

    /// What all of the sellers' orders are restricted to.
    fn restrictions(&self) -> impl Iterator<Item = &Restrictions<AccountId>> {
        let apps = self.app_orders.iter().map(|offer| &offer.standing.order.terms.only);
        let datasets = self.dataset_orders.iter().map(|offer| &offer.standing.order.terms.only);
        let pools = self.pool_orders.iter().map(|offer| &offer.standing.order.terms.only);
        apps.chain(datasets).chain(pools)
    }
}

fn add<Kind: Clone>(offers: &mut Vec<Offer<Kind>>, signed: &SignedOrder, order: Kind, used: u32) {
    let SignedOrder { genesis, id, signature, .. } = signed.clone();
    if offers.iter().all(|offer| offer.id != id) {
        let source = order::SignedOrder { order: order.clone(), genesis: genesis.0, signature };
        offers.push(Offer { id, source: Source::Signed(source), standing: Standing { order, used } });
    }
}

/// All published orders on a shelf, as orders of the kind that stands there.
async fn on_shelf<Kind>(snapshot: &Snapshot, shelf: Shelf) -> Result<Vec<Offer<Kind>>, Error>
where
    Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
{
    let orders = collect(None, usize::MAX, |after, limit| snapshot.orders(Some(shelf), after, limit)).await?;
    let offer = |Listed { id, item: OrderView { order, left } }: Listed<OrderId, OrderView<AccountId>>| {
        let used = order.terms().volume.saturating_sub(left);
        let order = Kind::try_from(order).ok()?;
        Some(Offer { id, source: Source::Published(id), standing: Standing { order, used } })
    };
    Ok(orders.into_iter().filter_map(offer).collect())
}

/// The pools that serve the request's category at a published price, and those that orders are of.
async fn pools(
    snapshot: &Snapshot,
    request: &RequestOrder<AccountId>,
    offers: &Offers,
) -> Result<BTreeMap<PoolId, Candidate>, Error> {
    let filter = PoolFilter { category: Some(request.category), ..PoolFilter::default() };
    let page = |from: Option<PoolId>, limit| snapshot.pools(filter, from.unwrap_or_default(), limit);
    let listed = collect(None, usize::MAX, page).await?;
    let mut pools: BTreeMap<_, _> = listed.into_iter().map(|entry| (entry.id, entry.item)).collect();
    for offer in &offers.pool_orders {
        let id = offer.standing.order.pool;
        if !pools.contains_key(&id) {
            pools.extend(snapshot.pool(id).await?.map(|pool| (id, pool)));
        }
    }
    let restricted = offers.restrictions().chain([&request.terms.only]).any(|only| only.confine());
    stream::iter(pools)
        .map(|(id, pool)| async move {
            let insiders = match counts_workers(restricted, request.trust) {
                true => snapshot.insiders(id).await?,
                false => Insiders::default(),
            };
            Ok((id, Candidate { pool, standing: snapshot.standing(id).await?, insiders }))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Which of the accounts that matter are in the groups that orders are restricted to.
async fn members(
    snapshot: &Snapshot,
    request: &RequestOrder<AccountId>,
    offers: &Offers,
) -> Result<BTreeSet<(GroupId, AccountId)>, Error> {
    let operators: BTreeSet<_> = offers.pools.values().map(|candidate| candidate.pool.owner).collect();
    let mut asked = BTreeSet::new();
    for only in offers.restrictions().chain([&request.terms.only]) {
        if let Some(Party::Group(group)) = only.requester {
            asked.insert((group, request.terms.signer));
        }
        if let Some(Party::Group(group)) = only.operator {
            asked.extend(operators.iter().map(|operator| (group, *operator)));
        }
    }
    let answers: Vec<_> = stream::iter(asked)
        .map(
            |(group, who)| async move { Ok::<_, Error>((snapshot.is_member(group, who).await?, group, who)) },
        )
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(answers.into_iter().filter(|(is_member, ..)| *is_member).map(|(_, group, who)| (group, who)).collect())
}
