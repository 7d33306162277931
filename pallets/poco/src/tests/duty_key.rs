//! The key that acts for a worker, and what a worker is told that it has committed to.

use crate::{mock::*, ActsFor, Duty, DutyKeys, Error, Event, HoldReason, Outcomes, Workers};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold, BoundedVec};
use sp_runtime::{DispatchError, DispatchResult};
use talka_primitives::{
    task::{
        DeclineReason::{AppUnavailable, OutOfResources},
        Failure, Phase,
    },
    view::{Outcome, Part},
    Balance, TaskId,
};

/// Has money and nothing else.
const KEY: u64 = WORKER + 100;
const OTHER_KEY: u64 = WORKER + 101;
const DEPOSIT: Balance = 40;

fn signed(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn set(worker: u64, key: Option<u64>) -> DispatchResult {
    Poco::set_duty_key(signed(worker), key)
}

fn act_for(key: u64, worker: Option<u64>) -> DispatchResult {
    Poco::act_for(signed(key), worker)
}

fn appoint(worker: u64, key: u64) {
    assert_ok!(set(worker, Some(key)));
    assert_ok!(act_for(key, Some(worker)));
}

/// Commits to the result 7 in the name of a worker.
fn commit_as(sender: u64, worker: u64, task: TaskId) -> DispatchResult {
    let batch = BoundedVec::truncate_from(vec![commitment(worker, task, 7)]);
    Poco::commit(signed(sender), batch).map(|_| ()).map_err(|error| error.error)
}

/// A task of the only worker.
fn its_task() -> TaskId {
    let task = request(1, 1);
    next_block();
    assert_eq!(drawn(task), [WORKER]);
    task
}

fn deposit_of(who: u64) -> Balance {
    Balances::balance_on_hold(&HoldReason::DutyKey.into(), &who)
}

/// Nothing is left of it.
fn is_forgotten(worker: u64, key: u64) -> bool {
    !DutyKeys::<Test>::contains_key(worker) && !ActsFor::<Test>::contains_key(key) && deposit_of(worker) == 0
}

#[test]
fn does_all_that_a_worker_owes_and_the_worker_is_paid() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        System::assert_has_event(Event::DutyKeySet { worker: WORKER, key: Some(KEY) }.into());
        System::assert_has_event(Event::ActingFor { key: KEY, worker: Some(WORKER) }.into());
        assert_ok!(Poco::go_offline(signed(KEY)));
        assert!(!Workers::<Test>::get(WORKER).unwrap().online);
        assert_ok!(Poco::go_online(signed(KEY), 3, Default::default()));
        let worker = Workers::<Test>::get(WORKER).unwrap();
        assert!(worker.online && worker.slots == 3);

        let task = its_task();
        let beat = Poco::due(&KEY, &crate::Call::heartbeat {}).unwrap();
        assert_eq!(beat.map_err(DispatchError::from), Ok(vec![Duty::Heartbeat]));
        assert_ok!(Poco::heartbeat(signed(KEY)));
        let asked = Poco::duties(KEY, vec![]).execute;
        assert_eq!((asked[0].task, asked[0].who, asked.len()), (task, WORKER, 1));
        assert_ok!(commit_as(KEY, WORKER, task));
        assert_eq!(Poco::duties(KEY, vec![task]).reveal, [task]);
        assert_ok!(reveal(KEY, task, 7));
        assert_eq!(progress(task.deal).completed, 1);
        assert!(
            wealth(WORKER) > ENDOWMENT && wealth(KEY) == ENDOWMENT && !Workers::<Test>::contains_key(KEY)
        );

        let task = its_task();
        assert_ok!(Poco::decline(signed(KEY), task, AppUnavailable));
        assert_eq!(locked(WORKER), 0);
    });
}

#[test]
fn leaves_the_worker_its_own_calls() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        let task = its_task();
        assert_ok!(Poco::heartbeat(signed(WORKER)));
        assert_ok!(commit(WORKER, task, 7));
        assert_ok!(reveal(KEY, task, 7));
    });
}

#[test]
fn has_no_other_right_of_the_worker_s() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        assert_noop!(set(KEY, Some(OTHER_KEY)), Error::<Test>::NotAMember);
        assert_noop!(Poco::deregister(signed(KEY)), Error::<Test>::NotRegistered);
        assert!(Stake::unbond(signed(KEY), 1).is_err());
        assert!(Marketplace::leave_pool(signed(KEY)).is_err());
    });
}

