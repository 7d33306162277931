//! The corpus: a text whose lines are its documents, and its cut into parts.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// A line of the corpus, which is a document of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What stands before the line's first tab: its name. Empty where there is no tab.
    pub label: &'a str,
    /// The rest: its text.
    pub text: &'a str,
}

/// The lines of a corpus.
pub fn lines(corpus: &str) -> Vec<Line<'_>> {
    corpus
        .lines()
        .map(|line| match line.split_once('\t') {
            Some((label, text)) => Line { label, text },
            None => Line { label: "", text: line },
        })
        .collect()
}

/// The terms of a text, in order: its words as Unicode's Annex #29 finds them (so "don't" and "3.14" are one),
/// in lower case. Text in composed and in decomposed form gives different terms; corpora are normalised before.
pub fn terms(text: &str) -> impl Iterator<Item = String> + '_ {
    text.unicode_words().map(str::to_lowercase)
}

/// The lines that belong to part `part` of `parts`, by number.
///
/// The corpus is cut into `parts` stretches of as many bytes, give or take one, and a line belongs to the
/// stretch in which it starts. So each line is in one part, whatever their number, and parts take about as long.
pub fn part(corpus: &str, part: u32, parts: u32) -> Range<usize> {
    let starts_before = |stretch: u32| {
        let limit = (corpus.len() as u64 * u64::from(stretch)).div_ceil(u64::from(parts));
        let mut start = 0;
        corpus
            .split_inclusive('\n')
            .take_while(|line| {
                let before = start < limit;
                start += line.len() as u64;
                before
            })
            .count()
    };
    starts_before(part)..starts_before(part + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_words_of_any_script_and_lowers_them() {
        let found = |text| terms(text).collect::<Vec<_>>();
        assert_eq!(
            found("Don't panic -- the ANSWER is 42."),
            ["don't", "panic", "the", "answer", "is", "42"]
        );
        assert_eq!(found("ÉCOLE, Ärger; ΟΔΥΣΣΕΥΣ! ИМЯ"), ["école", "ärger", "οδυσσευς", "имя"]);
        assert!(found(" \t—…").is_empty());
    }

    #[test]
    fn takes_what_stands_before_a_tab_as_a_label() {
        let expected =
            [Line { label: "John3:16", text: "For God\tso" }, Line { label: "", text: "no label" }];
        assert_eq!(lines("John3:16\tFor God\tso\nno label\n"), expected);
    }

    proptest! {
        #[test]
        fn cuts_each_line_into_one_part(corpus in "([a-zä]{0,12}\n){0,40}[a-z]{0,5}", parts in 1..12_u32) {
            let mut next = 0;
            for number in 0..parts {
                let range = part(&corpus, number, parts);
                prop_assert_eq!(range.start, next);
                next = range.end;
            }
            prop_assert_eq!(next, lines(&corpus).len());
        }
    }

    #[test]
    fn cuts_into_parts_of_like_size() {
        let corpus = "0123456789\n".repeat(1_000);
        for number in 0..7 {
            assert!((142..=143).contains(&part(&corpus, number, 7).len()));
        }
    }
}
