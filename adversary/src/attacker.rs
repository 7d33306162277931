//! What the adversary's actions do in the world.

use codec::DecodeLimit;
use frame_support::MAX_EXTRINSIC_DEPTH;
use talka_pallet_poco::{Commitment, Reveal};
use talka_primitives::{
    audit::Assurance,
    commitment,
    deal::{min_duration, Periods},
    manifest::WASM_ABI,
    matching::Request,
    order::{
        AppOrder, DatasetOrder, Match, Named, Order, PoolOrder, PoolSource, RequestOrder, Source, Terms,
    },
    task::DeclineReason,
    Admission, AppId, Balance, BlockNumber, CategoryId, ContentId, DatasetId, DealId, GroupId, OrderId,
    Parameters, PoolId, PoolPolicy, RuntimeClass, Salt, Share, TaskId, Topic, Trust,
};
use talka_runtime::{
    configs::ProxyType,
    constants::{currency::TLK, market},
    AccountId, Balances, Runtime, RuntimeCall, System,
};

use crate::{
    action::{Account, Action, Amount, Call, Item, Lead, Pick, Posture},
    cast::{Party, ATTACKERS},
    chain::{session_keys, Transaction},
    honest::{content, online, result},
    world::World,
};

/// What the chain gives workers beside the run time of a category.
pub(crate) const PERIODS: Periods =
    Periods { commit_grace: market::COMMIT_GRACE, reveal_period: market::REVEAL_PERIOD };

impl World {
    /// The adversary acts.
    pub fn act(&mut self, action: &Action) {
        match action {
            Action::Pass(blocks) => (0..*blocks).for_each(|_| self.pass()),
            Action::Send { who, call } => {
                let who = Party::Attacker(who % ATTACKERS);
                if let Some(call) = self.call(who, call) {
                    self.pending.push(Transaction { tip: self.tip, ..Transaction::new(who, call) });
                }
            }
            Action::Behave { who, posture } => {
                self.postures[usize::from(who % ATTACKERS)] = *posture;
            }
            Action::Author(authorship) => self.authorship = *authorship,
            Action::Serve { item, audience } => {
                // What the honest publish they serve themselves.
                if let Some(content) = own_content(*item) {
                    self.audiences.insert(content, *audience);
                }
            }
            Action::Fill(blocks) => self.filling = *blocks,
            Action::Tip(whole) => self.tip = Balance::from(*whole) * TLK,
        }
    }

