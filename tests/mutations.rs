//! Defects that are built into the database on purpose, and what finds each of them.

use nodedown::check::{Conclusion, check};
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;

/// A defect, the shipped scenario in which it shows, and the expectations that find it. Without the
/// defect each of them holds there.
const MUTATIONS: [(&str, &str, &[&str]); 5] = [
    ("forget_keys", "no-idempotency-key", &["duplicated", "linearizable"]),
    ("answer_early", "sync-replication", &["lost_acknowledged", "linearizable"]),
    ("ignore_epoch", "paused-primary", &["lost_acknowledged", "linearizable"]),
    ("two_primaries", "paused-primary", &["lost_acknowledged", "linearizable"]),
    ("retry_fsync", "fsync-error", &["lost_acknowledged", "linearizable"]),
];

/// After how many seeds at most each defect is found by crashes and long pauses at random times.
/// Most of 200 seeds that lay between two that found it: 7, 53, 16 and 12.
const BY_LOT: [(&str, u64); 4] =
    [("forget_keys", 7), ("answer_early", 53), ("ignore_epoch", 16), ("two_primaries", 12)];

/// What takes the place of the kinds of faults of `chaos.json`: nodes stand still for longer than
/// the net tick time.
const KINDS: &str = r#""kinds": {
    "pause": { "interval": "10s", "for": { "distribution": "uniform", "min": "10s", "max": "20s" } },
    "crash": { "interval": "10s", "for": { "distribution": "uniform", "min": "5s", "max": "10s" } },
}, "#;

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
fn each_mutation_is_found_by_lot_as_well() {
    let text = text("chaos");
    let (before, rest) = text.split_once("\"kinds\": {").unwrap();
    let (_, after) = rest.split_once("\"liveness\"").unwrap();
    let text = format!("{before}{KINDS}\"liveness\"{after}");
    let read = |mutation| {
        mutated(&text, "chaos", mutation, &["duplicated", "lost_acknowledged", "linearizable"])
    };
    let sound = read("none");
    for (mutation, within) in BY_LOT {
        let mutated = read(mutation);
        let fails = |scenario, seed| results_with(scenario, seed).contains(&Conclusion::Violated);
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
    // A sync that fails is no fault of the chaos of `each_mutation_is_found_by_lot_as_well`.
    let by_lot = listed.into_iter().filter(|mutation| *mutation != "retry_fsync");
    assert!(BY_LOT.iter().map(|(mutation, _)| *mutation).eq(by_lot));
}
