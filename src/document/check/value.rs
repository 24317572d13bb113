//! Checks single values: numbers, names, and texts that mean something.

use serde_json::Number;

use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::document::shape::{
    BitsError, NameKind, Rate, Shape, fraction_ppm, parse_bandwidth, parse_bits, parse_fraction,
    parse_signed_duration,
};
use crate::document::syntax::{Json, Node};
use crate::engine::network::Kernel;
use crate::engine::term::Term;
use crate::engine::time::parse_duration;
use crate::spelling::nearest;

use super::Checker;

impl Checker<'_> {
    /// A text or a number that has to mean something.
    pub(crate) fn meaning(&mut self, node: &Node, shape: &Shape) -> Option<Node> {
        let Some(why) = misread(shape, node) else { return Some(node.clone()) };
        let message = format!("{} is not {}", node.describe(), shape.describe());
        self.diagnostics.error(&node.span, message).help(why);
        None
    }

    pub(crate) fn name(&mut self, node: &Node, kind: NameKind) -> Option<Node> {
        let name = node.text()?;
        if kind == NameKind::Atom {
            return self.atom_name(name, &node.span).then(|| node.clone());
        }
        if self.names.has(kind, name) {
            return Some(node.clone());
        }
        if self.names.node_without_at(name) {
            return None;
        }
        let names = self.names;
        let help = || {
            let known = names.of_kind(kind);
            match names.other_kind(name) {
                Some(other) if nearest(name, known.iter().copied()).is_none() => {
                    let all = suggestion("", &known, kind.things());
                    format!("`{name}` is {other}; {all}")
                }
                Some(_) | None => suggestion(name, &known, kind.things()),
            }
        };
        let message = match kind {
            NameKind::Node if !name.contains('@') => {
                format!("`{name}` is not the name of a node, which has an `@`")
            }
            NameKind::Place if name.contains('@') => format!("unknown node `{name}`"),
            NameKind::Host
            | NameKind::Node
            | NameKind::Site
            | NameKind::HostOrSite
            | NameKind::Place
            | NameKind::Application
            | NameKind::Workload
            | NameKind::Atom => format!("unknown {} `{name}`", kind.thing()),
        };
        self.diagnostics.error(&node.span, message).help_with(help);
        None
    }

    pub(crate) fn choice(&mut self, node: &Node, choices: &[&'static str]) -> Option<Node> {
        let text = node.text()?;
        if choices.contains(&text) {
            return Some(node.clone());
        }
        let message = format!("unknown {} `{text}`", self.field);
        self.diagnostics.error(&node.span, message).help_with(|| match choices {
            [only] => format!("write `{only}`"),
            _ => suggestion(text, choices, "choices"),
        });
        None
    }

    /// A choice among values of other shapes.
    pub(crate) fn choice_or(
        &mut self,
        node: &Node,
        choices: &[&'static str],
        whole: &Shape,
    ) -> Option<Node> {
        let text = node.text()?;
        if choices.contains(&text) {
            return Some(node.clone());
        }
        let message = format!("unknown {} `{text}`", self.field);
        self.diagnostics.error(&node.span, message).help_with(|| {
            match nearest(text, choices.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write {}", whole.describe()),
            }
        });
        None
    }

    pub(crate) fn integer(&mut self, node: &Node, min: i128, max: i128) -> Option<Node> {
        let number = node.number()?;
        let inside = number.as_i128().is_some_and(|value| (min..=max).contains(&value));
        if inside {
            return Some(node.clone());
        }
        let message = format!("expected a whole number, found {number}");
        let help = format!("write a whole number from {min} to {max}");
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    pub(crate) fn at_least(&mut self, node: &Node, min: f64) -> Option<Node> {
        let number = node.number()?;
        if number.as_f64().is_some_and(|value| value >= min) {
            return Some(node.clone());
        }
        let message = format!("{number} is too small");
        self.diagnostics.error(&node.span, message).help(format!("write {min} or more"));
        None
    }
}

/// The reason why a value of the right type does not have its shape; `None` if it does.
fn misread(shape: &Shape, node: &Node) -> Option<String> {
    let text = node.text().unwrap_or_default();
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
        Shape::Kernel => reason(text.parse::<Kernel>()),
        Shape::Fraction => match node.number() {
            Some(number) => reason(fraction_ppm(number.as_f64().unwrap_or(f64::NAN))),
            None => reason(parse_fraction(text)),
        },
        Shape::Bits => match node.number() {
            Some(number) => reason(number.as_u64().ok_or(BitsError)),
            None => reason(parse_bits(text)),
        },
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
pub(crate) fn mismatch(diagnostics: &mut Diagnostics, node: &Node, shape: &Shape) {
    let message = format!("expected {}, found {}", shape.describe(), node.describe());
    let error = diagnostics.error(&node.span, message);
    if let Some(help) = instead(node, shape) {
        error.help(help);
    }
}

/// A guess at the meaning of a value of the wrong JSON type.
fn instead(node: &Node, shape: &Shape) -> Option<String> {
    if let Shape::OneOf(shapes) = shape {
        return shapes.iter().find_map(|shape| instead(node, shape));
    }
    match &node.json {
        Json::Null => Some(format!("write {}, or leave it out", shape.describe())),
        Json::Number(number) => instead_of_number(number, shape),
        Json::Text(text) => instead_of_text(text, shape),
        Json::List(_) if matches!(shape, Shape::Map { .. } | Shape::Object(_)) => {
            Some("write it in braces: { \"name\": value }".to_owned())
        }
        Json::Unreadable | Json::Boolean(_) | Json::List(_) | Json::Object(_) => None,
    }
}

fn instead_of_number(number: &Number, shape: &Shape) -> Option<String> {
    let (what, units) = match shape {
        Shape::Duration | Shape::Timeout => ("a duration", ["s", "ms"].as_slice()),
        Shape::SignedDuration => ("a duration", ["s"].as_slice()),
        Shape::Rate => ("a rate", ["/s", "/m"].as_slice()),
        Shape::Bandwidth => ("a bandwidth", ["Mbit/s"].as_slice()),
        Shape::Text | Shape::Term | Shape::Kernel | Shape::Name(_) | Shape::Choice(_) => {
            return Some(format!("write it in quotes: \"{number}\""));
        }
        Shape::Any
        | Shape::Boolean
        | Shape::Integer { .. }
        | Shape::Number { .. }
        | Shape::Bits
        | Shape::Fraction
        | Shape::List { .. }
        | Shape::Row(_)
        | Shape::Map { .. }
        | Shape::Object(_)
        | Shape::OneOf(_) => return None,
    };
    let examples: Vec<String> = units.iter().map(|unit| format!("\"{number}{unit}\"")).collect();
    Some(format!("{what} needs a unit: write {}", examples.join(" or ")))
}

fn instead_of_text(text: &str, shape: &Shape) -> Option<String> {
    if matches!(shape, Shape::List { .. }) {
        return Some(format!("write it in brackets: [\"{text}\"]"));
    }
    let number = text.trim().parse::<Number>().is_ok();
    let numeric = matches!(shape, Shape::Integer { .. } | Shape::Number { .. });
    let boolean = matches!(text, "true" | "false") && *shape == Shape::Boolean;
    let unquoted = (number && numeric) || boolean;
    unquoted.then(|| format!("write it without quotes: {text}"))
}
