use codec::{Decode, Encode};
use sp_runtime::TryRuntimeError;
use talka_primitives::bridge::{Attested, Contracts, Frontier};

use super::*;

/// A chain on which the bridge is in use, and something wrong with it.
fn broken(spoil: impl FnOnce()) -> Result<(), TryRuntimeError> {
    chain(Some(CONTRACTS)).execute_with(|| {
        let mut vault = Vault::with(3);
        vault.deposit(UNBORN, 4);
        bring(&vault);
        Bridge::set_attester(signed(ONE), Some(KEY)).unwrap();
        Bridge::withdraw(signed(ALICE), SOMEBODY, 10, 0).unwrap();
        next_block();
        Bridge::do_try_state().unwrap();
        spoil();
        Bridge::do_try_state()
    })
}

fn error(text: &'static str) -> Result<(), TryRuntimeError> {
    Err(text.into())
}

#[test]
fn notices_unsound_decisions() {
    let limits = || CurrentLimits::<Test>::put(Limits { bucket: 1, withdrawal: 2 });
    assert_eq!(broken(limits), error("bridge 1: the limits contradict"));
    let contracts = || NamedContracts::<Test>::put(Contracts { chain_id: 0, ..CONTRACTS });
    assert_eq!(broken(contracts), error("bridge 1: there cannot be such contracts"));
}

#[test]
fn notices_what_happened_without_contracts() {
    let spoil = || NamedContracts::<Test>::kill();
    assert_eq!(broken(spoil), error("bridge 2: something happened before contracts"));
}

#[test]
fn notices_attesters_that_are_not_mutual() {
    let spoil = || AttestsFor::<Test>::insert(KEY, TWO);
    assert_eq!(broken(spoil), error("bridge 3: an attester does not attest"));
    let spoil = || AttestsFor::<Test>::insert(BOB, TWO);
    assert_eq!(broken(spoil), error("bridge 3: an account attests unnamed"));
    let spoil = || {
        Attesters::<Test>::insert(ALICE, BOB);
        AttestsFor::<Test>::insert(BOB, ALICE);
    };
    assert_eq!(broken(spoil), error("bridge 3: an account attests for nobody"));
}

#[test]
fn notices_attestations_of_others_and_out_of_order() {
    let of = |attested: &[Attestation]| Attested::truncate_from(attested.to_vec());
    let spoil = || Attestations::<Test>::insert(EVE, of(&[lie(5)]));
    assert_eq!(broken(spoil), error("bridge 4: somebody without a seat has attested"));
    for attested in [vec![lie(5), lie(5)], vec![lie(6), lie(5)], vec![]] {
        let spoil = || Attestations::<Test>::insert(TWO, of(&attested));
        assert_eq!(broken(spoil), error("bridge 4: attestations are not in order"));
    }
}

#[test]
fn notices_parked_amounts_that_do_not_add_up() {
    let spoils: [fn(); 2] =
        [|| ParkedAmounts::<Test>::insert(BOB, 1), || ParkedAmounts::<Test>::remove(UNBORN)];
    for spoil in spoils {
        assert_eq!(broken(spoil), error("bridge 5: what is parked does not add up"));
    }
    let spoil = || ParkedAmounts::<Test>::insert(BOB, 0);
    assert_eq!(broken(spoil), error("bridge 5: nothing is parked for an account"));
}

#[test]
fn notices_money_that_is_not_there() {
    let spoil = || AllTotals::<Test>::mutate(|totals| totals.withdrawn = 301);
    assert_eq!(broken(spoil), error("bridge 6: more was withdrawn than credited"));
    let spoil = || AllTotals::<Test>::mutate(|totals| totals.credited = 1 << 60);
    assert_eq!(broken(spoil), error("bridge 6: what was credited is not there"));
}

#[test]
fn notices_an_outbox_that_is_no_tree() {
    let spoil = || {
        let torn = (3u32, vec![[1u8; 32]]).encode();
        Outbox::<Test>::put(Frontier::decode(&mut &torn[..]).unwrap());
    };
    assert_eq!(broken(spoil), error("bridge 7: the outbox is no tree"));
    let spoil = || OutboxRoot::<Test>::put([1; 32]);
    assert_eq!(broken(spoil), error("bridge 7: the root is of another tree"));
}
