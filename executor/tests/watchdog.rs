//! A task ends soon after its time, or after it was cancelled, whatever its app does meanwhile.

mod common;

use std::{
    sync::{mpsc, Arc},
    thread,
    time::{Duration, Instant},
};

use common::{command, Lab, MIB};
use talka_executor::{Cancel, Executor, ExecutorError, Job, Progress};
use talka_primitives::manifest::ExitStatus;

/// Nothing waits as long as this, however loaded the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls in an endless loop, each with what is in the memory before.
const CALLS: [(&str, &str); 15] = [
    ("yields", "(drop (call $yield))"),
    ("waits for nothing", "(drop (call $poll (i32.const 512) (i32.const 1024) (i32.const 1) (i32.const 0)))"),
    ("waits for a thousand things", "(drop (call $poll (i32.const 65536) (i32.const 196608) (i32.const 1024) (i32.const 0)))"),
    ("writes nothing to a file", "(drop (call $write (i32.const 7) (i32.const 64) (i32.const 0) (i32.const 0)))"),
    ("writes nothing to its output", "(drop (call $write (i32.const 1) (i32.const 88) (i32.const 1) (i32.const 0)))"),
    ("writes messages", "(drop (call $write (i32.const 2) (i32.const 64) (i32.const 3) (i32.const 0)))"),
    ("reads what has ended", "(drop (call $read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0)))"),
    ("reads the dataset", "(drop (call $pread (i32.const 8) (i32.const 64) (i32.const 3) (i64.const 0) (i32.const 0)))"),
    ("walks a path", "(drop (call $stat (i32.const 4) (i32.const 0) (i32.const 256) (i32.const 99) (i32.const 0)))"),
    ("makes and removes a directory", "(drop (call $mkdir (i32.const 5) (i32.const 256) (i32.const 1))) (drop (call $rmdir (i32.const 5) (i32.const 256) (i32.const 1)))"),
    ("lists a directory", "(drop (call $list (i32.const 4) (i32.const 4096) (i32.const 4096) (i64.const 0) (i32.const 0)))"),
    ("makes random numbers", "(drop (call $random (i32.const 0) (i32.const 262144)))"),
    ("uses what is not open", "(drop (call $write (i32.const 99) (i32.const 64) (i32.const 1) (i32.const 0)))"),
    // Fewer instructions than between two looks at the clock, and a call.
    ("computes between calls", "(local.set $i (i32.const 3000000)) (loop $count (br_if $count (local.tee $i (i32.sub (local.get $i) (i32.const 1))))) (drop (call $yield))"),
    ("mixes", "(drop (call $yield)) (drop (call $write (i32.const 7) (i32.const 64) (i32.const 0) (i32.const 0))) (drop (call $stat (i32.const 4) (i32.const 0) (i32.const 256) (i32.const 9) (i32.const 0))) (drop (call $read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0)))"),
];

/// An app that makes calls for ever. Descriptor 7 is a file, and 8 the dataset.
fn endless(calls: &str) -> String {
    let import = |name: &str, short: &str, types: &str| {
        format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${short} (param {types}) (result i32)))"#)
    };
    let imports: String = [
        ("sched_yield", "yield", ""),
        ("poll_oneoff", "poll", "i32 i32 i32 i32"),
        ("fd_write", "write", "i32 i32 i32 i32"),
        ("fd_read", "read", "i32 i32 i32 i32"),
        ("fd_pread", "pread", "i32 i32 i32 i64 i32"),
        ("fd_readdir", "list", "i32 i32 i32 i64 i32"),
        ("random_get", "random", "i32 i32"),
        ("path_open", "open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        ("path_filestat_get", "stat", "i32 i32 i32 i32 i32"),
        ("path_create_directory", "mkdir", "i32 i32 i32"),
        ("path_remove_directory", "rmdir", "i32 i32 i32"),
    ]
    .map(|(name, short, types)| import(name, short, types))
    .concat();
    let way = "a/../".repeat(20);
    format!(
        r#"(module {imports}
            (memory (export "memory") 4)
            ;; Buffers at 64: two of 60 000 bytes, one of 3, and one of none.
            (data (i32.const 64) "\00\10\00\00\60\ea\00\00\00\10\00\00\60\ea\00\00\00\10\00\00\03\00\00\00\00\10\00\00\00\00\00\00")
            (data (i32.const 256) "{way}")
            (data (i32.const 512) "\00")
            (data (i32.const 1000) "datasetfile")
            (func (export "_start") (local $i i32)
                (drop (call $mkdir (i32.const 4) (i32.const 256) (i32.const 1)))
                (drop (call $open (i32.const 4) (i32.const 0) (i32.const 1007) (i32.const 4) (i32.const 1) (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 0)))
                (drop (call $open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 7) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
                (loop $again {calls} (br $again))))"#
    )
}

