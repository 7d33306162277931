//! What audits have found, and how far results can be trusted by it.

use std::collections::BTreeMap;

use serde::Serialize;
use talka_client::Tlk;
use talka_primitives::{
    audit::{Assurance, Kind},
    bound::{Counts, Findings, Sum},
    view::FindingsView,
    CategoryId,
};

use super::{assurance_word, table, Output, Row};

/// What audits have found.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct StatsOut(Vec<FoundOut>);

/// What they found in results of one category, with the same behind them.
#[derive(Debug, Serialize)]
struct FoundOut {
    category: CategoryId,
    category_name: String,
    /// `unverified`, `replicated` or `adjudicated`.
    assurance: &'static str,
    /// Results that were accepted.
    accepted: SumOut,
    /// Audits of those that one worker gave alone.
    audited: SumOut,
    /// Those of these audits that found the result wrong.
    wrong: SumOut,
    /// Those of these audits that came to no end. The bound counts them as wrong.
    undecided: SumOut,
    /// Accepted results at a price below the floor of the category. They are no part of the other counts.
    below_floor: SumOut,
    /// With a confidence of 95 % no larger a part is wrong of the results that one worker gave alone. Nothing
    /// where none of them was audited.
    error_upper_bound: Option<f64>,
    /// What there is in place of a bound.
    #[serde(skip)]
    instead: &'static str,
}

/// How many results, and what they were worth together.
#[derive(Clone, Copy, Debug, Serialize)]
struct SumOut {
    count: u64,
    value: Tlk,
}

impl From<Sum> for SumOut {
    fn from(Sum { count, value }: Sum) -> Self {
        Self { count, value: Tlk(value) }
    }
}

impl StatsOut {
    pub(crate) fn new(all: Vec<FindingsView>, names: &BTreeMap<CategoryId, String>) -> Self {
        Self(all.into_iter().map(|view| FoundOut::new(view, names)).collect())
    }
}

impl FoundOut {
    fn new(FindingsView { kind, findings }: FindingsView, names: &BTreeMap<CategoryId, String>) -> Self {
        let Kind { category, assurance } = kind;
        let Findings { priced, cheap } = findings;
        let Counts { accepted, audited, wrong, undecided } = priced;
        Self {
            category,
            category_name: names.get(&category).cloned().unwrap_or_else(|| category.to_string()),
            assurance: assurance_word(assurance),
            accepted: accepted.into(),
            audited: audited.into(),
            wrong: wrong.into(),
            undecided: undecided.into(),
            below_floor: cheap.accepted.into(),
            error_upper_bound: (audited.count > 0).then(|| priced.upper95()),
            instead: instead(assurance),
        }
    }
}

/// What stands in place of a bound where no worker that worked alone was audited. The counters do not say whether one did.
fn instead(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unverified => "not known: nobody checks",
        Assurance::Unaudited => "not counted: workers of one pool agreed on each result, and nobody audits",
        Assurance::Internal => "not counted: workers of one pool agreed on each result, and audit one another",
        Assurance::Replicated => "not counted: several workers agreed on each result, and an audit with them",
        Assurance::Adjudicated => {
            "not known yet: no worker that worked alone was audited; every other result was confirmed by an audit"
        }
    }
}

impl Row for FoundOut {
    const TITLES: &'static [&'static str] =
        &["CATEGORY", "ASSURANCE", "ACCEPTED>", "AUDITED>", "WRONG>", "UNDECIDED>", "BELOW FLOOR>", "ERROR"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.category_name.clone(),
            self.assurance.into(),
            self.accepted.count.to_string(),
            self.audited.count.to_string(),
            self.wrong.count.to_string(),
            self.undecided.count.to_string(),
            self.below_floor.count.to_string(),
            self.error_upper_bound
                .map_or_else(|| self.instead.into(), |bound| format!("≤ {}", rounded_up(bound))),
        ]
    }
}

impl Output for StatsOut {
    fn text(&self) -> String {
        self.table(None)
    }

    fn text_within(&self, columns: u16) -> String {
        self.table(Some(columns))
    }
}

impl StatsOut {
    fn table(&self, within: Option<u16>) -> String {
        if self.0.is_empty() {
            return "No result was accepted yet.\n".into();
        }
        let table = table(&self.0, within);
        format!(
            "{table}\nAudited: results that one worker gave alone. Undecided: audits that came to no end. Below floor: accepted\n\
             results at a price below the floor of the category, which are not in the other counts. Error: the upper bound\n\
             of the part of results given alone that is wrong, at a confidence of 95 % (Clopper-Pearson); undecided counts as\n\
             wrong. It covers errors that audits see: where a part s of the auditors covers up for others, divide by 1 - s.\n"
        )
    }
}

/// With two digits, and never less than it is: a bound that is rounded down is none.
fn rounded_up(bound: f64) -> String {
    let exponent = bound.log10().floor() as i32;
    let unit = 10f64.powi(exponent - 1);
    // What floating point adds to a whole number is not worth a unit.
    let units = (bound / unit - 1e-9).ceil();
    format!("{:.1e}", units * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use talka_primitives::bound::upper95;

    #[test]
    fn rounds_a_bound_up() {
        let cases =
            [(3e-4, "3.0e-4"), (3.01e-4, "3.1e-4"), (9.99e-7, "1.0e-6"), (1.0, "1.0e0"), (0.95, "9.5e-1")];
        for (bound, text) in cases {
            assert_eq!(rounded_up(bound), text);
        }
    }

    proptest! {
        #[test]
        fn never_claims_less_than_is_known(found in 0u64..1_000, more in 1u64..1_000_000_000) {
            let bound = upper95(found, found + more);
            let said: f64 = rounded_up(bound).parse().unwrap();
            prop_assert!(said >= bound * (1.0 - 1e-8) && said <= bound * 1.11, "{bound} became {said}");
        }
    }
}
