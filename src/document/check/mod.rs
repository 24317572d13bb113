//! Checks a value against its shape.
//!
//! The result is the same value with every default filled in and everything left out that is
//! wrong, so that what comes after can go on and find more. All that is left out has been reported.

mod object;
mod value;

use crate::document::shape::{NameKind, Shape};

use super::diagnostic::Diagnostics;
use super::names::Names;
use super::syntax::{Json, Member, Node, Span};

/// The knowledge of a check, and the diagnostics that it adds to.
pub(crate) struct Checker<'a> {
    pub(crate) names: &'a Names,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The field that is being checked, for messages.
    field: &'static str,
}

impl<'a> Checker<'a> {
    /// Checks with these names, and reports here.
    pub(crate) fn new(names: &'a Names, diagnostics: &'a mut Diagnostics) -> Checker<'a> {
        Checker { names, diagnostics, field: "value" }
    }

    /// The value as far as it has this shape, with its defaults; `None` if it does not have it at all.
    pub(crate) fn check(&mut self, node: &Node, shape: &Shape) -> Option<Node> {
        if matches!(node.json, Json::Unreadable) {
            return None;
        }
        if !takes(shape, &node.json) {
            value::mismatch(self.diagnostics, node, shape);
            return None;
        }
        match shape {
            Shape::Object(object) => self.object(node, object),
            Shape::Map { key, value, min } => self.map(node, *key, value, *min),
            Shape::List { item, min, max } => self.list(node, item, *min, *max),
            Shape::Row(shapes) => self.row(node, shapes),
            Shape::OneOf(shapes) => {
                let found = shapes.iter().find(|shape| takes(shape, &node.json));
                match found.expect("one of them takes it") {
                    Shape::Choice(choices) => self.choice_or(node, choices, shape),
                    found => self.check(node, found),
                }
            }
            Shape::Name(kind) => self.name(node, *kind),
            Shape::Choice(choices) => self.choice(node, choices),
            Shape::Integer { min, max } => self.integer(node, *min, *max),
            Shape::Number { min } => self.at_least(node, *min),
            Shape::Term
            | Shape::Bits
            | Shape::Fraction
            | Shape::Duration
            | Shape::SignedDuration
            | Shape::Timeout
            | Shape::Rate
            | Shape::Bandwidth
            | Shape::Kernel => self.meaning(node, shape),
            Shape::Any | Shape::Boolean | Shape::Text => Some(node.clone()),
        }
    }

    fn map(&mut self, node: &Node, key: NameKind, value: &Shape, min: usize) -> Option<Node> {
        let members = node.members();
        if members.len() < min {
            let message = format!("expected {}, found none", key.plural());
            self.diagnostics.error(&node.span, message).help("give at least one");
            return None;
        }
        let mut checked = Vec::new();
        for member in members {
            let good_name = self.new_name(&member.name, &member.name_span, key);
            if let Some(value) = self.check(&member.value, value)
                && good_name
            {
                checked.push(Member { value, ..member.clone() });
            }
        }
        Some(Node { span: node.span.clone(), json: Json::Object(checked) })
    }

    fn list(&mut self, node: &Node, item: &Shape, min: usize, max: Option<usize>) -> Option<Node> {
        let items = node.items();
        if items.len() < min || max.is_some_and(|max| items.len() > max) {
            let bounds = match max {
                Some(max) if max == min => format!("exactly {min}"),
                Some(max) => format!("{min} to {max}"),
                None => format!("at least {min}"),
            };
            let found = items.len();
            let message = format!("expected {bounds} {}, found {found}", item.plural());
            self.diagnostics
                .error(&node.span, message)
                .help(format!("write {bounds} in the brackets"));
            return None;
        }
        let checked = items.iter().map(|each| self.check(each, item));
        let checked: Vec<Option<Node>> = checked.collect();
        // A list of objects makes sense without one of them, a list of names does not.
        let items = if matches!(item, Shape::Object(_)) {
            checked.into_iter().flatten().collect()
        } else {
            checked.into_iter().collect::<Option<_>>()?
        };
        Some(Node { span: node.span.clone(), json: Json::List(items) })
    }

    fn row(&mut self, node: &Node, shapes: &[Shape]) -> Option<Node> {
        let items = node.items();
        if items.len() != shapes.len() {
            let expected = Shape::Row(shapes.to_vec()).describe();
            let message = format!("expected {expected}, found {} values", items.len());
            let help = format!("write {} values in the brackets", shapes.len());
            self.diagnostics.error(&node.span, message).help(help);
            return None;
        }
        let pairs = items.iter().zip(shapes);
        let checked: Vec<Option<Node>> =
            pairs.map(|(item, shape)| self.check(item, shape)).collect();
        let json = Json::List(checked.into_iter().collect::<Option<_>>()?);
        Some(Node { span: node.span.clone(), json })
    }

    /// True if something may have this name.
    fn new_name(&mut self, name: &str, span: &Span, kind: NameKind) -> bool {
        let node_name = kind == NameKind::Node;
        let at_signs = name.matches('@').count();
        if node_name && (at_signs != 1 || name.starts_with('@') || name.ends_with('@')) {
            let message = format!("`{name}` is not a name for a node");
            let plain = Some(name.replace('@', "")).filter(|plain| !plain.is_empty());
            let plain = plain.unwrap_or_else(|| "web".to_owned());
            let help = format!("write a name, an `@` and a place, as in `{plain}@a`");
            self.diagnostics.error(span, message).help(help);
            return false;
        }
        self.atom_name(name, span)
    }

    fn atom_name(&mut self, name: &str, span: &Span) -> bool {
        let length = name.chars().count();
        if (1..=255).contains(&length) {
            return true;
        }
        let help = "write a name of 1 to 255 characters";
        let message = format!("a name cannot have {length} characters");
        self.diagnostics.error(span, message).help(help);
        false
    }
}

/// True if a value of this JSON type can have the shape.
pub(crate) fn takes(shape: &Shape, json: &Json) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Boolean => matches!(json, Json::Boolean(_)),
        Shape::Integer { .. } | Shape::Number { .. } => matches!(json, Json::Number(_)),
        Shape::Fraction | Shape::Bits => matches!(json, Json::Number(_) | Json::Text(_)),
        Shape::List { .. } | Shape::Row(_) => matches!(json, Json::List(_)),
        Shape::Map { .. } | Shape::Object(_) => matches!(json, Json::Object(_)),
        Shape::OneOf(shapes) => shapes.iter().any(|shape| takes(shape, json)),
        Shape::Text
        | Shape::Term
        | Shape::Name(_)
        | Shape::Choice(_)
        | Shape::Duration
        | Shape::SignedDuration
        | Shape::Timeout
        | Shape::Rate
        | Shape::Bandwidth
        | Shape::Kernel => matches!(json, Json::Text(_)),
    }
}
