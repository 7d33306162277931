//! What an instruction costs: the fuel that a program pays for it, and the work that it is to compile.
//!
//! Fuel stands for time. The engine counts 1 for almost every instruction, while on a processor an addition takes a
//! quarter of a nanosecond, a division ten, and a read from a large memory a hundred. [`fuel`] brings them nearer, so
//! that fuel says more about time: `examples/measure.rs` measures how much.

use wasmparser::Operator;

/// Fuel for a read or a write of memory or a table.
const MEMORY_FUEL: u32 = 4;

/// Fuel for a division, a remainder or a square root, also of all lanes of a vector.
const DIVISION_FUEL: u32 = 16;

/// First byte of the encoding of instructions on vectors.
const VECTOR_PREFIX: u8 = 0xfd;

/// The fuel of an instruction.
pub(super) fn fuel(operator: &Operator<'_>, encoded: &[u8]) -> u32 {
    match operator {
        Operator::I32DivS
        | Operator::I32DivU
        | Operator::I32RemS
        | Operator::I32RemU
        | Operator::I64DivS
        | Operator::I64DivU
        | Operator::I64RemS
        | Operator::I64RemU
        | Operator::F32Div
        | Operator::F32Sqrt
        | Operator::F64Div
        | Operator::F64Sqrt
        | Operator::F32x4Div
        | Operator::F32x4Sqrt
        | Operator::F64x2Div
        | Operator::F64x2Sqrt => DIVISION_FUEL,
        Operator::TableGet { .. } | Operator::TableSet { .. } => MEMORY_FUEL,
        _ if accesses_memory(operator, encoded) => MEMORY_FUEL,
        _ => 1,
    }
}

/// Whether an instruction reads or writes a number or a vector in memory.
fn accesses_memory(operator: &Operator<'_>, encoded: &[u8]) -> bool {
    const FIRST: u8 = 0x28;
    const LAST: u8 = 0x3e;
    match encoded {
        [FIRST..=LAST, ..] => true,
        [VECTOR_PREFIX, ..] => matches!(
            operator,
            Operator::V128Load { .. }
                | Operator::V128Load8x8S { .. }
                | Operator::V128Load8x8U { .. }
                | Operator::V128Load16x4S { .. }
                | Operator::V128Load16x4U { .. }
                | Operator::V128Load32x2S { .. }
                | Operator::V128Load32x2U { .. }
                | Operator::V128Load8Splat { .. }
                | Operator::V128Load16Splat { .. }
                | Operator::V128Load32Splat { .. }
                | Operator::V128Load64Splat { .. }
                | Operator::V128Load32Zero { .. }
                | Operator::V128Load64Zero { .. }
                | Operator::V128Load8Lane { .. }
                | Operator::V128Load16Lane { .. }
                | Operator::V128Load32Lane { .. }
                | Operator::V128Load64Lane { .. }
                | Operator::V128Store { .. }
                | Operator::V128Store8Lane { .. }
                | Operator::V128Store16Lane { .. }
                | Operator::V128Store32Lane { .. }
                | Operator::V128Store64Lane { .. }
        ),
        _ => false,
    }
}

/// What a function is to a compiler.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    /// Time to compile it, in microseconds of an ordinary machine, without what [`Self::branches`] adds.
    time: u64,
    /// Places to which control flow can go, in parts of what a conditional branch makes of them.
    branches: u64,
    /// Registers that a compiler can need, on any processor: the values that there are on the way of each instruction,
    /// and at each place where control flow joins all that there are.
    registers: u64,
}

/// Registers that one function may need. Cranelift has 2²¹ on every processor, of which a few are taken: whatever needs
/// less compiles everywhere.
const MAX_REGISTERS: u64 = 2_080_000;

/// Most time to compile one function. It grows faster than the function.
const MAX_TIME: u64 = 10_000_000;

impl Work {
    /// What any function is, for what is done at its beginning and its end.
    pub(super) const FUNCTION: Self = Self { time: 200, branches: 0, registers: 1000 };

    /// Adds an instruction, with `added` others that the sandbox puts before it. `values` counts the locals and
    /// operands, `operands` those on the stack.
    pub(super) fn add(
        &mut self,
        operator: &Operator<'_>,
        encoded: &[u8],
        added: u32,
        values: u64,
        operands: u64,
    ) {
        const ORDINARY: u64 = 8;
        let added = u64::from(added);
        let (time, branches, registers) = match operator {
            // Locals are values that there are already.
            Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::LocalTee { .. }
            | Operator::Drop
            | Operator::Nop
            | Operator::End => (1, 0, 0),
            Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. } => (1, 0, 2),
            // A compiler that turns locals and operands into values has to tell apart, at each place where control flow
            // goes on or joins, all that there are.
            Operator::Block { .. } => (values, 1, ORDINARY + values),
            Operator::If { .. } => (values, 2, ORDINARY + values),
            Operator::Loop { .. } => (values, 4, ORDINARY + values),
            Operator::Else | Operator::Br { .. } => (values, 1, ORDINARY),
            Operator::BrIf { .. } => (values, 4, ORDINARY),
            Operator::BrTable { targets } => (values * (u64::from(targets.len()) + 1), 4, ORDINARY),
            // Each argument and each result is copied to where the calling convention wants it.
            Operator::Return => (4 * operands, 1, ORDINARY + 2 * operands),
            Operator::Call { .. } => (16 + 4 * operands, 0, 4 * ORDINARY + 2 * operands),
            Operator::CallIndirect { .. } => (32 + 4 * operands, 5, 4 * ORDINARY + 2 * operands),
            Operator::TableGet { .. } | Operator::TableSet { .. } => (32, 5, 4 * ORDINARY),
            // The population count is twenty instructions where a processor has none for it.
            _ if is_many(operator, encoded) => (32, 0, 4 * ORDINARY),
            _ if fuel(operator, encoded) > 1 => (8, 0, ORDINARY),
            _ => (1, 0, ORDINARY),
        };
        self.time += time + 4 * added;
        self.branches += branches;
        self.registers += registers + 2 * added;
    }

    /// Time to compile it, in microseconds of an ordinary machine.
    pub(super) fn time(&self) -> u64 {
        // A nanosecond for each pair, as measured.
        self.time + self.branches * self.branches / 1000
    }

    /// Whether it is too much for one function.
    pub(super) fn is_too_much(&self) -> bool {
        self.registers > MAX_REGISTERS || self.time() > MAX_TIME
    }
}

/// Whether an instruction is many on some processors.
fn is_many(operator: &Operator<'_>, encoded: &[u8]) -> bool {
    const FIRST_CONVERSION: u8 = 0xa7;
    const LAST_CONVERSION: u8 = 0xbf;
    const OTHER_PREFIX: u8 = 0xfc;
    matches!(encoded, [VECTOR_PREFIX | OTHER_PREFIX | FIRST_CONVERSION..=LAST_CONVERSION, ..])
        || matches!(
            operator,
            Operator::I32Clz
                | Operator::I32Ctz
                | Operator::I32Popcnt
                | Operator::I64Clz
                | Operator::I64Ctz
                | Operator::I64Popcnt
                | Operator::F32Ceil
                | Operator::F32Floor
                | Operator::F32Trunc
                | Operator::F32Nearest
                | Operator::F32Min
                | Operator::F32Max
                | Operator::F32Copysign
                | Operator::F64Ceil
                | Operator::F64Floor
                | Operator::F64Trunc
                | Operator::F64Nearest
                | Operator::F64Min
                | Operator::F64Max
                | Operator::F64Copysign
        )
}
