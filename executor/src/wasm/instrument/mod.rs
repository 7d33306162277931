//! Rewrites a module so that what it may do is bounded by its own text, and by nothing of the host.
//!
//! * Every function counts what it may take of the native stack, and traps when the sum passes
//!   [`CALL_DEPTH_LIMIT`]. A native stack overflows at different depths on different processors and compiler
//!   versions: two honest workers would disagree. See [`body`].
//! * A NaN has the same bits wherever they can be seen. See [`nan`] and [`vectors`].
//! * What takes a processor long costs more fuel, and what takes a compiler long is refused. See [`cost`].
//! * Instructions whose work grows with an operand (`memory.fill`, `table.copy`, …) pay for it. See [`bulk`].
//! * The start function becomes an export, for the host to call: a trap in it then is like any other.
//!
//! The module is validated before (so that it cannot name what is added here) and after (so that whatever the
//! compiler refuses later is the host's fault, not the module's). Custom sections are dropped. The outcome is
//! a function of the module's bytes and is named by the ABI number.

mod body;
mod bulk;
mod code;
mod cost;
mod nan;
mod survey;
mod vectors;

use std::collections::BTreeMap;

use wasm_encoder::{
    reencode::{Reencode, RoundtripReencoder},
    BlockType, CodeSection, ConstExpr, DataCountSection, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, Module, RawSection, Section, SectionId, TypeSection, ValType,
};
use wasmparser::{
    ExternalKind, FuncValidatorAllocations, Parser, Payload, TypeRef, ValidPayload, Validator, WasmFeatures,
};

pub(super) use body::CALL_DEPTH_LIMIT;
pub(super) use survey::{not_there, shown, WASI};

/// WebAssembly as of ABI 2: the 2.0 standard without references to host values, with extended constants.
pub(super) const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES).union(WasmFeatures::EXTENDED_CONST);

/// Largest body of one function, in bytes.
const MAX_FUNCTION_BYTES: usize = 1 << 20;

/// Most time to compile a module, in microseconds of an ordinary machine.
const MAX_MODULE_TIME: u64 = 120_000_000;

/// Largest code of a module after rewriting, in bytes. That of an ordinary program is two or three times its own.
const MAX_CODE_BYTES: usize = 128 << 20;

/// Reasons that are given at most.
const MAX_REASONS: usize = 20;

/// Exports that begin with this belong to the sandbox.
const RESERVED: &str = "talka:";

/// Export of the global that holds the call depth.
pub(super) const DEPTH_EXPORT: &str = "talka:call-depth";

/// Export of what was the start function.
pub(super) const START_EXPORT: &str = "talka:start";

/// Why a module is not one that the sandbox runs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Rejected(String);

impl From<wasmparser::BinaryReaderError> for Rejected {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self(error.to_string())
    }
}

impl<E: std::fmt::Display> From<wasm_encoder::reencode::Error<E>> for Rejected {
    fn from(error: wasm_encoder::reencode::Error<E>) -> Self {
        Self(error.to_string())
    }
}

fn rejected<T>(reason: impl Into<String>) -> Result<T, Rejected> {
    Err(Rejected(reason.into()))
}

/// The module to run in place of `module`, or all reasons that are found why there is none.
pub(super) fn instrument(module: &[u8]) -> Result<Vec<u8>, Vec<String>> {
    survey::form(module)?;
    let mut reasons = survey::reasons(module);
    match rewrite(module) {
        Ok(instrumented) if reasons.is_empty() => return Ok(instrumented),
        // What the survey found in words of its own, the validator says in its.
        Err(Rejected(reason)) if reasons.is_empty() => reasons.push(reason),
        _ => {}
    }
    reasons.truncate(MAX_REASONS);
    Err(reasons)
}

fn rewrite(module: &[u8]) -> Result<Vec<u8>, Rejected> {
    let mut rewriter = Rewriter::new(module);
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    for payload in parser.parse_all(module) {
        rewriter.section(&mut validator, payload?)?;
    }
    let instrumented = rewriter.finish();
    Validator::new_with_features(FEATURES).validate_all(&instrumented)?;
    Ok(instrumented)
}

/// Functions and types that the rewriting adds behind those of the module, whose indices stay as they are.
struct Additions {
    types: TypeSection,
    functions: FunctionSection,
    /// Functions that the module imports: they come first in the index space.
    imported: u32,
    /// Bodies of added functions, in the order of their indices.
    bodies: Vec<Function>,
    /// Index of the function that stands for a bulk instruction, by the instruction's encoding.
    bulk: BTreeMap<Vec<u8>, u32>,
    /// Type of a block with the results of a function, by the function's type.
    blocks: BTreeMap<u32, u32>,
}

impl Additions {
    fn add_type(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        self.types.ty().function(params.iter().copied(), results.iter().copied());
        self.types.len() - 1
    }

    fn add_function(&mut self, ty: u32, body: Function) -> u32 {
        self.functions.function(ty);
        self.bodies.push(body);
        self.imported + self.functions.len() - 1
    }

