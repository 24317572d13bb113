//! The shapes of JSON values.
//!
//! A [`Shape`] is the one description that a file is checked against, that suggestions are taken
//! from, and that the published JSON schema and the reference page are generated from. Services and clients describe their
//! settings with it and are listed in a [`Catalogue`].

mod catalogue;
mod markdown;
mod quantity;
mod schema;

use crate::spelling::Choice;
use serde_json::Value;

pub use catalogue::{Catalogue, ProgramInfo};
pub use markdown::{anchor, sections};
pub use quantity::{
    BandwidthError, BitsError, FractionError, Rate, RateError, format_bandwidth, format_bits,
    format_fraction, format_permille, format_signed_duration, fraction_ppm, parse_bandwidth,
    parse_bits, parse_fraction, parse_signed_duration,
};
pub(crate) use schema::factored;

/// The shapes of JSON values.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Anything.
    Any,
    /// `true` or `false`.
    Boolean,
    /// Any text.
    Text,
    /// A term in Erlang's syntax, as a text: `"{shutdown,normal}"`.
    Term,
    /// The name of something in the scenario, which has to exist.
    Name(NameKind),
    /// One of these texts.
    Choice(Vec<&'static str>),
    /// An integer between these two, inclusive.
    Integer {
        /// The least.
        min: i128,
        /// The greatest.
        max: i128,
    },
    /// A number of 64 bits: `7`, or in hexadecimal as a text, `"0x9e3779b97f4a7c15"`, since many
    /// programs that read JSON do not keep all digits of a large number.
    Bits,
    /// A number that is at least this one.
    Number {
        /// The least.
        min: f64,
    },
    /// A number from 0 to 1, or a text in percent: `0.02`, `"2%"`.
    Fraction,
    /// A length of time: `"500ms"`.
    Duration,
    /// A length of time with a sign: `"-5s"`.
    SignedDuration,
    /// A length of time, or `"infinity"`.
    Timeout,
    /// A rate of events: `"5/s"`.
    Rate,
    /// A bandwidth: `"100Mbit/s"`.
    Bandwidth,
    /// The release of a Linux kernel, as `uname -r` prints it: `"5.15"`.
    Kernel,
    /// A list of values of one shape.
    List {
        /// The shape of each value.
        item: Box<Shape>,
        /// The least number of them.
        min: usize,
        /// The greatest number of them; nothing means any.
        max: Option<usize>,
    },
    /// One value after the other, each with its own shape.
    Row(Vec<Shape>),
    /// An object that gives names to values of one shape.
    Map {
        /// The kind of the names.
        key: NameKind,
        /// The shape of each value.
        value: Box<Shape>,
        /// The least number of them.
        min: usize,
    },
    /// An object with known fields.
    Object(Object),
    /// One of several shapes that differ in their JSON type (text, number, list, object).
    OneOf(Vec<Shape>),
}

/// The kind of thing that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A machine.
    Host,
    /// An Erlang node, with an `@`.
    Node,
    /// A group of machines, as the machines say.
    Site,
    /// A machine, or a site for all machines of it.
    HostOrSite,
    /// An Erlang node, or a machine or a site for all nodes there.
    Place,
    /// An application.
    Application,
    /// A group of clients.
    Workload,
    /// Anything that Erlang has atoms for; nothing is known about it.
    Atom,
}

/// An object with known fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// Its name in messages, with its article: `a fault`.
    pub what: &'static str,
    /// The fields that it may have in any case.
    pub fields: Vec<Field>,
    /// Its other fields.
    pub variants: Variants,
    /// The groups of fields of which exactly one must be there.
    pub exactly_one_of: Vec<Vec<&'static str>>,
    /// The pairs of fields of which at most one may be there.
    pub not_both: Vec<(&'static str, &'static str)>,
    /// The pairs of fields of which the first makes sense with the second only.
    pub requires: Vec<(&'static str, &'static str)>,
}

/// The variants of an object, each with fields of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Variants {
    /// They do not.
    #[default]
    None,
    /// The text in this field says which variant it is.
    Tagged(&'static str, Vec<Variant>),
    /// The field with the name of a variant says so by being there.
    Keyed(Vec<Variant>),
}

/// One of the things that an object may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// A description, in a sentence.
    pub about: &'static str,
    /// Its own fields; for [`Variants::Keyed`] the first is the one with its name.
    pub fields: Vec<Field>,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The shape of its value.
    pub shape: Shape,
    /// Its presence: required, optional, or with a default.
    pub presence: Presence,
    /// Its meaning, in a sentence.
    pub about: &'static str,
}

/// The presence of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    /// It has to be.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out, which means this.
    Default(Value),
}

impl Shape {
    /// A list with any number of values.
    #[must_use]
    pub fn list(item: Shape) -> Shape {
        Shape::List { item: Box::new(item), min: 0, max: None }
    }

    /// A list with at least one value.
    #[must_use]
    pub fn some(item: Shape) -> Shape {
        Shape::List { item: Box::new(item), min: 1, max: None }
    }

    /// One of the words of a choice.
    #[must_use]
    pub fn choice<T: Choice>() -> Shape {
        Shape::Choice(T::words())
    }

    /// A list with two values.
    #[must_use]
    pub fn pair(item: Shape) -> Shape {
        Shape::List { item: Box::new(item), min: 2, max: Some(2) }
    }

    /// An object that gives names to values of one shape.
    #[must_use]
    pub fn map(key: NameKind, value: Shape) -> Shape {
        Shape::Map { key, value: Box::new(value), min: 0 }
    }

    /// An object that gives names to values of one shape, at least one.
    #[must_use]
    pub fn some_map(key: NameKind, value: Shape) -> Shape {
        Shape::Map { key, value: Box::new(value), min: 1 }
    }

