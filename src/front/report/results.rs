//! The results of many runs, for programs: JSON and CSV.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::explore::{
    MEASURES, MeasuredTime, Percentiles, Results, RunConclusion, RunSummary, RunTotals,
    ScenarioResults,
};

/// The results with what they come to.
#[derive(Serialize)]
struct ResultsDocument<'a> {
    #[serde(flatten)]
    results: &'a Results,
    summary: ResultsSummary,
}

#[derive(Serialize)]
struct ResultsSummary {
    ended: Option<RunConclusion>,
    totals: RunTotals,
    scenarios: Vec<Value>,
}

/// The layout of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonLayout {
    /// For people.
    Pretty,
    /// In one line.
    Compact,
}

/// Writes results as one JSON object. `nodedown merge` reads it.
///
/// - `nodedown`: the version; `shard`, `stopped`: the part of the runs that was done
/// - `scenarios`: each with its `file`, `hash` and `seeds`, its `runs`, the `ways` in which they
///   failed, and their `coverage`
/// - `broken`: files that are not valid scenarios
/// - `summary`: derived from the rest: `totals`, and for each scenario `percentiles`
///
/// Times are integer nanoseconds, or `"never"`.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_results(
    results: &Results,
    layout: JsonLayout,
    mut out: impl io::Write,
) -> io::Result<()> {
    let scenarios = results.scenarios.iter().map(scenario).collect();
    let summary = ResultsSummary { ended: results.ended(), totals: results.totals(), scenarios };
    let document = ResultsDocument { results, summary };
    match layout {
        JsonLayout::Pretty => serde_json::to_writer_pretty(&mut out, &document)?,
        JsonLayout::Compact => serde_json::to_writer(&mut out, &document)?,
    }
    out.write_all(b"\n")
}

fn scenario(results: &ScenarioResults) -> Value {
    let measured = MEASURES
        .iter()
        .filter_map(|measure| Some((measure.name, Percentiles::of(measure, &results.runs)?)));
    let percentiles: Map<String, Value> =
        measured.map(|(name, found)| (name.to_owned(), percentiles(&found))).collect();
    json!({ "file": results.file, "totals": results.totals(), "percentiles": percentiles })
}

fn percentiles(found: &Percentiles) -> Value {
    json!({
        "runs": found.runs,
        "never": found.never,
        "p50_ns": found.p50,
        "p90_ns": found.p90,
        "p99_ns": found.p99,
        "max_ns": found.max,
        "max_seed": found.max_seed,
    })
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
