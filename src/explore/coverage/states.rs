//! The states of a failover that a run may reach: a fixed list, so that a report can name those
//! that were never reached.

use serde::{Deserialize, Serialize};

use crate::scenario::fault::Fault;

/// A state that a trace, a history or the figures of a run can reveal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`text` says what each is")]
pub enum CoverageState {
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
pub enum CoverageTopic {
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

use CoverageTopic::{Applications, Connections, Processes, Strikes, Users};

impl CoverageState {
    /// All states in their order, each with its topic and its description.
    pub const ALL: [(CoverageState, CoverageTopic, &str); 47] = [
        (CoverageState::StruckInFlight, Strikes, "while an operation was under way"),
        (CoverageState::StruckIdle, Strikes, "while nobody waited for an answer"),
        (CoverageState::StruckPrimary, Strikes, "at the node that ran a distributed application"),
        (CoverageState::StruckStandby, Strikes, "at a node that could have taken it over"),
        (
            CoverageState::StruckBetween,
            Strikes,
            "between the node that ran it and one that could take it over",
        ),
        (CoverageState::StruckWhileNowhere, Strikes, "while a distributed application ran nowhere"),
        (CoverageState::StruckWhileTwice, Strikes, "while it ran on two nodes"),
        (CoverageState::StruckWhileNodeDown, Strikes, "while a node was down"),
        (CoverageState::StruckWhileCut, Strikes, "while the network was cut"),
        (
            CoverageState::StruckWhileDisturbed,
            Strikes,
            "before users were served again after the fault before it",
        ),
        (
            CoverageState::LostConnectionClosed,
            Connections,
            "a connection was closed (connection_closed)",
        ),
        (
            CoverageState::LostNetTickTimeout,
            Connections,
            "a connection fell silent (net_tick_timeout)",
        ),
        (
            CoverageState::LostDisconnect,
            Connections,
            "a node disconnected from another (disconnect)",
        ),
        (
            CoverageState::LostNetKernelTerminated,
            Connections,
            "a node closed its connections to stop (net_kernel_terminated)",
        ),
        (CoverageState::LostUnnoticed, Connections, "a node was out of reach and nobody noticed"),
        (CoverageState::ConnectFailed, Connections, "an attempt to connect failed"),
        (CoverageState::CookieRejected, Connections, "a node turned down another for its cookie"),
        (
            CoverageState::OverlapPrevented,
            Connections,
            "global disconnected nodes to prevent overlapping partitions",
        ),
        (CoverageState::MetAgain, Connections, "nodes that had lost each other met again"),
        (CoverageState::NodeStartedAgain, Connections, "a node started again"),
        (CoverageState::StartedNormal, Applications, "started: normal"),
        (CoverageState::StartedFailover, Applications, "started: failover"),
        (CoverageState::StartedTakeover, Applications, "started: takeover"),
        (CoverageState::StartedInPlace, Applications, "started again on the same node"),
        (CoverageState::StartedNeverAgain, Applications, "not started again by the end"),
        (CoverageState::HandedOver, Applications, "ran on both nodes during a takeover"),
        (CoverageState::SplitBrain, Applications, "ran on two nodes otherwise (split brain)"),
        (CoverageState::SplitBrainEnded, Applications, "a split brain came to its end"),
        (CoverageState::ApplicationEnded, Applications, "ended of its own accord"),
        (CoverageState::ChildEnded, Processes, "a supervisor lost a child"),
        (CoverageState::SupervisorGaveUp, Processes, "a supervisor gave up"),
        (CoverageState::NamePassed, Processes, "a global name went to a process on another node"),
        (CoverageState::NameConflict, Processes, "two processes had the same global name"),
        (CoverageState::AnswerLate, Users, "an answer was late"),
        (CoverageState::TriedAgain, Users, "a request was tried again"),
        (CoverageState::OperationFailed, Users, "an operation failed"),
        (CoverageState::OperationUnknown, Users, "an operation had an unknown outcome"),
        (CoverageState::ServedAgain, Users, "served again after a disturbance"),
        (CoverageState::ServedNeverAgain, Users, "not served again by the end"),
        (CoverageState::AcknowledgedLost, Users, "something acknowledged was lost"),
        (
            CoverageState::AcknowledgedOutOfSight,
            Users,
            "something acknowledged was missing for a time",
        ),
        (CoverageState::EffectDoubled, Users, "something was done twice"),
        (CoverageState::Masking, Users, "saw masking fault tolerance"),
        (CoverageState::FailSafe, Users, "saw fail-safe fault tolerance"),
        (CoverageState::Nonmasking, Users, "saw nonmasking fault tolerance"),
        (CoverageState::NotEvenFailSafe, Users, "saw not even fail-safe fault tolerance"),
        (CoverageState::GivenUp, Users, "the run was given up"),
    ];
}

impl CoverageTopic {
    /// All topics in their order, each with its title.
    pub const ALL: [(CoverageTopic, &str); 5] = [
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
pub enum FaultCategory {
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

impl FaultCategory {
    /// All categories in their order, each with its description.
    pub const ALL: [(FaultCategory, &str); 15] = [
        (FaultCategory::Exit, "exit signal to a process"),
        (FaultCategory::CrashNode, "crash of a node"),
        (FaultCategory::CrashHost, "loss of power at a host"),
        (FaultCategory::CrashSite, "loss of power at a site"),
        (FaultCategory::StopNode, "orderly stop of a node"),
        (FaultCategory::PauseNode, "pause of a node"),
        (FaultCategory::Partition, "cut of the network"),
        (FaultCategory::OneWayPartition, "cut in one direction"),
        (FaultCategory::BreakConnections, "breaking of connections"),
        (FaultCategory::Disconnect, "disconnection of a node"),
        (FaultCategory::Path, "slow or lossy path"),
        (FaultCategory::Speed, "slow node"),
        (FaultCategory::Disk, "fault of a disk"),
        (FaultCategory::ClockStep, "jump of a clock"),
        (FaultCategory::ClockDrift, "drift of a clock"),
    ];

    /// The category of a fault; `None` for those that put something right.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<FaultCategory> {
        let kind = match fault {
            Fault::Exit { .. } => FaultCategory::Exit,
            Fault::CrashNode(_) => FaultCategory::CrashNode,
            Fault::CrashHost(_) => FaultCategory::CrashHost,
            Fault::CrashSite(_) => FaultCategory::CrashSite,
            Fault::StopNode(_) => FaultCategory::StopNode,
            Fault::PauseNode(_) => FaultCategory::PauseNode,
            Fault::Partition(cut) if cut.one_way => FaultCategory::OneWayPartition,
            Fault::Partition(_) => FaultCategory::Partition,
            Fault::BreakConnections { .. } => FaultCategory::BreakConnections,
            Fault::Disconnect(..) => FaultCategory::Disconnect,
            Fault::SetPath { .. } => FaultCategory::Path,
            Fault::SetSpeed { .. } => FaultCategory::Speed,
            Fault::BreakDisk { .. } | Fault::CorruptDisk(_) | Fault::SetDiskLatency { .. } => {
                FaultCategory::Disk
            }
            Fault::StepClock { .. } => FaultCategory::ClockStep,
            Fault::SetClockDrift { .. } => FaultCategory::ClockDrift,
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
        assert!(
            CoverageState::ALL
                .iter()
                .map(|(state, ..)| *state as usize)
                .eq(0..CoverageState::ALL.len())
        );
        assert_eq!(CoverageState::GivenUp as usize + 1, CoverageState::ALL.len());
        assert!(CoverageState::ALL.iter().map(|(_, subject, _)| subject).is_sorted());
        assert!(
            CoverageTopic::ALL
                .iter()
                .map(|(subject, _)| *subject as usize)
                .eq(0..CoverageTopic::ALL.len())
        );
        let kinds = FaultCategory::ALL.iter().map(|(kind, _)| *kind as usize);
        assert!(kinds.eq(0..FaultCategory::ALL.len()));
        assert_eq!(FaultCategory::ClockDrift as usize + 1, FaultCategory::ALL.len());
    }
}
