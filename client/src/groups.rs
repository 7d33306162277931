//! Groups of accounts, to which orders can be restricted.

use talka_primitives::GroupId;

use crate::{
    account::{Account, Receipt},
    api::{self, groups::events},
    error::Error,
    market::{text, unfit},
    AccountId,
};

/// Calls of the groups pallet.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a>(&'a Account);

impl Account {
    /// Calls about groups of accounts.
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

impl Groups<'_> {
    /// Create a group, with no members yet. Its name has at most 64 bytes.
    pub async fn create(&self, name: &str) -> Result<GroupId, Error> {
        let call = api::tx().groups().create_group(text::<64>("the name", name)?);
        Ok(self.0.send(&call).await?.find::<events::GroupCreated>()?.group.0)
    }

    /// Add accounts to a group: all of them, or none where one is a member already.
    pub async fn add(&self, group: GroupId, members: &[AccountId]) -> Result<Receipt, Error> {
        self.check(members).await?;
        self.0.send(&api::tx().groups().add_members(group.into(), members.to_vec())).await
    }

    /// Remove accounts from a group: all of them, or none where one is not a member.
    pub async fn remove(&self, group: GroupId, members: &[AccountId]) -> Result<Receipt, Error> {
        self.check(members).await?;
        self.0.send(&api::tx().groups().remove_members(group.into(), members.to_vec())).await
    }

    /// Offer a group to somebody else, who has to accept it; to oneself, withdraw the offer.
    pub async fn transfer(&self, group: GroupId, to: AccountId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().groups().transfer_group(group.into(), to)).await
    }

    /// Accept a group that was offered, with what is held for it.
    pub async fn accept(&self, group: GroupId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().groups().accept_group(group.into())).await
    }

    /// Disband a group that has no members any more.
    pub async fn disband(&self, group: GroupId) -> Result<Receipt, Error> {
        self.0.send(&api::tx().groups().disband_group(group.into())).await
    }

    /// The chain could not even read a longer list.
    async fn check(&self, members: &[AccountId]) -> Result<(), Error> {
        let most = self.0.client().finalized().await?.parameters()?.max_members;
        if members.len() > most as usize {
            return Err(unfit(
                "the accounts",
                &format!("there are more than {most}; name them in several calls"),
            ));
        }
        Ok(())
    }
}
