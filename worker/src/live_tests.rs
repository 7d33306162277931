//! Who hears of a task, and what.

use super::*;

use codec::Encode as _;
use talka_client::{
    live::{sign, Question},
    KeyError, KeySource, Keypair,
};
use talka_primitives::{live::PROTOCOL, DealId};
use talka_store::{
    iroh::endpoint::{ConnectionError, RecvStream},
    Source, Store, StoreOptions,
};

use crate::{
    decide::Report as Ending,
    workshop::{
        tests::{assignment, Shop},
        Stop,
    },
};

const ADDRESS: [u8; 32] = [7; 32];
const GENESIS: [u8; 32] = [8; 32];

/// Writes a line to standard error, and goes on for ever.
const TALKS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
    (func (export "_start")
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 64)))
        (loop $for_ever (br $for_ever))))"#;

fn key(name: &str) -> Keypair {
    let source: KeySource = format!("dev:{name}").parse().unwrap();
    source.load(|| Err(KeyError::NoPassword("there is no keystore".into()))).unwrap()
}

fn account(name: &str) -> AccountId {
    AccountId::from(key(name).public_key().0)
}

/// A task that Alice has requested for Bob, at the expense of Charlie.
fn task() -> Assignment<AccountId> {
    let mut task = assignment(Default::default());
    task.deal.requester = account("Alice");
    task.deal.beneficiary = account("Bob");
    task.deal.payer = account("Charlie");
    task
}

fn live() -> Live {
    let live = Live::new(GENESIS.into());
    live.listens_as(ADDRESS);
    live
}

fn question(who: &str) -> Question<AccountId> {
    Question { task: task().task, from: 0, asked_at: 100, who: account(who) }
}

fn asked(who: &str) -> Asked<AccountId> {
    sign(question(who), GENESIS.into(), &ADDRESS, &key(who))
}

fn refused(live: &Live, asked: &Asked<AccountId>) -> Option<Refusal> {
    live.admit(asked).err()
}

#[test]
fn answers_those_who_buy_the_task_and_nobody_else() {
    let live = live();
    live.see(100, &[task()]);
    for buyer in ["Alice", "Bob", "Charlie"] {
        assert_eq!(refused(&live, &asked(buyer)), None, "{buyer}");
    }
    assert_eq!(refused(&live, &asked("Dave")), Some(Refusal::NotAllowed));
    // In the name of a buyer, with another key.
    let forged = sign(question("Alice"), GENESIS.into(), &ADDRESS, &key("Dave"));
    assert_eq!(refused(&live, &forged), Some(Refusal::NotAllowed));
    let mut other = asked("Alice");
    other.question.task.deal = DealId(9);
    assert_eq!(refused(&live, &other), Some(Refusal::Unknown));
}

#[test]
fn answers_no_question_to_another_worker_on_another_chain_or_of_another_time() {
    let live = live();
    live.see(100, &[task()]);
    let elsewhere = sign(question("Alice"), GENESIS.into(), &[6; 32], &key("Alice"));
    assert_eq!(refused(&live, &elsewhere), Some(Refusal::NotAllowed));
    let other_chain = sign(question("Alice"), [9; 32].into(), &ADDRESS, &key("Alice"));
    assert_eq!(refused(&live, &other_chain), Some(Refusal::NotAllowed));
    live.see(121, &[task()]);
    assert_eq!(refused(&live, &asked("Alice")), Some(Refusal::Stale));
}

#[test]
fn few_listen_at_once_and_who_leaves_makes_room() {
    let live = live();
    let tasks: Vec<_> = (0..20)
        .map(|index| {
            let mut task = task();
            task.task.index = index;
            task
        })
        .collect();
    live.see(100, &tasks);
    let of_task = |index| {
        let mut question = question("Alice");
        question.task.index = index;
        sign(question, GENESIS.into(), &ADDRESS, &key("Alice"))
    };
    let mut listeners = Vec::new();
    for index in 0..16 {
        for _ in 0..LISTENERS_OF_TASK {
            listeners.push(live.admit(&of_task(index)).unwrap());
        }
        assert_eq!(refused(&live, &of_task(index)), Some(Refusal::Busy));
    }
    assert_eq!(listeners.len(), LISTENERS);
    assert_eq!(refused(&live, &of_task(16)), Some(Refusal::Busy));
    listeners.pop();
    assert_eq!(refused(&live, &of_task(16)), None);
    listeners.clear();
    assert!(live.known().listeners.is_empty());
}

