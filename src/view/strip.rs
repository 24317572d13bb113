//! Scripts and style sheets without what only their readers need: comments, indentation, and blanks
//! between signs. Names and lines stay, so that an error in a browser still says where it is.

/// The words after which a slash begins a regular expression.
const BEFORE_REGEX: [&str; 8] = ["return", "typeof", "case", "in", "of", "new", "delete", "void"];

/// A script without comments and without the blanks that it does not need.
///
/// # Panics
/// If a string, a template, a regular expression or a comment in it does not end: it is a part of
/// this program.
pub(super) fn script(text: &str) -> String {
    let out = String::with_capacity(text.len());
    let mut script = Script { rest: text, out, is_operand: false };
    script.code();
    assert!(script.rest.is_empty(), "a brace too many before {}", start(script.rest));
    script.out
}

/// A style sheet without comments and without the blanks that it does not need.
///
/// # Panics
/// If a string or a comment in it does not end.
pub(super) fn style(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' | '\'' => literal(rest, c),
            '/' if rest.starts_with("/*") => {
                rest = &rest[2..][ends(&rest[2..], "*/")..];
                continue;
            }
            _ if c.is_ascii_whitespace() => {
                rest = rest.trim_ascii_start();
                let is_apart = |c: char| !matches!(c, '{' | '}' | ';' | ',' | '>' | '\n');
                // A colon is followed by a blank in declarations, and preceded by one in selectors.
                let before = out.chars().next_back().is_some_and(|c| is_apart(c) && c != ':');
                if before && rest.chars().next().is_some_and(is_apart) {
                    out.push(' ');
                }
                continue;
            }
            '}' => {
                if out.ends_with(';') {
                    out.pop();
                }
                out += "}\n";
                rest = rest[1..].trim_ascii_start();
                continue;
            }
            _ => c.len_utf8(),
        };
        out += &rest[..length];
        rest = &rest[length..];
    }
    out
}

struct Script<'a> {
    rest: &'a str,
    out: String,
    /// True if the last token ends an operand, after which a slash divides.
    is_operand: bool,
}

impl Script<'_> {
    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.out += taken;
        self.rest = rest;
    }

    /// Code up to the end, or up to the brace that closes a part of a template.
    fn code(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.blanks();
            let Some(c) = self.rest.chars().next() else { return };
            match c {
                '"' | '\'' => {
                    self.take(literal(self.rest, c));
                    self.is_operand = true;
                }
                '`' => self.template(),
                '/' if !self.is_operand => {
                    self.take(literal(self.rest, c));
                    self.take(word(self.rest));
                    self.is_operand = true;
                }
                _ if is_word(c) => {
                    let is_member = self.out.ends_with('.');
                    let length = word(self.rest);
                    self.is_operand = is_member || !BEFORE_REGEX.contains(&&self.rest[..length]);
                    self.take(length);
                }
                '}' if depth == 0 => return,
                _ => {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    self.take(c.len_utf8());
                    self.is_operand = matches!(c, ')' | ']' | '}');
                }
            }
        }
    }

    /// A template as it stands, and the code in it.
    fn template(&mut self) {
        self.take(1);
        loop {
            let text = self.rest.find(['`', '\\', '$']).unwrap_or(self.rest.len());
            self.take(text);
            match self.rest.chars().next() {
                Some('`') => break,
                Some('\\') => {
                    let escaped = self.rest[1..].chars().next().map_or(0, char::len_utf8);
                    self.take(1 + escaped);
                }
                Some(_) if self.rest.starts_with("${") => {
                    self.take(2);
                    self.is_operand = false;
                    self.code();
                    self.take(1);
                }
                Some(_) => self.take(1),
                None => panic!("a template does not end"),
            }
        }
        self.take(1);
        self.is_operand = true;
    }

    /// Comments and blanks: a line break where there was one, a blank where one is needed.
    fn blanks(&mut self) {
        let from = self.rest.len();
        let mut is_line = false;
        loop {
            if self.rest.starts_with("//") {
                self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
            } else if self.rest.starts_with("/*") {
                self.rest = &self.rest[2..][ends(&self.rest[2..], "*/")..];
            } else if self.rest.starts_with(|c: char| c.is_ascii_whitespace()) {
                is_line |= self.rest.starts_with('\n');
                self.rest = &self.rest[1..];
            } else {
                break;
            }
        }
        let (before, after) = (self.out.chars().next_back(), self.rest.chars().next());
        let (Some(before), Some(after)) = (before, after) else { return };
        if is_line {
            self.out.push('\n');
        } else if self.rest.len() < from && is_apart(before, after) {
            self.out.push(' ');
        }
    }
}

