use frame_support::traits::{fungible::MutateHold, tokens::Precision};
use sp_runtime::TryRuntimeError;

use super::*;
use crate::Pools;

/// A call that waits, and something wrong with it.
fn broken(spoil: impl FnOnce()) -> Result<(), TryRuntimeError> {
    let mut outcome = Ok(());
    new_test_ext().execute_with(|| {
        ordered();
        Gateway::do_try_state().unwrap();
        spoil();
        outcome = Gateway::do_try_state();
    });
    outcome
}

#[test]
fn notices_a_call_under_a_wrong_identifier() {
    let outcome = broken(|| Calls::<Test>::mutate_extant(call(0), |known| known.nonce = 1));
    assert_eq!(outcome, Err("gateway 1: a call under a wrong identifier".into()));
    let outcome = broken(|| Named::set(None));
    assert_eq!(outcome, Err("gateway 1: a call from nowhere".into()));
}

#[test]
fn notices_that_the_hold_is_not_the_sum_of_deposits() {
    let reason = HoldReason::Call.into();
    let spoils: [&dyn Fn(); 4] = [
        &|| Balances::hold(&reason, &payer(CONTRACT), 1).unwrap(),
        &|| assert_eq!(Balances::release(&reason, &payer(CONTRACT), 1, Precision::Exact), Ok(1)),
        &|| Calls::<Test>::remove(call(0)),
        &|| Balances::hold(&reason, &STRANGER, 1).unwrap(),
    ];
    for spoil in spoils {
        assert_eq!(broken(spoil), Err("gateway 2: the hold is not the sum of deposits".into()));
    }
}

#[test]
fn notices_a_deposit_of_nobody() {
    let outcome = broken(|| {
        let known = Calls::<Test>::get(call(0)).unwrap();
        Calls::<Test>::insert(
            call(1),
            talka_primitives::gateway::PendingCall {
                nonce: 1,
                requester: EthereumAddress([99; 20]),
                ..known
            },
        );
    });
    assert_eq!(outcome, Err("gateway 2: a deposit of nobody".into()));
}

#[test]
fn notices_that_two_calls_have_one_deal() {
    let outcome = broken(|| {
        let known = Calls::<Test>::get(call(0)).unwrap();
        let twin = talka_primitives::gateway::PendingCall { nonce: 1, deposit: 0, ..known };
        Calls::<Test>::insert(call(1), twin);
    });
    assert_eq!(outcome, Err("gateway 3: two calls have one deal".into()));
}

#[test]
fn notices_a_pool_that_is_named_twice() {
    let outcome = broken(|| Pools::<Test>::put(twice()));
    assert_eq!(outcome, Err("gateway 4: a pool is named twice".into()));
}

fn twice() -> talka_primitives::gateway::Pools {
    vec![POOL, POOL].try_into().unwrap()
}
