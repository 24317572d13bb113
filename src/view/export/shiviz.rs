//! A log with vector clocks, as `ShiViz` reads it with its default pattern:
//! `(?<event>.*)\n(?<host>\S*) (?<clock>{.*})`.
//!
//! Each node is a host. An event of a node comes after its events before it, and after the events of
//! other nodes that led to it.

use std::fmt::Write as _;
use std::io::Write;

use super::events::{Events, clipped};
use super::scope::ExportScope;
use super::{ExportFormat, NotExported};

/// The most events that `ShiViz` does well with.
const MOST: usize = 1_000;

pub(super) fn write(
    events: &Events<'_>,
    records: &[usize],
    scope: &ExportScope,
    out: &mut dyn Write,
) -> Result<(), NotExported> {
    let nodes = events.head().nodes.len();
    let told: Vec<usize> =
        records.iter().copied().filter(|record| is_told(events, *record)).collect();
    if told.len() > MOST && !scope.is_forced {
        return Err(NotExported::TooMany {
            count: told.len(),
            what: "events",
            format: ExportFormat::Shiviz,
            most: MOST,
        });
    }
    // The clock of each node, and that of each record of the time that is told of.
    let (mut now, mut clocks) =
        (vec![vec![0_u32; nodes]; nodes], Vec::with_capacity(records.len()));
    let mut next = told.iter().peekable();
    for record in records {
        let Some(node) = events.node(*record) else {
            clocks.push(vec![0; nodes]);
            continue;
        };
        let cause = events.cause(*record).and_then(|cause| records.binary_search(&cause).ok());
        if let Some(cause) = cause {
            join(&mut now[node], &clocks[cause]);
        }
        if next.next_if(|told| *told == record).is_some() {
            now[node][node] += 1;
            let what = clipped(&events.words(*record).replace(['\n', '\r'], " "), 160);
            writeln!(out, "{} {what}", crate::engine::time::Time::from_nanos(events.at(*record)))?;
            writeln!(out, "{} {}", events.node_name(node), clock(events, &now[node]))?;
        }
        clocks.push(now[node].clone());
    }
    Ok(())
}

/// True for what happens between nodes, and for the story.
fn is_told(events: &Events<'_>, record: usize) -> bool {
    if events.node(record).is_none() {
        return false;
    }
    match events.kind(record) {
        "sent" => events.arrow(record).is_some(),
        "delivered" | "dropped" => {
            events.cause(record).is_some_and(|sent| events.arrow(sent).is_some())
        }
        "signalled" | "timer_expired" | "spawned" | "exited" => false,
        _ => true,
    }
}

fn join(clock: &mut [u32], other: &[u32]) {
    for (own, other) in clock.iter_mut().zip(other) {
        *own = (*own).max(*other);
    }
}

fn clock(events: &Events<'_>, clock: &[u32]) -> String {
    let mut text = "{".to_owned();
    for (node, count) in clock.iter().enumerate().filter(|(_, count)| **count > 0) {
        let comma = if text.len() > 1 { ", " } else { "" };
        let _ = write!(text, "{comma}\"{}\":{count}", events.node_name(node));
    }
    text + "}"
}
