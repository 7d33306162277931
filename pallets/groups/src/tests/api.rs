use talka_primitives::view::Listed;

use super::*;
use crate::api::MAX_PAGE;

/// The numbers of the groups on a page.
fn ids(from: u32, limit: u32) -> Vec<u32> {
    AccessGroups::groups(GroupId(from), limit).items.into_iter().map(|listed| listed.id.0).collect()
}

/// The first group, with `size` members.
fn crowd(size: u64) -> Vec<u64> {
    let members: Vec<_> = (100..100 + size).collect();
    group_of([]);
    for members in members.chunks(MAX_BATCH as usize) {
        AccessGroups::add_members(signed(ALICE), GROUP, batch(members)).unwrap();
    }
    members
}

/// All members of the first group, page by page.
fn page_through(limit: u32) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let page = AccessGroups::members(GROUP, all.last().copied(), limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn lists_the_groups_page_by_page() {
    build_and_execute(|| {
        group_of([BOB]);
        for _ in 1..5 {
            AccessGroups::create_group(signed(BOB), name("one more")).unwrap();
        }
        assert_eq!(ids(0, 2), [0, 1]);
        assert_eq!(ids(3, 9), [3, 4]);
        assert_eq!((ids(5, 9), ids(u32::MAX, u32::MAX), ids(0, 0)), (vec![], vec![], vec![]));
        let item = Group { owner: ALICE, name: name("our own machines"), members: 1 };
        assert_eq!(AccessGroups::groups(GROUP, 1).items, [Listed { id: GROUP, item }]);
    });
}

#[test]
fn looks_at_a_thousand_and_says_where_to_go_on_however_many_were_disbanded() {
    build_and_execute(|| {
        for group in 0..=1_000 {
            AccessGroups::create_group(signed(BOB), name("one more")).unwrap();
            AccessGroups::disband_group(signed(BOB), GroupId(group)).unwrap();
        }
        AccessGroups::create_group(signed(BOB), name("the last")).unwrap();
        let page = AccessGroups::groups(GroupId(0), 1);
        assert_eq!((page.items, page.next), (vec![], Some(GroupId(1_000))));
        assert_eq!(ids(1_000, 1), [1_001]);
    });
}

#[test]
fn leaves_out_the_groups_that_were_disbanded() {
    build_and_execute(|| {
        for _ in 0..5 {
            AccessGroups::create_group(signed(BOB), name("one more")).unwrap();
        }
        for group in [0, 2, 3] {
            AccessGroups::disband_group(signed(BOB), GroupId(group)).unwrap();
        }
        assert_eq!((ids(0, 9), ids(0, 1), ids(2, 1)), (vec![1, 4], vec![1], vec![4]));
    });
}

#[test]
fn finds_one_group_by_its_number() {
    build_and_execute(|| {
        group_of([]);
        assert_eq!(AccessGroups::group(GROUP), Groups::<Test>::get(GROUP));
        assert_eq!(AccessGroups::group(GROUP).map(|group| group.owner), Some(ALICE));
        assert_eq!(AccessGroups::group(UNKNOWN_GROUP), None);
    });
}

#[test]
fn lists_every_member_once_whatever_the_page() {
    build_and_execute(|| {
        let crowd = crowd(23);
        AccessGroups::create_group(signed(BOB), name("another")).unwrap();
        AccessGroups::add_members(signed(BOB), GroupId(1), batch([BOB, CAROL])).unwrap();
        let order = AccessGroups::members(GROUP, None, u32::MAX);
        for limit in [1, 2, 7, 23, 24] {
            let mut all = page_through(limit);
            assert_eq!(all, order);
            all.sort();
            assert_eq!(all, crowd);
        }
        assert!(AccessGroups::members(GROUP, None, 0).is_empty());
        assert!(AccessGroups::members(UNKNOWN_GROUP, None, 9).is_empty());
        assert!(AccessGroups::members(UNKNOWN_GROUP, Some(BOB), 9).is_empty());
    });
}

#[test]
fn goes_on_behind_a_member_that_has_left_meanwhile() {
    build_and_execute(|| {
        crowd(9);
        let order = AccessGroups::members(GROUP, None, 9);
        AccessGroups::remove_members(signed(ALICE), GROUP, batch([order[3]])).unwrap();
        assert_eq!(AccessGroups::members(GROUP, Some(order[3]), 9), order[4..]);
    });
}

#[test]
fn never_lists_more_than_a_page() {
    build_and_execute(|| {
        crowd(u64::from(MAX_PAGE) + 5);
        for _ in 0..MAX_PAGE + 4 {
            AccessGroups::create_group(signed(BOB), name("one more")).unwrap();
        }
        assert_eq!(ids(0, u32::MAX).len(), MAX_PAGE as usize);
        assert_eq!(ids(MAX_PAGE, u32::MAX).len(), 5);
        let page = AccessGroups::members(GROUP, None, u32::MAX);
        assert_eq!(page.len(), MAX_PAGE as usize);
        assert_eq!(AccessGroups::members(GROUP, page.last().copied(), u32::MAX).len(), 5);
    });
}

#[test]
fn says_who_is_a_member() {
    build_and_execute(|| {
        group_of([BOB]);
        assert!(AccessGroups::is_member(GROUP, &BOB));
        assert!(!AccessGroups::is_member(GROUP, &CAROL));
        assert!(!AccessGroups::is_member(UNKNOWN_GROUP, &BOB));
    });
}
