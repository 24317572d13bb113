//! The charts of a sweep or a test.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use crate::engine::time::round_duration;
use crate::formats::EndedJson;
use crate::formats::results::{
    FailureModeJson, FaultCountsJson, MeasuredTimeJson, ResultsJson, RunCountJson, RunSummaryJson,
    RunTimesJson, ScenarioResultsJson,
};
use crate::spelling::command_for;
use crate::view::html::escaped;
use crate::view::ticks::round_ticks;

use super::plot::{Form, LEFT, LogScale, Plot};

/// A time that is measured in each run, with its name in the results and its words.
type TimeOf = fn(&RunTimesJson) -> Option<MeasuredTimeJson>;

const TIMES: [(&str, &str, TimeOf); 6] = [
    ("recovery", "until users are served again (RTO)", |times| times.recovery_ns),
    ("restart", "until an application is started again", |times| times.restart_ns),
    ("detection_first", "until the first node notices", |times| times.detection_first_ns),
    ("detection_last", "until the last node notices", |times| times.detection_last_ns),
    ("slowest", "slowest answer", |times| times.slowest_ns),
    ("p99", "99th percentile of the answers", |times| times.p99_ns),
];

pub(super) fn body(results: &ResultsJson) -> String {
    let mut text = String::new();
    for scenario in &results.scenarios {
        if !scenario.runs.is_empty() {
            text += &of_scenario(scenario);
        }
    }
    for broken in &results.broken {
        let _ = writeln!(
            text,
            "<h2>{}</h2><pre>{}</pre>",
            escaped(&broken.file),
            escaped(&broken.message)
        );
    }
    text
}

fn of_scenario(scenario: &ScenarioResultsJson) -> String {
    let ended = |wanted: EndedJson| scenario.runs.iter().filter(|run| run.ended == wanted).count();
    let mut text = format!(
        "<h1>{}</h1>\n<p class=\"soft\">{}, seeds {}: {} runs, {} pass, {} violated, {} \
         inconclusive; expected {}</p>\n",
        escaped(&scenario.name),
        escaped(&scenario.file),
        escaped(&scenario.seeds),
        scenario.runs.len(),
        ended(EndedJson::Pass),
        ended(EndedJson::Violated),
        ended(EndedJson::Inconclusive),
        word(scenario.expected),
    );
    text += &ways(scenario);
    text += &distributions(scenario);
    text += &scatter(scenario);
    text + &coverage(scenario)
}

const fn word(ended: EndedJson) -> &'static str {
    match ended {
        EndedJson::Pass => "pass",
        EndedJson::Violated => "violated",
        EndedJson::Inconclusive => "inconclusive",
        EndedJson::Panicked => "panicked",
    }
}

const fn form(ended: EndedJson) -> Form {
    match ended {
        EndedJson::Pass => Form::Dot,
        EndedJson::Inconclusive => Form::Ring,
        EndedJson::Violated | EndedJson::Panicked => Form::Cross,
    }
}

/// A row of seeds for each way of failing, and one for those that passed.
fn ways(scenario: &ScenarioResultsJson) -> String {
    let mut text = "<h2>How the runs ended</h2>\n<p class=\"soft\">A mark for each run: dot, all was \
                    as expected; cross, something was not; ring, something could not be told. A run \
                    that failed in several ways stands in each of them.</p>\n"
        .to_owned();
    for way in &scenario.ways {
        let own: Vec<&RunSummaryJson> =
            scenario.runs.iter().filter(|run| run.ways.contains(&way.id)).collect();
        text += &row(scenario, &own, &way_title(way));
        text += &example(scenario, way);
    }
    let passed: Vec<&RunSummaryJson> =
        scenario.runs.iter().filter(|run| run.ways.is_empty()).collect();
    if !passed.is_empty() {
        text += &row(scenario, &passed, "no failures");
    }
    text
}

fn way_title(way: &FailureModeJson) -> String {
    let summary = way.examples.first().map_or("", |example| example.summary.as_str());
    format!("{}: {}; first: {summary}", word(way.result), way.what.text)
}

fn example(scenario: &ScenarioResultsJson, way: &FailureModeJson) -> String {
    let Some(first) = way.examples.first() else { return String::new() };
    let lines: Vec<&str> = [first.summary.as_str()]
        .into_iter()
        .chain(first.witness.iter().map(String::as_str))
        .collect();
    format!(
        "<details><summary>Seed {}</summary><pre>{}\n{}</pre></details>\n",
        first.seed,
        escaped(&lines.join("\n")),
        escaped(&command_for("view", &scenario.file, first.seed))
    )
}

/// The most marks in a line.
const IN_A_LINE: usize = 80;

