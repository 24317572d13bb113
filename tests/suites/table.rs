//! What came of each case: rows with tabs between their columns.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use crate::reach;

/// The most characters of a reason.
const REASON_MAX: usize = 160;

/// A case of a suite: cases of one name in several groups have several numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    /// `stdlib/lists_SUITE`.
    pub(crate) suite: String,
    pub(crate) number: usize,
    pub(crate) name: String,
}

/// What comes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Passed,
    /// The suite itself skips it.
    Skipped,
    /// It does not pass, and calls what simulated nodes have not got.
    Outside,
    Failed,
}

impl Outcome {
    pub(crate) const ALL: [Outcome; 4] =
        [Outcome::Passed, Outcome::Skipped, Outcome::Outside, Outcome::Failed];

    fn parse(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.to_string() == word)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Passed => "passed",
            Outcome::Skipped => "skipped",
            Outcome::Outside => "outside",
            Outcome::Failed => "failed",
        })
    }
}

/// An outcome, why, and the natives that were called and are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) outcome: Outcome,
    pub(crate) reason: String,
}

impl Row {
    /// The row of a case that is listed among those that need a part of the machine, for this reason.
    pub(crate) fn listed(self, reason: Option<&str>) -> Row {
        match reason {
            Some(reason) if self.outcome == Outcome::Failed => {
                Row { outcome: Outcome::Outside, reason: reason.to_owned() }
            }
            Some(_) | None => self,
        }
    }

    /// The row of what the driver tells of a case.
    pub(crate) fn new(outcome: &str, reason: &str, missing: &str) -> Row {
        let missing: Vec<&str> = missing.split_whitespace().collect();
        match outcome {
            "passed" => Row { outcome: Outcome::Passed, reason: String::new() },
            "skipped" => Row { outcome: Outcome::Skipped, reason: shortened(reason) },
            _ => {
                let part = missing.iter().find_map(|native| Some((reach::part(native)?, native)));
                let natives = if missing.is_empty() {
                    String::new()
                } else {
                    format!("[{}] ", missing.join(" "))
                };
                match part {
                    Some((part, native)) => {
                        Row { outcome: Outcome::Outside, reason: format!("{part}: {native}") }
                    }
                    None => Row {
                        outcome: Outcome::Failed,
                        reason: shortened(&format!("{natives}{reason}")),
                    },
                }
            }
        }
    }
}

/// A reason in one line, without the numbers that every change of the code changes.
fn shortened(reason: &str) -> String {
    let reason: String = reason.replace(['\t', '\n'], " ");
    match reason.char_indices().nth(REASON_MAX) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

/// The rows of all cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<Case, Row>,
}

impl Table {
    /// The table of a file; an empty one if there is none.
    pub(crate) fn read(path: &Path) -> Table {
        let text = fs::read_to_string(path).unwrap_or_default();
        Table { rows: text.lines().filter_map(row).collect() }
    }

    /// Puts the rows of other suites into the place of those that are here.
    pub(crate) fn replace(&mut self, found: &Table, whole: bool) {
        let ran = |suite: &str| found.rows.keys().any(|case| case.suite == suite);
        if whole {
            self.rows.retain(|case, _| !ran(&case.suite));
        }
        self.rows.extend(found.rows.clone());
    }

    /// Cases that passed and do not any more.
    pub(crate) fn lost<'a>(&'a self, found: &'a Table) -> Vec<(&'a Case, &'a Row)> {
        let passed = self.rows.iter().filter(|(_, row)| row.outcome == Outcome::Passed);
        passed
            .filter_map(|(case, _)| found.rows.get_key_value(case))
            .filter(|(_, row)| row.outcome != Outcome::Passed)
            .collect()
    }

    /// The number of cases of each outcome, by suites.
    pub(crate) fn counts(&self) -> BTreeMap<&str, [usize; 4]> {
        let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for (case, row) in &self.rows {
            counts.entry(&case.suite).or_default()[row.outcome as usize] += 1;
        }
        counts
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (Case { suite, number, name }, Row { outcome, reason }) in &self.rows {
            let line = format!("{suite}\t{number}\t{name}\t{outcome}\t{reason}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn row(line: &str) -> Option<(Case, Row)> {
    let mut columns = line.splitn(5, '\t');
    let mut next = || columns.next().unwrap_or_default().to_owned();
    let case = Case { suite: next(), number: next().parse().ok()?, name: next() };
    Some((case, Row { outcome: Outcome::parse(&next())?, reason: next() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table { rows: text.lines().filter_map(row).collect() }
    }

    const TEXT: &str = "a/x_SUITE\t1\tone\tpassed\na/x_SUITE\t2\ttwo\tfailed\t{badmatch,1}\n\
                        a/y_SUITE\t1\tone\toutside\tports\n";

    #[test]
    fn a_table_is_read_as_it_is_written() {
        assert_eq!(table(TEXT).to_string(), TEXT);
        assert_eq!(table(TEXT).counts()["a/x_SUITE"], [1, 0, 0, 1]);
    }

    #[test]
    fn a_case_that_passed_may_not_fail() {
        let lost = |text| {
            let (before, found) = (table(TEXT), table(text));
            before.lost(&found).into_iter().map(|(case, _)| case.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(lost("a/x_SUITE\t1\tone\tfailed\tbadarg\n"), ["one"]);
        assert_eq!(lost("a/x_SUITE\t1\tone\tskipped\t\n"), ["one"]);
        assert_eq!(lost("a/x_SUITE\t2\ttwo\tpassed\na/x_SUITE\t3\tnew\tfailed\n"), [""; 0]);
    }

    #[test]
    fn what_reaches_ports_is_counted_apart_if_it_fails() {
        let outcome = |outcome, missing| Row::new(outcome, "why", missing).outcome;
        assert_eq!(outcome("failed", "atomics:add/3 erlang:open_port/2"), Outcome::Outside);
        assert_eq!(outcome("failed", "atomics:add/3"), Outcome::Failed);
        assert_eq!(outcome("passed", "erlang:open_port/2"), Outcome::Passed);
        assert_eq!(Row::new("failed", "why", "atomics:add/3").reason, "[atomics:add/3] why");
        let reason = Row::new("failed", "why", "erlang:open_port/2").reason;
        assert_eq!(reason, "ports: erlang:open_port/2");
    }

    #[test]
    fn a_listed_case_is_counted_apart_if_it_fails() {
        let outcome = |outcome, reason| Row::new(outcome, "why", "").listed(reason).outcome;
        assert_eq!(outcome("failed", Some("ports: a file")), Outcome::Outside);
        assert_eq!(outcome("failed", None), Outcome::Failed);
        assert_eq!(outcome("passed", Some("ports: a file")), Outcome::Passed);
    }
}
