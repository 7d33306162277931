use crate::Failure;
use std::{ffi::OsString, fs, path::Path, path::PathBuf};

/// The environment of a task, as Talka sets it. Set the same variables to try an app by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// `TALKA_TASK_COUNT`: the number of tasks in the bag.
    pub count: u32,
    /// `TALKA_OUT`: the folder that takes the task's files. It exists and is empty.
    pub output: PathBuf,
    /// `TALKA_DATASET`: the dataset's file.
    pub dataset: PathBuf,
}

impl Task {
    /// Reads the environment of this process.
    pub fn from_env() -> Result<Self, Failure> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// Reads an environment given as a function from a variable's name to its value.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let get = |name: &str, example: &str| {
            variable(name).ok_or_else(|| {
                Failure::usage(
                    format!("the environment variable {name} is not set"),
                    format!("Talka sets it; by hand: {name}={example}"),
                )
            })
        };
        let count = get("TALKA_TASK_COUNT", "1")?;
        let count = count.to_str().and_then(|text| text.parse().ok()).filter(|count| *count > 0).ok_or_else(
            || {
                Failure::usage(
                    format!("TALKA_TASK_COUNT={count:?} is not a number of tasks"),
                    "it is at least 1",
                )
            },
        )?;
        Ok(Self {
            count,
            output: get("TALKA_OUT", "some/empty/folder")?.into(),
            dataset: get("TALKA_DATASET", "some/file")?.into(),
        })
    }
}

/// The whole of a text file, which must be UTF-8.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::data(
            format!("cannot read {}: {error}", path.display()),
            "check the path; the file is UTF-8 text",
        )
    })
}

/// Writes `folder/name`. The folder must exist.
pub fn write_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(|error| {
        Failure::data(
            format!("cannot write {}: {error}", path.display()),
            "the output folder must exist and have room",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(count: &str) -> Result<Task, Failure> {
        Task::from_variables(|name| match name {
            "TALKA_TASK_COUNT" => Some(count.into()),
            "TALKA_OUT" => Some("/out".into()),
            "TALKA_DATASET" => Some("/in/dataset".into()),
            _ => None,
        })
    }

    #[test]
    fn reads_the_variables_that_talka_sets() {
        let expected = Task { count: 12, output: "/out".into(), dataset: "/in/dataset".into() };
        assert_eq!(task("12"), Ok(expected));
    }

    #[test]
    fn refuses_an_empty_bag_and_a_missing_variable() {
        assert_eq!(task("0").unwrap_err().exit_status(), 2);
        assert_eq!(task("many").unwrap_err().exit_status(), 2);
        let failure = Task::from_variables(|_| None).unwrap_err();
        assert!(failure.to_string().contains("TALKA_TASK_COUNT"), "{failure}");
    }

    #[test]
    fn reads_back_what_it_wrote_and_names_a_file_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        write_file(folder.path(), "a.txt", "grüß".as_bytes()).unwrap();
        assert_eq!(read_text(&folder.path().join("a.txt")), Ok("grüß".into()));
        let failure = read_text(&folder.path().join("b.txt")).unwrap_err();
        assert_eq!(failure.exit_status(), 1);
        assert!(failure.to_string().contains("b.txt"), "{failure}");
    }
}
