use frame_support::{assert_noop, assert_ok};
use talka_primitives::order::Subject;

use super::*;
use crate::{Error, PendingOwners};

/// Offer all that is on the market to somebody.
fn offer_all(to: u64) {
    assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, to));
    assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, to));
    assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, to));
}

const SUBJECTS: [Subject; 3] = [Subject::App(APP), Subject::Dataset(DATASET), Subject::Pool(POOL)];

#[test]
fn makes_the_new_owners_signature_count_once_it_has_accepted() {
    build_and_execute(|| {
        open_market();
        offer_all(STRANGER);
        assert_eq!(events(), SUBJECTS.map(|subject| Event::TransferOffered { subject, to: STRANGER }));
        assert_noop!(Marketplace::set_app_price(signed(STRANGER), APP, Some(0)), Error::<Test>::NotOwner);
        assert_ok!(Marketplace::accept_app(signed(STRANGER), APP));
        assert_ok!(Marketplace::accept_dataset(signed(STRANGER), DATASET));
        assert_ok!(Marketplace::accept_pool(signed(STRANGER), POOL, 5));
        assert_eq!(
            events(),
            [
                Event::AppTransferred { app: APP, from: OWNER, to: STRANGER },
                Event::DatasetTransferred { dataset: DATASET, from: OWNER, to: STRANGER },
                Event::PoolTransferred { pool: POOL, from: OPERATOR, to: STRANGER },
                Event::GuaranteeLimitSet { pool: POOL, limit: 5 },
            ]
        );
        assert_noop!(Marketplace::set_app_price(signed(OWNER), APP, Some(0)), Error::<Test>::NotOwner);
        assert_noop!(
            Marketplace::set_dataset_price(signed(OWNER), DATASET, Some(0)),
            Error::<Test>::NotOwner
        );
        assert_noop!(Marketplace::set_pool_policy(signed(OPERATOR), POOL, policy()), Error::<Test>::NotOwner);
        assert_ok!(Marketplace::set_app_price(signed(STRANGER), APP, Some(0)));
        assert_ok!(Marketplace::set_dataset_price(signed(STRANGER), DATASET, Some(0)));
        assert_ok!(Marketplace::set_pool_policy(signed(STRANGER), POOL, policy()));
        assert_eq!(PendingOwners::<Test>::iter().count(), 0);
    });
}

#[test]
fn changes_nothing_else_but_the_limit_of_what_is_held_of_the_operator() {
    build_and_execute(|| {
        open_market();
        let pool = Pools::<Test>::get(POOL).unwrap();
        offer_all(STRANGER);
        assert_ok!(Marketplace::accept_app(signed(STRANGER), APP));
        assert_ok!(Marketplace::accept_dataset(signed(STRANGER), DATASET));
        assert_ok!(Marketplace::accept_pool(signed(STRANGER), POOL, 5));
        assert_eq!(Apps::<Test>::get(APP), Some(App { owner: STRANGER, ..app() }));
        assert_eq!(Datasets::<Test>::get(DATASET), Some(Dataset { owner: STRANGER, ..dataset() }));
        let accepted = Pool { owner: STRANGER, guarantee_limit: 5, ..pool };
        assert_eq!(Pools::<Test>::get(POOL), Some(accepted));
    });
}

#[test]
fn of_a_pool_to_a_stranger_that_did_not_sign_holds_nothing_of_it() {
    build_and_execute(|| {
        open_market();
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, STRANGER));
        assert_ok!(Marketplace::request(signed(REQUESTER), order(3)));
        assert_eq!(held(HoldReason::Guarantee, STRANGER), 0);
        assert_eq!(held(HoldReason::Guarantee, OPERATOR), 3 * GUARANTEE);
    });
}

#[test]
fn is_for_the_account_that_was_named_last() {
    build_and_execute(|| {
        open_market();
        offer_all(STRANGER);
        offer_all(WORKER);
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::NotOffered);
        assert_noop!(Marketplace::accept_dataset(signed(STRANGER), DATASET), Error::<Test>::NotOffered);
        assert_noop!(Marketplace::accept_pool(signed(STRANGER), POOL, 0), Error::<Test>::NotOffered);
        assert_ok!(Marketplace::accept_app(signed(WORKER), APP));
        assert_noop!(Marketplace::accept_app(signed(WORKER), APP), Error::<Test>::NotOffered);
    });
}

#[test]
fn is_withdrawn_by_an_offer_to_oneself() {
    build_and_execute(|| {
        open_market();
        assert_noop!(Marketplace::transfer_app(signed(OWNER), APP, OWNER), Error::<Test>::NothingOffered);
        offer_all(STRANGER);
        events();
        assert_ok!(Marketplace::transfer_app(signed(OWNER), APP, OWNER));
        assert_ok!(Marketplace::transfer_dataset(signed(OWNER), DATASET, OWNER));
        assert_ok!(Marketplace::transfer_pool(signed(OPERATOR), POOL, OPERATOR));
        assert_eq!(events(), SUBJECTS.map(|subject| Event::TransferWithdrawn { subject }));
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::NotOffered);
        assert_noop!(Marketplace::accept_dataset(signed(STRANGER), DATASET), Error::<Test>::NotOffered);
        assert_noop!(Marketplace::accept_pool(signed(STRANGER), POOL, 0), Error::<Test>::NotOffered);
    });
}

#[test]
fn refuses_somebody_else() {
    build_and_execute(|| {
        open_market();
        assert_noop!(Marketplace::transfer_app(signed(STRANGER), APP, STRANGER), Error::<Test>::NotOwner);
        assert_noop!(
            Marketplace::transfer_dataset(signed(STRANGER), DATASET, STRANGER),
            Error::<Test>::NotOwner
        );
        assert_noop!(Marketplace::transfer_pool(signed(OWNER), POOL, OWNER), Error::<Test>::NotOwner);
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::NotOffered);
    });
}

#[test]
fn refuses_the_unknown() {
    build_and_execute(|| {
        assert_noop!(Marketplace::transfer_app(signed(OWNER), APP, STRANGER), Error::<Test>::UnknownApp);
        assert_noop!(
            Marketplace::transfer_dataset(signed(OWNER), DATASET, STRANGER),
            Error::<Test>::UnknownDataset
        );
        assert_noop!(Marketplace::transfer_pool(signed(OWNER), POOL, STRANGER), Error::<Test>::UnknownPool);
        assert_noop!(Marketplace::accept_app(signed(STRANGER), APP), Error::<Test>::UnknownApp);
        assert_noop!(Marketplace::accept_dataset(signed(STRANGER), DATASET), Error::<Test>::UnknownDataset);
        assert_noop!(Marketplace::accept_pool(signed(STRANGER), POOL, 0), Error::<Test>::UnknownPool);
    });
}
