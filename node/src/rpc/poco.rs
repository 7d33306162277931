//! Questions about deals, tasks and workers. The runtime answers them, for the best block.

use std::{pin::pin, sync::Arc};

use futures::{
    future::{self, Either},
    FutureExt, Stream, StreamExt,
};
use jsonrpsee::{core::async_trait, proc_macros::rpc, PendingSubscriptionSink};
use sc_client_api::BlockchainEvents;
use sc_rpc::{
    utils::{spawn_subscription_task, Subscription},
    SubscriptionTaskExecutor,
};
use serde::Deserialize;
use sp_api::{ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::Header as _;
use talka_pallet_poco::api::PocoApi;
use talka_primitives::{view::DealView, DealId, TaskId};
use talka_runtime::{opaque::Block, AccountId, Hash};

use super::{
    deals::{At, DealProgress, Deals, Look},
    error::Error,
    json::Json,
};
use crate::types::FullClient;

/// Deals that are listed where the caller does not say how many.
const DEFAULT_LIMIT: u32 = 20;

/// The methods.
#[rpc(server, namespace = "poco")]
pub trait Poco {
    /// A task: `Queued`, `Open` with its contributions, or `Ended` with the outcome. The task is written `"7.0"`, or
    /// `{ "deal": 7, "index": 0 }`.
    #[method(name = "taskStatus", blocking)]
    fn task_status(&self, task: TaskName) -> Result<Json, Error>;

    /// A deal: its terms, and how many of its tasks are in which state.
    #[method(name = "deal", blocking)]
    fn deal(&self, deal: DealId) -> Result<Json, Error>;

    /// The deals of a requester, from one number on.
    #[method(name = "dealsOf", blocking)]
    fn deals_of(&self, requester: AccountId, from: Option<DealId>, limit: Option<u32>)
        -> Result<Json, Error>;

    /// A worker's standing: bond, merit, score, pool, tasks.
    #[method(name = "worker", blocking)]
    fn worker(&self, account: AccountId) -> Result<Json, Error>;

    /// What a worker is to execute now, with everything it needs to know for it.
    #[method(name = "assignments", blocking)]
    fn assignments(&self, worker: AccountId) -> Result<Json, Error>;

    /// How far a deal is: now, and after each new best block that changed it. The last message has `over` set. A node has
    /// room for 1 024 of these subscriptions, 64 of them of one connection.
    #[subscription(name = "subscribeDeal" => "dealProgress", unsubscribe = "unsubscribeDeal", item = DealProgress)]
    fn subscribe_deal(&self, deal: DealId);
}

/// A task, in either form.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "write a task as \"7.0\", or as {\"deal\": 7, \"index\": 0}")]
pub enum TaskName {
    /// `"7.0"`.
    Text(String),
    /// `{ "deal": 7, "index": 0 }`.
    Record(TaskId),
}

impl TryFrom<TaskName> for TaskId {
    type Error = Error;
    fn try_from(name: TaskName) -> Result<Self, Error> {
        match name {
            TaskName::Text(text) => text.parse().map_err(Error::InvalidTask),
            TaskName::Record(task) => Ok(task),
        }
    }
}

/// Answers them.
pub struct PocoRpc {
    chain: Chain,
    deals: Deals,
    executor: SubscriptionTaskExecutor,
}

impl PocoRpc {
    /// Ask this chain.
    pub fn new(client: Arc<FullClient>, executor: SubscriptionTaskExecutor) -> Self {
        let chain = Chain(client);
        let (deals, served) = Deals::of(chain.clone(), chain.best_blocks());
        executor.spawn_blocking("poco-deals", Some("rpc"), served.boxed());
        Self { chain, deals, executor }
    }
}

#[async_trait]
impl PocoServer for PocoRpc {
    fn task_status(&self, task: TaskName) -> Result<Json, Error> {
        let task: TaskId = task.try_into()?;
        let at = self.chain.best().hash;
        match self.chain.api().task(at, task)? {
            Some(view) => Ok(Json::of(&view)?),
            None if self.chain.api().is_forgotten(at, task.deal)? => Err(Error::ForgottenDeal(task.deal)),
            None => Err(Error::UnknownTask(task)),
        }
    }

    fn deal(&self, deal: DealId) -> Result<Json, Error> {
        Ok(Json::of(&self.chain.deal(self.chain.best().hash, deal)?)?)
    }

    fn deals_of(
        &self,
        requester: AccountId,
        from: Option<DealId>,
        limit: Option<u32>,
    ) -> Result<Json, Error> {
        let (from, limit) = (from.unwrap_or_default(), limit.unwrap_or(DEFAULT_LIMIT));
        Ok(Json::of(&self.chain.api().deals_of(self.chain.best().hash, requester, from, limit)?)?)
    }

    fn worker(&self, account: AccountId) -> Result<Json, Error> {
        let view = self.chain.api().worker(self.chain.best().hash, account.clone())?;
        Ok(Json::of(&view.ok_or(Error::UnknownWorker(account))?)?)
    }

    fn assignments(&self, worker: AccountId) -> Result<Json, Error> {
        Ok(Json::of(&self.chain.api().duties(self.chain.best().hash, worker, Vec::new())?.execute)?)
    }

    fn subscribe_deal(&self, pending: PendingSubscriptionSink, deal: DealId) {
        spawn_subscription_task(&self.executor, follow(self.deals.clone(), deal, pending));
    }
}

/// Tell a subscriber about a deal until it is over, the subscriber leaves, or the node stops.
async fn follow(deals: Deals, deal: DealId, pending: PendingSubscriptionSink) {
    let mut followed = match deals.follow(deal, pending.connection_id().0).await {
        Ok(followed) => followed,
        Err(error) => return pending.reject(error).await,
    };
    let Ok(sink) = pending.accept().await else { return };
    let sink = Subscription::from(sink);
    loop {
        // A slow subscriber is told about the newest block only.
        let newest = *followed.newest.borrow_and_update();
        if sink.send(&newest).await.is_err() || newest.over {
            return;
        }
        match future::select(pin!(followed.newest.changed()), pin!(sink.closed())).await {
            Either::Left((Ok(()), _)) => {}
            _ => return,
        }
    }
}

/// The chain, as far as these questions go.
#[derive(Clone)]
struct Chain(Arc<FullClient>);

impl Chain {
    fn api(&self) -> ApiRef<'_, <FullClient as ProvideRuntimeApi<Block>>::Api> {
        self.0.runtime_api()
    }

    fn best_blocks(&self) -> impl Stream<Item = At> + Unpin {
        self.0.import_notification_stream().filter_map(|block| {
            future::ready(block.is_new_best.then(|| At { hash: block.hash, number: *block.header.number() }))
        })
    }

    fn deal(&self, at: Hash, id: DealId) -> Result<DealView<AccountId>, Error> {
        match self.api().deal(at, id)? {
            Some(view) => Ok(view),
            None if self.api().is_forgotten(at, id)? => Err(Error::ForgottenDeal(id)),
            None => Err(Error::UnknownDeal(id)),
        }
    }
}

impl Look for Chain {
    fn best(&self) -> At {
        let info = self.0.info();
        At { hash: info.best_hash, number: info.best_number }
    }

    fn progress(&self, At { hash, number }: At, deal: DealId) -> Result<DealProgress, Error> {
        let progress = self.deal(hash, deal)?.progress;
        Ok(DealProgress { deal, number, hash, progress, over: progress.is_over() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_task_in_either_form() {
        let task = TaskId { deal: DealId(7), index: 3 };
        for json in [r#""7.3""#, r#"{"deal":7,"index":3}"#] {
            let name: TaskName = serde_json::from_str(json).unwrap();
            assert_eq!(TaskId::try_from(name).unwrap(), task);
        }
        let name = TaskName::Text("seven".into());
        assert!(matches!(TaskId::try_from(name), Err(Error::InvalidTask(_))));
        for json in ["7", "null", r#"{"deal":7}"#] {
            let error = serde_json::from_str::<TaskName>(json).unwrap_err().to_string();
            assert!(error.starts_with("write a task as \"7.0\""), "{error}");
        }
    }
}
