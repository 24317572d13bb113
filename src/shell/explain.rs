//! The effects of a command, from the trace: messages and their receivers, losses and their causes.

use std::time::Duration;

use super::names::{Names, full};
use super::printing::print;
use super::probe::is_summons;
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::engine::time::{Time, format_duration};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, GlobalFact, LogFact, MessageFact, NodeFact, ProcessFact,
    RecordId, Trace, TraceRecord,
};

/// The records from `since` on that a person asks for, a line each.
pub(super) fn explain(
    trace: &Trace,
    since: usize,
    started: Time,
    names: &mut Names,
) -> Vec<String> {
    let records = &trace.records()[since..];
    let mut lines = Vec::new();
    for record in records {
        let Some(text) = tell(record, records, names) else { continue };
        let after = record.at - started.since(Time::ZERO);
        let node = record.node.and_then(|node| names.short(node)).unwrap_or_default();
        lines.push(format!("+{after}  {node:<6} {text}"));
    }
    lines
}

/// A node that hears nothing of another one.
pub(super) struct Silence {
    pub node: String,
    pub of: String,
    /// The net tick time of the node.
    pub ticktime: Duration,
}

/// The nodes that are still connected to one of which they hear nothing, and when they notice.
pub(super) fn unnoticed(trace: &Trace, silences: &[Silence]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for silence in silences.iter().filter(|silence| is_connected(trace, silence)) {
        let Silence { node, of, ticktime } = silence;
        let mutual = |other: &&Silence| other.node == *of && other.of == *node;
        let both = silences.iter().find(mutual).filter(|other| is_connected(trace, other));
        let who = match both {
            Some(_) if node > of => continue,
            Some(_) => format!("{node} and {of} do not know yet that they are cut off"),
            None => format!("{node} does not know yet that it hears nothing of {of}"),
        };
        let tick = ticktime.as_secs_f64();
        let [soonest, latest] = [0.75, 1.25].map(|part| part * tick);
        told.push(format!(
            "{who}: {tick} s tick, so silence is noticed after {soonest} to {latest} s \
             (`wait {latest}s`, or `nodes ... ticktime=8s`)"
        ));
    }
    told
}

/// Returns whether the trace says that a node is connected to the other one.
fn is_connected(trace: &Trace, silence: &Silence) -> bool {
    let (node, of) = (full(&silence.node), full(&silence.of));
    let mut connected = trace.timeline().connected(trace.latest());
    connected.any(|each| each.node == node && each.peer == of)
}

fn tell(record: &TraceRecord, records: &[TraceRecord], names: &mut Names) -> Option<String> {
    match &record.fact {
        Fact::Message(MessageFact::Sent { from, to, message, .. }) => {
            sent(record, records, *from, to, message, names)
        }
        Fact::Message(MessageFact::Delivered { to, message, .. })
            if concerns(*to, names) && !is_summons(message) =>
        {
            Some(format!("{} has {} in its mailbox", show(*to, names), print(message, names)))
        }
        Fact::Message(MessageFact::Dropped { to, message })
            if is_of_interest(record, records, names) =>
        {
            let why = why_lost(to, record.node);
            Some(format!("{} for {} is lost: {why}", print(message, names), print(to, names)))
        }
        Fact::Process(ProcessFact::Signalled { to, signal, .. }) if concerns(*to, names) => {
            Some(format!("the signal {signal} reaches {}", show(*to, names)))
        }
        Fact::Process(ProcessFact::Spawned { pid, parent: Some(parent), .. })
            if concerns(*pid, names) =>
        {
            Some(format!("{} is spawned by {}", show(*pid, names), show(*parent, names)))
        }
        Fact::Process(ProcessFact::Exited { pid, reason, .. }) if concerns(*pid, names) => {
            Some(format!("{} ends: {}", show(*pid, names), print(reason, names)))
        }
        Fact::Process(ProcessFact::Panicked { label, text, place, .. }) => {
            let label = label.map_or("what a process held", Atom::as_str);
            Some(format!("{label} has panicked at {place}: {text}"))
        }
        Fact::Node(fact) => Some(node_text(fact)),
        Fact::Connection(fact) => Some(connection_text(fact, names)),
        Fact::Application(fact) => Some(application_text(fact, names)),
        Fact::Global(GlobalFact::Registered { name, pid }) => {
            Some(format!("the global name {name} belongs to {}", show(*pid, names)))
        }
        Fact::Global(GlobalFact::Unregistered { name }) => {
            Some(format!("the global name {name} is nobody's"))
        }
        Fact::Log(LogFact { text, .. }) => Some(text.clone()),
        Fact::Message(_)
        | Fact::Process(_)
        | Fact::Host(_)
        | Fact::Fault(_)
        | Fact::Operation(_) => None,
    }
}

