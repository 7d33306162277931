//! `metadata.scale` is what the calls, events and queries of this crate are generated from.

use std::{env, fs, path::Path};

/// The version that subxt asks a node for as well.
const VERSION: u32 = 16;

/// What a new chain says about itself: some of its constants are in its state.
fn runtime_metadata() -> Vec<u8> {
    let metadata = sp_io::TestExternalities::default()
        .execute_with(|| talka_runtime::Runtime::metadata_at_version(VERSION));
    metadata.expect("the SDK knows this version").to_vec()
}

#[test]
fn is_the_runtimes_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("metadata.scale");
    let current = runtime_metadata();
    if env::var_os("TALKA_UPDATE_METADATA").is_some() {
        fs::write(&path, &current).unwrap();
    }
    // Not `assert_eq`: nobody wants to see the bytes.
    let same = fs::read(&path).unwrap() == current;
    assert!(same, "the runtime's metadata has changed; hint: run `scripts/metadata` and make this crate fit");
}

/// The command line shows this text as the hint of an error.
#[test]
fn explains_every_error() {
    let metadata = subxt::Metadata::decode_from(&runtime_metadata()).unwrap();
    for pallet in ["Audit", "Groups", "Marketplace", "Orders", "Poco", "Stake", "Validators"] {
        let errors = metadata.pallet_by_name(pallet).unwrap().error_variants().unwrap();
        assert!(!errors.is_empty());
        for error in errors {
            let text = error.docs.join(" ");
            assert!(text.trim().ends_with('.'), "{pallet}.{} says: {text:?}", error.name);
        }
    }
}
