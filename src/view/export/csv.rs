//! The records as a table, a line each.

use std::io::{self, Write};

use super::events::Events;

const TITLES: [&str; 11] = [
    "id",
    "cause",
    "at_ns",
    "node",
    "what",
    "process",
    "label",
    "application",
    "other",
    "name",
    "text",
];

/// Writes the records as comma-separated values (RFC 4180), with a line of titles.
pub(super) fn write(events: &Events<'_>, records: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(TITLES)?;
    for record in records {
        let process = events.process(*record);
        let [id, at] = [u64::from(events.id(*record)), events.at(*record)].map(|n| n.to_string());
        let cause = events.cause(*record).map_or(0, |cause| events.id(cause)).to_string();
        table.write_record([
            id.as_str(),
            &cause,
            &at,
            events.node(*record).map_or("", |node| events.node_name(node)),
            events.kind(*record),
            process.map_or("", |process| events.pid(process)),
            process.map_or("", |process| events.label(process)),
            process.map_or("", |process| &events.head().owners[events.owner(process)]),
            events.other(*record).map_or("", |process| events.pid(process)),
            events.name(*record),
            events.text(*record),
        ])?;
    }
    table.flush()
}