fn node_text(fact: &NodeFact) -> String {
    match fact {
        NodeFact::Started { creation } => format!("the node has started (incarnation {creation})"),
        NodeFact::Stopped { .. } => "the node has stopped in order".to_owned(),
        NodeFact::Crashed => "the node is gone".to_owned(),
        NodeFact::RestartPlanned { after_ns, .. } => {
            let after = format_duration(Duration::from_nanos(*after_ns));
            format!("the node starts again in {after}")
        }
        NodeFact::RestartsExhausted { .. } => "the node is not started again".to_owned(),
        NodeFact::Paused => "the node stands still".to_owned(),
        NodeFact::Resumed => "the node goes on".to_owned(),
    }
}

fn connection_text(fact: &ConnectionFact, names: &mut Names) -> String {
    let mut show = |peer: &Atom| print(&Term::from(*peer), names);
    match fact {
        ConnectionFact::Up { peer } => format!("connected to {}", show(peer)),
        ConnectionFact::Down { peer, reason } => {
            format!("has lost the connection to {} ({reason})", show(peer))
        }
        ConnectionFact::Failed { peer } => format!("could not connect to {}", show(peer)),
        ConnectionFact::CookieRejected { peer } => {
            format!("has turned {} down: its cookie differs", show(peer))
        }
    }
}

fn application_text(fact: &ApplicationFact, names: &mut Names) -> String {
    match fact {
        ApplicationFact::Started { application, start_type } => {
            let told = if start_type.is_atom("normal") {
                ""
            } else {
                " (its start function is told so only if it has start phases, else `normal`)"
            };
            format!("{application} runs: {}{told}", print(start_type, names))
        }
        ApplicationFact::Stopped { application, reason } => {
            format!("{application} has stopped: {}", print(reason, names))
        }
    }
}

/// A message that was sent, and what has become of it if nothing more was written down.
fn sent(
    record: &TraceRecord,
    records: &[TraceRecord],
    from: Pid,
    to: &Term,
    message: &Term,
    names: &mut Names,
) -> Option<String> {
    if !concerns(from, names) {
        return None;
    }
    let text =
        format!("{} sends {} to {}", show(from, names), print(message, names), print(to, names));
    let arrived = records.iter().any(|later| later.cause == record.id && is_arrival(&later.fact));
    if arrived {
        return Some(text);
    }
    let from_node = Some(from.node());
    let lost = records.iter().find(|later| {
        later.id > record.id
            && matches!(
                later.fact,
                Fact::Connection(ConnectionFact::Down { .. } | ConnectionFact::Failed { .. })
            )
            && (later.node == from_node || later.node == node_of(to))
    });
    let fate = match lost.map(|lost| &lost.fact) {
        Some(Fact::Connection(ConnectionFact::Failed { .. })) => "lost: there is no connection",
        Some(_) => "lost with the connection",
        None => "not arrived so far",
    };
    Some(format!("{text} ({fate})"))
}

fn is_arrival(fact: &Fact) -> bool {
    matches!(fact, Fact::Message(MessageFact::Delivered { .. } | MessageFact::Dropped { .. }))
}

/// Returns why nobody received a message.
fn why_lost(to: &Term, node: Option<Atom>) -> &'static str {
    if node_of(to).is_some_and(|there| Some(there) != node) {
        return "there is no connection";
    }
    if to.as_pid().is_some() {
        "the process has ended"
    } else if to.as_reference().is_some() {
        "the alias is no more"
    } else {
        "nobody holds that name"
    }
}

/// The node that a target is on, if the target says.
fn node_of(to: &Term) -> Option<Atom> {
    let pid = to.as_pid().map(Pid::node);
    let reference = || to.as_reference().map(Ref::node);
    let name = || match to.as_tuple() {
        Some([_, node]) => node.as_atom(),
        Some(_) | None => None,
    };
    pid.or_else(reference).or_else(name)
}

/// Returns whether somebody whom the session knows has sent what was dropped.
fn is_of_interest(record: &TraceRecord, records: &[TraceRecord], names: &Names) -> bool {
    let sender = |cause: RecordId| {
        let sent = records.iter().find(|earlier| earlier.id == cause)?;
        if let Fact::Message(MessageFact::Sent { from, .. }) = &sent.fact {
            Some(*from)
        } else {
            None
        }
    };
    sender(record.cause).is_none_or(|from| concerns(from, names))
}

fn concerns(pid: Pid, names: &Names) -> bool {
    names.is_named(&Term::from(pid))
}

fn show(pid: Pid, names: &mut Names) -> String {
    print(&Term::from(pid), names)
}
