//! Arithmetic on integers of any size and floats: the operators of Erlang as natives.

use num_bigint::{BigInt, Sign};

use super::compare::whole_part;
use super::heap::Heap;
use super::native::{NativeResult, Pure, Raise};
use super::value::Value;

/// The most bits of an integer.
const BITS_MAX: u64 = 1 << 26;

/// The operators and functions of module `erlang` that are here.
pub(in crate::beam) const ARITHMETIC: &[(&str, u8, Pure)] = &[
    ("+", 2, add),
    ("-", 2, subtract),
    ("*", 2, multiply),
    ("/", 2, divide),
    ("div", 2, quotient),
    ("rem", 2, remainder),
    ("-", 1, negate),
    ("+", 1, identity),
    ("band", 2, bit_and),
    ("bor", 2, bit_or),
    ("bxor", 2, bit_xor),
    ("bnot", 1, bit_not),
    ("bsl", 2, shift_left),
    ("bsr", 2, shift_right),
    ("abs", 1, absolute),
    ("float", 1, float),
    ("round", 1, round),
    ("trunc", 1, truncate),
    ("floor", 1, floor),
    ("ceil", 1, ceiling),
];

/// Two numbers of an operation, as those that it works on.
enum Pair {
    Small(i64, i64),
    Big(BigInt, BigInt),
    Floats(f64, f64),
}

fn pair(heap: &Heap, args: &[Value]) -> Result<Pair, Raise> {
    if let (Some(a), Some(b)) = (args[0].as_small(), args[1].as_small()) {
        return Ok(Pair::Small(a, b));
    }
    match (heap.as_big_integer(args[0]), heap.as_big_integer(args[1])) {
        (Some(a), Some(b)) => Ok(Pair::Big(a, b)),
        (Some(_) | None, Some(_) | None) => {
            Ok(Pair::Floats(to_float(heap, args[0])?, to_float(heap, args[1])?))
        }
    }
}

/// The number as a float.
pub(in crate::beam) fn to_float(heap: &Heap, value: Value) -> Result<f64, Raise> {
    if let Some(float) = heap.as_float(value) {
        return Ok(float);
    }
    match (value.as_small(), heap.as_big_integer(value)) {
        (Some(small), _) => Ok(small as f64),
        (None, Some(big)) => nearest_float(&big).ok_or(Raise::BADARITH),
        (None, None) => Err(Raise::BADARITH),
    }
}

/// The float nearest to an integer, if there is one.
pub(in crate::beam) fn nearest_float(integer: &BigInt) -> Option<f64> {
    let magnitude = integer.magnitude();
    let bits = magnitude.bits();
    let shift = bits.saturating_sub(64);
    let top = (magnitude >> shift).iter_u64_digits().next().unwrap_or(0);
    // A bit that was cut off decides where the rest lies in the middle of two floats.
    let cut = shift > 0 && magnitude.trailing_zeros().is_some_and(|zeros| zeros < shift);
    let float = (top | u64::from(cut)) as f64 * 2f64.powi(i32::try_from(shift).ok()?.min(1100));
    let float = if integer.sign() == Sign::Minus { -float } else { float };
    float.is_finite().then_some(float)
}

fn finite(heap: &mut Heap, value: f64) -> NativeResult {
    heap.try_float(value).ok_or(Raise::BADARITH)
}

fn big(heap: &mut Heap, value: &BigInt) -> NativeResult {
    if value.bits() > BITS_MAX {
        return Err(Raise::SYSTEM_LIMIT);
    }
    Ok(heap.big_integer(value))
}

pub(in crate::beam) fn add(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match pair(heap, args)? {
        Pair::Small(a, b) => Ok(heap.integer(a + b)),
        Pair::Big(a, b) => big(heap, &(a + b)),
        Pair::Floats(a, b) => finite(heap, a + b),
    }
}

pub(in crate::beam) fn subtract(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match pair(heap, args)? {
        Pair::Small(a, b) => Ok(heap.integer(a - b)),
        Pair::Big(a, b) => big(heap, &(a - b)),
        Pair::Floats(a, b) => finite(heap, a - b),
    }
}

pub(in crate::beam) fn multiply(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match pair(heap, args)? {
        Pair::Small(a, b) => match a.checked_mul(b) {
            Some(product) => Ok(heap.integer(product)),
            None => big(heap, &(BigInt::from(a) * b)),
        },
        Pair::Big(a, b) => {
            if a.bits() + b.bits() > BITS_MAX + 1 {
                return Err(Raise::SYSTEM_LIMIT);
            }
            big(heap, &(a * b))
        }
        Pair::Floats(a, b) => finite(heap, a * b),
    }
}

fn divide(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (a, b) = (to_float(heap, args[0])?, to_float(heap, args[1])?);
    if b == 0.0 { Err(Raise::BADARITH) } else { finite(heap, a / b) }
}

