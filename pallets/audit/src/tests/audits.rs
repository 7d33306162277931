use crate::{mock::*, Event, Gates};
use talka_primitives::{
    audit::{Assurance, AuditRules, Kind},
    bound::{Audit as Found, Finding, Sample, Sum},
    gate::{GateRules, Worth},
    traits::{Audits as _, ErrorBounds as _, Passes as _},
    Balance, Rate,
};

/// A result at this price, for which `paid` went to an auditor.
fn sample(alone: Option<Rate>, audit: Found, price: Balance, paid: Balance) -> Sample {
    Sample { finding: Finding { alone, audit, paid }, price, floor: FLOOR }
}

/// Accepts `results` results of several workers, at the floor.
fn accept(results: u32) {
    (0..results).for_each(|_| Audit::count(KIND, sample(None, Found::Right, FLOOR, FLOOR)));
}

fn lie(rate: u16) -> Worth {
    Worth { amount: FLOOR, floor: FLOOR, rate: Rate(rate) }
}

#[test]
fn give_one_pass_after_another() {
    build_and_execute(|| {
        assert!(Audit::admit(XS, &WORKER));
        assert_eq!(events(), [Event::PassGranted { category: XS, worker: WORKER }]);
        // A pass lasts, and its owner uses up nothing.
        assert!(Audit::admit(XS, &WORKER));
        assert!(!Audit::admit(XS, &OTHER));
        accept(4);
        assert!(Audit::admit(XS, &OTHER));
    });
}

#[test]
fn give_no_pass_until_a_lie_is_diluted() {
    build_and_execute(|| {
        assert!(Audit::admit(XS, &WORKER));
        accept(4);
        events();
        // Audited at 20 %, it got away with 14 lies in the mean; one in 2 is tolerated.
        Audit::convicted(XS, lie(2_000));
        assert_eq!(events(), [Event::GateClosed { category: XS, opens: 4 + 28 }]);
        accept(27);
        assert!(!Audit::admit(XS, &OTHER));
        accept(1);
        assert!(Audit::admit(XS, &OTHER));
    });
}

#[test]
fn give_everybody_a_pass_where_there_is_no_gate() {
    build_and_execute(|| {
        let gate = GateRules { interval: 0, tolerated: 0 };
        Audit::set_rules(RuntimeOrigin::root(), AuditRules { gate, ..RULES }).unwrap();
        assert!(Audit::admit(XS, &WORKER));
        Audit::convicted(XS, lie(500));
        assert!(Audit::admit(XS, &WORKER) && Audit::admit(XS, &OTHER));
    });
}

#[test]
fn revoke_all_passes_of_who_is_convicted() {
    build_and_execute(|| {
        assert!(Audit::admit(XS, &WORKER) && Audit::admit(S, &WORKER));
        events();
        Audit::revoke(&WORKER);
        assert_eq!(events(), [Event::PassesRevoked { worker: WORKER }]);
        assert!(!Audit::admit(XS, &WORKER) && !Audit::admit(S, &WORKER));
        // One that has none loses none.
        Audit::revoke(&WORKER);
        assert_eq!(events(), []);
    });
}

#[test]
fn count_what_was_found_of_who_stands_alone() {
    build_and_execute(|| {
        let alone = Some(Rate(500));
        Audit::count(KIND, sample(None, Found::Right, 10, 10));
        Audit::count(KIND, sample(alone, Found::None, 20, 0));
        Audit::count(KIND, sample(alone, Found::Right, 30, 30));
        Audit::count(KIND, sample(alone, Found::Wrong, 40, 0));
        Audit::count(KIND, sample(alone, Found::Undecided, 50, 0));
        // Below the floor: apart.
        Audit::count(KIND, sample(alone, Found::Wrong, 9, 0));
        let view = Audit::findings()[0];
        assert_eq!(view.kind, KIND);
        let sum = |count, value| Sum { count, value };
        let counts = view.findings.priced;
        assert_eq!((counts.accepted, counts.audited), (sum(4, 100), sum(3, 120)));
        assert_eq!((counts.wrong, counts.undecided), (sum(1, 40), sum(1, 50)));
        assert_eq!(view.findings.cheap.wrong, sum(1, 9));
    });
}

#[test]
fn do_not_open_the_gate_for_results_that_cost_their_buyer_nothing() {
    build_and_execute(|| {
        assert!(Audit::admit(XS, &WORKER));
        // The price went to the buyer's own app and pool, and nobody else was paid.
        for _ in 0..1_000 {
            Audit::count(KIND, sample(Some(Rate(500)), Found::None, 1_000_000, 0));
        }
        // Results that no jury can judge have no workers that work alone.
        let replicated = Kind { assurance: Assurance::Replicated, ..KIND };
        (0..1_000).for_each(|_| Audit::count(replicated, sample(None, Found::Right, FLOOR, FLOOR)));
        assert!(!Audit::admit(XS, &OTHER));
        // One audit at 5 % stands for twenty results at the floor.
        Audit::count(KIND, sample(Some(Rate(500)), Found::Right, FLOOR, FLOOR));
        assert_eq!(Gates::<Test>::get(XS).clock, 20);
        assert!(Audit::admit(XS, &OTHER));
    });
}

#[test]
fn count_an_audit_that_nobody_decided_as_wrong() {
    build_and_execute(|| {
        let alone = Some(Rate(500));
        (0..99).for_each(|_| Audit::count(KIND, sample(alone, Found::Right, FLOOR, FLOOR)));
        Audit::count(KIND, sample(alone, Found::Undecided, FLOOR, 0));
        let counts = Audit::findings()[0].findings.priced;
        assert_eq!((counts.accepted.count, counts.audited.count, counts.wrong.count), (99, 100, 0));
        assert_eq!(counts.upper95(), talka_primitives::bound::upper95(1, 100));
    });
}

#[test]
fn bound_the_error_of_results_at_the_floor_alone() {
    build_and_execute(|| {
        assert_eq!(Audit::error_bound(KIND), 1_000_000);
        let alone = Some(Rate(500));
        (0..1_000).for_each(|_| Audit::count(KIND, sample(alone, Found::Right, FLOOR, FLOOR)));
        let bound = Audit::error_bound(KIND);
        // 0 of 1 000: three in a thousand.
        assert!((2_991..3_050).contains(&bound), "{bound}");
        (0..1_000).for_each(|_| Audit::count(KIND, sample(alone, Found::Right, FLOOR - 1, FLOOR)));
        assert_eq!(Audit::error_bound(KIND), bound);
        Audit::count(KIND, sample(alone, Found::Wrong, FLOOR, FLOOR));
        assert!(Audit::error_bound(KIND) > bound);
    });
}
