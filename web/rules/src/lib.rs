//! Rules of Talka for pages and programs in JavaScript: what a result is, what a request costs, what an order is known by,
//! what trust takes.
//!
//! # Role
//!
//! `web/sdk` is written in TypeScript, and no rule is written there a second time. It loads this crate, compiled to WebAssembly that
//! imports nothing: no generated glue, no host functions, no clock.
//!
//! # Interface
//!
//! [`talka_alloc`] gives room for an input in the memory. Each other export takes the place and the length of an input there, and gives
//! the place (the lower 32 bits) and the length (the upper ones) of its output. The first byte of an output is 0 where it is an
//! answer, and 1 where it is UTF-8 text that says why there is none. SCALE is the encoding of the chain.
//!
//! | Export | Input | Answer |
//! |---|---|---|
//! | [`talka_content_id`] | a blob | its BLAKE3-256 |
//! | [`talka_manifest`] | a digest, a manifest in SCALE | the manifest as JSON, if it has that digest and is sound |
//! | [`talka_listing`] | the length of a manifest, that manifest, a listing in SCALE | the listing as JSON, if the manifest names it |
//! | [`talka_order_id`] | the hash of the genesis block, an [`Order`] in SCALE | its identifier |
//! | [`talka_quote`] | [`Question`] in SCALE | the amounts of the deal as JSON; else the name of the chain's error |
//! | [`talka_least_duration`] | app, category, trust, periods in SCALE | the least number of blocks to a deadline |
//! | [`talka_new_workers`] | a trust in SCALE | how many workers without merit have to agree for it |
//! | [`talka_error_bound`] | in SCALE: how many audits found an error or came to no end, how many there were | the upper bound of the error, in millionths |
//!
//! A length, and a number in an answer, are four bytes, the lowest first. Numbers that JavaScript would round are texts in JSON.
//!
//! # Contract
//!
//! 1. **No input makes it panic**: bytes of strangers are refused with a text.
//! 2. **An instance is for one call.** The allocator never frees: what a call has used goes with the instance's memory.
//!
//! # When modifying
//!
//! * `web/sdk/src/rules.ts` reads what is written here: both change together, and `web/sdk/test/rules.test.js` compares them with the
//!   vectors that the pallets write.
//! * `scripts/rules` builds it: with the flags with which runtimes are built, because the same crates are below.

#![cfg_attr(target_family = "wasm", no_std)]
#![deny(missing_docs)]
// Exports have names that others could have, and pages read and write the memory.
#![allow(unsafe_code)]

extern crate alloc;

#[cfg(target_family = "wasm")]
mod memory;
mod quote;
mod result;
mod trust;

use alloc::{format, string::String, vec::Vec};
use codec::{DecodeAll as _, Input};
use core::slice;
use talka_primitives::{
    order::{order_id, Order},
    ContentId,
};

pub use crate::quote::Question;

/// Accounts as pages see them.
type AccountId = [u8; 32];

/// An answer, or why there is none.
type Answer = Result<Vec<u8>, String>;

/// What the first byte of an output says.
const ANSWERED: u8 = 0;
const REFUSED: u8 = 1;

/// The number of the sandbox whose results can be read.
#[no_mangle]
pub extern "C" fn talka_abi() -> u32 {
    talka_primitives::manifest::WASM_ABI
}

/// Room for an input of this number of bytes. Gives its place.
#[no_mangle]
pub extern "C" fn talka_alloc(length: usize) -> *mut u8 {
    let room: Vec<u8> = alloc::vec![0; length];
    Vec::leak(room).as_mut_ptr()
}

