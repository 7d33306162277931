//! Parallel passages: for a line, the other line of the corpus that repeats most of its words in the same order.
//!
//! Two lines are as similar as their longest common subsequence of terms is long: 2·common / (one + other), in
//! thousandths. That finds quotations and retellings with words left out, added or exchanged, which equal
//! hashes and shared phrases miss; each line is compared with every other, so it is work for many machines.
//! The subsequence's length is found with words of 64 bits: M. Crochemore, C. S. Iliopoulos, Y. J. Pinzon,
//! J. F. Reid, "A fast and practical bit-vector algorithm for the longest common subsequence problem",
//! Information Processing Letters 80 (2001) 279–285, with the multi-word addition of H. Hyyrö, 2004.

use crate::corpus::{terms, Line};
use std::{collections::BTreeMap, ops::Range};

/// The most similar line that another line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parallel {
    /// Number of the line.
    pub line: usize,
    /// Number of the line most like it, the first of equals.
    pub other: usize,
    /// Terms that the two have in common, in the same order.
    pub common: u32,
    /// 2·common / (terms of the one + terms of the other), in thousandths, rounded down.
    pub similarity: u32,
}

/// What is worth being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The least similarity, in thousandths.
    pub similarity: u32,
    /// The fewest terms of a line: short ones are alike by chance.
    pub terms: usize,
}

/// Finds the parallel of each line numbered in `part`, among all `lines`.
pub fn parallels(lines: &[Line], part: Range<usize>, wanted: Wanted) -> Vec<Parallel> {
    let (documents, vocabulary) = number_terms(lines);
    let mut positions = Positions::new(vocabulary);
    part.filter_map(|line| {
        let own = &documents[line];
        if own.len() < wanted.terms {
            return None;
        }
        positions.set(own);
        let mut best: Option<Parallel> = None;
        for (other, document) in documents.iter().enumerate() {
            if other == line || document.len() < wanted.terms {
                continue;
            }
            let similarity = |common: usize| (2_000 * common / (own.len() + document.len())) as u32;
            let best_possible = similarity(own.len().min(document.len()));
            let enough = best.map_or(wanted.similarity, |best| best.similarity + 1);
            if best_possible < enough {
                continue;
            }
            let common = positions.common_subsequence(document);
            if similarity(common) >= enough {
                best = Some(Parallel { line, other, common: common as u32, similarity: similarity(common) });
            }
        }
        positions.clear(own);
        best
    })
    .collect()
}

/// Each line as the numbers of its terms, and how many different terms there are.
fn number_terms(lines: &[Line]) -> (Vec<Vec<u32>>, usize) {
    let mut numbers = BTreeMap::new();
    let documents = lines
        .iter()
        .map(|line| {
            terms(line.text)
                .map(|term| {
                    let next = numbers.len() as u32;
                    *numbers.entry(term).or_insert(next)
                })
                .collect()
        })
        .collect();
    (documents, numbers.len())
}

/// Where each term stands in one line: a bit a position, from the line's start.
struct Positions {
    /// `blocks` words for each term of the vocabulary.
    masks: Vec<u64>,
    vocabulary: usize,
    blocks: usize,
    length: usize,
    row: Vec<u64>,
}

impl Positions {
    fn new(vocabulary: usize) -> Self {
        Self { masks: vec![0; vocabulary], vocabulary, blocks: 1, length: 0, row: Vec::new() }
    }

    /// Notes where the terms of `document` stand.
    fn set(&mut self, document: &[u32]) {
        self.length = document.len();
        let blocks = document.len().div_ceil(64).max(1);
        if blocks != self.blocks {
            self.blocks = blocks;
            self.masks = vec![0; self.vocabulary * blocks];
        }
        for (position, term) in document.iter().enumerate() {
            self.masks[*term as usize * self.blocks + position / 64] |= 1 << (position % 64);
        }
    }

    /// Forgets them again.
    fn clear(&mut self, document: &[u32]) {
        for term in document {
            self.masks[*term as usize * self.blocks..][..self.blocks].fill(0);
        }
    }

