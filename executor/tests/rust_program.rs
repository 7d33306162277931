//! An ordinary Rust program with its standard library, compiled for WASI, in the sandbox.

mod common;

use std::fs;

use common::{output, rust_program, stdout, trapped, Lab, MIB};
use talka_executor::{Execution, Job};
use talka_primitives::{
    id::{DealId, TaskId},
    manifest::{Blob, ExitStatus, Trap, MAX_OUTPUT_ENTRIES},
};

fn probe(lab: &Lab, arguments: &[&str]) -> Job {
    let mut job = lab.job_of_file(&rust_program("probe"));
    job.arguments = arguments.iter().map(|argument| argument.to_string()).collect();
    job.dataset = Some(lab.file("dataset", "The dataset.\n"));
    job.limits.fuel = 20_000_000_000;
    job
}

/// Runs twice, which must agree.
fn run(lab: &Lab, job: &Job) -> Execution {
    let execution = lab.run(job);
    assert_eq!(lab.run(job).manifest, execution.manifest);
    execution
}

fn log(execution: &Execution) -> String {
    String::from_utf8_lossy(&execution.stderr).into_owned()
}

#[test]
fn sees_its_task_and_nothing_of_the_host() {
    let lab = Lab::new();
    let mut job = probe(&lab, &["survey", "--rate", "0.5 %"]);
    job.stdin = b"some input".to_vec();
    let execution = run(&lab, &job);
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0), "{}", log(&execution));
    let seen = stdout(&job);
    let lines: Vec<_> = seen.lines().filter(|line| !line.starts_with("random")).collect();
    assert_eq!(
        lines,
        [
            r#"arguments ["app", "survey", "--rate", "0.5 %"]"#,
            r#"environment [("TALKA_TASK", "7.3"), ("TALKA_TASK_INDEX", "3"), ("TALKA_TASK_COUNT", "12"), ("TALKA_IN", "/in"), ("TALKA_OUT", "/out"), ("PWD", "/"), ("TALKA_DATASET", "/in/dataset")]"#,
            r#"stdin "some input""#,
            r#"dataset "The dataset.\n""#,
            r#"in ["dataset"]"#,
            "time 1735689600s",
            "elapsed 3601.001s",
            "modified 1735689600s",
            r#"out ["parts/", "summary.txt", "empty/"]"#,
        ]
    );
    let paths: Vec<_> = execution.listing.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["parts/first/one.txt", "parts/two.txt", "summary.txt"]);
    assert_eq!(output(&job, "summary.txt"), br#"["first/", "two.txt"]"#);
    assert_eq!(log(&execution), "to the log\n");
}

#[test]
fn without_a_dataset_is_not_told_of_one() {
    let lab = Lab::new();
    let mut job = probe(&lab, &["survey"]);
    job.dataset = None;
    assert_eq!(run(&lab, &job).manifest.status, ExitStatus::Exited(0));
    let seen = stdout(&job);
    assert!(!seen.contains("TALKA_DATASET") && seen.contains("in []"), "{seen}");
}

#[test]
fn gets_random_numbers_of_its_own_for_each_task() {
    let lab = Lab::new();
    let mut job = probe(&lab, &["random"]);
    let mut seen = Vec::new();
    for task in [(7, 3), (7, 4), (8, 3)] {
        job.task = TaskId { deal: DealId(task.0), index: task.1 };
        run(&lab, &job);
        seen.push(stdout(&job));
    }
    assert!(seen[0] != seen[1] && seen[0] != seen[2] && seen[1] != seen[2]);
}

#[test]
fn works_with_files_as_usual() {
    let lab = Lab::new();
    let job = probe(&lab, &["files"]);
    let execution = run(&lab, &job);
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0), "{}", log(&execution));
    let paths: Vec<_> = execution.listing.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["copy", "other", "word"]);
    assert_eq!(output(&job, "word"), b"dat");
    assert_eq!(output(&job, "copy"), b"The dataset.\n");
}

#[test]
fn leaves_in_its_result_what_it_wrote_to_the_current_directory_and_not_what_it_wrote_to_tmp() {
    let lab = Lab::new();
    let job = probe(&lab, &["scratch"]);
    let execution = run(&lab, &job);
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0), "{}", log(&execution));
    let paths: Vec<_> = execution.listing.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["made/of/part", "relative.txt"]);
    assert_eq!(execution.listing.empty_directories, ["nothing"]);
    assert_eq!(execution.manifest.check_with(&execution.listing), Ok(()));
    assert_eq!(execution.manifest.callback, None);
    assert_eq!(output(&job, "made/of/part"), b"part");
    assert!(job.out_dir.join(talka_executor::FILES).join("nothing").is_dir());
}

