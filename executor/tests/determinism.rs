//! The same module on the same input gives the same digest, always.

mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use common::{command, rust_program, Lab};
use talka_executor::{Cancel, Executor, Job, WasmExecutor};
use talka_primitives::{id::Digest, manifest::ExitStatus};

/// Tells the child process where to work.
const CHILD_DIR: &str = "TALKA_TEST_CHILD_DIR";

fn survey(module: PathBuf, dataset: PathBuf, lab: &Lab) -> Job {
    let mut job = lab.job_of_file(&module);
    job.arguments = vec!["survey".to_owned()];
    job.dataset = Some(dataset);
    job.stdin = b"input".to_vec();
    job.limits.fuel = 20_000_000_000;
    job
}

fn digest(executor: &WasmExecutor, job: &Job) -> Digest {
    let manifest = executor.run(job, &Cancel::new()).unwrap().manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(0));
    manifest.digest()
}

#[test]
fn holds_over_runs_caches_and_threads() {
    let lab = Lab::new();
    let job = survey(rust_program("probe"), lab.file("dataset", "data"), &lab);
    let first = digest(&lab.executor, &job);
    // Warm, in memory.
    assert_eq!(digest(&lab.executor, &job), first);
    // Warm, on disk.
    assert_eq!(digest(&WasmExecutor::new(lab.cache()).unwrap(), &job), first);
    // Cold.
    assert_eq!(digest(&WasmExecutor::new(lab.fresh("cache")).unwrap(), &job), first);
    // Side by side, with others in between.
    thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|number| {
                let (mut job, executor) = (job.clone(), &lab.executor);
                job.out_dir = lab.fresh("out");
                if number % 2 == 1 {
                    job.arguments = vec!["sum".to_owned()];
                }
                scope.spawn(move || (number, digest(executor, &job)))
            })
            .collect();
        let runs: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        for (number, digest) in &runs {
            assert_eq!(*digest == first, number % 2 == 0);
        }
        assert_eq!(runs[1].1, runs[3].1);
    });
}

#[test]
fn holds_over_processes() {
    let lab = Lab::new();
    let module = rust_program("probe");
    let dataset = lab.file("dataset", "data");
    let mut digests = vec![digest(&lab.executor, &survey(module.clone(), dataset.clone(), &lab)).to_string()];
    for number in 0..3 {
        let dir = lab.fresh("child");
        fs::create_dir(&dir).unwrap();
        fs::copy(&module, dir.join("module")).unwrap();
        fs::copy(&dataset, dir.join("dataset")).unwrap();
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "in_a_child_process", "--ignored"])
            .env(CHILD_DIR, &dir)
            .env("TZ", ["UTC", "Asia/Tokyo", "America/Lima"][number])
            .env("HOME", "/nowhere")
            .current_dir(&dir)
            .status()
            .unwrap();
        assert!(status.success());
        digests.push(fs::read_to_string(dir.join("digest")).unwrap());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

#[test]
#[ignore = "is started by holds_over_processes"]
fn in_a_child_process() {
    let dir = env::var_os(CHILD_DIR).expect("only with a directory to work in");
    let dir = Path::new(&dir);
    let lab = Lab::new();
    let job = survey(dir.join("module"), dir.join("dataset"), &lab);
    fs::write(dir.join("digest"), digest(&lab.executor, &job).to_string()).unwrap();
}

#[test]
fn names_everything_that_was_asked_for() {
    let lab = Lab::new();
    let job = survey(rust_program("probe"), lab.file("dataset", "data"), &lab);
    let first = digest(&lab.executor, &job);
    let changes: [fn(&mut Job, &Lab); 5] = [
        |job, _| job.arguments.push("more".to_owned()),
        |job, _| job.stdin = b"other".to_vec(),
        |job, lab| job.dataset = Some(lab.file("dataset", "dada")),
        |job, _| job.task.index += 1,
        |job, _| job.task_count += 1,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut job = job.clone();
        change(&mut job, &lab);
        assert_ne!(digest(&lab.executor, &job), first, "change {number}");
    }
}

