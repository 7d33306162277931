use crate::{mock::*, Event};
use talka_primitives::{
    audit::AuditRules,
    gate::GateRules,
    traits::{Audits as _, Finding},
    Rate,
};

fn accept(results: u32) {
    (0..results).for_each(|_| Audit::count(KIND, Finding::Together));
}

#[test]
fn let_one_in_after_another() {
    build_and_execute(|| {
        assert!(Audit::let_in(XS, &WORKER));
        assert_eq!(events(), [Event::LetIn { category: XS, worker: WORKER }]);
        // Who is in stays in, and uses up nothing.
        assert!(Audit::let_in(XS, &WORKER));
        assert!(!Audit::let_in(XS, &OTHER));
        accept(4);
        assert!(Audit::let_in(XS, &OTHER));
    });
}

#[test]
fn let_nobody_in_until_a_lie_is_diluted() {
    build_and_execute(|| {
        assert!(Audit::let_in(XS, &WORKER));
        accept(4);
        events();
        // Audited at 20 %, it got away with 9 lies in the mean; one in 2 is tolerated.
        Audit::convicted(XS, &WORKER, Rate(2_000));
        assert_eq!(events(), [Event::GateClosed { category: XS, opens: 4 + 18 }]);
        accept(17);
        assert!(!Audit::let_in(XS, &WORKER));
        assert!(!Audit::let_in(XS, &OTHER));
        accept(1);
        assert!(Audit::let_in(XS, &OTHER));
    });
}

#[test]
fn let_everybody_in_where_there_is_no_gate() {
    build_and_execute(|| {
        let gate = GateRules { interval: 0, tolerated: 0 };
        Audit::set_rules(RuntimeOrigin::root(), AuditRules { gate, ..RULES }).unwrap();
        assert!(Audit::let_in(XS, &WORKER));
        Audit::convicted(XS, &WORKER, Rate(500));
        assert!(Audit::let_in(XS, &WORKER) && Audit::let_in(XS, &OTHER));
    });
}

#[test]
fn make_who_lost_its_merit_pass_the_gate_again() {
    build_and_execute(|| {
        assert!(Audit::let_in(XS, &WORKER));
        Audit::put_out(XS, &WORKER);
        assert!(!Audit::let_in(XS, &WORKER));
    });
}

#[test]
fn count_what_was_found_of_who_stands_alone() {
    build_and_execute(|| {
        Audit::count(KIND, Finding::Together);
        Audit::count(KIND, Finding::Alone { audited: false, wrong: false });
        Audit::count(KIND, Finding::Alone { audited: true, wrong: false });
        Audit::count(KIND, Finding::Alone { audited: true, wrong: true });
        let view = Audit::findings()[0];
        assert_eq!(view.kind, KIND);
        let findings = view.findings;
        assert_eq!((findings.accepted, findings.audited, findings.wrong), (4, 2, 1));
    });
}
