//! A majority is safe under every fault, and what takes no majority is not: the key-value service,
//! and the chat's database with `consistent` replication.

use nodedown::history::Outcome;
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::trace::{Fact, FaultFact};
use nodedown::verdict::{Conclusion, Verdict, check};

/// Everything that chaos has, on any number of nodes at once; a node may be away for long.
const CHAOS: &str = r#""chaos": {
    "from": "6s", "quiet": "25s", "budget": "all", "interval": "8s",
    "for": { "distribution": "exponential", "min": "200ms", "mean": "4s" },
}"#;

/// Three replicas with this setting, six users, and what goes wrong.
fn kv(config: &str, faults: &str) -> Scenario {
    kv_with(config, r#"{ "keys": 2 }"#, faults)
}

fn kv_with(config: &str, users: &str, faults: &str) -> Scenario {
    let text = format!(
        r#"{{
            "name": "kv", "duration": "70s",
            "hosts": {{ "a": {{}}, "b": {{}}, "c": {{}}, "o": {{}} }},
            "nodes": {{
                "kv1@a": {{ "host": "a" }}, "kv2@b": {{ "host": "b" }}, "kv3@c": {{ "host": "c" }},
                "user@o": {{ "host": "o", "hidden": true }},
            }},
            "sync_nodes": {{ "optional": ["kv1@a", "kv2@b", "kv3@c"], "timeout": "1s" }},
            "network": {{ "net_ticktime": "8s" }},
            "applications": {{
                "kv": {{ "config": {config}, "nodes": ["kv1@a", "kv2@b", "kv3@c"] }},
            }},
            "workload": {{ "users": {{
                "client": "kv_user", "on": "user@o", "count": 6, "rate": "15/s",
                "config": {users}, "from": "5s", "until": "60s", "timeout": "5s",
                "mix": {{ "get": 0.5, "put": 0.4, "cas": 0.1 }},
            }} }},
            {faults},
            "expect": [{{ "linearizable": "users" }}, {{ "fail_safe": "users" }}],
        }}"#
    );
    parse(&text)
}

