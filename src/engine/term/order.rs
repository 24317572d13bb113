//! Equality and order: Erlang's exact ones as Rust's, and those of `==` and `<` beside them.
//!
//! Terms of different kinds are ordered number < atom < reference < pid < tuple < map < list <
//! binary. Tuples and maps are ordered by size first, lists and binaries element by element.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, Sign};

use super::Term;

impl Term {
    /// Erlang's `==`: numbers are equal if their values are, so `1` equals `1.0`. The keys of maps
    /// are compared exactly all the same.
    #[must_use]
    pub fn equals(&self, other: &Term) -> bool {
        self.erlang_cmp(other) == Ordering::Equal
    }

    /// The order of Erlang's `<` and of `lists:sort/1`: numbers by value, so `1` and `1.0` are
    /// equal and `1.5` is less than `2`.
    ///
    /// ```
    /// # use std::cmp::Ordering;
    /// # use nodedown::term::Term;
    /// let (one, half) = (Term::from(1), Term::from(0.5));
    /// assert_eq!(one.erlang_cmp(&half), Ordering::Greater);
    /// assert_eq!(one.cmp(&half), Ordering::Less, "exactly: integers before floats");
    /// ```
    #[must_use]
    pub fn erlang_cmp(&self, other: &Term) -> Ordering {
        compare(self, other, &by_value)
    }
}

impl PartialEq for Term {
    /// Erlang's `=:=`; `0.0` and `-0.0` are equal, as up to OTP 26.
    fn eq(&self, other: &Term) -> bool {
        match (self, other) {
            (Term::Binary(a), Term::Binary(b)) => a[..] == b[..],
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Term {}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Term) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Term {
    /// The order of a map's keys: total, agrees with `=:=`, and every integer is before every
    /// float. [`Term::erlang_cmp`] orders numbers by value.
    fn cmp(&self, other: &Term) -> Ordering {
        compare(self, other, &by_type)
    }
}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        kind(self).hash(state);
        match self {
            Term::Integer(value) => value.hash(state),
            Term::BigInteger(value) => value.hash(state),
            // Zero and minus zero are equal.
            Term::Float(value) => (value + 0.0).to_bits().hash(state),
            Term::Atom(atom) => atom.hash(state),
            Term::Reference(reference) => reference.hash(state),
            Term::Pid(pid) => pid.hash(state),
            Term::Tuple(tuple) => tuple.hash(state),
            Term::Map(map) => map.hash(state),
            Term::List(list) => list.hash(state),
            Term::ImproperList(list) => list.hash(state),
            Term::Binary(binary) => binary.hash(state),
        }
    }
}

/// Compares two terms of which `number` compares the numbers.
fn compare(a: &Term, b: &Term, number: &impl Fn(&Term, &Term) -> Ordering) -> Ordering {
    match (a, b) {
        (Term::Integer(a), Term::Integer(b)) => a.cmp(b),
        (Term::Atom(a), Term::Atom(b)) => a.cmp(b),
        (Term::Reference(a), Term::Reference(b)) => a.cmp(b),
        (Term::Pid(a), Term::Pid(b)) => a.cmp(b),
        (Term::Tuple(a), Term::Tuple(b)) => {
            a.len().cmp(&b.len()).then_with(|| elements(a, b, number))
        }
        (Term::List(a), Term::List(b)) => elements(a, b, number),
        (Term::ImproperList(a), Term::ImproperList(b)) => {
            lists(a.parts().0, Some(a.parts().1), b.parts().0, Some(b.parts().1), number)
        }
        (Term::ImproperList(a), Term::List(b)) => {
            lists(a.parts().0, Some(a.parts().1), b, None, number)
        }
        (Term::List(a), Term::ImproperList(b)) => {
            lists(a, None, b.parts().0, Some(b.parts().1), number)
        }
        (Term::Binary(a), Term::Binary(b)) => a[..].cmp(&b[..]),
        (Term::Map(a), Term::Map(b)) => {
            let keys = || a.iter().map(|(key, _)| key).cmp(b.iter().map(|(key, _)| key));
            let values = || first_difference(a.iter().zip(b).map(|(a, b)| (&a.1, &b.1)), number);
            a.len().cmp(&b.len()).then_with(keys).then_with(values)
        }
        _ => match (kind(a), kind(b)) {
            (Kind::Number, Kind::Number) => number(a, b),
            (a, b) => a.cmp(&b),
        },
    }
}

fn elements(a: &[Term], b: &[Term], number: &impl Fn(&Term, &Term) -> Ordering) -> Ordering {
    if std::ptr::eq(a, b) {
        return Ordering::Equal;
    }
    first_difference(a.iter().zip(b), number).then(a.len().cmp(&b.len()))
}

