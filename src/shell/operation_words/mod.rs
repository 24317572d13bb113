//! The words that begin an operation: how it is written, what it calls, and the area that it belongs
//! to. One table for reading, help and completion.

mod names;
mod processes;
mod remote;

use super::call::Read;
use super::operation::{Call, Operation};
use super::topic::{Area, Topic};
use super::words::Words;
use super::{CommandError, hint};

use names::NAMES;
use processes::{NETWORK, PROCESSES, SERVERS, SIGNALS};
use remote::CALLS;

/// The words of an operation, and its reading.
pub(super) struct OperationWord {
    pub topic: Topic,
    reading: Reading,
}

/// The reading of the rest of the words.
enum Reading {
    /// As a call of this function.
    Call { module: &'static str, function: &'static str, read: fn(Call, &mut Words<'_>) -> Read },
    /// As something else.
    Other(fn(&mut Words<'_>) -> Result<Operation, CommandError>),
}

impl OperationWord {
    pub(super) fn word(&self) -> &'static str {
        self.topic.words().next().unwrap_or_default()
    }

    /// The function that it calls.
    pub(super) fn function(&self) -> Option<(&'static str, &'static str)> {
        match self.reading {
            Reading::Call { module, function, .. } => Some((module, function)),
            Reading::Other(_) => None,
        }
    }

    fn read(&self, words: &mut Words<'_>) -> Result<Operation, CommandError> {
        match self.reading {
            Reading::Call { module, function, read } => {
                read(Call::new(module, function), words).map(Operation::Call)
            }
            Reading::Other(read) => read(words),
        }
    }
}

/// An operation that calls a function.
const fn calls(
    module: &'static str,
    function: &'static str,
    area: Area,
    usage: &'static str,
    does: &'static str,
    read: fn(Call, &mut Words<'_>) -> Read,
) -> OperationWord {
    let reading = Reading::Call { module, function, read };
    OperationWord { topic: Topic { usage, does, area }, reading }
}

/// Any other operation.
const fn other(
    area: Area,
    usage: &'static str,
    does: &'static str,
    read: fn(&mut Words<'_>) -> Result<Operation, CommandError>,
) -> OperationWord {
    OperationWord { topic: Topic { usage, does, area }, reading: Reading::Other(read) }
}

/// All operations, by their areas.
pub(super) fn all() -> impl Iterator<Item = &'static OperationWord> {
    let tables: [&[OperationWord]; 6] = [&PROCESSES, &SIGNALS, &SERVERS, &NETWORK, &NAMES, &CALLS];
    tables.into_iter().flatten()
}

/// Returns the operation that begins with this word.
pub(super) fn find(word: &str) -> Option<&'static OperationWord> {
    all().find(|each| each.topic.words().any(|other| other == word))
}

/// Returns whether a word can begin an operation.
pub(super) fn begins(word: &str) -> bool {
    find(word).is_some() || Call::parse(word).is_some()
}

/// Reads operations with `;` between them.
pub(super) fn operations(words: &mut Words<'_>) -> Result<Vec<Operation>, CommandError> {
    let mut all = vec![operation(words)?];
    while words.eat(";") {
        all.push(operation(words)?);
    }
    words.end()?;
    Ok(all)
}

fn operation(words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let word = words.word("an operation such as `send`")?;
    match (find(word), Call::parse(word)) {
        (Some(found), _) => found.read(words),
        (None, Some(call)) => call?.named(words).map(Operation::Call),
        (None, None) => Err(unknown(word)),
    }
}

/// The error for a word that begins no operation.
pub(super) fn unknown(word: &str) -> CommandError {
    let hint = hint(word, all().map(OperationWord::word));
    CommandError::new(format!("unknown operation `{word}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::functions;

    #[test]
    fn every_operation_that_calls_a_function_calls_one_that_nodes_have() {
        let mut seen = 0;
        for word in all() {
            let Some((module, function)) = word.function() else { continue };
            let known = functions::all().any(|each| (each.module, each.name) == (module, function));
            assert!(known, "{}: {module}:{function}", word.word());
            seen += 1;
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn a_call_as_erlang_writes_it_is_an_operation() {
        let read = |line| operations(&mut Words::of(line)?);
        let calls = read("erlang:send(<p>, {a, [b]}) ; global:whereis_name('x y') as q").unwrap();
        assert_eq!(calls.len(), 2);
        let Operation::Call(call) = &calls[1] else { panic!("{calls:?}") };
        assert_eq!((call.function.as_str(), call.named.as_deref()), ("whereis_name", Some("q")));
        assert!(read("erlang:send(<p>").is_err() && read("erlang:send(,)").is_err());
    }
}
