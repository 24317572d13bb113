//! Checks single values: numbers, names, and texts that mean something.

use serde_json::Number;

use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::names::{nearest, suggestion};
use crate::scenario::syntax::{Json, Node};
use crate::shape::{
    NameKind, Rate, Shape, fraction_ppm, parse_bandwidth, parse_fraction, parse_signed_duration,
};
use crate::term::Term;
use crate::time::parse_duration;

use super::Checker;

impl Checker<'_> {
    /// A value whose JSON type is right.
    pub(super) fn value(&mut self, node: &Node, shape: &Shape) -> Option<Node> {
        match (shape, &node.json) {
            (Shape::Name(kind), Json::Text(name)) => self.name(node, name, *kind),
            (Shape::Choice(choices), Json::Text(text)) => self.choice(node, text, choices),
            (Shape::Integer { min, max }, Json::Number(number)) => {
                self.integer(node, number, *min, *max)
            }
            (Shape::Number { min }, Json::Number(number)) => self.at_least(node, number, *min),
            (Shape::Fraction, Json::Number(number)) => {
                let fraction = fraction_ppm(number.as_f64().unwrap_or(f64::NAN));
                self.meaning(node, shape, fraction.err().map(|error| error.to_string()))
            }
            (_, Json::Text(text)) => self.meaning(node, shape, misread(shape, text)),
            (_, _) => Some(node.clone()),
        }
    }

    /// A value that means something unless this says why it does not.
    fn meaning(&mut self, node: &Node, shape: &Shape, wrong: Option<String>) -> Option<Node> {
        let Some(why) = wrong else { return Some(node.clone()) };
        let message = format!("{} is not {}", node.describe(), shape.describe());
        self.diagnostics.error(&node.span, message).help(why);
        None
    }

    fn name(&mut self, node: &Node, name: &str, kind: NameKind) -> Option<Node> {
        if kind == NameKind::Atom {
            return self.atom_name(name, &node.span).then(|| node.clone());
        }
        let known = self.names.of_kind(kind);
        if known.contains(&name) {
            return Some(node.clone());
        }
        if self.names.node_without_at(name) {
            return None;
        }
        let help = match self.names.other_kind(name) {
            Some(other) if nearest(name, known.iter().copied()).is_none() => {
                let all = suggestion("", &known, kind.things());
                format!("`{name}` is {other}; {all}")
            }
            Some(_) | None => suggestion(name, &known, kind.things()),
        };
        let message = match kind {
            NameKind::Node if !name.contains('@') => {
                format!("`{name}` is not the name of a node, which has an `@`")
            }
            NameKind::Host
            | NameKind::Node
            | NameKind::NodeOrHost
            | NameKind::Application
            | NameKind::Workload
            | NameKind::Atom => format!("unknown {} `{name}`", kind.thing()),
        };
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    fn choice(&mut self, node: &Node, text: &str, choices: &[&'static str]) -> Option<Node> {
        if choices.contains(&text) {
            return Some(node.clone());
        }
        let message = format!("unknown {} `{text}`", self.field);
        let help = match choices {
            [only] => format!("write `{only}`"),
            _ => suggestion(text, choices, "choices"),
        };
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    fn integer(&mut self, node: &Node, number: &Number, min: i128, max: i128) -> Option<Node> {
        let inside = number.as_i128().is_some_and(|value| (min..=max).contains(&value));
        if inside {
            return Some(node.clone());
        }
        let message = format!("expected a whole number, found {number}");
        let help = format!("write a whole number from {min} to {max}");
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    fn at_least(&mut self, node: &Node, number: &Number, min: f64) -> Option<Node> {
        if number.as_f64().is_some_and(|value| value >= min) {
            return Some(node.clone());
        }
        let message = format!("{number} is too small");
        self.diagnostics.error(&node.span, message).help(format!("write {min} or more"));
        None
    }
}

/// Why a text does not mean what its shape says; nothing if it does.
fn misread(shape: &Shape, text: &str) -> Option<String> {
    let negative = text.trim_start().starts_with('-');
    match shape {
        Shape::Duration | Shape::Timeout if negative && parse_signed_duration(text).is_ok() => {
            Some("it cannot be negative: the run starts at \"0s\"".to_owned())
        }
        Shape::Timeout if text == "infinity" => None,
        Shape::Duration | Shape::Timeout => reason(parse_duration(text)),
        Shape::SignedDuration => reason(parse_signed_duration(text)),
        Shape::Rate => reason(text.parse::<Rate>()),
        Shape::Bandwidth => reason(parse_bandwidth(text)),
        Shape::Fraction => reason(parse_fraction(text)),
        Shape::Term => reason(text.parse::<Term>()),
        Shape::Any
        | Shape::Boolean
        | Shape::Text
        | Shape::Name(_)
        | Shape::Choice(_)
        | Shape::Integer { .. }
        | Shape::Number { .. }
        | Shape::List { .. }
        | Shape::Row(_)
        | Shape::Map { .. }
        | Shape::Object(_)
        | Shape::OneOf(_) => None,
    }
}

fn reason<T, E: ToString>(result: Result<T, E>) -> Option<String> {
    result.err().map(|error| error.to_string())
}

/// Reports a value of a JSON type that the shape cannot have.
pub(super) fn mismatch(diagnostics: &mut Diagnostics, node: &Node, shape: &Shape) {
    let message = format!("expected {}, found {}", shape.describe(), node.describe());
    let error = diagnostics.error(&node.span, message);
    if let Some(help) = instead(node, shape) {
        error.help(help);
    }
}

/// What was probably meant by a value of the wrong JSON type.
fn instead(node: &Node, shape: &Shape) -> Option<String> {
    match (&node.json, shape) {
        (Json::Null, _) => Some(format!("write {}, or leave it out", shape.describe())),
        (_, Shape::OneOf(shapes)) => shapes.iter().find_map(|shape| instead(node, shape)),
        (Json::Number(number), Shape::Duration | Shape::Timeout) => {
            Some(format!("a duration needs a unit: write \"{number}s\" or \"{number}ms\""))
        }
        (Json::Number(number), Shape::SignedDuration) => {
            Some(format!("a duration needs a unit: write \"{number}s\""))
        }
        (Json::Number(number), Shape::Rate) => {
            Some(format!("a rate needs a unit of time: write \"{number}/s\""))
        }
        (Json::Number(number), Shape::Bandwidth) => {
            Some(format!("a bandwidth needs a unit: write \"{number}Mbit/s\""))
        }
        (Json::Number(number), Shape::Text | Shape::Term | Shape::Name(_) | Shape::Choice(_)) => {
            Some(format!("write it in quotes: \"{number}\""))
        }
        (Json::Text(text), Shape::Integer { .. } | Shape::Number { .. }) => {
            let number = text.trim().parse::<Number>().ok()?;
            Some(format!("write it without quotes: {number}"))
        }
        (Json::Text(text), Shape::Boolean) if ["true", "false"].contains(&text.as_str()) => {
            Some(format!("write it without quotes: {text}"))
        }
        (Json::Text(text), Shape::List { .. }) => {
            Some(format!("write it in brackets: [\"{text}\"]"))
        }
        (Json::List(items), Shape::Map { .. }) if items.is_empty() => {
            Some("write {} for none".to_owned())
        }
        (_, _) => None,
    }
}
