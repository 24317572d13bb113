//! The faults of a trace, and the nodes that each concerns.

use serde::Serialize;

use crate::engine::term::Atom;
use crate::scenario::Plan;
use crate::scenario::fault::Fault;

use super::columns::NameList;
use super::line::TraceLine;
use super::spans::Span;

/// A fault that struck, from its injection to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct FaultSpan {
    /// Its place in the plan.
    pub fault: u64,
    pub text: String,
    pub kind: FaultKind,
    pub from: u64,
    pub first: u32,
    /// The end; `None` if nothing put it right.
    pub to: Option<u64>,
    pub last: u32,
    /// The nodes that it concerns, from 1; all if there are none.
    pub nodes: Vec<u16>,
    /// The groups that it keeps apart.
    pub groups: Vec<Vec<u16>>,
}

impl FaultSpan {
    /// True for what puts something right and takes nothing away.
    pub(super) fn is_repair(&self) -> bool {
        self.kind == FaultKind::Repair
    }
}

/// The kind of a fault, which is also the pattern of its band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultKind {
    /// Something is down.
    Crash,
    /// Something stands still or is slow.
    Slow,
    /// Paths or connections are cut.
    Cut,
    /// A clock is wrong.
    Clock,
    /// A disk is wrong.
    Disk,
    /// Something is put right.
    Repair,
    /// Anything else, or a trace that does not say.
    Other,
}

/// The faults of a trace in the order of their injection.
#[derive(Debug, Default)]
pub(super) struct FaultSpans {
    pub list: Vec<FaultSpan>,
}

impl FaultSpans {
    /// Takes in a record.
    pub(super) fn follow(&mut self, line: &TraceLine) {
        let (Some(fault), at) = (line.fault, line.at.unwrap_or_default()) else { return };
        match line.what.as_str() {
            "fault_injected" => self.list.push(FaultSpan {
                fault,
                text: line.text.clone().unwrap_or_default(),
                kind: FaultKind::Other,
                from: at,
                first: line.id,
                to: None,
                last: 0,
                nodes: Vec::new(),
                groups: Vec::new(),
            }),
            "fault_ended" => {
                let open = |span: &&mut FaultSpan| span.fault == fault && span.to.is_none();
                if let Some(span) = self.list.iter_mut().find(open) {
                    (span.to, span.last) = (Some(at), line.id);
                }
            }
            _ => {}
        }
    }

    /// Adds what the plan knows of them: their kinds and their nodes.
    pub(super) fn add_scopes(&mut self, plan: &Plan, nodes: &mut NameList, lives: &[Span]) {
        let mut place = |name: Atom| nodes.place(name.as_str()) as u16 + 1;
        for span in &mut self.list {
            let Some(scheduled) = plan.faults.get(span.fault as usize) else { continue };
            let scope = scope(&scheduled.fault, plan);
            span.kind = kind(&scheduled.fault);
            // A signal has its effect at once.
            if matches!(scheduled.fault, Fault::Exit { .. }) {
                (span.to, span.last) = (Some(span.from), span.first);
            }
            span.groups = (scope.groups.iter())
                .map(|group| group.iter().copied().map(&mut place).collect())
                .collect();
            span.nodes = scope.nodes.into_iter().map(&mut place).collect();
            span.nodes.extend(span.groups.iter().flatten());
        }
        self.end_repaired();
        self.end_with_next_life(lives);
    }

    /// Ends the crashes of nodes that were started again: by heart, by a supervisor of the machine.
    fn end_with_next_life(&mut self, lives: &[Span]) {
        for span in &mut self.list {
            if span.kind != FaultKind::Crash || span.to.is_some() {
                continue;
            }
            let next = span
                .nodes
                .iter()
                .map(|node| lives.iter().find(|life| life.node == *node && life.from > span.from));
            // Until the last of its nodes is back.
            let back: Option<Vec<&Span>> = next.collect();
            let last = back.and_then(|back| back.into_iter().max_by_key(|life| life.from));
            if let Some(life) = last {
                (span.to, span.last) = (Some(life.from), life.first);
            }
        }
    }

