//! JSON with comments and trailing commas, each value with its place in the text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

use crate::document::shape::{
    Rate, fraction_ppm, parse_bandwidth, parse_bits, parse_fraction, parse_signed_duration,
};
use crate::engine::network::Kernel;
use crate::engine::term::{Atom, Term};
use crate::engine::time::{Timeout, parse_duration};
use crate::spelling::Choice;

use super::diagnostic::Diagnostics;
use super::diagnostic::text::unmarked;

/// The options for standard JSON.
pub(crate) const STRICT_JSON: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_trailing_commas: false,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A place in the text, in bytes.
pub(crate) type Span = Range<usize>;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) json: Json,
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    /// A value that could not be read, which was reported.
    Unreadable,
    Null,
    Boolean(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One `"name": value` of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) value: Node,
}

/// A file that was read as JSON.
pub(crate) struct Document {
    pub(crate) file_name: String,
    /// The value; `None` if the text is not JSON.
    pub(crate) root: Option<Node>,
    /// The mistakes and warnings so far.
    pub(crate) diagnostics: Diagnostics,
}

impl Document {
    /// Reads a text; the name of the file is for messages.
    pub(crate) fn parse(text: &str, file_name: &str) -> Document {
        let text = unmarked(text);
        let mut diagnostics = Diagnostics::new(file_name, text);
        let root = parse(text, &mut diagnostics);
        Document { file_name: file_name.to_owned(), root, diagnostics }
    }

    /// True if it is an object with this member.
    pub(crate) fn has(&self, member: &str) -> bool {
        self.root.as_ref().is_some_and(|root| root.get(member).is_some())
    }
}

/// Reads a text, and reports the mistakes in it; `None` if it is not JSON.
fn parse(text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS);
    let value = parsed.map_err(|error| report(&error, diagnostics)).ok()?.value;
    if value.is_none() {
        let error = diagnostics.error(&(0..0), "the file is empty");
        error.help("a scenario is a JSON object: `{ \"duration\": \"60s\", ... }`");
    }
    value.map(|value| convert(value, diagnostics))
}

const OPTIONS: ParseOptions =
    ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT_JSON };

fn report(error: &ParseError, diagnostics: &mut Diagnostics) {
    let message = error.kind().to_string();
    let mut letters = message.chars();
    let lower = letters.next().map(|first| first.to_ascii_lowercase());
    let message: String = lower.into_iter().chain(letters).collect();
    let entry = diagnostics.error(&(error.range().start..error.range().end), message);
    if let Some(help) = syntax_help(error.kind()) {
        entry.help(help);
    }
}

fn syntax_help(kind: &ParseErrorKind) -> Option<&'static str> {
    match kind {
        ParseErrorKind::ExpectedColonAfterObjectKey => {
            Some("write a `:` between the name of a field and its value")
        }
        ParseErrorKind::ExpectedComma => Some("write a `,` between two fields or two values"),
        ParseErrorKind::ExpectedStringObjectProperty => {
            Some("write the names of fields in double quotes")
        }
        ParseErrorKind::SingleQuotedStringsNotAllowed => Some("write texts in double quotes"),
        ParseErrorKind::UnexpectedToken => {
            Some("write texts in double quotes, and close each of them")
        }
        ParseErrorKind::UnexpectedWord => {
            Some("write texts in double quotes; the only words are `true`, `false` and `null`")
        }
        ParseErrorKind::UnterminatedObject => Some("close the object with a `}`"),
        ParseErrorKind::UnterminatedArray => Some("close the list with a `]`"),
        ParseErrorKind::MultipleRootJsonValues => Some("a scenario is one JSON object"),
        _ => None,
    }
}

fn convert(value: ast::Value<'_>, diagnostics: &mut Diagnostics) -> Node {
    let span = value.start()..value.end();
    let json = match value {
        ast::Value::NullKeyword(_) => Json::Null,
        ast::Value::BooleanLit(literal) => Json::Boolean(literal.value),
        ast::Value::StringLit(literal) => Json::Text(literal.value.into_owned()),
        ast::Value::NumberLit(literal) => convert_number(literal.value, &span, diagnostics),
        ast::Value::Array(array) => {
            let elements = array.elements.into_iter();
            Json::List(elements.map(|element| convert(element, diagnostics)).collect())
        }
        ast::Value::Object(object) => Json::Object(convert_members(object, diagnostics)),
    };
    Node { span, json }
}

fn convert_number(literal: &str, span: &Span, diagnostics: &mut Diagnostics) -> Json {
    literal.parse().map_or_else(
        |_| {
            diagnostics.error(span, "the number is too large").help("write one below 1e308");
            Json::Unreadable
        },
        Json::Number,
    )
}

fn convert_members(object: ast::Object<'_>, diagnostics: &mut Diagnostics) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for property in object.properties {
        let name_span = match &property.name {
            ast::ObjectPropName::String(literal) => literal.start()..literal.end(),
            ast::ObjectPropName::Word(word) => word.start()..word.end(),
        };
        let name = property.name.into_string();
        let value = convert(property.value, diagnostics);
        if let Some(first) = places.get(&name) {
            diagnostics
                .error(&name_span, format!("`{name}` is there twice"))
                .help("keep one of the two")
                .related(&members[*first].name_span, "the first is here");
        } else {
            places.insert(name.clone(), members.len());
            members.push(Member { name, name_span, value });
        }
    }
    members
}

