//! The records as a table, a line each.

use std::io::{self, Write};

use super::events::Events;

/// Writes the records as comma-separated values (RFC 4180), with a line of titles.
pub(super) fn write(events: &Events<'_>, records: &[usize], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "id,cause,at_ns,node,what,process,label,application,other,name,text")?;
    for record in records {
        let process = events.process(*record);
        let cells = [
            events.id(*record).to_string(),
            events.cause(*record).map_or("0".to_owned(), |cause| events.id(cause).to_string()),
            events.at(*record).to_string(),
            events.node(*record).map_or("", |node| events.node_name(node)).to_owned(),
            events.kind(*record).to_owned(),
            process.map_or("", |process| events.pid(process)).to_owned(),
            process.map_or("", |process| events.label(process)).to_owned(),
            process.map_or("", |process| &events.head().owners[events.owner(process)]).to_owned(),
            events.other(*record).map_or("", |process| events.pid(process)).to_owned(),
            events.name(*record).to_owned(),
            events.text(*record).to_owned(),
        ];
        writeln!(out, "{}", cells.map(|cell| quoted(&cell)).join(","))?;
    }
    Ok(())
}

/// A cell, in quotes if it must be.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
