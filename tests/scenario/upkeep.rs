//! Nodes that are started again, that connect again by themselves, and that take their time to start.

use nodedown::prelude::*;
use nodedown::scenario::Scenario;
use nodedown::trace::{ApplicationFact, ConnectionFact, Fact, NodeFact, TraceRecord};

/// The scenario of two nodes with these settings, in which this happens in 60 seconds.
fn scenario(a: &str, b: &str, rest: &str) -> Scenario {
    with_network("", a, b, rest)
}

fn with_network(network: &str, a: &str, b: &str, rest: &str) -> Scenario {
    let text = format!(
        r#"{{
            "name": "upkeep", "duration": "60s", "schedule": "fifo",
            "hosts": {{ "x": {{}}, "y": {{}} }},
            "nodes": {{ "a@x": {{ "host": "x"{a} }}, "b@y": {{ "host": "y"{b} }} }},
            "network": {{ "net_ticktime": "4s", "between_hosts": {{ "latency": "1ms" }}{network} }},
            {rest}
        }}"#
    );
    let scenario = Scenario::parse(&text, "upkeep.json", &Programs::builtin().catalogue());
    scenario.unwrap_or_else(|error| panic!("{error}"))
}

fn run(scenario: &Scenario) -> Vec<TraceRecord> {
    let run = Simulation::new(scenario.plan(1), &Programs::builtin()).run();
    run.trace.records().to_vec()
}

/// What is found of the records, each with its second.
fn told(records: &[TraceRecord], tell: impl Fn(&Fact) -> Option<String>) -> Vec<String> {
    let found = records.iter().filter_map(|record| {
        let node = record.node.map_or_else(|| "-".to_owned(), |node| node.to_string());
        Some(format!("{:.0} {node} {}", record.at.as_secs_f64().floor(), tell(&record.fact)?))
    });
    found.collect()
}

/// When nodes come and go, and what is planned then.
fn lives(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Node(NodeFact::Started { creation }) => format!("started {creation}"),
        Fact::Node(NodeFact::Stopped { .. }) => "stopped".to_owned(),
        Fact::Node(NodeFact::Crashed) => "crashed".to_owned(),
        Fact::Node(NodeFact::RestartPlanned { number, after_ns }) => {
            format!("restart {number} in {}", after_ns / 1_000_000_000)
        }
        Fact::Node(NodeFact::RestartsExhausted { restarts }) => format!("no more after {restarts}"),
        _ => return None,
    })
}

