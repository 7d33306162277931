//! What a relayer does next: pure functions of what it sees on both chains.

use talka_ethereum::U256;
use talka_primitives::{Balance, BlockNumber};

/// Wei in one ETH.
const ETH: u128 = 1_000_000_000_000_000_000;

/// What a claim uses at most, in gas: the goal of `contracts/README.md`, which a test of the contracts keeps.
pub const CLAIM_GAS: u64 = 120_000;

/// How far both chains are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finality {
    /// The newest block that the light client has.
    pub imported: BlockNumber,
    /// The number of the set that it knows to sign.
    pub set: u64,
    /// The newest block that validators have signed, and their set's number; nothing where no node has heard of one.
    pub signed: Option<(BlockNumber, u64)>,
}

/// A block to import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The first one of the session with this set: it has to be there before any later session's.
    FirstOf(u64),
    /// The newest one.
    Newest(BlockNumber),
}

/// What is imported next. Sessions that were missed come in order, whatever they cost: without them nothing can be proven any
/// more. Within a session a block is imported only where that `pays`.
pub fn import(finality: &Finality, pays: bool) -> Option<Target> {
    let (block, set) = finality.signed?;
    if block <= finality.imported {
        return None;
    }
    match set.checked_sub(finality.set)? {
        0 if pays => Some(Target::Newest(block)),
        0 => None,
        // A newer block of the next session hands over as well as its first one, and has more messages.
        1 => Some(Target::Newest(block)),
        _ => Some(Target::FirstOf(finality.set + 1)),
    }
}

/// How many sessions the light client is behind.
pub fn sessions_behind(finality: &Finality) -> u64 {
    finality.signed.map_or(0, |(_, set)| set.saturating_sub(finality.set))
}

/// What a relayer is willing to pay for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// All withdrawals are claimed, whatever their tip.
    pub claim_all: bool,
    /// Results are delivered, for nothing.
    pub deliver: bool,
    /// What one ETH is worth, in units of TLK; nothing where no tip is claimed for.
    pub eth_price: Option<Balance>,
}

/// A message that has not had its effect on Ethereum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A withdrawal, with its tip in units of TLK.
    Withdrawal(Balance),
    /// A result.
    Result,
}

impl Terms {
    /// What gas costs, in units of TLK, rounded up; nothing where no price is known.
    pub fn in_tlk(&self, wei: u128) -> Option<Balance> {
        let product = U256::from(wei) * U256::from(self.eth_price?);
        Some(product.div_ceil(U256::from(ETH)).saturating_to())
    }

    /// Whether a message is worth a transaction that costs `wei`.
    pub fn is_worth(&self, message: Waiting, wei: u128) -> bool {
        match message {
            Waiting::Result => self.deliver,
            Waiting::Withdrawal(_) if self.claim_all => true,
            Waiting::Withdrawal(tip) => self.in_tlk(wei).is_some_and(|cost| tip >= cost),
        }
    }

