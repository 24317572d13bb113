//! Files that are neither a scenario nor a record, and the commands that take them.

use std::path::Path;

use crate::spelling::quoted;

/// A kind of file that people hand to a command by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherFile {
    /// A page of `view`, or any other.
    Page,
    Markdown,
    Trace,
    History,
    Transcript,
    Results,
    Proof,
    ErlangSource,
}

impl OtherFile {
    /// The kind of a file by its name and its text; `None` for what may be a scenario or a record.
    pub(super) fn of(path: &Path, text: &str) -> Option<OtherFile> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let start = text.trim_start();
        match ending {
            "transcript" => return Some(OtherFile::Transcript),
            "erl" | "ex" | "exs" | "hrl" => return Some(OtherFile::ErlangSource),
            "md" | "markdown" => return Some(OtherFile::Markdown),
            "edn" => return Some(OtherFile::History),
            _ => {}
        }
        let lower: String = start.chars().take(14).collect::<String>().to_lowercase();
        if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
            return Some(OtherFile::Page);
        }
        if start.starts_with("# ") {
            return Some(OtherFile::Markdown);
        }
        let has = |line: &serde_json::Value, keys: &[&str]| {
            keys.iter().all(|key| line.get(key).is_some())
        };
        // Traces and histories have an object in each line.
        let first = start.lines().next().and_then(|line| serde_json::from_str(line).ok());
        match first {
            Some(line) if has(&line, &["at", "what"]) => return Some(OtherFile::Trace),
            Some(line) if has(&line, &["invoked_ns"]) || has(&line, &["process", "type", "f"]) => {
                return Some(OtherFile::History);
            }
            _ => {}
        }
        let start: String = start.chars().filter(|c| !c.is_whitespace()).take(12).collect();
        if start.starts_with("{\"results\":") {
            return Some(OtherFile::Results);
        }
        start.starts_with("{\"proof\":").then_some(OtherFile::Proof)
    }

    /// The refusal of such a file: its kind, and what to do with it.
    pub(super) fn refusal(self, path: &Path) -> String {
        let file = quoted(&path.display().to_string());
        let (what, advice) = match self {
            OtherFile::Page => ("a page", "open it in a browser".to_owned()),
            OtherFile::Markdown => {
                ("a text in Markdown", "scenarios are JSON; `nodedown new` writes one".to_owned())
            }
            OtherFile::Trace => (
                "the trace of a run",
                format!(
                    "`nodedown view {file}` shows it, and `nodedown diff` compares it with another; \
                     to run it again, keep its record (`nodedown run --record`)"
                ),
            ),
            OtherFile::History => (
                "a history of operations",
                format!("`nodedown check {file}` checks whether it is consistent"),
            ),
            OtherFile::Transcript => (
                "a transcript of the shell",
                format!("`nodedown shell {file}` plays it, and `nodedown view {file}` shows it"),
            ),
            OtherFile::Results => (
                "the results of many runs",
                format!("`nodedown view {file}` shows them, and `nodedown merge` merges them"),
            ),
            OtherFile::Proof => {
                ("what `nodedown prove --json` found", format!("`nodedown view {file}` shows it"))
            }
            OtherFile::ErlangSource => (
                "source code",
                "compile it, and name the folder of its `.beam` files in a scenario (\"code\")"
                    .to_owned(),
            ),
        };
        format!(
            "{} is {what}, and neither a scenario nor the record of a run\n  {advice}",
            path.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_told_from_scenarios() {
        let of = |name: &str, text: &str| OtherFile::of(Path::new(name), text);
        for (name, text, kind) in [
            ("a.html", "<!DOCTYPE html>\n<html>", Some(OtherFile::Page)),
            ("README.md", "{}", Some(OtherFile::Markdown)),
            ("notes", "# Notes\n", Some(OtherFile::Markdown)),
            ("a.jsonl", "{\"id\":1,\"at\":0,\"what\":\"spawned\"}\n{}", Some(OtherFile::Trace)),
            ("a.jsonl", "{\"workload\":\"users\",\"invoked_ns\":5}\n", Some(OtherFile::History)),
            ("a.json", "{\n  \"results\": 1 }", Some(OtherFile::Results)),
            ("a.json", "{\"proof\":1}", Some(OtherFile::Proof)),
            ("a.transcript", "> nodes a", Some(OtherFile::Transcript)),
            ("a.erl", "-module(a).", Some(OtherFile::ErlangSource)),
            ("a.json", "{ \"name\": \"x\" }", None),
            ("a.json", "// a comment\n{ \"record\": 1 }", None),
            ("a.json", "oops", None),
        ] {
            assert_eq!(of(name, text), kind, "{name}: {text}");
        }
    }
}
