//! Erlang's values: every message, every exit reason and every argument is a [`Term`].
//!
//! A term is immutable, so it is shared and never copied: cloning one costs a counter at the most.
//! It prints as Erlang's `io_lib:format("~0tp", [Term])` prints it and is read back by
//! [`str::parse`]; it is ordered as Erlang orders it; serde turns any Rust value into a term and
//! back ([`to_term`], [`from_term`]); it has an external format ([`encode`], [`decode`]) and hence
//! a size on the wire ([`external_size`]); it is written to and read from JSON ([`term_to_json`],
//! [`term_from_json`]).
//!
//! ```
//! use nodedown::term::{Term, Tuple};
//! use nodedown::{list, map, tuple};
//!
//! let message = tuple![Term::atom("add"), map! { "price" => 12 }, list![1.5, true]];
//! assert_eq!(message.to_string(), r#"{add,#{<<"price">> => 12},[1.5,true]}"#);
//! assert_eq!(message.to_string().parse(), Ok(message.clone()));
//! assert_eq!(message.tagged("add").map(<[Term]>::len), Some(2));
//! ```
//!
//! Deliberately absent: funs, ports, and bit strings whose length is no multiple of eight.
//! A process holds its terms on one thread, so sharing counts without atomics.

mod atom;
mod atom_map;
mod compound;
mod convert;
mod crash;
mod de;
mod error;
mod external;
mod identifier;
mod json;
mod list;
mod names;
mod order;
mod parse;
mod passthrough;
mod print;
mod result;
mod ser;
#[cfg(test)]
mod tests;
mod view;

use std::rc::Rc;

use num_bigint::BigInt;

pub use atom::{Atom, AtomTooLong};
pub use atom_map::AtomMap;
pub use compound::{Binary, ImproperList, Map, Tuple};
pub(crate) use crash::crash_site;
pub use de::from_term;
pub use error::TermError;
pub use external::{DecodeError, decode, encode, external_size};
pub use identifier::{Incarnation, Pid, Ref};
pub use json::{term_from_json, term_to_json};
pub use list::List;
pub use parse::ParseTermError;
pub use result::OkValue;
pub use ser::to_term;
pub use view::TermView;

use error::abridged;

/// A value of the simulated system.
///
/// Equality and order are exact, as Erlang's `=:=`: `1` and `1.0` are different terms. See
/// [`Term::equals`] and [`Term::erlang_cmp`] for `==` and `<`.
#[derive(Clone)]
pub enum Term {
    /// An integer of 64 bits.
    Integer(i64),
    /// An integer outside the range of [`Term::Integer`]; [`Term::from`] a `BigInt` chooses.
    BigInteger(Rc<BigInt>),
    /// A finite number; see [`Term::float`].
    Float(f64),
    /// A name.
    Atom(Atom),
    /// A unique mark.
    Reference(Ref),
    /// The identity of a process.
    Pid(Pid),
    /// A fixed number of terms: `{ok,1}`.
    Tuple(Tuple),
    /// Keys and their values: `#{a => 1}`.
    Map(Map),
    /// Any number of terms: `[1,2]`.
    List(List),
    /// Terms with another tail than a list: `[1|2]`.
    ImproperList(ImproperList),
    /// Bytes: `<<"text">>`, `<<1,2>>`.
    Binary(Binary),
}

impl Term {
    /// The atom with this name.
    ///
    /// # Panics
    /// If the name is longer than 255 characters.
    #[must_use]
    pub fn atom(name: &str) -> Term {
        Term::Atom(Atom::new(name))
    }

    /// The finite number `value`; `None` for infinities and NaN, which Erlang does not have.
    #[must_use]
    pub fn float(value: f64) -> Option<Term> {
        value.is_finite().then_some(Term::Float(value))
    }

    /// A binary of these bytes.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Term {
        Term::Binary(Binary::from(bytes))
    }

    /// The integer, if it is one of 64 bits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Term::Integer(value) = self { Some(*value) } else { None }
    }

    /// The floating-point number.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        if let Term::Float(value) = self { Some(*value) } else { None }
    }

    /// The atom.
    #[must_use]
    pub fn as_atom(&self) -> Option<Atom> {
        if let Term::Atom(atom) = self { Some(*atom) } else { None }
    }

    /// The truth that the atoms `true` and `false` stand for.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_atom()?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The process identity.
    #[must_use]
    pub fn as_pid(&self) -> Option<Pid> {
        if let Term::Pid(pid) = self { Some(*pid) } else { None }
    }

    /// The reference.
    #[must_use]
    pub fn as_reference(&self) -> Option<Ref> {
        if let Term::Reference(reference) = self { Some(*reference) } else { None }
    }

    /// The elements of a tuple.
    #[must_use]
    pub fn as_tuple(&self) -> Option<&[Term]> {
        if let Term::Tuple(tuple) = self { Some(tuple) } else { None }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Term]> {
        if let Term::List(list) = self { Some(list) } else { None }
    }

    /// The proper list, which can share its elements with others.
    #[must_use]
    pub fn as_shared_list(&self) -> Option<&List> {
        if let Term::List(list) = self { Some(list) } else { None }
    }

    /// The elements and the tail of an improper list.
    #[must_use]
    pub fn as_improper_list(&self) -> Option<(&[Term], &Term)> {
        if let Term::ImproperList(list) = self { Some(list.parts()) } else { None }
    }

    /// The map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Term::Map(map) = self { Some(map) } else { None }
    }

    /// The bytes of a binary.
    #[must_use]
    pub fn as_binary(&self) -> Option<&[u8]> {
        if let Term::Binary(binary) = self { Some(binary) } else { None }
    }

    /// The text of a binary that is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_binary()?).ok()
    }

    /// The list of these elements before `tail`: `[E1,E2|Tail]`. It is a proper list if the tail is
    /// one, and the tail itself if there are no elements.
    ///
    /// ```
    /// # use nodedown::{list, term::Term};
    /// let elements = vec![Term::atom("alias")];
    /// assert_eq!(Term::list_with_tail(elements.clone(), Term::from(1)).to_string(), "[alias|1]");
    /// assert_eq!(Term::list_with_tail(elements, list![2, 3]).to_string(), "[alias,2,3]");
    /// ```
    #[must_use]
    pub fn list_with_tail(mut elements: Vec<Term>, tail: Term) -> Term {
        match tail {
            Term::List(tail) => {
                elements.extend_from_slice(&tail);
                Term::from(elements)
            }
            tail if elements.is_empty() => tail,
            Term::ImproperList(tail) => {
                elements.extend_from_slice(tail.all());
                Term::ImproperList(ImproperList(elements.into()))
            }
            tail => {
                elements.push(tail);
                Term::ImproperList(ImproperList(elements.into()))
            }
        }
    }

    /// True if this is the atom with this name.
    #[must_use]
    pub fn is_atom(&self, name: &str) -> bool {
        matches!(self, Term::Atom(atom) if atom.as_str() == name)
    }

    /// The elements after the tag of a tuple whose first element is the atom `tag`.
    ///
    /// ```
    /// # use nodedown::{term::Term, tuple};
    /// let message = tuple![Term::atom("reply"), 42];
    /// if let Some([value]) = message.tagged("reply") {
    ///     assert_eq!(value, &Term::from(42));
    /// }
    /// # assert!(message.tagged("reply").is_some() && message.tagged("call").is_none());
    /// ```
    #[must_use]
    pub fn tagged(&self, tag: &str) -> Option<&[Term]> {
        match self.as_tuple()?.split_first()? {
            (first, rest) if first.is_atom(tag) => Some(rest),
            _ => None,
        }
    }
}
