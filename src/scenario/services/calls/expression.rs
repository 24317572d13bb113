//! Terms with variables, as people write them in calls and in the patterns of answers.
//!
//! `bank:put(Key, {amount, Value})` is read as Erlang reads it, but for what only a program can
//! have: functions, operators, and calls inside of calls. In the pattern of an answer a variable
//! that is bound stands for its value, one that is not takes what is there, and `_` takes anything.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::engine::term::{Atom, Map, Term, TermView, Tuple};
use crate::list;

/// A term with variables in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A term without variables.
    Term(Term),
    /// A variable.
    Variable(Variable),
    /// `_`, or a variable that begins with `_`: anything.
    Anything,
    /// A tuple.
    Tuple(Vec<Expression>),
    /// A list, and what comes behind its elements.
    List(Vec<Expression>, Box<Expression>),
    /// Some keys of a map with their values.
    Map(Vec<(Expression, Expression)>),
}

/// A variable at its place in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: Atom,
    /// The bytes of the text in which it stands.
    pub place: Range<usize>,
}

/// A call: a module, a function, and arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteCall {
    /// The module.
    pub module: Atom,
    /// The function.
    pub function: Atom,
    /// The arguments.
    pub arguments: Vec<Expression>,
    /// The bytes of the text that name the module and the function.
    pub place: Range<usize>,
}

/// The values of variables.
pub type Bindings = BTreeMap<Atom, Term>;

/// The reason why a text is no call and no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The bytes of the text that are wrong.
    pub place: Range<usize>,
    /// The mistake in them, or the thing that is expected there.
    pub message: Cow<'static, str>,
}

type Parsed<T> = Result<T, SyntaxError>;

/// The deepest nesting of an expression.
const DEPTH_MAX: usize = 64;

impl Expression {
    /// Reads a term with variables.
    ///
    /// # Errors
    /// [`SyntaxError`] with the first place that is wrong.
    pub fn parse(text: &str) -> Parsed<Expression> {
        whole(text, |parser| parser.expression(0))
    }

    /// The variables in it, in the order of the text.
    #[must_use]
    pub fn variables(&self) -> Vec<&Variable> {
        match self {
            Expression::Term(_) | Expression::Anything => Vec::new(),
            Expression::Variable(variable) => vec![variable],
            Expression::Tuple(elements) => {
                elements.iter().flat_map(Expression::variables).collect()
            }
            Expression::List(elements, tail) => {
                let tail = tail.variables();
                elements.iter().flat_map(Expression::variables).chain(tail).collect()
            }
            Expression::Map(pairs) => pairs
                .iter()
                .flat_map(|(key, value)| key.variables().into_iter().chain(value.variables()))
                .collect(),
        }
    }

    /// The term, if all of its variables have values and nothing in it is left open.
    #[must_use]
    pub fn term(&self, bindings: &Bindings) -> Option<Term> {
        let terms = |all: &[Expression]| {
            all.iter().map(|each| each.term(bindings)).collect::<Option<Vec<Term>>>()
        };
        Some(match self {
            Expression::Term(term) => term.clone(),
            Expression::Variable(variable) => bindings.get(&variable.name)?.clone(),
            Expression::Anything => return None,
            Expression::Tuple(elements) => Term::Tuple(Tuple::from(terms(elements)?)),
            Expression::List(elements, tail) => {
                Term::list_with_tail(terms(elements)?, tail.term(bindings)?)
            }
            Expression::Map(pairs) => {
                let pairs = pairs.iter();
                let pairs =
                    pairs.map(|(key, value)| Some((key.term(bindings)?, value.term(bindings)?)));
                Term::Map(Map::from(pairs.collect::<Option<Vec<_>>>()?))
            }
        })
    }

