//! Many seeds of a scenario as one test under `cargo test`.

use std::env;
use std::fmt::Write;
use std::num::NonZero;
use std::str::FromStr;
use std::thread;

use super::batch::Batch;
use super::pool::available_jobs;
use super::results::ScenarioResults;
use super::seeds::Seeds;
use super::summary::{RunConclusion, RunSummary};
use super::sweep::Sweep;
use super::text::ScenarioText;
use crate::document::shape::Catalogue;
use crate::scenario::services::Programs;
use crate::scenario::{Scenario, ScenarioError};

/// A scenario that can be run with many seeds, as one test.
///
/// ```
/// use nodedown::prelude::*;
///
/// let programs = Programs::builtin();
/// let scenario = Scenario::from_file("scenarios/takeover.json", &programs.catalogue())?;
/// scenario.run_seeds(0..3, &programs).assert_pass();
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
///
/// Environment variables take precedence, so that a failure can be examined, or a night filled with
/// runs, without changing the test:
///
/// - `NODEDOWN_SEED`: this seed only
/// - `NODEDOWN_SEEDS`: these seeds, in the syntax of [`Seeds`]: `10000`, `1..500`
/// - `NODEDOWN_JOBS`: the number of threads; by default, the number of cores
pub trait RunSeeds {
    /// The text that each thread reads the scenario from.
    ///
    /// # Panics
    /// If the scenario was made in Rust and contains something that a file cannot express.
    fn to_text(&self, catalogue: &Catalogue) -> ScenarioText;

    /// Runs it with each of these seeds, and with each of its transports.
    ///
    /// # Panics
    /// If an environment variable or the scenario is invalid.
    fn run_seeds(&self, seeds: impl Into<Seeds>, programs: &Programs) -> SeedRuns
    where
        Self: Sized,
    {
        let environment = TestEnvironment::from_environment(|name| env::var(name).ok());
        let environment = environment.unwrap_or_else(|error| panic!("{error}"));
        run(
            self.to_text(&programs.catalogue()),
            environment.seeds(seeds.into()),
            environment.jobs,
            programs,
        )
    }
}

impl RunSeeds for Scenario {
    fn to_text(&self, catalogue: &Catalogue) -> ScenarioText {
        let text = self.to_json(catalogue);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        ScenarioText::new(&self.name, &text)
    }
}

impl RunSeeds for ScenarioText {
    fn to_text(&self, _: &Catalogue) -> ScenarioText {
        self.clone()
    }
}

fn run(text: ScenarioText, seeds: Seeds, jobs: NonZero<usize>, programs: &Programs) -> SeedRuns {
    let sweep = Sweep::new(programs).batch(Batch::new().jobs(jobs)).scenario(text, seeds);
    let sweep = sweep.unwrap_or_else(|error: ScenarioError| panic!("{error}"));
    let scenarios = sweep.run(|_| {}).scenarios;
    SeedRuns { results: scenarios.into_iter().next().expect("a sweep of one scenario") }
}

/// The result of running a scenario with many seeds.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "whether the runs are as they should be is still to be asserted"]
pub struct SeedRuns {
    /// The results of the runs.
    pub results: ScenarioResults,
}

impl SeedRuns {
    /// Asserts that every run passed.
    ///
    /// # Panics
    /// With the ways in which runs failed and the command that shows the first failure again; also
    /// if there was no run.
    #[track_caller]
    pub fn assert_pass(&self) {
        self.assert(RunConclusion::Pass);
    }

    /// Asserts that every run found a violation, as a lesson should.
    ///
    /// # Panics
    /// As [`assert_pass`](Self::assert_pass).
    #[track_caller]
    pub fn assert_violated(&self) {
        self.assert(RunConclusion::Violated);
    }

    /// Asserts that every run ended in the verdict that the scenario declares.
    ///
    /// # Panics
    /// As [`assert_pass`](Self::assert_pass).
    #[track_caller]
    pub fn assert_expected(&self) {
        self.assert(self.results.expected);
    }

    #[track_caller]
    fn assert(&self, wanted: RunConclusion) {
        if let Some(message) = self.complaint(wanted, thread::current().name()) {
            panic!("{message}");
        }
    }

    /// The message of the panic, unless every run ended as wanted.
    fn complaint(&self, wanted: RunConclusion, test: Option<&str>) -> Option<String> {
        let ScenarioResults { name, runs, .. } = &self.results;
        let failed: Vec<&RunSummary> = runs.iter().filter(|run| run.ended != wanted).collect();
        let Some(first) = failed.first() else {
            return runs.is_empty().then(|| format!("{name}: there was no run"));
        };
        let (count, all, seed) = (failed.len(), runs.len(), first.seed);
        let mut message = format!(
            "{name}: {count} of {all} runs did not end in {wanted}; the first is {} with seed {seed}\n",
            first.ended
        );
        message += &self.witnesses(&failed);
        let _ = write!(message, "  replay: {}", replay_command(seed, test));
        if self.results.file != *name {
            let _ = write!(message, "\n      or: {}", self.results.replay_command(seed));
        }
        Some(message)
    }

