use crate::{mock::*, Event};
use talka_primitives::{
    audit::AuditRules,
    bound::Finding,
    gate::GateRules,
    traits::{Audits as _, Passes as _},
    Rate,
};

fn accept(results: u32) {
    (0..results).for_each(|_| Audit::count(KIND, Finding::Together));
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
        // Audited at 20 %, it got away with 9 lies in the mean; one in 2 is tolerated.
        Audit::convicted(XS, Rate(2_000));
        assert_eq!(events(), [Event::GateClosed { category: XS, opens: 4 + 18 }]);
        accept(17);
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
        Audit::convicted(XS, Rate(500));
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
