//! What came of many runs, for programs: JSON and CSV.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::explore::{
    Ended, MEASURES, Percentiles, Results, RunSummary, ScenarioResults, Taken, Totals,
};

/// The results with what they come to.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    results: &'a Results,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    ended: Option<Ended>,
    totals: Totals,
    scenarios: Vec<Value>,
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// For people.
    Pretty,
    /// In one line.
    Compact,
}

/// Writes results as one JSON object. `nodedown merge` reads it.
///
/// - `nodedown`: the version; `shard`, `stopped`: which part of the runs was done
/// - `scenarios`: each with its `file`, `hash` and `seeds`, its `runs`, the `ways` in which they
///   failed, and their `coverage`
/// - `broken`: files that are no scenarios
/// - `summary`: what can be told from the rest: `totals`, and for each scenario `percentiles`
///
/// Times are integer nanoseconds, or `"never"`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_results(results: &Results, layout: Layout, mut out: impl io::Write) -> io::Result<()> {
    let scenarios = results.scenarios.iter().map(scenario).collect();
    let summary = Summary { ended: results.ended(), totals: results.totals(), scenarios };
    let document = Document { results, summary };
    match layout {
        Layout::Pretty => serde_json::to_writer_pretty(&mut out, &document)?,
        Layout::Compact => serde_json::to_writer(&mut out, &document)?,
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

/// Writes a line of comma-separated values for each run, below a line with their names. Times are
/// nanoseconds, or `never`; what a run does not have is empty.
///
/// # Errors
/// When `out` cannot be written to.
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
        Some(Taken::For(time)) => time.as_nanos().to_string(),
        Some(Taken::Never) => "never".to_owned(),
        None => String::new(),
    }));
    let ways: Vec<String> = run.ways.iter().map(ToString::to_string).collect();
    cells.push(ways.join(" "));
    cells
}
