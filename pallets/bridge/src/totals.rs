//! What the bridge has done with money.

use talka_primitives::{apply, stored, Balance};

/// All that was credited, withdrawn and parked, in units of TLK.
#[apply(stored)]
#[derive(Copy, Default)]
pub struct Totals {
    /// What was made here because it was deposited on Ethereum.
    pub credited: Balance,
    /// What was destroyed here because it is paid on Ethereum.
    pub withdrawn: Balance,
    /// What waits to be claimed. It was not made yet.
    pub parked: Balance,
}

impl Totals {
    /// What the vault holds for tokens that are here: no more can be withdrawn.
    pub fn backed(&self) -> Balance {
        self.credited.saturating_sub(self.withdrawn)
    }
}
