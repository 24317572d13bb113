//! Defects that are built into the database on purpose, and what finds each of them.

use nodedown::check::{Conclusion, check};
use nodedown::scenario::Scenario;
use nodedown::services::Programs;
use nodedown::simulation::Simulation;

/// A defect, the shipped scenario in which it shows, and the expectations that find it. Without the
/// defect each of them holds there.
const MUTATIONS: [(&str, &str, &[&str]); 4] = [
    ("forget_keys", "no-idempotency-key", &["duplicated", "linearizable"]),
    ("answer_early", "sync-replication", &["lost_acknowledged", "linearizable"]),
    ("ignore_epoch", "paused-primary", &["lost_acknowledged", "linearizable"]),
    ("two_primaries", "paused-primary", &["lost_acknowledged", "linearizable"]),
];

/// The scenario with this mutation of its database and these expectations only; its users' posts
/// carry their keys.
fn scenario(name: &str, mutation: &str, expectations: &[&str]) -> Scenario {
    let file = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
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
    let run = Simulation::new(scenario.plan(scenario.seed), &Programs::builtin()).run();
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
fn the_table_has_every_mutation() {
    let catalogue = Programs::builtin().catalogue();
    let database = catalogue.service("database").unwrap();
    let setting = database.config.iter().find(|field| field.name == "mutation").unwrap();
    let nodedown::shape::Shape::Choice(choices) = &setting.shape else { panic!("{setting:?}") };
    let listed: Vec<&str> = MUTATIONS.iter().map(|(mutation, ..)| *mutation).collect();
    assert_eq!(choices[1..], listed);
}
