use clap::Subcommand;
use talka_client::{market::DealMade, AccountId, Client, Snapshot, Tlk};
use talka_primitives::{DealId, Deposit};

use super::{not_found, Page};
use crate::{
    context::Context,
    error::CliError,
    follow::follow,
    output::{Backing, Calendar, DealOut, Done, List, OutcomeOut},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the deals of an account
    List {
        /// The requester [default: the account of --key]
        #[arg(value_parser = parse::account)]
        account: Option<AccountId>,
        /// Deals that the account pays for and somebody else has requested
        #[arg(long)]
        sponsored: bool,
        #[command(flatten)]
        page: Page,
    },
    /// Show a deal and its finished tasks
    Show {
        /// The deal
        id: DealId,
    },
    /// Follow a deal until it is over
    Watch {
        /// The deal
        id: DealId,
    },
    /// Cancel the tasks of a deal that have not begun
    ///
    /// What is held for them goes back to the account that pays for the deal: only that account can cancel. Tasks that
    /// have begun go on.
    Cancel {
        /// The deal
        id: DealId,
    },
    /// Have the chain forget a deal that is over, and give its deposit back now
    ///
    /// The deadline must have passed. The chain does the same by itself some days later. Fetch the results before: their
    /// digests are forgotten, too. Only the requester can do this.
    Forget {
        /// The deal
        id: DealId,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::List { account, sponsored, page } => {
            let account = context.account_or_own(account)?;
            let snapshot = context.best().await?;
            let (from, limit) = (DealId(page.from), page.limit);
            let deals = match sponsored {
                true => snapshot.sponsored_by(account, from, limit).await?,
                false => snapshot.deals_of(account, from, limit).await?,
            };
            let calendar = Calendar::now(&snapshot)?;
            context.print(&List(deals.into_iter().map(|deal| DealOut::new(deal).dated(calendar)).collect()))
        }
        Command::Show { id } => show(context, &context.best().await?, id).await,
        Command::Watch { id } => {
            let client = context.connect().await?;
            let snapshot = client.best().await?;
            if snapshot.deal(id).await?.is_none() {
                return Err(absent(&snapshot, id).await);
            }
            let followed = follow(context, &client, id).await?;
            show(context, &client.at(followed.block).await?, id).await
        }
        Command::Cancel { id } => {
            let receipt = context.account().await?.poco().cancel_deal(id).await?;
            context.print(&Done::new(
                format!("the tasks of deal {id} that had not begun are cancelled"),
                &receipt,
            ))
        }
        Command::Forget { id } => {
            let account = context.account().await?;
            let snapshot = account.client().best().await?;
            let Some(view) = snapshot.deal(id).await? else { return Err(absent(&snapshot, id).await) };
            let receipt = account.poco().forget_deal(id, view.deal.tasks).await?;
            let Deposit { of, amount } = view.deal.deposit;
            let what = format!("the chain has forgotten deal {id}; {} TLK went back to {of}", Tlk(amount));
            context.print(&Done::new(what, &receipt))
        }
    }
}

async fn show(context: &Context, snapshot: &Snapshot, id: DealId) -> Result<(), CliError> {
    let Some(view) = snapshot.deal(id).await? else { return Err(absent(snapshot, id).await) };
    let outcomes = snapshot.all_outcomes(id, 0).await?;
    let outcomes = outcomes.into_iter().map(|entry| OutcomeOut::new(entry.id, entry.item)).collect();
    context.print(&DealOut::new(view).with_outcomes(outcomes).dated(Calendar::now(snapshot)?))
}

/// What stands behind a deal that was just made. It is made, whether the node goes on answering or not.
pub(crate) async fn backing(client: &Client, made: &DealMade) -> Option<Backing> {
    let view = client.at(made.block).await.ok()?.deal(made.deal).await.ok()??;
    Some(Backing::of(&view.deal))
}

/// Why there is nothing to tell of a deal: it was never made, or the chain has forgotten it.
pub(crate) async fn absent(snapshot: &Snapshot, id: DealId) -> CliError {
    match snapshot.is_forgotten(id).await {
        Ok(true) => CliError::Forgotten(id),
        Ok(false) => not_found("deal", id, "`talka deal list`"),
        Err(error) => error.into(),
    }
}
