//! A list of accounts that its owner keeps on chain, and to which orders can be restricted.

use serde::{Deserialize, Serialize};

use crate::{apply, asset::Name};

/// A group of accounts: a bank's own workers, a laboratory's own users. Who is in it is not stored here.
#[apply(stored)]
#[derive(Serialize, Deserialize)]
pub struct Group<AccountId> {
    /// Who says who is in it. Not a member by that alone.
    pub owner: AccountId,
    /// Its name.
    pub name: Name,
    /// How many accounts are in it.
    pub members: u32,
}