    /// True if a term fits; the variables that had no value have one then.
    pub fn matches(&self, term: &Term, bindings: &mut Bindings) -> bool {
        match self {
            Expression::Term(expected) => expected == term,
            Expression::Anything => true,
            Expression::Variable(variable) => {
                bindings.entry(variable.name).or_insert_with(|| term.clone()) == term
            }
            Expression::Tuple(elements) => {
                term.as_tuple().is_some_and(|terms| all_match(elements, terms, bindings))
            }
            Expression::List(elements, tail) => list_matches(elements, tail, term, bindings),
            Expression::Map(pairs) => {
                let Term::Map(map) = term else { return false };
                pairs.iter().all(|(key, value)| {
                    let key = key.term(bindings);
                    let found = key.and_then(|key| map.get(&key).cloned());
                    found.is_some_and(|found| value.matches(&found, bindings))
                })
            }
        }
    }

    /// Puts what is constant into one term.
    fn folded(self) -> Expression {
        let is_open = |each: &Expression| !matches!(each, Expression::Term(_));
        let open = match &self {
            Expression::Tuple(elements) => elements.iter().any(is_open),
            Expression::List(elements, tail) => elements.iter().any(is_open) || is_open(tail),
            // A pattern of a map is one of some of its keys.
            Expression::Map(_) => true,
            Expression::Term(_) | Expression::Variable(_) | Expression::Anything => return self,
        };
        if open {
            return self;
        }
        self.term(&Bindings::new()).map_or(self, Expression::Term)
    }
}

impl RemoteCall {
    /// Reads a call.
    ///
    /// # Errors
    /// [`SyntaxError`] with the first place that is wrong.
    pub fn parse(text: &str) -> Parsed<RemoteCall> {
        whole(text, Parser::call)
    }

    /// The variables of its arguments.
    #[must_use]
    pub fn variables(&self) -> Vec<&Variable> {
        self.arguments.iter().flat_map(Expression::variables).collect()
    }
}

fn all_match(patterns: &[Expression], terms: &[Term], bindings: &mut Bindings) -> bool {
    let mut pairs = patterns.iter().zip(terms);
    patterns.len() == terms.len() && pairs.all(|(pattern, term)| pattern.matches(term, bindings))
}

fn list_matches(
    elements: &[Expression],
    tail: &Expression,
    term: &Term,
    bindings: &mut Bindings,
) -> bool {
    let TermView::List { elements: terms, tail: end } = term.view() else { return false };
    let end = end.cloned().unwrap_or_else(|| list![]);
    let Some((first, rest)) = terms.split_at_checked(elements.len()) else { return false };
    if !all_match(elements, first, bindings) {
        return false;
    }
    let rest = Term::list_with_tail(rest.to_vec(), end);
    tail.matches(&rest, bindings)
}

fn whole<'a, T>(text: &'a str, read: impl FnOnce(&mut Parser<'a>) -> Parsed<T>) -> Parsed<T> {
    let mut parser = Parser { text, offset: 0 };
    parser.skip_space();
    let value = read(&mut parser)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(value) } else { parser.expected("nothing more") }
}

