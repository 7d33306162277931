use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use talka_client::{AccountId, Snapshot};
use talka_primitives::{DealId, PoolId};
use talka_store::{Store, StoreOptions};

use super::{deal::absent, not_found, store::Web};
use crate::{
    context::Context,
    error::CliError,
    keeper::{keep, Scope},
    parse,
};

/// Keep results from the time on when they are settled, and serve them, until stopped
///
/// Follows the final blocks, fetches each result from its workers as soon as it is settled, and verifies it against the digest on
/// chain. `talka run` and `talka result get` ask the keeper first with `--keeper PEER`, where PEER is the address that this command
/// prints: workers may have left then. After a restart it goes on where it was. A result that is not available is asked for
/// again, until the chain has forgotten its deal.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// Keep the results of these deals alone
    #[arg(value_name = "DEAL", conflicts_with_all = ["account", "pool"])]
    deals: Vec<DealId>,

    /// Keep the results of the deals that this account has requested, pays for, or is to have the results of [default: the
    /// account of --key]
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::account, conflicts_with = "pool")]
    account: Option<AccountId>,

    /// Keep the results of all deals with this pool: for its operator
    #[arg(long, value_name = "ID")]
    pool: Option<PoolId>,

    /// Directory of what is kept; it belongs to one keeper at a time
    #[arg(long, env = "TALKA_KEEPER_DIR", value_name = "DIR")]
    dir: PathBuf,

    /// UDP address to listen on
    #[arg(long, value_name = "IP:PORT", default_value = "0.0.0.0:4921")]
    listen: SocketAddr,

    /// Address that others connect to, if it is not --listen [default: 127.0.0.1 where --listen names all interfaces]
    #[arg(long, value_name = "IP:PORT")]
    advertise: Option<SocketAddr>,

    #[command(flatten)]
    web: Web,

    /// How long results are kept at least, in hours. As long as the chain remembers a deal, its results are kept in any case
    #[arg(long, value_name = "HOURS", default_value_t = 168,
          value_parser = clap::value_parser!(u32).range(1..))]
    keep_hours: u32,

    /// The most that results may take on the disk, in GiB. A store that is full takes no more; nothing is removed for that but
    /// results of deals that the chain has forgotten
    #[arg(long, value_name = "GIB", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..))]
    max_disk_gib: u32,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    let scope = scope(context, &command)?;
    let client = context.connect().await?;
    check(&client.best().await?, &scope).await?;
    let Command { dir, listen, advertise, web, keep_hours, max_disk_gib, .. } = command;
    let here = listen.ip().is_unspecified().then(|| (Ipv4Addr::LOCALHOST, 0).into());
    let options = StoreOptions {
        listen,
        advertise: advertise.or(here),
        serve_all: true,
        web: web.options(),
        max_bytes: Some(u64::from(max_disk_gib) << 30),
        ..StoreOptions::new(dir.join("store"))
    };
    let store = Store::open(options).await?;
    let retention = Duration::from_secs(u64::from(keep_hours) * 60 * 60);
    let ended = keep(context, &client, &store, &dir, &scope, retention).await;
    store.shutdown().await;
    ended
}

fn scope(context: &Context, command: &Command) -> Result<Scope, CliError> {
    if !command.deals.is_empty() {
        return Ok(Scope::Deals(command.deals.iter().copied().collect()));
    }
    match command.pool {
        Some(pool) => Ok(Scope::Pool(pool)),
        None => Ok(Scope::Account(context.account_or_own(command.account)?)),
    }
}

/// What is named must exist: a keeper that waits for nothing is of no use.
async fn check(best: &Snapshot, scope: &Scope) -> Result<(), CliError> {
    match scope {
        Scope::Account(_) => {}
        Scope::Pool(pool) => {
            let found = best.pool(*pool).await?;
            found.ok_or_else(|| not_found("pool", pool, "`talka pool list`"))?;
        }
        Scope::Deals(deals) => {
            for deal in deals {
                if best.deal(*deal).await?.is_none() {
                    return Err(absent(best, *deal).await);
                }
            }
        }
    }
    Ok(())
}
