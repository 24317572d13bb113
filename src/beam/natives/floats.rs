//! Floats written as text and read from it.

use super::iodata::byte_list;
use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::print::scientific;
use crate::beam::shortest;
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("binary_to_float", 1, binary_to_float),
    ("float_to_binary", 1, |heap, args| to_binary(heap, args[0], Value::NIL)),
    ("float_to_binary", 2, |heap, args| to_binary(heap, args[0], args[1])),
    ("float_to_list", 1, |heap, args| to_list(heap, args[0], Value::NIL)),
    ("float_to_list", 2, |heap, args| to_list(heap, args[0], args[1])),
    ("list_to_float", 1, list_to_float),
];

pub(super) const STRING: &[(&str, u8, Pure)] = &[("list_to_float", 1, float_at_start)];

/// The longest text of a float.
const TEXT_MAX: usize = 255;
/// Up to this magnitude and this many decimals a float is rounded by arithmetic of floats, and
/// hence not always to the nearest.
const ROUGH_MAX: f64 = 9_007_199_254_740_992.0;
const ROUGH_DECIMALS: usize = 18;

/// The form in which a float is written.
#[derive(Clone, Copy)]
enum Form {
    Shortest,
    Decimals(usize),
    Scientific(usize),
}

/// The form that options ask for, and whether zeros at the end are left out.
fn form(heap: &Heap, options: Value) -> Result<(Form, bool), Raise> {
    let (mut form, mut compact) = (Form::Scientific(20), false);
    for option in heap.as_list(options).ok_or(Raise::BADARG)? {
        match (option.as_atom().map(AtomIndex::as_str), heap.as_tuple(option)) {
            (Some("compact"), _) => compact = true,
            (Some("short"), _) => form = Form::Shortest,
            (None, Some([name, digits])) => {
                let digits = digits.as_small().and_then(|it| usize::try_from(it).ok());
                let digits = digits.filter(|it| *it <= TEXT_MAX).ok_or(Raise::BADARG)?;
                form = match name.as_atom().map(AtomIndex::as_str) {
                    Some("decimals") => Form::Decimals(digits),
                    Some("scientific") => Form::Scientific(digits),
                    Some(_) | None => return Err(Raise::BADARG),
                };
            }
            (Some(_) | None, _) => return Err(Raise::BADARG),
        }
    }
    Ok((form, compact))
}

fn text(heap: &Heap, float: Value, options: Value) -> Result<String, Raise> {
    let float = heap.as_float(float).ok_or(Raise::BADARG)?;
    let text = match form(heap, options)? {
        (Form::Shortest, _) => shortest(float),
        (Form::Scientific(digits), _) => scientific(float, digits),
        (Form::Decimals(digits), compact) => decimals(float, digits, compact),
    };
    if text.len() > TEXT_MAX { Err(Raise::BADARG) } else { Ok(text) }
}

fn decimals(float: f64, digits: usize, compact: bool) -> String {
    let text = if float.abs() > ROUGH_MAX || digits > ROUGH_DECIMALS {
        format!("{float:.digits$}")
    } else {
        rough(float, digits)
    };
    if !compact || !text.contains('.') {
        return text;
    }
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

fn rough(float: f64, digits: usize) -> String {
    let sign = if float.is_sign_negative() { "-" } else { "" };
    let float = float.abs();
    if digits == 0 {
        return format!("{sign}{}", float.round() as u64);
    }
    let power = 10_u64.pow(digits as u32) as f64;
    let (whole, fraction) = (float.floor(), ((float - float.floor()) * power).round());
    let carried = fraction >= power;
    let whole = whole as u64 + u64::from(carried);
    let fraction = if carried { 0 } else { fraction as u64 };
    format!("{sign}{whole}.{fraction:0digits$}")
}

fn to_binary(heap: &mut Heap, float: Value, options: Value) -> NativeResult {
    let text = text(heap, float, options)?;
    Ok(heap.binary(text.as_bytes()))
}

fn to_list(heap: &mut Heap, float: Value, options: Value) -> NativeResult {
    let text = text(heap, float, options)?;
    Ok(byte_list(heap, text.as_bytes(), Value::NIL))
}

/// The length in bytes of the float that a text begins with: digits on both sides of a point or a
/// comma, and an exponent if it has digits.
fn float_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|it| it.is_ascii_digit()).count();
    let sign = |at: usize| usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let start = sign(0);
    let whole = digits(start);
    let point = start + whole;
    if whole == 0 || !matches!(text.get(point), Some(b'.' | b',')) || digits(point + 1) == 0 {
        return None;
    }
    let end = point + 1 + digits(point + 1);
    if !matches!(text.get(end), Some(b'e' | b'E')) {
        return Some(end);
    }
    let exponent = end + 1 + sign(end + 1);
    match digits(exponent) {
        0 => Some(end),
        count => Some(exponent + count),
    }
}

fn parsed(heap: &mut Heap, text: &[u8]) -> NativeResult {
    if float_length(text) != Some(text.len()) {
        return Err(Raise::BADARG);
    }
    let text = std::str::from_utf8(text).map_err(|_| Raise::BADARG)?;
    let float = text.replace(',', ".").parse().map_err(|_| Raise::BADARG)?;
    heap.try_float(float).ok_or(Raise::BADARG)
}

fn binary_to_float(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let text = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    parsed(heap, &text)
}

/// The bytes that a list begins with, up to what is none.
fn leading_bytes(heap: &Heap, list: Value) -> Vec<u8> {
    let byte = |value: Value| u8::try_from(value.as_small()?).ok();
    heap.elements(list).map_while(byte).collect()
}

fn list_to_float(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let text = leading_bytes(heap, args[0]);
    if heap.list_len(args[0]) != Some(text.len()) {
        return Err(Raise::BADARG);
    }
    parsed(heap, &text)
}

/// The float that a list begins with, and what follows it.
fn float_at_start(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let error = |heap: &mut Heap, reason: &str| {
        let reason = AtomIndex::new(reason).into();
        Ok(heap.tuple(&[atom::ERROR.into(), reason]))
    };
    if !args[0].is_cons() && !args[0].is_nil() {
        return error(heap, "not_a_list");
    }
    let text = leading_bytes(heap, args[0]);
    let Some(length) = float_length(&text) else { return error(heap, "no_float") };
    match parsed(heap, &text[..length]) {
        Ok(float) => {
            let mut rest = args[0];
            for _ in 0..length {
                rest = heap.as_cons(rest).map_or(rest, |cons| cons.1);
            }
            Ok(heap.tuple(&[float, rest]))
        }
        Err(_) => error(heap, "no_float"),
    }
}
