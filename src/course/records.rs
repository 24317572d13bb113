//! The records of a trace as lines, to find one by words of it, and their order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::engine::trace::Trace;
use crate::formats::trace::TraceLineJson;

use super::lesson::RecordPick;

/// The records of a trace, in order.
pub(super) struct RecordLines(Vec<RecordLine>);

struct RecordLine {
    at: u64,
    /// The place of its cause, counted from 1; 0 if there is none.
    cause: usize,
    node: Option<String>,
    /// Its process, by number; 0 if it is about none.
    process: usize,
    text: String,
}

impl RecordLines {
    pub(super) fn of(trace: &Trace) -> RecordLines {
        let mut processes: BTreeMap<String, usize> = BTreeMap::new();
        let lines = trace.records().iter().map(|record| {
            let line = TraceLineJson::from(record);
            let (at, cause) = (line.at, line.cause as usize);
            let node = line.node.as_ref().map(ToString::to_string);
            let value = serde_json::to_value(&line).unwrap_or_default();
            let process = subject(&value).map_or(0, |pid| {
                let next = processes.len() + 1;
                *processes.entry(pid.to_owned()).or_insert(next)
            });
            RecordLine { at, cause, node, process, text: line_text(&value) }
        });
        RecordLines(lines.collect())
    }

    /// The time of a record.
    pub(super) fn at(&self, place: usize) -> u64 {
        self.0[place].at
    }

    /// The place of a record.
    ///
    /// # Errors
    /// If there is none: how many there are.
    pub(super) fn find(&self, pick: &RecordPick) -> Result<usize, String> {
        let fits = |line: &&RecordLine| {
            let here = pick.node.is_none() || line.node == pick.node;
            here && pick.words.iter().all(|word| line.text.contains(word.as_str()))
        };
        let mut found = self.0.iter().enumerate().filter(|(_, line)| fits(line));
        found.nth(pick.nth - 1).map(|(place, _)| place).ok_or_else(|| {
            let count = self.0.iter().filter(fits).count();
            let on = pick.node.as_ref().map_or_else(String::new, |node| format!(" on {node}"));
            format!(
                "{count} records have `{}`{on}, number {} is asked for",
                pick.words.join(" "),
                pick.nth
            )
        })
    }

    /// The order of two records by happened-before.
    pub(super) fn order(&self, one: usize, other: usize) -> &'static str {
        if one < other && self.leads(one, other) {
            "before"
        } else if other < one && self.leads(other, one) {
            "after"
        } else {
            "neither"
        }
    }

    /// True if a record happened before a later one: by causes, and by what a process did before.
    fn leads(&self, from: usize, to: usize) -> bool {
        let mut touched = std::collections::BTreeSet::new();
        let mut reached = vec![false; to - from + 1];
        reached[0] = true;
        touched.extend(Some(self.0[from].process).filter(|process| *process > 0));
        for place in from + 1..=to {
            let line = &self.0[place];
            let by_cause = line.cause > from && reached[line.cause - 1 - from];
            if by_cause || touched.contains(&line.process) {
                reached[place - from] = true;
                touched.extend(Some(line.process).filter(|process| *process > 0));
            }
        }
        reached[to - from]
    }
}

/// The process that a record is about.
fn subject(line: &Value) -> Option<&str> {
    let field = |name: &str| line.get(name).and_then(Value::as_str);
    let pid = match field("what") {
        Some("sent" | "lost") => field("from"),
        _ => field("pid").or_else(|| field("to")).or_else(|| field("process")),
    };
    pid.filter(|pid| pid.starts_with('<'))
}

/// The line of a record: its kind, and `key=value` of each other field.
fn line_text(line: &Value) -> String {
    let mut text = line.get("what").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (name, value) in line.as_object().into_iter().flatten() {
        if ["id", "cause", "at", "what", "node"].contains(&name.as_str()) {
            continue;
        }
        let value = match value {
            Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        let _ = write!(text, " {name}={value}");
    }
    text
}
