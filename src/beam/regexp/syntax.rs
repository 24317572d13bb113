//! The parts of a regular expression.

/// A part of an expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Empty,
    Character(u32, Case),
    /// Any character; without `newlines`, none that ends a line.
    Any {
        newlines: bool,
    },
    Class(Class),
    Assertion(Assertion),
    Group(Box<Node>, u32),
    /// The text that one of these groups has matched.
    Reference(Vec<u32>, Case),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    },
    Look {
        node: Box<Node>,
        behind: bool,
        negative: bool,
    },
    Atomic(Box<Node>),
    /// The first part if something holds, or else the second.
    Condition(Premise, Box<Node>, Box<Node>),
    /// A group once more, or the whole: 0.
    Recursion(u32),
    /// The match begins here.
    Keep,
    /// Nothing matches.
    Fail,
    /// Restricts what is tried when what follows does not match.
    Verb(Verb),
}

impl Node {
    /// The part that a verb in the middle of an expression is.
    pub(super) fn verb(name: &str) -> Option<Node> {
        Some(match name {
            "COMMIT" => Node::Verb(Verb::Commit),
            "PRUNE" => Node::Verb(Verb::Prune),
            "SKIP" => Node::Verb(Verb::Skip),
            "F" | "FAIL" => Node::Fail,
            _ => return None,
        })
    }
}

/// The thing that decides between the two parts of a condition.
#[derive(Clone, Debug)]
pub(super) enum Premise {
    /// A group has matched.
    Matched(u32),
    /// A look ahead or back is fulfilled.
    Holds(Box<Node>),
    /// The condition stands in a group that was called: in this one, or any.
    Called(Option<u32>),
    /// Nothing: the first part is there to be called.
    Never,
}

/// A sign that some attempts are not made when a search comes back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// `(*COMMIT)`: another attempt from a later place.
    Commit,
    /// `(*PRUNE)`: another way from the same place.
    Prune,
    /// `(*SKIP)`: an attempt from a place before this one.
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `^` and `$`, which options of a search can turn off.
    Begin,
    End,
    EndOrNewline,
    SubjectStart,
    SubjectEnd,
    /// At the end, or before a newline there.
    SubjectEndOrNewline,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
    /// The place where the search began.
    SearchStart,
}

/// A set of characters.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) case: Case,
    pub(super) items: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Range(u32, u32),
    /// The characters of a kind, or all others.
    Kind(Kind, bool),
}

/// Characters that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Alnum,
    Alpha,
    Ascii,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Word,
    Xdigit,
    Horizontal,
    Vertical,
    AnyLetter,
    LowerLetter,
    UpperLetter,
    AnyNumber,
    DecimalNumber,
    Separator,
    Control,
}

impl Kind {
    /// The class `[:name:]`.
    pub(super) fn posix(name: &str) -> Option<Kind> {
        Some(match name {
            "alnum" => Kind::Alnum,
            "alpha" => Kind::Alpha,
            "ascii" => Kind::Ascii,
            "blank" => Kind::Blank,
            "cntrl" => Kind::Cntrl,
            "digit" => Kind::Digit,
            "graph" => Kind::Graph,
            "lower" => Kind::Lower,
            "print" => Kind::Print,
            "punct" => Kind::Punct,
            "space" => Kind::Space,
            "upper" => Kind::Upper,
            "word" => Kind::Word,
            "xdigit" => Kind::Xdigit,
            _ => return None,
        })
    }

    /// The property `\p{name}`, if its characters are known here.
    pub(super) fn property(name: &str) -> Option<Kind> {
        Some(match name {
            "L" | "L&" => Kind::AnyLetter,
            "Ll" => Kind::LowerLetter,
            "Lu" => Kind::UpperLetter,
            "N" => Kind::AnyNumber,
            "Nd" => Kind::DecimalNumber,
            "Z" | "Zs" => Kind::Separator,
            "Cc" => Kind::Control,
            "Xan" => Kind::Alnum,
            "Xsp" | "Xps" => Kind::Space,
            "Xwd" => Kind::Word,
            _ => return None,
        })
    }