/// Marks for runs, in lines of so many as there is room for.
fn row(scenario: &ScenarioResultsJson, runs: &[&RunSummaryJson], title: &str) -> String {
    let lines = runs.len().div_ceil(IN_A_LINE);
    let mut plot = Plot::new(1_160.0, 30.0 + 15.0 * lines as f64, 4.0);
    for (place, run) in runs.iter().enumerate() {
        let x = 0.006 + (place % IN_A_LINE) as f64 / IN_A_LINE as f64;
        let y = 1.0 - ((place / IN_A_LINE) as f64 + 0.5) / lines as f64;
        let transport = scenario.transports.get(run.transport as usize);
        let transport = transport.filter(|_| scenario.transports.len() > 1);
        let transport = transport.map_or(String::new(), |name| format!(", {name}"));
        let title = format!("seed {}{transport}: {}", run.seed, word(run.ended));
        plot.point((x, y), form(run.ended), 4.0, &title);
    }
    let heading = escaped(title);
    format!("<figure><h3>{heading} ({})</h3>{}</figure>\n", runs.len(), plot.finish(title))
}

/// A curve for each time: the share of the runs in which it was no longer, for each transport.
fn distributions(scenario: &ScenarioResultsJson) -> String {
    let plots: Vec<String> = (0..TIMES.len()).filter_map(|place| curve(scenario, place)).collect();
    if plots.is_empty() {
        return String::new();
    }
    format!(
        "<h2>How long it took</h2>\n<p class=\"soft\">Share of the runs in which it took no longer. \
         Where a curve ends below 100%, it never happened in the others.</p>\n<div \
         class=\"plots\">{}</div>\n",
        plots.concat()
    )
}

fn curve(scenario: &ScenarioResultsJson, place: usize) -> Option<String> {
    let (measure, name, of) = TIMES[place];
    let measured = scenario.runs.iter().filter_map(|run| Some((run, of(&run.times)?)));
    let measured: Vec<(&RunSummaryJson, MeasuredTimeJson)> = measured.collect();
    let known = |time: &MeasuredTimeJson| match time {
        MeasuredTimeJson::For(time) => Some(*time),
        MeasuredTimeJson::Never(_) => None,
    };
    let limits = scenario.limits.iter().filter(|limit| limit.measure == measure);
    let limits: BTreeSet<u64> = limits.map(|limit| limit.at_most_ns).collect();
    let times = measured.iter().filter_map(|(_, time)| known(time));
    let scale = LogScale::of(times.clone().chain(limits.iter().copied()));
    times.clone().next()?;
    let mut plot = Plot::new(560.0, 210.0, LEFT);
    scale.ticks().iter().for_each(|(x, text)| plot.tick_x(*x, text));
    for share in [0, 50, 100] {
        plot.tick_y(f64::from(share) / 100.0, &format!("{share}%"));
    }
    for limit in &limits {
        plot.line((scale.at(*limit), 0.0), (scale.at(*limit), 1.0), "limit");
        let time = round_duration(Duration::from_nanos(*limit));
        plot.word((scale.at(*limit), 0.94), &format!("at most {time}"));
    }
    for transport in 0..scenario.transports.len().max(1) {
        let own = measured.iter().filter(|(run, _)| run.transport as usize == transport);
        let all = own.clone().count();
        let mut own: Vec<(u64, &RunSummaryJson)> =
            own.filter_map(|(run, time)| Some((known(time)?, *run))).collect();
        own.sort_by_key(|(time, run)| (*time, run.seed));
        let height = |at: usize| (at + 1) as f64 / all as f64;
        let points: Vec<(f64, f64)> =
            own.iter().enumerate().map(|(at, (time, _))| (scale.at(*time), height(at))).collect();
        plot.stairs(&points, &format!("t{}", transport % 3));
        // The ends tell of their seeds, and what lies between if there are few.
        for (at, (time, run)) in own.iter().enumerate() {
            if own.len() <= 200 || at + 20 >= own.len() {
                let title =
                    format!("seed {}: {}", run.seed, round_duration(Duration::from_nanos(*time)));
                plot.point(points[at], form(run.ended), 2.5, &title);
            }
        }
    }
    Some(format!("<figure><h3>{name}</h3>{}{}</figure>\n", plot.finish(name), legend(scenario)))
}

/// The share of the height above and below which points are that have no time.
const NO_TIME: f64 = 0.09;

