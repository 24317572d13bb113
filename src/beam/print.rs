//! Values as text, on one line, as `io_lib:format("~0p", [Term])` writes them.

use std::fmt::{self, Display, Write};

use super::heap::{Heap, ValueKind};
use super::value::Value;
use crate::engine::term::Term;

/// A value to be printed.
pub struct Printed<'a> {
    heap: &'a Heap,
    value: Value,
    /// The depth to which it may still be nested.
    depth: usize,
}

/// The depth of nesting beyond which terms are printed as `...`.
const DEPTH_MAX: usize = 1000;

impl Heap {
    /// The value as Erlang writes it with `~0p`. Maps print in the order of their keys.
    #[must_use]
    pub fn print(&self, value: Value) -> Printed<'_> {
        Printed { heap: self, value, depth: DEPTH_MAX }
    }
}

impl Printed<'_> {
    fn part(&self, value: Value) -> Self {
        Printed { heap: self.heap, value, depth: self.depth.saturating_sub(1) }
    }

    fn separated(&self, f: &mut fmt::Formatter<'_>, values: &[Value]) -> fmt::Result {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                f.write_char(',')?;
            }
            self.part(*value).fmt(f)?;
        }
        Ok(())
    }

    fn list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut elements = self.heap.elements(self.value);
        let values: Vec<Value> = elements.by_ref().collect();
        let rest = elements.rest();
        let text: Option<Vec<u8>> = values.iter().map(|value| printable(*value)).collect();
        if let (Some(text), true) = (text, rest.is_nil()) {
            return quoted(f, &text);
        }
        f.write_char('[')?;
        self.separated(f, &values)?;
        if !rest.is_nil() {
            write!(f, "|{}", self.part(rest))?;
        }
        f.write_char(']')
    }

    fn map(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("#{")?;
        let pairs = self.heap.map_pairs(self.value).unwrap_or_default();
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{} => {}", self.part(key), self.part(value))?;
        }
        f.write_char('}')
    }

    fn bits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bits) = self.heap.as_bits(self.value) else { return f.write_str("#MatchState") };
        let bytes = bits.bytes();
        let whole = bits.len() / 8;
        let text = bytes.iter().all(|byte| printable(Value::small((*byte).into())).is_some());
        f.write_str("<<")?;
        if text && bits.len().is_multiple_of(8) && !bytes.is_empty() {
            quoted(f, &bytes)?;
        } else {
            let mut numbers: Vec<String> = bytes[..whole].iter().map(u8::to_string).collect();
            let open = bits.len() % 8;
            if open > 0 {
                numbers.push(format!("{}:{open}", bits.read(whole * 8, open)));
            }
            f.write_str(&numbers.join(","))?;
        }
        f.write_str(">>")
    }

    fn function(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fun) = self.heap.as_fun(self.value) {
            return write!(f, "#Fun<{}.{}.{}>", fun.module, fun.index, fun.uniq);
        }
        match self.heap.as_external_fun(self.value) {
            Some(fun) => write!(f, "fun {}:{}/{}", fun.module, fun.function, fun.arity),
            None => Ok(()),
        }
    }
}

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Printed { heap, value, depth } = *self;
        if depth == 0 {
            return f.write_str("...");
        }
        match heap.kind(value) {
            ValueKind::Integer => match value.as_small() {
                Some(small) => write!(f, "{small}"),
                None => write!(f, "{}", heap.as_big_integer(value).unwrap_or_default()),
            },
            ValueKind::Float => f.write_str(&shortest(heap.as_float(value).unwrap_or_default())),
            ValueKind::Atom => value.as_atom().map_or(Ok(()), |atom| atom.fmt(f)),
            ValueKind::Nil => f.write_str("[]"),
            ValueKind::List => self.list(f),
            ValueKind::Map => self.map(f),
            ValueKind::Bits => self.bits(f),
            ValueKind::Fun => self.function(f),
            ValueKind::Tuple => {
                f.write_char('{')?;
                self.separated(f, heap.object(value))?;
                f.write_char('}')
            }
            ValueKind::Pid => heap.as_pid(value).map_or(Ok(()), |pid| {
                write!(f, "<{}.{}.{}>", pid.life.node().as_str(), pid.number, pid.serial)
            }),
            ValueKind::Reference => heap.as_reference(value).map_or(Ok(()), |reference| {
                write!(f, "#Ref<{}.{}>", reference.life.node().as_str(), reference.id)
            }),
            ValueKind::Port => heap.as_port(value).map_or(Ok(()), |port| {
                write!(f, "#Port<{}.{}>", port.life.node().as_str(), port.number)
            }),
        }
    }
}

