//! Terms as JSON and JSON as terms.

use num_bigint::BigInt;
use serde_json::{Map as Object, Number, Value, json};

use super::{Atom, Incarnation, Map, Pid, Ref, Term};

/// The JSON that stands for a term; [`term_from_json`] gives the same term back.
///
/// | term | JSON |
/// |---|---|
/// | `undefined`, `true`, `false` | `null`, `true`, `false` |
/// | other atoms | `{"$atom": "ok"}` |
/// | integer of 64 bits, with or without sign | number |
/// | larger integer | `{"$integer": "18446744073709551616"}` |
/// | float | number with a fraction or an exponent |
/// | binary of UTF-8 | string |
/// | other binary | `{"$binary": [255, 0]}` |
/// | list | array |
/// | improper list, its tail at the end | `{"$improper": [..]}` |
/// | tuple | `{"$tuple": [..]}` |
/// | map with text for all keys, none starting with `$` | object |
/// | map with atoms for all keys, not empty | `{"$map": {"key": ..}}` |
/// | other map | `{"$map": [[key, value], ..]}` |
/// | pid | `{"$pid": "<db1@a.85.0>", "creation": 1}` |
/// | reference | `{"$ref": "#Ref<db1@a.17>", "creation": 1}` |
///
/// So plain JSON stays plain: from JSON to a term and back it is unchanged.
#[must_use]
pub fn term_to_json(term: &Term) -> Value {
    match term {
        Term::Integer(value) => Value::from(*value),
        Term::BigInteger(value) => match u64::try_from(value.as_ref()) {
            Ok(value) => Value::from(value),
            Err(_) => json!({ "$integer": value.to_string() }),
        },
        Term::Float(value) => Value::from(*value),
        Term::Atom(atom) => match atom.as_str() {
            "undefined" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            name => json!({ "$atom": name }),
        },
        Term::Reference(reference) => {
            json!({ "$ref": reference.to_string(), "creation": reference.creation() })
        }
        Term::Pid(pid) => json!({ "$pid": pid.to_string(), "creation": pid.creation() }),
        Term::Tuple(tuple) => json!({ "$tuple": array(tuple) }),
        Term::List(list) => array(list),
        Term::ImproperList(list) => json!({ "$improper": array(list.all()) }),
        Term::Binary(bytes) => match term.as_str() {
            Some(text) => Value::from(text),
            None => json!({ "$binary": bytes[..] }),
        },
        Term::Map(map) => map_to_json(map),
    }
}

fn map_to_json(map: &Map) -> Value {
    if let Some(object) = object(map, plain_key) {
        Value::Object(object)
    } else if let Some(object) = object(map, atom_name) {
        json!({ "$map": object })
    } else {
        let pairs = map.iter().map(|(key, value)| json!([term_to_json(key), term_to_json(value)]));
        json!({ "$map": pairs.collect::<Value>() })
    }
}

/// The entries as an object, if each key has a `name`.
fn object(map: &Map, name: fn(&Term) -> Option<&str>) -> Option<Object<String, Value>> {
    map.iter().map(|(key, value)| Some((name(key)?.to_owned(), term_to_json(value)))).collect()
}

fn array(terms: &[Term]) -> Value {
    terms.iter().map(term_to_json).collect()
}

/// The key of a plain object.
fn plain_key(key: &Term) -> Option<&str> {
    key.as_str().filter(|text| !text.starts_with('$'))
}

fn atom_name(key: &Term) -> Option<&str> {
    key.as_atom().map(Atom::as_str)
}

/// The term that JSON stands for, as the table at [`term_to_json`] says. An object that looks like
/// one of the marked forms but is none (`{"$pid": 5}`) is a map like any other.
#[must_use]
pub fn term_from_json(value: &Value) -> Term {
    match value {
        Value::Null => Term::Atom(crate::atom!("undefined")),
        Value::Bool(value) => Term::from(*value),
        Value::Number(number) => number_term(number),
        Value::String(text) => Term::from(text),
        Value::Array(values) => values.iter().map(term_from_json).collect(),
        Value::Object(object) => marked(object).unwrap_or_else(|| {
            let entry = |(key, value): (&String, &Value)| (Term::from(key), term_from_json(value));
            Term::Map(object.iter().map(entry).collect())
        }),
    }
}

fn number_term(number: &Number) -> Term {
    if let Some(value) = number.as_i64() {
        Term::from(value)
    } else if let Some(value) = number.as_u64() {
        Term::from(value)
    } else {
        number.as_f64().and_then(Term::float).expect("JSON numbers are finite")
    }
}

/// The term of an object in one of the forms that are marked with `$`.
fn marked(object: &Object<String, Value>) -> Option<Term> {
    let mut entries = object.iter();
    let (mark, value) = entries.next()?;
    match (mark.as_str(), entries.next(), entries.next()) {
        ("$atom", None, None) => Some(Term::Atom(Atom::try_new(value.as_str()?).ok()?)),
        ("$integer", None, None) => value.as_str()?.parse::<BigInt>().ok().map(Term::from),
        ("$tuple", None, None) => {
            let elements = value.as_array()?.iter().map(term_from_json);
            Some(Term::Tuple(elements.collect()))
        }
        ("$improper", None, None) => {
            let mut elements: Vec<Term> = value.as_array()?.iter().map(term_from_json).collect();
            let tail = elements.pop().filter(|tail| tail.as_list().is_none())?;
            (!elements.is_empty()).then(|| Term::list_with_tail(elements, tail))
        }
        ("$binary", None, None) => {
            let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
            value.as_array()?.iter().map(byte).collect::<Option<Vec<u8>>>().map(Term::from)
        }
        ("$map", None, None) => marked_map(value),
        ("$pid" | "$ref", Some((key, creation)), None) if key == "creation" => {
            identifier(value.as_str()?, u32::try_from(creation.as_u64()?).ok()?)
        }
        _ => None,
    }
}

fn marked_map(value: &Value) -> Option<Term> {
    let atom_entry = |(key, value): (&String, &Value)| {
        Some((Term::Atom(Atom::try_new(key).ok()?), term_from_json(value)))
    };
    let pair = |value: &Value| match value.as_array()?.as_slice() {
        [key, value] => Some((term_from_json(key), term_from_json(value))),
        _ => None,
    };
    let entries: Option<Vec<(Term, Term)>> = match value {
        Value::Object(object) => object.iter().map(atom_entry).collect(),
        Value::Array(pairs) => pairs.iter().map(pair).collect(),
        _ => None,
    };
    entries.map(|entries| Term::Map(entries.into()))
}

/// The identifier that prints as `text`, with the creation that the print leaves out.
fn identifier(text: &str, creation: u32) -> Option<Term> {
    if let Ok(pid) = text.parse::<Pid>() {
        let incarnation = Incarnation::new(pid.node(), creation);
        return Some(Term::Pid(Pid::of(incarnation, pid.number(), pid.serial())));
    }
    let reference = text.parse::<Ref>().ok()?;
    let incarnation = Incarnation::new(reference.node(), creation);
    Some(Term::Reference(Ref::of(incarnation, reference.id())))
}
