//! Balances, and what transactions cost.

use frame_support::{
    traits::{
        fungible::{Balanced, Credit},
        tokens::imbalance::ResolveTo,
        ConstU128, ConstU32, ConstU8, OnUnbalanced, VariantCountOf,
    },
    weights::{ConstantMultiplier, WeightToFeeCoefficient, WeightToFeeCoefficients, WeightToFeePolynomial},
};
use pallet_transaction_payment::{FungibleAdapter, TargetedFeeAdjustment};
use sp_runtime::Perbill;

use super::market::AuditFund;
use crate::{
    constants::{currency::EXISTENTIAL_DEPOSIT, fee},
    weights, AccountId, Authorship, Balance, Balances, Runtime, RuntimeEvent, RuntimeFreezeReason,
    RuntimeHoldReason, System,
};

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    /// Money does not vanish: what an emptied account leaves goes to the audit fund.
    type DustRemoval = ResolveTo<AuditFund, Balances>;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<0>;
    type MaxReserves = ConstU32<0>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

/// Work is priced in proportion, such that an empty transaction costs [`fee::BASE`].
pub struct WeightFee;

impl WeightToFeePolynomial for WeightFee {
    type Balance = Balance;

    fn polynomial() -> WeightToFeeCoefficients<Balance> {
        let base = Balance::from(weights::ExtrinsicBase::get().ref_time());
        [WeightToFeeCoefficient {
            degree: 1,
            negative: false,
            coeff_integer: fee::BASE / base,
            coeff_frac: Perbill::from_rational(fee::BASE % base, base),
        }]
        .into_iter()
        .collect()
    }
}

/// Fees and tips go to the block's author; where the author's account cannot take them (it does not exist, and
/// the fee is below the least balance), to the audit fund.
pub struct AuthorOrFund;

impl OnUnbalanced<Credit<AccountId, Balances>> for AuthorOrFund {
    fn on_nonzero_unbalanced(credit: Credit<AccountId, Balances>) {
        let left = match Authorship::author() {
            Some(author) => Balances::resolve(&author, credit).err(),
            None => Some(credit),
        };
        if let Some(left) = left {
            <ResolveTo<AuditFund, Balances>>::on_unbalanced(left);
        }
    }
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, AuthorOrFund>;
    type WeightToFee = WeightFee;
    type LengthToFee = ConstantMultiplier<Balance, ConstU128<{ fee::PER_BYTE }>>;
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Runtime,
        fee::TargetFullness,
        fee::Adjustment,
        fee::MinMultiplier,
        fee::MaxMultiplier,
    >;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_skip_feeless_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
}
