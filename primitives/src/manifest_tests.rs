use super::*;
use alloc::{format, string::ToString, vec};
use codec::{DecodeAll, MaxEncodedLen};

fn blob(size: u64) -> Blob {
    Blob { size, content: ContentId([1; 32]) }
}

/// A listing of files of one byte.
fn listing(paths: &[&str]) -> Listing {
    let file = |path: &&str| OutputFile { path: path.to_string(), blob: blob(1) };
    Listing { files: paths.iter().map(file).collect(), empty_directories: Vec::new() }
}

/// A manifest with this listing, of an app that ended well and wrote nothing for a contract.
fn manifest(listing: &Listing) -> Manifest {
    Manifest {
        abi: WASM_ABI,
        status: ExitStatus::Exited(0),
        fuel_used: 0,
        memory_used: 0,
        fingerprint: [0; 32],
        listing: listing.blob(),
        callback: None,
        stdout: blob(0),
        stderr: blob(0),
    }
}

fn check(listing: &Listing) -> Result<(), Unsound> {
    manifest(listing).check_with(listing)
}

#[test]
fn no_manifest_is_larger_than_the_largest() {
    assert_eq!(Manifest::max_encoded_len() as u64, MAX_MANIFEST_BYTES);
    let largest = Manifest {
        abi: u32::MAX,
        status: ExitStatus::Exited(i32::MIN),
        fuel_used: u64::MAX,
        memory_used: u64::MAX,
        fingerprint: [255; 32],
        listing: blob(u64::MAX),
        callback: Some(Callback { size: u64::MAX, keccak: [255; 32] }),
        stdout: blob(u64::MAX),
        stderr: blob(u64::MAX),
    };
    let bytes = largest.encode();
    assert_eq!(bytes.len() as u64, MAX_MANIFEST_BYTES);
    assert_eq!(Manifest::decode_all(&mut &bytes[..]), Ok(largest.clone()));
    for status in [ExitStatus::Trapped(Trap::NotACommand), ExitStatus::OutOfFuel] {
        assert!(Manifest { status, ..largest.clone() }.encode().len() < bytes.len());
    }
}

#[test]
fn the_largest_result_can_be_read() {
    let path = |number| format!("{number:05}/{}", "a/".repeat(508)) + "é";
    let files = (0..MAX_OUTPUT_ENTRIES).map(|number| OutputFile { path: path(number), blob: blob(1) });
    let mut largest = Listing { files: files.collect(), empty_directories: Vec::new() };
    assert_eq!(largest.files[0].path.len(), MAX_PATH_BYTES);
    assert_eq!(check(&largest), Ok(()));
    assert!(largest.blob().size <= MAX_LISTING_BYTES);
    largest.empty_directories.push("zzz".into());
    assert_eq!(check(&largest), Err(Unsound::Entries));
}

#[test]
fn no_listing_is_asked_for_that_is_larger_than_the_largest() {
    let mut large = manifest(&Listing::default());
    large.listing.size = MAX_LISTING_BYTES;
    assert_eq!(large.check(), Ok(()));
    large.listing.size += 1;
    assert_eq!(large.check(), Err(Unsound::LargeListing));
}

#[test]
fn belongs_to_one_listing() {
    let (one, other) = (listing(&["a", "b"]), listing(&["a", "c"]));
    let of_one = manifest(&one);
    assert_eq!(of_one.check_with(&one), Ok(()));
    assert_eq!(of_one.check_with(&other), Err(Unsound::OtherListing));
    assert_ne!(of_one.digest(), manifest(&other).digest());
    // The right bytes, and another size.
    let mut longer = of_one.clone();
    longer.listing.size += 1;
    assert_eq!(longer.check_with(&one), Err(Unsound::OtherListing));
    let mut directory = one.clone();
    directory.empty_directories.push("d".into());
    assert_ne!(of_one.digest(), manifest(&directory).digest());
}

