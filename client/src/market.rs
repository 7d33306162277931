//! What is sold and bought.

use talka_primitives::{
    asset::{Uri, Uris},
    deal::{Arguments, ParameterList, Parameters},
    deposit,
    matching::Request,
    text::Text,
    AppId, Balance, BlockNumber, CategoryId, ContentId, DatasetId, DealId, PoolId, PoolPolicy, RuntimeClass,
    StoragePrice, Tags, Topic,
};

use crate::{
    account::{Account, Receipt},
    api::{self, marketplace::events},
    client::BlockId,
    error::{Error, Fatal},
    snapshot::fit,
    AccountId,
};

/// Calls of the marketplace.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a>(&'a Account);

impl Account {
    /// Calls about what is sold and bought.
    pub fn market(&self) -> Market<'_> {
        Market(self)
    }
}

/// An app to be published.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its name, at most 64 bytes.
    pub name: String,
    /// The sandbox it is made for.
    pub runtime: RuntimeClass,
    /// BLAKE3-256 of the artefact.
    pub content: ContentId,
    /// Where the artefact can be got: at most 4 places of at most 256 bytes.
    pub uris: Vec<String>,
    /// Its shelf.
    pub topic: Topic,
    /// What a pool must offer.
    pub tags: Tags,
    /// What it does, in at most 512 bytes.
    pub description: String,
    /// Price of one accepted task, in units of TLK; none where it is to be sold by order only.
    pub price: Option<Balance>,
}

/// A dataset to be published.
#[derive(Clone, Debug)]
pub struct NewDataset {
    /// Its name, at most 64 bytes.
    pub name: String,
    /// BLAKE3-256 of the blob.
    pub content: ContentId,
    /// Where the blob can be got: at most 4 places of at most 256 bytes.
    pub uris: Vec<String>,
    /// Its shelf.
    pub topic: Topic,
    /// What a pool must offer.
    pub tags: Tags,
    /// What is in it, in at most 512 bytes.
    pub description: String,
    /// Price of one accepted task, in units of TLK; none where it is to be sold by order only.
    pub price: Option<Balance>,
}

/// A deal that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DealMade {
    /// The deal.
    pub deal: DealId,
    /// Whose workers execute.
    pub pool: PoolId,
    /// Who pays.
    pub payer: AccountId,
    /// How many tasks.
    pub tasks: u32,
    /// Price of one accepted task, in units of TLK.
    pub price: Balance,
    /// The block in which it was made.
    pub block: BlockId,
}

/// A pool's terms for workers that were set.
#[derive(Debug)]
pub struct PolicySet {
    /// What became of the transaction.
    pub receipt: Receipt,
    /// The first block in which they are in force.
    pub from: BlockNumber,
}

impl NewApp {
    /// What is held for it while it is published, at this price of storage, in units of TLK.
    pub fn deposit(&self, price: StoragePrice) -> Balance {
        of_asset(price, &self.name, &self.uris, &self.description)
    }
}

impl NewDataset {
    /// What is held for it while it is published, at this price of storage, in units of TLK.
    pub fn deposit(&self, price: StoragePrice) -> Balance {
        of_asset(price, &self.name, &self.uris, &self.description)
    }
}

fn of_asset(price: StoragePrice, name: &str, uris: &[String], description: &str) -> Balance {
    let texts = uris.iter().fold(name.len() + description.len(), |sum, uri| sum + uri.len());
    price.of(deposit::asset(texts.try_into().unwrap_or(u32::MAX)))
}

impl DealMade {
    /// What a transaction that makes a deal says of it.
    pub(crate) fn of(receipt: &Receipt) -> Result<Self, Error> {
        let events::DealMade { deal, payer, pool, tasks, price, .. } = receipt.find()?;
        Ok(Self { deal: deal.0, pool: pool.0, payer, tasks, price, block: receipt.block })
    }
}