/// A stranger that names somebody gives it no work, and changes nothing of what its calls mean.
#[test]
fn is_bound_to_nothing_before_it_has_agreed() {
    Chain::of(1).execute(|| {
        assert_ok!(set(WORKER, Some(KEY)));
        assert_eq!(Poco::worker_view(WORKER).unwrap().duty_key, Some(KEY));
        let task = its_task();
        assert_eq!(Poco::worker_of(&KEY), KEY);
        assert!(Poco::duties(KEY, vec![]).execute.is_empty());
        assert_noop!(commit_as(KEY, WORKER, task), Error::<Test>::NotAssigned);
        assert_noop!(Poco::heartbeat(signed(KEY)), Error::<Test>::NotOnline);
        assert_noop!(Poco::go_offline(signed(KEY)), Error::<Test>::NotOnline);
        assert_noop!(act_for(OTHER_KEY, Some(WORKER)), Error::<Test>::NotNamed);
        assert_noop!(act_for(KEY, None), Error::<Test>::ActsForNobody);
    });
}

#[test]
fn cannot_be_taken_away_by_who_names_it_too() {
    Chain::of(2).execute(|| {
        // Neither before the worker has named it, nor afterwards.
        assert_ok!(set(WORKER + 1, Some(KEY)));
        appoint(WORKER, KEY);
        assert_ok!(set(WORKER + 1, None));
        assert_ok!(set(WORKER + 1, Some(KEY)));
        assert_eq!(Poco::worker_of(&KEY), WORKER);
        assert_ok!(Marketplace::leave_pool(signed(WORKER + 1)));
        assert_eq!(Poco::worker_of(&KEY), WORKER);
    });
}

#[test]
fn decides_by_itself_for_which_worker_it_acts() {
    Chain::of(2).execute(|| {
        appoint(WORKER, KEY);
        appoint(WORKER + 1, KEY);
        assert_eq!(Poco::worker_of(&KEY), WORKER + 1);
        // What the first one says of it means nothing any more.
        assert_ok!(set(WORKER, None));
        assert_eq!(Poco::worker_of(&KEY), WORKER + 1);
        assert_ok!(act_for(KEY, None));
        assert_eq!(Poco::worker_of(&KEY), KEY);
        assert_ok!(act_for(KEY, Some(WORKER + 1)));
        assert_eq!(Poco::worker_of(&KEY), WORKER + 1);
    });
}

#[test]
fn does_nothing_else() {
    Chain::of(2).execute(|| {
        for busy in [WORKER, WORKER + 1] {
            assert_noop!(set(WORKER, Some(busy)), Error::<Test>::DutyKeyInUse);
        }
        JurorKeys::set(vec![JurorKey { validator: JURORS[0], key: KEY }]);
        assert_noop!(set(WORKER, Some(KEY)), Error::<Test>::DutyKeyInUse);
        JurorKeys::set(vec![]);
        assert_ok!(set(WORKER, Some(KEY)));
        // What it was when it was named may have changed.
        assert_ok!(Stake::bond(signed(KEY), BOND));
        assert_noop!(act_for(KEY, Some(WORKER)), Error::<Test>::DutyKeyInUse);
    });
}

#[test]
fn can_be_replaced_while_tasks_are_open() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        let task = its_task();
        appoint(WORKER, OTHER_KEY);
        assert_noop!(commit_as(KEY, WORKER, task), Error::<Test>::NotAssigned);
        assert_ok!(commit_as(OTHER_KEY, WORKER, task));
        assert_ok!(set(WORKER, None));
        assert_noop!(reveal(OTHER_KEY, task, 7), Error::<Test>::NotAssigned);
        assert_ok!(reveal(WORKER, task, 7));
        assert_eq!(progress(task.deal).completed, 1);
    });
}

/// The seal names the worker, and what is lost is the worker's.
#[test]
fn costs_the_worker_what_it_does_wrong_and_itself_nothing() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        let task = its_task();
        assert_ok!(commit_as(KEY, KEY, task));
        assert_noop!(reveal(KEY, task, 7), Error::<Test>::WrongSeal);
        while progress(task.deal).failed == 0 {
            next_block();
        }
        assert!(wealth(WORKER) < ENDOWMENT);
        assert_eq!(wealth(KEY), ENDOWMENT);
    });
}

#[test]
fn that_says_its_machine_is_short_of_something_costs_no_stake() {
    Chain::of(1).execute(|| {
        appoint(WORKER, KEY);
        let task = its_task();
        assert!(locked(WORKER) > 0);
        assert_ok!(Poco::decline(signed(KEY), task, OutOfResources));
        run_to(System::block_number() + 300);
        let failed = Outcomes::<Test>::get(task);
        assert!(
            matches!(failed, Some(Outcome::Failed { reason: Failure::Declined(OutOfResources), .. })),
            "the buyer reads why: {failed:?}"
        );
        assert_eq!((wealth(WORKER), locked(WORKER)), (ENDOWMENT, 0));
        assert!(Workers::<Test>::get(WORKER).unwrap().online);
    });
}

