//! Printing, as `io_lib:format("~0tp", [Term])` of Erlang/OTP 25 does.

use std::fmt::{self, Formatter, Write};

use super::Term;

/// Words of the language, which are atoms in quotes only.
pub(super) const RESERVED: [&str; 27] = [
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case",
    "catch", "cond", "div", "end", "fun", "if", "let", "not", "of", "or", "orelse", "receive",
    "rem", "try", "when", "xor",
];

impl fmt::Display for Term {
    /// One line of Erlang's syntax, which [`str::parse`] reads back. Maps print in the order of
    /// their keys whatever their size.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Term::Integer(value) => write!(f, "{value}"),
            Term::BigInteger(value) => write!(f, "{value}"),
            Term::Float(value) => float(f, *value),
            Term::Atom(atom) => write!(f, "{atom}"),
            Term::Reference(reference) => write!(f, "{reference}"),
            Term::Pid(pid) => write!(f, "{pid}"),
            Term::Tuple(tuple) => elements(f, '{', tuple, '}'),
            Term::Map(map) => {
                f.write_str("#{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{key} => {value}")?;
                }
                f.write_char('}')
            }
            Term::List(list) => match printable(list) {
                Some(text) => quoted(f, '"', text),
                None => elements(f, '[', list, ']'),
            },
            Term::ImproperList(list) => {
                let (elements, tail) = list.parts();
                f.write_char('[')?;
                separated(f, elements)?;
                write!(f, "|{tail}]")
            }
            Term::Binary(bytes) => binary(f, bytes),
        }
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn elements(f: &mut Formatter<'_>, open: char, terms: &[Term], close: char) -> fmt::Result {
    f.write_char(open)?;
    separated(f, terms)?;
    f.write_char(close)
}

fn separated(f: &mut Formatter<'_>, terms: &[Term]) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        fmt::Display::fmt(term, f)?;
    }
    Ok(())
}

/// The shorter of the two notations of the fewest digits that are read back as `value`. From 2^53
/// on, where the digits no longer tell the integer, always the one with an exponent.
fn float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    let scientific = fewest_digits(value);
    let decimal = decimal(&scientific);
    let inexact = value.abs() >= 9_007_199_254_740_992.0;
    f.write_str(if inexact || scientific.len() < decimal.len() { &scientific } else { &decimal })
}

/// `value` with an exponent, as in `-1.5e300`. Where two numbers of the fewest digits are equally
/// near, Erlang takes the one that ends in an even digit, and Rust the larger one.
fn fewest_digits(value: f64) -> String {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').expect("{:e} writes an exponent");
    let Some((_, fraction)) = mantissa.split_once('.') else {
        return format!("{mantissa}.0e{exponent}");
    };
    // Only a number close to the limit of the digits lies in the middle between two.
    if fraction.len() > 12 {
        let longer = format!("{value:.*e}", fraction.len() + 20);
        let (below, beyond) = longer.split_at(mantissa.len());
        let halfway = beyond.starts_with("50000000000000000000e");
        let even = format!("{below}e{exponent}");
        if halfway && below.ends_with(['0', '2', '4', '6', '8']) && even.parse() == Ok(value) {
            return even;
        }
    }
    text
}

/// The same digits without the exponent.
fn decimal(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let digits = if mantissa.ends_with(".0") { &digits[..1] } else { &digits };
    let exponent: i32 = exponent.parse().expect("the exponent is an integer");
    let Ok(whole) = usize::try_from(exponent + 1) else {
        return format!("{sign}0.{}{digits}", "0".repeat((-1 - exponent) as usize));
    };
    match digits.split_at_checked(whole) {
        Some(("", fraction)) => format!("{sign}0.{fraction}"),
        Some((whole, "")) => format!("{sign}{whole}.0"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}.0", "0".repeat(whole - digits.len())),
    }
}

/// The characters of a list that prints as a text. The empty list does not.
fn printable(list: &[Term]) -> Option<impl Iterator<Item = char>> {
    let character = |term: &Term| {
        let Term::Integer(code) = term else { return None };
        u8::try_from(*code).ok().map(char::from).filter(|c| is_printable(*c))
    };
    let all = !list.is_empty() && list.iter().all(|term| character(term).is_some());
    all.then(|| list.iter().filter_map(character))
}

fn binary(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("<<")?;
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.is_empty() && text.chars().all(is_printable) => {
            quoted(f, '"', text.chars())?;
            f.write_str(if text.is_ascii() { "" } else { "/utf8" })?;
        }
        Err(_) if bytes.iter().all(|byte| is_printable(char::from(*byte))) => {
            quoted(f, '"', bytes.iter().copied().map(char::from))?;
        }
        Ok(_) | Err(_) => {
            for (index, byte) in bytes.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(f, "{comma}{byte}")?;
            }
        }
    }
    f.write_str(">>")
}

/// Printable in Latin-1, which is what Erlang prints as text unless it is told otherwise.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{A0}'..='\u{FF}' | '\u{8}'..='\r' | '\u{1B}')
}

/// True if Erlang prints the atom with this name in quotes.
pub(super) fn atom_needs_quotes(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(is_name_start);
    let continues = characters.all(is_name_character);
    !(starts && continues) || RESERVED.contains(&name)
}

/// True if an atom without quotes may start with `c`.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ')
}

/// True if an atom without quotes may contain `c` after its start.
pub(super) fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ')
}

/// Writes an atom's name in quotes.
pub(super) fn quoted_atom(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    quoted(f, '\'', name.chars())
}

fn quoted(f: &mut Formatter<'_>, quote: char, text: impl Iterator<Item = char>) -> fmt::Result {
    f.write_char(quote)?;
    for c in text {
        match c {
            '\\' => f.write_str("\\\\"),
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            '\u{B}' => f.write_str("\\v"),
            '\u{8}' => f.write_str("\\b"),
            '\u{C}' => f.write_str("\\f"),
            '\u{1B}' => f.write_str("\\e"),
            '\u{7F}' => f.write_str("\\d"),
            c if c == quote => write!(f, "\\{c}"),
            '\0'..='\u{1F}' | '\u{80}'..='\u{9F}' => write!(f, "\\{:03o}", u32::from(c)),
            c => f.write_char(c),
        }?;
    }
    f.write_char(quote)
}
