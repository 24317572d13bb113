//! Reading what Erlang prints.

use std::borrow::Cow;
use std::str::FromStr;

use num_bigint::BigInt;

use super::print::{RESERVED, is_name_character, is_name_start};
use super::{Atom, Incarnation, Pid, Ref, Term};

/// The greatest depth of nested terms in a text or in bytes: a bound on the stack.
pub(super) const DEPTH_MAX: usize = 256;

/// The reason why a text is not a term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {offset}")]
pub struct ParseTermError {
    /// The place of the error, in bytes from the start of the text.
    pub offset: usize,
    /// A description of what is expected there.
    pub expected: Cow<'static, str>,
}

type Parsed<T> = Result<T, ParseTermError>;

impl FromStr for Term {
    type Err = ParseTermError;

    /// Reads Erlang's syntax for terms, without comments and without a full stop. What a [`Term`]
    /// prints is read as the same term, but for the creation of pids and references: it is not
    /// printed, and is read as 0, which is no node's.
    fn from_str(text: &str) -> Parsed<Term> {
        whole(text, |parser| parser.term(0))
    }
}

impl FromStr for Pid {
    type Err = ParseTermError;

    /// Reads `<db1@a.85.0>` as a pid of creation 0.
    fn from_str(text: &str) -> Parsed<Pid> {
        whole(text, Parser::pid)
    }
}

impl FromStr for Ref {
    type Err = ParseTermError;

    /// Reads `#Ref<db1@a.17>` as a reference of creation 0.
    fn from_str(text: &str) -> Parsed<Ref> {
        whole(text, Parser::reference)
    }
}

fn whole<'a, T>(text: &'a str, read: impl FnOnce(&mut Parser<'a>) -> Parsed<T>) -> Parsed<T> {
    let mut parser = Parser { text, offset: 0 };
    parser.skip_space();
    let value = read(&mut parser)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(value) } else { parser.expected("the end") }
}

