//! Reads records: from text to values with their places, to diagnostics or a [`Record`].

use std::path::Path;

use super::{FORMAT, FindingSummary, Record, RecordedCode, ScenarioSource, StoryEvent};
use crate::document::diagnostic::Diagnostics;
use crate::document::shape::{Catalogue, Field, NameKind, Shape};
use crate::document::{Checker, Document, Names, Node};
use crate::engine::time::Time;
use crate::engine::trace::Digest;
use crate::scenario::simulation::Checkpoint;
use crate::scenario::{Scenario, ScenarioError, read_text, within};
use crate::verdict::Conclusion;

impl Record {
    /// Reads a record from a file.
    ///
    /// # Errors
    /// [`ScenarioError`] if the file cannot be read, or with all mistakes in it.
    pub fn from_file(
        path: impl AsRef<Path>,
        catalogue: &Catalogue,
    ) -> Result<Record, ScenarioError> {
        let path = path.as_ref();
        Record::parse(&read_text(path)?, &path.display().to_string(), catalogue)
    }

    /// Reads a record from a text; the name of the file is for messages.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] with all mistakes in it, including its plan.
    pub fn parse(
        text: &str,
        file_name: &str,
        catalogue: &Catalogue,
    ) -> Result<Record, ScenarioError> {
        Record::of_document(Document::parse(text, file_name), catalogue)
    }

    /// The record in a file that was read as JSON.
    pub(crate) fn of_document(
        document: Document,
        catalogue: &Catalogue,
    ) -> Result<Record, ScenarioError> {
        let Document { root, mut diagnostics, .. } = document;
        let record = root.and_then(|file| read(&file, catalogue, &mut diagnostics));
        diagnostics.sort();
        if diagnostics.has_errors() {
            return Err(ScenarioError::Invalid(diagnostics));
        }
        let mut record = record.expect("a file without errors is a record");
        if !diagnostics.is_empty() {
            record.plan.scenario.warnings = diagnostics;
        }
        Ok(record)
    }
}

/// True if a text looks like a record, perhaps a damaged one, rather than a scenario.
#[must_use]
pub fn is_record(text: &str) -> bool {
    looks_like_a_record(&Document::parse(text, ""))
}

/// True if a file looks like a record, perhaps a damaged one, rather than a scenario.
pub(crate) fn looks_like_a_record(document: &Document) -> bool {
    document.has("record")
}

fn read(file: &Node, catalogue: &Catalogue, diagnostics: &mut Diagnostics) -> Option<Record> {
    known_format(file, diagnostics)?;
    let record = Checker::new(&Names::default(), diagnostics).check(file, &shape());
    // The paths of the plan begin where the scenario file is.
    let source = file.get("scenario").and_then(|source| source.get("file")).and_then(Node::text);
    let source = source.unwrap_or("plan");
    let plan = file.get("plan").and_then(|plan| within(plan, source, catalogue, diagnostics));
    resolve(&record?, &plan?, diagnostics)
}

/// Checks that this version of nodedown knows the format: otherwise the rest of the file is not
/// read.
fn known_format(file: &Node, diagnostics: &mut Diagnostics) -> Option<()> {
    let Some(format) = file.get("record") else {
        let start = file.span.start..(file.span.start + 1).min(file.span.end);
        let error = diagnostics.error(&start, "this is no record: it has no field `record`");
        error.help("`nodedown run FILE --record RECORD` writes one");
        return None;
    };
    if format.integer() == Some(FORMAT) {
        return Some(());
    }
    let maker = file.get("nodedown").and_then(Node::text);
    let help = maker.map_or_else(
        || "make it anew from its scenario".to_owned(),
        |maker| format!("replay it with nodedown {maker}, or make it anew from its scenario"),
    );
    let message = format!(
        "this nodedown reads records of format {FORMAT}, and this one is of format {}",
        format.to_json()
    );
    diagnostics.error(&format.span, message).help(help);
    None
}

