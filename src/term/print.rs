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
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        fmt::Display::fmt(term, f)?;
    }
    f.write_char(close)
}

/// The shorter of the two notations of the fewest digits that are read back as `value`. From 2^53
/// on, where the digits no longer tell the integer, always the one with an exponent.
fn float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("{:e} writes an exponent");
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let scientific = format!("{mantissa}{point}e{exponent}");
    let decimal = format!("{value:?}");
    let inexact = value.abs() >= 9_007_199_254_740_992.0;
    if inexact || decimal.contains('e') || scientific.len() < decimal.len() {
        f.write_str(&scientific)
    } else {
        f.write_str(&decimal)
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

/// Whether Erlang prints the atom with this name in quotes.
pub(super) fn atom_needs_quotes(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(is_name_start);
    let continues = characters.all(is_name_character);
    !(starts && continues) || RESERVED.contains(&name)
}

/// Whether an atom without quotes starts with `c`.
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ')
}

/// Whether an atom without quotes goes on with `c`.
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
