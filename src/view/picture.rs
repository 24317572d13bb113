//! All that a page shows.

use std::io::BufRead;

use serde::Serialize;

use crate::engine::time::{Time, nanos};
use crate::engine::trace::Trace;
use crate::formats::VerdictJson;
use crate::scenario::simulation::Run;
use crate::scenario::{Expectation, Placement};
use crate::verdict::explain::Explanation;
use crate::verdict::{Conclusion, Verdict};

use super::columns::{Columns, NameList, Texts};
use super::faults::{FaultSpan, FaultSpans};
use super::findings::{self, Chain, Check, Contradicted};
use super::lanes;
use super::line::{self, TraceLine, UnreadableTrace};
use super::messages::{self, LostMessage};
use super::opening::Opening;
use super::operations::{OperationColumns, Workload};
use super::processes::Processes;
use super::spans::{Span, Spans};

/// The version of what a page holds.
const FORMAT: u32 = 1;

/// A run with everything that is known of it.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The run, with a full trace.
    pub run: &'a Run,
    /// Its verdict.
    pub verdict: &'a Verdict,
    /// Its explanation.
    pub explanation: &'a Explanation,
    /// Its story.
    pub story: Vec<StoryEntry>,
    /// The command that makes the same page again.
    pub command: String,
    /// The plan of the run as a scenario that people can change and run.
    pub scenario: String,
}

/// A line of the story of a run, with its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoryEntry {
    /// The number of the record that it tells of; `None` if it tells of something that is not in the trace.
    pub record: Option<u32>,
    /// The time.
    #[serde(serialize_with = "in_nanoseconds")]
    pub at: Time,
    /// The node, the workload, or what else it is about.
    pub who: String,
    /// The event, in words.
    pub what: String,
    /// `plain`, `bad`, `good` or `doubtful`.
    pub tone: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn in_nanoseconds<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_nanos())
}

/// A run as a page shows it, or a trace of which nothing else is known.
///
/// ```
/// use nodedown::prelude::*;
/// use nodedown::view::{PageLimits, Picture, page};
///
/// let trace = r#"{"id":1,"cause":0,"at":0,"node":"a@x","what":"node_started","creation":1}"#;
/// let picture = Picture::of_trace("a.jsonl", trace.as_bytes())?;
/// assert_eq!((picture.records(), picture.nodes().count()), (1, 1));
/// let page = page(&picture, &PageLimits::default())?;
/// assert!(page.html.starts_with("<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Picture {
    pub(super) head: Head,
    pub(super) columns: Columns,
    pub(super) processes: Processes,
    pub(super) owner_of: Vec<u8>,
    pub(super) texts: Texts,
}

/// Everything but the records and the processes. Numbers of records are those of the trace; where a
/// number stands for a node, it is its place counted from 1.
#[derive(Debug, Default, Serialize)]
pub(super) struct Head {
    pub format: u32,
    pub nodedown: &'static str,
    /// `run`, `session` or `trace`.
    pub source: &'static str,
    pub name: String,
    pub description: String,
    pub seed: Option<u64>,
    pub transport: String,
    pub digest: String,
    pub command: String,
    pub verdict: Option<VerdictJson>,
    pub expected: Option<VerdictJson>,
    pub ended_at: u64,
    /// The omissions, a sentence each.
    pub left_out: Vec<String>,
    pub kinds: Vec<String>,
    pub nodes: Vec<NodeEntry>,
    /// The nodes from top to bottom.
    pub order: Vec<usize>,
    pub owners: Vec<String>,
    /// The applications that run on one node at a time.
    pub distributed: Vec<String>,
    pub workloads: Vec<Workload>,
    pub operations: OperationColumns,
    pub lives: Vec<Span>,
    pub pauses: Vec<Span>,
    pub connections: Vec<Span>,
    pub applications: Vec<Span>,
    pub faults: Vec<FaultSpan>,
    pub lost: Vec<LostMessage>,
    pub story: Vec<StoryEntry>,
    pub doubts: Vec<String>,
    pub checks: Vec<Check>,
    pub chains: Vec<Chain>,
    pub contradictions: Vec<Contradicted>,
    pub has_twin: bool,
    /// The scenario with the plan of the run, for a run that is forked from it.
    pub scenario: String,
    /// The name of the run that is shown beside it; empty if there is none.
    pub beside: String,
    /// The number of the first record that the run beside does not have.
    pub parting: Option<u32>,
    /// In what the plans, the runs and the findings of the two differ, in words.
    pub differences: String,
    #[serde(flatten)]
    pub opening: Opening,
}

/// A node.
#[derive(Debug, Serialize)]
pub(super) struct NodeEntry {
    pub name: String,
    pub host: String,
}

/// The contents of a trace, for the page.
#[derive(Default)]
struct Reading {
    columns: Columns,
    kinds: NameList,
    nodes: NameList,
    processes: Processes,
    texts: Texts,
    spans: Spans,
    faults: FaultSpans,
}