impl Node {
    /// A value that is nowhere in the text, for a default.
    pub(crate) fn from_json(value: &Value, span: &Span) -> Node {
        let json = match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Boolean(*value),
            Value::Number(number) => Json::Number(number.clone()),
            Value::String(text) => Json::Text(text.clone()),
            Value::Array(items) => {
                Json::List(items.iter().map(|item| Node::from_json(item, span)).collect())
            }
            Value::Object(fields) => Json::Object(
                fields.iter().map(|(name, value)| Member::from_json(name, value, span)).collect(),
            ),
        };
        Node { span: span.clone(), json }
    }

    /// The value without its places.
    pub(crate) fn to_json(&self) -> Value {
        match &self.json {
            Json::Unreadable | Json::Null => Value::Null,
            Json::Boolean(value) => Value::Bool(*value),
            Json::Number(number) => Value::Number(number.clone()),
            Json::Text(text) => Value::String(text.clone()),
            Json::List(items) => items.iter().map(Node::to_json).collect(),
            Json::Object(members) => {
                let fields = members.iter();
                fields.map(|member| (member.name.clone(), member.value.to_json())).collect()
            }
        }
    }

    /// A description, with its article and, if that helps, its text: `the number 90`.
    pub(crate) fn describe(&self) -> String {
        match &self.json {
            Json::Unreadable => "something unreadable".to_owned(),
            Json::Null => "`null`".to_owned(),
            Json::Boolean(value) => format!("`{value}`"),
            Json::Number(number) => format!("the number {number}"),
            Json::Text(text) => format!("the text \"{text}\""),
            Json::List(_) => "a list".to_owned(),
            Json::Object(_) => "an object".to_owned(),
        }
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[Member] {
        match &self.json {
            Json::Object(members) => members,
            Json::Unreadable
            | Json::Null
            | Json::Boolean(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_) => &[],
        }
    }

    /// The member with this name, if this is an object that has it.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name == name)
    }

    /// The value of the member with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.member(name).map(|member| &member.value)
    }

    /// The values of a list; the value itself if it is not a list.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.json {
            Json::List(items) => items,
            Json::Unreadable
            | Json::Null
            | Json::Boolean(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::Object(_) => std::slice::from_ref(self),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.json {
            Json::Text(text) => Some(text),
            Json::Unreadable
            | Json::Null
            | Json::Boolean(_)
            | Json::Number(_)
            | Json::List(_)
            | Json::Object(_) => None,
        }
    }

    /// The number.
    pub(crate) fn number(&self) -> Option<&serde_json::Number> {
        match &self.json {
            Json::Number(number) => Some(number),
            Json::Unreadable
            | Json::Null
            | Json::Boolean(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Object(_) => None,
        }
    }

    /// The boolean.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match &self.json {
            Json::Boolean(value) => Some(*value),
            Json::Unreadable
            | Json::Null
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Object(_) => None,
        }
    }

    /// The name.
    pub(crate) fn atom(&self) -> Option<Atom> {
        Atom::try_new(self.text()?).ok()
    }

    /// The Erlang term in the text.
    pub(crate) fn term(&self) -> Option<Term> {
        self.text()?.parse().ok()
    }

    /// The choice that the text is a word of.
    pub(crate) fn choice<T: Choice>(&self) -> Option<T> {
        T::of_word(self.text()?)
    }

    /// All choices of a list, or the one choice.
    pub(crate) fn choices<T: Choice>(&self) -> Option<Vec<T>> {
        self.items().iter().map(Node::choice).collect()
    }

    /// All names of a list, or the one name.
    pub(crate) fn atoms(&self) -> Option<Vec<Atom>> {
        self.items().iter().map(Node::atom).collect()
    }

    /// The length of time.
    pub(crate) fn duration(&self) -> Option<Duration> {
        parse_duration(self.text()?).ok()
    }

    /// The length of time, or for ever.
    pub(crate) fn timeout(&self) -> Option<Timeout> {
        match self.text()? {
            "infinity" => Some(Timeout::Infinity),
            text => parse_duration(text).ok().map(Timeout::After),
        }
    }

    /// The nanoseconds of a length of time with a sign.
    pub(crate) fn signed_duration(&self) -> Option<i64> {
        parse_signed_duration(self.text()?).ok()
    }

    /// The whole number, if it fits.
    pub(crate) fn integer<T: TryFrom<i128>>(&self) -> Option<T> {
        T::try_from(self.number()?.as_i128()?).ok()
    }

    /// The number of 64 bits.
    pub(crate) fn bits(&self) -> Option<u64> {
        match self.text() {
            Some(text) => parse_bits(text).ok(),
            None => self.number()?.as_u64(),
        }
    }

    /// The number.
    pub(crate) fn float(&self) -> Option<f64> {
        self.number()?.as_f64()
    }

    /// The fraction in parts per million.
    pub(crate) fn ppm(&self) -> Option<u32> {
        match self.text() {
            Some(text) => parse_fraction(text).ok(),
            None => fraction_ppm(self.float()?).ok(),
        }
    }

    /// The rate.
    pub(crate) fn rate(&self) -> Option<Rate> {
        self.text()?.parse().ok()
    }

    /// The release of a kernel.
    pub(crate) fn kernel(&self) -> Option<Kernel> {
        self.text()?.parse().ok()
    }

    /// The bandwidth in bits per second.
    pub(crate) fn bandwidth(&self) -> Option<u64> {
        parse_bandwidth(self.text()?).ok()
    }
}

impl Member {
    fn from_json(name: &str, value: &Value, span: &Span) -> Member {
        let value = Node::from_json(value, span);
        Member { name: name.to_owned(), name_span: span.clone(), value }
    }

    /// The name as an atom.
    pub(crate) fn atom(&self) -> Option<Atom> {
        Atom::try_new(&self.name).ok()
    }
}