impl Market<'_> {
    /// Publish an app.
    pub async fn publish_app(&self, app: NewApp) -> Result<AppId, Error> {
        let call = api::tx().marketplace().publish_app(
            text::<64>("the name", &app.name)?,
            app.runtime.into(),
            app.content.into(),
            uris(&app.uris)?,
            app.topic.into(),
            app.tags.into(),
            text::<512>("the description", &app.description)?,
            app.price,
        );
        Ok(self.0.send(&call).await?.find::<events::AppPublished>()?.app.0)
    }

    /// Publish a dataset.
    pub async fn publish_dataset(&self, dataset: NewDataset) -> Result<DatasetId, Error> {
        let call = api::tx().marketplace().publish_dataset(
            text::<64>("the name", &dataset.name)?,
            dataset.content.into(),
            uris(&dataset.uris)?,
            dataset.topic.into(),
            dataset.tags.into(),
            text::<512>("the description", &dataset.description)?,
            dataset.price,
        );
        Ok(self.0.send(&call).await?.find::<events::DatasetPublished>()?.dataset.0)
    }

    /// Found a pool. It serves no category until it has a price for it. It sells nothing with which more than
    /// `guarantee_limit` would be held of its operator as guarantees.
    pub async fn publish_pool(
        &self,
        description: &str,
        policy: PoolPolicy,
        tags: Tags,
        guarantee_limit: Balance,
    ) -> Result<PoolId, Error> {
        let description = text::<512>("the description", description)?;
        let call =
            api::tx().marketplace().publish_pool(description, policy.into(), tags.into(), guarantee_limit);
        Ok(self.0.send(&call).await?.find::<events::PoolPublished>()?.pool.0)
    }

    /// Change the price of an app, or sell it by order only. Deals already made keep theirs.
    pub async fn set_app_price(&self, app: AppId, price: Option<Balance>) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_app_price(app.into(), price)).await
    }

    /// Change the price of a dataset, or sell it by order only. Deals already made keep theirs.
    pub async fn set_dataset_price(
        &self,
        dataset: DatasetId,
        price: Option<Balance>,
    ) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_dataset_price(dataset.into(), price)).await
    }

    /// Serve a category at a price, or no more. Deals already made keep theirs.
    pub async fn set_pool_price(
        &self,
        pool: PoolId,
        category: CategoryId,
        price: Option<Balance>,
    ) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_pool_price(pool.into(), category.into(), price)).await
    }

    /// Change a pool's terms for workers: at once where it has no members, else after a notice. Gives the first block in
    /// which they are in force. Deals already made keep theirs.
    pub async fn set_pool_policy(&self, pool: PoolId, policy: PoolPolicy) -> Result<PolicySet, Error> {
        let call = api::tx().marketplace().set_pool_policy(pool.into(), policy.into());
        let receipt = self.0.send(&call).await?;
        let announced = receipt.find::<events::PoolPolicyAnnounced>().ok();
        let from = announced.map_or(receipt.block.number, |announced| announced.from);
        Ok(PolicySet { receipt, from })
    }

    /// Limit what may be held of its operator as guarantees when a pool sells something.
    pub async fn set_guarantee_limit(&self, pool: PoolId, limit: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_guarantee_limit(pool.into(), limit)).await
    }

    /// Offer an app to somebody else, who has to accept it; to oneself, withdraw the offer.
    pub async fn transfer_app(&self, app: AppId, to: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().transfer_app(app.into(), to)).await
    }

    /// Offer a dataset to somebody else, who has to accept it; to oneself, withdraw the offer.
    pub async fn transfer_dataset(&self, dataset: DatasetId, to: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().transfer_dataset(dataset.into(), to)).await
    }

    /// Offer a pool to somebody else, who has to accept it; to oneself, withdraw the offer.
    pub async fn transfer_pool(&self, pool: PoolId, to: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().transfer_pool(pool.into(), to)).await
    }

    /// Accept an app that was offered. Its new owner is paid for deals that are made from now on.
    pub async fn accept_app(&self, app: AppId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().accept_app(app.into())).await
    }

    /// Accept a dataset that was offered. Its new owner is paid for deals that are made from now on.
    pub async fn accept_dataset(&self, dataset: DatasetId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().accept_dataset(dataset.into())).await
    }

    /// Accept a pool that was offered. Its new operator guarantees for deals that are made from now on, up to a limit at
    /// once, and is paid.
    pub async fn accept_pool(&self, pool: PoolId, guarantee_limit: Balance) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().accept_pool(pool.into(), guarantee_limit)).await
    }

    /// Withdraw an app for good, and get its deposit back.
    pub async fn withdraw_app(&self, app: AppId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().withdraw_app(app.into())).await
    }

    /// Withdraw a dataset for good, and get its deposit back.
    pub async fn withdraw_dataset(&self, dataset: DatasetId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().withdraw_dataset(dataset.into())).await
    }

    /// Withdraw a pool that has no members for good, and get its deposit back.
    pub async fn withdraw_pool(&self, pool: PoolId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().withdraw_pool(pool.into())).await
    }

    /// Say where the same artefact can be got from now on.
    pub async fn set_app_uris(&self, app: AppId, places: &[String]) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_app_uris(app.into(), uris(places)?)).await
    }

    /// Say where the same blob can be got from now on.
    pub async fn set_dataset_uris(&self, dataset: DatasetId, places: &[String]) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().set_dataset_uris(dataset.into(), uris(places)?)).await
    }

    /// Let a worker join a pool that admits by approval.
    pub async fn admit(&self, pool: PoolId, worker: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().admit(pool.into(), worker)).await
    }

    /// Send a worker away from a pool.
    pub async fn dismiss(&self, pool: PoolId, worker: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().dismiss(pool.into(), worker)).await
    }

    /// Join a pool, on these terms and no others where some are stated.
    pub async fn join_pool(&self, pool: PoolId, terms: Option<PoolPolicy>) -> Result<Receipt, Error> {
        let terms = terms.map(Into::into);
        self.0.send(&api::tx().marketplace().join_pool(pool.into(), terms)).await
    }

    /// Leave the pool.
    pub async fn leave_pool(&self) -> Result<Receipt, Error> {
        self.0.send(&api::tx().marketplace().leave_pool()).await
    }

    /// Buy a bag of tasks at published prices.
    pub async fn request(&self, order: Request<AccountId>) -> Result<DealMade, Error> {
        let receipt = self.0.send(&api::tx().marketplace().request(order.into())).await?;
        DealMade::of(&receipt)
    }
}

