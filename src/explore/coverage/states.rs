//! The states of a failover that a run may reach: a fixed list, so that a report can name those
//! that were never reached.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Something that a trace, a history or the figures of a run can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`text` says what each is")]
pub enum State {
    StruckInFlight,
    StruckIdle,
    StruckPrimary,
    StruckStandby,
    StruckBetween,
    StruckWhileNowhere,
    StruckWhileTwice,
    StruckWhileNodeDown,
    StruckWhileCut,
    StruckWhileDisturbed,
    LostConnectionClosed,
    LostNetTickTimeout,
    LostDisconnect,
    LostNetKernelTerminated,
    LostUnnoticed,
    ConnectFailed,
    CookieRejected,
    OverlapPrevented,
    MetAgain,
    NodeStartedAgain,
    StartedNormal,
    StartedFailover,
    StartedTakeover,
    StartedInPlace,
    StartedNeverAgain,
    HandedOver,
    SplitBrain,
    SplitBrainEnded,
    ApplicationEnded,
    ChildEnded,
    SupervisorGaveUp,
    NamePassed,
    NameConflict,
    AnswerLate,
    TriedAgain,
    OperationFailed,
    OperationUnknown,
    ServedAgain,
    ServedNeverAgain,
    AcknowledgedLost,
    AcknowledgedOutOfSight,
    EffectDoubled,
    Masking,
    FailSafe,
    Nonmasking,
    NotEvenFailSafe,
    GivenUp,
}

/// The topic under which a state is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The state of the system when a fault was injected.
    Strikes,
    /// Nodes that lose each other, and meet again.
    Connections,
    /// The nodes on which applications run.
    Applications,
    /// Supervisors, and names.
    Processes,
    /// The users' operations and their outcomes.
    Users,
}

use Subject::{Applications, Connections, Processes, Strikes, Users};

impl State {
    /// All states in their order, each with what it is about and what it is.
    pub const ALL: [(State, Subject, &str); 47] = [
        (State::StruckInFlight, Strikes, "while an operation was under way"),
        (State::StruckIdle, Strikes, "while nobody waited for an answer"),
        (State::StruckPrimary, Strikes, "at the node that ran a distributed application"),
        (State::StruckStandby, Strikes, "at a node that could have taken it over"),
        (
            State::StruckBetween,
            Strikes,
            "between the node that ran it and one that could take it over",
        ),
        (State::StruckWhileNowhere, Strikes, "while a distributed application ran nowhere"),
        (State::StruckWhileTwice, Strikes, "while it ran on two nodes"),
        (State::StruckWhileNodeDown, Strikes, "while a node was down"),
        (State::StruckWhileCut, Strikes, "while the network was cut"),
        (
            State::StruckWhileDisturbed,
            Strikes,
            "before users were served again after the fault before it",
        ),
        (State::LostConnectionClosed, Connections, "a connection was closed (connection_closed)"),
        (State::LostNetTickTimeout, Connections, "a connection fell silent (net_tick_timeout)"),
        (State::LostDisconnect, Connections, "a node disconnected from another (disconnect)"),
        (
            State::LostNetKernelTerminated,
            Connections,
            "a node closed its connections to stop (net_kernel_terminated)",
        ),
        (State::LostUnnoticed, Connections, "a node was out of reach and nobody noticed"),
        (State::ConnectFailed, Connections, "an attempt to connect failed"),
        (State::CookieRejected, Connections, "a node turned down another for its cookie"),
        (
            State::OverlapPrevented,
            Connections,
            "global disconnected nodes to prevent overlapping partitions",
        ),
        (State::MetAgain, Connections, "nodes that had lost each other met again"),
        (State::NodeStartedAgain, Connections, "a node started again"),
        (State::StartedNormal, Applications, "started: normal"),
        (State::StartedFailover, Applications, "started: failover"),
        (State::StartedTakeover, Applications, "started: takeover"),
        (State::StartedInPlace, Applications, "started again on the same node"),
        (State::StartedNeverAgain, Applications, "not started again by the end"),
        (State::HandedOver, Applications, "ran on both nodes during a takeover"),
        (State::SplitBrain, Applications, "ran on two nodes otherwise (split brain)"),
        (State::SplitBrainEnded, Applications, "a split brain came to its end"),
        (State::ApplicationEnded, Applications, "ended of its own accord"),
        (State::ChildEnded, Processes, "a supervisor lost a child"),
        (State::SupervisorGaveUp, Processes, "a supervisor gave up"),
        (State::NamePassed, Processes, "a global name went to a process on another node"),
        (State::NameConflict, Processes, "two processes had the same global name"),
        (State::AnswerLate, Users, "an answer was late"),
        (State::TriedAgain, Users, "a request was tried again"),
        (State::OperationFailed, Users, "an operation failed"),
        (State::OperationUnknown, Users, "an operation had an unknown outcome"),
        (State::ServedAgain, Users, "served again after a disturbance"),
        (State::ServedNeverAgain, Users, "not served again by the end"),
        (State::AcknowledgedLost, Users, "something acknowledged was lost"),
        (State::AcknowledgedOutOfSight, Users, "something acknowledged was missing for a time"),
        (State::EffectDoubled, Users, "something was done twice"),
        (State::Masking, Users, "saw masking fault tolerance"),
        (State::FailSafe, Users, "saw fail-safe fault tolerance"),
        (State::Nonmasking, Users, "saw nonmasking fault tolerance"),
        (State::NotEvenFailSafe, Users, "saw not even fail-safe fault tolerance"),
        (State::GivenUp, Users, "the run was given up"),
    ];
}

