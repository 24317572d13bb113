//! The terms that hold others, and binaries: each is one shared allocation.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Term;

macro_rules! shared_slice {
    ($(#[$doc:meta])* $name:ident of $element:ty) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(pub(super) Rc<[$element]>);

        impl Deref for $name {
            type Target = [$element];

            fn deref(&self) -> &[$element] {
                &self.0
            }
        }

        impl<const N: usize> From<[$element; N]> for $name {
            fn from(elements: [$element; N]) -> $name {
                $name(Rc::from(elements))
            }
        }

        impl From<Vec<$element>> for $name {
            fn from(elements: Vec<$element>) -> $name {
                $name(Rc::from(elements))
            }
        }

        impl From<&[$element]> for $name {
            fn from(elements: &[$element]) -> $name {
                $name(Rc::from(elements))
            }
        }

        impl FromIterator<$element> for $name {
            fn from_iter<I: IntoIterator<Item = $element>>(elements: I) -> $name {
                $name(elements.into_iter().collect())
            }
        }

        impl<'a> IntoIterator for &'a $name {
            type Item = &'a $element;
            type IntoIter = std::slice::Iter<'a, $element>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }

        impl From<$name> for Term {
            fn from(value: $name) -> Term {
                Term::$name(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&Term::from(self.clone()), f)
            }
        }
    };
}

shared_slice! {
    /// The elements of a tuple.
    Tuple of Term
}

shared_slice! {
    /// Bytes; text is UTF-8.
    Binary of u8
}

/// The elements of a list whose tail is no list: at least one, and the tail at the end.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ImproperList(pub(super) Rc<[Term]>);

impl ImproperList {
    /// The elements, and the tail.
    #[must_use]
    pub fn parts(&self) -> (&[Term], &Term) {
        let (tail, elements) = self.0.split_last().expect("there is a tail");
        (elements, tail)
    }

    /// The elements with the tail after them.
    pub(super) fn all(&self) -> &[Term] {
        &self.0
    }
}

impl fmt::Debug for ImproperList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Term::ImproperList(self.clone()), f)
    }
}

/// Keys and their values, in the order of [`Term::cmp`] on the keys.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Map(pub(super) Rc<[(Term, Term)]>);

impl Map {
    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &Term) -> Option<&Term> {
        self.position(key).ok().map(|index| &self.0[index].1)
    }

    /// The value of the atom with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Term> {
        self.iter().find(|(key, _)| key.is_atom(name)).map(|(_, value)| value)
    }

    /// The keys with their values, in the order of the keys.
    pub fn iter(&self) -> std::slice::Iter<'_, (Term, Term)> {
        self.0.iter()
    }

    /// This map with `key` at `value`.
    #[must_use]
    pub fn with(&self, key: impl Into<Term>, value: impl Into<Term>) -> Map {
        let (key, value) = (key.into(), value.into());
        let mut entries = self.0.to_vec();
        match self.position(&key) {
            Ok(index) => entries[index].1 = value,
            Err(index) => entries.insert(index, (key, value)),
        }
        Map(Rc::from(entries))
    }

    /// This map without `key`.
    #[must_use]
    pub fn without(&self, key: &Term) -> Map {
        match self.position(key) {
            Ok(index) => Map([&self.0[..index], &self.0[index + 1..]].concat().into()),
            Err(_) => self.clone(),
        }
    }

    fn position(&self, key: &Term) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }

    /// Sorts `entries` by their keys and keeps the last one of each key.
    pub(super) fn normalise(entries: &mut Vec<(Term, Term)>, start: usize) {
        let sorted = entries[start..].is_sorted_by(|(a, _), (b, _)| a.cmp(b) == Ordering::Less);
        if sorted {
            return;
        }
        entries[start..].sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut kept = start;
        for index in start + 1..entries.len() {
            if entries[index].0 != entries[kept].0 {
                kept += 1;
            }
            entries.swap(kept, index);
        }
        entries.truncate(kept + 1);
    }
}

impl From<Vec<(Term, Term)>> for Map {
    /// The last value of a key counts.
    fn from(mut entries: Vec<(Term, Term)>) -> Map {
        Map::normalise(&mut entries, 0);
        Map(Rc::from(entries))
    }
}

impl<const N: usize> From<[(Term, Term); N]> for Map {
    /// The last value of a key counts.
    fn from(entries: [(Term, Term); N]) -> Map {
        Map::from(Vec::from(entries))
    }
}

impl FromIterator<(Term, Term)> for Map {
    /// The last value of a key counts.
    fn from_iter<I: IntoIterator<Item = (Term, Term)>>(entries: I) -> Map {
        Map::from(entries.into_iter().collect::<Vec<_>>())
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Term, Term);
    type IntoIter = std::slice::Iter<'a, (Term, Term)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Map> for Term {
    fn from(map: Map) -> Term {
        Term::Map(map)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Term::from(self.clone()), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map;

    #[test]
    fn the_last_value_of_a_key_counts() {
        let map = map! { 2 => "a", 1 => "b", 2 => "c", 1 => "d", 2 => "e" };
        assert_eq!(map, map! { 1 => "d", 2 => "e" });
        assert_eq!(map.as_map().unwrap().len(), 2);
    }

    #[test]
    fn a_changed_map_leaves_the_old_one() {
        let old = Map::from([(Term::atom("a"), Term::from(1))]);
        let new = old.with(Term::atom("b"), 2).with(Term::atom("a"), 3);
        assert_eq!(new.field("a"), Some(&Term::from(3)));
        assert_eq!(new.get(&Term::atom("b")), Some(&Term::from(2)));
        assert_eq!(old.get(&Term::atom("b")), None);
        assert_eq!(new.without(&Term::atom("b")).with(Term::atom("a"), 1), old);
    }
}
