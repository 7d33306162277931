//! Follows vectors of floats through a function, to make their NaNs canonical only where bits are looked at.
//!
//! What was calculated with floats is *open*: where it is a NaN, its bits are the processor's. It stays open on the
//! operand stack and in locals while only floats of the same shape are done with it. Whatever else takes it (a store, a
//! call, an operation on integers or bits, the end of a block) gets it *settled*: canonical.
//!
//! Only what was calculated may be settled, because other vectors need not be floats at all: all ones, which is true in
//! a mask, would be a NaN. The operand stack is known at each place. A local may hold the one or the other, by the way
//! that the program took. So each local that is written an open vector has a flag beside it, another local, that says
//! at each time whether its content is open. Compilers make of flags what they make of constants: mostly nothing.

use std::collections::BTreeMap;

use wasm_encoder::ValType;
use wasmparser::{FuncValidator, Operator, ValidatorResources};

use super::{
    code::Code,
    nan::{canonicalise, Value},
};

/// What is known of a vector's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bits {
    /// They are the same everywhere. So are those of everything that is no vector, or is a vector of integers.
    Known,
    /// Floats of a shape whose NaNs may have any bits.
    Open(Value),
    /// Open if the flag, a local, is not zero.
    OpenIf(Value, u32),
}

impl Bits {
    /// Whether something that takes floats of shape `taken`, or bits for `None`, must not see it as it is.
    fn concerns(self, taken: Option<Value>) -> bool {
        match self {
            Self::Known => false,
            Self::Open(shape) | Self::OpenIf(shape, _) => taken != Some(shape),
        }
    }
}

/// What an instruction on vectors of floats leaves.
#[derive(Clone, Copy)]
enum Left {
    /// Bits that are the same everywhere.
    Known,
    /// Floats that were calculated.
    Open(Value),
    /// Floats that were taken from a place or changed in their sign: open if what was taken was.
    AsTaken,
}

/// Which floats an instruction takes, if it takes floats, and what it leaves.
fn on_floats(operator: &Operator<'_>) -> Option<(Value, Left)> {
    use Value::{F32x4, F64x2};
    Some(match operator {
        Operator::F32x4Splat
        | Operator::F32x4Add
        | Operator::F32x4Sub
        | Operator::F32x4Mul
        | Operator::F32x4Div
        | Operator::F32x4Min
        | Operator::F32x4Max
        | Operator::F32x4Sqrt
        | Operator::F32x4Ceil
        | Operator::F32x4Floor
        | Operator::F32x4Trunc
        | Operator::F32x4Nearest => (F32x4, Left::Open(F32x4)),
        Operator::F64x2Splat
        | Operator::F64x2Add
        | Operator::F64x2Sub
        | Operator::F64x2Mul
        | Operator::F64x2Div
        | Operator::F64x2Min
        | Operator::F64x2Max
        | Operator::F64x2Sqrt
        | Operator::F64x2Ceil
        | Operator::F64x2Floor
        | Operator::F64x2Trunc
        | Operator::F64x2Nearest => (F64x2, Left::Open(F64x2)),
        Operator::F32x4DemoteF64x2Zero => (F64x2, Left::Open(F32x4)),
        Operator::F64x2PromoteLowF32x4 => (F32x4, Left::Open(F64x2)),
        Operator::F32x4Abs
        | Operator::F32x4Neg
        | Operator::F32x4PMin
        | Operator::F32x4PMax
        | Operator::F32x4ReplaceLane { .. } => (F32x4, Left::AsTaken),
        Operator::F64x2Abs
        | Operator::F64x2Neg
        | Operator::F64x2PMin
        | Operator::F64x2PMax
        | Operator::F64x2ReplaceLane { .. } => (F64x2, Left::AsTaken),
        Operator::F32x4Eq
        | Operator::F32x4Ne
        | Operator::F32x4Lt
        | Operator::F32x4Gt
        | Operator::F32x4Le
        | Operator::F32x4Ge
        | Operator::F32x4ExtractLane { .. }
        | Operator::I32x4TruncSatF32x4S
        | Operator::I32x4TruncSatF32x4U => (F32x4, Left::Known),
        Operator::F64x2Eq
        | Operator::F64x2Ne
        | Operator::F64x2Lt
        | Operator::F64x2Gt
        | Operator::F64x2Le
        | Operator::F64x2Ge
        | Operator::F64x2ExtractLane { .. }
        | Operator::I32x4TruncSatF64x2SZero
        | Operator::I32x4TruncSatF64x2UZero => (F64x2, Left::Known),
        _ => return None,
    })
}

