use frame_support::{assert_noop, assert_ok};

use super::*;
use crate::Error;

#[test]
fn changes_where_and_not_what() {
    build_and_execute(|| {
        open_market();
        let elsewhere = uris("https://example.org/blob");
        assert_ok!(Marketplace::set_app_uris(signed(OWNER), APP, elsewhere.clone()));
        assert_ok!(Marketplace::set_dataset_uris(signed(OWNER), DATASET, elsewhere.clone()));
        assert_eq!(events(), [Event::AppUrisSet { app: APP }, Event::DatasetUrisSet { dataset: DATASET }]);
        assert_eq!(Apps::<Test>::get(APP), Some(App { uris: elsewhere.clone(), ..app() }));
        assert_eq!(Datasets::<Test>::get(DATASET), Some(Dataset { uris: elsewhere, ..dataset() }));
    });
}

#[test]
fn refuses_bad_input() {
    build_and_execute(|| {
        let none = Uris::default();
        assert_noop!(Marketplace::set_app_uris(signed(OWNER), APP, none.clone()), Error::<Test>::UnknownApp);
        assert_noop!(
            Marketplace::set_dataset_uris(signed(OWNER), DATASET, none.clone()),
            Error::<Test>::UnknownDataset
        );
        open_market();
        assert_noop!(Marketplace::set_app_uris(signed(STRANGER), APP, none.clone()), Error::<Test>::NotOwner);
        assert_noop!(Marketplace::set_dataset_uris(signed(STRANGER), DATASET, none), Error::<Test>::NotOwner);
        let garbled = uris(NOT_UTF8);
        assert_noop!(Marketplace::set_app_uris(signed(OWNER), APP, garbled.clone()), Error::<Test>::NotText);
        assert_noop!(Marketplace::set_dataset_uris(signed(OWNER), DATASET, garbled), Error::<Test>::NotText);
    });
}
