//! What is for sale.

use std::collections::BTreeMap;

use serde::Serialize;
use talka_client::{AccountId, Tlk};
use talka_primitives::{
    asset::{Announced, Uris},
    view::PoolStanding,
    Admission, App, AppId, BlockNumber, Category, CategoryId, ContentId, Dataset, DatasetId, Pool, PoolId,
    RuntimeClass, Score, Share, Topic,
};

use super::{counted, facts, list, numbers, percent, Output, Row};
use crate::parse::tag_numbers;

#[derive(Debug, Serialize)]
pub(crate) struct AppOut {
    id: AppId,
    name: String,
    owner: AccountId,
    /// None where it is sold by order only.
    price: Option<Tlk>,
    runtime: String,
    content: ContentId,
    uris: Vec<String>,
    topic: Topic,
    tags: Vec<u32>,
    description: String,
    /// What is held of the owner until it is withdrawn.
    deposit: Tlk,
    /// To whom its owner has offered it; absent where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<AccountId>,
}

impl AppOut {
    pub(crate) fn new(id: AppId, app: App<AccountId>) -> Self {
        Self {
            id,
            name: app.name.to_string(),
            owner: app.owner,
            price: app.price.map(Tlk),
            runtime: match app.runtime {
                RuntimeClass::Wasm { abi } => format!("wasm/{abi}"),
                RuntimeClass::Oci => "oci".into(),
            },
            content: app.content,
            uris: strings(&app.uris),
            topic: app.topic,
            tags: tag_numbers(app.tags),
            description: app.description.to_string(),
            deposit: Tlk(app.deposit),
            offered_to: None,
        }
    }

    pub(crate) fn offered_to(self, offered_to: Option<AccountId>) -> Self {
        Self { offered_to, ..self }
    }
}

impl Row for AppOut {
    const TITLES: &'static [&'static str] = &["ID>", "NAME", "PRICE>", "TOPIC", "RUNTIME", "OWNER"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.price.map_or("by order".into(), |price| price.to_string()),
            topic_name(self.topic),
            self.runtime.clone(),
            self.owner.to_string(),
        ]
    }
}

impl Output for AppOut {
    fn text(&self) -> String {
        let mut lines = vec![
            ("app", self.id.to_string()),
            ("name", self.name.clone()),
            ("description", self.description.clone()),
            ("price", price_a_task(self.price)),
            ("topic", topic_name(self.topic)),
            ("runtime", self.runtime.clone()),
            ("content", self.content.to_string()),
            ("sources", list(&self.uris)),
            ("tags", numbers(&self.tags)),
            ("owner", self.owner.to_string()),
            ("deposit", format!("{} TLK", self.deposit)),
        ];
        lines.extend(self.offered_to.map(|to| ("offered to", to.to_string())));
        facts(&lines)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct DatasetOut {
    id: DatasetId,
    name: String,
    owner: AccountId,
    /// None where it is sold by order only.
    price: Option<Tlk>,
    content: ContentId,
    uris: Vec<String>,
    topic: Topic,
    tags: Vec<u32>,
    description: String,
    /// What is held of the owner until it is withdrawn.
    deposit: Tlk,
    /// To whom its owner has offered it; absent where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<AccountId>,
}

impl DatasetOut {
    pub(crate) fn new(id: DatasetId, dataset: Dataset<AccountId>) -> Self {
        Self {
            id,
            name: dataset.name.to_string(),
            owner: dataset.owner,
            price: dataset.price.map(Tlk),
            content: dataset.content,
            uris: strings(&dataset.uris),
            topic: dataset.topic,
            tags: tag_numbers(dataset.tags),
            description: dataset.description.to_string(),
            deposit: Tlk(dataset.deposit),
            offered_to: None,
        }
    }

    pub(crate) fn offered_to(self, offered_to: Option<AccountId>) -> Self {
        Self { offered_to, ..self }
    }
}

impl Row for DatasetOut {
    const TITLES: &'static [&'static str] = &["ID>", "NAME", "PRICE>", "TOPIC", "OWNER"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.price.map_or("by order".into(), |price| price.to_string()),
            topic_name(self.topic),
            self.owner.to_string(),
        ]
    }
}

