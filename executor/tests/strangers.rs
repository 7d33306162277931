//! An app that makes system calls of all kinds, with arguments of all kinds: it ends, in the same way for everyone, and leaves nothing
//! but its result.
//!
//! `PROPTEST_CASES` says how many sequences of calls are tried.

mod common;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Component, Path},
};

use codec::Encode;
use common::{Lab, MIB};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{TestCaseError, TestRunner},
};
use talka_executor::{Execution, FILES, LISTING, MANIFEST, STDERR, STDOUT};

/// The functions that there are, with their arguments: `i` for 32 bits, `I` for 64. All but the last give an error code.
const FUNCTIONS: [(&str, &str); 46] = [
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("random_get", "ii"),
    ("sched_yield", ""),
    ("poll_oneoff", "iiii"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("proc_raise", "i"),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
    ("proc_exit", "i"),
];

/// Most arguments of a function.
const ARGUMENTS: usize = 9;
/// One call as the app reads it: the number of the function, and all arguments that there could be, 64 bits each.
const CALL_BYTES: usize = 8 * (1 + ARGUMENTS);
/// Most calls.
const CALLS: usize = 60;

/// Where the app has its memory's contents.
mod place {
    /// Lists of buffers, eight bytes each.
    pub const BUFFERS: u32 = 512;
    /// Names, sixteen bytes each.
    pub const NAMES: u32 = 1_024;
    /// What nobody needs.
    pub const FREE: u32 = 4_096;
    /// The calls to be made.
    pub const CALLS: u32 = 0x2_0000;
    /// What they answered.
    pub const ANSWERS: u32 = 0x3_0000;
    /// The end of the memory.
    pub const END: u32 = 0x4_0000;
}

const NAMES: [&str; 16] = [
    "a",
    "b",
    "a/b",
    "a/b/c",
    "..",
    "../x",
    ".",
    "",
    "/",
    "/out/a",
    "/etc/passwd",
    "dataset",
    "in",
    "out",
    "a/../b",
    "0123456789abcdef",
];

/// An app that makes the calls that it reads from its standard input.
fn app() -> String {
    let mut imports = String::new();
    let mut calls = String::from("(br_table");
    (0..FUNCTIONS.len()).for_each(|number| write!(calls, " $call{number}").unwrap());
    calls.push_str(" (i32.load (local.get $at)))");
    for (number, (name, arguments)) in FUNCTIONS.into_iter().enumerate() {
        let types: String = arguments.chars().map(|one| if one == 'i' { " i32" } else { " i64" }).collect();
        let result = if name == "proc_exit" { "" } else { "(result i32)" };
        writeln!(
            imports,
            r#"(import "wasi_snapshot_preview1" "{name}" (func $f{number} (param{types}) {result}))"#
        )
        .unwrap();
        let load = |(place, one): (usize, char)| {
            let size = if one == 'i' { "i32" } else { "i64" };
            format!("({size}.load offset={} (local.get $at))", 8 * (1 + place))
        };
        let arguments: String = arguments.chars().enumerate().map(load).collect();
        let call = match name {
            "proc_exit" => format!("(call $f{number} {arguments})"),
            _ => format!("(local.set $answer (call $f{number} {arguments}))"),
        };
        calls = format!("(block $call{number} {calls}) {call} (br $called)\n");
    }
    let mut data = String::new();
    for (number, name) in (0u32..).zip(NAMES) {
        let at = place::NAMES + 16 * number;
        writeln!(data, r#"(data (i32.const {at}) "{name}")"#).unwrap();
    }
    for (number, (at, length)) in (0u32..).zip(buffers()) {
        let place = place::BUFFERS + 8 * number;
        let bytes: String =
            [at, length].iter().flat_map(|n| n.to_le_bytes()).fold(String::new(), |mut text, byte| {
                write!(text, "\\{byte:02x}").unwrap();
                text
            });
        writeln!(data, r#"(data (i32.const {place}) "{bytes}")"#).unwrap();
    }
    let read = FUNCTIONS.iter().position(|(name, _)| *name == "fd_read").unwrap();
    format!(
        r#"(module
            {imports}
            (memory (export "memory") 4 8)
            {data}
            (func (export "_start") (local $at i32) (local $end i32) (local $answer i32) (local $to i32)
                (i32.store (i32.const 0) (i32.const {calls_at}))
                (i32.store (i32.const 4) (i32.const 65536))
                (drop (call $f{read} (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                (local.set $at (i32.const {calls_at}))
                (local.set $to (i32.const {answers_at}))
                (local.set $end (i32.add (local.get $at) (i32.load (i32.const 8))))
                (block $done
                    (loop $next
                        (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const {size})) (local.get $end)))
                        (block $called {calls})
                        (i32.store (local.get $to) (local.get $answer))
                        (local.set $to (i32.add (local.get $to) (i32.const 4)))
                        (local.set $at (i32.add (local.get $at) (i32.const {size})))
                        (br $next)))))"#,
        calls_at = place::CALLS,
        answers_at = place::ANSWERS,
        size = CALL_BYTES,
    )
}

/// Where reads go to and writes come from.
fn buffers() -> [(u32, u32); 5] {
    [(place::FREE, 100), (place::NAMES, 40), (place::FREE, 0), (place::END - 4, 8), (u32::MAX, u32::MAX)]
}

/// An argument: often one that means something.
fn argument() -> impl Strategy<Value = u64> {
    let places = select(vec![0, place::FREE, place::FREE + 200, place::END - 8, place::END, u32::MAX]);
    let names = (0..NAMES.len() as u32).prop_map(|number| place::NAMES + 16 * number);
    let buffers = (0..5u32).prop_map(|number| place::BUFFERS + 8 * number);
    let sizes = select(vec![0u64, 1, 1 << 10, 1 << 20, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 63, u64::MAX]);
    prop_oneof![
        8 => 0u64..8,
        4 => 0u64..40,
        4 => names.prop_map(u64::from),
        4 => buffers.prop_map(u64::from),
        3 => places.prop_map(u64::from),
        1 => sizes,
        1 => any::<u64>(),
    ]
}

type Call = (u32, Vec<u64>);

fn call() -> impl Strategy<Value = Call> {
    let functions = FUNCTIONS.len() as u32;
    // To leave is a call like others, but the last one.
    let function = prop_oneof![40 => 0..functions - 1, 1 => Just(functions - 1)];
    (function, proptest::collection::vec(argument(), ARGUMENTS))
}

fn script(calls: &[Call]) -> Vec<u8> {
    calls
        .iter()
        .flat_map(|(function, arguments)| (u64::from(*function), arguments_of(arguments)).encode())
        .collect()
}

fn arguments_of(arguments: &[u64]) -> [u64; ARGUMENTS] {
    let mut all = [0; ARGUMENTS];
    all.iter_mut().zip(arguments).for_each(|(place, argument)| *place = *argument);
    all
}

/// All files below a directory.
fn files(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap());
    let count = |entry: fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => files(&entry.path()),
        false => 1,
    };
    entries.map(count).sum()
}

