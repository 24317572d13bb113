//! The answers of functions that can fail: `ok`, `{ok,Value}` or `{error,Reason}`.

use super::{Pid, Term};
use crate::{atom, tuple};

/// A value that a function answers when it succeeds, with the answer that says so.
///
/// ```
/// use nodedown::term::Term;
/// use nodedown::tuple;
///
/// let answer = Term::from(Err::<(), _>(Term::atom("noproc")));
/// assert_eq!(answer.to_string(), "{error,noproc}");
/// assert_eq!(answer.as_result::<()>(), Some(Err(Term::atom("noproc"))));
/// assert_eq!(tuple![Term::atom("ok"), 7].as_result(), Some(Ok(Term::from(7))));
/// ```
pub trait OkValue: Sized {
    /// Returns the answer: `ok` for nothing, `{ok,Value}` for a value.
    fn into_answer(self) -> Term;

    /// Reads the answer.
    fn from_answer(answer: &Term) -> Option<Self>;
}

impl OkValue for () {
    /// `ok`
    fn into_answer(self) -> Term {
        Term::Atom(atom!("ok"))
    }

    fn from_answer(answer: &Term) -> Option<()> {
        answer.is_atom("ok").then_some(())
    }
}

impl OkValue for Term {
    /// `{ok,Value}`
    fn into_answer(self) -> Term {
        tuple![atom!("ok"), self]
    }

    fn from_answer(answer: &Term) -> Option<Term> {
        match answer.tagged("ok") {
            Some([value]) => Some(value.clone()),
            Some(_) | None => None,
        }
    }
}

impl OkValue for Pid {
    /// `{ok,Pid}`
    fn into_answer(self) -> Term {
        Term::from(self).into_answer()
    }

    fn from_answer(answer: &Term) -> Option<Pid> {
        Term::from_answer(answer)?.as_pid()
    }
}

impl OkValue for Option<Pid> {
    /// `{ok,Pid}`, or `ignore`: a start function that has started nothing.
    fn into_answer(self) -> Term {
        self.map_or_else(|| Term::Atom(atom!("ignore")), Pid::into_answer)
    }

    fn from_answer(answer: &Term) -> Option<Option<Pid>> {
        if answer.is_atom("ignore") { Some(None) } else { Pid::from_answer(answer).map(Some) }
    }
}

impl<T: OkValue, E: Into<Term>> From<Result<T, E>> for Term {
    /// `ok`, `{ok,Value}` or `{error,Reason}`.
    fn from(result: Result<T, E>) -> Term {
        match result {
            Ok(value) => value.into_answer(),
            Err(reason) => tuple![atom!("error"), reason.into()],
        }
    }
}

impl Term {
    /// Reads `ok`, `{ok,Value}` or `{error,Reason}`; `None` for any other term.
    #[must_use]
    pub fn as_result<T: OkValue>(&self) -> Option<Result<T, Term>> {
        match self.tagged("error") {
            Some([reason]) => Some(Err(reason.clone())),
            Some(_) | None => T::from_answer(self).map(Ok),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::Atom;

    #[test]
    fn an_answer_is_read_back_as_it_was_written() {
        fn check<T: OkValue + Clone + PartialEq + std::fmt::Debug>(
            result: Result<T, Term>,
            expected: &str,
        ) {
            let answer = Term::from(result.clone());
            assert_eq!(answer.to_string(), expected);
            assert_eq!(answer.as_result(), Some(result));
        }
        let pid = Pid::new(Atom::new("a@a"), 1, 7, 0);
        check(Ok(()), "ok");
        check(Ok(Term::from(1)), "{ok,1}");
        check(Ok(pid), "{ok,<a@a.7.0>}");
        check::<Option<Pid>>(Ok(None), "ignore");
        check(Ok(Some(pid)), "{ok,<a@a.7.0>}");
        check::<()>(Err(Term::atom("noproc")), "{error,noproc}");
        assert_eq!(Term::from(1).as_result::<()>(), None);
        assert_eq!(Term::atom("ok").as_result::<Pid>(), None);
    }
}
