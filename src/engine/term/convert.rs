//! Conversions from Rust's values into terms, and the macros that write terms down.

use std::rc::Rc;

use num_bigint::BigInt;

use super::{Atom, Binary, List, Map, Pid, Ref, Term, Tuple};

macro_rules! from_small_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Term {
            fn from(value: $integer) -> Term {
                Term::Integer(i64::from(value))
            }
        }
    )*};
}

macro_rules! from_large_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Term {
            fn from(value: $integer) -> Term {
                match i64::try_from(value) {
                    Ok(small) => Term::Integer(small),
                    Err(_) => Term::BigInteger(Rc::new(BigInt::from(value))),
                }
            }
        }
    )*};
}

from_small_integers!(i8, i16, i32, i64, u8, u16, u32);
from_large_integers!(isize, i128, u64, u128, usize);

impl From<BigInt> for Term {
    /// [`Term::Integer`] where 64 bits hold it.
    fn from(value: BigInt) -> Term {
        match i64::try_from(&value) {
            Ok(small) => Term::Integer(small),
            Err(_) => Term::BigInteger(Rc::new(value)),
        }
    }
}

impl From<bool> for Term {
    /// The atom `true` or `false`.
    fn from(value: bool) -> Term {
        Term::Atom(if value { crate::atom!("true") } else { crate::atom!("false") })
    }
}

impl From<f64> for Term {
    /// # Panics
    /// If the number is not finite; see [`Term::float`].
    fn from(value: f64) -> Term {
        Term::float(value).unwrap_or_else(|| panic!("{value} is no term: terms are finite"))
    }
}

impl From<Atom> for Term {
    fn from(atom: Atom) -> Term {
        Term::Atom(atom)
    }
}

impl From<Pid> for Term {
    fn from(pid: Pid) -> Term {
        Term::Pid(pid)
    }
}

impl From<Ref> for Term {
    fn from(reference: Ref) -> Term {
        Term::Reference(reference)
    }
}

impl From<&str> for Term {
    /// A binary of UTF-8.
    fn from(text: &str) -> Term {
        Term::binary(text.as_bytes())
    }
}

impl From<String> for Term {
    /// A binary of UTF-8.
    fn from(text: String) -> Term {
        Term::Binary(Binary::from(text.into_bytes()))
    }
}

impl From<&String> for Term {
    /// A binary of UTF-8.
    fn from(text: &String) -> Term {
        Term::binary(text.as_bytes())
    }
}

impl From<&[u8]> for Term {
    /// A binary.
    fn from(bytes: &[u8]) -> Term {
        Term::binary(bytes)
    }
}

impl From<Vec<u8>> for Term {
    /// A binary.
    fn from(bytes: Vec<u8>) -> Term {
        Term::Binary(Binary::from(bytes))
    }
}

impl From<Vec<Term>> for Term {
    /// A list.
    fn from(elements: Vec<Term>) -> Term {
        Term::List(List::from(elements))
    }
}

impl From<&Term> for Term {
    fn from(term: &Term) -> Term {
        term.clone()
    }
}

impl FromIterator<Term> for Term {
    /// A list.
    fn from_iter<I: IntoIterator<Item = Term>>(elements: I) -> Term {
        Term::List(elements.into_iter().collect())
    }
}

/// The [`Term`](crate::engine::term::Term) that is a tuple of these elements.
///
/// ```
/// # use nodedown::{term::Term, tuple};
/// assert_eq!(tuple![Term::atom("ok"), 1, "text"].to_string(), r#"{ok,1,<<"text">>}"#);
/// ```
#[macro_export]
macro_rules! tuple {
    ($($element:expr),* $(,)?) => {
        $crate::term::Term::Tuple($crate::term::Tuple::from([$($crate::term::Term::from($element)),*]))
    };
}

/// The [`Term`](crate::engine::term::Term) that is a list of these elements.
///
/// ```
/// # use nodedown::list;
/// assert_eq!(list![1, 2.5, false].to_string(), "[1,2.5,false]");
/// ```
#[macro_export]
macro_rules! list {
    ($($element:expr),* $(,)?) => {
        $crate::term::Term::List($crate::term::List::from([$($crate::term::Term::from($element)),*]))
    };
}

/// The [`Term`](crate::engine::term::Term) that is a map with these keys and values.
///
/// ```
/// # use nodedown::{atom, map};
/// assert_eq!(map! { atom!("b") => 2, atom!("a") => 1 }.to_string(), "#{a => 1,b => 2}");
/// ```
#[macro_export]
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::term::Term::Map($crate::term::Map::from([
            $(($crate::term::Term::from($key), $crate::term::Term::from($value))),*
        ]))
    };
}

impl Default for Tuple {
    fn default() -> Tuple {
        Tuple::from([])
    }
}

impl Default for List {
    fn default() -> List {
        List::from([])
    }
}

impl Default for Map {
    fn default() -> Map {
        Map::from([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_big_only_where_64_bits_do_not_hold_them() {
        assert!(matches!(Term::from(BigInt::from(i64::MAX)), Term::Integer(i64::MAX)));
        assert!(matches!(Term::from(i128::from(i64::MIN)), Term::Integer(i64::MIN)));
        assert!(matches!(Term::from(u64::MAX), Term::BigInteger(_)));
        assert!(matches!(Term::from(7_u64), Term::Integer(7)));
    }

    #[test]
    fn only_finite_numbers_are_terms() {
        assert_eq!(Term::float(1.5), Some(Term::Float(1.5)));
        assert_eq!(Term::float(f64::NAN), None);
        assert_eq!(Term::float(f64::INFINITY), None);
    }

    #[test]
    fn a_term_is_small() {
        assert!(size_of::<Term>() <= 24);
        assert_eq!(size_of::<Pid>(), 16);
        assert_eq!(size_of::<Atom>(), 8);
    }
}
