//! What is printed and written: lines, a table of comma separated values, two plots.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;

use crate::{plot, scenario::Row};

/// What one wrong result cost the adversary. `inf`: it paid and got none; `-`: it neither paid nor got any.
fn cost(row: &Row) -> String {
    let steady = &row.outcome.steady;
    match (steady.lies, steady.cost) {
        (0, 0) => "-".into(),
        (0, _) => "inf".into(),
        (lies, _) => format!("{:.1}", steady.loss() / lies as f64),
    }
}

/// How a choice is called on the command line.
pub fn name<T: clap::ValueEnum>(value: T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// The line of a run of the table.
pub fn sim(row: &Row) -> String {
    format!(
        "SIM policy={} adversary={} tasks={} error={:.3e} upper95={:.3e} redundancy={:.4} attacker_cost_per_wrong={}",
        name(row.scenario.kind),
        name(row.scenario.setting.adversary),
        row.tasks(),
        row.outcome.steady.error(),
        row.upper95(),
        row.outcome.steady.redundancy(),
        cost(row),
    )
}

/// The line of a run towards the goal, with its build-up.
pub fn goal(row: &Row) -> String {
    let (steady, early) = (&row.outcome.steady, &row.outcome.build_up);
    let met = steady.error() <= 1e-6 && steady.redundancy() <= 1.10;
    format!(
        "GOAL {} met={} tasks={} error={:.3e} upper95={:.3e} wrong={} lies={} found_out={} redundancy={:.4} \
         attacker_cost_per_wrong={} published95={:.3e} build_up_tasks={} build_up_wrong={} build_up_error={:.2e} \
         build_up_redundancy={:.3} build_up_found_out={} build_up_cost={} build_up_cost_per_wrong={:.1} {}",
        row.scenario.name,
        if met { "yes" } else { "no" },
        row.tasks(),
        steady.error(),
        row.upper95(),
        steady.wrong,
        steady.lies,
        steady.lives,
        steady.redundancy(),
        cost(row),
        row.published.unwrap_or(1.0),
        early.accepted,
        early.wrong,
        early.error(),
        early.redundancy(),
        early.lives,
        early.loss().round(),
        early.loss() / early.lies.max(1) as f64,
        newcomers(row),
    )
}

/// The line of a run of the frontier.
pub fn frontier(row: &Row) -> String {
    let steady = &row.outcome.steady;
    format!(
        "FRONTIER {} tasks={} error={:.3e} by_lies={:.3e} found_out={} redundancy={:.4} attacker_cost_per_wrong={} {}",
        row.scenario.name,
        row.tasks(),
        steady.error(),
        steady.lies as f64 / steady.accepted.max(1) as f64,
        steady.lives,
        steady.redundancy(),
        cost(row),
        newcomers(row),
    )
}

fn newcomers(row: &Row) -> String {
    let newcomers = row.newcomers;
    let waited = if newcomers.let_in > 0 { format!("{:.2e}", newcomers.waited) } else { "-".into() };
    format!(
        "newcomers_in={}/{} waited={waited} income={:.1}%",
        newcomers.let_in,
        newcomers.came,
        100.0 * newcomers.income
    )
}

/// A table for people: error and redundancy, policies across, adversaries down.
pub fn table(rows: &[Row]) -> String {
    let mut text = format!("{:<12}", "");
    let policies: Vec<_> = crate::scenario::Kind::ALL.map(name).into();
    for policy in &policies {
        let _ = write!(text, "{policy:>22}");
    }
    for adversary in crate::world::Adversary::ALL {
        let _ = write!(text, "\n{:<12}", name(adversary));
        for kind in crate::scenario::Kind::ALL {
            let found = rows
                .iter()
                .find(|row| row.scenario.kind == kind && row.scenario.setting.adversary == adversary);
            let cell = found.map(|row| {
                let steady = row.outcome.steady;
                format!("{:.1e} at {:.3}", steady.error(), steady.redundancy())
            });
            let _ = write!(text, "{:>22}", cell.unwrap_or_default());
        }
    }
    text
}

/// Everything that was counted, one line a run.
fn csv(rows: &[Row]) -> String {
    let mut text = String::from(
        "name,policy,adversary,phase,tasks,failed,wrong,lies,error,upper95,redundancy,found_out,mistaken,juries,fined,let_in,\
         attacker_cost,newcomers_in,newcomers,waited,income\n",
    );
    for row in rows {
        for (phase, counts) in [("build-up", row.outcome.build_up), ("steady", row.outcome.steady)] {
            let upper = talka_primitives::bound::upper95(counts.wrong, counts.accepted);
            let _ = writeln!(
                text,
                "\"{}\",{},{},{phase},{},{},{},{},{:e},{:e},{},{},{},{},{},{},{},{},{},{},{}",
                row.scenario.name,
                name(row.scenario.kind),
                name(row.scenario.setting.adversary),
                counts.accepted + counts.failed,
                counts.failed,
                counts.wrong,
                counts.lies,
                counts.error(),
                upper,
                counts.redundancy(),
                counts.lives,
                counts.mistaken,
                counts.juries,
                counts.fined,
                counts.let_in,
                counts.loss(),
                row.newcomers.let_in,
                row.newcomers.came,
                row.newcomers.waited,
                row.newcomers.income,
            );
        }
    }
    text
}

/// Write what was counted, and the plots, into a folder.
pub fn write(out: &Path, table: &[Row], goal: &[Row], frontier: &[Row]) -> Result<()> {
    fs::create_dir_all(out)?;
    for (file, rows) in [("table", table), ("goal", goal), ("frontier", frontier)] {
        if !rows.is_empty() {
            fs::write(out.join(file).with_extension("csv"), csv(rows))?;
        }
    }
    if !table.is_empty() {
        plot::policies(&out.join("policies.svg"), table)?;
    }
    if !frontier.is_empty() {
        plot::frontier(&out.join("frontier.svg"), frontier)?;
    }
    Ok(())
}
