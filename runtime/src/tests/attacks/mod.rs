//! Attacks on the whole runtime, each a short story: what an adversary does, and that it does not work or does not pay.
//! `docs/security/attacks.md` lists them, together with those that are shown at the level of a pallet or a rule.

mod chance;
mod deadlines;
mod juries;
mod obligations;
mod workers;

use frame_support::traits::Get as _;
use talka_primitives::{
    audit::Assurance,
    deal::min_duration,
    matching::Request,
    task::{DeclineReason, Phase, Task},
    traits::{Market as _, Stake as _},
    view::Outcome,
    AppId, CategoryId, ContentId, DealId, Merit, Parameters, PoolId, PoolPolicy, RuntimeClass, Topic, Trust,
};

use super::{
    market::{market, APP_PRICE, POOL_PRICE, WORKERS},
    *,
};
use crate::{
    constants::{
        currency::TLK,
        market::{COMMIT_GRACE, MAX_BATCH},
        time::MINUTES,
    },
    genesis::{development, local},
};

/// The validators of a network of four.
const VALIDATORS: [&str; 4] = ["//Alice", "//Bob", "//Charlie", "//Dave"];
/// Those who make its blocks, in turn.
const AUTHORS: [Sr25519Keyring; 4] =
    [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie, Sr25519Keyring::Dave];
/// The adversary, as a buyer and as the owner of an app and a pool.
const ADVERSARY: &str = "//Eve";
/// Its workers.
const ACCOMPLICES: [&str; 2] = ["//Worker5", "//Worker6"];
/// Somebody who buys what it needs.
const BUYER: &str = "//Requester1";

/// What the market sells.
const APP: AppId = AppId(0);
const POOL: PoolId = PoolId(0);
const SMALLEST: CategoryId = CategoryId(0);
/// The value of its tasks.
const VALUE: Balance = APP_PRICE + POOL_PRICE;
/// Longer than any story, in blocks.
const LONG: BlockNumber = 60 * MINUTES;

const TRUTH: ResultDigest = ResultDigest([7; 32]);
/// Two wrong results that contradict each other.
const LIES: [ResultDigest; 2] = [ResultDigest([66; 32]), ResultDigest([67; 32])];

/// A network of four validators, of which three sit on each jury.
fn network() -> TestExternalities {
    chain(local::NAME)
}

/// A development chain with the gate of a public network.
fn gated() -> TestExternalities {
    let mut genesis = genesis_config(development::NAME);
    genesis["audit"]["rules"]["gate"] = serde_json::json!({ "interval": 50_000, "tolerated": 200_000 });
    chain_of(genesis)
}

/// The next block, by this validator.
fn block_by(
    author: Sr25519Keyring,
    transactions: impl IntoIterator<Item = Transaction>,
) -> Vec<ApplyExtrinsicResult> {
    begin_block_by(author, next_slot());
    let results =
        transactions.into_iter().map(|transaction| Executive::apply_extrinsic(transaction.sign())).collect();
    Executive::finalize_block();
    results
}

/// The slot of the next block.
fn next_slot() -> Slot {
    Slot::from(u64::from(System::block_number()) + 1_001)
}

/// The next block, by the validator whose turn it is.
fn next(transactions: impl IntoIterator<Item = Transaction>) -> Vec<ApplyExtrinsicResult> {
    let turn = System::block_number() as usize % Babe::authorities().len();
    block_by(AUTHORS[turn], transactions)
}

/// The next block, with transactions that must succeed.
fn succeed(transactions: impl IntoIterator<Item = Transaction>) {
    let results = next(transactions);
    assert!(results.iter().all(|result| *result == Ok(Ok(()))), "{results:?}");
}

fn send(who: &str, call: impl Into<RuntimeCall>) {
    succeed([Transaction::new(who, call)]);
}

/// Makes `blocks` blocks in which nobody does anything.
fn pass(blocks: BlockNumber) {
    (0..blocks).for_each(|_| succeed([]));
}

/// Nobody does anything until this block, and in it.
fn run_to(block: BlockNumber) {
    pass(block - System::block_number());
}

/// All that somebody has: free, and held for whatever.
fn wealth(who: &str) -> Balance {
    Balances::total_balance(&account(who))
}

/// What is held of somebody as guarantees.
fn guaranteed(who: &str) -> Balance {
    Marketplace::guaranteed(&account(who))
}

