//! `value-at-risk merge`: the results of a bag's tasks become one estimate with its error.

use crate::{
    report::{Estimate, Question, Report, Source},
    tail::{Confidence, Tail},
};
use serde::Serialize;
use std::{ffi::OsString, path::Path};
use talka_app_common::{read_text, write_file, Arguments, Failure};

/// What a bag of tasks says together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pooled {
    /// What was asked.
    pub question: Question,
    /// What the paths were drawn from.
    pub source: Source,
    /// The streams pooled, in order.
    pub streams: Vec<u32>,
    /// Number of paths in all.
    pub paths: u64,
    /// What they say.
    pub estimate: Estimate,
    /// The sampling error of `estimate`; none where there is but one stream.
    pub standard_error: Option<StandardError>,
}

/// Standard errors, as parts of the portfolio's gross amount.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandardError {
    /// Of the value at risk.
    pub value_at_risk: f64,
    /// Of the expected shortfall.
    pub expected_shortfall: f64,
}

/// The standard error of a pooled estimate by sectioning: each of n independent streams gives an estimate of
/// its own, and √(Σ (own − pooled)² / (n·(n − 1))) is the error of the pooled one. See S. Asmussen,
/// P. W. Glynn, "Stochastic Simulation", Springer 2007, §III.5a. None with fewer than two streams.
pub fn sectioning_error(own: &[f64], pooled: f64) -> Option<f64> {
    let n = own.len() as f64;
    let squares: f64 = own.iter().map(|value| (value - pooled) * (value - pooled)).sum();
    (own.len() > 1).then(|| (squares / (n * (n - 1.0))).sqrt())
}

/// Merges the result folders named on the command line into `--out`.
pub fn merge(arguments: &[OsString]) -> Result<(), Failure> {
    let arguments = Arguments::parse(arguments, &["out"])?;
    let out: String = arguments.required("out")?;
    let results =
        arguments.rest().iter().map(|folder| read(Path::new(folder))).collect::<Result<Vec<_>, _>>()?;
    let pooled = pool(results)?;

    let json = serde_json::to_string_pretty(&pooled).map_err(|error| {
        Failure::data(format!("cannot write the estimate: {error}"), "check the tasks' results")
    })?;
    write_file(Path::new(&out), "var.json", format!("{json}\n").as_bytes())?;
    println!("{}", summary(&pooled));
    Ok(())
}

fn read(folder: &Path) -> Result<(Report, Tail), Failure> {
    let json = read_text(&folder.join("var.json"))?;
    let report = serde_json::from_str(&json).map_err(|error| {
        Failure::data(
            format!("{}/var.json is not a report of this app: {error}", folder.display()),
            "give folders with results of value-at-risk",
        )
    })?;
    Ok((report, Tail::from_text(&read_text(&folder.join("tail.txt"))?)?))
}

/// Pools the tasks' reports and tails, in any order. They must be of the same question and of different streams:
/// the same stream twice would count as knowledge what is an echo.
pub fn pool(mut results: Vec<(Report, Tail)>) -> Result<Pooled, Failure> {
    let hint = "give the result folders of all tasks of one deal, each once";
    results.sort_by_key(|(report, _)| report.stream);
    let Some((first, _)) = results.first() else {
        return Err(Failure::usage("nothing to merge", hint));
    };
    let (question, source) = (first.question.clone(), first.source.clone());
    for pair in results.windows(2) {
        let (one, other) = (&pair[0].0, &pair[1].0);
        if (&one.question, &one.source) != (&other.question, &other.source) {
            let problem =
                format!("streams {} and {} do not answer the same question", one.stream, other.stream);
            return Err(Failure::data(problem, hint));
        }
        if one.stream == other.stream {
            return Err(Failure::data(format!("stream {} is there twice", one.stream), hint));
        }
    }

    let (streams, tails): (Vec<_>, Vec<_>) =
        results.into_iter().map(|(report, tail)| (report.stream, tail)).unzip();
    let tail = Tail::pool(&tails, question.confidence)?;
    let estimate = Estimate::of(&tail, question.confidence, question.portfolio.gross());
    let error = |of: fn(&Tail, Confidence) -> f64, pooled| {
        let own: Vec<_> = tails.iter().map(|tail| of(tail, question.confidence)).collect();
        sectioning_error(&own, pooled)
    };
    let standard_error = error(Tail::value_at_risk, estimate.value_at_risk)
        .zip(error(Tail::expected_shortfall, estimate.expected_shortfall))
        .map(|(value_at_risk, expected_shortfall)| StandardError { value_at_risk, expected_shortfall });
    Ok(Pooled { question, source, streams, paths: tail.paths(), estimate, standard_error })
}

