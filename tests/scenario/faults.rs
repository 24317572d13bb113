//! Every fault that a scenario file can name does what it says, when it says so.

use std::time::Duration;

use nodedown::prelude::*;
use nodedown::runtime::BoxedProcess;
use nodedown::scenario::Scenario;
use nodedown::trace::{
    ConnectionFact, Fact, FaultFact, HostFact, Level, LogFact, NodeFact, ProcessFact, TraceRecord,
};

/// A client that logs what its node's clocks show and how long its work takes, once a second.
struct Watch;

impl Client for Watch {
    fn info(&self) -> ProgramInfo {
        ProgramInfo { name: "watch", about: "Looks.", config: vec![], operations: vec!["look"] }
    }

    fn start(&self, _setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(|ctx| Box::pin(watch(ctx)))
    }
}

/// The time of day at the start of a run.
const NEW_YEAR: i64 = 1_767_225_600_000;

async fn watch(ctx: Context) -> ExitResult {
    ctx.register(atom!("watch"), ctx.pid())?;
    loop {
        ctx.receive_where(|message| message.tagged("operation").is_some()).await;
        let (before, monotonic) = (ctx.now(), ctx.monotonic_time());
        let system = ctx.system_time().as_millis() as i64 - NEW_YEAR;
        ctx.work(Duration::from_millis(10)).await;
        let worked = ctx.now().since(before).as_millis();
        let monotonic = monotonic.as_millis();
        ctx.log(Level::Info, format!("system {system} monotonic {monotonic} worked {worked}"));
    }
}

/// The records of a run of 20 seconds of two nodes, `a@x` and `b@y`, with these faults.
fn run(faults: &str) -> Vec<TraceRecord> {
    run_from(0, faults)
}

/// The same, where `a@x` first starts after so many seconds.
fn run_from(seconds: u64, faults: &str) -> Vec<TraceRecord> {
    let (starts, from) = (seconds, seconds + 1);
    let programs = Programs::builtin().with_client(Watch);
    let text = format!(
        r#"{{
            "name": "faults", "duration": "20s", "schedule": "fifo",
            "hosts": {{ "x": {{}}, "y": {{}}, "empty": {{}} }},
            "nodes": {{ "a@x": {{ "host": "x", "starts_at": "{starts}s" }}, "b@y": {{ "host": "y" }} }},
            "network": {{ "net_ticktime": "4s", "between_hosts": {{ "latency": "1ms" }} }},
            "sync_nodes": {{ "optional": ["a@x", "b@y"], "timeout": "1s" }},
            "applications": {{ "log": {{ "nodes": ["a@x", "b@y"] }} }},
            "workload": {{ "eyes": {{ "client": "watch", "on": "a@x", "count": 1, "rate": "1/s",
                "arrivals": "even", "from": "{from}s", "until": "19s" }} }},
            "faults": [{faults}],
        }}"#
    );
    let scenario = Scenario::parse(&text, "faults.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(scenario.plan(1), &programs).run().trace.records().to_vec()
}

/// What happened from the tenth second on, as `time node fact`.
fn told(faults: &str) -> Vec<String> {
    let records = run(faults).into_iter().filter(|record| record.at.as_secs_f64() >= 9.9999);
    let told = records.filter_map(|record| {
        let fact = match &record.fact {
            Fact::Node(NodeFact::Started { creation }) => format!("started {creation}"),
            Fact::Node(NodeFact::Stopped { .. }) => "stopped".to_owned(),
            Fact::Node(NodeFact::Crashed) => "crashed".to_owned(),
            Fact::Node(NodeFact::Paused) => "paused".to_owned(),
            Fact::Node(NodeFact::Resumed) => "resumed".to_owned(),
            Fact::Host(HostFact::Crashed { host }) => format!("host {host} down"),
            Fact::Host(HostFact::Started { host }) => format!("host {host} up"),
            Fact::Connection(ConnectionFact::Up { peer }) => format!("up {peer}"),
            Fact::Connection(ConnectionFact::Down { peer, reason }) => {
                format!("down {peer} {reason}")
            }
            Fact::Process(ProcessFact::Exited { label, reason, .. }) => {
                format!("exited {label} {reason}")
            }
            _ => return None,
        };
        let node = record.node.map_or_else(|| "-".to_owned(), |node| node.to_string());
        Some(format!("{:.0} {node} {fact}", record.at.as_secs_f64().floor()))
    });
    told.collect()
}

