//! The same scenario with several transports, side by side.

use std::time::Duration;

use super::Styles;
use super::columns::{Cells, table};
use crate::engine::time::round_duration;
use crate::scenario::services::transport::Cost;
use crate::scenario::simulation::Run;
use crate::verdict::Verdict;

/// A comparison of the transports: requests with their bytes, round trips and connections, the
/// total on the wire, and the waiting times of users.
#[must_use]
pub fn comparison_text(results: &[(Run, Verdict)], styles: &Styles) -> String {
    let header = [
        "transport",
        "requests",
        "bytes each",
        "round trips each",
        "connections",
        "all bytes",
        "p50",
        "p99",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(results.iter().map(|(run, verdict)| row(run, verdict).to_vec()));
    let title = styles.title;
    format!("{title}What each transport costs{title:#}\n") + &table(&rows, Cells::Right, styles)
}

fn row(run: &Run, verdict: &Verdict) -> [String; 8] {
    let mut cost = Cost::default();
    for spent in run.summary.costs.values() {
        cost += *spent;
    }
    let each = |total: u64| total as f64 / cost.requests.max(1) as f64;
    let shown = |latency: Option<Duration>| latency.map_or_else(|| "-".to_owned(), round_duration);
    let users = verdict.figures.workloads.first();
    [
        run.plan.transport.to_string(),
        cost.requests.to_string(),
        format!("{:.0}", each(cost.bytes)),
        format!("{:.2}", each(cost.round_trips)),
        cost.connections.to_string(),
        run.traffic.bytes.to_string(),
        shown(users.and_then(|users| users.p50)),
        shown(users.and_then(|users| users.p99)),
    ]
}
