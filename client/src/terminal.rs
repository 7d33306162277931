//! Texts of strangers on a terminal.
//!
//! Names, descriptions, file names and what apps say come from anybody. A terminal obeys some of their characters: escape
//! sequences move the cursor and change what is already there, and bidirectional controls show letters in another order than
//! they are in. Here such characters become visible, as `\u{1b}`.

use std::fmt::{self, Debug, Write as _};

/// Text with nothing in it that a terminal obeys, or does not show. It has one line.
pub fn one_line(text: impl ToString) -> String {
    visible(&text.to_string(), |c| !is_obeyed(c))
}

/// The same, but with the lines and tabs that the text has.
pub fn lines(text: &str) -> String {
    visible(text, |c| matches!(c, '\n' | '\t') || !is_obeyed(c))
}

/// The same, with all lines after the first one indented: none of them is taken for something else that the program says, as a hint.
pub fn paragraph(text: &str) -> String {
    let text = lines(text);
    let mut rest = text.trim_end().split('\n');
    let first = rest.next().unwrap_or_default().to_owned();
    rest.fold(first, |text, line| match line {
        "" => text + "\n",
        line => format!("{text}\n  {line}"),
    })
}

/// A JSON document with nothing in it that a terminal obeys. It means what it meant: such characters are in strings only,
/// and get JSON's own form.
pub fn json(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for c in document.chars() {
        if c == '\n' || !is_obeyed(c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string never fails.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// Write a field of a log's line, with nothing in it that a terminal obeys: for the `debug_fn` of `tracing-subscriber`.
///
/// # Errors
///
/// Those of `writer`.
pub fn log_field(writer: &mut dyn fmt::Write, name: &str, value: &dyn Debug) -> fmt::Result {
    let value = one_line(format!("{value:?}"));
    match name {
        "message" => writer.write_str(&value),
        // Where a line of the `log` crate was written.
        name if name.starts_with("log.") => Ok(()),
        name => write!(writer, " {name}={value}"),
    }
}

fn visible(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        match is_kept(c) {
            true => visible.push(c),
            false => visible.extend(c.escape_default()),
        }
    }
    visible
}

/// Control characters, and those that change the order of others, end a line, or cannot be seen. Joiners stay: some scripts
/// need them.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn show_what_a_terminal_would_obey() {
        let cases = [
            ("\u{1b}[2Jgone", r"\u{1b}[2Jgone"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("a\u{202e}b\u{2066}c", r"a\u{202e}b\u{2066}c"),
            ("a\nb\tc\rd", r"a\nb\tc\rd"),
            ("\u{7f}\u{0}\u{feff}\u{e0041}", r"\u{7f}\u{0}\u{feff}\u{e0041}"),
        ];
        for (text, shown) in cases {
            assert_eq!(one_line(text), shown);
        }
        assert_eq!(lines("a\n\tb\r\u{1b}c\n"), "a\n\tb\\r\\u{1b}c\n");
    }

    #[test]
    fn have_no_second_line_that_begins_as_the_first() {
        assert_eq!(paragraph("a\nhint: b\n\nc\r\n"), "a\n  hint: b\n\n  c\\r");
        assert_eq!(paragraph("a"), "a");
        assert_eq!(paragraph(""), "");
    }

    #[test]
    fn leave_letters_of_all_scripts_as_they_are() {
        for text in [
            "plain \"text\" \\ 'x'",
            "Żółć ü e\u{301}",
            "می\u{200c}خواهم",
            "日本語",
            "👩\u{200d}🔬",
            "≤ 1.0e-3",
        ] {
            assert_eq!(one_line(text), text);
            assert_eq!(json(text), text);
        }
    }

    #[test]
    fn fields_of_a_log_have_one_line() {
        let mut line = String::new();
        log_field(&mut line, "message", &format_args!("over\nERROR all is lost")).unwrap();
        log_field(&mut line, "log.target", &"elsewhere").unwrap();
        log_field(&mut line, "why", &format_args!("\u{1b}]0;title\u{7}")).unwrap();
        assert_eq!(line, r"over\nERROR all is lost why=\u{1b}]0;title\u{7}");
    }

    proptest! {
        #[test]
        fn a_json_document_means_what_it_meant(text in ".*", name in "\\PC*") {
            let text = format!("{text}\u{202e}\u{9b}\u{e0041}");
            let value = serde_json::json!({ (name): text });
            for document in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
                let shown = json(&document);
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&shown).unwrap(), &value);
                prop_assert!(!shown.chars().any(|c| c != '\n' && is_obeyed(c)));
            }
        }

        #[test]
        fn nothing_is_left_that_a_terminal_obeys(text in "(?s).*") {
            prop_assert!(!one_line(&text).chars().any(is_obeyed));
            prop_assert_eq!(one_line(one_line(&text)), one_line(&text));
        }
    }
}
