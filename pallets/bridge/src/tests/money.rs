//! Money over random courses: what came from Ethereum, what went there, and what others have, kept beside the chain.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sp_io::storage;
use sp_runtime::{traits::Dispatchable, StateVersion};

use super::*;
use crate::Call;

const PEOPLE: [Account; 3] = [ALICE, BOB, UNBORN];

#[derive(Clone, Debug)]
enum Act {
    /// Somebody deposits on Ethereum.
    Deposit {
        to: Account,
        amount: Balance,
    },
    /// Some contract asks for something.
    Request {
        amount: Balance,
    },
    /// `validators` validators attest to all that is in the vault; with `lies`, one tells a lie.
    Attest {
        validators: usize,
        lies: bool,
    },
    /// Somebody credits the next `number` deposits.
    Credit {
        number: u64,
    },
    Claim {
        who: Account,
    },
    Withdraw {
        who: Account,
        amount: Balance,
        tip: Balance,
    },
    Pay {
        from: Account,
        to: Account,
        amount: Balance,
    },
    /// Time passes.
    Wait {
        blocks: u32,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let who = prop::sample::select(&PEOPLE[..]);
    // Too little for an account, usual, and more than the bucket holds.
    let amount = prop_oneof![1u128..20, 20u128..25_000, 40_000u128..90_000];
    prop_oneof![
        4 => (who.clone(), amount.clone()).prop_map(|(to, amount)| Act::Deposit { to, amount }),
        1 => amount.clone().prop_map(|amount| Act::Request { amount }),
        4 => (2usize..5, any::<bool>()).prop_map(|(validators, lies)| Act::Attest { validators, lies }),
        4 => (0u64..7).prop_map(|number| Act::Credit { number }),
        2 => who.clone().prop_map(|who| Act::Claim { who }),
        4 => (who.clone(), amount.clone(), 0u128..40)
            .prop_map(|(who, amount, tip)| Act::Withdraw { who, amount, tip }),
        1 => (who.clone(), who, amount).prop_map(|(from, to, amount)| Act::Pay { from, to, amount }),
        1 => (1u32..30_000).prop_map(|blocks| Act::Wait { blocks }),
    ]
}

/// What should be there, kept beside the chain.
struct Books {
    vault: Vault,
    /// What was deposited and is told here, by whom it is for.
    came: BTreeMap<Account, Balance>,
    before: Balance,
    burnt: Balance,
    fund: Balance,
    sent: u32,
}

impl Books {
    fn open() -> Self {
        Self {
            vault: Vault::new(),
            came: BTreeMap::new(),
            before: Balances::total_issuance(),
            burnt: 0,
            fund: balance(FUND),
            sent: 0,
        }
    }

    fn run(&mut self, act: Act) {
        match act {
            Act::Deposit { to, amount } => self.vault.deposit(to, amount),
            Act::Request { amount } => self.vault.request(SOMEBODY, amount),
            Act::Attest { validators, lies } => {
                let truth = self.vault.truth(self.vault.len());
                for (place, who) in SEATED[..validators].iter().enumerate() {
                    let what = if lies && place == 0 { lie(truth.deposits) } else { truth };
                    self.call(Call::attest { attestation: what }, who.clone());
                }
            }
            Act::Credit { number } => {
                let from = CreditedDeposits::<Test>::get().deposits;
                let to = (from + number).min(self.vault.len());
                let deposits = self.vault.batch(from, to);
                if self.call(Call::credit { deposits: deposits.clone() }, BOB) {
                    for one in deposits {
                        *self.came.entry(one.to.into()).or_default() += one.amount;
                    }
                    assert_eq!(CreditedDeposits::<Test>::get(), self.vault.truth(to));
                }
            }
            Act::Claim { who } => {
                self.call(Call::claim_parked { who }, BOB);
            }
            Act::Withdraw { who, amount, tip } => {
                if self.call(Call::withdraw { to: SOMEBODY, amount, tip }, who) {
                    self.burnt += amount;
                    self.fund += PRICE;
                    self.sent += 1;
                }
            }
            Act::Pay { from, to, amount } => {
                let _ = Balances::transfer_allow_death(signed(from), to, amount);
            }
            Act::Wait { blocks } => System::set_block_number(System::block_number() + blocks),
        }
    }

    /// What was refused has changed nothing.
    fn call(&self, call: Call<Test>, who: Account) -> bool {
        let root = storage::root(StateVersion::V1);
        let done = RuntimeCall::from(call).dispatch(signed(who)).is_ok();
        assert!(done || storage::root(StateVersion::V1) == root);
        done
    }

    fn check(&self) {
        Bridge::do_try_state().unwrap();
        let totals = AllTotals::<Test>::get();
        let came: Balance = self.came.values().sum();
        // Whatever is credited was deposited; the rest of it is parked.
        assert_eq!(totals.credited + totals.parked, came);
        assert_eq!(totals.withdrawn, self.burnt);
        assert_eq!(Balances::total_issuance() + self.burnt, self.before + totals.credited);
        assert_eq!(Outbox::<Test>::get().count(), self.sent);
        // Beside the price of messages there is what accounts left that ended: less than the least balance each.
        assert!(balance(FUND) >= self.fund);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changes_by_what_was_credited_and_withdrawn(acts in prop::collection::vec(act(), 0..80)) {
        build_and_execute(|| {
            let mut books = Books::open();
            for act in acts {
                books.run(act);
                books.check();
            }
        });
    }

    /// Nobody can take out more than was put in, in whatever order: with everything claimed, Ethereum has paid what left here.
    #[test]
    fn never_leaves_more_than_came(amounts in prop::collection::vec((1u128..30_000, 1u128..30_000), 1..12)) {
        build_and_execute(|| {
            let (mut vault, mut locked) = (Vault::new(), 0u128);
            for (deposit, withdrawal) in amounts {
                vault.deposit(ALICE, deposit);
                bring(&vault);
                locked += deposit;
                let call = Call::withdraw { to: SOMEBODY, amount: withdrawal, tip: 0 };
                if RuntimeCall::from(call).dispatch(signed(BOB)).is_ok() {
                    locked = locked.checked_sub(withdrawal).expect("the vault can pay");
                }
                let totals = AllTotals::<Test>::get();
                assert_eq!(totals.backed() + totals.parked, locked);
            }
        });
    }
}
