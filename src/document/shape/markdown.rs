//! Pages in Markdown from shapes.

use std::fmt::Write;

use super::{Field, Object, Presence, Shape, Variant, Variants};

/// A part of a page: an object, and the fields that hold it.
struct Part<'a> {
    object: &'a Object,
    /// Its heading, for one that nothing holds.
    title: Option<&'a str>,
    held_by: Vec<&'a str>,
}

/// A section for each of these shapes, and for each object that they hold, with tables of their
/// fields. The first text of a pair is its heading.
///
/// ```
/// use nodedown::shape::{Field, NameKind, Shape, sections};
///
/// let host = Shape::object("a host", vec![Field::optional("os", Shape::Text, "Its system.")]);
/// let hosts = Field::required("hosts", Shape::map(NameKind::Host, host), "The machines.");
/// let page = sections(&[("Cluster", &Shape::object("a cluster", vec![hosts]))]);
/// assert!(page.contains("| `hosts` | maps host names to [host](#host) | required | The machines. |"));
/// assert!(page.contains("\n## Host\n\n"));
/// ```
#[must_use]
pub fn sections(shapes: &[(&str, &Shape)]) -> String {
    let mut page = Page { parts: Vec::new() };
    for (title, shape) in shapes {
        page.collect(shape, None, Some(title));
    }
    let sections = page.parts.iter().map(|part| page.section(part));
    sections.collect::<Vec<_>>().join("\n")
}

/// The place of a heading in a page, as the usual programs name it.
#[must_use]
pub fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