fn job(lab: &Lab, calls: &str) -> Job {
    let mut job = lab.job(endless(calls));
    job.dataset = Some(lab.file("dataset", vec![7; 2 * MIB as usize]));
    job.limits.fuel = u64::MAX;
    job
}

/// Starts all apps, and waits until each has ended, with no result.
fn ends(lab: &Arc<Lab>, jobs: Vec<(&'static str, Job, Cancel)>) -> Vec<ExecutorError> {
    let (sender, ended) = mpsc::channel();
    let count = jobs.len();
    for (name, job, cancel) in jobs {
        let (lab, sender) = (lab.clone(), sender.clone());
        thread::spawn(move || {
            let ended = lab.executor.run(&job, &cancel);
            let _ = sender.send((name, ended));
        });
    }
    let end = Instant::now() + PATIENCE;
    let mut errors = Vec::new();
    let mut names: Vec<_> = CALLS.map(|(name, _)| name).into();
    while errors.len() < count {
        let left = end.saturating_duration_since(Instant::now());
        let (name, result) = ended.recv_timeout(left).unwrap_or_else(|_| panic!("{names:?} did not end"));
        names.retain(|other| *other != name);
        errors.push(result.map(|execution| execution.manifest.status).expect_err(name));
    }
    errors
}

#[test]
fn an_app_that_only_makes_system_calls_ends_within_its_time() {
    let lab = Arc::new(Lab::new());
    let jobs = CALLS.map(|(name, calls)| {
        let mut job = job(&lab, calls);
        job.limits.wall_clock = Duration::from_millis(300);
        (name, job, Cancel::new())
    });
    for error in ends(&lab, jobs.into()) {
        assert!(matches!(error, ExecutorError::TimedOut(_)), "{error}");
    }
}

#[test]
fn an_app_that_only_makes_system_calls_can_be_cancelled() {
    let lab = Arc::new(Lab::new());
    let cancel = Cancel::new();
    let jobs: Vec<_> = CALLS.map(|(name, calls)| (name, job(&lab, calls), cancel.clone())).into();
    let running: Vec<Progress> = jobs.iter().map(|(_, job, _)| job.progress.clone()).collect();
    let canceller = thread::spawn(move || {
        let end = Instant::now() + PATIENCE;
        // All of them are at it.
        while running.iter().any(|task| task.fuel_used() < 200_000) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        cancel.cancel();
    });
    for error in ends(&lab, jobs) {
        assert!(matches!(error, ExecutorError::Cancelled), "{error}");
    }
    canceller.join().unwrap();
}

#[test]
fn an_app_that_exits_has_ended() {
    let lab = Lab::new();
    let mut job = lab.job(command(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#,
        "(loop $again (call $exit (i32.const 5)) (br $again))",
    ));
    job.limits.fuel = u64::MAX;
    let manifest = lab.run(&job).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(5));
    // It paid for the call.
    assert_eq!(manifest.fuel_used / 100, 5);
}
