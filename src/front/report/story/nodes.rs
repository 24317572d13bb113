//! Faults, nodes, applications, names, and complaints of processes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::term::{Atom, Pid, Term};
use crate::engine::time::{Time, format_duration};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, HostFact, Level, LogFact,
    LogReport, NodeFact, ProcessFact, RecordId, TraceRecord,
};
use crate::scenario::simulation::Run;

use super::{StoryLine, Tone};

/// The start of the cluster: everything that is started before anything is injected, in a line or
/// two. A start long after the previous one has its own line.
pub(super) fn boot(run: &Run) -> Vec<StoryLine> {
    let (mut nodes, mut applications) = (ClusterStart::default(), ClusterStart::default());
    for record in run.trace.records().iter().take_while(|record| !is_injection(record)) {
        let Some(node) = record.node else { continue };
        if let Fact::Node(NodeFact::Started { creation: 1 }) = record.fact {
            nodes.add(record, node.to_string());
        } else if let Fact::Application(ApplicationFact::Started { application, start_type }) =
            &record.fact
            && start_type.is_atom("normal")
        {
            applications.add(record, format!("{} on {}", application.as_str(), node.as_str()));
        }
    }
    nodes.lines("node").chain(applications.lines("application")).collect()
}

/// Starts that share a line: each group with the time of its last.
#[derive(Default)]
struct ClusterStart {
    groups: Vec<(Time, RecordId, Vec<String>)>,
}

/// The longest pause between starts that share a line.
const TOGETHER: Duration = Duration::from_secs(1);

impl ClusterStart {
    fn add(&mut self, record: &TraceRecord, name: String) {
        match self.groups.last_mut() {
            Some((at, id, names)) if record.at.since(*at) <= TOGETHER => {
                (*at, *id) = (record.at, record.id);
                names.push(name);
            }
            Some(_) | None => self.groups.push((record.at, record.id, vec![name])),
        }
    }

    fn lines(self, what: &str) -> impl Iterator<Item = StoryLine> {
        self.groups.into_iter().map(move |(at, id, names)| {
            let s = if names.len() == 1 { "" } else { "s" };
            let what = format!("{} {what}{s} started: {}", names.len(), names.join(", "));
            StoryLine::new((at, id), "cluster", what, Tone::Plain)
        })
    }
}

fn is_injection(record: &TraceRecord) -> bool {
    matches!(record.fact, Fact::Fault(FaultFact::Injected { .. }))
}

/// Everything that happens to nodes and on them, except for their connections.
pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let mut story = NodeStory { crashed: crashed(run), ..NodeStory::default() };
    for record in run.trace.records() {
        story.add(run, record);
    }
    story.lines
}

/// The processes whose crashes have a line.
fn crashed(run: &Run) -> BTreeSet<Pid> {
    let facts = run.trace.records().iter().map(|record| &record.fact);
    let crashed = facts.filter_map(|fact| match fact {
        Fact::Log(LogFact { pid, report: Some(LogReport::Crash), .. }) => Some(*pid),
        _ => None,
    });
    crashed.collect()
}

/// Goes through the trace, and remembers what need not be repeated.
#[derive(Default)]
struct NodeStory {
    /// The processes whose crashes have a line.
    crashed: BTreeSet<Pid>,
    lines: Vec<StoryLine>,
    /// True once something was injected.
    booted: bool,
    /// The time at which something was last injected or ended: what happens to nodes at that time
    /// is part of that line.
    changed: Option<Time>,
    /// The global names with their owners.
    owners: BTreeSet<(Term, Pid)>,
    /// The lines of complaints, and how often each was made.
    complaints: BTreeMap<(Option<Atom>, String), (usize, usize)>,
}

impl NodeStory {
    fn add(&mut self, run: &Run, record: &TraceRecord) {
        match &record.fact {
            Fact::Fault(fact) => self.add_fault(run, record, fact),
            Fact::Node(fact) => self.add_node(record, fact),
            Fact::Host(HostFact::Crashed { host }) => {
                self.push_unless_told(record, &format!("host {} lost power", host.as_str()));
            }
            Fact::Host(HostFact::Started { host }) => {
                self.push_unless_told(record, &format!("host {} has power again", host.as_str()));
            }
            Fact::Application(ApplicationFact::Started { application, start_type }) => {
                self.application_started(record, *application, start_type);
            }
            Fact::Application(ApplicationFact::Stopped { application, reason }) => {
                let what = format!("{} stopped ({reason})", application.as_str());
                self.push(record, what, Tone::Plain);
            }
            Fact::Global(GlobalFact::Registered { name, pid }) => {
                self.global_registered(record, name, *pid);
            }
            Fact::Connection(ConnectionFact::CookieRejected { peer }) => {
                self.complain(record, format!("rejects {}: its cookie differs", peer.as_str()));
            }
            Fact::Process(ProcessFact::Panicked { label, text, place, .. }) => {
                let label = label.map_or("what a process held", Atom::as_str);
                self.complain(record, format!("{label} panicked at {place}: {text}"));
            }
            Fact::Log(LogFact { level: Level::Warning | Level::Error, text, pid, report }) => {
                if !self.is_told_by_a_crash(*pid, *report) {
                    self.complain(record, text.clone());
                }
            }
            // Connections are shown separately; the rest is for readers of the trace.
            Fact::Connection(_)
            | Fact::Global(GlobalFact::Unregistered { .. })
            | Fact::Log(_)
            | Fact::Process(_)
            | Fact::Message(_)
            | Fact::Operation(_) => {}
        }
    }

