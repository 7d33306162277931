//! What to do about an error.

use alloc::{borrow::Cow, format, string::String};

/// An error that knows what to do about it.
///
/// Its own text says what is wrong and nothing else, so that a program can put the hint where its users look for it.
pub trait Hint: core::error::Error {
    /// What to do about it, in one sentence.
    fn hint(&self) -> Cow<'_, str>;

    /// The error and its hint, each on a line of its own: as programs print them after `error: `.
    fn with_hint(&self) -> String {
        format!("{self}\nhint: {}", self.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[derive(Debug)]
    struct OutOfTea;

    impl core::fmt::Display for OutOfTea {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("there is no tea")
        }
    }

    impl core::error::Error for OutOfTea {}

    impl Hint for OutOfTea {
        fn hint(&self) -> Cow<'_, str> {
            "have coffee".into()
        }
    }

    #[test]
    fn stands_on_a_line_of_its_own() {
        assert_eq!(OutOfTea.to_string(), "there is no tea");
        assert_eq!(OutOfTea.with_hint(), "there is no tea\nhint: have coffee");
    }
}
