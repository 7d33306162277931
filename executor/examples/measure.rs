//! Compares the sandbox with the bare machine: the fixed cost of a task, and the speed of compiled Rust.
//!
//! `cargo run --example measure` (needs `rustc` with the target `wasm32-wasip1`).

use std::{cell::Cell, fs, path::Path, process::Command, time::Duration};

use talka_executor::{Cancel, Executor, Job, Limits, WasmExecutor};
use talka_primitives::{id::TaskId, manifest::ExitStatus};

type Failure = Box<dyn std::error::Error>;

const KERNELS: [(&str, u32); 7] = [
    ("floats", 60),
    ("integers", 60),
    ("matrix", 150),
    ("calls", 1200),
    ("map", 150),
    ("sort", 80),
    ("bytes", 800),
];

fn main() -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest/kernels.rs");
    let compile = |target: &[&str], name: &str| {
        let path = dir.path().join(name);
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2021", "-Copt-level=3"]).args(target).arg("-o").args([&path, &source]);
        rustc.status().map(|status| (status.success(), path))
    };
    let (true, native) = compile(&[], "kernels")? else { return Err("rustc failed".into()) };
    let (true, module) = compile(&["--target=wasm32-wasip1"], "kernels.wasm")? else {
        return Err("rustc failed".into());
    };

    let executor = WasmExecutor::new(dir.path().join("cache"))?;
    let count = Cell::new(0);
    let fresh_dir = || {
        count.set(count.get() + 1);
        dir.path().join(format!("out-{}", count.get()))
    };
    let job = |arguments: &[String]| Job {
        task: TaskId::default(),
        task_count: 1,
        module: module.clone(),
        arguments: arguments.to_vec(),
        stdin: Vec::new(),
        dataset: None,
        limits: Limits {
            fuel: u64::MAX,
            memory_bytes: 1 << 30,
            output_bytes: 1 << 20,
            wall_clock: Duration::from_secs(600),
        },
        out_dir: fresh_dir(),
    };
    let run = |job: &Job| -> Result<(Duration, u64), Failure> {
        let job = Job { out_dir: fresh_dir(), ..job.clone() };
        let execution = executor.run(&job, &Cancel::new())?;
        if execution.manifest.status != ExitStatus::Exited(0) {
            return Err(format!("{:?}", execution.manifest.status).into());
        }
        Ok((execution.elapsed, execution.manifest.fuel_used))
    };

    let nothing = job(&["nothing".into(), "1".into()]);
    println!("cold (compiled): {:?}", run(&nothing)?.0);
    println!("warm, Rust program that does nothing: {:?}", least(|| Ok(run(&nothing)?.0))?);
    let mut empty = nothing.clone();
    empty.module = dir.path().join("empty.wasm");
    fs::write(
        &empty.module,
        wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start")))"#)?,
    )?;
    println!("warm, empty module: {:?}", least(|| Ok(run(&empty)?.0))?);

    println!("\n{:10} {:>10} {:>10} {:>6} {:>12}", "kernel", "native", "sandbox", "ratio", "fuel/ns");
    for (kernel, repeat) in KERNELS {
        let arguments = [kernel.to_string(), repeat.to_string()];
        let native = cpu_time(|| Ok(Command::new(&native).args(&arguments).output().map(drop)?))?;
        let job = job(&arguments);
        let sandbox = cpu_time(|| run(&job).map(drop))?;
        let ratio = sandbox.as_secs_f64() / native.as_secs_f64();
        let pace = run(&job)?.1 as f64 / sandbox.as_nanos() as f64;
        println!("{kernel:10} {native:>10.1?} {sandbox:>10.1?} {ratio:>6.2} {pace:>12.2}");
    }
    Ok(())
}

/// The least time of many runs: other load only adds to it.
fn least(mut run: impl FnMut() -> Result<Duration, Failure>) -> Result<Duration, Failure> {
    (0..100).try_fold(Duration::MAX, |least, _| Ok(least.min(run()?)))
}

/// The least processor time, of this process and its children, of a few runs. In ticks of 10 ms.
fn cpu_time(mut run: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let ticks = || -> Result<u64, Failure> {
        let stat = fs::read_to_string("/proc/self/stat")?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        Ok(after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum())
    };
    let mut least = u64::MAX;
    for _ in 0..5 {
        let before = ticks()?;
        run()?;
        least = least.min(ticks()? - before);
    }
    Ok(Duration::from_millis(10 * least))
}
