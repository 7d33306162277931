//! Results: what somebody served is what the chain has accepted, or it is refused.

use alloc::{
    format,
    string::{String, ToString},
};
use codec::DecodeAll as _;
use serde::Serialize;
use talka_primitives::{
    manifest::{Blob, Callback, ExitStatus, Listing, Manifest},
    Digest,
};

use crate::{hash, json, unread, Answer};

/// A manifest for JavaScript.
#[derive(Serialize)]
struct Told {
    abi: u32,
    status: ExitStatus,
    fuel_used: String,
    memory_used: String,
    listing: Blob,
    callback: Option<Callback>,
    stdout: Blob,
    stderr: Blob,
}

/// See [`crate::talka_manifest`].
pub(crate) fn manifest(input: &[u8]) -> Answer {
    let (digest, encoded) = hash(input)?;
    let (asked, is) = (Digest(digest), Digest(*blake3::hash(encoded).as_bytes()));
    if is != asked {
        return Err(format!("the manifest is {is}, and {asked} was asked for"));
    }
    let manifest = sound(encoded)?;
    let (fuel_used, memory_used) = (manifest.fuel_used.to_string(), manifest.memory_used.to_string());
    let Manifest { abi, status, listing, callback, stdout, stderr, .. } = manifest;
    json(&Told { abi, status, fuel_used, memory_used, listing, callback, stdout, stderr })
}

/// See [`crate::talka_listing`].
pub(crate) fn listing(input: &[u8]) -> Answer {
    let (length, rest) = input.split_first_chunk::<4>().ok_or_else(|| unread("length"))?;
    let length = u32::from_le_bytes(*length) as usize;
    let (manifest, encoded) = rest.split_at_checked(length).ok_or_else(|| unread("manifest"))?;
    let manifest = sound(manifest)?;
    let listing = Listing::decode_all(&mut &encoded[..]).map_err(|_| unread("listing"))?;
    manifest.check_with(&listing).map_err(|why| why.to_string())?;
    json(&listing)
}

fn sound(encoded: &[u8]) -> Result<Manifest, String> {
    let manifest = Manifest::decode_all(&mut &encoded[..]).map_err(|_| unread("manifest"))?;
    manifest.check().map_err(|why| why.to_string())?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use codec::Encode as _;
    use talka_primitives::manifest::{OutputFile, WASM_ABI};

    fn result() -> (Manifest, Listing) {
        let blob = Blob::of(b"content");
        let listing = Listing {
            files: alloc::vec![OutputFile { path: "a/b".into(), blob }],
            empty_directories: alloc::vec!["c".into()],
        };
        let manifest = Manifest {
            abi: WASM_ABI,
            status: ExitStatus::Exited(0),
            fuel_used: u64::MAX,
            memory_used: 65_536,
            fingerprint: [7; 32],
            listing: listing.blob(),
            callback: None,
            stdout: Blob::of(b"out"),
            stderr: Blob::of(b""),
        };
        (manifest, listing)
    }

    fn with_digest(manifest: &Manifest, digest: Digest) -> Vec<u8> {
        [&digest.0[..], &manifest.encode()].concat()
    }

    fn with_listing(manifest: &Manifest, listing: &[u8]) -> Vec<u8> {
        let encoded = manifest.encode();
        [&(encoded.len() as u32).to_le_bytes()[..], &encoded, listing].concat()
    }

    #[test]
    fn a_manifest_is_told_if_it_has_the_digest() {
        let (manifest, _) = result();
        let told = super::manifest(&with_digest(&manifest, manifest.digest())).unwrap();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(told["fuel_used"], "18446744073709551615", "JavaScript would round it");
        assert_eq!(told["stdout"]["size"], 3);
        assert_eq!(told["stdout"]["content"], Blob::of(b"out").content.to_string());
        assert_eq!(told["status"]["Exited"], 0);
        let asked_for_other = super::manifest(&with_digest(&manifest, Digest([0; 32])));
        assert!(asked_for_other.unwrap_err().contains("was asked for"));
        let other = Manifest { abi: WASM_ABI + 1, ..manifest };
        assert!(super::manifest(&with_digest(&other, other.digest())).unwrap_err().contains("ABI"));
        for cut in [0, 31, 32, 100] {
            assert!(super::manifest(&with_digest(&other, other.digest())[..cut]).is_err());
        }
    }

    #[test]
    fn a_listing_is_told_if_it_is_the_manifests() {
        let (manifest, listing) = result();
        let told = super::listing(&with_listing(&manifest, &listing.encode())).unwrap();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(told["files"][0]["path"], "a/b");
        assert_eq!(told["empty_directories"][0], "c");
        let other = Listing::default();
        assert!(super::listing(&with_listing(&manifest, &other.encode())).unwrap_err().contains("listing"));
        let mut long = with_listing(&manifest, &listing.encode());
        long[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(super::listing(&long), Err(unread("manifest")));
        assert_eq!(super::listing(&[1]), Err(unread("length")));
    }
}
