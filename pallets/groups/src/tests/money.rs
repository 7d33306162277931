use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sp_io::storage;
use sp_runtime::{DispatchResult, StateVersion};

use super::*;

const PEOPLE: [u64; 5] = [ALICE, BOB, CAROL, POOR, UNBORN];

/// Who acts: the group's owner, or somebody.
#[derive(Clone, Copy, Debug)]
enum Signer {
    Owner,
    Somebody(u64),
}

#[derive(Clone, Debug)]
enum Act {
    Create { who: u64 },
    Add { by: Signer, group: GroupId, named: Vec<u64> },
    Remove { by: Signer, group: GroupId, named: Vec<u64> },
    Transfer { by: Signer, group: GroupId, to: u64 },
    Accept { by: u64, group: GroupId },
    Disband { by: Signer, group: GroupId },
    Pay { from: u64, to: u64, amount: Balance },
}

fn act() -> impl Strategy<Value = Act> {
    let who = prop::sample::select(&PEOPLE[..]);
    let by = prop_oneof![
        4 => Just(Signer::Owner),
        1 => who.clone().prop_map(Signer::Somebody),
    ];
    let group = (0u32..3).prop_map(GroupId);
    // Mostly one: of long lists few are without somebody who is in the way.
    let named = prop_oneof![
        4 => prop::collection::vec(who.clone(), 1),
        1 => prop::collection::vec(who.clone(), 0..=3),
    ];
    let amount = prop_oneof![0u128..150, 90_000u128..110_000];
    prop_oneof![
        1 => who.clone().prop_map(|who| Act::Create { who }),
        6 => (by.clone(), group.clone(), named.clone())
            .prop_map(|(by, group, named)| Act::Add { by, group, named }),
        4 => (by.clone(), group.clone(), named)
            .prop_map(|(by, group, named)| Act::Remove { by, group, named }),
        1 => (by.clone(), group.clone(), who.clone())
            .prop_map(|(by, group, to)| Act::Transfer { by, group, to }),
        2 => (who.clone(), group.clone()).prop_map(|(by, group)| Act::Accept { by, group }),
        1 => (by, group).prop_map(|(by, group)| Act::Disband { by, group }),
        1 => (who.clone(), who, amount).prop_map(|(from, to, amount)| Act::Pay { from, to, amount }),
    ]
}

fn signer(by: Signer, group: GroupId) -> RuntimeOrigin {
    signed(match by {
        Signer::Owner => Groups::<Test>::get(group).map_or(ALICE, |group| group.owner),
        Signer::Somebody(who) => who,
    })
}

fn call(act: Act) -> DispatchResult {
    match act {
        Act::Create { who } => AccessGroups::create_group(signed(who), name("any")),
        Act::Add { by, group, named } => AccessGroups::add_members(signer(by, group), group, batch(named)),
        Act::Remove { by, group, named } => {
            AccessGroups::remove_members(signer(by, group), group, batch(named))
        }
        Act::Transfer { by, group, to } => AccessGroups::transfer_group(signer(by, group), group, to),
        Act::Accept { by, group } => AccessGroups::accept_group(signed(by), group),
        Act::Disband { by, group } => AccessGroups::disband_group(signer(by, group), group),
        Act::Pay { from, to, amount } => Balances::transfer_keep_alive(signed(from), to, amount),
    }
}

/// A group as it should be.
struct Noted {
    owner: u64,
    members: BTreeSet<u64>,
}

/// What should be there, kept beside the chain: the groups, and what everybody has, free or held.
struct Books {
    groups: BTreeMap<GroupId, Noted>,
    wealth: BTreeMap<u64, Balance>,
    next: GroupId,
}

impl Books {
    fn open() -> Self {
        let wealth = PEOPLE.map(|who| (who, Balances::total_balance(&who))).into();
        Self { groups: BTreeMap::new(), wealth, next: GroupId(0) }
    }

    /// Do it, and note it where it was done. What was not done has changed nothing.
    fn run(&mut self, act: Act) {
        let root = storage::root(StateVersion::V1);
        match call(act.clone()) {
            Ok(()) => self.note(act),
            Err(_) => assert_eq!(storage::root(StateVersion::V1), root, "{act:?}"),
        }
    }

    fn note(&mut self, act: Act) {
        match act {
            Act::Create { who } => {
                self.groups.insert(self.next, Noted { owner: who, members: BTreeSet::new() });
                self.next = self.next.next().unwrap();
            }
            Act::Add { group, named, .. } => self.group(group).members.extend(named),
            Act::Remove { group, named, .. } => {
                self.group(group).members.retain(|member| !named.contains(member))
            }
            Act::Transfer { .. } => {}
            Act::Accept { by: to, group } => {
                let noted = self.group(group);
                let from = std::mem::replace(&mut noted.owner, to);
                let deposit = deposits(1, noted.members.len() as u32);
                self.pay(from, to, deposit);
            }
            Act::Disband { group, .. } => drop(self.groups.remove(&group)),
            Act::Pay { from, to, amount } => self.pay(from, to, amount),
        }
    }

    fn group(&mut self, id: GroupId) -> &mut Noted {
        self.groups.get_mut(&id).unwrap()
    }

    fn pay(&mut self, from: u64, to: u64, amount: Balance) {
        *self.wealth.get_mut(&from).unwrap() -= amount;
        *self.wealth.get_mut(&to).unwrap() += amount;
    }

    /// The chain has exactly what the books say.
    fn check(&self) {
        assert_eq!(Groups::<Test>::iter_keys().count(), self.groups.len());
        for (id, noted) in &self.groups {
            assert_eq!(Groups::<Test>::get(id).map(|group| group.owner), Some(noted.owner));
            assert!(members(*id).iter().eq(&noted.members));
        }
        for (who, wealth) in &self.wealth {
            assert_eq!(Balances::total_balance(who), *wealth);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn is_neither_made_nor_lost(acts in prop::collection::vec(act(), 0..60)) {
        build_and_execute(|| {
            let issuance = Balances::total_issuance();
            let mut books = Books::open();
            let groups = [ALICE, BOB].map(|who| Act::Create { who });
            for act in groups.into_iter().chain(acts) {
                books.run(act);
                books.check();
                AccessGroups::do_try_state().unwrap();
                assert_eq!(Balances::total_issuance(), issuance);
                assert_eq!(PEOPLE.iter().map(Balances::total_balance).sum::<Balance>(), issuance);
            }
        });
    }
}
