//! The instances of applications, and the times at which there was more than one.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::term::{Atom, Term};
use crate::engine::time::Timeout;
use crate::engine::time::{Time, format_duration, round_duration};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, HostFact, NodeFact, RecordId, TraceRecord,
};
use crate::scenario::Placement;
use crate::scenario::fault::Fault;

use super::assessment::Assessment;
use super::evidence::{Evidence, WorldChange};
use super::{ApplicationFigures, Failover, NextStart, Overlap, Witness};

/// An application on a node, from its start to its end.
///
/// It ends when it stops, and when its node stops, crashes or loses power. It does not end when its
/// node is paused or cut off: what runs there keeps running.
pub(super) struct ApplicationInstance {
    pub application: Atom,
    pub node: Atom,
    pub start_type: Term,
    pub start: RecordId,
    pub from: Time,
    /// The end and its record; `None` if it ran to the end of the run.
    pub to: Option<(Time, RecordId)>,
}

impl ApplicationInstance {
    /// True if it ran when a record was written.
    pub(super) fn runs_at(&self, record: RecordId) -> bool {
        self.start < record && self.to.is_none_or(|(_, end)| end > record)
    }
}

/// All instances of all applications in the order of their starts.
pub(super) fn instances(evidence: &Evidence) -> Vec<ApplicationInstance> {
    let mut all = InstanceTracker { evidence, ended: Vec::new(), running: BTreeMap::new() };
    for record in evidence.run.trace.records() {
        all.follow(record);
    }
    let mut instances = all.ended;
    instances.extend(all.running.into_values());
    instances.sort_by_key(|instance| instance.start);
    instances
}

struct InstanceTracker<'a, 'b> {
    evidence: &'b Evidence<'a>,
    ended: Vec<ApplicationInstance>,
    /// Those that run, by node and application.
    running: BTreeMap<(Atom, Atom), ApplicationInstance>,
}

impl InstanceTracker<'_, '_> {
    fn follow(&mut self, record: &TraceRecord) {
        if let Fact::Host(HostFact::Crashed { host }) = &record.fact {
            for node in self.evidence.run.plan.scenario.nodes_on(*host) {
                self.end_all(node, record);
            }
        }
        let Some(node) = record.node else { return };
        if let Fact::Application(ApplicationFact::Started { application, start_type }) =
            &record.fact
        {
            self.end(node, *application, record);
            let (application, start_type) = (*application, start_type.clone());
            let (start, from) = (record.id, record.at);
            let instance =
                ApplicationInstance { application, node, start_type, start, from, to: None };
            self.running.insert((node, application), instance);
        } else if let Fact::Application(ApplicationFact::Stopped { application, .. }) = &record.fact
        {
            self.end(node, *application, record);
        } else if ends_node(&record.fact) {
            self.end_all(node, record);
        }
    }

    fn end_all(&mut self, node: Atom, record: &TraceRecord) {
        let here = self.running.keys().filter(|(on, _)| *on == node);
        let applications: Vec<Atom> = here.map(|(_, application)| *application).collect();
        for application in applications {
            self.end(node, application, record);
        }
    }

    fn end(&mut self, node: Atom, application: Atom, record: &TraceRecord) {
        if let Some(mut instance) = self.running.remove(&(node, application)) {
            instance.to = Some((record.at, record.id));
            self.ended.push(instance);
        }
    }
}

/// True if nothing that ran on the node before still runs after this fact.
pub(super) fn ends_node(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Node(NodeFact::Crashed | NodeFact::Stopped { .. } | NodeFact::Started { .. })
    )
}

/// Measures the starts, overlaps and absences of a distributed application.
pub(super) fn measure(
    evidence: &Evidence,
    application: Atom,
    instances: &[ApplicationInstance],
) -> ApplicationFigures {
    let own: Vec<&ApplicationInstance> =
        instances.iter().filter(|instance| instance.application == application).collect();
    let starts = own.iter().map(|each| (each.from, each.node, each.start_type.clone()));
    let overlaps = overlaps(&own, evidence.run.ended_at);
    ApplicationFigures {
        application,
        starts: starts.collect(),
        overlap: overlaps.iter().map(Overlap::duration).sum(),
        overlaps,
        absent: absent(&own, evidence.run.ended_at),
    }
}

