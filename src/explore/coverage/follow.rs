//! The coverage of one run, found by going through its records once, in order.

use std::collections::{BTreeMap, BTreeSet};

use super::{CoverageState, FaultContext, RunCoverage};
use crate::engine::runtime;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, LogReport, NodeFact, RecordId, Timeline,
    TraceRecord,
};
use crate::scenario::Placement;
use crate::scenario::fault::Fault;
use crate::scenario::services::TRIED_AGAIN;
use crate::scenario::simulation::Run;
use crate::verdict::{FaultFigures, Figures, Tolerance, WorkloadFigures};

/// The faults of a run that were injected: when, and their places in the plan.
pub(crate) fn injections(run: &Run) -> impl Iterator<Item = (Time, u32)> {
    run.trace.records().iter().filter_map(|record| {
        let Fact::Fault(FaultFact::Injected { fault, .. }) = &record.fact else { return None };
        Some((record.at, *fault))
    })
}

impl RunCoverage {
    /// The coverage of this run.
    #[must_use]
    pub fn of(run: &Run, figures: &Figures) -> RunCoverage {
        let mut follower = Follower::new(run);
        for record in run.trace.records() {
            follower.follow(record);
        }
        let mut reached = follower.reached;
        figures.faults.iter().for_each(|fault| reached.look_at_fault(fault));
        reached.look_at_disturbances(figures);
        figures.workloads.iter().for_each(|workload| reached.look_at_users(workload));
        reached.look_at_overlaps(run, figures);
        reached.look_at_reunions(run.trace.timeline());
        reached.look_at_names(run.trace.timeline());
        let tallies = run.summary.tallies.values();
        reached.mark_if(
            CoverageState::TriedAgain,
            tallies.flatten().any(|(what, _)| *what == TRIED_AGAIN),
        );
        let budget = matches!(run.outcome, runtime::RunOutcome::BudgetExhausted { .. });
        reached.mark_if(CoverageState::GivenUp, budget);
        reached
    }

    fn mark(&mut self, state: CoverageState) {
        self.states.insert(state);
    }

    fn mark_if(&mut self, state: CoverageState, is_so: bool) {
        if is_so {
            self.mark(state);
        }
    }

    fn look_at_fault(&mut self, fault: &FaultFigures) {
        let unnoticed = fault.detection.iter().any(|each| each.connected > 0 && each.noticed == 0);
        self.mark_if(CoverageState::LostUnnoticed, unnoticed);
        for failover in &fault.failovers {
            match &failover.to {
                None => self.mark(CoverageState::StartedNeverAgain),
                Some(to) => self.mark_if(CoverageState::StartedInPlace, to.node == failover.from),
            }
        }
        for recovery in [Some(&fault.recovery), fault.after_its_end.as_ref()].into_iter().flatten()
        {
            if recovery.disturbed > 0 {
                let again = recovery.served_again.is_some();
                self.mark(if again {
                    CoverageState::ServedAgain
                } else {
                    CoverageState::ServedNeverAgain
                });
            }
        }
    }

    fn look_at_disturbances(&mut self, figures: &Figures) {
        for pair in figures.faults.windows(2) {
            let recovery = &pair[0].recovery;
            let too_late = recovery.served_again.is_none_or(|again| again > pair[1].at);
            self.mark_if(CoverageState::StruckWhileDisturbed, recovery.disturbed > 0 && too_late);
        }
    }

    fn look_at_users(&mut self, figures: &WorkloadFigures) {
        let late = figures.slow.zip(figures.slowest).is_some_and(|(slow, most)| most > slow);
        self.mark_if(CoverageState::AnswerLate, late);
        self.mark_if(CoverageState::OperationFailed, figures.failed > 0);
        self.mark_if(CoverageState::OperationUnknown, figures.unknown > 0);
        self.mark_if(CoverageState::AcknowledgedLost, figures.lost().next().is_some());
        let seen_again = figures.missing.iter().any(|missing| missing.seen_again);
        self.mark_if(CoverageState::AcknowledgedOutOfSight, seen_again);
        self.mark_if(CoverageState::EffectDoubled, !figures.duplicated.is_empty());
        match figures.tolerance.kind {
            Tolerance::Masking => self.mark(CoverageState::Masking),
            Tolerance::FailSafe => self.mark(CoverageState::FailSafe),
            Tolerance::Nonmasking => self.mark(CoverageState::Nonmasking),
            Tolerance::NotEvenFailSafe => self.mark(CoverageState::NotEvenFailSafe),
            Tolerance::Unknown => {}
        }
    }

    fn look_at_connection(&mut self, fact: &ConnectionFact) {
        match fact {
            ConnectionFact::Up { .. } => {}
            ConnectionFact::Down { reason, .. } => self.states.extend(reason_state(*reason)),
            ConnectionFact::Failed { .. } => self.mark(CoverageState::ConnectFailed),
            ConnectionFact::CookieRejected { .. } => self.mark(CoverageState::CookieRejected),
        }
    }

