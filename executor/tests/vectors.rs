//! NaNs in vectors have the same bits wherever they can be seen, and what only looks like a NaN stays as it is.

mod common;

use std::fmt::Write;

use common::{command, Lab};
use proptest::prelude::*;
use talka_executor::{Cancel, Executor, WasmExecutor};
use talka_primitives::manifest::ExitStatus;

/// What processors of the x86 family answer to these has a sign, and what others answer has none.
const NANS: &str = "(f32x4.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0))";
const WIDE_NANS: &str = "(f64x2.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0))";

const NAN: [u8; 4] = 0x7fc0_0000u32.to_le_bytes();
const WIDE_NAN: [u8; 8] = 0x7ff8_0000_0000_0000u64.to_le_bytes();
const ONES: [u8; 16] = [0xff; 16];

fn vector(lane: &[u8]) -> [u8; 16] {
    let mut vector = [0; 16];
    vector.chunks_mut(lane.len()).for_each(|place| place.copy_from_slice(lane));
    vector
}

/// The memory that a module leaves begins with these bytes, and the rest is zeros.
fn leaves(declarations: &str, body: &str, begin: &[u8]) {
    let lab = Lab::new();
    let module = command(declarations, body);
    let manifest = lab.run(&lab.job(&module)).manifest;
    assert_eq!(manifest.status, ExitStatus::Exited(0), "{module}");
    let mut memory = begin.to_vec();
    memory.resize(65536, 0);
    assert_eq!(&manifest.fingerprint, blake3::hash(&memory).as_bytes(), "{module}");
}

#[test]
fn nans_of_vectors_are_the_same_at_every_place_where_bits_are_seen() {
    let (nans, wide) = (vector(&NAN), vector(&WIDE_NAN));
    let put = |value: String| format!("(v128.store (i32.const 0) {value})");
    for (body, expected) in [
        (put(NANS.into()), nans),
        (put(WIDE_NANS.into()), wide),
        (put(format!("(v128.or {NANS} {NANS})")), nans),
        (put(format!("(v128.xor {NANS} (v128.const i32x4 0 0 0 0))")), nans),
        (put(format!("(i32x4.add (v128.const i32x4 0 0 0 0) {NANS})")), nans),
        (put(format!("(v128.bitselect {NANS} {NANS} {NANS})")), nans),
        (put(format!("(v128.not (v128.not {WIDE_NANS}))")), wide),
        (put(format!("(i8x16.swizzle {NANS} (v128.const i8x16 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3))")), nans),
        (put(format!("(i8x16.shuffle 0 1 2 3 20 21 22 23 8 9 10 11 28 29 30 31 {NANS} {NANS})")), nans),
        (put(format!("(i8x16.shuffle 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 {NANS} {NANS})")), [0x7f; 16]),
        (put(format!("(i32x4.splat (i32x4.extract_lane 2 {NANS}))")), nans),
        (put(format!("(i64x2.splat (i64x2.extract_lane 1 {WIDE_NANS}))")), wide),
        (put(format!("(f32x4.splat (f32x4.extract_lane 2 {NANS}))")), nans),
        (put(format!("(f32x4.replace_lane 1 {NANS} (f32.sqrt (f32.const -1)))")), nans),
        (put(format!("(i32x4.replace_lane 1 {NANS} (i32.const 0x7fc00000))")), nans),
        (put(format!("(select {NANS} {NANS} (i32.const 1))")), nans),
        (put(format!("(select {NANS} (v128.const i32x4 1 1 1 1) (i32.const 1))")), nans),
        (put(format!("(select (v128.const i32x4 1 1 1 1) {WIDE_NANS} (i32.const 0))")), wide),
        (put(format!("(f32x4.demote_f64x2_zero {WIDE_NANS})")), {
            let mut low = [0; 16];
            low[..8].copy_from_slice(&nans[..8]);
            low
        }),
        (put(format!("(f64x2.promote_low_f32x4 {NANS})")), wide),
        (put(format!("(f32x4.pmin {NANS} {NANS})")), nans),
        (put(format!("(f32x4.min {NANS} (v128.const f32x4 1 1 1 1))")), nans),
        (put(format!("(f64x2.add (v128.const f64x2 1 1) {WIDE_NANS})")), wide),
        // The signs of all lanes.
        (format!("(i32.store (i32.const 0) (i32x4.bitmask {NANS}))"), [0; 16]),
        (format!("(i32.store (i32.const 0) (i64x2.bitmask {WIDE_NANS}))"), [0; 16]),
        // What is taken for floats of another shape.
        (put(format!("(i8x16.eq (f64x2.abs {NANS}) {NANS})")), ONES),
        (put(format!("(f64x2.eq {NANS} {NANS})")), ONES),
        (
            (0..4)
                .map(|lane| format!("(v128.store32_lane {lane} (i32.const {}) {NANS})", 4 * lane))
                .collect(),
            nans,
        ),
        (put(format!("(v128.load32_lane 0 (i32.const 64) {NANS})")), {
            let mut nans = nans;
            nans[..4].fill(0);
            nans
        }),
    ] {
        leaves("", &body, &expected);
    }
}

