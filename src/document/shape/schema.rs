//! JSON Schema (2020-12) from shapes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Field, NameKind, Object, Presence, Shape, Variant, Variants};

/// A length of time without its sign.
const DURATION: &str = r"[0-9]+(\.[0-9]+)? *(ns|us|ms|s|m|h)( *[0-9]+(\.[0-9]+)? *(ns|us|ms|s|m))*";

impl Shape {
    /// The JSON Schema of the values that have this shape.
    ///
    /// It says what an editor can check: that names exist is beyond it.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Shape::Any => json!({}),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Text | Shape::Term => json!({ "type": "string" }),
            Shape::Name(kind) => name_schema(*kind),
            Shape::Choice(choices) => json!({ "enum": choices }),
            Shape::Integer { min, max } => {
                json!({ "type": "integer", "minimum": bound(*min), "maximum": bound(*max) })
            }
            Shape::Bits => json!({ "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": u64::MAX },
                pattern("^0x[0-9a-fA-F]{1,16}$"),
            ] }),
            Shape::Number { min } => json!({ "type": "number", "minimum": min }),
            Shape::Fraction => json!({ "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 1 },
                pattern(r"^[0-9]+(\.[0-9]+)? *%?$"),
            ] }),
            Shape::Duration => pattern(&format!("^{DURATION}$")),
            Shape::SignedDuration => pattern(&format!("^[+-]?{DURATION}$")),
            Shape::Timeout => pattern(&format!("^({DURATION}|infinity)$")),
            Shape::Rate => pattern(r"^[0-9]+(\.[0-9]+)? */ *(s|m|h)$"),
            Shape::Bandwidth => pattern(r"^[0-9]+(\.[0-9]+)? *[kMG]?bit/s$"),
            Shape::Kernel => pattern(r"^[0-9]+\.[0-9]+([.+-].*)?$"),
            Shape::List { item, min, max } => list_schema(item, *min, *max),
            Shape::Row(shapes) => row_schema(shapes),
            Shape::Map { key, value, min } => map_schema(*key, value, *min),
            Shape::Object(object) => object_schema(object),
            Shape::OneOf(shapes) => {
                json!({ "anyOf": shapes.iter().map(Shape::schema).collect::<Vec<_>>() })
            }
        }
    }
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn bound(bound: i128) -> Value {
    u64::try_from(bound).map_or_else(|_| json!(bound as i64), |bound| json!(bound))
}

fn name_schema(kind: NameKind) -> Value {
    match kind {
        NameKind::Node => pattern("^[^@]+@[^@]+$"),
        NameKind::Host
        | NameKind::Site
        | NameKind::HostOrSite
        | NameKind::Place
        | NameKind::Application
        | NameKind::Workload
        | NameKind::Atom => json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
    }
}

fn list_schema(item: &Shape, min: usize, max: Option<usize>) -> Value {
    let mut schema = json!({ "type": "array", "items": item.schema() });
    if min > 0 {
        schema["minItems"] = json!(min);
    }
    if let Some(max) = max {
        schema["maxItems"] = json!(max);
    }
    schema
}

fn row_schema(shapes: &[Shape]) -> Value {
    let items: Vec<Value> = shapes.iter().map(Shape::schema).collect();
    json!({ "type": "array", "prefixItems": items, "items": false, "minItems": shapes.len() })
}

fn map_schema(key: NameKind, value: &Shape, min: usize) -> Value {
    let mut schema = json!({ "type": "object" });
    if min > 0 {
        schema["minProperties"] = json!(min);
    }
    schema["propertyNames"] = name_schema(key);
    schema["additionalProperties"] = value.schema();
    schema
}

fn object_schema(object: &Object) -> Value {
    let mut schema = match &object.variants {
        Variants::None => closed(fields_schema(object.fields.iter())),
        Variants::Tagged(tag, variants) => {
            one_of(&object.fields, variants.iter().map(|variant| tagged_schema(tag, variant)))
        }
        Variants::Keyed(variants) => one_of(&object.fields, variants.iter().map(variant_schema)),
    };
    add_conditions(&mut schema, object);
    schema
}

/// An object with the fields of one of its variants beside those that all have.
fn one_of(common: &[Field], variants: impl Iterator<Item = Value>) -> Value {
    let mut schema = fields_schema(common.iter());
    schema["oneOf"] = Value::Array(variants.collect());
    schema["unevaluatedProperties"] = json!(false);
    schema
}

fn tagged_schema(tag: &str, variant: &Variant) -> Value {
    let mut schema = variant_schema(variant);
    let properties = schema["properties"].as_object_mut().expect("fields_schema makes it");
    properties.shift_insert(0, tag.to_owned(), json!({ "const": variant.name }));
    require(&mut schema, tag);
    schema
}

fn variant_schema(variant: &Variant) -> Value {
    described(variant.about, fields_schema(variant.fields.iter()))
}

