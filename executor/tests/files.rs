//! Files and directories answer as programs of all languages expect it.

mod common;

use common::{output, trapped, Lab, MIB};
use talka_executor::{Execution, Job, STDOUT};
use talka_primitives::manifest::{Callback, ExitStatus, Trap, CALLBACK, MAX_PATH_BYTES};

const BAD_DESCRIPTOR: i32 = 8;
const INVALID: i32 = 28;
const IS_DIRECTORY: i32 = 31;
const NAME_TOO_LONG: i32 = 37;
const NOT_CAPABLE: i32 = 76;
const READ_ONLY: i32 = 69;

const READ: i64 = 1 << 1;
const SEEK: i64 = 1 << 2;
const WRITE: i64 = 1 << 6;
const SET_SIZE: i64 = 1 << 22;

const CREATE: i32 = 1;
const DIRECTORY: i32 = 2;

/// The first descriptor that a program opens.
const FIRST: i32 = 7;

/// Names in the app's memory, 32 bytes each.
const NAMES: [&str; 5] = ["dataset", "file", "directory", ".", "callback"];

/// A module that notes numbers with `$say`, and writes them to its output at the end. It has 25 MiB of memory: numbers from
/// 32 KiB on, and from the second page on nothing.
fn app(body: &str) -> String {
    let import = |(name, types): (&str, &str)| {
        format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {types}) (result i32)))"#)
    };
    let imports: String = [
        ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        ("path_create_directory", "i32 i32 i32"),
        ("path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"),
        ("fd_read", "i32 i32 i32 i32"),
        ("fd_write", "i32 i32 i32 i32"),
        ("fd_seek", "i32 i64 i32 i32"),
        ("fd_fdstat_get", "i32 i32"),
        ("fd_fdstat_set_flags", "i32 i32"),
        ("fd_fdstat_set_rights", "i32 i64 i64"),
        ("fd_filestat_get", "i32 i32"),
        ("fd_filestat_set_size", "i32 i64"),
        ("fd_filestat_set_times", "i32 i64 i64 i32"),
        ("fd_prestat_get", "i32 i32"),
        ("fd_prestat_dir_name", "i32 i32 i32"),
        ("poll_oneoff", "i32 i32 i32 i32"),
    ]
    .map(import)
    .concat();
    let names: String = (0..NAMES.len())
        .map(|number| format!(r#"(data (i32.const {}) "{}")"#, 1024 + 32 * number, NAMES[number]))
        .collect();
    format!(
        r#"(module {imports}
            (memory (export "memory") 400)
            {names}
            (global $next (mut i32) (i32.const 32768))
            (func $say (param $number i32)
                (i32.store (global.get $next) (local.get $number))
                (global.set $next (i32.add (global.get $next) (i32.const 4))))
            (func $buffer (param $at i32) (param $length i32)
                (i32.store (i32.const 16) (local.get $at))
                (i32.store (i32.const 20) (local.get $length)))
            (func (export "_start") (local $i i32)
                {body}
                (call $buffer (i32.const 32768) (i32.sub (global.get $next) (i32.const 32768)))
                (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))"#
    )
}

/// Place and length of a name in the memory.
fn name(name: &str) -> String {
    let number = NAMES.iter().position(|other| *other == name).unwrap();
    format!("(i32.const {}) (i32.const {})", 1024 + 32 * number, name.len())
}

/// Opens a name, and says how it went. The descriptor is at 100.
fn open(directory: i32, path: &str, flags: i32, rights: i64, descriptor_flags: i32) -> String {
    let path = name(path);
    format!(
        "(call $say (call $path_open (i32.const {directory}) (i32.const 0) {path} (i32.const {flags})
            (i64.const {rights}) (i64.const 0) (i32.const {descriptor_flags}) (i32.const 100)))"
    )
}

/// Says what a function answers.
fn say(function: &str, arguments: &str) -> String {
    format!("(call $say (call ${function} {arguments}))")
}

/// Says a number in the memory.
fn say_at(place: i32) -> String {
    format!("(call $say (i32.load (i32.const {place})))")
}

