//! The meaning of files without mistakes.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use crate::engine::network::{Delay, PathConfig};
use crate::engine::runtime::{AutoConnect, Schedule};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Timeout;
use crate::otp::application::RestartType;
use crate::scenario::fault::{Condition, ConditionTrigger, Fault, Partition, Trigger};
use crate::scenario::services::Transport;
use crate::scenario::{
    Arrivals, Consistency, Expectation, ExpectedVerdict, Load, Placement, Scenario, ScheduledFault,
};

use super::{CHAT, catalogue, scenario, with};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn atom(name: &str) -> Atom {
    Atom::new(name)
}

fn atoms(names: &[&str]) -> Vec<Atom> {
    names.iter().map(|name| Atom::new(name)).collect()
}

#[test]
fn everything_that_is_left_out_has_its_default() {
    let text = r#"{ "duration": "1m", "hosts": { "h": {} }, "nodes": { "a@h": { "host": "h" } } }"#;
    let scenario = Scenario::parse(text, "lessons/first.json", &catalogue()).unwrap();
    assert_eq!(scenario.name, "first");
    assert_eq!((scenario.seed, scenario.event_budget), (1, 10_000_000));
    assert_eq!(scenario.schedule, Schedule::Random);
    assert_eq!(scenario.transports, [Transport::Distribution]);
    assert_eq!(scenario.expected_verdict, ExpectedVerdict::Pass);
    assert_eq!(scenario.network.net_setuptime, 7 * SECOND);
    let path = |latency| PathConfig { latency, bandwidth: None, loss_ppm: 0 };
    assert_eq!(scenario.network.same_host, path(Delay::Constant(MS / 20)));
    let between = Delay::LogNormal { median: MS / 2, p99: 3 * MS };
    assert_eq!(scenario.network.between_hosts, path(between));
    let node = &scenario.nodes[0];
    assert_eq!((node.cookie, node.net_ticktime), (atom("nodedown"), 60 * SECOND));
    assert_eq!((node.dist_auto_connect, node.starts_at), (AutoConnect::Always, Duration::ZERO));
    assert!(node.connect_all && node.prevent_overlapping_partitions && !node.hidden);
    assert!(scenario.warnings.is_empty());
}

