//! The client's calls, events and queries are generated from `client/metadata.scale`. It stands here, so that it can be
//! written where the client does not fit this runtime yet.

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
fn is_this_runtime_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/metadata.scale");
    let current = runtime_metadata();
    if env::var_os("TALKA_UPDATE_METADATA").is_some() {
        fs::write(&path, &current).unwrap();
    }
    // Not `assert_eq`: nobody wants to see the bytes.
    let same = fs::read(&path).unwrap() == current;
    assert!(same, "the runtime's metadata has changed; hint: run `scripts/metadata` and make the client fit");
}
