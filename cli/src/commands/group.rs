use clap::Subcommand;
use talka_client::{
    snapshot::{collect, MAX_PAGE},
    AccountId, Snapshot,
};
use talka_primitives::GroupId;

use super::{not_found, note_deposit, offered, Page};
use crate::{
    context::Context,
    error::CliError,
    output::{Created, Done, GroupOut, List},
    parse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create an empty group
    ///
    /// Orders can be restricted to the members of a group. A deposit is held for the group and for each member.
    Create {
        /// Name, at most 64 bytes
        name: String,
    },
    /// Add accounts to a group that you own
    Add {
        /// The group
        id: GroupId,
        /// The accounts
        #[arg(value_name = "ACCOUNT", required = true, value_parser = parse::account)]
        accounts: Vec<AccountId>,
    },
    /// Remove accounts from a group that you own
    Remove {
        /// The group
        id: GroupId,
        /// The accounts
        #[arg(value_name = "ACCOUNT", required = true, value_parser = parse::account)]
        accounts: Vec<AccountId>,
    },
    /// Offer the ownership of a group, with its deposits, to another account, which has to accept it
    ///
    /// To offer it to yourself withdraws the offer.
    Transfer {
        /// The group
        id: GroupId,
        /// The new owner
        #[arg(value_parser = parse::account)]
        to: AccountId,
    },
    /// Accept a group that was offered to you
    Accept {
        /// The group
        id: GroupId,
    },
    /// Delete an empty group that you own
    Disband {
        /// The group
        id: GroupId,
    },
    /// Show a group and its members
    Show {
        /// The group
        id: GroupId,
    },
    /// List groups
    List {
        #[command(flatten)]
        page: Page,
    },
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Create { name } => {
            let account = context.account().await?;
            let (group, _) = account.client().best().await?.group_deposits()?;
            note_deposit(context, group, "until the group is disbanded");
            let id = account.groups().create(&name).await?;
            context.print(&Created { kind: "group", id })
        }
        Command::Add { id, accounts } => {
            let account = context.account().await?;
            let (_, member) = account.client().best().await?.group_deposits()?;
            let count = accounts.len();
            note_deposit(context, member.saturating_mul(count as u128), "until they are removed");
            let receipt = account.groups().add(id, &accounts).await?;
            context.print(&Done::new(format!("{count} more accounts are members of group {id}"), &receipt))
        }
        Command::Remove { id, accounts } => {
            let receipt = context.account().await?.groups().remove(id, &accounts).await?;
            let count = accounts.len();
            context.print(&Done::new(format!("{count} accounts are members of group {id} no more"), &receipt))
        }
        Command::Transfer { id, to } => {
            let account = context.account().await?;
            let receipt = account.groups().transfer(id, to).await?;
            let offer =
                offered(&format!("group {id}"), &format!("`talka group accept {id}`"), to, account.id());
            context.print(&Done::new(offer, &receipt))
        }
        Command::Accept { id } => {
            let receipt = context.account().await?.groups().accept(id).await?;
            context.print(&Done::new(format!("group {id} is owned by you from now on"), &receipt))
        }
        Command::Disband { id } => {
            let receipt = context.account().await?.groups().disband(id).await?;
            context.print(&Done::new(format!("group {id} is no more"), &receipt))
        }
        Command::Show { id } => {
            let snapshot = context.best().await?;
            let group = snapshot.group(id).await?;
            let group = group.ok_or_else(|| not_found("group", id, "`talka group list`"))?;
            let out = GroupOut::new(id, group).with_accounts(members(&snapshot, id).await?);
            context.print(&out.offered_to(snapshot.pending_group_owner(id).await?))
        }
        Command::List { page } => {
            let snapshot = context.best().await?;
            let ask = |from: Option<GroupId>, limit| snapshot.groups(from.unwrap_or_default(), limit);
            let groups = collect(Some(GroupId(page.from)), page.limit as usize, ask).await?;
            context
                .print(&List(groups.into_iter().map(|entry| GroupOut::new(entry.id, entry.item)).collect()))
        }
    }
}

async fn members(snapshot: &Snapshot, group: GroupId) -> Result<Vec<AccountId>, CliError> {
    let mut all = Vec::new();
    loop {
        let page = snapshot.members(group, all.last().copied(), MAX_PAGE).await?;
        let is_last = page.len() < MAX_PAGE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}