fn closed(mut schema: Value) -> Value {
    schema["additionalProperties"] = json!(false);
    schema
}

/// An object with these fields, and perhaps others.
fn fields_schema<'a>(fields: impl Iterator<Item = &'a Field>) -> Value {
    let mut properties = Map::new();
    let mut schema = json!({ "type": "object" });
    for field in fields {
        properties.insert(field.name.to_owned(), field_schema(field));
        match field.presence {
            Presence::Required => require(&mut schema, field.name),
            Presence::Optional | Presence::Default(_) => {}
        }
    }
    schema["properties"] = Value::Object(properties);
    schema
}

fn field_schema(field: &Field) -> Value {
    let mut schema = described(field.about, field.shape.schema());
    if let Presence::Default(default) = &field.presence {
        schema["default"] = default.clone();
    }
    schema
}

fn described(about: &str, mut schema: Value) -> Value {
    let fields = schema.as_object_mut().expect("a schema is an object");
    fields.shift_insert(0, "description".to_owned(), json!(about));
    schema
}

fn require(schema: &mut Value, name: &str) {
    match schema["required"].as_array_mut() {
        Some(required) => required.push(json!(name)),
        None => schema["required"] = json!([name]),
    }
}

fn add_conditions(schema: &mut Value, object: &Object) {
    let required = |name: &&str| json!({ "required": [name] });
    let groups = object.exactly_one_of.iter();
    let exactly_one =
        groups.map(|names| json!({ "oneOf": names.iter().map(required).collect::<Vec<_>>() }));
    let pairs = object.not_both.iter();
    let not_both = pairs.map(|(one, other)| json!({ "not": { "required": [one, other] } }));
    let conditions: Vec<Value> = exactly_one.chain(not_both).collect();
    if !conditions.is_empty() {
        schema["allOf"] = Value::Array(conditions);
    }
    for (name, other) in &object.requires {
        schema["dependentRequired"][*name] = json!([other]);
    }
}

/// The same schema, with what it says more than once under `$defs`.
///
/// A definition is named for the property under which it stands first.
pub(crate) fn factored(mut schema: Value) -> Value {
    let mut counts = BTreeMap::new();
    count(&schema, &mut counts);
    counts.retain(|core, count| *count > 1 && core.len() > INLINE_BYTES_MAX);
    let mut definitions = Definitions { repeated: counts, names: BTreeMap::new(), all: Map::new() };
    each_part(&mut schema, "", &mut |part, name| definitions.factor(part, name));
    if !definitions.all.is_empty() {
        schema["$defs"] = Value::Object(definitions.all);
    }
    schema
}

/// A schema that is no longer than this is repeated rather than referred to.
const INLINE_BYTES_MAX: usize = 60;

/// Keywords that belong to the place of a schema, not to the schema.
const ANNOTATIONS: [&str; 2] = ["description", "default"];

/// A schema without what belongs to its place.
fn core(schema: &Value) -> Value {
    let mut core = schema.clone();
    if let Value::Object(fields) = &mut core {
        for annotation in ANNOTATIONS {
            fields.shift_remove(annotation);
        }
    }
    core
}

/// Counts how many places refer to each part of a schema, one place for all copies of it.
fn count(schema: &Value, counts: &mut BTreeMap<String, usize>) {
    let mut schema = schema.clone();
    each_part(&mut schema, "", &mut |part, _| {
        let seen = counts.entry(core(part).to_string()).or_default();
        *seen += 1;
        if *seen == 1 {
            count(part, counts);
        }
    });
}

/// The definitions of a schema that is being factored.
struct Definitions {
    /// The schemas that stand in more than one place, as texts.
    repeated: BTreeMap<String, usize>,
    /// The name of each that has been seen.
    names: BTreeMap<String, String>,
    all: Map<String, Value>,
}

impl Definitions {
    /// Replaces a schema by a reference if it stands elsewhere too, or else does so inside it.
    fn factor(&mut self, schema: &mut Value, place: &str) {
        let text = core(schema).to_string();
        if !self.repeated.contains_key(&text) {
            each_part(schema, place, &mut |part, name| self.factor(part, name));
            return;
        }
        let name = match self.names.get(&text) {
            Some(name) => name.clone(),
            None => self.define(text, core(schema), place),
        };
        let fields = schema.as_object_mut().expect("only objects are counted");
        fields.retain(|field, _| ANNOTATIONS.contains(&field.as_str()));
        fields.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
    }

    fn define(&mut self, text: String, mut schema: Value, place: &str) -> String {
        let numbered = (2..).map(|number| format!("{place}_{number}"));
        let mut names = std::iter::once(place.to_owned()).chain(numbered);
        let name = names.find(|name| !self.all.contains_key(name)).expect("numbers do not end");
        // Its place is taken before what is in it is looked at.
        self.all.insert(name.clone(), Value::Null);
        self.names.insert(text, name.clone());
        each_part(&mut schema, place, &mut |part, name| self.factor(part, name));
        self.all.insert(name.clone(), schema);
        name
    }
}

