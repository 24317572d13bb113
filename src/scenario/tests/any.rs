//! Scenarios of all kinds, for laws.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::document::diagnostic::Diagnostics;
use crate::engine::network::{Breaking, Delay, Kernel, PathConfig};
use crate::engine::runtime::{
    AutoConnect, DiskFault, OtpRelease, RestartLimit, RestartPolicy, Restarts, Schedule,
};
use crate::engine::term::Atom;
use crate::engine::time::Time;
use crate::engine::time::Timeout;
use crate::engine::trace::Level;
use crate::otp::application::RestartType;
use crate::scenario::erlang::NodeCode;
use crate::scenario::expectation::claims::{claims, with_claims};
use crate::scenario::fault::{
    Condition, ConditionTrigger, Fault, Partition, Repeat, Site, Trigger,
};
use crate::scenario::services::{Affinity, Transport};
use crate::scenario::{
    ApplicationConfig, Arrivals, Consistency, Expectation, ExpectedVerdict, HostConfig, HostPath,
    Invariant, Load, NetworkConfig, NodeSpec, Observation, Placement, PlannedOperation,
    ReconnectConfig, Scenario, ScheduledFault, State, WorkloadConfig,
};
use crate::spelling::Choice;

use super::any_chaos::any_chaos;

const HOSTS: [&str; 3] = ["x", "y", "z"];
const NODES: [&str; 4] = ["a@x", "b@x", "c@y", "d@z"];
const END: u64 = 100_000_000_000;

pub(super) fn atoms(names: &[&str]) -> Vec<Atom> {
    names.iter().map(|name| Atom::new(name)).collect()
}

fn name(names: &'static [&'static str]) -> impl Strategy<Value = Atom> {
    select(names).prop_map(Atom::new)
}

fn node() -> impl Strategy<Value = Atom> {
    name(&NODES)
}

fn other_node() -> impl Strategy<Value = Option<Atom>> {
    prop::option::of(node())
}

/// A length of time, as often one that people write as any.
pub(super) fn duration() -> impl Strategy<Value = Duration> {
    let round = (1..200_u64).prop_map(Duration::from_millis);
    prop_oneof![round, (0..END).prop_map(Duration::from_nanos), Just(Duration::ZERO)]
}

fn timeout() -> impl Strategy<Value = Timeout> {
    prop_oneof![Just(Timeout::Infinity), duration().prop_map(Timeout::After)]
}

/// A node cannot wait for no time.
fn sync_timeout() -> impl Strategy<Value = Timeout> {
    timeout().prop_filter("no time", |timeout| *timeout != Timeout::After(Duration::ZERO))
}

