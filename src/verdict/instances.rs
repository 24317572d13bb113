//! The instances of applications, and the times at which there was more than one.

use std::time::Duration;

use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::engine::time::{Time, format_duration, round_duration};
use crate::engine::trace::{ApplicationInstance, Moment, RecordId};
use crate::scenario::Placement;
use crate::scenario::fault::Fault;

use super::assessment::Assessment;
use super::evidence::{Evidence, WorldChange};
use super::{ApplicationFigures, Failover, NextStart, Overlap, Witness};

/// Measures the starts, overlaps and absences of a distributed application.
pub(super) fn measure(evidence: &Evidence, application: Atom) -> ApplicationFigures {
    let own = instances(evidence, application);
    let starts = own.iter().map(|each| (each.during.from.at, each.node, each.start_type.clone()));
    let overlaps = overlaps(&own, evidence.run.ended_at);
    ApplicationFigures {
        application,
        starts: starts.collect(),
        overlap: overlaps.iter().map(Overlap::duration).sum(),
        overlaps,
        absent: absent(&own, evidence.run.ended_at),
    }
}

/// The instances of an application, in the order of their starts.
fn instances<'a>(evidence: &Evidence<'a>, application: Atom) -> Vec<&'a ApplicationInstance> {
    let all = evidence.timeline().instances().iter();
    all.filter(|instance| instance.application == application).collect()
}

/// The times when more than one of these instances ran.
fn overlaps(instances: &[&ApplicationInstance], run_end: Time) -> Vec<Overlap> {
    let mut found: Vec<Overlap> = Vec::new();
    let mut running: Vec<&ApplicationInstance> = Vec::new();
    let mut open: Option<Overlap> = None;
    for (at, change) in steps(instances, run_end) {
        match change {
            InstanceEvent::Start(instance) => running.push(instance),
            InstanceEvent::End(instance) => running.retain(|each| each.during != instance.during),
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
    let mut steps: Vec<(Moment, InstanceEvent)> = Vec::new();
    for instance in instances {
        steps.push((instance.during.from, InstanceEvent::Start(instance)));
        let last = Moment { record: RecordId(u32::MAX), at: run_end };
        steps.push((instance.during.to.unwrap_or(last), InstanceEvent::End(instance)));
    }
    steps.sort_by_key(|(moment, _)| moment.record);
    steps.into_iter().map(|(moment, step)| (moment.at, step)).collect()
}

/// The time for which none of these instances ran, from the start of the first on.
fn absent(instances: &[&ApplicationInstance], run_end: Time) -> Duration {
    let Some(first) = instances.first() else { return Duration::ZERO };
    let mut covered = first.during.from.at;
    let mut absent = Duration::ZERO;
    for instance in instances {
        absent += instance.during.from.at.since(covered);
        covered = covered.max(instance.during.to.map_or(run_end, |end| end.at));
    }
    absent + run_end.since(covered)
}

/// The failovers of the distributed applications that a fault took away.
pub(super) fn failovers(
    evidence: &Evidence,
    injection: &WorldChange,
    fault: &Fault,
) -> Vec<Failover> {
    let hit = evidence.timeline().running(injection.record).filter(|instance| {
        is_distributed(evidence, instance.application) && hits(evidence, fault, instance)
    });
    hit.filter_map(|instance| failover(evidence, injection, instance)).collect()
}

fn failover(
    evidence: &Evidence,
    injection: &WorldChange,
    instance: &ApplicationInstance,
) -> Option<Failover> {
    let again = evidence.harms().find(|(change, fault)| {
        change.record > injection.record && hits(evidence, fault, instance)
    });
    let limit = again.map_or(RecordId(u32::MAX), |(change, _)| change.record);
    let next = evidence.timeline().instances().iter().find(|each| {
        each.application == instance.application
            && each.during.from.record > injection.record
            && each.during.from.record < limit
    });
    if next.is_none() && instance.during.to.is_none_or(|end| end.record > limit) {
        return None;
    }
    let to = next.map(|next| NextStart {
        node: next.node,
        at: next.during.from.at,
        after: next.during.from.at.since(injection.at),
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
) -> Assessment {
    let figures = measure(evidence, application);
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
        Some(_) | None => match tempted(evidence, application) {
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
) -> Assessment {
    let figures = measure(evidence, application);
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
    match tempted(evidence, application) {
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
fn tempted(evidence: &Evidence, application: Atom) -> Result<(), String> {
    evidence.harmed()?;
    let own = instances(evidence, application);
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
    let (candidates, wait): (Vec<Atom>, Duration) = match placement(evidence, instance.application)
    {
        Some(Placement::Distributed { preference, timeout }) => {
            let wait = match timeout {
                Timeout::After(wait) => *wait,
                Timeout::Infinity => Duration::ZERO,
            };
            (preference.iter().flatten().copied().collect(), wait)
        }
        Some(_) => return false,
        // What compiled code would do stands in its own configuration.
        None => {
            let scenario = &evidence.run.plan.scenario;
            (scenario.nodes_of(instance.application).collect(), Duration::ZERO)
        }
    };
    let until = instance.during.to.map_or(evidence.run.ended_at, |end| end.at);
    evidence.timeline().connections().iter().any(|connection| {
        let lost = connection.during.to.filter(|_| connection.is_lost);
        connection.peer == instance.node
            && candidates.contains(&connection.node)
            && lost.is_some_and(|lost| instance.during.from.at < lost.at && lost.at + wait < until)
    })
}
