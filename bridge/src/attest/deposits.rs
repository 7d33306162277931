//! Deposits as Ethereum tells them, chained by the rules of the sidechain: a link that does not fit is not taken.

use std::{collections::VecDeque, slice};

use talka_ethereum::vault::Told;
use talka_primitives::bridge::{
    deposits::{follow, Broken},
    Attestation, Deposit,
};

/// Deposits after those that are credited, in order.
#[derive(Clone, Debug)]
pub struct Deposits {
    /// All deposits before those that are here.
    start: Attestation,
    /// Each with the accumulator after it.
    links: VecDeque<(Deposit, Attestation)>,
}

/// What Ethereum says does not fit together, or not with what is credited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A deposit is missing, or told twice.
    #[error("deposit {found} follows on {expected} deposits")]
    Gap {
        /// The number that comes next.
        expected: u64,
        /// The number that was told.
        found: u64,
    },
    /// No vault takes such a deposit.
    #[error("deposit {0} is none that the vault takes")]
    Impossible(u64),
    /// A deposit has another accumulator than follows from it.
    #[error("the accumulator after deposit {0} does not follow from it")]
    Link(u64),
    /// The vault counts otherwise than its events.
    #[error("the vault's own accumulator of {deposits} deposits is not the one of its events, of which there are {found}")]
    Vault {
        /// How many the vault counts.
        deposits: u64,
        /// How many were told.
        found: u64,
    },
    /// What is credited, or accepted, is not what Ethereum tells.
    #[error("the sidechain has another accumulator of {0} deposits than Ethereum")]
    Sidechain(u64),
}

impl Deposits {
    /// None yet, after these.
    pub fn after(start: Attestation) -> Self {
        Self { start, links: VecDeque::new() }
    }

    /// All deposits that are known.
    pub fn end(&self) -> Attestation {
        self.links.back().map_or(self.start, |(_, after)| *after)
    }

    /// All deposits before those that are here.
    pub fn start(&self) -> Attestation {
        self.start
    }

    /// Add what was told, from the next one on. Earlier ones are passed over.
    ///
    /// # Errors
    ///
    /// A gap, or an accumulator that does not follow; what came before it was taken.
    pub fn extend(&mut self, told: &[Told]) -> Result<(), Contradiction> {
        for Told { deposit, accumulator, .. } in told {
            let end = self.end();
            if deposit.nonce < end.deposits {
                continue;
            }
            let found = deposit.nonce;
            let after = follow(end, slice::from_ref(deposit)).map_err(|broken| match broken {
                Broken::NotNext => Contradiction::Gap { expected: end.deposits, found },
                _ => Contradiction::Impossible(found),
            })?;
            if after.accumulator != *accumulator {
                return Err(Contradiction::Link(found));
            }
            self.links.push_back((deposit.clone(), after));
        }
        Ok(())
    }

    /// Whether the end is what the vault itself says.
    pub fn check_end(&self, vault: Attestation) -> Result<(), Contradiction> {
        match self.end() == vault {
            true => Ok(()),
            false => Err(Contradiction::Vault { deposits: vault.deposits, found: self.end().deposits }),
        }
    }

    /// The attestation for this number of deposits; `None` where these deposits were not read.
    pub fn at(&self, deposits: u64) -> Option<Attestation> {
        if deposits == self.start.deposits {
            return Some(self.start);
        }
        let place = deposits.checked_sub(self.start.deposits)?.checked_sub(1)?;
        self.links.get(usize::try_from(place).ok()?).map(|(_, after)| *after)
    }

    /// The deposits that lead to this attestation.
    pub fn until(&self, end: Attestation) -> Vec<Deposit> {
        let wanted = self.links.iter().take_while(|(deposit, _)| deposit.nonce < end.deposits);
        wanted.map(|(deposit, _)| deposit.clone()).collect()
    }

