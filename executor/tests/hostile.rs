//! Whatever an app does to the sandbox ends in the same result for everyone, or in an error and no result.

mod common;

use std::{
    thread,
    time::{Duration, Instant},
};

use common::{command, trapped, Lab, MIB};
use talka_executor::{Cancel, Executor, ExecutorError, Finding};
use talka_primitives::manifest::{ExitStatus, Trap};

const ENDLESS_LOOP: &str = "(loop (br 0))";

#[test]
fn endless_loop_runs_out_of_fuel() {
    let lab = Lab::new();
    let mut job = lab.job(command("", ENDLESS_LOOP));
    job.limits.fuel = 50_000_000;
    let manifest = lab.run(&job).manifest;
    assert_eq!((manifest.status, manifest.fuel_used), (ExitStatus::OutOfFuel, 50_000_000));
    assert_eq!(lab.run(&job).manifest, manifest);
}

#[test]
fn endless_loop_with_endless_fuel_has_no_result() {
    let lab = Lab::new();
    let mut job = lab.job(command("", ENDLESS_LOOP));
    job.limits.fuel = u64::MAX;
    job.limits.wall_clock = Duration::from_millis(300);
    let started = Instant::now();
    let error = lab.try_run(&job).unwrap_err();
    assert!(matches!(error, ExecutorError::TimedOut(_)), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(!job.out_dir.exists());
}

#[test]
fn watchdog_of_one_task_leaves_others_alone() {
    let lab = Lab::new();
    let mut endless = lab.job(command("", ENDLESS_LOOP));
    endless.limits.fuel = u64::MAX;
    endless.limits.wall_clock = Duration::from_millis(100);
    let mut long = lab.job(command("", ENDLESS_LOOP));
    long.limits.fuel = 1_500_000_000;
    let alone = lab.run(&long).manifest.digest();
    thread::scope(|scope| {
        let long = scope.spawn(|| lab.run(&long).manifest.digest());
        assert!(lab.try_run(&endless).is_err());
        assert_eq!(long.join().unwrap(), alone);
    });
}

#[test]
fn endless_loop_can_be_cancelled() {
    let lab = Lab::new();
    let mut job = lab.job(command("", ENDLESS_LOOP));
    job.limits.fuel = u64::MAX;
    let cancel = Cancel::new();
    thread::scope(|scope| {
        let run = scope.spawn(|| lab.executor.run(&job, &cancel));
        thread::sleep(Duration::from_millis(100));
        cancel.cancel();
        let error = run.join().unwrap().unwrap_err();
        assert!(matches!(error, ExecutorError::Cancelled), "{error}");
    });
}

#[test]
fn memory_bomb_is_refused_at_the_limit() {
    // Leaves the number of pages that it got as its exit code.
    let bomb = command(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#,
        "(loop $more
            (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (call $exit (memory.size))",
    );
    let lab = Lab::new();
    let mut job = lab.job(&bomb);
    job.limits.memory_bytes = 10 * MIB;
    assert_eq!(lab.run(&job).manifest.status, ExitStatus::Exited(160));
    // The module's own maximum comes first.
    let modest = bomb.replace(r#"(memory (export "memory") 1)"#, r#"(memory (export "memory") 1 5)"#);
    assert_eq!(lab.status(&modest), ExitStatus::Exited(5));
}

#[test]
fn memory_bomb_pays_for_its_pages() {
    let lab = Lab::new();
    let mut job = lab.job(command("", "(drop (memory.grow (i32.const 1000)))"));
    job.limits.memory_bytes = 100 * MIB;
    let manifest = lab.run(&job).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(0));
    assert!(manifest.fuel_used > 5_000_000, "{}", manifest.fuel_used);
}

#[test]
fn memory_at_the_start_beyond_the_limit_is_not_a_command() {
    let lab = Lab::new();
    let huge = r#"(module (memory (export "memory") 65536) (func (export "_start")))"#;
    assert_eq!(lab.status(huge), trapped(Trap::NotACommand));
}

#[test]
fn bulk_instructions_pay_for_their_length() {
    let lab = Lab::new();
    let fill = |length: u32| {
        let body =
            format!("(memory.fill (i32.const 0) (i32.const 1) (i32.const {length})) (memory.copy (i32.const 0) (i32.const 8) (i32.const {length}))");
        let manifest = lab.run(&lab.job(command("", &body))).manifest;
        assert_eq!(manifest.status, ExitStatus::Exited(0));
        manifest.fuel_used
    };
    let (little, much) = (fill(64), fill(64_064));
    assert_eq!(much - little, 2 * 1000 * 5);
}

#[test]
fn endless_filling_runs_out_of_fuel_before_the_time() {
    let lab = Lab::new();
    let body = "(drop (memory.grow (i32.const 1000)))
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65000000)) (br 0))";
    let mut job = lab.job(command("", body));
    job.limits.memory_bytes = 100 * MIB;
    job.limits.wall_clock = Duration::from_secs(60);
    let execution = lab.run(&job);
    assert_eq!(execution.manifest.status, ExitStatus::OutOfFuel);
}

