//! The engine: which WebAssembly, compiled how, within which limits.

use wasmtime::{Config, Engine, Strategy};

use crate::error::{ExecutorError, FatalError};

/// Native stack that an app can use within the call-depth limit, in bytes. Only what is used takes memory.
pub(super) const STACK_IN_USE: u64 = 128 << 20;

/// Native stack for the app, in bytes: twice what it can use.
const APP_STACK: usize = 2 * STACK_IN_USE as usize;

/// Native stack for system calls, below the app's, in bytes.
const CALLS_STACK: usize = 1 << 20;

/// Fuel between two looks at the clock: some milliseconds. Of no influence on what an app computes.
pub(super) const FUEL_SLICE: u64 = 20_000_000;

/// Largest number of elements of a table.
pub(super) const MAX_TABLE_ELEMENTS: u64 = 1 << 20;

/// Largest number of tables.
pub(super) const MAX_TABLES: u32 = 4;

/// The engine that all tasks of a process share.
pub(super) fn engine() -> Result<Engine, ExecutorError> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        // What the instrumentation's validator lets through is what counts; this is the second lock on the door.
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .consume_fuel(true)
        // For the host to get control back at the end of a slice of fuel. Epochs would cost a check in each loop.
        .async_support(true)
        .max_wasm_stack(APP_STACK)
        .async_stack_size(APP_STACK + CALLS_STACK)
        // A hostile module must not overflow the small stack of a pool's thread in the compiler.
        .parallel_compilation(false)
        .wasm_backtrace(false)
        .generate_address_map(false);
    Engine::new(&config).map_err(|error| FatalError::Engine(format!("{error:#}")).into())
}