    /// An object with these fields.
    #[must_use]
    pub fn object(what: &'static str, fields: Vec<Field>) -> Shape {
        Shape::Object(Object { what, fields, ..Object::default() })
    }

    /// Its name in messages, with its article: `a duration`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Shape::List { item, .. } => format!("a list of {}", item.plural()),
            Shape::Row(shapes) => format!("a list of {}", join(shapes, Shape::describe, " and ")),
            Shape::Map { key, .. } => format!("an object with {} as its keys", key.plural()),
            Shape::Object(object) => format!("an object ({})", object.what),
            Shape::OneOf(shapes) => join(shapes, Shape::describe, " or "),
            Shape::Integer { .. } => "a whole number".to_owned(),
            Shape::Any => "any value".to_owned(),
            Shape::Boolean => "true or false".to_owned(),
            Shape::Name(kind) => kind.describe().to_owned(),
            Shape::Choice(choices) if choices.is_empty() => "a choice".to_owned(),
            Shape::Choice(choices) => join(choices, |choice| format!("\"{choice}\""), " or "),
            Shape::Text => "a text".to_owned(),
            Shape::Term => "an Erlang term".to_owned(),
            Shape::Number { .. } => "a number".to_owned(),
            Shape::Bits => "a number of 64 bits".to_owned(),
            Shape::Fraction => "a fraction".to_owned(),
            Shape::Duration => "a duration".to_owned(),
            Shape::SignedDuration => "a duration with a sign".to_owned(),
            Shape::Timeout => "a duration or \"infinity\"".to_owned(),
            Shape::Rate => "a rate".to_owned(),
            Shape::Bandwidth => "a bandwidth".to_owned(),
            Shape::Kernel => "the release of a kernel".to_owned(),
        }
    }

    /// Its plural in messages: `durations`.
    #[must_use]
    pub fn plural(&self) -> String {
        match self {
            Shape::Name(kind) => kind.plural().to_owned(),
            Shape::List { item, .. } => format!("lists of {}", item.plural()),
            Shape::Row(_) => "lists".to_owned(),
            Shape::Object(object) => {
                let what = object.what.split_once(' ').map_or(object.what, |(_, noun)| noun);
                format!("{what}s")
            }
            Shape::OneOf(shapes) => join(shapes, Shape::plural, " or "),
            Shape::Map { .. } => "objects".to_owned(),
            Shape::Text | Shape::Term | Shape::Choice(_) => "texts".to_owned(),
            Shape::Boolean => "true and false".to_owned(),
            Shape::Any => "values".to_owned(),
            Shape::Integer { .. } | Shape::Number { .. } | Shape::Bits => "numbers".to_owned(),
            Shape::Fraction => "fractions".to_owned(),
            Shape::Duration | Shape::SignedDuration | Shape::Timeout => "durations".to_owned(),
            Shape::Rate => "rates".to_owned(),
            Shape::Bandwidth => "bandwidths".to_owned(),
            Shape::Kernel => "releases of a kernel".to_owned(),
        }
    }
}

impl NameKind {
    /// Its name in messages.
    #[must_use]
    pub fn thing(self) -> &'static str {
        match self {
            NameKind::Host => "host",
            NameKind::Node => "node",
            NameKind::Site => "site",
            NameKind::HostOrSite => "host or site",
            NameKind::Place => "node, host or site",
            NameKind::Application => "application",
            NameKind::Workload => "workload",
            NameKind::Atom => "name",
        }
    }

    /// Its plural in messages.
    #[must_use]
    pub fn things(self) -> &'static str {
        match self {
            NameKind::Host => "hosts",
            NameKind::Node => "nodes",
            NameKind::Site => "sites",
            NameKind::HostOrSite => "hosts and sites",
            NameKind::Place => "nodes, hosts and sites",
            NameKind::Application => "applications",
            NameKind::Workload => "workloads",
            NameKind::Atom => "names",
        }
    }

    /// Its name in messages, with its article.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            NameKind::Host => "the name of a host",
            NameKind::Node => "the name of a node",
            NameKind::Site => "the name of a site",
            NameKind::HostOrSite => "the name of a host or a site",
            NameKind::Place => "the name of a node, a host or a site",
            NameKind::Application => "the name of an application",
            NameKind::Workload => "the name of a workload",
            NameKind::Atom => "a name",
        }
    }

    /// Its plural in messages.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            NameKind::Host => "host names",
            NameKind::Node => "node names",
            NameKind::Site => "site names",
            NameKind::HostOrSite => "host or site names",
            NameKind::Place => "node, host or site names",
            NameKind::Application => "application names",
            NameKind::Workload => "workload names",
            NameKind::Atom => "names",
        }
    }
}

impl Variants {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Variant> {
        let list = match self {
            Variants::None => [].as_slice(),
            Variants::Tagged(_, list) | Variants::Keyed(list) => list,
        };
        list.iter()
    }
}

impl Field {
    /// A field that has to be there.
    #[must_use]
    pub fn required(name: &'static str, shape: Shape, about: &'static str) -> Field {
        Field { name, shape, presence: Presence::Required, about }
    }

    /// A field that may be left out.
    #[must_use]
    pub fn optional(name: &'static str, shape: Shape, about: &'static str) -> Field {
        Field { name, shape, presence: Presence::Optional, about }
    }

    /// A field that may be left out, which means `default`.
    #[must_use]
    pub fn default(
        name: &'static str,
        shape: Shape,
        default: impl Into<Value>,
        about: &'static str,
    ) -> Field {
        Field { name, shape, presence: Presence::Default(default.into()), about }
    }
}

fn join<T>(items: &[T], each: impl Fn(&T) -> String, between: &str) -> String {
    items.iter().map(each).collect::<Vec<_>>().join(between)
}
