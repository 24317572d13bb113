//! The story of a run: each line stands at the time at which it happened, behind what led to it.

use std::fs;

use nodedown::prelude::*;
use nodedown::report::{StoryLine, story};
use nodedown::scenario::Scenario;
use nodedown::trace::{ConnectionFact, Fact};

fn runs() -> Vec<(String, Run)> {
    let programs = Programs::builtin();
    let folder = format!("{}/scenarios", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut runs = Vec::new();
    for file in files {
        let name = file.to_string_lossy().into_owned();
        if file.extension().is_none_or(|ending| ending != "json") || name.ends_with(".schema.json")
        {
            continue;
        }
        let scenario = Scenario::from_file(&file, &programs.catalogue()).unwrap();
        let run = Simulation::new(scenario.plan(scenario.seed), &programs).run();
        runs.push((name, run));
    }
    runs
}

/// The nodes that a line about connections names beside its own.
fn named(line: &StoryLine, before: &str, after: &str) -> Option<Vec<String>> {
    let rest = line.what.strip_prefix(before)?;
    let names = rest.split(after).next()?;
    Some(names.split(", ").map(str::to_owned).collect())
}

#[test]
fn losses_and_returns_are_told_at_their_time_and_losses_each_once() {
    let (mut told_down, mut told_up) = (0, 0);
    for (name, run) in runs() {
        let story = story(&run);
        assert!(story.is_sorted_by_key(|line| line.at), "{name}");
        let happened = |line: &StoryLine, one: &str, other: &str, up: bool| {
            run.trace.records().iter().any(|record| {
                let (peer, is_up) = match record.fact {
                    Fact::Connection(ConnectionFact::Up { peer }) => (peer, true),
                    Fact::Connection(ConnectionFact::Down { peer, .. }) => (peer, false),
                    _ => return false,
                };
                let pair = [record.node.unwrap().as_str(), peer.as_str()];
                is_up == up
                    && record.at.to_string() == line.at.to_string()
                    && (pair == [one, other] || up && pair == [other, one])
            })
        };
        let mut down = 0;
        for line in &story {
            let who = line.who.as_str();
            for other in named(line, "is down for ", " (").unwrap_or_default() {
                assert!(happened(line, &other, who, false), "{name}: {line:?}");
                down += 1;
            }
            for other in named(line, "has lost ", " (").unwrap_or_default() {
                assert!(happened(line, who, &other, false), "{name}: {line:?}");
                down += 1;
            }
            for other in named(line, "is connected to ", " again").unwrap_or_default() {
                assert!(happened(line, who, &other, true), "{name}: {line:?}");
                told_up += 1;
            }
        }
        let records = run.trace.records().iter();
        let losses = records
            .filter(|record| matches!(record.fact, Fact::Connection(ConnectionFact::Down { .. })))
            .count();
        assert_eq!(down, losses, "{name}");
        told_down += down;
        for (index, line) in story.iter().enumerate() {
            assert!(!story[index + 1..].contains(line), "{name}: {line:?} twice");
        }
    }
    assert!(told_down > 100 && told_up > 30, "{told_down} losses, {told_up} returns");
}

fn of(file: &str) -> Vec<String> {
    let programs = Programs::builtin();
    let file = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    let scenario = Scenario::from_file(file, &programs.catalogue()).unwrap();
    let run = Simulation::new(scenario.plan(scenario.seed), &programs).run();
    story(&run).iter().map(|line| format!("{} {} {}", line.at, line.who, line.what)).collect()
}

#[test]
fn a_complaint_that_goes_on_says_until_when() {
    let story = of("tests/story/crash-loop.json");
    let told = story.iter().find(|line| line.contains(" times")).unwrap();
    assert!(told.starts_with("10.000s ") && told.contains(" times until 2"), "{told}");
}

#[test]
fn a_failover_without_a_time_out_stands_behind_the_loss_that_it_follows() {
    let story = of("tests/story/no-time-out.json");
    let place = |what: &str| story.iter().position(|line| line.contains(what)).unwrap();
    let (loss, failover) = (place("has lost db1@a"), place("started: failover from db1@a"));
    assert!(loss < failover, "{story:#?}");
}
