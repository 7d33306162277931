//! `term-statistics merge`: the results of a bag's tasks become statistics of the whole corpus.

use crate::{
    counts::Counts,
    result::{PARALLELS, PARALLELS_HEADER, PART, PART_HEADER, TERMS},
    zipf,
};
use serde::Serialize;
use std::{ffi::OsString, path::Path};
use talka_app_common::{check_parts, read_text, write_file, Arguments, Failure};

/// How many terms and parallels the summary shows.
const SHOWN: usize = 20;

/// What one task says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    number: u32,
    of: u32,
    lines: u64,
    counts: Counts,
    /// Rows of `parallels.tsv`.
    parallels: Vec<String>,
}

/// What all tasks say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    counts: Counts,
    parallels: Vec<String>,
    summary: Summary,
}

/// Statistics of the whole corpus: `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    parts: usize,
    lines: u64,
    occurrences: u64,
    terms: usize,
    /// Terms that occur but once.
    terms_found_once: usize,
    zipf: Option<zipf::Fit>,
    /// Lines that have a parallel.
    parallels: usize,
    /// The most frequent terms, in order.
    most_frequent: Vec<Term>,
}

/// One of the most frequent terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    term: String,
    occurrences: u64,
    lines: u64,
}

/// Merges the result folders named on the command line into `--out`.
pub fn merge(arguments: &[OsString]) -> Result<(), Failure> {
    let arguments = Arguments::parse(arguments, &["out"])?;
    let out: String = arguments.required("out")?;
    let out = Path::new(&out);
    let parts =
        arguments.rest().iter().map(|folder| read(Path::new(folder))).collect::<Result<Vec<_>, _>>()?;
    let whole = join(parts)?;

    let json = serde_json::to_string_pretty(&whole.summary).map_err(|error| {
        Failure::data(format!("cannot write the summary: {error}"), "check the tasks' results")
    })?;
    write_file(out, "summary.json", format!("{json}\n").as_bytes())?;
    write_file(out, TERMS, whole.counts.to_tsv().as_bytes())?;
    let rows = whole.parallels.iter().map(|row| format!("{row}\n")).collect::<String>();
    write_file(out, PARALLELS, format!("{PARALLELS_HEADER}\n{rows}").as_bytes())?;
    println!("{}", text(&whole.summary));
    Ok(())
}

fn read(folder: &Path) -> Result<Part, Failure> {
    let table = |name: &str, header: &str| {
        let content = read_text(&folder.join(name))?;
        let mut rows = content.lines().map(str::to_owned);
        if rows.next().as_deref() == Some(header) {
            Ok(rows.collect::<Vec<_>>())
        } else {
            Err(broken(folder, name))
        }
    };
    let counts = Counts::from_tsv(&read_text(&folder.join(TERMS))?)?;
    let place = table(PART, PART_HEADER)?;
    let place = place.first().map(|row| row.split('\t').map(str::parse).collect::<Result<Vec<u32>, _>>());
    let Some(Ok([number, of, _, lines, occurrences])) = place.as_ref().map(|row| row.as_deref()) else {
        return Err(broken(folder, PART));
    };
    if counts.occurrences() != u64::from(*occurrences) {
        return Err(broken(folder, TERMS));
    }
    let parallels = table(PARALLELS, PARALLELS_HEADER)?;
    Ok(Part { number: *number, of: *of, lines: u64::from(*lines), counts, parallels })
}

fn broken(folder: &Path, name: &str) -> Failure {
    Failure::data(
        format!("{} is not a result of this app", folder.join(name).display()),
        "give folders with results of term-statistics, as they were fetched",
    )
}

/// Joins parts, given in any order. All parts of the corpus must be there.
pub fn join(mut parts: Vec<Part>) -> Result<Whole, Failure> {
    check_parts(&parts.iter().map(|part| (part.number, part.of)).collect::<Vec<_>>())?;
    parts.sort_by_key(|part| part.number);
    let (mut counts, mut parallels, mut lines) = (Counts::default(), Vec::new(), 0);
    let number = parts.len();
    for part in parts {
        counts.add(part.counts);
        parallels.extend(part.parallels);
        lines += part.lines;
    }
    let ranked = counts.ranked();
    let frequencies: Vec<_> = ranked.iter().map(|(_, count)| count.occurrences).collect();
    let summary = Summary {
        parts: number,
        lines,
        occurrences: counts.occurrences(),
        terms: ranked.len(),
        terms_found_once: frequencies.iter().filter(|occurrences| **occurrences == 1).count(),
        zipf: zipf::fit(&frequencies),
        parallels: parallels.len(),
        most_frequent: ranked
            .iter()
            .take(SHOWN)
            .map(|(term, count)| Term {
                term: (*term).to_owned(),
                occurrences: count.occurrences,
                lines: count.lines,
            })
            .collect(),
    };
    Ok(Whole { counts, parallels, summary })
}

fn text(summary: &Summary) -> String {
    let top: Vec<_> =
        summary.most_frequent.iter().map(|term| format!("{} {}", term.term, term.occurrences)).collect();
    let zipf = summary.zipf.map_or("not to be told".to_owned(), |fit| {
        format!("{:.4} ± {:.4}", fit.exponent, fit.standard_error)
    });
    format!(
        "{} terms, {} different, in {} lines of {} parts; {} terms occur once\n\
         most frequent: {}\n\
         Zipf exponent: {zipf}\n\
         lines with a parallel: {}",
        summary.occurrences,
        summary.terms,
        summary.lines,
        summary.parts,
        summary.terms_found_once,
        top.join(", "),
        summary.parallels,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parallels::Wanted, result};
    use proptest::prelude::*;

    /// What `read` finds where a task has run.
    fn part(corpus: &str, number: u32, of: u32) -> Part {
        let files = result::files(corpus, number, of, Some(Wanted { similarity: 500, terms: 3 }));
        let folder = tempfile::tempdir().unwrap();
        write_file(folder.path(), TERMS, files.terms.as_bytes()).unwrap();
        write_file(folder.path(), PARALLELS, files.parallels.as_bytes()).unwrap();
        write_file(folder.path(), PART, files.part.as_bytes()).unwrap();
        read(folder.path()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn gives_the_statistics_of_the_uncut_corpus(corpus in "([a-d]{1,3}( [a-d]){0,5}\n){1,30}", parts in 1..6_u32) {
            let mut cut: Vec<_> = (0..parts).map(|number| part(&corpus, number, parts)).collect();
            cut.reverse();
            let mut merged = join(cut).unwrap();
            let whole = join(vec![part(&corpus, 0, 1)]).unwrap();
            merged.summary.parts = 1;
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn refuses_a_bag_with_a_part_missing() {
        let corpus = "a b c\nb c d\nc d e\n";
        let failure = join(vec![part(corpus, 0, 3), part(corpus, 2, 3)]).unwrap_err();
        assert!(failure.to_string().contains("part 1 of 3 is missing"), "{failure}");
    }

    #[test]
    fn refuses_a_folder_whose_counts_were_changed() {
        let folder = tempfile::tempdir().unwrap();
        let files = result::files("a b c\n", 0, 1, None);
        write_file(folder.path(), TERMS, files.terms.replace("a\t1", "a\t2").as_bytes()).unwrap();
        write_file(folder.path(), PARALLELS, files.parallels.as_bytes()).unwrap();
        write_file(folder.path(), PART, files.part.as_bytes()).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("terms.tsv"));
    }
}
