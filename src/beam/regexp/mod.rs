//! Regular expressions: the module `re`, with the expressions that Perl's and PCRE's users write.
//!
//! An expression is parsed to its parts, these are translated to instructions, and a search runs them
//! with backtracking, for as many steps as PCRE would. What PCRE has beyond that (`(*THEN)`, `(*ACCEPT)`,
//! verbs with names, callouts, properties of scripts) is refused when the expression is compiled.

mod parse;
mod program;
mod search;
mod syntax;

use std::collections::BTreeMap;

use program::Program;
use search::Search;

pub(super) use search::{Exhausted, Spans};

/// The characters that end a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LineEnding {
    #[default]
    Lf,
    Cr,
    CrLf,
    /// One of these three.
    AnyCrLf,
    /// All that Unicode has.
    Any,
    Nul,
}

impl LineEnding {
    pub(super) const ALL: [LineEnding; 6] = [
        LineEnding::Lf,
        LineEnding::Cr,
        LineEnding::CrLf,
        LineEnding::AnyCrLf,
        LineEnding::Any,
        LineEnding::Nul,
    ];

    /// The one with this name in `re`.
    pub(super) fn named(name: &str) -> Option<LineEnding> {
        let names = ["lf", "cr", "crlf", "anycrlf", "any", "nul"];
        names.iter().zip(LineEnding::ALL).find_map(|(own, ending)| (*own == name).then_some(ending))
    }

    /// The number of bytes of the end of a line that these begin with.
    pub(super) fn len_at(self, bytes: &[u8], unicode: bool) -> Option<usize> {
        let any_crlf = || match bytes {
            [b'\r', b'\n', ..] => Some(2),
            [b'\r' | b'\n', ..] => Some(1),
            _ => None,
        };
        match (self, bytes) {
            (LineEnding::Lf, [b'\n', ..])
            | (LineEnding::Cr, [b'\r', ..])
            | (LineEnding::Nul, [0, ..])
            | (LineEnding::Any, [11 | 12, ..]) => Some(1),
            (LineEnding::Any, [0x85, ..]) if !unicode => Some(1),
            (LineEnding::CrLf, [b'\r', b'\n', ..]) => Some(2),
            (LineEnding::Any, [0xC2, 0x85, ..]) if unicode => Some(2),
            (LineEnding::Any, [0xE2, 0x80, 0xA8 | 0xA9, ..]) if unicode => Some(3),
            (LineEnding::AnyCrLf | LineEnding::Any, _) => any_crlf(),
            (LineEnding::Lf | LineEnding::Cr | LineEnding::CrLf | LineEnding::Nul, _) => None,
        }
    }
}

/// The options of an expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options, as `re` has them")]
pub(super) struct Options {
    pub(super) unicode: bool,
    /// Kinds of characters hold beyond Latin-1 too: `ucp`.
    pub(super) everywhere: bool,
    pub(super) caseless: bool,
    pub(super) multiline: bool,
    pub(super) dotall: bool,
    pub(super) extended: bool,
    pub(super) ungreedy: bool,
    pub(super) dupnames: bool,
    pub(super) dollar_endonly: bool,
    pub(super) no_auto_capture: bool,
    pub(super) anchored: bool,
    pub(super) firstline: bool,
    pub(super) never_utf: bool,
    /// A match is tried where none can begin too: `no_start_optimize`.
    pub(super) tries_everywhere: bool,
    pub(super) newline: LineEnding,
}

/// The options of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options, as `re` has them")]
pub(super) struct Start {
    pub(super) offset: usize,
    pub(super) anchored: bool,
    pub(super) not_bol: bool,
    pub(super) not_eol: bool,
    pub(super) not_empty: bool,
    pub(super) not_empty_first: bool,
    /// Another end of lines than that of the expression.
    pub(super) newline: Option<LineEnding>,
    /// The most places to come back to.
    pub(super) open_max: Option<usize>,
}

/// An expression cannot be compiled: PCRE's words, and the byte at which it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) text: &'static str,
    pub(super) place: usize,
}

/// An expression that can be searched for.
pub(super) struct Regexp {
    code: Program,
    pub(super) groups: u32,
    pub(super) names: BTreeMap<String, Vec<u32>>,
    pub(super) options: Options,
}

/// The steps of a search at the most, as PCRE counts its matches.
pub(super) const STEPS_MAX: u64 = 10_000_000;

impl Regexp {
    pub(super) fn new(text: &[u8], options: Options) -> Result<Regexp, SyntaxError> {
        let characters: Vec<(u32, usize)> = if options.unicode {
            let text = std::str::from_utf8(text);
            let text = text.map_err(|error| SyntaxError {
                text: "invalid UTF-8 string",
                place: error.valid_up_to(),
            })?;
            text.char_indices().map(|(place, c)| (u32::from(c), place)).collect()
        } else {
            text.iter().enumerate().map(|(place, byte)| (u32::from(*byte), place)).collect()
        };
        let parsed = parse::parse(&characters, text.len(), options)?;
        Ok(Regexp {
            code: program::program(&parsed.node, parsed.groups)?,
            groups: parsed.groups,
            names: parsed.names,
            options: parsed.options,
        })
    }