#[test]
fn finds_no_way_out() {
    let lab = Lab::new();
    let execution = run(&lab, &probe(&lab, &["escape"]));
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0), "{}", log(&execution));
}

#[test]
fn that_panics_has_a_result() {
    let lab = Lab::new();
    let execution = run(&lab, &probe(&lab, &["panic"]));
    assert_eq!(execution.manifest.status, trapped(Trap::Unreachable));
    assert!(log(&execution).contains("on purpose"));
}

#[test]
fn that_exits_has_its_exit_code_in_the_result() {
    let lab = Lab::new();
    assert_eq!(run(&lab, &probe(&lab, &["exit"])).manifest.status, ExitStatus::Exited(17));
}

#[test]
fn that_recurses_for_ever_is_stopped_at_the_same_depth() {
    let lab = Lab::new();
    assert_eq!(run(&lab, &probe(&lab, &["recurse"])).manifest.status, trapped(Trap::CallDepth));
}

#[test]
fn that_floods_its_output_is_stopped_at_the_limit() {
    let lab = Lab::new();
    for (mode, kept) in [("flood-stdout", 1), ("flood-file", 1), ("flood-sparse", 0), ("flood-scratch", 0)] {
        let mut job = probe(&lab, &[mode]);
        job.limits.output_bytes = MIB;
        let Execution { manifest, listing, .. } = run(&lab, &job);
        assert_eq!(manifest.status, trapped(Trap::OutputLimit), "{mode}");
        let size = manifest.stdout.size + listing.files.iter().map(|file| file.blob.size).sum::<u64>();
        assert_eq!(size, kept * MIB, "{mode}");
    }
}

#[test]
fn that_floods_its_log_computes_as_before() {
    let lab = Lab::new();
    let job = probe(&lab, &["flood-stderr"]);
    let execution = run(&lab, &job);
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0));
    assert_eq!(execution.stderr.len(), 64 << 10);
    assert!(execution.stderr.ends_with(b"the end"));
    assert_eq!(execution.manifest.stdout.size, 0);
}

#[test]
fn that_makes_files_without_end_runs_out_of_them() {
    let lab = Lab::new();
    let job = probe(&lab, &["flood-names"]);
    let Execution { manifest, listing, .. } = run(&lab, &job);
    assert_eq!(manifest.status, ExitStatus::Exited(0));
    assert_eq!(listing.files.len().to_string(), stdout(&job).trim());
    assert_eq!(listing.files.len(), MAX_OUTPUT_ENTRIES);
    assert_eq!(manifest.check_with(&listing), Ok(()));
}

#[test]
fn that_opens_files_without_end_runs_out_of_descriptors() {
    let lab = Lab::new();
    let job = probe(&lab, &["flood-descriptors"]);
    assert_eq!(run(&lab, &job).manifest.status, ExitStatus::Exited(0));
    assert_eq!(stdout(&job).trim(), "1017");
}

#[test]
fn that_deletes_what_it_wrote_gets_the_room_back() {
    let lab = Lab::new();
    let execution = run(&lab, &probe(&lab, &["flood-and-delete"]));
    assert_eq!(execution.manifest.status, ExitStatus::Exited(0), "{}", log(&execution));
}

#[test]
fn leaves_its_result_in_one_piece() {
    let lab = Lab::new();
    let job = probe(&lab, &["survey"]);
    let Execution { manifest, listing, .. } = lab.run(&job);
    let encoded = fs::read(job.out_dir.join(talka_executor::MANIFEST)).unwrap();
    assert_eq!(blake3::hash(&encoded).as_bytes(), &manifest.digest().0);
    let encoded = fs::read(job.out_dir.join(talka_executor::LISTING)).unwrap();
    assert_eq!(Blob::of(&encoded), manifest.listing);
    for file in &listing.files {
        let content = output(&job, &file.path);
        assert_eq!(content.len() as u64, file.blob.size);
        assert_eq!(blake3::hash(&content).as_bytes(), &file.blob.content.0);
    }
    // Run again with less output: nothing of the first result stays.
    let mut again = job.clone();
    again.arguments = vec!["random".to_owned()];
    assert!(lab.run(&again).listing.files.is_empty());
    assert_eq!(fs::read_dir(job.out_dir.join(talka_executor::FILES)).unwrap().count(), 0);
    let unfinished = fs::read_dir(lab.dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".talka-"))
        .count();
    assert_eq!(unfinished, 0);
}