fn summary(pooled: &Pooled) -> String {
    let Pooled { question, source, estimate, .. } = pooled;
    let percent = |part: f64| format!("{:.3} %", part * 100.0);
    let error = |of: fn(&StandardError) -> f64| {
        pooled.standard_error.as_ref().map_or(String::new(), |error| format!(" ± {}", percent(of(error))))
    };
    format!(
        "{} paths of {} days from {} streams, drawn from {} to {}\n\
         value at risk at {} %      {}{} of the gross amount\n\
         expected shortfall beyond  {}{}\n\
         worst loss of all paths    {}",
        pooled.paths,
        question.horizon_days,
        pooled.streams.len(),
        source.first_day,
        source.last_day,
        f64::from(question.confidence) * 100.0,
        percent(estimate.value_at_risk),
        error(|error| error.value_at_risk),
        percent(estimate.expected_shortfall),
        error(|error| error.expected_shortfall),
        percent(estimate.worst_loss),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Portfolio, Quotes};

    /// The result of stream `stream`, whose losses are 0 to 9999 shifted by it.
    fn result(stream: u32) -> (Report, Tail) {
        let question = Question {
            portfolio: "A=2,B=-2".parse::<Portfolio>().unwrap(),
            quotes: Quotes::Price,
            horizon_days: 10,
            confidence: "0.95".parse().unwrap(),
            paths: 10_000,
            decay: 0.94,
            seed: 0,
        };
        let source = Source {
            first_day: "a".into(),
            last_day: "b".into(),
            returns: 300,
            volatility: vec![0.01, 0.02],
        };
        let tail = Tail::of((0..10_000).map(|loss| loss + i64::from(stream)).collect(), question.confidence);
        let estimate = Estimate::of(&tail, question.confidence, question.portfolio.gross());
        (Report { question, source, stream, estimate }, tail)
    }

    #[test]
    fn of_one_task_is_its_own_estimate_without_an_error() {
        let pooled = pool(vec![result(3)]).unwrap();
        assert_eq!(pooled.estimate, result(3).0.estimate);
        assert_eq!(pooled.standard_error, None);
    }

    #[test]
    fn is_the_same_in_any_order_and_counts_every_path() {
        let pooled = pool(vec![result(1), result(2), result(3)]).unwrap();
        assert_eq!(pool(vec![result(3), result(1), result(2)]).unwrap(), pooled);
        assert_eq!((pooled.paths, pooled.streams.as_slice()), (30_000, [1, 2, 3].as_slice()));
        assert!(pooled.standard_error.is_some());
        assert_eq!(pooled.estimate.value_at_risk_amount, 4.0 * pooled.estimate.value_at_risk);
    }

    #[test]
    fn refuses_a_stream_twice_another_question_and_nothing() {
        assert!(pool(vec![result(1), result(1)]).unwrap_err().to_string().contains("twice"));
        let mut other = result(2);
        other.0.question.horizon_days = 11;
        assert!(pool(vec![result(1), other]).unwrap_err().to_string().contains("same question"));
        assert_eq!(pool(vec![]).unwrap_err().exit_status(), 2);
    }

    #[test]
    fn reads_the_folders_that_tasks_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let (report, tail) = result(1);
        write_file(folder.path(), "var.json", serde_json::to_string(&report).unwrap().as_bytes()).unwrap();
        write_file(folder.path(), "tail.txt", tail.to_text().as_bytes()).unwrap();
        let (read_report, read_tail) = read(folder.path()).unwrap();
        assert_eq!((read_report.question, read_report.stream), (report.question, 1));
        assert_eq!(read_tail, tail);
        assert!(read(&folder.path().join("elsewhere")).is_err());
    }

    #[test]
    fn tells_no_error_from_a_single_stream() {
        assert_eq!(sectioning_error(&[1.0], 1.0), None);
    }

    #[test]
    fn takes_the_deviation_of_the_mean_as_its_error() {
        assert_eq!(sectioning_error(&[1.0, 2.0, 3.0], 2.0), Some((1.0_f64 / 3.0).sqrt()));
    }
}