#[test]
fn table_bomb_is_refused() {
    let lab = Lab::new();
    let table = |size: &str| format!(r#"(module (table {size} funcref) (func (export "_start")))"#);
    assert_eq!(lab.status(&table("4000000000")), trapped(Trap::NotACommand));
    assert_eq!(lab.status(&table("1000")), ExitStatus::Exited(0));
    let many = format!(r#"(module {} (func (export "_start")))"#, "(table 1 funcref)".repeat(50));
    assert_eq!(lab.status(&many), trapped(Trap::NotACommand));
    // Growing it answers -1, and so divides by zero.
    let grows = r#"(module (table $t 1 funcref) (func (export "_start")
        (drop (i32.div_u (i32.const 1)
            (i32.add (i32.const 1) (table.grow $t (ref.null func) (i32.const 100000000)))))))"#;
    assert_eq!(lab.status(grows), trapped(Trap::DivisionByZero));
}

#[test]
fn start_function_traps_like_any_other() {
    let lab = Lab::new();
    let with_start = |body: &str| {
        format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func $start {body}) (start $start)
                (func (export "_start") (call $exit (i32.load (i32.const 8)))))"#
        )
    };
    assert_eq!(lab.status(&with_start("unreachable")), trapped(Trap::Unreachable));
    assert_eq!(lab.status(&with_start("(call $exit (i32.const 3))")), ExitStatus::Exited(3));
    assert_eq!(lab.status(&with_start("(call $start)")), trapped(Trap::CallDepth));
    assert_eq!(lab.status(&with_start("(i32.store (i32.const 8) (i32.const 42))")), ExitStatus::Exited(42));
}

#[test]
fn module_that_is_none_is_not_a_command() {
    let lab = Lab::new();
    let status = |bytes: &[u8]| lab.run(&lab.job_of_bytes(bytes)).manifest.status;
    for bytes in [&b""[..], b"hello", b"\0asm", b"\0asm\x01\0\0\0\x01", b"\0asm\x0d\0\x01\0"] {
        assert_eq!(status(bytes), trapped(Trap::NotACommand), "{bytes:?}");
    }
    // The text format is not one for apps.
    assert_eq!(status(br#"(module (func (export "_start")))"#), trapped(Trap::NotACommand));
}

#[test]
fn module_that_asks_for_what_there_is_not_is_not_a_command() {
    let lab = Lab::new();
    for module in [
        // No _start, or one of another kind.
        r#"(module)"#,
        r#"(module (func (export "_initialize")))"#,
        r#"(module (func (export "_start") (param i32)))"#,
        r#"(module (memory (export "_start") 1))"#,
        // Unknown imports, and known ones of another type.
        r#"(module (import "env" "system" (func)) (func (export "_start")))"#,
        r#"(module (import "wasi_snapshot_preview1" "fork" (func (result i32))) (func (export "_start")))"#,
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (func (export "_start")))"#,
        r#"(module (import "env" "memory" (memory 1)) (func (export "_start")))"#,
        r#"(module (import "env" "global" (global i32)) (func (export "_start")))"#,
        // Names of the sandbox.
        r#"(module (func (export "talka:start")) (func (export "_start")))"#,
        r#"(module (global (export "talka:call-depth") (mut i32) (i32.const 0)) (func (export "_start")))"#,
        // Features that differ between hosts, or are not in the ABI.
        r#"(module (memory 1 1 shared) (func (export "_start")))"#,
        r#"(module (memory i64 1) (func (export "_start")))"#,
        r#"(module (memory 1) (memory 1) (func (export "_start")))"#,
        r#"(module (func (export "_start") (return_call 0)))"#,
        r#"(module (func (export "_start") (local externref)))"#,
        r#"(module (tag) (func (export "_start")))"#,
        r#"(module (func (export "_start")
            (drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))"#,
    ] {
        assert_eq!(lab.status(module), trapped(Trap::NotACommand), "{module}");
    }
}

