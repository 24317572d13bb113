//! Terms inside Rust's own types: how `Term`, `Atom`, `Pid` and `Ref` go through serde.
//!
//! Serde knows no terms. On the way into or out of a term they are therefore announced as a newtype
//! struct of a reserved name and handed over beside serde, unchanged. Any other format gets text or
//! JSON: an atom is its name, an identifier is what it prints, a term is
//! [`term_to_json`](super::term_to_json) of it.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::{Atom, Pid, Ref, Term, term_from_json, term_to_json};

/// The reserved name.
const NAME: &str = "$nodedown::Term";

thread_local! {
    static OUTGOING: Cell<Option<Term>> = const { Cell::new(None) };
    static INCOMING: Cell<Option<Term>> = const { Cell::new(None) };
}

/// The term that is being handed to the serializer under this name, if it is one.
pub(super) fn outgoing(name: &str) -> Option<Term> {
    if name == NAME { OUTGOING.take() } else { None }
}

/// Hands `term` to a visitor that asks for a newtype struct of this name, if it wants a term.
pub(super) fn offer(name: &str, term: &Term) -> bool {
    let wanted = name == NAME;
    if wanted {
        INCOMING.set(Some(term.clone()));
    }
    wanted
}

fn serialize<S: Serializer>(
    serializer: S,
    term: Term,
    elsewhere: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    OUTGOING.set(Some(term));
    let result = serializer.serialize_newtype_struct(NAME, elsewhere);
    OUTGOING.take();
    result
}

/// A term as a format that knows no terms writes it.
struct Json<'a>(&'a Term);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        term_to_json(self.0).serialize(serializer)
    }
}

/// An identifier as a format that knows no terms writes it.
struct Printed<T>(T);

impl<T: fmt::Display> Serialize for Printed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, self.clone(), &Json(self))
    }
}

impl Serialize for Atom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, Term::Atom(*self), &self.as_str())
    }
}

impl Serialize for Pid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, Term::Pid(*self), &Printed(self))
    }
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(serializer, Term::Reference(*self), &Printed(self))
    }
}

/// Receives any term and keeps what `select` makes of it.
struct Receiver<T> {
    expected: &'static str,
    select: fn(&Term) -> Option<T>,
}

impl<'de, T> Visitor<'de> for Receiver<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let term = match INCOMING.take() {
            Some(term) => term,
            None => term_from_json(&Value::deserialize(deserializer)?),
        };
        (self.select)(&term).ok_or_else(|| {
            let found = super::abridged(&term);
            D::Error::custom(format_args!("expected {}, found {found}", self.expected))
        })
    }
}

fn deserialize<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
    select: fn(&Term) -> Option<T>,
) -> Result<T, D::Error> {
    let receiver = Receiver { expected, select };
    deserializer.deserialize_newtype_struct(NAME, receiver)
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Term, D::Error> {
        deserialize(deserializer, "a term", |term| Some(term.clone()))
    }
}

impl<'de> Deserialize<'de> for Atom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Atom, D::Error> {
        deserialize(deserializer, "an atom", |term| match term {
            Term::Atom(atom) => Some(*atom),
            other => Atom::try_new(other.as_str()?).ok(),
        })
    }
}

impl<'de> Deserialize<'de> for Pid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pid, D::Error> {
        deserialize(deserializer, "a pid", |term| match term {
            Term::Pid(pid) => Some(*pid),
            other => other.as_str()?.parse().ok(),
        })
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ref, D::Error> {
        deserialize(deserializer, "a reference", |term| match term {
            Term::Reference(reference) => Some(*reference),
            other => other.as_str()?.parse().ok(),
        })
    }
}