#[test]
fn nans_of_vectors_are_the_same_on_every_way_through_the_program() {
    let nans = vector(&NAN);
    let put = |value: &str| format!("(v128.store (i32.const 0) {value})");
    let through = "(func $through (param v128) (result v128) (local.get 0))
        (func $returns (result v128) (return NANS))
        (func $falls (result v128) NANS)
        (func $branches (param i32) (result v128) (br_if 0 NANS (local.get 0)) drop NANS)
        (func $second (param i32 v128 f64) (result v128) (local.get 1))
        (global $global (mut v128) (v128.const i32x4 0 0 0 0))"
        .replace("NANS", NANS);
    for body in [
        put(&format!("(call $through {NANS})")),
        put("(call $returns)"),
        put("(call $falls)"),
        put("(call $branches (i32.const 0))"),
        put("(call $branches (i32.const 1))"),
        put(&format!("(call $second (i32.const 1) {NANS} (f64.const 2))")),
        format!("(global.set $global {NANS}) {}", put("(global.get $global)")),
        put(&format!("(block (result v128) {NANS})")),
        put(&format!("(block (result v128) (br 0 {NANS}))")),
        put(&format!("(block (result v128) (br_table 0 0 {NANS} (i32.const 7)))")),
        put(&format!("(if (result v128) (i32.const 1) (then {NANS}) (else (v128.const i32x4 1 1 1 1)))")),
        put(&format!("(if (result v128) (i32.const 0) (then (v128.const i32x4 1 1 1 1)) (else {NANS}))")),
        put(&format!("{NANS} (loop (param v128) (result v128))")),
        // An open vector below a block is still there after it, and one below an operand.
        format!("(i32.const 0) {NANS} (block (nop)) v128.store"),
        format!("{NANS} {NANS} drop (local.set 0) {}", put("(local.get 0)")),
        // In a local: written before, in, and after a loop, and on one of two ways.
        format!("(local.set 0 {NANS}) {}", put("(local.get 0)")),
        format!("(drop (local.tee 0 {NANS})) {}", put("(local.get 0)")),
        format!("(local.set 0 {NANS}) (loop {})", put("(local.get 0)")),
        format!("(loop {} (local.set 0 {NANS}) (br_if 0 (i32.eqz (local.tee 2 (i32.add (local.get 2) (i32.const 1))))) (br_if 0 (i32.lt_u (local.get 2) (i32.const 3))))", put("(local.get 0)")),
        format!("(if (i32.eqz (local.get 2)) (then (local.set 0 {NANS}))) {}", put("(local.get 0)")),
        format!("(if (local.get 2) (then) (else (local.set 0 {NANS}))) {}", put("(local.get 0)")),
        format!("(block (local.set 0 {NANS}) (br 0)) {}", put("(local.get 0)")),
        format!("(local.set 0 {NANS}) (loop (local.set 1 (local.get 0)) (local.set 0 (v128.const i32x4 1 1 1 1))) {}", put("(local.get 1)")),
        // Taken from a local that is written before it is used, on one of two ways.
        format!(
            "(local.set 0 {NANS}) (loop)
            (i32.const 0) (local.get 0)
            (if (i32.eqz (local.get 2)) (then (local.set 0 (v128.const i32x4 0 0 0 0))))
            v128.store"
        ),
        format!(
            "(local.set 0 {NANS}) (loop)
            (i32.const 0) (local.get 0)
            (if (local.get 2) (then (local.set 0 (v128.const i32x4 0 0 0 0))))
            v128.store"
        ),
        format!(
            "(local.set 0 {NANS}) (loop)
            (i32.const 0) (local.get 0)
            (loop
                (local.set 0 (v128.const i32x4 0 0 0 0))
                (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 3))))
            v128.store"
        ),
        format!(
            "(local.set 0 {NANS}) (loop)
            (i32.const 0) (local.get 0) (local.set 0 (v128.const i32x4 0 0 0 0)) v128.store"
        ),
    ] {
        leaves(&through, &format!("(local v128 v128 i32) {body}"), &nans);
    }
}