    /// What a call of the adversary means now, from this account; nothing where it means nothing.
    pub fn call(&self, who: Party, call: &Call) -> Option<RuntimeCall> {
        use talka_pallet_groups::Call as Group;
        use talka_pallet_marketplace::Call as Market;
        use talka_pallet_orders::Call as Orders;
        use talka_pallet_poco::Call as Work;
        use talka_pallet_stake::Call as Stake;
        use talka_pallet_validators::Call as Validate;
        let account = who.account();
        Some(match call {
            Call::PublishApp { artefact, oci, price } => Market::publish_app {
                name: "theirs".try_into().ok()?,
                runtime: if *oci { RuntimeClass::Oci } else { RuntimeClass::Wasm { abi: WASM_ABI } },
                content: content(number(next_app().0), *artefact, false),
                uris: Default::default(),
                topic: Topic::Other,
                tags: Default::default(),
                description: Default::default(),
                price: Some(amount(who, *price)),
            }
            .into(),
            Call::PublishDataset { artefact, price } => Market::publish_dataset {
                name: "theirs".try_into().ok()?,
                content: content(number(next_dataset().0), *artefact, true),
                uris: Default::default(),
                topic: Topic::Other,
                tags: Default::default(),
                description: Default::default(),
                price: Some(amount(who, *price)),
            }
            .into(),
            Call::PublishPool { approval, operator_share, stake_ratio, limit } => Market::publish_pool {
                description: Default::default(),
                policy: PoolPolicy {
                    admission: admission(*approval),
                    operator_share: Share(*operator_share),
                    worker_stake_ratio: Share(*stake_ratio),
                    ..PoolPolicy::default()
                },
                tags: Default::default(),
                guarantee_limit: amount(who, *limit),
            }
            .into(),
            Call::SetPoolPrice { pool, category, price } => Market::set_pool_price {
                pool: pool_of(*pool),
                category: CategoryId(*category),
                price: price.map(|price| amount(who, price)),
            }
            .into(),
            Call::SetPoolPolicy { pool, approval, operator_share, stake_ratio, min_bond, min_price } => {
                Market::set_pool_policy {
                    pool: pool_of(*pool),
                    policy: PoolPolicy {
                        admission: admission(*approval),
                        operator_share: Share(*operator_share),
                        worker_stake_ratio: Share(*stake_ratio),
                        min_bond: amount(who, *min_bond),
                        min_price: amount(who, *min_price),
                        ..PoolPolicy::default()
                    },
                }
                .into()
            }
            Call::SetGuaranteeLimit { pool, limit } => {
                Market::set_guarantee_limit { pool: pool_of(*pool), limit: amount(who, *limit) }.into()
            }
            Call::SetAppPrice { app, price } => {
                let price = price.map(|price| amount(who, price));
                Market::set_app_price { app: app_of(*app), price }.into()
            }
            Call::SetDatasetPrice { dataset, price } => {
                let price = price.map(|price| amount(who, price));
                Market::set_dataset_price { dataset: dataset_of(*dataset), price }.into()
            }
            Call::SetUris { item } => match item {
                Item::App(app) => Market::set_app_uris { app: app_of(*app), uris: Default::default() }.into(),
                Item::Dataset(dataset) => {
                    Market::set_dataset_uris { dataset: dataset_of(*dataset), uris: Default::default() }
                        .into()
                }
                Item::Pool(_) | Item::Group(_) => return None,
            },
            Call::Offer { item, to } => {
                let to = account_of(*to);
                match item {
                    Item::App(app) => Market::transfer_app { app: app_of(*app), to }.into(),
                    Item::Dataset(dataset) => {
                        Market::transfer_dataset { dataset: dataset_of(*dataset), to }.into()
                    }
                    Item::Pool(pool) => Market::transfer_pool { pool: pool_of(*pool), to }.into(),
                    Item::Group(group) => Group::transfer_group { group: group_of(*group), to }.into(),
                }
            }
            Call::Accept { item, limit } => match item {
                Item::App(app) => Market::accept_app { app: app_of(*app) }.into(),
                Item::Dataset(dataset) => Market::accept_dataset { dataset: dataset_of(*dataset) }.into(),
                Item::Pool(pool) => {
                    let guarantee_limit = amount(who, *limit);
                    Market::accept_pool { pool: pool_of(*pool), guarantee_limit }.into()
                }
                Item::Group(group) => Group::accept_group { group: group_of(*group) }.into(),
            },
            Call::Admit { pool, worker } => {
                Market::admit { pool: pool_of(*pool), worker: account_of(*worker) }.into()
            }
            Call::Dismiss { pool, worker } => {
                Market::dismiss { pool: pool_of(*pool), worker: account_of(*worker) }.into()
            }
            Call::JoinPool { pool } => Market::join_pool { pool: pool_of(*pool), terms: None }.into(),
            Call::LeavePool => Market::leave_pool {}.into(),
            Call::Request { app, dataset, pool, category, trust, tasks, lead } => {
                let order = Request {
                    app: app_of(*app),
                    dataset: dataset.map(dataset_of),
                    pool: pool_of(*pool),
                    category: CategoryId(*category),
                    trust: Trust(*trust),
                    tasks: u32::from(*tasks),
                    arguments: Default::default(),
                    parameters: Parameters::Range { first: 0 },
                    max_price: Balance::MAX,
                    beneficiary: None,
                    deadline: deadline(*lead, *category, *trust),
                    restricted: false,
                };
                Market::request { order }.into()
            }
            Call::CancelDeal { deal } => Work::cancel_deal { deal: deal_of(*deal) }.into(),
            Call::GoOnline { slots } => online(who, *slots),
            Call::GoOffline => Work::go_offline {}.into(),
            Call::Heartbeat => Work::heartbeat {}.into(),
            Call::Decline { deal, index } => {
                let task = TaskId { deal: deal_of(*deal), index: (*index).into() };
                Work::decline { task, reason: DeclineReason::AppUnavailable }.into()
            }
            Call::Commit { deal, index, wrong, tasks } => {
                let posture = if *wrong { Posture::Wrong } else { Posture::Honest };
                let commitments: Vec<_> = some_tasks(*deal, *index, *tasks)
                    .map(|task| {
                        let digest = result(posture, who, task);
                        let seal = commitment::seal(&account, task, digest);
                        Commitment { task, result: commitment::result_hash(task, digest), seal }
                    })
                    .collect();
                Work::commit { commitments: commitments.try_into().ok()? }.into()
            }
            Call::Reveal { deal, index, wrong, tasks } => {
                let posture = if *wrong { Posture::Wrong } else { Posture::Honest };
                let reveals: Vec<_> = some_tasks(*deal, *index, *tasks)
                    .map(|task| Reveal { task, digest: result(posture, who, task) })
                    .collect();
                Work::reveal { reveals: reveals.try_into().ok()? }.into()
            }
            Call::Bond { amount: much } => Stake::bond { amount: amount(who, *much) }.into(),
            Call::Unbond { amount: much } => Stake::unbond { amount: amount(who, *much) }.into(),
            Call::Withdraw => Stake::withdraw {}.into(),
            Call::SetKeys => {
                let (keys, proof) = session_keys(who);
                pallet_session::Call::set_keys { keys, proof }.into()
            }
            Call::Register { stake } => {
                let bond = talka_pallet_stake::Ledgers::<Runtime>::get(&account)
                    .map_or(0, |ledger| ledger.unlocked());
                Validate::register { stake: amount(who, *stake).min(bond) }.into()
            }
            Call::AddStake { amount: much } => Validate::add_stake { amount: amount(who, *much) }.into(),
            Call::Resign => Validate::resign {}.into(),
            Call::Release => Validate::release {}.into(),
            Call::ForgetKeys => Validate::forget_keys {}.into(),
            Call::SetJurorKey { key } => Validate::set_juror_key { key: key.map(account_of) }.into(),
            Call::SetDutyKey { key } => Work::set_duty_key { key: key.map(account_of) }.into(),
            Call::ActFor { worker } => Work::act_for { worker: worker.map(account_of) }.into(),
            Call::Transfer { to, amount: much } => pallet_balances::Call::transfer_allow_death {
                dest: account_of(*to).into(),
                value: amount(who, *much),
            }
            .into(),
            Call::CreateGroup => Group::create_group { name: "group".try_into().ok()? }.into(),
            Call::AddMember { group, member } => {
                let members = vec![account_of(*member)].try_into().ok()?;
                Group::add_members { group: group_of(*group), members }.into()
            }
            Call::RemoveMember { group, member } => {
                let members = vec![account_of(*member)].try_into().ok()?;
                Group::remove_members { group: group_of(*group), members }.into()
            }
            Call::DisbandGroup { group } => Group::disband_group { group: group_of(*group) }.into(),
            Call::PublishAppOrder { app, price, volume } => {
                let terms = terms(who, amount(who, *price), (*volume).into(), 1_000);
                let order = Order::App(AppOrder { app: app_of(*app), terms });
                Orders::publish_order { order }.into()
            }
            Call::PublishDatasetOrder { dataset, price, volume } => {
                let terms = terms(who, amount(who, *price), (*volume).into(), 1_000);
                let order = Order::Dataset(DatasetOrder { dataset: dataset_of(*dataset), terms });
                Orders::publish_order { order }.into()
            }
            Call::PublishPoolOrder { pool, category, price, volume } => {
                let order = Order::Pool(PoolOrder {
                    pool: pool_of(*pool),
                    category: CategoryId(*category),
                    trust: Trust(100),
                    terms: terms(who, amount(who, *price), (*volume).into(), 1_000),
                });
                Orders::publish_order { order }.into()
            }
            Call::PublishRequestOrder { app, dataset, category, trust, tasks, lead, price } => {
                let deadline = deadline(*lead, *category, *trust);
                let order = Order::Request(RequestOrder {
                    app: app_of(*app),
                    dataset: dataset.map(dataset_of),
                    category: CategoryId(*category),
                    trust: Trust(*trust),
                    arguments: Default::default(),
                    parameters: Parameters::Range { first: 0 },
                    beneficiary: None,
                    deadline,
                    terms: terms(who, amount(who, *price), (*tasks).into(), 200),
                });
                Orders::publish_order { order }.into()
            }
            Call::MatchOrders { pool, ordered, sponsor } => {
                let orders = Box::new(fitting(*pool, *ordered)?);
                match *sponsor {
                    true => Orders::sponsor_orders { orders }.into(),
                    false => Orders::match_orders { orders }.into(),
                }
            }
            Call::CancelOrder => {
                let (order, _) = published(|order| order.terms().signer == account)?;
                Orders::cancel_order { order: Named::Published(order) }.into()
            }
            Call::AddProxy { to, kind } => {
                let kinds = [ProxyType::Any, ProxyType::Seller, ProxyType::Worker, ProxyType::Validator];
                let proxy_type = kinds[usize::from(*kind) % kinds.len()];
                pallet_proxy::Call::add_proxy { delegate: account_of(*to).into(), proxy_type, delay: 0 }
                    .into()
            }
            Call::RemoveProxies => pallet_proxy::Call::remove_proxies {}.into(),
            Call::AsProxy { of, calls } => {
                let calls = RuntimeCall::from(pallet_utility::Call::batch { calls: self.calls(who, calls) });
                let call = Box::new(calls);
                pallet_proxy::Call::proxy { real: account_of(*of).into(), force_proxy_type: None, call }
                    .into()
            }
            Call::Raw(bytes) => {
                RuntimeCall::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes.as_slice()).ok()?
            }
            Call::Batch(calls) => pallet_utility::Call::batch { calls: self.calls(who, calls) }.into(),
            Call::BatchAll(calls) => pallet_utility::Call::batch_all { calls: self.calls(who, calls) }.into(),
        })
    }

    fn calls(&self, who: Party, calls: &[Call]) -> Vec<RuntimeCall> {
        calls.iter().filter_map(|call| self.call(who, call)).collect()
    }
}

