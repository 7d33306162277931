use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::*;
use crate::{Error, NextAppId, NextDatasetId, NextPoolId};

#[test]
fn lists_an_app_under_the_next_number() {
    build_and_execute(|| {
        assert_ok!(publish_app(app()));
        assert_ok!(publish_app(App { owner: STRANGER, ..app() }));
        assert_eq!(
            events(),
            [
                Event::AppPublished { app: AppId(0), owner: OWNER },
                Event::AppPublished { app: AppId(1), owner: STRANGER }
            ]
        );
        assert_eq!(Apps::<Test>::get(AppId(0)), Some(app()));
    });
}

#[test]
fn lists_a_dataset_under_the_next_number() {
    build_and_execute(|| {
        assert_ok!(publish_dataset(dataset()));
        assert_eq!(events(), [Event::DatasetPublished { dataset: DATASET, owner: OWNER }]);
        assert_eq!(Datasets::<Test>::get(DATASET), Some(dataset()));
    });
}

#[test]
fn lists_a_pool_that_serves_nothing_yet() {
    build_and_execute(|| {
        assert_ok!(publish_pool(policy()));
        assert_eq!(events(), [Event::PoolPublished { pool: POOL, owner: OPERATOR }]);
        let pool = Pools::<Test>::get(POOL).unwrap();
        assert_eq!((pool.owner, pool.policy, pool.tags), (OPERATOR, policy(), Tags(0b111)));
        assert!(pool.prices.is_empty());
        assert_eq!((pool.announced, pool.guarantee_limit), (None, Balance::MAX));
    });
}

#[test]
fn refuses_an_empty_name() {
    build_and_execute(|| {
        assert_noop!(publish_app(App { name: Name::default(), ..app() }), Error::<Test>::EmptyName);
        let nameless = Dataset { name: Name::default(), ..dataset() };
        assert_noop!(publish_dataset(nameless), Error::<Test>::EmptyName);
    });
}

#[test]
fn refuses_what_is_not_text() {
    build_and_execute(|| {
        for app in [
            App { name: text(NOT_UTF8), ..app() },
            App { uris: uris(NOT_UTF8), ..app() },
            App { description: text(NOT_UTF8), ..app() },
            App { name: text("\u{1b}[2J"), ..app() },
        ] {
            assert_noop!(publish_app(app), Error::<Test>::NotText);
        }
        for dataset in [
            Dataset { name: text(NOT_UTF8), ..dataset() },
            Dataset { uris: uris(NOT_UTF8), ..dataset() },
            Dataset { description: text(NOT_UTF8), ..dataset() },
        ] {
            assert_noop!(publish_dataset(dataset), Error::<Test>::NotText);
        }
        let description: Description = text(NOT_UTF8);
        assert_noop!(
            Marketplace::publish_pool(signed(OPERATOR), description, policy(), Tags(0), 0),
            Error::<Test>::NotText
        );
    });
}

#[test]
fn cannot_be_given_a_name_that_is_too_long() {
    use codec::{Decode, Encode};
    let encoded = vec![b'a'; 65].encode();
    assert!(Name::decode(&mut &encoded[..]).is_err());
    assert!(Name::try_from(vec![b'a'; 65]).is_err());
}

#[test]
fn refuses_a_policy_of_more_than_the_whole() {
    build_and_execute(|| {
        for policy in [
            PoolPolicy { worker_stake_ratio: Share(101), ..policy() },
            PoolPolicy { operator_share: Share(255), ..policy() },
        ] {
            assert_noop!(publish_pool(policy), Error::<Test>::InvalidPolicy);
        }
    });
}

#[test]
fn ends_with_the_last_number() {
    new_test_ext().execute_with(|| {
        NextAppId::<Test>::put(AppId(u32::MAX));
        NextDatasetId::<Test>::put(DatasetId(u32::MAX));
        NextPoolId::<Test>::put(PoolId(u32::MAX));
        assert_noop!(publish_app(app()), Error::<Test>::IdsExhausted);
        assert_noop!(publish_dataset(dataset()), Error::<Test>::IdsExhausted);
        assert_noop!(publish_pool(policy()), Error::<Test>::IdsExhausted);
    });
}

#[test]
fn needs_a_signature() {
    build_and_execute(|| {
        let outcome =
            Marketplace::publish_pool(RuntimeOrigin::none(), Description::default(), policy(), Tags(0), 0);
        assert_noop!(outcome, DispatchError::BadOrigin);
    });
}
