//! Generates calls, events and queries from the runtime's metadata, for `src/api.rs`.
//!
//! Types of `talka-primitives` stand in for the generated ones, each at its own path: a new one needs no line here.

use std::{env, error::Error, fs, path::Path};

use subxt_codegen::{
    syn::{self, parse_str},
    CodegenBuilder, Metadata,
};

/// Written by `scripts/metadata`.
const METADATA: &str = "metadata.scale";

/// Types that stand in for generated ones. The public keys that a validator works with are bytes, as a node made them: only
/// nodes look into them.
const SUBSTITUTES: [(&str, &str); 3] = [
    ("bounded_collections::bounded_vec::BoundedVec<A>", "::std::vec::Vec<A>"),
    ("sp_runtime::MultiSignature", "::subxt::utils::MultiSignature"),
    ("talka_runtime::SessionKeys", "::subxt::utils::Static<crate::validators::SessionKeys>"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={METADATA}");
    println!("cargo::rerun-if-changed=build.rs");
    let metadata = Metadata::decode_from(&fs::read(METADATA)?)?;
    let mut codegen = CodegenBuilder::new();
    codegen.set_target_module(parse_str::<syn::ItemMod>("pub mod runtime {}")?);
    for (path, with) in SUBSTITUTES {
        codegen.set_type_substitute(parse_str(path)?, parse_str(with)?);
    }
    for entry in &metadata.types().types {
        let path = &entry.ty.path.segments;
        if path.first().is_some_and(|crate_name| crate_name == "talka_primitives") {
            let parameters: Vec<_> = ('A'..).map(String::from).take(entry.ty.type_params.len()).collect();
            let path = match parameters.is_empty() {
                true => path.join("::"),
                false => format!("{}<{}>", path.join("::"), parameters.join(", ")),
            };
            let with = format!("::subxt::utils::Static<::{path}>");
            codegen.set_type_substitute(parse_str(&path)?, parse_str(&with)?);
        }
    }
    let code = codegen.generate(metadata)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("runtime.rs"), code.to_string())?;
    Ok(())
}
