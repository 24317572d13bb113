//! Integers of any size, and floats.

use num_bigint::{BigInt, BigUint, Sign};

use super::object::{kind, kind_of};
use super::{Heap, raw};
use crate::beam::value::Value;

impl Heap {
    /// The integer.
    #[inline]
    pub fn integer(&mut self, value: i64) -> Value {
        match Value::try_small(value) {
            Some(small) => small,
            None => self.magnitude(value < 0, &[value.unsigned_abs()]),
        }
    }

    /// The integer.
    pub fn unsigned(&mut self, value: u64) -> Value {
        match i64::try_from(value) {
            Ok(value) => self.integer(value),
            Err(_) => self.magnitude(false, &[value]),
        }
    }

    /// The integer.
    pub fn big_integer(&mut self, value: &BigInt) -> Value {
        let (sign, digits) = value.to_u64_digits();
        let negative = sign == Sign::Minus;
        match digits[..] {
            [] => Value::small(0),
            [digit] if digit <= 1 << 62 => {
                let digit = digit.cast_signed();
                self.integer(if negative { -digit } else { digit })
            }
            _ => self.magnitude(negative, &digits),
        }
    }

    fn magnitude(&mut self, negative: bool, digits: &[u64]) -> Value {
        let kind = if negative { kind::BIG_NEGATIVE } else { kind::BIG_POSITIVE };
        let value = self.begin(kind, digits.len());
        for digit in digits {
            self.push(raw(*digit));
        }
        value
    }

    /// Is it an integer?
    #[must_use]
    #[inline]
    pub fn is_integer(&self, value: Value) -> bool {
        value.is_small() || self.is_big(value)
    }

    #[inline]
    pub(in crate::beam) fn is_big(&self, value: Value) -> bool {
        self.header(value).is_some_and(|header| {
            matches!(kind_of(header), kind::BIG_POSITIVE | kind::BIG_NEGATIVE)
        })
    }

    /// The integer, if it has at most 64 bits.
    #[must_use]
    pub fn as_integer(&self, value: Value) -> Option<i64> {
        if let Some(small) = value.as_small() {
            return Some(small);
        }
        let negative = kind_of(self.header(value)?) == kind::BIG_NEGATIVE;
        let [digit] = self.is_big(value).then(|| self.object(value))? else { return None };
        let digit = i128::from(digit.word());
        i64::try_from(if negative { -digit } else { digit }).ok()
    }

    /// The integer, if it is not negative and at most `usize` large.
    #[must_use]
    pub fn as_size(&self, value: Value) -> Option<usize> {
        usize::try_from(self.as_integer(value)?).ok()
    }

    /// The integer, of any size.
    #[must_use]
    pub fn as_big_integer(&self, value: Value) -> Option<BigInt> {
        if let Some(small) = value.as_small() {
            return Some(BigInt::from(small));
        }
        if !self.is_big(value) {
            return None;
        }
        let digits = self.object(value).iter();
        let halves = digits.flat_map(|word| [word.word() as u32, (word.word() >> 32) as u32]);
        let magnitude = BigUint::new(halves.collect());
        let negative = self.is_object(value, kind::BIG_NEGATIVE);
        Some(BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    /// The number; `None` when it is not finite, which no float of Erlang is.
    pub fn try_float(&mut self, value: f64) -> Option<Value> {
        value.is_finite().then(|| self.float(value))
    }

    /// The number, which is finite.
    #[inline]
    pub fn float(&mut self, value: f64) -> Value {
        debug_assert!(value.is_finite());
        self.make(kind::FLOAT, &[raw(value.to_bits())])
    }

    /// The floating-point number.
    #[must_use]
    #[inline]
    pub fn as_float(&self, value: Value) -> Option<f64> {
        Some(f64::from_bits(self.as_object(value, kind::FLOAT)?[0].word()))
    }

    /// Is it an integer or a float?
    #[must_use]
    #[inline]
    pub fn is_number(&self, value: Value) -> bool {
        self.is_integer(value) || self.is_object(value, kind::FLOAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_size_are_read_back() {
        let mut heap = Heap::new();
        for bits in [0, 1, 58, 59, 60, 62, 63, 64, 65, 127, 128, 200] {
            for difference in [-1, 0, 1] {
                for sign in [-1, 1] {
                    let integer = ((BigInt::from(1) << bits) + difference) * sign;
                    let value = heap.big_integer(&integer);
                    assert_eq!(heap.as_big_integer(value), Some(integer.clone()));
                    assert_eq!(heap.as_integer(value), i64::try_from(&integer).ok());
                    assert!(heap.is_integer(value));
                    let small = i64::try_from(integer).ok().and_then(Value::try_small);
                    assert_eq!(value.is_small(), small.is_some());
                }
            }
        }
        for integer in [i64::MIN, i64::MAX] {
            let value = heap.integer(integer);
            assert_eq!(heap.as_integer(value), Some(integer));
        }
        let value = heap.unsigned(u64::MAX);
        assert_eq!(heap.as_big_integer(value), Some(BigInt::from(u64::MAX)));
    }

    #[test]
    fn a_float_is_finite() {
        let mut heap = Heap::new();
        let value = heap.float(1.5);
        assert_eq!(heap.as_float(value), Some(1.5));
        assert!(!heap.is_integer(value) && heap.is_number(value));
        assert_eq!(heap.try_float(f64::INFINITY), None);
    }
}