fn quotient(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match pair(heap, args)? {
        Pair::Small(_, 0) | Pair::Floats(..) => Err(Raise::BADARITH),
        Pair::Small(a, b) => Ok(heap.integer(a / b)),
        Pair::Big(_, b) if b.sign() == Sign::NoSign => Err(Raise::BADARITH),
        Pair::Big(a, b) => big(heap, &(a / b)),
    }
}

fn remainder(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match pair(heap, args)? {
        Pair::Small(_, 0) | Pair::Floats(..) => Err(Raise::BADARITH),
        Pair::Small(a, b) => Ok(heap.integer(a % b)),
        Pair::Big(_, b) if b.sign() == Sign::NoSign => Err(Raise::BADARITH),
        Pair::Big(a, b) => big(heap, &(a % b)),
    }
}

fn negate(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match heap.as_float(args[0]) {
        Some(float) => Ok(heap.float(-float)),
        None => subtract(heap, &[Value::small(0), args[0]]),
    }
}

fn identity(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if heap.is_number(args[0]) { Ok(args[0]) } else { Err(Raise::BADARITH) }
}

fn integers(heap: &Heap, args: &[Value]) -> Result<(BigInt, BigInt), Raise> {
    match (heap.as_big_integer(args[0]), heap.as_big_integer(args[1])) {
        (Some(a), Some(b)) => Ok((a, b)),
        (Some(_) | None, Some(_) | None) => Err(Raise::BADARITH),
    }
}

pub(in crate::beam) fn bit_and(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let (Some(a), Some(b)) = (args[0].as_small(), args[1].as_small()) {
        return Ok(Value::small(a & b));
    }
    let (a, b) = integers(heap, args)?;
    Ok(heap.big_integer(&(a & b)))
}

fn bit_or(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let (Some(a), Some(b)) = (args[0].as_small(), args[1].as_small()) {
        return Ok(Value::small(a | b));
    }
    let (a, b) = integers(heap, args)?;
    Ok(heap.big_integer(&(a | b)))
}

fn bit_xor(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let (Some(a), Some(b)) = (args[0].as_small(), args[1].as_small()) {
        return Ok(Value::small(a ^ b));
    }
    let (a, b) = integers(heap, args)?;
    Ok(heap.big_integer(&(a ^ b)))
}

fn bit_not(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let Some(a) = args[0].as_small() {
        return Ok(Value::small(!a));
    }
    let a = heap.as_big_integer(args[0]).ok_or(Raise::BADARITH)?;
    Ok(heap.big_integer(&!a))
}

fn shift_left(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let by = heap.as_big_integer(args[1]).ok_or(Raise::BADARITH)?;
    shift(heap, args[0], &by)
}

fn shift_right(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let (Some(a), Some(by @ 0..=63)) = (args[0].as_small(), args[1].as_small()) {
        return Ok(Value::small(a >> by));
    }
    let by = heap.as_big_integer(args[1]).ok_or(Raise::BADARITH)?;
    shift(heap, args[0], &-by)
}

/// To the left, or to the right if `by` is negative.
fn shift(heap: &mut Heap, value: Value, by: &BigInt) -> NativeResult {
    let integer = heap.as_big_integer(value).ok_or(Raise::BADARITH)?;
    match i64::try_from(by) {
        _ if integer.sign() == Sign::NoSign => Ok(value),
        Ok(by @ 0..) if by as u64 <= BITS_MAX => big(heap, &(integer << by)),
        Ok(by @ ..0) if by.unsigned_abs() <= integer.bits() => {
            Ok(heap.big_integer(&(integer >> by.unsigned_abs())))
        }
        Ok(0..) => Err(Raise::SYSTEM_LIMIT),
        Err(_) if by.sign() == Sign::Plus => Err(Raise::SYSTEM_LIMIT),
        Ok(..0) | Err(_) => Ok(Value::small(-i64::from(integer.sign() == Sign::Minus))),
    }
}

fn absolute(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if let Some(float) = heap.as_float(args[0]) {
        return Ok(if float.is_sign_negative() { heap.float(-float) } else { args[0] });
    }
    let integer = heap.as_big_integer(args[0]).ok_or(Raise::BADARG)?;
    if integer.sign() == Sign::Minus { Ok(heap.big_integer(&-integer)) } else { Ok(args[0]) }
}

fn float(heap: &mut Heap, args: &[Value]) -> NativeResult {
    if heap.as_float(args[0]).is_some() {
        return Ok(args[0]);
    }
    let float = to_float(heap, args[0]).map_err(|_| Raise::BADARG)?;
    Ok(heap.float(float))
}

