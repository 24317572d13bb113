//! Escapes with a backslash, and sets of characters.

use super::super::syntax::{Assertion, Case, Class, Item, Kind, Node};
use super::{BY_NAME, Parser, Result};

/// The meaning of an escape.
pub(super) enum Escape {
    Character(u32),
    Kind(Kind, bool),
    Node(Node),
}

/// PCRE's words for escapes of Perl's strings.
const UNSUPPORTED: &str = "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u";

impl Parser<'_> {
    /// Reads the escape after a backslash.
    pub(super) fn escape(&mut self, in_class: bool) -> Result<Escape> {
        let Some(code) = self.next() else {
            return Err(self.error("\\ at end of pattern"));
        };
        let Some(c) = char::from_u32(code) else { return Ok(Escape::Character(code)) };
        let kind = match c.to_ascii_lowercase() {
            'd' => Some(Kind::Digit),
            'w' => Some(Kind::Word),
            's' => Some(Kind::Space),
            'h' => Some(Kind::Horizontal),
            'v' => Some(Kind::Vertical),
            _ => None,
        };
        if let Some(kind) = kind {
            return Ok(Escape::Kind(kind, c.is_ascii_uppercase()));
        }
        Ok(Escape::Character(match c {
            'a' => 7,
            'e' => 27,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'b' if in_class => 8,
            'c' => self.next().map_or(0, |code| {
                char::from_u32(code).map_or(code, |c| u32::from(c.to_ascii_uppercase())) ^ 64
            }),
            'x' => self.hexadecimal()?,
            'o' => self.braced_octal()?,
            '0' => self.octal(0, 2),
            'p' | 'P' => return self.property(c == 'P'),
            '1'..='9' if !in_class => return Ok(self.number_escape(c)),
            '1'..='7' => self.octal(code - 48, 2),
            '8' | '9' if in_class => code,
            _ if !in_class => return self.assertion(c),
            'N' => return Err(self.error("\\N is not supported in a class")),
            'L' | 'l' | 'U' | 'u' => return Err(self.error(UNSUPPORTED)),
            // Other letters stand for themselves.
            _ => code,
        }))
    }

    /// A group if there are that many, or a character in octal.
    fn number_escape(&mut self, first: char) -> Escape {
        let start = self.at;
        let mut number = u32::from(first) - 48;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(digit);
            self.at += 1;
        }
        if number < 8 || number <= self.groups {
            self.references.push((number, self.place()));
            return Escape::Node(Node::Reference(vec![number], self.case()));
        }
        self.at = start;
        if first > '7' {
            return Escape::Character(u32::from(first));
        }
        Escape::Character(self.octal(u32::from(first) - 48, 2))
    }

    fn octal(&mut self, mut code: u32, most: usize) -> u32 {
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.at += 1;
        }
        if self.options.unicode { code } else { code & 255 }
    }

    /// The octal digits of `\o{…}`.
    fn braced_octal(&mut self) -> Result<u32> {
        if !self.takes("{") {
            return Err(self.error("missing opening brace after \\o"));
        }
        let digits = self.until('}').unwrap_or_default();
        match u32::from_str_radix(&digits, 8) {
            Ok(code) if code <= if self.options.unicode { 0x10_FFFF } else { 255 } => Ok(code),
            Ok(_) => Err(self.error("character value in \\x{} or \\o{} is too large")),
            Err(_) => Err(self.error("non-octal character in \\o{} (closing brace missing?)")),
        }
    }

    fn hexadecimal(&mut self) -> Result<u32> {
        let braced = self.takes("{");
        let (mut code, mut count) = (0_u32, 0);
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) {
            if !braced && count == 2 {
                break;
            }
            code = code.saturating_mul(16).saturating_add(digit);
            count += 1;
            self.at += 1;
        }
        if braced && !self.takes("}") || code > if self.options.unicode { 0x10_FFFF } else { 255 } {
            return Err(self.error("character value in \\x{} or \\o{} is too large"));
        }
        Ok(code)
    }

    fn property(&mut self, mut negated: bool) -> Result<Escape> {
        let name = if self.takes("{") {
            negated ^= self.takes("^");
            self.until('}')
        } else {
            self.next().and_then(char::from_u32).map(String::from)
        };
        let kind = name.and_then(|name| Kind::property(&name));
        match kind {
            Some(kind) => Ok(Escape::Kind(kind, negated)),
            None => Err(self.error("unknown property name after \\P or \\p")),
        }
    }

    /// An escape that stands for no character.
    fn assertion(&mut self, c: char) -> Result<Escape> {
        let case = self.case();
        Ok(Escape::Node(match c {
            'A' => Node::Assertion(Assertion::SubjectStart),
            'z' => Node::Assertion(Assertion::SubjectEnd),
            'Z' => Node::Assertion(Assertion::SubjectEndOrNewline),
            'b' => Node::Assertion(Assertion::WordBoundary),
            'B' => Node::Assertion(Assertion::NoWordBoundary),
            'G' => Node::Assertion(Assertion::SearchStart),
            'K' => Node::Keep,
            'L' | 'l' | 'U' | 'u' => return Err(self.error(UNSUPPORTED)),
            'N' => {
                let here = self.at;
                let is_named = self.peek() == Some('{') && self.counts()?.is_none();
                self.at = here;
                if is_named {
                    return Err(self.error(UNSUPPORTED));
                }
                Node::Any { newlines: false }
            }
            'R' => newline(),
            'X' | 'C' => Node::Any { newlines: true },
            'k' | 'g' => return self.reference(c, case),
            'E' => Node::Empty,
            _ => return Ok(Escape::Character(u32::from(c))),
        }))
    }

    /// `\k<name>`, `\g{2}`, `\g{-1}`, `\g2` and the like.
    fn reference(&mut self, c: char, case: Case) -> Result<Escape> {
        let end = match self.peek() {
            Some('{') => Some('}'),
            Some('<') => Some('>'),
            Some('\'') => Some('\''),
            Some(_) | None => None,
        };
        let Some(end) = end else {
            let back = self.takes("-");
            let number = self.number().filter(|_| c == 'g');
            let number =
                number.ok_or_else(|| self.error("a numbered reference must not be zero"))?;
            return Ok(self.numbered(number, back, case));
        };
        let calls = c == 'g' && end != '}';
        self.at += 1;
        let name = self.until(end);
        if let Some(number) = name.as_deref().and_then(|name| name.parse::<i64>().ok()) {
            let (group, back) = (number.unsigned_abs() as u32, number < 0);
            let Escape::Node(node) = self.numbered(group, back, case) else {
                return Err(self.error("reference to non-existent subpattern"));
            };
            return Ok(Escape::Node(match node {
                Node::Reference(groups, _) if calls => Node::Recursion(groups[0]),
                node => node,
            }));
        }
        let reference = self.named(name)?;
        Ok(Escape::Node(if calls {
            Node::Recursion(reference)
        } else {
            Node::Reference(vec![reference], case)
        }))
    }

    fn numbered(&mut self, number: u32, back: bool, case: Case) -> Escape {
        let group = if back { (self.groups + 1).saturating_sub(number) } else { number };
        let group = group & !BY_NAME;
        self.references.push((group, self.place()));
        Escape::Node(Node::Reference(vec![group], case))
    }

    /// Reads the set of characters after `[`.
    pub(super) fn class(&mut self) -> Result<Class> {
        let negated = self.takes("^");
        let mut items = Vec::new();
        let mut first = true;
        loop {
            if !first && self.takes("]") {
                return Ok(Class { negated, case: self.case(), items });
            }
            first = false;
            if self.takes("[:") {
                let inverse = self.takes("^");
                let name = self.until(':');
                let kind = name.and_then(|name| Kind::posix(&name));
                let kind = kind.ok_or_else(|| self.error("unknown POSIX class name"))?;
                self.takes("]");
                items.push(Item::Kind(kind, inverse));
                continue;
            }
            if self.takes("\\Q") || self.takes("\\E") {
                continue;
            }
            let from = match self.class_character()? {
                Escape::Character(code) => code,
                Escape::Kind(kind, inverse) => {
                    items.push(Item::Kind(kind, inverse));
                    continue;
                }
                Escape::Node(_) => continue,
            };
            let is_range = self.peek() == Some('-') && self.peek_at(1).is_some_and(|c| c != ']');
            if !is_range {
                items.push(Item::Range(from, from));
                continue;
            }
            self.at += 1;
            match self.class_character()? {
                Escape::Character(to) if to < from => {
                    return Err(self.error("range out of order in character class"));
                }
                Escape::Character(to) => items.push(Item::Range(from, to)),
                Escape::Kind(kind, inverse) => {
                    items.extend([from, 45].map(|code| Item::Range(code, code)));
                    items.push(Item::Kind(kind, inverse));
                }
                Escape::Node(_) => items.push(Item::Range(from, from)),
            }
        }
    }

    fn class_character(&mut self) -> Result<Escape> {
        match self.next() {
            None => Err(self.error("missing terminating ] for character class")),
            Some(92) => self.escape(true),
            Some(code) => Ok(Escape::Character(code)),
        }
    }
}

/// `\R`: one of the ends of a line.
fn newline() -> Node {
    let both = [13, 10].map(|code| Node::Character(code, Case::Exact));
    let one =
        Class { negated: false, case: Case::Exact, items: vec![Item::Kind(Kind::Vertical, false)] };
    let choices = vec![Node::Sequence(both.into()), Node::Class(one)];
    Node::Atomic(Box::new(Node::Choice(choices)))
}
