//! The results of many runs, for programs: JSON, which can be read again, and CSV.

mod json;
mod read;

use std::io;

use crate::explore::{MEASURES, MeasuredTime, Results, RunSummary, ScenarioResults};

pub use read::read_results;

/// The layout of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonLayout {
    /// For people.
    Pretty,
    /// In one line.
    Compact,
}

/// Writes results as one JSON object, see [`ResultsJson`](crate::formats::results::ResultsJson).
/// [`read_results`] reads it.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_results(
    results: &Results,
    layout: JsonLayout,
    mut out: impl io::Write,
) -> io::Result<()> {
    let document = json::results_json(results);
    match layout {
        JsonLayout::Pretty => serde_json::to_writer_pretty(&mut out, &document)?,
        JsonLayout::Compact => serde_json::to_writer(&mut out, &document)?,
    }
    out.write_all(b"\n")
}

/// Writes comma-separated values: a header, then a line for each run. Times are nanoseconds, or
/// `never`; missing values are empty.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_csv(results: &Results, out: impl io::Write) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    let fixed = ["file", "seed", "transport", "digest", "ended", "as_expected", "faults"];
    let measures = MEASURES.iter().map(|measure| format!("{}_ns", measure.name));
    let names = fixed.map(str::to_owned).into_iter().chain(measures).chain(["ways".to_owned()]);
    out.write_record(names)?;
    for scenario in &results.scenarios {
        for run in &scenario.runs {
            out.write_record(cells(scenario, run))?;
        }
    }
    out.flush()
}

fn cells(scenario: &ScenarioResults, run: &RunSummary) -> Vec<String> {
    let mut cells = vec![
        scenario.file.clone(),
        run.seed.to_string(),
        scenario.transports.get(run.transport).cloned().unwrap_or_default(),
        format!("{:016x}", run.digest),
        run.ended.to_string(),
        run.as_expected.to_string(),
        run.faults.to_string(),
    ];
    cells.extend(MEASURES.iter().map(|measure| match (measure.of)(&run.times) {
        Some(MeasuredTime::For(time)) => time.as_nanos().to_string(),
        Some(MeasuredTime::Never) => "never".to_owned(),
        None => String::new(),
    }));
    let ways: Vec<String> = run.ways.iter().map(ToString::to_string).collect();
    cells.push(ways.join(" "));
    cells
}