/// Whether a shuffle moves whole lanes of a shape.
fn moves_lanes(lanes: &[u8; 16], shape: Value) -> bool {
    let width = match shape {
        Value::F32x4 => 4,
        _ => 8,
    };
    lanes
        .chunks(width)
        .all(|lane| usize::from(lane[0]) % width == 0 && lane.windows(2).all(|pair| pair[0] + 1 == pair[1]))
}

/// A local that is written open vectors.
struct Tracked {
    shape: Value,
    flag: u32,
    /// What it holds, if `epoch` is still that of the function.
    bits: Bits,
    epoch: u32,
}

/// What an instruction does to the operand stack.
pub(super) struct Step {
    /// Operands that it takes, of which some may have been open.
    taken: usize,
    /// The bits of what it leaves on top.
    left: Bits,
}

impl Step {
    /// Takes nothing that is open, and leaves nothing that is.
    pub(super) const PLAIN: Self = Self { taken: 0, left: Bits::Known };
}

/// The vectors of a function.
pub(super) struct Vectors {
    /// Of each operand.
    stack: Vec<Bits>,
    /// Operands that are not known.
    open: usize,
    /// Operands with the flag of a local that may be written before they are used, from the bottom.
    loose: Vec<usize>,
    /// Flags for operands that are not in use.
    spare: Vec<u32>,
    tracked: BTreeMap<u32, Tracked>,
    /// Locals that are not tracked and were written open vectors, which had to be settled.
    missed: BTreeMap<u32, Value>,
    /// Changes where control flow joins: what locals hold is then known from their flags alone.
    epoch: u32,
}

impl Vectors {
    /// Of a function in which these locals hold open vectors, of one shape each.
    pub(super) fn new(locals: &BTreeMap<u32, Value>, code: &mut Code) -> Self {
        let tracked = locals.iter().map(|(local, shape)| {
            let flag = code.fresh(ValType::I32);
            (*local, Tracked { shape: *shape, flag, bits: Bits::Known, epoch: 0 })
        });
        Self {
            stack: Vec::new(),
            open: 0,
            loose: Vec::new(),
            spare: Vec::new(),
            tracked: tracked.collect(),
            missed: BTreeMap::new(),
            epoch: 0,
        }
    }

    /// Locals that are better tracked as well.
    pub(super) fn missed(self) -> BTreeMap<u32, Value> {
        self.missed
    }

