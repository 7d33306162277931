//! Orders and groups.

use std::collections::BTreeMap;

use serde::Serialize;
use talka_client::{market::DealMade, terminal, AccountId, SignedOrder, Tlk};
use talka_primitives::{
    order::{Closed, Entry, Order, Party, Restrictions},
    view::OrderView,
    CategoryId, DealId, Group, GroupId, OrderId, PoolId,
};

use super::{calendar, counted, facts, numbers, Backing, Calendar, Output, Row};
use crate::parse::tag_numbers;

/// An order to be handed on.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct SignedOut(pub(crate) SignedOrder);

impl Output for SignedOut {
    /// The same, on several lines: what is printed is a file in either form.
    fn text(&self) -> String {
        terminal::json(&serde_json::to_string_pretty(&self.0).unwrap_or_default())
    }
}

/// An order that was published.
#[derive(Debug, Serialize)]
pub(crate) struct PublishedOut {
    pub(crate) id: OrderId,
    pub(crate) deposit: Tlk,
}

impl Output for PublishedOut {
    fn text(&self) -> String {
        format!("order {}, for which {} TLK are held until it ends", self.id, self.deposit)
    }
}

/// A deal that orders became.
#[derive(Debug, Serialize)]
pub(crate) struct MatchedOut {
    deal: DealId,
    pool: PoolId,
    payer: AccountId,
    tasks: u32,
    /// Of one accepted task.
    price: Tlk,
    /// The block in which it was made.
    block: u32,
    /// What stands behind it; absent where the node did not say.
    #[serde(flatten)]
    backing: Option<Backing>,
}

impl MatchedOut {
    pub(crate) fn new(made: DealMade, backing: Option<Backing>) -> Self {
        let DealMade { deal, pool, payer, tasks, price, block } = made;
        Self { deal, pool, payer, tasks, price: Tlk(price), block: block.number, backing }
    }
}

impl Output for MatchedOut {
    fn text(&self) -> String {
        let Self { deal, pool, payer, tasks, price, backing, .. } = self;
        let backing = backing.map(Backing::text).unwrap_or_default();
        let tasks = counted(*tasks, "task");
        format!("deal {deal}: {tasks} at {price} TLK each in pool {pool}, paid by {payer}{backing}")
    }
}

/// An order and how much of it is left.
#[derive(Debug, Serialize)]
pub(crate) struct OrderOut {
    id: OrderId,
    /// `app`, `dataset`, `pool` or `request`.
    kind: &'static str,
    /// `open`, `used up`, `cancelled`, `expired`, `empty` or `too long`.
    state: &'static str,
    left: u32,
    used: u32,
    /// Of one accepted task; of a request, the most that it may cost.
    price: Tlk,
    /// What was signed or published, as in an order's file: prices in the smallest unit.
    order: Order<AccountId>,
    /// Names for people.
    #[serde(skip)]
    names: BTreeMap<CategoryId, String>,
    /// Times for people.
    #[serde(skip)]
    calendar: Option<Calendar>,
}

impl OrderOut {
    /// An order of which nothing is known yet.
    pub(crate) fn new(id: OrderId, order: Order<AccountId>, names: &BTreeMap<CategoryId, String>) -> Self {
        let kind = match &order {
            Order::App(_) => "app",
            Order::Dataset(_) => "dataset",
            Order::Pool(_) => "pool",
            Order::Request(_) => "request",
        };
        let (left, price) = (order.terms().volume, Tlk(order.terms().price));
        Self { id, kind, state: "open", left, used: 0, price, order, names: names.clone(), calendar: None }
    }

    pub(crate) fn dated(self, calendar: Calendar) -> Self {
        Self { calendar: Some(calendar), ..self }
    }

    /// One of those that are published.
    pub(crate) fn published(
        id: OrderId,
        view: OrderView<AccountId>,
        names: &BTreeMap<CategoryId, String>,
    ) -> Self {
        let used = view.order.terms().volume.saturating_sub(view.left);
        Self { left: view.left, used, ..Self::new(id, view.order, names) }
    }

    pub(crate) fn with_state(self, entry: Entry, left: Result<u32, Closed>) -> Self {
        let state = match left {
            Ok(_) => "open",
            Err(Closed::Consumed) => "used up",
            Err(Closed::Cancelled) => "cancelled",
            Err(Closed::Expired) => "expired",
            Err(Closed::NoVolume) => "empty",
            Err(Closed::ExpiryTooFar) => "too long",
        };
        Self { state, left: left.unwrap_or(0), used: entry.used, ..self }
    }

