//! What the documentation says is so: its numbers are those of the rules, and the tests that it names are there.

use std::{fs, path::Path};

use talka_primitives::{
    asset::PoolPolicy,
    audit::{wrong_before_found, Assurance, AuditRules, DEFAULT_RATE},
    gate::GateRules,
    placement::{Conditions, Opening},
    Balance, Merit, Rate, Trust,
};

/// A price at which rounding does not show.
const PRICE: Balance = 1_000_000_000;

/// What a worker locks that works alone if it can, in values.
fn locked(assurance: Assurance, values_of_merit: u128) -> f64 {
    let rules = AuditRules::default();
    let conditions = Conditions {
        value: PRICE,
        trust: Trust(100),
        assurance,
        category_rate: DEFAULT_RATE,
        young_rate: rules.young_rate,
        jurors: rules.jurors,
        pool_stake: PoolPolicy::default().worker_stake_ratio.of(PRICE),
    };
    let offer = conditions.offer(Opening::First, Merit(values_of_merit * PRICE), Balance::MAX);
    offer.alone.unwrap_or(offer.shared).locked as f64 / PRICE as f64
}

/// The last column of a table's row that begins with these words.
fn row(text: &str, beginning: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(&format!("| {beginning}"))).expect("there is a row");
    line.trim_end_matches('|').rsplit('|').next().expect("a row has columns").trim().into()
}

#[test]
fn what_a_worker_locks_is_as_its_guide_says() {
    let guide = include_str!("../../docs/operate/worker.md");
    let rows = [
        ("one of several", locked(Assurance::Adjudicated, 0), "8"),
        ("alone, and young", locked(Assurance::Adjudicated, 303), "14"),
        ("alone, and seasoned", locked(Assurance::Adjudicated, 3_030), "59"),
        (
            "any of these",
            locked(Assurance::Replicated, 3_030),
            "the pool's part of the price, 0.3 by default",
        ),
    ];
    for (beginning, locked, written) in rows {
        assert_eq!(row(guide, beginning), written);
        assert!(written.contains(format!("{locked:.1}").trim_end_matches(".0")), "{beginning}: {locked}");
    }
}

#[test]
fn what_the_gate_costs_is_as_the_page_on_audits_says() {
    let page = include_str!("../../docs/protocol/audits.md").replace('\n', " ");
    let GateRules { interval, tolerated } = AuditRules::default().gate;
    // Two thirds of the auditors are others.
    let floors = |results: u64| results * u64::from(DEFAULT_RATE.0) * 2 / 3 / u64::from(Rate::ALWAYS.0);
    let closed = floors(u64::from(wrong_before_found(DEFAULT_RATE)) * tolerated);
    assert_eq!(floors(interval), 1_666);
    assert!(page.contains("1 666 floors for one opening"));
    assert!(page.contains(&format!("{} 000 floors for the time", closed / 1_000)));
}

/// Each link in the lists of attacks whose text is code leads to a file with a test of that name.
#[test]
fn the_tests_in_the_lists_of_attacks_are_there() {
    let on_the_chain = include_str!("../../docs/security/attacks.md");
    let off_the_chain = include_str!("../../docs/security/workers.md");
    let between_chains = include_str!("../../docs/security/bridge.md");
    for (list, least) in [(on_the_chain, 50), (off_the_chain, 50), (between_chains, 35)] {
        check_tests_in(list, least);
    }
}

/// There are more than `least`. Tests of contracts are functions in Solidity.
fn check_tests_in(list: &str, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security");
    let mut tests = 0;
    for link in list.split("[`").skip(1) {
        let (test, rest) = link.split_once("`](").expect("the text of the link ends");
        let (file, _) = rest.split_once(')').expect("the link ends");
        let code = fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_there = ["fn", "function"].iter().any(|word| code.contains(&format!("{word} {test}(")));
        assert!(is_there, "{file} has no test {test}");
        tests += 1;
    }
    assert!(tests > least, "{tests} are named");
}
