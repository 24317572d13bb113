//! Written scenarios can be read, and say the same.

use std::time::Duration;

use proptest::prelude::*;

use crate::document::diagnostic::Diagnostics;
use crate::engine::term::Atom;
use crate::scenario::fault::{Fault, Trigger};
use crate::scenario::services::Programs;
use crate::scenario::{Consistency, Expectation, Scenario, ScheduledFault};

use super::any::any_scenario;
use super::{CHAT, catalogue, scenario, with};

/// Writing checks that what it writes reads the same.
fn written(scenario: &Scenario) -> String {
    scenario.to_json(&catalogue()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_shipped_scenario_and_its_plan_can_be_written() {
    let catalogue = Programs::builtin().catalogue();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.to_string_lossy().ends_with(".schema.json") {
            continue;
        }
        files += 1;
        let scenario = Scenario::from_file(&path, &catalogue).unwrap();
        let scenario = Scenario { warnings: Diagnostics::default(), ..scenario };
        let text = scenario.to_json(&catalogue).unwrap();
        let again = Scenario::parse(&text, "written", &catalogue).unwrap();
        assert_eq!(Scenario { warnings: Diagnostics::default(), ..again }, scenario);
        for plan in scenario.plans(scenario.seed) {
            let explicit = plan.to_scenario();
            let text = explicit.to_json(&catalogue).unwrap();
            let again = Scenario::parse(&text, "written", &catalogue).unwrap();
            let again = Scenario { warnings: Diagnostics::default(), ..again };
            assert_eq!(again, explicit, "{}", path.display());
            let again = again.plan(again.seed);
            assert_eq!(again.operations, plan.operations);
            assert_eq!(again.faults, plan.faults);
            assert_eq!((again.seed, again.transport), (plan.seed, plan.transport));
        }
    }
    assert!(files > 15, "{files}");
}

#[test]
fn a_written_scenario_reads_as_one_that_a_person_wrote() {
    insta::assert_snapshot!(written(&scenario(CHAT)));
}

#[test]
fn a_plan_is_a_scenario_in_which_nothing_is_left_to_be_drawn() {
    let text = with(r#""until": "80s""#, r#""until": "6s""#);
    let plan = scenario(&text).plan(11);
    let explicit = plan.to_scenario();
    insta::assert_snapshot!(written(&explicit));
    assert_eq!(explicit.plan(12).operations, plan.operations);
}

#[test]
fn what_no_file_can_say_is_refused_and_named() {
    let check = |change: &dyn Fn(&mut Scenario), expected: &str| {
        let mut scenario = scenario(CHAT);
        change(&mut scenario);
        let error = scenario.to_json(&catalogue()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let (node, second) = (Atom::new("db1@a"), Duration::from_secs(1));
    check(
        &|scenario| scenario.faults[1].undo = Some((second, Fault::HealAll)),
        "no words for this fault: ScheduledFault",
    );
    check(
        &|scenario| {
            let at = Trigger::At(second);
            let fault = Fault::SetSpeed { node, percent: 0 };
            scenario.faults = vec![ScheduledFault { label: None, trigger: at, fault, undo: None }];
        },
        "0 is too small",
    );
    check(
        &|scenario| {
            let (workload, claim) = (Atom::new("users"), Consistency::Eventual);
            scenario.expectations.insert(0, Expectation::Claim { workload, claim });
        },
        "no words for it: expected an object (an expectation)",
    );
    check(&|scenario| scenario.hosts.clear(), "expected host names, found none");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_scenario_reads_as_it_was_written(scenario in any_scenario()) {
        let text = written(&scenario);
        let again = Scenario::parse(&text, "written", &catalogue()).unwrap();
        prop_assert_eq!(written(&again), text);
        let plan = scenario.plan(scenario.seed);
        written(&plan.to_scenario());
    }
}
