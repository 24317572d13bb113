//! Faults, nodes, applications, names, and what processes complain about.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::simulation::Run;
use crate::term::{Atom, Pid, Term};
use crate::time::{Time, format_duration};
use crate::trace::{Fact, Level, TraceRecord};

use super::{StoryLine, Tone};

/// The start of the cluster: what is started before anything is injected, in a line or two.
pub(super) fn boot(run: &Run) -> Vec<StoryLine> {
    let (mut nodes, mut applications): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut nodes_at, mut applications_at) = (Time::ZERO, Time::ZERO);
    for record in run.trace.records().iter().take_while(|record| !is_injection(record)) {
        let Some(node) = record.node else { continue };
        if let Fact::NodeStarted { creation: 1 } = record.fact {
            nodes.push(node.as_str());
            nodes_at = record.at;
        } else if let Fact::ApplicationStarted { application, start_type } = &record.fact
            && start_type.is_atom("normal")
        {
            applications.push(format!("{} on {}", application.as_str(), node.as_str()));
            applications_at = record.at;
        }
    }
    let line = |at, names: &[String], what: &str| {
        let s = if names.len() == 1 { "" } else { "s" };
        let what = format!("{} {what}{s} started: {}", names.len(), names.join(", "));
        (!names.is_empty()).then(|| StoryLine::new(at, "cluster", what, Tone::Plain))
    };
    let nodes: Vec<String> = nodes.into_iter().map(str::to_owned).collect();
    let lines =
        [line(nodes_at, &nodes, "node"), line(applications_at, &applications, "application")];
    lines.into_iter().flatten().collect()
}

fn is_injection(record: &TraceRecord) -> bool {
    matches!(record.fact, Fact::FaultInjected { .. })
}

/// All that happens to nodes and on them, but for their connections.
pub(super) fn lines(run: &Run) -> Vec<StoryLine> {
    let mut teller = Teller::default();
    for record in run.trace.records() {
        teller.tell(run, record);
    }
    teller.lines
}

/// Goes through the trace, and remembers what need not be told again.
#[derive(Default)]
struct Teller {
    lines: Vec<StoryLine>,
    /// Whether something was injected before.
    booted: bool,
    /// When something was last injected or ended: what happens to nodes then is told by that.
    changed: Option<Time>,
    /// Who had which global name.
    owners: BTreeSet<(Term, Pid)>,
    /// The lines of complaints, and how often each was made.
    complaints: BTreeMap<(Option<Atom>, String), (usize, usize)>,
}

impl Teller {
    fn tell(&mut self, run: &Run, record: &TraceRecord) {
        match &record.fact {
            Fact::FaultInjected { fault, text } => {
                (self.booted, self.changed) = (true, Some(record.at));
                let harms = run.plan.faults[*fault as usize].fault.takes_away();
                self.push(record, text.clone(), if harms { Tone::Bad } else { Tone::Plain });
            }
            Fact::FaultEnded { text, .. } => {
                self.changed = Some(record.at);
                self.push(record, text.clone(), Tone::Good);
            }
            Fact::NodeStarted { creation } if self.booted || *creation > 1 => {
                self.push(record, "node started", Tone::Good);
            }
            Fact::NodeStopped { reason } => {
                self.push(record, format!("node stopped ({reason})"), Tone::Plain);
            }
            Fact::NodeCrashed => self.push_unless_told(record, "node crashed"),
            Fact::RestartPlanned { number, after_ns } => {
                let after = format_duration(Duration::from_nanos(*after_ns));
                self.push(
                    record,
                    format!("starts again in {after} (restart {number})"),
                    Tone::Plain,
                );
            }
            Fact::RestartsExhausted { restarts } => {
                let s = if *restarts == 1 { "" } else { "s" };
                let what = format!("is not started again: {restarts} restart{s} are the limit");
                self.push(record, what, Tone::Bad);
            }
            Fact::NodePaused => self.push_unless_told(record, "node stands still"),
            Fact::NodeResumed => self.push_unless_told(record, "node goes on"),
            Fact::HostCrashed { host } => {
                self.push_unless_told(record, &format!("host {} lost power", host.as_str()));
            }
            Fact::HostStarted { host } => {
                self.push_unless_told(record, &format!("host {} has power", host.as_str()));
            }
            Fact::ApplicationStarted { application, start_type } => {
                self.application_started(record, *application, start_type);
            }
            Fact::ApplicationStopped { application, reason } => {
                let what = format!("{} stopped ({reason})", application.as_str());
                self.push(record, what, Tone::Plain);
            }
            Fact::GlobalRegistered { name, pid } => self.global_registered(record, name, *pid),
            Fact::CookieRejected { peer } => {
                self.complain(record, format!("turns {} down: its cookie differs", peer.as_str()));
            }
            Fact::Log { level: Level::Warning | Level::Error, text, .. } => {
                self.complain(record, text.clone());
            }
            // Connections are told apart; the rest is for those who read the trace.
            Fact::NodeStarted { .. }
            | Fact::NodeUp { .. }
            | Fact::NodeDown { .. }
            | Fact::ConnectFailed { .. }
            | Fact::GlobalUnregistered { .. }
            | Fact::Log { level: Level::Info, .. }
            | Fact::Spawned { .. }
            | Fact::Exited { .. }
            | Fact::Sent { .. }
            | Fact::Delivered { .. }
            | Fact::Dropped { .. }
            | Fact::Signalled { .. }
            | Fact::TimerExpired { .. }
            | Fact::Invoked { .. }
            | Fact::Completed { .. } => {}
        }
    }

    fn push(&mut self, record: &TraceRecord, what: impl Into<String>, tone: Tone) {
        let who = record.node.map_or("fault", Atom::as_str);
        self.lines.push(StoryLine::new(record.at, who, what, tone));
    }

    /// Tells what happened, unless a fault did it and has told.
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

    /// The start of the cluster says where names are at first, so only moves are told.
    fn global_registered(&mut self, record: &TraceRecord, name: &Term, pid: Pid) {
        if self.owners.insert((name.clone(), pid)) && self.booted {
            let who = pid.node().as_str();
            let what = format!("the global name {name} now belongs to {pid}");
            self.lines.push(StoryLine::new(record.at, who, what, Tone::Plain));
        }
    }

    /// Tells a complaint once, and how often it was made.
    fn complain(&mut self, record: &TraceRecord, text: String) {
        let key = (record.node, text.clone());
        if let Some((line, times)) = self.complaints.get_mut(&key) {
            *times += 1;
            self.lines[*line].what = format!("{text} ({times} times)");
        } else {
            self.complaints.insert(key, (self.lines.len(), 1));
            self.push(record, text, Tone::Doubtful);
        }
    }
}
