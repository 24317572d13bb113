//! Names, each stored once for the life of the program.

use std::cmp::Ordering;
use std::fmt::{self, Write};

use hashbrown::Equivalent;

use super::table::Table;
use crate::engine::term::AtomTooLong;

/// The most characters that an atom has.
pub const MAX_CHARACTERS: usize = 255;

/// A name: `ok`, `'EXIT'`.
///
/// Atoms are compared as numbers and ordered by their text. The number of an atom depends on what
/// was loaded before it, so it is never to be seen: not in an order, a hash or a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AtomIndex(u32);

static ATOMS: Table<Box<str>> = Table::new();

/// A name that is looked for.
#[derive(Hash)]
struct Name<'a>(&'a str);

impl Equivalent<&'static Box<str>> for Name<'_> {
    fn equivalent(&self, stored: &&'static Box<str>) -> bool {
        *self.0 == ***stored
    }
}

impl AtomIndex {
    /// The atom with this name.
    ///
    /// # Panics
    /// When the name is longer than 255 characters; see [`AtomIndex::try_new`].
    #[must_use]
    pub fn new(name: &str) -> AtomIndex {
        AtomIndex::try_new(name).unwrap_or_else(|error| panic!("{error}: {name}"))
    }

    /// The atom with this name.
    ///
    /// # Errors
    /// When the name is longer than 255 characters.
    pub fn try_new(name: &str) -> Result<AtomIndex, AtomTooLong> {
        known();
        if let Some(number) = ATOMS.find(&Name(name)) {
            return Ok(AtomIndex(number));
        }
        let characters = name.chars().count();
        if characters > MAX_CHARACTERS {
            return Err(AtomTooLong(characters));
        }
        Ok(AtomIndex(ATOMS.number(name.into())))
    }

    /// The atom with this name, if there is one already.
    #[must_use]
    pub fn existing(name: &str) -> Option<AtomIndex> {
        known();
        ATOMS.find(&Name(name)).map(AtomIndex)
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        known();
        ATOMS.get(self.0)
    }

    #[inline]
    pub(in crate::beam) const fn index(self) -> u32 {
        self.0
    }

    #[inline]
    pub(in crate::beam) const fn from_index(index: u32) -> AtomIndex {
        AtomIndex(index)
    }
}

impl PartialOrd for AtomIndex {
    fn partial_cmp(&self, other: &AtomIndex) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AtomIndex {
    fn cmp(&self, other: &AtomIndex) -> Ordering {
        if self == other { Ordering::Equal } else { self.as_str().cmp(other.as_str()) }
    }
}

impl fmt::Display for AtomIndex {
    /// As Erlang writes it, in quotes where it needs them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.as_str();
        if needs_quotes(name) { quoted(f, name) } else { f.write_str(name) }
    }
}

impl fmt::Debug for AtomIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Words of the language, which are atoms in quotes only.
const RESERVED: [&str; 27] = [
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case",
    "catch", "cond", "div", "end", "fun", "if", "let", "not", "of", "or", "orelse", "receive",
    "rem", "try", "when", "xor",
];

