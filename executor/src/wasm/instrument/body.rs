//! Rewrites a function: puts [`nan`] and [`bulk`] to work, and counts the call depth.
//!
//! A body `B` of a function with results `R` becomes
//!
//! ```text
//! depth += cost;  if depth > LIMIT { unreachable }
//! block R  B  end
//! depth -= cost
//! ```
//!
//! with each `return` in `B` turned into a branch to the end of the block. Other branches need no change: the
//! block takes the place of the function's own label. Nothing but the depth check can leave the counter above
//! the limit, so a trap with the counter there is that check, and any other `unreachable` is the app's.
//!
//! ## What a call costs
//!
//! `cost = 8 + parameters + locals + highest operand stack + instructions / 8`. A compiler holds in a frame, at
//! 16 bytes each at most, the values that are live at once: locals and operands, and what it chose to compute
//! early or to keep for reuse, which is bounded by the number of instructions. So [`CALL_DEPTH_LIMIT`] units are
//! at most 128 bytes each of native stack, and the engine's stack ([`super::super::engine`]) has twice that. Should
//! it overflow all the same, that is an error of the host and never a result.

use wasm_encoder::{BlockType, Encode, Instruction, InstructionSink};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader, ValidatorResources,
    WasmModuleResources,
};

use super::{bulk, nan, Additions, Rejected, FEATURES};

/// Largest sum of the costs of nested calls. A small function costs about 16.
pub(in crate::wasm) const CALL_DEPTH_LIMIT: u32 = 1 << 20;

/// What any call costs: return address, frame pointer, saved registers.
const CALL_COST: u32 = 8;

/// Instructions that add one to the cost.
const INSTRUCTIONS_PER_UNIT: u32 = 8;

/// What any function adds to the work of compiling.
const FUNCTION_WEIGHT: u64 = 200;

/// A function after instrumentation.
pub(super) struct Rewritten {
    /// Its body.
    pub(super) body: Vec<u8>,
    /// How much work it is to compile the original: about its time in microseconds, at most.
    pub(super) weight: u64,
}

/// What an instruction adds to the work of compiling, beside its length: a compiler that turns locals and operands
/// into values has to tell apart, at each place where control flow joins, all `values` that there are.
fn weight(operator: &Operator<'_>, values: u32, operands: u32) -> u64 {
    match operator {
        Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::If { .. }
        | Operator::Else
        | Operator::Br { .. }
        | Operator::BrIf { .. } => values.into(),
        Operator::BrTable { targets } => u64::from(values) * (u64::from(targets.len()) + 1),
        // Each argument and each result is copied to where the calling convention wants it.
        Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::Return => 4 * u64::from(operands),
        _ => 0,
    }
}

/// The instrumented body, for a function of which `func` can validate the original `body`. `depth` is the index
/// of the counter.
pub(super) fn rewrite(
    func: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    depth: u32,
    additions: &mut Additions,
    allocations: &mut FuncValidatorAllocations,
) -> Result<Rewritten, Rejected> {
    let ty = func.ty;
    let mut validator = func.into_validator(std::mem::take(allocations));
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(FEATURES);

    let original = body.as_bytes();
    let at = |position: usize| position - body.range().start;
    let declared = body.get_locals_reader()?;
    let locals = &original[at(declared.original_position())..at(reader.original_position())];
    let params_and_locals = validator.len_locals();
    let mut scratch = nan::Locals::new(params_and_locals);

    let mut code = Vec::with_capacity(original.len());
    let mut highest = 0;
    let mut instructions = 0;
    let mut weight = FUNCTION_WEIGHT + original.len() as u64;
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let position = operators.original_position();
        let blocks_around = validator.control_stack_height();
        let operands_before = validator.operand_stack_height();
        let operator = operators.read()?;
        validator.op(position, &operator)?;
        let operands = operands_before.max(validator.operand_stack_height());
        highest = highest.max(operands);
        weight += self::weight(&operator, params_and_locals + operands, operands);
        instructions += 1;
        let encoded = &original[at(position)..at(operators.original_position())];
        if let Some(value) = nan::looked_at(&operator) {
            scratch.canonicalise(value, &mut code);
        }
        if let Operator::Return = operator {
            Instruction::Br(blocks_around - 1).encode(&mut code);
        } else if let Some(function) = bulk::stand_in(&operator, encoded, additions) {
            Instruction::Call(function).encode(&mut code);
        } else {
            code.extend_from_slice(encoded);
        }
        if let Some(value) = nan::calculated(&operator) {
            scratch.canonicalise(value, &mut code);
        }
    }
    operators.finish()?;

    let ty_of_function = validator.resources().sub_type_at(ty);
    let results = ty_of_function.map(|ty| ty.unwrap_func().results()).unwrap_or_default();
    let results = results
        .iter()
        .map(|result| wasm_encoder::ValType::try_from(*result))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Rejected(format!("{error:?}")))?;
    let block = additions.block_type(ty, &results);
    *allocations = validator.into_allocations();

    let cost = CALL_COST + params_and_locals + highest + instructions / INSTRUCTIONS_PER_UNIT;
    let mut body = Vec::with_capacity(code.len() + locals.len() + 64);
    (declared.get_count() + scratch.added.len() as u32).encode(&mut body);
    body.extend_from_slice(locals);
    for ty in &scratch.added {
        1u32.encode(&mut body);
        ty.encode(&mut body);
    }
    count_depth(&mut body, depth, cost as i32, block, &code);
    Ok(Rewritten { body, weight })
}

/// Appends `code`, the original body with its closing `end`, and what counts the depth around it.
fn count_depth(body: &mut Vec<u8>, depth: u32, cost: i32, block: BlockType, code: &[u8]) {
    InstructionSink::new(body)
        .global_get(depth)
        .i32_const(cost)
        .i32_add()
        .global_set(depth)
        .global_get(depth)
        .i32_const(CALL_DEPTH_LIMIT as i32)
        .i32_gt_u()
        .if_(BlockType::Empty)
        .unreachable()
        .end()
        .block(block);
    body.extend_from_slice(code);
    InstructionSink::new(body).global_get(depth).i32_const(cost).i32_sub().global_set(depth).end();
}
