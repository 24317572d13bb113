//! The shipped scenarios: each ends in the verdict that it announces, and the same seed gives the
//! same run.

use std::fs;
use std::path::{Path, PathBuf};

use nodedown::scenario::{ExpectedVerdict, Plan, Scenario};
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::term::Term;
use nodedown::trace::Detail;
use nodedown::verdict::{Conclusion, Verdict, check};

/// The files under `scenarios/`, in the order of their names.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            Path::new(name).extension().is_some_and(|extension| extension == "json")
                && name != "scenario.schema.json"
        })
        .collect();
    files.sort();
    files
}

fn scenario(file: &Path) -> Scenario {
    let read = Scenario::from_file(file, &Programs::builtin().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn named(name: &str) -> Scenario {
    scenario(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name))
}

fn run(plan: Plan, detail: Detail) -> Run {
    Simulation::new(plan, &Programs::builtin()).detail(detail).run()
}

fn findings(verdict: &Verdict) -> String {
    let lines = verdict.findings.iter().map(|finding| {
        let witness = finding.witness.as_ref().map(|witness| witness.texts.join("; "));
        format!("  {:?} {} {}", finding.result, finding.summary, witness.unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_scenario_ends_in_the_verdict_that_it_announces() {
    let mut wrong = Vec::new();
    for file in files() {
        let scenario = scenario(&file);
        assert!(!scenario.description.is_empty(), "{} has no description", file.display());
        for plan in scenario.plans(scenario.seed) {
            let verdict = check(&run(plan, Detail::Story));
            if !verdict.meets(&scenario.expected_verdict) {
                wrong.push(format!("{}\n{}", file.display(), findings(&verdict)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_lesson_is_not_one_of_a_single_seed() {
    let mut wrong = Vec::new();
    for file in files() {
        let scenario = scenario(&file);
        for seed in 101..=105 {
            let verdict = check(&run(scenario.plan(seed), Detail::Story));
            if scenario.expected_verdict == ExpectedVerdict::Pass
                && verdict.conclusion == Conclusion::Violated
            {
                wrong.push(format!("{} --seed {seed}\n{}", file.display(), findings(&verdict)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_tells_what_arrives_twice() {
    for name in ["no-idempotency-key", "retrying-proxy"] {
        let file = files().into_iter().find(|file| file.ends_with(format!("{name}.json")));
        let text = fs::read_to_string(file.unwrap()).unwrap();
        assert!(text.contains(r#""idempotency_keys": false"#), "{name}");
        for (keys, expected) in [(false, Conclusion::Violated), (true, Conclusion::Pass)] {
            let text = text
                .replace("\"idempotency_keys\": false", &format!("\"idempotency_keys\": {keys}"));
            let scenario = Scenario::parse(&text, name, &Programs::builtin().catalogue()).unwrap();
            for seed in 1..=3 {
                let verdict = check(&run(scenario.plan(seed), Detail::Story));
                let findings = findings(&verdict);
                assert_eq!(
                    verdict.conclusion, expected,
                    "{name} --seed {seed}, {keys}\n{findings}"
                );
            }
        }
    }
}

/// The first record in which two traces differ, with the one before it.
fn first_difference(one: &Run, other: &Run) -> Option<String> {
    let [one, other] = [one, other].map(|run| run.trace.records());
    let index =
        (0..one.len().max(other.len())).find(|index| one.get(*index) != other.get(*index))?;
    Some(format!("record {index}:\n  {:?}\n  {:?}", one.get(index), other.get(index)))
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for file in files() {
        let scenario = scenario(&file);
        for seed in [scenario.seed, 2, 3] {
            let [one, other] = [(), ()].map(|()| run(scenario.plan(seed), Detail::Full));
            let difference = first_difference(&one, &other);
            assert_eq!(difference, None, "{} --seed {seed}", file.display());
            assert_eq!(one.trace.digest(), other.trace.digest());
            assert_eq!(one.history, other.history);
        }
    }
}

#[test]
fn another_seed_gives_another_run() {
    let scenario = named("chat-failover.json");
    let [one, other] = [1, 2].map(|seed| run(scenario.plan(seed), Detail::Off));
    assert_ne!(one.trace.digest(), other.trace.digest());
}

#[test]
fn how_much_is_written_down_does_not_change_the_run() {
    for scenario in ["chat-failover.json", "double-failure.json"].map(named) {
        let runs = [Detail::Off, Detail::Story, Detail::Full]
            .map(|detail| run(scenario.plan(scenario.seed), detail));
        for other in &runs[1..] {
            assert_eq!(runs[0].history, other.history);
            assert_eq!(runs[0].trace.digest(), other.trace.digest());
        }
    }
}

/// What each operation did and whether it succeeded, without times; what a read showed without the
/// order, which is up to the delays.
fn what_clients_saw(run: &Run) -> Vec<String> {
    let seen = run.history.operations().iter().map(|operation| {
        let mut shown: Vec<Term> =
            operation.answer().and_then(Term::as_list).map(<[Term]>::to_vec).unwrap_or_default();
        shown.sort();
        let shown = Term::from(shown);
        let (client, name, ok) = (operation.client, operation.name, operation.is_ok());
        format!("{client} {name} {} {} {ok} {shown}", operation.key, operation.value)
    });
    let mut seen: Vec<String> = seen.collect();
    seen.sort();
    seen
}

#[test]
fn where_applications_run_is_invisible_to_their_users() {
    let [one, spread] = ["placement-one-node.json", "placement-spread.json"].map(|name| {
        let scenario = named(name);
        what_clients_saw(&run(scenario.plan(scenario.seed), Detail::Off))
    });
    assert!(one.len() > 200, "{}", one.len());
    assert_eq!(one, spread);
}

/// A change of these is a change of behaviour: it has to be meant.
#[test]
fn the_digests_of_a_few_runs_are_pinned() {
    let digests = ["chat-failover.json", "partition.json", "transports.json"].map(|name| {
        let scenario = named(name);
        let run = run(scenario.plan(scenario.seed), Detail::Off);
        format!("{name} {}", run.trace.digest())
    });
    insta::assert_snapshot!(digests.join("\n"));
}