fn needs_quotes(name: &str) -> bool {
    let small = |c: char| matches!(c, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ');
    let other = |c: char| {
        small(c) || matches!(c, 'A'..='Z' | '0'..='9' | '_' | '@' | 'À'..='Ö' | 'Ø'..='Þ')
    };
    !name.starts_with(small) || !name.chars().all(other) || RESERVED.contains(&name)
}

fn quoted(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    f.write_char('\'')?;
    for c in name.chars() {
        match c {
            '\'' => f.write_str("\\'")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{b}' => f.write_str("\\v")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\u{1b}' => f.write_str("\\e")?,
            '\u{7f}' => f.write_str("\\d")?,
            '\0'..='\u{1f}' | '\u{80}'..='\u{9f}' => write!(f, "\\{:03o}", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}

/// Atoms that the machine knows by themselves, stored before all others.
macro_rules! known_atoms {
    ($($constant:ident = $name:literal,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers of constants")]
        #[repr(u32)]
        enum Number { $($constant,)* }

        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: AtomIndex = AtomIndex(Number::$constant as u32);
        )*

        const KNOWN: &[&str] = &[$($name,)*];
    };
}

/// Stores the known atoms, once.
fn known() {
    static STORED: std::sync::Once = std::sync::Once::new();
    STORED.call_once(|| {
        for (index, name) in (0..).zip(KNOWN) {
            assert_eq!(ATOMS.number((*name).into()), index, "known atoms are stored first");
        }
    });
}

known_atoms! {
    FALSE = "false",
    TRUE = "true",
    OK = "ok",
    ERROR = "error",
    EXIT = "exit",
    THROW = "throw",
    UPPER_EXIT = "EXIT",
    UNDEFINED = "undefined",
    BADARG = "badarg",
    BADARITH = "badarith",
    BADMATCH = "badmatch",
    CASE_CLAUSE = "case_clause",
    IF_CLAUSE = "if_clause",
    TRY_CLAUSE = "try_clause",
    FUNCTION_CLAUSE = "function_clause",
    UNDEF = "undef",
    INVALID_CODE = "invalid_code",
    BADFUN = "badfun",
    BADARITY = "badarity",
    BADKEY = "badkey",
    BADMAP = "badmap",
    BADRECORD = "badrecord",
    SYSTEM_LIMIT = "system_limit",
    NOCATCH = "nocatch",
    NOPROC = "noproc",
    NORMAL = "normal",
    KILL = "kill",
    KILLED = "killed",
    NOT_FOUND = "not_found",
    EMPTY = "",
    ERLANG = "erlang",
    ERROR_HANDLER = "error_handler",
    UNDEFINED_FUNCTION = "undefined_function",
    UNDEFINED_LAMBDA = "undefined_lambda",
    ERROR_INFO = "error_info",
    MODULE = "module",
    CAUSE = "cause",
    FILE = "file",
    LINE = "line",
    APPLY = "apply",
    INFINITY = "infinity",
    TIMEOUT_VALUE = "timeout_value",
    BADALIAS = "badalias",
    NONODE = "nonode@nohost",
    SAFE = "safe",
    UNSAFE = "unsafe",
    ALL = "all",
    COPY = "copy",
    REUSE = "reuse",
    INPLACE = "inplace",
    APPEND = "append",
    PRIVATE_APPEND = "private_append",
    BINARY = "binary",
    BITSTRING = "bitstring",
    INTEGER = "integer",
    FLOAT = "float",
    UTF8 = "utf8",
    UTF16 = "utf16",
    UTF32 = "utf32",
    STRING = "string",
    LITTLE = "little",
    BIG = "big",
    SIGNED = "signed",
    UNSIGNED = "unsigned",
    NATIVE = "native",
    ENSURE_AT_LEAST = "ensure_at_least",
    ENSURE_EXACTLY = "ensure_exactly",
    SKIP = "skip",
    GET_TAIL = "get_tail",
    EQ_EXACT = "=:=",
    NO_FAIL = "no_fail",
    MODULE_INFO = "module_info",
    ON_HEAP = "on_heap",
    BADOPT = "badopt",
    TIME = "time",
    NOCONNECT = "noconnect",
    NOSUSPEND = "nosuspend",
    PROCESS = "process",
    ALIAS = "alias",
    DEMONITOR = "demonitor",
    FLUSH = "flush",
    INFO = "info",
    TAG = "tag",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_the_same_atom() {
        assert_eq!(AtomIndex::new("true"), TRUE);
        assert_eq!(AtomIndex::new("module_info"), MODULE_INFO);
        assert_eq!(AtomIndex::new("beam_atom_a"), AtomIndex::new("beam_atom_a"));
        assert_ne!(AtomIndex::new("beam_atom_a"), AtomIndex::new("beam_atom_b"));
        assert_eq!(AtomIndex::existing("beam_atom_never_made"), None);
    }

    #[test]
    fn atoms_are_ordered_by_text() {
        let mut atoms = [AtomIndex::new("zebra_1"), AtomIndex::new("zebra_0"), TRUE, FALSE];
        atoms.sort();
        assert_eq!(atoms.map(AtomIndex::as_str), ["false", "true", "zebra_0", "zebra_1"]);
    }

    #[test]
    fn an_atom_has_at_most_255_characters() {
        assert!(AtomIndex::try_new(&"é".repeat(255)).is_ok());
        assert_eq!(AtomIndex::try_new(&"a".repeat(256)), Err(AtomTooLong(256)));
    }

    #[test]
    fn an_atom_is_written_in_quotes_where_it_needs_them() {
        for (name, text) in
            [("ok", "ok"), ("EXIT", "'EXIT'"), ("a b", "'a b'"), ("", "''"), ("end", "'end'")]
        {
            assert_eq!(AtomIndex::new(name).to_string(), text);
        }
    }
}
