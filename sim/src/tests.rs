//! A short variant of what the program does, with thresholds.

use talka_primitives::{
    audit::{wrong_before_found, DEFAULT_RATE},
    gate::GateRules,
    Rate,
};

use crate::{
    report,
    scenario::{play_all, Common, Kind, Row, Scenario},
    world::Adversary,
};

const COMMON: Common =
    Common { workers: 200, share: 20, error: 1e-6, seed: 7, build_up: 2_000_000, tasks: 300_000 };

fn cell(rows: &[Row], kind: Kind, adversary: Adversary) -> &Row {
    let is_meant = |row: &&Row| row.scenario.kind == kind && row.scenario.setting.adversary == adversary;
    rows.iter().find(is_meant).unwrap()
}

fn goal(names: &[&str]) -> Vec<Row> {
    let mut scenarios = COMMON.goal();
    scenarios.retain(|scenario| names.contains(&scenario.name.as_str()));
    play_all(scenarios, |_| {})
}

fn named<'a>(rows: &'a [Row], name: &str) -> &'a Row {
    rows.iter().find(|row| row.scenario.name == name).unwrap()
}

#[test]
fn what_others_do_breaks_where_talka_holds() {
    let mut scenarios = COMMON.table();
    for scenario in &mut scenarios {
        if scenario.kind != Kind::Talka {
            scenario.build_up /= 10;
        }
    }
    let rows = play_all(scenarios, |_| {});
    let error = |kind, adversary| cell(&rows, kind, adversary).outcome.steady.error();
    let redundancy = |kind, adversary| cell(&rows, kind, adversary).outcome.steady.redundancy();

    // A fifth of the workers that lie where nobody objects.
    assert!((0.03..0.05).contains(&error(Kind::Quorum2, Adversary::Smart)));
    assert!((0.006..0.01).contains(&error(Kind::Quorum3, Adversary::Smart)));
    assert!((0.08..0.2).contains(&error(Kind::Boinc, Adversary::Smart)));
    assert!((0.18..0.22).contains(&error(Kind::Credibility, Adversary::Smart)));
    assert!((0.18..0.22).contains(&error(Kind::Credibility, Adversary::Farm)));

    for adversary in Adversary::ALL {
        let (error, redundancy) = (error(Kind::Talka, adversary), redundancy(Kind::Talka, adversary));
        // A fifth of the workers that lose their merit again and again has no pass: what they are drawn for needs others.
        let besieged = adversary.waits_for_its_chance() && adversary != Adversary::Smart;
        let most = if besieged || adversary == Adversary::Vanish { 1.4 } else { 1.06 };
        assert!(redundancy <= most, "{adversary:?}: {redundancy}");
        let bound = if adversary.waits_for_its_chance() { 1e-3 } else { 5e-5 };
        assert!(error <= bound, "{adversary:?}: {error}");
    }
    let vanished = cell(&rows, Kind::Talka, Adversary::Vanish).outcome.steady;
    assert_eq!(vanished.failed, 0);
}

#[test]
fn a_rational_adversary_does_not_lie() {
    let rows = goal(&["rational", "one-bond-each"]);
    let rational = named(&rows, "rational").outcome;
    assert_eq!((rational.build_up.lies, rational.steady.lies), (0, 0));
    assert!(rational.steady.redundancy() <= 1.06);

    let one_each = named(&rows, "one-bond-each").outcome;
    assert_eq!(one_each.steady.lies, 0, "{one_each:?}");
    assert_eq!(one_each.build_up.lives, 40);
}

#[test]
fn each_life_of_a_saboteur_gets_as_much_accepted_as_foretold() {
    let rows = goal(&["unlimited,no-gate", "one-bond-each"]);
    // They lie when they are young; a fifth of the auditors are fellows.
    let found = 0.2 * 0.8;
    for name in ["unlimited,no-gate", "one-bond-each"] {
        let outcome = named(&rows, name).outcome;
        let (lies, lives) =
            (outcome.build_up.lies + outcome.steady.lies, outcome.build_up.lives + outcome.steady.lives);
        let per_life = lies as f64 / lives as f64;
        let foretold = (1.0 - found) / found;
        assert!((per_life / foretold - 1.0).abs() < 0.5, "{name}: {per_life} lies a life, not {foretold}");
        assert!(per_life < f64::from(wrong_before_found(Rate(2_000))), "{name}");
    }
}

/// In the mean: what one convict got away with may be more, and has been diluted when the gate opens again.
#[test]
fn the_gate_holds_what_it_tolerates() {
    let tolerated = 100_000;
    let gate = Some(GateRules { interval: 10_000, tolerated });
    let mut open = COMMON.goal();
    open.retain(|scenario| scenario.name == "unlimited,no-gate");
    open[0].tasks = 4_000_000;
    let mut closed = open[0].clone();
    closed.terms.gate = gate;
    open.push(closed);
    let rows = play_all(open, |_| {});
    let [open, closed] = [&rows[0], &rows[1]].map(|row| row.outcome.steady);
    assert!(open.lies * tolerated > 2 * open.accepted, "{open:?}");
    let diluted = closed.accepted + closed.lives * u64::from(wrong_before_found(DEFAULT_RATE)) * tolerated;
    assert!(closed.lies * tolerated < diluted, "{closed:?}");
    assert!(5 * closed.lives < open.lives, "{closed:?}");
}

#[test]
fn says_the_same_each_time() {
    let scenario: Scenario = COMMON.goal().remove(3);
    let lines = play_all(vec![scenario.clone(), scenario], |_| {});
    assert_eq!(report::goal(&lines[0]), report::goal(&lines[1]));
    let line = report::sim(&lines[0]);
    assert!(line.starts_with("SIM policy=talka adversary=whitewash tasks=300000 error="), "{line}");
    for key in ["upper95=", "redundancy=1.", "attacker_cost_per_wrong="] {
        assert!(line.contains(key), "{line}");
    }
}

#[test]
fn writes_tables_and_plots() {
    let out = std::env::temp_dir().join(format!("talka-sim-{}", std::process::id()));
    let short = Common { build_up: 3_000, tasks: 3_000, ..COMMON };
    let table = play_all(short.table(), |_| {});
    let frontier = play_all(short.frontier(), |_| {});
    report::write(&out, &table, &[], &frontier).unwrap();
    let csv = std::fs::read_to_string(out.join("table.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * table.len());
    for plot in ["policies.svg", "frontier.svg"] {
        assert!(std::fs::read_to_string(out.join(plot)).unwrap().ends_with("</svg>\n"));
    }
    std::fs::remove_dir_all(out).unwrap();
}
