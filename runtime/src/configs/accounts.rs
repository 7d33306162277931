//! Ways to call: in batches, for another account, together with others.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{ConstU128, ConstU32, InstanceFilter};
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

use crate::{
    constants::currency::deposit, Balances, OriginCaller, Runtime, RuntimeCall, RuntimeEvent, System,
};

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

/// Accounts that may act for another one, at most.
const MAX_PROXIES: u32 = 32;
/// Calls that one account may have announced, at most.
const MAX_PENDING: u32 = 32;
/// Members of a multisig account, at most.
const MAX_SIGNATORIES: u32 = 100;

/// What an account may do for another one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    Any,
    /// Sell: publish and manage assets, pools, orders and groups, and set their prices. It cannot buy, send money, bond, give
    /// what it manages to another account, or withdraw it for good. What it can cost its owner are deposits, guarantees up to
    /// the limit that the owner sets itself, and prices that are too low: an owner that gives it to a program sets limits in
    /// the program. A price of nothing is not refused, because one unit would give away as much.
    Seller,
    /// Work: join pools, go online, execute tasks. The bond stays with the owner, and so does the choice of its duty key.
    Worker,
    /// Validate: stand for election, set session keys and the juror's key, attest to deposits on Ethereum and say who attests.
    /// The bond stays with the owner.
    Validator,
}

/// Whether an order is published that sells something, or taken back. A request would spend.
fn is_sale(call: &RuntimeCall) -> bool {
    use talka_pallet_orders::Call as Orders;
    match call {
        RuntimeCall::Orders(Orders::publish_order { order }) => order.subject().is_some(),
        RuntimeCall::Orders(Orders::cancel_order { .. }) => true,
        _ => false,
    }
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        use talka_pallet_bridge::Call as Attest;
        use talka_pallet_groups::Call as Group;
        use talka_pallet_marketplace::Call as Market;
        use talka_pallet_poco::Call as Work;
        use talka_pallet_validators::Call as Validate;
        match self {
            Self::Any => true,
            Self::Seller => {
                matches!(
                    call,
                    RuntimeCall::Marketplace(
                        Market::publish_app { .. }
                            | Market::publish_dataset { .. }
                            | Market::publish_pool { guarantee_limit: 0, .. }
                            | Market::set_app_price { .. }
                            | Market::set_dataset_price { .. }
                            | Market::set_pool_price { .. }
                            | Market::set_pool_policy { .. }
                            | Market::set_app_uris { .. }
                            | Market::set_dataset_uris { .. }
                            | Market::admit { .. }
                            | Market::dismiss { .. }
                    ) | RuntimeCall::Groups(
                        Group::create_group { .. }
                            | Group::add_members { .. }
                            | Group::remove_members { .. }
                            | Group::disband_group { .. }
                    )
                ) || is_sale(call)
            }
            Self::Worker => match call {
                RuntimeCall::Poco(call) => !matches!(
                    call,
                    Work::cancel_deal { .. }
                        | Work::forget_deal { .. }
                        | Work::set_duty_key { .. }
                        | Work::act_for { .. }
                ),
                RuntimeCall::Marketplace(call) => {
                    matches!(call, Market::join_pool { .. } | Market::leave_pool { .. })
                }
                _ => false,
            },
            Self::Validator => matches!(
                call,
                RuntimeCall::Session(pallet_session::Call::set_keys { .. })
                    | RuntimeCall::Validators(
                        Validate::register { .. }
                            | Validate::add_stake { .. }
                            | Validate::resign { .. }
                            | Validate::release { .. }
                            | Validate::forget_keys { .. }
                            | Validate::set_juror_key { .. }
                    )
                    | RuntimeCall::Bridge(Attest::set_attester { .. } | Attest::attest { .. })
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        self == &Self::Any || self == other
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
    type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
    type MaxProxies = ConstU32<MAX_PROXIES>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<MAX_PENDING>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = ConstU128<{ deposit(1, 16) }>;
    type AnnouncementDepositFactor = ConstU128<{ deposit(0, 68) }>;
    type BlockNumberProvider = System;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = ConstU128<{ deposit(1, 88) }>;
    type DepositFactor = ConstU128<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<MAX_SIGNATORIES>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}
