//! All the money of the chain: none is made or lost.

use std::collections::BTreeMap;

use anyhow::{ensure, Context as _, Result};
use subxt::{
    dynamic::{self, At as _, Value},
    OnlineClient, SubstrateConfig,
};
use talka_client::AccountId;
use talka_primitives::{Balance, BlockNumber};

/// Who has what at one block.
#[derive(Clone, Debug)]
pub struct Books {
    /// The block.
    pub block: BlockNumber,
    /// All the money that there is, as the chain counts it.
    pub issuance: Balance,
    /// What each account has, free and held.
    pub accounts: BTreeMap<AccountId, Balance>,
    /// What is held, by pallet and reason, as in `Stake.Bond`.
    pub holds: BTreeMap<String, Balance>,
    held: Balance,
}

impl Books {
    /// Read the books at a block, account for account. The client could not tell: it does not list accounts.
    pub async fn read(url: &str, block: BlockNumber) -> Result<Self> {
        let chain = OnlineClient::<SubstrateConfig>::from_insecure_url(url).await?;
        let at = chain.at_block(u64::from(block)).await?;
        let storage = at.storage();

        let total = dynamic::storage::<(), u128>("Balances", "TotalIssuance");
        let issuance = storage.fetch(total, ()).await?.decode()?;

        let (mut accounts, mut held) = (BTreeMap::new(), 0);
        let mut entries =
            storage.iter(dynamic::storage::<(AccountId,), Value>("System", "Account"), ()).await?;
        while let Some(entry) = entries.next().await {
            let entry = entry?;
            let (account,) = entry.key()?.decode()?;
            let data = entry.value().decode()?;
            let amount = |field: &str| {
                data.at("data")
                    .at(field)
                    .and_then(Value::as_u128)
                    .with_context(|| format!("no {field} balance"))
            };
            accounts.insert(account, amount("free")? + amount("reserved")?);
            held += amount("reserved")?;
        }

        let mut holds = BTreeMap::new();
        let mut entries =
            storage.iter(dynamic::storage::<(AccountId,), Value>("Balances", "Holds"), ()).await?;
        while let Some(entry) = entries.next().await {
            let list = entry?.value().decode()?;
            for hold in items(&list) {
                let reason = hold.at("id").and_then(reason).context("a hold without a reason")?;
                let amount =
                    hold.at("amount").and_then(Value::as_u128).context("a hold without an amount")?;
                *holds.entry(reason).or_default() += amount;
            }
        }
        Ok(Self { block, issuance, accounts, holds, held })
    }

    /// Check that the sum of all accounts is what there is, and that nothing is held for no reason.
    pub fn check(&self) -> Result<()> {
        let sum: Balance = self.accounts.values().sum();
        ensure!(sum == self.issuance, "at block {} all accounts have {sum} of {}", self.block, self.issuance);
        let holds: Balance = self.holds.values().sum();
        ensure!(holds == self.held, "at block {} {} is held, {holds} for a reason", self.block, self.held);
        Ok(())
    }

    /// What is held for deals: payments of requesters, guarantees of operators.
    pub fn held_for_deals(&self) -> Balance {
        self.holds
            .iter()
            .filter(|(reason, _)| ["Marketplace.Payment", "Marketplace.Guarantee"].contains(&reason.as_str()))
            .map(|(_, amount)| amount)
            .sum()
    }

    /// What stakes hold: it shrinks where somebody is fined or slashed.
    pub fn bonds(&self) -> Balance {
        self.holds.get("Stake.Bond").copied().unwrap_or_default()
    }

    /// What an account has, free and held.
    pub fn of(&self, account: AccountId) -> Balance {
        self.accounts.get(&account).copied().unwrap_or_default()
    }
}

/// A fee, and who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// What the author of the block has of it.
    pub author: Balance,
    /// What the audit fund has of it.
    pub fund: Balance,
}

impl Fee {
    /// That of one transaction without a tip.
    pub fn of(paid: Balance) -> Self {
        let author = talka_runtime::constants::fee::AUTHOR_SHARE.mul_floor(paid);
        Self { author, fund: paid - author }
    }
}

/// The account of the audit fund: that of a pallet with the identifier `tlk/audt`.
pub fn audit_fund() -> AccountId {
    let mut bytes = [0; 32];
    bytes[..12].copy_from_slice(b"modltlk/audt");
    AccountId(bytes)
}

/// The elements of a list: a bounded one is wrapped in a struct of one field.
fn items(list: &Value) -> Vec<&Value> {
    let mut elements = Vec::new();
    while let Some(element) = list.at(elements.len()) {
        elements.push(element);
    }
    match elements.as_slice() {
        [inner] if inner.at("id").is_none() => items(inner),
        _ => elements,
    }
}

/// `Pallet.Reason` of a runtime's reason for a hold.
fn reason(id: &Value) -> Option<String> {
    use subxt::ext::scale_value::ValueDef;
    let ValueDef::Variant(pallet) = &id.value else { return None };
    let ValueDef::Variant(reason) = &pallet.values.at(0)?.value else { return None };
    Some(format!("{}.{}", pallet.name, reason.name))
}