impl Reading {
    fn follow(&mut self, line: &TraceLine) {
        let Reading { columns, kinds, nodes, processes, texts, spans, faults } = self;
        columns.push(line, kinds, nodes, processes, texts);
        let node = columns.node.last().copied().unwrap_or_default();
        spans.follow(line, node);
        faults.follow(line, nodes);
    }

    /// The picture of the trace alone.
    fn into_picture(mut self) -> Picture {
        let kinds = ["sent", "delivered", "dropped", "lost"];
        let kind = kinds.map(|kind| self.kinds.place(kind) as u8);
        self.faults.finish(&self.spans.lives);
        let lost = {
            let texts = self.texts.list();
            messages::lost(&self.columns, kind, &self.processes, &self.nodes, &self.spans, &texts)
        };
        let mut applications: Vec<String> =
            self.spans.applications.iter().map(|span| span.name.clone()).collect();
        applications.sort_unstable();
        applications.dedup();
        let (owners, owner_of) = self.processes.owners(&applications, &self.texts.list());
        let traffic = traffic(&self.columns, kind, self.nodes.names().len());
        let Reading { columns, kinds, nodes, processes, texts, spans, faults } = self;
        let nodes: Vec<NodeEntry> = nodes.names().iter().map(|name| node(name)).collect();
        let head = Head {
            format: FORMAT,
            nodedown: env!("CARGO_PKG_VERSION"),
            source: "trace",
            ended_at: columns.at.last().copied().unwrap_or_default(),
            kinds: kinds.names().to_vec(),
            order: lanes::order(&hosts(&nodes), &traffic),
            nodes,
            owners: owners.names().to_vec(),
            lives: spans.lives,
            pauses: spans.pauses,
            connections: spans.connections,
            applications: spans.applications,
            faults: faults.list,
            lost,
            ..Head::default()
        };
        Picture { head, columns, processes, owner_of, texts }
    }
}

/// A node whose host is known by its name alone.
fn node(name: &str) -> NodeEntry {
    let host = name.split_once('@').map_or(name, |(_, host)| host);
    NodeEntry { name: name.to_owned(), host: host.to_owned() }
}

/// The number of the host of each node.
fn hosts(nodes: &[NodeEntry]) -> Vec<usize> {
    let mut names = NameList::default();
    nodes.iter().map(|node| names.place(&node.host)).collect()
}

/// The number of messages between any two nodes.
fn traffic(columns: &Columns, [_, delivered, ..]: [u8; 4], nodes: usize) -> Vec<Vec<u64>> {
    let mut traffic = vec![vec![0; nodes]; nodes];
    for index in 0..columns.len() {
        let (Some(cause), true) =
            ((columns.cause[index] as usize).checked_sub(1), columns.kind[index] == delivered)
        else {
            continue;
        };
        let [from, to] = [columns.node[cause], columns.node[index]].map(usize::from);
        if from != to && from > 0 && to > 0 {
            traffic[from - 1][to - 1] += 1;
            traffic[to - 1][from - 1] += 1;
        }
    }
    traffic
}

impl Picture {
    /// The picture of a run. On the page it can be forked at a step if the run
    /// [counted](crate::scenario::simulation::Simulation::with_record_steps) them, else at a time.
    ///
    /// # Panics
    /// If the trace of the run is not full.
    #[must_use]
    pub fn of_run(subject: Subject) -> Picture {
        let Subject { run, verdict, explanation, story, command, scenario } = subject;
        let mut picture = Picture::of_run_alone(run);
        let head = &mut picture.head;
        head.command = command;
        head.scenario = scenario;
        head.verdict = Some(verdict.conclusion.into());
        head.expected = Some(Conclusion::from(run.plan.scenario.expected_verdict).into());
        for (workload, shown) in run.plan.scenario.workloads.iter().zip(&mut head.workloads) {
            shown.slow = verdict.figures.of(workload.name).slow.map(nanos);
        }
        head.story = story;
        let doubts = verdict.doubts.iter();
        head.doubts = doubts.map(|doubt| format!("{}: {}", doubt.wanted, doubt.why)).collect();
        head.checks = findings::checks(verdict);
        head.chains = findings::chains(explanation);
        head.contradictions = findings::contradictions(explanation);
        picture
    }

    /// The picture of a run that nothing is expected of, such as one without faults.
    ///
    /// # Panics
    /// If the trace of the run is not full.
    #[must_use]
    pub fn of_run_alone(run: &Run) -> Picture {
        assert!(run.trace.is_full(), "only a full trace can be shown");
        let scenario = &run.plan.scenario;
        let mut reading = Reading::default();
        // In the order of the scenario, even those that nothing happens on.
        for node in &scenario.nodes {
            reading.nodes.place(node.name.as_str());
        }
        line::of_records(run.trace.records(), |line| reading.follow(&line));
        let mut picture = reading.into_picture();
        picture.columns.step = steps(run);
        let head = &mut picture.head;
        head.source = "run";
        head.name.clone_from(&scenario.name);
        head.description.clone_from(&scenario.description);
        head.seed = Some(run.plan.seed);
        head.transport = run.plan.transport.to_string();
        head.digest = run.trace.digest().to_string();
        head.ended_at = run.ended_at.as_nanos();
        head.distributed = distributed(run);
        head.add_moving_applications();
        head.workloads = workloads(run);
        head.operations = OperationColumns::of(run);
        head.has_twin = run.comparisons.twin.is_some();
        head.put_clients_on_top(run);
        for node in &scenario.nodes {
            let entry = head.nodes.iter_mut().find(|entry| entry.name == node.name.as_str());
            if let Some(entry) = entry {
                node.host.as_str().clone_into(&mut entry.host);
            }
        }
        picture
    }