    /// Settles what an instruction, which is reached and comes next, must not see open.
    pub(super) fn before(
        &mut self,
        validator: &FuncValidator<&ValidatorResources>,
        operator: &Operator<'_>,
        code: &mut Code,
    ) -> Step {
        match operator {
            Operator::LocalGet { local_index } => {
                return Step { taken: 0, left: self.read(*local_index) };
            }
            Operator::LocalSet { local_index } => {
                self.write(*local_index, code);
                return Step { taken: 1, left: Bits::Known };
            }
            Operator::LocalTee { local_index } => {
                self.write(*local_index, code);
                return Step { taken: 0, left: Bits::Known };
            }
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.freeze(code),
            _ => {}
        }
        let floats = on_floats(operator);
        if self.open == 0 {
            let left = match floats {
                Some((_, Left::Open(shape))) => Bits::Open(shape),
                _ => Bits::Known,
            };
            return Step { taken: 0, left };
        }
        let taken = operator.operator_arity(validator).map_or(0, |(taken, _)| taken as usize);
        let left = match operator {
            Operator::Drop => Bits::Known,
            Operator::Select | Operator::TypedSelect { .. } => self.select(validator, code),
            Operator::I8x16Shuffle { lanes } => self.shuffle(lanes, validator, code),
            _ => {
                let shape = floats.map(|(shape, _)| shape);
                self.settle(taken, |bits| bits.concerns(shape), validator, code);
                match floats {
                    Some((_, Left::Open(shape))) => Bits::Open(shape),
                    Some((shape, Left::AsTaken)) if self.top(taken).any(|bits| bits != Bits::Known) => {
                        Bits::Open(shape)
                    }
                    _ => Bits::Known,
                }
            }
        };
        Step { taken, left }
    }

    /// Does to the stack what the instruction did, after which it has a `height`.
    pub(super) fn after(&mut self, operator: &Operator<'_>, step: &Step, height: usize) {
        let kept = (self.stack.len().saturating_sub(step.taken)).min(height);
        while self.stack.len() > kept {
            self.pop();
        }
        self.stack.resize(height, Bits::Known);
        if step.left != Bits::Known && height > 0 {
            self.set_top(step.left);
            self.open += 1;
            if let Bits::OpenIf(..) = step.left {
                self.loose.push(height - 1);
            }
        }
        if let Operator::Loop { .. } | Operator::Else | Operator::End = operator {
            self.epoch += 1;
        }
    }