/// An integer as it is, of a float that which `whole` makes of it.
fn whole(heap: &mut Heap, value: Value, whole: fn(f64) -> f64) -> NativeResult {
    if heap.is_integer(value) {
        return Ok(value);
    }
    let float = heap.as_float(value).ok_or(Raise::BADARG)?;
    Ok(heap.big_integer(&whole_part(whole(float))))
}

fn round(heap: &mut Heap, args: &[Value]) -> NativeResult {
    whole(heap, args[0], libm::round)
}

fn truncate(heap: &mut Heap, args: &[Value]) -> NativeResult {
    whole(heap, args[0], libm::trunc)
}

fn floor(heap: &mut Heap, args: &[Value]) -> NativeResult {
    whole(heap, args[0], libm::floor)
}

fn ceiling(heap: &mut Heap, args: &[Value]) -> NativeResult {
    whole(heap, args[0], libm::ceil)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big_of(text: &str) -> BigInt {
        text.parse().unwrap()
    }

    fn check(function: &str, args: &[&str], expected: Result<&str, Raise>) {
        let mut heap = Heap::new();
        let values: Vec<Value> = args
            .iter()
            .map(|arg| match arg.parse::<BigInt>() {
                Ok(integer) => heap.big_integer(&integer),
                Err(_) => heap.float(arg.parse().unwrap()),
            })
            .collect();
        let arity = args.len() as u8;
        let (_, _, native) = ARITHMETIC
            .iter()
            .find(|(name, takes, _)| *name == function && *takes == arity)
            .unwrap();
        let result = native(&mut heap, &values).map(|value| heap.print(value).to_string());
        assert_eq!(result, expected.map(str::to_owned), "{function} {args:?}");
    }

    #[test]
    fn integers_grow_and_shrink() {
        check("+", &["576460752303423487", "1"], Ok("576460752303423488"));
        check("-", &["576460752303423488", "1"], Ok("576460752303423487"));
        check("*", &["4294967296", "4294967296"], Ok("18446744073709551616"));
        check("div", &["-7", "2"], Ok("-3"));
        check("rem", &["-7", "2"], Ok("-1"));
        check("div", &["-18446744073709551617", "4"], Ok("-4611686018427387904"));
        check("div", &["-576460752303423488", "-1"], Ok("576460752303423488"));
        check("bsl", &["1", "100"], Ok("1267650600228229401496703205376"));
        check("bsr", &["-1", "1000"], Ok("-1"));
        check("bsr", &["-1267650600228229401496703205377", "100"], Ok("-2"));
        check("bsl", &["-5", "-1"], Ok("-3"));
        check("band", &["-1", "18446744073709551616"], Ok("18446744073709551616"));
        check("bnot", &["18446744073709551616"], Ok("-18446744073709551617"));
        check("abs", &["-576460752303423488"], Ok("576460752303423488"));
    }

    #[test]
    fn floats_and_integers_mix() {
        check("+", &["1", "0.5"], Ok("1.5"));
        check("/", &["1", "4"], Ok("0.25"));
        check("round", &["2.5"], Ok("3"));
        check("round", &["-2.5"], Ok("-3"));
        check("trunc", &["-2.9"], Ok("-2"));
        check("floor", &["-2.1"], Ok("-3"));
        check("ceil", &["1.0e20"], Ok("100000000000000000000"));
        check("float", &["9007199254740993"], Ok("9.007199254740992e15"));
        check("-", &["0.0"], Ok("-0.0"));
    }

    #[test]
    fn what_cannot_be_computed_raises() {
        check("div", &["1", "0"], Err(Raise::BADARITH));
        check("/", &["1", "0.0"], Err(Raise::BADARITH));
        check("*", &["1.0e300", "1.0e300"], Err(Raise::BADARITH));
        check("rem", &["1.0", "2"], Err(Raise::BADARITH));
        check("bsl", &["1", "100000000000000000000"], Err(Raise::SYSTEM_LIMIT));
        let native = ARITHMETIC[0].2;
        assert_eq!(native(&mut Heap::new(), &[Value::NIL, Value::NIL]), Err(Raise::BADARITH));
    }

    #[test]
    fn an_integer_has_its_nearest_float() {
        assert_eq!(nearest_float(&big_of("9007199254740993")), Some(9_007_199_254_740_992.0));
        assert_eq!(
            nearest_float(&big_of("-36893488147419107329")),
            Some(-36_893_488_147_419_111_424.0)
        );
        assert_eq!(nearest_float(&(BigInt::from(1) << 1024)), None);
        assert_eq!(nearest_float(&BigInt::from(0)), Some(0.0));
        let just_above_the_middle = (BigInt::from(1) << 100) + (BigInt::from(1) << 47) + 1;
        assert_eq!(nearest_float(&just_above_the_middle), Some(2f64.powi(100) + 2f64.powi(48)));
    }
}