#[track_caller]
fn lives_of(restart: &str, faults: &str, expected: &[&str]) {
    let restart = format!(r#", "restart": {restart}"#);
    let found = told(&run(&scenario(&restart, "", &format!(r#""faults": [{faults}]"#))), lives);
    let found: Vec<&String> = found.iter().filter(|line| line.contains("a@x")).collect();
    assert_eq!(found, expected, "{restart} {faults}");
}

#[test]
fn a_node_is_started_again_whatever_ended_it() {
    lives_of(
        r#"{ "after": "5s" }"#,
        r#"{ "at": "10s", "crash": "a@x" }, { "at": "20s", "stop": "a@x" }"#,
        &[
            "0 a@x started 1",
            "10 a@x crashed",
            "10 a@x restart 1 in 5",
            "15 a@x started 2",
            "21 a@x stopped",
            "21 a@x restart 2 in 5",
            "26 a@x started 3",
        ],
    );
    lives_of(
        r#""on_failure""#,
        r#"{ "at": "10s", "crash": "a@x" }, { "at": "20s", "stop": "a@x" }"#,
        &[
            "0 a@x started 1",
            "10 a@x crashed",
            "10 a@x restart 1 in 1",
            "11 a@x started 2",
            "21 a@x stopped",
        ],
    );
}

#[test]
fn delays_grow_up_to_a_limit() {
    let crashes = [10, 12, 15, 20].map(|at| format!(r#"{{ "at": "{at}s", "crash": "a@x" }}"#));
    lives_of(
        r#"{ "after": "1s", "backoff": 2, "at_most": 3 }"#,
        &crashes.join(", "),
        &[
            "0 a@x started 1",
            "10 a@x crashed",
            "10 a@x restart 1 in 1",
            "11 a@x started 2",
            "12 a@x crashed",
            "12 a@x restart 2 in 2",
            "14 a@x started 3",
            "15 a@x crashed",
            "15 a@x restart 3 in 4",
            "19 a@x started 4",
            "20 a@x crashed",
            "20 a@x no more after 3",
        ],
    );
}

#[test]
fn a_node_that_somebody_starts_meanwhile_is_not_started_twice() {
    lives_of(
        r#"{ "after": "5s" }"#,
        r#"{ "at": "10s", "crash": "a@x", "restart_after": "2s" }"#,
        &["0 a@x started 1", "10 a@x crashed", "10 a@x restart 1 in 5", "12 a@x started 2"],
    );
}

#[test]
fn a_restart_waits_for_the_power_of_the_host() {
    lives_of(
        r#"{ "after": "5s" }"#,
        r#"{ "at": "10s", "crash": "a@x" }, { "at": "12s", "crash_host": "x", "restart_after": "9s" }"#,
        &["0 a@x started 1", "10 a@x crashed", "10 a@x restart 1 in 5", "21 a@x started 2"],
    );
}

#[test]
fn a_node_that_cannot_go_on_is_started_again() {
    // `b@y` is not there, so that the node breaks down at each start.
    let restart = r#", "restart": { "after": "4s", "at_most": 2 },
        "sync_nodes_mandatory": ["b@y"], "sync_nodes_timeout": "2s""#;
    let scenario = scenario(restart, r#", "starts_at": "59s""#, "");
    let found = told(&run(&scenario), lives);
    let expected = [
        "0 a@x started 1",
        "2 a@x crashed",
        "2 a@x restart 1 in 4",
        "6 a@x started 2",
        "9 a@x crashed",
        "9 a@x restart 2 in 4",
        "13 a@x started 3",
        "15 a@x crashed",
        "15 a@x no more after 2",
        "59 b@y started 1",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_crash_loop_is_one_of_the_application_too() {
    // A permanent application whose supervisor gives up takes its node with it, each time.
    let restart = r#", "restart": { "after": "2s" }"#;
    let kills = ["1s", "1.1s", "1.2s", "1.3s", "1.4s", "1.5s"].map(|after| {
        format!(
            r#"{{ "when": {{ "application_started": "database" }}, "after": "{after}",
                 "kill": "database", "each": true, "at_most": 3 }}"#
        )
    });
    let rest = format!(
        r#""applications": {{ "database": {{ "type": "permanent", "nodes": ["a@x"] }} }},
           "faults": [{}]"#,
        kills.join(", ")
    );
    let found = told(&run(&scenario(restart, "", &rest)), lives);
    let crashes = found.iter().filter(|line| line.ends_with("a@x crashed")).count();
    assert_eq!(crashes, 3, "{found:#?}");
    assert!(found.last().unwrap().ends_with("a@x started 4"), "{found:#?}");
}

/// Who is connected again, and when.
fn connections(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Connection(ConnectionFact::Up { peer }) => format!("up {peer}"),
        Fact::Connection(ConnectionFact::Down { peer, .. }) => format!("down {peer}"),
        _ => return None,
    })
}

/// The connections of the first node after they were cut at 10 seconds for 20.
fn after_a_cut(a: &str, b: &str) -> Vec<String> {
    let faults = r#""faults": [{ "at": "1s", "connect": ["a@x", "b@y"] },
        { "at": "10s", "partition": [["x"], ["y"]], "heal_after": "20s" }]"#;
    let found = told(&run(&scenario(a, b, faults)), connections);
    found.into_iter().filter(|line| line.contains("a@x up") || line.contains("a@x down")).collect()
}

#[test]
fn nodes_come_together_again_if_they_connect_by_themselves() {
    let apart = after_a_cut("", "");
    assert_eq!(apart.len(), 2, "{apart:?}");
    assert_eq!(apart[0], "1 a@x up b@y");
    let again = |found: &[String]| {
        let last = found.last().unwrap();
        let second: u32 = last.split(' ').next().unwrap().parse().unwrap();
        assert!(last.ends_with("a@x up b@y") && (30..=42).contains(&second), "{found:?}");
    };
    let every = r#", "reconnect": { "every": "5s" }"#;
    again(&after_a_cut(every, ""));
    again(&after_a_cut("", every));
    again(&after_a_cut(r#", "reconnect": { "every": "5s", "to": ["b@y"] }"#, ""));
    // A hidden node connects only if it says so itself.
    let hidden = r#", "hidden": true, "dist_auto_connect": "never""#;
    again(&after_a_cut(&format!("{hidden}{every}"), ""));
    assert_eq!(after_a_cut(hidden, "").len(), 2);
}

#[test]
fn the_network_says_whether_nodes_connect_by_themselves() {
    let ups = |a: &str, b: &str| {
        let faults = r#""faults": [{ "at": "10s", "disconnect": ["a@x", "b@y"] }]"#;
        let scenario = with_network(r#", "reconnect": "2s""#, a, b, faults);
        let ups = told(&run(&scenario), connections);
        ups.iter().filter(|line| line.ends_with("a@x up b@y")).count()
    };
    assert_eq!(ups("", ""), 2);
    let never = r#", "reconnect": "infinity""#;
    assert_eq!(ups(never, ""), 2);
    assert_eq!(ups(never, never), 0);
}

#[test]
fn a_fault_connects_two_nodes() {
    let rest = r#""faults": [{ "when": { "nodedown": "b@y", "seen_by": "a@x" }, "after": "3s",
            "connect": ["a@x", "b@y"], "each": true },
        { "at": "1s", "connect": ["a@x", "b@y"] }, { "at": "10s", "disconnect": ["a@x", "b@y"] },
        { "at": "20s", "disconnect": ["b@y", "a@x"] }]"#;
    let found = told(&run(&scenario("", "", rest)), connections);
    let found: Vec<&String> = found.iter().filter(|line| line.contains("a@x up")).collect();
    assert_eq!(found, ["1 a@x up b@y", "13 a@x up b@y", "23 a@x up b@y"]);
}

#[test]
fn a_fault_strikes_each_time_up_to_its_limit() {
    let count = |repeat: &str| {
        let rest = format!(
            r#""applications": {{ "log": {{ "nodes": ["a@x"] }} }},
               "faults": [{{ "when": {{ "application_started": "log" }}, "after": "1s", "crash": "a@x",
                             "restart_after": "1s"{repeat} }}]"#
        );
        let found = told(&run(&scenario("", "", &rest)), lives);
        found.iter().filter(|line| line.ends_with("a@x crashed")).count()
    };
    assert_eq!(count(""), 1);
    assert_eq!(count(r#", "each": false"#), 1);
    assert_eq!(count(r#", "each": true, "at_most": 4"#), 4);
    assert_eq!(
        count(r#", "each": true, "until": "9s""#),
        5,
        "seen at 0, 2, 4, 6 and 8 seconds or so"
    );
    assert!(count(r#", "each": true"#) >= 25);
}

#[test]
fn applications_start_when_their_node_has_taken_its_time() {
    let started = |fact: &Fact| {
        let Fact::Application(ApplicationFact::Started { application, .. }) = fact else {
            return None;
        };
        Some(application.to_string())
    };
    let rest = r#""applications": {
            "log": { "nodes": ["a@x", "b@y"], "start_delay": "2s" },
            "analytics": { "nodes": ["a@x", "b@y"] } },
        "faults": [{ "at": "20s", "crash": "a@x", "restart_after": "1s" }]"#;
    let found = told(&run(&scenario(r#", "start_delay": "3s""#, "", rest)), started);
    let seconds = |node: &str, application: &str| -> Vec<u32> {
        let end = format!("{node} {application}");
        let own = found.iter().filter(|line| line.ends_with(&end));
        own.map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(seconds("a@x", "log"), [5, 26], "{found:?}");
    assert_eq!(seconds("b@y", "log"), [2]);
    // They are started one by one.
    assert_eq!(seconds("a@x", "analytics"), [5, 26]);
    assert_eq!(seconds("b@y", "analytics"), [2]);
}
