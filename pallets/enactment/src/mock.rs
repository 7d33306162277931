//! A chain with only this pallet. Its council is two accounts: [`HALF`] and [`MOST`].

use frame_support::traits::{ConstU32, SortedMembers};
use frame_system::EnsureSignedBy;
use sp_io::TestExternalities;
use sp_runtime::{
    traits::{BlakeTwo256, Dispatchable as _, Hash as _},
    DispatchResult,
};
use talka_pallet_test_support::{begin, execute};

use crate as pallet_enactment;

/// May list.
pub const HALF: u64 = 1;
/// May enact.
pub const MOST: u64 = 2;
pub const DELAY: u32 = 10;
pub const WINDOW: u32 = 5;
pub const MAX_LISTED: u32 = 3;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Enactment: pallet_enactment,
    }
);

talka_pallet_test_support::base!(Test, u64, 1);

/// One of the two.
pub struct Only<const WHO: u64>;

impl<const WHO: u64> SortedMembers<u64> for Only<WHO> {
    fn sorted_members() -> Vec<u64> {
        vec![WHO]
    }
}

impl pallet_enactment::Config for Test {
    type ListOrigin = EnsureSignedBy<Only<HALF>, u64>;
    type EnactOrigin = EnsureSignedBy<Only<MOST>, u64>;
    type DefaultDelay = ConstU32<DELAY>;
    type Window = ConstU32<WINDOW>;
    type MaxListed = ConstU32<MAX_LISTED>;
    type WeightInfo = ();
}

/// A chain with this delay.
pub fn new_test_ext(delay: Option<u32>) -> TestExternalities {
    let genesis =
        RuntimeGenesisConfig { enactment: pallet_enactment::GenesisConfig { delay }, ..Default::default() };
    begin::<Test>(genesis)
}

/// Run a test on a chain with this delay; afterwards every invariant holds.
pub fn with_delay(delay: Option<u32>, test: impl FnOnce()) {
    execute::<Test, _>(new_test_ext(delay), Enactment::do_try_state, test);
}

/// Run a test; afterwards every invariant holds.
pub fn build_and_execute(test: impl FnOnce()) {
    with_delay(None, test);
}

pub fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// A call that only root may make, and another one for each number.
pub fn call(number: u64) -> RuntimeCall {
    frame_system::Call::set_heap_pages { pages: number }.into()
}

/// A call that root may not make.
pub fn signed_call() -> RuntimeCall {
    frame_system::Call::remark_with_event { remark: vec![] }.into()
}

pub fn hash(call: &RuntimeCall) -> <Test as frame_system::Config>::Hash {
    BlakeTwo256::hash_of(call)
}

/// As in a transaction: where it fails, it has no effect.
pub fn enact(call: RuntimeCall) -> DispatchResult {
    let call = RuntimeCall::from(crate::Call::enact { call: Box::new(call) });
    call.dispatch(signed(MOST)).map(|_| ()).map_err(|refused| refused.error)
}

pub fn events() -> Vec<crate::Event<Test>> {
    talka_pallet_test_support::events::<Test, _>()
}
