//! The protocols among the services are never wrong, whatever happens; each of their mutations is, and a
//! checker says so.

use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::verdict::{Conclusion, Verdict, check};

/// Everything that chaos has, on any number of nodes at once, and failing disks.
const CHAOS: &str = r#""chaos": {
    "from": "6s", "quiet": "25s", "budget": "all", "interval": "8s",
    "for": { "distribution": "exponential", "min": "200ms", "mean": "4s" },
}"#;

/// Three members with these settings, six users, and what goes wrong.
fn raft(config: &str, faults: &str) -> Scenario {
    let text = format!(
        r#"{{
            "name": "raft", "duration": "70s",
            "hosts": {{ "a": {{}}, "b": {{}}, "c": {{}}, "o": {{}} }},
            "nodes": {{
                "r1@a": {{ "host": "a", "prevent_overlapping_partitions": false }},
                "r2@b": {{ "host": "b", "prevent_overlapping_partitions": false }},
                "r3@c": {{ "host": "c", "prevent_overlapping_partitions": false }},
                "user@o": {{ "host": "o", "hidden": true }},
            }},
            "network": {{ "net_ticktime": "8s" }},
            "applications": {{
                "raft": {{ "config": {config}, "nodes": ["r1@a", "r2@b", "r3@c"] }},
            }},
            "workload": {{ "users": {{
                "client": "kv_user", "on": "user@o", "count": 6, "rate": "15/s",
                "config": {{ "keys": 2 }}, "from": "5s", "until": "60s", "timeout": "5s",
                "mix": {{ "get": 0.5, "put": 0.4, "cas": 0.1 }},
            }} }},
            {faults},
            "expect": [{{ "linearizable": "users" }}, {{ "fail_safe": "users" }}],
        }}"#
    );
    parse(&text)
}