#[test]
fn a_node_waits_for_the_others_of_its_group_unless_it_says_otherwise() {
    let waits = |scenario: &Scenario| -> Vec<(Vec<Atom>, Option<Timeout>)> {
        let nodes = scenario.nodes.iter();
        nodes.map(|node| (node.sync_nodes_optional.clone(), node.sync_nodes_timeout)).collect()
    };
    let second = Some(Timeout::After(SECOND));
    let [web, db1, db2] = ["web@a", "db1@a", "db2@b"];
    assert_eq!(
        waits(&scenario(CHAT)),
        [
            (atoms(&[db1, db2]), second),
            (atoms(&[web, db2]), second),
            (atoms(&[web, db1]), second),
            (vec![], None)
        ]
    );
    let own = with(r#""starts_at": "1s""#, r#""starts_at": "1s", "sync_nodes_optional": []"#);
    assert_eq!(waits(&scenario(&own))[2], (vec![], None));
    let alone =
        r#"{ "duration": "1m", "hosts": { "h": {} }, "nodes": { "a@h": { "host": "h" } } }"#;
    let alone = Scenario::parse(alone, "alone.json", &catalogue()).unwrap();
    assert_eq!(waits(&alone), [(vec![], None)]);
}

#[test]
fn nodes_run_the_release_of_the_scenario_or_their_own() {
    let releases = |text: &str| -> Vec<u8> {
        scenario(text).nodes.iter().map(|node| node.otp.number()).collect()
    };
    assert_eq!(releases(CHAT), [25; 4]);
    let all = with(r#""duration": "90s""#, r#""duration": "90s", "otp": 27"#);
    assert_eq!(releases(&all), [27; 4]);
    let one = all.replace(r#""starts_at": "1s""#, r#""starts_at": "1s", "otp": 26"#);
    assert_eq!(releases(&one), [27, 27, 26, 27]);
    assert!(scenario(&one).warnings.is_empty());
    let written = scenario(&all).to_json(&catalogue()).unwrap();
    assert_eq!(written.matches(r#""otp": 27"#).count(), 1);
    assert_eq!(scenario(&one).to_json(&catalogue()).unwrap().matches(r#""otp": 27"#).count(), 3);
}

#[test]
fn nodes_and_paths_take_from_the_network_what_they_do_not_say() {
    let scenario = scenario(CHAT);
    let ticktimes: Vec<u64> =
        scenario.nodes.iter().map(|node| node.net_ticktime.as_secs()).collect();
    assert_eq!(ticktimes, [8, 4, 8, 8]);
    let loss = |from, to| scenario.path(atom(from), atom(to)).loss_ppm;
    assert_eq!((loss("rack-a", "office"), loss("office", "rack-a")), (20_000, 20_000));
    assert_eq!(loss("rack-b", "office"), 0);
    assert_eq!(scenario.path(atom("rack-a"), atom("rack-a")).latency, Delay::Constant(MS / 20));
}

#[test]
fn applications_keep_their_order_and_get_their_settings() {
    let scenario = scenario(CHAT);
    let [log, database] = scenario.applications.as_slice() else { panic!("two applications") };
    assert_eq!(log.placement, Placement::Each(atoms(&["web@a", "db1@a", "db2@b"])));
    assert_eq!((database.service, database.restart), (atom("database"), RestartType::Temporary));
    assert_eq!(
        database.placement,
        Placement::Distributed {
            preference: vec![atoms(&["db1@a"]), atoms(&["db2@b", "web@a"])],
            timeout: Timeout::After(500 * MS),
        }
    );
    assert_eq!(database.config, json!({ "flush_every": "1s", "replication": "sync" }));
    assert_eq!(database.depends_on, atoms(&["log"]));
}

#[test]
fn workloads_deal_their_clients_out_to_their_nodes() {
    let scenario = scenario(&with(r#""on": "user@o""#, r#""on": ["user@o", "web@a"]"#));
    let users = &scenario.workloads[0];
    assert_eq!(
        [0, 1, 2].map(|client| users.node_of(client)).to_vec(),
        atoms(&["user@o", "web@a", "user@o"])
    );
    assert_eq!((users.from, users.until, users.timeout), (5 * SECOND, 80 * SECOND, 5 * SECOND));
    let mix = vec![(atom("post"), 0.5), (atom("read"), 2.0)];
    let (rate, arrivals) = ("5/s".parse().unwrap(), Arrivals::Poisson);
    assert_eq!(users.load, Load::Drawn { rate, arrivals, mix });
    assert_eq!(users.count, 20);
    assert_eq!(users.config, json!({ "rooms": 3 }));
}

#[test]
fn what_is_claimed_to_users_is_expected_once() {
    let claims = r#""client": "chat_user", "claims": ["linearizable", "eventual"]"#;
    let found = scenario(&with(r#""client": "chat_user""#, claims));
    assert_eq!(found.workloads[0].claims, [Consistency::Linearizable, Consistency::Eventual]);
    let claim = Consistency::Eventual;
    assert_eq!(
        found.expectations[2..],
        [
            Expectation::Linearizable { workload: atom("users") },
            Expectation::Claim { workload: atom("users"), claim },
        ]
    );
}

#[test]
fn expectations_have_their_limits() {
    let expected = [
        Expectation::Transparent { workload: atom("users"), within: 2 * SECOND },
        Expectation::SingleInstance {
            application: atom("database"),
            overlap_at_most: Duration::ZERO,
        },
    ];
    assert_eq!(scenario(CHAT).expectations, expected);
    for (text, expected) in [
        (
            r#""availability": "users", "at_least": "99.9%""#,
            Expectation::Availability { workload: atom("users"), at_least_ppm: 999_000 },
        ),
        (
            r#""lost_acknowledged": "users""#,
            Expectation::LostAcknowledged { workload: atom("users"), at_most: 0 },
        ),
        (
            r#""duplicated": "users", "at_most": 3"#,
            Expectation::Duplicated { workload: atom("users"), at_most: 3 },
        ),
        (r#""linearizable": "users""#, Expectation::Linearizable { workload: atom("users") }),
        (
            r#""at_most": "1s", "recovery_time": "users""#,
            Expectation::RecoveryTime { workload: atom("users"), at_most: SECOND },
        ),
        (
            r#""detection_time": "db1@a", "at_most": "10s""#,
            Expectation::DetectionTime { node: atom("db1@a"), at_most: 10 * SECOND },
        ),
        (
            r#""masking": "users", "within": "1s""#,
            Expectation::Transparent { workload: atom("users"), within: SECOND },
        ),
        (r#""fail_safe": "users""#, Expectation::FailSafe { workload: atom("users") }),
        (
            r#""nonmasking": "users", "within": "1s", "after": "10s""#,
            Expectation::Nonmasking { workload: atom("users"), within: SECOND, after: 10 * SECOND },
        ),
        (
            r#""rpo": "users", "at_most": "1s""#,
            Expectation::RecoveryPoint { workload: atom("users"), at_most: SECOND },
        ),
        (
            r#""error_budget": "users", "objective": "99.9%""#,
            Expectation::ErrorBudget {
                workload: atom("users"),
                objective_ppm: 999_000,
                at_most_permille: 1_000,
            },
        ),
        (
            r#""p99_against_twin": "users", "at_most": 2.5"#,
            Expectation::P99AgainstTwin { workload: atom("users"), at_most_permille: 2_500 },
        ),
        (
            r#""location_transparent": "users""#,
            Expectation::LocationTransparent { workload: atom("users"), placements: 3 },
        ),
        (
            r#""location_transparent": "users", "placements": 8"#,
            Expectation::LocationTransparent { workload: atom("users"), placements: 8 },
        ),
        (
            r#""two_primaries": "database", "at_most": "1s""#,
            Expectation::TwoPrimaries { application: atom("database"), at_most: SECOND },
        ),
    ] {
        let found = scenario(&with(r#""single_instance": "database""#, text)).expectations;
        assert_eq!(found[1], expected, "{text}");
    }
}

/// Replaces the crash in the file and compares what it has become.
#[track_caller]
fn check_fault(text: &str, fault: Fault, undo: Option<(Duration, Fault)>) {
    let faults = faults(text);
    let expected = ScheduledFault { label: None, trigger: Trigger::At(20 * SECOND), fault, undo };
    assert_eq!(faults, [expected], "{text}");
}

/// The faults of an entry with this text in the place of the crash.
#[track_caller]
fn faults(text: &str) -> Vec<ScheduledFault> {
    let crash = r#""at": "20s", "crash": "db1@a", "restart_after": "20s""#;
    let faults = scenario(&with(crash, text)).faults;
    faults[1..faults.len() - 1].to_vec()
}

#[test]
fn faults_of_nodes_are_put_right_after_a_while() {
    let node = atom("db1@a");
    let start = Some((5 * SECOND, Fault::StartNode(node)));
    check_fault(r#""at": "20s", "crash": "db1@a""#, Fault::CrashNode(node), None);
    check_fault(
        r#""at": "20s", "crash": "db1@a", "restart_after": "5s""#,
        Fault::CrashNode(node),
        start.clone(),
    );
    check_fault(
        r#""at": "20s", "stop": "db1@a", "restart_after": "5s""#,
        Fault::StopNode(node),
        start,
    );
    check_fault(r#""start": "db1@a", "at": "20s""#, Fault::StartNode(node), None);
    check_fault(
        r#""at": "20s", "pause": "db1@a", "for": "5s""#,
        Fault::PauseNode(node),
        Some((5 * SECOND, Fault::ResumeNode(node))),
    );
    check_fault(r#""at": "20s", "resume": "db1@a""#, Fault::ResumeNode(node), None);
    check_fault(
        r#""at": "20s", "slow_node": "db1@a", "factor": 2.5, "for": "5s""#,
        Fault::SetSpeed { node, percent: 250 },
        Some((5 * SECOND, Fault::SetSpeed { node, percent: 100 })),
    );
    check_fault(
        r#""at": "20s", "crash_host": "rack-a", "restart_after": "100s""#,
        Fault::CrashHost(atom("rack-a")),
        Some((100 * SECOND, Fault::StartHost(atom("rack-a")))),
    );
    check_fault(r#""at": "20s", "start_host": "rack-a""#, Fault::StartHost(atom("rack-a")), None);
    check_fault(r#""at": "20s", "heal": 0"#, Fault::Heal(0), None);
    check_fault(
        r#""at": "20s", "usual_path": ["rack-a", "office"], "one_way": true"#,
        Fault::SetPath { from: atom("rack-a"), to: atom("office"), path: None },
        None,
    );
}

#[test]
fn clocks_go_wrong() {
    let node = atom("db1@a");
    check_fault(
        r#""at": "20s", "clock_step": "db1@a", "by": "-5s""#,
        Fault::StepClock { node, nanos: -5_000_000_000 },
        None,
    );
    check_fault(
        r#""at": "20s", "clock_drift": "db1@a", "ppm": -200, "for": "1s""#,
        Fault::SetClockDrift { node, ppm: -200 },
        Some((SECOND, Fault::SetClockDrift { node, ppm: 0 })),
    );
}

#[test]
fn a_process_is_killed_by_an_exit_signal() {
    let kill = |node, reason| Fault::Exit { name: atom("database"), node, reason };
    check_fault(r#""at": "20s", "kill": "database""#, kill(None, Term::atom("kill")), None);
    check_fault(
        r#""at": "20s", "kill": "database", "on": "db1@a", "reason": "{shutdown, normal}""#,
        kill(Some(atom("db1@a")), "{shutdown,normal}".parse().unwrap()),
        None,
    );
}

#[test]
fn partitions_hold_nodes_and_are_numbered() {
    let partitions: Vec<ScheduledFault> =
        faults(r#""at": "20s", "partition": [["rack-a"], ["db2@b", "office"]], "one_way": true"#);
    let groups = vec![atoms(&["web@a", "db1@a"]), atoms(&["db2@b", "user@o"])];
    let partition = Partition { id: 1, groups, one_way: true };
    assert_eq!(partitions[0].fault, Fault::Partition(partition));
    assert_eq!(scenario(CHAT).faults[0].undo, Some((20 * SECOND, Fault::Heal(0))));
    check_fault(r#""at": "20s", "heal": "all""#, Fault::HealAll, None);
    let disconnect = Fault::Disconnect(atom("db1@a"), atom("web@a"));
    check_fault(r#""at": "20s", "disconnect": ["db1@a", "web@a"]"#, disconnect, None);
}

#[test]
fn a_slow_path_keeps_what_the_fault_does_not_change() {
    let slow =
        r#""name": "brownout", "at": "20s", "slow_path": ["rack-a", "office"], "latency": "1s""#;
    let both = faults(slow);
    let path = PathConfig { latency: Delay::Constant(SECOND), bandwidth: None, loss_ppm: 20_000 };
    let ways = [("rack-a", "office"), ("office", "rack-a")];
    for (found, (from, to)) in both.iter().zip(ways) {
        let (from, to) = (atom(from), atom(to));
        assert_eq!(found.fault, Fault::SetPath { from, to, path: Some(path.clone()) });
        assert_eq!((found.undo.clone(), found.label.as_deref()), (None, Some("brownout")));
    }
    let one_way = faults(&format!(r#"{slow}, "one_way": true, "for": "3s""#));
    let (from, to) = (atom("rack-a"), atom("office"));
    let back = Fault::SetPath { from, to, path: None };
    assert_eq!((both.len(), one_way.len()), (2, 1));
    assert_eq!(one_way[0].undo, Some((3 * SECOND, back)));
}

#[test]
fn faults_wait_for_events() {
    for (when, expected) in [
        (
            r#"{ "on": "db2@b", "application_stopped": "log" }"#,
            Condition::ApplicationStopped { application: atom("log"), on: Some(atom("db2@b")) },
        ),
        (
            r#"{ "nodedown": "db1@a", "seen_by": "web@a" }"#,
            Condition::NodeDown { node: atom("db1@a"), seen_by: Some(atom("web@a")) },
        ),
        (r#"{ "nodeup": "db1@a" }"#, Condition::NodeUp { node: atom("db1@a"), seen_by: None }),
        (
            r#"{ "process_exited": "global_name_server" }"#,
            Condition::ProcessExited { name: atom("global_name_server"), on: None },
        ),
        (r#"{ "operations_completed": 100 }"#, Condition::OperationsCompleted(100)),
    ] {
        let found = faults(&format!(r#""when": {when}, "after": "1s", "crash": "db2@b""#));
        let expected = ConditionTrigger::of(expected, SECOND);
        assert_eq!(found[0].trigger, Trigger::When(expected), "{when}");
    }
}

#[test]
fn faults_wait_for_steps_and_for_what_is_seen_within_a_window() {
    let found = faults(r#""at_step": 12345, "crash": "db2@b""#);
    assert_eq!(found[0].trigger, Trigger::AtStep(12_345));
    let window =
        r#""when": { "nodeup": "db1@a" }, "from": "10s", "until": "20s", "crash": "db2@b""#;
    let condition = Condition::NodeUp { node: atom("db1@a"), seen_by: None };
    let expected = ConditionTrigger {
        from: 10 * SECOND,
        until: Some(20 * SECOND),
        ..ConditionTrigger::of(condition, Duration::ZERO)
    };
    assert_eq!(faults(window)[0].trigger, Trigger::When(expected));
}

#[test]
fn latencies_have_a_distribution() {
    for (text, expected) in [
        (r#""1ms""#, Delay::Constant(MS)),
        (r#"{ "distribution": "constant", "value": "1ms" }"#, Delay::Constant(MS)),
        (
            r#"{ "distribution": "uniform", "min": "1ms", "max": "2ms" }"#,
            Delay::Uniform(MS, 2 * MS),
        ),
        (
            r#"{ "distribution": "normal", "mean": "2ms", "deviation": "1ms" }"#,
            Delay::Normal { mean: 2 * MS, deviation: MS },
        ),
        (
            r#"{ "distribution": "exponential", "mean": "2ms" }"#,
            Delay::Exponential { min: Duration::ZERO, mean: 2 * MS },
        ),
        (
            r#"{ "distribution": "table", "rows": [["1ms", 9], ["2ms", 1]] }"#,
            Delay::Table(vec![(MS, 9), (2 * MS, 1)]),
        ),
    ] {
        let scenario = scenario(&with(r#""latency": "20ms""#, &format!(r#""latency": {text}"#)));
        assert_eq!(scenario.network.paths[0].path.latency, expected, "{text}");
    }
}

#[test]
fn transports_have_a_short_and_a_long_form() {
    for (text, keep_alive, retries) in [
        (r#""json_http""#, true, 0),
        (r#"{ "kind": "json_http", "keep_alive": false }"#, false, 0),
        (r#"{ "kind": "json_http", "retries": 1 }"#, true, 1),
    ] {
        let text = format!(r#""transport": {text}, "hosts": {{"#);
        let transport = scenario(&with(r#""hosts": {"#, &text)).transports;
        assert_eq!(transport, [Transport::JsonHttp { keep_alive, retries }]);
    }
}

proptest! {
    /// Whatever is in the file: a scenario or diagnostics, never a panic.
    #[test]
    fn any_text_in_any_place_is_read_or_refused(
        start in 0..CHAT.len(),
        length in 0..40usize,
        replacement in prop::sample::select(vec![
            "", "\"\"", "{}", "[]", "0", "null", "\"db1@a\"", "\"users\"", "\"5s\"", "{", "]", ":", ",",
            "\"", "true", "\"database\": {", "\"at\": \"1s\", ", "\"\u{e4}\"", "-1", "\"rack-a\"",
        ]),
    ) {
        let end = (start + length).min(CHAT.len());
        let text = format!("{}{replacement}{}", &CHAT[..start], &CHAT[end..]);
        if let Err(error) = Scenario::parse(&text, "chat.json", &catalogue()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
