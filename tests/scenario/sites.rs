//! Hosts at sites: faults, paths, chaos and users that name them; and connections that break while the
//! path works.

use std::collections::BTreeSet;
use std::time::Duration;

use nodedown::fault::Fault;
use nodedown::prelude::*;
use nodedown::scenario::Scenario;
use nodedown::simulation::Run;
use nodedown::trace::{ConnectionFact, Fact, NodeFact, TraceRecord};

/// Two sites with two hosts each, a front end and a database node on the hosts, and users.
fn scenario(rest: &str) -> Scenario {
    let text = format!(
        r#"{{
            "name": "sites", "duration": "60s",
            "hosts": {{ "e1": {{ "site": "east" }}, "e2": {{ "site": "east" }},
                        "w1": {{ "site": "west" }}, "w2": {{ "site": "west" }} }},
            "nodes": {{
                "web@e": {{ "host": "e1" }}, "db@e": {{ "host": "e2" }}, "user@e": {{ "host": "e1", "hidden": true }},
                "web@w": {{ "host": "w1" }}, "db@w": {{ "host": "w2" }}, "user@w": {{ "host": "w1", "hidden": true }}
            }},
            "network": {{ "net_ticktime": "4s", "reconnect": "5s",
                          "between_hosts": {{ "latency": "1ms" }}, "between_sites": {{ "latency": "40ms" }} }},
            "applications": {{
                "database": {{ "nodes": ["db@e"] }}, "http": {{ "nodes": ["web@e", "web@w"] }}
            }},
            {rest}
        }}"#
    );
    let scenario = Scenario::parse(&text, "sites.json", &Programs::builtin().catalogue());
    scenario.unwrap_or_else(|error| panic!("{error}"))
}

fn run(rest: &str) -> Run {
    Simulation::new(scenario(rest).plan(1), &Programs::builtin()).run()
}

/// The nodes of which something is told, in the order of their names.
fn nodes(records: &[TraceRecord], is_meant: impl Fn(&Fact) -> bool) -> Vec<String> {
    let found = records.iter().filter(|record| is_meant(&record.fact));
    let nodes: BTreeSet<String> =
        found.filter_map(|record| Some(record.node?.to_string())).collect();
    nodes.into_iter().collect()
}

/// Who has lost whom.
fn losses(run: &Run) -> BTreeSet<(String, String, String)> {
    let records = run.trace.records().iter();
    let losses = records.filter_map(|record| {
        let Fact::Connection(ConnectionFact::Down { peer, reason }) = record.fact else {
            return None;
        };
        Some((record.node?.to_string(), peer.to_string(), reason.to_string()))
    });
    losses.collect()
}

