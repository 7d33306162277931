//! Whether the sandbox computes what it should on this machine.

use std::{path::Path, time::Duration};

use talka_executor::{Cancel, Executor as _, Job, Limits, Progress, WasmExecutor};
use talka_primitives::{
    manifest::{Blob, ExitStatus, Listing, Manifest, MAX_OUTPUT_BYTES, WASM_ABI},
    DealId, Hint as _, TaskId,
};

use super::{checks::Finding, try_out};

/// Fills a page of memory with pseudo-random numbers. A test has its text.
const APP: [u8; 105] = [
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01,
    0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x13, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02,
    0x00, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x00, 0x0a, 0x3b, 0x01, 0x39, 0x02, 0x01, 0x7f,
    0x01, 0x7e, 0x03, 0x40, 0x20, 0x00, 0x20, 0x01, 0x42, 0xad, 0xfe, 0xd5, 0xe4, 0xd4, 0x85, 0xfd, 0xa8,
    0xd8, 0x00, 0x7e, 0x42, 0xcf, 0x82, 0x9e, 0xbb, 0xef, 0xef, 0xde, 0x82, 0x14, 0x7c, 0x22, 0x01, 0x37,
    0x03, 0x00, 0x20, 0x00, 0x41, 0x08, 0x6a, 0x21, 0x00, 0x20, 0x00, 0x41, 0x80, 0x80, 0x04, 0x49, 0x0d,
    0x00, 0x0b, 0x0b,
];

/// The numbers of Knuth's generator, of which the next is that times the one before and this.
const TIMES: u64 = 6_364_136_223_846_793_005;
const AND: u64 = 1_442_695_040_888_963_407;

/// The memory of the app, in bytes.
const PAGE: usize = 64 * 1024;

/// Execute the app, and compare what comes out with what should.
pub(super) fn check(base_path: &Path) -> Finding {
    match run(base_path) {
        Ok(manifest) if is_right(&manifest) => Finding::ok("the sandbox computes what it should"),
        Ok(manifest) => Finding::fail(
            format!(
                "the sandbox has computed something else: {:?}, {:02x?}",
                manifest.status, manifest.fingerprint
            ),
            "do not work with this machine: test its memory and its processor",
        ),
        Err((problem, hint)) => Finding::fail(format!("the sandbox does not run: {problem}"), hint),
    }
}

/// What came out, or what is wrong and what to do.
fn run(base_path: &Path) -> Result<Manifest, (String, String)> {
    let io = |cause: std::io::Error| (cause.to_string(), "check --base-path".to_owned());
    let folder = try_out(base_path).map_err(io)?;
    let module = folder.path().join("app.wasm");
    std::fs::write(&module, APP).map_err(io)?;
    let job = Job {
        task: TaskId { deal: DealId(0), index: 0 },
        task_count: 1,
        module,
        content: None,
        arguments: Vec::new(),
        stdin: Vec::new(),
        dataset: None,
        limits: Limits {
            fuel: 1 << 32,
            memory_bytes: PAGE as u64,
            output_bytes: MAX_OUTPUT_BYTES,
            wall_clock: Duration::from_secs(60),
        },
        out_dir: folder.path().join("out"),
        progress: Progress::new(),
    };
    // Not the worker's own: it is to be compiled here and now.
    let executed = WasmExecutor::new(folder.path().join("modules"))
        .and_then(|executor| executor.run(&job, &Cancel::new()))
        .map_err(|error| (error.to_string(), error.hint().into_owned()))?;
    Ok(executed.manifest)
}

/// All that does not depend on what instructions cost.
fn is_right(manifest: &Manifest) -> bool {
    let nothing = Blob::of(b"");
    let expected = Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: manifest.fuel_used,
        memory_used: PAGE as u64,
        fingerprint: *blake3::hash(&memory()).as_bytes(),
        listing: Listing::default().blob(),
        callback: None,
        stdout: nothing,
        stderr: nothing,
    };
    *manifest == expected
}

/// What is in the memory of the app at its end.
fn memory() -> Vec<u8> {
    let mut number = 0u64;
    let mut next = || {
        number = number.wrapping_mul(TIMES).wrapping_add(AND);
        number.to_le_bytes()
    };
    (0..PAGE / 8).flat_map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"(module
        (memory (export "memory") 1)
        (func (export "_start") (local i32 i64)
            (loop
                (i64.store (local.get 0)
                    (local.tee 1 (i64.add
                        (i64.mul (local.get 1) (i64.const 6364136223846793005))
                        (i64.const 1442695040888963407))))
                (local.set 0 (i32.add (local.get 0) (i32.const 8)))
                (br_if 0 (i32.lt_u (local.get 0) (i32.const 65536))))))"#;

    #[test]
    fn the_app_is_what_it_is_said_to_be() {
        assert_eq!(wat::parse_str(TEXT).unwrap(), APP);
    }

    #[test]
    fn a_machine_that_is_well_passes() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = run(dir.path()).unwrap();
        assert!(is_right(&manifest), "{manifest:?}");
        let mut wrong = manifest;
        wrong.fingerprint[0] ^= 1;
        assert!(!is_right(&wrong));
    }
}