fn run(lab: &Lab, job: &Job) -> Execution {
    let execution = lab.run(job);
    assert_eq!(lab.run(job).manifest, execution.manifest);
    execution
}

/// What an app says.
fn said(lab: &Lab, job: &Job) -> Vec<i32> {
    assert_eq!(run(lab, job).manifest.status, ExitStatus::Exited(0));
    let bytes = std::fs::read(job.out_dir.join(STDOUT)).unwrap();
    bytes.chunks_exact(4).map(|word| i32::from_le_bytes(word.try_into().unwrap())).collect()
}

fn says(body: &[String]) -> Vec<i32> {
    let lab = Lab::new();
    let mut job = lab.job(app(&body.concat()));
    job.dataset = Some(lab.file("dataset", "The dataset.\n"));
    said(&lab, &job)
}

#[test]
fn these_directories_are_there_at_the_start() {
    let mut body = Vec::new();
    for descriptor in 3..8 {
        body.push(say("fd_prestat_get", &format!("(i32.const {descriptor}) (i32.const 200)")));
        body.push(say_at(204));
        body.push(format!(
            "(drop (call $fd_prestat_dir_name (i32.const {descriptor}) (i32.const 300) (i32.load (i32.const 204))))"
        ));
        body.push(say_at(300));
        body.push(
            "(i32.store (i32.const 204) (i32.const 0)) (i32.store (i32.const 300) (i32.const 0))".into(),
        );
    }
    let word = |text: &str| {
        let mut bytes = [0; 4];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        i32::from_le_bytes(bytes)
    };
    let expected = [
        [0, 3, word("/in")],
        [0, 4, word("/out")],
        [0, 4, word("/tmp")],
        [0, 1, word("/")],
        [BAD_DESCRIPTOR, 0, 0],
    ];
    assert_eq!(says(&body), expected.concat());
}

