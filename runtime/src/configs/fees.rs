//! Balances, and what transactions cost.

use frame_support::{
    traits::{
        fungible::{Balanced, Credit},
        tokens::imbalance::ResolveTo,
        ConstU128, ConstU32, ConstU8, Imbalance, OnUnbalanced, VariantCountOf,
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

/// Of each fee, [`fee::AUTHOR_SHARE`] goes to the block's author and the rest to the audit fund; tips go to the author as a
/// whole. Where the author's account cannot take its part (it does not exist, and the part is below the least balance),
/// that goes to the fund too.
pub struct AuthorAndFund;

impl AuthorAndFund {
    fn to_author(part: Credit<AccountId, Balances>) {
        let left = match Authorship::author() {
            Some(author) => Balances::resolve(&author, part).err(),
            None => Some(part),
        };
        if let Some(left) = left {
            Self::to_fund(left);
        }
    }

    fn to_fund(part: Credit<AccountId, Balances>) {
        <ResolveTo<AuditFund, Balances>>::on_unbalanced(part);
    }
}

impl OnUnbalanced<Credit<AccountId, Balances>> for AuthorAndFund {
    /// The first is the fee, what follows is the tip.
    fn on_unbalanceds(mut amounts: impl Iterator<Item = Credit<AccountId, Balances>>) {
        if let Some(fee) = amounts.next() {
            Self::on_unbalanced(fee);
        }
        amounts.for_each(Self::to_author);
    }

    fn on_nonzero_unbalanced(fee: Credit<AccountId, Balances>) {
        let part = fee::AUTHOR_SHARE.mul_floor(fee.peek());
        let (author, fund) = fee.split(part);
        Self::to_author(author);
        Self::to_fund(fund);
    }
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, AuthorAndFund>;
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
