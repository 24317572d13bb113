//! The parts of a term, whatever holds them.

use num_bigint::BigInt;

use super::{Atom, Map, Pid, Ref, Term};

/// A term by its kind, with its parts.
///
/// ```
/// use nodedown::list;
/// use nodedown::term::{Term, TermView};
///
/// let numbers = list![1, 2];
/// let TermView::List { elements, tail } = numbers.view() else { panic!() };
/// assert_eq!((elements.len(), tail), (2, None));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum TermView<'a> {
    /// An integer of 64 bits.
    Integer(i64),
    /// Any other integer.
    BigInteger(&'a BigInt),
    /// A finite number.
    Float(f64),
    /// A name.
    Atom(Atom),
    /// A unique mark.
    Reference(Ref),
    /// The identity of a process.
    Pid(Pid),
    /// The elements of a tuple.
    Tuple(&'a [Term]),
    /// Keys and their values.
    Map(&'a Map),
    /// A list: its elements, and its tail if it is improper.
    List {
        /// The elements.
        elements: &'a [Term],
        /// The tail, which is no list; `None` for a proper list.
        tail: Option<&'a Term>,
    },
    /// Bytes.
    Binary(&'a [u8]),
}

impl Term {
    /// Returns the term by its kind, with its parts.
    #[must_use]
    pub fn view(&self) -> TermView<'_> {
        match self {
            Term::Integer(integer) => TermView::Integer(*integer),
            Term::BigInteger(integer) => TermView::BigInteger(integer),
            Term::Float(float) => TermView::Float(*float),
            Term::Atom(atom) => TermView::Atom(*atom),
            Term::Reference(reference) => TermView::Reference(*reference),
            Term::Pid(pid) => TermView::Pid(*pid),
            Term::Tuple(elements) => TermView::Tuple(elements),
            Term::Map(map) => TermView::Map(map),
            Term::List(elements) => TermView::List { elements, tail: None },
            Term::ImproperList(list) => {
                let (elements, tail) = list.parts();
                TermView::List { elements, tail: Some(tail) }
            }
            Term::Binary(bytes) => TermView::Binary(bytes),
        }
    }

    /// Returns the term with `change` done to its elements: those of a tuple or a list with its tail,
    /// the keys and values of a map. Any other term is returned as it is.
    #[must_use]
    pub fn map_elements(&self, change: &mut impl FnMut(&Term) -> Term) -> Term {
        match self.view() {
            TermView::Tuple(elements) => Term::Tuple(elements.iter().map(change).collect()),
            TermView::List { elements, tail } => {
                let changed: Vec<Term> = elements.iter().map(&mut *change).collect();
                match tail {
                    Some(tail) => Term::list_with_tail(changed, change(tail)),
                    None => Term::from(changed),
                }
            }
            TermView::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, value)| (change(key), change(value)));
                Term::Map(entries.collect())
            }
            TermView::Integer(_)
            | TermView::BigInteger(_)
            | TermView::Float(_)
            | TermView::Atom(_)
            | TermView::Reference(_)
            | TermView::Pid(_)
            | TermView::Binary(_) => self.clone(),
        }
    }
}