/// A point for each fault: the time between it and the beginning of the nearest operation, and how long it
/// was until users were served again.
fn scatter(scenario: &ScenarioResultsJson) -> String {
    let all = || scenario.runs.iter().flat_map(|run| run.strikes.iter().map(move |one| (run, one)));
    let offsets = all().map(|(_, strike)| strike.offset_ns);
    let (Some(least), Some(most)) = (offsets.clone().min(), offsets.max()) else {
        return String::new();
    };
    let known = all().filter_map(|(_, strike)| match strike.recovery_ns {
        MeasuredTimeJson::For(time) => Some(time).filter(|time| *time > 0),
        MeasuredTimeJson::Never(_) => None,
    });
    // The beginning of the operation is always on the axis.
    let axis = Offsets { least: least.min(0), most: most.max(0) };
    let scale = known.clone().next().map(|_| LogScale::of(known));
    let height = |share: f64| NO_TIME * 2.0 + (1.0 - NO_TIME * 4.0) * share;
    let mut plot = Plot::new(1_160.0, 260.0, LEFT + 24.0);
    axis.ticks().iter().for_each(|(x, text)| plot.tick_x(*x, text));
    plot.line((axis.at(0), 0.0), (axis.at(0), 1.0), "begin");
    plot.tick_y(NO_TIME, "at once");
    plot.tick_y(1.0 - NO_TIME, "never");
    for (y, text) in scale.map(LogScale::ticks).unwrap_or_default() {
        plot.tick_y(height(y), &text);
    }
    for (run, strike) in all() {
        let (y, told) = match (strike.recovery_ns, scale) {
            (MeasuredTimeJson::Never(_), _) => (1.0 - NO_TIME, "not served again".to_owned()),
            (MeasuredTimeJson::For(time), Some(scale)) if time > 0 => {
                let took = round_duration(Duration::from_nanos(time));
                (height(scale.at(time)), format!("served again after {took}"))
            }
            (MeasuredTimeJson::For(_), _) => (NO_TIME, "nobody disturbed".to_owned()),
        };
        let title = format!("seed {}: {}; {told}", run.seed, offset_text(strike.offset_ns));
        plot.point((axis.at(strike.offset_ns), y), form(run.ended), 3.0, &title);
    }
    let name = "the fault, from the beginning of the nearest operation on";
    format!(
        "<h2>When faults struck, and how long until users were served again</h2>\n<p \
         class=\"soft\">A point for each fault that took something away: to the right of the thick line it struck \
         after the nearest operation had begun, to the left before.</p>\n<figure>{}</figure>\n",
        plot.finish(name)
    )
}

fn offset_text(offset: i64) -> String {
    let time = round_duration(Duration::from_nanos(offset.unsigned_abs()));
    let side = if offset < 0 { "before" } else { "after" };
    format!("{time} {side} the nearest operation began")
}

/// An axis of times before and after 0.
struct Offsets {
    least: i64,
    most: i64,
}

impl Offsets {
    fn at(&self, offset: i64) -> f64 {
        0.02 + 0.96 * (offset - self.least) as f64 / (self.most - self.least).max(1) as f64
    }

    /// Round times with their words.
    fn ticks(&self) -> Vec<(f64, String)> {
        let tick = |offset: i64| {
            let time = round_duration(Duration::from_nanos(offset.unsigned_abs()));
            let text = match offset {
                0 => "0".to_owned(),
                ..0 => format!("−{time}"),
                1.. => time,
            };
            (self.at(offset), text)
        };
        round_ticks(self.least, self.most, 8).0.into_iter().map(tick).collect()
    }
}

fn legend(scenario: &ScenarioResultsJson) -> String {
    if scenario.transports.len() < 2 {
        return String::new();
    }
    let lines = ["solid", "dashed", "dotted"];
    let names = scenario.transports.iter().zip(lines).map(|(name, line)| format!("{line}: {name}"));
    format!("<p class=\"soft\">{}</p>", escaped(&names.collect::<Vec<_>>().join(", ")))
}

/// The faults, nodes and states that the runs put to the test.
fn coverage(scenario: &ScenarioResultsJson) -> String {
    let all = scenario.runs.len() as u64;
    let mut rows = String::new();
    let mut add = |what: &str, counts: [Option<&RunCountJson>; 3]| {
        let cells = counts.map(|count| count.map_or(String::new(), |count| cell(*count, all)));
        let [one, two, three] = cells;
        let what = escaped(what);
        let _ =
            writeln!(rows, "<tr><td>{what}</td><td>{one}</td><td>{two}</td><td>{three}</td></tr>");
    };
    let faults = scenario.coverage.faults.iter().map(|each| (each.text.clone(), each.strikes));
    let kinds =
        scenario.coverage.kinds.0.iter().map(|(kind, counts)| (format!("any {kind}"), *counts));
    for (text, FaultCountsJson { injected, in_flight, moving }) in faults.chain(kinds) {
        add(&text, [Some(&injected), Some(&in_flight), Some(&moving)]);
    }
    for node in &scenario.coverage.nodes {
        add(&format!("{} lost", node.node), [Some(&node.lost), None, None]);
    }
    for (state, count) in &scenario.coverage.states.0 {
        add(&format!("state: {}", state.replace('_', " ")), [Some(count), None, None]);
    }
    format!(
        "<h2>What was put to the test</h2>\n<table><thead><tr><th>fault, node or \
         state</th><th>runs</th><th>while an operation was under way</th><th>while an application \
         ran nowhere or twice</th></tr></thead><tbody>\n{rows}</tbody></table>\n"
    )
}

fn cell(count: RunCountJson, all: u64) -> String {
    let runs = count.runs;
    if runs == 0 {
        return "<span class=\"bad\">never</span>".to_owned();
    }
    let seed = count.seed.map_or(String::new(), |seed| format!(", first with seed {seed}"));
    format!("<meter value=\"{runs}\" max=\"{all}\" title=\"{runs} of {all}{seed}\"></meter> {runs}")
}