fn admission(approval: bool) -> Admission {
    match approval {
        true => Admission::Approval,
        false => Admission::Open,
    }
}

/// A number for what is published next. That of what the honest have published is 0.
fn number(id: u32) -> u8 {
    (id % 255) as u8 + 1
}

fn next_app() -> AppId {
    talka_pallet_marketplace::NextAppId::<Runtime>::get()
}

fn next_dataset() -> DatasetId {
    talka_pallet_marketplace::NextDatasetId::<Runtime>::get()
}

/// Of `all`, what is meant; `own` says which of them are the adversary's.
fn picked(pick: Pick, all: u32, own: impl Fn(u32) -> bool) -> u32 {
    if all == 0 {
        return 0;
    }
    match pick {
        Pick::Any(index) => u32::from(index) % all,
        Pick::Last(index) => all - 1 - u32::from(index) % all,
        Pick::Own(index) => {
            let own: Vec<_> = (0..all).filter(|number| own(*number)).collect();
            own.get(usize::from(index) % own.len().max(1)).copied().unwrap_or_default()
        }
    }
}

fn is_own(account: &AccountId) -> bool {
    matches!(Party::of(account), Some(Party::Attacker(_)))
}

fn app_of(pick: Pick) -> AppId {
    use talka_pallet_marketplace::Apps;
    let own = |id| Apps::<Runtime>::get(AppId(id)).is_some_and(|app| is_own(&app.owner));
    AppId(picked(pick, next_app().0, own))
}