struct Page<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Page<'a> {
    /// Finds the objects of a shape, each once.
    fn collect(&mut self, shape: &'a Shape, field: Option<&'a str>, title: Option<&'a str>) {
        match shape {
            Shape::Object(object) => self.collect_object(object, field, title),
            Shape::List { item, .. } => self.collect(item, field, title),
            Shape::Map { value, .. } => self.collect(value, field, title),
            Shape::Row(shapes) | Shape::OneOf(shapes) => {
                for shape in shapes {
                    self.collect(shape, field, title);
                }
            }
            Shape::Any
            | Shape::Boolean
            | Shape::Text
            | Shape::Term
            | Shape::Name(_)
            | Shape::Choice(_)
            | Shape::Integer { .. }
            | Shape::Bits
            | Shape::Number { .. }
            | Shape::Fraction
            | Shape::Duration
            | Shape::SignedDuration
            | Shape::Timeout
            | Shape::Rate
            | Shape::Bandwidth
            | Shape::Kernel => {}
        }
    }

    fn collect_object(
        &mut self,
        object: &'a Object,
        field: Option<&'a str>,
        title: Option<&'a str>,
    ) {
        let is_known = |part: &&mut Part<'_>| title.is_none() && part.object == object;
        if let Some(part) = self.parts.iter_mut().find(is_known) {
            let is_new = |field: &&str| !part.held_by.contains(field);
            let new = field.filter(is_new);
            part.held_by.extend(new);
            return;
        }
        self.parts.push(Part { object, title, held_by: field.into_iter().collect() });
        let variants = object.variants.iter().flat_map(|variant| &variant.fields);
        for field in object.fields.iter().chain(variants) {
            self.collect(&field.shape, Some(field.name), None);
        }
    }

    /// The heading of a part; where several things have one name, with the fields that hold it.
    fn heading(&self, part: &Part<'_>) -> String {
        if let Some(title) = part.title {
            return title.to_owned();
        }
        let mut heading = capitalised(noun(part.object));
        let same = |other: &&Part<'_>| noun(other.object) == noun(part.object);
        if self.parts.iter().filter(same).count() > 1 {
            let fields: Vec<String> =
                part.held_by.iter().map(|field| format!("`{field}`")).collect();
            heading = format!("{heading}: {}", fields.join(", "));
        }
        heading
    }

    fn link(&self, object: &Object) -> String {
        let part = self.parts.iter().find(|part| part.object == object);
        let place = part.map_or_else(String::new, |part| anchor(&self.heading(part)));
        format!("[{}](#{place})", noun(object))
    }

    fn section(&self, part: &Part<'_>) -> String {
        let object = part.object;
        let mut text = format!("## {}\n\n", self.heading(part));
        if !object.fields.is_empty() {
            if !matches!(object.variants, Variants::None) {
                text.push_str("Any of them may have:\n\n");
            }
            text.push_str(&self.table(&object.fields));
        }
        text.push_str(&conditions(object));
        match &object.variants {
            Variants::None => {}
            Variants::Tagged(tag, variants) => {
                let _ = write!(text, "`{tag}` says which it is:\n\n");
                let each = variants.iter().map(|variant| self.variant(variant, "\""));
                text.extend(each);
            }
            Variants::Keyed(variants) => {
                let leading = if object.fields.is_empty() { "One" } else { "\nAnd one" };
                let _ = write!(text, "{leading} of these:\n\n");
                text.extend(variants.iter().map(|variant| self.variant(variant, "")));
            }
        }
        text
    }

    fn table(&self, fields: &[Field]) -> String {
        let mut text = "| field | value | if left out | meaning |\n|---|---|---|---|\n".to_owned();
        for field in fields {
            let absent = match &field.presence {
                Presence::Required => "required".to_owned(),
                Presence::Optional => String::new(),
                Presence::Default(value) => format!("`{value}`"),
            };
            let [value, absent, about] = [self.value(&field.shape), absent, field.about.to_owned()]
                .map(|cell| escaped(&cell));
            let _ = writeln!(text, "| `{}` | {value} | {absent} | {about} |", field.name);
        }
        text
    }

    /// A variant as an item of a list, its fields below it.
    fn variant(&self, variant: &Variant, quote: &str) -> String {
        let mut text = format!("- **`{quote}{}{quote}`**: {}\n", variant.name, variant.about);
        for field in &variant.fields {
            let absent = match &field.presence {
                Presence::Default(value) => format!(", `{value}` if left out"),
                Presence::Optional => ", optional".to_owned(),
                Presence::Required => String::new(),
            };
            let value = self.value(&field.shape);
            let _ = writeln!(text, "  - `{}` ({value}{absent}): {}", field.name, field.about);
        }
        text
    }

    /// The values of a field, in words.
    fn value(&self, shape: &Shape) -> String {
        match shape {
            Shape::Object(object) => self.link(object),
            Shape::List { item, min, max } => {
                format!("list of {}{}", number(*min, *max), self.plural(item))
            }
            Shape::Map { key, value, .. } => {
                format!("maps {} to {}", key.plural(), self.value(value))
            }
            Shape::Row(shapes) => format!("list of {}", self.values(shapes, ", then ")),
            Shape::OneOf(shapes) => self.values(shapes, ", or "),
            Shape::Choice(choices) => {
                let quoted = choices.iter().map(|choice| format!("`\"{choice}\"`"));
                quoted.collect::<Vec<_>>().join(" or ")
            }
            Shape::Boolean => "`true` or `false`".to_owned(),
            Shape::Timeout => "duration or `\"infinity\"`".to_owned(),
            Shape::Integer { min, max } if *max >= i128::from(i32::MAX) => {
                format!("whole number from {min}")
            }
            Shape::Integer { min, max } => format!("whole number from {min} to {max}"),
            Shape::Number { min } => format!("number from {min}"),
            Shape::Any
            | Shape::Text
            | Shape::Term
            | Shape::Name(_)
            | Shape::Bits
            | Shape::Fraction
            | Shape::Duration
            | Shape::SignedDuration
            | Shape::Rate
            | Shape::Bandwidth
            | Shape::Kernel => {
                let described = shape.describe();
                let articles = ["a ", "an ", "the "];
                let bare = articles.iter().find_map(|article| described.strip_prefix(article));
                bare.unwrap_or(&described).to_owned()
            }
        }
    }

    /// Several of what a list may hold.
    fn plural(&self, shape: &Shape) -> String {
        match shape {
            Shape::Object(object) => format!("{}s", self.link(object)),
            Shape::List { item, min, max } => {
                format!("lists of {}{}", number(*min, *max), self.plural(item))
            }
            Shape::OneOf(shapes) => {
                shapes.iter().map(|shape| self.plural(shape)).collect::<Vec<_>>().join(" or ")
            }
            Shape::Row(shapes) => format!("lists of {}", self.values(shapes, ", then ")),
            Shape::Choice(_) | Shape::Boolean | Shape::Map { .. } => self.value(shape),
            Shape::Any
            | Shape::Text
            | Shape::Term
            | Shape::Name(_)
            | Shape::Integer { .. }
            | Shape::Bits
            | Shape::Number { .. }
            | Shape::Fraction
            | Shape::Duration
            | Shape::SignedDuration
            | Shape::Timeout
            | Shape::Rate
            | Shape::Bandwidth
            | Shape::Kernel => shape.plural(),
        }
    }

    fn values(&self, shapes: &[Shape], between: &str) -> String {
        shapes.iter().map(|shape| self.value(shape)).collect::<Vec<_>>().join(between)
    }
}