    /// The distinct ways in which these runs failed.
    fn witnesses(&self, failed: &[&RunSummary]) -> String {
        let mut text = String::new();
        let gone = |id| failed.iter().filter(|run| run.ways.contains(&id)).count();
        let ways = self.results.ways.iter().map(|way| (way, gone(way.id)));
        for (way, count) in ways.filter(|(_, count)| *count > 0) {
            let first = failed.iter().find(|run| run.ways.contains(&way.id));
            let seen = first.and_then(|run| way.example_in(run.seed, run.transport));
            let example = seen.unwrap_or_else(|| way.example());
            let _ = writeln!(text, "  {}: {} (runs: {count})", way.result, way.what.text);
            let _ = writeln!(text, "    seed {}: {}", example.seed, example.summary);
            for line in &example.witness {
                let _ = writeln!(text, "      {line}");
            }
        }
        text
    }
}

/// The command that runs a test of this name with one seed.
pub(super) fn replay_command(seed: u64, test: Option<&str>) -> String {
    let run = match test {
        // The main thread has no test's name; one that was spawned has none at all.
        None | Some("main") => "the same command again".to_owned(),
        Some(test) => format!("cargo test {test}"),
    };
    format!("NODEDOWN_SEED={seed} {run}")
}

/// The settings of a test that come from the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TestEnvironment {
    seed: Option<u64>,
    seeds: Option<Seeds>,
    jobs: NonZero<usize>,
}

impl TestEnvironment {
    pub(super) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<TestEnvironment, String> {
        fn read<T: FromStr<Err: std::fmt::Display>>(
            name: &str,
            value: Option<String>,
        ) -> Result<Option<T>, String> {
            let read = value.map(|value| {
                value.trim().parse().map_err(|error| format!("{name} is \"{value}\": {error}"))
            });
            read.transpose()
        }
        let [seed, seeds, jobs] = ["NODEDOWN_SEED", "NODEDOWN_SEEDS", "NODEDOWN_JOBS"];
        Ok(TestEnvironment {
            seed: read(seed, variable(seed))?,
            seeds: read(seeds, variable(seeds))?,
            jobs: read(jobs, variable(jobs))?.unwrap_or_else(available_jobs),
        })
    }

    pub(super) fn seeds(&self, asked: Seeds) -> Seeds {
        match (self.seed, &self.seeds) {
            (Some(seed), _) => Seeds::from(seed..=seed),
            (None, Some(seeds)) => seeds.clone(),
            (None, None) => asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::tests::{faithful_run, forgetful_run, results};

    fn environment(variables: &[(&str, &str)]) -> Result<TestEnvironment, String> {
        TestEnvironment::from_environment(|name| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_has_the_last_word() {
        let asked = || Seeds::from(0..5);
        for (variables, seeds) in [
            (&[][..], "0..4"),
            (&[("NODEDOWN_SEEDS", "100")], "1..100"),
            (&[("NODEDOWN_SEED", "7")], "7..7"),
            (&[("NODEDOWN_SEED", "7"), ("NODEDOWN_SEEDS", "100")], "7..7"),
        ] {
            assert_eq!(environment(variables).unwrap().seeds(asked()).to_string(), seeds);
        }
        assert_eq!(environment(&[("NODEDOWN_JOBS", "3")]).unwrap().jobs.get(), 3);
        for (name, value) in
            [("NODEDOWN_JOBS", "0"), ("NODEDOWN_SEED", "x"), ("NODEDOWN_SEEDS", "9..1")]
        {
            let error = environment(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(&format!("{name} is \"{value}\": ")), "{error}");
        }
    }

    #[test]
    fn a_failure_carries_the_verdict_the_witness_and_the_command() {
        let (forgetful, faithful) = (forgetful_run("one", 18_000), faithful_run());
        let results = results(&[(4, Some(&faithful)), (9, Some(&forgetful)), (12, None)]);
        let runs = SeedRuns { results: results.scenarios[0].clone() };
        insta::assert_snapshot!(runs.complaint(RunConclusion::Pass, Some("module::it_holds")).unwrap(), @r#"
        the database node is lost: 2 of 3 runs did not end in pass; the first is violated with seed 9
          violated: users lose nothing of what was acknowledged (runs: 1)
            seed 9: 1 of 2 acknowledged operations lost, the oldest 1.99 s before the fault; 0 missing for a time
              users/1 post <<"one">> in <<"lobby">> at 18.000s, acknowledged at 18.010s, is missing from users/3 read in <<"lobby">> at 21.000s, answered [<<"kept">>] at 21.010s (10.0 ms)
          panicked: nodedown itself has no bug (runs: 1)
            seed 12: index 12 is out of bounds
          replay: NODEDOWN_SEED=9 cargo test module::it_holds
              or: nodedown run chat.json --seed 9
        "#);
    }

    #[test]
    fn what_ends_as_wanted_is_not_complained_of() {
        let faithful = faithful_run();
        let results = results(&[(4, Some(&faithful))]);
        let runs = SeedRuns { results: results.scenarios[0].clone() };
        runs.assert_pass();
        runs.assert_expected();
        let complaint = runs.complaint(RunConclusion::Violated, Some("main")).unwrap();
        assert!(complaint.contains("the first is pass with seed 4"), "{complaint}");
        assert!(complaint.contains("NODEDOWN_SEED=4 the same command"), "{complaint}");
    }

    #[test]
    #[should_panic(expected = "there was no run")]
    fn no_run_is_no_success() {
        SeedRuns { results: results(&[]).scenarios[0].clone() }.assert_pass();
    }
}
