//! A file that a command runs: a scenario, or the record of a run.

use std::io::Write;
use std::path::Path;

use super::Failure;
use super::files::read_text;
use super::kinds::OtherFile;
use crate::document::Document;
use crate::document::diagnostic::Style;
use crate::engine::trace::Digest;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Run;
use crate::scenario::{Scenario, ScenarioError};
use crate::verdict::record::{Record, RecordedCode, ScenarioSource, looks_like_a_record};

/// A file that can be run.
pub(super) enum Input {
    /// A scenario, and its file.
    Scenario(Box<Scenario>, ScenarioSource),
    /// The record of a run.
    Record(Box<Record>),
}

impl Input {
    /// Reads a file, and prints warnings about it.
    pub(super) fn read(path: &Path, programs: &Programs) -> Result<Input, Failure> {
        let text = read_text(path)?;
        if let Some(kind) = OtherFile::of(path, &text) {
            return Err(Failure::Usage(vec![kind.refusal(path)]));
        }
        let input = Input::parse(&text, path, programs)?;
        let scenario = match &input {
            Input::Scenario(scenario, _) => scenario,
            Input::Record(record) => &record.plan.scenario,
        };
        let warnings = scenario.warnings.render(Style::Colour);
        if !warnings.is_empty() {
            writeln!(anstream::stderr(), "{warnings}\n")?;
        }
        Ok(input)
    }

    fn parse(text: &str, path: &Path, programs: &Programs) -> Result<Input, ScenarioError> {
        let (name, catalogue) = (path.display().to_string(), programs.catalogue());
        let document = Document::parse(text, &name);
        if looks_like_a_record(&document) {
            return Record::of_document(document, &catalogue)
                .map(|record| Input::Record(Box::new(record)));
        }
        let scenario = Scenario::of_document(document, &catalogue)?;
        Ok(Input::Scenario(Box::new(scenario), ScenarioSource::of(&from_here(path), text)))
    }

    /// The scenario, for a record that of its plan, and its origin.
    pub(super) fn into_scenario(self) -> (Scenario, Origin) {
        match self {
            Input::Scenario(scenario, source) => {
                let source = Some(source).filter(|source| source.file != "-");
                (*scenario, Origin { source, recorded: None, code: None })
            }
            Input::Record(record) => {
                let record = *record;
                let recorded = Some((record.plan.seed, record.digest));
                let (source, code) = (record.source, record.code);
                (record.plan.scenario, Origin { source, recorded, code })
            }
        }
    }
}

/// The name of a file from the working directory, if it lies there.
fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The origin of a scenario.
pub(super) struct Origin {
    /// The scenario file that it is, or that its record was made from.
    pub(super) source: Option<ScenarioSource>,
    /// The seed and the digest of the run, if it is that of a record.
    recorded: Option<(u64, Digest)>,
    /// The compiled code of the record.
    code: Option<RecordedCode>,
}

impl Origin {
    /// Warns of a run that is not the recorded one, though it should be.
    pub(super) fn warn_of_difference(&self, run: &Run) -> Result<(), Failure> {
        let digest = run.trace.digest();
        if self.recorded.is_some_and(|(seed, old)| seed == run.plan.seed && old != digest) {
            let changed = self.code.as_ref().zip(RecordedCode::of(&run.plan.scenario));
            let changed = changed.and_then(|(recorded, code)| recorded.difference(&code));
            let why = changed.map_or(String::new(), |how| format!(", as its code does: {how}"));
            writeln!(
                anstream::stderr(),
                "warning: this run differs from the recorded one{why}; `nodedown replay` shows where"
            )?;
        }
        Ok(())
    }
}