#[test]
fn vectors_that_only_look_like_nans_stay_as_they_are() {
    let put = |value: &str| format!("(v128.store (i32.const 0) {value})");
    let ones = "(v128.const i32x4 -1 -1 -1 -1)";
    for body in [
        put(ones),
        put(&format!("(select {ones} {NANS} (i32.const 1))")),
        put(&format!("(i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 {ones} {NANS})")),
        put("(f32x4.eq (local.get 0) (local.get 0))"),
        put(&format!("(block (result v128) (br_if 0 {ones} (i32.const 1)) (drop) {NANS})")),
        // In a local that is open on another way.
        format!("(local.set 0 {NANS}) (if (i32.eqz (local.get 2)) (then (local.set 0 {ones}))) {}", put("(local.get 0)")),
        format!("(local.set 0 {ones}) (if (local.get 2) (then (local.set 0 {NANS}))) {}", put("(local.get 0)")),
        format!(
            "(loop (local.set 0 {NANS}) (local.set 0 {ones}) {}
                (local.set 0 {NANS})
                (local.set 2 (i32.add (local.get 2) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 2) (i32.const 3))))",
            put("(local.get 0)")
        ),
        format!("(local.set 0 {NANS}) (local.set 1 (local.get 0)) (loop (local.set 0 {ones})) (local.set 1 (local.get 0)) {}", put("(local.get 1)")),
    ] {
        leaves("", &format!("(local v128 v128 i32) {body}"), &ONES);
    }
}

/// Writes programs: the bytes decide what they consist of.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u8>,
    /// Makes each result known at once, by an operation on its bits that does not change them.
    at_once: bool,
}

