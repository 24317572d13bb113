//! How people say what a fault does.

use std::fmt::{self, Write};
use std::time::Duration;

use super::Fault;
use crate::engine::network::{Breaking, Delay, PathConfig};
use crate::engine::runtime::DiskFault;
use crate::engine::term::Atom;
use crate::engine::time::{format_duration, round_duration};

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Exit { name, node: None, reason } => {
                write!(f, "exit signal {reason} to {name}")
            }
            Fault::Exit { name, node: Some(node), reason } => {
                write!(f, "exit signal {reason} to {name} on {node}")
            }
            Fault::CrashNode(node) => write!(f, "{node} crashes"),
            Fault::CrashHost(host) => write!(f, "host {host} loses power"),
            Fault::StopNode(node) => write!(f, "{node} is stopped in order"),
            Fault::StartNode(node) => write!(f, "{node} is started"),
            Fault::StartHost(host) => write!(f, "host {host} has power again"),
            Fault::CrashSite(site) => write!(f, "site {} loses power", site.name),
            Fault::StartSite(site) => write!(f, "site {} has power again", site.name),
            Fault::PauseNode(node) => write!(f, "{node} stands still"),
            Fault::ResumeNode(node) => write!(f, "{node} goes on"),
            Fault::Partition(partition) => {
                let sign = if partition.one_way { " -/-> " } else { " | " };
                write!(f, "network cut: {}", groups(&partition.groups, sign))
            }
            Fault::Heal(_) => f.write_str("network healed"),
            Fault::HealAll => f.write_str("all cuts healed"),
            Fault::BreakConnections { groups, breaking: Breaking::Reset } => {
                write!(f, "connections reset: {}", self::groups(groups, " | "))
            }
            Fault::BreakConnections { groups, breaking: Breaking::Silent } => {
                write!(f, "connections go dead: {}", self::groups(groups, " | "))
            }
            Fault::Disconnect(node, peer) => write!(f, "{node} disconnects from {peer}"),
            Fault::Connect(node, peer) => write!(f, "{node} connects to {peer}"),
            Fault::SetPath { from, to, path: Some(path) } => {
                write!(f, "path {from} -> {to} now has {}", path_text(path))
            }
            Fault::SetPath { from, to, path: None } => {
                write!(f, "path {from} -> {to} is as usual again")
            }
            Fault::SetSpeed { node, percent: 100 } => write!(f, "{node} works as fast as usual"),
            Fault::SetSpeed { node, percent } => {
                write!(f, "work on {node} takes {percent}% of its usual time")
            }
            Fault::BreakDisk { node, fault } => match fault {
                DiskFault::FsyncError => write!(f, "syncs of the disk of {node} fail"),
                DiskFault::Full => write!(f, "the disk of {node} is full"),
                DiskFault::Lying => write!(f, "the disk of {node} lies about its syncs"),
            },
            Fault::MendDisk { node, fault } => match fault {
                DiskFault::FsyncError => write!(f, "syncs of the disk of {node} succeed again"),
                DiskFault::Full => write!(f, "the disk of {node} has room again"),
                DiskFault::Lying => write!(f, "the disk of {node} does its syncs again"),
            },
            Fault::CorruptDisk(node) => write!(f, "the disk of {node} is damaged"),
            Fault::SetDiskLatency { node, latency: Some(latency) } => {
                write!(f, "a sync of the disk of {node} takes {}", delay_text(latency))
            }
            Fault::SetDiskLatency { node, latency: None } => {
                write!(f, "syncs of the disk of {node} take as long as usual")
            }
            Fault::StepClock { node, nanos } => {
                let sign = if *nanos < 0 { "back" } else { "forward" };
                let by = format_duration(Duration::from_nanos(nanos.unsigned_abs()));
                write!(f, "system clock of {node} jumps {sign} by {by}")
            }
            Fault::SetClockDrift { node, ppm: 0 } => write!(f, "clock of {node} runs true"),
            Fault::SetClockDrift { node, ppm } => {
                write!(f, "clock of {node} runs {ppm:+} ppm off")
            }
        }
    }
}

fn groups(groups: &[Vec<Atom>], sign: &str) -> String {
    let names =
        |group: &Vec<Atom>| group.iter().map(Atom::to_string).collect::<Vec<_>>().join(", ");
    groups.iter().map(names).collect::<Vec<_>>().join(sign)
}

fn delay_text(delay: &Delay) -> String {
    match delay {
        Delay::Constant(time) => format_duration(*time),
        other @ (Delay::Uniform(..)
        | Delay::Normal { .. }
        | Delay::Exponential { .. }
        | Delay::LogNormal { .. }
        | Delay::Table(_)) => format!("about {}", round_duration(other.median())),
    }
}

fn path_text(path: &PathConfig) -> String {
    let mut text = format!("latency {}", delay_text(&path.latency));
    if path.loss_ppm > 0 {
        let _ = write!(text, ", loss {}%", f64::from(path.loss_ppm) / 1e4);
    }
    if let Some(bandwidth) = path.bandwidth {
        let _ = write!(text, ", {} kbit/s", bandwidth / 1_000);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::fault::Partition;

    #[test]
    fn faults_are_told_as_people_tell_them() {
        let [a, b, c] = ["db1@a", "db2@b", "web@a"].map(Atom::new);
        let partition = |one_way| {
            Fault::Partition(Partition { id: 1, groups: vec![vec![a], vec![b, c]], one_way })
        };
        for (fault, text) in [
            (Fault::CrashNode(a), "db1@a crashes"),
            (partition(false), "network cut: db1@a | db2@b, web@a"),
            (partition(true), "network cut: db1@a -/-> db2@b, web@a"),
            (
                Fault::StepClock { node: a, nanos: -5_000_000_000 },
                "system clock of db1@a jumps back by 5s",
            ),
            (
                Fault::SetSpeed { node: a, percent: 1_000 },
                "work on db1@a takes 1000% of its usual time",
            ),
        ] {
            assert_eq!(fault.to_string(), text);
        }
    }
}
