//! A line of a trace. What a run wrote down and what a file holds are read alike, so that both give
//! the same picture.

use std::borrow::Cow;
use std::io::{self, BufRead};

use serde::Deserialize;

use crate::engine::trace::{Fact, MessageFact, TraceRecord};
use crate::formats::trace::{TraceFactJson, TraceLineJson};

/// The parts of a trace record that the picture shows; those that a kind of record does not have are
/// `None`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TraceLine {
    pub id: u32,
    pub cause: u32,
    pub at: Option<u64>,
    pub node: Option<String>,
    pub what: String,
    pub pid: Option<String>,
    pub label: Option<String>,
    pub parent: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub message: Option<String>,
    pub reason: Option<String>,
    pub text: Option<String>,
    pub why: Option<String>,
    pub place: Option<String>,
    pub application: Option<String>,
    pub start_type: Option<String>,
    pub name: Option<String>,
    pub level: Option<String>,
    pub signal: Option<String>,
    pub state: Option<String>,
    pub outcome: Option<String>,
    pub peer: Option<String>,
    pub kind: Option<String>,
    pub nodes: Vec<String>,
    pub groups: Vec<Vec<String>>,
    pub host: Option<String>,
    pub fault: Option<u64>,
    pub operation: Option<u64>,
    pub creation: Option<u64>,
    pub number: Option<u64>,
    pub restarts: Option<u64>,
    pub after_ns: Option<u64>,
    pub waiting: Option<u64>,
    /// Its text is that of the record that led to it.
    #[serde(skip)]
    pub repeats_cause: bool,
}

/// The reason why a trace cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableTrace {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// A line in the middle is not a trace record.
    #[error("line {0} is no trace record, which is a JSON object with `id`, `at` and `what`")]
    Line(usize),
    /// There is no record at all.
    #[error("there is no whole record in it")]
    Empty,
}

/// Hands the lines of a trace on, the line of a record made from the record.
pub(super) fn of_records(records: &[TraceRecord], mut each: impl FnMut(TraceLine)) {
    let mut text = Vec::new();
    for record in records {
        if let Some(line) = repeating(record, records) {
            each(line);
            continue;
        }
        let line = TraceLineJson::from(record);
        match TraceLine::frequent(line) {
            Ok(line) => each(line),
            Err(line) => {
                text.clear();
                serde_json::to_writer(&mut text, &line).expect("a trace record is a JSON object");
                each(serde_json::from_slice(&text).expect("a trace record reads as it is written"));
            }
        }
    }
}

/// The line of the delivery of a message, which its sending has told already: texts are most of a
/// trace, and each is made once.
fn repeating(record: &TraceRecord, records: &[TraceRecord]) -> Option<TraceLine> {
    let Fact::Message(MessageFact::Delivered { to, message, waiting }) = &record.fact else {
        return None;
    };
    let sending = records.get((record.cause.0 as usize).checked_sub(1)?)?;
    let Fact::Message(MessageFact::Sent { message: sent, .. }) = &sending.fact else {
        return None;
    };
    (sent == message).then(|| TraceLine {
        id: record.id.0,
        cause: record.cause.0,
        at: Some(record.at.as_nanos()),
        node: record.node.map(|node| node.as_str().to_owned()),
        what: "delivered".to_owned(),
        to: Some(to.to_string()),
        waiting: Some(u64::from(*waiting)).filter(|waiting| *waiting > 0),
        repeats_cause: true,
        ..TraceLine::default()
    })
}

impl TraceLine {
    /// The line of one of the kinds that most records are of, without the way through JSON. Others
    /// are handed back.
    #[expect(clippy::result_large_err, reason = "what is handed back is written at once")]
    fn frequent(line: TraceLineJson<'_>) -> Result<TraceLine, TraceLineJson<'_>> {
        let (id, cause, at) = (line.id, line.cause, Some(line.at));
        let empty = TraceLine { id, cause, at, ..TraceLine::default() };
        let of = |what: &str, line: TraceLine| TraceLine { what: what.to_owned(), ..line };
        let text = |text: Cow<'_, str>| Some(text.into_owned());
        let read = match line.fact {
            TraceFactJson::Sent { from, to, message, place } => {
                let (from, to, message) = (Some(from), Some(to), Some(message));
                let place = place.and_then(text);
                of("sent", TraceLine { from, to, message, place, ..empty })
            }
            TraceFactJson::Delivered { to, message, waiting } => {
                let (to, message) = (Some(to), Some(message));
                let waiting = Some(u64::from(waiting)).filter(|waiting| *waiting > 0);
                of("delivered", TraceLine { to, message, waiting, ..empty })
            }
            TraceFactJson::Signalled { to, signal, from, reason } => {
                let (to, signal) = (Some(to), text(signal));
                of("signalled", TraceLine { from, to, reason, signal, ..empty })
            }
            TraceFactJson::TimerExpired { pid, label, after_ns } => {
                let (pid, label, after_ns) = (Some(pid), text(label), Some(after_ns));
                of("timer_expired", TraceLine { pid, label, after_ns, ..empty })
            }
            TraceFactJson::Spawned { pid, label, parent } => {
                let (pid, label) = (Some(pid), text(label));
                of("spawned", TraceLine { pid, label, parent, ..empty })
            }
            TraceFactJson::Exited { pid, label, reason } => {
                let (pid, label, reason) = (Some(pid), text(label), Some(reason));
                of("exited", TraceLine { pid, label, reason, ..empty })
            }
            fact => return Err(TraceLineJson { fact, ..line }),
        };
        Ok(TraceLine { node: line.node.and_then(text), ..read })
    }
}

/// Hands the lines of a trace file on. Returns the number of the last line if it is cut off; what
/// comes before it is handed on all the same.
pub(super) fn of_file(
    file: impl BufRead,
    mut each: impl FnMut(TraceLine),
) -> Result<Option<usize>, UnreadableTrace> {
    let mut broken = None;
    let mut read = 0;
    for (index, line) in file.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        if let Some(number) = broken {
            return Err(UnreadableTrace::Line(number));
        }
        match serde_json::from_str::<TraceLine>(&line) {
            Ok(line) if line.at.is_some() && line.id > 0 && !line.what.is_empty() => {
                read += 1;
                each(line);
            }
            Ok(_) => return Err(UnreadableTrace::Line(index + 1)),
            Err(_) => broken = Some(index + 1),
        }
    }
    if read == 0 {
        return Err(broken.map_or(UnreadableTrace::Empty, UnreadableTrace::Line));
    }
    Ok(broken)
}
