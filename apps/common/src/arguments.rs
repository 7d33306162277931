use crate::Failure;
use std::{collections::BTreeMap, ffi::OsString, fmt::Display, str::FromStr};

/// A command line, taken apart: options `--name value` (or `--name=value`) in any order, and what is not an
/// option in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    options: BTreeMap<String, String>,
    rest: Vec<String>,
}

impl Arguments {
    /// Takes `arguments` apart, which are without the program's name. `known` are the options that the app
    /// has, without their dashes; every option takes a value.
    pub fn parse(
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        known: &[&str],
    ) -> Result<Self, Failure> {
        let mut options = BTreeMap::new();
        let mut rest = Vec::new();
        let mut words = arguments.into_iter().map(|argument| {
            argument.into().into_string().map_err(|raw| {
                Failure::usage(format!("argument {raw:?} is not UTF-8"), "arguments are plain text")
            })
        });
        while let Some(word) = words.next().transpose()? {
            let Some(option) = word.strip_prefix("--") else {
                rest.push(word);
                continue;
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (option.to_owned(), None),
            };
            if !known.contains(&name.as_str()) {
                let known: Vec<_> = known.iter().map(|name| format!("--{name}")).collect();
                return Err(Failure::usage(
                    format!("unknown option --{name}"),
                    format!("the options are {}", known.join(", ")),
                ));
            }
            let value = match value {
                Some(value) => value,
                None => words.next().transpose()?.ok_or_else(|| {
                    Failure::usage(format!("option --{name} has no value"), format!("write --{name} VALUE"))
                })?,
            };
            if options.insert(name.clone(), value).is_some() {
                return Err(Failure::usage(format!("option --{name} is given twice"), "give it once"));
            }
        }
        Ok(Self { options, rest })
    }

    /// The value of an option that must be given.
    pub fn required<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Failure> {
        self.optional(name)?.ok_or_else(|| {
            Failure::usage(format!("option --{name} is missing"), format!("add --{name} VALUE"))
        })
    }

    /// The value of an option, if it is given.
    pub fn optional<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.options.get(name).map(|value| parse(value, &format!("--{name}"))).transpose()
    }

    /// The task's own parameter: the one argument that is not an option. `meaning` names it in errors.
    pub fn parameter<T: FromStr<Err: Display>>(&self, meaning: &str) -> Result<T, Failure> {
        match self.rest.as_slice() {
            [value] => parse(value, meaning),
            [] => Err(Failure::usage(
                format!("the {meaning} is missing"),
                "it is the last argument; Talka appends the task's own parameter there",
            )),
            [.., extra] => Err(Failure::usage(
                format!("argument {extra:?} is one too many"),
                format!("give the options, then the {meaning}"),
            )),
        }
    }

    /// All that is not an option, in the order given.
    pub fn rest(&self) -> &[String] {
        &self.rest
    }
}

fn parse<T: FromStr<Err: Display>>(value: &str, what: &str) -> Result<T, Failure> {
    value.parse().map_err(|error| {
        Failure::usage(format!("{what} {value:?}: {error}"), "see --help for what each argument means")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, Failure> {
        Arguments::parse(line.split_whitespace(), &["width", "height"])
    }

    #[test]
    fn takes_options_in_any_order_and_the_parameter_last() {
        let arguments = parsed("--height=20 --width 30 7").unwrap();
        assert_eq!(arguments.required::<u32>("width"), Ok(30));
        assert_eq!(arguments.required::<u32>("height"), Ok(20));
        assert_eq!(arguments.parameter::<u32>("tile"), Ok(7));
    }

    #[test]
    fn refuses_an_unknown_a_repeated_and_an_unfinished_option() {
        for line in ["--depth 3 1", "--width 3 --width 3 1", "1 --width"] {
            assert_eq!(parsed(line).unwrap_err().exit_status(), 2, "{line}");
        }
    }

    #[test]
    fn refuses_a_missing_option_a_missing_parameter_and_one_too_many() {
        let arguments = parsed("--width 3").unwrap();
        assert!(arguments.required::<u32>("height").is_err());
        assert!(arguments.parameter::<u32>("tile").is_err());
        assert!(parsed("1 2").unwrap().parameter::<u32>("tile").is_err());
    }

    #[test]
    fn says_which_value_does_not_parse() {
        let failure = parsed("--width three 1").unwrap().required::<u32>("width").unwrap_err();
        assert!(failure.to_string().contains("--width \"three\": invalid digit"), "{failure}");
    }
}