/// Visits the schemas directly inside a schema, each with the name of the property that it is for.
fn each_part(schema: &mut Value, place: &str, visit: &mut impl FnMut(&mut Value, &str)) {
    let Value::Object(fields) = schema else { return };
    for (keyword, value) in fields {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    visit(property, name);
                }
            }
            ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                for part in parts {
                    visit(part, place);
                }
            }
            (
                "items" | "additionalProperties" | "propertyNames" | "if" | "then" | "not",
                part @ Value::Object(_),
            ) => visit(part, place),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: &Shape, expected: &Value) {
        assert_eq!(shape.schema(), *expected);
    }

    /// A schema with each reference replaced by what it refers to.
    pub(crate) fn expanded(schema: &Value, definitions: &Map<String, Value>) -> Value {
        let mut schema = schema.clone();
        let name = schema["$ref"].as_str().map(|to| to.trim_start_matches("#/$defs/").to_owned());
        if let Some(name) = name {
            let fields = schema.as_object_mut().unwrap();
            fields.shift_remove("$ref");
            let definition = definitions[&name].as_object().unwrap().clone();
            fields.extend(definition);
        }
        each_part(&mut schema, "", &mut |part, _| *part = expanded(part, definitions));
        schema
    }

    #[test]
    fn what_a_schema_says_twice_is_said_once_under_defs() {
        let path =
            || Shape::object("a path", vec![Field::required("delay", Shape::Duration, "D.")]);
        let fields = vec![
            Field::required("one", path(), "The first."),
            Field::required("two", Shape::list(path()), "The second."),
            Field::required("three", Shape::Duration, "The third."),
        ];
        let plain = Shape::object("a network", fields).schema();
        let factored = factored(plain.clone());
        assert_eq!(
            factored["properties"]["one"],
            json!({
                "description": "The first.", "$ref": "#/$defs/one"
            })
        );
        assert_eq!(factored["properties"]["two"]["items"]["$ref"], "#/$defs/one");
        let definitions = factored["$defs"].as_object().unwrap();
        assert_eq!(definitions.keys().collect::<Vec<_>>(), ["one", "delay"]);
        let mut back = expanded(&factored, definitions);
        back.as_object_mut().unwrap().shift_remove("$defs");
        assert_eq!(back, plain);
    }

    #[test]
    fn lists_and_maps_say_what_they_hold() {
        check(
            &Shape::pair(Shape::Boolean),
            &json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 2, "maxItems": 2 }),
        );
        check(
            &Shape::map(NameKind::Node, Shape::Any),
            &json!({ "type": "object", "propertyNames": pattern("^[^@]+@[^@]+$"),
                     "additionalProperties": {} }),
        );
    }

    #[test]
    fn objects_are_closed_and_say_which_fields_go_together() {
        let fields = vec![
            Field::required("at", Shape::Boolean, "When."),
            Field::default(
                "seed",
                Shape::Integer { min: 0, max: i128::from(u64::MAX) },
                1,
                "Dice.",
            ),
        ];
        let object = Object {
            fields,
            exactly_one_of: vec![vec!["at", "seed"]],
            not_both: vec![("seed", "at")],
            requires: vec![("seed", "at")],
            ..Object::default()
        };
        check(
            &Shape::Object(object),
            &json!({
                "type": "object",
                "required": ["at"],
                "properties": {
                    "at": { "description": "When.", "type": "boolean" },
                    "seed": { "description": "Dice.", "type": "integer",
                              "minimum": 0, "maximum": u64::MAX, "default": 1 },
                },
                "additionalProperties": false,
                "allOf": [{ "oneOf": [{ "required": ["at"] }, { "required": ["seed"] }] },
                          { "not": { "required": ["seed", "at"] } }],
                "dependentRequired": { "seed": ["at"] },
            }),
        );
    }

    #[test]
    fn a_variant_has_its_tag_or_its_key() {
        let variant = |fields| vec![Variant { name: "stop", about: "Stops.", fields }];
        let stop = Field::required("stop", Shape::Boolean, "What.");
        let tagged = Variants::Tagged("kind", variant(vec![]));
        let keyed = Variants::Keyed(variant(vec![stop]));
        for (variants, properties, required) in [
            (tagged, json!({ "kind": { "const": "stop" } }), "kind"),
            (keyed, json!({ "stop": { "description": "What.", "type": "boolean" } }), "stop"),
        ] {
            check(
                &Shape::Object(Object { variants, ..Object::default() }),
                &json!({ "type": "object", "properties": {}, "oneOf": [{
                    "description": "Stops.", "type": "object", "required": [required],
                    "properties": properties,
                }], "unevaluatedProperties": false }),
            );
        }
    }
}
