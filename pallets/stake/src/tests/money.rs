use proptest::prelude::*;
use talka_primitives::{traits::Stake as _, Merit};

use super::*;

const PEOPLE: [u64; 5] = [ALICE, BOB, CAROL, UNBORN, FUND];

#[derive(Clone, Copy, Debug)]
enum Act {
    Bond { who: u64, amount: Balance },
    Unbond { who: u64, amount: Balance },
    Withdraw { who: u64 },
    Lock { who: u64, amount: Balance },
    Unlock { who: u64, amount: Balance, merit: Balance },
    Forfeit { who: u64, amount: Balance, to: u64 },
    Pledge { who: u64, amount: Balance },
    Release { who: u64, amount: Balance },
    ForfeitPledge { who: u64, amount: Balance },
    Wait { blocks: u32 },
}

fn act() -> impl Strategy<Value = Act> {
    let who = prop::sample::select(&PEOPLE[..3]);
    let to = prop::sample::select(&PEOPLE[..]);
    let amount = prop_oneof![0u128..20, 80u128..400, 9_000u128..12_000];
    prop_oneof![
        (who.clone(), amount.clone()).prop_map(|(who, amount)| Act::Bond { who, amount }),
        (who.clone(), amount.clone()).prop_map(|(who, amount)| Act::Unbond { who, amount }),
        who.clone().prop_map(|who| Act::Withdraw { who }),
        (who.clone(), amount.clone()).prop_map(|(who, amount)| Act::Lock { who, amount }),
        (who.clone(), amount.clone(), 0u128..3).prop_map(|(who, amount, merit)| Act::Unlock {
            who,
            amount,
            merit
        }),
        (who.clone(), amount.clone(), to).prop_map(|(who, amount, to)| Act::Forfeit { who, amount, to }),
        (who.clone(), amount.clone()).prop_map(|(who, amount)| Act::Pledge { who, amount }),
        (who.clone(), amount.clone()).prop_map(|(who, amount)| Act::Release { who, amount }),
        (who, amount).prop_map(|(who, amount)| Act::ForfeitPledge { who, amount }),
        (0..PERIOD).prop_map(|blocks| Act::Wait { blocks }),
    ]
}

/// Do it, whatever the answer. What the other pallets never ask for, to unlock or take more than is locked, is cut to
/// what is.
fn run(act: Act) {
    let locked = |who| Stake::standing(&who).locked;
    let pledged = |who| Stake::standing(&who).pledged;
    match act {
        Act::Bond { who, amount } => drop(Stake::bond(signed(who), amount)),
        Act::Unbond { who, amount } => drop(Stake::unbond(signed(who), amount)),
        Act::Withdraw { who } => drop(Stake::withdraw(signed(who))),
        Act::Lock { who, amount } => drop(Stake::lock(&who, amount)),
        Act::Unlock { who, amount, merit } => {
            Stake::unlock(&who, amount.min(locked(who)));
            Stake::set_merit(&who, Merit(merit));
        }
        Act::Forfeit { who, amount, to } => {
            let amount = amount.min(locked(who));
            let before = Balances::total_balance(&who);
            Stake::forfeit(&who, amount, &to);
            let after = Balances::total_balance(&who);
            assert_eq!(after, if to == who { before } else { before - amount });
        }
        Act::Pledge { who, amount } => drop(Stake::pledge(&who, amount)),
        Act::Release { who, amount } => Stake::release(&who, amount.min(pledged(who))),
        Act::ForfeitPledge { who, amount } => Stake::forfeit_pledge(&who, amount.min(pledged(who))),
        Act::Wait { blocks } => System::set_block_number(System::block_number() + blocks),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn is_neither_made_nor_lost(acts in prop::collection::vec(act(), 0..60)) {
        ExtBuilder::default().build_and_execute(|| {
            let issuance = Balances::total_issuance();
            for act in acts {
                run(act);
                Stake::do_try_state().unwrap();
                assert_eq!(Balances::total_issuance(), issuance);
                assert_eq!(PEOPLE.iter().map(Balances::total_balance).sum::<Balance>(), issuance);
            }
        });
    }
}
