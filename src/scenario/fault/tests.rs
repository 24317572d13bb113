//! Laws of faults.

use super::*;

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

#[test]
fn faults_are_told_as_people_tell_them() {
    let [a, b, c] = ["db1@a", "db2@b", "web@a"].map(Atom::new);
    let partition =
        |one_way| Fault::Partition(Partition { id: 1, groups: vec![vec![a], vec![b, c]], one_way });
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

#[test]
fn each_fault_that_lasts_says_what_ends_it() {
    let [node, host] = ["a@x", "x"].map(Atom::new);
    let site = Site { name: Atom::new("east"), hosts: vec![host] };
    let cut = Partition { id: 7, groups: vec![vec![node], vec![Atom::new("b@y")]], one_way: true };
    let slow = Delay::Constant(std::time::Duration::from_secs(1));
    let path = PathConfig { latency: slow.clone(), bandwidth: None, loss_ppm: 0 };
    let disk = DiskFault::Full;
    for (fault, end) in [
        (Fault::CrashNode(node), Some(Fault::StartNode(node))),
        (Fault::StopNode(node), Some(Fault::StartNode(node))),
        (Fault::PauseNode(node), Some(Fault::ResumeNode(node))),
        (Fault::CrashHost(host), Some(Fault::StartHost(host))),
        (Fault::CrashSite(site.clone()), Some(Fault::StartSite(site))),
        (Fault::Partition(cut), Some(Fault::Heal(7))),
        (
            Fault::SetPath { from: host, to: host, path: Some(path) },
            Some(Fault::SetPath { from: host, to: host, path: None }),
        ),
        (Fault::SetSpeed { node, percent: 500 }, Some(Fault::SetSpeed { node, percent: 100 })),
        (Fault::BreakDisk { node, fault: disk }, Some(Fault::MendDisk { node, fault: disk })),
        (
            Fault::SetDiskLatency { node, latency: Some(slow) },
            Some(Fault::SetDiskLatency { node, latency: None }),
        ),
        (Fault::SetClockDrift { node, ppm: 9 }, Some(Fault::SetClockDrift { node, ppm: 0 })),
        (Fault::Disconnect(node, Atom::new("b@y")), None),
        (Fault::CorruptDisk(node), None),
        (Fault::StepClock { node, nanos: 1 }, None),
        (Fault::StartNode(node), None),
        (Fault::HealAll, None),
    ] {
        assert_eq!(fault.undo(), end, "{fault}");
        let rights = fault.undo().into_iter().filter(Fault::takes_away);
        assert_eq!(rights.count(), 0, "the end of {fault} takes something away");
    }
}