/// The byte of a character that a text may have, by `~p` without `t`.
fn printable(value: Value) -> Option<u8> {
    let byte = u8::try_from(value.as_small()?).ok()?;
    matches!(byte, 8..=13 | 27 | 32..=126 | 160..).then_some(byte)
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    f.write_char('"')?;
    for byte in text {
        match byte {
            b'"' => f.write_str("\\\"")?,
            b'\\' => f.write_str("\\\\")?,
            b'\n' => f.write_str("\\n")?,
            b'\r' => f.write_str("\\r")?,
            b'\t' => f.write_str("\\t")?,
            0x0b => f.write_str("\\v")?,
            0x08 => f.write_str("\\b")?,
            0x0c => f.write_str("\\f")?,
            0x1b => f.write_str("\\e")?,
            _ => f.write_char(char::from(*byte))?,
        }
    }
    f.write_char('"')
}

/// The fewest digits that are read back as `value`, in the shorter notation: what
/// `float_to_list(Value, [short])` returns. From 2^53 on always with an exponent.
#[must_use]
pub fn shortest(value: f64) -> String {
    // Terms of the simulation print as Erlang's do.
    Term::from(value).to_string()
}

/// One digit, this many decimals, and an exponent of two digits at least: `1.50e+00`.
pub(super) fn scientific(float: f64, digits: usize) -> String {
    let text = format!("{float:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |it| ('-', it));
    format!("{mantissa}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::AtomIndex;

    #[test]
    fn values_print_as_erlang_writes_them() {
        let mut heap = Heap::new();
        let text = heap.string("a\"b");
        let numbers = heap.list(&[Value::small(1), Value::small(2)]);
        let improper = heap.list_with_tail(&[Value::small(1)], Value::small(2));
        let atom = AtomIndex::new("A b").into();
        let tuple = heap.tuple(&[text, numbers, improper, atom]);
        assert_eq!(heap.print(tuple).to_string(), r#"{"a\"b",[1,2],[1|2],'A b'}"#);
        let binary = heap.binary(b"ab");
        let bits = heap.part(binary, 0, 11).unwrap();
        let map = heap.map(&[(Value::small(1), binary), (Value::small(0), bits)]);
        assert_eq!(heap.print(map).to_string(), r#"#{0 => <<97,3:3>>,1 => <<"ab">>}"#);
        let empty = heap.binary(&[]);
        assert_eq!(heap.print(empty).to_string(), "<<>>");
    }

    #[test]
    fn a_value_that_is_nested_deeply_is_cut() {
        let mut heap = Heap::new();
        let deep = (0..100_000).fold(Value::NIL, |inner, _| heap.tuple(&[inner]));
        assert!(heap.print(deep).to_string().contains("{...}"));
    }

    #[test]
    fn floats_print_in_the_shorter_notation() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e22, "1.0e22"),
            (1e-5, "1.0e-5"),
            (0.001, "0.001"),
            (100_000.0, "1.0e5"),
            (-12.5, "-12.5"),
            (123_456.789, "123456.789"),
            (9_007_199_254_740_992.0, "9.007199254740992e15"),
        ] {
            assert_eq!(shortest(value), text);
        }
    }
}
