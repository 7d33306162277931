//! What is no app is refused before anybody pays for it, with the reason.

mod common;

use std::time::Duration;

use common::{command, trapped, Lab};
use talka_executor::{memory_needed, Finding, Limits};
use talka_primitives::manifest::{Trap, MAX_APP_BYTES};

/// Why a module is no app. Executed, it is none either.
fn refused(lab: &Lab, module: &[u8]) -> Vec<String> {
    let Finding::NotAnApp(reasons) = lab.executor.check(module).unwrap() else { panic!("it is an app") };
    assert_eq!(lab.run(&lab.job_of_bytes(module)).manifest.status, trapped(Trap::NotACommand));
    reasons
}

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn finds_an_app_and_the_memory_that_it_begins_with() {
    let lab = Lab::new();
    let module = wat::parse_bytes(command("", "").as_bytes()).unwrap().into_owned();
    assert_eq!(lab.executor.check(&module).unwrap(), Finding::App { initial_memory: 1 << 16 });
}

#[test]
fn says_in_plain_words_why_a_module_is_no_app() {
    let lab = Lab::new();
    let start = r#"(func (export "_start"))"#;
    let with = |what: &str| wasm(&format!("(module {what} {start})"));
    for (module, reason) in [
        (wasm("(module)"), "it exports no function `_start`"),
        (
            wasm(r#"(module (func (export "_initialize")))"#),
            "it exports no `_start`: it is a library (a WASI reactor), and an app is a command",
        ),
        (
            wasm(r#"(module (func (export "_start") (param i32)))"#),
            "its export `_start` is no function without parameters and results",
        ),
        (
            wasm(r#"(module (memory (export "_start") 1))"#),
            "its export `_start` is no function without parameters and results",
        ),
        (
            with(r#"(import "env" "log" (func)) (import "env" "memory" (memory 1))"#),
            "it imports the function `env::log`, the memory `env::memory`: the sandbox has the functions of \
             `wasi_snapshot_preview1` only",
        ),
        (
            with(r#"(import "wasi_snapshot_preview1" "fork" (func (result i32)))"#),
            "it imports the function `wasi_snapshot_preview1::fork` of type (func (result i32)): the sandbox has the functions \
             of `wasi_snapshot_preview1` only",
        ),
        (
            wasm("(component)"),
            "it is a component (WASI preview 2), and an app is a core module: compile it for wasm32-wasip1",
        ),
        (
            b"\n(module)".to_vec(),
            "it is the text format of WebAssembly: convert it, for example with `wat2wasm`",
        ),
        (b"#!/bin/sh".to_vec(), "it is not WebAssembly in binary form"),
        (vec![], "it is not WebAssembly in binary form"),
        (
            vec![0; MAX_APP_BYTES as usize + 1],
            "it has 67108865 bytes, and an app has 67108864 at most",
        ),
        (with("(memory 1) (memory 1)"), "it uses several memories: compile it without `multimemory`"),
        (
            with("(memory 1 1 shared)"),
            "it uses threads: compile it for one thread, without `atomics`",
        ),
        (with("(memory i64 1)"), "it uses a memory with 64-bit addresses: compile it for wasm32"),
        (
            with("(type (struct))"),
            "it uses garbage collection of WebAssembly: use a compiler that brings its own memory management",
        ),
        (
            with("(tag)"),
            "it uses exceptions of WebAssembly: compile it without them, as with `-fno-exceptions` or `panic=abort`",
        ),
        (with("(func (return_call 0))"), "it uses tail calls: compile it without `tail-call`"),
        (
            with("(global externref (ref.null extern))"),
            "it uses references to values of the host (`externref`): there are none",
        ),
        (
            with("(func (drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0))))"),
            "it uses relaxed SIMD, which differs between processors: compile it without `relaxed-simd`",
        ),
        (with(&"(table 1 funcref)".repeat(5)), "it has 5 tables, and 4 are the most"),
        (
            with("(table 2000000 funcref)"),
            "it has a table of 2000000 elements, and 1048576 are the most",
        ),
        (
            with(r#"(func (export "talka:start"))"#),
            "it exports `talka:start`, and names that begin with `talka:` are the sandbox's",
        ),
    ] {
        assert_eq!(refused(&lab, &module), [reason]);
    }
}

#[test]
fn says_all_that_keeps_a_module_from_being_an_app() {
    let lab = Lab::new();
    let module = wasm(
        r#"(module (import "env" "log" (func)) (import "wasi_unstable" "fd_write" (func)) (memory 1 1 shared)
            (tag) (func (export "_start") (param i32)))"#,
    );
    let said = refused(&lab, &module).join("; ");
    for part in ["`_start`", "`env::log`", "`wasi_unstable::fd_write`", "threads", "exceptions"] {
        assert!(said.contains(part), "`{said}` does not say {part}");
    }
}

#[test]
fn names_of_a_module_are_shown_short_and_without_control_characters() {
    let lab = Lab::new();
    let name = format!("\\1b[2J{}", "long".repeat(100));
    let module = wasm(&format!(r#"(module (import "env" "{name}" (func)) (func (export "_start")))"#));
    let said = refused(&lab, &module).join("; ");
    assert!(said.contains("\\u{1b}[2Jlong") && !said.contains('\u{1b}') && said.len() < 250, "{said}");
    let many: String = (0..1000).map(|number| format!(r#"(import "env" "{number}" (func))"#)).collect();
    let module = wasm(&format!(r#"(module {many} (func (export "_start")))"#));
    let said = refused(&lab, &module).join("; ");
    assert!(said.contains("and 980 more") && said.len() < 2000, "{said}");
}

#[test]
fn memory_that_a_task_needs_is_told_before() {
    let limits = Limits {
        fuel: 1,
        memory_bytes: 256 << 20,
        output_bytes: 64 << 20,
        wall_clock: Duration::from_secs(1),
    };
    assert_eq!(memory_needed(&limits), (256 + 4 * 64 + 128) << 20);
    assert_eq!(memory_needed(&Limits { memory_bytes: u64::MAX, ..limits }), u64::MAX);
}
