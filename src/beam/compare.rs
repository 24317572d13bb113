//! Erlang's order of all terms, and equality.
//!
//! number < atom < reference < fun < port < pid < tuple < map < `[]` < list < bit string

use std::cmp::Ordering;

use num_bigint::BigInt;

use super::heap::object::kind;
use super::heap::{Bits, Heap, ValueKind};
use super::value::Value;

/// The integers up to this magnitude are floats without a loss.
const EXACT_MAX: i64 = 1 << 53;

/// Pairs that are still to be compared, and whether `1` and `1.0` are different.
type Pending = Vec<(Value, Value, bool)>;

impl Heap {
    /// Erlang's `=:=`.
    #[must_use]
    #[inline]
    pub fn equals(&self, a: Value, b: Value) -> bool {
        a == b || a.is_reference() && b.is_reference() && self.order(a, b, true).is_eq()
    }

    /// Erlang's `==`: numbers are equal that have the same value.
    #[must_use]
    #[inline]
    pub fn equals_loosely(&self, a: Value, b: Value) -> bool {
        a == b || (a.is_reference() || b.is_reference()) && self.order(a, b, false).is_eq()
    }

    /// Erlang's order, as of `<`: numbers are ordered by their value.
    #[must_use]
    #[inline]
    pub fn compare(&self, a: Value, b: Value) -> Ordering {
        if a.is_small() && b.is_small() {
            return a.small_value().cmp(&b.small_value());
        }
        self.order(a, b, false)
    }

    /// The order of keys of maps: all integers stand before all floats.
    #[must_use]
    #[inline]
    pub fn compare_exact(&self, a: Value, b: Value) -> Ordering {
        if a.is_small() && b.is_small() {
            return a.small_value().cmp(&b.small_value());
        }
        self.order(a, b, true)
    }

    fn order(&self, a: Value, b: Value, exact: bool) -> Ordering {
        let mut pending = Pending::new();
        let (mut a, mut b, mut exact) = (a, b, exact);
        loop {
            let order = self.order_heads(a, b, exact, &mut pending);
            if order != Ordering::Equal {
                return order;
            }
            match pending.pop() {
                Some(next) => (a, b, exact) = next,
                None => return Ordering::Equal,
            }
        }
    }

