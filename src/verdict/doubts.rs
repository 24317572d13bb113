//! The reasons why a run as a whole is inconclusive, whatever its findings are.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::runtime::{RunOutcome, is_usual};
use crate::engine::term::{Atom, Pid};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, FaultFact, ProcessFact};
use crate::scenario::Placement;
use crate::scenario::fault::{Fault, Reach};
use crate::scenario::simulation::ClientEnd;
use crate::spelling::first_few;

use super::Doubt;
use super::evidence::{Evidence, WorldChange};
use crate::consistency::text::abridged;

/// The most things of a kind that are named; the rest are counted.
const NAMED_MAX: usize = 3;

/// All reasons why a run is inconclusive. `expected` is the number of its expectations.
pub(super) fn doubts(evidence: &Evidence, expected: usize) -> Vec<Doubt> {
    let nothing_expected = (expected == 0).then(|| {
        let why = "nothing was expected of this run: write what has to hold under \"expect\"";
        Doubt { wanted: "something is expected", why: why.to_owned() }
    });
    let mut doubts = Vec::from_iter(nothing_expected);
    doubts.extend(without_effect(evidence));
    doubts.extend(unnoticed(evidence));
    doubts.extend(ended_clients(evidence));
    doubts.extend(never_begun(evidence));
    doubts
}

/// The doubt that faults were planned, but none changed anything.
fn without_effect(evidence: &Evidence) -> Option<Doubt> {
    let given_up = matches!(evidence.run.outcome, RunOutcome::BudgetExhausted { .. });
    if given_up || evidence.run.plan.faults.is_empty() || !evidence.changes.is_empty() {
        return None;
    }
    let why = evidence.harmed().err()?;
    Some(Doubt { wanted: "faults have an effect", why })
}

/// The reason why none of the faults of a plan changed anything.
pub(super) fn why_without_effect(evidence: &Evidence) -> String {
    let records = evidence.run.trace.records().iter();
    let told: Vec<String> = records
        .filter_map(|record| {
            let Fact::Fault(FaultFact::WithoutEffect { text, why, .. }) = &record.fact else {
                return None;
            };
            Some(format!("{text} at {} ({why})", record.at))
        })
        .collect();
    if told.is_empty() {
        return "no fault was injected".to_owned();
    }
    format!("no fault had an effect: {}", first_few(&told, NAMED_MAX, "; "))
}

/// The doubt that all faults hit nodes that nobody used.
fn unnoticed(evidence: &Evidence) -> Option<Doubt> {
    let mut nodes: Vec<Atom> = Vec::new();
    for (change, fault) in evidence.injections() {
        let struck = idle_nodes(evidence, &change, fault)?;
        nodes.extend(struck.into_iter().filter(|node| !nodes.contains(node)).collect::<Vec<_>>());
    }
    if nodes.is_empty() {
        return None;
    }
    let them = first_few(&nodes.iter().map(Atom::to_string).collect::<Vec<_>>(), NAMED_MAX, ", ");
    let why = format!(
        "no user could have noticed: when {them} was struck, no application ran there and nobody \
         was connected"
    );
    Some(Doubt { wanted: "faults strike something that is used", why })
}

/// The nodes that a fault strikes, if nobody uses any of them.
fn idle_nodes(evidence: &Evidence, change: &WorldChange, fault: &Fault) -> Option<Vec<Atom>> {
    let struck = if let Fault::Partition(partition) = fault {
        let all_idle =
            |group: &&Vec<Atom>| group.iter().all(|node| is_idle(evidence, change, *node));
        // All that a cut can do is done between one group and another.
        let idle: Vec<&Vec<Atom>> = partition.groups.iter().filter(all_idle).collect();
        if idle.len() + 1 < partition.groups.len() {
            return None;
        }
        idle.into_iter().flatten().copied().collect()
    } else {
        match fault.reach() {
            Reach::Altered => fault.nodes(),
            Reach::Lost => {
                let up = |node: &Atom| evidence.timeline().is_up(*node, change.record);
                evidence.lost_nodes(fault).into_iter().filter(up).collect()
            }
            Reach::Other => return None,
        }
    };
    let idle = struck.iter().all(|node| is_idle(evidence, change, *node));
    (idle && !struck.is_empty()).then_some(struck)
}

/// True if at the time of a change no client and no application was on a node or about to start
/// there, and nothing was connected to it.
fn is_idle(evidence: &Evidence, change: &WorldChange, node: Atom) -> bool {
    let scenario = &evidence.run.plan.scenario;
    let runs = |application: Option<Atom>, on: Option<Atom>| {
        evidence.timeline().running(change.record).any(|each| {
            application.is_none_or(|name| name == each.application)
                && on.is_none_or(|node| node == each.node)
        })
    };
    let waits = scenario.applications.iter().filter(|each| each.nodes().any(|on| on == node));
    let stands_by = |placement: &Placement, application| {
        matches!(placement, Placement::Distributed { .. }) && runs(Some(application), None)
    };
    let starts_compiled =
        scenario.nodes.iter().any(|each| each.name == node && !each.code.starts().is_empty());
    let mut connected = evidence.timeline().connected(change.record);
    !scenario.workloads.iter().any(|each| each.on.contains(&node))
        && !starts_compiled
        && !runs(None, Some(node))
        && waits.into_iter().all(|each| stands_by(&each.placement, each.name))
        && !connected.any(|each| each.node == node || each.peer == node)
}