/// Arguments that all tasks of a request have in common, in the form in which the chain keeps them.
pub fn arguments(arguments: &[String]) -> Result<Arguments, Error> {
    let arguments = arguments.iter().map(|argument| fit("an argument", Text::try_from(argument.as_str())));
    Arguments::try_from(arguments.collect::<Result<Vec<_>, _>>()?)
        .map_err(|_| unfit("the arguments", "there are more than 16"))
}

/// Parameters of tasks that are listed one by one, in the form in which the chain keeps them.
pub fn parameter_list(parameters: &[String]) -> Result<Parameters, Error> {
    let items = parameters.iter().map(|item| fit("a parameter", Text::try_from(item.as_str())));
    let items = ParameterList::try_from(items.collect::<Result<Vec<_>, _>>()?);
    let items = items.map_err(|_| unfit("the parameters", "there are more than 64; a file can have more"))?;
    Ok(Parameters::List { items })
}

/// Places of a blob, in the form in which the chain keeps them.
pub fn places(uris: &[String]) -> Result<Uris, Error> {
    let uris = uris.iter().map(|uri| fit("a source", Uri::try_from(uri.as_str())));
    Uris::try_from(uris.collect::<Result<Vec<_>, _>>()?)
        .map_err(|_| unfit("the sources", "there are more than 4"))
}

fn uris(uris: &[String]) -> Result<Vec<Vec<u8>>, Error> {
    places(uris)?;
    Ok(uris.iter().map(|uri| uri.as_bytes().to_vec()).collect())
}

pub(crate) fn text<const N: u32>(what: &'static str, text: &str) -> Result<Vec<u8>, Error> {
    fit(what, Text::<N>::try_from(text))?;
    Ok(text.as_bytes().to_vec())
}

pub(crate) fn unfit(what: &'static str, why: &str) -> Error {
    Fatal::Unfit { what, why: why.into() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_value_is_too_long_before_anything_is_sent() {
        assert_eq!(text::<64>("the name", &"n".repeat(64)).unwrap(), vec![b'n'; 64]);
        let error = text::<64>("the name", &"n".repeat(65)).unwrap_err();
        assert_eq!(error.to_string(), "the name: the text has more than 64 bytes");
        let error = arguments(&vec![String::new(); 17]).unwrap_err();
        assert_eq!(error.to_string(), "the arguments: there are more than 16");
        let error = uris(&vec!["file:///a".to_owned(); 5]).unwrap_err();
        assert_eq!(error.to_string(), "the sources: there are more than 4");
        assert!(uris(&["u".repeat(257)]).unwrap_err().to_string().starts_with("a source: "));
    }
}
