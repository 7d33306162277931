use sp_runtime::BuildStorage;
use talka_primitives::{view::Listed, Category};

use super::*;
use crate::GenesisConfig;

fn build(categories: Vec<Listed<CategoryId, Category>>) {
    GenesisConfig::<Test> { categories, ..Default::default() }.build_storage().unwrap();
}

#[test]
fn defines_categories() {
    build_and_execute(|| {
        assert_eq!(Marketplace::category(XS), Some(category("XS")));
        assert_eq!(Marketplace::category(S), Some(category("S")));
    });
}

#[test]
#[should_panic(expected = "category 32 is not possible")]
fn refuses_an_impossible_category() {
    build(vec![Listed { id: CategoryId(32), item: category("XL") }]);
}

#[test]
#[should_panic(expected = "category 0 is there twice")]
fn refuses_a_second_category_of_one_number() {
    build(vec![Listed { id: XS, item: category("XS") }, Listed { id: XS, item: category("XS") }]);
}
