//! Leaves out what a reader fills in.

use serde_json::{Map, Value};

use crate::document::check::takes;
use crate::document::shape::{Object, Presence, ProgramInfo, Shape, Variants, parse_fraction};
use crate::document::syntax::Node;
use crate::engine::time::parse_duration;

/// The value without the fields that have their defaults.
pub(in crate::scenario) fn left_out(value: Value, shape: &Shape) -> Value {
    match (value, shape) {
        (Value::Object(fields), Shape::Object(object)) => Value::Object(shorter(fields, object)),
        (Value::Object(entries), Shape::Map { value, .. }) => {
            entries.into_iter().map(|(name, entry)| (name, left_out(entry, value))).collect()
        }
        (Value::Array(items), Shape::List { item, .. }) => {
            items.into_iter().map(|each| left_out(each, item)).collect()
        }
        (value, Shape::OneOf(shapes)) => {
            let json = Node::from_json(&value, &(0..0)).json;
            match shapes.iter().find(|shape| takes(shape, &json)) {
                Some(shape) => left_out(value, shape),
                None => value,
            }
        }
        (value, _) => value,
    }
}

fn shorter(fields: Map<String, Value>, object: &Object) -> Map<String, Value> {
    let variant = match &object.variants {
        Variants::None => None,
        Variants::Tagged(tag, variants) => {
            let tag = fields.get(*tag).and_then(Value::as_str);
            variants.iter().find(|variant| Some(variant.name) == tag)
        }
        Variants::Keyed(variants) => {
            variants.iter().find(|variant| fields.contains_key(variant.name))
        }
    };
    let own = variant.map(|variant| variant.fields.as_slice()).unwrap_or_default();
    let mut kept = Map::new();
    for (name, value) in fields {
        let Some(field) = own.iter().chain(&object.fields).find(|field| field.name == name) else {
            kept.insert(name, value);
            continue;
        };
        let value = left_out(value, &field.shape);
        let usual = match &field.presence {
            Presence::Default(default) => {
                same(&value, &left_out(default.clone(), &field.shape), &field.shape)
            }
            Presence::Required | Presence::Optional => false,
        };
        if !usual {
            kept.insert(name, value);
        }
    }
    kept
}

/// True if two values mean the same, however they are written.
fn same(one: &Value, other: &Value, shape: &Shape) -> bool {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match shape {
        Shape::Duration | Shape::Timeout => {
            let [one, other] = [one, other].map(|value| text(value).map(|it| parse_duration(&it)));
            one == other
        }
        Shape::Fraction => {
            let ppm = |value| text(value).unwrap_or_else(|| value.to_string());
            parse_fraction(&ppm(one)) == parse_fraction(&ppm(other))
        }
        _ => one == other,
    }
}

/// Settings without those that have their defaults, as far as the program is known.
pub(in crate::scenario) fn settings(config: &Value, program: Option<&ProgramInfo>) -> Value {
    let (Value::Object(fields), Some(program)) = (config, program) else { return config.clone() };
    let usual = |name: &str, value: &Value| {
        program.config.iter().any(|field| {
            field.name == name
                && matches!(&field.presence, Presence::Default(default) if default == value)
        })
    };
    let kept = fields.iter().filter(|(name, value)| !usual(name, value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
