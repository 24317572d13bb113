//! Records as files.

use super::{FindingSummary, Record, RecordedCode, ScenarioSource, StoryEvent};
use crate::document::layout;
use crate::document::shape::Catalogue;
use crate::engine::time::{Time, decimal_duration};
use crate::formats::Version;
use crate::formats::record::{RecordJson, RecordedCodeJson, RecordedFindingJson, ScenarioFileJson};
use crate::scenario::simulation::Checkpoint;
use crate::scenario::{Unwritable, folder_of};

impl Record {
    /// The text of the file, the same bytes for the same run.
    ///
    /// # Errors
    /// [`Unwritable`] if the plan was made in Rust and contains something that a scenario file
    /// cannot express.
    pub fn to_json(&self, catalogue: &Catalogue) -> Result<String, Unwritable> {
        let mut plan = self.plan.to_scenario().to_value(catalogue)?;
        // A record says nothing of the machine where a path can be said from the scenario file.
        let folder = self.source.as_ref().map(|source| folder_of(&source.file));
        if let Some(erlang) = self.plan.scenario.erlang.as_ref()
            && folder.as_ref() == Some(&erlang.folder)
        {
            erlang.write_paths_as_said(&mut plan);
        }
        let record = RecordJson {
            record: Version,
            nodedown: self.version.clone(),
            scenario: self.source.as_ref().map(source),
            code: self.code.as_ref().map(code),
            verdict: self.verdict.into(),
            findings: self.findings.iter().map(finding).collect(),
            plan,
            digest: self.digest.to_string(),
            steps: self.steps,
            ended_at: time(self.ended_at),
            checkpoints: self.checkpoints.iter().map(checkpoint).collect(),
            story: self.story.iter().map(event).collect(),
        };
        let record = serde_json::to_value(record).expect("a record is plain data");
        Ok(layout(&record))
    }
}

fn source(source: &ScenarioSource) -> ScenarioFileJson {
    ScenarioFileJson { file: source.file.clone(), sha256: source.sha256.clone() }
}

fn code(code: &RecordedCode) -> RecordedCodeJson {
    RecordedCodeJson { otp: code.otp.clone(), sha256: code.digests.clone() }
}

fn finding(found: &FindingSummary) -> RecordedFindingJson {
    RecordedFindingJson {
        expectation: found.expectation.clone(),
        result: found.result.into(),
        summary: found.summary.clone(),
    }
}

fn checkpoint(checkpoint: &Checkpoint) -> (String, u64, String) {
    (time(checkpoint.at), checkpoint.steps, checkpoint.digest.to_string())
}

fn event(event: &StoryEvent) -> (String, String, String) {
    (time(event.at), event.node.clone(), event.text.clone())
}

fn time(at: Time) -> String {
    decimal_duration(at.since_start())
}