/// Compares lists by their elements, and then what is left of the longer one with the tail of the
/// other: no tail stands for the empty list.
fn lists(
    a: &[Term],
    tail_of_a: Option<&Term>,
    b: &[Term],
    tail_of_b: Option<&Term>,
    number: &impl Fn(&Term, &Term) -> Ordering,
) -> Ordering {
    // A list is compared with what is none by its kind.
    let with_list =
        |tail: Option<&Term>| tail.map_or(Ordering::Less, |tail| kind(tail).cmp(&Kind::List));
    first_difference(a.iter().zip(b), number).then_with(|| {
        match (a.len().cmp(&b.len()), tail_of_a, tail_of_b) {
            (Ordering::Less, tail, _) => with_list(tail),
            (Ordering::Greater, _, tail) => with_list(tail).reverse(),
            (Ordering::Equal, Some(a), Some(b)) => compare(a, b, number),
            (Ordering::Equal, Some(a), None) => kind(a).cmp(&Kind::List),
            (Ordering::Equal, None, Some(b)) => Kind::List.cmp(&kind(b)),
            (Ordering::Equal, None, None) => Ordering::Equal,
        }
    })
}

fn first_difference<'a>(
    mut pairs: impl Iterator<Item = (&'a Term, &'a Term)>,
    number: &impl Fn(&Term, &Term) -> Ordering,
) -> Ordering {
    pairs
        .find_map(|(a, b)| Some(compare(a, b, number)).filter(|order| order.is_ne()))
        .unwrap_or(Ordering::Equal)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Number,
    Atom,
    Reference,
    Pid,
    Tuple,
    Map,
    List,
    Binary,
}

fn kind(term: &Term) -> Kind {
    match term {
        Term::Integer(_) | Term::BigInteger(_) | Term::Float(_) => Kind::Number,
        Term::Atom(_) => Kind::Atom,
        Term::Reference(_) => Kind::Reference,
        Term::Pid(_) => Kind::Pid,
        Term::Tuple(_) => Kind::Tuple,
        Term::Map(_) => Kind::Map,
        Term::List(_) | Term::ImproperList(_) => Kind::List,
        Term::Binary(_) => Kind::Binary,
    }
}

/// Numbers in the order of a map's keys: all integers, then all floats.
fn by_type(a: &Term, b: &Term) -> Ordering {
    match (a, b) {
        (Term::Float(a), Term::Float(b)) => floats(*a, *b),
        (Term::Float(_), _) => Ordering::Greater,
        (_, Term::Float(_)) => Ordering::Less,
        _ => integers(a, b),
    }
}

/// Numbers by their values.
fn by_value(a: &Term, b: &Term) -> Ordering {
    match (a, b) {
        (Term::Float(a), Term::Float(b)) => floats(*a, *b),
        (Term::Float(a), b) => integer_and_float(b, *a).reverse(),
        (a, Term::Float(b)) => integer_and_float(a, *b),
        _ => integers(a, b),
    }
}

fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).expect("a term is a finite number")
}

fn integers(a: &Term, b: &Term) -> Ordering {
    match (a, b) {
        (Term::Integer(a), Term::Integer(b)) => a.cmp(b),
        (Term::BigInteger(a), Term::BigInteger(b)) => a.cmp(b),
        (Term::Integer(_), Term::BigInteger(b)) => zero().cmp(&b.sign()),
        (Term::BigInteger(a), _) => a.sign().cmp(&zero()),
        _ => unreachable!("both are integers"),
    }
}

/// A big integer is outside the range of the small ones: its sign decides.
fn zero() -> Sign {
    Sign::NoSign
}

/// The whole floats from -2^63 to below 2^63: the range of the small integers.
const SMALL: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;

/// Exact: the float's whole part is an integer, and what it cuts off decides between equals.
fn integer_and_float(integer: &Term, float: f64) -> Ordering {
    let whole = float.trunc();
    let by_fraction = || floats(whole, float);
    match integer {
        Term::Integer(value) if SMALL.contains(&whole) => {
            value.cmp(&(whole as i64)).then_with(by_fraction)
        }
        Term::Integer(_) => floats(0.0, float),
        Term::BigInteger(value) => value.as_ref().cmp(&float_to_big(whole)).then_with(by_fraction),
        _ => unreachable!("the first is an integer"),
    }
}

/// The integer that a float without a fraction is.
fn float_to_big(whole: f64) -> BigInt {
    let bits = whole.to_bits();
    let exponent = ((bits >> 52) & 0x7FF) as i32 - 1075;
    let mantissa = BigInt::from((bits & ((1 << 52) - 1)) | (1 << 52));
    let magnitude = match u32::try_from(exponent) {
        Ok(left) => mantissa << left,
        Err(_) if exponent < -63 => BigInt::ZERO,
        Err(_) => mantissa >> exponent.unsigned_abs(),
    };
    if whole.is_sign_negative() { -magnitude } else { magnitude }
}