    /// The picture of a session of the shell: a trace, with what was typed as its story.
    #[must_use]
    pub fn of_session(name: &str, trace: &Trace, story: Vec<StoryEntry>) -> Picture {
        let mut reading = Reading::default();
        line::of_records(trace.records(), |line| reading.follow(&line));
        let mut picture = reading.into_picture();
        let head = &mut picture.head;
        head.source = "session";
        name.clone_into(&mut head.name);
        head.digest = trace.digest().to_string();
        head.story = story;
        picture
    }

    /// The picture of a trace file, as `nodedown run --trace` writes it. If its last line is cut off,
    /// it is the picture of the whole lines, and says so.
    ///
    /// # Errors
    /// [`UnreadableTrace`] if the file cannot be read, or has a line that is no trace record.
    pub fn of_trace(name: &str, file: impl BufRead) -> Result<Picture, UnreadableTrace> {
        let mut reading = Reading::default();
        let cut = line::of_file(file, |line| reading.follow(&line))?;
        let mut picture = reading.into_picture();
        let head = &mut picture.head;
        name.clone_into(&mut head.name);
        head.left_out.push(
            "this is a trace alone: what users asked for, the verdict and the explanation are not \
             in it"
                .to_owned(),
        );
        let last = picture.columns.id.last().copied().unwrap_or_default();
        head.left_out.extend(
            cut.map(|line| format!("the trace is cut off in line {line}, after record {last}")),
        );
        Ok(picture)
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.columns.len()
    }

    /// The digest of the run; `None` for a trace alone.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        Some(self.head.digest.as_str()).filter(|digest| !digest.is_empty())
    }

    /// The names of the nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.head.nodes.iter().map(|node| node.name.as_str())
    }

    /// The operation that shows best what went wrong, by its number in the history: that of
    /// [`Verdict::shown_operation`], or else the first that a fault touched.
    #[must_use]
    pub fn witness(&self) -> Option<u32> {
        let violated =
            self.head.checks.iter().filter(|check| check.result == VerdictJson::Violated);
        let witness = violated.flat_map(|check| &check.operations).next().copied();
        witness.or_else(|| self.head.chains.iter().find_map(|chain| chain.operation))
    }

    /// The omissions, a sentence each.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.head.left_out
    }
}

impl Head {
    /// Adds the applications that compiled code runs on one node at a time: they say so when they move.
    fn add_moving_applications(&mut self) {
        let moved = self.applications.iter().filter(|span| span.how.starts_with('{'));
        let mut moved: Vec<String> = moved.map(|span| span.name.clone()).collect();
        moved.sort_unstable();
        moved.dedup();
        moved.retain(|name| !self.distributed.contains(name));
        self.distributed.extend(moved);
    }

    /// Turns the order of the nodes round if the clients, whose operations are shown above all, would
    /// be in its lower half.
    fn put_clients_on_top(&mut self, run: &Run) {
        let clients = run.plan.scenario.workloads.iter().flat_map(|workload| &workload.on);
        let places = clients.filter_map(|name| {
            self.order.iter().position(|node| self.nodes[*node].name == name.as_str())
        });
        let (count, sum) = places.fold((0, 0), |(count, sum), place| (count + 1, sum + place));
        if 2 * sum > count * self.order.len().saturating_sub(1) {
            self.order.reverse();
        }
    }
}

fn distributed(run: &Run) -> Vec<String> {
    let applications = run.plan.scenario.applications.iter();
    let distributed =
        applications.filter(|each| matches!(each.placement, Placement::Distributed { .. }));
    let mut names: Vec<String> = distributed.map(|each| each.name.as_str().to_owned()).collect();
    // Compiled code says nowhere which of its applications are distributed; who expects one instance does.
    for expectation in &run.plan.scenario.expectations {
        if let Expectation::SingleInstance { application, .. }
        | Expectation::TwoPrimaries { application, .. } = expectation
            && !names.iter().any(|name| name == application.as_str())
        {
            names.push(application.as_str().to_owned());
        }
    }
    names
}

/// The step of each record, if the run counted them.
fn steps(run: &Run) -> Vec<u64> {
    let mut steps: Vec<u64> = run.record_steps.all().collect();
    if !steps.is_empty() {
        steps.resize(run.trace.records().len(), run.steps);
    }
    steps
}

fn workloads(run: &Run) -> Vec<Workload> {
    let workloads = run.plan.scenario.workloads.iter().map(|each| Workload {
        name: each.name.as_str().to_owned(),
        slow: None,
        timeout: Some(nanos(each.timeout)),
    });
    workloads.collect()
}