#[test]
fn is_remembered_for_one_deposit_that_comes_back() {
    Chain::of(1).execute(|| {
        DutyKeyDeposit::set(DEPOSIT);
        appoint(WORKER, KEY);
        assert_eq!(deposit_of(WORKER), DEPOSIT);
        // What is held already is not held again, whatever it costs now.
        DutyKeyDeposit::set(2 * DEPOSIT);
        assert_ok!(set(WORKER, Some(KEY)));
        assert_eq!(Poco::worker_of(&KEY), WORKER, "it has agreed before");
        assert_ok!(set(WORKER, Some(OTHER_KEY)));
        assert_eq!((deposit_of(WORKER), Poco::worker_of(&KEY)), (DEPOSIT, KEY));
        assert_ok!(act_for(OTHER_KEY, Some(WORKER)));
        assert_ok!(set(WORKER, None));
        assert!(is_forgotten(WORKER, OTHER_KEY));
        assert_ok!(set(WORKER, None));
    });
}

#[test]
fn is_forgotten_with_the_worker() {
    Chain::of(2).execute(|| {
        DutyKeyDeposit::set(DEPOSIT);
        appoint(WORKER, KEY);
        assert_ok!(Marketplace::leave_pool(signed(WORKER)));
        assert!(is_forgotten(WORKER, KEY) && !Workers::<Test>::contains_key(WORKER));

        // One whose declines are remembered keeps it until it is forgotten.
        appoint(WORKER + 1, KEY);
        Workers::<Test>::mutate_extant(WORKER + 1, |worker| worker.reliability.declined = 1);
        assert_ok!(Marketplace::leave_pool(signed(WORKER + 1)));
        assert_eq!((Poco::worker_of(&KEY), deposit_of(WORKER + 1)), (WORKER + 1, DEPOSIT));
        System::set_block_number(System::block_number() + 200_000);
        assert_ok!(Poco::deregister(signed(WORKER + 1)));
        assert!(is_forgotten(WORKER + 1, KEY));
    });
}

#[test]
fn of_a_member_that_was_never_online_brings_it_online_and_is_forgotten_too() {
    Chain::of(1).execute(|| {
        DutyKeyDeposit::set(DEPOSIT);
        let member = WORKER + 1;
        assert_noop!(set(member, Some(KEY)), Error::<Test>::NotAMember);
        assert_ok!(Stake::bond(signed(member), BOND));
        assert_ok!(Marketplace::join_pool(signed(member), POOL, None));
        appoint(member, KEY);
        assert_ok!(Marketplace::leave_pool(signed(member)));
        assert!(is_forgotten(member, KEY));
        assert_ok!(Marketplace::join_pool(signed(member), POOL, None));
        appoint(member, KEY);
        run_to(System::block_number() + RIPENING);
        assert_ok!(Poco::go_online(signed(KEY), 1, Default::default()));
        assert!(Workers::<Test>::get(member).unwrap().online);
    });
}

#[test]
fn that_cannot_be_paid_for_is_not_named() {
    Chain::of(1).execute(|| {
        DutyKeyDeposit::set(2 * ENDOWMENT);
        assert_noop!(set(WORKER, Some(KEY)), Error::<Test>::FundsTooLow);
    });
}

#[test]
fn is_counted_with_all_that_is_stored_of_it() {
    use codec::MaxEncodedLen;
    let stored = crate::DutyKey::<[u8; 32]>::max_encoded_len() + <[u8; 32]>::max_encoded_len();
    let counted = talka_primitives::deposit::DUTY_KEY;
    assert!(stored as u32 + 2 * talka_primitives::deposit::KEY <= counted.bytes && counted.items == 2);
}

#[test]
fn learns_as_the_worker_does_what_was_committed_to() {
    Chain::of(2).execute(|| {
        let task = request(1, 1);
        next_block();
        let worker = drawn(task)[0];
        appoint(worker, KEY);
        let known = |who| Poco::committed(who, None);
        assert!(known(worker).items.is_empty(), "it has not committed yet");
        assert_ok!(commit(worker, task, 7));
        let page = known(worker);
        let Phase::Revealing { until, .. } = crate::Tasks::<Test>::get(task).unwrap().phase else { panic!() };
        let [listed] = &page.items[..] else { panic!("one task: {page:?}") };
        assert_eq!((listed.id, listed.item.task, listed.item.who), (task, task, worker));
        assert_eq!((listed.item.part, listed.item.until, page.next), (Part::Worker, until, None));
        assert_eq!(known(KEY), page);
        assert!(known(REQUESTER).items.is_empty() && Poco::committed(worker, Some(task)).items.is_empty());
        assert_ok!(reveal(worker, task, 7));
        assert!(known(worker).items.is_empty());
    });
}
