//! The content of a message: a term, or what a process of another kind makes of one.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::engine::term::{Term, external_size};

/// A message as processes of one kind send it among themselves. It is made a term for every other
/// receiver, and for whoever looks at it on its way.
pub trait OpaqueMessage: Any {
    /// The message as a term.
    fn to_term(&self) -> Term;

    /// The bytes that the term takes on the wire: as [`external_size`] says of it.
    fn external_size(&self) -> usize;

    /// Can it be what a monitor sends: a tuple of five elements?
    fn may_be_down(&self) -> bool;
}

/// The content of a message.
#[derive(Clone)]
pub enum Content {
    /// A term.
    Term(Term),
    /// A message of processes that know each other's kind.
    Opaque(Rc<dyn OpaqueMessage>),
}

impl Content {
    /// The content as a term.
    #[inline]
    pub fn into_term(self) -> Term {
        match self {
            Content::Term(term) => term,
            Content::Opaque(message) => message.to_term(),
        }
    }

    /// As [`Content::into_term`]; the content stays what it is.
    #[inline]
    pub(super) fn to_term(&self) -> Term {
        match self {
            Content::Term(term) => term.clone(),
            Content::Opaque(message) => message.to_term(),
        }
    }

    /// The content as a term, which it is from now on.
    #[inline]
    pub(super) fn as_term(&mut self) -> &Term {
        if let Content::Opaque(message) = self {
            *self = Content::Term(message.to_term());
        }
        match self {
            Content::Term(term) => term,
            Content::Opaque(_) => unreachable!("it was made a term"),
        }
    }

    /// Can it be what a monitor sends?
    pub(super) fn may_be_down(&self) -> bool {
        match self {
            Content::Term(term) => term.as_tuple().is_some_and(|elements| elements.len() == 5),
            Content::Opaque(message) => message.may_be_down(),
        }
    }

    /// The bytes that it takes on the wire.
    #[inline]
    pub(super) fn external_size(&self) -> usize {
        match self {
            Content::Term(term) => external_size(term),
            Content::Opaque(message) => message.external_size(),
        }
    }
}

impl From<Term> for Content {
    fn from(term: Term) -> Content {
        Content::Term(term)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_term().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const _: () = assert!(size_of::<Content>() == size_of::<Term>());

    struct Number(i64);

    impl OpaqueMessage for Number {
        fn to_term(&self) -> Term {
            self.0.into()
        }

        fn external_size(&self) -> usize {
            external_size(&self.to_term())
        }

        fn may_be_down(&self) -> bool {
            false
        }
    }

    #[test]
    fn an_opaque_message_is_a_term_to_whoever_looks_at_it() {
        let mut content = Content::Opaque(Rc::new(Number(7)));
        assert_eq!(content.external_size(), Content::from(Term::from(7)).external_size());
        assert_eq!(format!("{content:?}"), "7");
        assert_eq!(content.to_term(), Term::from(7));
        assert_eq!(content.as_term(), &Term::from(7));
        assert!(matches!(content, Content::Term(_)));
        assert_eq!(content.into_term(), Term::from(7));
    }
}