#[test]
fn what_is_opened_without_rights_can_be_read_and_not_written() {
    let body = [
        open(3, "dataset", 0, 0, 0),
        "(call $buffer (i32.const 65536) (i32.const 11))".into(),
        say("fd_read", &format!("(i32.const {FIRST}) (i32.const 16) (i32.const 1) (i32.const 24)")),
        say_at(24),
        say_at(65536),
        say("fd_write", &format!("(i32.const {FIRST}) (i32.const 16) (i32.const 1) (i32.const 24)")),
        // To write and no more.
        open(4, "file", CREATE, WRITE, 0),
        say("fd_read", "(i32.load (i32.const 100)) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say("fd_write", "(i32.load (i32.const 100)) (i32.const 16) (i32.const 1) (i32.const 24)"),
    ];
    let read = i32::from_le_bytes(*b"The ");
    assert_eq!(says(&body), [0, 0, 11, read, BAD_DESCRIPTOR, 0, BAD_DESCRIPTOR, 0]);
}

#[test]
fn one_call_writes_and_reads_any_number_of_bytes() {
    const LENGTH: i32 = 20 << 20;
    let lab = Lab::new();
    let body = [
        open(3, "dataset", 0, READ, 0),
        open(4, "file", CREATE, WRITE, 0),
        format!("(call $buffer (i32.const 65536) (i32.const {LENGTH}))"),
        say("fd_read", "(i32.const 7) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say_at(24),
        say("fd_write", "(i32.const 8) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say_at(24),
    ];
    let mut job = lab.job(app(&body.concat()));
    let content: Vec<u8> = (0..LENGTH).map(|number| (number / 1000) as u8).collect();
    job.dataset = Some(lab.file("dataset", &content));
    job.limits.output_bytes = 32 * MIB;
    assert_eq!(said(&lab, &job), [0, 0, 0, LENGTH, 0, LENGTH]);
    assert!(output(&job, "file") == content);
}

#[test]
fn a_call_moves_no_more_bytes_than_it_can_tell() {
    // A list of 1 024 buffers, each of four times 5 MiB.
    let list = "(local.set $i (i32.const 65536))
        (loop $more
            (i32.store (local.get $i) (i32.const 0))
            (i32.store offset=4 (local.get $i) (i32.const 20000000))
            (local.set $i (i32.add (local.get $i) (i32.const 8)))
            (br_if $more (i32.lt_u (local.get $i) (i32.const 73728))))";
    let body = [
        list.into(),
        say("fd_write", "(i32.const 2) (i32.const 65536) (i32.const 1024) (i32.const 24)"),
        say("fd_write", "(i32.const 2) (i32.const 65536) (i32.const 214) (i32.const 24)"),
        say_at(24),
        say("fd_write", "(i32.const 2) (i32.const 65536) (i32.const 1025) (i32.const 24)"),
    ];
    assert_eq!(says(&body), [INVALID, 0, (214u32 * 20_000_000) as i32, INVALID]);
}

#[test]
fn a_directory_offers_what_can_be_done_with_one() {
    const FLAGS: i32 = 0b10100;
    let first = format!("(i32.const {FIRST})");
    let right = |right: i64| {
        format!("(call $say (i64.ne (i64.and (i64.load (i32.const 208)) (i64.const {right})) (i64.const 0)))")
    };
    let body = [
        say("path_create_directory", &format!("(i32.const 4) {}", name("directory"))),
        open(4, "directory", DIRECTORY, READ | SEEK, FLAGS),
        say("fd_fdstat_get", &format!("{first} (i32.const 200)")),
        "(call $say (i32.load8_u (i32.const 200))) (call $say (i32.load16_u (i32.const 202)))".into(),
        right(SEEK),
        right(SET_SIZE),
        right(1 << 14),
        say("fd_seek", &format!("{first} (i64.const 0) (i32.const 0) (i32.const 300)")),
        say("fd_filestat_set_size", &format!("{first} (i64.const 0)")),
        say("fd_filestat_set_times", &format!("{first} (i64.const 5) (i64.const 6) (i32.const 5)")),
        say("fd_read", &format!("{first} (i32.const 16) (i32.const 1) (i32.const 24)")),
        open(4, "directory", DIRECTORY, READ | WRITE, 0),
    ];
    assert_eq!(
        says(&body),
        [0, 0, 0, 3, FLAGS, 0, 0, 1, BAD_DESCRIPTOR, BAD_DESCRIPTOR, 0, IS_DIRECTORY, IS_DIRECTORY]
    );
}

#[test]
fn flags_of_a_descriptor_are_kept() {
    let body = [
        open(4, "file", CREATE, READ | WRITE, 0b10010),
        say("fd_fdstat_get", "(i32.const 7) (i32.const 200)"),
        "(call $say (i32.load16_u (i32.const 202)))".into(),
        say("fd_fdstat_set_flags", "(i32.const 7) (i32.const 31)"),
        say("fd_fdstat_get", "(i32.const 7) (i32.const 200)"),
        "(call $say (i32.load16_u (i32.const 202)))".into(),
        say("fd_fdstat_set_flags", "(i32.const 7) (i32.const 32)"),
        say("fd_fdstat_set_flags", "(i32.const 99) (i32.const 0)"),
    ];
    assert_eq!(says(&body), [0, 0, 0b10010, 0, 0, 31, INVALID, BAD_DESCRIPTOR]);
}

#[test]
fn rights_can_be_given_up_and_not_taken() {
    let body = [
        open(4, "file", CREATE, READ | WRITE, 0),
        "(call $buffer (i32.const 65536) (i32.const 11))".into(),
        say("fd_write", "(i32.const 7) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say("fd_fdstat_set_rights", &format!("(i32.const 7) (i64.const {READ}) (i64.const 0)")),
        say("fd_write", "(i32.const 7) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say("fd_read", "(i32.const 7) (i32.const 16) (i32.const 1) (i32.const 24)"),
        say("fd_fdstat_set_rights", &format!("(i32.const 7) (i64.const {}) (i64.const 0)", READ | WRITE)),
        say("fd_fdstat_get", "(i32.const 7) (i32.const 200)"),
        say_at(208),
    ];
    assert_eq!(says(&body), [0, 0, 0, BAD_DESCRIPTOR, 0, NOT_CAPABLE, 0, READ as i32]);
}

#[test]
fn times_are_those_that_were_set() {
    const ACCESSED: i32 = 1;
    const MODIFIED: i32 = 4;
    let set = |directory: i32, path: &str, flags: i32| {
        let arguments = format!(
            "(i32.const {directory}) (i32.const 0) {} (i64.const 5) (i64.const 6) (i32.const {flags})",
            name(path)
        );
        say("path_filestat_set_times", &arguments)
    };
    let times = "(call $say (i32.wrap_i64 (i64.load (i32.const 240)))) (call $say (i32.wrap_i64 (i64.load (i32.const 248))))";
    let look = [say("fd_filestat_get", "(i32.const 7) (i32.const 200)"), times.into()].concat();
    let start = 1_735_689_600_000_000_000u64 as i32;
    let body = [
        open(4, "file", CREATE, READ, 0),
        look.clone(),
        set(4, "file", MODIFIED),
        look.clone(),
        set(4, "file", ACCESSED | MODIFIED),
        look.clone(),
        // To the present, which has not passed yet.
        say("fd_filestat_set_times", "(i32.const 7) (i64.const 0) (i64.const 0) (i32.const 10)"),
        look,
        set(4, "file", 3),
        set(4, "file", 12),
        set(4, "file", 16),
        set(4, ".", MODIFIED),
        set(3, "dataset", MODIFIED),
        set(3, ".", MODIFIED),
        say("fd_filestat_set_times", "(i32.const 1) (i64.const 0) (i64.const 0) (i32.const 1)"),
    ];
    assert_eq!(
        says(&body),
        [
            &[0, 0, start, start][..],
            &[0, 0, start, 6],
            &[0, 0, 5, 6],
            &[0, 0, start, start],
            &[INVALID, INVALID, INVALID, 0, READ_ONLY, READ_ONLY, BAD_DESCRIPTOR],
        ]
        .concat()
    );
}

#[test]
fn waits_for_some_thousand_events_and_not_for_more() {
    let poll = |count: u32| {
        say(
            "poll_oneoff",
            &format!("(i32.const 1048576) (i32.const 2097152) (i32.const {count}) (i32.const 24)"),
        )
    };
    assert_eq!(
        says(&[poll(4096), say_at(24), poll(4097), poll(u32::MAX), poll(0)]),
        [0, 4096, INVALID, INVALID, INVALID]
    );
}

#[test]
fn a_file_costs_what_it_takes_to_keep_it() {
    let lab = Lab::new();
    let fuel = |flags| lab.run(&lab.job(app(&open(4, "file", flags, READ, 0)))).manifest.fuel_used;
    let (missing, made) = (fuel(0), fuel(CREATE));
    assert!((50_000..51_000).contains(&(made - missing)), "{made} {missing}");
}

#[test]
fn files_that_cannot_be_paid_for_are_not_made() {
    let lab = Lab::new();
    let mut job =
        lab.job(app(&format!("{}{}", open(4, "file", CREATE, READ, 0), open(5, "file", CREATE, READ, 0))));
    job.limits.fuel = 80_000;
    let execution = lab.run(&job);
    assert_eq!((execution.manifest.status, execution.listing.files.len()), (ExitStatus::OutOfFuel, 1));
}

#[test]
fn a_path_has_as_many_bytes_as_a_manifest_can_have() {
    // Directories of 255 bytes, and then a name that fills up the rest, or more.
    let directories = ["d".repeat(255), "d".repeat(255), "d".repeat(255)].join("/");
    let data = format!(r#"(data (i32.const 65536) "{directories}/{}")"#, "f".repeat(255));
    let mkdir = |length: usize| {
        say("path_create_directory", &format!("(i32.const 4) (i32.const 65536) (i32.const {length})"))
    };
    let open = |length: usize| {
        format!(
            "(call $say (call $path_open (i32.const 4) (i32.const 0) (i32.const 65536) (i32.const {length}) (i32.const 1)
                (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 100)))"
        )
    };
    let body = [mkdir(255), mkdir(511), mkdir(767), open(MAX_PATH_BYTES - 1)].concat();
    let lab = Lab::new();
    let longest = lab.job(app(&body).replace("(global $next", &format!("{data} (global $next")));
    assert_eq!(said(&lab, &longest), [0; 4]);
    let Execution { manifest, listing, .. } = lab.run(&longest);
    assert_eq!(listing.files[0].path.len(), MAX_PATH_BYTES - 1);
    assert_eq!(manifest.check_with(&listing), Ok(()));

    // One directory more, of a single byte, takes the path beyond.
    let data = format!(r#"(data (i32.const 65536) "{directories}/g/{}")"#, "f".repeat(255));
    let exact = 767 + 2 + 1 + (MAX_PATH_BYTES - 770);
    let body = [mkdir(255), mkdir(511), mkdir(767), mkdir(769), open(exact), open(exact + 1)].concat();
    let beyond = lab.job(app(&body).replace("(global $next", &format!("{data} (global $next")));
    assert_eq!(said(&lab, &beyond), [0, 0, 0, 0, 0, NAME_TOO_LONG]);
    let Execution { manifest, listing, .. } = lab.run(&beyond);
    assert_eq!(listing.files[0].path.len(), MAX_PATH_BYTES);
    assert_eq!(manifest.check_with(&listing), Ok(()));
}

#[test]
fn the_manifest_has_the_hash_of_what_is_for_a_contract() {
    let lab = Lab::new();
    // The name of the dataset, as there is some text in the memory.
    let write = "(call $buffer (i32.const 1024) (i32.const 7))
        (drop (call $fd_write (i32.const 7) (i32.const 16) (i32.const 1) (i32.const 24)))";
    let write_to = |directory: i32, name: &str| open(directory, name, CREATE, WRITE, 0) + write;
    let job = lab.job(app(&write_to(4, CALLBACK)));
    let Execution { manifest, listing, .. } = run(&lab, &job);
    assert_eq!(manifest.callback, Some(Callback::of(b"dataset")));
    assert_eq!(output(&job, CALLBACK), b"dataset");
    assert_eq!(listing.files.iter().map(|file| &*file.path).collect::<Vec<_>>(), [CALLBACK]);
    assert_eq!(manifest.check_with(&listing), Ok(()));

    // Neither a file with another name, nor one in `/tmp`, nor a directory is for a contract.
    let mkdir = say("path_create_directory", &format!("(i32.const 4) {}", name(CALLBACK)));
    for other in [write_to(4, "file"), write_to(5, CALLBACK), mkdir] {
        let Execution { manifest, listing, .. } = run(&lab, &lab.job(app(&other)));
        assert_eq!((manifest.status, manifest.callback), (ExitStatus::Exited(0), None), "{other}");
        assert_eq!(manifest.check_with(&listing), Ok(()));
    }
}

#[test]
fn all_places_to_write_share_one_limit() {
    let lab = Lab::new();
    let third = "(call $buffer (i32.const 65536) (i32.const 400000))";
    let write = |descriptor: i32| {
        format!("{third} (drop (call $fd_write (i32.const {descriptor}) (i32.const 16) (i32.const 1) (i32.const 24)))")
    };
    let body = [open(4, "file", CREATE, WRITE, 0), open(5, "file", CREATE, WRITE, 0), write(7), write(8)];
    let mut job = lab.job(app(&body.concat()));
    job.limits.output_bytes = MIB;
    assert_eq!(run(&lab, &job).manifest.status, ExitStatus::Exited(0));
    let mut job = lab.job(app(&[body.concat(), write(1)].concat()));
    job.limits.output_bytes = MIB;
    let execution = run(&lab, &job);
    assert_eq!(execution.manifest.status, trapped(Trap::OutputLimit));
    // What is in `/tmp` is no part of the result.
    assert_eq!(execution.listing.files.len(), 1);
}
