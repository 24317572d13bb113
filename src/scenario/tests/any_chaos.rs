//! Chaos of all kinds, for laws.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::engine::network::Delay;
use crate::engine::runtime::DiskFault;
use crate::engine::term::{Atom, Term};
use crate::scenario::{
    BurstTarget, Bursts, Chaos, ChaosKind, CutShape, FaultKind, Freeze, Liveness, Pace, PathScope,
    SecondFault,
};

use super::any::{atoms, delay, duration};
use crate::spelling::Choice;

/// Chaos among these nodes in a run of this many nanoseconds.
pub(super) fn any_chaos(nodes: &'static [&'static str], end: u64) -> impl Strategy<Value = Chaos> {
    let window = (0..end - 1, 1..end).prop_map(move |(from, length)| {
        let until = (from + length).min(end - 1).max(from + 1);
        (Duration::from_nanos(from), Duration::from_nanos(until))
    });
    let struck = subsequence(nodes.to_vec(), 2..=nodes.len());
    let applications = subsequence(vec!["log", "store", "other log"], 0..=3);
    let scope = (struck, applications, any::<bool>(), duration(), any::<bool>());
    let kinds = vec((pace(), delay(), any::<bool>()), 21);
    let chosen = subsequence((0..21_usize).collect::<Vec<_>>(), 0..=21);
    let more = (prop::option::of(bursts()), prop::option::of(some(&Freeze::all())));
    (window, scope, (kinds, chosen, all_kinds()), more).prop_map(
        |((from, until), scope, (kinds, chosen, all), (bursts, freeze))| {
            let (nodes, applications, everybody, recovery, swarm) = scope;
            let (nodes, applications) = (atoms(&nodes), atoms(&applications));
            let budget = if everybody { nodes.len() } else { nodes.len() / 2 };
            let kind = |(place, (pace, lasting, first)): (usize, (Pace, _, bool))| {
                let kind: FaultKind = all[place].clone();
                ChaosKind {
                    pace: within(pace, until.saturating_sub(from)),
                    lasting: if kind.lasts() { lasting } else { Delay::Constant(Duration::ZERO) },
                    nodes: if first { nodes[..1].to_vec() } else { nodes.clone() },
                    kind,
                }
            };
            let kinds = kinds.into_iter().enumerate().filter(|(place, _)| chosen.contains(place));
            let kinds = kinds.map(kind).collect();
            let liveness = freeze.map(|freeze| Liveness { freeze });
            Chaos {
                from,
                until,
                swarm,
                nodes,
                applications,
                budget,
                recovery,
                kinds,
                bursts,
                liveness,
            }
        },
    )
}

fn pace() -> impl Strategy<Value = Pace> {
    let every = (1..1_000_000_000_000_u64).prop_map(|mean| Pace::Every(Duration::from_nanos(mean)));
    prop_oneof![every, (0..10_u32).prop_map(Pace::Count)]
}

/// No more faults than may be.
fn within(pace: Pace, window: Duration) -> Pace {
    match pace {
        Pace::Every(mean) => Pace::Every(mean.max(window / 10)),
        Pace::Count(count) => Pace::Count(count),
    }
}

fn some<T: Copy + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = Vec<T>> + use<T> {
    subsequence(all.to_vec(), 1..=all.len())
}

fn all_kinds() -> impl Strategy<Value = Vec<FaultKind>> {
    let reason = select(vec!["kill", "{shutdown,[1,'A b']}"]);
    let cuts = (some(&CutShape::all()), some(&CutShape::ONE_WAY));
    let between = select(PathScope::all());
    let numbers = (0..1_000_000_u32, 1..1_000_000_000_u64, 100..100_000_u32, 1..1_000_000_u32);
    (reason, cuts, duration(), (delay(), delay(), between), numbers).prop_map(
        |(reason, (shapes, one_way), over, (latency, by, between), numbers)| {
            let (loss_ppm, bandwidth, percent_max, ppm_max) = numbers;
            let names = vec![Atom::new("it's"), Atom::new("log")];
            let reason: Term = reason.parse().unwrap();
            vec![
                FaultKind::Crash,
                FaultKind::CrashHost,
                FaultKind::CrashSite,
                FaultKind::Stop,
                FaultKind::Pause,
                FaultKind::Kill { names, reason },
                FaultKind::Partition { shapes },
                FaultKind::OneWayPartition { shapes: one_way },
                FaultKind::Swizzle { over },
                FaultKind::Disconnect,
                FaultKind::SlowPath { latency: latency.clone(), between },
                FaultKind::SlowDisk { latency },
                FaultKind::Disk { fault: DiskFault::FsyncError },
                FaultKind::Disk { fault: DiskFault::Full },
                FaultKind::Disk { fault: DiskFault::Lying },
                FaultKind::CorruptDisk,
                FaultKind::Loss { loss_ppm, between: PathScope::Hosts },
                FaultKind::Bandwidth { bandwidth, between },
                FaultKind::SlowNode { percent_max },
                FaultKind::ClockStep { by },
                FaultKind::ClockDrift { ppm_max: ppm_max.min(999_999) },
            ]
        },
    )
}

fn bursts() -> impl Strategy<Value = Bursts> {
    let parts =
        (0..=1_000_000_u32, delay(), delay(), some(&BurstTarget::all()), some(&SecondFault::all()));
    parts.prop_map(|(probability_ppm, after, lasting, targets, hits)| Bursts {
        probability_ppm,
        after,
        lasting,
        targets,
        hits,
    })
}
