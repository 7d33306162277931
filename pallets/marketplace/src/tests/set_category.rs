use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::Category;

use super::*;
use crate::Error;

#[test]
fn defines_a_size_of_task_at_once() {
    build_and_execute(|| {
        let id = CategoryId(31);
        assert_ok!(Marketplace::set_category(signed(GOVERNOR), id, category("XXL")));
        assert_eq!(events(), [Event::CategorySet { category: id }]);
        assert_eq!(Marketplace::category(id), Some(category("XXL")));
    });
}

/// Prices and orders are for the limits that are known.
#[test]
fn of_a_size_that_exists_is_in_force_when_sellers_have_had_notice() {
    build_and_execute(|| {
        let set = |category| Marketplace::set_category(signed(GOVERNOR), XS, category).unwrap();
        let before = Marketplace::category(XS).unwrap();
        let (now, longer) =
            (System::block_number(), Category { run_time: before.run_time + 1, ..before.clone() });
        set(longer.clone());
        let from = now + NOTICE;
        assert_eq!(events(), [Event::CategoryAnnounced { category: XS, from }]);
        System::set_block_number(from - 1);
        assert_eq!(Marketplace::category(XS).as_ref(), Some(&before));
        assert_eq!(Marketplace::categories()[0].item, before);
        System::set_block_number(from);
        assert_eq!(Marketplace::category(XS).as_ref(), Some(&longer));
        assert_eq!(Marketplace::categories()[0].item, longer);
        // What is in force goes on until others are; and withdraws what was announced.
        set(before.clone());
        assert_eq!(Marketplace::category(XS).as_ref(), Some(&longer));
        set(longer.clone());
        System::set_block_number(from + 2 * NOTICE);
        assert_eq!(Marketplace::category(XS), Some(longer));
    });
}

#[test]
fn is_up_to_governance() {
    build_and_execute(|| {
        for origin in [signed(STRANGER), RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(Marketplace::set_category(origin, XS, category("XS")), DispatchError::BadOrigin);
        }
    });
}

#[test]
fn refuses_what_cannot_be() {
    build_and_execute(|| {
        let set = |id, category| Marketplace::set_category(signed(GOVERNOR), CategoryId(id), category);
        assert_noop!(set(32, category("XL")), Error::<Test>::InvalidCategory);
        assert_noop!(set(2, Category { run_time: 0, ..category("M") }), Error::<Test>::InvalidCategory);
        assert_noop!(set(2, Category { min_value: 0, ..category("M") }), Error::<Test>::InvalidCategory);
        assert_noop!(set(2, Category { fuel: 0, ..category("M") }), Error::<Test>::InvalidCategory);
        for rate in [0, 99, 2_001] {
            let rate = talka_primitives::Rate(rate);
            assert_noop!(
                set(2, Category { audit_rate: rate, ..category("M") }),
                Error::<Test>::InvalidCategory
            );
        }
        assert_noop!(set(2, Category { memory: 0, ..category("M") }), Error::<Test>::InvalidCategory);
        // A task and its audit must fit into the longest deal: 1 + 489 + 5, 2 + 489 + 5 and 10 blocks do not.
        let longest = (MAX_DURATION - LEAST_AUDITED) / 2 + category("M").run_time;
        assert_noop!(
            set(2, Category { run_time: longest + 1, ..category("M") }),
            Error::<Test>::InvalidCategory
        );
        assert_ok!(set(2, Category { run_time: longest, ..category("M") }));
        assert_noop!(set(2, category("")), Error::<Test>::EmptyName);
        assert_noop!(set(2, Category { name: text(NOT_UTF8), ..category("M") }), Error::<Test>::NotText);
    });
}
