//! Deals that are over, and what is left of them.

use super::agreement::agree;
use crate::{
    forget::AT_LEAST, mock::*, AgendaLength, Appointments, DealStates, EndingEnds, Endings, Error, Event,
    Lots, Outcomes, Places, Retention, Tasks, Waiting,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use sp_runtime::DispatchError;
use talka_pallet_marketplace::{Deals, DealsOf, HoldReason, OpenDeals};
use talka_primitives::{Balance, DealId, StoragePrice, TaskId};

/// For how long deals are remembered here.
const SHORT: u32 = 10;

/// Run a test in which deals are forgotten soon, and cost a deposit.
fn soon(workers: u64, test: impl FnOnce()) {
    Chain::of(workers).execute(|| {
        assert_ok!(Poco::set_retention(RuntimeOrigin::root(), SHORT));
        Storage::set(StoragePrice { item: 10, byte: 1 });
        test();
    });
}

/// Buy `tasks` tasks, and have a worker do them one after the other. Gives the first of them.
fn done(tasks: u32) -> TaskId {
    let first = request(tasks, 1);
    for index in 0..tasks {
        next_block();
        agree(TaskId { index, ..first }, 7);
    }
    first
}

fn deadline(deal: DealId) -> u32 {
    Deals::<Test>::get(deal).unwrap().deadline
}

fn deposit_of(who: u64) -> Balance {
    Balances::balance_on_hold(&HoldReason::Deposit.into(), &who)
}

/// How many items there are in all maps that have one for a deal or a task.
fn items() -> usize {
    [
        Deals::<Test>::iter_keys().count(),
        DealsOf::<Test>::iter_keys().count(),
        OpenDeals::<Test>::iter_keys().count(),
        DealStates::<Test>::iter_keys().count(),
        Tasks::<Test>::iter_keys().count(),
        Outcomes::<Test>::iter_keys().count(),
        Waiting::<Test>::iter_keys().count(),
        Places::<Test>::iter_keys().count(),
        Lots::<Test>::iter_keys().count(),
        Appointments::<Test>::iter_keys().count(),
        AgendaLength::<Test>::iter_keys().count(),
        Endings::<Test>::iter_keys().count(),
    ]
    .iter()
    .sum()
}

fn forget(who: u64, deal: DealId, outcomes: u32) -> sp_runtime::DispatchResult {
    let outcome = Poco::forget_deal(RuntimeOrigin::signed(who), deal, outcomes);
    outcome.map(|_| ()).map_err(|error| error.error)
}

#[test]
fn leaves_nothing_of_a_deal_and_gives_its_deposit_back() {
    soon(1, || {
        assert_eq!(items(), 0);
        let first = done(3);
        let (deadline, free) = (deadline(first.deal), Balances::free_balance(REQUESTER));
        let deposit = deposit_of(REQUESTER);
        assert!(deposit > 0 && items() > 0);
        run_to(deadline + SHORT);
        assert_eq!((progress(first.deal).completed, Outcomes::<Test>::iter_keys().count()), (3, 3));
        assert_eq!(deposit_of(REQUESTER), deposit);
        next_block();
        assert_eq!((items(), deposit_of(REQUESTER)), (0, 0));
        assert_eq!(Balances::free_balance(REQUESTER), free + deposit);
        System::assert_has_event(Event::DealForgotten { deal: first.deal }.into());
        assert_eq!(EndingEnds::<Test>::get().length(), 0);
    });
}

#[test]
fn leaves_nothing_of_deals_that_nobody_served_or_that_were_cancelled() {
    soon(0, || {
        let (expired, cancelled) = (request(5, 4), request(7, 4));
        next_block();
        assert_ok!(Poco::cancel_deal(RuntimeOrigin::signed(REQUESTER), cancelled.deal));
        run_to(deadline(expired.deal) + 1 + SHORT);
        assert_eq!((items(), deposit_of(REQUESTER), wealth(REQUESTER)), (0, 0, ENDOWMENT));
    });
}

#[test]
fn waits_for_the_end_of_all_tasks() {
    soon(1, || {
        let (task, deadline) = super::agreement::begun_late(1, 1);
        super::agreement::work_until(task, deadline - 1);
        let who = drawn(task)[0];
        assert_ok!(commit(who, task, 7));
        run_to(deadline + 3);
        assert_eq!(forget(REQUESTER, task.deal, 1), Err(Error::<Test>::NotOver.into()));
        assert_ok!(reveal(who, task, 7));
        // From now on, because the deadline has passed.
        run_to(deadline + 2 + SHORT);
        assert!(Poco::deal_view(task.deal).is_some());
        next_block();
        assert!(Poco::deal_view(task.deal).is_none());
    });
}

#[test]
fn need_not_be_waited_for_by_the_requester_once_the_deadline_has_passed() {
    soon(1, || {
        let first = done(1);
        let deal = first.deal;
        assert_noop!(forget(REQUESTER, deal, 9), Error::<Test>::BeforeDeadline);
        run_to(deadline(deal) + 1);
        assert_noop!(forget(OPERATOR, deal, 9), Error::<Test>::StillRemembered);
        assert_ok!(forget(REQUESTER, deal, 9));
        assert_eq!((items(), deposit_of(REQUESTER)), (0, 0));
        assert_noop!(forget(REQUESTER, deal, 9), Error::<Test>::DealForgotten);
        assert_noop!(forget(REQUESTER, DealId(1), 9), Error::<Test>::UnknownDeal);
    });
}

#[test]
fn is_everybodys_right_when_the_time_has_come() {
    soon(0, || {
        let deals: Vec<_> = (0..3).map(|_| request(1, 1).deal).collect();
        let deal = deals[0];
        run_to(deadline(deal) + SHORT);
        // The chain has no time for it.
        BlockShare::set(sp_runtime::Perbill::from_parts(0));
        next_block();
        assert!(Poco::deal_view(deal).is_some());
        assert_ok!(forget(FUND, deal, 0));
        assert!(Poco::deal_view(deal).is_none());
    });
}

#[test]
fn of_a_large_bag_takes_several_calls_and_counts_as_forgotten_from_the_first_on() {
    soon(1, || {
        let first = done(3);
        run_to(deadline(first.deal) + 1);
        let deposit = deposit_of(REQUESTER);
        assert_ok!(forget(REQUESTER, first.deal, 2));
        assert_eq!((Outcomes::<Test>::iter_keys().count(), deposit_of(REQUESTER)), (1, deposit));
        assert!(Poco::is_forgotten(first.deal) && Poco::deal_view(first.deal).is_none());
        for index in 0..3 {
            assert_eq!(Poco::task_view(TaskId { index, ..first }), None);
        }
        assert_eq!(Poco::outcomes(first.deal, 0, 100).items, []);
        Poco::do_try_state().unwrap();
        assert_ok!(forget(REQUESTER, first.deal, 1));
        assert_eq!((items(), deposit_of(REQUESTER)), (0, 0));
    });
}

#[test]
fn weighs_what_it_forgets() {
    use crate::{Config, WeightInfo};
    soon(1, || {
        let first = done(2);
        run_to(deadline(first.deal) + 1);
        let done = Poco::forget_deal(RuntimeOrigin::signed(REQUESTER), first.deal, 500).unwrap();
        assert_eq!(done.actual_weight, Some(<Test as Config>::WeightInfo::forget_deal(2)));
    });
}

#[test]
fn tells_what_was_forgotten_from_what_never_was() {
    soon(1, || {
        let task = done(1);
        run_to(deadline(task.deal) + 1 + SHORT);
        assert_eq!((Poco::deal_view(task.deal), Poco::task_view(task)), (None, None));
        assert!(Poco::is_forgotten(task.deal) && !Poco::is_forgotten(DealId(1)));
        let cancel = |deal| Poco::cancel_deal(RuntimeOrigin::signed(REQUESTER), deal);
        assert_noop!(cancel(task.deal), Error::<Test>::DealForgotten);
        assert_noop!(cancel(DealId(1)), Error::<Test>::UnknownDeal);
        assert_noop!(commit(WORKER, task, 7), Error::<Test>::DealForgotten);
        let never = TaskId { deal: DealId(1), index: 0 };
        assert_noop!(commit(WORKER, never, 7), Error::<Test>::UnknownTask);
        // One that is not taken in yet is not forgotten.
        let new = request(1, 1);
        assert!(!Poco::is_forgotten(new.deal) && Poco::deal_view(new.deal).is_some());
        assert!(Poco::deal_views([task.deal, new.deal], 9).len() == 1);
    });
}

/// The next block, of many: nothing is checked.
fn pass() {
    use frame_support::traits::Hooks;
    System::reset_events();
    System::set_block_number(System::block_number() + 1);
    Poco::on_initialize(System::block_number());
}

#[test]
fn keeps_up_with_what_is_written_however_much_that_is() {
    soon(0, || {
        // The requester can afford as many.
        Storage::set(StoragePrice { item: 1, byte: 0 });
        let each_block = 2 * AT_LEAST;
        let lasts = LEAST + 1 + SHORT;
        for _ in 0..lasts + 40 {
            for _ in 0..each_block {
                request_until(1, 1, System::block_number() + LEAST);
            }
            pass();
            let remembered = DealStates::<Test>::iter_keys().count() as u32;
            assert!(remembered <= (lasts + 2) * each_block, "{remembered}");
        }
        (0..2 * lasts).for_each(|_| pass());
        assert_eq!((items(), deposit_of(REQUESTER)), (0, 0));
    });
}

#[test]
fn is_made_up_for_where_a_block_had_no_room() {
    soon(0, || {
        let deals: Vec<_> = (0..4 * AT_LEAST).map(|_| request(1, 1).deal).collect();
        let first = deals[0];
        let deadline = deadline(first);
        let remembered = || DealStates::<Test>::iter_keys().count() as u32;
        run_to(deadline + SHORT);
        // As many records are written again as are due, and there is no room for anything.
        crate::Written::<Test>::put(2 * AT_LEAST);
        BlockShare::set(sp_runtime::Perbill::from_parts(0));
        next_block();
        assert_eq!(remembered(), 4 * AT_LEAST);
        BlockShare::set(sp_runtime::Perbill::from_percent(25));
        next_block();
        assert_eq!(remembered(), AT_LEAST);
    });
}

#[test]
fn goes_on_when_nothing_is_written_any_more() {
    soon(0, || {
        let deals: Vec<_> = (0..5 * AT_LEAST).map(|_| request(1, 1).deal).collect();
        let first = deals[0];
        let deadline = deadline(first);
        run_to(deadline + SHORT);
        let mut before = DealStates::<Test>::iter_keys().count() as u32;
        while before > 0 {
            next_block();
            let now = DealStates::<Test>::iter_keys().count() as u32;
            assert_eq!(now, before - AT_LEAST);
            before = now;
        }
    });
}

#[test]
fn goes_on_in_order_past_those_that_were_forgotten_on_request() {
    soon(0, || {
        let deals: Vec<_> = (0..4).map(|_| request(1, 1).deal).collect();
        run_to(deadline(deals[3]) + 1);
        for deal in [deals[1], deals[0]] {
            assert_ok!(forget(REQUESTER, deal, 0));
            Poco::do_try_state().unwrap();
        }
        assert_eq!(Endings::<Test>::iter_keys().count(), 2);
        run_to(deadline(deals[3]) + 1 + SHORT);
        assert_eq!((items(), EndingEnds::<Test>::get().length()), (0, 0));
    });
}

#[test]
fn takes_as_long_as_governance_says_also_for_what_is_over_already() {
    soon(0, || {
        let deal = request(1, 1).deal;
        let deadline = deadline(deal);
        run_to(deadline + 2);
        let set = |blocks| Poco::set_retention(RuntimeOrigin::root(), blocks);
        assert_ok!(set(3 * SHORT));
        System::assert_has_event(Event::RetentionSet { blocks: 3 * SHORT }.into());
        run_to(deadline + 2 * SHORT);
        assert!(Poco::deal_view(deal).is_some());
        assert_ok!(set(SHORT));
        next_block();
        assert!(Poco::deal_view(deal).is_none());
        for blocks in [0, SHORT - 1, 2 * RETENTION + 1] {
            assert_noop!(set(blocks), Error::<Test>::ImpossibleRetention);
        }
        let set = Poco::set_retention(RuntimeOrigin::signed(OPERATOR), SHORT);
        assert_noop!(set, DispatchError::BadOrigin);
        assert_eq!(Retention::<Test>::get(), SHORT);
    });
}