    /// Whether the messages that wait for a newer block pay for its import: the tips that are left when their claims are paid, or
    /// something that is done for nothing. `price` is that of a unit of gas, in wei.
    pub fn pay_for_import(&self, waiting: &[Waiting], import_gas: u64, price: u128) -> bool {
        let claim = u128::from(CLAIM_GAS).saturating_mul(price);
        let for_nothing = |message: &Waiting| match message {
            Waiting::Result => self.deliver,
            Waiting::Withdrawal(_) => self.claim_all,
        };
        if waiting.iter().any(for_nothing) {
            return true;
        }
        let import = u128::from(import_gas).saturating_mul(price);
        let (Some(claim), Some(import)) = (self.in_tlk(claim), self.in_tlk(import)) else { return false };
        let left = waiting.iter().map(|message| match message {
            Waiting::Withdrawal(tip) => tip.saturating_sub(claim),
            Waiting::Result => 0,
        });
        let left = left.fold(0, Balance::saturating_add);
        left > 0 && left >= import
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GWEI: u128 = 1_000_000_000;
    const TLK: Balance = 1_000_000_000;

    fn finality(imported: BlockNumber, set: u64, signed: (BlockNumber, u64)) -> Finality {
        Finality { imported, set, signed: Some(signed) }
    }

    #[test]
    fn sessions_that_were_missed_are_imported_in_order() {
        for pays in [false, true] {
            assert_eq!(import(&finality(10, 3, (90, 7)), pays), Some(Target::FirstOf(4)));
            assert_eq!(import(&finality(50, 6, (90, 7)), pays), Some(Target::Newest(90)));
        }
        assert_eq!(sessions_behind(&finality(10, 3, (90, 7))), 4);
        assert_eq!(sessions_behind(&finality(10, 7, (90, 7))), 0);
    }

    #[test]
    fn within_a_session_an_import_has_to_pay() {
        assert_eq!(import(&finality(80, 7, (90, 7)), false), None);
        assert_eq!(import(&finality(80, 7, (90, 7)), true), Some(Target::Newest(90)));
        assert_eq!(import(&finality(90, 7, (90, 7)), true), None);
    }

    #[test]
    fn a_node_that_is_behind_or_silent_moves_nothing() {
        assert_eq!(import(&finality(80, 7, (90, 6)), true), None);
        assert_eq!(import(&finality(95, 6, (90, 7)), true), None);
        assert_eq!(import(&Finality { imported: 1, set: 0, signed: None }, true), None);
    }

    #[test]
    fn a_tip_has_to_cover_the_gas() {
        // 120 000 gas at 10 gwei are 0.0012 ETH, which are 2.4 TLK here.
        let terms = Terms { claim_all: false, deliver: false, eth_price: Some(2_000 * TLK) };
        let cost = 120_000 * 10 * GWEI;
        assert_eq!(terms.in_tlk(cost), Some(2_400_000_000));
        assert!(terms.is_worth(Waiting::Withdrawal(2_400_000_000), cost));
        assert!(!terms.is_worth(Waiting::Withdrawal(2_399_999_999), cost));
        assert_eq!(terms.in_tlk(1), Some(1), "rounded up");
        let unknown = Terms { eth_price: None, ..terms };
        assert!(!unknown.is_worth(Waiting::Withdrawal(Balance::MAX), 1));
        let all = Terms { claim_all: true, ..unknown };
        assert!(all.is_worth(Waiting::Withdrawal(0), cost));
        assert!(!all.is_worth(Waiting::Result, cost));
        assert!(Terms { deliver: true, ..unknown }.is_worth(Waiting::Result, cost));
    }

    #[test]
    fn an_import_is_paid_by_what_the_claims_leave_of_the_tips() {
        let terms = Terms { claim_all: false, deliver: false, eth_price: Some(2_000 * TLK) };
        let price = 10 * GWEI;
        let pays = |tips: &[Balance]| {
            let waiting: Vec<_> = tips.iter().copied().map(Waiting::Withdrawal).collect();
            terms.pay_for_import(&waiting, 120_000, price)
        };
        assert!(!pays(&[]));
        assert!(!pays(&[2_400_000_000]));
        assert!(!pays(&[4_799_999_999]));
        assert!(pays(&[4_800_000_000]));
        assert!(pays(&[3_600_000_000, 3_600_000_000]));
        assert!(!pays(&[1_000_000_000; 100]), "tips below the gas of a claim are left, however many");
        assert!(!terms.pay_for_import(&[Waiting::Result], 0, 0));
        for terms in [Terms { claim_all: true, ..terms }, Terms { deliver: true, ..terms }] {
            let all = [Waiting::Withdrawal(0), Waiting::Result];
            assert!(terms.pay_for_import(&all, u64::MAX, u128::MAX));
            assert!(!terms.pay_for_import(&[], 1, 1));
        }
    }

    #[test]
    fn no_number_is_too_large() {
        let terms = Terms { claim_all: false, deliver: false, eth_price: Some(Balance::MAX) };
        assert_eq!(terms.in_tlk(u128::MAX), Some(Balance::MAX));
        assert!(!terms.pay_for_import(&[Waiting::Withdrawal(Balance::MAX); 3], u64::MAX, u128::MAX));
    }
}
