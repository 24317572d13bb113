//! The summaries of runs, and the ways of failing.

use super::{careful_chat, faithful_run, forgetful_run, results};
use crate::explore::{EXAMPLES_MAX, MeasuredTime, RunConclusion};

#[test]
fn runs_that_fail_alike_are_told_once_with_the_smallest_seed() {
    let (one, other) = (forgetful_run("one", 18_000), forgetful_run("other", 18_500));
    let faithful = faithful_run();
    let results = results(&[(9, Some(&one)), (3, Some(&other)), (5, Some(&faithful)), (4, None)]);
    let scenario = &results.scenarios[0];
    let ways: Vec<(&str, u64, u64)> = scenario
        .ways
        .iter()
        .map(|way| (way.what.text.as_str(), way.runs, way.example().seed))
        .collect();
    let lost = "users lose nothing of what was acknowledged";
    assert_eq!(ways, [(lost, 2, 3), ("nodedown itself has no bug", 1, 4)]);
    assert_eq!(scenario.first_failure().map(|run| run.seed), Some(9));
    assert_eq!(results.ended(), Some(RunConclusion::Panicked));
    let totals = results.totals();
    assert_eq!((totals.pass, totals.violated, totals.panicked, totals.unexpected), (1, 2, 1, 3));
}

#[test]
fn what_was_not_put_to_the_test_is_a_way_of_its_own() {
    let idle = careful_chat();
    let results = results(&[(1, Some(&idle))]);
    assert_eq!(results.ended(), Some(RunConclusion::Inconclusive));
    let [way] = results.scenarios[0].ways.as_slice() else { panic!("{results:?}") };
    assert_eq!((way.result, way.example().witness.len()), (RunConclusion::Inconclusive, 0));
}

#[test]
fn no_run_has_no_end() {
    assert_eq!(results(&[]).ended(), None);
}

#[test]
fn a_run_keeps_how_long_things_took() {
    let made = faithful_run();
    let results = results(&[(1, Some(&made))]);
    let times = results.scenarios[0].runs[0].times;
    let millis = |time: Option<MeasuredTime>| match time {
        Some(MeasuredTime::For(time)) => time.as_millis(),
        other => panic!("{other:?}"),
    };
    let found = [times.detection_first, times.restart, times.recovery, times.slowest].map(millis);
    assert_eq!(found, [1, 500, 1_010, 1_700]);
}

#[test]
fn however_many_runs_fail_in_one_way_only_the_first_tell_of_it() {
    let made = forgetful_run("one", 18_000);
    let runs: Vec<_> = (0..30).map(|seed| (seed, Some(&made))).collect();
    let results = results(&runs);
    let way = &results.scenarios[0].ways[0];
    assert_eq!((way.runs, way.examples.len()), (30, EXAMPLES_MAX));
}
