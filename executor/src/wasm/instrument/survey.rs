//! Finds all that keeps a module from being an app, and says it in plain words.
//!
//! What is missed here, the validator and the compiler's limits find. They stop at the first fault, and speak of bytes.

use talka_primitives::manifest::MAX_APP_BYTES;
use wasmparser::{
    CompositeInnerType, ExternalKind, Parser, Payload, RecGroup, TableType, TypeRef, ValType, Validator,
    WasmFeatures,
};

use super::{FEATURES, RESERVED};
use crate::wasm::engine::{MAX_TABLES, MAX_TABLE_ELEMENTS};

/// The module that apps import from.
pub(in crate::wasm) const WASI: &str = "wasi_snapshot_preview1";

/// Reasons of one kind that are listed. There may be as many as a module has imports.
const LISTED: usize = 20;

/// What is shown of a name that a module chose, in characters.
const SHOWN: usize = 60;

/// Proposals that compilers use, and that are not in the ABI: name, and what to do without it.
const PROPOSALS: [(WasmFeatures, &str, &str); 11] = [
    (WasmFeatures::THREADS, "threads", "compile it for one thread, without `atomics`"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared functions and tables", "compile it for one thread"),
    (
        EXCEPTIONS,
        "exceptions of WebAssembly",
        "compile it without them, as with `-fno-exceptions` or `panic=abort`",
    ),
    (WasmFeatures::TAIL_CALL, "tail calls", "compile it without `tail-call`"),
    (
        GARBAGE_COLLECTION,
        "garbage collection of WebAssembly",
        "use a compiler that brings its own memory management",
    ),
    (WasmFeatures::MULTI_MEMORY, "several memories", "compile it without `multimemory`"),
    (WasmFeatures::MEMORY64, "a memory with 64-bit addresses", "compile it for wasm32"),
    (
        WasmFeatures::RELAXED_SIMD,
        "relaxed SIMD, which differs between processors",
        "compile it without `relaxed-simd`",
    ),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes", "compile it with the ordinary page size"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic", "compile it without `wide-arithmetic`"),
    (WasmFeatures::STACK_SWITCHING, "stack switching", "compile it without it"),
];

const EXCEPTIONS: WasmFeatures = WasmFeatures::EXCEPTIONS.union(WasmFeatures::LEGACY_EXCEPTIONS);

const GARBAGE_COLLECTION: WasmFeatures = WasmFeatures::GC.union(WasmFeatures::FUNCTION_REFERENCES);

/// References to values of the host: the garbage collector's types need the same feature of the validator.
const HOST_REFERENCES: WasmFeatures = WasmFeatures::GC_TYPES;

/// Whether the bytes have the form of a module at all.
pub(super) fn form(module: &[u8]) -> Result<(), Vec<String>> {
    let reason = if module.len() as u64 > MAX_APP_BYTES {
        format!("it has {} bytes, and an app has {MAX_APP_BYTES} at most", module.len())
    } else if Parser::is_component(module) {
        "it is a component (WASI preview 2), and an app is a core module: compile it for wasm32-wasip1".into()
    } else if module.trim_ascii_start().starts_with(b"(module") {
        "it is the text format of WebAssembly: convert it, for example with `wat2wasm`".into()
    } else if !module.starts_with(b"\0asm") {
        "it is not WebAssembly in binary form".into()
    } else {
        return Ok(());
    };
    Err(vec![reason])
}

/// All reasons that are found.
pub(super) fn reasons(module: &[u8]) -> Vec<String> {
    let mut survey = Survey::default();
    let parser = Parser::new(0);
    // Behind a fault nothing is known. The validator names it.
    for payload in parser.parse_all(module).map_while(Result::ok) {
        survey.section(payload).ok();
    }
    survey.finish();
    proposals(module, &mut survey.reasons);
    survey.reasons
}