#[test]
fn names_no_more_bytes_than_an_app_can_leave() {
    let mut files = listing(&["a", "b"]);
    files.files[0].blob.size = MAX_OUTPUT_BYTES - 1;
    let mut sound = manifest(&files);
    sound.stderr.size = MAX_STDERR_BYTES;
    assert_eq!(sound.check_with(&files), Ok(()));
    let mut more = sound.clone();
    more.stdout.size = 1;
    assert_eq!(more.check_with(&files), Err(Unsound::Bytes));
    files.files[1].blob.size = u64::MAX;
    assert_eq!(check(&files), Err(Unsound::Bytes));
    sound.stderr.size += 1;
    assert_eq!(sound.check(), Err(Unsound::Bytes));
    let mut long = manifest(&Listing::default());
    long.callback = Some(Callback { size: MAX_OUTPUT_BYTES, keccak: [0; 32] });
    assert_eq!(long.check(), Ok(()));
    long.stdout.size = 1;
    assert_eq!(long.check(), Err(Unsound::Bytes));
}

#[test]
fn has_only_paths_that_an_app_can_give() {
    for good in ["a", "a/b.txt", "..a/b", "a b/ü", "a\n"] {
        assert_eq!(check(&listing(&[good])), Ok(()), "{good}");
    }
    let long = "a".repeat(MAX_NAME_BYTES + 1);
    for bad in ["", "/etc/passwd", "../a", "a/../../b", "..", ".", "./a", "a//b", "a/", "a\0", &long] {
        assert_eq!(check(&listing(&[bad])), Err(Unsound::Path(bad.into())), "{bad}");
    }
}

#[test]
fn names_nothing_twice_and_in_order() {
    assert_eq!(check(&listing(&["a", "a"])), Err(Unsound::Twice("a".into())));
    assert_eq!(check(&listing(&["a", "a-b", "a/b"])), Err(Unsound::Twice("a".into())));
    assert_eq!(check(&listing(&["b", "a"])), Err(Unsound::Order));
    let mut nested = listing(&["a/b/c"]);
    nested.empty_directories.push("a/b".into());
    assert_eq!(check(&nested), Err(Unsound::Twice("a/b".into())));
    let mut older = manifest(&Listing::default());
    older.abi = WASM_ABI - 1;
    assert_eq!(older.check(), Err(Unsound::Abi(WASM_ABI - 1)));
}

#[test]
fn the_callback_is_a_file_of_the_listing() {
    let mut files = listing(&["a/callback", "callback", "callback.txt"]);
    files.files[1].blob.size = 96;
    let callback = |size| Some(Callback { size, keccak: [7; 32] });
    let mut named = manifest(&files);
    assert_eq!(named.check_with(&files), Err(Unsound::Callback));
    named.callback = callback(96);
    assert_eq!(named.check_with(&files), Ok(()));
    named.callback = callback(95);
    assert_eq!(named.check_with(&files), Err(Unsound::Callback));
    // No other file is it, and no directory.
    let mut others = listing(&["a/callback", "callback.txt"]);
    others.empty_directories = vec!["callback".into()];
    assert_eq!(check(&others), Ok(()));
    assert_eq!(
        Manifest { callback: callback(0), ..manifest(&others) }.check_with(&others),
        Err(Unsound::Callback)
    );
}

/// As every implementation of Keccak-256 gives them; SHA3-256 pads otherwise.
#[test]
fn the_hash_of_a_callback_is_that_of_contracts() {
    let hash = |content: &[u8]| ContentId(Callback::of(content).keccak).to_string();
    assert_eq!(hash(b""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_eq!(hash(b"abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_eq!(Callback::of(b"abc").size, 3);
}

/// Hashed by another program, from the layout that `docs/integrate.md` tells.
#[test]
fn the_digest_is_what_others_compute() {
    let blob = Blob { size: 3, content: ContentId([2; 32]) };
    let files = ["a/b", "callback"].map(|path| OutputFile { path: path.into(), blob });
    let listing = Listing { files: files.into(), empty_directories: Vec::new() };
    let Blob { size, content } = listing.blob();
    assert_eq!(size, 95);
    assert_eq!(content.to_string(), "262407a057fa516b494851d5a5af79c27cf9f0650ca7a39af3ed55510f1a2907");
    let manifest = Manifest {
        abi: 3,
        fuel_used: 12,
        memory_used: 65_536,
        fingerprint: [8; 32],
        callback: Some(Callback { size: 3, keccak: [9; 32] }),
        stdout: blob,
        stderr: blob,
        ..manifest(&listing)
    };
    let digest = "b5ddba92076b1a82a19ec1184c0316a6a263672e79af37f06a657f0ac0574755";
    assert_eq!(manifest.digest().to_string(), digest);
}
