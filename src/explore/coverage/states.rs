//! The states of a failover that a run may reach: a fixed list, so that a report can name those
//! that were never reached.

/// A state that a trace, a history or the figures of a run can reveal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// All states in their order, each with its topic, its name in files and its description.
    pub const ALL: [(CoverageState, CoverageTopic, &str, &str); 47] = [
        (
            CoverageState::StruckInFlight,
            Strikes,
            "struck_in_flight",
            "while an operation was under way",
        ),
        (CoverageState::StruckIdle, Strikes, "struck_idle", "while nobody waited for an answer"),
        (
            CoverageState::StruckPrimary,
            Strikes,
            "struck_primary",
            "at the node that ran a distributed application",
        ),
        (
            CoverageState::StruckStandby,
            Strikes,
            "struck_standby",
            "at a node that could have taken it over",
        ),
        (
            CoverageState::StruckBetween,
            Strikes,
            "struck_between",
            "between the node that ran it and one that could take it over",
        ),
        (
            CoverageState::StruckWhileNowhere,
            Strikes,
            "struck_while_nowhere",
            "while a distributed application ran nowhere",
        ),
        (
            CoverageState::StruckWhileTwice,
            Strikes,
            "struck_while_twice",
            "while it ran on two nodes",
        ),
        (
            CoverageState::StruckWhileNodeDown,
            Strikes,
            "struck_while_node_down",
            "while a node was down",
        ),
        (CoverageState::StruckWhileCut, Strikes, "struck_while_cut", "while the network was cut"),
        (
            CoverageState::StruckWhileDisturbed,
            Strikes,
            "struck_while_disturbed",
            "before users were served again after the fault before it",
        ),
        (
            CoverageState::LostConnectionClosed,
            Connections,
            "lost_connection_closed",
            "a connection was closed (connection_closed)",
        ),
        (
            CoverageState::LostNetTickTimeout,
            Connections,
            "lost_net_tick_timeout",
            "a connection fell silent (net_tick_timeout)",
        ),
        (
            CoverageState::LostDisconnect,
            Connections,
            "lost_disconnect",
            "a node disconnected from another (disconnect)",
        ),
        (
            CoverageState::LostNetKernelTerminated,
            Connections,
            "lost_net_kernel_terminated",
            "a node closed its connections to stop (net_kernel_terminated)",
        ),
        (
            CoverageState::LostUnnoticed,
            Connections,
            "lost_unnoticed",
            "a node was out of reach and nobody noticed",
        ),
        (
            CoverageState::ConnectFailed,
            Connections,
            "connect_failed",
            "an attempt to connect failed",
        ),
        (
            CoverageState::CookieRejected,
            Connections,
            "cookie_rejected",
            "a node turned down another for its cookie",
        ),
        (
            CoverageState::OverlapPrevented,
            Connections,
            "overlap_prevented",
            "global disconnected nodes to prevent overlapping partitions",
        ),
        (
            CoverageState::MetAgain,
            Connections,
            "met_again",
            "nodes that had lost each other met again",
        ),
        (
            CoverageState::NodeStartedAgain,
            Connections,
            "node_started_again",
            "a node started again",
        ),
        (CoverageState::StartedNormal, Applications, "started_normal", "started: normal"),
        (CoverageState::StartedFailover, Applications, "started_failover", "started: failover"),
        (CoverageState::StartedTakeover, Applications, "started_takeover", "started: takeover"),
        (
            CoverageState::StartedInPlace,
            Applications,
            "started_in_place",
            "started again on the same node",
        ),
        (
            CoverageState::StartedNeverAgain,
            Applications,
            "started_never_again",
            "not started again by the end",
        ),
        (
            CoverageState::HandedOver,
            Applications,
            "handed_over",
            "ran on both nodes during a takeover",
        ),
        (
            CoverageState::SplitBrain,
            Applications,
            "split_brain",
            "ran on two nodes otherwise (split brain)",
        ),
        (
            CoverageState::SplitBrainEnded,
            Applications,
            "split_brain_ended",
            "a split brain came to its end",
        ),
        (
            CoverageState::ApplicationEnded,
            Applications,
            "application_ended",
            "ended of its own accord",
        ),
        (CoverageState::ChildEnded, Processes, "child_ended", "a supervisor lost a child"),
        (CoverageState::SupervisorGaveUp, Processes, "supervisor_gave_up", "a supervisor gave up"),
        (
            CoverageState::NamePassed,
            Processes,
            "name_passed",
            "a global name went to a process on another node",
        ),
        (
            CoverageState::NameConflict,
            Processes,
            "name_conflict",
            "two processes had the same global name",
        ),
        (CoverageState::AnswerLate, Users, "answer_late", "an answer was late"),
        (CoverageState::TriedAgain, Users, "tried_again", "a request was tried again"),
        (CoverageState::OperationFailed, Users, "operation_failed", "an operation failed"),
        (
            CoverageState::OperationUnknown,
            Users,
            "operation_unknown",
            "an operation had an unknown outcome",
        ),
        (CoverageState::ServedAgain, Users, "served_again", "served again after a disturbance"),
        (
            CoverageState::ServedNeverAgain,
            Users,
            "served_never_again",
            "not served again by the end",
        ),
        (
            CoverageState::AcknowledgedLost,
            Users,
            "acknowledged_lost",
            "something acknowledged was lost",
        ),
        (
            CoverageState::AcknowledgedOutOfSight,
            Users,
            "acknowledged_out_of_sight",
            "something acknowledged was missing for a time",
        ),
        (CoverageState::EffectDoubled, Users, "effect_doubled", "something was done twice"),
        (CoverageState::Masking, Users, "masking", "saw masking fault tolerance"),
        (CoverageState::FailSafe, Users, "fail_safe", "saw fail-safe fault tolerance"),
        (CoverageState::Nonmasking, Users, "nonmasking", "saw nonmasking fault tolerance"),
        (
            CoverageState::NotEvenFailSafe,
            Users,
            "not_even_fail_safe",
            "saw not even fail-safe fault tolerance",
        ),
        (CoverageState::GivenUp, Users, "given_up", "the run was given up"),
    ];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        CoverageState::ALL[self as usize].2
    }

    /// The state with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<CoverageState> {
        let found = CoverageState::ALL.iter().find(|(_, _, own, _)| *own == name);
        found.map(|(state, ..)| *state)
    }
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
        assert!(CoverageState::ALL.iter().map(|(_, subject, ..)| subject).is_sorted());
        assert!(
            CoverageTopic::ALL
                .iter()
                .map(|(subject, _)| *subject as usize)
                .eq(0..CoverageTopic::ALL.len())
        );
    }
}