    fn add_fault(&mut self, run: &Run, record: &TraceRecord, fact: &FaultFact) {
        match fact {
            FaultFact::Injected { fault, text, .. } => {
                (self.booted, self.changed) = (true, Some(record.at));
                let harms = run.plan.faults[*fault as usize].fault.takes_away();
                self.push(record, text.clone(), if harms { Tone::Bad } else { Tone::Plain });
            }
            FaultFact::Ended { text, .. } => {
                self.changed = Some(record.at);
                self.push(record, text.clone(), Tone::Good);
            }
            FaultFact::WithoutEffect { text, why, .. } => {
                self.push(record, format!("had no effect: {text} ({why})"), Tone::Doubtful);
            }
        }
    }

    fn add_node(&mut self, record: &TraceRecord, fact: &NodeFact) {
        match fact {
            NodeFact::Started { creation } => {
                if self.booted || *creation > 1 {
                    self.push(record, "node started", Tone::Good);
                }
            }
            NodeFact::Stopped { reason } => {
                self.push(record, format!("node stopped ({reason})"), Tone::Plain);
            }
            NodeFact::Crashed => self.push_unless_told(record, "node crashed"),
            NodeFact::RestartPlanned { number, after_ns } => {
                let after = format_duration(Duration::from_nanos(*after_ns));
                let what = format!("starts again in {after} (restart {number})");
                self.push(record, what, Tone::Plain);
            }
            NodeFact::RestartsExhausted { restarts } => {
                let s = if *restarts == 1 { "" } else { "s" };
                let what = format!("is not restarted: the limit is {restarts} restart{s}");
                self.push(record, what, Tone::Bad);
            }
            NodeFact::Paused => self.push_unless_told(record, "node stands still"),
            NodeFact::Resumed => self.push_unless_told(record, "node goes on"),
        }
    }

    fn push(&mut self, record: &TraceRecord, what: impl Into<String>, tone: Tone) {
        let who = record.node.map_or("fault", Atom::as_str);
        self.lines.push(StoryLine::new((record.at, record.id), who, what, tone));
    }

    /// Adds a line, unless the line of a fault says it already.
    fn push_unless_told(&mut self, record: &TraceRecord, what: &str) {
        if self.changed != Some(record.at) {
            self.push(record, what, Tone::Bad);
        }
    }

    fn application_started(&mut self, record: &TraceRecord, application: Atom, start_type: &Term) {
        let name = application.as_str();
        let from = |tag| start_type.tagged(tag).and_then(|rest| rest.first());
        if let Some(node) = from("takeover") {
            self.push(record, format!("{name} started: takeover from {node}"), Tone::Good);
        } else if let Some(node) = from("failover") {
            self.push(record, format!("{name} started: failover from {node}"), Tone::Good);
        } else if self.booted {
            self.push(record, format!("{name} started"), Tone::Good);
        }
    }

    /// The start of the cluster lists the first owners of names, so only moves are shown.
    fn global_registered(&mut self, record: &TraceRecord, name: &Term, pid: Pid) {
        if self.owners.insert((name.clone(), pid)) && self.booted {
            let who = pid.node().as_str();
            let what = format!("the global name {name} now belongs to {pid}");
            self.lines.push(StoryLine::new((record.at, record.id), who, what, Tone::Plain));
        }
    }

    /// Shows a complaint once, with how often it was made and until when.
    /// Is a report one of those that a line about the crash stands for?
    fn is_told_by_a_crash(&self, pid: Pid, report: Option<LogReport>) -> bool {
        match report {
            Some(LogReport::ServerTerminated | LogReport::CrashReported) => {
                self.crashed.contains(&pid)
            }
            Some(LogReport::ChildCrashed) => true,
            Some(
                LogReport::Crash
                | LogReport::ChildTerminated
                | LogReport::RestartIntensityReached
                | LogReport::NameConflict
                | LogReport::OverlapPrevented,
            )
            | None => false,
        }
    }

    fn complain(&mut self, record: &TraceRecord, text: String) {
        let key = (record.node, text.clone());
        if let Some((line, times)) = self.complaints.get_mut(&key) {
            *times += 1;
            let line = &mut self.lines[*line];
            let (first, last) = (line.at.to_string(), record.at.to_string());
            let until = if first == last { String::new() } else { format!(" until {last}") };
            line.what = format!("{text} ({times} times{until})");
        } else {
            self.complaints.insert(key, (self.lines.len(), 1));
            self.push(record, text, Tone::Doubtful);
        }
    }
}
