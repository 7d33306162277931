use super::*;
use crate::sessions::SessionPallet;
use pallet_session::historical::Pallet as History;
use sp_core::crypto::key_types::DUMMY;
use sp_runtime::traits::OpaqueKeys;
use talka_primitives::election::Rules;

/// Whether an offence of somebody with these keys could be proven for the session that is under way.
fn is_provable(seed: u64) -> bool {
    use frame_support::traits::KeyOwnerProofSystem;
    let key = sp_runtime::testing::UintAuthorityId(seed);
    let raw = codec::Encode::encode(&key);
    assert_eq!(Keys { dummy: key }.get_raw(DUMMY), raw);
    let Some(proof) = History::<Test>::prove((DUMMY, raw.clone())) else { return false };
    History::<Test>::check_proof((DUMMY, raw), proof).is_some()
}

#[test]
fn seats_a_newcomer_with_more_effective_stake_from_the_session_after_next() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), STAKE + 2));
        session();
        assert_eq!(seated(), SITTING);
        assert_eq!(
            events().last(),
            Some(&Event::Elected { session: 2, joining: vec![EVE], leaving: vec![4] })
        );
        session();
        assert_eq!(seated(), [1, 2, 3, EVE]);
    });
}

#[test]
fn counts_the_stake_as_the_formula_says() {
    // 3000 · 99 / 100 against 4400 · 2 / 3: the bigger stake of a newcomer does not do.
    let builder = SITTING.into_iter().fold(ExtBuilder::default(), |builder, who| builder.scored(who, 300));
    builder.build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), 4_400));
        let views = Validators::validators();
        let effective = |who| views.iter().find(|view| view.who == who).unwrap().effective_stake;
        assert_eq!((effective(1), effective(EVE)), (2_970, 2_933));
        session();
        session();
        assert_eq!(seated(), SITTING);
        assert_ok!(Validators::add_stake(signed(EVE), 100));
        session();
        session();
        assert_eq!(seated().len(), 4);
        assert!(seated().contains(&EVE));
    });
}

#[test]
fn does_not_elect_without_keys_or_with_too_little() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), STAKE + 2));
        assert_ok!(SessionPallet::<Test>::forget_keys(&EVE));
        session();
        session();
        assert_eq!(seated(), SITTING);
        set_keys(EVE);
        let rules = Rules { min_stake: STAKE + 3, ..RULES };
        assert_ok!(Validators::set_rules(RuntimeOrigin::root(), rules));
        session();
        session();
        // The others are needed, or they would have to go too.
        assert!(!seated().contains(&EVE));
    });
}

#[test]
fn holds_for_a_term() {
    ExtBuilder::default().rules(Rules { term: 3, ..RULES }).build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), STAKE + 2));
        for _ in 0..2 {
            session();
            assert_eq!(seated(), SITTING);
        }
        session();
        assert_eq!((Session::current_index(), seated()), (3, vec![1, 2, 3, EVE]));
    });
}

#[test]
fn a_term_ends_early_for_an_offender() {
    ExtBuilder::default().rules(Rules { term: 100, ..RULES }).build_and_execute(|| {
        equivocates(2, 0, 10);
        session();
        session();
        assert_eq!(seated(), [1, 3, 4]);
    });
}

#[test]
fn tells_the_engines_of_a_change_only_when_there_is_one() {
    ExtBuilder::default().build_and_execute(|| {
        session();
        session();
        assert!(!pallet_session::QueuedChanged::<Test>::get());
        set_other_keys(1, 77);
        session();
        assert!(pallet_session::QueuedChanged::<Test>::get());
    });
}

#[test]
fn announces_them_again_at_intervals() {
    ExtBuilder::default().build_and_execute(|| {
        let mut told = vec![];
        for _ in 0..2 * RENEWAL {
            session();
            if pallet_session::QueuedChanged::<Test>::get() {
                told.push(Session::current_index() + 1);
            }
        }
        assert_eq!(told, [RENEWAL, 2 * RENEWAL]);
    });
}

#[test]
fn offences_can_be_proven_from_the_first_block_and_with_new_keys() {
    ExtBuilder::default().build_and_execute(|| {
        assert!(is_provable(1) && !is_provable(77));
        session();
        assert!(is_provable(1));
        set_other_keys(1, 77);
        session();
        session();
        assert!(is_provable(77));
    });
}

#[test]
fn forgets_sessions_for_which_nobody_is_liable() {
    ExtBuilder::default().build_and_execute(|| {
        for _ in 0..LIABILITY + 3 {
            session();
        }
        let ended = Session::current_index() - 1;
        assert!(History::<Test>::historical_root(ended - LIABILITY - 1).is_none());
        assert!(History::<Test>::historical_root(ended - LIABILITY).is_some());
    });
}

#[test]
fn lists_who_stands_and_who_sits() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::register(signed(EVE), STAKE + 3));
        assert_ok!(Validators::resign(signed(4)));
        block(2);
        let views = Validators::validators();
        let told: Vec<_> =
            views.iter().map(|view| (view.who, view.stake, view.candidate, view.seated)).collect();
        assert_eq!(told[0], (EVE, STAKE + 3, true, false));
        assert!(told.contains(&(4, STAKE, false, true)));
        assert_eq!(told.len(), 5);
        assert_eq!(views.iter().map(|view| view.authored).sum::<u32>(), 1);
    });
}
