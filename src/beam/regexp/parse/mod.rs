//! The text of a regular expression as its parts.

mod escape;

use std::collections::BTreeMap;

use escape::Escape;

use super::syntax::{Assertion, Case, Class, Greed, Item, Node, Premise};
use super::{LineEnding, Options, SyntaxError};

/// The deepest nesting of groups.
const DEPTH_MAX: usize = 250;
/// The largest number of repetitions.
const REPEAT_MAX: u32 = 65_535;

/// An expression that was read.
pub(super) struct Parsed {
    pub(super) node: Node,
    /// The number of groups.
    pub(super) groups: u32,
    pub(super) names: BTreeMap<String, Vec<u32>>,
    pub(super) options: Options,
}

type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads an expression: characters, each with its place in bytes.
pub(super) fn parse(text: &[(u32, usize)], end: usize, options: Options) -> Result<Parsed> {
    let mut parser = Parser {
        text,
        end,
        at: 0,
        options,
        groups: 0,
        names: BTreeMap::new(),
        depth: 0,
        references: Vec::new(),
        named: Vec::new(),
    };
    if options.unicode && options.never_utf {
        return Err(parser.error("setting UTF is disabled by the application"));
    }
    parser.leading_verbs()?;
    let global = parser.options;
    let mut node = parser.choice()?;
    if parser.at < text.len() {
        return Err(parser.error("unmatched parentheses"));
    }
    if let Some((_, place)) =
        parser.references.iter().find(|(group, _)| *group > parser.groups).copied()
    {
        return Err(SyntaxError { text: "reference to non-existent subpattern", place });
    }
    if let Some((_, place)) =
        parser.named.iter().find(|(name, _)| !parser.names.contains_key(name)).cloned()
    {
        return Err(SyntaxError { text: "reference to non-existent subpattern", place });
    }
    resolve(&mut node, &parser.names, &parser.named);
    Ok(Parsed { node, groups: parser.groups, names: parser.names, options: global })
}

/// PCRE's words for a sign of repetition in a wrong place.
const NOTHING_TO_REPEAT: &str = "nothing to repeat";

/// References by name carry the index of the name until all names are known.
const BY_NAME: u32 = 1 << 31;

fn resolve(node: &mut Node, names: &BTreeMap<String, Vec<u32>>, places: &[(String, usize)]) {
    let groups_of = |reference: u32| {
        let (name, _) = &places[(reference & !BY_NAME) as usize];
        names.get(name).cloned().unwrap_or_default()
    };
    match node {
        Node::Reference(groups, _) => {
            if let [reference] = groups[..]
                && reference >= BY_NAME
            {
                *groups = groups_of(reference);
            }
        }
        Node::Recursion(group) if *group >= BY_NAME => {
            *group = groups_of(*group).first().copied().unwrap_or(0);
        }
        Node::Condition(premise, yes, no) => {
            match premise {
                Premise::Matched(group) | Premise::Called(Some(group)) if *group >= BY_NAME => {
                    *group = groups_of(*group).first().copied().unwrap_or(0);
                }
                Premise::Holds(look) => resolve(look, names, places),
                Premise::Matched(_) | Premise::Called(_) | Premise::Never => {}
            }
            resolve(yes, names, places);
            resolve(no, names, places);
        }
        Node::Group(inner, _) | Node::Atomic(inner) => resolve(inner, names, places),
        Node::Repeat { node, .. } | Node::Look { node, .. } => resolve(node, names, places),
        Node::Sequence(nodes) | Node::Choice(nodes) => {
            for node in nodes {
                resolve(node, names, places);
            }
        }
        Node::Empty
        | Node::Character(..)
        | Node::Any { .. }
        | Node::Class(_)
        | Node::Assertion(_)
        | Node::Recursion(_)
        | Node::Fail
        | Node::Verb(_)
        | Node::Keep => {}
    }
}