impl Output for DatasetOut {
    fn text(&self) -> String {
        let mut lines = vec![
            ("dataset", self.id.to_string()),
            ("name", self.name.clone()),
            ("description", self.description.clone()),
            ("price", price_a_task(self.price)),
            ("topic", topic_name(self.topic)),
            ("content", self.content.to_string()),
            ("sources", list(&self.uris)),
            ("tags", numbers(&self.tags)),
            ("owner", self.owner.to_string()),
            ("deposit", format!("{} TLK", self.deposit)),
        ];
        lines.extend(self.offered_to.map(|to| ("offered to", to.to_string())));
        facts(&lines)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct PoolOut {
    id: PoolId,
    description: String,
    owner: AccountId,
    /// By the category's number.
    prices: BTreeMap<CategoryId, Tlk>,
    worker_stake_ratio: Share,
    operator_share: Share,
    min_bond: Tlk,
    min_score: Score,
    min_price: Tlk,
    admission: Admission,
    /// The terms that follow, and from which block on; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    announced: Option<AnnouncedOut>,
    guarantee_limit: Tlk,
    tags: Vec<u32>,
    /// What is held of the operator until it is withdrawn, and for those that it has admitted.
    deposit: Tlk,
    /// What it has done; absent from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<StandingOut>,
    /// To whom its operator has offered it; absent where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<AccountId>,
    /// Names for people.
    #[serde(skip)]
    names: BTreeMap<CategoryId, String>,
}

/// Terms for workers that are not in force yet.
#[derive(Debug, Serialize)]
struct AnnouncedOut {
    /// The first block in which they are.
    from: BlockNumber,
    worker_stake_ratio: Share,
    operator_share: Share,
    min_bond: Tlk,
    min_score: Score,
    min_price: Tlk,
    admission: Admission,
}

impl AnnouncedOut {
    fn new(Announced { policy, from }: Announced) -> Self {
        Self {
            from,
            worker_stake_ratio: policy.worker_stake_ratio,
            operator_share: policy.operator_share,
            min_bond: Tlk(policy.min_bond),
            min_score: policy.min_score,
            min_price: Tlk(policy.min_price),
            admission: policy.admission,
        }
    }

    fn text(&self) -> String {
        format!(
            "from block {} on: a worker locks {} %, operator's share {} %, least bond {} TLK, least score {}, \
             least price {} TLK, admission {}",
            self.from,
            self.worker_stake_ratio,
            self.operator_share,
            self.min_bond,
            self.min_score,
            self.min_price,
            admission(self.admission)
        )
    }
}

/// What a pool has done, and what is held for it.
#[derive(Debug, Serialize)]
struct StandingOut {
    online: u32,
    free_slots: u32,
    waiting: u64,
    completed: u64,
    failed: u64,
    median_blocks: Option<BlockNumber>,
    guaranteed: Tlk,
}

impl StandingOut {
    fn new(standing: PoolStanding) -> Self {
        Self {
            online: standing.online,
            free_slots: standing.free_slots,
            waiting: standing.waiting,
            completed: standing.completed,
            failed: standing.failed,
            median_blocks: standing.median_blocks,
            guaranteed: Tlk(standing.guaranteed),
        }
    }
}

impl PoolOut {
    pub(crate) fn new(id: PoolId, pool: Pool<AccountId>, names: &BTreeMap<CategoryId, String>) -> Self {
        Self {
            id,
            description: pool.description.to_string(),
            owner: pool.owner,
            prices: pool.prices.iter().map(|(category, price)| (*category, Tlk(*price))).collect(),
            worker_stake_ratio: pool.policy.worker_stake_ratio,
            operator_share: pool.policy.operator_share,
            min_bond: Tlk(pool.policy.min_bond),
            min_score: pool.policy.min_score,
            min_price: Tlk(pool.policy.min_price),
            admission: pool.policy.admission,
            announced: pool.announced.map(AnnouncedOut::new),
            guarantee_limit: Tlk(pool.guarantee_limit),
            tags: tag_numbers(pool.tags),
            deposit: Tlk(pool.deposit),
            standing: None,
            offered_to: None,
            names: names.clone(),
        }
    }

    pub(crate) fn with_standing(self, standing: PoolStanding) -> Self {
        Self { standing: Some(StandingOut::new(standing)), ..self }
    }

    pub(crate) fn offered_to(self, offered_to: Option<AccountId>) -> Self {
        Self { offered_to, ..self }
    }

    fn price_list(&self) -> String {
        let name = |id: &CategoryId| self.names.get(id).cloned().unwrap_or_else(|| id.to_string());
        let prices: Vec<_> = self.prices.iter().map(|(id, price)| format!("{} {price}", name(id))).collect();
        if prices.is_empty() {
            "none yet".into()
        } else {
            prices.join(", ")
        }
    }
}

impl Row for PoolOut {
    const TITLES: &'static [&'static str] = &["ID>", "DESCRIPTION", "PRICES", "MIN BOND>", "OWNER"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.description.clone(),
            self.price_list(),
            self.min_bond.to_string(),
            self.owner.to_string(),
        ]
    }
}