/// A text, and the bytes of it that have been read.
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

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.offset += rest.len() - rest.trim_start().len();
    }

    /// True if `token` comes next, which is read then.
    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.offset += if found { token.len() } else { 0 };
        found
    }

    /// The error that something else is expected here.
    fn expected<T>(&self, expected: &str) -> Parsed<T> {
        let found = self.peek();
        let length = found.map_or(0, char::len_utf8);
        let found = found.map_or("the end".to_owned(), |c| format!("`{c}`"));
        wrong(self.offset..self.offset + length, format!("expected {expected}, found {found}"))
    }

    fn call(&mut self) -> Parsed<RemoteCall> {
        let start = self.offset;
        let module = self.atom("a call, as in `bank:put(Key, Value)`")?;
        self.skip_space();
        if !self.eat(":") {
            return self.expected("`:` and a function, as in `bank:put(Key, Value)`");
        }
        self.skip_space();
        let function = self.atom("the name of a function")?;
        let place = start..self.offset;
        self.skip_space();
        if !self.eat("(") {
            return self.expected("`(` and the arguments");
        }
        let arguments = self.separated(")", 0)?;
        Ok(RemoteCall { module, function, arguments, place })
    }

    fn atom(&mut self, expected: &str) -> Parsed<Atom> {
        if !self.peek().is_some_and(|c| c == '\'' || c.is_lowercase()) {
            return self.expected(expected);
        }
        let literal = self.literal()?;
        literal.as_atom().map_or_else(|| self.expected(expected), Ok)
    }

    fn expression(&mut self, depth: usize) -> Parsed<Expression> {
        if depth == DEPTH_MAX {
            return self.expected(&format!("at most {DEPTH_MAX} terms in one another"));
        }
        let expression = match self.peek() {
            Some('{') => {
                self.offset += 1;
                Expression::Tuple(self.separated("}", depth)?)
            }
            Some('[') => self.list(depth)?,
            Some('#') => self.map(depth)?,
            Some(c) if c == '_' || c.is_uppercase() => self.variable(),
            Some(_) => return self.constant(),
            None => return self.expected("a term"),
        };
        Ok(expression.folded())
    }

    /// The expressions up to the closing bracket.
    fn separated(&mut self, close: &'static str, depth: usize) -> Parsed<Vec<Expression>> {
        let mut all = Vec::new();
        self.skip_space();
        if self.eat(close) {
            return Ok(all);
        }
        loop {
            self.skip_space();
            all.push(self.expression(depth + 1)?);
            self.skip_space();
            if self.eat(close) {
                return Ok(all);
            }
            if !self.eat(",") {
                return self.expected(&format!("`,` or `{close}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Parsed<Expression> {
        self.offset += 1;
        let nil = || Box::new(Expression::Term(list![]));
        let mut elements = Vec::new();
        self.skip_space();
        if self.eat("]") {
            return Ok(Expression::List(elements, nil()));
        }
        loop {
            self.skip_space();
            elements.push(self.expression(depth + 1)?);
            self.skip_space();
            if self.eat("]") {
                return Ok(Expression::List(elements, nil()));
            }
            if self.eat("|") {
                self.skip_space();
                let tail = self.expression(depth + 1)?;
                self.skip_space();
                return if self.eat("]") {
                    Ok(Expression::List(elements, Box::new(tail)))
                } else {
                    self.expected("`]`")
                };
            }
            if !self.eat(",") {
                return self.expected("`,`, `|` or `]`");
            }
        }
    }

    fn map(&mut self, depth: usize) -> Parsed<Expression> {
        if !self.eat("#{") {
            return self.expected("a term");
        }
        let mut pairs = Vec::new();
        self.skip_space();
        if self.eat("}") {
            return Ok(Expression::Map(pairs));
        }
        loop {
            self.skip_space();
            let key = self.expression(depth + 1)?;
            self.skip_space();
            if !self.eat("=>") && !self.eat(":=") {
                return self.expected("`=>` or `:=`");
            }
            self.skip_space();
            pairs.push((key, self.expression(depth + 1)?));
            self.skip_space();
            if self.eat("}") {
                return Ok(Expression::Map(pairs));
            }
            if !self.eat(",") {
                return self.expected("`,` or `}`");
            }
        }
    }

    fn variable(&mut self) -> Expression {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let place = self.offset..self.offset + name.len();
        self.offset = place.end;
        if name.starts_with('_') {
            return Expression::Anything;
        }
        // A name of more than 255 characters is none that anybody has given.
        let short = &name[..name.floor_char_boundary(255)];
        Expression::Variable(Variable { name: Atom::new(short), place })
    }

    /// A term without variables that is no tuple, list or map.
    fn constant(&mut self) -> Parsed<Expression> {
        let start = self.offset;
        let term = self.literal()?;
        // A call where a term is expected.
        if term.as_atom().is_some() && matches!(self.peek(), Some('(' | ':')) {
            let message = "a call inside of a call, which only a program can make";
            return wrong(start..self.offset, message);
        }
        Ok(Expression::Term(term))
    }

    /// Reads an atom, a number, a string or a binary.
    fn literal(&mut self) -> Parsed<Term> {
        let start = self.offset;
        let length = literal_length(self.rest());
        let text = &self.rest()[..length];
        if text.is_empty() {
            return self.expected("a term");
        }
        match text.parse::<Term>() {
            Ok(term) => {
                self.offset = start + length;
                Ok(term)
            }
            Err(error) => {
                let offset = start + error.offset.min(length);
                let rest = &self.text[offset..];
                let character = rest.chars().next().map_or(0, char::len_utf8);
                wrong(offset..offset + character, format!("expected {}", error.expected))
            }
        }
    }
}

fn wrong<T>(place: Range<usize>, message: impl Into<Cow<'static, str>>) -> Parsed<T> {
    Err(SyntaxError { place, message: message.into() })
}

/// The bytes of the atom, the number, the string or the binary at the beginning of a text.
fn literal_length(text: &str) -> usize {
    let mut characters = text.char_indices();
    let Some((_, first)) = characters.next() else { return 0 };
    match first {
        '"' | '\'' => quoted_length(text, first),
        '<' => binary_length(text),
        '$' => character_length(text),
        '0'..='9' | '+' | '-' => number_length(text),
        c if c.is_lowercase() => {
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
            text.find(|c| !is_part(c)).unwrap_or(text.len())
        }
        c => c.len_utf8(),
    }
}

/// A text in quotes: to the closing one, or to the end.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// A binary: to the closing brackets that stand in no text, or to the end.
fn binary_length(text: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with('"') {
            at += quoted_length(rest, '"');
        } else if rest.starts_with(">>") {
            return at + 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// `$a`, or `$\n`.
fn character_length(text: &str) -> usize {
    let count = if text.starts_with("$\\") { 3 } else { 2 };
    text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
}

fn number_length(text: &str) -> usize {
    let mut before = '+';
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-') && matches!(before, '+' | 'e' | 'E');
        let point = c == '.' && text[at + 1..].starts_with(|next: char| next.is_ascii_digit());
        if !(c.is_alphanumeric() || c == '_' || c == '#' || point || sign) {
            return at;
        }
        before = c;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bindings(all: &[(&str, &str)]) -> Bindings {
        let bound = |(name, term): &(&str, &str)| (Atom::new(name), term.parse().unwrap());
        all.iter().map(bound).collect()
    }

    #[test]
    fn a_call_has_its_arguments_with_the_values_of_variables() {
        let check = |text: &str, expected: &str| {
            let called = RemoteCall::parse(text).unwrap();
            let values = bindings(&[("Key", "k1"), ("Value", "7"), ("Client", "{c,1}")]);
            let args: Option<Vec<Term>> =
                called.arguments.iter().map(|each| each.term(&values)).collect();
            let args = Term::from(args.unwrap());
            assert_eq!(format!("{}:{}{args}", called.module, called.function), expected, "{text}");
        };
        check("bank:put(Key, Value)", "bank:put[k1,7]");
        check("  bank : get ( Key ) ", "bank:get[k1]");
        check("m:f()", "m:f[]");
        check(
            "gen_server:call({global, kv}, {put, Key, [Value, 1 | Value]}, 500)",
            "gen_server:call[{global,kv},{put,k1,[7,1|7]},500]",
        );
        check(
            "'Elixir.Bank':put(#{key => Key, <<\"a>>b\">> => \"x,y\"}, $,, -1.5e-3)",
            "'Elixir.Bank':put[#{key => k1,<<\"a>>b\">> => \"x,y\"},44,-0.0015]",
        );
        check("m:f([{Client, 16#ff, 'a b', <<1,2>>}])", "m:f[[{{c,1},255,'a b',<<1,2>>}]]");
    }

    #[test]
    fn a_pattern_fits_as_in_erlang() {
        let check = |pattern: &str, term: &str, expected: Option<&str>| {
            let mut found = bindings(&[("Key", "k1")]);
            let fits =
                Expression::parse(pattern).unwrap().matches(&term.parse().unwrap(), &mut found);
            assert_eq!(fits, expected.is_some(), "{pattern} {term}");
            if let Some(value) = expected.filter(|value| !value.is_empty()) {
                assert_eq!(found[&Atom::new("Value")].to_string(), value, "{pattern} {term}");
            }
        };
        check("ok", "ok", Some(""));
        check("ok", "error", None);
        check("{ok, Value}", "{ok,[1]}", Some("[1]"));
        check("{ok, Value}", "{ok}", None);
        check("{error, _}", "{error,{a,b}}", Some(""));
        check("{Key, _Any, Value}", "{k1,z,3}", Some("3"));
        check("{Key, _, Value}", "{k2,z,3}", None);
        check("{Value, Value}", "{1,1}", Some("1"));
        check("{Value, Value}", "{1,2}", None);
        check("[Value | _]", "[3,4]", Some("3"));
        check("[_, _ | Value]", "[1,2,3]", Some("[3]"));
        check("[_, _]", "[1,2,3]", None);
        check("[_ | Value]", "[1|2]", Some("2"));
        check("#{value := Value}", "#{value => 4,other => 5}", Some("4"));
        check("#{value := Value}", "#{other => 5}", None);
        check("#{}", "#{other => 5}", Some(""));
    }

    #[test]
    fn what_is_wrong_is_at_its_place() {
        let check = |text: &str, expected: &str| {
            let error = RemoteCall::parse(text).unwrap_err();
            let told = format!("{}..{} {}", error.place.start, error.place.end, error.message);
            assert_eq!(told, expected, "{text}");
        };
        check("", "0..0 expected a call, as in `bank:put(Key, Value)`, found the end");
        check("Bank:put(1)", "0..1 expected a call, as in `bank:put(Key, Value)`, found `B`");
        check(
            "bank",
            "4..4 expected `:` and a function, as in `bank:put(Key, Value)`, found the end",
        );
        check("bank:put Key", "9..10 expected `(` and the arguments, found `K`");
        check("bank:put(Key", "12..12 expected `,` or `)`, found the end");
        check("bank:put({a, b)", "14..15 expected `,` or `}`, found `)`");
        check("bank:put(1) x", "12..13 expected nothing more, found `x`");
        check("bank:put(1 + 2)", "11..12 expected `,` or `)`, found `+`");
        check("bank:put(node())", "9..13 a call inside of a call, which only a program can make");
        check("bank:put(\"a)", "12..12 expected the closing `\"`");
        check("bank:put(<<300>>)", "11..12 expected a byte or a text");
    }

    #[test]
    fn variables_are_told_with_their_places() {
        let called = RemoteCall::parse("m:f(Key, {_, Value, _Rest, [Other]})").unwrap();
        let told: Vec<String> = called
            .variables()
            .iter()
            .map(|variable| format!("{} {}", variable.name, variable.place.start))
            .collect();
        assert_eq!(told, ["'Key' 4", "'Value' 13", "'Other' 28"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[a-zA-Z:(){}<>\\[\\]|,#=>\"'$\\\\_ 0-9.+-]{0,40}") {
            let _ = Expression::parse(&text);
            let _ = RemoteCall::parse(&text);
        }

        #[test]
        fn what_a_term_prints_is_read_as_the_term(text in "[a-z]{1,4}_|[0-9]{1,9}|\"[a-z]*\"") {
            let text = format!("{{{text},[{text}|{text}],#{{{text} => {text}}}}}");
            let term: Term = text.parse().unwrap();
            let read = Expression::parse(&text).unwrap();
            prop_assert_eq!(read.term(&Bindings::new()), Some(term));
        }
    }
}