    /// The bits of the topmost operands.
    fn top(&self, count: usize) -> impl Iterator<Item = Bits> + '_ {
        self.stack.iter().rev().take(count).copied()
    }

    /// The bits of the operand below `depth` others.
    fn at(&self, depth: usize) -> Bits {
        self.top(depth + 1).nth(depth).unwrap_or(Bits::Known)
    }

    fn set_top(&mut self, bits: Bits) {
        if let Some(top) = self.stack.last_mut() {
            *top = bits;
        }
    }

    fn pop(&mut self) {
        let position = self.stack.len().wrapping_sub(1);
        self.know(position);
        self.stack.pop();
    }

    /// An operand became known, or goes: whatever is kept for it goes.
    fn know(&mut self, position: usize) {
        let Some(bits) = self.stack.get_mut(position) else { return };
        let before = std::mem::replace(bits, Bits::Known);
        if before != Bits::Known {
            self.open -= 1;
        }
        if let Bits::OpenIf(_, flag) = before {
            match self.loose.iter().rposition(|loose| *loose == position) {
                Some(index) => {
                    self.loose.remove(index);
                }
                None => self.spare.push(flag),
            }
        }
    }

    fn read(&self, local: u32) -> Bits {
        match self.tracked.get(&local) {
            None => Bits::Known,
            Some(tracked) if tracked.epoch == self.epoch => tracked.bits,
            Some(tracked) => Bits::OpenIf(tracked.shape, tracked.flag),
        }
    }

    /// The topmost operand is about to be written to a local.
    fn write(&mut self, local: u32, code: &mut Code) {
        let Some(top) = self.stack.last().copied() else { return };
        let Some((shape, flag)) = self.tracked.get(&local).map(|tracked| (tracked.shape, tracked.flag))
        else {
            if let Bits::Open(shape) | Bits::OpenIf(shape, _) = top {
                self.missed.entry(local).or_insert(shape);
                self.settle_top(code);
            }
            return;
        };
        self.freeze(code);
        if top.concerns(Some(shape)) {
            self.settle_top(code);
        }
        let now = self.stack.last().copied().unwrap_or(Bits::Known);
        let before = self.read(local);
        let bits = match now {
            Bits::OpenIf(_, other) => {
                code.add(2).local_get(other).local_set(flag);
                Bits::OpenIf(shape, flag)
            }
            known_or_open => {
                if before != known_or_open {
                    code.add(2).i32_const((known_or_open != Bits::Known).into()).local_set(flag);
                }
                known_or_open
            }
        };
        if let Some(tracked) = self.tracked.get_mut(&local) {
            (tracked.bits, tracked.epoch) = (bits, self.epoch);
        }
    }

    /// Operands with the flag of a local get flags of their own: the local may be written from here on, and on some
    /// ways only.
    fn freeze(&mut self, code: &mut Code) {
        for position in std::mem::take(&mut self.loose) {
            if let Bits::OpenIf(shape, flag) = self.stack[position] {
                let own = self.spare.pop().unwrap_or_else(|| code.fresh(ValType::I32));
                code.add(2).local_get(flag).local_set(own);
                self.stack[position] = Bits::OpenIf(shape, own);
            }
        }
    }

    /// One of two vectors: what is left is open if both are.
    fn select(&mut self, validator: &FuncValidator<&ValidatorResources>, code: &mut Code) -> Bits {
        match (self.at(2), self.at(1)) {
            (Bits::Open(one), Bits::Open(other)) if one == other => Bits::Open(one),
            _ => {
                self.settle(3, |bits| bits != Bits::Known, validator, code);
                Bits::Known
            }
        }
    }

    /// Lanes of two vectors: what is left is open if those are that are looked at, and are moved as a whole.
    fn shuffle(
        &mut self,
        lanes: &[u8; 16],
        validator: &FuncValidator<&ValidatorResources>,
        code: &mut Code,
    ) -> Bits {
        let (first, second) = (self.at(1), self.at(0));
        let looked_at = match (lanes.iter().any(|lane| *lane < 16), lanes.iter().any(|lane| *lane >= 16)) {
            (true, false) => Some(first),
            (false, true) => Some(second),
            _ => (first == second).then_some(first),
        };
        match looked_at {
            Some(Bits::Known) => Bits::Known,
            Some(Bits::Open(shape)) if moves_lanes(lanes, shape) => Bits::Open(shape),
            _ => {
                self.settle(2, |bits| bits != Bits::Known, validator, code);
                Bits::Known
            }
        }
    }

    /// Settles those of the topmost operands that meet a condition.
    fn settle(
        &mut self,
        count: usize,
        condition: impl Fn(Bits) -> bool,
        validator: &FuncValidator<&ValidatorResources>,
        code: &mut Code,
    ) {
        let concerned: Vec<_> = self.top(count).map(&condition).collect();
        let Some(deepest) = concerned.iter().rposition(|concerned| *concerned) else { return };
        let types: Option<Vec<_>> =
            (0..deepest).map(|depth| ValType::try_from(validator.get_operand_type(depth)??).ok()).collect();
        // An operand without a type: the instruction is not valid, and will be refused.
        let Some(types) = types else { return };
        let above: Vec<_> = (1..).zip(types).map(|(number, ty)| code.scratch(ty, number)).collect();
        for local in &above {
            code.add(1).local_set(*local);
        }
        let top = self.stack.len() - 1;
        self.settle_at(top - deepest, code);
        for (depth, local) in above.iter().enumerate().rev() {
            code.add(1).local_get(*local);
            if concerned[depth] {
                self.settle_at(top - depth, code);
            }
        }
    }

    fn settle_top(&mut self, code: &mut Code) {
        self.settle_at(self.stack.len() - 1, code);
    }

    /// Settles an operand, which is now on top of the real stack.
    fn settle_at(&mut self, position: usize, code: &mut Code) {
        match self.stack[position] {
            Bits::Known => {}
            Bits::Open(shape) => canonicalise(shape, None, code),
            Bits::OpenIf(shape, flag) => canonicalise(shape, Some(flag), code),
        }
        self.know(position);
    }
}