/// Checks that all this is told, in this order, whatever else is told in between.
fn check(faults: &str, expected: &[&str]) {
    let told = told(faults);
    let mut rest = told.iter();
    for line in expected {
        assert!(rest.any(|found| found == line), "{faults}: no {line:?} in {told:#?}");
    }
}

#[test]
fn nodes_crash_stop_stand_still_and_come_back() {
    check(
        r#"{ "at": "10s", "crash": "b@y", "restart_after": "2s" }"#,
        &[
            "10 b@y crashed",
            "10 a@x down b@y connection_closed",
            "12 b@y started 2",
            "12 a@x up b@y",
        ],
    );
    check(
        r#"{ "at": "10s", "stop": "b@y" }, { "at": "14s", "start": "b@y" }"#,
        &["11 b@y stopped", "11 a@x down b@y connection_closed", "14 b@y started 2"],
    );
    check(r#"{ "at": "10s", "pause": "b@y", "for": "8s" }"#, &["10 b@y paused", "18 b@y resumed"]);
    check(
        r#"{ "at": "10s", "pause": "b@y" }, { "at": "11s", "resume": "b@y" }"#,
        &["10 b@y paused", "11 b@y resumed"],
    );
}

/// The faults, and ends of faults, that change nothing, with the reason for each.
fn in_vain(faults: &str) -> Vec<String> {
    let records = run(faults).into_iter();
    let vain = records.filter_map(|record| match record.fact {
        Fact::Fault(FaultFact::WithoutEffect { text, why, .. }) => Some(format!("{text}: {why}")),
        _ => None,
    });
    vain.collect()
}

#[test]
fn what_changes_nothing_is_told_with_the_reason() {
    let crash = r#"{ "at": "10s", "crash": "b@y" }"#;
    let cut = r#"{ "at": "10s", "partition": [["a@x"], ["b@y"]], "heal_after": "3s" }"#;
    let dark = r#"{ "at": "10s", "crash_host": "y" }"#;
    let paused = r#"{ "at": "10s", "pause": "b@y" }"#;
    let slow = r#"{ "at": "10s", "slow_node": "b@y", "factor": 5 }"#;
    let fast = r#"{ "at": "10s", "clock_drift": "b@y", "ppm": 100 }"#;
    for (before, fault, expected) in [
        (crash, r#""crash": "b@y""#, "b@y crashes: b@y is down"),
        (crash, r#""stop": "b@y""#, "b@y is stopped in order: b@y is down"),
        (crash, r#""pause": "b@y""#, "b@y stands still: b@y is down"),
        (crash, r#""resume": "b@y""#, "b@y goes on: b@y is down"),
        (crash, r#""crash_host": "y""#, "host y loses power: no node on y is up"),
        (
            crash,
            r#""disconnect": ["a@x", "b@y"]"#,
            "a@x disconnects from b@y: a@x has no connection to b@y",
        ),
        (crash, r#""disconnect": ["b@y", "a@x"]"#, "b@y disconnects from a@x: b@y is down"),
        (crash, r#""kill": "log", "on": "b@y""#, "exit signal kill to log on b@y: b@y is down"),
        (
            crash,
            r#""slow_node": "b@y", "factor": 5"#,
            "work on b@y takes 500% of its usual time: b@y is down",
        ),
        (dark, r#""start": "b@y""#, "b@y is started: its host y has no power"),
        (dark, r#""crash_host": "y""#, "host y loses power: y has no power"),
        (paused, r#""pause": "b@y""#, "b@y stands still: b@y stands still"),
        (
            slow,
            r#""slow_node": "b@y", "factor": 5"#,
            "work on b@y takes 500% of its usual time: that is how it is already",
        ),
        (
            fast,
            r#""clock_drift": "b@y", "ppm": 100"#,
            "clock of b@y runs +100 ppm off: that is how it is already",
        ),
        (
            cut,
            r#""partition": [["x"], ["y"]]"#,
            "network cut: a@x | b@y: all of that is cut already",
        ),
        (
            cut,
            r#""partition": [["x"], ["y"]], "one_way": true"#,
            "network cut: a@x -/-> b@y: all of that is cut already",
        ),
        (
            "",
            r#""partition": [["x"], ["empty"]]"#,
            "network cut: a@x | : there is nothing on the other side",
        ),
        ("", r#""resume": "b@y""#, "b@y goes on: b@y does not stand still"),
        ("", r#""start": "b@y""#, "b@y is started: b@y is up"),
        ("", r#""heal": "all""#, "all cuts healed: nothing is cut"),
        ("", r#""kill": "nobody""#, "exit signal kill to nobody: there is no nobody anywhere"),
        (
            "",
            r#""kill": "watch", "on": "b@y""#,
            "exit signal kill to watch on b@y: there is no watch on b@y",
        ),
        (
            "",
            r#""slow_path": ["x", "empty"], "latency": "9ms""#,
            "path x -> empty now has latency 9ms: there is no node on empty",
        ),
        (
            "",
            r#""slow_path": ["x", "y"], "latency": "1ms""#,
            "path x -> y now has latency 1ms: it is like that already",
        ),
    ] {
        let comma = if before.is_empty() { "" } else { ", " };
        let faults = format!(r#"{before}{comma}{{ "at": "11s", {fault} }}"#);
        let vain = in_vain(&faults);
        assert_eq!(vain.first().map(String::as_str), Some(expected), "{faults}: {vain:#?}");
    }
}

#[test]
fn what_changes_something_is_not_told_to_change_nothing() {
    for faults in [
        r#"{ "at": "10s", "crash": "b@y", "restart_after": "2s" }"#,
        r#"{ "at": "10s", "stop": "b@y", "restart_after": "10ms" }"#,
        r#"{ "at": "10s", "pause": "b@y", "for": "2s" }"#,
        r#"{ "at": "10s", "crash_host": "y", "restart_after": "2s" }"#,
        r#"{ "at": "10s", "partition": [["x"], ["y"]], "heal_after": "2s" }"#,
        r#"{ "at": "10s", "partition": [["x"], ["y"]], "one_way": true, "heal_after": "2s" },
           { "at": "11s", "partition": [["y"], ["x"]], "one_way": true, "heal_after": "2s" }"#,
        r#"{ "at": "10s", "disconnect": ["a@x", "b@y"] }"#,
        r#"{ "at": "10s", "kill": "watch" }"#,
        r#"{ "at": "10s", "slow_node": "a@x", "factor": 5, "for": "4s" }"#,
        r#"{ "at": "10s", "clock_step": "a@x", "by": "-5s" }"#,
        r#"{ "at": "2s", "clock_drift": "a@x", "ppm": 100000, "for": "10s" }"#,
        r#"{ "at": "8s", "slow_path": ["x", "y"], "latency": "500ms", "for": "4s" }"#,
    ] {
        assert_eq!(in_vain(faults), Vec::<String>::new(), "{faults}");
    }
}

#[test]
fn an_end_that_changes_nothing_is_told_too() {
    let crash = r#"{ "at": "10s", "pause": "b@y", "for": "5s" }, { "at": "12s", "crash": "b@y" }"#;
    assert_eq!(in_vain(crash), ["b@y goes on: b@y is down"]);
    let twice = r#"{ "at": "10s", "partition": [["x"], ["y"]], "heal_after": "2s" },
                   { "at": "11s", "partition": [["x"], ["y"]], "heal_after": "3s" }"#;
    let expected = [
        "network cut: a@x | b@y: all of that is cut already",
        "network healed: another cut is still there",
    ];
    assert_eq!(in_vain(twice), expected);
    let start = r#"{ "at": "10s", "crash": "b@y", "restart_after": "4s" }, { "at": "12s", "start": "b@y" }"#;
    assert_eq!(in_vain(start), ["b@y is started: b@y is up"]);
}

#[test]
fn a_host_that_loses_power_is_noticed_by_its_silence() {
    let faults = r#"{ "at": "10s", "crash_host": "y", "restart_after": "8s" }"#;
    check(faults, &["10 - host y down", "10 b@y crashed", "18 - host y up", "18 b@y started 2"]);
    let told = told(faults);
    let noticed = told.iter().find(|line| line.contains("a@x down b@y net_tick_timeout"));
    let second: u32 = noticed.unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((12..=15).contains(&second), "{told:#?}");
}

#[test]
fn networks_are_cut_and_healed() {
    for groups in [r#"[["a@x"], ["b@y"]]"#, r#"[["x"], ["y"]]"#] {
        let faults = format!(r#"{{ "at": "10s", "partition": {groups}, "heal_after": "8s" }}"#);
        let told = told(&faults);
        for line in ["a@x down b@y net_tick_timeout", "b@y down a@x net_tick_timeout"] {
            assert!(told.iter().any(|found| found.ends_with(line)), "{told:#?}");
        }
    }
    let short =
        r#"{ "at": "10s", "partition": [["a@x"], ["b@y"]] }, { "at": "11s", "heal": "all" }"#;
    assert_eq!(told(short), Vec::<String>::new());
    let one_way = r#"{ "at": "10s", "partition": [["a@x"], ["b@y"]], "one_way": true }"#;
    let told = told(one_way);
    assert!(told.iter().any(|line| line.contains("a@x down b@y")), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("b@y down a@x")), "{told:#?}");
}

#[test]
fn a_node_disconnects_from_another() {
    check(
        r#"{ "at": "10s", "disconnect": ["a@x", "b@y"] }"#,
        &["10 a@x down b@y disconnect", "10 b@y down a@x connection_closed"],
    );
}

#[test]
fn processes_are_killed_by_their_name() {
    check(r#"{ "at": "10s", "kill": "watch", "on": "a@x" }"#, &["10 a@x exited watch killed"]);
    check(
        r#"{ "at": "10s", "kill": "watch", "reason": "{shutdown,test}" }"#,
        &["10 a@x exited watch {shutdown,test}"],
    );
}

#[test]
fn faults_hang_on_events() {
    check(
        r#"{ "at": "10s", "crash": "b@y" },
           { "when": { "nodedown": "b@y", "seen_by": "a@x" }, "after": "3s", "start": "b@y" },
           { "when": { "operations_completed": 1000 }, "after": "0s", "crash": "a@x" }"#,
        &["10 a@x down b@y connection_closed", "13 b@y started 2"],
    );
    let never = told(r#"{ "when": { "nodedown": "b@y" }, "after": "0s", "crash": "a@x" }"#);
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn what_is_seen_counts_within_a_window_only() {
    let crash = r#"{ "at": "10s", "crash": "b@y", "restart_after": "3s" },
                   { "at": "15s", "crash": "b@y" }"#;
    for (window, expected) in [
        (r#""until": "15s""#, "11 a@x crashed"),
        (r#""from": "12s""#, "16 a@x crashed"),
        (r#""from": "12s", "until": "15s""#, ""),
    ] {
        let faults = format!(
            r#"{crash}, {{ "when": {{ "nodedown": "b@y" }}, "after": "1s", {window}, "crash": "a@x" }}"#
        );
        let told = told(&faults);
        let found = told.iter().find(|line| line.ends_with("a@x crashed"));
        assert_eq!(found.map_or("", String::as_str), expected, "{window}");
    }
}

#[test]
fn a_fault_strikes_after_so_many_steps() {
    let usual = run("");
    let struck = run(r#"{ "at_step": 300, "crash": "b@y" }"#);
    let place =
        struck.iter().position(|each| matches!(each.fact, Fact::Fault(FaultFact::Injected { .. })));
    let place = place.unwrap();
    assert!(place > 0 && usual.len() > place);
    assert_eq!(struck[..place], usual[..place]);
    assert!(
        matches!(struck[place + 1].fact, Fact::Node(NodeFact::Crashed)),
        "{:?}",
        struck[place + 1]
    );
    assert_eq!(run(r#"{ "at_step": 1000000, "crash": "b@y" }"#), usual);
}

#[test]
fn a_node_that_is_to_start_while_it_stops_starts_when_it_has_stopped() {
    check(
        r#"{ "at": "10s", "stop": "b@y", "restart_after": "10ms" }"#,
        &["11 b@y stopped", "11 b@y started 2", "11 a@x up b@y"],
    );
}

/// The numbers that the watching client logged in the given second of its operations.
fn seen(faults: &str, second: u64) -> [i64; 3] {
    shown(&run(faults), second)
}

fn shown(records: &[TraceRecord], second: u64) -> [i64; 3] {
    let line = records.iter().find_map(|record| match &record.fact {
        Fact::Log(LogFact { text, .. }) if text.starts_with("system") => {
            let at = record.at.as_nanos() / 1_000_000_000;
            (at == second).then(|| text.clone())
        }
        _ => None,
    });
    let line = line.unwrap();
    let numbers: Vec<i64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().unwrap()
}

#[test]
fn work_on_a_slow_node_takes_longer_for_a_while() {
    let faults = r#"{ "at": "10s", "slow_node": "a@x", "factor": 5, "for": "4s" }"#;
    assert_eq!([9, 11, 15].map(|second| seen(faults, second)[2]), [10, 50, 10]);
}

#[test]
fn clocks_jump_and_drift() {
    // The time warp mode of OTP 25 lets the system clock catch up by one percent; two seconds later.
    let [system, monotonic, _] = seen(r#"{ "at": "10s", "clock_step": "a@x", "by": "-5s" }"#, 12);
    let [usual, same, _] = seen("", 12);
    assert_eq!((system, monotonic), (usual - 20, same - 20));
    let drift = r#"{ "at": "2s", "clock_drift": "a@x", "ppm": 100000, "for": "10s" }"#;
    let [_, fast, _] = seen(drift, 18);
    let [_, right, _] = seen("", 18);
    assert_eq!(fast, right + 1_000);
}

/// The clock of a computer is wrong whether its node is up or not.
#[test]
fn a_clock_that_is_wrong_before_its_node_starts_is_wrong_in_it() {
    let shows = |fault: &str| shown(&run_from(5, fault), 18);
    let [usual, right, _] = shows("");
    assert_eq!([usual, right], [18_000; 2]);
    let [_, fast, _] = shows(r#"{ "at": "2s", "clock_drift": "a@x", "ppm": 100000 }"#);
    assert_eq!(fast, right + 1_600);
    let drift = r#"{ "at": "2s", "clock_drift": "a@x", "ppm": 100000, "for": "2s" }"#;
    assert_eq!(shows(drift)[1], right + 200);
    let [system, same, _] = shows(r#"{ "at": "2s", "clock_step": "a@x", "by": "-5s" }"#);
    assert_eq!((system, same), (usual - 5_000, right));
}

#[test]
fn a_slow_path_delays_what_goes_over_it_for_a_while() {
    let faults = r#"{ "at": "8s", "slow_path": ["x", "y"], "latency": "500ms", "for": "4s" },
                    { "at": "10s", "crash": "b@y" }"#;
    let records = run(faults);
    let noticed = records
        .iter()
        .find(|record| matches!(record.fact, Fact::Connection(ConnectionFact::Down { .. })));
    assert_eq!(noticed.unwrap().at.to_string(), "10.500s");
}
