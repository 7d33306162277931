//! The buyer's broker: serves a request by the cheapest offers that fit, be they published prices, published orders or
//! orders that were handed to the buyer.
//!
//! [`plan`](plan::plan) decides, and knows no chain. Around it, [`Broker`] reads what is offered and makes the deals. What
//! somebody else was faster to buy is planned again. [`Client::quote`](crate::Client::quote) says beforehand what it would be.

pub mod plan;
pub mod quote;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use talka_primitives::{
    matching::Standing,
    order::{Named, RequestOrder},
    Balance, Parameters, PoolId,
};
use tracing::{debug, warn};

use self::{plan::plan, read::Reading};
pub use self::{
    plan::{Missing, Pick, Plan, Why},
    quote::{Lack, Part, Quote, Workforce},
};
use crate::{
    account::Account,
    api::{marketplace::Error as Market, orders::Error as Orders},
    error::{Error, Fatal, Rule},
    market::DealMade,
    order::SignedOrder,
    snapshot::Snapshot,
    AccountId,
};

/// How many times in a row somebody else may be faster before the broker gives up.
const SETBACKS: u32 = 8;

/// Buys for an account.
#[derive(Clone, Copy, Debug)]
pub struct Broker<'a>(&'a Account);

impl Account {
    /// Buys at the cheapest of all offers.
    pub fn broker(&self) -> Broker<'_> {
        Broker(self)
    }
}

/// What was bought for a request.
#[derive(Debug)]
pub struct Purchase {
    /// The request that was signed.
    pub request: SignedOrder,
    /// The deals, in the order in which they were made.
    pub deals: Vec<Bought>,
    /// Tasks that were bought with the request by somebody else, who matched it first.
    pub elsewhere: u32,
    /// Why not all tasks were bought, where some were not.
    pub stopped: Option<Error>,
}

/// A deal that serves a part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The deal.
    pub made: DealMade,
    /// The place of its first task in the whole request.
    pub first: u32,
}

/// How far a purchase is.
#[derive(Default)]
struct Progress {
    deals: Vec<Bought>,
    /// Whether the request has been sent to the chain, where everybody can read it.
    was_shown: bool,
}

