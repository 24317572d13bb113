//! Raft is never wrong, whatever happens; each of its mutations is, and a checker says so.

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
    let read = Scenario::parse(text, "raft.json", &Programs::builtin().catalogue());
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

#[test]
fn raft_is_never_wrong_whatever_happens() {
    let scenario = raft("{}", CHAOS);
    let (mut ok, mut elected) = (0, 0);
    for seed in 1..=40 {
        let (run, verdict) = run(&scenario, seed);
        let linearizable = verdict.findings[0].result;
        assert_ne!(linearizable, Conclusion::Violated, "seed {seed}\n{}", findings(&verdict));
        ok += run.history.operations().iter().filter(|operation| operation.is_ok()).count();
        elected += run.reports.iter().filter(|line| line.text.starts_with("leads")).count();
    }
    assert!(ok > 20_000 && elected > 100, "{ok} operations, {elected} leaders");
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
    for seed in 1..=10 {
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
    let cut = r#""faults": [{ "at": "20s", "isolate": "r1@a", "heal_after": "10s" },
                            { "at": "32s", "isolate": "r2@b", "heal_after": "10s" },
                            { "at": "44s", "isolate": "r3@c", "heal_after": "10s" }]"#;
    let (sound, local) = (raft("{}", cut), raft(r#"{ "mutation": "local_reads" }"#, cut));
    let seeds: Vec<u64> = (1..=10).collect();
    let violated = |scenario: &Scenario| {
        let is = |seed: &&u64| run(scenario, **seed).1.conclusion == Conclusion::Violated;
        seeds.iter().filter(is).count()
    };
    assert_eq!(violated(&sound), 0);
    let caught = violated(&local);
    assert!(caught >= 5, "{caught} of 10");
}

/// The scenario of lesson 37: figure 8 of the paper.
#[test]
fn an_entry_of_an_earlier_term_that_was_counted_is_lost() {
    let file =
        format!("{}/scenarios/lessons/37-agree-for-good/solution.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    let counting = parse(&text);
    let sound = parse(&text.replace("count_old_terms", "none"));
    for seed in 1..=10 {
        let (_, verdict) = run(&counting, seed);
        assert_eq!(verdict.conclusion, Conclusion::Violated, "{seed}\n{}", findings(&verdict));
        let (_, verdict) = run(&sound, seed);
        assert_ne!(verdict.conclusion, Conclusion::Violated, "{seed}\n{}", findings(&verdict));
    }
}