/// Boxed, since the stack of a test has no room for all that the strategies hold.
pub(super) fn delay() -> BoxedStrategy<Delay> {
    let ordered = || (duration(), duration()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let row = (duration(), 1..9_u32);
    prop_oneof![
        duration().prop_map(Delay::Constant),
        ordered().prop_map(|(min, max)| Delay::Uniform(min, max)),
        (duration(), duration()).prop_map(|(mean, deviation)| Delay::Normal { mean, deviation }),
        (duration(), duration()).prop_map(|(min, mean)| Delay::Exponential { min, mean }),
        ordered().prop_map(|(median, p99)| Delay::LogNormal { median, p99 }),
        vec(row, 1..4).prop_map(Delay::Table),
    ]
    .boxed()
}

fn path() -> impl Strategy<Value = PathConfig> {
    (delay(), 0..1_000_000_u32).prop_map(|(latency, loss_ppm)| PathConfig {
        latency,
        bandwidth: None,
        loss_ppm,
    })
}

/// A path of its own, whose bandwidth is limited: that of the usual one is not, which no other path
/// can say of itself.
fn own_path() -> impl Strategy<Value = PathConfig> {
    (path(), 1..1_000_000_000_000_u64)
        .prop_map(|(path, bandwidth)| PathConfig { bandwidth: Some(bandwidth), ..path })
}

fn network() -> impl Strategy<Value = NetworkConfig> {
    let pair = || (name(&HOSTS), name(&HOSTS));
    let there = (pair(), own_path()).prop_map(|((from, to), path)| HostPath { from, to, path });
    let paths = vec((there, any::<bool>()), 0..3).prop_map(|paths| {
        let both = paths.into_iter().flat_map(|(there, back)| {
            let back = (back && there.from != there.to).then(|| HostPath {
                from: there.to,
                to: there.from,
                path: there.path.clone(),
            });
            [Some(there), back]
        });
        both.flatten().collect()
    });
    let reconnect = prop::option::of(duration().prop_map(|it| it.max(Duration::from_millis(1))));
    (duration(), duration(), path(), path(), prop::option::of(path()), paths, reconnect).prop_map(
        |(
            net_ticktime,
            net_setuptime,
            same_host,
            between_hosts,
            between_sites,
            paths,
            reconnect,
        )| NetworkConfig {
            net_ticktime,
            net_setuptime,
            reconnect,
            same_host,
            between_hosts,
            between_sites,
            paths,
        },
    )
}

fn restart() -> impl Strategy<Value = Option<RestartPolicy>> {
    let positive = || duration().prop_map(|it| it.max(Duration::from_millis(1)));
    let limit = (1..9_u32, prop::option::of(positive()))
        .prop_map(|(at_most, within)| RestartLimit { at_most, within });
    let restarts = select(vec![Restarts::Always, Restarts::OnFailure]);
    let delays = (duration(), 100..1_000_u32, duration(), positive());
    let one = (restarts, delays, prop::option::of(limit)).prop_map(|(restarts, delays, limit)| {
        let (after, backoff_percent, more, reset_after) = delays;
        let max_delay = after + more;
        RestartPolicy { restarts, after, backoff_percent, max_delay, reset_after, limit }
    });
    prop::option::of(prop_oneof![Just(RestartPolicy::default()), one])
}

/// A node connects to others.
fn not_to_itself(reconnect: Option<ReconnectConfig>, own: &str) -> Option<ReconnectConfig> {
    let own = Atom::new(own);
    let others = |to: Vec<Atom>| to.into_iter().filter(|node| *node != own).collect::<Vec<_>>();
    reconnect.map(|ReconnectConfig { every, to }| ReconnectConfig {
        every,
        to: to.map(others).filter(|to| !to.is_empty()),
    })
}

fn nodes() -> impl Strategy<Value = Vec<NodeSpec>> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let auto = select(vec![AutoConnect::Always, AutoConnect::Once, AutoConnect::Never]);
    let sync = (subsequence(NODES.to_vec(), 0..2), prop::option::of(sync_timeout()));
    let cookie = name(&["nodedown", "secret"]);
    let reconnect = (duration(), prop::option::of(subsequence(NODES.to_vec(), 1..3)));
    let reconnect = prop::option::of(reconnect.prop_map(|(every, to)| ReconnectConfig {
        every: every.max(Duration::from_millis(1)),
        to: to.map(|to| atoms(&to)),
    }));
    let waits = (reconnect, restart(), prop_oneof![Just(Duration::ZERO), duration()]);
    let own = (cookie, select(OtpRelease::ALL.to_vec()));
    let one = (flags, auto, sync, own, duration(), 0..END, waits);
    vec(one.boxed(), NODES.len()).prop_map(|all| {
        let node = |(name, parts): (&&str, _)| {
            let (flags, dist_auto_connect, sync, own, net_ticktime, starts_at, waits) = parts;
            let (cookie, otp) = own;
            let (reconnect, restart, start_delay) = waits;
            let (hidden, connect_all, prevent_overlapping_partitions): (bool, bool, bool) = flags;
            let (nodes, sync_nodes_timeout): (Vec<&str>, _) = sync;
            NodeSpec {
                name: Atom::new(name),
                host: Atom::new(name.split_once('@').unwrap().1),
                otp,
                cookie,
                hidden,
                net_ticktime,
                connect_all,
                dist_auto_connect,
                prevent_overlapping_partitions,
                sync_nodes_mandatory: if hidden { atoms(&nodes) } else { Vec::new() },
                sync_nodes_optional: if hidden { Vec::new() } else { atoms(&nodes) },
                sync_nodes_timeout,
                reconnect: not_to_itself(reconnect, name),
                restart,
                start_delay,
                code: NodeCode::Rust,
                starts_at: Duration::from_nanos(starts_at),
            }
        };
        NODES.iter().zip(all).map(node).collect()
    })
}

