//! The example apps give the same bytes natively and in the sandbox.

use std::{path::Path, time::Duration};

use anyhow::{ensure, Result};
use talka_executor::{Cancel, Executor as _, Job, Limits, Progress, WasmExecutor, FILES};
use talka_primitives::{
    manifest::{Callback, CALLBACK},
    DealId, TaskId,
};
use talka_tests::{
    apps::{files, Example, RENDER, TERM_STATISTICS, VALUE_AT_RISK},
    programs::artefact,
};

/// Runs the first and the last task of a bag both ways.
fn compare(example: Example) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let executor = WasmExecutor::new(folder.path().join("modules"))?;
    for index in [0, example.tasks - 1] {
        let task = TaskId { deal: DealId(7), index };
        let native = folder.path().join(format!("native-{index}"));
        example.run_natively(task, &native)?;

        let job = Job {
            task,
            task_count: example.tasks,
            module: artefact(example.app)?,
            content: None,
            arguments: example.arguments_of(index),
            stdin: Vec::new(),
            dataset: Some(example.data()),
            limits: Limits {
                fuel: 15_000_000_000,
                memory_bytes: 256 << 20,
                output_bytes: 16 << 20,
                wall_clock: Duration::from_secs(60),
            },
            out_dir: folder.path().join(format!("sandbox-{index}")),
            progress: Progress::new(),
        };
        let execution = executor.run(&job, &Cancel::new())?;
        let said = String::from_utf8_lossy(&execution.stderr);
        ensure!(execution.manifest.status.is_success(), "{:?}: {said}", execution.manifest.status);

        let (native, sandboxed) = (files(&native)?, files(&job.out_dir.join(FILES))?);
        assert!(!native.is_empty());
        assert_eq!(native.keys().collect::<Vec<_>>(), sandboxed.keys().collect::<Vec<_>>());
        for (path, content) in &native {
            assert!(sandboxed[path] == *content, "{} of task {index} differs", path.display());
        }
        let callback = native.get(Path::new(CALLBACK)).map(|content| Callback::of(content));
        assert_eq!(execution.manifest.callback, callback);
        assert_eq!(callback.is_some(), example.app == VALUE_AT_RISK.app, "{}", example.app);
        assert_eq!(execution.manifest.check_with(&execution.listing), Ok(()));
    }
    Ok(())
}

#[test]
fn value_at_risk_is_the_same_natively_and_in_the_sandbox() -> Result<()> {
    compare(VALUE_AT_RISK)
}

#[test]
fn term_statistics_are_the_same_natively_and_in_the_sandbox() -> Result<()> {
    compare(TERM_STATISTICS)
}

#[test]
fn a_rendered_tile_is_the_same_natively_and_in_the_sandbox() -> Result<()> {
    compare(RENDER)
}
