//! The lines of Jepsen's log, as `INFO  jepsen.util - 0 :invoke :cas [3 0]` with tabs between.

use super::edn::{keyword, value};
use super::events::{Event, Kind};
use super::{Span, lines};
use crate::diagnostic::{Diagnostics, suggestion};
use crate::term::Term;

/// The events of the log. What clients do is told in four fields with tabs between them; the first
/// ends in the number of the process, and lines without one are passed over.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Vec<Event> {
    lines(text).filter_map(|(line, span)| event(line, span, diagnostics)).collect()
}

fn event(line: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<Event> {
    let mut fields = line.splitn(4, '\t');
    let head = fields.next()?;
    let (kind, name) = (fields.next()?, fields.next()?);
    let process: u32 = head.rsplit(' ').next()?.parse().ok()?;
    let kind_name = kind.strip_prefix(':')?;
    let Some(kind) = Kind::of(kind_name) else {
        let error = diagnostics.error(&span.bytes, format!("unknown type `{kind_name}`"));
        error.help(suggestion(kind_name, &Kind::NAMES.map(|(_, name)| name), "types"));
        return None;
    };
    let value = match fields.next().map(value) {
        None => Term::atom("undefined"),
        Some(Ok(value)) => value,
        Some(Err(message)) => {
            diagnostics.error(&span.bytes, format!("the value is no EDN: {message}"));
            return None;
        }
    };
    let (name, key) = (keyword(name).to_owned(), Term::atom("undefined"));
    Some(Event { span, process, kind, name, key, value, error: None, time: None })
}
