//! Signatures and keys as Ethereum knows them: by the address that it recovers.

use alloy::{
    primitives::{Address, Signature, B256},
    signers::k256::ecdsa::VerifyingKey,
};

/// Bytes of a signature: `r`, `s` and the parity.
pub const SIGNATURE: usize = 65;

/// The address of a compressed public key; nothing where it is none.
pub fn address_of(key: &[u8; 33]) -> Option<Address> {
    VerifyingKey::from_sec1_bytes(key).ok().map(|key| Address::from_public_key(&key))
}

/// Whose signature of a hash it is: `r[32] | s[32] | v`, with `s` in the lower half and `v` 0 or 1. Nothing where it is none of
/// this form, which the contract does not take either.
pub fn signer(hash: [u8; 32], signature: &[u8; SIGNATURE]) -> Option<Address> {
    let (r, rest) = signature.split_at(32);
    let (s, v) = rest.split_at(32);
    let parity = match v {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    let signature = Signature::from_scalars_and_parity(B256::from_slice(r), B256::from_slice(s), parity);
    match signature.normalize_s() {
        Some(_) => None,
        None => signature.recover_address_from_prehash(&B256::from(hash)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::signers::{local::PrivateKeySigner, SignerSync as _};

    fn signed() -> (PrivateKeySigner, [u8; SIGNATURE]) {
        let key = PrivateKeySigner::from_bytes(&B256::from([7; 32])).unwrap();
        let mut bytes = key.sign_hash_sync(&B256::from([8; 32])).unwrap().as_bytes();
        // Ethereum writes the parity as 27 or 28.
        bytes[64] -= 27;
        (key, bytes)
    }

    #[test]
    fn a_signature_is_of_who_has_made_it() {
        let (key, bytes) = signed();
        assert_eq!(signer([8; 32], &bytes), Some(key.address()));
        assert_ne!(signer([9; 32], &bytes), Some(key.address()));
        let compressed = key.credential().verifying_key().to_encoded_point(true);
        let compressed: [u8; 33] = compressed.as_bytes().try_into().unwrap();
        assert_eq!(address_of(&compressed), Some(key.address()));
        assert_eq!(address_of(&[0; 33]), None);
    }

    #[test]
    fn another_form_is_none() {
        let (_, bytes) = signed();
        for v in [2, 27, 28, 255] {
            let mut other = bytes;
            other[64] = v;
            assert_eq!(signer([8; 32], &other), None, "{v}");
        }
        let mut upper = bytes;
        upper[32..64].fill(0xff);
        assert_eq!(signer([8; 32], &upper), None);
        assert_eq!(signer([8; 32], &[0; SIGNATURE]), None);
    }
}
