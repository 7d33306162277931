//! What the chains have in common on which pallets are tested: a `mock.rs` is what is left of each.

use std::{cell::RefCell, collections::BTreeMap};

use codec::Encode;
use frame_support::traits::fungible::Inspect;
use frame_system::Pallet as System;
use sp_io::TestExternalities;
use sp_runtime::{traits::One, BuildStorage, DispatchResult, TryRuntimeError};
use talka_primitives::{
    traits::{Groups, Stake, Standing},
    Balance, Category, GroupId, Merit, Rate,
};

/// Configures `frame_system` and `pallet_balances`, which the runtime calls `System` and `Balances`.
#[macro_export]
macro_rules! base {
    ($runtime:ident, $account:ty, $existential_deposit:expr $(, $db_weight:ty)?) => {
        use frame_support::derive_impl;

        #[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
        impl frame_system::Config for $runtime {
            type Block = frame_system::mocking::MockBlockU32<$runtime>;
            type AccountId = $account;
            type Lookup = sp_runtime::traits::IdentityLookup<$account>;
            type AccountData = pallet_balances::AccountData<talka_primitives::Balance>;
            $(type DbWeight = $db_weight;)?
        }

        #[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
        impl pallet_balances::Config for $runtime {
            type Balance = talka_primitives::Balance;
            type ExistentialDeposit = frame_support::traits::ConstU128<{ $existential_deposit }>;
            type AccountStore = System;
            type MaxFreezes = frame_support::traits::VariantCountOf<RuntimeFreezeReason>;
        }
    };
}

/// Configures the pallet of stakes: a bond is 100 or more and comes back after `unbonding` blocks, in at most four parts at once.
#[macro_export]
macro_rules! stakes {
    ($runtime:ident, $pallet:ident, passes: $passes:ty, fund: $fund:ty, unbonding: $period:expr) => {
        impl $pallet::Config for $runtime {
            type Currency = Balances;
            type RuntimeHoldReason = RuntimeHoldReason;
            type MinBond = frame_support::traits::ConstU128<{ $crate::MIN_BOND }>;
            type UnbondingPeriod = frame_support::traits::ConstU32<{ $period }>;
            type MaxUnbonding = frame_support::traits::ConstU32<{ $crate::MAX_UNBONDING }>;
            type Passes = $passes;
            type GovernanceOrigin = frame_system::EnsureRoot<u64>;
            type AuditFund = $fund;
            type WeightInfo = ();
        }
    };
}

/// The least bond.
pub const MIN_BOND: Balance = 100;
/// In as many parts a bond can come back at once.
pub const MAX_UNBONDING: u32 = 4;

/// The same balance for each of these accounts.
pub fn balances<T>(
    who: impl IntoIterator<Item = T::AccountId>,
    each: Balance,
) -> pallet_balances::GenesisConfig<T>
where
    T: pallet_balances::Config<Balance = Balance>,
{
    let balances = who.into_iter().map(|who| (who, each)).collect();
    pallet_balances::GenesisConfig { balances, ..Default::default() }
}

/// A category that fits everything.
pub fn category(name: &str) -> Category {
    Category {
        name: name.try_into().expect("the name is short"),
        run_time: 150,
        fuel: 1_000_000,
        memory: 1 << 20,
        audit_rate: Rate(500),
        min_value: 1,
    }
}

/// The chain in its first block.
pub fn begin<T: frame_system::Config>(genesis: impl BuildStorage) -> TestExternalities {
    STANDINGS.take();
    let mut chain = TestExternalities::new(genesis.build_storage().expect("the genesis is sound"));
    chain.execute_with(|| System::<T>::set_block_number(One::one()));
    chain
}

/// Run a test; afterwards every invariant holds and there is as much money as before.
pub fn execute<T: pallet_balances::Config, R>(
    mut chain: TestExternalities,
    invariants: impl FnOnce() -> Result<(), TryRuntimeError>,
    test: impl FnOnce() -> R,
) -> R {
    let issuance = <pallet_balances::Pallet<T> as Inspect<_>>::total_issuance;
    chain.execute_with(|| {
        let before = issuance();
        let result = test();
        invariants().expect("every invariant holds");
        assert_eq!(issuance(), before);
        result
    })
}

/// A pallet's events since the last question.
pub fn events<T: frame_system::Config, Event>() -> Vec<Event>
where
    T::RuntimeEvent: TryInto<Event>,
{
    let events = System::<T>::read_events_for_pallet();
    System::<T>::reset_events();
    events
}

/// Stakes on a chain on which nobody executes anything: what a test says.
pub struct Stakes;

thread_local! {
    static STANDINGS: RefCell<BTreeMap<Vec<u8>, Standing>> = const { RefCell::new(BTreeMap::new()) };
}

impl Stakes {
    /// From now on this stands behind an account.
    pub fn set(who: impl Encode, standing: Standing) {
        STANDINGS.with_borrow_mut(|known| known.insert(who.encode(), standing));
    }
}

impl<AccountId: Encode> Stake<AccountId> for Stakes {
    fn standing(who: &AccountId) -> Standing {
        STANDINGS.with_borrow(|known| known.get(&who.encode()).copied()).unwrap_or_default()
    }
    fn lock(_: &AccountId, _: Balance) -> DispatchResult {
        unreachable!("nobody executes anything")
    }
    fn unlock(_: &AccountId, _: Balance) {
        unreachable!("nobody executes anything")
    }
    fn pledge(_: &AccountId, _: Balance) -> DispatchResult {
        unreachable!("nobody stands for election")
    }
    fn release(_: &AccountId, _: Balance) {
        unreachable!("nobody stands for election")
    }
    fn forfeit_pledge(_: &AccountId, _: Balance) {
        unreachable!("nobody stands for election")
    }
    fn set_merit(_: &AccountId, _: Merit) {
        unreachable!("nobody executes anything")
    }
    fn disgrace(_: &AccountId) {
        unreachable!("nobody executes anything")
    }
    fn forfeit(_: &AccountId, _: Balance, _: &AccountId) {
        unreachable!("nobody executes anything")
    }
    fn forfeit_to_fund(_: &AccountId, _: Balance) {
        unreachable!("nobody executes anything")
    }
}

/// Groups on a chain on which nobody restricts anything.
pub struct NoGroups;

impl<AccountId> Groups<AccountId> for NoGroups {
    fn is_member(_: GroupId, _: &AccountId) -> bool {
        unreachable!("nobody restricts anything to a group")
    }
}
