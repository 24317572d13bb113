//! EDN, the data format of Clojure and so of Jepsen: from text to terms.
//!
//! Nil is `undefined`, names are atoms, texts are binaries, vectors, lists and sets are lists. A
//! tag is dropped. Numbers are exact: integers have any size, and a decimal that no float equals
//! stays a text.

use std::ops::Range;

use num_bigint::BigInt;

use crate::engine::term::{Atom, Map, Term};

/// The deepest nesting of forms.
const DEPTH_MAX: usize = 128;

/// Reads the forms of a text one after the other.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A mistake in a text, with the bytes that it refers to.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) message: String,
    pub(super) bytes: Range<usize>,
}

type Read<T> = Result<T, Mistake>;

/// The only form of a text.
pub(super) fn value(text: &str) -> Result<Term, String> {
    let mut reader = Reader::new(text);
    let value = reader.form().map_err(|mistake| mistake.message)?;
    reader.skip_blanks().map_err(|mistake| mistake.message)?;
    if reader.rest().is_empty() { Ok(value) } else { Err("there is more behind it".to_owned()) }
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    /// The byte that is read next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Continues at this byte.
    pub(super) fn go_to(&mut self, byte: usize) {
        self.at = byte;
    }

    /// The rest of the text.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next form.
    pub(super) fn form(&mut self) -> Read<Term> {
        self.nested(0)
    }

    /// Skips what is between forms: blanks, commas, comments, and forms after a `#_`.
    pub(super) fn skip_blanks(&mut self) -> Read<()> {
        self.skip(0)
    }

    fn skip(&mut self, depth: usize) -> Read<()> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(is_blank).len();
            let rest = self.rest();
            if rest.starts_with(';') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("#_") {
                self.at += 2;
                self.nested(depth + 1)?;
            } else {
                return Ok(());
            }
        }
    }

    fn nested(&mut self, depth: usize) -> Read<Term> {
        if depth > DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} deep");
            return Err(self.mistake(&(self.at..self.at), message));
        }
        self.skip(depth)?;
        let start = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Err(self.mistake(&(start..start), "the form is not complete"));
        };
        match first {
            '(' => self.sequence(1, ')', depth).map(Term::from),
            '[' => self.sequence(1, ']', depth).map(Term::from),
            '{' => self.map(depth),
            '#' if rest.starts_with("#{") => self.set(depth),
            '#' if rest.starts_with("##") => {
                self.at += 2;
                Ok(named(self.token()))
            }
            '#' => {
                self.at += 1;
                self.token();
                self.nested(depth + 1)
            }
            '^' => {
                self.at += 1;
                self.nested(depth + 1)?;
                self.nested(depth + 1)
            }
            '"' => self.text(),
            '\\' => self.character(),
            ')' | ']' | '}' => {
                self.at += 1;
                Err(self.mistake(&(start..self.at), format!("`{first}` closes nothing")))
            }
            _ => {
                let token = self.token();
                if token.is_empty() {
                    self.at += first.len_utf8();
                }
                atom(token).map_err(|message| self.mistake(&(start..self.at), message))
            }
        }
    }

    /// The forms up to a closing bracket, after an opening one of this length.
    fn sequence(&mut self, opening: usize, closing: char, depth: usize) -> Read<Vec<Term>> {
        let start = self.at;
        self.at += opening;
        let mut all = Vec::new();
        loop {
            self.skip(depth)?;
            let Some(next) = self.rest().chars().next() else {
                let message = format!(
                    "the form is not complete: a `{closing}` is missing for this `{}`",
                    &self.text[start..start + opening]
                );
                return Err(self.mistake(&(start..start + opening), message));
            };
            if next == closing {
                self.at += 1;
                return Ok(all);
            }
            if matches!(next, ')' | ']' | '}') {
                let message = format!("expected a `{closing}`, found `{next}`");
                return Err(self.mistake(&(self.at..self.at + 1), message));
            }
            all.push(self.nested(depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Read<Term> {
        let start = self.at;
        let mut all = self.sequence(1, '}', depth)?.into_iter();
        let mut entries = Vec::with_capacity(all.len() / 2);
        while let Some(key) = all.next() {
            let Some(value) = all.next() else {
                let message = "the form is not complete: its last key has no value";
                return Err(self.mistake(&(start..self.at), message));
            };
            entries.push((key, value));
        }
        let count = entries.len();
        let map = Map::from(entries);
        if map.len() < count {
            return Err(self.mistake(&(start..self.at), "a map has the same key twice"));
        }
        Ok(Term::from(map))
    }

    fn set(&mut self, depth: usize) -> Read<Term> {
        let start = self.at;
        let mut all = self.sequence(2, '}', depth)?;
        all.sort_unstable();
        if all.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(self.mistake(&(start..self.at), "a set has the same element twice"));
        }
        Ok(Term::from(all))
    }

    /// The text behind a quotation mark, up to the next one.
    fn text(&mut self) -> Read<Term> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else {
                let message = "the form is not complete: a `\"` is missing for this one";
                return Err(self.mistake(&(start..start + 1), message));
            };
            text.push_str(&rest[..end]);
            self.at += end + 1;
            if rest[end..].starts_with('"') {
                return Ok(Term::from(text));
            }
            let escape = self.at - 1;
            if let Some(letter) = self.escaped() {
                text.push(letter);
            } else {
                let end = self.at.min(self.text.len());
                return Err(self.mistake(&(escape..end), "unknown escape in a text"));
            }
        }
    }

    /// The letter that is written as what follows a backslash in a text.
    fn escaped(&mut self) -> Option<char> {
        let rest = self.rest();
        let letter = rest.chars().next()?;
        self.at += letter.len_utf8();
        Some(match letter {
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '\\' | '"' => letter,
            'u' => {
                let unit = hexadecimal(self.rest())?;
                self.at += 4;
                // Java writes what is beyond 16 bits as two halves.
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                let low = self.rest().strip_prefix("\\u").and_then(hexadecimal)?;
                self.at += 6;
                return char::decode_utf16([unit as u16, low as u16]).next()?.ok();
            }
            _ => return None,
        })
    }

    /// A letter behind a backslash, or its name.
    fn character(&mut self) -> Read<Term> {
        let start = self.at;
        self.at += 1;
        let first = self.rest().chars().next();
        self.at += first.map_or(0, char::len_utf8);
        self.token();
        let name = &self.text[start + 1..self.at];
        let letter = match name {
            "newline" => Some('\n'),
            "return" => Some('\r'),
            "tab" => Some('\t'),
            "space" => Some(' '),
            "backspace" => Some('\u{8}'),
            "formfeed" => Some('\u{c}'),
            _ if name.chars().count() == 1 => first,
            _ => {
                let unit = name.strip_prefix('u').filter(|rest| rest.len() == 4);
                unit.and_then(hexadecimal).and_then(char::from_u32)
            }
        };
        letter
            .map(|letter| Term::from(letter.to_string()))
            .ok_or_else(|| self.mistake(&(start..self.at), format!("`\\{name}` is no letter")))
    }

    /// The text up to the next blank or bracket.
    fn token(&mut self) -> &'a str {
        let rest = self.rest();
        let ends = |c: char| is_blank(c) || "()[]{}\";".contains(c);
        let token = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += token.len();
        token
    }

    fn mistake(&self, bytes: &Range<usize>, message: impl Into<String>) -> Mistake {
        debug_assert!(bytes.end <= self.text.len());
        Mistake { message: message.into(), bytes: bytes.clone() }
    }
}