/// Names what the module uses that is not in the ABI: everything without which it is not valid.
fn proposals(module: &[u8], reasons: &mut Vec<String>) {
    let is_valid = |features| Validator::new_with_features(features).validate_all(module).is_ok();
    if is_valid(FEATURES) {
        return;
    }
    let all =
        PROPOSALS.iter().fold(FEATURES.union(HOST_REFERENCES), |all, (proposal, ..)| all.union(*proposal));
    if !is_valid(all) {
        return;
    }
    let is_used = |proposal: WasmFeatures| !is_valid(all.difference(proposal));
    let used: Vec<_> = PROPOSALS.iter().filter(|(proposal, ..)| is_used(*proposal)).collect();
    if is_used(HOST_REFERENCES) && !used.iter().any(|(proposal, ..)| *proposal == GARBAGE_COLLECTION) {
        reasons.push("it uses references to values of the host (`externref`): there are none".into());
    }
    reasons.extend(used.iter().map(|(_, name, advice)| format!("it uses {name}: {advice}")));
}

/// What is known of a module.
#[derive(Default)]
struct Survey {
    /// For each type, whether it is a function from nothing to nothing.
    types: Vec<bool>,
    /// Types of the functions, imported ones first.
    functions: Vec<u32>,
    tables: u32,
    is_library: bool,
    /// What `_start` is: its kind and its index.
    start: Option<(ExternalKind, u32)>,
    imports: Vec<String>,
    reasons: Vec<String>,
}

impl Survey {
    fn section(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types(&group?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    self.import(import.module, import.name, import.ty);
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.table(&table?.ty);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    match export.name {
                        "_start" => self.start = Some((export.kind, export.index)),
                        "_initialize" => self.is_library = true,
                        name if name.starts_with(RESERVED) => self.reasons.push(format!(
                            "it exports `{}`, and names that begin with `{RESERVED}` are the sandbox's",
                            shown(name)
                        )),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn types(&mut self, group: &RecGroup) {
        self.types.extend(group.types().map(|ty| match &ty.composite_type.inner {
            CompositeInnerType::Func(ty) => nothing(ty.params()) && nothing(ty.results()),
            _ => false,
        }));
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) {
        let kind = match ty {
            TypeRef::Func(ty) => {
                self.functions.push(ty);
                if module == WASI {
                    return;
                }
                "function"
            }
            TypeRef::Table(table) => {
                self.table(&table);
                "table"
            }
            TypeRef::Memory(_) => "memory",
            TypeRef::Global(_) => "global",
            TypeRef::Tag(_) => "tag",
        };
        self.imports.push(format!("the {kind} `{}::{}`", shown(module), shown(name)));
    }

    fn table(&mut self, table: &TableType) {
        self.tables += 1;
        if table.initial > MAX_TABLE_ELEMENTS {
            let size = table.initial;
            self.reasons
                .push(format!("it has a table of {size} elements, and {MAX_TABLE_ELEMENTS} are the most"));
        }
    }

    fn finish(&mut self) {
        let start = self.start.map(|(kind, index)| {
            let ty = self.functions.get(index as usize).and_then(|ty| self.types.get(*ty as usize));
            kind == ExternalKind::Func && ty == Some(&true)
        });
        match start {
            Some(true) => {}
            Some(false) => {
                let reason = "its export `_start` is no function without parameters and results";
                self.reasons.push(reason.into());
            }
            None if self.is_library => {
                let reason =
                    "it exports no `_start`: it is a library (a WASI reactor), and an app is a command";
                self.reasons.push(reason.into());
            }
            None => self.reasons.push("it exports no function `_start`".into()),
        }
        if self.tables > MAX_TABLES {
            self.reasons.push(format!("it has {} tables, and {MAX_TABLES} are the most", self.tables));
        }
        self.reasons.extend(not_there(&self.imports));
    }
}

fn nothing(types: &[ValType]) -> bool {
    types.is_empty()
}

/// The reason for imports that the sandbox does not have, if there are any.
pub(in crate::wasm) fn not_there(imports: &[String]) -> Option<String> {
    if imports.is_empty() {
        return None;
    }
    let listed = imports.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match imports.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("it imports {listed}{more}: the sandbox has the functions of `{WASI}` only"))
}

/// A name as it may be shown.
pub(in crate::wasm) fn shown(name: &str) -> String {
    let escaped = name.escape_debug().to_string();
    match escaped.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &escaped[..end]),
        None => escaped,
    }
}