fn names(directory: &Path) -> BTreeSet<std::ffi::OsString> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn make_any_system_calls_and_get_one_result() {
    let lab = Lab::new();
    let mut job = lab.job(app());
    job.dataset = Some(lab.file("dataset", "some data"));
    job.limits.fuel = 50_000_000;
    job.limits.memory_bytes = MIB;
    job.limits.output_bytes = MIB;
    job.arguments = vec!["one".into(), "another".into()];
    let before = names(lab.dir.path());

    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let test = |calls: Vec<Call>| -> Result<(), TestCaseError> {
        let mut job = job.clone();
        job.stdin = script(&calls);
        let execution = lab.try_run(&job).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Execution { manifest, listing, .. } = execution;
        prop_assert!(manifest.fuel_used <= job.limits.fuel);
        let size: u64 = listing.files.iter().map(|file| file.blob.size).sum();
        prop_assert!(size + manifest.stdout.size <= job.limits.output_bytes);
        prop_assert_eq!(manifest.check_with(&listing), Ok(()));
        for file in &listing.files {
            let path = Path::new(&file.path);
            let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
            prop_assert!(is_plain && path.is_relative(), "{}", file.path);
        }
        prop_assert_eq!(files(&job.out_dir.join(FILES)), listing.files.len());
        let left: BTreeSet<_> = names(&job.out_dir).into_iter().collect();
        let known = BTreeSet::from([FILES, LISTING, MANIFEST, STDERR, STDOUT].map(std::ffi::OsString::from));
        prop_assert!(left.is_subset(&known), "{left:?}");
        prop_assert_eq!(
            &lab.try_run(&job).map_err(|error| TestCaseError::fail(error.to_string()))?.manifest,
            &manifest
        );
        fs::remove_dir_all(&job.out_dir).unwrap();
        prop_assert_eq!(names(lab.dir.path()), before.clone());
        Ok(())
    };
    TestRunner::new(config).run(&proptest::collection::vec(call(), 0..CALLS), test).unwrap();
}
