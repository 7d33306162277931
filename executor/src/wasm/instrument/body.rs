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

use std::collections::BTreeMap;

use wasm_encoder::{BlockType, Encode, Instruction, InstructionSink};
use wasmparser::{
    FuncToValidate, FuncValidator, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader,
    ValidatorResources, WasmModuleResources,
};

use super::{
    bulk,
    code::Code,
    cost::{self, Work},
    nan::{self, Value},
    vectors::{Step, Vectors},
    Additions, Rejected, FEATURES,
};

/// Largest sum of the costs of nested calls. A small function costs about 16.
pub(in crate::wasm) const CALL_DEPTH_LIMIT: u32 = 1 << 20;

/// What any call costs: return address, frame pointer, saved registers.
const CALL_COST: u32 = 8;

/// Instructions that add one to the cost.
const INSTRUCTIONS_PER_UNIT: u32 = 8;

/// Times that a function is rewritten at most, each time with more locals that hold open vectors. What is missed in the
/// last is slower, and not wrong.
const ROUNDS: u32 = 4;

/// A function after instrumentation.
pub(super) struct Rewritten {
    /// Its body.
    pub(super) body: Vec<u8>,
    /// How much time it takes to compile, in microseconds of an ordinary machine.
    pub(super) time: u64,
}

/// The instrumented body, for a function of which `func` can validate the original `body`. `depth` is the index
/// of the counter.
pub(super) fn rewrite(
    func: &FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    depth: u32,
    additions: &mut Additions,
    allocations: &mut FuncValidatorAllocations,
) -> Result<Rewritten, Rejected> {
    let mut open = BTreeMap::new();
    let mut round = 1;
    loop {
        let (rewritten, missed) = rewrite_with(&open, func, body, depth, additions, allocations)?;
        if missed.is_empty() || round == ROUNDS {
            return Ok(rewritten);
        }
        open.extend(missed);
        round += 1;
    }
}

/// The instrumented body in which the locals `open` hold vectors as they are calculated, and others that might.
fn rewrite_with(
    open: &BTreeMap<u32, Value>,
    func: &FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    depth: u32,
    additions: &mut Additions,
    allocations: &mut FuncValidatorAllocations,
) -> Result<(Rewritten, BTreeMap<u32, Value>), Rejected> {
    let mut validator = validator(func, allocations);
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    reader.set_features(FEATURES);

    let original = body.as_bytes();
    let at = |position: usize| position - body.range().start;
    let declared = body.get_locals_reader()?;
    let locals = &original[at(declared.original_position())..at(reader.original_position())];

    let mut code = Code::new(validator.len_locals(), 2 * original.len());
    let mut vectors = Vectors::new(open, &mut code);
    let mut highest = 0;
    let mut work = Work::FUNCTION;
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let position = operators.original_position();
        let blocks_around = validator.control_stack_height();
        let operands_before = validator.operand_stack_height();
        let is_reached = validator.get_control_frame(0).is_some_and(|frame| !frame.unreachable);
        let instructions_before = code.instructions;
        let operator = operators.read()?;
        let encoded = &original[at(position)..at(operators.original_position())];

        let step = if is_reached { vectors.before(&validator, &operator, &mut code) } else { Step::PLAIN };
        if let Some(value) = nan::looked_at(&operator) {
            nan::canonicalise(value, None, &mut code);
        }
        let added = code.instructions - instructions_before;
        code.pay(cost::fuel(&operator, encoded).saturating_sub(1 + added));
        validator.op(position, &operator)?;
        if let Operator::Return = operator {
            Instruction::Br(blocks_around - 1).encode(&mut code.bytes);
            code.instructions += 1;
        } else if let Some(function) = bulk::stand_in(&operator, encoded, additions) {
            Instruction::Call(function).encode(&mut code.bytes);
            code.instructions += 1;
        } else {
            code.copy(encoded);
        }
        vectors.after(&operator, &step, validator.operand_stack_height() as usize);

        let operands = operands_before.max(validator.operand_stack_height());
        highest = highest.max(operands);
        let values = u64::from(validator.len_locals() + operands) + code.added.len() as u64;
        work.add(&operator, encoded, added, values, operands.into());
        if work.is_too_much() {
            return Err(Rejected(format!(
                "function {} is too large or too intricate to compile",
                func.index
            )));
        }
    }
    operators.finish()?;

    let ty_of_function = validator.resources().sub_type_at(func.ty);
    let results = ty_of_function.map(|ty| ty.unwrap_func().results()).unwrap_or_default();
    let results = results
        .iter()
        .map(|result| wasm_encoder::ValType::try_from(*result))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Rejected(format!("{error:?}")))?;
    let block = additions.block_type(func.ty, &results);

    let values = validator.len_locals() + code.added.len() as u32 + highest;
    *allocations = validator.into_allocations();
    let cost = CALL_COST + values + code.instructions / INSTRUCTIONS_PER_UNIT;
    let mut body = Vec::with_capacity(code.bytes.len() + locals.len() + 2 * code.added.len() + 64);
    (declared.get_count() + code.added.len() as u32).encode(&mut body);
    body.extend_from_slice(locals);
    for ty in &code.added {
        1u32.encode(&mut body);
        ty.encode(&mut body);
    }
    count_depth(&mut body, depth, cost as i32, block, &code.bytes);
    Ok((Rewritten { body, time: work.time() }, vectors.missed()))
}

fn validator<'a>(
    func: &'a FuncToValidate<ValidatorResources>,
    allocations: &mut FuncValidatorAllocations,
) -> FuncValidator<&'a ValidatorResources> {
    let FuncToValidate { resources, index, ty, features } = func;
    FuncToValidate { resources, index: *index, ty: *ty, features: *features }
        .into_validator(std::mem::take(allocations))
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
