//! Defects that are built into the database on purpose, and what finds each of them.

use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;
use nodedown::verdict::{Conclusion, check};

/// A defect, the shipped scenario in which it shows, and the expectations that find it. Without the
/// defect each of them holds there.
const MUTATIONS: [(&str, &str, &[&str]); 5] = [
    ("forget_keys", "no-idempotency-key", &["duplicated", "linearizable"]),
    ("answer_early", "sync-replication", &["lost_acknowledged", "linearizable"]),
    ("ignore_epoch", "paused-primary", &["lost_acknowledged", "linearizable"]),
    ("two_primaries", "paused-primary", &["lost_acknowledged", "linearizable"]),
    ("retry_fsync", "fsync-error", &["lost_acknowledged", "linearizable"]),
];

/// A defect that chaos finds, what the chaos is, and after how many seeds at most.
struct ByChance {
    mutation: &'static str,
    /// The shipped scenario, of which the faults are left out.
    scenario: &'static str,
    chaos: &'static str,
    /// The most of 200 seeds that lay between two that found it.
    within: u64,
}

const BY_CHANCE: [ByChance; 5] = [
    ByChance { mutation: "forget_keys", scenario: "chaos", chaos: PAUSES, within: 7 },
    ByChance { mutation: "answer_early", scenario: "chaos", chaos: PAUSES, within: 53 },
    ByChance { mutation: "ignore_epoch", scenario: "chaos", chaos: PAUSES, within: 16 },
    ByChance { mutation: "two_primaries", scenario: "chaos", chaos: PAUSES, within: 12 },
    ByChance { mutation: "retry_fsync", scenario: "fsync-error", chaos: SYNCS, within: 58 },
];

/// Crashes, and nodes that stand still for longer than the net tick time.
const PAUSES: &str = r#""chaos": {
    "from": "8s", "until": "70s", "nodes": ["db1@a", "db2@b", "db3@c"],
    "budget": 1, "recovery": "5s", "interval": "20s",
    "kinds": {
        "pause": { "interval": "10s", "for": { "distribution": "uniform", "min": "10s", "max": "20s" } },
        "crash": { "interval": "10s", "for": { "distribution": "uniform", "min": "5s", "max": "10s" } },
    },
    "liveness": {},
},"#;

/// Syncs that fail, and hosts that lose power.
const SYNCS: &str = r#""chaos": {
    "from": "8s", "until": "45s", "nodes": ["db1@d"], "budget": "all",
    "kinds": {
        "fsync_error": { "interval": "10s", "for": { "distribution": "uniform", "min": "2s", "max": "6s" } },
        "crash_host": { "interval": "10s", "for": { "distribution": "uniform", "min": "1s", "max": "3s" } },
    },
},"#;

fn text(name: &str) -> String {
    let file = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

/// The scenario with this mutation of its database and these expectations only; its users' posts
/// carry their keys.
fn scenario(name: &str, mutation: &str, expectations: &[&str]) -> Scenario {
    mutated(&text(name), name, mutation, expectations)
}

fn mutated(text: &str, name: &str, mutation: &str, expectations: &[&str]) -> Scenario {
    let sync = r#""replication": "sync""#;
    assert_eq!(text.matches(sync).count(), 1, "{name}");
    let text = text.replace(sync, &format!("{sync}, \"mutation\": \"{mutation}\""));
    let text = text.replace(r#""idempotency_keys": false, "#, "");
    let (before, _) = text.split_once(r#""expect": ["#).unwrap();
    let expect: Vec<String> =
        expectations.iter().map(|each| format!("{{ \"{each}\": \"users\" }}")).collect();
    let text = format!("{before} \"expect\": [{}] }}", expect.join(", "));
    let read = Scenario::parse(&text, name, &Programs::builtin().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn results(scenario: &Scenario) -> Vec<Conclusion> {
    results_with(scenario, scenario.seed)
}

fn results_with(scenario: &Scenario, seed: u64) -> Vec<Conclusion> {
    let run = Simulation::new(scenario.plan(seed), &Programs::builtin()).run();
    check(&run).findings.iter().map(|finding| finding.result).collect()
}

#[test]
fn each_mutation_is_caught_and_nothing_is_where_there_is_none() {
    for (mutation, name, expectations) in MUTATIONS {
        let found = results(&scenario(name, mutation, expectations));
        assert!(found.iter().all(|each| *each == Conclusion::Violated), "{mutation}: {found:?}");
        let found = results(&scenario(name, "none", expectations));
        assert!(found.iter().all(|each| *each == Conclusion::Pass), "{name}: {found:?}");
    }
}

#[test]
fn each_mutation_is_found_by_chance_as_well() {
    let fails = |scenario: &Scenario, seed: u64| {
        results_with(scenario, seed).contains(&Conclusion::Violated)
    };
    for ByChance { mutation, scenario, chaos, within } in BY_CHANCE {
        let text = text(scenario);
        let faults = if scenario == "chaos" { "\"chaos\": {" } else { "\"faults\": [" };
        let (before, rest) = text.split_once(faults).unwrap();
        let (_, expect) = rest.split_once("\"expect\"").unwrap();
        let text = format!("{before}{chaos}\"expect\"{expect}");
        let read = |mutation| {
            let expected = ["duplicated", "lost_acknowledged", "linearizable"];
            mutated(&text, scenario, mutation, &expected)
        };
        let (mutated, sound) = (read(mutation), read("none"));
        let found = (1..=within).find(|seed| fails(&mutated, *seed) && !fails(&sound, *seed));
        assert!(found.is_some(), "{mutation} is not found with {within} seeds");
    }
}

#[test]
fn the_table_has_every_mutation() {
    let catalogue = Programs::builtin().catalogue();
    let database = catalogue.service("database").unwrap();
    let setting = database.config.iter().find(|field| field.name == "mutation").unwrap();
    let nodedown::shape::Shape::Choice(choices) = &setting.shape else { panic!("{setting:?}") };
    let listed: Vec<&str> = MUTATIONS.iter().map(|(mutation, ..)| *mutation).collect();
    assert_eq!(choices[1..], listed);
    assert_eq!(BY_CHANCE.map(|each| each.mutation), *listed);
}