impl Writer<'_> {
    fn choose(&mut self, below: u8) -> u8 {
        self.choices.next().map_or(0, |choice| choice % below)
    }

    fn local(&mut self) -> u8 {
        self.choose(3)
    }

    fn calculated(&self, result: String) -> String {
        if self.at_once {
            format!("(v128.not (v128.not {result}))")
        } else {
            result
        }
    }

    fn condition(&mut self) -> String {
        let bit = 1 << self.choose(3);
        format!("(i32.and (local.get $n) (i32.const {bit}))")
    }

    fn lanes(&mut self) -> String {
        let width = [1, 4, 8][usize::from(self.choose(3))];
        let lanes = (0..16 / width).map(|_| width * self.choose(32 / width));
        lanes.flat_map(|lane| (lane..lane + width).map(|lane| format!("{lane} "))).collect()
    }

    fn vector(&mut self, depth: u8) -> String {
        if depth == 0 {
            return match self.choose(8) {
                0 => "(v128.const i32x4 0 0 0 0)".into(),
                1 => "(v128.const i32x4 -1 -1 -1 -1)".into(),
                2 => "(v128.const f32x4 1 -2 inf -inf)".into(),
                3 => "(v128.const i32x4 0x7fa00001 5 0xfff12345 0x80000000)".into(),
                _ => format!("(local.get {})", self.local()),
            };
        }
        let choice = self.choose(20);
        let a = self.vector(depth - 1);
        match choice {
            0..=3 => {
                let operation = ["add", "sub", "mul", "div", "min", "max"][usize::from(self.choose(6))];
                let shape = ["f32x4", "f64x2"][usize::from(self.choose(2))];
                let b = self.vector(depth - 1);
                self.calculated(format!("({shape}.{operation} {a} {b})"))
            }
            4 => {
                let operations = ["f32x4.sqrt", "f64x2.sqrt", "f32x4.ceil", "f64x2.floor"];
                let operation = operations[usize::from(self.choose(4))];
                self.calculated(format!("({operation} {a})"))
            }
            5 => self.calculated(format!("(f32x4.demote_f64x2_zero {a})")),
            6 => self.calculated(format!("(f64x2.promote_low_f32x4 {a})")),
            7 => {
                let lane = self.choose(4);
                self.calculated(format!("(f32x4.splat (f32x4.extract_lane {lane} {a}))"))
            }
            8 => format!("(f64x2.replace_lane {} {a} (f64.sqrt (f64.const -1)))", self.choose(2)),
            9 => {
                let lanes = self.lanes();
                format!("(i8x16.shuffle {lanes} {a} {})", self.vector(depth - 1))
            }
            10 => format!("(local.set 3 {a}) (i8x16.shuffle {} (local.get 3) (local.get 3))", self.lanes()),
            11 | 12 => {
                let (b, condition) = (self.vector(depth - 1), self.condition());
                format!("(select {a} {b} {condition})")
            }
            13 => format!("(v128.bitselect {a} {} {})", self.vector(depth - 1), self.vector(depth - 1)),
            14 => format!("(i32x4.add {a} {})", self.vector(depth - 1)),
            15 => format!("(call $through (i32.const 1) {a})"),
            16 => {
                let condition = self.condition();
                format!("(if (result v128) {condition} (then {a}) (else {}))", self.vector(depth - 1))
            }
            17 => format!("(f32x4.lt {a} {})", self.vector(depth - 1)),
            18 => format!("(block (result v128) (br_if 0 {a} {}))", self.condition()),
            _ => format!("(local.tee {} {a})", self.local()),
        }
    }

    fn statements(&mut self, depth: u8, text: &mut String) {
        for _ in 0..=self.choose(3) {
            match self.choose(if depth == 0 { 3 } else { 6 }) {
                0..=2 => {
                    let (local, depth) = (self.local(), self.choose(4));
                    let vector = self.vector(depth);
                    writeln!(text, "{vector} (local.set {local})").unwrap();
                }
                3 => {
                    writeln!(text, "(if {} (then", self.condition()).unwrap();
                    self.statements(depth - 1, text);
                    text.push_str(") (else ");
                    self.statements(depth - 1, text);
                    text.push_str("))");
                }
                4 => {
                    writeln!(text, "(block (br_if 0 {})", self.condition()).unwrap();
                    self.statements(depth - 1, text);
                    text.push(')');
                }
                _ => {
                    text.push_str("(loop ");
                    self.statements(depth - 1, text);
                    text.push_str(
                        "(local.set $n (i32.add (local.get $n) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get $n) (i32.const 12))))",
                    );
                }
            }
        }
    }
}

fn program(choices: &[u8], at_once: bool) -> String {
    let mut writer = Writer { choices: choices.iter(), at_once };
    let mut body = "(local v128 v128 v128 v128) (local $n i32)".to_owned();
    writer.statements(3, &mut body);
    for local in 0..3 {
        write!(body, "(v128.store (i32.const {}) (local.get {local}))", 16 * local).unwrap();
    }
    command("(func $through (param i32 v128) (result v128) (local.get 1))", &body)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn vectors_are_as_if_each_result_were_made_canonical_at_once(
        choices in proptest::collection::vec(any::<u8>(), 0..150),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let executor = WasmExecutor::new(dir.path().join("cache")).unwrap();
        let lab = Lab::new();
        let run = |at_once| {
            let module = program(&choices, at_once);
            (executor.run(&lab.job(&module), &Cancel::new()).unwrap().manifest, module)
        };
        let ((followed, module), (at_once, _)) = (run(false), run(true));
        prop_assert_eq!(followed.status, ExitStatus::Exited(0));
        prop_assert_eq!(followed.fingerprint, at_once.fingerprint, "{}", module);
    }
}