fn dataset_of(pick: Pick) -> DatasetId {
    use talka_pallet_marketplace::Datasets;
    let own = |id| Datasets::<Runtime>::get(DatasetId(id)).is_some_and(|dataset| is_own(&dataset.owner));
    DatasetId(picked(pick, next_dataset().0, own))
}

/// What an app or a dataset of the adversary consists of.
fn own_content(item: Item) -> Option<ContentId> {
    use talka_pallet_marketplace::{Apps, Datasets};
    let (owner, content) = match item {
        Item::App(app) => Apps::<Runtime>::get(app_of(app)).map(|app| (app.owner, app.content))?,
        Item::Dataset(dataset) => {
            Datasets::<Runtime>::get(dataset_of(dataset)).map(|dataset| (dataset.owner, dataset.content))?
        }
        Item::Pool(_) | Item::Group(_) => return None,
    };
    is_own(&owner).then_some(content)
}

fn pool_of(pick: Pick) -> PoolId {
    use talka_pallet_marketplace::{NextPoolId, Pools};
    let own = |id| Pools::<Runtime>::get(PoolId(id)).is_some_and(|pool| is_own(&pool.owner));
    PoolId(picked(pick, NextPoolId::<Runtime>::get().0, own))
}

fn deal_of(pick: Pick) -> DealId {
    use talka_pallet_marketplace::{Deals, NextDealId};
    let own = |id| Deals::<Runtime>::get(DealId(id)).is_some_and(|deal| is_own(&deal.payer));
    DealId(picked(pick, NextDealId::<Runtime>::get().0, own))
}

