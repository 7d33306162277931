//! What commands print. The names of the fields are a promise to programs that read them.

mod bridge;
mod calendar;
mod live;
mod market;
mod order;
mod purchase;
mod quote;
mod stats;
mod stderr;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod transfer;
mod validator;
mod work;

pub(crate) use bridge::{BridgeOut, DepositOut, DepositState, MessageOut, MessageState, VaultOut};
pub(crate) use calendar::Calendar;
pub(crate) use live::{fuel_percent, LiveOut, SaidOut};
pub(crate) use market::{AppOut, CategoryOut, DatasetOut, PoolOut};
pub(crate) use order::{GroupOut, MatchedOut, OrderOut, PublishedOut, SignedOut};
pub(crate) use purchase::{status_text, Backing, BoughtOut, DealReport, Report};
pub(crate) use quote::QuoteOut;
pub(crate) use stats::StatsOut;
pub(crate) use stderr::{last_lines, last_lines_text, quoted};
pub(crate) use task::{failure, hint, TaskOut};
pub(crate) use transfer::{ClaimedOut, DepositedOut, Paid, WithdrawnOut};
pub(crate) use validator::ValidatorOut;
pub(crate) use work::{callback_text, DealOut, ManifestOut, OutcomeOut, WorkerOut};

use std::fmt::Write as _;

use comfy_table::{presets, CellAlignment, ContentArrangement, Table};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use talka_client::{terminal::one_line, AccountId, BlockId, Receipt, Tlk};
use talka_primitives::{audit::Assurance, Balance, Rate, TaskId};

/// Something that can be printed.
pub(crate) trait Output: Serialize {
    /// For people.
    fn text(&self) -> String;

    /// The text for a terminal of the given width in columns; tables fit into it.
    fn text_within(&self, _columns: u16) -> String {
        self.text()
    }
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
        self.table(None)
    }

    fn text_within(&self, columns: u16) -> String {
        self.table(Some(columns))
    }
}

impl<Item: Row> List<Item> {
    fn table(&self, within: Option<u16>) -> String {
        match self.0.as_slice() {
            [] => "There are none.\n".into(),
            items => table(items, within),
        }
    }
}

/// Columns as wide as needed, two spaces between them. In a terminal of limited width, long cells continue on the next line.
fn table<'a, Item: Row + 'a>(items: impl IntoIterator<Item = &'a Item>, within: Option<u16>) -> String {
    let mut table = Table::new();
    let title = |title: &&str| title.trim_end_matches('>').to_owned();
    table.load_style(presets::NOTHING).set_header(Item::TITLES.iter().map(title));
    for item in items {
        table.add_row(item.cells().into_iter().map(one_line));
    }
    match within {
        Some(columns) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for (column, title) in table.column_iter_mut().zip(Item::TITLES) {
        let last = column.index + 1 == Item::TITLES.len();
        column.set_padding((0, if last { 0 } else { 2 }));
        column.set_cell_alignment(match title.ends_with('>') {
            true => CellAlignment::Right,
            false => CellAlignment::Left,
        });
    }
    table.lines().fold(String::new(), |text, line| format!("{text}{}\n", line.trim_end()))
}

/// Names and values, one pair a line, whatever is in the values.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:width$}  {}", one_line(value));
        text
    })
}

/// A number of things: `1 task`, `2 tasks`.
pub(crate) fn counted(number: impl Into<u64>, thing: &str) -> String {
    match number.into() {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// Texts on one line.
fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        "none".into()
    } else {
        texts.join(" ")
    }
}

/// Numbers on one line.
fn numbers(numbers: &[u32]) -> String {
    list(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// A task, written `7.0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskName(pub(crate) TaskId);

impl Serialize for TaskName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TaskName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// What stands behind a result, in a word.
fn assurance_word(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unverified => "unverified",
        Assurance::Unaudited => "unaudited",
        Assurance::Internal => "internal",
        Assurance::Replicated => "replicated",
        Assurance::Adjudicated => "adjudicated",
    }
}

/// What stands behind the results of a restricted deal, which may be less than its trust lets people expect.
pub(crate) fn restricted_to(assurance: Assurance) -> Option<&'static str> {
    match assurance {
        Assurance::Unaudited => {
            Some("restricted to the pool, which has nobody to spare for audits, and no jury")
        }
        Assurance::Internal => Some("restricted to the pool: its own workers audit, and there is no jury"),
        Assurance::Unverified | Assurance::Replicated | Assurance::Adjudicated => None,
    }
}

/// The same beside the word, for people.
fn assurance_text(word: &str, restricted: Option<&str>) -> String {
    restricted.map_or_else(|| word.into(), |restricted| format!("{word} ({restricted})"))
}

/// A rate in percent, for programs.
fn percent(rate: Rate) -> f64 {
    f64::from(rate.0) / 100.0
}

/// A key, by its account.
#[derive(Debug, Serialize)]
pub(crate) struct KeyOut {
    account: AccountId,
    /// What `--key` takes, for a key that was just created.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

impl KeyOut {
    pub(crate) fn new(account: AccountId, source: Option<String>) -> Self {
        Self { account, source }
    }
}

impl Output for KeyOut {
    fn text(&self) -> String {
        match &self.source {
            Some(source) => format!("{}\nuse it with --key {source}", self.account),
            None => self.account.to_string(),
        }
    }
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
    /// What has come over the bridge, and could not be credited yet.
    pub(crate) parked: Tlk,
    pub(crate) block: u32,
}

impl AccountOut {
    pub(crate) fn new(
        account: AccountId,
        funds: talka_client::balances::Funds,
        parked: Balance,
        at: BlockId,
    ) -> Self {
        Self { account, free: Tlk(funds.free), held: Tlk(funds.held), parked: Tlk(parked), block: at.number }
    }
}

impl Output for AccountOut {
    fn text(&self) -> String {
        let mut known = vec![
            ("account", self.account.to_string()),
            ("free", format!("{} TLK", self.free)),
            ("held", format!("{} TLK", self.held)),
        ];
        if self.parked.0 > 0 {
            let parked =
                format!("{} TLK from Ethereum: `talka bridge claim-parked` credits them", self.parked);
            known.push(("parked", parked));
        }
        facts(&known)
    }
}