fn applications() -> impl Strategy<Value = Vec<ApplicationConfig>> {
    let restart =
        select(vec![RestartType::Permanent, RestartType::Transient, RestartType::Temporary]);
    let distributed = timeout().prop_map(|timeout| Placement::Distributed {
        preference: vec![atoms(&["a@x"]), atoms(&["c@y", "b@x"])],
        timeout,
    });
    let each = subsequence(NODES.to_vec(), 1..3).prop_map(|nodes| Placement::Each(atoms(&nodes)));
    let config = select(vec![
        json!({ "replication": "sync", "flush_every": "100ms" }),
        json!({ "replication": "async", "flush_every": "0.1s", "storage": "disk" }),
    ]);
    let delay = prop_oneof![Just(Duration::ZERO), duration()];
    (restart, distributed, each, config, delay).prop_map(|parts| {
        let (restart, distributed, each, config, start_delay) = parts;
        let application = |name: &str, service: &str, config, placement, depends_on| {
            let (name, service) = (Atom::new(name), Atom::new(service));
            ApplicationConfig { name, service, config, placement, depends_on, restart, start_delay }
        };
        let log = Placement::Each(atoms(&NODES));
        vec![
            application("log", "log", json!({}), log, vec![]),
            application("store", "database", config, distributed, atoms(&["log"])),
            application("other log", "log", json!({}), each, vec![]),
        ]
    })
}

fn load() -> impl Strategy<Value = Load> {
    let rate = select(vec!["5/s", "0.25/s", "300/m", "7/h"]).prop_map(|rate| rate.parse().unwrap());
    let arrivals = select(vec![Arrivals::Poisson, Arrivals::Even]);
    let all = ["post", "read", "join"].map(Atom::new);
    let weights = prop_oneof![
        Just(all.map(|name| (name, 1.0)).to_vec()),
        (0.0..1e3_f64).prop_map(move |weight| vec![(all[1], weight), (all[0], 2.5)]),
    ];
    let operation = (0..END, 0..5_u32, 1..3_u32, select(all.to_vec()), any::<u64>());
    let operations = vec(operation, 0..9).prop_map(|operations| {
        let mut number = 0;
        let planned = operations.into_iter().map(|(at, client, step, name, draw)| {
            number += step;
            let (at, workload) = (Time::from_nanos(at), Atom::new("users"));
            PlannedOperation { at, workload, client, number: number - 1, name, draw }
        });
        Load::Explicit(planned.collect())
    });
    prop_oneof![
        (rate, arrivals, weights).prop_map(|(rate, arrivals, mix)| Load::Drawn {
            rate,
            arrivals,
            mix
        }),
        operations
    ]
}

