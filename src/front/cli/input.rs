//! What a command is given to run: a scenario, or the record of a run.

use std::io::Write;
use std::path::Path;

use super::Failure;
use super::files::read_text;
use crate::document::diagnostic::Style;
use crate::engine::trace::Digest;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Run;
use crate::scenario::{Plan, Scenario, ScenarioError};
use crate::verdict::record::{Record, ScenarioSource, is_record};

/// A file that can be run.
pub(super) enum Input {
    /// A scenario, and which file it is.
    Scenario(Scenario, ScenarioSource),
    /// What is kept of a run.
    Record(Record),
}

impl Input {
    /// Reads a file, and prints what looks odd in it.
    pub(super) fn read(path: &Path, programs: &Programs) -> Result<Input, Failure> {
        let text = read_text(path)?;
        let input = Input::parse(&text, path, programs)?;
        let (Input::Scenario(scenario, _)
        | Input::Record(Record { plan: Plan { scenario, .. }, .. })) = &input;
        write!(anstream::stderr(), "{}", scenario.warnings.render(Style::Colour))?;
        Ok(input)
    }

    fn parse(text: &str, path: &Path, programs: &Programs) -> Result<Input, ScenarioError> {
        let (name, catalogue) = (path.display().to_string(), programs.catalogue());
        if is_record(text) {
            return Record::parse(text, &name, &catalogue).map(Input::Record);
        }
        let scenario = Scenario::parse(text, &name, &catalogue)?;
        Ok(Input::Scenario(scenario, ScenarioSource::of(&name, text)))
    }

    /// The scenario, which is that of the plan for a record, and where it comes from.
    pub(super) fn into_scenario(self) -> (Scenario, Origin) {
        match self {
            Input::Scenario(scenario, source) => {
                let source = Some(source).filter(|source| source.file != "-");
                (scenario, Origin { source, recorded: None })
            }
            Input::Record(record) => {
                let recorded = Some((record.plan.seed, record.digest));
                (record.plan.scenario, Origin { source: record.source, recorded })
            }
        }
    }
}

/// Where a scenario comes from.
pub(super) struct Origin {
    /// The scenario file that it is, or that its record was made from.
    pub(super) source: Option<ScenarioSource>,
    /// The seed and the digest of the run, if it is that of a record.
    recorded: Option<(u64, Digest)>,
}

impl Origin {
    /// Says that a run is not the recorded one, though it should be.
    pub(super) fn warn_of_difference(&self, run: &Run) -> Result<(), Failure> {
        let digest = run.trace.digest();
        if self.recorded.is_some_and(|(seed, old)| seed == run.plan.seed && old != digest) {
            let text =
                "warning: this is not the run that was recorded; `nodedown replay` says more";
            writeln!(anstream::stderr(), "{text}")?;
        }
        Ok(())
    }
}