fn shape() -> Shape {
    let count = || Shape::Integer { min: 0, max: i128::from(u64::MAX) };
    let verdict = || Shape::Choice(vec!["pass", "violated", "inconclusive"]);
    let source = vec![
        Field::required("file", Shape::Text, "Its name."),
        Field::required("sha256", Shape::Text, "The SHA-256 of its text."),
    ];
    let digests = Shape::map(NameKind::Atom, Shape::Text);
    let code = vec![
        Field::required("otp", Shape::Text, "The version of Erlang/OTP."),
        Field::required("sha256", digests, "The SHA-256 of each module and file."),
    ];
    let finding = vec![
        Field::required("expectation", Shape::Text, "What was expected."),
        Field::required("result", verdict(), "The conclusion about it."),
        Field::required("summary", Shape::Text, "What came of it."),
    ];
    let checkpoint = Shape::Row(vec![Shape::Duration, count(), Shape::Text]);
    let event = Shape::Row(vec![Shape::Duration, Shape::Text, Shape::Text]);
    let fields = vec![
        Field::required("record", count(), "The version of the format."),
        Field::required("nodedown", Shape::Text, "The version of the nodedown that made it."),
        Field::optional("scenario", Shape::object("a file", source), "What it was made from."),
        Field::optional("code", Shape::object("compiled code", code), "The code of its nodes."),
        Field::required("verdict", verdict(), "The verdict."),
        Field::required("findings", Shape::list(Shape::object("a finding", finding)), "Its parts."),
        Field::required("plan", Shape::map(NameKind::Atom, Shape::Any), "What was to happen."),
        Field::required("digest", Shape::Text, "The fingerprint of the run."),
        Field::required("steps", count(), "How many steps it took."),
        Field::required("ended_at", Shape::Duration, "When it ended."),
        Field::required("checkpoints", Shape::list(checkpoint), "Its fingerprint now and then."),
        Field::required("story", Shape::list(event), "What happened."),
    ];
    Shape::object("a record", fields)
}

fn resolve(file: &Node, plan: &Scenario, diagnostics: &mut Diagnostics) -> Option<Record> {
    let text = |node: &Node, name: &str| node.get(name)?.text().map(str::to_owned);
    let source = file.get("scenario").and_then(|source| {
        Some(ScenarioSource { file: text(source, "file")?, sha256: text(source, "sha256")? })
    });
    let code = file.get("code").and_then(|code| {
        let digests = code.get("sha256")?.members().iter().map(|member| {
            let digest = member.value.text()?.to_owned();
            Some((member.name.clone(), digest))
        });
        Some(RecordedCode { otp: text(code, "otp")?, digests: digests.collect::<Option<_>>()? })
    });
    let findings = file.get("findings")?.items().iter().map(|node| {
        Some(FindingSummary {
            expectation: text(node, "expectation")?,
            result: conclusion(node.get("result")?)?,
            summary: text(node, "summary")?,
        })
    });
    let digest = digest(file.get("digest")?, diagnostics);
    let checkpoints = file.get("checkpoints")?.items().iter();
    let checkpoints: Vec<Option<Checkpoint>> =
        checkpoints.map(|node| checkpoint(node, diagnostics)).collect();
    Some(Record {
        version: text(file, "nodedown")?,
        source,
        code,
        plan: plan.plan(plan.seed),
        verdict: conclusion(file.get("verdict")?)?,
        findings: findings.collect::<Option<_>>()?,
        digest: digest?,
        steps: file.get("steps")?.integer()?,
        ended_at: Time::ZERO + file.get("ended_at")?.duration()?,
        checkpoints: checkpoints.into_iter().collect::<Option<_>>()?,
        story: file.get("story")?.items().iter().map(event).collect::<Option<_>>()?,
    })
}

fn conclusion(node: &Node) -> Option<Conclusion> {
    let all = [Conclusion::Pass, Conclusion::Violated, Conclusion::Inconclusive];
    all.into_iter().find(|conclusion| node.text() == Some(&conclusion.to_string()))
}

fn digest(node: &Node, diagnostics: &mut Diagnostics) -> Option<Digest> {
    let text = node.text()?;
    let digest = text.parse().ok();
    if digest.is_none() {
        let message = format!("{} is not a digest", node.describe());
        diagnostics.error(&node.span, message).help("a digest has 16 hexadecimal digits");
    }
    digest
}

fn checkpoint(node: &Node, diagnostics: &mut Diagnostics) -> Option<Checkpoint> {
    let [at, steps, fingerprint] = node.items() else { return None };
    let digest = digest(fingerprint, diagnostics)?;
    Some(Checkpoint { at: Time::ZERO + at.duration()?, steps: steps.integer()?, digest })
}

fn event(node: &Node) -> Option<StoryEvent> {
    let [at, place, text] = node.items() else { return None };
    Some(StoryEvent {
        at: Time::ZERO + at.duration()?,
        node: place.text()?.to_owned(),
        text: text.text()?.to_owned(),
    })
}