/// True for blanks and commas, which EDN treats alike.
fn is_blank(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

fn hexadecimal(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|it| it.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// The value of a token: a name or a number.
fn atom(token: &str) -> Result<Term, String> {
    match token {
        "nil" => return Ok(Term::atom("undefined")),
        "true" => return Ok(Term::from(true)),
        "false" => return Ok(Term::from(false)),
        ":" => return Err("`:` is no keyword".to_owned()),
        "" => return Err("this is no EDN".to_owned()),
        _ => {}
    }
    if let Some(name) = token.strip_prefix(':') {
        return Ok(named(name));
    }
    let unsigned = token.strip_prefix(['-', '+']).unwrap_or(token);
    if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        let sign = if token.starts_with('-') { "-" } else { "" };
        return number(sign, unsigned).ok_or_else(|| format!("`{token}` is no number"));
    }
    Ok(named(token))
}

fn named(name: &str) -> Term {
    Atom::try_new(name).map_or_else(|_| Term::from(name), Term::from)
}

/// A number without its sign.
fn number(sign: &str, digits: &str) -> Option<Term> {
    let integer = |digits: &str, radix: u32| {
        let is_digit = |byte: u8| char::from(byte).is_digit(radix);
        let sound = !digits.is_empty() && digits.bytes().all(is_digit);
        let value = BigInt::parse_bytes(format!("{sign}{digits}").as_bytes(), radix);
        value.filter(|_| sound).map(Term::from)
    };
    let lower = digits.to_ascii_lowercase();
    if let Some(hexadecimal) = lower.strip_prefix("0x") {
        return integer(hexadecimal.strip_suffix('n').unwrap_or(hexadecimal), 16);
    }
    if let Some((radix, digits)) = lower.split_once('r') {
        let radix = radix.parse().ok().filter(|radix| (2..=36).contains(radix))?;
        return integer(digits, radix);
    }
    if let Some((above, below)) = digits.split_once('/') {
        integer(above, 10)?;
        integer(below, 10)?;
        return Some(Term::from(format!("{sign}{digits}")));
    }
    if let Some(whole) = integer(digits.strip_suffix('N').unwrap_or(digits), 10) {
        return Some(whole);
    }
    match digits.strip_suffix('M') {
        Some(decimal) => exact(sign, decimal),
        None => float(sign, digits),
    }
}

fn float(sign: &str, digits: &str) -> Option<Term> {
    let is_part = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    let sound = digits.bytes().all(is_part);
    format!("{sign}{digits}").parse().ok().filter(|_| sound).and_then(Term::float)
}

/// A decimal: a float if there is one that is equal to it, and otherwise its text.
fn exact(sign: &str, decimal: &str) -> Option<Term> {
    /// Decimals of this many digits are distinguished by floats.
    const DIGITS: usize = 15;
    let value = float(sign, decimal)?;
    let mantissa = decimal.split(['e', 'E']).next().unwrap_or(decimal);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = if mantissa.contains('.') {
        digits.trim_start_matches('0').trim_end_matches('0')
    } else {
        digits.trim_start_matches('0')
    };
    let fits = significant.len() <= DIGITS;
    Some(if fits { value } else { Term::from(format!("{sign}{decimal}M")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_clojure_reads() {
        for (text, expected) in [
            ("nil", "undefined"),
            ("5N", "5"),
            ("+5", "5"),
            ("-0x1F", "-31"),
            ("2r101", "5"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1.50M", "1.5"),
            ("1M", "1.0"),
            ("0.12345678901234567890M", "<<\"0.12345678901234567890M\">>"),
            ("2.5e3", "2500.0"),
            ("1/3", "<<\"1/3\">>"),
            ("##NaN", "'NaN'"),
            ("##-Inf", "'-Inf'"),
            (
                "(1 [2 #{4 3}] \"a\\n\\u0041\\ud83d\\ude00\")",
                "[1,[2,[3,4]],<<\"a\\nA\u{1f600}\"/utf8>>]",
            ),
            ("#inst \"2026-01-01\"", "<<\"2026-01-01\">>"),
            ("#_ ignored :a/b ; the end", "'a/b'"),
            ("^{:m 1} {:k \\a}", "#{k => <<\"a\">>}"),
            ("\\newline", "<<\"\\n\">>"),
        ] {
            let found = value(text).map(|term| term.to_string());
            let expected = expected.parse::<Term>().map(|term| term.to_string());
            assert_eq!(found, expected.map_err(|error| error.to_string()), "{text}");
        }
    }

    #[test]
    fn what_is_no_edn_is_told() {
        for (text, expected) in [
            ("", "not complete"),
            ("[1 2", "a `]` is missing for this `[`"),
            ("[1 2)", "expected a `]`, found `)`"),
            ("{:a}", "its last key has no value"),
            ("{:a 1 :a 2}", "same key twice"),
            ("#{1 1}", "same element twice"),
            ("\"abc", "a `\"` is missing"),
            ("\"\\q\"", "unknown escape"),
            ("\"\\u00\"", "unknown escape"),
            ("5x", "`5x` is no number"),
            ("99r1", "is no number"),
            ("1e999", "is no number"),
            ("1.", ""),
            (":", "`:` is no keyword"),
            ("1 2", "more behind it"),
            ("\\abc", "is no letter"),
        ] {
            match value(text) {
                Ok(term) => assert_eq!(expected, "", "{text} is {term}"),
                Err(found) => assert!(found.contains(expected), "{text}: {found}"),
            }
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_a_deep_stack() {
        for opening in ["[", "(", "{", "#{", "#_", "#t ", "^"] {
            let found = value(&opening.repeat(1_000_000));
            assert!(
                found.is_err_and(|message| message.contains("more than 128 deep")),
                "{opening}"
            );
        }
        let fits = format!("{}1{}", "[".repeat(128), "]".repeat(128));
        assert!(value(&fits).is_ok());
    }
}
