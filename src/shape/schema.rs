//! JSON Schema (2020-12) from shapes.

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
    let fields = object.fields.iter().collect();
    let mut schema = match &object.variants {
        Variants::None => fields_schema(fields),
        Variants::Tagged(tag, variants) => {
            one_of(variants, |variant| tagged_schema(tag, variant, &object.fields))
        }
        Variants::Keyed(variants) => {
            one_of(variants, |variant| keyed_schema(variant, &object.fields))
        }
    };
    add_conditions(&mut schema, object);
    schema
}

fn one_of(variants: &[Variant], each: impl Fn(&Variant) -> Value) -> Value {
    json!({ "type": "object", "oneOf": variants.iter().map(each).collect::<Vec<_>>() })
}

fn tagged_schema(tag: &str, variant: &Variant, common: &[Field]) -> Value {
    let mut schema = fields_schema(variant.fields.iter().chain(common).collect());
    let properties = schema["properties"].as_object_mut().expect("fields_schema makes it");
    properties.shift_insert(0, tag.to_owned(), json!({ "const": variant.name }));
    require(&mut schema, tag);
    described(variant.about, schema)
}

fn keyed_schema(variant: &Variant, common: &[Field]) -> Value {
    let schema = fields_schema(variant.fields.iter().chain(common).collect());
    described(variant.about, schema)
}

/// A closed object with these fields.
fn fields_schema(fields: Vec<&Field>) -> Value {
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
    schema["additionalProperties"] = json!(false);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shape: &Shape, expected: &Value) {
        assert_eq!(shape.schema(), *expected);
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
                &json!({ "type": "object", "oneOf": [{
                    "description": "Stops.", "type": "object", "required": [required],
                    "properties": properties, "additionalProperties": false,
                }] }),
            );
        }
    }
}
