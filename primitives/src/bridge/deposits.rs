//! The chain of deposits: the vault numbers them from 0 without a gap, and hashes each together with all before it.
//!
//! ```text
//! start = keccak256("talka/deposits/1" padded to 32 · chain id 32 · vault 20)
//! link  = keccak256(before 32 · nonce 8 · sender 20 · to 32 · amount 16 · keccak256(message) 32)
//! ```
//!
//! So the hash after any deposit, the *accumulator*, is enough to check all deposits before it.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

use super::{attestation::Attestation, keccak_256, uint256, word, Contracts, EthereumAddress, Hash};
use crate::unit::Balance;

/// Most bytes of a message: the vault takes no longer one.
pub const MAX_MESSAGE: u32 = 8_192;

/// Most units of TLK that a deposit can have: the vault counts in 96 bits.
pub const MAX_AMOUNT: Balance = (1 << 96) - 1;

/// First word of what the chain begins with.
const START: Hash = word("talka/deposits/1");

/// A deposit in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Deposit {
    /// Its number, from 0.
    pub nonce: u64,
    /// Who paid.
    pub sender: EthereumAddress,
    /// The account on this chain.
    pub to: [u8; 32],
    /// What the vault received, in units of TLK.
    pub amount: Balance,
    /// What the sender adds; at most [`MAX_MESSAGE`] bytes.
    pub message: Vec<u8>,
}

/// Deposits that do not follow on what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// There are none.
    Empty,
    /// The number of one is not the next: a gap or a repetition.
    NotNext,
    /// The message of one is longer than the vault takes.
    MessageTooLong,
    /// The amount of one is more than any vault can hold.
    TooMuch,
}

/// The accumulator before the first deposit.
pub fn start(contracts: &Contracts) -> Hash {
    keccak_256(&[START.as_slice(), &uint256(contracts.chain_id), &contracts.vault.0].concat())
}

/// The accumulator after one more deposit.
pub fn link(before: &Hash, deposit: &Deposit) -> Hash {
    let Deposit { nonce, sender, to, amount, message } = deposit;
    keccak_256(
        &[
            before.as_slice(),
            &nonce.to_be_bytes(),
            &sender.0,
            to,
            &amount.to_be_bytes(),
            &keccak_256(message),
        ]
        .concat(),
    )
}

/// What is to be attested after these deposits, which follow on `before`.
pub fn follow(before: Attestation, deposits: &[Deposit]) -> Result<Attestation, Broken> {
    if deposits.is_empty() {
        return Err(Broken::Empty);
    }
    let mut after = before;
    for deposit in deposits {
        if deposit.nonce != after.deposits {
            return Err(Broken::NotNext);
        }
        if deposit.message.len() > MAX_MESSAGE as usize {
            return Err(Broken::MessageTooLong);
        }
        if deposit.amount > MAX_AMOUNT {
            return Err(Broken::TooMuch);
        }
        after = Attestation {
            deposits: after.deposits.checked_add(1).ok_or(Broken::NotNext)?,
            accumulator: link(&after.accumulator, deposit),
        };
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn before() -> Attestation {
        Attestation { deposits: 5, accumulator: [7; 32] }
    }

    fn deposit() -> impl Strategy<Value = Deposit> {
        let parts = (any::<[u8; 20]>(), any::<[u8; 32]>(), 0..=MAX_AMOUNT, vec(any::<u8>(), 0..40));
        parts.prop_map(|(sender, to, amount, message)| Deposit {
            nonce: 0,
            sender: EthereumAddress(sender),
            to,
            amount,
            message,
        })
    }

    /// Some deposits that follow on [`before`].
    fn deposits() -> impl Strategy<Value = Vec<Deposit>> {
        vec(deposit(), 1..8).prop_map(|mut deposits| {
            for (nonce, deposit) in (5..).zip(&mut deposits) {
                deposit.nonce = nonce;
            }
            deposits
        })
    }

    #[test]
    fn are_refused_where_there_are_none() {
        assert_eq!(follow(before(), &[]), Err(Broken::Empty));
    }

    #[test]
    fn are_refused_with_a_message_that_no_vault_takes() {
        let mut one = Deposit {
            nonce: 5,
            sender: EthereumAddress([1; 20]),
            to: [2; 32],
            amount: 3,
            message: vec![0; MAX_MESSAGE as usize],
        };
        assert!(follow(before(), core::slice::from_ref(&one)).is_ok());
        one.message.push(0);
        assert_eq!(follow(before(), &[one]), Err(Broken::MessageTooLong));
    }

    #[test]
    fn are_refused_with_more_than_any_vault_holds() {
        let (sender, to) = (EthereumAddress([1; 20]), [2; 32]);
        let mut one = Deposit { nonce: 5, sender, to, amount: MAX_AMOUNT, message: vec![] };
        assert!(follow(before(), core::slice::from_ref(&one)).is_ok());
        one.amount += 1;
        assert_eq!(follow(before(), &[one]), Err(Broken::TooMuch));
    }

    #[test]
    fn are_refused_after_the_last_number() {
        let full = Attestation { deposits: u64::MAX, accumulator: [7; 32] };
        let (sender, to) = (EthereumAddress([1; 20]), [2; 32]);
        let one = Deposit { nonce: u64::MAX, sender, to, amount: 3, message: vec![] };
        assert_eq!(follow(full, &[one]), Err(Broken::NotNext));
    }

    proptest! {
        #[test]
        fn lead_to_the_same_in_parts_as_at_once(deposits in deposits(), cut in any::<prop::sample::Index>()) {
            let (first, second) = deposits.split_at(1 + cut.index(deposits.len()));
            let middle = follow(before(), first).unwrap();
            let end = if second.is_empty() { Ok(middle) } else { follow(middle, second) };
            prop_assert_eq!(end, follow(before(), &deposits));
            prop_assert_eq!(end.unwrap().deposits, 5 + deposits.len() as u64);
        }

        #[test]
        fn lead_elsewhere_where_anything_of_them_differs(
            deposits in deposits(), which in any::<prop::sample::Index>(), field in 0..4,
        ) {
            let right = follow(before(), &deposits).unwrap();
            let mut wrong = deposits.clone();
            let one = &mut wrong[which.index(deposits.len())];
            match field {
                0 => one.sender.0[3] ^= 1,
                1 => one.to[31] ^= 1,
                2 => one.amount ^= 1,
                _ => one.message.push(0),
            }
            prop_assert_ne!(follow(before(), &wrong).unwrap(), right);
            let other = Attestation { accumulator: [8; 32], ..before() };
            prop_assert_ne!(follow(other, &deposits).unwrap().accumulator, right.accumulator);
        }

        #[test]
        fn are_refused_with_a_gap_a_repetition_or_another_order(
            deposits in deposits(), which in any::<prop::sample::Index>(), nonce in any::<u64>(),
        ) {
            let which = which.index(deposits.len());
            prop_assume!(nonce != deposits[which].nonce);
            let mut broken = deposits.clone();
            broken[which].nonce = nonce;
            prop_assert_eq!(follow(before(), &broken), Err(Broken::NotNext));
        }
    }
}