/// The number of values in a list, with a space after it; empty if it may be any.
fn number(min: usize, max: Option<usize>) -> String {
    match (min, max) {
        (0, None) => String::new(),
        (1, None) => "one or more ".to_owned(),
        (min, None) => format!("{min} or more "),
        (min, Some(max)) if min == max => format!("{max} "),
        (min, Some(max)) => format!("{min} to {max} "),
    }
}

/// The conditions between fields, a line each.
fn conditions(object: &Object) -> String {
    let quoted = |names: &[&str]| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let one = object.exactly_one_of.iter();
    let one = one.map(|names| format!("Exactly one of {} must be there.", quoted(names)));
    let both = object.not_both.iter();
    let both = both.map(|(one, other)| format!("Not both of {}.", quoted(&[one, other])));
    let mut needed: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, other) in &object.requires {
        match needed.iter_mut().find(|(known, _)| known == other) {
            Some((_, names)) => names.push(name),
            None => needed.push((other, vec![name])),
        }
    }
    let needed =
        needed.iter().map(|(other, names)| format!("Only with `{other}`: {}.", quoted(names)));
    let lines: Vec<String> = one.chain(both).chain(needed).collect();
    if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join(" ")) }
}

/// The name of an object, without its article.
fn noun(object: &Object) -> &str {
    let articles = ["a ", "an ", "the "];
    articles.iter().find_map(|article| object.what.strip_prefix(article)).unwrap_or(object.what)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A text for a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::super::NameKind;
    use super::*;

    fn kind(name: &'static str, fields: Vec<Field>) -> Variant {
        Variant { name, about: "Strikes.", fields }
    }

    #[test]
    fn things_of_one_name_are_told_apart_by_the_fields_that_hold_them() {
        let path =
            |about| Shape::object("a path", vec![Field::optional("loss", Shape::Fraction, about)]);
        let fields = vec![
            Field::optional("inside", path("One."), "Within."),
            Field::optional("between", path("Other."), "Between."),
            Field::optional("back", path("Other."), "Back."),
        ];
        let page = sections(&[("Network", &Shape::object("a network", fields))]);
        for expected in [
            "| `inside` | [path](#path-inside) |  | Within. |",
            "| `back` | [path](#path-between-back) |  | Back. |",
            "## Path: `inside`\n",
            "## Path: `between`, `back`\n",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
        assert_eq!(page.matches("## ").count(), 3);
    }

    #[test]
    fn lists_say_how_many_of_what_they_hold() {
        let node = || Shape::Name(NameKind::Node);
        let path = Shape::object("a path", vec![Field::optional("loss", Shape::Fraction, "Lost.")]);
        let fields = vec![
            Field::optional("groups", Shape::pair(Shape::some(node())), "Groups."),
            Field::optional("paths", Shape::list(path), "Paths."),
            Field::optional(
                "one",
                Shape::OneOf(vec![node(), Shape::some(node())]),
                "One, or some.",
            ),
        ];
        let page = sections(&[("Network", &Shape::object("a network", fields))]);
        for expected in [
            "| list of 2 lists of one or more node names |",
            "| list of [path](#path)s |",
            "| name of a node, or list of one or more node names |",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn what_goes_together_and_what_there_is_to_choose_from_is_said() {
        let at = Field::optional("at", Shape::Duration, "When.");
        let crash = Field::required("crash", Shape::Name(NameKind::Node), "The node.");
        let lasting = Field::default("for", Shape::Timeout, "5s", "How long.");
        let fault = Shape::Object(Object {
            what: "a fault",
            fields: vec![at],
            variants: Variants::Keyed(vec![kind("crash", vec![crash, lasting])]),
            exactly_one_of: vec![vec!["at", "when"]],
            not_both: vec![("a|b", "c")],
            requires: vec![("after", "when"), ("each", "when")],
        });
        let page = sections(&[("Fault", &fault)]);
        for expected in [
            "Exactly one of `at`, `when` must be there. Not both of `a|b`, `c`. Only with `when`: \
             `after`, `each`.",
            "- **`crash`**: Strikes.\n  - `crash` (name of a node): The node.\n  - `for` (duration or \
             `\"infinity\"`, `\"5s\"` if left out): How long.\n",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }
}
