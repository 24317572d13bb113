//! Checks objects: which fields they have, which they lack, and which do not go together.

use crate::document::diagnostic::{quoted, suggestion};
use crate::document::shape::{Field, Object, Presence, Variant, Variants};
use crate::document::syntax::{Json, Member, Node, Span};
use crate::spelling::nearest;

use super::Checker;

impl Checker<'_> {
    /// The object with its defaults. One whose variant is the name of a field has that field first.
    pub(crate) fn object(&mut self, node: &Node, object: &Object) -> Option<Node> {
        let variant = match &object.variants {
            Variants::None => None,
            Variants::Tagged(tag, variants) => Some(self.tagged(node, object, tag, variants)?),
            Variants::Keyed(variants) => Some(self.keyed(node, object, variants)?),
        };
        let fields = Fields { node, object, variant };
        self.together(&fields);
        let mut members = self.known(&fields);
        self.fill(&fields, &mut members);
        if let Variants::Keyed(_) = &object.variants {
            let named = |member: &Member| variant.is_some_and(|it| it.name == member.name);
            let key = members.iter().position(named)?;
            members[..=key].rotate_right(1);
        }
        Some(Node { span: node.span.clone(), json: Json::Object(members) })
    }

    /// The variant that the tag names.
    fn tagged<'a>(
        &mut self,
        node: &Node,
        object: &Object,
        tag: &str,
        variants: &'a [Variant],
    ) -> Option<&'a Variant> {
        let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
        let Some(value) = node.get(tag) else {
            let message = format!("`{tag}` is missing in {}", object.what);
            let help = format!("write one of {}", quoted(&names));
            self.diagnostics.error(&opening(node), message).help(help);
            return None;
        };
        let found = variants.iter().find(|variant| value.text() == Some(variant.name));
        if found.is_none() {
            let text = value.text().unwrap_or_default();
            let message = match value.text() {
                Some(text) => format!("unknown {tag} `{text}`"),
                None => format!("expected a text, found {}", value.describe()),
            };
            self.diagnostics.error(&value.span, message).help(suggestion(text, &names, "choices"));
        }
        found
    }

    /// The variant whose name is among the fields.
    fn keyed<'a>(
        &mut self,
        node: &Node,
        object: &Object,
        variants: &'a [Variant],
    ) -> Option<&'a Variant> {
        let keys = node.members().iter().filter_map(|member| {
            let variant = variants.iter().find(|variant| variant.name == member.name)?;
            Some((member, variant))
        });
        let found: Vec<(&Member, &Variant)> = keys.collect();
        match found.as_slice() {
            [] => self.no_variant(node, object, variants),
            [(_, variant)] => return Some(variant),
            [(first, _), (second, _), ..] => {
                let (a, b) = (&first.name, &second.name);
                let message = format!("`{a}` and `{b}` cannot be in one object");
                let help = format!("write {} for each of them", object.what);
                let error = self.diagnostics.error(&second.name_span, message).help(help);
                error.related(&first.name_span, "the first is here");
            }
        }
        None
    }

    fn no_variant(&mut self, node: &Node, object: &Object, variants: &[Variant]) {
        let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
        let fields = Fields { node, object, variant: None };
        let everything = fields.everything();
        let strangers = node.members().iter().filter(|member| !everything.contains(&&*member.name));
        let mut misspelt = false;
        for member in strangers {
            let help = suggestion(&member.name, &everything, "fields");
            misspelt |= nearest(&member.name, names.iter().copied()).is_some();
            let message = format!("unknown field `{}`", member.name);
            self.diagnostics.error(&member.name_span, message).help(help);
        }
        if !misspelt {
            let message = format!("{} needs a field that says its kind", object.what);
            let help = format!("write one of {}", quoted(&names));
            self.diagnostics.error(&opening(node), message).help(help);
        }
    }

    /// Fields that exclude or need each other.
    fn together(&mut self, fields: &Fields<'_>) {
        let (node, object) = (fields.node, fields.object);
        for names in &object.exactly_one_of {
            let given: Vec<&Member> = names.iter().filter_map(|name| node.member(name)).collect();
            if let [first, second, ..] = given.as_slice() {
                self.not_both(first, second);
            } else if given.is_empty() && !names.iter().any(|name| fields.misspelt(name)) {
                let message = format!("{} needs {}", object.what, alternatives(names));
                let about = names.iter().filter_map(|name| fields.field(name));
                let about: Vec<String> = about
                    .map(|field| format!("`{}`: {}", field.name, lower(field.about)))
                    .collect();
                self.diagnostics
                    .error(&opening(node), message)
                    .help(format!("write {}", about.join("; or ")));
            }
        }
        for (one, other) in &object.not_both {
            let mut given =
                node.members().iter().filter(|each| [*one, *other].contains(&&*each.name));
            if let (Some(first), Some(second)) = (given.next(), given.next()) {
                self.not_both(first, second);
            }
        }
        for (name, other) in &object.requires {
            if let Some(member) = node.member(name)
                && node.member(other).is_none()
            {
                let message = format!("`{name}` goes with `{other}` only");
                let help = format!("write `{other}` as well, or leave `{name}` out");
                self.diagnostics.error(&member.name_span, message).help(help);
            }
        }
    }

    fn not_both(&mut self, first: &Member, second: &Member) {
        let message = format!("`{}` and `{}` do not go together", first.name, second.name);
        let error = self.diagnostics.error(&second.name_span, message);
        error.help("keep one of the two").related(&first.name_span, "the first is here");
    }

    /// The fields that are known and whose values are right.
    fn known(&mut self, fields: &Fields<'_>) -> Vec<Member> {
        let mut members = Vec::new();
        for member in fields.node.members() {
            if fields.is_tag(&member.name) {
                members.push(member.clone());
                continue;
            }
            match fields.field(&member.name) {
                Some(field) => {
                    let outer = std::mem::replace(&mut self.field, field.name);
                    let value = self.check(&member.value, &field.shape);
                    self.field = outer;
                    members.extend(value.map(|value| Member { value, ..member.clone() }));
                }
                None => self.stranger(fields, member),
            }
        }
        members
    }

    fn stranger(&mut self, fields: &Fields<'_>, member: &Member) {
        let name = member.name.as_str();
        let (message, help) = match fields.variant {
            Some(variant) if fields.elsewhere(name) => {
                let message = format!("`{name}` does not go with `{}`", variant.name);
                (message, fields.belongs(name, variant))
            }
            Some(_) | None => {
                let error =
                    self.diagnostics.error(&member.name_span, format!("unknown field `{name}`"));
                error.help_with(|| suggestion(name, &fields.own(), "fields"));
                return;
            }
        };
        self.diagnostics.error(&member.name_span, message).help(help);
    }

    /// Fills in the fields that are not there.
    fn fill(&mut self, fields: &Fields<'_>, members: &mut Vec<Member>) {
        let span = opening(fields.node);
        for field in fields.iter() {
            match &field.presence {
                Presence::Optional => {}
                Presence::Required => self.missing(fields, field),
                Presence::Default(default) => {
                    if members.iter().all(|member| member.name != field.name) {
                        let default = Node::from_json(default, &span);
                        let value = self.check(&default, &field.shape);
                        members.extend(value.map(|value| Member {
                            name: field.name.to_owned(),
                            name_span: span.clone(),
                            value,
                        }));
                    }
                }
            }
        }
    }

    fn missing(&mut self, fields: &Fields<'_>, field: &Field) {
        if fields.node.member(field.name).is_none() && !fields.misspelt(field.name) {
            let message = format!("`{}` is missing in {}", field.name, fields.object.what);
            let help = format!("write {}: {}", field.shape.describe(), lower(field.about));
            self.diagnostics.error(&opening(fields.node), message).help(help);
        }
    }
}

