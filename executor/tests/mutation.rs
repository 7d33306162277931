//! Modules that were damaged at random never bring the executor down, and give one result.

mod common;

use std::sync::OnceLock;

use common::Lab;
use proptest::prelude::*;
use talka_executor::{Cancel, Executor, WasmExecutor};

/// Uses a bit of everything.
const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    (type $binary (func (param i32 i32) (result i32)))
    (memory (export "memory") 2 4)
    (table 4 funcref)
    (global $count (mut i32) (i32.const 3))
    (elem (i32.const 0) func $add $multiply $add)
    (elem $passive func $add)
    (data (i32.const 64) "file\00\00\00\00some text to write somewhere")
    (data $late "late")
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $multiply (type $binary) (i32.mul (local.get 0) (local.get 1)))
    (func $pair (param f64) (result i64 f64)
        (i64.trunc_sat_f64_s (local.get 0)) (f64.sqrt (local.get 0)))
    (func $initialise (memory.init $late (i32.const 200) (i32.const 0) (i32.const 4)))
    (start $initialise)
    (func (export "_start") (local $i i32) (local $v v128)
        (drop (call $open (i32.const 4) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 1)
            (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 32)))
        (i32.store (i32.const 0) (i32.const 72))
        (i32.store (i32.const 4) (i32.const 20))
        (drop (call $write (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 36)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 36)))
        (drop (call $random (i32.const 1000) (i32.const 100)))
        (drop (call $readdir (i32.const 4) (i32.const 2000) (i32.const 500) (i64.const 0) (i32.const 40)))
        (loop $again
            (i32.store offset=4000 (i32.shl (local.get $i) (i32.const 2))
                (call_indirect (type $binary) (local.get $i) (i32.const 7)
                    (i32.rem_u (local.get $i) (i32.const 3))))
            (call $pair (f64.convert_i32_u (local.get $i)))
            (f64.store (i32.const 5000)) (i64.store (i32.const 5008))
            (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 30))))
        (v128.store (i32.const 6000) (local.get $v))
        (drop (memory.grow (i32.const 1)))
        (memory.fill (i32.const 131072) (i32.const 7) (i32.const 65536))
        (memory.copy (i32.const 7000) (i32.const 64) (i32.const 30))
        (table.init $passive (i32.const 3) (i32.const 0) (i32.const 1))
        (block $out (block $in (br_table $in $out (global.get $count))))
        (global.set $count (i32.popcnt (global.get $count))))
)"#;

fn module() -> &'static [u8] {
    static MODULE_BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE_BYTES.get_or_init(|| wat::parse_str(MODULE).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gives_one_result(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in proptest::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let lab = Lab::new();
        let mut bytes = module().to_vec();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut job = lab.job_of_bytes(&bytes);
        job.limits.fuel = 3_000_000;
        job.limits.memory_bytes = 4 << 20;
        job.limits.output_bytes = 1 << 20;
        let first = lab.try_run(&job).unwrap().manifest;
        prop_assert_eq!(&lab.try_run(&job).unwrap().manifest, &first);
        let from_disk = WasmExecutor::new(lab.cache()).unwrap();
        prop_assert_eq!(&from_disk.run(&job, &Cancel::new()).unwrap().manifest, &first);
    }
}
