//! The kinds of faults that chaos draws.

use std::time::Duration;

use crate::engine::network::Delay;
use crate::engine::runtime::DiskFault;
use crate::engine::term::{Atom, Term};

use super::CutShape;
use crate::spelling::words;

/// A kind of fault that chaos draws.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A node crashes and is started again.
    Crash,
    /// A host loses power with all its nodes, and gets it back.
    CrashHost,
    /// A site loses power with all its hosts, and gets it back.
    CrashSite,
    /// A node is stopped in order and started again.
    Stop,
    /// A node stands still, and goes on.
    Pause,
    /// A process gets an exit signal: that of a distributed application wherever it runs, any other
    /// on one node.
    Kill {
        /// The names of which one is drawn.
        names: Vec<Atom>,
        /// The exit reason.
        reason: Term,
    },
    /// The network is cut both ways, and healed.
    Partition {
        /// The shapes of which one is drawn.
        shapes: Vec<CutShape>,
    },
    /// The network is cut one way, and healed.
    OneWayPartition {
        /// The shapes of which one is drawn.
        shapes: Vec<CutShape>,
    },
    /// Some nodes are cut off one by one, and come back one by one in another order.
    Swizzle {
        /// The time in which all are cut off, and again the time in which all come back.
        over: Duration,
    },
    /// A node closes its connection to another.
    Disconnect,
    /// The path between two hosts or sites gets slow, both ways.
    SlowPath {
        /// Its latency then.
        latency: Delay,
        /// Its ends.
        between: PathScope,
    },
    /// The path between two hosts or sites loses packets, both ways.
    Loss {
        /// The lost packets in a million.
        loss_ppm: u32,
        /// Its ends.
        between: PathScope,
    },
    /// The path between two hosts or sites gets narrow, both ways.
    Bandwidth {
        /// Bits per second.
        bandwidth: u64,
        /// Its ends.
        between: PathScope,
    },
    /// Work on a node takes longer, up to a limit.
    SlowNode {
        /// The most, in percent.
        percent_max: u32,
    },
    /// Something is wrong with the disk of a node.
    Disk {
        /// The settings that change, with their values.
        fault: DiskFault,
    },
    /// Syncs of the disk of a node are slow.
    SlowDisk {
        /// The time that a sync takes then.
        latency: Delay,
    },
    /// The disk of a node is damaged.
    CorruptDisk,
    /// The system clock of a node jumps, back or forward.
    ClockStep {
        /// The size of the jump.
        by: Delay,
    },
    /// The clocks of a node run fast or slow, up to a limit.
    ClockDrift {
        /// Parts per million.
        ppm_max: u32,
    },
}

/// The ends of a path that gets bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathScope {
    /// Two hosts.
    Hosts,
    /// Two sites: the paths between all of their hosts.
    Sites,
}

words!(PathScope {
    Hosts => "hosts",
    Sites => "sites",
});

impl FaultKind {
    /// True if it goes on for a while.
    #[must_use]
    pub const fn lasts(&self) -> bool {
        !matches!(
            self,
            FaultKind::Kill { .. }
                | FaultKind::Disconnect
                | FaultKind::CorruptDisk
                | FaultKind::ClockStep { .. }
        )
    }

    /// Its name in files, and the first part of the names of its streams.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            FaultKind::Crash => "crash",
            FaultKind::CrashHost => "crash_host",
            FaultKind::CrashSite => "crash_site",
            FaultKind::Stop => "stop",
            FaultKind::Pause => "pause",
            FaultKind::Kill { .. } => "kill",
            FaultKind::Partition { .. } => "partition",
            FaultKind::OneWayPartition { .. } => "one_way_partition",
            FaultKind::Swizzle { .. } => "swizzle",
            FaultKind::Disconnect => "disconnect",
            FaultKind::SlowPath { .. } => "slow_path",
            FaultKind::Loss { .. } => "loss",
            FaultKind::Bandwidth { .. } => "bandwidth",
            FaultKind::SlowNode { .. } => "slow_node",
            FaultKind::Disk { fault: DiskFault::FsyncError } => "fsync_error",
            FaultKind::Disk { fault: DiskFault::Full } => "full_disk",
            FaultKind::Disk { fault: DiskFault::Lying } => "lying_disk",
            FaultKind::SlowDisk { .. } => "slow_disk",
            FaultKind::CorruptDisk => "corrupt_disk",
            FaultKind::ClockStep { .. } => "clock_step",
            FaultKind::ClockDrift { .. } => "clock_drift",
        }
    }
}
