//! Compares the sandbox with the bare machine: the fixed cost of a task, the speed of compiled Rust, and how much fuel is
//! burnt in a nanosecond by code of several kinds, from what a processor does fastest to what it does slowest.
//!
//! `cargo run --example measure` (needs `rustc` with the target `wasm32-wasip1`). With names of kernels it measures
//! those alone.

use std::{
    cell::Cell,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use talka_executor::{Cancel, Executor, Job, Limits, Progress, WasmExecutor};
use talka_primitives::{
    id::{ContentId, TaskId},
    manifest::ExitStatus,
};

type Failure = Box<dyn std::error::Error>;

/// Kernels of `tests/guest/kernels.rs`, and how often each is repeated.
const KERNELS: [(&str, u32); 7] = [
    ("floats", 60),
    ("integers", 60),
    ("matrix", 150),
    ("calls", 1200),
    ("map", 150),
    ("sort", 80),
    ("bytes", 800),
];

/// Kernels that use vectors.
const VECTOR_KERNELS: [(&str, u32); 3] = [("f32x4 matrix", 600), ("f32x4 blur", 2500), ("f32x4 poly", 5000)];

/// Loops of one kind of instruction: name, what is done before, what is done in each turn, and thousands of turns. `$i`
/// is the number of the turn; `$x`, `$f`, `$p` and `$v` are for the loop. Each result is needed for the next.
const LOOPS: [(&str, &str, &str, u32); 14] = [
    ("adds", "", "(local.set $x (i64.add (i64.rotl (local.get $x) (i64.const 3)) (i64.const 7)))", 100_000),
    (
        "branches at random",
        "",
        "(local.set $x (i64.mul (local.get $x) (i64.const 6364136223846793005)))
        (if (i64.lt_s (local.get $x) (i64.const 0)) (then (local.set $x (i64.add (local.get $x) (i64.const 1)))))",
        50_000,
    ),
    ("loads, 4 KiB", "(call $shuffle (i32.const 0xfff))", CHASE, 50_000),
    ("loads, 1 MiB", "(call $shuffle (i32.const 0xfffff))", CHASE, 20_000),
    ("loads, 16 MiB", "(call $shuffle (i32.const 0xffffff))", CHASE, 5_000),
    ("loads, 256 MiB", "(call $shuffle (i32.const 0xfffffff))", CHASE, 3_000),
    ("stores, 256 MiB", "(call $shuffle (i32.const 0xfffffff))", SCATTER, 5_000),
    (
        "integer divisions",
        "",
        "(local.set $x (i64.or (i64.div_u (i64.const -1) (local.get $x)) (i64.const 3)))",
        20_000,
    ),
    ("float divisions", "", "(local.set $f (f64.div (f64.const 1.7) (local.get $f)))", 50_000),
    ("square roots", "", "(local.set $f (f64.sqrt (f64.add (local.get $f) (f64.const 1.7))))", 50_000),
    (
        "denormal numbers",
        "(local.set $f (f64.const 1e-308))",
        "(local.set $f (f64.mul (f64.mul (local.get $f) (f64.const 0.001)) (f64.const 1000)))",
        5_000,
    ),
    (
        "vector divisions",
        "(local.set $v (f32x4.splat (f32.const 1.7)))",
        "(local.set $v (f32x4.div (v128.const f32x4 3 3 3 3) (local.get $v)))",
        50_000,
    ),
    ("calls", "", "(call $nothing)", 50_000),
    (
        "copies, 64 MiB",
        "",
        "(memory.copy (i32.const 0) (i32.const 0x4000000) (i32.const 0x4000000))",
        0,
    ),
];

const CHASE: &str = "(local.set $p (i32.load (local.get $p)))";

const SCATTER: &str =
    "(i32.store (i32.and (i32.mul (local.get $i) (i32.const 0x9e3779b1)) (i32.const 0xffffffc))
    (local.get $i))";