    /// The length of the longest common subsequence of `document` and the line that is set.
    ///
    /// A row of the dynamic programme is kept as bits that are 0 where the length grows by one; a new term turns
    /// row V into (V + (V & M)) | (V & !M), M being the term's positions.
    fn common_subsequence(&mut self, document: &[u32]) -> usize {
        if self.blocks == 1 {
            let row = document.iter().fold(u64::MAX, |row, term| {
                let hits = row & self.masks[*term as usize];
                row.wrapping_add(hits) | (row & !hits)
            });
            return (!row & low_bits(self.length)).count_ones() as usize;
        }
        self.row.clear();
        self.row.resize(self.blocks, u64::MAX);
        for term in document {
            let masks = &self.masks[*term as usize * self.blocks..][..self.blocks];
            let mut carry = false;
            for (row, mask) in self.row.iter_mut().zip(masks) {
                let hits = *row & mask;
                let (sum, over) = row.overflowing_add(hits);
                let (sum, over_again) = sum.overflowing_add(u64::from(carry));
                carry = over || over_again;
                *row = sum | (*row & !hits);
            }
        }
        let last = low_bits(self.length - 64 * (self.blocks - 1));
        let zeros = |(block, row): (usize, &u64)| {
            let kept = if block + 1 == self.blocks { last } else { u64::MAX };
            (!row & kept).count_ones() as usize
        };
        self.row.iter().enumerate().map(zeros).sum()
    }
}

/// A word with its lowest `count` bits set; `count` is at most 64.
fn low_bits(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;
    use proptest::prelude::*;

    const ANY: Wanted = Wanted { similarity: 1, terms: 1 };

    /// The textbook's dynamic programme.
    fn by_definition(one: &[u32], other: &[u32]) -> usize {
        let mut row = vec![0; other.len() + 1];
        for a in one {
            let mut diagonal = 0;
            for (at, b) in other.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[other.len()]
    }

    proptest! {
        #[test]
        fn measure_the_longest_common_subsequence(
            one in prop::collection::vec(0..6_u32, 0..200),
            other in prop::collection::vec(0..6_u32, 0..200),
        ) {
            let mut positions = Positions::new(6);
            positions.set(&one);
            prop_assert_eq!(positions.common_subsequence(&other), by_definition(&one, &other));
            positions.clear(&one);
            prop_assert!(positions.masks.iter().all(|mask| *mask == 0));
        }

        #[test]
        fn of_the_parts_are_those_of_the_whole(
            corpus in "([a-d]{1,2} [a-d] [a-d] [a-d]\n){2,20}",
            parts in 1..6_u32,
        ) {
            let lines = corpus::lines(&corpus);
            let whole = parallels(&lines, 0..lines.len(), ANY);
            let pieces: Vec<_> = (0..parts)
                .flat_map(|part| parallels(&lines, corpus::part(&corpus, part, parts), ANY))
                .collect();
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn find_a_retelling_with_words_changed_and_left_out() {
        let lines = corpus::lines(
            "And straightway he called them, and they left their father\n\
             In the beginning was the word\n\
             And he called them; and they immediately left the ship and their father\n",
        );
        let found = parallels(&lines, 0..3, Wanted { similarity: 600, terms: 5 });
        let pair = |line, other| Parallel { line, other, common: 9, similarity: 782 };
        assert_eq!(found, [pair(0, 2), pair(2, 0)]);
    }

    #[test]
    fn take_the_first_of_equals_and_leave_out_short_lines() {
        let lines = corpus::lines("a b c d\na b c d\na b c d\nx y\nx y\n");
        let found = parallels(&lines, 0..5, Wanted { similarity: 500, terms: 3 });
        let others: Vec<_> = found.iter().map(|parallel| (parallel.line, parallel.other)).collect();
        assert_eq!(others, [(0, 1), (1, 0), (2, 0)]);
    }
}
