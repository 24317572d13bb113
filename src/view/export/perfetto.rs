//! Trace events in JSON ("Trace Event Format"), which Perfetto and `chrome://tracing` open.
//!
//! A node is a process, an application on it a thread. A message is a slice where it is sent and one
//! where it is handled, with an arrow between them; operations and applications, which may overlap,
//! are asynchronous slices; faults are instants of the whole trace.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Value, json};

use super::events::{Events, clipped};
use super::scope::ExportScope;

/// The process of the clients and of the faults; nodes are counted from 1.
const USERS: usize = 0;

/// A writer of the list of events.
struct TraceEvents<'a> {
    out: &'a mut dyn Write,
    is_first: bool,
}

impl TraceEvents<'_> {
    fn add(&mut self, event: &Value) -> io::Result<()> {
        let comma = if self.is_first { "" } else { ",\n" };
        self.is_first = false;
        write!(self.out, "{comma}{event}")
    }
}

pub(super) fn write(
    events: &Events<'_>,
    records: &[usize],
    scope: &ExportScope,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    let mut list = TraceEvents { out, is_first: true };
    let window = scope.window(events, records);
    names(events, records, &mut list)?;
    operations(events, window, &mut list)?;
    spans(events, window, &mut list)?;
    for record in records {
        messages(events, *record, &mut list)?;
    }
    list.out.write_all(b"\n]}\n")
}

/// Microseconds, with the nanoseconds behind the point.
fn micros(nanos: u64) -> Value {
    let text = format!("{}.{:03}", nanos / 1_000, nanos % 1_000);
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

fn names(events: &Events<'_>, records: &[usize], list: &mut TraceEvents<'_>) -> io::Result<()> {
    let meta = |what: &str, pid: usize, tid: usize, arguments: Value| json!({ "ph": "M", "name": what, "pid": pid, "tid": tid, "args": arguments });
    list.add(&meta("process_name", USERS, 0, json!({ "name": "users and faults" })))?;
    list.add(&meta("process_sort_index", USERS, 0, json!({ "sort_index": 0 })))?;
    for (place, node) in events.order().enumerate() {
        let entry = &events.head().nodes[node];
        let name = format!("{} ({})", entry.name, entry.host);
        list.add(&meta("process_name", node + 1, 0, json!({ "name": name })))?;
        list.add(&meta("process_sort_index", node + 1, 0, json!({ "sort_index": place + 1 })))?;
    }
    let threads: BTreeSet<(usize, usize)> =
        records.iter().filter_map(|record| thread(events, *record)).collect();
    for (pid, tid) in threads {
        let name = if tid == 0 { "node" } else { &events.head().owners[tid - 1] };
        list.add(&meta("thread_name", pid, tid, json!({ "name": name })))?;
    }
    Ok(())
}

/// The node and the application of a record, as process and thread.
fn thread(events: &Events<'_>, record: usize) -> Option<(usize, usize)> {
    let node = events.node(record)?;
    let owner = events.process(record).map_or(0, |process| events.owner(process) + 1);
    Some((node + 1, owner))
}

/// The operations, and how many were under way.
fn operations(
    events: &Events<'_>,
    (from, to): (u64, u64),
    list: &mut TraceEvents<'_>,
) -> io::Result<()> {
    let columns = &events.head().operations;
    let mut changes: BTreeMap<u64, i64> = BTreeMap::new();
    for (number, invoked) in columns.invoked.iter().enumerate() {
        let took = u64::try_from(columns.took[number]).ok();
        let end = took.map_or(events.head().ended_at, |took| invoked + took);
        if *invoked > to || end < from {
            continue;
        }
        *changes.entry(*invoked).or_default() += 1;
        *changes.entry(end).or_default() -= 1;
        let outcome = ["ok", "failed", "unknown", "no end"][usize::from(columns.outcome[number])];
        let arguments = json!({
            "number": number, "key": columns.key[number], "value": columns.value[number],
            "outcome": outcome, "answer": clipped(&columns.answer[number], 200),
        });
        let part = |ph: &str, at: u64| {
            json!({
                "ph": ph, "cat": "operation", "id": format!("op{number}"), "pid": USERS, "tid": 0,
                "name": events.operation_name(number), "ts": micros(at), "args": arguments,
            })
        };
        list.add(&part("b", *invoked))?;
        list.add(&part("e", end))?;
    }
    let mut under_way = 0;
    for (at, change) in changes {
        under_way += change;
        list.add(&json!({
            "ph": "C", "name": "operations under way", "pid": USERS, "ts": micros(at),
            "args": { "operations": under_way },
        }))?;
    }
    Ok(())
}

/// Faults, and where applications ran.
fn spans(
    events: &Events<'_>,
    (from, to): (u64, u64),
    list: &mut TraceEvents<'_>,
) -> io::Result<()> {
    let head = events.head();
    for fault in &head.faults {
        let ends = fault.to.map(|end| (end, format!("end of: {}", fault.text)));
        for (at, name) in [(fault.from, fault.text.clone())].into_iter().chain(ends) {
            if (from..=to).contains(&at) {
                list.add(&json!({
                    "ph": "i", "s": "g", "name": name, "pid": USERS, "tid": 0, "ts": micros(at),
                }))?;
            }
        }
    }
    let shown = |node: u16| events.shows(usize::from(node) - 1);
    for span in head.applications.iter().filter(|span| shown(span.node)) {
        let end = span.to.unwrap_or(head.ended_at);
        if span.from > to || end < from {
            continue;
        }
        let how = if span.how == "normal" { String::new() } else { format!(" {}", span.how) };
        for (ph, at) in [("b", span.from), ("e", end)] {
            list.add(&json!({
                "ph": ph, "cat": "application", "id": format!("app{}", span.first),
                "pid": span.node, "tid": 0, "name": format!("{}{how}", span.name), "ts": micros(at),
            }))?;
        }
    }
    Ok(())
}

/// The slices and the arrow of a message, and the instants of the story.
fn messages(events: &Events<'_>, record: usize, list: &mut TraceEvents<'_>) -> io::Result<()> {
    let Some((pid, tid)) = thread(events, record) else { return Ok(()) };
    let at = micros(events.at(record));
    let arrow = |sent: usize| events.arrow(sent);
    let (name, flow) = match events.kind(record) {
        "sent" => {
            let Some(arrow) = arrow(record) else { return Ok(()) };
            let flow = arrow.end.map(|_| ("s", record));
            let mark = if arrow.end.is_none() { "lost: " } else { "" };
            (format!("send {mark}{}", events.tag(record)), flow)
        }
        "delivered" => {
            let sent = events.cause(record).filter(|sent| arrow(*sent).is_some());
            (format!("get {}", events.tag(record)), sent.map(|sent| ("f", sent)))
        }
        "signalled" | "timer_expired" | "spawned" | "exited" | "dropped" | "invoked"
        | "completed" => return Ok(()),
        _ => {
            return list.add(&json!({
                "ph": "i", "s": "p", "name": events.words(record), "pid": pid, "tid": tid, "ts": at,
            }));
        }
    };
    let label = events.process(record).map_or("", |process| events.label(process));
    list.add(&json!({
        "ph": "X", "name": name, "pid": pid, "tid": tid, "ts": at, "dur": 0.001,
        "args": { "record": events.id(record), "process": label, "message": clipped(events.text(record), 400) },
    }))?;
    let Some((ph, id)) = flow else { return Ok(()) };
    list.add(&json!({
        "ph": ph, "bp": "e", "cat": "message", "id": events.id(id), "name": events.tag(id),
        "pid": pid, "tid": tid, "ts": at,
    }))
}
