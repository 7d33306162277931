//! A program that can be asked compiles in a child process: nothing that a module does to the compiler reaches the tasks.
//!
//! Has a `main` of its own, which compiles if it is asked to.

mod common;

use std::{env, fs, process, thread, time::Duration};

use common::{command, Lab};
use nix::sys::resource::{getrlimit, getrusage, setrlimit, Resource, UsageWho};
use talka_executor::{Cancel, Executor, ExecutorError, FatalError};
use talka_primitives::manifest::ExitStatus;

type Test = (&'static str, fn());

const TESTS: [Test; 5] = [
    ("the_result_is_that_of_a_module_compiled_in_the_same_process", the_result_is_the_same),
    ("a_cancelled_task_ends_while_its_module_compiles", a_cancelled_task_ends),
    ("a_cancelled_task_ends_while_it_waits_for_the_compiler", a_waiting_task_ends),
    ("time_to_compile_counts_as_time_of_the_task", time_to_compile_counts),
    ("a_compiler_that_takes_too_much_memory_is_ended_and_the_module_remembered", too_much_memory),
];

/// Answers what test runners ask: a list of tests, or the tests with this name.
fn main() {
    talka_executor::compile_if_asked();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let is_asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if is_asked("--list") {
        for (name, _) in TESTS.iter().filter(|_| !is_asked("--ignored")) {
            println!("{name}: test");
        }
        return;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    for (name, test) in TESTS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| name.contains(wanted))) {
        println!("{name}");
        test();
    }
    process::exit(0);
}

/// Takes a compiler some seconds, and hundreds of megabytes.
fn laborious() -> String {
    let loads = format!("(drop {} (i32.const 0){})", "(i32.load ".repeat(2000), ")".repeat(2000));
    let function = format!("(func {})", loads.repeat(80));
    command(&function.repeat(3), "")
}

fn the_result_is_the_same() {
    let lab = Lab::new();
    let module = command(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#,
        "(call $exit (i32.const 5))",
    );
    let job = lab.job(&module);
    let manifest = lab.run(&job).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(5));
    assert!(getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() > 0, "there was no child");
    assert_eq!(fs::read_dir(lab.cache()).unwrap().count(), 1);
    // Bytes without a file, and what is no app.
    let bytes = fs::read(&job.module).unwrap();
    let other = Lab::new();
    assert!(matches!(other.executor.check(&bytes).unwrap(), talka_executor::Finding::App { .. }));
    assert_eq!(other.run(&job).manifest, manifest);
    assert!(matches!(other.executor.check(b"no app").unwrap(), talka_executor::Finding::NotAnApp(_)));
    assert_eq!(fs::read_dir(other.cache()).unwrap().count(), 2);
}

fn a_cancelled_task_ends() {
    let lab = Lab::new();
    let job = lab.job(laborious());
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let task = scope.spawn(|| lab.executor.run(&job, &cancel));
        thread::sleep(Duration::from_millis(200));
        cancel.cancel();
        assert!(matches!(task.join().unwrap(), Err(ExecutorError::Cancelled)));
    });
    // The compiler is free again, and nothing is left behind.
    assert_eq!(lab.run(&lab.job(command("", ""))).manifest.status, ExitStatus::Exited(0));
    assert_eq!(fs::read_dir(lab.cache()).unwrap().count(), 1);
}

fn a_waiting_task_ends() {
    let lab = Lab::new();
    let (first, same, other) = (lab.job(laborious()), lab.job(laborious()), lab.job(command("", "")));
    let (cancel_first, cancel_others) = (Cancel::new(), Cancel::new());
    thread::scope(|scope| {
        let first = scope.spawn(|| lab.executor.run(&first, &cancel_first));
        thread::sleep(Duration::from_millis(100));
        let waiting = [&same, &other].map(|job| scope.spawn(|| lab.executor.run(job, &cancel_others)));
        thread::sleep(Duration::from_millis(100));
        cancel_others.cancel();
        for task in waiting {
            assert!(matches!(task.join().unwrap(), Err(ExecutorError::Cancelled)));
        }
        assert!(!first.is_finished());
        cancel_first.cancel();
        assert!(matches!(first.join().unwrap(), Err(ExecutorError::Cancelled)));
    });
}

fn time_to_compile_counts() {
    let lab = Lab::new();
    let mut job = lab.job(laborious());
    job.limits.wall_clock = Duration::from_millis(200);
    assert!(matches!(lab.try_run(&job), Err(ExecutorError::TimedOut(_))));
}

fn too_much_memory() {
    let lab = Lab::new();
    let job = lab.job(laborious());
    let (before, hard) = getrlimit(Resource::RLIMIT_AS).unwrap();
    setrlimit(Resource::RLIMIT_AS, 300 << 20, hard).unwrap();
    let first = lab.try_run(&job).unwrap_err();
    setrlimit(Resource::RLIMIT_AS, before, hard).unwrap();
    assert!(matches!(first, ExecutorError::Fatal(FatalError::Compile(_))), "{first}");
    // It is not tried again, though it would succeed now.
    assert_eq!(lab.try_run(&job).unwrap_err().to_string(), first.to_string());
}