    /// Ends what a later fault that puts things right has ended: a heal the cuts, a start the crash.
    fn end_repaired(&mut self) {
        for index in 0..self.list.len() {
            let repair = self.list[index].clone();
            if repair.kind != FaultKind::Repair {
                continue;
            }
            for span in &mut self.list[..index] {
                let about = repair.nodes.is_empty()
                    || span.nodes.iter().all(|node| repair.nodes.contains(node));
                if span.to.is_none() && span.kind != FaultKind::Repair && about {
                    (span.to, span.last) = (Some(repair.from), repair.first);
                }
            }
        }
    }
}

/// The nodes that a fault concerns.
#[derive(Default)]
struct Scope {
    nodes: Vec<Atom>,
    groups: Vec<Vec<Atom>>,
}

fn scope(fault: &Fault, plan: &Plan) -> Scope {
    let on_host = |host: Atom| plan.scenario.nodes_on(host).collect::<Vec<_>>();
    let of = |nodes: Vec<Atom>| Scope { nodes, groups: Vec::new() };
    let apart = |groups: Vec<Vec<Atom>>| Scope { nodes: Vec::new(), groups };
    match fault {
        Fault::CrashNode(node)
        | Fault::StopNode(node)
        | Fault::StartNode(node)
        | Fault::PauseNode(node)
        | Fault::ResumeNode(node)
        | Fault::CorruptDisk(node)
        | Fault::SetSpeed { node, .. }
        | Fault::BreakDisk { node, .. }
        | Fault::MendDisk { node, .. }
        | Fault::SetDiskLatency { node, .. }
        | Fault::StepClock { node, .. }
        | Fault::SetClockDrift { node, .. } => of(vec![*node]),
        Fault::Exit { node, .. } => of(node.iter().copied().collect()),
        Fault::CrashHost(host) | Fault::StartHost(host) => of(on_host(*host)),
        Fault::CrashSite(site) | Fault::StartSite(site) => {
            of(site.hosts.iter().flat_map(|host| on_host(*host)).collect())
        }
        Fault::Partition(partition) => apart(partition.groups.clone()),
        Fault::BreakConnections { groups, .. } => apart(groups.clone()),
        Fault::Disconnect(one, other) | Fault::Connect(one, other) => {
            apart(vec![vec![*one], vec![*other]])
        }
        Fault::SetPath { from, to, .. } => apart(vec![on_host(*from), on_host(*to)]),
        Fault::Heal(_) | Fault::HealAll => Scope::default(),
    }
}

const fn kind(fault: &Fault) -> FaultKind {
    match fault {
        Fault::CrashNode(_) | Fault::CrashHost(_) | Fault::CrashSite(_) | Fault::StopNode(_) => {
            FaultKind::Crash
        }
        Fault::PauseNode(_) | Fault::SetPath { .. } | Fault::SetSpeed { .. } => FaultKind::Slow,
        Fault::Partition(_) | Fault::BreakConnections { .. } | Fault::Disconnect(..) => {
            FaultKind::Cut
        }
        Fault::StepClock { .. } | Fault::SetClockDrift { .. } => FaultKind::Clock,
        Fault::BreakDisk { .. } | Fault::CorruptDisk(_) | Fault::SetDiskLatency { .. } => {
            FaultKind::Disk
        }
        Fault::StartNode(_)
        | Fault::StartHost(_)
        | Fault::StartSite(_)
        | Fault::ResumeNode(_)
        | Fault::Heal(_)
        | Fault::HealAll
        | Fault::MendDisk { .. }
        | Fault::Connect(..) => FaultKind::Repair,
        Fault::Exit { .. } => FaultKind::Other,
    }
}
