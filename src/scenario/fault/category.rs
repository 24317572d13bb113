//! Categories of faults, for counts of what a set of runs has put to the test.

/// A kind of fault that takes something away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// All categories in their order, each with its name in files and its description.
    pub const ALL: [(FaultCategory, &str, &str); 15] = [
        (FaultCategory::Exit, "exit", "exit signal to a process"),
        (FaultCategory::CrashNode, "crash_node", "crash of a node"),
        (FaultCategory::CrashHost, "crash_host", "loss of power at a host"),
        (FaultCategory::CrashSite, "crash_site", "loss of power at a site"),
        (FaultCategory::StopNode, "stop_node", "orderly stop of a node"),
        (FaultCategory::PauseNode, "pause_node", "pause of a node"),
        (FaultCategory::Partition, "partition", "cut of the network"),
        (FaultCategory::OneWayPartition, "one_way_partition", "cut in one direction"),
        (FaultCategory::BreakConnections, "break_connections", "breaking of connections"),
        (FaultCategory::Disconnect, "disconnect", "disconnection of a node"),
        (FaultCategory::Path, "path", "slow or lossy path"),
        (FaultCategory::Speed, "speed", "slow node"),
        (FaultCategory::Disk, "disk", "fault of a disk"),
        (FaultCategory::ClockStep, "clock_step", "jump of a clock"),
        (FaultCategory::ClockDrift, "clock_drift", "drift of a clock"),
    ];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        FaultCategory::ALL[self as usize].1
    }

    /// The category with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<FaultCategory> {
        let found = FaultCategory::ALL.iter().find(|(_, own, _)| *own == name);
        found.map(|(kind, ..)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_category_in_its_order() {
        let kinds = FaultCategory::ALL.iter().map(|(kind, ..)| *kind as usize);
        assert!(kinds.eq(0..FaultCategory::ALL.len()));
        assert_eq!(FaultCategory::ClockDrift as usize + 1, FaultCategory::ALL.len());
    }
}