#[test]
fn counter_of_the_sandbox_is_out_of_reach() {
    let lab = Lab::new();
    let module = r#"(module (func (export "_start") (global.set 0 (i32.const 0))))"#;
    // The text is not valid: there is no global 0.
    let wasm = wat::parse_str(module).unwrap();
    assert_eq!(lab.run(&lab.job_of_bytes(wasm)).manifest.status, trapped(Trap::NotACommand));
}

#[test]
fn every_trap_has_its_name() {
    let lab = Lab::new();
    let table = "(type $t (func)) (type $u (func (param i32))) (table 2 funcref)
        (elem (i32.const 0) func $f) (func $f)";
    for (declarations, body, trap) in [
        ("", "unreachable", Trap::Unreachable),
        ("", "(drop (i32.load (i32.const 65533)))", Trap::MemoryOutOfBounds),
        ("", "(memory.fill (i32.const 65000) (i32.const 0) (i32.const 1000))", Trap::MemoryOutOfBounds),
        ("", "(drop (i32.div_s (i32.const 1) (i32.const 0)))", Trap::DivisionByZero),
        ("", "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Trap::IntegerOverflow),
        ("", "(drop (i32.trunc_f32_s (f32.const nan)))", Trap::BadConversionToInteger),
        ("", "(drop (i32.trunc_f32_s (f32.const 1e30)))", Trap::IntegerOverflow),
        (table, "(call_indirect (type $t) (i32.const 7))", Trap::TableOutOfBounds),
        (table, "(call_indirect (type $t) (i32.const 1))", Trap::IndirectCallToNull),
        (table, "(call_indirect (type $u) (i32.const 1) (i32.const 0))", Trap::BadSignature),
        (table, "(drop (table.get (i32.const 2)))", Trap::TableOutOfBounds),
    ] {
        assert_eq!(lab.status(&command(declarations, body)), trapped(trap), "{body}");
    }
    let segment = r#"(module (memory 1) (data (i32.const 65535) "xx") (func (export "_start")))"#;
    assert_eq!(lab.status(segment), trapped(Trap::MemoryOutOfBounds));
}

#[test]
fn links_and_sockets_are_not_supported() {
    const BAD_DESCRIPTOR: i32 = 8;
    const NOT_A_SOCKET: i32 = 57;
    const NOT_SUPPORTED: i32 = 58;
    let lab = Lab::new();
    for (function, params, argument, answer) in [
        ("path_symlink", "i32 i32 i32 i32 i32", 4, NOT_SUPPORTED),
        ("path_link", "i32 i32 i32 i32 i32 i32 i32", 4, NOT_SUPPORTED),
        ("sock_accept", "i32 i32 i32", 4, NOT_A_SOCKET),
        ("sock_recv", "i32 i32 i32 i32 i32 i32", 0, NOT_A_SOCKET),
        ("sock_send", "i32 i32 i32 i32 i32", 1, NOT_A_SOCKET),
        ("sock_shutdown", "i32 i32", 4, NOT_A_SOCKET),
        ("sock_shutdown", "i32 i32", 99, BAD_DESCRIPTOR),
        ("sock_send", "i32 i32 i32 i32 i32", -1, BAD_DESCRIPTOR),
    ] {
        let arguments = format!("(i32.const {argument})").repeat(params.split(' ').count());
        let module = command(
            &format!(
                r#"(import "wasi_snapshot_preview1" "{function}" (func $f (param {params}) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#
            ),
            &format!("(call $exit (call $f {arguments}))"),
        );
        assert_eq!(lab.status(&module), ExitStatus::Exited(answer), "{function} of {argument}");
    }
}

#[test]
fn pointers_out_of_memory_trap_in_system_calls() {
    let lab = Lab::new();
    for (function, params, arguments) in [
        ("random_get", "i32 i32", "(i32.const 65530) (i32.const 7)"),
        ("random_get", "i32 i32", "(i32.const -1) (i32.const -1)"),
        ("args_get", "i32 i32", "(i32.const 65535) (i32.const 0)"),
        ("clock_time_get", "i32 i64 i32", "(i32.const 0) (i64.const 0) (i32.const 65529)"),
        ("fd_write", "i32 i32 i32 i32", "(i32.const 1) (i32.const 65529) (i32.const 1) (i32.const 0)"),
        ("poll_oneoff", "i32 i32 i32 i32", "(i32.const 0) (i32.const 0) (i32.const 2000) (i32.const 0)"),
    ] {
        let module = command(
            &format!(
                r#"(import "wasi_snapshot_preview1" "{function}" (func $f (param {params}) (result i32)))"#
            ),
            &format!("(drop (call $f {arguments}))"),
        );
        assert_eq!(lab.status(&module), trapped(Trap::MemoryOutOfBounds), "{function}");
    }
}

#[test]
fn system_calls_without_a_memory_trap() {
    let lab = Lab::new();
    let module = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $f (param i32 i32) (result i32)))
        (func (export "_start") (drop (call $f (i32.const 0) (i32.const 8)))))"#;
    assert_eq!(lab.status(module), trapped(Trap::MemoryOutOfBounds));
}