    /// The order as far as it can be told without the parts, which become pending.
    fn order_heads(&self, a: Value, b: Value, exact: bool, pending: &mut Pending) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        if a.is_cons() && b.is_cons() {
            return self.order_lists(a, b, exact, pending);
        }
        let (kind, other) = (self.kind(a), self.kind(b));
        let order = rank(kind).cmp(&rank(other));
        if order != Ordering::Equal {
            return order;
        }
        match kind {
            ValueKind::Integer | ValueKind::Float => self.order_numbers(a, b, exact),
            ValueKind::Atom => a.as_atom().cmp(&b.as_atom()),
            ValueKind::Reference => self.as_reference(a).cmp(&self.as_reference(b)),
            ValueKind::Fun => self.order_funs(a, b, exact, pending),
            ValueKind::Port => self.as_port(a).cmp(&self.as_port(b)),
            ValueKind::Pid => self.as_pid(a).cmp(&self.as_pid(b)),
            ValueKind::Tuple => Heap::order_slices(self.object(a), self.object(b), exact, pending),
            ValueKind::Map => self.order_maps(a, b, exact, pending),
            ValueKind::Nil | ValueKind::List => Ordering::Equal,
            ValueKind::Bits => match (self.as_bits(a), self.as_bits(b)) {
                (Some(a), Some(b)) => order_bits(a, b),
                // Only a match context has no bits of its own; it is never compared.
                (_, _) => Ordering::Equal,
            },
        }
    }

    /// The order of values that are no lists or objects: smalls and atoms.
    #[inline]
    fn order_words(a: Value, b: Value) -> Option<Ordering> {
        if a.is_small() && b.is_small() {
            Some(a.small_value().cmp(&b.small_value()))
        } else if a.is_atom() && b.is_atom() {
            Some(a.as_atom().cmp(&b.as_atom()))
        } else {
            None
        }
    }

    /// The order of two lists with a head, as far as it can be told without parts that need a look of
    /// their own.
    fn order_lists(
        &self,
        mut a: Value,
        mut b: Value,
        exact: bool,
        pending: &mut Pending,
    ) -> Ordering {
        while a.is_cons() && b.is_cons() {
            if a == b {
                return Ordering::Equal;
            }
            let (head, other) = (self.head(a), self.head(b));
            (a, b) = (self.tail(a), self.tail(b));
            if head != other {
                let Some(order) = Heap::order_words(head, other) else {
                    pending.push((a, b, exact));
                    pending.push((head, other, exact));
                    return Ordering::Equal;
                };
                return order;
            }
        }
        if a != b {
            pending.push((a, b, exact));
        }
        Ordering::Equal
    }

    /// By length, then by the elements.
    fn order_slices(a: &[Value], b: &[Value], exact: bool, pending: &mut Pending) -> Ordering {
        if a.len() != b.len() {
            return a.len().cmp(&b.len());
        }
        let mut pairs = a.iter().zip(b).filter(|(a, b)| a != b);
        let Some((first, other)) = pairs.next() else { return Ordering::Equal };
        if let Some(order) = Heap::order_words(*first, *other) {
            return order;
        }
        let start = pending.len();
        pending.push((*first, *other, exact));
        pending.extend(pairs.map(|(a, b)| (*a, *b, exact)));
        pending[start..].reverse();
        Ordering::Equal
    }

    fn order_numbers(&self, a: Value, b: Value, exact: bool) -> Ordering {
        match (self.as_float(a), self.as_float(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (None, None) => self.order_integers(a, b),
            (Some(_), None) if exact => Ordering::Greater,
            (None, Some(_)) if exact => Ordering::Less,
            (Some(a), None) => self.order_mixed(b, a).reverse(),
            (None, Some(b)) => self.order_mixed(a, b),
        }
    }

    fn order_integers(&self, a: Value, b: Value) -> Ordering {
        match (a.as_small(), b.as_small()) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => self.sign_of_big(b).reverse(),
            (None, Some(_)) => self.sign_of_big(a),
            (None, None) => {
                let (sign, other) = (self.sign_of_big(a), self.sign_of_big(b));
                if sign != other {
                    return sign.cmp(&other);
                }
                let digits = |value| self.object(value).iter().rev().map(|word| word.word());
                let order = digits(a).len().cmp(&digits(b).len());
                let order = order.then_with(|| digits(a).cmp(digits(b)));
                if sign == Ordering::Less { order.reverse() } else { order }
            }
        }
    }

    fn sign_of_big(&self, value: Value) -> Ordering {
        if self.is_object(value, kind::BIG_NEGATIVE) { Ordering::Less } else { Ordering::Greater }
    }

    fn order_mixed(&self, integer: Value, float: f64) -> Ordering {
        if let Some(small) = integer.as_small()
            && small.abs() <= EXACT_MAX
        {
            return (small as f64).partial_cmp(&float).unwrap_or(Ordering::Equal);
        }
        let integer = self.as_big_integer(integer).unwrap_or_default();
        let whole = integer.cmp(&whole_part(float));
        whole.then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
    }

    /// Anonymous functions stand before those with a name.
    fn order_funs(&self, a: Value, b: Value, exact: bool, pending: &mut Pending) -> Ordering {
        match (self.as_fun(a), self.as_fun(b)) {
            (Some(a), Some(b)) => {
                let order = (a.module, a.index, a.uniq).cmp(&(b.module, b.index, b.uniq));
                order.then_with(|| Heap::order_slices(a.free, b.free, exact, pending))
            }
            (None, None) => self.as_external_fun(a).cmp(&self.as_external_fun(b)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        }
    }

    /// By size, then by keys, then by the values of the keys in order.
    fn order_maps(&self, a: Value, b: Value, exact: bool, pending: &mut Pending) -> Ordering {
        let order = self.map_size(a).cmp(&self.map_size(b));
        if order != Ordering::Equal {
            return order;
        }
        if self.is_object(a, kind::FLAT_MAP) {
            let (words, others) = (self.object(a), self.object(b));
            let pairs = words[1..].iter().zip(&others[1..]).rev();
            pending.extend(pairs.filter(|(a, b)| a != b).map(|(a, b)| (*a, *b, exact)));
            pending.push((words[0], others[0], true));
            return Ordering::Equal;
        }
        let pairs = self.map_pairs(a).unwrap_or_default();
        let others = self.map_pairs(b).unwrap_or_default();
        let both = || pairs.iter().zip(&others).rev();
        pending.extend(both().map(|(pair, other)| (pair.1, other.1, exact)));
        pending.extend(both().map(|(pair, other)| (pair.0, other.0, true)));
        Ordering::Equal
    }
}

fn order_bits(a: Bits<'_>, b: Bits<'_>) -> Ordering {
    let common = a.len().min(b.len());
    let mut at = 0;
    while at < common {
        let count = (common - at).min(64);
        let order = a.read(at, count).cmp(&b.read(at, count));
        if order != Ordering::Equal {
            return order;
        }
        at += count;
    }
    a.len().cmp(&b.len())
}