/// The times when more than one of these instances ran.
fn overlaps(instances: &[&ApplicationInstance], run_end: Time) -> Vec<Overlap> {
    let mut found: Vec<Overlap> = Vec::new();
    let mut running: Vec<&ApplicationInstance> = Vec::new();
    let mut open: Option<Overlap> = None;
    for (at, change) in steps(instances, run_end) {
        match change {
            InstanceEvent::Start(instance) => running.push(instance),
            InstanceEvent::End(instance) => running.retain(|each| each.start != instance.start),
        }
        match (&mut open, running.as_slice()) {
            (None, [_, .., last]) => {
                let nodes = running.iter().map(|each| each.node).collect();
                let start_type = last.start_type.clone();
                let most = running.len();
                open = Some(Overlap { from: at, to: run_end, nodes, most, start_type });
            }
            (Some(overlap), [_, .., last]) => {
                overlap.most = overlap.most.max(running.len());
                if !overlap.nodes.contains(&last.node) {
                    overlap.nodes.push(last.node);
                }
            }
            (Some(_), [] | [_]) => found.extend(open.take().map(|each| Overlap { to: at, ..each })),
            (None, [] | [_]) => {}
        }
    }
    found.extend(open);
    found.retain(|overlap| overlap.from < overlap.to);
    found
}

#[derive(Clone, Copy)]
enum InstanceEvent<'a> {
    Start(&'a ApplicationInstance),
    End(&'a ApplicationInstance),
}

/// Starts and ends of instances in the order of the trace.
fn steps<'a>(
    instances: &[&'a ApplicationInstance],
    run_end: Time,
) -> Vec<(Time, InstanceEvent<'a>)> {
    let mut steps: Vec<(RecordId, Time, InstanceEvent)> = Vec::new();
    for instance in instances {
        steps.push((instance.start, instance.from, InstanceEvent::Start(instance)));
        let (to, end) = instance.to.unwrap_or((run_end, RecordId(u32::MAX)));
        steps.push((end, to, InstanceEvent::End(instance)));
    }
    steps.sort_by_key(|(record, ..)| *record);
    steps.into_iter().map(|(_, at, step)| (at, step)).collect()
}

/// The time for which none of these instances ran, from the start of the first on.
fn absent(instances: &[&ApplicationInstance], run_end: Time) -> Duration {
    let Some(first) = instances.first() else { return Duration::ZERO };
    let mut covered = first.from;
    let mut absent = Duration::ZERO;
    for instance in instances {
        absent += instance.from.since(covered);
        covered = covered.max(instance.to.map_or(run_end, |(at, _)| at));
    }
    absent + run_end.since(covered)
}

/// The failovers of the distributed applications that a fault took away.
pub(super) fn failovers(
    evidence: &Evidence,
    injection: &WorldChange,
    fault: &Fault,
    instances: &[ApplicationInstance],
) -> Vec<Failover> {
    let hit = instances.iter().filter(|instance| {
        is_distributed(evidence, instance.application)
            && instance.runs_at(injection.record)
            && hits(evidence, fault, instance)
    });
    hit.filter_map(|instance| failover(evidence, injection, instance, instances)).collect()
}

fn failover(
    evidence: &Evidence,
    injection: &WorldChange,
    instance: &ApplicationInstance,
    instances: &[ApplicationInstance],
) -> Option<Failover> {
    let again = evidence.harms().find(|(change, fault)| {
        change.record > injection.record && hits(evidence, fault, instance)
    });
    let limit = again.map_or(RecordId(u32::MAX), |(change, _)| change.record);
    let next = instances.iter().find(|each| {
        each.application == instance.application
            && each.start > injection.record
            && each.start < limit
    });
    if next.is_none() && instance.to.is_none_or(|(_, end)| end > limit) {
        return None;
    }
    let to = next.map(|next| NextStart {
        node: next.node,
        at: next.from,
        after: next.from.since(injection.at),
        start_type: next.start_type.clone(),
    });
    Some(Failover { application: instance.application, from: instance.node, to })
}

/// True if a fault hits an instance or its node.
fn hits(evidence: &Evidence, fault: &Fault, instance: &ApplicationInstance) -> bool {
    if let Fault::Exit { name, node, .. } = fault {
        return *name == instance.application && node.is_none_or(|node| node == instance.node);
    }
    evidence.lost_nodes(fault).contains(&instance.node)
}

/// Checks that the total time for which an application ran on more than one node is at most this
/// long.
pub(super) fn check_two_primaries(
    evidence: &Evidence,
    application: Atom,
    at_most: Duration,
    instances: &[ApplicationInstance],
) -> Assessment {
    let figures = measure(evidence, application, instances);
    let summary = if figures.overlaps.is_empty() {
        format!("never two primaries, in {} starts", figures.starts.len())
    } else {
        let most = figures.overlaps.iter().map(|overlap| overlap.most).max().unwrap_or(2);
        let primaries =
            if most > 2 { format!("up to {most} primaries") } else { "two primaries".to_owned() };
        format!("{primaries} for {} in all", round_duration(figures.overlap))
    };
    match figures.overlaps.first() {
        Some(first) if figures.overlap > at_most => {
            let texts =
                figures.overlaps.iter().map(|each| overlap_text(evidence, application, each));
            Assessment::Broken(summary, Witness::new(first.from, texts.collect(), None))
        }
        Some(_) | None => match tempted(evidence, application, instances) {
            Ok(()) => Assessment::Held(summary),
            Err(why) => Assessment::Untested(why),
        },
    }
}

fn is_distributed(evidence: &Evidence, application: Atom) -> bool {
    placement(evidence, application)
        .is_some_and(|placement| matches!(placement, Placement::Distributed { .. }))
}

fn placement<'a>(evidence: &Evidence<'a>, application: Atom) -> Option<&'a Placement> {
    let mut applications = evidence.run.plan.scenario.applications.iter();
    applications.find(|each| each.name == application).map(|each| &each.placement)
}

