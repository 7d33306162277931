//! What apps have said.

use talka_client::terminal::{lines, one_line};

use super::counted;
use crate::results::Fetched;

/// How many lines of an app are shown.
const LINES: usize = 5;
/// How many characters of a line.
const CHARACTERS: usize = 200;
/// Of how many results.
const RESULTS: usize = 3;

/// What an app wrote, each line marked: none is taken for a word of this program. `before` stands before the marks.
pub(crate) fn quoted(stderr: &str, before: &str) -> String {
    let lines = lines(stderr);
    lines.split_terminator('\n').fold(String::new(), |text, line| format!("{text}{before}| {line}\n"))
}

/// The last lines that an app wrote to standard error, with nothing in them that a terminal obeys.
pub(crate) fn last_lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| shortened(one_line(line))).collect()
}

fn shortened(mut line: String) -> String {
    if line.chars().count() > CHARACTERS {
        let end = line.char_indices().nth(CHARACTERS - 1).map_or(line.len(), |(end, _)| end);
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The last lines of those results whose apps did not end with the exit status 0.
pub(crate) fn last_lines_text(results: &[Fetched]) -> String {
    let failed: Vec<_> = results.iter().filter(|result| !result.status.is_success()).collect();
    let mut text = String::new();
    for Fetched { task, last_lines, .. } in failed.iter().take(RESULTS) {
        if last_lines.is_empty() {
            text.push_str(&format!("{task} wrote nothing to standard error\n"));
            continue;
        }
        text.push_str(&format!("{task} wrote to standard error, at last:\n"));
        last_lines.iter().for_each(|line| text.push_str(&format!("  | {line}\n")));
    }
    let others = failed.len().saturating_sub(RESULTS);
    if others > 0 {
        text.push_str(&format!(
            "and {}: see the file `stderr` of each\n",
            counted(others as u64, "more result")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::fetched;
    use talka_primitives::manifest::ExitStatus;

    #[test]
    fn of_many_lines_the_last_are_shown_and_none_is_long_or_obeyed() {
        let many: String = (0..9).map(|number| format!("line {number}\r\n\n")).collect();
        assert_eq!(last_lines(many.as_bytes()), ["line 4", "line 5", "line 6", "line 7", "line 8"]);
        assert_eq!(last_lines(b"\x1b[2Jgone\xff\n"), [r"\u{1b}[2Jgone�"]);
        assert!(last_lines(b" \n\n").is_empty());
        let long = last_lines("ü".repeat(1_000).as_bytes());
        assert_eq!((long[0].chars().count(), long[0].ends_with("ü…")), (200, true));
    }

    #[test]
    fn what_an_app_says_is_told_from_what_is_said_of_it() {
        let said = "hint: do this\u{1b}[2J\n\nerror: no";
        assert_eq!(quoted(said, ""), "| hint: do this\\u{1b}[2J\n| \n| error: no\n");
        assert_eq!(quoted("one\ntwo\n", "5C62Ck4U "), "5C62Ck4U | one\n5C62Ck4U | two\n");
        assert_eq!(quoted("", ""), "");
    }

    #[test]
    fn of_many_results_few_are_shown() {
        let failed = |index, lines: &[&str]| Fetched {
            status: ExitStatus::Exited(1),
            last_lines: lines.iter().map(ToString::to_string).collect(),
            ..fetched(index)
        };
        let mut results = vec![fetched(0), failed(1, &["a", "b"]), failed(2, &[])];
        let text =
            "7.1 wrote to standard error, at last:\n  | a\n  | b\n7.2 wrote nothing to standard error\n";
        assert_eq!(last_lines_text(&results), text);
        results.extend((3..6).map(|index| failed(index, &["c"])));
        assert!(
            last_lines_text(&results).ends_with("  | c\nand 2 more results: see the file `stderr` of each\n")
        );
        assert_eq!(last_lines_text(&[fetched(0)]), "");
    }
}