/// The float without what follows the point.
pub(in crate::beam) fn whole_part(float: f64) -> BigInt {
    let bits = float.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as i32 - 1075;
    let mantissa = BigInt::from(bits & ((1 << 52) - 1) | 1 << 52);
    let magnitude = match exponent {
        ..=-53 => BigInt::ZERO,
        -52..=-1 => mantissa >> -exponent,
        0.. => mantissa << exponent,
    };
    if float < 0.0 { -magnitude } else { magnitude }
}

const fn rank(kind: ValueKind) -> u8 {
    match kind {
        ValueKind::Integer | ValueKind::Float => 0,
        ValueKind::Atom => 1,
        ValueKind::Reference => 2,
        ValueKind::Fun => 3,
        ValueKind::Port => 4,
        ValueKind::Pid => 5,
        ValueKind::Tuple => 6,
        ValueKind::Map => 7,
        ValueKind::Nil => 8,
        ValueKind::List => 9,
        ValueKind::Bits => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::heap::ExternalFun;
    use crate::beam::{AtomIndex, Life, Port, ProcessId, Reference};

    /// One value of each kind, in order.
    fn one_of_each(heap: &mut Heap) -> Vec<Value> {
        let life = Life::new(AtomIndex::new("a@x"), 1);
        let function =
            ExternalFun { module: AtomIndex::new("m"), function: AtomIndex::new("f"), arity: 1 };
        vec![
            heap.integer(i64::MIN),
            Value::small(-3),
            heap.float(-2.5),
            Value::small(0),
            heap.float(0.5),
            Value::small(1),
            heap.big_integer(&(BigInt::from(1) << 70)),
            heap.float(1e30),
            AtomIndex::new("a").into(),
            AtomIndex::new("b").into(),
            heap.reference(Reference::new(life, 1)),
            heap.external_fun(function),
            heap.port(Port { life, number: 1 }),
            heap.pid(ProcessId { life, number: 1, serial: 0 }),
            heap.tuple(&[]),
            heap.tuple(&[Value::small(2)]),
            heap.tuple(&[Value::small(1), Value::small(2)]),
            heap.map(&[]),
            heap.map(&[(Value::small(1), Value::small(9))]),
            heap.map(&[(Value::small(2), Value::small(1))]),
            Value::NIL,
            heap.list(&[Value::small(1)]),
            heap.list(&[Value::small(1), Value::small(1)]),
            heap.binary(b""),
            heap.binary(b"a"),
            heap.binary(b"aa"),
            heap.binary(b"b"),
        ]
    }

    #[test]
    fn the_order_is_erlangs() {
        let mut heap = Heap::new();
        let values = one_of_each(&mut heap);
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(heap.compare(*a, *b), i.cmp(&j), "{i} {j}");
                assert_eq!(heap.equals(*a, *b), i == j);
            }
        }
        let again = one_of_each(&mut heap);
        for (a, b) in values.into_iter().zip(again) {
            assert!(heap.equals(a, b) && heap.equals_loosely(a, b));
        }
    }

    #[test]
    fn an_integer_and_a_float_of_its_value_are_equal_loosely() {
        let mut heap = Heap::new();
        let (one, float) = (Value::small(1), heap.float(1.0));
        assert!(heap.equals_loosely(one, float) && !heap.equals(one, float));
        assert_eq!(heap.compare_exact(one, float), Ordering::Less);
        let large = heap.float(9_007_199_254_740_994.0);
        assert!(heap.equals_loosely(Value::small(9_007_199_254_740_994), large));
        assert!(!heap.equals_loosely(Value::small(9_007_199_254_740_993), large));
        let (a, b) = (heap.tuple(&[one, float]), heap.tuple(&[float, one]));
        assert!(heap.equals_loosely(a, b) && !heap.equals(a, b));
    }

    #[test]
    fn deep_terms_are_compared_without_recursion() {
        let mut heap = Heap::new();
        let deep = |heap: &mut Heap| {
            (0..1_000_000).fold(Value::NIL, |inner, _| heap.cons(inner, Value::NIL))
        };
        let (a, b) = (deep(&mut heap), deep(&mut heap));
        assert!(heap.equals(a, b));
    }

    #[test]
    fn a_float_has_its_whole_part() {
        for (float, whole) in [(0.0, 0_i64), (0.9, 0), (-1.9, -1), (1e15 + 0.5, 10_i64.pow(15))] {
            assert_eq!(whole_part(float), BigInt::from(whole));
        }
        assert_eq!(whole_part(2f64.powi(100)), BigInt::from(1) << 100);
    }
}
