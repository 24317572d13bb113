//! The functions of `math`, computed in the same way on every platform.

use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const MATH: &[(&str, u8, Pure)] = &[
    ("acos", 1, |heap, args| one(heap, args, libm::acos)),
    ("acosh", 1, |heap, args| one(heap, args, acosh)),
    ("asin", 1, |heap, args| one(heap, args, libm::asin)),
    ("asinh", 1, |heap, args| one(heap, args, libm::asinh)),
    ("atan", 1, |heap, args| one(heap, args, libm::atan)),
    ("atan2", 2, |heap, args| two(heap, args, libm::atan2)),
    ("atanh", 1, |heap, args| one(heap, args, libm::atanh)),
    ("ceil", 1, |heap, args| one(heap, args, libm::ceil)),
    ("cos", 1, |heap, args| one(heap, args, libm::cos)),
    ("cosh", 1, |heap, args| one(heap, args, libm::cosh)),
    ("erf", 1, |heap, args| one(heap, args, libm::erf)),
    ("erfc", 1, |heap, args| one(heap, args, libm::erfc)),
    ("exp", 1, |heap, args| one(heap, args, libm::exp)),
    ("floor", 1, |heap, args| one(heap, args, libm::floor)),
    ("fmod", 2, |heap, args| two(heap, args, libm::fmod)),
    ("log", 1, |heap, args| one(heap, args, libm::log)),
    ("log10", 1, |heap, args| one(heap, args, libm::log10)),
    ("log2", 1, |heap, args| one(heap, args, libm::log2)),
    ("pow", 2, |heap, args| two(heap, args, libm::pow)),
    ("sin", 1, |heap, args| one(heap, args, libm::sin)),
    ("sinh", 1, |heap, args| one(heap, args, libm::sinh)),
    ("sqrt", 1, |heap, args| one(heap, args, libm::sqrt)),
    ("tan", 1, |heap, args| one(heap, args, libm::tan)),
    ("tanh", 1, |heap, args| one(heap, args, libm::tanh)),
];

/// The number as a float.
fn float(heap: &Heap, value: Value) -> Result<f64, Raise> {
    if let Some(float) = heap.as_float(value) {
        return Ok(float);
    }
    if let Some(integer) = heap.as_integer(value) {
        return Ok(integer as f64);
    }
    let integer = heap.as_big_integer(value).ok_or(Raise::BADARG)?;
    // The nearest float is what the digits say when they are read.
    let float: f64 = integer.to_string().parse().map_err(|_| Raise::BADARG)?;
    if float.is_finite() { Ok(float) } else { Err(Raise::BADARITH) }
}

fn finite(heap: &mut Heap, value: f64) -> NativeResult {
    heap.try_float(value).ok_or(Raise::BADARITH)
}

/// `acosh`; `libm` returns a number for some arguments below one, where it is undefined.
fn acosh(x: f64) -> f64 {
    if x < 1.0 { f64::NAN } else { libm::acosh(x) }
}

fn one(heap: &mut Heap, args: &[Value], of: fn(f64) -> f64) -> NativeResult {
    let value = of(float(heap, args[0])?);
    finite(heap, value)
}

fn two(heap: &mut Heap, args: &[Value], of: fn(f64, f64) -> f64) -> NativeResult {
    let value = of(float(heap, args[0])?, float(heap, args[1])?);
    finite(heap, value)
}