    fn category(&self, id: CategoryId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// What it is about, in a few words.
    fn subject(&self) -> String {
        match &self.order {
            Order::App(order) => format!("app {}", order.app),
            Order::Dataset(order) => format!("dataset {}", order.dataset),
            Order::Pool(order) => format!("pool {}, {}", order.pool, self.category(order.category)),
            Order::Request(order) => {
                let data = order.dataset.map(|id| format!(", dataset {id}")).unwrap_or_default();
                format!("app {}{data}, {}", order.app, self.category(order.category))
            }
        }
    }

    /// What it is for, as a sentence.
    fn says(&self) -> String {
        match &self.order {
            Order::App(order) => format!("the use of app {} is for sale", order.app),
            Order::Dataset(order) => format!("the use of dataset {} is for sale", order.dataset),
            Order::Pool(order) => format!(
                "work of pool {} on tasks of category {} is for sale, up to trust {}",
                order.pool,
                self.category(order.category),
                order.trust
            ),
            Order::Request(order) => format!(
                "tasks of app {}{} are wanted, of category {}, at trust {}",
                order.app,
                order.dataset.map(|id| format!(" on dataset {id}")).unwrap_or_default(),
                self.category(order.category),
                order.trust
            ),
        }
    }
}

impl Row for OrderOut {
    const TITLES: &'static [&'static str] =
        &["ID", "KIND", "SUBJECT", "PRICE>", "LEFT>", "EXPIRY>", "ONLY FOR", "SIGNER"];

    fn cells(&self) -> Vec<String> {
        let terms = self.order.terms();
        vec![
            self.id.to_string(),
            self.kind.into(),
            self.subject(),
            self.price.to_string(),
            self.left.to_string(),
            calendar::cell(self.calendar, terms.expiry),
            only(&terms.only).join(", "),
            terms.signer.to_string(),
        ]
    }
}

impl Output for OrderOut {
    fn text(&self) -> String {
        let terms = self.order.terms();
        let only_for = match only(&terms.only) {
            nobody if nobody.is_empty() => "nobody in particular".into(),
            restrictions => restrictions.join(", "),
        };
        let most = if self.kind == "request" { "at most " } else { "" };
        let mut lines = vec![
            ("order", self.id.to_string()),
            ("says", self.says()),
            ("price", format!("{most}{} TLK a task", self.price)),
            ("tasks", format!("{}: {} bought, {} left", terms.volume, self.used, self.left)),
            ("state", self.state.into()),
            ("expires", format!("after {}", calendar::block(self.calendar, terms.expiry))),
            ("only for", only_for),
            ("tags", numbers(&tag_numbers(terms.tags))),
            ("signer", terms.signer.to_string()),
        ];
        if let Order::Request(order) = &self.order {
            let arguments: Vec<_> = order.arguments.iter().map(ToString::to_string).collect();
            lines.push(("arguments", arguments.join(" ")));
            lines.push(("deadline", calendar::block(self.calendar, order.deadline)));
            lines.extend(order.beneficiary.map(|account| ("beneficiary", account.to_string())));
        }
        facts(&lines)
    }
}

/// What a deal must be like, each in a few words.
fn only(only: &Restrictions<AccountId>) -> Vec<String> {
    let party = |what: &str, party: &Party<AccountId>| match party {
        Party::Account(account) => format!("{what} {account}"),
        Party::Group(group) => format!("{what}s in group {group}"),
    };
    let restrictions = [
        only.app.map(|id| format!("app {id}")),
        only.dataset.map(|id| format!("dataset {id}")),
        only.pool.map(|id| format!("pool {id}")),
        only.requester.as_ref().map(|who| party("requester", who)),
        only.operator.as_ref().map(|who| party("operator", who)),
    ];
    restrictions.into_iter().flatten().collect()
}

#[derive(Debug, Serialize)]
pub(crate) struct GroupOut {
    id: GroupId,
    name: String,
    owner: AccountId,
    members: u32,
    /// Who they are; absent from lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<AccountId>>,
    /// To whom its owner has offered it; absent where it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_to: Option<AccountId>,
}

impl GroupOut {
    pub(crate) fn new(id: GroupId, group: Group<AccountId>) -> Self {
        Self {
            id,
            name: group.name.to_string(),
            owner: group.owner,
            members: group.members,
            accounts: None,
            offered_to: None,
        }
    }

    pub(crate) fn offered_to(self, offered_to: Option<AccountId>) -> Self {
        Self { offered_to, ..self }
    }

    pub(crate) fn with_accounts(self, accounts: Vec<AccountId>) -> Self {
        Self { accounts: Some(accounts), ..self }
    }
}

impl Row for GroupOut {
    const TITLES: &'static [&'static str] = &["ID>", "NAME", "MEMBERS>", "OWNER"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.to_string(), self.name.clone(), self.members.to_string(), self.owner.to_string()]
    }
}

impl Output for GroupOut {
    fn text(&self) -> String {
        let mut lines = vec![
            ("group", self.id.to_string()),
            ("name", self.name.clone()),
            ("owner", self.owner.to_string()),
        ];
        lines.extend(self.offered_to.map(|to| ("offered to", to.to_string())));
        lines.push(("members", self.members.to_string()));
        for account in self.accounts.iter().flatten() {
            lines.push(("", account.to_string()));
        }
        facts(&lines)
    }
}
