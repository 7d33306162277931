//! Orders on chain: matched into deals, published, taken back.

use talka_primitives::{
    order::{Order, WrongKind},
    OrderId, PoolId,
};

use crate::{
    account::{Account, Receipt},
    api::{self, orders::events},
    error::Error,
    market::DealMade,
    order::{of_kind, sign, OrderError, SignedOrder},
    wire, AccountId,
};

/// Calls of the order book.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a>(&'a Account);

impl Account {
    /// Calls about orders.
    pub fn orders(&self) -> Orders<'_> {
        Orders(self)
    }
}

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Published on chain, under this identifier.
    Published(OrderId),
    /// Here, with its signature.
    Signed(Box<SignedOrder>),
}

impl Source {
    /// What the order is known by.
    pub fn id(&self) -> OrderId {
        match self {
            Self::Published(id) => *id,
            Self::Signed(signed) => signed.id,
        }
    }
}

/// How the work of a pool is bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolSource {
    /// Of this pool, at its published price.
    Listed(PoolId),
    /// On an order's terms.
    Ordered(Source),
}

/// Orders that are to become a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The app's; none to buy it at its published price.
    pub app: Option<Source>,
    /// The dataset's, where the request names one; none to buy it at its published price.
    pub dataset: Option<Source>,
    /// The pool's.
    pub pool: PoolSource,
    /// The requester's.
    pub request: Source,
}

impl Orders<'_> {
    /// Sign an order of this account, for the chain that it is connected to. Nothing is sent.
    pub fn sign(&self, order: Order<AccountId>) -> Result<SignedOrder, Error> {
        Ok(sign(order, self.0.client().genesis(), self.0.key())?)
    }

    /// Make a deal of orders: for as many tasks as are left of each of them. The requester pays.
    pub async fn match_orders(&self, orders: Match) -> Result<DealMade, Error> {
        let orders = self.prepare(orders)?;
        DealMade::of(&self.0.send(&api::tx().orders().match_orders(orders.into())).await?)
    }

    /// The same, and this account pays in the requester's place.
    pub async fn sponsor_orders(&self, orders: Match) -> Result<DealMade, Error> {
        let orders = self.prepare(orders)?;
        DealMade::of(&self.0.send(&api::tx().orders().sponsor_orders(orders.into())).await?)
    }

    /// Publish an order of this account, which is bound by it as by a signature. A deposit is held until it ends.
    pub async fn publish(&self, order: Order<AccountId>) -> Result<OrderId, Error> {
        let receipt = self.0.send(&api::tx().orders().publish_order(order.into())).await?;
        Ok(receipt.find::<events::OrderPublished>()?.order.0)
    }

    /// Take an order of this account back: nothing more is bought with it.
    pub async fn cancel(&self, order: Source) -> Result<Receipt, Error> {
        let named = match order {
            Source::Published(id) => wire::Named::Published(id),
            Source::Signed(signed) => {
                signed.check_for(self.0.client().genesis())?;
                wire::Named::Signed(Box::new(signed.order))
            }
        };
        self.0.send(&api::tx().orders().cancel_order(named.into())).await
    }

    /// In the form that the chain takes. What it would refuse because of a signature is refused here.
    fn prepare(&self, Match { app, dataset, pool, request }: Match) -> Result<wire::Match, OrderError> {
        Ok(wire::Match {
            app: app.map(|source| self.source(source, "apps")).transpose()?,
            dataset: dataset.map(|source| self.source(source, "datasets")).transpose()?,
            pool: match pool {
                PoolSource::Listed(pool) => wire::PoolSource::Listed(pool),
                PoolSource::Ordered(source) => wire::PoolSource::Ordered(self.source(source, "pools")?),
            },
            request: self.source(request, "requests")?,
        })
    }

    fn source<Kind>(&self, source: Source, plural: &'static str) -> Result<wire::Source<Kind>, OrderError>
    where
        Kind: TryFrom<Order<AccountId>, Error = WrongKind>,
    {
        let signed = match source {
            Source::Published(id) => return Ok(wire::Source::Published(id)),
            Source::Signed(signed) => signed,
        };
        signed.check_for(self.0.client().genesis())?;
        let SignedOrder { genesis, order, signature, .. } = *signed;
        let order = of_kind(order, plural)?;
        let signed = wire::SignedOrder { order, genesis: genesis.0, signature };
        Ok(wire::Source::Signed(Box::new(signed)))
    }
}