/// What somebody has pledged as a validator.
fn pledged(who: &str) -> Balance {
    Stake::standing(&account(who)).pledged
}

fn merit(who: &str) -> Balance {
    Stake::standing(&account(who)).merit.0
}

/// An app and a pool of somebody's own, the pool at this price, and the app for nothing.
fn publish(owner: &str, price: Balance) -> (AppId, PoolId) {
    use talka_pallet_marketplace::{Call, NextAppId, NextPoolId};
    let (app, pool) = (NextAppId::<Runtime>::get(), NextPoolId::<Runtime>::get());
    send(
        owner,
        Call::publish_app {
            name: "its own".try_into().unwrap(),
            runtime: RuntimeClass::Wasm { abi: 2 },
            content: ContentId([9; 32]),
            uris: Default::default(),
            topic: Topic::Other,
            tags: Default::default(),
            description: Default::default(),
            price: Some(0),
        },
    );
    let (description, policy, tags) = (Default::default(), PoolPolicy::default(), Default::default());
    let guarantee_limit = Balance::MAX;
    send(owner, Call::publish_pool { description, policy, tags, guarantee_limit });
    send(owner, Call::set_pool_price { pool, category: SMALLEST, price: Some(price) });
    (app, pool)
}

/// A new worker of a pool, with this bond, online with `slots` slots.
fn enrol(worker: &str, pool: PoolId, bond: Balance, slots: u8) {
    send(worker, talka_pallet_stake::Call::bond { amount: bond });
    send(worker, talka_pallet_marketplace::Call::join_pool { pool, terms: None });
    send(worker, online(slots));
}

fn online(slots: u8) -> talka_pallet_poco::Call<Runtime> {
    talka_pallet_poco::Call::go_online { slots, peer: Default::default() }
}

fn offline() -> talka_pallet_poco::Call<Runtime> {
    talka_pallet_poco::Call::go_offline {}
}

/// What the adversary owns, with both of its workers in the pool.
fn conspiracy(price: Balance, slots: u8) -> (AppId, PoolId) {
    let (app, pool) = publish(ADVERSARY, price);
    ACCOMPLICES.into_iter().for_each(|worker| enrol(worker, pool, 1_000 * TLK, slots));
    (app, pool)
}

/// A bag of tasks of the smallest size, in the next block, with a deadline `blocks` blocks after that.
#[derive(Clone, Copy)]
struct Bag {
    app: AppId,
    pool: PoolId,
    trust: u32,
    tasks: u32,
    blocks: BlockNumber,
}

/// One task of the market, on which two fresh workers must agree.
const ONE: Bag = Bag { app: APP, pool: POOL, trust: 4, tasks: 1, blocks: LONG };

impl Bag {
    fn order(self) -> talka_pallet_marketplace::Call<Runtime> {
        let order = Request {
            app: self.app,
            dataset: None,
            pool: self.pool,
            category: SMALLEST,
            trust: Trust(self.trust),
            tasks: self.tasks,
            arguments: Default::default(),
            parameters: Parameters::Range { first: 0 },
            max_price: 10_000 * TLK,
            beneficiary: None,
            deadline: System::block_number() + 1 + self.blocks,
            restricted: false,
        };
        talka_pallet_marketplace::Call::request { order }
    }

    /// Buy it. Its tasks.
    fn buy(self, who: &str) -> Vec<TaskId> {
        let deal = talka_pallet_marketplace::NextDealId::<Runtime>::get();
        send(who, self.order());
        (0..self.tasks).map(|index| TaskId { deal, index }).collect()
    }
}

/// The value of a deal's tasks.
fn value(deal: DealId) -> Balance {
    Poco::deal_view(deal).unwrap().deal.value()
}

/// The least time from a deal to its deadline.
fn least(assurance: Assurance) -> BlockNumber {
    let category = Marketplace::categories()[0].item.clone();
    min_duration(&category, assurance, <Runtime as talka_pallet_marketplace::Config>::Periods::get())
}

/// The time from a draw to the last block for the commitment.
fn execution() -> BlockNumber {
    Marketplace::categories()[0].item.run_time + COMMIT_GRACE
}

fn commit(who: &str, tasks: &[TaskId], result: ResultDigest) -> Transaction {
    commit_for(who, who, tasks, result)
}

