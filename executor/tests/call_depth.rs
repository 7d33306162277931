//! The call depth is limited by the rules of the sandbox, and never by the host's stack.

mod common;

use std::fmt::Write;

use common::{command, trapped, Lab, MIB};
use talka_primitives::manifest::{ExitStatus, Trap};

/// Counts its calls in memory, so that the fingerprint tells the depth.
const COUNT: &str = "(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))";

#[test]
fn of_endless_recursion_is_exceeded() {
    let lab = Lab::new();
    let module = command(&format!("(func $f {COUNT} (call $f))"), "(call $f)");
    assert_eq!(lab.status(&module), trapped(Trap::CallDepth));
}

#[test]
fn of_indirect_and_mutual_recursion_is_exceeded() {
    let lab = Lab::new();
    let module = command(
        &format!(
            "(type $t (func (param i32) (result i32)))
            (table 2 funcref) (elem (i32.const 0) func $f $g)
            (func $f (param i32) (result i32) {COUNT}
                (call_indirect (type $t) (local.get 0) (i32.xor (i32.const 1) (local.get 0))))
            (func $g (param i32) (result i32) {COUNT}
                (i32.add (i32.const 1) (call $f (i32.xor (i32.const 1) (local.get 0)))))"
        ),
        "(drop (call $f (i32.const 0)))",
    );
    assert_eq!(lab.status(&module), trapped(Trap::CallDepth));
}

#[test]
fn counts_locals_that_are_live() {
    let lab = Lab::new();
    // All locals are different, and needed after the call.
    let mut body = String::new();
    for local in 1..=2000 {
        write!(body, "(local.set {local} (i64.load offset={} (i32.const 0)))", local * 8).unwrap();
    }
    body.push_str("(call $f (local.get 0))");
    for local in 1..=2000 {
        write!(body, "(i64.store offset={} (i32.const 0) (local.get {local}))", local * 8).unwrap();
    }
    let function = format!("(func $f (param i64) (local {}) {COUNT} {body})", "i64 ".repeat(2000));
    let module = command(&function, "(call $f (i64.const 1))");
    assert_eq!(lab.status(&module), trapped(Trap::CallDepth));
}

/// Values that no local or operand holds: the compiler moves them out of the loop and keeps them over the call.
#[test]
fn counts_values_that_the_compiler_keeps() {
    let lab = Lab::new();
    let mut scalar = String::new();
    let mut vector = String::new();
    for value in 1..4000u64 {
        let constant = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        write!(scalar, "(i64.mul (local.get 0) (i64.const {constant})) i64.xor ").unwrap();
        write!(vector, "(i64x2.sub (local.get 0) (v128.const i64x2 {constant} {constant})) i64x2.add ")
            .unwrap();
    }
    let module = |ty: &str, zero: &str, add: &str, test: &str, values: &str| {
        command(
            &format!(
                "(func $f (param {ty}) (local {ty})
                    (loop $again
                        {COUNT}
                        (local.set 1 (local.get 1) {values})
                        (call $f ({add} (local.get 0) {test}))
                        (br $again)))"
            ),
            &format!("(call $f {zero})"),
        )
    };
    let scalar = module("i64", "(i64.const 0)", "i64.add", "(i64.const 1)", &scalar);
    let vector = module("v128", "(v128.const i64x2 0 0)", "i64x2.add", "(v128.const i64x2 1 1)", &vector);
    assert_eq!(lab.status(&scalar), trapped(Trap::CallDepth));
    assert_eq!(lab.status(&vector), trapped(Trap::CallDepth));
}

/// Each loop has a value of its own for each local.
#[test]
fn counts_what_loops_multiply() {
    let lab = Lab::new();
    let (locals, loops) = (200, 100);
    let mut body = String::new();
    for number in 0..loops {
        write!(body, "(loop $l{number} ").unwrap();
        for local in 1..=locals {
            let operation = if (local + number) % 2 == 0 { "i64.add" } else { "i64.mul" };
            write!(
                body,
                "(local.set {local} ({operation} (local.get {local}) (i64.const {})))",
                number * 2 + 3
            )
            .unwrap();
        }
    }
    body.push_str("(call $f (local.get 7))");
    for number in (0..loops).rev() {
        write!(body, "(br_if $l{number} (i64.eqz (local.get {}))))", number + 1).unwrap();
    }
    for local in 1..=locals {
        write!(body, "(i64.store offset={} (i32.const 0) (local.get {local}))", local * 8).unwrap();
    }
    let function = format!("(func $f (param i64) (local {}) {COUNT} {body})", "i64 ".repeat(locals));
    assert_eq!(lab.status(&command(&function, "(call $f (i64.const 1))")), trapped(Trap::CallDepth));
}

#[test]
fn leaves_room_for_honest_recursion() {
    let lab = Lab::new();
    let module = command(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func $sum (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1)))))"#,
        "(call $exit (call $sum (i32.const 30000)))",
    );
    assert_eq!(lab.status(&module), ExitStatus::Exited(30_000 * 30_001 / 2));
}

#[test]
fn is_given_back_on_every_way_out() {
    let lab = Lab::new();
    let module = command(
        r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func $falls (param i32) (result i32 i64) (local.get 0) (i64.const 1))
        (func $returns (param i32) (result i32 i64)
            (block (block (loop (return (local.get 0) (i64.const 1)))))
            unreachable)
        (func $branches (param i32) (result i32) (local.get 0) (br_table 0 0 (local.get 0)))
        (func $branches_if (param i32) (result i32)
            (drop (br_if 0 (local.get 0) (i32.const 1)))
            unreachable)
        (func $nothing (return))"#,
        "(local $i i32) (local $sum i32)
        (loop $again
            (drop (call $falls (i32.const 1))) (local.set $sum (i32.add (local.get $sum)))
            (drop (call $returns (i32.const 1))) (local.set $sum (i32.add (local.get $sum)))
            (local.set $sum (i32.add (local.get $sum) (call $branches_if (i32.const 1))))
            (local.set $sum (i32.add (local.get $sum) (call $branches (i32.const 1))))
            (call $nothing)
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 100000))))
        (call $exit (local.get $sum))",
    );
    assert_eq!(lab.status(&module), ExitStatus::Exited(400_000));
}

#[test]
fn is_told_from_other_traps_far_down() {
    let lab = Lab::new();
    let module = command(
        "(func $down (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (call $down (i32.sub (local.get 0) (i32.const 1))))",
        "(call $down (i32.const 30000))",
    );
    assert_eq!(lab.status(&module), trapped(Trap::Unreachable));
}

#[test]
fn does_not_depend_on_the_memory_limit() {
    let lab = Lab::new();
    let mut job = lab.job(command(&format!("(func $f {COUNT} (call $f))"), "(call $f)"));
    let digest = lab.run(&job).manifest.digest();
    job.limits.memory_bytes = MIB;
    assert_eq!(lab.run(&job).manifest.digest(), digest);
}
