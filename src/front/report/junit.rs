//! The results of many runs as JUnit XML, which CI systems display.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::explore::{
    BrokenFile, BrokenFileReason, Results, RunConclusion, RunSummary, ScenarioResults,
};

/// Writes a test suite for each scenario, and a test case for each of its runs. It contains no
/// times, so that it is the same on every machine.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_junit(results: &Results, out: impl io::Write) -> io::Result<()> {
    let mut report = Report::new("nodedown");
    report.add_test_suites(results.broken.iter().map(broken));
    let ran = results.scenarios.iter().filter(|scenario| !scenario.runs.is_empty());
    report.add_test_suites(ran.map(suite));
    report.serialize(out).map_err(io::Error::other)
}

fn broken(broken: &BrokenFile) -> TestSuite {
    let mut status = match broken.why {
        BrokenFileReason::Skipped => TestCaseStatus::skipped(),
        BrokenFileReason::Invalid | BrokenFileReason::Unreadable => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    status.set_type(broken.why.name());
    status.set_message(broken.message.lines().next().unwrap_or_default());
    status.set_description(&broken.message);
    let mut case = TestCase::new("reading it", status);
    case.set_classname(&broken.file);
    let mut suite = TestSuite::new(&broken.file);
    suite.add_test_case(case);
    suite
}

fn suite(scenario: &ScenarioResults) -> TestSuite {
    let mut suite = TestSuite::new(&scenario.file);
    suite.add_property(("scenario", scenario.name.as_str()));
    suite.add_test_cases(scenario.runs.iter().map(|run| case(scenario, run)));
    suite
}

fn case(scenario: &ScenarioResults, run: &RunSummary) -> TestCase {
    let name = match scenario.transports.as_slice() {
        [_] | [] => format!("seed {}", run.seed),
        several => format!("seed {}, {}", run.seed, several[run.transport]),
    };
    let mut case = TestCase::new(name, status(scenario, run));
    case.set_classname(&scenario.file);
    case
}

fn status(scenario: &ScenarioResults, run: &RunSummary) -> TestCaseStatus {
    let kind = match run.counts_as() {
        RunConclusion::Pass => return TestCaseStatus::success(),
        RunConclusion::Violated | RunConclusion::Inconclusive => NonSuccessKind::Failure,
        RunConclusion::Panicked => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let ways = || run.ways.iter().filter_map(|id| scenario.failure_mode(*id));
    let what: Vec<&str> = ways().map(|way| way.what.text.as_str()).collect();
    status.set_type(run.ended.to_string());
    status.set_message(format!("{}: {}", run.ended, what.join("; ")));
    let mut lines = Vec::new();
    for way in ways() {
        lines.push(way.what.text.clone());
        match way.example_in(run.seed, run.transport) {
            Some(seen) => {
                lines.push(format!("    {}", seen.summary));
                lines.extend(seen.witness.iter().map(|line| format!("      {line}")));
            }
            None => lines.push(format!("    as with seed {}", way.example().seed)),
        }
    }
    lines.push(scenario.replay_command(run.seed));
    status.set_description(lines.join("\n"));
    status
}