#[test]
fn shows_what_is_done_until_the_chain_asks_for_the_task_no_more() {
    let live = live();
    let task = task();
    let step = || live.report(task.task, 0).map(|report| report.step);
    assert_eq!(step(), None);
    live.see(100, std::slice::from_ref(&task));
    assert_eq!(step(), Some(Step::Waiting));
    let shown = live.begin(&task);
    assert_eq!(step(), Some(Step::Fetching));
    shown.executes(&Progress::new());
    // A fork may not know the task for some blocks; the work goes on.
    live.see(101, &[]);
    assert_eq!(step(), Some(Step::Executing));
    shown.is(Step::Keeping);
    assert_eq!(step(), Some(Step::Keeping));
    drop(shown);
    // Its commitment is on the way.
    live.see(102, std::slice::from_ref(&task));
    assert_eq!(step(), Some(Step::Ended));
    live.see(103, &[]);
    assert_eq!(step(), None);
}

#[test]
fn is_not_forgotten_before_those_who_listen_have_heard_of_the_end() {
    let live = live();
    let task = task();
    live.see(100, std::slice::from_ref(&task));
    let listener = live.admit(&asked("Alice")).unwrap();
    drop(live.begin(&task));
    live.see(101, &[]);
    assert_eq!(live.report(task.task, 0).map(|report| report.step), Some(Step::Ended));
    drop(listener);
    live.see(102, &[]);
    assert_eq!(live.report(task.task, 0), None);
}

#[test]
fn tells_nobody_what_a_juror_does() {
    let live = live();
    let summons = Assignment { part: Part::Juror, ..task() };
    live.see(100, std::slice::from_ref(&summons));
    let shown = live.begin(&summons);
    shown.executes(&Progress::new());
    assert_eq!(refused(&live, &asked("Alice")), Some(Refusal::Unknown));
}

async fn hear(receiver: &mut RecvStream) -> Option<Report> {
    let mut header = [0; 4];
    receiver.read_exact(&mut header).await.ok()?;
    let mut bytes = vec![0; Report::length(header).unwrap()];
    receiver.read_exact(&mut bytes).await.unwrap();
    Some(Report::read(&bytes).unwrap())
}

async fn ask(from: &Store, to: &Store, bytes: &[u8]) -> (Connection, RecvStream) {
    let Source::Peer(peer) = to.address() else { panic!("not a peer") };
    let connection = from.connect(&peer, PROTOCOL).await.unwrap();
    let (mut sender, receiver) = connection.open_bi().await.unwrap();
    sender.write_all(bytes).await.unwrap();
    sender.finish().unwrap();
    (connection, receiver)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_hears_what_its_task_writes_and_a_stranger_nothing() {
    let shop = Shop::open().await;
    let dir = tempfile::tempdir().unwrap();
    let buyer = Store::open(StoreOptions::new(dir.path())).await.unwrap();
    let Source::Peer(peer) = shop.workshop.store.address() else { panic!("not a peer") };
    let mut task = task();
    let app = shop.app(TALKS);
    (task.app.content, task.app.uris) = app;
    // Few enough that a step of it is soon used.
    task.deal.category.fuel = 1 << 36;
    shop.workshop.live.see(100, std::slice::from_ref(&task));
    let sign = |who: &str| sign(question(who), shop.genesis, &peer.id(), &key(who)).encode();

    let stop = Stop::default();
    let work = shop.workshop.work(task.clone(), Duration::from_secs(60), stop.clone());
    let listening = async {
        let (_connection, mut receiver) = ask(&buyer, &shop.workshop.store, &sign("Alice")).await;
        let (mut messages, mut steps) = (Vec::new(), Vec::new());
        while let Some(report) = hear(&mut receiver).await {
            assert!(report.fuel_used <= report.fuel_limit && report.fuel_limit == task.deal.category.fuel);
            messages.extend(report.messages);
            steps.push(report.step);
            if messages == b"hello\n" && report.fuel_used > 0 {
                stop.stop();
            }
        }
        (messages, steps)
    };
    let (done, (messages, steps)) = tokio::join!(work, listening);
    assert_eq!(done.report, Ending::Cancelled);
    assert_eq!(messages, b"hello\n");
    assert!(steps.contains(&Step::Executing) && steps.last() == Some(&Step::Ended), "{steps:?}");

    for (bytes, refusal) in [
        (sign("Dave"), Refusal::NotAllowed),
        (vec![1, 2, 3], Refusal::Unreadable),
        (vec![0; 300], Refusal::Unreadable),
    ] {
        let (connection, mut receiver) = ask(&buyer, &shop.workshop.store, &bytes).await;
        assert_eq!(hear(&mut receiver).await, None);
        let ConnectionError::ApplicationClosed(closed) = connection.closed().await else {
            panic!("not refused")
        };
        assert_eq!(Refusal::of(closed.error_code.into_inner()), Some(refusal));
    }
    buyer.shutdown().await;
    shop.workshop.store.shutdown().await;
}
