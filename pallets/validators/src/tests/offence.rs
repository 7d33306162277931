use super::*;

fn fund() -> Balance {
    Balances::free_balance(FUND)
}

#[test]
fn costs_stake_scores_and_seat() {
    ExtBuilder::default().scored(2, 50).build_and_execute(|| {
        let before = fund();
        equivocates(2, 0, 56);
        let until = 1 + LIABILITY + 1;
        let amount = STAKE * 56 / 100;
        assert_eq!(
            events(),
            [
                Event::Retired { who: 2, cause: Cause::Equivocated, until },
                Event::Slashed { who: 2, session: 0, share: Perbill::from_percent(56), amount },
            ]
        );
        assert_eq!(fund(), before + amount);
        let standing = Stake::standing(&2);
        assert_eq!((standing.bond, standing.pledged), (BOND - STAKE, STAKE - amount));
        assert_eq!(
            standing.merit,
            talka_primitives::Merit(0),
            "its word as a worker is worth nothing either"
        );
        assert_eq!(retired(2).score, Score(0));
        session();
        session();
        assert_eq!(seated(), [1, 3, 4]);
    });
}

#[test]
fn costs_a_tenth_at_least() {
    ExtBuilder::default().build_and_execute(|| {
        equivocates(2, 0, 0);
        assert_eq!(retired(2).stake, STAKE * 9 / 10);
    });
}

#[test]
fn is_paid_once_a_session() {
    ExtBuilder::default().build_and_execute(|| {
        for fraction in [20, 20, 50] {
            equivocates(2, 0, fraction);
        }
        assert_eq!(retired(2).stake, STAKE / 2);
    });
}

#[test]
fn disables_at_once_and_until_the_offender_is_gone() {
    ExtBuilder::default().build_and_execute(|| {
        let disabled = |who: u64| {
            let index = Session::validators().iter().position(|one| *one == who).unwrap() as u32;
            Session::disabled_validators().contains(&index)
        };
        // A change of validators at the next boundary: the session pallet forgets who was disabled.
        assert_ok!(Validators::register(signed(EVE), STAKE + 2));
        session();
        equivocates(2, 1, 10);
        assert!(disabled(2));
        session();
        assert!(seated().contains(&2) && disabled(2));
        session();
        assert!(!seated().contains(&2));
        assert!(Session::disabled_validators().is_empty());
    });
}

#[test]
fn finds_who_has_resigned_meanwhile() {
    ExtBuilder::default().build_and_execute(|| {
        assert_ok!(Validators::resign(signed(2)));
        session();
        session();
        let until = retired(2).until;
        equivocates(2, 0, 40);
        assert_eq!(retired(2).stake, STAKE * 6 / 10);
        assert!(retired(2).until > until);
        assert_eq!(retired(2).cause, Cause::Equivocated);
    });
}

#[test]
fn takes_nothing_of_who_put_nothing_up() {
    ExtBuilder::default().build_and_execute(|| {
        // No genesis and no election seats such a validator.
        let candidate = Candidates::<Test>::take(2).unwrap();
        let before = fund();
        equivocates(2, 0, 50);
        assert_eq!(fund(), before);
        assert_eq!(Session::disabled_validators(), [1]);
        // It is no candidate, so it is the first to leave.
        session();
        session();
        assert_eq!(seated(), [1, 3, 4]);
        Candidates::<Test>::insert(2, candidate);
    });
}
