//! Orders on chain: matched into deals, published, taken back.

use talka_primitives::{
    order::{self, Named, Order},
    OrderId,
};

use crate::{
    account::{Account, Receipt},
    api::{self, orders::events},
    error::Error,
    market::DealMade,
    order::{sign, MultiSignature, SignedOrder},
    AccountId,
};

/// How the work of a pool is bought.
pub type PoolSource = order::PoolSource<AccountId, MultiSignature>;

/// Orders that are to become a deal.
pub type Match = order::Match<AccountId, MultiSignature>;

/// Calls of the order book.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a>(&'a Account);

impl Account {
    /// Calls about orders.
    pub fn orders(&self) -> Orders<'_> {
        Orders(self)
    }
}

impl Orders<'_> {
    /// Sign an order of this account, for the chain that it is connected to. Nothing is sent.
    pub fn sign(&self, order: Order<AccountId>) -> Result<SignedOrder, Error> {
        Ok(sign(order, self.0.client().genesis(), self.0.key())?)
    }

    /// Make a deal of orders: for as many tasks as are left of each of them. The requester pays.
    pub async fn match_orders(&self, orders: Match) -> Result<DealMade, Error> {
        DealMade::of(&self.0.send(&api::tx().orders().match_orders(orders.into())).await?)
    }

    /// The same, and this account pays in the requester's place.
    pub async fn sponsor_orders(&self, orders: Match) -> Result<DealMade, Error> {
        DealMade::of(&self.0.send(&api::tx().orders().sponsor_orders(orders.into())).await?)
    }

    /// Publish an order of this account, which is bound by it as by a signature. A deposit is held until it ends.
    pub async fn publish(&self, order: Order<AccountId>) -> Result<OrderId, Error> {
        let receipt = self.0.send(&api::tx().orders().publish_order(order.into())).await?;
        Ok(receipt.find::<events::OrderPublished>()?.order.0)
    }

    /// Take an order of this account back: nothing more is bought with it.
    pub async fn cancel(&self, order: Named<AccountId>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().orders().cancel_order(order.into())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{DecodeAll as _, Encode as _};
    use talka_primitives::{
        order::{AppOrder, OrderSignature, Restrictions, Source, Terms},
        AppId, PoolId, Salt, Tags,
    };

    /// Accounts and signatures are subxt's here and the SDK's there.
    #[test]
    fn the_chain_reads_the_accounts_and_signatures_that_are_sent() {
        let signer = AccountId::from([1; 32]);
        let app = |signature| {
            let terms = Terms {
                signer,
                price: 3,
                volume: 10,
                tags: Tags(0b11),
                only: Restrictions { app: Some(AppId(1)), ..Default::default() },
                expiry: 100,
                salt: Salt([1; 32]),
            };
            let order = AppOrder { app: AppId(1), terms };
            Some(Source::Signed(order::SignedOrder { order, genesis: [9; 32], signature }))
        };
        for (signature, kind) in [
            (MultiSignature::Ed25519([5; 64]), "Ed25519("),
            (MultiSignature::Sr25519([6; 64]), "Sr25519("),
            (MultiSignature::Ecdsa([7; 65]), "Ecdsa("),
        ] {
            let sent = Match {
                app: app(OrderSignature::Wrapped(signature)),
                dataset: None,
                pool: PoolSource::Listed(PoolId(3)),
                request: Source::Published(OrderId([4; 32])),
            };
            let bytes = sent.encode();
            type Theirs = order::Match<talka_runtime::AccountId, talka_runtime::Signature>;
            let read = Theirs::decode_all(&mut &bytes[..]).unwrap();
            assert_eq!(read.encode(), bytes);
            let Some(Source::Signed(app)) = read.app else { panic!("it is signed") };
            assert_eq!(app.order.terms.signer, signer.0.into());
            let OrderSignature::Wrapped(signature) = app.signature else { panic!("another form") };
            assert!(format!("{signature:?}").starts_with(kind), "{signature:?}");
        }
    }
}
