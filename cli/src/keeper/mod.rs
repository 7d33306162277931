//! Keeps results from the block on in which they were settled, whatever becomes of the workers that computed them.
//!
//! | Module | What |
//! |---|---|
//! | [`ledger`] | what is wanted and what is kept |
//! | [`follow`] | the final blocks: what was settled there |
//! | [`collect`] | the way of results into the store, and out of it when their time is over |
//!
//! # Contract
//!
//! 1. **No settled result is missed.** Blocks are read one after the other, also those that were made while the program did not
//!    run. Where the node has forgotten one, all deals that the chain remembers are looked at instead. A result that is missing
//!    is asked for again, until the chain has forgotten its deal.
//! 2. **Only final blocks count.** No fork takes back what is kept.
//! 3. **What is kept stays**, for the retention and for as long as the chain remembers the deal. A store that is full takes no
//!    more, and says so; nothing is dropped for that but results of forgotten deals.
//! 4. **A kill loses nothing.** What is noted as kept is on the disk as a whole.

mod collect;
mod follow;
mod ledger;

use std::{collections::BTreeSet, fmt, path::Path, time::Duration};

use serde::Serialize;
use talka_client::{AccountId, Client};
use talka_primitives::{live::buyers, ContentId, Deal, DealId, PoolId};
use talka_store::Store;
use tokio::sync::Notify;

use self::{collect::Collector, follow::Follower, ledger::Ledger};
use crate::{
    context::Context,
    ending::Ending,
    error::CliError,
    output::{counted, Output},
};

/// The ledger's file, beside the store's folder.
const LEDGER: &str = "ledger";

/// Whose results are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of the deals that this account has requested, pays for, or is to have the results of.
    Account(AccountId),
    /// Those of all deals with this pool.
    Pool(PoolId),
    /// Those of these deals.
    Deals(BTreeSet<DealId>),
}

impl Scope {
    fn includes(&self, id: DealId, deal: &Deal<AccountId>) -> bool {
        match self {
            Self::Account(account) => buyers(deal).contains(&account),
            Self::Pool(pool) => deal.pool == *pool,
            Self::Deals(deals) => deals.contains(&id),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account {account}"),
            Self::Pool(pool) => write!(f, "pool {pool}"),
            Self::Deals(deals) => {
                let ids: Vec<_> = deals.iter().map(ToString::to_string).collect();
                write!(f, "deals {}", ids.join(", "))
            }
        }
    }
}

/// What a keeper begins with.
#[derive(Serialize)]
struct Keeping {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    results_of: String,
    kept: usize,
    wanted: usize,
}

impl Output for Keeping {
    fn text(&self) -> String {
        let http = self.http.as_ref().map(|http| format!("{http}\n")).unwrap_or_default();
        format!("{}\n{http}", self.address)
    }
}

/// Keep results in this store, and in a ledger beside it, until the program is to end.
pub(crate) async fn keep(
    context: &Context,
    client: &Client,
    store: &Store,
    dir: &Path,
    scope: &Scope,
    retention: Duration,
) -> Result<(), CliError> {
    let mut ending = Ending::listen()?;
    let ledger = &Ledger::open(&dir.join(LEDGER), client.genesis(), &scope.to_string())?;
    want_what_is_gone(store, ledger).await?;
    let (kept, wanted) = ledger.counts();
    let results_of = scope.to_string();
    let http = store.web_address().map(|address| address.as_str().to_owned());
    context.print(&Keeping { address: store.address().to_string(), http, results_of, kept, wanted })?;
    let (kept, wanted) = (counted(kept as u64, "result"), counted(wanted as u64, "other"));
    context.say(format!("keeping results of {scope}: {kept} here, {wanted} wanted; stop with Ctrl-C"));

    let news = &Notify::new();
    let mut follower = Follower::new(context, client, scope, ledger, news);
    let collector = Collector::new(context, client, store, ledger, news, retention);
    // None of the three ends without an error.
    tokio::select! {
        Err(error) = follower.follow() => Err(error),
        Err(error) = collector.collect() => Err(error),
        Err(error) = collector.clean() => Err(error),
        ended = ending.wait() => ended,
    }
}

/// Somebody may have removed the store, or a damaged blob was dropped.
async fn want_what_is_gone(store: &Store, ledger: &Ledger) -> Result<(), CliError> {
    let mut gone = Vec::new();
    for (task, record) in ledger.all() {
        if record.kept_since.is_some() && !store.contains(ContentId(record.digest.0)).await? {
            gone.push(task);
        }
    }
    match gone.is_empty() {
        true => Ok(()),
        false => ledger.mark(&gone, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::deal;

    #[test]
    fn is_for_everybody_with_a_part_in_buying() {
        let view = deal();
        let (id, mut deal) = (view.id, view.deal);
        let account = |byte: u8| AccountId::from([byte; 32]);
        deal.requester = account(101);
        deal.payer = account(102);
        deal.beneficiary = account(103);
        for byte in 101..=103 {
            assert!(Scope::Account(account(byte)).includes(id, &deal), "{byte}");
        }
        assert!(!Scope::Account(account(104)).includes(id, &deal));
        assert!(Scope::Pool(deal.pool).includes(id, &deal));
        assert!(!Scope::Pool(PoolId(deal.pool.0 + 1)).includes(id, &deal));
        assert!(Scope::Deals([id].into()).includes(id, &deal));
        assert!(!Scope::Deals([DealId(id.0 + 1)].into()).includes(id, &deal));
    }
}
