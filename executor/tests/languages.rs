//! Ordinary programs in C, Go, JavaScript and Python do the same here, and as everywhere: they read what they are given, use
//! temporary files and relative paths, and leave files behind.
//!
//! `scripts/languages` makes them; the sources are in `languages/`.

mod common;

use std::{fs, path::PathBuf, time::Duration};

use common::{output, stdout, Lab, MIB};
use talka_executor::{Job, STDERR};
use talka_primitives::manifest::ExitStatus;

const DATA: &str = "a rose is a rose is a rose\nand\twhat is a name\n";
const COUNTS: &str = "a 4\nis 3\nrose 3\n";
const SAID: &str = "mean 2.166667 deviation 1.213352\na relative path\nwords.txt\n";

fn module(name: &str) -> PathBuf {
    let folder = std::env::var_os("TALKA_LANGUAGES")
        .expect("`./scripts/test languages` makes the programs and names them");
    PathBuf::from(folder).join(name).with_extension("wasm")
}

fn source(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/languages").join(name)).unwrap()
}

/// Counts the words that occur three times at least, and ends with the status 3.
fn job(lab: &Lab, name: &str, arguments: &[&str]) -> Job {
    let mut job = lab.job_of_file(&module(name));
    job.dataset = Some(lab.file("data", DATA));
    job.arguments = [arguments, &["3", "3"]].concat().into_iter().map(str::to_owned).collect();
    job.limits.fuel = 100_000_000_000;
    job.limits.memory_bytes = 512 * MIB;
    job.limits.wall_clock = Duration::from_secs(300);
    job
}

/// Two workers that have nothing in common agree, and the program did what it does elsewhere.
fn is_at_home(name: &str, arguments: &[&str]) {
    let (lab, other) = (Lab::new(), Lab::new());
    let (job, again) = (job(&lab, name, arguments), job(&other, name, arguments));
    let execution = lab.run(&job);
    let messages = fs::read_to_string(job.out_dir.join(STDERR)).unwrap();
    assert_eq!(execution.manifest.status, ExitStatus::Exited(3), "{messages}");
    assert_eq!(messages, "6 words\n");
    assert_eq!(stdout(&job), SAID);
    assert_eq!(String::from_utf8(output(&job, "counts/words.txt")).unwrap(), COUNTS);
    assert_eq!(execution.manifest.digest(), other.run(&again).manifest.digest());
    println!(
        "{name}: {} units of fuel, {} MiB",
        execution.manifest.fuel_used,
        execution.manifest.memory_used / MIB
    );
}

#[test]
#[ignore = "`./scripts/test languages` makes the program and runs it"]
fn a_program_in_c_is_at_home() {
    is_at_home("c", &[]);
}

#[test]
#[ignore = "`./scripts/test languages` makes the program and runs it"]
fn a_program_in_go_is_at_home() {
    is_at_home("go", &[]);
}

#[test]
#[ignore = "`./scripts/test languages` makes the program and runs it"]
fn a_program_in_javascript_is_at_home() {
    is_at_home("javascript", &["--std", "-e", &source("words.js")]);
}

#[test]
#[ignore = "`./scripts/test languages` makes the program and runs it"]
fn a_program_in_python_is_at_home() {
    is_at_home("python", &["-c", &source("words.py")]);
}
