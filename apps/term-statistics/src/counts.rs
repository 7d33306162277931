//! How often each term occurs, and in how many lines.

use crate::corpus::terms;
use std::collections::BTreeMap;
#[cfg(not(target_family = "wasm"))]
use talka_app_common::Failure;

/// How often a term occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Its occurrences.
    pub occurrences: u64,
    /// The lines with at least one of them.
    pub lines: u64,
}

/// The counts of all terms, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<String, Count>);

const HEADER: &str = "term\toccurrences\tlines";

impl Counts {
    /// Counts the terms of some texts, each of them a line.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut counts = BTreeMap::<String, Count>::new();
        for text in texts {
            let mut line: Vec<_> = terms(text).collect();
            line.sort_unstable();
            for same in line.chunk_by(|a, b| a == b) {
                let count = counts.entry(same[0].clone()).or_default();
                count.occurrences += same.len() as u64;
                count.lines += 1;
            }
        }
        Self(counts)
    }

    /// Occurrences of all terms.
    pub fn occurrences(&self) -> u64 {
        self.0.values().map(|count| count.occurrences).sum()
    }

    /// The counts as tab-separated text, a term a line.
    pub fn to_tsv(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for (term, Count { occurrences, lines }) in &self.0 {
            text += &format!("{term}\t{occurrences}\t{lines}\n");
        }
        text
    }
}

/// What merging needs, which no task does.
#[cfg(not(target_family = "wasm"))]
impl Counts {
    /// Adds the counts of another part of the corpus.
    pub fn add(&mut self, other: Self) {
        for (term, count) in other.0 {
            let sum = self.0.entry(term).or_default();
            sum.occurrences += count.occurrences;
            sum.lines += count.lines;
        }
    }

    /// Reads what [`Counts::to_tsv`] wrote.
    pub fn from_tsv(text: &str) -> Result<Self, Failure> {
        let broken = |line: &str| {
            Failure::data(
                format!("{line:?} is not a line of terms.tsv"),
                "give folders with results of term-statistics",
            )
        };
        let rows =
            text.strip_prefix(HEADER).ok_or_else(|| broken(text.lines().next().unwrap_or_default()))?;
        let parse = |line: &str| {
            let (term, numbers) = line.split_once('\t')?;
            let (occurrences, lines) = numbers.split_once('\t')?;
            let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
            Some((term.to_owned(), Count { occurrences: number(occurrences)?, lines: number(lines)? }))
        };
        let counts = rows.lines().skip(1).map(|line| parse(line).ok_or_else(|| broken(line)));
        Ok(Self(counts.collect::<Result<_, _>>()?))
    }

    /// The terms from the most to the least frequent, equal ones in the order of their bytes.
    pub fn ranked(&self) -> Vec<(&str, Count)> {
        let mut ranked: Vec<_> = self.0.iter().map(|(term, count)| (term.as_str(), *count)).collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(count.occurrences));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tell_occurrences_from_lines() {
        let counts = Counts::of(["The cat and the dog", "the END"]);
        assert_eq!(counts.0["the"], Count { occurrences: 3, lines: 2 });
        assert_eq!(counts.0["end"], Count { occurrences: 1, lines: 1 });
        assert_eq!(counts.occurrences(), 7);
    }

    #[test]
    fn rank_by_frequency_then_by_name() {
        let counts = Counts::of(["b a c c"]);
        let names: Vec<_> = counts.ranked().into_iter().map(|(term, _)| term).collect();
        assert_eq!(names, ["c", "a", "b"]);
    }

    #[test]
    fn refuse_a_text_of_another_form() {
        for text in ["", "something else\n", "term\toccurrences\tlines\nthe\tmany\t1\n"] {
            assert!(Counts::from_tsv(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn of_the_parts_add_up_to_those_of_the_whole(
            lines in prop::collection::vec("[a-cA-C ]{0,20}", 0..30),
            cut in any::<prop::sample::Index>(),
        ) {
            let cut = cut.index(lines.len() + 1);
            let of = |lines: &[String]| Counts::of(lines.iter().map(String::as_str));
            let mut sum = of(&lines[..cut]);
            sum.add(of(&lines[cut..]));
            prop_assert_eq!(sum, of(&lines));
        }

        #[test]
        fn survive_being_written_and_read(text in "\\PC{0,200}") {
            let counts = Counts::of([text.as_str()]);
            prop_assert_eq!(Counts::from_tsv(&counts.to_tsv()), Ok(counts));
        }
    }
}