#[test]
fn a_site_loses_power_with_all_its_hosts() {
    let run = run(r#""faults": [{ "at": "20s", "crash_site": "west", "restart_after": "10s" }]"#);
    let records = run.trace.records();
    let all = ["db@w", "user@w", "web@w"];
    assert_eq!(nodes(records, |fact| matches!(fact, Fact::Node(NodeFact::Crashed))), all);
    assert_eq!(
        nodes(records, |fact| matches!(fact, Fact::Node(NodeFact::Started { creation: 2 }))),
        all
    );
    let texts: Vec<String> = run.plan.faults.iter().map(|fault| fault.fault.to_string()).collect();
    assert_eq!(texts, ["site west loses power"]);
}

#[test]
fn sites_and_hosts_are_cut_off_whole() {
    let cut = |fault: &str| {
        let scenario = scenario(&format!(r#""faults": [{{ "at": "20s", {fault} }}]"#));
        let Fault::Partition(partition) = &scenario.faults[0].fault else { panic!("a partition") };
        let names =
            |group: &Vec<_>| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        partition.groups.iter().map(names).collect::<Vec<_>>().join(" | ")
    };
    let sites = "db@e user@e web@e | db@w user@w web@w";
    let sorted = |cut: String| {
        let sort = |group: &str| {
            let mut names: Vec<&str> = group.split(' ').collect();
            names.sort_unstable();
            names.join(" ")
        };
        cut.split(" | ").map(sort).collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(sorted(cut(r#""partition": [["east"], ["west"]]"#)), sites);
    assert_eq!(sorted(cut(r#""isolate": "east""#)), sites);
    assert_eq!(sorted(cut(r#""isolate": ["e1", "e2"]"#)), sites);
    assert_eq!(
        sorted(cut(r#""isolate": "e2", "one_way": true"#)),
        "db@e | db@w user@e user@w web@e web@w"
    );
    let run = run(r#""faults": [{ "at": "20s", "isolate": "east", "heal_after": "15s" }]"#);
    let losses = losses(&run);
    assert!(!losses.is_empty());
    for (node, peer, _) in &losses {
        assert_ne!(node.split('@').nth(1), peer.split('@').nth(1), "{losses:?}");
    }
}

#[test]
fn a_place_stands_for_each_of_its_nodes() {
    let told = |fault: &str| {
        let scenario = scenario(&format!(r#""faults": [{{ "at": "20s", {fault} }}]"#));
        scenario.faults.iter().map(|fault| fault.fault.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        told(r#""pause": "e1", "for": "2s""#),
        ["web@e stands still", "user@e stands still"]
    );
    assert_eq!(told(r#""crash": "w2""#), ["db@w crashes"]);
    assert_eq!(told(r#""clock_step": "west", "by": "+5s""#).len(), 3);
    assert_eq!(told(r#""stop": "db@e""#), ["db@e is stopped in order"]);
}

#[test]
fn paths_between_sites_have_their_own_latency() {
    let scenario =
        scenario(r#""faults": [{ "at": "20s", "slow_path": ["east", "w1"], "latency": "1s" }]"#);
    let latency = |from, to| scenario.path(Atom::new(from), Atom::new(to)).latency.median();
    assert_eq!(latency("e1", "e2"), Duration::from_millis(1));
    assert_eq!(latency("e1", "w2"), Duration::from_millis(40));
    assert_eq!(latency("w2", "e1"), Duration::from_millis(40));
    // Two hosts of one site and one of the other, both ways.
    assert_eq!(scenario.faults.len(), 4);
    let up = |run: &Run, node: &str, peer: &str| {
        let mut records = run.trace.records().iter();
        let up = records.find(|record| {
            record.node == Some(Atom::new(node))
                && matches!(record.fact, Fact::Connection(ConnectionFact::Up { peer: other }) if other == Atom::new(peer))
        });
        up.unwrap().at.since_start()
    };
    let run = run(r#""faults": []"#);
    assert!(up(&run, "web@e", "db@e") < Duration::from_millis(40));
    assert!(up(&run, "web@e", "db@w") > Duration::from_millis(80));
}

/// How many operations of the users at each site were answered within 30 ms, later, and not at all.
fn answers(affinity: &str, faults: &str) -> [[usize; 3]; 2] {
    let run = run(&format!(
        r#""workload": {{ "users": {{ "client": "chat_user", "on": ["user@w", "user@e"], "count": 10,
            "rate": "20/s", "from": "2s", "until": "50s", "timeout": "2s"{affinity} }} }}, "faults": [{faults}]"#
    ));
    [0, 1].map(|site| {
        let own = run.history.operations().iter().filter(|each| each.client % 2 != site);
        let mut counts = [0; 3];
        for operation in own {
            let quick = operation.latency().is_some_and(|it| it < Duration::from_millis(30));
            counts[if operation.is_ok() { usize::from(!quick) } else { 2 }] += 1;
        }
        counts
    })
}

#[test]
fn users_keep_to_their_site_or_prefer_it() {
    let own = r#", "affinity": "only_site""#;
    let [east, west] = answers(own, "");
    assert!(east[0] > 300 && east[1] == 0, "the database is in the east: {east:?}");
    assert!(west[0] == 0 && west[1] > 300, "{west:?}");
    let [any, _] = answers("", "");
    assert!(
        any[0] == 0 && any[1] > 300,
        "without affinity each begins with another front end: {any:?}"
    );
    let crash = r#"{ "at": "20s", "crash": "web@e", "restart_after": "10s" }"#;
    let [east, _] = answers(own, crash);
    assert!(east[2] > 20, "no other front end is theirs: {east:?}");
    let [east, _] = answers(r#", "affinity": "prefer_site""#, crash);
    assert!(
        east[2] <= 2 && (60..300).contains(&east[1]),
        "they go to the west for a while: {east:?}"
    );
    let [host, _] = answers(r#", "affinity": "only_host""#, "");
    assert!(host[0] > 300 && host[1] == 0, "{host:?}");
}

#[test]
fn connections_break_while_the_path_works() {
    let reset = run(r#""faults": [{ "at": "20s", "break_connections": [["east"], ["west"]] }]"#);
    let all = losses(&reset);
    assert!(all.contains(&("web@e".into(), "db@w".into(), "connection_closed".into())), "{all:?}");
    assert!(all.contains(&("db@w".into(), "web@e".into(), "connection_closed".into())), "{all:?}");
    let at = |run: &Run| {
        let records = run.trace.records().iter();
        let mut lost = records
            .filter(|record| matches!(record.fact, Fact::Connection(ConnectionFact::Down { .. })));
        lost.next().unwrap().at.since_start().as_secs_f64()
    };
    assert!((20.0..20.001).contains(&at(&reset)));
    let silent = run(
        r#""faults": [{ "at": "20s", "break_connections": [["east"], ["west"]], "silently": true }]"#,
    );
    // Nobody is told: the ticks stop coming.
    assert!((22.0..=26.0).contains(&at(&silent)), "{}", at(&silent));
    assert!(losses(&silent).iter().any(|(_, _, reason)| reason == "net_tick_timeout"));
    for run in [&reset, &silent] {
        let records = run.trace.records().iter();
        let again = records.filter(|record| {
            record.at.since_start() > Duration::from_secs(20)
                && record.node == Some(Atom::new("db@e"))
                && matches!(record.fact, Fact::Connection(ConnectionFact::Up { peer }) if peer == Atom::new("db@w"))
        });
        assert!(again.count() >= 1, "new connections work");
    }
}

#[test]
fn a_blip_of_the_network_breaks_no_connection() {
    let run = run(
        r#""faults": [{ "at": "20s", "partition": [["east"], ["west"]], "heal_after": "50ms" }]"#,
    );
    assert!(losses(&run).is_empty());
}

#[test]
fn chaos_strikes_hosts_and_sites_whole() {
    let text = r#""chaos": { "from": "5s", "quiet": "10s", "nodes": ["east", "west"], "budget": 3, "swarm": false,
        "kinds": { "crash_site": { "count": 2 }, "partition": { "count": 3, "shapes": ["isolate_site", "between_sites"] },
                   "one_way_partition": { "count": 3, "shapes": ["isolate_host"] } } }"#;
    let scenario = scenario(text);
    let (mut sites, mut cuts, mut hosts) = (0, 0, 0);
    for seed in 1..=20 {
        let plan = scenario.plan(seed);
        for fault in &plan.faults {
            match &fault.fault {
                Fault::CrashSite(site) => {
                    assert_eq!(site.hosts.len(), 2);
                    sites += 1;
                }
                Fault::Partition(cut) if cut.one_way => {
                    assert_eq!(cut.groups.concat().len(), 6);
                    let smaller = cut.groups.iter().min_by_key(|group| group.len()).unwrap();
                    let on: BTreeSet<Atom> =
                        smaller.iter().map(|node| host(&scenario, *node)).collect();
                    assert_eq!(on.len(), 1);
                    hosts += 1;
                }
                Fault::Partition(cut) => {
                    assert!(cut.groups.iter().all(|group| group.len() == 3), "{cut:?}");
                    cuts += 1;
                }
                other => panic!("{other}"),
            }
        }
        // What is drawn can be written down, and is the same then.
        let catalogue = Programs::builtin().catalogue();
        let written = plan.to_scenario().to_json(&catalogue).unwrap();
        let again = Scenario::parse(&written, "plan.json", &catalogue).unwrap();
        assert_eq!(again.plan(again.seed).faults, plan.faults);
    }
    assert!(sites > 5 && cuts > 10 && hosts > 10, "{sites} {cuts} {hosts}");
}

fn host(scenario: &Scenario, node: Atom) -> Atom {
    scenario.nodes.iter().find(|found| found.name == node).unwrap().host
}

// B4
#[test]
fn the_kernel_of_a_host_says_after_which_heal_a_node_still_connects() {
    // The attempt of 10 s asks until 17 s; what it asks in vain is not asked again by itself.
    for (kernel, heal_after, expected) in [
        ("{}", "3.5s", true),
        ("{}", "4.5s", true),
        ("{}", "5.5s", false),
        (r#"{ "kernel": "6.8.0-45-generic" }"#, "4.5s", true),
        (r#"{ "kernel": "5.15" }"#, "2.5s", true),
        (r#"{ "kernel": "5.15" }"#, "3.5s", false),
        (r#"{ "kernel": "5.15" }"#, "4.5s", false),
    ] {
        let text = format!(
            r#"{{ "duration": "60s", "hosts": {{ "x": {kernel}, "y": {{}} }},
                 "nodes": {{ "a@x": {{ "host": "x" }}, "b@y": {{ "host": "y" }} }},
                 "faults": [{{ "at": "10s", "partition": [["a@x"], ["b@y"]], "heal_after": "{heal_after}" }},
                            {{ "at": "10s", "connect": ["a@x", "b@y"] }}] }}"#
        );
        let scenario = Scenario::parse(&text, "kernel.json", &Programs::builtin().catalogue());
        let plan = scenario.unwrap_or_else(|error| panic!("{error}")).plan(1);
        let run = Simulation::new(plan, &Programs::builtin()).run();
        let connected = nodes(run.trace.records(), |fact| {
            matches!(fact, Fact::Connection(ConnectionFact::Up { .. }))
        });
        let both: &[&str] = if expected { &["a@x", "b@y"] } else { &[] };
        assert_eq!(connected, both, "{kernel}, healed after {heal_after}");
    }
}