    /// Type of a block that takes nothing and leaves `results`, those of functions of type `ty`.
    fn block_type(&mut self, ty: u32, results: &[ValType]) -> BlockType {
        match results {
            [] => BlockType::Empty,
            [result] => BlockType::Result(*result),
            results => BlockType::FunctionType(match self.blocks.get(&ty) {
                Some(block) => *block,
                None => {
                    let block = self.add_type(&[], results);
                    self.blocks.insert(ty, block);
                    block
                }
            }),
        }
    }
}

/// Takes a module apart and puts the instrumented one together.
struct Rewriter<'a> {
    module: &'a [u8],
    additions: Additions,
    imports: Option<RawSection<'a>>,
    tables: Option<RawSection<'a>>,
    memories: Option<RawSection<'a>>,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<u32>,
    elements: Option<RawSection<'a>>,
    data_count: Option<DataCountSection>,
    code: CodeSection,
    data: Option<RawSection<'a>>,
    allocations: FuncValidatorAllocations,
    time: u64,
}

impl<'a> Rewriter<'a> {
    fn new(module: &'a [u8]) -> Self {
        Self {
            module,
            additions: Additions {
                types: TypeSection::new(),
                functions: FunctionSection::new(),
                imported: 0,
                bodies: Vec::new(),
                bulk: BTreeMap::new(),
                blocks: BTreeMap::new(),
            },
            imports: None,
            tables: None,
            memories: None,
            globals: GlobalSection::new(),
            exports: ExportSection::new(),
            start: None,
            elements: None,
            data_count: None,
            code: CodeSection::new(),
            data: None,
            allocations: FuncValidatorAllocations::default(),
            time: 0,
        }
    }

    fn raw(&self, id: SectionId, range: std::ops::Range<usize>) -> Option<RawSection<'a>> {
        Some(RawSection { id: id as u8, data: &self.module[range] })
    }

    fn section(&mut self, validator: &mut Validator, payload: Payload<'a>) -> Result<(), Rejected> {
        if let ValidPayload::Func(func, body) = validator.payload(&payload)? {
            if body.range().len() > MAX_FUNCTION_BYTES {
                return rejected(format!("a function is larger than {MAX_FUNCTION_BYTES} bytes"));
            }
            let depth = self.globals.len();
            let rewritten = body::rewrite(&func, &body, depth, &mut self.additions, &mut self.allocations)?;
            self.time += rewritten.time;
            if self.time > MAX_MODULE_TIME || self.code.byte_len() + rewritten.body.len() > MAX_CODE_BYTES {
                return rejected("all in all it is too large or too intricate to compile");
            }
            self.code.raw(&rewritten.body);
            return Ok(());
        }
        let mut copy = RoundtripReencoder;
        match payload {
            Payload::TypeSection(types) => copy.parse_type_section(&mut self.additions.types, types)?,
            Payload::ImportSection(imports) => {
                self.imports = self.raw(SectionId::Import, imports.range());
                for import in imports {
                    let import = import?;
                    if let TypeRef::Func(_) = import.ty {
                        self.additions.imported += 1;
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                copy.parse_function_section(&mut self.additions.functions, functions)?
            }
            Payload::TableSection(tables) => self.tables = self.raw(SectionId::Table, tables.range()),
            Payload::MemorySection(memories) => self.memories = self.raw(SectionId::Memory, memories.range()),
            Payload::GlobalSection(globals) => copy.parse_global_section(&mut self.globals, globals)?,
            Payload::ExportSection(exports) => copy.parse_export_section(&mut self.exports, exports)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => {
                self.elements = self.raw(SectionId::Element, elements.range())
            }
            Payload::DataCountSection { count, .. } => self.data_count = Some(DataCountSection { count }),
            Payload::DataSection(data) => self.data = self.raw(SectionId::Data, data.range()),
            // The version, the head and the end of sections, and custom sections. All else the validator refused.
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        let depth = self.globals.len();
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        self.globals.global(ty, &ConstExpr::i32_const(0));
        self.exports.export(DEPTH_EXPORT, ExportKind::Global, depth);
        if let Some(start) = self.start {
            self.exports.export(START_EXPORT, ExportKind::from(ExternalKind::Func), start);
        }
        for body in &self.additions.bodies {
            self.code.function(body);
        }

        let mut module = Module::new();
        module.section(&self.additions.types);
        copy(&mut module, &self.imports);
        module.section(&self.additions.functions);
        copy(&mut module, &self.tables);
        copy(&mut module, &self.memories);
        module.section(&self.globals).section(&self.exports);
        copy(&mut module, &self.elements);
        copy(&mut module, &self.data_count);
        module.section(&self.code);
        copy(&mut module, &self.data);
        module.finish()
    }
}

fn copy(module: &mut Module, section: &Option<impl Section>) {
    if let Some(section) = section {
        module.section(section);
    }
}
