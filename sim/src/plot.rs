//! Plots, as SVG.

use std::path::Path;

use anyhow::{anyhow, Result};
use plotters::prelude::*;
use talka_primitives::merit::DEFAULT_YOUNG_RATE;

use crate::scenario::{Kind, Row};

const SIZE: (u32, u32) = (800, 500);
const FONT: (&str, u32) = ("sans-serif", 14);

/// What is drawn where there was no error at all.
const NONE: f64 = 1e-8;

struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Errors against executions per task: each policy, against each adversary.
pub fn policies(file: &Path, rows: &[Row]) -> Result<()> {
    let series = Kind::ALL.map(|kind| Series {
        name: format!("{kind:?}"),
        points: rows
            .iter()
            .filter(|row| row.scenario.kind == kind)
            .map(|row| (row.outcome.steady.redundancy(), row.outcome.steady.error()))
            .collect(),
    });
    draw(file, "executions per task", "wrong results of those accepted", 1.0..4.0, &series, false)
}

/// Errors by lies of saboteurs with endless money against what the gate tolerates.
pub fn frontier(file: &Path, rows: &[Row]) -> Result<()> {
    let mut series: Vec<Series> = Vec::new();
    for row in rows {
        let terms = row.scenario.terms;
        let (Some(gate), 1) = (terms.gate, terms.patience) else { continue };
        if terms.young != DEFAULT_YOUNG_RATE {
            continue;
        }
        let name = format!("audits at {} %", f64::from(terms.rate.0) / 100.0);
        let steady = row.outcome.steady;
        let point = ((gate.tolerated as f64).log10(), steady.lies as f64 / steady.accepted.max(1) as f64);
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => series.push(Series { name, points: vec![point] }),
        }
    }
    let bound = (30..=74).map(|tenth| f64::from(tenth) / 10.0).map(|x| (x, 10f64.powf(-x))).collect();
    series.push(Series { name: "what the gate tolerates".into(), points: bound });
    draw(file, "tolerated: one wrong of 10^x", "wrong results by lies", 2.5..7.5, &series, true)
}

fn draw(
    file: &Path,
    x: &str,
    y: &str,
    range: std::ops::Range<f64>,
    series: &[Series],
    lines: bool,
) -> Result<()> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", file.display());
    root.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(range, (NONE..1.0).log_scale())
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .x_desc(x)
        .y_desc(y)
        .y_label_formatter(&|y| format!("{y:.0e}"))
        .label_style(FONT)
        .axis_desc_style(FONT)
        .light_line_style(WHITE)
        .draw()
        .map_err(|error| failed(&error))?;
    for (index, Series { name, points }) in series.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let points: Vec<_> = points.iter().map(|(x, y)| (*x, y.max(NONE))).collect();
        let drawn = if lines {
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))
        } else {
            chart.draw_series(points.into_iter().map(|point| Circle::new(point, 5, colour.filled())))
        };
        drawn
            .map_err(|error| failed(&error))?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 12, y + 4)], colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK)
        .label_font(FONT)
        .draw()
        .map_err(|error| failed(&error))?;
    root.present().map_err(|error| failed(&error))
}
