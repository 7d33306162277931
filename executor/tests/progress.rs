//! A task can be watched while it runs.

mod common;

use std::{
    thread,
    time::{Duration, Instant},
};

use common::{command, Lab};
use talka_executor::{Cancel, Executor, Progress};
use talka_primitives::manifest::MAX_STDERR_BYTES;

const WRITE: &str =
    r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;

/// Writes this to standard error.
fn message(text: &str) -> (String, String) {
    let length = text.len();
    let declarations = format!(r#"{WRITE} (data (i32.const 1024) "{text}")"#);
    let body = format!(
        "(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const {length}))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))"
    );
    (declarations, body)
}

fn module((declarations, body): &(String, String), more: &str) -> String {
    command(declarations, &format!("{body} {more}"))
}

fn until(mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < end, "it was never seen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn fuel_and_messages_are_seen_while_the_task_runs() {
    let lab = Lab::new();
    let mut job = lab.job(module(&message("working"), "(loop (br 0))"));
    job.limits.fuel = u64::MAX;
    let (cancel, progress) = (Cancel::new(), job.progress.clone());
    assert_eq!((progress.fuel_used(), progress.messages(0)), (0, (0, vec![])));
    thread::scope(|scope| {
        scope.spawn(|| assert!(lab.executor.run(&job, &cancel).is_err()));
        until(|| progress.messages(0) == (7, b"working".to_vec()));
        assert_eq!(progress.messages(4), (7, b"ing".to_vec()));
        assert_eq!(progress.messages(7), (7, vec![]));
        assert_eq!(progress.messages(99), (7, vec![]));
        // It makes no system calls any more, and is seen to go on.
        let before = progress.fuel_used();
        until(|| progress.fuel_used() > before + 100_000_000);
        cancel.cancel();
    });
}

#[test]
fn what_was_used_is_seen_at_the_end() {
    let lab = Lab::new();
    let job = lab.job(module(&message("done"), ""));
    let execution = lab.run(&job);
    assert_eq!(job.progress.fuel_used(), execution.manifest.fuel_used);
    // Again from the start.
    lab.run(&job);
    assert_eq!(job.progress.fuel_used(), execution.manifest.fuel_used);
    assert_eq!(job.progress.messages(0), (4, execution.stderr));
}

#[test]
fn only_the_end_of_many_messages_is_kept() {
    let lab = Lab::new();
    let (declarations, body) = message("0123456789");
    let many = format!("(local $i i32) (loop $more {body} (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $more (i32.lt_u (local.get $i) (i32.const 20000))))");
    let job = lab.job(command(&declarations, &many));
    let execution = lab.run(&job);
    let (end, kept) = job.progress.messages(0);
    assert_eq!((end, kept.len() as u64), (200_000, MAX_STDERR_BYTES));
    assert!(kept.ends_with(b"6789") && kept == execution.stderr);
    assert_eq!(job.progress.messages(199_990).1, b"0123456789");
}

#[test]
fn a_result_says_nothing_of_who_watched() {
    let lab = Lab::new();
    let mut job = lab.job(module(&message("hello"), ""));
    let first = lab.run(&job).manifest;
    job.progress = Progress::new();
    lab.run(&job);
    assert_eq!(lab.run(&job).manifest, first);
}
