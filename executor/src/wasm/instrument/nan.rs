//! Gives every NaN the same bits before anyone can look at them.
//!
//! Which NaN an operation answers is left open by the WebAssembly standard, and processors differ. The engine can make
//! the result of each operation canonical, but that doubles the time of a program that calculates. It is enough to do
//! it where the bits of a float are seen: when it is stored, taken for an integer, or gives its sign to another. Anything
//! else that is done with a NaN (compare, calculate, convert, pass on) has the same outcome for all. A vector may hold
//! other things than floats: [`super::vectors`] knows which hold what was calculated.
//!
//! A program sees one thing that the standard would not let happen: a NaN with a payload loses it on these ways.

use wasm_encoder::{Ieee32, Ieee64, ValType};
use wasmparser::Operator;

use super::code::Code;

/// The canonical NaNs: quiet, positive, no payload.
const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// A float, or a vector of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    F32,
    F64,
    F32x4,
    F64x2,
}

/// The float on top of the stack whose bits an instruction is about to look at.
pub(super) fn looked_at(operator: &Operator<'_>) -> Option<Value> {
    Some(match operator {
        Operator::F32Store { .. }
        | Operator::I32ReinterpretF32
        | Operator::F32Copysign
        | Operator::F32x4ReplaceLane { .. } => Value::F32,
        Operator::F64Store { .. }
        | Operator::I64ReinterpretF64
        | Operator::F64Copysign
        | Operator::F64x2ReplaceLane { .. } => Value::F64,
        _ => return None,
    })
}

/// Makes the value on top of the stack canonical: itself where it equals itself, else the NaN. With a `flag`, only if
/// that local is not zero.
pub(super) fn canonicalise(value: Value, flag: Option<u32>, code: &mut Code) {
    let local = code.scratch(
        match value {
            Value::F32 => ValType::F32,
            Value::F64 => ValType::F64,
            Value::F32x4 | Value::F64x2 => ValType::V128,
        },
        0,
    );
    let (nan_32, nan_64) = (i128::from(NAN_32), i128::from(NAN_64));
    let mut sink = code.add(6);
    sink.local_tee(local);
    match value {
        Value::F32 => sink.f32_const(Ieee32::new(NAN_32)),
        Value::F64 => sink.f64_const(Ieee64::new(NAN_64)),
        Value::F32x4 => sink.v128_const(nan_32 << 96 | nan_32 << 64 | nan_32 << 32 | nan_32),
        Value::F64x2 => sink.v128_const(nan_64 << 64 | nan_64),
    };
    sink.local_get(local).local_get(local);
    match value {
        Value::F32 => sink.f32_ge().select(),
        Value::F64 => sink.f64_ge().select(),
        Value::F32x4 => sink.f32x4_eq().v128_bitselect(),
        Value::F64x2 => sink.f64x2_eq().v128_bitselect(),
    };
    if let Some(flag) = flag {
        code.add(3).local_get(local).local_get(flag).select();
    }
}