macro_rules! exports {
    ($($(#[$doc:meta])* $name:ident = $rule:path;)*) => {
        $($(#[$doc])*
        ///
        /// # Safety
        ///
        /// There are `length` bytes at `input` that nobody writes meanwhile.
        #[no_mangle]
        pub unsafe extern "C" fn $name(input: *const u8, length: usize) -> u64 {
            // SAFETY: by the contract of the caller. A slice may be empty, but its place must not be null.
            let input = if length == 0 { &[][..] } else { unsafe { slice::from_raw_parts(input, length) } };
            output($rule(input))
        })*
    };
}

exports! {
    /// What a blob is known by.
    talka_content_id = content_id;
    /// A manifest, if it has a digest.
    talka_manifest = result::manifest;
    /// The listing of a manifest.
    talka_listing = result::listing;
    /// What an order is known by.
    talka_order_id = named;
    /// What a request costs.
    talka_quote = quote::quote;
    /// How long a deal must be at least.
    talka_least_duration = quote::least_duration;
    /// How many workers without merit have to agree.
    talka_new_workers = trust::new_workers;
    /// How large a part of the results is wrong at most.
    talka_error_bound = trust::error_bound;
}

/// The place of an output and its length.
fn output(answer: Answer) -> u64 {
    let (kind, content) = match answer {
        Ok(answer) => (ANSWERED, answer),
        Err(why) => (REFUSED, why.into_bytes()),
    };
    let mut output = Vec::with_capacity(1 + content.len());
    output.push(kind);
    output.extend_from_slice(&content);
    let output = Vec::leak(output);
    // The memory of pages has 32 bits.
    (output.len() as u64) << 32 | (output.as_ptr() as usize as u64 & 0xffff_ffff)
}

/// See [`talka_content_id`].
fn content_id(blob: &[u8]) -> Answer {
    Ok(ContentId(*blake3::hash(blob).as_bytes()).0.to_vec())
}

/// See [`talka_order_id`].
fn named(input: &[u8]) -> Answer {
    let (genesis, order) = hash(input)?;
    let order = Order::<AccountId>::decode_all(&mut &order[..]).map_err(|_| unread("order"))?;
    Ok(order_id(&genesis, &order).0.to_vec())
}

/// The hash at the beginning of an input, and the rest.
fn hash(input: &[u8]) -> Result<([u8; 32], &[u8]), String> {
    let (hash, rest) = input.split_first_chunk::<32>().ok_or_else(|| unread("hash"))?;
    Ok((*hash, rest))
}

fn unread(what: &str) -> String {
    format!("the {what} cannot be read")
}

/// Reads the next part of an input.
fn next<T: codec::Decode>(input: &mut impl Input, what: &str) -> Result<T, String> {
    T::decode(input).map_err(|_| unread(what))
}

/// What is told as JSON.
fn json(told: &impl serde::Serialize) -> Answer {
    serde_json::to_vec(told).map_err(|error| format!("it cannot be told: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode as _;
    use talka_primitives::{
        order::{AppOrder, Restrictions, Terms},
        AppId, Salt, Tags,
    };

    #[test]
    fn a_blob_is_known_by_its_hash() {
        assert_eq!(content_id(b"abc").unwrap(), blake3::hash(b"abc").as_bytes());
    }

    #[test]
    fn an_order_is_named_as_the_chain_names_it() {
        let terms = Terms {
            signer: [1; 32],
            price: 3,
            volume: 10,
            tags: Tags(0),
            only: Restrictions::default(),
            expiry: 100,
            salt: Salt([1; 32]),
        };
        let order: Order<AccountId> = AppOrder { app: AppId(7), terms }.into();
        let input = [&[9; 32][..], &order.encode()].concat();
        assert_eq!(named(&input).unwrap(), order_id(&[9; 32], &order).0);
        assert_eq!(named(&input[..input.len() - 1]), Err(unread("order")));
        assert_eq!(named(&input[..31]), Err(unread("hash")));
        let more = [&input[..], &[0]].concat();
        assert_eq!(named(&more), Err(unread("order")), "nothing may follow it");
    }

    #[test]
    fn an_output_tells_an_answer_from_a_refusal() {
        let length = |answer| output(answer) >> 32;
        assert_eq!(length(Ok(alloc::vec![1, 2, 3])), 4);
        assert_eq!(length(Err("why".into())), 4);
        assert_eq!(length(Ok(Vec::new())), 1);
    }
}