impl Output for PoolOut {
    fn text(&self) -> String {
        let mut lines = vec![
            ("pool", self.id.to_string()),
            ("description", self.description.clone()),
            ("prices", self.price_list()),
            ("a worker locks", format!("{} % of the price for each task", self.worker_stake_ratio)),
            ("operator's share", format!("{} %", self.operator_share)),
            ("least bond", format!("{} TLK", self.min_bond)),
            ("least score", self.min_score.to_string()),
            ("least price", format!("{} TLK", self.min_price)),
            ("admission", admission(self.admission).into()),
            ("most guarantees", format!("{} TLK at once", self.guarantee_limit)),
            ("tags", numbers(&self.tags)),
            ("operator", self.owner.to_string()),
            ("deposit", format!("{} TLK", self.deposit)),
        ];
        lines.extend(self.offered_to.map(|to| ("offered to", to.to_string())));
        lines.extend(self.announced.as_ref().map(|announced| ("new terms", announced.text())));
        if let Some(standing) = &self.standing {
            let StandingOut { online, free_slots, waiting, completed, failed, median_blocks, guaranteed } =
                *standing;
            lines.extend([
                ("guarantees held", format!("{guaranteed} TLK")),
                ("workers online", format!("{online}, with room for {} now", counted(free_slots, "task"))),
                ("waiting", format!("{waiting} in the queue")),
                ("tasks so far", format!("{completed} completed, {failed} failed")),
                (
                    "time of a task",
                    median_blocks.map_or("not known yet".into(), |blocks| {
                        format!("{} at the median", counted(blocks, "block"))
                    }),
                ),
            ]);
        }
        facts(&lines)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct CategoryOut {
    id: CategoryId,
    name: String,
    run_time_blocks: u32,
    fuel: u64,
    memory_bytes: u64,
    /// How often results are audited that one worker gave alone.
    audit_rate_percent: f64,
    /// The floor: the least value of a task.
    min_value: Tlk,
}

impl CategoryOut {
    pub(crate) fn new(id: CategoryId, category: Category) -> Self {
        Self {
            id,
            name: category.name.to_string(),
            run_time_blocks: category.run_time,
            fuel: category.fuel,
            memory_bytes: category.memory,
            audit_rate_percent: percent(category.audit_rate),
            min_value: Tlk(category.min_value),
        }
    }
}

impl Row for CategoryOut {
    const TITLES: &'static [&'static str] =
        &["ID>", "NAME", "RUN TIME (BLOCKS)>", "FUEL>", "MEMORY (MIB)>", "AUDITED (%)>", "FLOOR (TLK)>"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.run_time_blocks.to_string(),
            self.fuel.to_string(),
            (self.memory_bytes / (1024 * 1024)).to_string(),
            self.audit_rate_percent.to_string(),
            self.min_value.to_string(),
        ]
    }
}

fn admission(admission: Admission) -> &'static str {
    match admission {
        Admission::Open => "open",
        Admission::Approval => "by approval",
    }
}

fn price_a_task(price: Option<Tlk>) -> String {
    price.map_or("none: it is sold by order only".into(), |price| format!("{price} TLK a task"))
}

fn strings(uris: &Uris) -> Vec<String> {
    uris.iter().map(ToString::to_string).collect()
}

fn topic_name(topic: Topic) -> String {
    match topic {
        Topic::ArtificialIntelligence => "artificial intelligence",
        Topic::BigData => "big data",
        Topic::Finance => "finance",
        Topic::GreenIt => "green IT",
        Topic::Science => "science",
        Topic::Media => "media",
        Topic::Other => "other",
    }
    .into()
}
