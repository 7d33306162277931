//! Builds the WebAssembly of the runtime.

#[cfg(feature = "std")]
fn main() {
    // The checks of try-runtime are for tests of the native runtime: no chain carries them.
    std::env::remove_var("CARGO_FEATURE_CHECKS");
    if cfg!(feature = "with-successor") {
        builder().enable_feature("successor").set_file_name("successor.rs").build();
    }
    let builder = builder();
    #[cfg(feature = "metadata-hash")]
    let builder = builder.enable_metadata_hash("TLK", 9);
    builder.build();
}

#[cfg(feature = "std")]
fn builder() -> substrate_wasm_builder::WasmBuilder {
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
}

/// The WebAssembly itself is being built.
#[cfg(not(feature = "std"))]
fn main() {}