    /// Marks the reunions of nodes that had lost each other.
    fn look_at_reunions(&mut self, timeline: &Timeline) {
        let mut lost = BTreeSet::new();
        for connection in timeline.connections() {
            let pair = (connection.node, connection.peer);
            self.mark_if(CoverageState::MetAgain, lost.contains(&pair));
            if connection.is_lost {
                lost.insert(pair);
            }
        }
    }

    /// Marks the global names that went to a process on another node.
    fn look_at_names(&mut self, timeline: &Timeline) {
        let mut nodes: BTreeMap<&Term, Atom> = BTreeMap::new();
        for holder in timeline.names() {
            let before = nodes.insert(&holder.name, holder.pid.node());
            let passed = before.is_some_and(|before| before != holder.pid.node());
            self.mark_if(CoverageState::NamePassed, passed);
        }
    }

    fn look_at_overlaps(&mut self, run: &Run, figures: &Figures) {
        for overlap in figures.applications.iter().flat_map(|each| &each.overlaps) {
            if overlap.start_type.tagged("takeover").is_some() {
                self.mark(CoverageState::HandedOver);
            } else {
                self.mark(CoverageState::SplitBrain);
                self.mark_if(CoverageState::SplitBrainEnded, overlap.to < run.ended_at);
            }
        }
    }
}

/// Follows the records of a run beside its timeline.
struct Follower<'a> {
    run: &'a Run,
    timeline: &'a Timeline,
    reached: RunCoverage,
    /// The nodes that may run each distributed application.
    candidates: BTreeMap<Atom, BTreeSet<Atom>>,
    /// The nodes that stop in order, with all that runs on them.
    stopping: BTreeSet<Atom>,
    cuts: BTreeSet<u32>,
}

