//! Names, each stored once.

use std::cell::RefCell;
use std::cmp::Ordering;
#[expect(clippy::disallowed_types, reason = "never iterated")]
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use super::print;
use crate::engine::rng::fnv1a;

/// The most characters that an atom has.
const MAX_CHARACTERS: usize = 255;

/// A name: `ok`, `'EXIT'`, `db1@a`.
///
/// Atoms are stored once, for the life of the program: they are copied and compared as a pointer.
/// They are ordered, and hashed, by their text, so that nothing depends on where one is stored.
/// As in Erlang an atom is never given back: do not make atoms from data without bound.
#[derive(Clone, Copy)]
pub struct Atom(&'static Entry);

struct Entry {
    text: Box<str>,
    /// A hash of the text.
    hash: u64,
    /// The bytes after the tag and the length when every character is in Latin-1.
    latin1_len: Option<u16>,
    quoted: bool,
}

/// A name is longer than the 255 characters that an atom has at the most.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an atom has at most 255 characters, this one has {0}")]
pub struct AtomTooLong(
    /// The characters of the refused name.
    pub usize,
);

#[expect(clippy::disallowed_types, reason = "never iterated")]
type Names = HashMap<&'static str, Atom>;

static NAMES: RwLock<Option<Names>> = RwLock::new(None);

thread_local! {
    /// The names that this thread has looked up before, so that threads do not contend for one lock.
    static SEEN: RefCell<Names> = RefCell::default();
}

impl Atom {
    /// The atom with this name.
    ///
    /// # Panics
    /// If the name is longer than 255 characters; see [`Atom::try_new`].
    #[must_use]
    pub fn new(name: &str) -> Atom {
        Atom::try_new(name).unwrap_or_else(|error| panic!("{error}: {name}"))
    }

    /// The atom with this name.
    ///
    /// # Errors
    /// If the name is longer than 255 characters.
    pub fn try_new(name: &str) -> Result<Atom, AtomTooLong> {
        SEEN.with_borrow_mut(|seen| {
            if let Some(atom) = seen.get(name) {
                return Ok(*atom);
            }
            let atom = intern(name)?;
            seen.insert(atom.as_str(), atom);
            Ok(atom)
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        &self.0.text
    }

    /// The number of characters if all of them are in Latin-1.
    pub(super) fn latin1_len(self) -> Option<u16> {
        self.0.latin1_len
    }
}

fn intern(name: &str) -> Result<Atom, AtomTooLong> {
    let characters = name.chars().count();
    if characters > MAX_CHARACTERS {
        return Err(AtomTooLong(characters));
    }
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(atom) = names.get(name) {
        return Ok(*atom);
    }
    let latin1 = name.chars().all(|c| u32::from(c) <= 0xFF);
    let entry: &'static Entry = Box::leak(Box::new(Entry {
        text: name.into(),
        hash: fnv1a(name.as_bytes()),
        latin1_len: latin1.then_some(characters as u16),
        quoted: print::atom_needs_quotes(name),
    }));
    names.insert(&entry.text, Atom(entry));
    Ok(Atom(entry))
}

impl PartialEq for Atom {
    fn eq(&self, other: &Atom) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Atom {}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Atom) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Atom {
    fn cmp(&self, other: &Atom) -> Ordering {
        if self == other { Ordering::Equal } else { self.as_str().cmp(other.as_str()) }
    }
}

impl Hash for Atom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialEq<str> for Atom {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Atom {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<&str> for Atom {
    /// As [`Atom::new`].
    fn from(name: &str) -> Atom {
        Atom::new(name)
    }
}

impl FromStr for Atom {
    type Err = AtomTooLong;

    /// The atom whose name is `name` as it stands: quotes are part of the name.
    fn from_str(name: &str) -> Result<Atom, AtomTooLong> {
        Atom::try_new(name)
    }
}

impl fmt::Display for Atom {
    /// As Erlang writes it, in quotes where it needs them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.quoted {
            print::quoted_atom(f, self.as_str())
        } else {
            f.write_str(self.as_str())
        }
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The [`Atom`](crate::engine::term::Atom) of a literal name, looked up once for each place that asks.
///
/// ```
/// # use nodedown::{atom, term::Atom};
/// assert_eq!(atom!("ok"), Atom::new("ok"));
/// ```
#[macro_export]
macro_rules! atom {
    ($name:literal) => {{
        static ATOM: ::std::sync::OnceLock<$crate::term::Atom> = ::std::sync::OnceLock::new();
        *ATOM.get_or_init(|| $crate::term::Atom::new($name))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_the_same_atom_on_every_thread() {
        let here = Atom::new("same_name");
        let there = std::thread::scope(|scope| {
            scope.spawn(|| Atom::new(&["same", "name"].join("_"))).join().unwrap()
        });
        assert_eq!(here, there);
        assert_eq!(here, atom!("same_name"));
        assert_ne!(here, Atom::new("other_name"));
    }

    #[test]
    fn atoms_are_ordered_by_text_whatever_was_made_first() {
        let mut atoms = [Atom::new("order_b"), Atom::new("order_a"), Atom::new("order_B")];
        atoms.sort();
        assert_eq!(atoms.map(Atom::as_str), ["order_B", "order_a", "order_b"]);
    }

    #[test]
    fn a_name_has_at_most_255_characters() {
        assert!(Atom::try_new(&"é".repeat(255)).is_ok());
        assert_eq!(Atom::try_new(&"a".repeat(256)), Err(AtomTooLong(256)));
    }
}
