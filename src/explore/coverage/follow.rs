//! The coverage of one run, found by going through its records once, in order.

use std::collections::{BTreeMap, BTreeSet};

use super::{CoverageState, FaultContext, RunCoverage};
use crate::engine::runtime;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, LogFact, NodeFact, TraceRecord,
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
        let tallies = run.summary.tallies.values();
        reached.mark_if(
            CoverageState::TriedAgain,
            tallies.flatten().any(|(what, _)| *what == TRIED_AGAIN),
        );
        let budget = matches!(run.outcome, runtime::Outcome::BudgetExhausted { .. });
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

/// Follows the records of a run, and keeps the state of the cluster.
struct Follower<'a> {
    run: &'a Run,
    reached: RunCoverage,
    /// The distributed applications that have run, with the nodes that run them.
    running: BTreeMap<Atom, BTreeSet<Atom>>,
    /// The nodes that may run each.
    candidates: BTreeMap<Atom, BTreeSet<Atom>>,
    down: BTreeSet<Atom>,
    /// The nodes that stop in order, with all that runs on them.
    stopping: BTreeSet<Atom>,
    cuts: BTreeSet<u32>,
    /// The pairs of nodes that have lost their connection: who noticed, and the peer.
    lost: BTreeSet<(Atom, Atom)>,
    /// The nodes of the processes that have global names.
    names: BTreeMap<Term, Atom>,
}

impl<'a> Follower<'a> {
    fn new(run: &'a Run) -> Follower<'a> {
        let applications = run.plan.scenario.applications.iter();
        let distributed =
            applications.filter(|each| matches!(each.placement, Placement::Distributed { .. }));
        Follower {
            run,
            reached: RunCoverage::default(),
            running: BTreeMap::new(),
            candidates: distributed.map(|each| (each.name, each.nodes().collect())).collect(),
            down: BTreeSet::new(),
            stopping: BTreeSet::new(),
            cuts: BTreeSet::new(),
            lost: BTreeSet::new(),
            names: BTreeMap::new(),
        }
    }

    fn follow(&mut self, record: &TraceRecord) {
        match &record.fact {
            Fact::Fault(FaultFact::Injected { fault, .. }) => self.struck(record.at, *fault),
            Fact::Fault(FaultFact::Ended { fault, .. }) => {
                if let Some((_, undo)) = &self.run.plan.faults[*fault as usize].undo {
                    self.note_cut(undo);
                }
            }
            Fact::Global(GlobalFact::Registered { name, pid }) => {
                let before = self.names.insert(name.clone(), pid.node());
                self.reached.mark_if(
                    CoverageState::NamePassed,
                    before.is_some_and(|before| before != pid.node()),
                );
            }
            Fact::Log(LogFact { text, .. }) => self.reached.look_at_log(text),
            Fact::Host(_)
            | Fact::Global(GlobalFact::Unregistered { .. })
            | Fact::Process(_)
            | Fact::Fault(FaultFact::WithoutEffect { .. })
            | Fact::Message(_)
            | Fact::Operation(_) => {}
            Fact::Node(_) | Fact::Connection(_) | Fact::Application(_) => {
                if let Some(node) = record.node {
                    self.follow_node(node, &record.fact);
                }
            }
        }
    }

    fn follow_node(&mut self, node: Atom, fact: &Fact) {
        if let Fact::Node(NodeFact::Started { creation }) = fact {
            self.down.remove(&node);
            self.stopping.remove(&node);
            self.reached.mark_if(CoverageState::NodeStartedAgain, *creation > 1);
        } else if matches!(fact, Fact::Node(NodeFact::Stopped { .. } | NodeFact::Crashed)) {
            self.down.insert(node);
            for nodes in self.running.values_mut() {
                nodes.remove(&node);
            }
        } else if let Fact::Connection(ConnectionFact::Up { peer }) = fact {
            let again = self.lost.remove(&(node, *peer));
            self.reached.mark_if(CoverageState::MetAgain, again);
        } else if let Fact::Connection(ConnectionFact::Down { peer, reason }) = fact {
            self.lost.insert((node, *peer));
            self.reached.states.extend(reason_state(*reason));
        } else if let Fact::Connection(ConnectionFact::Failed { .. }) = fact {
            self.reached.mark(CoverageState::ConnectFailed);
        } else if let Fact::Connection(ConnectionFact::CookieRejected { .. }) = fact {
            self.reached.mark(CoverageState::CookieRejected);
        } else if let Fact::Application(ApplicationFact::Started { application, start_type }) = fact
            && self.candidates.contains_key(application)
        {
            self.running.entry(*application).or_default().insert(node);
            self.reached.mark(start_state(start_type));
        } else if let Fact::Application(ApplicationFact::Stopped { application, reason }) = fact
            && let Some(nodes) = self.running.get_mut(application)
        {
            nodes.remove(&node);
            let wanted = reason.is_atom("stopped") || self.stopping.contains(&node);
            self.reached.mark_if(CoverageState::ApplicationEnded, !wanted);
        }
    }

    /// Marks the states that hold when a fault is injected.
    fn struck(&mut self, at: Time, place: u32) {
        let scheduled = &self.run.plan.faults[place as usize];
        let nowhere = self.running.values().any(BTreeSet::is_empty);
        let twice = self.running.values().any(|nodes| nodes.len() > 1);
        let strike = FaultContext { in_flight: in_flight(self.run, at), moving: nowhere || twice };
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
        reached.mark_if(CoverageState::StruckWhileNodeDown, !self.down.is_empty());
        reached.mark_if(CoverageState::StruckWhileCut, !self.cuts.is_empty());
        self.struck_nodes(&scheduled.fault);
        self.note_cut(&scheduled.fault);
    }

    /// Marks the nodes that a fault takes away, and their roles in the distributed applications.
    fn struck_nodes(&mut self, fault: &Fault) {
        if let Fault::Partition(cut) = fault {
            self.reached.nodes.extend(cut.groups.iter().flatten());
            let group = |node: &Atom| cut.groups.iter().position(|group| group.contains(node));
            let apart = |one: &Atom, other: &Atom| {
                group(one).zip(group(other)).is_some_and(|(one, other)| one != other)
            };
            let between = self.running.iter().any(|(application, nodes)| {
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
        for (application, nodes) in &self.running {
            let primary = lost.iter().any(|node| nodes.contains(node));
            self.reached.mark_if(CoverageState::StruckPrimary, primary);
            let standby = |node: &&Atom| {
                self.candidates[application].contains(node)
                    && !nodes.contains(node)
                    && !self.down.contains(node)
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

impl RunCoverage {
    /// Marks the states that the log messages of Erlang's own processes reveal.
    fn look_at_log(&mut self, text: &str) {
        let supervisor = text.starts_with("** Supervisor ");
        self.mark_if(
            CoverageState::ChildEnded,
            supervisor && text.contains(": child_terminated of "),
        );
        let gave_up = supervisor && text.ends_with("reached_max_restart_intensity");
        self.mark_if(CoverageState::SupervisorGaveUp, gave_up);
        self.mark_if(CoverageState::NameConflict, text.starts_with("global: Name conflict "));
        let prevented = text.starts_with("'global' at node ")
            && text.ends_with("to prevent overlapping partitions");
        self.mark_if(CoverageState::OverlapPrevented, prevented);
    }
}
