//! The workshop with a real store and the real sandbox.

use super::*;

use prometheus_endpoint::Registry;
use talka_client::BlockHash;
use talka_executor::WasmExecutor;
use talka_primitives::{
    manifest::{Callback, Listing, Manifest, CALLBACK, MAX_MANIFEST_BYTES},
    DealId, TaskId,
};
use talka_store::StoreOptions;

use crate::{fixture, journal::Journal, keep::Keeping, start::open_live};

const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
/// Leaves two files, one of them for a contract.
const TWO_FILES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "callback")
    (data (i32.const 16) "\00\00\00\00\08\00\00\00")
    (func $file (param $length i32)
        (drop (call $open (i32.const 4) (i32.const 0) (i32.const 0) (local.get $length) (i32.const 1)
            (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 24)))
        (drop (call $write (i32.load (i32.const 24)) (i32.const 16) (i32.const 1) (i32.const 28))))
    (func (export "_start") (call $file (i32.const 4)) (call $file (i32.const 8))))"#;
const FOR_EVER: &str = r#"(module (memory (export "memory") 1) (func (export "_start") (loop $l (br $l))))"#;

pub(crate) struct Shop {
    pub(crate) workshop: Workshop,
    /// Of the chain that it works for.
    pub(crate) genesis: BlockHash,
    dir: tempfile::TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let genesis = BlockHash::from([1; 32]);
        let live = Live::new(genesis);
        let options = StoreOptions { allow_files: true, ..StoreOptions::new(dir.path().join("store")) };
        let store = open_live(options, &live).await.unwrap();
        let account = AccountId::from([1; 32]);
        let journal = Arc::new(Journal::open(&dir.path().join("journal"), genesis, account).unwrap());
        let metrics = Metrics::register(&Registry::new()).unwrap();
        let keeper = Keeper::new(Keeping {
            store: store.clone(),
            journal,
            retention: Duration::from_secs(60),
            max_bytes: u64::MAX,
            reserve: 1024,
            base_path: dir.path(),
            metrics: metrics.clone(),
        });
        let workshop = Workshop {
            keeper: Arc::new(keeper),
            store,
            executor: Arc::new(WasmExecutor::new(dir.path().join("modules")).unwrap()),
            scratch: dir.path().to_owned(),
            max_app: 1024,
            max_data: 1024,
            memory: Budget::new(4096),
            live,
            metrics,
        };
        Self { workshop, genesis, dir }
    }

    /// Bytes that can be got from a file.
    fn publish(&self, name: &str, bytes: &[u8]) -> (ContentId, Uris) {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let uri = Uri::try_from(Source::file(&path).unwrap().to_string().as_str()).unwrap();
        (ContentId(*blake3::hash(bytes).as_bytes()), vec![uri].try_into().unwrap())
    }

    pub(crate) fn app(&self, text: &str) -> (ContentId, Uris) {
        self.publish("app.wasm", &wat::parse_str(text).unwrap())
    }

    async fn work(&self, assignment: Assignment<AccountId>) -> Report {
        self.workshop.work(assignment, Duration::from_secs(60), Stop::default()).await.report
    }
}

/// To execute the app with this content.
pub(crate) fn assignment((content, uris): (ContentId, Uris)) -> Assignment<AccountId> {
    let mut assignment = fixture::assignment(TaskId { deal: DealId(0), index: 1 });
    (assignment.app.content, assignment.app.uris) = (content, uris);
    assignment
}

