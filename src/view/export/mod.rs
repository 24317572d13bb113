//! A run in the formats of other programs, from the same model as its page.
//!
//! - `events`: the records of a picture, one by one
//! - `scope`: the records that are exported
//! - a module for each format, and for each graph

mod csv;
mod dot;
mod dot_processes;
mod dot_state;
mod events;
mod mermaid;
mod otlp;
mod perfetto;
mod scope;
mod shiviz;
mod svg;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

pub use scope::{ExportScope, Graph};

use super::picture::Picture;
use events::Events;

pub use mermaid::witness_chart;

/// A format of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A sequence diagram in Markdown.
    Mermaid,
    /// Trace events in JSON, for Perfetto and `chrome://tracing`.
    Perfetto,
    /// Spans of OpenTelemetry: a line of JSON, with a trace of its own, for each operation.
    Otlp,
    /// A log with vector clocks, for `ShiViz`.
    Shiviz,
    /// The nodes and what they sent each other, for Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// The records as a table.
    Csv,
}

/// Every format with its name.
const FORMATS: [(&str, ExportFormat); 7] = [
    ("mermaid", ExportFormat::Mermaid),
    ("perfetto", ExportFormat::Perfetto),
    ("otlp", ExportFormat::Otlp),
    ("shiviz", ExportFormat::Shiviz),
    ("dot", ExportFormat::Dot),
    ("svg", ExportFormat::Svg),
    ("csv", ExportFormat::Csv),
];

impl ExportFormat {
    /// The names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|(name, _)| *name)
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = FORMATS.iter().find(|(_, format)| format == self);
        f.write_str(found.map_or("", |(name, _)| *name))
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<ExportFormat, String> {
        let found = FORMATS.iter().find(|(name, _)| *name == text);
        found.map(|(_, format)| *format).ok_or_else(|| {
            format!("write one of {}", ExportFormat::names().collect::<Vec<_>>().join(", "))
        })
    }
}

/// The reason why a run was not exported.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// The output cannot be written.
    #[error("{0}")]
    Write(#[from] io::Error),
    /// The format, or who reads it, cannot take so much.
    #[error(
        "{count} {what} are too many for {format}, which takes {most}; choose fewer with --from and \
         --to or --operation, or take them all with --force"
    )]
    TooMany {
        /// The number of what there is too much of.
        count: usize,
        /// A word for it.
        what: &'static str,
        /// The format.
        format: ExportFormat,
        /// The most that it takes.
        most: usize,
    },
    /// There is no operation of this number.
    #[error("there is no operation {0} in the run; they are counted from 0, and {1} were begun")]
    NoOperation(u32, usize),
    /// There is no record of this number.
    #[error("there is no record {0} in the run, which has {1}")]
    NoRecord(u32, usize),
    /// There is no node of this name.
    #[error("there is no node {name} in the run; it has {}", known.join(", "))]
    NoNode {
        /// The name.
        name: String,
        /// The names of its nodes.
        known: Vec<String>,
    },
}

/// Writes the part of a run that a scope takes in, the same bytes for the same run.
///
/// ```
/// use nodedown::view::{ExportFormat, ExportScope, Picture, export};
///
/// let trace = r#"{"id":1,"cause":0,"at":0,"node":"a@x","what":"node_started","creation":1}"#;
/// let picture = Picture::of_trace("a.jsonl", trace.as_bytes())?;
/// let mut table = Vec::new();
/// export(&picture, ExportFormat::Csv, &ExportScope::default(), &mut table)?;
/// assert_eq!(String::from_utf8(table)?.lines().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`NotExported`] if there is too much for the format, or the output cannot be written.
pub fn export(
    picture: &Picture,
    format: ExportFormat,
    scope: &ExportScope,
    out: &mut dyn Write,
) -> Result<(), NotExported> {
    let events = Events::of(picture).without(scope.hidden());
    let chosen = scope.records(&events)?;
    match format {
        ExportFormat::Mermaid => {
            out.write_all(mermaid::diagram(&events, &chosen, scope).as_bytes())?;
        }
        ExportFormat::Perfetto => perfetto::write(&events, &chosen, scope, out)?,
        ExportFormat::Otlp => otlp::write(&events, &chosen, scope, out)?,
        ExportFormat::Shiviz => shiviz::write(&events, &chosen, scope, out)?,
        ExportFormat::Dot => {
            let text = match &scope.graph {
                Graph::Traffic => dot::graph(&events, &chosen),
                Graph::StateAt(at) => dot_state::graph(&events, at.as_nanos()),
                Graph::Processes(node, at) => dot_processes::graph(&events, node, at.as_nanos())?,
            };
            out.write_all(text.as_bytes())?;
        }
        ExportFormat::Svg => out.write_all(svg::drawing(&events, &chosen, scope).as_bytes())?,
        ExportFormat::Csv => csv::write(&events, &chosen, out)?,
    }
    Ok(())
}