fn parse(text: &str) -> Scenario {
    let read = Scenario::parse(text, "protocol.json", &Programs::builtin().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn run(scenario: &Scenario, seed: u64) -> (Run, Verdict) {
    let run = Simulation::new(scenario.plan(seed), &Programs::builtin()).run();
    let verdict = check(&run);
    (run, verdict)
}

fn findings(verdict: &Verdict) -> String {
    let line = |finding: &nodedown::verdict::Finding| {
        let witness = finding.witness.as_ref().map(|witness| witness.texts.join("\n    "));
        format!("  {:?} {}\n    {}", finding.result, finding.summary, witness.unwrap_or_default())
    };
    verdict.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How many runs with these seeds are refuted.
fn violated(scenario: &Scenario, seeds: std::ops::RangeInclusive<u64>) -> usize {
    seeds.filter(|seed| run(scenario, *seed).1.conclusion == Conclusion::Violated).count()
}

/// The number of operations that succeed in runs with these seeds, none of which is refuted.
fn answered(scenario: &Scenario, seeds: std::ops::RangeInclusive<u64>) -> usize {
    let ok = |seed| {
        let (run, verdict) = run(scenario, seed);
        assert_ne!(verdict.conclusion, Conclusion::Violated, "seed {seed}\n{}", findings(&verdict));
        run.history.operations().iter().filter(|operation| operation.is_ok()).count()
    };
    seeds.map(ok).sum()
}

#[test]
fn raft_is_never_wrong_whatever_happens() {
    let scenario = raft("{}", CHAOS);
    let (mut ok, mut elected) = (0, 0);
    for seed in 1..=15 {
        let (run, verdict) = run(&scenario, seed);
        let linearizable = verdict.findings[0].result;
        assert_ne!(linearizable, Conclusion::Violated, "seed {seed}\n{}", findings(&verdict));
        ok += run.history.operations().iter().filter(|operation| operation.is_ok()).count();
        elected += run.reports.iter().filter(|line| line.text.starts_with("leads")).count();
    }
    assert!(ok > 5_000 && elected > 30, "{ok} operations, {elected} leaders");
}

/// A cut that leaves the third member between the two others. It votes for the first one, and is
/// started again before the second one stands.
const FORGETFUL: &str = r#""faults": [
    { "at": "0s", "clock_drift": "r1@a", "ppm": 1000000 },
    { "at": "0s", "clock_drift": "r3@c", "ppm": -900000 },
    { "at": "0s", "partition": [["r1@a"], ["r2@b"]] },
    { "when": { "logged": "leads in term 1", "on": "r1@a" }, "crash": "r3@c", "restart_after": "10ms" },
]"#;

#[test]
fn a_vote_that_was_not_synced_is_given_twice() {
    let (sound, forgetful) =
        (raft("{}", FORGETFUL), raft(r#"{ "mutation": "forget_vote" }"#, FORGETFUL));
    for seed in 1..=3 {
        let leaders = |scenario| {
            let (run, verdict) = run(scenario, seed);
            let leads = |line: &&nodedown::services::ReportLine| line.text == "leads in term 1";
            (run.reports.iter().filter(leads).count(), verdict.findings[0].result)
        };
        let (two, conclusion) = leaders(&forgetful);
        assert_eq!((two, conclusion), (2, Conclusion::Violated), "seed {seed}");
        let (one, conclusion) = leaders(&sound);
        assert_eq!(one, 1, "seed {seed}");
        assert_ne!(conclusion, Conclusion::Violated, "seed {seed}");
    }
}

#[test]
fn a_leader_that_asks_nobody_reads_what_is_old() {
    let cut = r#""faults": [
        { "at": "20s", "partition": [["r1@a"], ["r2@b", "r3@c"]], "heal_after": "10s" },
        { "at": "32s", "partition": [["r2@b"], ["r1@a", "r3@c"]], "heal_after": "10s" },
        { "at": "44s", "partition": [["r3@c"], ["r1@a", "r2@b"]], "heal_after": "10s" },
    ]"#;
    let (sound, local) = (raft("{}", cut), raft(r#"{ "mutation": "local_reads" }"#, cut));
    assert_eq!(violated(&sound, 1..=3), 0);
    let caught = violated(&local, 1..=3);
    assert!(caught >= 2, "{caught} of 3");
}

/// A scenario of a lesson, with these texts replaced.
fn lesson(file: &str, replaced: &[(&str, &str)]) -> Scenario {
    let file = format!("{}/scenarios/lessons/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(file).unwrap();
    for (before, after) in replaced {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    parse(&text)
}

/// The scenario of lesson 37: figure 8 of the paper.
#[test]
fn an_entry_of_an_earlier_term_that_was_counted_is_lost() {
    let file = "37-agree-for-good/solution.json";
    assert_eq!(violated(&lesson(file, &[]), 1..=6), 6);
    assert_eq!(violated(&lesson(file, &[("count_old_terms", "none")]), 1..=6), 0);
}

/// A chain of three, and chaos in which a majority of its members is left.
fn chain() -> Scenario {
    let text = r#"{
            "name": "chain", "duration": "70s",
            "hosts": { "a": {}, "b": {}, "c": {}, "m": {}, "o": {} },
            "nodes": {
                "c1@a": { "host": "a" }, "c2@b": { "host": "b" }, "c3@c": { "host": "c" },
                "master@m": { "host": "m" }, "user@o": { "host": "o", "hidden": true },
            },
            "network": { "net_ticktime": "8s" },
            "applications": {
                "chain": { "nodes": ["c1@a", "c2@b", "c3@c"] },
                "chain_master": { "nodes": ["master@m"] },
            },
            "workload": { "users": {
                "client": "kv_user", "on": "user@o", "count": 6, "rate": "15/s",
                "config": { "keys": 2 }, "from": "5s", "until": "60s", "timeout": "5s",
                "mix": { "get": 0.5, "put": 0.4, "cas": 0.1 },
            } },
            "chaos": {
                "from": "6s", "quiet": "25s", "nodes": ["c1@a", "c2@b", "c3@c"], "recovery": "6s",
                "interval": "8s",
                "for": { "distribution": "exponential", "min": "200ms", "mean": "4s" },
            },
            "expect": [{ "linearizable": "users" }],
        }"#;
    parse(text)
}

#[test]
fn a_chain_is_never_wrong_while_a_majority_of_it_is_left() {
    let ok = answered(&chain(), 1..=12);
    assert!(ok > 4_000, "{ok} operations");
}

#[test]
fn a_head_that_answers_early_loses_what_it_has_answered() {
    let cut = r#""partition": [["c1@a"], ["c2@b", "c3@c", "master@m"]], "heal_after": "6s""#;
    let often = r#""rate": "10/s", "from": "3s", "until": "20s""#;
    let seldom = r#""rate": "4/s", "from": "8s", "until": "15s""#;
    let sound = [(r#""crash": "c2@b""#, cut), (often, seldom)];
    let early = (r#""heartbeat": "200ms""#, r#""mutation": "answer_at_head""#);
    let early = [sound[0], sound[1], early];
    let conclusion = |replaced: &[(&str, &str)]| {
        run(&lesson("38-chain/start.json", replaced), 1).1.findings[0].result
    };
    assert_eq!(conclusion(&sound), Conclusion::Pass);
    assert_eq!(conclusion(&early), Conclusion::Violated);
}

/// A coordinator and two participants, writers and readers.
fn two_phase(faults: &str) -> Scenario {
    let text = format!(
        r#"{{
            "name": "two phases", "duration": "50s",
            "hosts": {{ "k": {{}}, "p": {{}}, "q": {{}}, "o": {{}} }},
            "nodes": {{
                "bank@k": {{ "host": "k", "hidden": true }}, "p1@p": {{ "host": "p", "hidden": true }},
                "p2@q": {{ "host": "q", "hidden": true }}, "user@o": {{ "host": "o", "hidden": true }},
            }},
            "network": {{ "net_ticktime": "8s" }},
            "applications": {{
                "two_phase": {{ "nodes": ["bank@k", "p1@p", "p2@q"] }},
            }},
            "workload": {{ "users": {{
                "client": "calls", "on": "user@o", "count": 6, "rate": "10/s", "from": "4s",
                "until": "40s", "timeout": "5s", "model": "map",
                "operations": {{
                    "put": {{
                        "call": "gen_server:call({{two_phase, bank@k}}, {{put, Key, Value}}, 4900)",
                        "ok": "ok", "failed": "{{error, _}}",
                    }},
                    "get": {{
                        "call": "gen_server:call({{two_phase, Node}}, {{get, Key}}, 4900)",
                        "ok": "{{ok, Value}}", "none": "{{ok, undefined}}",
                    }},
                }},
                "draw": {{ "Key": ["x", "y"], "Node": ["p1@p", "p2@q"] }},
            }} }},
            {faults},
            "expect": [{{ "linearizable": "users" }}],
        }}"#
    );
    parse(&text)
}

#[test]
fn a_write_is_on_all_participants_or_on_none() {
    let chaos = CHAOS.replace("25s", "15s");
    let ok = answered(&two_phase(&chaos), 1..=12);
    assert!(ok > 1_000, "{ok} operations");
}

#[test]
fn a_decision_that_is_not_written_down_is_taken_back() {
    // A participant is away when the coordinator decides, and asks when that has been started again.
    let slow = (r#""slow_disk": "bank@k""#, r#""slow_disk": "p1@p""#);
    let crash = r#"{ "at": "10200ms", "crash": "bank@k", "restart_after": "10s" }"#;
    let crashes = r#"{ "at": "10200ms", "crash": "p2@q", "restart_after": "2s" },
        { "at": "11200ms", "crash": "bank@k", "restart_after": "3s" }"#;
    let sound = [slow, (crash, crashes)];
    let forgets = r#""two_phase": { "config": { "mutation": "forget_decision" }, "#;
    let forgetful = [sound[0], sound[1], (r#""two_phase": { "#, forgets)];
    let file = "41-all-or-nothing/crash.json";
    assert_eq!(violated(&lesson(file, &sound), 1..=4), 0);
    assert_eq!(violated(&lesson(file, &forgetful), 1..=4), 4);
}

/// Twelve nodes that gossip, one of which is cut off while all that is told is told.
fn gossip(config: &str) -> Scenario {
    let all: Vec<String> = (0..12).map(|n| format!("g{n}@h{n}")).collect();
    let list = |each: &dyn Fn(usize) -> String| (0..12).map(each).collect::<Vec<_>>().join(", ");
    let names = list(&|n| format!("\"{}\"", all[n]));
    let text = format!(
        r#"{{
            "name": "gossip", "duration": "60s",
            "hosts": {{ {}, "o": {{}} }},
            "nodes": {{ {}, "user@o": {{ "host": "o", "hidden": true }} }},
            "network": {{ "net_ticktime": "8s" }},
            "applications": {{ "gossip": {{ "config": {config}, "nodes": [{names}] }} }},
            "workload": {{ "users": {{
                "client": "calls", "on": "user@o", "count": 4, "timeout": "2s", "model": "set",
                "claims": ["eventual"],
                "operations": {{
                    "add": {{
                        "call": "gen_server:call({{gossip, g0@h0}}, {{add, news, Value}}, 1900)",
                        "ok": "ok",
                    }},
                    "read": {{
                        "call": "gen_server:call({{gossip, Node}}, {{read, news}}, 1900)",
                        "ok": "{{ok, Value}}",
                    }},
                }},
                "requests": [
                    {{ "at": "12s", "do": "add" }}, {{ "at": "13s", "do": "add" }},
                    {},
                ],
                "draw": {{ "Value": "unique", "Node": [{names}] }},
            }} }},
            "faults": [{{ "at": "10s", "isolate": "g7@h7", "heal_after": "15s" }}],
            "expect": [{{ "fail_safe": "users" }}],
        }}"#,
        list(&|n| format!("\"h{n}\": {{}}")),
        list(&|n| format!("\"{}\": {{ \"host\": \"h{n}\", \"hidden\": true }}", all[n])),
        (0..40)
            .map(|n| {
                let (at, client) = (45_000 + 150 * n, n % 4);
                format!(r#"{{ "at": "{at}ms", "do": "read", "client": {client}, "draw": {n} }}"#)
            })
            .collect::<Vec<_>>()
            .join(", "),
    );
    parse(&text)
}

#[test]
fn a_rumour_alone_misses_who_was_away_and_repair_finds_it() {
    assert_eq!(violated(&gossip("{}"), 1..=5), 5);
    assert_eq!(violated(&gossip(r#"{ "repair": "2s" }"#), 1..=5), 0);
}