/// A text and how far it is read.
struct Parser<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.offset += c.len_utf8();
        Some(c)
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.offset += taken.len();
        taken
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Reads `token`, and returns true, if it comes next.
    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    fn expected<T>(&self, expected: impl Into<Cow<'static, str>>) -> Parsed<T> {
        Err(ParseTermError { offset: self.offset, expected: expected.into() })
    }

    fn term(&mut self, depth: usize) -> Parsed<Term> {
        if depth == DEPTH_MAX {
            return self.expected(format!("at most {DEPTH_MAX} terms in one another"));
        }
        match self.peek() {
            Some('{') => Ok(Term::Tuple(self.elements("}", depth)?.into())),
            Some('[') => self.list(depth),
            Some('<') if self.rest().starts_with("<<") => self.binary(),
            Some('<') => self.pid().map(Term::Pid),
            Some('#') if self.rest().starts_with("#Ref") => self.reference().map(Term::Reference),
            Some('#') => self.map(depth),
            Some('"') => Ok(self.quoted('"')?.chars().map(|c| Term::from(u32::from(c))).collect()),
            Some('\'') => self.quoted_atom(),
            Some('0'..='9' | '-' | '+' | '$') => self.number(),
            Some(c) if is_name_start(c) => self.plain_atom(),
            _ => self.expected("a term"),
        }
    }

    /// `[A,B]` or `[A,B|Tail]`.
    fn list(&mut self, depth: usize) -> Parsed<Term> {
        self.next();
        let mut elements = Vec::new();
        self.skip_space();
        if self.eat("]") {
            return Ok(Term::from(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.term(depth + 1)?);
            self.skip_space();
            if self.eat("]") {
                return Ok(Term::from(elements));
            }
            if self.eat("|") {
                return self.tail(elements, depth);
            }
            if !self.eat(",") {
                return self.expected("`,` or `]`");
            }
        }
    }

    fn tail(&mut self, elements: Vec<Term>, depth: usize) -> Parsed<Term> {
        self.skip_space();
        let tail = self.term(depth + 1)?;
        self.skip_space();
        if self.eat("]") { Ok(Term::list_with_tail(elements, tail)) } else { self.expected("`]`") }
    }

    /// The terms after an opening bracket, up to the closing one.
    fn elements(&mut self, close: &'static str, depth: usize) -> Parsed<Vec<Term>> {
        self.next();
        self.separated(close, |parser| parser.term(depth + 1))
    }

    fn separated<T>(
        &mut self,
        close: &'static str,
        mut read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        self.skip_space();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            self.skip_space();
            items.push(read(self)?);
            self.skip_space();
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(",") {
                return self.expected(format!("`,` or `{close}`"));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Parsed<Term> {
        if !self.eat("#{") {
            return self.expected("`#{` or `#Ref<`");
        }
        let entries = self.separated("}", |parser| {
            let key = parser.term(depth + 1)?;
            parser.skip_space();
            if !parser.eat("=>") {
                return parser.expected("`=>`");
            }
            parser.skip_space();
            Ok((key, parser.term(depth + 1)?))
        })?;
        Ok(Term::Map(entries.into()))
    }

    fn plain_atom(&mut self) -> Parsed<Term> {
        let start = self.offset;
        let name = self.take_while(is_name_character);
        if RESERVED.contains(&name) {
            return expected_at(start, "a term (a reserved word is an atom in quotes only)");
        }
        atom(start, name)
    }

    fn quoted_atom(&mut self) -> Parsed<Term> {
        let start = self.offset;
        let name = self.quoted('\'')?;
        atom(start, &name)
    }

    /// The text between two quotes.
    fn quoted(&mut self, quote: char) -> Parsed<String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\\') => text.push(self.escaped()?),
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
                None => return self.expected(format!("the closing `{quote}`")),
            }
        }
    }

    /// The character that an escape stands for, behind the backslash.
    fn escaped(&mut self) -> Parsed<char> {
        let start = self.offset;
        let character = match self.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{B}',
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('e') => '\u{1B}',
            Some('s') => ' ',
            Some('d') => '\u{7F}',
            Some('^') => match self.next() {
                Some(c @ '@'..='_') => char::from(c as u8 - b'@'),
                _ => return expected_at(start, "a control character such as `^A`"),
            },
            Some('x') => return self.hexadecimal(start),
            Some('0'..='7') => {
                self.offset = start;
                let digits = self.rest().bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
                self.offset += digits.count();
                return character(start, &self.text[start..self.offset], 8);
            }
            Some(c) => c,
            None => return self.expected("an escaped character"),
        };
        Ok(character)
    }

    /// `x41` or `x{1F600}`.
    fn hexadecimal(&mut self, start: usize) -> Parsed<char> {
        if self.eat("{") {
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            if !self.eat("}") {
                return self.expected("`}`");
            }
            return character(start, digits, 16);
        }
        let digits = self.rest().bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
        let digits = &self.rest()[..digits];
        self.offset += digits.len();
        character(start, digits, 16)
    }

    fn number(&mut self) -> Parsed<Term> {
        let negative = !self.eat("+") && self.eat("-");
        self.skip_space();
        if self.eat("$") {
            let c = match self.next() {
                Some('\\') => self.escaped()?,
                Some(c) => c,
                None => return self.expected("a character"),
            };
            let code = i64::from(u32::from(c));
            return Ok(Term::from(if negative { -code } else { code }));
        }
        let start = self.offset;
        let whole = self.digits(10)?;
        if self.rest().starts_with('.')
            && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            return self.float(&whole, negative, start);
        }
        if self.eat("#") {
            let radix = whole.parse().ok().filter(|radix| (2..=36).contains(radix));
            let Some(radix) = radix else {
                return expected_at(start, "a base from 2 to 36");
            };
            let digits = self.digits(radix)?;
            return Ok(integer(&digits, radix, negative));
        }
        Ok(integer(&whole, 10, negative))
    }

    /// Digits, with underscores between them left out.
    fn digits(&mut self, radix: u32) -> Parsed<String> {
        let start = self.offset;
        let text = self.take_while(|c| c.is_digit(radix) || c == '_');
        let lonely = text.starts_with('_') || text.ends_with('_') || text.contains("__");
        if text.is_empty() || lonely {
            return expected_at(start, "digits");
        }
        Ok(text.replace('_', ""))
    }

    fn float(&mut self, whole: &str, negative: bool, start: usize) -> Parsed<Term> {
        self.eat(".");
        let fraction = self.digits(10)?;
        let mut text = format!("{}{whole}.{fraction}", if negative { "-" } else { "" });
        if self.eat("e") || self.eat("E") {
            let sign = if !self.eat("+") && self.eat("-") { "-" } else { "" };
            text = format!("{text}e{sign}{}", self.digits(10)?);
        }
        match text.parse().ok().and_then(Term::float) {
            Some(float) => Ok(float),
            None => expected_at(start, "a float that is not too large"),
        }
    }

    fn binary(&mut self) -> Parsed<Term> {
        self.eat("<<");
        let segments = self.separated(">>", Self::segment)?;
        Ok(Term::from(segments.concat()))
    }

    /// A byte or a text of a binary.
    fn segment(&mut self) -> Parsed<Vec<u8>> {
        let start = self.offset;
        if self.peek() == Some('"') {
            let text = self.quoted('"')?;
            if self.eat("/utf8") {
                return Ok(text.into_bytes());
            }
            let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            return match bytes {
                Some(bytes) => Ok(bytes),
                None => self.expected("`/utf8` after a text with characters beyond Latin-1"),
            };
        }
        let byte = match self.peek() {
            Some('0'..='9' | '$') => self.number()?.as_integer().and_then(|n| u8::try_from(n).ok()),
            _ => None,
        };
        match byte {
            Some(byte) => Ok(vec![byte]),
            None => expected_at(start, "a byte or a text"),
        }
    }

    fn pid(&mut self) -> Parsed<Pid> {
        let expected = "a pid such as `<db1@a.85.0>`";
        let start = self.offset;
        let pid = self.angled("<").and_then(|text| {
            let (rest, serial) = text.rsplit_once('.')?;
            let (node, number) = rest.rsplit_once('.')?;
            Some(Pid::of(life_of(node)?, number.parse().ok()?, serial.parse().ok()?))
        });
        pid.map_or_else(|| expected_at(start, expected), Ok)
    }

    fn reference(&mut self) -> Parsed<Ref> {
        let expected = "a reference such as `#Ref<db1@a.17>`";
        let start = self.offset;
        let reference = self.angled("#Ref<").and_then(|text| {
            let (node, id) = text.rsplit_once('.')?;
            Some(Ref::of(life_of(node)?, id.parse().ok()?))
        });
        reference.map_or_else(|| expected_at(start, expected), Ok)
    }

    /// The text between `open` and the next `>`.
    fn angled(&mut self, open: &str) -> Option<&'a str> {
        let inside = self.eat(open).then(|| self.take_while(|c| c != '>'))?;
        self.eat(">").then_some(inside)
    }
}

fn expected_at<T>(offset: usize, expected: &'static str) -> Parsed<T> {
    Err(ParseTermError { offset, expected: expected.into() })
}

fn atom(start: usize, name: &str) -> Parsed<Term> {
    match Atom::try_new(name) {
        Ok(atom) => Ok(Term::Atom(atom)),
        Err(_) => expected_at(start, "an atom of at most 255 characters"),
    }
}

fn character(start: usize, digits: &str, radix: u32) -> Parsed<char> {
    let code = u32::from_str_radix(digits, radix).ok();
    match code.and_then(char::from_u32) {
        Some(c) => Ok(c),
        None => expected_at(start, "the code of a character"),
    }
}

fn life_of(node: &str) -> Option<Incarnation> {
    let node = Atom::try_new(node).ok().filter(|_| !node.is_empty())?;
    Some(Incarnation::new(node, 0))
}

fn integer(digits: &str, radix: u32, negative: bool) -> Term {
    let magnitude = match u64::from_str_radix(digits, radix) {
        Ok(small) => BigInt::from(small),
        Err(_) => BigInt::parse_bytes(digits.as_bytes(), radix).expect("digits of this base"),
    };
    Term::from(if negative { -magnitude } else { magnitude })
}
