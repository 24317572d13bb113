//! What a fault takes away.

use super::Fault;
use crate::engine::term::Atom;

impl Fault {
    /// Whether it takes something away; the others put something right.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        match self {
            Fault::Exit { .. }
            | Fault::CrashNode(_)
            | Fault::CrashHost(_)
            | Fault::CrashSite(_)
            | Fault::StopNode(_)
            | Fault::PauseNode(_)
            | Fault::Partition(_)
            | Fault::BreakConnections { .. }
            | Fault::Disconnect(..)
            | Fault::BreakDisk { .. }
            | Fault::CorruptDisk(_)
            | Fault::StepClock { .. } => true,
            Fault::SetDiskLatency { latency, .. } => latency.is_some(),
            Fault::SetPath { path, .. } => path.is_some(),
            Fault::SetSpeed { percent, .. } => *percent > 100,
            Fault::SetClockDrift { ppm, .. } => *ppm != 0,
            Fault::StartNode(_)
            | Fault::StartHost(_)
            | Fault::StartSite(_)
            | Fault::ResumeNode(_)
            | Fault::Heal(_)
            | Fault::HealAll
            | Fault::MendDisk { .. }
            | Fault::Connect(..) => false,
        }
    }

    /// The nodes that it crashes, stops or pauses; `on_host` tells those of a host.
    #[must_use]
    pub fn struck_nodes<N>(&self, mut on_host: impl FnMut(Atom) -> N) -> Vec<Atom>
    where
        N: IntoIterator<Item = Atom>,
    {
        match self {
            Fault::CrashNode(node) | Fault::StopNode(node) | Fault::PauseNode(node) => vec![*node],
            Fault::CrashHost(host) => on_host(*host).into_iter().collect(),
            Fault::CrashSite(site) => site.hosts.iter().flat_map(|host| on_host(*host)).collect(),
            Fault::Exit { .. }
            | Fault::StartNode(_)
            | Fault::StartHost(_)
            | Fault::StartSite(_)
            | Fault::ResumeNode(_)
            | Fault::Partition(_)
            | Fault::Heal(_)
            | Fault::HealAll
            | Fault::BreakConnections { .. }
            | Fault::Disconnect(..)
            | Fault::Connect(..)
            | Fault::SetPath { .. }
            | Fault::SetSpeed { .. }
            | Fault::BreakDisk { .. }
            | Fault::MendDisk { .. }
            | Fault::CorruptDisk(_)
            | Fault::SetDiskLatency { .. }
            | Fault::StepClock { .. }
            | Fault::SetClockDrift { .. } => Vec::new(),
        }
    }

    /// The nodes that others lose by it: those that it strikes, and in a partition all that are in
    /// a group.
    #[must_use]
    pub fn lost_nodes<N>(&self, on_host: impl FnMut(Atom) -> N) -> Vec<Atom>
    where
        N: IntoIterator<Item = Atom>,
    {
        if let Fault::Partition(partition) = self {
            partition.groups.concat()
        } else {
            self.struck_nodes(on_host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::fault::{Partition, Site};

    #[test]
    fn a_partition_loses_nodes_without_striking_them() {
        let [a, b, c, host, other, site] = ["a@x", "b@x", "c@y", "x", "y", "east"].map(Atom::new);
        let on_host = |name| if name == host { vec![a, b] } else { vec![c] };
        let cut = Partition { id: 1, groups: vec![vec![a], vec![c]], one_way: false };
        for (fault, struck, lost) in [
            (Fault::CrashNode(a), vec![a], vec![a]),
            (Fault::StopNode(b), vec![b], vec![b]),
            (Fault::PauseNode(c), vec![c], vec![c]),
            (Fault::CrashHost(host), vec![a, b], vec![a, b]),
            (
                Fault::CrashSite(Site { name: site, hosts: vec![host, other] }),
                vec![a, b, c],
                vec![a, b, c],
            ),
            (Fault::Partition(cut), vec![], vec![a, c]),
            (Fault::StartHost(host), vec![], vec![]),
            (Fault::Disconnect(a, c), vec![], vec![]),
        ] {
            assert_eq!(fault.struck_nodes(on_host), struck, "{fault}");
            assert_eq!(fault.lost_nodes(on_host), lost, "{fault}");
        }
    }
}