/// The clients that ended with an error of their own, in the order of these ends; those that ended
/// alike share a line.
fn ended_clients(evidence: &Evidence) -> Vec<Doubt> {
    let with_pid = |end: &'_ ClientEnd| end.pid.map(|pid| (pid, (end.workload, end.client)));
    let mut clients: BTreeMap<Pid, (Atom, u32)> =
        evidence.run.clients.iter().filter_map(with_pid).collect();
    let mut ends: Vec<ClientEnding> = Vec::new();
    for record in evidence.run.trace.records() {
        let Some((pid, what)) = failure(&record.fact) else { continue };
        let Some((workload, client)) = clients.remove(&pid) else { continue };
        let alike = |end: &&mut ClientEnding| end.what == what && end.workload == workload;
        match ends.iter_mut().find(alike) {
            Some(end) => end.more += 1,
            None => ends.push(ClientEnding { workload, client, what, at: record.at, more: 0 }),
        }
    }
    let doubt = |end| Doubt { wanted: "the clients go on to the end", why: ending_text(&end) };
    ends.into_iter().map(doubt).collect()
}

/// The end of a client, and how many of its workload ended alike.
struct ClientEnding {
    workload: Atom,
    client: u32,
    what: String,
    at: Time,
    more: usize,
}

fn ending_text(end: &ClientEnding) -> String {
    let ClientEnding { workload, client, what, at, more } = end;
    let others = if *more > 0 { format!("; {more} more did the same") } else { String::new() };
    format!("client {client} of {workload} {what} (at {at}{others})")
}

/// The process that fails in a record, and how.
fn failure(fact: &Fact) -> Option<(Pid, String)> {
    if let Fact::Process(ProcessFact::Panicked { pid, text, place, .. }) = fact {
        return Some(((*pid)?, format!("panicked at {place}: {text}")));
    }
    let Fact::Process(ProcessFact::Exited { pid, reason, .. }) = fact else { return None };
    (!is_usual(reason)).then(|| (*pid, format!("ended: {}", abridged(reason))))
}

/// The doubts that planned operations were never begun, workload by workload.
fn never_begun(evidence: &Evidence) -> Vec<Doubt> {
    let panicked: BTreeSet<Pid> = (evidence.run.trace.records().iter())
        .filter_map(|record| {
            let Fact::Process(ProcessFact::Panicked { pid, .. }) = record.fact else { return None };
            pid
        })
        .collect();
    let clients = evidence.run.clients.iter();
    let clients: Vec<(&ClientEnd, u32)> =
        clients.map(|end| (end, never_begun_by(evidence, &panicked, end))).collect();
    let workloads = evidence.run.plan.scenario.workloads.iter();
    workloads.filter_map(|workload| never_begun_of(workload.name, &clients)).collect()
}

fn never_begun_of(workload: Atom, clients: &[(&ClientEnd, u32)]) -> Option<Doubt> {
    let own = || clients.iter().filter(|(end, _)| end.workload == workload);
    let planned: u32 = own().map(|(end, _)| end.planned).sum();
    let missed: u32 = own().map(|(_, missed)| missed).sum();
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (end, _) in own().filter(|(_, missed)| *missed > 0) {
        let why = match (end.pid, end.is_alive) {
            (None, _) => "had no node that was up",
            (Some(_), false) => "had ended",
            (Some(_), true) => "did not come to it",
        };
        reasons.entry(why).or_default().push(end.client.to_string());
    }
    let reasons = reasons.into_iter().map(|(why, clients)| {
        let s = if clients.len() == 1 { "" } else { "s" };
        format!("client{s} {} {why}", first_few(&clients, NAMED_MAX, ", "))
    });
    let reasons = reasons.collect::<Vec<_>>().join("; ");
    (missed > 0).then(|| Doubt {
        wanted: "every planned operation begins",
        why: format!(
            "{missed} of {planned} planned operations of {workload} never began: {reasons}"
        ),
    })
}

/// The number of operations that a client never began. One that panicked may have taken one more
/// than it began.
fn never_begun_by(evidence: &Evidence, panicked: &BTreeSet<Pid>, end: &ClientEnd) -> u32 {
    if !end.pid.is_some_and(|pid| panicked.contains(&pid)) {
        return end.unread;
    }
    let own = evidence.operations(Some(end.workload));
    let begun = own.filter(|(_, each)| each.client == end.client).count();
    end.unread.max(end.planned.saturating_sub(u32::try_from(begun).unwrap_or(u32::MAX)))
}