fn group_of(pick: Pick) -> GroupId {
    use talka_pallet_groups::{Groups, NextGroupId};
    let own = |id| Groups::<Runtime>::get(GroupId(id)).is_some_and(|group| is_own(&group.owner));
    GroupId(picked(pick, NextGroupId::<Runtime>::get().0, own))
}

fn account_of(account: Account) -> AccountId {
    match account {
        Account::Own(index) => Party::Attacker(index % ATTACKERS).account(),
        Account::Any(index) => {
            let all: Vec<_> = Party::all().collect();
            all[usize::from(index) % all.len()].account()
        }
    }
}

fn amount(who: Party, amount: Amount) -> Balance {
    match amount {
        Amount::Zero => 0,
        Amount::Units(units) => units.into(),
        Amount::Tlk(whole) => Balance::from(whole) * TLK,
        Amount::AllBut(left) => {
            Balances::free_balance(who.account()).saturating_sub(Balance::from(left) * TLK)
        }
        Amount::Max => Balance::MAX,
    }
}

/// What comes into a block comes into the next one.
fn deadline(lead: Lead, category: u8, trust: u32) -> BlockNumber {
    let next = System::block_number() + 1;
    match lead {
        Lead::Blocks(blocks) => next.saturating_add(blocks.into()),
        Lead::Tight(more) => {
            let category = talka_runtime::Marketplace::category(CategoryId(category));
            let assurance = Assurance::of(RuntimeClass::Wasm { abi: WASM_ABI }, Trust(trust));
            let least = category.map_or(0, |category| min_duration(&category, assurance, PERIODS));
            next.saturating_add(least).saturating_add_signed(more.into())
        }
    }
}

fn some_tasks(deal: Pick, index: u8, tasks: u8) -> impl Iterator<Item = TaskId> {
    let deal = deal_of(deal);
    (0..u32::from(tasks)).map(move |more| TaskId { deal, index: u32::from(index) + more })
}

fn terms(who: Party, price: Balance, volume: u32, life: BlockNumber) -> Terms<AccountId> {
    let mut salt = [0; 32];
    salt[..4].copy_from_slice(&System::block_number().to_le_bytes());
    Terms {
        signer: who.account(),
        price,
        volume,
        tags: Default::default(),
        only: Default::default(),
        expiry: System::block_number() + life,
        salt: Salt(salt),
    }
}

/// A published order, if there is one that is wanted.
fn published(wanted: impl Fn(&Order<AccountId>) -> bool) -> Option<(OrderId, Order<AccountId>)> {
    talka_pallet_orders::Published::<Runtime>::iter()
        .map(|(id, publication)| (id, publication.order))
        .find(|(_, order)| wanted(order))
}

/// A request that is published, with what it can be matched with.
fn fitting(pool: Pick, ordered: bool) -> Option<Match<AccountId, talka_runtime::Signature>> {
    let (id, Order::Request(request)) = published(|order| matches!(order, Order::Request(_)))? else {
        return None;
    };
    let offer = |wanted: &dyn Fn(&Order<AccountId>) -> bool| {
        ordered.then(|| published(wanted)).flatten().map(|(id, _)| id)
    };
    let app = offer(&|order| matches!(order, Order::App(order) if order.app == request.app));
    let dataset =
        offer(&|order| matches!(order, Order::Dataset(order) if Some(order.dataset) == request.dataset));
    let work = offer(&|order| matches!(order, Order::Pool(order) if order.category == request.category));
    Some(Match {
        app: app.map(Source::Published),
        dataset: dataset.map(Source::Published),
        pool: match work {
            Some(order) => PoolSource::Ordered(Source::Published(order)),
            None => PoolSource::Listed(pool_of(pool)),
        },
        request: Source::Published(id),
    })
}