/// An object with the fields that it may have.
struct Fields<'a> {
    node: &'a Node,
    object: &'a Object,
    variant: Option<&'a Variant>,
}

impl<'a> Fields<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a Field> {
        let own = self.variant.map(|variant| variant.fields.iter()).unwrap_or_default();
        own.chain(&self.object.fields)
    }

    fn field(&self, name: &str) -> Option<&'a Field> {
        self.iter().find(|field| field.name == name)
    }

    fn is_tag(&self, name: &str) -> bool {
        match &self.object.variants {
            Variants::Tagged(tag, _) => *tag == name,
            Variants::None | Variants::Keyed(_) => false,
        }
    }

    /// The names of the fields that it may have.
    fn own(&self) -> Vec<&'a str> {
        self.iter().map(|field| field.name).collect()
    }

    /// The names of the fields that any variant may have.
    fn everything(&self) -> Vec<&'a str> {
        let variants = self.object.variants.iter().flat_map(|variant| &variant.fields);
        variants.chain(&self.object.fields).map(|field| field.name).collect()
    }

    /// True if another variant has this field.
    fn elsewhere(&self, name: &str) -> bool {
        self.everything().contains(&name)
    }

    /// Help for a field of other variants: the variants that have it, and the fields of this one.
    fn belongs(&self, name: &str, variant: &Variant) -> String {
        let has = |other: &&Variant| other.fields.iter().any(|field| field.name == name);
        let others: Vec<&str> =
            self.object.variants.iter().filter(has).map(|other| other.name).collect();
        let own = variant.fields.iter().map(|field| field.name);
        let own: Vec<&str> = own.filter(|own| *own != variant.name).collect();
        let goes = format!("it goes with {}", quoted(&others));
        if own.is_empty() {
            goes
        } else {
            format!("{goes}; `{}` takes {}", variant.name, quoted(&own))
        }
    }

    /// True if a field that it cannot have was probably meant to be this one.
    fn misspelt(&self, name: &str) -> bool {
        let own = self.own();
        let strangers = self.node.members().iter().filter(|member| !own.contains(&&*member.name));
        strangers.into_iter().any(|member| nearest(&member.name, own.iter().copied()) == Some(name))
    }
}

/// The beginning of an object, as the place of something that it lacks.
fn opening(node: &Node) -> Span {
    node.span.start..(node.span.start + 1).min(node.span.end)
}

fn alternatives(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [others @ .., last] => format!("{} or `{last}`", quoted(others)),
    }
}

/// A sentence as a part of another one.
fn lower(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
