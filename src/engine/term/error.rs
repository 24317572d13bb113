//! The reasons why a Rust value and a term do not fit.

use std::fmt::{Display, Write};

use serde::{de, ser};

use super::names::snake_case;
use super::{AtomTooLong, Term};

/// The reason why a Rust value is not a term, or a term is not the Rust value that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// The term is of another shape.
    #[error("expected {expected}, found {found}")]
    Mismatch {
        /// The type that was asked for.
        expected: String,
        /// The term, abridged.
        found: String,
    },
    /// The term is right but for one part.
    #[error("in {place}: {error}")]
    Within {
        /// The key of the map.
        place: String,
        /// The error there.
        error: Box<TermError>,
    },
    /// An infinity or NaN, which Erlang does not have.
    #[error("a float must be finite to be a term")]
    NotFinite,
    /// A name that is too long for an atom.
    #[error(transparent)]
    AtomTooLong(#[from] AtomTooLong),
    /// The error of a type's own conversion.
    #[error("{0}")]
    Custom(String),
}

impl TermError {
    pub(super) fn mismatch(expected: impl Display, found: &Term) -> TermError {
        TermError::Mismatch { expected: expected.to_string(), found: abridged(found) }
    }

    pub(super) fn within(self, key: &Term) -> TermError {
        TermError::Within { place: abridged(key), error: Box::new(self) }
    }
}

impl ser::Error for TermError {
    fn custom<T: Display>(message: T) -> TermError {
        TermError::Custom(message.to_string())
    }
}

impl de::Error for TermError {
    fn custom<T: Display>(message: T) -> TermError {
        TermError::Custom(message.to_string())
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> TermError {
        TermError::Mismatch { expected: expected.to_string(), found: found.to_string() }
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> TermError {
        TermError::Mismatch { expected: expected.to_string(), found: found.to_string() }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> TermError {
        let names: Vec<_> = expected.iter().map(|name| snake_case(name)).collect();
        TermError::Mismatch {
            expected: format!("one of {}", names.join(", ")),
            found: variant.to_owned(),
        }
    }
}

/// The most characters of a term that an error shows.
const SHOWN: usize = 80;

/// The text of a term, cut off where it gets long.
pub(super) fn abridged(term: &Term) -> String {
    let mut text = Abridged { text: String::new(), left: SHOWN };
    match write!(text, "{term}") {
        Ok(()) => text.text,
        Err(_) => text.text + "...",
    }
}

/// A text that refuses to grow beyond its room, so that a large term is not printed to its end.
struct Abridged {
    text: String,
    left: usize,
}

impl Write for Abridged {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        for c in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(std::fmt::Error)?;
            self.text.push(c);
        }
        Ok(())
    }
}