#[tokio::test(flavor = "multi_thread")]
async fn computes_a_digest_that_names_all_of_the_result() {
    let shop = Shop::open().await;
    let Report::Computed(digest) = shop.work(assignment(shop.app(NOTHING))).await else {
        panic!("no result")
    };
    let store = &shop.workshop.store;
    let bytes = store.read(ContentId(digest.0), MAX_MANIFEST_BYTES).await.unwrap();
    let manifest = <Manifest as codec::Decode>::decode(&mut &bytes[..]).unwrap();
    assert!(manifest.status.is_success());
    assert_eq!(manifest.digest(), digest);
    for blob in [manifest.listing, manifest.stdout] {
        assert!(store.contains(blob.content).await.unwrap());
    }
    // Once more, with everything at hand: the very same.
    assert_eq!(shop.work(assignment(shop.app(NOTHING))).await, Report::Computed(digest));
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_listing_of_a_result_with_its_files() {
    let shop = Shop::open().await;
    let Report::Computed(digest) = shop.work(assignment(shop.app(TWO_FILES))).await else {
        panic!("no result")
    };
    let store = &shop.workshop.store;
    let bytes = store.read(ContentId(digest.0), MAX_MANIFEST_BYTES).await.unwrap();
    let manifest = <Manifest as codec::Decode>::decode(&mut &bytes[..]).unwrap();
    let bytes = store.read(manifest.listing.content, manifest.listing.size).await.unwrap();
    let listing = <Listing as codec::Decode>::decode(&mut &bytes[..]).unwrap();
    assert_eq!(manifest.check_with(&listing), Ok(()));
    assert_eq!(listing.files.iter().map(|file| &*file.path).collect::<Vec<_>>(), ["call", CALLBACK]);
    for file in &listing.files {
        assert_eq!(store.read(file.blob.content, file.blob.size).await.unwrap(), "callback");
    }
    assert_eq!(manifest.callback, Some(Callback::of(b"callback")));
    store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn says_why_a_task_cannot_be_executed_here() {
    let shop = Shop::open().await;
    let impossible = Report::Impossible;

    let (content, uris) = shop.app(NOTHING);
    let elsewhere = assignment((ContentId([7; 32]), uris.clone()));
    assert_eq!(shop.work(elsewhere).await, impossible(DeclineReason::AppUnavailable));
    let too_large = assignment(shop.publish("large", &[0; 2048]));
    assert_eq!(shop.work(too_large).await, impossible(DeclineReason::AppUnavailable));

    let mut later = assignment((content, uris.clone()));
    later.app.runtime = RuntimeClass::Wasm { abi: WASM_ABI + 1 };
    assert_eq!(shop.work(later).await, impossible(DeclineReason::Unsupported));

    // One line, and this is the second task.
    let (lines, places) = shop.publish("lines", b"only one\n");
    let mut short = assignment((content, uris));
    short.deal.parameters = Parameters::Lines { content: lines, uris: places, first: 0 };
    assert_eq!(shop.work(short).await, impossible(DeclineReason::DataUnavailable));
    shop.workshop.store.shutdown().await;
}

/// Breaks off in the middle of its work.
struct Broken;

impl Executor for Broken {
    fn run(&self, _: &Job, _: &Cancel) -> Result<Execution, ExecutorError> {
        panic!("a fault of the sandbox, for this test")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_when_the_sandbox_broke_off_over_a_task() {
    let mut shop = Shop::open().await;
    // A second task of this size finds no memory while the first has it.
    shop.workshop.memory = Budget::new(512);
    let app = shop.app(NOTHING);
    let sandbox = std::mem::replace(&mut shop.workshop.executor, Arc::new(Broken));
    assert_eq!(shop.work(assignment(app.clone())).await, Report::Nothing);
    shop.workshop.executor = sandbox;
    assert!(matches!(shop.work(assignment(app)).await, Report::Computed(_)));
    shop.workshop.store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_told_to_and_when_time_is_over() {
    let shop = Shop::open().await;
    let app = shop.app(FOR_EVER);
    let stop = Stop::default();
    let told = stop.clone();
    let work = shop.workshop.work(assignment(app.clone()), Duration::from_secs(60), stop);
    let (done, ()) = tokio::join!(work, async {
        sleep(Duration::from_millis(300)).await;
        told.stop();
    });
    assert_eq!(done.report, Report::Cancelled);
    let done = shop.workshop.work(assignment(app), Duration::from_secs(1), Stop::default()).await;
    // Another worker, with a faster machine, may have a result.
    assert_eq!(done.report, Report::Impossible(DeclineReason::OutOfTime));
    shop.workshop.store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declines_what_needs_more_memory_than_there_is() {
    let mut shop = Shop::open().await;
    shop.workshop.memory = Budget::new(1);
    let report = shop.work(assignment(shop.app(NOTHING))).await;
    assert_eq!(report, Report::Impossible(DeclineReason::OutOfResources));
    shop.workshop.store.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_while_it_waits_for_memory() {
    let mut shop = Shop::open().await;
    let work = assignment(shop.app(NOTHING));
    let needed = 4096 << 20;
    shop.workshop.memory = Budget::new(4096);
    let _all = shop.workshop.memory.take(needed).await.unwrap();
    let stop = Stop::default();
    stop.stop();
    assert_eq!(shop.workshop.work(work, Duration::from_secs(60), stop).await.report, Report::Cancelled);
    shop.workshop.store.shutdown().await;
}

#[test]
fn takes_a_full_disk_for_a_want_that_may_pass() {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    assert!(matches!(Problem::from(full), Problem::Full(_)));
    let full = StoreError::DiskFull("/var/lib/talka".into());
    assert!(matches!(Problem::from(full), Problem::Full(_)));
    let full = StoreError::Full { used: 9, needed: 2, max: 10 };
    assert!(matches!(Problem::from(full), Problem::Full(_)));
    let other = StoreError::Closed;
    assert!(matches!(Problem::from(other), Problem::Machine(_)));
}

/// An executor whose result no execution can have.
struct Unsound(WasmExecutor);

impl Executor for Unsound {
    fn run(&self, job: &Job, cancel: &Cancel) -> Result<Execution, ExecutorError> {
        let mut execution = self.0.run(job, cancel)?;
        execution.listing.empty_directories = vec!["..".into()];
        execution.manifest.listing = execution.listing.blob();
        Ok(execution)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn does_not_stand_for_a_result_that_nobody_would_fetch() {
    let mut shop = Shop::open().await;
    let sandbox = WasmExecutor::new(shop.dir.path().join("modules")).unwrap();
    shop.workshop.executor = Arc::new(Unsound(sandbox));
    let report = shop.work(assignment(shop.app(NOTHING))).await;
    assert_eq!(report, Report::Impossible(DeclineReason::Unsupported));
    shop.workshop.store.shutdown().await;
}
