//! Term statistics of a text corpus, cut over the tasks of a bag.
//!
//! A task counts the terms of its own lines ([`counts`]) and looks for each of them in the whole corpus for the
//! line that repeats most of its words ([`parallels`]); `merge` adds up the counts and fits Zipf's law.
//!
//! **Contract.** However a corpus is cut, `merge` makes the same of it: each line belongs to one part.
//!
//! **When modifying.** Keep to the contract of [`talka_app_common`], and tell options in `HELP`. `merge` reads what tasks have written:
//! both change together.

mod corpus;
mod counts;
#[cfg(not(target_family = "wasm"))]
mod merge;
mod parallels;
mod result;
#[cfg(not(target_family = "wasm"))]
mod zipf;

use parallels::Wanted;
use std::process::ExitCode;
use talka_app_common::{finish, read_text, write_file, Arguments, Failure, Task};

const HELP: &str = "\
Term statistics of a text corpus, cut over the tasks of a bag

usage: term-statistics OPTIONS PART
       term-statistics merge --out FOLDER RESULT...

  --similarity N   least likeness of parallel lines in thousandths, 1 to 1000 (default 600); 0: look for none
  --min-terms N    fewest terms of a line that is compared (default 8)
  PART             the task's own parameter: the number of the part, from 0 to the number of tasks less 1

The dataset is UTF-8 text, a document a line; what stands before a line's first tab is its name. A task writes
terms.tsv, parallels.tsv and part.tsv. merge writes the same of the whole corpus to FOLDER, with summary.json.
";

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{HELP}");
        return Ok(());
    }
    #[cfg(not(target_family = "wasm"))]
    if arguments.first().is_some_and(|argument| argument == "merge") {
        return merge::merge(&arguments[1..]);
    }
    task(&Arguments::parse(arguments, &["similarity", "min-terms"])?, &Task::from_env()?)
}

/// Runs one task: the part that the last argument names.
fn task(arguments: &Arguments, task: &Task) -> Result<(), Failure> {
    let similarity = arguments.optional("similarity")?.unwrap_or(600);
    let terms: u32 = arguments.optional("min-terms")?.unwrap_or(8);
    let part: u32 = arguments.parameter("part")?;
    if similarity > 1_000 {
        return Err(Failure::usage(format!("--similarity {similarity} is out of range"), "it is 0 to 1000"));
    }
    if part >= task.count {
        return Err(Failure::usage(
            format!("part {part} is not one of {}", task.count),
            "parts are numbered from 0 and there are as many as tasks",
        ));
    }
    let wanted = (similarity > 0).then_some(Wanted { similarity, terms: terms as usize });
    let files = result::files(&read_text(&task.dataset)?, part, task.count, wanted);
    write_file(&task.output, result::TERMS, files.terms.as_bytes())?;
    write_file(&task.output, result::PARALLELS, files.parallels.as_bytes())?;
    write_file(&task.output, result::PART, files.part.as_bytes())
}