/// Checks that an application ran on one node at a time: that no overlap was longer than this.
///
/// A takeover overlaps by design (F27), so that scenarios in which a preferred node comes back have
/// to allow for it.
pub(super) fn check(
    evidence: &Evidence,
    application: Atom,
    overlap_at_most: Duration,
    instances: &[ApplicationInstance],
) -> Assessment {
    let figures = measure(evidence, application, instances);
    let broken: Vec<&Overlap> =
        figures.overlaps.iter().filter(|each| each.duration() > overlap_at_most).collect();
    if let Some(first) = broken.first() {
        let longest = broken.iter().map(|each| each.duration()).max().unwrap_or_default();
        let summary = format!(
            "ran on {} {}, for {} at the longest",
            nodes_text(broken.iter().copied()),
            if broken.len() == 1 { "once".to_owned() } else { format!("{} times", broken.len()) },
            round_duration(longest)
        );
        let texts = broken.iter().map(|each| overlap_text(evidence, application, each)).collect();
        return Assessment::Broken(summary, Witness::new(first.from, texts, None));
    }
    match tempted(evidence, application, instances) {
        Ok(()) => Assessment::Held(held(&figures)),
        Err(why) => Assessment::Untested(why),
    }
}

fn held(figures: &ApplicationFigures) -> String {
    let starts = figures.starts.len();
    if figures.overlaps.is_empty() {
        format!("never on two nodes at once, in {starts} starts")
    } else {
        let (nodes, overlap) = (nodes_text(&figures.overlaps), round_duration(figures.overlap));
        format!("on {nodes} for {overlap} in all, in {starts} starts")
    }
}

/// The most nodes at once: `two nodes`, `up to three nodes`.
fn nodes_text<'a>(overlaps: impl IntoIterator<Item = &'a Overlap>) -> String {
    match overlaps.into_iter().map(|overlap| overlap.most).max().unwrap_or(2) {
        0..=2 => "two nodes".to_owned(),
        3 => "up to three nodes".to_owned(),
        more => format!("up to {more} nodes"),
    }
}

fn overlap_text(evidence: &Evidence, application: Atom, overlap: &Overlap) -> String {
    let Overlap { from, to, nodes, start_type, .. } = overlap;
    let nodes: Vec<&str> = nodes.iter().map(|node| node.as_str()).collect();
    let end = if *to == evidence.run.ended_at { " (the end of the run)" } else { "" };
    format!(
        "{application} ran on {} from {from} to {to}{end}, {}; the later start was {start_type}",
        listed(&nodes),
        format_duration_rounded(overlap.duration())
    )
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

fn format_duration_rounded(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 { format_duration(duration) } else { round_duration(duration) }
}

/// Checks that the application had a reason to start a second time: it did move, or a node that may
/// run it lost the connection to the one that did, for as long as it would wait.
fn tempted(
    evidence: &Evidence,
    application: Atom,
    instances: &[ApplicationInstance],
) -> Result<(), String> {
    evidence.harmed()?;
    let own: Vec<&ApplicationInstance> =
        instances.iter().filter(|instance| instance.application == application).collect();
    let Some(first) = own.first() else {
        return Err(format!("{application} never ran"));
    };
    let moved = own.iter().any(|instance| instance.node != first.node);
    let out_of_sight = |instance: &&ApplicationInstance| lost_from_sight(evidence, instance);
    if moved || own.iter().any(out_of_sight) {
        Ok(())
    } else {
        Err(format!("{application} stayed on {}, and no other node had to take over", first.node))
    }
}

fn lost_from_sight(evidence: &Evidence, instance: &ApplicationInstance) -> bool {
    let Some(Placement::Distributed { preference, timeout }) =
        placement(evidence, instance.application)
    else {
        return false;
    };
    let wait = match timeout {
        Timeout::After(wait) => *wait,
        Timeout::Infinity => Duration::ZERO,
    };
    let until = instance.to.map_or(evidence.run.ended_at, |(at, _)| at);
    evidence.run.trace.records().iter().any(|record| {
        matches!(record.fact, Fact::Connection(ConnectionFact::Down { peer, .. }) if peer == instance.node)
            && record.node.is_some_and(|node| preference.iter().flatten().any(|each| *each == node))
            && instance.from < record.at
            && record.at + wait < until
    })
}