    /// These are credited: forget the deposits.
    ///
    /// # Errors
    ///
    /// [`Contradiction::Sidechain`] where Ethereum tells something else. Deposits that were not read are not compared.
    pub fn credited(&mut self, credited: Attestation) -> Result<(), Contradiction> {
        match self.at(credited.deposits) {
            Some(same) if same == credited => {
                self.links.retain(|(deposit, _)| deposit.nonce >= credited.deposits);
                self.start = credited;
                Ok(())
            }
            Some(_) => Err(Contradiction::Sidechain(credited.deposits)),
            None => {
                *self = Self::after(credited);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use talka_primitives::bridge::EthereumAddress;

    pub const START: Attestation = Attestation { deposits: 5, accumulator: [7; 32] };

    pub fn deposit(nonce: u64) -> Deposit {
        let sender = EthereumAddress([1; 20]);
        Deposit { nonce, sender, to: [2; 32], amount: 10 + u128::from(nonce), message: vec![] }
    }

    /// `count` deposits after the start, as the vault tells them.
    pub fn told(count: u64) -> Vec<Told> {
        let mut end = START;
        let next = |nonce| {
            let deposit = deposit(nonce);
            end = follow(end, std::slice::from_ref(&deposit)).unwrap();
            Told { deposit, accumulator: end.accumulator, block: 100 + nonce }
        };
        (START.deposits..START.deposits + count).map(next).collect()
    }

    pub fn deposits(count: u64) -> Deposits {
        let mut deposits = Deposits::after(START);
        deposits.extend(&told(count)).unwrap();
        deposits
    }

    #[test]
    fn are_taken_in_order_and_once() {
        let mut deposits = deposits(2);
        assert_eq!(deposits.end().deposits, 7);
        deposits.extend(&told(4)).unwrap();
        assert_eq!(deposits.end().deposits, 9);
        assert_eq!(deposits.at(5), Some(START));
        assert_eq!((deposits.at(4), deposits.at(10)), (None, None));
        let seven = deposits.at(7).unwrap();
        let until: Vec<_> = deposits.until(seven).iter().map(|deposit| deposit.nonce).collect();
        assert_eq!(until, [5, 6]);
    }

    #[test]
    fn with_a_gap_or_a_wrong_link_are_not_taken() {
        let mut deposits = Deposits::after(START);
        let all = told(3);
        assert_eq!(deposits.extend(&all[1..]), Err(Contradiction::Gap { expected: 5, found: 6 }));
        let mut changed = all.clone();
        changed[1].deposit.amount += 1;
        assert_eq!(deposits.extend(&changed), Err(Contradiction::Link(6)));
        assert_eq!(deposits.end().deposits, 6);
        deposits.extend(&all).unwrap();
    }

    #[test]
    fn have_to_be_all_that_the_vault_counts() {
        let deposits = deposits(3);
        deposits.check_end(deposits.end()).unwrap();
        let more = Attestation { deposits: 9, ..deposits.end() };
        assert_eq!(deposits.check_end(more), Err(Contradiction::Vault { deposits: 9, found: 8 }));
        let other = Attestation { accumulator: [0; 32], ..deposits.end() };
        assert!(deposits.check_end(other).is_err());
    }

    #[test]
    fn that_are_credited_are_forgotten_if_they_are_the_same() {
        let mut deposits = deposits(4);
        let seven = deposits.at(7).unwrap();
        deposits.credited(seven).unwrap();
        assert_eq!((deposits.start(), deposits.end().deposits), (seven, 9));
        let lie = Attestation { deposits: 8, accumulator: [1; 32] };
        assert_eq!(deposits.credited(lie), Err(Contradiction::Sidechain(8)));
        assert_eq!(deposits.start(), seven);
        // More than is known here: it begins there again.
        let more = Attestation { deposits: 20, accumulator: [1; 32] };
        deposits.credited(more).unwrap();
        assert_eq!(deposits.end(), more);
    }
}
