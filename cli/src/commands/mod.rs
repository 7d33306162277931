//! What the commands do: a file for each.

pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod bridge;
pub(crate) mod category;
pub(crate) mod completions;
pub(crate) mod dataset;
pub(crate) mod deal;
pub(crate) mod exec;
pub(crate) mod group;
pub(crate) mod keep;
pub(crate) mod key;
pub(crate) mod order;
pub(crate) mod pool;
pub(crate) mod quote;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod run;
pub(crate) mod stats;
pub(crate) mod store;
pub(crate) mod task;
pub(crate) mod validator;
pub(crate) mod worker;

use std::{collections::BTreeMap, path::Path};

use clap::{Args, ValueEnum};
use talka_client::{snapshot::MAX_PAGE, AccountId, Snapshot, Tlk};
use talka_primitives::{view::Listed, Balance, Category, CategoryId, ContentId, Topic};
use talka_store::Source;

use crate::{
    context::Context,
    error::CliError,
    parse::{self, CategoryName},
};

/// Where results are looked for first.
#[derive(Args, Clone, Debug)]
pub(crate) struct Keepers {
    /// Keeper to ask for results before their workers, as `talka result keep` prints its address; can be repeated
    #[arg(
        long = "keeper",
        env = "TALKA_KEEPER",
        value_name = "PEER",
        value_delimiter = ',',
        value_parser = parse::peer
    )]
    pub(crate) keepers: Vec<Source>,
}

/// Which part of a long list to show.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Page {
    /// The identifier to begin with
    #[arg(long, value_name = "ID", default_value_t = 0)]
    pub(crate) from: u32,

    /// How many to show, at most 100
    #[arg(long, value_name = "N", default_value_t = MAX_PAGE, value_parser = limit())]
    pub(crate) limit: u32,
}

/// Not more than a page has.
pub(crate) fn limit() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE))
}

/// The shelf on which something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopicName {
    ArtificialIntelligence,
    BigData,
    Finance,
    GreenIt,
    Science,
    Media,
    Other,
}

impl From<TopicName> for Topic {
    fn from(name: TopicName) -> Self {
        match name {
            TopicName::ArtificialIntelligence => Self::ArtificialIntelligence,
            TopicName::BigData => Self::BigData,
            TopicName::Finance => Self::Finance,
            TopicName::GreenIt => Self::GreenIt,
            TopicName::Science => Self::Science,
            TopicName::Media => Self::Media,
            TopicName::Other => Self::Other,
        }
    }
}

/// A blob to be published: its content counts, not where it is.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Blob {
    /// The file; its content id is computed
    #[arg(long, value_name = "PATH")]
    file: Option<std::path::PathBuf>,

    /// The content id, where the file is elsewhere: 64 hexadecimal digits (see `talka store id`)
    #[arg(long, value_name = "ID")]
    content: Option<ContentId>,
}

impl Blob {
    /// The file, where it is here.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(crate) fn content(&self) -> Result<ContentId, CliError> {
        match (&self.file, self.content) {
            (Some(path), _) => content_of(path),
            (None, Some(content)) => Ok(content),
            (None, None) => Err(CliError::usage("nothing was named", "name --file or --content")),
        }
    }
}

/// BLAKE3-256 of a file.
pub(crate) fn content_of(path: &Path) -> Result<ContentId, CliError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).map_err(CliError::io("read", path.display()))?;
    hasher.update_reader(&mut file).map_err(CliError::io("read", path.display()))?;
    Ok(ContentId(*hasher.finalize().as_bytes()))
}

/// Sources must be something that workers can fetch from.
pub(crate) fn check_sources(uris: &[String]) -> Result<(), CliError> {
    for uri in uris {
        uri.parse::<Source>()?;
    }
    Ok(())
}

/// A category's number, whichever way it was named.
pub(crate) async fn category_id(snapshot: &Snapshot, name: &CategoryName) -> Result<CategoryId, CliError> {
    Ok(category(snapshot, name).await?.id)
}

/// A category, whichever way it was named.
pub(crate) async fn category(
    snapshot: &Snapshot,
    name: &CategoryName,
) -> Result<Listed<CategoryId, Category>, CliError> {
    let categories = snapshot.categories().await?;
    let found = categories.into_iter().find(|entry| match name {
        CategoryName::Id(id) => entry.id == *id,
        CategoryName::Name(name) => entry.item.name.to_str().eq_ignore_ascii_case(name),
    });
    found.ok_or_else(|| {
        let typed = match name {
            CategoryName::Id(id) => id.to_string(),
            CategoryName::Name(name) => name.clone(),
        };
        not_found("category", typed, "`talka category list`")
    })
}

/// The names of all categories.
pub(crate) async fn category_names(snapshot: &Snapshot) -> Result<BTreeMap<CategoryId, String>, CliError> {
    let categories = snapshot.categories().await?;
    Ok(categories.into_iter().map(|entry| (entry.id, entry.item.name.to_string())).collect())
}

/// What is told of an offer of ownership, and of the command that accepts it.
pub(crate) fn offered(what: &str, accept: &str, to: AccountId, own: AccountId) -> String {
    match own == to {
        true => format!("{what} is not offered to anybody any more"),
        false => format!("{what} is offered to {to}, which owns it after {accept}"),
    }
}

/// Says what is held before it is.
pub(crate) fn note_deposit(context: &Context, amount: Balance, until: &str) {
    context.say(format!("note: a deposit of {} TLK is held {until}", Tlk(amount)));
}

pub(crate) fn not_found(kind: &str, id: impl std::fmt::Display, list: &str) -> CliError {
    CliError::NotFound { what: format!("{kind} {id}"), hint: format!("see {list}") }
}
