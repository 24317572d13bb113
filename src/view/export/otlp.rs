//! Spans of OpenTelemetry, as its collector's file exporter writes them: a line of JSON for each
//! operation, which is a trace of its own.
//!
//! The root span is the operation as its client saw it. Each message that it led to is a span of the
//! process that handled it, from the arrival to the last thing that this process did because of it.
//! Virtual time 0 is the beginning of the year 2000.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::NotExported;
use super::events::{Events, clipped};
use super::scope::ExportScope;

/// The beginning of the year 2000 (UTC) in nanoseconds since that of 1970.
const BASE: u64 = 946_684_800_000_000_000;

/// The operations that are exported of those that were answered: the slowest.
const SLOWEST: usize = 100;

const CLIENT: u8 = 3;
const CONSUMER: u8 = 5;

pub(super) fn write(
    events: &Events<'_>,
    records: &[usize],
    scope: &ExportScope,
    out: &mut dyn Write,
) -> Result<(), NotExported> {
    for operation in chosen(events, records, scope) {
        if let (Some(first), _) = events.operation(operation) {
            writeln!(out, "{}", trace(events, operation, first))?;
        }
    }
    Ok(())
}

/// The operations that are exported: the one that is asked for; or those of the time that is asked
/// for which failed, and the slowest of the others. Of a chosen record those in its chain are.
fn chosen(events: &Events<'_>, records: &[usize], scope: &ExportScope) -> Vec<usize> {
    if let Some(operation) = scope.operation {
        return vec![operation as usize];
    }
    let columns = &events.head().operations;
    let (from, to) = scope.times();
    let is_chosen = |operation: &usize| {
        let (first, last) = events.operation(*operation);
        let mut ends = first.into_iter().chain(last);
        ends.any(|record| records.binary_search(&record).is_ok())
    };
    let has_record = scope.selection.as_ref().is_some_and(|link| link.record.is_some());
    let own = (0..columns.invoked.len()).filter(|each| {
        (from..=to).contains(&columns.invoked[*each]) && (!has_record || is_chosen(each))
    });
    let (mut answered, mut chosen): (Vec<usize>, Vec<usize>) =
        own.partition(|each| columns.outcome[*each] == 0);
    answered.sort_by_key(|each| (std::cmp::Reverse(columns.took[*each]), *each));
    let most = scope.messages.unwrap_or(if scope.is_forced { usize::MAX } else { SLOWEST });
    chosen.extend(answered.into_iter().take(most));
    chosen.sort_unstable();
    chosen
}

/// The spans of an operation.
fn trace(events: &Events<'_>, operation: usize, first: usize) -> Value {
    let all = events.led_to(first);
    let trace_id = trace_id(events, operation);
    // For each record the span that it belongs to: that of the nearest arrival before it.
    let mut spans: BTreeMap<usize, usize> = BTreeMap::from([(first, first)]);
    let mut ends: BTreeMap<usize, u64> = BTreeMap::new();
    for record in all.iter().skip(1) {
        let above = events.cause(*record).and_then(|cause| spans.get(&cause)).copied();
        let own =
            if events.kind(*record) == "delivered" { *record } else { above.unwrap_or(first) };
        spans.insert(*record, own);
        if events.process(*record) == events.process(own) {
            ends.insert(own, events.at(*record));
        }
    }
    let mut resources: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for record in all.iter().filter(|record| spans[record] == **record) {
        let parent = events.cause(*record).and_then(|cause| spans.get(&cause)).copied();
        let span = if *record == first {
            root(events, operation, first, &trace_id)
        } else {
            handling(events, *record, parent, ends.get(record).copied(), &trace_id)
        };
        let node = events.node(*record).map_or("", |node| events.node_name(node)).to_owned();
        let service = events
            .process(*record)
            .map_or("users", |process| &events.head().owners[events.owner(process)]);
        let service = if *record == first { "users" } else { service };
        resources.entry((service.to_owned(), node)).or_default().push(span);
    }
    let resources: Vec<Value> = resources
        .into_iter()
        .map(|((service, node), spans)| {
            json!({
                "resource": { "attributes": [
                    attribute("service.name", &service), attribute("service.instance.id", &node),
                ] },
                "scopeSpans": [{ "scope": { "name": "nodedown" }, "spans": spans }],
            })
        })
        .collect();
    json!({ "resourceSpans": resources })
}

/// The span of the operation itself, with the faults of its time as events.
fn root(events: &Events<'_>, operation: usize, first: usize, trace_id: &str) -> Value {
    let head = events.head();
    let columns = &head.operations;
    let invoked = columns.invoked[operation];
    let end = u64::try_from(columns.took[operation]).map_or(head.ended_at, |took| invoked + took);
    let faults = head.faults.iter().flat_map(|fault| {
        let ended = fault.to.map(|at| (at, format!("end of: {}", fault.text)));
        [(fault.from, fault.text.clone())].into_iter().chain(ended)
    });
    let faults = faults.filter(|(at, _)| (invoked..=end).contains(at));
    let faults: Vec<Value> =
        faults.map(|(at, text)| json!({ "timeUnixNano": time(at), "name": text })).collect();
    let status = match columns.outcome[operation] {
        0 => json!({ "code": 1 }),
        _ => json!({ "code": 2, "message": clipped(&columns.answer[operation], 200) }),
    };
    json!({
        "traceId": trace_id, "spanId": span_id(events, first), "name": events.operation_name(operation),
        "kind": CLIENT, "startTimeUnixNano": time(invoked), "endTimeUnixNano": time(end),
        "attributes": [
            attribute("nodedown.operation", &operation.to_string()),
            attribute("nodedown.key", &columns.key[operation]),
            attribute("nodedown.value", &clipped(&columns.value[operation], 200)),
        ],
        "events": faults, "status": status,
    })
}

/// The span of a message that a process handles.
fn handling(
    events: &Events<'_>,
    record: usize,
    parent: Option<usize>,
    end: Option<u64>,
    trace_id: &str,
) -> Value {
    let label = events.process(record).map_or("", |process| events.label(process));
    let at = events.at(record);
    let mut span = json!({
        "traceId": trace_id, "spanId": span_id(events, record),
        "name": format!("{label} {}", events.tag(record)), "kind": CONSUMER,
        "startTimeUnixNano": time(at), "endTimeUnixNano": time(end.unwrap_or(at)),
        "attributes": [
            attribute("erlang.process", events.process(record).map_or("", |process| events.pid(process))),
            attribute("erlang.message", &clipped(events.text(record), 400)),
        ],
        "status": {},
    });
    if let Some(parent) = parent {
        span["parentSpanId"] = span_id(events, parent).into();
    }
    span
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn time(at: u64) -> String {
    (BASE + at).to_string()
}

fn span_id(events: &Events<'_>, record: usize) -> String {
    format!("{:016x}", events.id(record))
}

/// 16 bytes that no other operation of any run has.
fn trace_id(events: &Events<'_>, operation: usize) -> String {
    let head = events.head();
    let hash = Sha256::digest(format!("{} {} {operation}", head.name, head.digest));
    let first = hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    format!("{first:032x}")
}
