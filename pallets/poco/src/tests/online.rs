use crate::{mock::*, Classes, Error, Event, Workers};
use frame_support::{assert_noop, assert_ok};
use talka_primitives::{asset::Uri, PoolPolicy, Score};

fn go_online(who: u64, slots: u8) -> sp_runtime::DispatchResult {
    Poco::go_online(RuntimeOrigin::signed(who), slots, Default::default())
}

#[test]
fn seats_the_worker_and_says_where_its_results_are() {
    Chain::of(1).execute(|| {
        let peer: Uri = "peer://somewhere".try_into().unwrap();
        assert_ok!(Poco::go_online(RuntimeOrigin::signed(WORKER), 3, peer.clone()));
        let view = Poco::worker_view(WORKER).unwrap();
        assert_eq!((view.slots, view.peer, view.online), (3, peer, true));
        assert_eq!(Classes::<Test>::get(BENCH)[0].members, 1);
        System::assert_has_event(Event::WorkerOnline { worker: WORKER, pool: POOL }.into());
        assert_eq!(Poco::worker_views(POOL, 10).len(), 1);
    });
}

#[test]
fn is_refused_outside_a_pool_and_without_slots() {
    Chain::of(1).execute(|| {
        assert_noop!(go_online(REQUESTER, 1), Error::<Test>::NotAMember);
        assert_noop!(go_online(WORKER, 0), Error::<Test>::InvalidSlots);
        assert_noop!(go_online(WORKER, 33), Error::<Test>::InvalidSlots);
        let peer = Uri::try_from(vec![0xff]).unwrap();
        assert_noop!(Poco::go_online(RuntimeOrigin::signed(WORKER), 1, peer), Error::<Test>::NotText);
    });
}

#[test]
fn is_refused_below_the_terms_of_the_pool() {
    Chain::of(1).execute(|| {
        let set = |policy| Marketplace::set_pool_policy(RuntimeOrigin::signed(OPERATOR), POOL, policy);
        let after_the_notice = || run_to(System::block_number() + NOTICE);
        assert_ok!(set(PoolPolicy { min_bond: BOND + 1, ..Default::default() }));
        assert_ok!(go_online(WORKER, 1));
        after_the_notice();
        assert_noop!(go_online(WORKER, 1), Error::<Test>::BondTooSmall);
        assert_ok!(set(PoolPolicy { min_score: Score(1), ..Default::default() }));
        after_the_notice();
        assert_noop!(go_online(WORKER, 1), Error::<Test>::ScoreTooLow);
    });
}

#[test]
fn ends_when_the_worker_says_so() {
    Chain::of(2).execute(|| {
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(WORKER)));
        assert_noop!(Poco::go_offline(RuntimeOrigin::signed(WORKER)), Error::<Test>::NotOnline);
        assert_eq!(Workers::<Test>::get(WORKER).unwrap().place, None);
        let task = request(1, 1);
        next_block();
        assert_eq!(drawn(task), [WORKER + 1]);
    });
}

#[test]
fn does_not_end_what_was_begun() {
    Chain::of(1).execute(|| {
        let task = request(1, 1);
        next_block();
        assert_ok!(Poco::go_offline(RuntimeOrigin::signed(WORKER)));
        assert_noop!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)), Error::<Test>::Busy);
        super::agreement::agree(task, 7);
        assert_ok!(Marketplace::leave_pool(RuntimeOrigin::signed(WORKER)));
        assert!(Workers::<Test>::get(WORKER).is_none());
        assert!(Poco::worker_views(POOL, 10).is_empty());
    });
}

#[test]
fn keeps_seats_dense_when_one_rises() {
    Chain::of(5).execute(|| {
        for who in [WORKER + 1, WORKER, WORKER + 4] {
            assert_ok!(Poco::go_offline(RuntimeOrigin::signed(who)));
            Poco::do_try_state().unwrap();
        }
        assert_eq!(Classes::<Test>::get(BENCH)[0].members, 2);
    });
}

#[test]
fn is_refused_while_the_bond_is_too_young() {
    Chain::of(1).execute(|| {
        let newcomer = WORKER + 1;
        assert_ok!(Stake::bond(RuntimeOrigin::signed(newcomer), BOND));
        assert_ok!(Marketplace::join_pool(RuntimeOrigin::signed(newcomer), POOL, None));
        assert_noop!(go_online(newcomer, 1), Error::<Test>::BondTooYoung);
        let ripe_at = Poco::worker_view(newcomer).unwrap().ripe_at;
        assert_eq!(ripe_at, System::block_number() + RIPENING);
        run_to(ripe_at);
        assert_ok!(go_online(newcomer, 1));
    });
}