/// One account commits for the other.
fn commit_for(signer: &str, who: &str, tasks: &[TaskId], result: ResultDigest) -> Transaction {
    let who = account(who);
    let commitment = |task: &TaskId| Commitment {
        task: *task,
        result: commitment::result_hash(*task, result),
        seal: commitment::seal(&who, *task, result),
    };
    let commitments = tasks.iter().map(commitment).collect::<Vec<_>>().try_into().unwrap();
    Transaction::new(signer, talka_pallet_poco::Call::commit { commitments })
}

fn reveal(who: &str, task: TaskId, digest: ResultDigest) -> Transaction {
    let reveals = vec![Reveal { task, digest }].try_into().unwrap();
    Transaction::new(who, talka_pallet_poco::Call::reveal { reveals })
}

fn decline(who: &str, task: TaskId) -> Transaction {
    let reason = DeclineReason::AppUnavailable;
    Transaction::new(who, talka_pallet_poco::Call::decline { task, reason })
}

fn open(task: TaskId) -> Option<Task<AccountId>> {
    match Poco::task_view(task)? {
        TaskView::Open(task) => Some(task),
        TaskView::Queued | TaskView::Ended(_) => None,
    }
}

fn phase(task: TaskId) -> Option<Phase> {
    open(task).map(|task| task.phase)
}

fn outcome(task: TaskId) -> Option<Outcome> {
    match Poco::task_view(task)? {
        TaskView::Ended(outcome) => Some(outcome),
        TaskView::Queued | TaskView::Open(_) => None,
    }
}

fn is_completed(task: TaskId, right: ResultDigest) -> bool {
    matches!(outcome(task), Some(Outcome::Completed { digest, .. }) if digest == right)
}

/// Those of these workers whose commitment is awaited.
fn drawn<'a>(task: TaskId, among: &[&'a str]) -> Vec<&'a str> {
    let awaited = open(task).map(|task| task.awaited()).unwrap_or_default();
    let is_awaited = |who: &&str| awaited.iter().any(|(worker, _)| *worker == account(who));
    among.iter().copied().filter(is_awaited).collect()
}

/// These workers do what they owe for a task, until it has ended.
fn finish(task: TaskId, workers: &[&str]) {
    for _ in 0..20 {
        if outcome(task).is_some() {
            return;
        }
        let duties: Vec<_> = workers.iter().filter_map(|worker| duty(worker, &[task], TRUTH)).collect();
        succeed(duties);
    }
    panic!("the task does not end");
}

/// A task of the market about which two workers contradict each other. It, who lies, and who does not.
fn dispute() -> (TaskId, &'static str, &'static str) {
    let task = ONE.buy(BUYER)[0];
    pass(1);
    let [liar, honest] = drawn(task, &WORKERS)[..] else { panic!("two are drawn") };
    succeed([commit(liar, &[task], LIES[0]), commit(honest, &[task], TRUTH)]);
    assert_eq!(phase(task), Some(Phase::Disputed));
    (task, liar, honest)
}

/// Whether a jury sits for a task.
fn is_judged(task: TaskId) -> bool {
    open(task).and_then(|task| task.jury).is_some_and(|jury| !jury.ended)
}

/// Those who sit on the jury of a task.
fn jurors(task: TaskId) -> Vec<&'static str> {
    let jury = open(task).and_then(|task| task.jury).expect("a jury was drawn");
    VALIDATORS.into_iter().filter(|who| jury.has(&account(who))).collect()
}

/// All jurors vote for a result.
fn judge(task: TaskId, result: ResultDigest) {
    let jurors = jurors(task);
    succeed(jurors.iter().map(|juror| commit(juror, &[task], result)));
    succeed(jurors.iter().map(|juror| reveal(juror, task, result)));
}

/// Of the market's workers this one alone is online, with the bond and the merit to work alone on many of its tasks. It is young:
/// a fifth of its results is audited.
fn works_alone(worker: &str) {
    let others = WORKERS.into_iter().filter(|other| *other != worker);
    others.for_each(|other| send(other, offline()));
    send(worker, talka_pallet_stake::Call::bond { amount: 500_000 * TLK });
    send(worker, online(talka_primitives::task::MAX_SLOTS));
    Stake::set_merit(&account(worker), Merit(200 * VALUE));
}
