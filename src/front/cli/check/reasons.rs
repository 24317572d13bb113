//! The reason why an answer cannot be explained, where a sentence can say it.

use super::judgement::{lines_text, operation_text};
use crate::consistency::abridged;
use crate::consistency::history::{Action, Completion, Operation, OperationId, Outcome, Recording};
use crate::consistency::keys::written;
use crate::engine::term::Term;

type Numbered<'a> = (OperationId, &'a Operation);

/// The reason why the answer of an operation cannot be explained.
pub(super) fn why(recording: &Recording, id: OperationId) -> Option<String> {
    let history = &recording.history;
    let operation = &history.operations()[id.0 as usize];
    let same_key = history.iter().filter(|(other, each)| *other != id && each.key == operation.key);
    let others: Vec<Numbered> = same_key.collect();
    let shown = shown(operation, &others);
    let unexplained =
        shown.iter().find_map(|value| not_there(recording, operation, value, &others));
    unexplained.or_else(|| match (operation.action, shown.as_slice()) {
        (Action::Read, [value]) => overwritten(recording, operation, value, &others),
        _ => None,
    })
}

/// The values that an answer shows.
fn shown(operation: &Operation, others: &[Numbered]) -> Vec<Term> {
    let Some(answer) = operation.answer() else { return Vec::new() };
    let collects = |(_, each): &Numbered| matches!(each.action, Action::Append | Action::Add);
    match operation.action {
        Action::Read if others.iter().any(collects) => {
            answer.as_list().map(<[Term]>::to_vec).unwrap_or_default()
        }
        Action::Read | Action::Dequeue if !answer.is_atom("undefined") => vec![answer.clone()],
        Action::CompareAndSet if !answer.is_atom("false") => {
            operation.value.as_list().into_iter().flatten().take(1).cloned().collect()
        }
        Action::Read
        | Action::Dequeue
        | Action::CompareAndSet
        | Action::Write
        | Action::Append
        | Action::Add
        | Action::Remove
        | Action::Acquire
        | Action::Release
        | Action::Enqueue
        | Action::Contains
        | Action::Delete
        | Action::Transfer
        | Action::Transaction
        | Action::Other => Vec::new(),
    }
}

/// The operation's way to bring a value, in words, and the value.
fn brings(operation: &Operation) -> Option<(&'static str, &Term)> {
    let is_cas = operation.action == Action::CompareAndSet;
    let verb = if is_cas { "cas to" } else { operation.action.name() };
    written(operation).map(|value| (verb, value))
}

/// Says that nobody can have brought a value which an answer shows.
fn not_there(
    recording: &Recording,
    operation: &Operation,
    value: &Term,
    others: &[Numbered],
) -> Option<String> {
    let end = operation.completion.as_ref()?.at;
    let sources = others.iter().filter(|(_, each)| brings(each).is_some_and(|it| it.1 == value));
    let (mut failed, mut later) = (None, None);
    for (id, source) in sources {
        match &source.completion {
            Some(Completion { outcome: Outcome::Failed(_), .. }) => failed = failed.or(Some(*id)),
            _ if source.invoked > end => later = later.or(Some(*id)),
            _ => return None,
        }
    }
    let value = abridged(value);
    let source = |id: OperationId| {
        let source = operation_text(&recording.history.operations()[id.0 as usize]);
        format!("{source}, {}", lines_text(recording, id))
    };
    Some(match (failed, later) {
        (Some(failed), _) => {
            format!("{value} comes only from an operation that failed: {}", source(failed))
        }
        (None, Some(later)) => {
            format!(
                "nobody had begun to {} {value} by then; it was begun later: {}",
                verb(others),
                source(later)
            )
        }
        (None, None) => format!("nobody had begun to {} {value}", verb(others)),
    })
}

/// The verb for bringing a value here.
fn verb(others: &[Numbered]) -> &'static str {
    let mut verbs = others.iter().filter_map(|(_, each)| brings(each).map(|(verb, _)| verb));
    let first = verbs.find(|verb| *verb != "cas to");
    first.unwrap_or("write")
}

/// Says that the value of a read had been overwritten before the read began.
fn overwritten(
    recording: &Recording,
    read: &Operation,
    value: &Term,
    others: &[Numbered],
) -> Option<String> {
    let replaces = |each: &Operation| matches!(brings(each), Some(("write" | "cas to", _)));
    let mut sources = others.iter().filter(|(_, each)| {
        let failed =
            matches!(each.completion, Some(Completion { outcome: Outcome::Failed(_), .. }));
        replaces(each) && !failed && brings(each).is_some_and(|it| it.1 == value)
    });
    let (Some((_, source)), None) = (sources.next(), sources.next()) else { return None };
    let ended =
        |each: &Operation| each.completion.as_ref().filter(|_| each.is_ok()).map(|it| it.at);
    let source_end = ended(source)?;
    let (id, newer) = others.iter().find(|(_, each)| {
        replaces(each)
            && each.invoked > source_end
            && ended(each).is_some_and(|end| end < read.invoked)
    })?;
    let (value, newer) = (abridged(value), operation_text(newer));
    let lines = lines_text(recording, *id);
    Some(format!("{value} was overwritten, by what ended before this began: {newer}, {lines}"))
}
