//! Juries: who sits on them, what they cost whom, and what they can get.

use super::*;
use crate::genesis::VALIDATOR_STAKE;
use talka_primitives::{asset::Uri, jury, task::Failure, traits::Audits as _};

#[test]
fn a_dispute_that_nobody_can_execute_costs_no_validator_its_stake() {
    network().execute_with(|| {
        // Nobody can get the app. The two workers of its pool contradict each other.
        let (app, pool) = conspiracy(25 * TLK, 1);
        let task = Bag { app, pool, ..ONE }.buy(ADVERSARY)[0];
        pass(1);
        let lies = ACCOMPLICES.into_iter().zip(LIES);
        succeed(lies.map(|(who, lie)| commit(who, &[task], lie)));
        pass(2);
        let (payer, paid) = (wealth(ADVERSARY), value(task.deal));
        // A juror of each jury says that it cannot execute it. The others say nothing.
        succeed([decline(jurors(task)[0], task)]);
        assert!(!is_judged(task), "three votes of three are not possible any more");
        pass(2);
        assert!(is_judged(task));
        let juror = jurors(task)[0];
        let before = balance(juror);
        succeed([decline(juror, task)]);
        while outcome(task).is_none() {
            pass(1);
        }
        assert!(matches!(outcome(task), Some(Outcome::Failed { reason: Failure::NoVerdict, .. })));
        assert_eq!(VALIDATORS.map(pledged), [VALIDATOR_STAKE; 4]);
        // Who brought it to court has paid for it.
        assert_eq!((balance(juror) - before, payer - wealth(ADVERSARY)), (paid, paid));
    });
}

fn is_disputed(task: &TaskId) -> bool {
    phase(*task) == Some(Phase::Disputed)
}

/// Causes disputes about `tasks` tasks, each of the least value of a task.
fn flood(tasks: u32) -> Vec<TaskId> {
    let (app, pool) = conspiracy(0, talka_primitives::task::MAX_SLOTS);
    let tasks = Bag { app, pool, tasks, ..ONE }.buy(ADVERSARY);
    for _ in 0..60 {
        if tasks.iter().all(is_disputed) {
            return tasks;
        }
        let contradiction = ACCOMPLICES.into_iter().zip(LIES).filter_map(|(who, lie)| {
            let duties = Poco::duties(account(who), vec![]).execute;
            let mut awaited: Vec<_> = duties.iter().map(|assignment| assignment.task).collect();
            awaited.sort();
            awaited.truncate(MAX_BATCH as usize);
            (!awaited.is_empty()).then(|| commit(who, &awaited, lie))
        });
        succeed(contradiction.collect::<Vec<_>>());
    }
    panic!("the disputes do not begin");
}

/// Blocks in which all juries are drawn for which there are validators.
const DRAWN: BlockNumber = 6;

#[test]
fn a_flood_of_disputes_makes_no_jury_smaller_than_the_rules_want() {
    network().execute_with(|| {
        market();
        let junk = flood(100);
        pass(DRAWN);
        let waiting = junk.iter().filter(|task| !is_judged(**task)).count();
        assert!(waiting > 0, "there is room for all of them");
        // An honest worker is contradicted while no jury can be drawn. It is neither judged by those few that have room,
        // nor is it for nothing that it was right.
        let (task, liar, honest) = dispute();
        pass(4);
        assert!(is_disputed(&task) && open(task).unwrap().jury.is_none());
        let before = [liar, honest].map(wealth);
        // Jurors say of some of the others that they cannot execute them. Then those that wait have their turn.
        for blocks in 0.. {
            if is_judged(task) {
                break;
            }
            assert!(blocks < 20, "its turn does not come");
            let judged = junk.iter().filter(|task| is_judged(**task)).take(10);
            succeed(judged.map(|task| decline(jurors(*task)[0], *task)).collect::<Vec<_>>());
        }
        assert_eq!(jurors(task).len() as u32, jury::size(Audit::rules().jurors));
        judge(task, TRUTH);
        assert!(is_completed(task, TRUTH));
        assert!(wealth(liar) < before[0] && wealth(honest) > before[1]);
    });
}

#[test]
fn disputes_that_wait_for_a_jury_keep_nobody_else_waiting() {
    network().execute_with(|| {
        market();
        let junk = flood(150);
        pass(DRAWN);
        // Each look at one of them would take a twentieth of what the hook may use.
        let waiting = junk.iter().filter(|task| !is_judged(**task)).count();
        assert!(waiting > 40, "{waiting}");
        let task = Bag { trust: 1, ..ONE }.buy(BUYER)[0];
        pass(1);
        assert_eq!(drawn(task, &WORKERS).len(), 1);
        finish(task, &WORKERS);
        assert!(is_completed(task, TRUTH));
    });
}

#[test]
fn an_owner_cannot_hide_its_app_from_a_jury() {
    let peer = |who: &str| Uri::try_from(who).unwrap();
    development().execute_with(|| {
        market();
        for worker in WORKERS {
            send(worker, talka_pallet_poco::Call::go_online { slots: 1, peer: peer(worker) });
        }
        let serve = |uris: Vec<Uri>| {
            let uris = uris.try_into().unwrap();
            send("//Provider", talka_pallet_marketplace::Call::set_app_uris { app: APP, uris });
        };
        serve(vec![peer("https://app.example")]);
        let (task, liar, honest) = dispute();
        // The liar owns the app. Now that it is found out, nobody is to find the app any more.
        serve(vec![]);
        pass(1);
        let [juror] = jurors(task)[..] else { panic!("one sits") };
        let assignment = Poco::duties(account(juror), vec![]).execute.remove(0);
        assert!(assignment.app.uris.is_empty());
        // Workers that have committed had all that the task needs.
        assert_eq!(assignment.peers.len(), 2);
        assert!([liar, honest].into_iter().all(|who| assignment.peers.contains(&peer(who))));
    });
}

#[test]
fn a_juror_s_machine_needs_no_key_that_can_spend_the_validator_s_money() {
    const KEYS: [&str; 4] = ["//Eve", "//Ferdie", "//Worker7", "//Worker8"];
    let key_of = |juror: &str| KEYS[VALIDATORS.iter().position(|who| *who == juror).unwrap()];
    network().execute_with(|| {
        market();
        for (validator, key) in VALIDATORS.into_iter().zip(KEYS) {
            send(validator, talka_pallet_validators::Call::set_juror_key { key: Some(account(key)) });
        }
        let (task, liar, _) = dispute();
        pass(2);
        let (keys, before) = (KEYS.map(balance), wealth(liar));
        let jurors = jurors(task);
        let votes = jurors.iter().copied();
        succeed(votes.clone().map(|juror| commit_for(key_of(juror), juror, &[task], TRUTH)));
        succeed(votes.map(|juror| reveal(key_of(juror), task, TRUTH)));
        assert!(is_completed(task, TRUTH) && wealth(liar) < before);
        assert_eq!(VALIDATORS.map(pledged), [VALIDATOR_STAKE; 4]);
        assert_eq!(KEYS.map(balance), keys, "a vote costs a key no fee");
        // A stolen key gives nothing of the validator's away.
        let key = key_of(jurors[0]);
        let theft = [
            Transaction::new(key, talka_pallet_validators::Call::resign {}),
            Transaction::new(key, talka_pallet_stake::Call::unbond { amount: TLK }),
        ];
        assert!(next(theft).iter().all(|result| matches!(result, Ok(Err(_)))));
    });
}