fn parse(text: &str) -> Scenario {
    let read = Scenario::parse(text, "quorum.json", &Programs::builtin().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn shipped(name: &str, edit: impl Fn(String) -> String) -> Scenario {
    let file = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    parse(&edit(std::fs::read_to_string(file).unwrap()))
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

fn answered(run: &Run) -> usize {
    run.history.operations().iter().filter(|operation| operation.is_ok()).count()
}

/// How many operations with this name were answered so.
fn answers(run: &Run, name: &str, answer: &str) -> usize {
    let mut operations: Vec<_> = run.history.operations().iter().collect();
    operations.retain(|each| each.name.as_str() == name);
    operations.retain(|each| each.answer().is_some_and(|it| it.to_string() == answer));
    operations.len()
}

#[test]
fn a_majority_is_never_wrong_whatever_happens() {
    let scenario = kv(r#"{ "quorum": "majority" }"#, CHAOS);
    let (mut ok, mut faults, mut swapped, mut differed) = (0, 0, 0, 0);
    for seed in 1..=120 {
        let (run, verdict) = run(&scenario, seed);
        let linearizable = verdict.findings[0].result;
        assert_ne!(linearizable, Conclusion::Violated, "seed {seed}\n{}", findings(&verdict));
        ok += answered(&run);
        swapped += answers(&run, "cas", "true");
        differed += answers(&run, "cas", "false");
        let struck = |record: &&nodedown::trace::TraceRecord| {
            matches!(record.fact, Fact::Fault(FaultFact::Injected { .. }))
        };
        faults += run.trace.records().iter().filter(struck).count();
    }
    assert!(ok > 80_000 && faults > 1_500, "{ok} operations, {faults} faults");
    assert!(swapped > 500 && differed > 500, "{swapped} swapped, {differed} not");
}

#[test]
fn without_a_quorum_the_same_faults_do_harm() {
    let violated = |scenario: &Scenario| {
        let seeds = 1..=12;
        seeds.filter(|seed| run(scenario, *seed).1.conclusion == Conclusion::Violated).count()
    };
    // Chaos does harm in 27 of 60 runs: only where a cut is there for long enough that both sides
    // are used, as a front meets again at once whom it reaches.
    let chaos = violated(&kv(r#"{ "quorum": "none" }"#, CHAOS));
    assert!(chaos >= 3, "{chaos} of 12");
    // A cut of 20 seconds does harm in every run.
    assert_eq!(violated(&shipped("quorum-none", |text| text)), 12);
}

#[test]
fn a_replica_that_has_lost_its_memory_does_not_vote() {
    let crash = |nodes: &[&str]| {
        let fault = |(place, node): (usize, &&str)| {
            format!(
                r#"{{ "at": "{}s", "crash": "{node}", "restart_after": "1s" }}"#,
                10 + 10 * place
            )
        };
        let faults: Vec<String> = nodes.iter().enumerate().map(fault).collect();
        format!(r#""faults": [{}]"#, faults.join(","))
    };
    let memory = r#"{ "storage": "memory" }"#;
    let (one, verdict) = run(&kv(memory, &crash(&["kv1@a"])), 1);
    assert_eq!(verdict.conclusion, Conclusion::Pass, "{}", findings(&verdict));
    assert!(one.reports.iter().any(|line| line.text.starts_with("does not vote any more")));
    let enough = answered(&one) * 9 / 10;

    let (two, verdict) = run(&kv(memory, &crash(&["kv1@a", "kv2@b"])), 1);
    assert_eq!(verdict.findings[0].result, Conclusion::Pass, "{}", findings(&verdict));
    assert!(answered(&two) < enough / 2, "{} of {enough}", answered(&two));
    let (disk, verdict) = run(&kv("{}", &crash(&["kv1@a", "kv2@b", "kv3@c"])), 1);
    assert_eq!(verdict.conclusion, Conclusion::Pass, "{}", findings(&verdict));
    assert!(answered(&disk) > enough, "{} of {enough}", answered(&disk));
}

#[test]
fn the_side_without_a_majority_does_nothing_at_all() {
    let cut =
        r#""faults": [{ "at": "20s", "partition": [["a"], ["b", "c"]], "heal_after": "20s" }]"#;
    let scenario =
        kv_with("{}", r#"{ "keys": 2, "servers": ["kv1@a"], "try_timeout": "5s" }"#, cut);
    let (run, verdict) = run(&scenario, 1);
    assert_eq!(verdict.findings[0].result, Conclusion::Pass, "{}", findings(&verdict));
    let during = |at: nodedown::time::Time| (21.0..35.0).contains(&at.as_secs_f64());
    let all: Vec<_> = run.history.operations().iter().filter(|it| during(it.invoked)).collect();
    let refused = all.iter().filter(|it| {
        let outcome = it.completion.as_ref().map(|completion| &completion.outcome);
        matches!(outcome, Some(Outcome::Failed(why)) if why.is_atom("no_majority"))
    });
    assert!(all.len() > 10);
    assert_eq!(refused.count(), all.len());
}

/// The scenario of the paused primary, with this replication.
fn paused_primary(replication: &str) -> Scenario {
    shipped("paused-primary", |text| {
        text.replace(r#""replication": "sync""#, &format!(r#""replication": "{replication}""#))
    })
}

fn loses(scenario: &Scenario, seed: u64) -> bool {
    let (_, verdict) = run(scenario, seed);
    let lost = verdict.findings.iter().find(|finding| finding.summary.contains("acknowledged"));
    lost.unwrap().result == Conclusion::Violated
}

#[test]
fn a_consistent_database_loses_nothing_to_a_primary_that_stands_still() {
    let (consistent, sync) = (paused_primary("consistent"), paused_primary("sync"));
    for seed in 1..=60 {
        assert!(!loses(&consistent, seed), "seed {seed}");
    }
    assert!((1..=120).any(|seed| loses(&sync, seed)));
}

#[test]
fn a_consistent_database_is_never_wrong_whatever_happens() {
    let scenario = shipped("paused-primary-consistent", |text| {
        let (before, rest) = text.split_once(r#""faults": ["#).unwrap();
        let (_, after) = rest.split_once(r#""expect": ["#).unwrap();
        let after = after.replace(r#"{ "recovery_time": "users", "at_most": "16s" },"#, "");
        let text = format!("{before} {CHAOS}, \"expect\": [{after}");
        text.replace(r#""duration": "90s""#, r#""duration": "75s""#)
    });
    let mut ok = 0;
    for seed in 1..=60 {
        let (run, verdict) = run(&scenario, seed);
        assert_ne!(verdict.conclusion, Conclusion::Violated, "seed {seed}\n{}", findings(&verdict));
        ok += answered(&run);
    }
    assert!(ok > 12_000, "{ok}");
}
