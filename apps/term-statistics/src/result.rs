//! The files of a result: `terms.tsv`, `parallels.tsv` and `part.tsv`.

use crate::{
    corpus::{self, Line},
    counts::Counts,
    parallels::{parallels, Parallel, Wanted},
};

/// The name of the file with the term counts.
pub const TERMS: &str = "terms.tsv";
/// The name of the file with the parallel passages.
pub const PARALLELS: &str = "parallels.tsv";
/// The name of the file that says which part of the corpus the result is of.
pub const PART: &str = "part.tsv";

/// First line of `part.tsv`. Lines of the corpus are counted from 1 in all files.
pub const PART_HEADER: &str = "part\tparts\tfirst_line\tlines\toccurrences";
/// First line of `parallels.tsv`. Similarity is in thousandths.
pub const PARALLELS_HEADER: &str = "line\tlabel\tother_line\tother_label\tcommon_terms\tsimilarity";

/// The contents of the three files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `terms.tsv`
    pub terms: String,
    /// `parallels.tsv`
    pub parallels: String,
    /// `part.tsv`
    pub part: String,
}

/// Computes the result of part `part` of `parts`. Parallels are left out where none are wanted.
pub fn files(text: &str, part: u32, parts: u32, wanted: Option<Wanted>) -> Files {
    let lines = corpus::lines(text);
    let range = corpus::part(text, part, parts);
    let counts = Counts::of(lines[range.clone()].iter().map(|line| line.text));
    let place = format!("{part}\t{parts}\t{}\t{}\t{}", range.start + 1, range.len(), counts.occurrences());
    let found = wanted.map_or(Vec::new(), |wanted| parallels(&lines, range, wanted));
    Files {
        terms: counts.to_tsv(),
        parallels: parallels_tsv(&lines, &found),
        part: format!("{PART_HEADER}\n{place}\n"),
    }
}

fn parallels_tsv(lines: &[Line], parallels: &[Parallel]) -> String {
    let mut text = format!("{PARALLELS_HEADER}\n");
    for Parallel { line, other, common, similarity } in parallels {
        let (label, other_label) = (lines[*line].label, lines[*other].label);
        text += &format!("{}\t{label}\t{}\t{other_label}\t{common}\t{similarity}\n", line + 1, other + 1);
    }
    text
}