    /// Is the character of this kind? Those beyond Latin-1 are of the kinds of properties only, unless
    /// `everywhere`.
    pub(super) fn has(self, code: u32, everywhere: bool) -> bool {
        let Some(c) = char::from_u32(code) else { return false };
        let is_near = code < 256 || everywhere;
        let (ascii, letter) = (code < 128, is_near && c.is_alphabetic());
        match self {
            Kind::Alnum => letter || is_near && c.is_numeric() && (ascii || everywhere),
            Kind::Alpha => letter,
            Kind::Ascii => ascii,
            Kind::Blank => matches!(code, 9 | 32 | 0xA0),
            Kind::Cntrl => is_near && c.is_control(),
            Kind::Digit => ascii && c.is_ascii_digit() || everywhere && is_decimal(c),
            Kind::Graph => ascii && c.is_ascii_graphic() || !ascii && is_near && code > 0xA0,
            Kind::Lower => is_near && c.is_lowercase(),
            Kind::Print => ascii && (32..127).contains(&code) || !ascii && is_near && code >= 0xA0,
            Kind::Punct => {
                c.is_ascii_punctuation()
                    || !ascii && is_near && !c.is_alphanumeric() && code > 0xA0 && code < 256
            }
            Kind::Space => {
                matches!(code, 9..=13 | 32 | 0x85 | 0xA0) || everywhere && c.is_whitespace()
            }
            Kind::Upper => is_near && c.is_uppercase(),
            Kind::Word => {
                letter || code == 95 || c.is_ascii_digit() || everywhere && c.is_numeric()
            }
            Kind::Xdigit => c.is_ascii_hexdigit(),
            Kind::Horizontal => {
                matches!(
                    code,
                    9 | 32 | 0xA0 | 0x1680 | 0x180E | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000
                )
            }
            Kind::Vertical => matches!(code, 10..=13 | 0x85 | 0x2028 | 0x2029),
            Kind::AnyLetter => c.is_alphabetic(),
            Kind::LowerLetter => c.is_lowercase(),
            Kind::UpperLetter => c.is_uppercase(),
            Kind::AnyNumber => c.is_numeric(),
            Kind::DecimalNumber => is_decimal(c),
            Kind::Separator => {
                matches!(
                    code,
                    32 | 0xA0 | 0x1680 | 0x2000
                        ..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000
                )
            }
            Kind::Control => c.is_control(),
        }
    }
}

/// A digit of any script whose digits stand in tens.
fn is_decimal(c: char) -> bool {
    c.is_ascii_digit()
        || c.is_numeric()
            && matches!(u32::from(c), 0x660..=0x669 | 0x6F0..=0x6F9 | 0x7C0..=0x7C9 | 0x966..=0x96F
                | 0x9E6..=0x9EF | 0xA66..=0xA6F | 0xAE6..=0xAEF | 0xE50..=0xE59 | 0xFF10..=0xFF19)
}

/// The same letter in the other case, or the character itself.
pub(super) fn other_case(code: u32, unicode: bool) -> u32 {
    let Some(c) = char::from_u32(code) else { return code };
    let (mut lower, mut upper) = (c.to_lowercase(), c.to_uppercase());
    let single = |first: Option<char>, second: Option<char>| match (first, second) {
        (Some(only), None) if only != c => Some(u32::from(only)),
        (Some(_) | None, Some(_) | None) => None,
    };
    let other = single(lower.next(), lower.next()).or_else(|| single(upper.next(), upper.next()));
    other.filter(|other| unicode || *other < 256).unwrap_or(code)
}

impl Class {
    /// Is the character in the set?
    pub(super) fn has(&self, code: u32, unicode: bool, everywhere: bool) -> bool {
        let is_in = |code: u32| {
            self.items.iter().any(|item| match item {
                Item::Range(first, last) => (*first..=*last).contains(&code),
                Item::Kind(kind, negated) => kind.has(code, everywhere) != *negated,
            })
        };
        let found = is_in(code) || self.case == Case::Any && is_in(other_case(code, unicode));
        found != self.negated
    }
}