/// True if two signs mean something else without a blank between them.
fn is_apart(before: char, after: char) -> bool {
    match before {
        '+' | '-' => before == after,
        // A regular expression and its flags, a comment, an end tag.
        '/' => true,
        '<' => matches!(after, '/' | '!'),
        _ => is_word(before) && is_word(after),
    }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The length of the word with which a text begins.
fn word(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// The length of the string or the regular expression with which a text begins.
fn literal(text: &str, end: char) -> usize {
    let (mut is_escaped, mut is_class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match c {
            '\\' => is_escaped = true,
            '[' if end == '/' => is_class = true,
            ']' => is_class = false,
            _ if c == end && !is_class => return at + 1,
            _ => {}
        }
    }
    panic!("this does not end: {}", start(text))
}

/// The place after the first of such an end.
fn ends(text: &str, end: &str) -> usize {
    let at = text.find(end).unwrap_or_else(|| panic!("{end} is missing after {}", start(text)));
    at + end.len()
}

/// The beginning of a text, to say where something is wrong.
fn start(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_keeps_what_it_means() {
        let cases = [
            ("// why\nconst a = 1; // so\n\n  return a + 1;\n", "const a=1;\nreturn a+1;"),
            ("a = b + +c - -d / e;", "a=b+ +c- -d/ e;"),
            ("x = \"a  // b\" + 'c /* d */';", "x=\"a  // b\"+'c /* d */';"),
            (
                "/* a\n b */ f(/[/ \"]+ \\/ x/g, `a  ${b ? `c  ${d}` : \"}\"}  \\` //`)",
                "f(/[/ \"]+ \\/ x/g,`a  ${b?`c  ${d}`:\"}\"}  \\` //`)",
            ),
            ("return /a b/ in c ? (x) / 2 / y : z", "return/a b/ in c?(x)/ 2/ y:z"),
            ("a.of / b / c", "a.of/ b/ c"),
            ("x => ({ a, b: `${ { c: 1 }.c }` })", "x=>({a,b:`${{c:1}.c}`})"),
            ("a < /b/.c; d < !e", "a< /b/.c;d< !e"),
            ("let {\n  größe }\n= x", "let{\ngröße}\n=x"),
        ];
        for (text, expected) in cases {
            assert_eq!(script(text), expected, "{text}");
        }
    }

    #[test]
    fn a_script_that_was_stripped_is_not_stripped_again() {
        let own = include_str!("page/panels.js").to_owned() + include_str!("page/paint.js");
        let once = script(&own);
        assert_eq!(script(&once), once);
        assert!(once.len() < own.len() / 8 * 7, "{} of {}", once.len(), own.len());
        // The words are the same.
        let words = |text: &str| {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: Vec<String> = code.map(|line| line.split_whitespace().collect()).collect();
            code.concat()
        };
        assert_eq!(words(&once), words(&own));
    }

    #[test]
    fn a_style_keeps_what_it_means() {
        let cases = [
            ("a , b > c { margin: 0 auto; color: red; }\n\n", "a,b>c{margin:0 auto;color:red}\n"),
            (
                "a :focus, b:not([x=\"a  b\"]) { --x: #fff; } /* c */ d { }",
                "a :focus,b:not([x=\"a  b\"]){--x:#fff}\nd{}\n",
            ),
            (
                "@media (max-width: 9px) and (a: b) { c { d: e } }",
                "@media (max-width:9px) and (a:b){c{d:e}\n}\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(style(text), expected, "{text}");
        }
    }

    #[test]
    #[should_panic(expected = "this does not end: \"abc")]
    fn what_does_not_end_is_told() {
        script("x = \"abc");
    }
}
