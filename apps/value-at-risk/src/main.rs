//! Monte-Carlo value at risk and expected shortfall of a portfolio over real market history.
//!
//! A task draws one stream of paths by filtered historical simulation ([`simulation`]) and writes its estimate
//! (`var.json`) with the worst losses (`tail.txt`), which `merge` pools exactly ([`tail`]). What a contract needs of the estimate
//! is in `callback` ([`callback`](mod@callback)).
//!
//! **Contract.** Streams with different numbers are independent, and pooled they say what one long stream would.
//!
//! **When modifying.** Keep to the contract of [`talka_app_common`], and tell options in `HELP`. `merge` reads what tasks have written:
//! both change together.

mod callback;
mod history;
#[cfg(not(target_family = "wasm"))]
mod merge;
mod report;
mod simulation;
mod tail;

use callback::callback;
use history::{History, Quotes};
use report::{Estimate, Question, Report, Source};
use simulation::Model;
use std::process::ExitCode;
use tail::Tail;
use talka_app_common::{finish, read_text, write_file, Arguments, Failure, Task};

const HELP: &str = "\
Monte-Carlo value at risk and expected shortfall of a portfolio over real market history

usage: value-at-risk OPTIONS STREAM
       value-at-risk merge --out FOLDER RESULT...

  --weights A=0.6,B=-0.4   amount held of each column of the dataset, negative when sold short
  --horizon DAYS           how long the portfolio is held, 1 to 250 days
  --paths N                paths drawn by each task, 1000 to 10000000
  --confidence LEVEL       between 0.5 and 0.9999
  --quotes KIND            price (default), or per-base: units for one unit of the base currency
  --decay LAMBDA           of the volatility model, above 0 and at most 1 (default 0.94)
  --seed N                 other random numbers for the whole bag (default 0)
  STREAM                   the task's own parameter: a number, different in each task of a bag

A task writes its estimate to var.json, the worst losses to tail.txt, and for a contract that has bought
it to callback: the last day, value at risk and expected shortfall of its stream (README.md).

merge pools the result folders of a bag's tasks into FOLDER/var.json, with standard errors.
";

const OPTIONS: [&str; 7] = ["weights", "horizon", "paths", "confidence", "quotes", "decay", "seed"];

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
    task(&Arguments::parse(arguments, &OPTIONS)?, &Task::from_env()?)
}

/// Runs one task: the stream that the last argument names.
fn task(arguments: &Arguments, task: &Task) -> Result<(), Failure> {
    let question = Question {
        portfolio: arguments.required("weights")?,
        quotes: arguments.optional("quotes")?.unwrap_or(Quotes::Price),
        horizon_days: in_range("horizon", arguments.required("horizon")?, 1, 250)?,
        confidence: arguments.required("confidence")?,
        paths: in_range("paths", arguments.required("paths")?, 1_000, 10_000_000)?,
        decay: arguments.optional("decay")?.unwrap_or(0.94),
        seed: arguments.optional("seed")?.unwrap_or(0),
    };
    let stream = arguments.parameter("stream")?;
    if !(question.decay > 0.0 && question.decay <= 1.0) {
        let problem = format!("--decay {} is out of range", question.decay);
        return Err(Failure::usage(problem, "it is above 0 and at most 1"));
    }

    let (report, tail) = answer(question, &read_text(&task.dataset)?, stream)?;
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| Failure::data(format!("cannot write the report: {error}"), "check the weights"))?;
    write_file(&task.output, "var.json", format!("{json}\n").as_bytes())?;
    write_file(&task.output, "tail.txt", tail.to_text().as_bytes())?;
    match callback(&report.source.last_day, &report.estimate) {
        Ok(bytes) => write_file(&task.output, "callback", &bytes),
        Err(why) => {
            eprintln!("note: there is nothing for a contract: {why}");
            Ok(())
        }
    }
}

/// Draws one stream of paths from the history in `csv`.
fn answer(question: Question, csv: &str, stream: u32) -> Result<(Report, Tail), Failure> {
    let Question { portfolio, confidence, .. } = &question;
    let history = History::read(csv, &portfolio.assets, question.quotes)?;
    let model = Model::fit(&history, question.decay);
    let losses =
        model.losses(&portfolio.weights, question.horizon_days, question.seed, stream, 0..question.paths);
    let tail = Tail::of(losses, *confidence);
    let estimate = Estimate::of(&tail, *confidence, portfolio.gross());
    let source = Source {
        first_day: history.first_day,
        last_day: history.last_day,
        returns: history.returns.len(),
        volatility: model.volatility,
    };
    Ok((Report { question, source, stream, estimate }, tail))
}

fn in_range(name: &str, value: u32, min: u32, max: u32) -> Result<u32, Failure> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Failure::usage(format!("--{name} {value} is out of range"), format!("it is {min} to {max}")))
    }
}