#[test]
fn fingerprint_tells_apart_what_the_output_does_not() {
    let lab = Lab::new();
    let run = |value: u32| {
        let body = format!("(i32.store (i32.const 1000) (i32.const {value}))");
        lab.run(&lab.job(command("", &body))).manifest
    };
    let (one, two) = (run(1), run(2));
    assert_eq!((one.stdout, one.listing, one.fuel_used), (two.stdout, two.listing, two.fuel_used));
    assert_ne!(one.fingerprint, two.fingerprint);
    let mut memory = vec![0; 65536];
    memory[1000] = 1;
    assert_eq!(&one.fingerprint, blake3::hash(&memory).as_bytes());
    let without_memory = lab.run(&lab.job(r#"(module (func (export "_start")))"#)).manifest;
    assert_eq!(&without_memory.fingerprint, blake3::hash(&[]).as_bytes());
}

#[test]
fn every_nan_that_is_computed_has_the_same_bits() {
    let lab = Lab::new();
    let f32s = [
        "(f32.div (f32.const 0) (f32.const 0))",
        "(f32.div (f32.const -0) (f32.const 0))",
        "(f32.sub (f32.const inf) (f32.const inf))",
        "(f32.mul (f32.const 0) (f32.const -inf))",
        "(f32.sqrt (f32.const -1))",
        "(f32.add (f32.const nan:0x12345) (f32.const 1))",
        "(f32.add (f32.const 1) (f32.const -nan:0x200000))",
        "(f32.min (f32.const nan:0x7) (f32.const -nan:0x9))",
        "(f32.ceil (f32.const -nan:0x1))",
        "(f32.demote_f64 (f64.const -nan:0x123456789))",
        "(f32x4.extract_lane 2 (f32x4.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))",
        "(f32x4.extract_lane 1 (f32x4.sqrt (v128.const f32x4 -1 -1 -1 -1)))",
        "(f32x4.extract_lane 0 (f32x4.add (v128.const f32x4 -nan:0x7 1 1 1) (v128.const f32x4 1 1 1 1)))",
        "(f32x4.extract_lane 0 (f32x4.demote_f64x2_zero (v128.const f64x2 -nan:0x777 1)))",
    ];
    let f64s = [
        "(f64.div (f64.const 0) (f64.const 0))",
        "(f64.sub (f64.const -inf) (f64.const -inf))",
        "(f64.sqrt (f64.const -1))",
        "(f64.max (f64.const -nan:0x123456789) (f64.const 1))",
        "(f64.nearest (f64.const -nan:0x4))",
        "(f64.promote_f32 (f32.const -nan:0x4321))",
        "(f64x2.extract_lane 1 (f64x2.mul (v128.const f64x2 0 0) (v128.const f64x2 inf inf)))",
    ];
    let mut body = String::new();
    let (mut expected, mut at) = (Vec::new(), 0);
    for operation in f32s {
        body += &format!("(f32.store (i32.const {at}) {operation})\n");
        expected.extend(0x7fc0_0000u32.to_le_bytes());
        at += 4;
    }
    for operation in f64s {
        body += &format!("(f64.store (i32.const {at}) {operation})\n");
        expected.extend(0x7ff8_0000_0000_0000u64.to_le_bytes());
        at += 8;
    }
    expected.resize(65536, 0);
    let manifest = lab.run(&lab.job(command("", &body))).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(0));
    assert_eq!(&manifest.fingerprint, blake3::hash(&expected).as_bytes());
}

#[test]
fn sign_of_a_nan_is_the_same_wherever_it_can_be_seen() {
    let lab = Lab::new();
    // What the processor answers has a sign on some, and none on others.
    let body = "(local $nan f32) (local $wide f64)
        (local.set $nan (f32.div (f32.const 0) (f32.const 0)))
        (local.set $wide (f64.neg (f64.sqrt (f64.const -1))))
        (i32.store (i32.const 0) (i32.reinterpret_f32 (local.get $nan)))
        (i64.store (i32.const 8) (i64.reinterpret_f64 (local.get $wide)))
        (f32.store (i32.const 16) (f32.copysign (f32.const 1) (local.get $nan)))
        (f64.store (i32.const 24) (f64.copysign (f64.const 1) (local.get $wide)))
        (v128.store (i32.const 32) (f32x4.splat (local.get $nan)))
        (v128.store (i32.const 48) (f64x2.replace_lane 1 (v128.const i64x2 0 0) (local.get $wide)))
        (v128.store (i32.const 64) (f64x2.splat (f64.neg (local.get $wide))))
        (v128.store (i32.const 80) (f32x4.replace_lane 3 (v128.const i64x2 0 0) (local.get $nan)))";
    let mut expected = vec![0; 65536];
    let mut put = |at: usize, bytes: &[u8]| expected[at..at + bytes.len()].copy_from_slice(bytes);
    let (nan, wide) = (0x7fc0_0000u32.to_le_bytes(), 0x7ff8_0000_0000_0000u64.to_le_bytes());
    put(0, &nan);
    put(8, &wide);
    put(16, &1f32.to_le_bytes());
    put(24, &1f64.to_le_bytes());
    (32..48).step_by(4).for_each(|at| put(at, &nan));
    [56, 64, 72].into_iter().for_each(|at| put(at, &wide));
    put(92, &nan);
    let manifest = lab.run(&lab.job(command("", body))).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(0));
    assert_eq!(&manifest.fingerprint, blake3::hash(&expected).as_bytes());
}
