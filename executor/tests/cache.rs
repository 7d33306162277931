//! The cache of compiled modules is fast when it can be, and never wrong.

mod common;

use std::{fs, path::PathBuf};

use common::{command, trapped, Lab};
use talka_executor::{Cancel, Executor, Job, WasmExecutor};
use talka_primitives::{
    id::ContentId,
    manifest::{ExitStatus, Manifest, Trap},
};

const EXIT: &str = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;

fn exits(lab: &Lab, code: i32) -> Job {
    lab.job(command(EXIT, &format!("(call $exit (i32.const {code}))")))
}

fn files(lab: &Lab) -> Vec<PathBuf> {
    fs::read_dir(lab.cache()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// As after a restart: nothing is in memory.
fn run_cold(lab: &Lab, job: &Job) -> Manifest {
    let executor = WasmExecutor::new(lab.cache()).unwrap();
    executor.run(job, &Cancel::new()).unwrap().manifest
}

#[test]
fn keeps_one_file_for_a_module() {
    let lab = Lab::new();
    let job = exits(&lab, 5);
    lab.run(&job);
    let [file] = &files(&lab)[..] else { panic!("{:?}", files(&lab)) };
    let written = fs::metadata(file).unwrap().modified().unwrap();
    lab.run(&job);
    run_cold(&lab, &job);
    // Another module at another path with the same content is the same module.
    run_cold(&lab, &exits(&lab, 5));
    assert_eq!(files(&lab), std::slice::from_ref(file));
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), written);
}

#[test]
fn compiles_again_what_is_damaged() {
    let lab = Lab::new();
    let job = exits(&lab, 5);
    let manifest = lab.run(&job).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(5));
    let [file] = &files(&lab)[..] else { panic!("{:?}", files(&lab)) };
    let good = fs::read(file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    for bad in [
        flipped(0),
        flipped(40),
        flipped(good.len() / 2),
        flipped(good.len() - 1),
        good[..good.len() - 1].to_vec(),
        good[..31].to_vec(),
        Vec::new(),
        [&good[..], b"x"].concat(),
    ] {
        fs::write(file, bad).unwrap();
        assert_eq!(run_cold(&lab, &job), manifest);
        // It was repaired.
        assert_eq!(fs::read(file).unwrap().len(), good.len());
    }
}

#[test]
fn never_takes_one_module_for_another() {
    let lab = Lab::new();
    let (five, six) = (exits(&lab, 5), exits(&lab, 6));
    lab.run(&five);
    let [file_of_five] = &files(&lab)[..] else { panic!("{:?}", files(&lab)) };
    let compiled_five = fs::read(file_of_five).unwrap();
    fs::remove_file(file_of_five).unwrap();
    lab.run(&six);
    let [file_of_six] = &files(&lab)[..] else { panic!("{:?}", files(&lab)) };
    fs::write(file_of_six, compiled_five).unwrap();
    assert_eq!(run_cold(&lab, &six).status, ExitStatus::Exited(6));
}

#[test]
fn forgets_the_oldest_in_memory_and_works_on() {
    let lab = Lab::new();
    for round in 0..2 {
        for code in 0..40 {
            assert_eq!(lab.run(&exits(&lab, code)).manifest.status, ExitStatus::Exited(code), "{round}");
        }
    }
}

#[test]
fn that_cannot_be_written_is_done_without() {
    let lab = Lab::new();
    let job = exits(&lab, 5);
    fs::remove_dir_all(lab.cache()).unwrap();
    fs::write(lab.cache(), "not a directory").unwrap();
    assert_eq!(lab.run(&job).manifest.status, ExitStatus::Exited(5));
}

#[test]
fn remembers_what_is_no_app() {
    let lab = Lab::new();
    let job = lab.job("(module)");
    let status = lab.run(&job).manifest.status;
    assert_eq!(status, trapped(Trap::NotACommand));
    let [file] = &files(&lab)[..] else { panic!("{:?}", files(&lab)) };
    assert!(fs::metadata(file).unwrap().len() < 1000);
    assert_eq!(run_cold(&lab, &job).status, status);
}

#[test]
fn finds_a_module_by_its_content_without_the_file() {
    let lab = Lab::new();
    let mut job = exits(&lab, 5);
    job.content = Some(ContentId(*blake3::hash(&fs::read(&job.module).unwrap()).as_bytes()));
    let manifest = lab.run(&job).manifest;
    fs::remove_file(&job.module).unwrap();
    assert_eq!(lab.run(&job).manifest, manifest);
    assert_eq!(run_cold(&lab, &job), manifest);
}

#[test]
fn takes_no_file_for_content_that_it_has_not() {
    let lab = Lab::new();
    let (five, mut six) = (exits(&lab, 5), exits(&lab, 6));
    six.content = Some(ContentId(*blake3::hash(&fs::read(&six.module).unwrap()).as_bytes()));
    fs::copy(&five.module, &six.module).unwrap();
    let error = lab.try_run(&six).unwrap_err();
    assert!(error.to_string().contains("it has not the content that it should have"), "{error}");
    // Nothing was remembered.
    fs::write(&six.module, wat::parse_str(command(EXIT, "(call $exit (i32.const 6))")).unwrap()).unwrap();
    assert_eq!(lab.run(&six).manifest.status, ExitStatus::Exited(6));
}