fn main() -> Result<(), Failure> {
    talka_executor::compile_if_asked();
    let wanted: Vec<_> = env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let lab = Lab::new()?;

    if is_wanted("fixed") {
        lab.fixed_costs()?;
    }
    println!("\n{:14} {:>10} {:>10} {:>6} {:>12}", "kernel", "native", "sandbox", "ratio", "fuel/ns");
    let vectors = ["-Ctarget-feature=+simd128"];
    for (kernels, features) in [(&KERNELS[..], &[][..]), (&VECTOR_KERNELS[..], &vectors[..])] {
        let kernels: Vec<_> = kernels.iter().filter(|(kernel, _)| is_wanted(kernel)).collect();
        if kernels.is_empty() {
            continue;
        }
        let native = lab.compile(&[])?;
        let module = lab.compile(&[&["--target=wasm32-wasip1"], features].concat())?;
        for (kernel, repeat) in kernels {
            lab.compare(kernel, *repeat, &native, &module)?;
        }
    }
    println!("\n{:20} {:>10} {:>12}", "loop", "time", "fuel/ns");
    for (name, before, turn, thousands) in LOOPS.iter().filter(|(name, ..)| is_wanted(name)) {
        lab.pace(name, |times| looping(before, turn, *thousands, times))?;
    }
    Ok(())
}

/// A module that does `before` and then `times * thousands * 1000` turns, eight in each pass of a loop; or `times * 10` turns
/// where `thousands` is 0.
fn looping(before: &str, turn: &str, thousands: u32, times: u32) -> String {
    let (unrolled, turns) = if thousands == 0 { (1, 10 * times) } else { (8, times * thousands * 1000 / 8) };
    format!(
        r#"(module
            (memory (export "memory") 4096)
            (func $nothing)
            ;; One cycle through all words below a mask, in an order that no processor foresees.
            (func $shuffle (param $mask i32) (local $i i32)
                (loop $again
                    (i32.store (local.get $i)
                        (i32.and (local.get $mask)
                            (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904220))))
                    (local.set $i (i32.add (local.get $i) (i32.const 4)))
                    (br_if $again (i32.lt_u (local.get $i) (local.get $mask)))))
            (func (export "_start")
                (local $i i32) (local $x i64) (local $f f64) (local $p i32) (local $v v128)
                (local.set $x (i64.const 12345))
                (local.set $f (f64.const 1.2))
                {before}
                (loop $again
                    {}
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $i) (i32.const {turns}))))
                (i64.store (i32.const 0) (local.get $x))
                (f64.store (i32.const 8) (local.get $f))
                (i32.store (i32.const 16) (local.get $p))
                (v128.store (i32.const 32) (local.get $v))))"#,
        turn.repeat(unrolled)
    )
}

/// An executor, and a directory for programs and results.
struct Lab {
    directory: tempfile::TempDir,
    executor: WasmExecutor,
    count: Cell<u32>,
}