impl<'a> Follower<'a> {
    fn new(run: &'a Run) -> Follower<'a> {
        let applications = run.plan.scenario.applications.iter();
        let distributed =
            applications.filter(|each| matches!(each.placement, Placement::Distributed { .. }));
        Follower {
            run,
            timeline: run.trace.timeline(),
            reached: RunCoverage::default(),
            candidates: distributed.map(|each| (each.name, each.nodes().collect())).collect(),
            stopping: BTreeSet::new(),
            cuts: BTreeSet::new(),
        }
    }

    fn follow(&mut self, record: &TraceRecord) {
        match &record.fact {
            Fact::Fault(FaultFact::Injected { fault, .. }) => self.struck(record, *fault),
            Fact::Fault(FaultFact::Ended { fault, .. }) => {
                if let Some((_, undo)) = &self.run.plan.faults[*fault as usize].undo {
                    self.note_cut(undo);
                }
            }
            Fact::Node(NodeFact::Started { creation }) => {
                self.reached.mark_if(CoverageState::NodeStartedAgain, *creation > 1);
                if let Some(node) = record.node {
                    self.stopping.remove(&node);
                }
            }
            Fact::Connection(fact) => self.reached.look_at_connection(fact),
            Fact::Application(fact) => self.follow_application(record, fact),
            Fact::Log(log) => self.reached.states.extend(log.report.and_then(report_state)),
            Fact::Fault(FaultFact::WithoutEffect { .. })
            | Fact::Node(_)
            | Fact::Host(_)
            | Fact::Global(_)
            | Fact::Process(_)
            | Fact::Message(_)
            | Fact::Operation(_) => {}
        }
    }

    fn follow_application(&mut self, record: &TraceRecord, fact: &ApplicationFact) {
        match fact {
            ApplicationFact::Started { application, start_type } => {
                if self.candidates.contains_key(application) {
                    self.reached.mark(start_state(start_type));
                }
            }
            ApplicationFact::Stopped { application, reason } => {
                if self.running(record.id).contains_key(application) {
                    let stops = record.node.is_some_and(|node| self.stopping.contains(&node));
                    let wanted = reason.is_atom("stopped") || stops;
                    self.reached.mark_if(CoverageState::ApplicationEnded, !wanted);
                }
            }
        }
    }

    /// The distributed applications that have ever run, with the nodes that run them after a record.
    fn running(&self, after: RecordId) -> BTreeMap<Atom, BTreeSet<Atom>> {
        let mut running: BTreeMap<Atom, BTreeSet<Atom>> = BTreeMap::new();
        let started = self.timeline.instances().iter();
        let started = started.filter(|each| self.candidates.contains_key(&each.application));
        for instance in started.take_while(|each| each.during.from.record <= after) {
            let nodes = running.entry(instance.application).or_default();
            nodes.extend(instance.during.holds_after(after).then_some(instance.node));
        }
        running
    }

    /// The nodes that have been up, but are not after a record.
    fn down(&self, after: RecordId) -> BTreeSet<Atom> {
        let started = self.timeline.up().iter();
        let started = started.take_while(|each| each.during.from.record <= after);
        let nodes = started.map(|each| each.node);
        nodes.filter(|node| !self.timeline.is_up(*node, after)).collect()
    }

    /// Marks the states that hold when a fault is injected.
    fn struck(&mut self, record: &TraceRecord, place: u32) {
        let scheduled = &self.run.plan.faults[place as usize];
        let (running, down) = (self.running(record.id), self.down(record.id));
        let nowhere = running.values().any(BTreeSet::is_empty);
        let twice = running.values().any(|nodes| nodes.len() > 1);
        let in_flight = in_flight(self.run, record.at);
        let strike = FaultContext { in_flight, moving: nowhere || twice };
        let own = self.run.plan.scenario.faults.iter().position(|each| each == scheduled);
        if let Some(own) = own {
            self.reached.faults.entry(own).or_default().join(strike);
        }
        let Some(kind) = scheduled.fault.category() else {
            return self.note_cut(&scheduled.fault);
        };
        self.reached.kinds.entry(kind).or_default().join(strike);
        let reached = &mut self.reached;
        reached.mark(if strike.in_flight {
            CoverageState::StruckInFlight
        } else {
            CoverageState::StruckIdle
        });
        reached.mark_if(CoverageState::StruckWhileNowhere, nowhere);
        reached.mark_if(CoverageState::StruckWhileTwice, twice);
        reached.mark_if(CoverageState::StruckWhileNodeDown, !down.is_empty());
        reached.mark_if(CoverageState::StruckWhileCut, !self.cuts.is_empty());
        self.struck_nodes(&scheduled.fault, &running, &down);
        self.note_cut(&scheduled.fault);
    }

    /// Marks the nodes that a fault takes away, and their roles in the distributed applications.
    fn struck_nodes(
        &mut self,
        fault: &Fault,
        running: &BTreeMap<Atom, BTreeSet<Atom>>,
        down: &BTreeSet<Atom>,
    ) {
        if let Fault::Partition(cut) = fault {
            self.reached.nodes.extend(cut.groups.iter().flatten());
            let group = |node: &Atom| cut.groups.iter().position(|group| group.contains(node));
            let apart = |one: &Atom, other: &Atom| {
                group(one).zip(group(other)).is_some_and(|(one, other)| one != other)
            };
            let between = running.iter().any(|(application, nodes)| {
                let others = &self.candidates[application];
                nodes.iter().any(|node| others.iter().any(|other| apart(node, other)))
            });
            self.reached.mark_if(CoverageState::StruckBetween, between);
            return;
        }
        if let Fault::StopNode(node) = fault {
            self.stopping.insert(*node);
        }
        let lost = fault.struck_nodes(|host| self.run.plan.scenario.nodes_on(host));
        for (application, nodes) in running {
            let primary = lost.iter().any(|node| nodes.contains(node));
            self.reached.mark_if(CoverageState::StruckPrimary, primary);
            let standby = |node: &&Atom| {
                self.candidates[application].contains(node)
                    && !nodes.contains(node)
                    && !down.contains(node)
            };
            let standby = !nodes.is_empty() && lost.iter().any(|node| standby(&node));
            self.reached.mark_if(CoverageState::StruckStandby, standby);
        }
        self.reached.nodes.extend(lost);
    }

    /// Keeps track of the partitions that are in force after a fault, or after its undoing.
    fn note_cut(&mut self, fault: &Fault) {
        if let Fault::Partition(cut) = fault {
            self.cuts.insert(cut.id);
        } else if let Fault::Heal(cut) = fault {
            self.cuts.remove(cut);
        } else if let Fault::HealAll = fault {
            self.cuts.clear();
        }
    }
}

/// True if a client was waiting for an answer at this time.
fn in_flight(run: &Run, at: Time) -> bool {
    run.history.operations().iter().any(|operation| {
        let end = match &operation.completion {
            Some(completion) => completion.at,
            None => operation.invoked + operation.timeout,
        };
        operation.invoked <= at && at < end
    })
}

fn reason_state(reason: Atom) -> Option<CoverageState> {
    match reason.as_str() {
        "connection_closed" => Some(CoverageState::LostConnectionClosed),
        "net_tick_timeout" => Some(CoverageState::LostNetTickTimeout),
        "disconnect" => Some(CoverageState::LostDisconnect),
        "net_kernel_terminated" => Some(CoverageState::LostNetKernelTerminated),
        _ => None,
    }
}

fn start_state(start_type: &Term) -> CoverageState {
    if start_type.tagged("failover").is_some() {
        CoverageState::StartedFailover
    } else if start_type.tagged("takeover").is_some() {
        CoverageState::StartedTakeover
    } else {
        CoverageState::StartedNormal
    }
}

/// The state that a report of OTP's own processes reveals.
const fn report_state(report: LogReport) -> Option<CoverageState> {
    match report {
        LogReport::ChildTerminated | LogReport::ChildCrashed => Some(CoverageState::ChildEnded),
        LogReport::RestartIntensityReached => Some(CoverageState::SupervisorGaveUp),
        LogReport::NameConflict => Some(CoverageState::NameConflict),
        LogReport::OverlapPrevented => Some(CoverageState::OverlapPrevented),
        LogReport::ServerTerminated | LogReport::CrashReported | LogReport::Crash => None,
    }
}
