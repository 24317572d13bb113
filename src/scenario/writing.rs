//! JSON from the parts of a scenario.

use serde_json::{Value, json};

use crate::engine::term::Atom;
use crate::engine::time::{Timeout, decimal_duration};
use crate::spelling::Choice;

pub(super) fn named(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

/// The words of choices.
pub(super) fn words<T: Choice>(choices: &[T]) -> Value {
    choices.iter().map(|choice| choice.word()).collect()
}

/// A number without a needless decimal point: `2` for 2.0.
pub(super) fn number(value: f64) -> Value {
    let whole = value as u32;
    if f64::from(whole).to_bits() == value.to_bits() { json!(whole) } else { json!(value) }
}

pub(super) fn timeout(timeout: Timeout) -> String {
    match timeout {
        Timeout::After(timeout) => decimal_duration(timeout),
        Timeout::Infinity => "infinity".to_owned(),
    }
}

/// One name by itself, several in a list.
pub(super) fn one_or_more(names: &[Atom]) -> Value {
    match names {
        [only] => json!(only),
        several => json!(several),
    }
}