struct Parser<'a> {
    text: &'a [(u32, usize)],
    end: usize,
    at: usize,
    options: Options,
    groups: u32,
    names: BTreeMap<String, Vec<u32>>,
    depth: usize,
    /// Groups that are referred to, and where.
    references: Vec<(u32, usize)>,
    named: Vec<(String, usize)>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).and_then(|(code, _)| char::from_u32(*code))
    }

    fn next(&mut self) -> Option<u32> {
        let code = self.text.get(self.at)?.0;
        self.at += 1;
        Some(code)
    }

    fn takes(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(ahead, c)| self.peek_at(ahead) == Some(c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn place(&self) -> usize {
        self.text.get(self.at).map_or(self.end, |(_, place)| *place)
    }

    fn error(&self, text: &'static str) -> SyntaxError {
        SyntaxError { text, place: self.place() }
    }

    fn case(&self) -> Case {
        if self.options.caseless { Case::Any } else { Case::Exact }
    }

    fn until(&mut self, end: char) -> Option<String> {
        let start = self.at;
        while self.peek()? != end {
            self.at += 1;
        }
        let name = self.text[start..self.at].iter();
        let name = name.filter_map(|(code, _)| char::from_u32(*code)).collect();
        self.at += 1;
        Some(name)
    }

    /// `(*UTF8)` and the like at the beginning.
    fn leading_verbs(&mut self) -> Result<()> {
        while self.takes("(*") {
            let start = self.at;
            let verb = self.until(')');
            if verb.as_deref().is_some_and(|verb| Node::verb(verb).is_some()) {
                self.at = start - 2;
                return Ok(());
            }
            let newline = verb.as_ref().and_then(|verb| {
                let is_upper = verb.bytes().all(|byte| byte.is_ascii_uppercase());
                is_upper.then(|| LineEnding::named(&verb.to_ascii_lowercase())).flatten()
            });
            if let Some(newline) = newline {
                self.options.newline = newline;
                continue;
            }
            match verb.as_deref() {
                Some("UTF8" | "UTF") if self.options.never_utf => {
                    return Err(self.error("setting UTF is disabled by the application"));
                }
                Some("UTF8" | "UTF" | "BSR_ANYCRLF" | "BSR_UNICODE") => {}
                Some("NO_START_OPT") => self.options.tries_everywhere = true,
                Some("UCP") => self.options.everywhere = true,
                Some(_) | None => {
                    return Err(self.error("(*VERB) not recognized or malformed"));
                }
            }
        }
        Ok(())
    }

    fn choice(&mut self) -> Result<Node> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("parentheses are too deeply nested (stack check)"));
        }
        let before = self.options;
        let mut choices = vec![self.sequence()?];
        while self.takes("|") {
            choices.push(self.sequence()?);
        }
        self.options = before;
        self.depth -= 1;
        Ok(if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) })
    }

    fn sequence(&mut self) -> Result<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            if self.options.extended && self.skips_space(c) {
                continue;
            }
            if self.skips_comment()? {
                continue;
            }
            if self.takes("\\Q") {
                self.quotation(&mut nodes);
                continue;
            }
            if self.takes("\\E") {
                continue;
            }
            let Some(node) = self.item()? else { continue };
            let node = self.repeated(node)?;
            nodes.push(node);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    /// Blanks and comments of an extended expression.
    fn skips_space(&mut self, c: char) -> bool {
        if c == '#' {
            while self.peek().is_some_and(|c| c != '\n') {
                self.at += 1;
            }
            return true;
        }
        let is_space = c.is_ascii_whitespace() || c == '\u{b}';
        self.at += usize::from(is_space);
        is_space
    }

    fn quotation(&mut self, nodes: &mut Vec<Node>) {
        let case = self.case();
        while self.at < self.text.len() && !self.takes("\\E") {
            if let Some(code) = self.next() {
                nodes.push(Node::Character(code, case));
            }
        }
        if let Some(last) = nodes.pop() {
            nodes.push(self.repeated(last.clone()).unwrap_or(last));
        }
    }

    /// `(?#…)`
    fn skips_comment(&mut self) -> Result<bool> {
        let is_comment = self.takes("(?#");
        if is_comment {
            self.until(')').ok_or_else(|| self.error("missing ) after comment"))?;
        }
        Ok(is_comment)
    }

    fn repeated(&mut self, node: Node) -> Result<Node> {
        while self.skips_comment()?
            || self.options.extended && self.peek().is_some_and(|c| self.skips_space(c))
        {}
        let here = self.at;
        let (min, max) = match self.peek() {
            Some('{') => match self.counts()? {
                Some(counts) => counts,
                None => return Ok(node),
            },
            Some(sign @ ('*' | '+' | '?')) => {
                self.at += 1;
                (u32::from(sign == '+'), (sign == '?').then_some(1))
            }
            Some(_) | None => return Ok(node),
        };
        if matches!(node, Node::Assertion(_) | Node::Keep | Node::Fail | Node::Verb(_)) {
            self.at = here;
            return Err(self.error(NOTHING_TO_REPEAT));
        }
        if self.options.extended {
            while self.peek().is_some_and(|c| self.skips_space(c)) {}
        }
        let greed = match self.peek() {
            Some('?') => Greed::Lazy,
            Some('+') => Greed::Possessive,
            Some(_) | None => Greed::Greedy,
        };
        self.at += usize::from(greed != Greed::Greedy);
        let greed = match greed {
            Greed::Lazy if self.options.ungreedy => Greed::Greedy,
            Greed::Greedy if self.options.ungreedy => Greed::Lazy,
            greed => greed,
        };
        Ok(Node::Repeat { node: Box::new(node), min, max, greed })
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else is text.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>> {
        let start = self.at;
        self.at += 1;
        let min = self.number();
        let comma = self.takes(",");
        let max = if comma { self.number() } else { min };
        let (Some(min), true) = (min, self.takes("}")) else {
            self.at = start;
            return Ok(None);
        };
        if min > REPEAT_MAX || max.is_some_and(|max| max > REPEAT_MAX) {
            return Err(self.error("number too big in {} quantifier"));
        }
        if max.is_some_and(|max| max < min) {
            return Err(self.error("numbers out of order in {} quantifier"));
        }
        Ok(Some((min, max)))
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = Some(number.unwrap_or(0_u32).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }

    /// One part; none for a change of options.
    fn item(&mut self) -> Result<Option<Node>> {
        let case = self.case();
        let here = self.at;
        let Some(code) = self.next() else { return Ok(None) };
        Ok(Some(match char::from_u32(code) {
            Some('.') => Node::Any { newlines: self.options.dotall },
            Some('^') if self.options.multiline => Node::Assertion(Assertion::LineStart),
            Some('^') => Node::Assertion(Assertion::Begin),
            Some('$') if self.options.multiline => Node::Assertion(Assertion::LineEnd),
            Some('$') if self.options.dollar_endonly => Node::Assertion(Assertion::End),
            Some('$') => Node::Assertion(Assertion::EndOrNewline),
            Some('[') if self.takes(":<:]]") || self.takes(":>:]]") => {
                Node::Assertion(Assertion::WordBoundary)
            }
            Some('[') => Node::Class(self.class()?),
            Some('(') => return self.group(),
            Some('\\') => match self.escape(false)? {
                Escape::Character(code) => Node::Character(code, case),
                Escape::Kind(kind, negated) => Node::Class(Class {
                    negated: false,
                    case: Case::Exact,
                    items: vec![Item::Kind(kind, negated)],
                }),
                Escape::Node(node) => node,
            },
            Some('*' | '+' | '?') => {
                self.at = here;
                return Err(self.error(NOTHING_TO_REPEAT));
            }
            Some('{') => {
                self.at = here;
                if self.counts()?.is_some() {
                    self.at = here;
                    return Err(self.error(NOTHING_TO_REPEAT));
                }
                self.at = here + 1;
                Node::Character(code, case)
            }
            Some(_) | None => Node::Character(code, case),
        }))
    }

    fn group(&mut self) -> Result<Option<Node>> {
        let before = self.options;
        let node = if self.takes("?") {
            match self.special_group()? {
                Some(node) => node,
                None => return Ok(None),
            }
        } else if self.takes("*") {
            let verb = self.until(')');
            self.at -= usize::from(verb.is_some());
            let verb = verb.as_deref().and_then(Node::verb);
            verb.ok_or_else(|| self.error("(*VERB) not recognized or malformed"))?
        } else if self.options.no_auto_capture {
            self.choice()?
        } else {
            self.capture(None)?
        };
        self.options = before;
        if !self.takes(")") {
            return Err(self.error("missing )"));
        }
        Ok(Some(node))
    }

    fn capture(&mut self, name: Option<String>) -> Result<Node> {
        self.groups += 1;
        let group = self.groups;
        if let Some(name) = name {
            let groups = self.names.entry(name).or_default();
            groups.push(group);
            if groups.len() > 1 && !self.options.dupnames {
                return Err(self.error("two named subpatterns have the same name"));
            }
        }
        Ok(Node::Group(Box::new(self.choice()?), group))
    }

    fn named(&mut self, name: Option<String>) -> Result<u32> {
        let name =
            name.ok_or_else(|| self.error("syntax error in subpattern name (missing terminator)"))?;
        self.named.push((name, self.place()));
        Ok(BY_NAME | (self.named.len() - 1) as u32)
    }

    fn look(&mut self, behind: bool, negative: bool) -> Result<Option<Node>> {
        Ok(Some(Node::Look { node: Box::new(self.choice()?), behind, negative }))
    }

    /// The group after `(?`; none for a change of options.
    fn special_group(&mut self) -> Result<Option<Node>> {
        for (start, end) in [("P<", '>'), ("'", '\'')] {
            if self.takes(start) {
                let name = self.until(end);
                return self.capture(name).map(Some);
            }
        }
        if self.takes("=") {
            return self.look(false, false);
        }
        if self.takes("!") {
            return self.look(false, true);
        }
        if self.takes("<=") {
            return self.look(true, false);
        }
        if self.takes("<!") {
            return self.look(true, true);
        }
        if self.takes("<") {
            let name = self.until('>');
            return self.capture(name).map(Some);
        }
        if self.takes(">") {
            return Ok(Some(Node::Atomic(Box::new(self.choice()?))));
        }
        if self.takes("|") {
            return self.branch_reset().map(Some);
        }
        if self.takes("P=") {
            let (case, reference) = (self.case(), self.name_in_place()?);
            return Ok(Some(Node::Reference(vec![reference], case)));
        }
        if self.takes("P>") || self.takes("&") {
            return Ok(Some(Node::Recursion(self.name_in_place()?)));
        }
        if self.takes("R") {
            return Ok(Some(Node::Recursion(0)));
        }
        if self.takes("(") {
            return self.condition().map(Some);
        }
        let sign = self.peek().filter(|c| matches!(c, '+' | '-'));
        let is_number =
            self.peek_at(usize::from(sign.is_some())).is_some_and(|c| c.is_ascii_digit());
        if is_number {
            self.at += usize::from(sign.is_some());
            let number = self.number().unwrap_or(0);
            let group = match sign {
                Some('-') => (self.groups + 1).saturating_sub(number),
                Some(_) => self.groups + number,
                None => number,
            };
            self.references.push((group, self.place()));
            return Ok(Some(Node::Recursion(group)));
        }
        self.change_options()
    }

    fn name_in_place(&mut self) -> Result<u32> {
        let name = self.until(')');
        self.at -= usize::from(name.is_some());
        self.named(name)
    }

    /// Each choice counts its groups from the same number on.
    fn branch_reset(&mut self) -> Result<Node> {
        let (first, mut most) = (self.groups, self.groups);
        let mut choices = Vec::new();
        loop {
            self.groups = first;
            choices.push(self.sequence()?);
            most = most.max(self.groups);
            if !self.takes("|") {
                break;
            }
        }
        self.groups = most;
        Ok(Node::Choice(choices))
    }

    fn condition(&mut self) -> Result<Node> {
        let premise = self.premise()?;
        if !self.takes(")") {
            return Err(self.error("missing ) after condition"));
        }
        let yes = self.sequence()?;
        let no = if self.takes("|") { self.sequence()? } else { Node::Empty };
        if self.peek() == Some('|') {
            return Err(self.error("conditional group contains more than two branches"));
        }
        Ok(Node::Condition(premise, Box::new(yes), Box::new(no)))
    }

    /// The premise of a condition, which stands in parentheses.
    fn premise(&mut self) -> Result<Premise> {
        for (start, behind, negative) in
            [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)]
        {
            if self.takes(start) {
                let node = Box::new(self.choice()?);
                return Ok(Premise::Holds(Box::new(Node::Look { node, behind, negative })));
            }
        }
        let sign = self.peek().filter(|c| matches!(c, '+' | '-'));
        self.at += usize::from(sign.is_some());
        if let Some(number) = self.number() {
            let group = match sign {
                Some('-') => (self.groups + 1).saturating_sub(number),
                Some(_) => self.groups + number,
                None => number,
            };
            self.references.push((group, self.place()));
            return Ok(Premise::Matched(group));
        }
        for (start, end) in [("<", '>'), ("'", '\'')] {
            if self.takes(start) {
                let name = self.until(end);
                return Ok(Premise::Matched(self.named(name)?));
            }
        }
        let name = self.until(')').ok_or_else(|| self.error("missing ) after condition"))?;
        self.at -= 1;
        let digits = name.strip_prefix('R').map(str::parse::<u32>);
        Ok(match (name.as_str(), name.strip_prefix("R&"), digits) {
            ("DEFINE", _, _) => Premise::Never,
            ("R", _, _) => Premise::Called(None),
            (_, Some(name), _) => Premise::Called(Some(self.named(Some(name.to_owned()))?)),
            (_, None, Some(Ok(group))) => {
                self.references.push((group, self.place()));
                Premise::Called(Some(group))
            }
            (_, None, Some(Err(_)) | None) => Premise::Matched(self.named(Some(name))?),
        })
    }

    /// `(?i)`, which holds to the end of the group, and `(?i:...)`.
    fn change_options(&mut self) -> Result<Option<Node>> {
        let mut on = true;
        let mut options = self.options;
        loop {
            match self.next().and_then(char::from_u32) {
                Some('-') => on = false,
                Some('i') => options.caseless = on,
                Some('m') => options.multiline = on,
                Some('s') => options.dotall = on,
                Some('x') => options.extended = on,
                Some('U') => options.ungreedy = on,
                Some('J') => options.dupnames = on,
                Some(')') => {
                    self.options = options;
                    return Ok(None);
                }
                Some(':') => {
                    self.options = options;
                    return self.choice().map(Some);
                }
                Some(_) | None => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.error("unrecognized character after (? or (?-"));
                }
            }
        }
    }
}
