//! What commands print. The names of the fields are a promise to programs that read them.

mod market;
mod order;
mod purchase;
mod stats;
mod task;
#[cfg(test)]
mod tests;
mod validator;
mod work;

pub(crate) use market::{AppOut, CategoryOut, DatasetOut, PoolOut};
pub(crate) use order::{GroupOut, MatchedOut, OrderOut, PublishedOut, SignedOut};
pub(crate) use purchase::{Backing, BoughtOut, DealReport, Report};
pub(crate) use stats::StatsOut;
pub(crate) use task::TaskOut;
pub(crate) use validator::ValidatorOut;
pub(crate) use work::{DealOut, ManifestOut, OutcomeOut, WorkerOut};

use std::fmt::Write as _;

use serde::Serialize;
use talka_client::{AccountId, BlockId, Receipt, Tlk};
use talka_primitives::{audit::Assurance, Rate};

/// Something that can be printed.
pub(crate) trait Output: Serialize {
    /// For people.
    fn text(&self) -> String;
}

/// A list of things of one kind: a table.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct List<Item>(pub(crate) Vec<Item>);

/// A row of a table.
pub(crate) trait Row {
    /// Titles of the columns. Those that end in `>` are aligned to the right.
    const TITLES: &'static [&'static str];
    /// The cells.
    fn cells(&self) -> Vec<String>;
}

impl<Item: Row + Serialize> Output for List<Item> {
    fn text(&self) -> String {
        if self.0.is_empty() {
            return "There are none.\n".into();
        }
        table(Item::TITLES, &self.0.iter().map(Row::cells).collect::<Vec<_>>())
    }
}

/// Columns as wide as needed, two spaces between them.
fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let names: Vec<_> = titles.iter().map(|title| title.trim_end_matches('>').to_owned()).collect();
    let width = |column: usize| {
        std::iter::once(&names)
            .chain(rows)
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<_> = (0..titles.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in std::iter::once(&names).chain(rows) {
        let mut line = String::new();
        for ((cell, width), title) in row.iter().zip(&widths).zip(titles) {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            match title.ends_with('>') {
                true => line.extend([pad.as_str(), cell.as_str(), "  "]),
                false => line.extend([cell.as_str(), pad.as_str(), "  "]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Names and values, one pair a line.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:width$}  {value}");
        text
    })
}

/// Text from the chain on one line, so that it cannot pretend to be something else.
pub(crate) fn one_line(text: impl ToString) -> String {
    text.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Texts on one line.
fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        "none".into()
    } else {
        texts.iter().map(one_line).collect::<Vec<_>>().join(" ")
    }
}

/// Numbers on one line.
fn numbers(numbers: &[u32]) -> String {
    list(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// What stands behind a result, in a word.
fn assurance_word(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unverified => "unverified",
        Assurance::Replicated => "replicated",
        Assurance::Adjudicated => "adjudicated",
    }
}

/// A rate in percent, for programs.
fn percent(rate: Rate) -> f64 {
    f64::from(rate.0) / 100.0
}

/// A transaction that had its effect, where there is nothing else to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    /// What was done, for people.
    #[serde(skip)]
    what: String,
    transaction: String,
    block: u32,
    block_hash: String,
}

impl Done {
    pub(crate) fn new(what: impl Into<String>, receipt: &Receipt) -> Self {
        Self {
            what: what.into(),
            transaction: format!("{:?}", receipt.transaction),
            block: receipt.block.number,
            block_hash: format!("{:?}", receipt.block.hash),
        }
    }
}

impl Output for Done {
    fn text(&self) -> String {
        format!("{} (block {})", self.what, self.block)
    }
}

/// Something new on the chain.
#[derive(Debug, Serialize)]
pub(crate) struct Created<Id> {
    /// Its kind, for people.
    #[serde(skip)]
    pub(crate) kind: &'static str,
    pub(crate) id: Id,
}

impl<Id: Serialize + std::fmt::Display> Output for Created<Id> {
    fn text(&self) -> String {
        format!("{} {}", self.kind, self.id)
    }
}

/// An account and what it has.
#[derive(Debug, Serialize)]
pub(crate) struct AccountOut {
    pub(crate) account: AccountId,
    pub(crate) free: Tlk,
    pub(crate) held: Tlk,
    pub(crate) block: u32,
}

impl AccountOut {
    pub(crate) fn new(account: AccountId, funds: talka_client::balances::Funds, at: BlockId) -> Self {
        Self { account, free: Tlk(funds.free), held: Tlk(funds.held), block: at.number }
    }
}

impl Output for AccountOut {
    fn text(&self) -> String {
        facts(&[
            ("account", self.account.to_string()),
            ("free", format!("{} TLK", self.free)),
            ("held", format!("{} TLK", self.held)),
        ])
    }
}
