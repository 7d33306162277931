use talka_primitives::traits::{Jurors, Stake as _};

use super::*;
use crate::{Candidates, RetiredOnes};

#[test]
fn are_those_who_sit_with_their_effective_stake() {
    ExtBuilder::default().build_and_execute(|| {
        let expected: Vec<_> = SITTING.map(|who| (who, STAKE * 2 / 3)).to_vec();
        let mut all = Validators::all();
        all.sort();
        assert_eq!(all, expected);
        assert!(all.len() <= Validators::max_jurors() as usize);
    });
}

#[test]
fn lose_a_part_of_what_they_put_up() {
    ExtBuilder::default().build_and_execute(|| {
        let (who, before) = (SITTING[0], Stake::standing(&SITTING[0]));
        assert_eq!(Validators::fine(&who, 10), 10);
        assert_eq!(Candidates::<Test>::get(who).unwrap().stake, STAKE - 10);
        let after = Stake::standing(&who);
        assert_eq!((after.bond, after.pledged), (before.bond, before.pledged - 10));
        // Not more than a tenth.
        assert_eq!(Validators::fine(&who, STAKE), (STAKE - 10) / 10);
        assert_eq!(Validators::fine(&FUND, 1), 0);
    });
}

#[test]
fn lose_it_too_when_they_have_resigned() {
    ExtBuilder::default().build_and_execute(|| {
        let who = SITTING[0];
        Validators::resign(RuntimeOrigin::signed(who)).unwrap();
        assert_eq!(Validators::fine(&who, 10), 10);
        assert_eq!(RetiredOnes::<Test>::get(who).unwrap().stake, STAKE - 10);
    });
}
