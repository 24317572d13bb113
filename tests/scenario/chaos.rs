//! The generator of faults keeps its promises, whatever it draws.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nodedown::fault::{Fault, Partition, Trigger};
use nodedown::prelude::*;
use nodedown::scenario::{Plan, Scenario, ScheduledFault};
use nodedown::term::Atom;
use nodedown::time::Time;
use nodedown::trace::{Detail, Fact, NodeFact};
use proptest::prelude::*;

/// A cluster of so many database nodes on a host each, with a web node and a user, and this chaos.
fn scenario(nodes: usize, more: &str) -> Scenario {
    let numbers = || 1..=nodes;
    let join = |each: &dyn Fn(usize) -> String| numbers().map(each).collect::<Vec<_>>().join(", ");
    let hosts = join(&|number| format!(r#""rack-{number}": {{}}"#));
    let members = join(&|number| format!(r#""db{number}@x": {{ "host": "rack-{number}" }}"#));
    let names = join(&|number| format!(r#""db{number}@x""#));
    let text = format!(
        r#"{{
            "duration": "100s",
            "hosts": {{ {hosts}, "office": {{}} }},
            "nodes": {{ {members}, "web@o": {{ "host": "office" }},
                        "user@o": {{ "host": "office", "hidden": true }} }},
            "sync_nodes": {{ "optional": [{names}, "web@o"], "timeout": "1s" }},
            "network": {{ "net_ticktime": "8s" }},
            "applications": {{
                "database": {{ "distributed": {{ "nodes": [{names}], "timeout": "500ms" }} }},
                "http": {{ "nodes": ["web@o"] }},
            }},
            {more}
        }}"#
    );
    let parsed = Scenario::parse(&text, "chaos.json", &Programs::builtin().catalogue());
    parsed.unwrap_or_else(|error| panic!("{error}"))
}

fn chaos(nodes: usize, chaos: &str) -> Scenario {
    let names: Vec<String> = (1..=nodes).map(|number| format!(r#""db{number}@x""#)).collect();
    let names = names.join(", ");
    scenario(nodes, &format!(r#""chaos": {{ "nodes": [{names}], {chaos} }}"#))
}

/// From when to when a fault does something; nothing for one that waits for an event.
fn span(fault: &ScheduledFault) -> Option<(Duration, Duration)> {
    let Trigger::At(at) = fault.trigger else { return None };
    let end = fault.undo.as_ref().map_or(Duration::MAX, |(after, _)| at + *after);
    Some((at, end))
}

/// The nodes that a fault takes away. Of a network cut in equal parts it may be either.
fn taken(scenario: &Scenario, fault: &Fault) -> Vec<Vec<Atom>> {
    match fault {
        Fault::CrashNode(node) | Fault::StopNode(node) | Fault::PauseNode(node) => {
            vec![vec![*node]]
        }
        Fault::CrashHost(host) => {
            let nodes = scenario.nodes.iter().filter(|node| node.host == *host);
            vec![nodes.map(|node| node.name).collect()]
        }
        Fault::Partition(Partition { groups, .. }) => {
            let least = groups.iter().map(Vec::len).min().unwrap();
            groups.iter().filter(|group| group.len() == least).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// The least number of nodes that so many faults together take away.
fn least_away(faults: &[Vec<Vec<Atom>>], away: &BTreeSet<Atom>) -> usize {
    let Some((first, rest)) = faults.split_first() else { return away.len() };
    let with = |nodes: &Vec<Atom>| {
        let away = away.iter().chain(nodes).copied().collect();
        least_away(rest, &away)
    };
    first.iter().map(with).min().unwrap()
}

/// The most nodes that are away at an instant.
fn most_away(plan: &Plan) -> usize {
    let spans: Vec<_> = plan
        .faults
        .iter()
        .filter_map(|fault| Some((span(fault)?, taken(&plan.scenario, &fault.fault))))
        .filter(|(_, taken)| !taken.is_empty())
        .collect();
    let away = |at: Duration| {
        let covering = spans.iter().filter(|((from, until), _)| *from <= at && at < *until);
        let covering: Vec<_> = covering.map(|(_, taken)| taken.clone()).collect();
        least_away(&covering, &BTreeSet::new())
    };
    spans.iter().map(|((from, _), _)| away(*from)).max().unwrap_or(0)
}

const SECOND: Duration = Duration::from_secs(1);

/// All kinds of faults but the ring, in which nobody is away and yet everybody misses somebody.
const DENSE: &str = r#""from": "5s", "interval": "4s", "swarm": false,
    "kinds": {
        "crash": 1, "crash_host": 1, "stop": 1, "pause": 1, "kill": 1,
        "partition": { "shapes": ["isolate", "halves", "bridge"] }, "one_way_partition": 1,
        "swizzle": 1, "disconnect": 1, "slow_path": 1, "loss": 1, "bandwidth": 1,
        "slow_node": 1, "clock_step": 1, "clock_drift": 1,
    }"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_more_nodes_are_away_than_the_budget_allows(
        seed: u64, nodes in 2_usize..8, liveness: bool, scripted: bool,
    ) {
        let budget = nodes / 2;
        let liveness = if liveness { r#", "liveness": {}"# } else { "" };
        let names: Vec<String> = (1..=nodes).map(|number| format!(r#""db{number}@x""#)).collect();
        let names = names.join(", ");
        let faults = if scripted {
            r#""faults": [{ "at": "20s", "crash": "db1@x", "restart_after": "30s" },
                          { "at": "60s", "pause": "db2@x", "for": "5s" }],"#
        } else {
            ""
        };
        let text = format!(
            r#"{faults} "chaos": {{ "nodes": [{names}], "budget": {budget}, {DENSE} {liveness} }}"#
        );
        let plan = scenario(nodes, &text).plan(seed);
        prop_assert!(most_away(&plan) <= budget);
    }

    #[test]
    fn what_comes_back_does_so_before_the_quiet_time(seed: u64, nodes in 2_usize..8) {
        let plan = chaos(nodes, &format!(r#""quiet": "20s", {DENSE}"#)).plan(seed);
        for fault in &plan.faults {
            let (from, until) = span(fault).unwrap();
            prop_assert!(from >= 5 * SECOND && from < 80 * SECOND, "{fault:?}");
            let lasts = fault.undo.is_some();
            prop_assert!(!lasts || until <= 80 * SECOND, "{fault:?}");
            let once = matches!(
                fault.fault,
                Fault::Exit { .. } | Fault::Disconnect(..) | Fault::StepClock { .. }
            );
            prop_assert_eq!(lasts, !once, "{:?}", fault);
        }
    }

    #[test]
    fn bursts_are_over_before_the_quiet_time_too(seed: u64, nodes in 2_usize..6) {
        let bursts = r#""bursts": { "probability": 1 }, "budget": "all", "quiet": "20s""#;
        let plan = chaos(nodes, &format!("{bursts}, {DENSE}")).plan(seed);
        for fault in &plan.faults {
            let Trigger::When(sighting) = &fault.trigger else { continue };
            let length = fault.undo.as_ref().map_or(Duration::ZERO, |(length, _)| *length);
            let latest = sighting.until.unwrap() + sighting.after + length;
            prop_assert!(sighting.from >= 5 * SECOND && latest <= 80 * SECOND, "{fault:?}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same(seed: u64) {
        let all = r#""bursts": {}, "liveness": {}, "interval": "10s""#;
        let scenario = chaos(5, all);
        prop_assert_eq!(scenario.plan(seed), scenario.plan(seed));
    }

    #[test]
    fn without_faults_the_rest_of_the_plan_is_the_same(seed: u64) {
        let workload = r#""workload": { "users": { "client": "chat_user", "on": "user@o", "rate": "5/s" } }"#;
        let with = scenario(3, &format!(r#"{workload}, "chaos": {{}}"#)).plan(seed);
        let without = scenario(3, workload).plan(seed);
        prop_assert_eq!(with.without_faults(), without);
    }

    /// Kinds that take nobody away do not compete for the budget.
    #[test]
    fn adding_a_kind_leaves_what_the_others_do_alone(seed: u64) {
        let faults = |kinds: &str| chaos(4, &format!(r#""interval": "5s", "kinds": {{ {kinds} }}"#)).plan(seed).faults;
        let few = faults(r#""slow_node": 1, "kill": 1, "clock_step": 1, "loss": 1"#);
        let more = faults(r#""disconnect": 3, "slow_node": 1, "kill": 1, "clock_drift": 1, "clock_step": 1, "loss": 1"#);
        let old = |fault: &&ScheduledFault| {
            !matches!(fault.fault, Fault::Disconnect(..) | Fault::SetClockDrift { .. })
        };
        let more: Vec<_> = more.iter().filter(old).cloned().collect();
        // Where none of the few took part, one of them did all the same.
        prop_assert!(more == few || more.is_empty());
    }
}

fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Exit { .. } => "kill",
        Fault::CrashNode(_) => "crash",
        Fault::CrashHost(_) => "crash_host",
        Fault::StopNode(_) => "stop",
        Fault::PauseNode(_) => "pause",
        Fault::Partition(Partition { one_way: false, .. }) => "partition",
        Fault::Partition(_) => "one_way_partition",
        Fault::Disconnect(..) => "disconnect",
        Fault::SetPath { path: Some(path), .. } if path.loss_ppm > 0 => "loss",
        Fault::SetPath { path: Some(path), .. } if path.bandwidth.is_some() => "bandwidth",
        Fault::SetPath { .. } => "slow_path",
        Fault::SetSpeed { .. } => "slow_node",
        Fault::StepClock { .. } => "clock_step",
        Fault::SetClockDrift { .. } => "clock_drift",
        other => panic!("{other} is no harm"),
    }
}

#[test]
fn a_swarm_leaves_each_kind_out_of_about_half_of_the_runs() {
    let kinds = DENSE.replace(r#""swarm": false,"#, "").replace(r#""swizzle": 1, "#, "");
    let scenario = chaos(5, &format!(r#""budget": "all", {kinds}"#));
    let mut runs: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..400 {
        let faults = scenario.plan(seed).faults;
        assert!(!faults.is_empty());
        let found: BTreeSet<&str> = faults.iter().map(|fault| kind(&fault.fault)).collect();
        for kind in found {
            *runs.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(runs.len(), 14, "{runs:?}");
    // Six standard deviations.
    assert!(runs.values().all(|count| (140..=260).contains(count)), "{runs:?}");
}

#[test]
fn a_kind_strikes_as_often_as_it_is_told_to() {
    let count = |kinds: &str| {
        let text = format!(r#""quiet": "0s", "swarm": false, "kinds": {{ {kinds} }}"#);
        (0..40).map(|seed| chaos(3, &text).plan(seed).faults.len()).sum::<usize>()
    };
    let near = |found: usize, expected: f64| {
        assert!((found as f64 - expected).abs() < 5.0 * expected.sqrt(), "{found} {expected}");
    };
    assert_eq!(count(r#""clock_step": { "count": 7 }"#), 40 * 7);
    assert_eq!(count(r#""clock_step": 0"#), 0);
    near(count(r#""clock_step": { "interval": "10s" }"#), 40.0 * 10.0);
    near(count(r#""clock_step": 3"#), 40.0 * 10.0);
}

#[test]
fn swizzled_nodes_are_cut_off_one_by_one_and_come_back_in_another_order() {
    let text = r#""budget": 3, "kinds": { "swizzle": { "interval": "20s", "over": "4s" } }"#;
    let scenario = chaos(7, text);
    let mut orders = 0;
    for seed in 0..20 {
        let faults = scenario.plan(seed).faults;
        let spans: Vec<_> = faults.iter().filter_map(span).collect();
        for fault in &faults {
            let Fault::Partition(cut) = &fault.fault else { panic!("{fault:?}") };
            assert_eq!((cut.groups[0].len(), cut.groups[1].len()), (1, 6));
        }
        let ends: Vec<Duration> = spans.iter().map(|(_, end)| *end).collect();
        orders += usize::from(!ends.is_sorted());
    }
    assert!(orders > 3, "{orders}");
}

#[test]
fn in_the_end_a_core_is_right_and_the_rest_stays_failed() {
    let scenario = chaos(5, r#""quiet": "30s", "interval": "5s", "liveness": {}"#);
    let mut sizes = BTreeSet::new();
    for seed in 0..60 {
        let plan = scenario.plan(seed);
        let endless = plan.faults.iter().filter(|fault| {
            span(fault).is_some_and(|(_, end)| end == Duration::MAX)
                && !taken(&plan.scenario, &fault.fault).is_empty()
        });
        let nodes = plan.scenario.nodes.len();
        let failed: BTreeSet<Atom> = endless
            .flat_map(|fault| match &fault.fault {
                // Of a cut of one from all others, the one.
                Fault::Partition(cut) => {
                    assert_eq!(cut.groups.iter().map(Vec::len).sum::<usize>(), nodes);
                    taken(&plan.scenario, &fault.fault).concat()
                }
                other => taken(&plan.scenario, other).concat(),
            })
            .collect();
        assert!((1..=2).contains(&failed.len()), "{seed}: {failed:?}");
        sizes.insert(failed.len());
        let late = plan.faults.iter().filter_map(span).filter(|(at, _)| *at > 70 * SECOND);
        assert_eq!(late.count(), 0);
    }
    assert_eq!(sizes.len(), 2);
}

#[test]
fn what_the_scenario_does_itself_counts_until_it_is_put_right() {
    let strikes_within = |faults: &str, from: u64, until: u64| {
        let kinds = r#""quiet": "0s", "interval": "2s", "kinds": { "crash": { "for": "500ms" } }"#;
        let text = format!(
            r#""faults": [{faults}],
               "chaos": {{ "nodes": ["db1@x", "db2@x", "db3@x"], {kinds} }}"#
        );
        let plan = scenario(3, &text).plan(1);
        let (from, until) = (Duration::from_secs(from), Duration::from_secs(until));
        let other = |fault: &&ScheduledFault| {
            fault.undo.is_some() && fault.fault != Fault::CrashNode(Atom::new("db1@x"))
        };
        let drawn = plan.faults.iter().filter(other).filter_map(span);
        drawn.filter(|(at, _)| *at > from && *at < until).count()
    };
    for faults in [
        r#"{ "at": "20s", "crash": "db1@x" }, { "at": "60s", "start": "db1@x" }"#,
        r#"{ "at": "20s", "pause": "db1@x" }, { "at": "60s", "resume": "db1@x" }"#,
        r#"{ "at": "20s", "partition": [["db1@x"], ["db2@x", "db3@x"]] }, { "at": "60s", "heal": "all" }"#,
        r#"{ "when": { "nodedown": "db2@x" }, "from": "20s", "until": "59s", "crash": "db1@x" },
           { "at": "60s", "start": "db1@x" }"#,
    ] {
        let [before, during, after] =
            [(0, 19), (20, 60), (61, 100)].map(|(from, until)| strikes_within(faults, from, until));
        assert!(before > 0 && during == 0 && after > 0, "{faults}: {before} {during} {after}");
    }
    let late = r#"{ "at": "20s", "crash_host": "rack-1" }"#;
    assert_eq!(strikes_within(late, 20, 100), 0);
}

/// How many of the database nodes are down or stand still at most, as the run itself tells, and
/// which of them at its end.
fn seen_away(scenario: &Scenario, seed: u64) -> (usize, usize) {
    let programs = Programs::builtin();
    let run = Simulation::new(scenario.plan(seed), &programs).detail(Detail::Story).run();
    let (mut away, mut most) = (BTreeSet::new(), 0);
    for record in run.trace.records().iter().filter(|record| record.at > Time::ZERO) {
        let Some(node) = record.node.filter(|node| node.as_str().starts_with("db")) else {
            continue;
        };
        match &record.fact {
            Fact::Node(NodeFact::Crashed | NodeFact::Stopped { .. } | NodeFact::Paused) => {
                away.insert(node);
            }
            Fact::Node(NodeFact::Started { .. } | NodeFact::Resumed) => {
                away.remove(&node);
            }
            _ => {}
        }
        most = most.max(away.len());
    }
    (most, away.len())
}

#[test]
fn runs_bear_out_what_plans_promise() {
    let kinds = r#""kinds": { "crash": 1, "stop": 1, "pause": 1, "crash_host": 1, "kill": 1 },
                   "bursts": { "probability": 1 }, "interval": "8s""#;
    let scenario = chaos(3, kinds);
    let mut most = 0;
    for seed in 0..12 {
        let (away, left) = seen_away(&scenario, seed);
        assert!(away <= 1 && left == 0, "seed {seed}: {away} away, {left} in the end");
        most = most.max(away);
    }
    assert_eq!(most, 1);
}
