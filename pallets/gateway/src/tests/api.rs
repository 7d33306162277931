use talka_primitives::gateway::CallView;

use super::*;

#[test]
fn tells_how_far_a_call_is() {
    build_and_execute(|| {
        let id = ordered();
        let stored = Calls::<Test>::get(id).unwrap();
        let view = |progress| Some(CallView { call: stored, progress });
        assert_eq!(Gateway::call(id), view(Progress::Open));
        complete(DEAL, good().digest());
        let ended = Ends::get()[&TASK];
        assert_eq!(Gateway::call(id), view(ended));
        forget(DEAL);
        assert_eq!(Gateway::call(id), view(Progress::Lost));
        report_bytes(id, Default::default()).unwrap();
        assert_eq!(Gateway::call(id), None);
    });
}

#[test]
fn lists_all_calls_page_by_page() {
    build_and_execute(|| {
        open_market();
        for nonce in 0..7 {
            deposit(nonce, AMOUNT, &order().message());
        }
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = Gateway::calls(after, 3);
            assert!(page.items.len() <= 3);
            found.extend(page.items.into_iter().map(|listed| listed.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut expected: Vec<_> = (0..7).map(call).collect();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(Gateway::calls(None, u32::MAX).items.len(), 7);
    });
}
