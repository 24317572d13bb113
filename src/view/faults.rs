//! The faults of a trace, and the nodes that each concerns.

use serde::Serialize;

use crate::scenario::fault::FaultCategory;

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
    /// Paths are cut.
    Cut,
    /// Connections are closed.
    Reset,
    /// A process gets an exit signal.
    Signal,
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
    pub(super) fn follow(&mut self, line: &TraceLine, nodes: &mut NameList) {
        let (Some(fault), at) = (line.fault, line.at.unwrap_or_default()) else { return };
        match line.what.as_str() {
            "fault_injected" => self.list.push(injected(line, fault, nodes)),
            // The end of a cut changes nothing where another one outlasts it.
            "fault_ended" | "fault_without_effect" => {
                let open = |span: &&mut FaultSpan| span.fault == fault && span.to.is_none();
                if let Some(span) = self.list.iter_mut().find(open) {
                    (span.to, span.last) = (Some(at), line.id);
                }
            }
            _ => {}
        }
    }

    /// Ends what was put right otherwise than by the end of the fault itself.
    pub(super) fn finish(&mut self, lives: &[Span]) {
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

/// A fault that has just struck.
fn injected(line: &TraceLine, fault: u64, nodes: &mut NameList) -> FaultSpan {
    let kind = line.kind.as_deref().map_or(FaultKind::Other, FaultKind::named);
    let at = line.at.unwrap_or_default();
    let mut places = |names: &[String]| -> Vec<u16> {
        names.iter().map(|name| nodes.place(name) as u16 + 1).collect()
    };
    let mut own = places(&line.nodes);
    let groups: Vec<Vec<u16>> = line.groups.iter().map(|group| places(group)).collect();
    own.extend(groups.iter().flatten());
    let is_over = kind.is_momentary();
    FaultSpan {
        fault,
        text: line.text.clone().unwrap_or_default(),
        kind,
        from: at,
        first: line.id,
        to: is_over.then_some(at),
        last: if is_over { line.id } else { 0 },
        nodes: own,
        groups,
    }
}

impl FaultKind {
    /// The kind that a trace tells by name.
    fn named(name: &str) -> FaultKind {
        use FaultCategory as Category;
        let Some(category) = FaultCategory::named(name) else {
            return if name == "repair" { FaultKind::Repair } else { FaultKind::Other };
        };
        match category {
            Category::CrashNode
            | Category::CrashHost
            | Category::CrashSite
            | Category::StopNode => FaultKind::Crash,
            Category::PauseNode | Category::Path | Category::Speed => FaultKind::Slow,
            Category::Partition | Category::OneWayPartition => FaultKind::Cut,
            Category::BreakConnections | Category::Disconnect => FaultKind::Reset,
            Category::ClockStep | Category::ClockDrift => FaultKind::Clock,
            Category::Disk => FaultKind::Disk,
            Category::Exit => FaultKind::Signal,
        }
    }

    /// True for what has its effect at once, and nothing to end.
    const fn is_momentary(self) -> bool {
        matches!(self, FaultKind::Reset | FaultKind::Signal)
    }
}