impl Broker<'_> {
    /// Sign a request and make the deals that serve it. `handed` are orders that were not published.
    ///
    /// Nothing is bought of the pools in `without`. Where not all tasks are offered none is bought. An error means that
    /// nothing was bought, but for [`Transient::OutcomeUnknown`](crate::Transient::OutcomeUnknown); what goes wrong after
    /// the first deal is in the answer. Either way the request is cancelled then, because anybody who has seen it could match it.
    pub async fn buy(
        &self,
        request: RequestOrder<AccountId>,
        handed: &[SignedOrder],
        without: BTreeSet<PoolId>,
    ) -> Result<Purchase, Error> {
        let signed = self.0.orders().sign(request.clone().into())?;
        let mut progress = Progress::default();
        let stopped = self.make_deals(&request, &signed, handed, without, &mut progress).await.err();
        let Progress { deals, was_shown } = progress;
        if stopped.is_some() && was_shown {
            self.take_back(&signed).await;
        }
        match stopped {
            Some(error) if deals.is_empty() => Err(error),
            stopped => {
                let bought: u32 = deals.iter().map(|bought| bought.made.tasks).sum();
                let used = match stopped {
                    None => request.terms.volume,
                    Some(_) => bought,
                };
                Ok(Purchase { request: signed, deals, elsewhere: used.saturating_sub(bought), stopped })
            }
        }
    }

    async fn take_back(&self, signed: &SignedOrder) {
        if let Err(error) = self.0.orders().cancel(Named::Signed(signed.order.clone())).await {
            warn!(order = %signed.id, %error, "a request could not be taken back");
        }
    }

    /// Until all tasks are bought.
    async fn make_deals(
        &self,
        request: &RequestOrder<AccountId>,
        signed: &SignedOrder,
        handed: &[SignedOrder],
        mut without: BTreeSet<PoolId>,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let source = signed.clone().source(self.0.client().genesis(), "requests")?;
        let mut setbacks = 0;
        loop {
            let snapshot = self.0.client().best().await?;
            let used = snapshot.order_state(signed.order.clone()).await?.used;
            if used >= request.terms.volume {
                return Ok(());
            }
            let standing = Standing { order: request.clone(), used };
            let Plan { picks, missing } = self.plan_at(&snapshot, &standing, handed, &without).await?;
            match missing {
                Some(missing) if progress.deals.is_empty() || picks.is_empty() => {
                    return Err(not_offered(&snapshot, missing));
                }
                _ => {}
            }
            let cost = picks
                .iter()
                .fold(0, |cost: Balance, pick| cost.saturating_add(pick.held()).saturating_add(pick.deposit));
            if snapshot.funds(self.0.id()).await?.free < cost {
                return Err(Fatal::from(snapshot.refusal(Market::RequesterCannotPay)).into());
            }
            for pick in picks {
                let (pool, first) = (pick.deal.pool, pick.first);
                let orders = pick.into_match(source.clone());
                progress.was_shown = true;
                match self.0.orders().match_orders(orders).await {
                    Ok(made) => {
                        let first = self.place(request, &made, first).await;
                        progress.deals.push(Bought { made, first });
                        setbacks = 0;
                    }
                    Err(error) if setbacks < SETBACKS && has_changed(&error) => {
                        debug!(%error, "the market has changed; planning again");
                        setbacks += 1;
                        if breaks(&error, &[Market::OperatorCannotGuarantee]) {
                            warn!(%pool, "the pool's operator has not enough money for the guarantee");
                            without.insert(pool);
                        }
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn plan_at(
        &self,
        snapshot: &Snapshot,
        request: &Standing<RequestOrder<AccountId>>,
        handed: &[SignedOrder],
        without: &BTreeSet<PoolId>,
    ) -> Result<Plan, Error> {
        let Reading { mut offers, clock, storage, members } =
            Reading::of(snapshot, self.0.client().genesis(), request, handed).await?;
        offers.pools.retain(|id, _| !without.contains(id));
        Ok(plan(request, &offers, clock, storage, |group, who| members.contains(&(group, *who))))
    }

    /// The place of a deal's first task in the request. It is another one than was planned if somebody else has matched
    /// the request in between.
    async fn place(&self, request: &RequestOrder<AccountId>, made: &DealMade, planned: u32) -> u32 {
        let deal = match self.0.client().at(made.block).await {
            Ok(snapshot) => snapshot.deal(made.deal).await,
            Err(error) => Err(error),
        };
        match deal {
            Ok(Some(view)) => place(&request.parameters, &view.deal.parameters, view.deal.tasks, planned),
            _ => planned,
        }
    }
}

/// Where the parameters of a deal begin among those of the whole request: at the planned place, if that is possible.
fn place(whole: &Parameters, part: &Parameters, tasks: u32, planned: u32) -> u32 {
    let begins_at = |first: &u32| whole.clone().part(*first, tasks) == *part;
    std::iter::once(planned).chain(0..talka_primitives::deal::MAX_TASKS).find(begins_at).unwrap_or(planned)
}

fn not_offered(snapshot: &Snapshot, missing: Missing) -> Error {
    let hint = match missing.why {
        Why::Impossible(mismatch) | Why::Unfit(mismatch) => snapshot.explain(mismatch).documentation,
        Why::OverLimit { .. } => "raise the limit, or wait for cheaper offers".into(),
        Why::NoApp | Why::NoDataset => "ask its owner for an order".into(),
        Why::NoPool => "choose another category, or ask a pool's operator for an order".into(),
        Why::SoldOut => "buy fewer tasks, or wait for other offers".into(),
    };
    Fatal::NotOffered { missing, hint }.into()
}

/// Whether a match failed because the market is not what it was when it was looked at.
fn has_changed(error: &Error) -> bool {
    const ORDERS: &[Orders] =
        &[Orders::OrderConsumed, Orders::OrderCancelled, Orders::OrderExpired, Orders::UnknownOrder];
    const MARKET: &[Market] = &[
        Market::CategoryNotServed,
        Market::GuaranteeOverLimit,
        Market::NotForSale,
        Market::NotForThisOperator,
        Market::NotForThisRequester,
        Market::OperatorCannotGuarantee,
        Market::OwnerChanged,
        Market::PriceOverLimit,
        Market::PriceTooLow,
        Market::TrustOutOfReach,
    ];
    breaks(error, ORDERS) || breaks(error, MARKET)
}

/// Whether one of these rules was broken.
fn breaks<R: Rule>(error: &Error, rules: &[R]) -> bool {
    error.refusal().is_some_and(|refusal| rules.iter().any(|rule| refusal.breaks(rule)))
}
