//! Chance: what a validator knows beforehand of what is drawn, and what it can do about it.

use super::*;
use sp_runtime::traits::Hash as _;
use talka_primitives::{
    audit::{self, Turn},
    merit::DEFAULT_YOUNG_RATE,
    seed::Output,
};

/// The output of the next block, if this validator makes it. It knows it from the beginning of the session on.
fn known_to(author: Sr25519Keyring) -> Output {
    let claim = claim(author, next_slot());
    let signature = claim.as_babe_pre_digest().and_then(|digest| digest.vrf_signature().cloned());
    Output(BlakeTwo256::hash_of(&signature.unwrap().pre_output).into())
}

fn is_audited(task: TaskId) -> bool {
    matches!(phase(task), Some(Phase::Audit { .. }))
}

#[test]
fn an_author_does_not_know_an_audit_beforehand() {
    let [author, another, ..] = AUTHORS;
    let worker = WORKERS[0];
    network().execute_with(|| {
        market();
        let (pool, limit) = (POOL, Balance::MAX);
        send("//Operator", talka_pallet_marketplace::Call::set_guarantee_limit { pool, limit });
        works_alone(worker);
        let (mut spared, mut found) = (0, 0);
        for round in 0.. {
            assert!(round < 12, "its friends are never found out");
            let tasks = Bag { tasks: MAX_BATCH, ..ONE }.buy(BUYER);
            pass(1);
            succeed([commit(worker, &tasks, LIES[0])]);
            // The author of the next block tells its friend what its own lots say. Where they spare a lie, it is told.
            let output = known_to(author);
            let is_spared =
                |task: &&TaskId| !audit::hits(&audit::lot(output, **task), DEFAULT_YOUNG_RATE, Turn::First);
            block_by(author, []);
            for task in &tasks {
                assert_eq!(is_audited(*task), !is_spared(&task));
            }
            let told: Vec<_> = tasks.iter().filter(is_spared).collect();
            assert!(told.iter().all(|task| matches!(phase(**task), Some(Phase::Agreed { .. }))));
            // Another author decides as well.
            block_by(another, []);
            assert!(!told.iter().any(|task| matches!(phase(**task), Some(Phase::Agreed { .. }))));
            spared += told.len();
            found += told.iter().filter(|task| is_audited(***task)).count();
            if found > 0 {
                break;
            }
        }
        assert!(found < spared / 2, "{found} of {spared}");
    });
}

/// Workers beside those of the market.
const MORE: [&str; 5] = ["//Worker4", "//Worker5", "//Worker6", "//Worker7", "//Worker8"];

/// Who is drawn for each of three tasks that were bought in a block of Alice, where the next one is made by this validator,
/// with these transactions of its own.
fn drawn_by(author: Sr25519Keyring, own: impl FnOnce() -> Vec<Transaction>) -> Vec<Vec<&'static str>> {
    network().execute_with(|| {
        market();
        MORE.into_iter().for_each(|worker| enrol(worker, POOL, 1_000 * TLK, 1));
        let bag = Bag { tasks: 3, ..ONE };
        assert_eq!(block_by(AUTHORS[0], [Transaction::new(BUYER, bag.order())]), [Ok(Ok(()))]);
        block_by(author, own());
        let all: Vec<_> = WORKERS.into_iter().chain(MORE).collect();
        let task = |index| TaskId { deal: DealId(0), index };
        (0..bag.tasks).map(|index| drawn(task(index), &all)).collect()
    })
}

#[test]
fn an_author_cannot_choose_who_is_drawn_over_its_state() {
    // The author of the block that fixes the benches knows its own output. Who is drawn is up to the next one's.
    let [_, others @ ..] = AUTHORS;
    let drawn = others.map(|author| drawn_by(author, Vec::new));
    assert!(drawn.iter().flatten().all(|workers| workers.len() == 2));
    assert!(drawn.iter().any(|workers| *workers != drawn[0]));
}

#[test]
fn an_author_cannot_choose_who_is_drawn_by_what_it_puts_into_its_block() {
    let author = AUTHORS[1];
    // With all of its money it makes a friend the likeliest of all.
    let friend = || {
        vec![
            Transaction::new(MORE[0], talka_pallet_stake::Call::bond { amount: 900_000 * TLK }),
            Transaction::new(MORE[0], online(32)),
        ]
    };
    assert_eq!(drawn_by(author, friend), drawn_by(author, Vec::new));
}

#[test]
fn a_validator_that_makes_two_blocks_in_sequence_draws_nobody() {
    let [author, another, ..] = AUTHORS;
    network().execute_with(|| {
        market();
        let bag = Transaction::new(BUYER, ONE.order());
        assert_eq!(block_by(author, [bag]), [Ok(Ok(()))]);
        let task = TaskId::default();
        block_by(author, []);
        assert!(drawn(task, &WORKERS).is_empty());
        block_by(another, []);
        assert_eq!(drawn(task, &WORKERS).len(), 2);
    });
}
