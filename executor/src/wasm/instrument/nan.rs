//! Gives every NaN the same bits before anyone can look at them.
//!
//! Which NaN an operation answers is left open by the WebAssembly standard, and processors differ. The engine can make
//! the result of each operation canonical, but that doubles the time of a program that calculates. It is enough to do
//! it where the bits of a float are seen: when it is stored, taken for an integer, put into a vector, or gives its
//! sign to another. Anything else that is done with a NaN (compare, calculate, convert, pass on) has the same outcome
//! for all. The bits of a vector can be seen at any time, so there each operation is made canonical.
//!
//! A program sees one thing that the standard would not let happen: a NaN with a payload loses it on these ways.

use wasm_encoder::{Ieee32, Ieee64, InstructionSink, ValType};
use wasmparser::Operator;

/// The canonical NaNs: quiet, positive, no payload.
const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// What is made canonical, on top of the stack.
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
        | Operator::F32x4Splat
        | Operator::F32x4ReplaceLane { .. } => Value::F32,
        Operator::F64Store { .. }
        | Operator::I64ReinterpretF64
        | Operator::F64Copysign
        | Operator::F64x2Splat
        | Operator::F64x2ReplaceLane { .. } => Value::F64,
        _ => return None,
    })
}

/// The vector that an instruction leaves on top of the stack, if it calculated with floats.
pub(super) fn calculated(operator: &Operator<'_>) -> Option<Value> {
    Some(match operator {
        Operator::F32x4Add
        | Operator::F32x4Sub
        | Operator::F32x4Mul
        | Operator::F32x4Div
        | Operator::F32x4Min
        | Operator::F32x4Max
        | Operator::F32x4Sqrt
        | Operator::F32x4Ceil
        | Operator::F32x4Floor
        | Operator::F32x4Trunc
        | Operator::F32x4Nearest
        | Operator::F32x4DemoteF64x2Zero => Value::F32x4,
        Operator::F64x2Add
        | Operator::F64x2Sub
        | Operator::F64x2Mul
        | Operator::F64x2Div
        | Operator::F64x2Min
        | Operator::F64x2Max
        | Operator::F64x2Sqrt
        | Operator::F64x2Ceil
        | Operator::F64x2Floor
        | Operator::F64x2Trunc
        | Operator::F64x2Nearest
        | Operator::F64x2PromoteLowF32x4 => Value::F64x2,
        _ => return None,
    })
}

/// Locals that hold a value while it is compared with itself, added behind those of a function.
pub(super) struct Locals {
    next: u32,
    /// Types of the added locals, in order.
    pub(super) added: Vec<ValType>,
}

impl Locals {
    /// For a function that has `existing` parameters and locals.
    pub(super) fn new(existing: u32) -> Self {
        Self { next: existing, added: Vec::new() }
    }

    fn of(&mut self, ty: ValType) -> u32 {
        let position = self.added.iter().position(|added| *added == ty).unwrap_or_else(|| {
            self.added.push(ty);
            self.added.len() - 1
        });
        self.next + position as u32
    }

    /// Makes the value on top of the stack canonical: itself where it equals itself, else the NaN.
    pub(super) fn canonicalise(&mut self, value: Value, code: &mut Vec<u8>) {
        let local = self.of(match value {
            Value::F32 => ValType::F32,
            Value::F64 => ValType::F64,
            Value::F32x4 | Value::F64x2 => ValType::V128,
        });
        let (nan_32, nan_64) = (i128::from(NAN_32), i128::from(NAN_64));
        let mut code = InstructionSink::new(code);
        code.local_tee(local);
        match value {
            Value::F32 => code.f32_const(Ieee32::new(NAN_32)),
            Value::F64 => code.f64_const(Ieee64::new(NAN_64)),
            Value::F32x4 => code.v128_const(nan_32 << 96 | nan_32 << 64 | nan_32 << 32 | nan_32),
            Value::F64x2 => code.v128_const(nan_64 << 64 | nan_64),
        };
        code.local_get(local).local_get(local);
        match value {
            Value::F32 => code.f32_ge().select(),
            Value::F64 => code.f64_ge().select(),
            Value::F32x4 => code.f32x4_eq().v128_bitselect(),
            Value::F64x2 => code.f64x2_eq().v128_bitselect(),
        };
    }
}