#[test]
fn system_calls_pay_for_what_they_move() {
    let lab = Lab::new();
    let fuel = |import: &str, call: &str, length: u32| {
        let body = format!("(i32.store (i32.const 4) (i32.const {length})) (drop (call $f {call}))");
        let import = format!(r#"(import "wasi_snapshot_preview1" {import})"#);
        lab.run(&lab.job(command(&import, &body))).manifest.fuel_used
    };
    for (import, call, price) in [
        (
            r#""fd_write" (func $f (param i32 i32 i32 i32) (result i32))"#,
            "(i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)",
            1000,
        ),
        (
            r#""random_get" (func $f (param i32 i32) (result i32))"#,
            "(i32.const 0) (i32.load (i32.const 4))",
            8000,
        ),
    ] {
        assert_eq!(fuel(import, call, 8000) - fuel(import, call, 0), price, "{import}");
        assert!(fuel(import, call, 0) > 500, "{import}");
    }
}

/// `$f` with many locals, some of which change in each of many nested loops: what a compiler has to keep apart grows as
/// the product.
fn intricate(locals: usize, loops: usize) -> String {
    let mut body = String::new();
    for number in 0..loops {
        let [a, b, c] = [1, 7, 13].map(|factor| number * factor % locals);
        body += &format!("(loop (local.set {a} (i64.add (local.get {b}) (i64.const 3))) (br_if 0 (i64.eqz (local.get {c})))");
    }
    body += &")".repeat(loops);
    for local in 0..locals {
        body += &format!("(i64.store offset={} (i32.const 0) (local.get {local}))", local * 8);
    }
    command(&format!("(func $f (local {}) {body})", "i64 ".repeat(locals)), "(call $f)")
}

#[test]
fn compiler_bomb_is_not_a_command() {
    let lab = Lab::new();
    let started = Instant::now();
    assert_eq!(lab.status(&intricate(2000, 15_000)), trapped(Trap::NotACommand));
    // Many values that pass from call to call.
    let many = "i64 ".repeat(1000);
    let calls = command(
        &format!(
            "(func $g (param {many}) (result {many}) {})
            (func $f {} {} {})",
            (0..1000).map(|local| format!("(local.get {local})")).collect::<String>(),
            "(i64.const 1)".repeat(1000),
            "(call $g)".repeat(4000),
            "drop ".repeat(1000),
        ),
        "(call $f)",
    );
    assert_eq!(lab.status(&calls), trapped(Trap::NotACommand));
    // Many edges that carry many values.
    let edges = command(
        &format!(
            "(func $f (local {}) (block $out (br_table {} (i32.const 3))))",
            "i64 ".repeat(2000),
            "$out ".repeat(8000)
        ),
        "(call $f)",
    );
    assert_eq!(lab.status(&edges), trapped(Trap::NotACommand));
    // Many functions.
    let functions = command(&"(func)".repeat(700_000), "");
    assert_eq!(lab.status(&functions), trapped(Trap::NotACommand));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn intricate_function_within_the_limit_compiles() {
    let lab = Lab::new();
    let mut job = lab.job(intricate(400, 3000));
    job.limits.fuel = 1_000_000;
    assert_eq!(lab.run(&job).manifest.status, ExitStatus::OutOfFuel);
}

/// A function that does something to a number again and again.
fn chain(before: &str, step: &str, after: &str, steps: usize) -> String {
    command(&format!("(func $f (local i64 f64 v128) {before} {} {after})", step.repeat(steps)), "(call $f)")
}

/// A compiler has a limited number of registers, and what takes one here may take twenty on another processor.
#[test]
fn function_that_some_processors_have_no_registers_for_is_not_a_command() {
    let lab = Lab::new();
    let number = ("(i32.const 0) (i64.load (i32.const 0))", "(i64.store)");
    let vector = ("(i32.const 0) (v128.load (i32.const 0))", "(v128.store)");
    for ((before, after), step, within) in [
        (number, "i64.popcnt ", 64_900),
        (number, "f64.convert_i64_u i64.trunc_f64_u ", 32_400),
        (vector, "i8x16.popcnt ", 64_900),
        (vector, "f32x4.ceil ", 64_900),
    ] {
        let (before, after) = (before.to_owned(), after.trim_matches(['(', ')']));
        assert_eq!(lab.status(&chain(&before, step, after, within)), ExitStatus::Exited(0), "{step}");
        let beyond = wat::parse_str(chain(&before, step, after, within + 500)).unwrap();
        let Finding::NotAnApp(reasons) = lab.executor.check(&beyond).unwrap() else { panic!("{step}") };
        assert_eq!(reasons, ["function 0 is too large or too intricate to compile"]);
    }
}

/// The time to compile a function grows with the square of its branches.
#[test]
fn function_with_very_many_branches_is_not_a_command() {
    let lab = Lab::new();
    let table = "(table 1 funcref)";
    for (declarations, body) in [
        ("", format!("(block {})", "(br_if 0 (i32.const 0))".repeat(30_000))),
        ("", "(if (i32.const 1) (then))".repeat(60_000)),
        ("", "(loop)".repeat(30_000)),
        (table, "(call_indirect (i32.const 0))".repeat(25_000)),
        (table, "(drop (ref.is_null (table.get (i32.const 0))))".repeat(25_000)),
    ] {
        assert_eq!(lab.status(&command(declarations, &body)), trapped(Trap::NotACommand));
    }
}

#[test]
fn instructions_that_take_long_cost_more() {
    let lab = Lab::new();
    let fuel = |body: &str| {
        let manifest = lab.run(&lab.job(command("", body))).manifest;
        assert_eq!(manifest.status, ExitStatus::Exited(0), "{body}");
        manifest.fuel_used
    };
    let one = "(v128.const f64x2 1 1)";
    for (body, plain, more) in [
        ("(drop (i32.load (i32.const 0)))", "(drop (i32.eqz (i32.const 0)))", 3),
        (
            "(i64.store (i32.const 0) (i64.const 0))",
            "(drop (i32.const 0)) (drop (i64.const 0)) (drop (i32.const 0))",
            3,
        ),
        (
            "(drop (i64.div_u (i64.const 1) (i64.const 1)))",
            "(drop (i64.add (i64.const 1) (i64.const 1)))",
            15,
        ),
        ("(drop (f64.sqrt (f64.const 1)))", "(drop (f64.abs (f64.const 1)))", 15),
        (&format!("(drop (f64x2.div {one} {one}))"), &format!("(drop (f64x2.add {one} {one}))"), 15),
        ("(drop (v128.load (i32.const 0)))", "(drop (i32.eqz (i32.const 0)))", 3),
    ] {
        assert_eq!(fuel(body) - fuel(plain), more, "{body}");
    }
}
