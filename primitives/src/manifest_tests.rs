use super::*;
use alloc::{format, string::ToString};

fn blob(size: u64) -> Blob {
    Blob { size, content: ContentId([1; 32]) }
}

fn manifest(paths: &[&str]) -> Manifest {
    let file = |path: &&str| OutputFile { path: path.to_string(), blob: blob(1) };
    Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 0,
        memory_used: 0,
        fingerprint: [0; 32],
        files: paths.iter().map(file).collect(),
        empty_directories: Vec::new(),
        stdout: blob(0),
        stderr: blob(0),
    }
}

#[test]
fn the_largest_result_can_be_read() {
    let path = |number| format!("{number:05}/{}", "a/".repeat(508)) + "é";
    let mut largest = manifest(&[]);
    let files = (0..MAX_OUTPUT_ENTRIES).map(|number| OutputFile { path: path(number), blob: blob(1) });
    largest.files = files.collect();
    assert_eq!(largest.files[0].path.len(), MAX_PATH_BYTES);
    assert_eq!(largest.check(), Ok(()));
    assert!(largest.encode().len() as u64 <= MAX_MANIFEST_BYTES);
    largest.empty_directories.push("zzz".into());
    assert_eq!(largest.check(), Err(Unsound::Entries));
}

#[test]
fn names_no_more_bytes_than_an_app_can_leave() {
    let mut sound = manifest(&["a", "b"]);
    sound.files[0].blob.size = MAX_OUTPUT_BYTES - 1;
    sound.stderr.size = MAX_STDERR_BYTES;
    assert_eq!(sound.check(), Ok(()));
    let mut more = sound.clone();
    more.stdout.size = 1;
    assert_eq!(more.check(), Err(Unsound::Bytes));
    more.files[1].blob.size = u64::MAX;
    assert_eq!(more.check(), Err(Unsound::Bytes));
    sound.stderr.size += 1;
    assert_eq!(sound.check(), Err(Unsound::Bytes));
}

#[test]
fn has_only_paths_that_an_app_can_give() {
    for good in ["a", "a/b.txt", "..a/b", "a b/ü", "a\n"] {
        assert_eq!(manifest(&[good]).check(), Ok(()), "{good}");
    }
    let long = "a".repeat(MAX_NAME_BYTES + 1);
    for bad in ["", "/etc/passwd", "../a", "a/../../b", "..", ".", "./a", "a//b", "a/", "a\0", &long] {
        assert_eq!(manifest(&[bad]).check(), Err(Unsound::Path(bad.into())), "{bad}");
    }
}

#[test]
fn names_nothing_twice_and_in_order() {
    assert_eq!(manifest(&["a", "a"]).check(), Err(Unsound::Twice("a".into())));
    assert_eq!(manifest(&["a", "a-b", "a/b"]).check(), Err(Unsound::Twice("a".into())));
    assert_eq!(manifest(&["b", "a"]).check(), Err(Unsound::Order));
    let mut nested = manifest(&["a/b/c"]);
    nested.empty_directories.push("a/b".into());
    assert_eq!(nested.check(), Err(Unsound::Twice("a/b".into())));
    let mut older = manifest(&[]);
    older.abi = WASM_ABI - 1;
    assert_eq!(older.check(), Err(Unsound::Abi(WASM_ABI - 1)));
}
