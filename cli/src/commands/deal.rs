use clap::Subcommand;
use talka_client::{market::DealMade, snapshot::OUTCOMES, AccountId, Client, Snapshot};
use talka_primitives::DealId;

use super::{not_found, Page};
use crate::{
    context::Context,
    error::CliError,
    follow::follow,
    output::{Backing, DealOut, List, OutcomeOut},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the deals of an account
    List {
        /// The requester; without it, the account that --key names
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a deal and its ended tasks
    Show {
        /// The deal
        id: DealId,
    },
    /// Follow a deal until it is over
    Watch {
        /// The deal
        id: DealId,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::List { account, page } => {
            let account = context.account_or_own(account)?;
            let deals = context.best().await?.deals_of(account, DealId(page.from), page.limit).await?;
            context.print(&List(deals.into_iter().map(DealOut::new).collect()))
        }
        Command::Show { id } => show(context, &context.best().await?, id).await,
        Command::Watch { id } => {
            let client = context.connect().await?;
            client.best().await?.deal(id).await?.ok_or_else(|| unknown(id))?;
            let followed = follow(context, &client, id).await?;
            show(context, &client.at(followed.block).await?, id).await
        }
    }
}

async fn show(context: &Context, snapshot: &Snapshot, id: DealId) -> Result<(), CliError> {
    let view = snapshot.deal(id).await?.ok_or_else(|| unknown(id))?;
    let mut outcomes: Vec<OutcomeOut> = Vec::new();
    loop {
        let from = outcomes.last().map_or(0, |last| last.task.0.index + 1);
        let page = snapshot.outcomes(id, from, OUTCOMES).await?;
        let last = page.len() < OUTCOMES as usize;
        outcomes.extend(page.into_iter().map(|entry| OutcomeOut::new(entry.id, entry.item)));
        if last {
            break;
        }
    }
    context.print(&DealOut::new(view).with_outcomes(outcomes))
}

/// What stands behind a deal that was just made. It is made, whether the node goes on answering or not.
pub(crate) async fn backing(client: &Client, made: &DealMade) -> Option<Backing> {
    let view = client.at(made.block).await.ok()?.deal(made.deal).await.ok()??;
    Some(Backing::of(&view.deal))
}

pub(crate) fn unknown(id: DealId) -> CliError {
    not_found("deal", id, "`talka deal list`")
}