impl Subject {
    /// All subjects in their order, each with its title.
    pub const ALL: [(Subject, &str); 5] = [
        (Strikes, "Faults struck"),
        (Connections, "Connections and nodes"),
        (Applications, "Distributed applications"),
        (Processes, "Processes"),
        (Users, "Users"),
    ];
}

/// A kind of fault that takes something away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`ALL` says what each is")]
pub enum FaultKind {
    Exit,
    CrashNode,
    CrashHost,
    CrashSite,
    StopNode,
    PauseNode,
    Partition,
    OneWayPartition,
    BreakConnections,
    Disconnect,
    Path,
    Speed,
    Disk,
    ClockStep,
    ClockDrift,
}

impl FaultKind {
    /// All kinds in their order, each with what it is.
    pub const ALL: [(FaultKind, &str); 15] = [
        (FaultKind::Exit, "exit signal to a process"),
        (FaultKind::CrashNode, "crash of a node"),
        (FaultKind::CrashHost, "loss of power at a host"),
        (FaultKind::CrashSite, "loss of power at a site"),
        (FaultKind::StopNode, "orderly stop of a node"),
        (FaultKind::PauseNode, "pause of a node"),
        (FaultKind::Partition, "cut of the network"),
        (FaultKind::OneWayPartition, "cut in one direction"),
        (FaultKind::BreakConnections, "breaking of connections"),
        (FaultKind::Disconnect, "disconnection of a node"),
        (FaultKind::Path, "slow or lossy path"),
        (FaultKind::Speed, "slow node"),
        (FaultKind::Disk, "fault of a disk"),
        (FaultKind::ClockStep, "jump of a clock"),
        (FaultKind::ClockDrift, "drift of a clock"),
    ];

    /// The kind of a fault; nothing for those that put something right.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<FaultKind> {
        let kind = match fault {
            Fault::Exit { .. } => FaultKind::Exit,
            Fault::CrashNode(_) => FaultKind::CrashNode,
            Fault::CrashHost(_) => FaultKind::CrashHost,
            Fault::CrashSite(_) => FaultKind::CrashSite,
            Fault::StopNode(_) => FaultKind::StopNode,
            Fault::PauseNode(_) => FaultKind::PauseNode,
            Fault::Partition(cut) if cut.one_way => FaultKind::OneWayPartition,
            Fault::Partition(_) => FaultKind::Partition,
            Fault::BreakConnections { .. } => FaultKind::BreakConnections,
            Fault::Disconnect(..) => FaultKind::Disconnect,
            Fault::SetPath { .. } => FaultKind::Path,
            Fault::SetSpeed { .. } => FaultKind::Speed,
            Fault::BreakDisk { .. } | Fault::CorruptDisk(_) | Fault::SetDiskLatency { .. } => {
                FaultKind::Disk
            }
            Fault::StepClock { .. } => FaultKind::ClockStep,
            Fault::SetClockDrift { .. } => FaultKind::ClockDrift,
            Fault::StartNode(_)
            | Fault::StartHost(_)
            | Fault::StartSite(_)
            | Fault::ResumeNode(_)
            | Fault::MendDisk { .. }
            | Fault::Heal(_)
            | Fault::HealAll
            | Fault::Connect(..) => return None,
        };
        fault.takes_away().then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_have_everything_in_its_order() {
        assert!(State::ALL.iter().map(|(state, ..)| *state as usize).eq(0..State::ALL.len()));
        assert_eq!(State::GivenUp as usize + 1, State::ALL.len());
        assert!(State::ALL.iter().map(|(_, subject, _)| subject).is_sorted());
        assert!(
            Subject::ALL.iter().map(|(subject, _)| *subject as usize).eq(0..Subject::ALL.len())
        );
        let kinds = FaultKind::ALL.iter().map(|(kind, _)| *kind as usize);
        assert!(kinds.eq(0..FaultKind::ALL.len()));
        assert_eq!(FaultKind::ClockDrift as usize + 1, FaultKind::ALL.len());
    }
}
