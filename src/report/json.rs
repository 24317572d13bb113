//! The run and its verdict for programs.

use std::io;

use serde_json::{Value, json};

use crate::check::Verdict;
use crate::simulation::Run;
use crate::trace::Trace;

/// Everything that is known about a run but its trace, as one JSON object.
#[must_use]
pub fn to_json(run: &Run, verdict: &Verdict) -> Value {
    let _ = (run, verdict);
    json!({})
}

/// Writes a trace as JSON lines: a record a line, in order.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_trace(trace: &Trace, mut out: impl io::Write) -> io::Result<()> {
    for record in trace.records() {
        serde_json::to_writer(&mut out, record)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
