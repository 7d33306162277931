use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use talka_primitives::Category;

use super::*;
use crate::{Categories, Error};

#[test]
fn defines_a_size_of_task_new_and_anew() {
    build_and_execute(|| {
        for (id, name) in [(CategoryId(31), "XXL"), (XS, "tiny")] {
            assert_ok!(Marketplace::set_category(signed(GOVERNOR), id, category(name)));
            assert_eq!(events(), [Event::CategorySet { category: id }]);
            assert_eq!(Categories::<Test>::get(id), Some(category(name)));
        }
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
