//! The instructions of a function while it is rewritten, and the locals that they need beside its own.

use std::collections::BTreeMap;

use wasm_encoder::{InstructionSink, ValType};

/// What a function consists of.
pub(super) struct Code {
    /// Instructions.
    pub(super) bytes: Vec<u8>,
    /// Number of instructions, without those of [`Self::pay`].
    pub(super) instructions: u32,
    /// Types of the added locals, in order.
    pub(super) added: Vec<ValType>,
    existing: u32,
    scratch: BTreeMap<(ValType, u32), u32>,
}

impl Code {
    /// For a function that has `existing` parameters and locals, and about this number of bytes.
    pub(super) fn new(existing: u32, bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            instructions: 0,
            added: Vec::new(),
            existing,
            scratch: BTreeMap::new(),
        }
    }

    /// A local that nothing else uses. It begins with zero.
    pub(super) fn fresh(&mut self, ty: ValType) -> u32 {
        self.added.push(ty);
        self.existing + self.added.len() as u32 - 1
    }

    /// A local to hold a value for a moment: for each type and number the same.
    pub(super) fn scratch(&mut self, ty: ValType, number: u32) -> u32 {
        if let Some(local) = self.scratch.get(&(ty, number)) {
            return *local;
        }
        let local = self.fresh(ty);
        self.scratch.insert((ty, number), local);
        local
    }

    /// Appends an instruction of the original.
    pub(super) fn copy(&mut self, encoded: &[u8]) {
        self.instructions += 1;
        self.bytes.extend_from_slice(encoded);
    }

    /// For this number of instructions that are added to those of the original.
    pub(super) fn add(&mut self, instructions: u32) -> InstructionSink<'_> {
        self.instructions += instructions;
        InstructionSink::new(&mut self.bytes)
    }

    /// Takes units of fuel. The engine counts each instruction but `drop`, and makes no machine code of these: nobody
    /// reads the local.
    pub(super) fn pay(&mut self, units: u32) {
        if units == 0 {
            return;
        }
        let local = self.scratch(ValType::I32, 0);
        let mut sink = InstructionSink::new(&mut self.bytes);
        sink.i32_const(0);
        for _ in 1..units {
            sink.local_tee(local);
        }
        sink.drop();
    }
}
