//! The deposit for the record of a worker.

use crate::{mock::*, Error, Event, HoldReason, Workers};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use talka_primitives::{reliability::Reliability, Balance};

const DEPOSIT: Balance = 50;
/// Longer than declines are remembered.
const LONG: u32 = 200_000;

fn deposit_of(who: u64) -> Balance {
    Balances::balance_on_hold(&HoldReason::Registration.into(), &who)
}

fn go_online(who: u64) -> sp_runtime::DispatchResult {
    Poco::go_online(RuntimeOrigin::signed(who), 1, Default::default())
}

fn deregister(who: u64) -> sp_runtime::DispatchResult {
    Poco::deregister(RuntimeOrigin::signed(who))
}

/// A worker that joins when a record costs something.
fn newcomer() -> u64 {
    RegistrationDeposit::set(DEPOSIT);
    let who = WORKER + 1;
    assert_ok!(Stake::bond(RuntimeOrigin::signed(who), BOND));
    assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(who), POOL, None));
    run_to(System::block_number() + RIPENING);
    who
}

#[test]
fn is_held_at_the_first_time_and_comes_back_when_the_worker_leaves() {
    Chain::of(1).execute(|| {
        let who = newcomer();
        for _ in 0..2 {
            assert_ok!(go_online(who));
            assert_eq!(deposit_of(who), DEPOSIT);
        }
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(who)));
        assert_eq!(deposit_of(who), DEPOSIT);
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(who)));
        assert_eq!((deposit_of(who), Workers::<Test>::get(who)), (0, None));
        System::assert_has_event(Event::WorkerDeregistered { worker: who }.into());
        assert_noop!(deregister(who), Error::<Test>::NotRegistered);
        // One that was there before has put up nothing, and gets nothing.
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        assert_eq!(wealth(WORKER), ENDOWMENT);
    });
}

#[test]
fn that_cannot_be_held_keeps_a_worker_offline() {
    Chain::of(1).execute(|| {
        let who = newcomer();
        let rest = DEPOSIT + 1;
        let all = Balances::free_balance(who);
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(who), FUND, all - rest + 1));
        assert_noop!(go_online(who), Error::<Test>::FundsTooLow);
        assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(FUND), who, 1));
        assert_ok!(go_online(who));
    });
}

#[test]
fn stays_as_long_as_declines_are_remembered() {
    Chain::of(1).execute(|| {
        let who = newcomer();
        assert_ok!(go_online(who));
        assert_noop!(deregister(who), Error::<Test>::StillAMember);
        Workers::<Test>::mutate_extant(who, |worker| {
            worker.reliability = Reliability { delivered: 0, declined: 1 }
        });
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(who)));
        assert_eq!(deposit_of(who), DEPOSIT);
        assert_noop!(deregister(who), Error::<Test>::DeclinesRemembered);
        System::set_block_number(System::block_number() + LONG);
        assert_ok!(deregister(who));
        assert_eq!((deposit_of(who), Workers::<Test>::get(who)), (0, None));
    });
}

#[test]
fn covers_the_largest_record() {
    use codec::MaxEncodedLen;
    let largest = crate::Worker::max_encoded_len() + 2 * crate::Seat::<[u8; 32]>::max_encoded_len();
    let counted = talka_primitives::deposit::REGISTRATION;
    assert!(largest as u32 + 4 * talka_primitives::deposit::KEY <= counted.bytes && counted.items == 4);
}
