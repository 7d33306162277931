//! Makes instructions whose work grows with an operand pay fuel for it.
//!
//! To the engine `memory.fill` of a gigabyte costs as much fuel as one addition: an app could keep a worker busy for
//! hours on a minute's fuel, and every honest worker would look like a no-show. Each such instruction is
//! replaced by a call of a small added function that executes it and then loops once for each
//! [`CHUNK`](chunk_log2) of its length, at 5 units of fuel a turn.

use wasm_encoder::{Function, InstructionSink, RefType, ValType};
use wasmparser::Operator;

use super::Additions;

/// What an instruction takes from the stack, and whether it grows something.
#[derive(Clone, Copy)]
enum Shape {
    /// Three numbers, the last of which is the length; nothing is left.
    Range,
    /// `table.fill`: place, reference, length; nothing is left.
    Fill,
    /// `table.grow`: reference, length; leaves the former size or -1.
    GrowTable,
    /// `memory.grow`: length; leaves the former size or -1.
    GrowMemory,
}

impl Shape {
    fn of(operator: &Operator<'_>) -> Option<Self> {
        Some(match operator {
            Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. } => Self::Range,
            Operator::TableFill { .. } => Self::Fill,
            Operator::TableGrow { .. } => Self::GrowTable,
            Operator::MemoryGrow { .. } => Self::GrowMemory,
            _ => return None,
        })
    }

    fn params(self) -> &'static [ValType] {
        const REFERENCE: ValType = ValType::Ref(RefType::FUNCREF);
        match self {
            Self::Range => &[ValType::I32, ValType::I32, ValType::I32],
            Self::Fill => &[ValType::I32, REFERENCE, ValType::I32],
            Self::GrowTable => &[REFERENCE, ValType::I32],
            Self::GrowMemory => &[ValType::I32],
        }
    }

    fn results(self) -> &'static [ValType] {
        match self {
            Self::Range | Self::Fill => &[],
            Self::GrowTable | Self::GrowMemory => &[ValType::I32],
        }
    }
}

/// Turns of the loop for a length `n`: `n << shift` or, for a negative shift, `n >> -shift`. A turn stands for 64 bytes.
fn chunk_log2(operator: &Operator<'_>) -> i32 {
    match operator {
        Operator::MemoryGrow { .. } => 10,
        Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryInit { .. } => -6,
        _ => -3,
    }
}

/// The function to call in place of `operator`, if that is one to pay for.
pub(super) fn stand_in(operator: &Operator<'_>, encoded: &[u8], additions: &mut Additions) -> Option<u32> {
    let shape = Shape::of(operator)?;
    if let Some(function) = additions.bulk.get(encoded) {
        return Some(*function);
    }
    let ty = additions.add_type(shape.params(), shape.results());
    let function = additions.add_function(ty, body(shape, chunk_log2(operator), encoded));
    additions.bulk.insert(encoded.to_vec(), function);
    Some(function)
}

fn body(shape: Shape, shift: i32, encoded: &[u8]) -> Function {
    let params = shape.params().len() as u32;
    let length = params - 1;
    let (former, turns) = (params, params + 1);
    let grows = !shape.results().is_empty();

    let mut function = Function::new([(2, ValType::I32)]);
    for param in 0..params {
        function.instructions().local_get(param);
    }
    function.raw(encoded.iter().copied());
    let mut code = function.instructions();
    if grows {
        // What could not be grown was no work.
        code.local_set(former)
            .local_get(length)
            .i32_const(0)
            .local_get(former)
            .i32_const(-1)
            .i32_ne()
            .select();
    } else {
        code.local_get(length);
    }
    code.i32_const(shift.abs());
    if shift < 0 {
        code.i32_shr_u();
    } else {
        code.i32_shl();
    }
    code.i32_const(1).i32_add().local_set(turns);
    count_down(&mut code, turns);
    if grows {
        code.local_get(former);
    }
    code.end();
    function
}

fn count_down(code: &mut InstructionSink<'_>, turns: u32) {
    code.loop_(wasm_encoder::BlockType::Empty)
        .local_get(turns)
        .i32_const(1)
        .i32_sub()
        .local_tee(turns)
        .br_if(0)
        .end();
}