fn workloads() -> impl Strategy<Value = Vec<WorkloadConfig>> {
    let claims = subsequence(Consistency::all(), 0..4);
    let on = subsequence(NODES.to_vec(), 1..3);
    let affinity = select(Affinity::all());
    (load(), claims, on, (duration(), affinity), 1..9_i32).prop_map(|parts| {
        let (load, claims, on, (timeout, affinity), rooms) = parts;
        vec![WorkloadConfig {
            name: Atom::new("users"),
            calls: None,
            client: Atom::new("chat_user"),
            on: atoms(&on),
            count: 5,
            load,
            from: Duration::ZERO,
            until: Duration::from_nanos(END),
            timeout,
            affinity,
            claims,
            config: json!({ "rooms": rooms }),
        }]
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let application = || name(&["log", "store"]);
    prop_oneof![
        (application(), other_node())
            .prop_map(|(application, on)| Condition::ApplicationStarted { application, on }),
        (application(), other_node())
            .prop_map(|(application, on)| Condition::ApplicationStopped { application, on }),
        (node(), other_node()).prop_map(|(node, seen_by)| Condition::NodeDown { node, seen_by }),
        (node(), other_node()).prop_map(|(node, seen_by)| Condition::NodeUp { node, seen_by }),
        other_node().prop_map(|on| Condition::ProcessExited { name: Atom::new("it's"), on }),
        (other_node(), prop::option::of(select(vec![Level::Info, Level::Warning, Level::Error])))
            .prop_map(|(on, level)| Condition::Logged { text: "it's".to_owned(), level, on }),
        other_node().prop_map(|on| Condition::NameRegistered { name: Atom::new("it's"), on }),
        (1..u32::MAX).prop_map(Condition::OperationsCompleted),
    ]
}

/// The hosts, two of them at one site.
fn hosts() -> impl Strategy<Value = Vec<HostConfig>> {
    let host = |(name, site, kernel)| HostConfig {
        name: Atom::new(name),
        site: Some(Atom::new(site)),
        kernel,
    };
    let kernel = || {
        prop_oneof![
            Just(Kernel::default()),
            (0..9_u16, 0..99_u16).prop_map(|(major, minor)| Kernel { major, minor })
        ]
    };
    let host = move |(name, site)| kernel().prop_map(move |kernel| host((name, site, kernel)));
    HOSTS.into_iter().zip(["east", "west", "east"]).map(host).collect::<Vec<_>>()
}

/// One of the sites, with its hosts.
fn site() -> impl Strategy<Value = Site> {
    let site = |name: &str, hosts: &[&str]| Site { name: Atom::new(name), hosts: atoms(hosts) };
    select(vec![site("east", &["x", "z"]), site("west", &["y"])])
}

/// A fault and what puts it right, if anything does.
fn fault() -> impl Strategy<Value = (Fault, Option<Fault>)> {
    let host = || name(&HOSTS);
    let one_way = any::<bool>();
    let groups = (1..4_usize).prop_map(|cut| {
        let (one, other) = NODES.split_at(cut);
        vec![atoms(one), atoms(other)]
    });
    let partition = (groups, one_way, any::<u32>()).prop_map(|(groups, one_way, id)| {
        (Fault::Partition(Partition { id, groups, one_way }), Some(Fault::Heal(id)))
    });
    let reason = select(vec!["kill", "{shutdown,[1,'A b']}", "<<\"x\">>", "#{a => 1.5}"]);
    let changed = (host(), host(), own_path()).prop_map(|(from, to, path)| {
        let right = Fault::SetPath { from, to, path: None };
        (Fault::SetPath { from, to, path: Some(path) }, Some(right))
    });
    let nodes = prop_oneof![
        node().prop_map(|node| (Fault::CrashNode(node), Some(Fault::StartNode(node)))),
        node().prop_map(|node| (Fault::StopNode(node), Some(Fault::StartNode(node)))),
        node().prop_map(|node| (Fault::PauseNode(node), Some(Fault::ResumeNode(node)))),
        node().prop_map(|node| (Fault::StartNode(node), None)),
        node().prop_map(|node| (Fault::ResumeNode(node), None)),
        host().prop_map(|host| (Fault::CrashHost(host), Some(Fault::StartHost(host)))),
        host().prop_map(|host| (Fault::StartHost(host), None)),
        site().prop_map(|site| (Fault::CrashSite(site.clone()), Some(Fault::StartSite(site)))),
        site().prop_map(|site| (Fault::StartSite(site), None)),
        (node(), 1..100_000_u32).prop_map(|(node, percent)| {
            let right = Fault::SetSpeed { node, percent: 100 };
            (Fault::SetSpeed { node, percent }, Some(right))
        }),
    ];
    let disk_fault = select(vec![DiskFault::FsyncError, DiskFault::Full, DiskFault::Lying]);
    let disks = prop_oneof![
        (node(), disk_fault.clone()).prop_map(|(node, fault)| {
            (Fault::BreakDisk { node, fault }, Some(Fault::MendDisk { node, fault }))
        }),
        (node(), disk_fault).prop_map(|(node, fault)| (Fault::MendDisk { node, fault }, None)),
        node().prop_map(|node| (Fault::CorruptDisk(node), None)),
        (node(), delay()).prop_map(|(node, latency)| {
            let right = Fault::SetDiskLatency { node, latency: None };
            (Fault::SetDiskLatency { node, latency: Some(latency) }, Some(right))
        }),
        node().prop_map(|node| (Fault::SetDiskLatency { node, latency: None }, None)),
    ];
    let others = prop_oneof![
        partition,
        changed,
        (host(), host()).prop_map(|(from, to)| (Fault::SetPath { from, to, path: None }, None)),
        Just((Fault::HealAll, None)),
        Just((Fault::Disconnect(Atom::new("a@x"), Atom::new("d@z")), None)),
        any::<bool>().prop_map(|silently| {
            let groups = vec![atoms(&["a@x"]), atoms(&["b@x", "c@y"])];
            let breaking = if silently { Breaking::Silent } else { Breaking::Reset };
            (Fault::BreakConnections { groups, breaking }, None)
        }),
        Just((Fault::Connect(Atom::new("d@z"), Atom::new("b@x")), None)),
        (node(), i64::MIN / 2..i64::MAX / 2)
            .prop_map(|(node, nanos)| (Fault::StepClock { node, nanos }, None)),
        (node(), -999_999..1_000_000).prop_map(|(node, ppm)| {
            let right = Fault::SetClockDrift { node, ppm: 0 };
            (Fault::SetClockDrift { node, ppm }, Some(right))
        }),
        (other_node(), reason).prop_map(|(node, reason)| {
            let (name, reason) = (Atom::new("store"), reason.parse().unwrap());
            (Fault::Exit { name, node, reason }, None)
        }),
    ];
    prop_oneof![nodes, disks, others]
}

fn repeat() -> impl Strategy<Value = Repeat> {
    prop_oneof![Just(Repeat::Once), prop::option::of(1..u32::MAX).prop_map(Repeat::Each)]
}

fn faults() -> impl Strategy<Value = Vec<ScheduledFault>> {
    let trigger = prop_oneof![
        (0..END).prop_map(|at| Trigger::At(Duration::from_nanos(at))),
        any::<u64>().prop_map(Trigger::AtStep),
        (condition(), duration(), repeat()).prop_map(|(when, after, repeat)| {
            Trigger::When(ConditionTrigger { repeat, ..ConditionTrigger::of(when, after) })
        }),
        (condition(), duration(), 0..END / 2, 0..END).prop_map(|(condition, after, from, more)| {
            let [from, until] = [from, from + 1 + more].map(Duration::from_nanos);
            let sighting = ConditionTrigger::of(condition, after);
            Trigger::When(ConditionTrigger { from, until: Some(until), ..sighting })
        }),
    ];
    let label = prop::option::of(select(vec!["the \"cut\"".to_owned(), String::new()]));
    let one = (label, trigger, fault(), prop::option::of(duration()), any::<bool>());
    vec(one, 0..6).prop_map(|all| {
        let mut faults: Vec<ScheduledFault> = Vec::new();
        for (label, trigger, (fault, right), after, twice) in all {
            let taken = |id| {
                faults.iter().any(|each| matches!(&each.fault, Fault::Partition(it) if it.id == id))
            };
            if matches!(&fault, Fault::Partition(it) if taken(it.id)) {
                continue;
            }
            let undo = after.zip(right);
            // The same for the way back.
            let back = match (&fault, &undo) {
                (Fault::SetPath { from, to, path }, None) if twice && from != to => {
                    let back = Fault::SetPath { from: *to, to: *from, path: path.clone() };
                    let (label, trigger) = (label.clone(), trigger.clone());
                    Some(ScheduledFault { label, trigger, fault: back, undo: None })
                }
                _ => None,
            };
            faults.push(ScheduledFault { label, trigger, fault, undo });
            faults.extend(back);
        }
        faults
    })
}

fn expectations() -> impl Strategy<Value = Vec<Expectation>> {
    let (workload, application) = (Atom::new("users"), Atom::new("store"));
    let any_u32 = any::<u32>;
    let limits = prop_oneof![
        duration().prop_map(move |within| Expectation::Transparent { workload, within }),
        Just(Expectation::Linearizable { workload }),
        any_u32().prop_map(move |at_most| Expectation::LostAcknowledged { workload, at_most }),
        any_u32().prop_map(move |at_most| Expectation::Duplicated { workload, at_most }),
        duration().prop_map(move |overlap_at_most| Expectation::SingleInstance {
            application,
            overlap_at_most
        }),
        (0..=1_000_000_u32)
            .prop_map(move |at_least_ppm| Expectation::Availability { workload, at_least_ppm }),
        duration().prop_map(move |at_most| Expectation::RecoveryTime { workload, at_most }),
        (node(), duration())
            .prop_map(|(node, at_most)| Expectation::DetectionTime { node, at_most }),
        Just(Expectation::FailSafe { workload }),
    ];
    let more = prop_oneof![
        (duration(), duration()).prop_map(move |(within, after)| Expectation::Nonmasking {
            workload,
            within,
            after
        }),
        duration().prop_map(move |at_most| Expectation::RecoveryPoint { workload, at_most }),
        (0..=1_000_000_u32, any_u32()).prop_map(move |(objective_ppm, at_most_permille)| {
            Expectation::ErrorBudget { workload, objective_ppm, at_most_permille }
        }),
        any_u32().prop_map(move |at_most_permille| Expectation::P99AgainstTwin {
            workload,
            at_most_permille
        }),
        (1..=100_u32)
            .prop_map(move |placements| Expectation::LocationTransparent { workload, placements }),
        duration().prop_map(move |at_most| Expectation::TwoPrimaries { application, at_most }),
    ];
    vec(prop_oneof![limits, more], 0..5)
}

fn invariants() -> impl Strategy<Value = Vec<Expectation>> {
    let application = Atom::new("store");
    let state = || {
        prop_oneof![
            other_node().prop_map(move |on| State::Running { application, on }),
            node().prop_map(|node| State::Up { node }),
            Just(State::Connected { node: Atom::new("a@x"), peer: Atom::new("c@y") }),
        ]
    };
    // How many operations are completed is in no record.
    let event = || {
        condition().prop_map(|condition| match condition {
            Condition::OperationsCompleted(_) | Condition::NameRegistered { .. } => {
                Condition::NodeUp { node: Atom::new("a@x"), seen_by: None }
            }
            other => other,
        })
    };
    let seen =
        || prop_oneof![event().prop_map(Observation::Event), state().prop_map(Observation::State)];
    let invariant = prop_oneof![
        (state(), duration()).prop_map(|(state, from)| Invariant::Always { state, from }),
        seen().prop_map(Invariant::Never),
        (seen(), duration()).prop_map(|(what, within)| Invariant::Eventually { what, within }),
        seen().prop_map(Invariant::Sometimes),
        Just(Invariant::AtMostOne { application }),
        (event(), duration(), seen()).prop_map(|(event, within, then)| Invariant::After {
            event,
            within,
            then
        }),
    ];
    vec(invariant.prop_map(Expectation::Invariant), 0..3)
}

/// The expectations of claims come last, before the invariants.
fn expected(
    workloads: &[WorkloadConfig],
    own: Vec<Expectation>,
    invariants: Vec<Expectation>,
) -> Vec<Expectation> {
    [with_claims(own, claims(workloads)), invariants].concat()
}

pub(super) fn any_scenario() -> impl Strategy<Value = Scenario> {
    let head = (any::<u64>(), 1..u64::MAX, any::<bool>(), 0..3_usize);
    let transports = select(vec![
        vec![Transport::Distribution],
        vec![Transport::JsonHttp { keep_alive: false, retries: 0 }],
        vec![Transport::JsonHttp { keep_alive: true, retries: 3 }],
        vec![Transport::JsonHttp { keep_alive: true, retries: 0 }, Transport::Distribution],
    ]);
    // Boxed, as all of it at once is too large for the stack of a test that is not optimised.
    let cluster =
        (hosts().boxed(), network().boxed(), nodes().boxed(), applications().boxed(), transports);
    let chaos = prop::option::of(any_chaos(&NODES, END)).boxed();
    let (own, invariants) = (expectations().boxed(), invariants().boxed());
    let events = (workloads().boxed(), faults().boxed(), chaos, own, invariants);
    (head, cluster, events).prop_map(|(head, cluster, events)| {
        let (seed, budget, fifo, verdict) = head;
        let (hosts, network, nodes, applications, transports) = cluster;
        let (workloads, faults, chaos, own, invariants) = events;
        Scenario {
            erlang: None,
            name: "any".to_owned(),
            description: "Some \"words\".".to_owned(),
            seed,
            duration: Duration::from_nanos(END),
            event_budget: budget.max(10_000_000),
            schedule: if fifo { Schedule::Fifo } else { Schedule::Random },
            hosts,
            nodes,
            network,
            transports,
            applications,
            expectations: expected(&workloads, own, invariants),
            workloads,
            faults,
            chaos,
            expected_verdict: [
                ExpectedVerdict::Pass,
                ExpectedVerdict::Violated,
                ExpectedVerdict::Inconclusive,
            ][verdict],
            warnings: Diagnostics::default(),
        }
    })
}
