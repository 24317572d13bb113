//! Operations and terms in words, as witnesses have them.

use crate::engine::term::{Term, crash_site};
use crate::engine::time::{Time, round_duration};

use super::history::{Operation, Outcome};

/// The most characters of a term in a text.
const TERM_CHARACTERS_MAX: usize = 72;

/// An operation, who began it and when: `users/3 post <<"hi">> in <<"lobby">> at 20.104s`.
pub(crate) fn invocation_text(operation: &Operation) -> String {
    let Operation { workload, client, name, invoked, .. } = operation;
    let part = |before: &str, term: &Term| {
        if term.is_atom("undefined") {
            String::new()
        } else {
            format!("{before}{}", abridged(term))
        }
    };
    let (value, key) = (part(" ", &operation.value), part(" in ", &operation.key));
    format!("{workload}/{client} {name}{value}{key} at {invoked}")
}

/// The same in a run that ended then.
pub(crate) fn end_text(operation: &Operation, run_end: Time) -> String {
    let waited = operation.latency().unwrap_or_else(|| run_end.since(operation.invoked));
    let waited = round_duration(waited);
    let Some(completion) = &operation.completion else {
        return format!("no answer until the end of the run ({waited})");
    };
    let at = completion.at;
    match &completion.outcome {
        Outcome::Ok(answer) => format!("answered {} at {at} ({waited})", abridged(answer)),
        Outcome::Failed(reason) => {
            format!("failed with {} at {at} ({waited})", reason_text(reason))
        }
        Outcome::Unknown(reason) => {
            format!("unknown outcome {} at {at} ({waited})", reason_text(reason))
        }
    }
}

/// A reason, with the place in code that its stack trace names instead of the stack trace.
fn reason_text(reason: &Term) -> String {
    match crash_site(reason) {
        Some((why, site)) => format!("{} in {site}", abridged(why)),
        None => abridged(reason),
    }
}

/// The observations of a key, in words: `what was seen of k1`. A service without keys is one thing.
pub(crate) fn seen_of(key: &Term) -> String {
    if key.is_atom("undefined") {
        return "what was seen".to_owned();
    }
    format!("what was seen of {}", abridged(key))
}

/// A term as Erlang prints it, shortened in the middle: the end of a list matters as much as its
/// beginning.
pub(crate) fn abridged(term: &Term) -> String {
    let text = term.to_string();
    if text.chars().count() <= TERM_CHARACTERS_MAX {
        return text;
    }
    match term.as_list() {
        Some([first, second, middle @ .., before_last, last]) if !middle.is_empty() => {
            let left_out = middle.len();
            format!("[{first},{second},… {left_out} more …,{before_last},{last}]")
        }
        Some(_) | None => abridged_text(&text),
    }
}

fn abridged_text(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let part = (TERM_CHARACTERS_MAX - 1) / 2;
    let head = characters[..part].iter();
    let tail = characters[characters.len() - part..].iter();
    head.chain(&['…']).chain(tail).collect()
}