    pub(super) fn search(
        &self,
        subject: &[u8],
        start: Start,
        steps: u64,
    ) -> Result<Option<Spans>, Exhausted> {
        let anchored = start.anchored || self.options.anchored;
        let newline = start.newline.unwrap_or(self.options.newline);
        let options = Options { newline, ..self.options };
        Search::new(&self.code, options, Start { anchored, ..start }, subject, steps).run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, subject: &str) -> String {
        let options = Options { unicode: true, ..Options::default() };
        let regexp = match Regexp::new(pattern.as_bytes(), options) {
            Ok(regexp) => regexp,
            Err(error) => return format!("{} at {}", error.text, error.place),
        };
        match regexp.search(subject.as_bytes(), Start::default(), STEPS_MAX) {
            Ok(None) => "nomatch".to_owned(),
            Err(error) => format!("{error:?}"),
            Ok(Some(spans)) => {
                let parts = spans.chunks(2).map(|span| match (span[0], span[1]) {
                    (Some(from), Some(to)) => subject[from..to].to_owned(),
                    (_, _) => "-".to_owned(),
                });
                parts.collect::<Vec<_>>().join("|")
            }
        }
    }

    #[test]
    fn expressions_match_as_in_perl() {
        for (pattern, subject, expected) in [
            ("a(b|c)*d", "xabcbd", "abcbd|b"),
            ("(a+)(a*?)", "aaa", "aaa|aaa|"),
            (
                "^\\s*(\\w+)\\s*=\\s*(.*?)\\s*$",
                " key = some value ",
                " key = some value |key|some value",
            ),
            ("(?<y>\\d{4})-(?<m>\\d\\d)", "on 2024-05", "2024-05|2024|05"),
            ("(a)?(b)", "b", "b|-|b"),
            ("(?i)STRASSE|é", "É", "É"),
            ("(\\w)\\1", "hello", "ll|l"),
            // A group that runs again is until its end what it was before.
            ("^(a\\1?){4}$", "aaaaa", "aaaaa|a"),
            ("^(a\\1?){4}$", "aaaaaaa", "aaaaaaa|a"),
            ("^(a|b\\1)+$", "ababb", "nomatch"),
            ("^A\\8B\\9C$", "A8B9C", "A8B9C"),
            ("(a)\\8", "a8", "a8|a"),
            ("^a(?#xxx){3}c", "aaac", "aaac"),
            ("(?x)a (?#xxx) {3} c", "aaac", "aaac"),
            ("(?<=\\$)\\d+(?!\\d|%)", "5 $77% $80", "80"),
            ("(?>a+)ab", "aaab", "nomatch"),
            ("a++b", "aab", "aab"),
            ("(\\((?:[^()]|(?1))*\\))", "x(a(b)c)y", "(a(b)c)|(a(b)c)"),
            ("[^[:alpha:]\\d]+", "ab1 -_x", " -_"),
            ("(a*)*b", "aaab", "aaab|"),
            ("(?|(a)|(b))c", "bc", "bc|b"),
            ("(a)?(?(1)b|c)", "c", "c|-"),
            ("^(?(?=abc)\\w{3}:|\\d\\d)$", "abc:", "abc:"),
            ("^(?(?!abc)\\d\\d|\\w{3}:)$", "12", "12"),
            ("(?(?<=x)a|b)", "xab", "a"),
            ("(?(DEFINE)(?<n>ab))(?&n)a", "aba", "aba|-"),
            ("(?<n>a)(?('n')a|b)", "aa", "aa|a"),
            ("(a)(?(-1)a|b)", "aa", "aa|a"),
            ("(\\((?:(?(R)x|[ab])|(?1))+\\))", "(ab(x))", "(ab(x))|(ab(x))"),
            ("a+(*COMMIT)c", "aaabac", "nomatch"),
            ("(*COMMIT)ABC", "DEFABC", "ABC"),
            ("a+(*PRUNE)c", "aaabac", "ac"),
            ("a+(*SKIP)c", "aaabac", "ac"),
            ("a(*FAIL)|b", "abc", "b"),
            ("foo\\Kbar", "foobar", "bar"),
            ("x{2,3}?", "xxxx", "xx"),
            ("a{,2}", "a{,2}", "a{,2}"),
            ("\\Qa.b\\E+", "a.bb", "a.bb"),
            ("(?s)a.b(?-s:.)", "a\nbc", "a\nbc"),
            ("\\bfoo\\b", "a foo b", "foo"),
            ("^b$", "a\nb", "nomatch"),
            ("(?m)^b$", "a\nb", "b"),
        ] {
            assert_eq!(found(pattern, subject), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_pcres_words() {
        for (pattern, expected) in [
            ("(a", "missing ) at 2"),
            ("a)", "unmatched parentheses at 1"),
            ("*a", "nothing to repeat at 0"),
            ("[a", "missing terminating ] for character class at 2"),
            ("a{3,2}", "numbers out of order in {} quantifier at 6"),
            ("\\", "\\ at end of pattern at 1"),
            ("(?<=a*)b", "lookbehind assertion is not fixed length at 0"),
            ("(a)\\2", "reference to non-existent subpattern at 5"),
        ] {
            assert_eq!(found(pattern, "x"), expected, "{pattern}");
        }
    }

    #[test]
    fn a_search_ends_after_so_many_steps() {
        let subject = "a".repeat(40);
        assert_eq!(found("(a+)+$b", &subject), "Steps");
        assert_eq!(
            found(&"(".repeat(300), ""),
            "parentheses are too deeply nested (stack check) at 250"
        );
    }
}