impl Lab {
    fn new() -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let executor = WasmExecutor::new(directory.path().join("cache"))?;
        Ok(Self { directory, executor, count: Cell::new(0) })
    }

    fn fresh(&self) -> PathBuf {
        self.count.set(self.count.get() + 1);
        self.directory.path().join(self.count.get().to_string())
    }

    /// Compiles the kernels.
    fn compile(&self, options: &[&str]) -> Result<PathBuf, Failure> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest/kernels.rs");
        let program = self.fresh();
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2021", "-Copt-level=3"]).args(options).arg("-o").args([&program, &source]);
        if !rustc.status()?.success() {
            return Err("rustc failed".into());
        }
        Ok(program)
    }

    fn file(&self, module: &str) -> Result<PathBuf, Failure> {
        let path = self.fresh();
        fs::write(&path, wat::parse_str(module)?)?;
        Ok(path)
    }

    fn job(&self, module: &Path, arguments: &[String]) -> Result<Job, Failure> {
        Ok(Job {
            task: TaskId::default(),
            task_count: 1,
            module: module.to_owned(),
            content: Some(ContentId(*blake3::hash(&fs::read(module)?).as_bytes())),
            arguments: arguments.to_vec(),
            stdin: Vec::new(),
            dataset: None,
            limits: Limits {
                fuel: u64::MAX,
                memory_bytes: 1 << 30,
                output_bytes: 1 << 20,
                wall_clock: Duration::from_secs(600),
            },
            out_dir: self.fresh(),
            progress: Progress::new(),
        })
    }

    /// Runs a job, and says how much time and fuel it took.
    fn run(&self, job: &Job) -> Result<(Duration, u64), Failure> {
        let execution = self.executor.run(job, &Cancel::new())?;
        if execution.manifest.status != ExitStatus::Exited(0) {
            return Err(format!("{:?}", execution.manifest.status).into());
        }
        Ok((execution.elapsed, execution.manifest.fuel_used))
    }

    fn fixed_costs(&self) -> Result<(), Failure> {
        let program = self.compile(&["--target=wasm32-wasip1"])?;
        let nothing = self.job(&program, &["nothing".into(), "1".into()])?;
        let started = Instant::now();
        self.run(&nothing)?;
        println!(
            "cold, Rust program of {} KiB: {:?}",
            fs::metadata(&program)?.len() >> 10,
            started.elapsed()
        );
        let empty = self.file(r#"(module (memory (export "memory") 1) (func (export "_start")))"#)?;
        let empty = self.job(&empty, &[])?;
        for (name, job) in [("Rust program that does nothing", nothing), ("empty module", empty)] {
            self.run(&job)?;
            let whole = median(|| {
                let job = Job { out_dir: self.fresh(), ..job.clone() };
                let started = Instant::now();
                self.run(&job)?;
                Ok(started.elapsed())
            })?;
            let written = median(|| write_result(&self.fresh()))?;
            println!("warm, {name}: {whole:?}, of which to write the result {written:?}");
        }
        Ok(())
    }

    /// Runs a kernel on the bare machine and in the sandbox.
    fn compare(&self, kernel: &str, repeat: u32, native: &Path, module: &Path) -> Result<(), Failure> {
        let arguments = [kernel.to_string(), repeat.to_string()];
        let native = cpu_time(|| Ok(Command::new(native).args(&arguments).output().map(drop)?))?;
        let job = self.job(module, &arguments)?;
        let sandbox = cpu_time(|| self.run(&job).map(drop))?;
        let ratio = sandbox.as_secs_f64() / native.as_secs_f64();
        let pace = self.run(&job)?.1 as f64 / sandbox.as_nanos() as f64;
        println!("{kernel:14} {native:>10.1?} {sandbox:>10.1?} {ratio:>6.2} {pace:>12.2}");
        Ok(())
    }

    /// What three times the turns take more than once.
    fn pace(&self, name: &str, module: impl Fn(u32) -> String) -> Result<(), Failure> {
        let once = self.job(&self.file(&module(1))?, &[])?;
        let thrice = self.job(&self.file(&module(3))?, &[])?;
        let measure = |job| -> Result<(Duration, u64), Failure> {
            let fuel = self.run(job)?.1;
            Ok((cpu_time(|| self.run(job).map(drop))?, fuel))
        };
        let ((less_time, less_fuel), (more_time, more_fuel)) = (measure(&once)?, measure(&thrice)?);
        let time = more_time.saturating_sub(less_time);
        println!("{name:20} {time:>10.1?} {:>12.2}", (more_fuel - less_fuel) as f64 / time.as_nanos() as f64);
        Ok(())
    }
}

/// Makes the folder of a small result as the executor does, and says how long it took.
fn write_result(path: &Path) -> Result<Duration, Failure> {
    let started = Instant::now();
    let parent = path.parent().ok_or("no directory")?;
    let new = tempfile::tempdir_in(parent)?;
    fs::create_dir(new.path().join("files"))?;
    for name in ["stdout", "stderr", "listing.scale", "manifest.scale"] {
        fs::write(new.path().join(name), [0; 100])?;
    }
    fs::rename(new.path(), path)?;
    let _moved = new.keep();
    Ok(started.elapsed())
}

/// The median of many times.
fn median(mut run: impl FnMut() -> Result<Duration, Failure>) -> Result<Duration, Failure> {
    let mut times = (0..1001).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times[times.len() / 2])
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
