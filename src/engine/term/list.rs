//! Proper lists, whose beginnings can be shared.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use super::Term;

/// The elements of a proper list.
///
/// A list can be the beginning of a longer one and share its elements with it:
///
/// ```
/// use nodedown::term::{List, Term};
///
/// let long = List::from_iter((1..=1000).map(Term::from));
/// let short = long.prefix(2);
/// assert_eq!(short, List::from([Term::from(1), Term::from(2)]));
/// ```
#[derive(Clone)]
pub struct List {
    /// The elements, and perhaps more behind them.
    shared: Rc<Vec<Term>>,
    len: usize,
}

impl List {
    /// The first `len` elements, which are not copied.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    pub fn prefix(&self, len: usize) -> List {
        assert!(len <= self.len, "a list of {} has no beginning of {len}", self.len);
        List { shared: Rc::clone(&self.shared), len }
    }

    /// True if two lists share their elements.
    pub(crate) fn shares_with(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Deref for List {
    type Target = [Term];

    fn deref(&self) -> &[Term] {
        &self.shared[..self.len]
    }
}

impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.len == other.len && (self.shares_with(other) || **self == **other)
    }
}

impl Eq for List {}

impl Hash for List {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl From<Vec<Term>> for List {
    fn from(elements: Vec<Term>) -> List {
        List { len: elements.len(), shared: Rc::new(elements) }
    }
}

impl<const N: usize> From<[Term; N]> for List {
    fn from(elements: [Term; N]) -> List {
        Vec::from(elements).into()
    }
}

impl From<&[Term]> for List {
    fn from(elements: &[Term]) -> List {
        elements.to_vec().into()
    }
}

impl FromIterator<Term> for List {
    fn from_iter<I: IntoIterator<Item = Term>>(elements: I) -> List {
        elements.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Term;
    type IntoIter = std::slice::Iter<'a, Term>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<List> for Term {
    fn from(list: List) -> Term {
        Term::List(list)
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Term::from(self.clone()), f)
    }
}
