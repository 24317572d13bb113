//! Records as files.

use serde_json::{Value, json};

use super::{FORMAT, Record, StoryEvent};
use crate::document::layout;
use crate::document::shape::Catalogue;
use crate::engine::time::decimal_duration;
use crate::scenario::Unwritable;
use crate::scenario::simulation::Checkpoint;

impl Record {
    /// The text of the file, the same bytes for the same run.
    ///
    /// # Errors
    /// [`Unwritable`] if the plan was made in Rust and contains something that a scenario file
    /// cannot express.
    pub fn to_json(&self, catalogue: &Catalogue) -> Result<String, Unwritable> {
        let plan = self.plan.to_scenario().to_value(catalogue)?;
        let findings = self.findings.iter().map(|found| {
            json!({
                "expectation": found.expectation,
                "result": found.result,
                "summary": found.summary,
            })
        });
        let mut record = json!({ "record": FORMAT, "nodedown": self.version });
        if let Some(source) = &self.source {
            record["scenario"] = json!({ "file": source.file, "sha256": source.sha256 });
        }
        record["verdict"] = json!(self.verdict);
        record["findings"] = findings.collect();
        record["plan"] = plan;
        record["digest"] = json!(self.digest);
        record["steps"] = json!(self.steps);
        record["ended_at"] = json!(decimal_duration(self.ended_at.since_start()));
        record["checkpoints"] = self.checkpoints.iter().map(checkpoint).collect();
        record["story"] = self.story.iter().map(event).collect();
        Ok(layout(&record))
    }
}

fn checkpoint(checkpoint: &Checkpoint) -> Value {
    let at = decimal_duration(checkpoint.at.since_start());
    json!([at, checkpoint.steps, checkpoint.digest])
}

fn event(event: &StoryEvent) -> Value {
    json!([decimal_duration(event.at.since_start()), event.node, event.text])
}
